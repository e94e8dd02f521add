import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("ar_gate_stopped", {
    steps: () => [
        {
            content: "It is said before",
            trigger: ".alert[name='ar_gate']:contains(Orders on credit are held)",
        },
        {
            content: "Confirm",
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            content: "It says which amount avoids it, and what can be done",
            trigger: ".modal .modal-body:contains(900.00)",
        },
        {
            content: "Open what can be done",
            trigger: ".modal button:contains(What can be done)",
            run: "click",
        },
        {
            content: "A salesperson cannot let it pass",
            trigger:
                ".modal .o_form_view:not(:has(button[name='action_let_pass'])) .o_field_widget[name='missing']:contains(900.00)",
        },
        {
            content: "Close",
            trigger: ".modal button:contains(Close)",
            run: "click",
        },
        {
            content: "Back at the order",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

registry.category("web_tour.tours").add("ar_gate_passes", {
    steps: () => [
        {
            content: "Confirm",
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            content: "It is an order",
            trigger:
                ".o_statusbar_status button[data-value='sale'].o_arrow_button_current",
        },
    ],
});
