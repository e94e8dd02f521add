import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("ar_overview", {
    steps: () => [
        {
            content: "The chart of the forecast is drawn",
            trigger: ".o_ar_overview .o_ar_overview_chart canvas",
        },
        {
            content: "The tile of overdue amounts has its figure; open it",
            trigger: ".o_ar_tile[data-figure='overdue']:contains(1,250)",
            run: "click",
        },
        {
            content: "The list of customers",
            trigger:
                ".o_list_view .o_data_row td[name='partner_id']:contains(Northwind Bakery)",
        },
        {
            content: "Back to the overview",
            trigger: ".o_back_button a, .breadcrumb-item a:contains(Overview)",
            run: "click",
        },
        {
            content: "Open the items of the customer who is most overdue",
            trigger: ".o_ar_overview .o_ar_customer a:contains(Northwind Bakery)",
            run: "click",
        },
        {
            content: "Open the item",
            trigger: ".o_list_view .o_data_row td[name='due_date']",
            run: "click",
        },
        {
            content: "Open its invoice",
            trigger: ".o_form_view button[name='action_open_invoice']",
            run: "click",
        },
        {
            content: "The invoice",
            trigger: ".o_form_view .o_field_widget[name='invoice_line_ids']",
        },
    ],
});
