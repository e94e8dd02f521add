import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("ar_backoffice", {
    steps: () => [
        {
            content: "The worklist has its figures",
            trigger:
                ".o_list_view .o_data_row td[name='partner_id']:contains(Northwind Bakery)",
        },
        {
            content: "Open the customer",
            trigger: ".o_data_row td[name='partner_id']:contains(Northwind Bakery)",
            run: "click",
        },
        {
            content: "The balance is there, read from the ledger",
            trigger: ".o_form_view .o_ar_balances td:contains(1,250.00)",
        },
        {
            content: "See why",
            trigger: ".nav-link[name='explanation']",
            run: "click",
        },
        {
            content: "Each open item has its sentence",
            trigger: ".o_ar_explanation td:contains(proposal waits)",
        },
        {
            content: "See what comes",
            trigger: ".nav-link[name='coming']",
            run: "click",
        },
        {
            content: "The page speaks",
            trigger:
                ".o_ar_coming, .o_notebook_content:contains(Nothing would be sent)",
        },
        {
            content: "Back to the worklist",
            trigger: ".o_back_button a, .breadcrumb-item a:contains(Today)",
            run: "click",
        },
        {
            content: "The worklist again",
            trigger:
                ".o_list_view .o_data_row td[name='partner_id']:contains(Northwind Bakery)",
        },
        {
            content: "Open the menu of notices",
            trigger: "button[data-menu-xmlid='ar_followup_plus.menu_notices']",
            run: "click",
        },
        {
            content: "Choose those to approve",
            trigger: "a[data-menu-xmlid='ar_followup_plus.menu_notices_to_approve']",
            run: "click",
        },
        {
            content: "Open the notice",
            trigger: ".o_list_view .o_data_row td[name='step_id']",
            run: "click",
        },
        {
            content: "It shows its message",
            trigger:
                ".o_form_view .o_field_widget[name='message_html']:contains(Northwind Bakery)",
        },
        {
            content: "See what it lists",
            trigger: ".nav-link[name='lines']",
            run: "click",
        },
        {
            content: "The lists have totals",
            trigger: ".o_ar_notice_lines tfoot:contains(1,250.00)",
        },
    ],
});
