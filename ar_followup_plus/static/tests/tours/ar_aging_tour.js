import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("ar_aging", {
    steps: () => [
        {
            content: "Open the menu of reports",
            trigger: "button[data-menu-xmlid='ar_followup_plus.menu_figures']",
            run: "click",
        },
        {
            content: "Choose the aged receivables",
            trigger: "a[data-menu-xmlid='ar_followup_plus.menu_aging']",
            run: "click",
        },
        {
            content: "Other buckets",
            trigger: ".modal .o_field_widget[name='ranges'] input",
            run: "edit 15, 45",
        },
        {
            content: "Show them",
            trigger: ".modal button[name='action_show']",
            run: "click",
        },
        {
            content: "It ties to the ledger",
            trigger:
                ".o_breadcrumb:contains(Ties to the general ledger: difference $ 0.00)",
        },
        {
            content: "The columns bear the days",
            trigger: ".o_list_view thead th[data-name='bucket_2']:contains(16-45)",
        },
        {
            content: "Open the figures of the customer",
            trigger:
                ".o_list_view .o_group_header:contains(Northwind Bakery):contains(1,250.00)",
            run: "click",
        },
        {
            content: "Open its item",
            trigger: ".o_list_view .o_data_row td[name='bucket_2']:contains(1,250.00)",
            run: "click",
        },
        {
            content: "The invoice",
            trigger:
                ".o_form_view .o_field_widget[name='partner_id']:contains(Northwind Bakery)",
        },
    ],
});
