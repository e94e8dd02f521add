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

/** What is wanted less often is behind a button. */
const fromMore = (name) => [
    {content: "More", trigger: ".o_form_statusbar .o_ar_more", run: "click"},
    {
        content: name,
        trigger: `.o-dropdown--menu button:contains(/^${name}$/)`,
        run: "click",
    },
];

registry.category("web_tour.tours").add("ar_morning", {
    steps: () => [
        {
            content: "The largest comes first",
            trigger: row("First Florist"),
            run: "click",
        },
        {content: "The first customer", trigger: form("First Florist")},
        ...fromMore("Snooze"),
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
            content: "It says when it is sent",
            trigger: ".o_notification:contains(Sending begins)",
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

/** Fail unless these are the buttons, in this order. */
function compare(selector, expected) {
    const found = [...document.querySelectorAll(selector)].map((button) =>
        button.textContent.trim()
    );
    if (found.join() !== expected.join()) {
        throw new Error(`Buttons: ${found}; expected: ${expected}`);
    }
}
const shown = (...expected) => ({
    content: "What is wanted most is shown",
    trigger: `.o_form_statusbar button:contains(${expected.at(-1)})`,
    run: () =>
        compare(".o_form_statusbar .o_statusbar_buttons > button", [
            ...expected,
            "More",
        ]),
});

registry.category("web_tour.tours").add("ar_few_buttons", {
    steps: () => [
        {content: "Open", trigger: row("Northwind Bakery"), run: "click"},
        {content: "The customer", trigger: form("Northwind Bakery")},
        shown("Send now", "Call", "Promise", "Dispute"),
        {content: "More", trigger: ".o_form_statusbar .o_ar_more", run: "click"},
        {
            content: "All the others are in the menu",
            trigger: ".o-dropdown--menu button:contains(Stop all contact)",
            run: () =>
                compare(".o-dropdown--menu .o-dropdown-item-unstyled-button button", [
                    "Payment plan",
                    "Snooze",
                    "Send the statement",
                    "Statement…",
                    "Send copies",
                    "Letter…",
                    "Log a visit",
                    "Pause contact (difficult call)",
                    "Send the message to me",
                    "Decide now, send nothing yet",
                    "The customer's page",
                    "Credit hold",
                    "Revoke payment-page links",
                    "Stop all contact",
                ]),
        },
        {
            content: "Snooze",
            trigger: ".o-dropdown--menu button:contains(/^Snooze$/)",
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
        shown("Send now", "Call", "End the snooze", "Promise"),
        ...fromMore("Stop all contact"),
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "click",
        },
        {
            content: "They are insolvent",
            trigger: ".o_select_menu_item:contains(Insolvency)",
            run: "click",
        },
        {content: "Do it", trigger: ".modal button[name='action_apply']", run: "click"},
        {
            content: "It says so",
            trigger: "body:not(:has(.modal)) .alert-danger:contains(Insolvency)",
        },
        shown("Call", "End the snooze", "Promise", "Dispute"),
    ],
});
