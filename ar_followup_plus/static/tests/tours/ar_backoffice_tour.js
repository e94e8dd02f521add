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
            content: "Each open item says why",
            trigger:
                ".o_field_widget[name='open_item_ids'] td[name='why']:contains(proposal waits)",
        },
        {
            content: "The age of the debt is drawn",
            trigger: ".o_ar_aging_bar[aria-label*='1-30 days'] .o_ar_aging_1_30",
        },
        {
            content: "It says what comes",
            trigger:
                ".o_field_widget[name='coming_contacts']:contains(/If nobody pays|Nothing would be sent/)",
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

const row = (name) =>
    `.o_list_view .o_data_row td[name='partner_id']:contains(${name})`;
const form = (name) =>
    `.o_form_view .oe_title .o_field_widget[name='partner_id']:contains(${name})`;

registry.category("web_tour.tours").add("ar_morning", {
    steps: () => [
        {
            content: "The largest comes first",
            trigger: row("First Florist"),
            run: "click",
        },
        {content: "The first customer", trigger: form("First Florist")},
        {
            content: "Snooze",
            trigger: ".o_form_statusbar button:contains(/^Snooze$/)",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit They pay when the works end",
        },
        {content: "Do it", trigger: ".modal button[name='action_apply']", run: "click"},
        {
            content: "It says so",
            trigger: "body:not(:has(.modal)) .alert-warning:contains(Snoozed until)",
        },
        {content: "To the next", trigger: ".o_pager_next", run: "click"},
        {content: "The second customer", trigger: form("Second Sawmill")},
        {
            content: "Send now",
            trigger: ".o_form_statusbar button[name='action_send_now']",
            run: "click",
        },
        {
            content: "It shows what would leave",
            trigger: ".modal .o_data_row td[name='totals_text']:contains(900.00)",
        },
        {content: "Send", trigger: ".modal button[name='action_apply']", run: "click"},
        {
            content: "It is approved",
            trigger: ".o_notification:contains(Approved)",
        },
        {content: "To the third", trigger: ".o_pager_next", run: "click"},
        {content: "The third customer", trigger: form("Third Tannery")},
        {
            content: "The pager knows where it is",
            trigger: ".o_pager_value:contains(3)",
        },
        {
            content: "Call",
            trigger: ".o_form_statusbar button[name='action_log_call']",
            run: "click",
        },
        {
            content: "They name a day",
            trigger: ".modal .o_field_widget[name='pay_on'] input",
            run: "edit +7",
        },
        {
            content: "Will pay",
            trigger: ".modal button[name='action_will_pay']",
            run: "click",
        },
        {
            content: "It says so",
            trigger: "body:not(:has(.modal)) .alert:contains(Last call or visit)",
        },
    ],
});
