import {registry} from "@web/core/registry";

/** Presses a button of the form and waits for what follows. */
function presses(name, text, after) {
    return [
        {
            content: text,
            trigger: `.o_form_view .o_statusbar_buttons button[name='${name}']:contains(${text})`,
            run: "click",
        },
        {content: `After: ${text}`, trigger: after},
    ];
}

function reached(state) {
    return `.o_form_view .o_statusbar_status button[data-value='${state}'].o_arrow_button_current`;
}

registry.category("web_tour.tours").add("ar_collector_offers", {
    steps: () =>
        presses(
            "action_offer",
            "Offer it to the customer",
            ".o_form_view .alert:contains(It waits for a credit manager)"
        ),
});

registry.category("web_tour.tours").add("ar_manager_offers", {
    steps: () =>
        presses("action_offer", "Offer it to the customer", reached("offered")),
});

registry.category("web_tour.tours").add("ar_collector_accepts", {
    steps: () => [
        ...presses("action_answer", "Answer", ".modal .o_field_widget[name='how']"),
        {
            content: "Accept",
            trigger:
                ".modal .o_field_widget[name='how'] .o_radio_item:contains(Accept):first input:checked",
        },
        {
            content: "In words",
            trigger: ".modal .o_field_widget[name='answer'] textarea",
            run: "edit One came, you are right",
        },
        {
            content: "Answer",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "It is accepted",
            trigger: `body:not(:has(.modal)) ${reached("accepted")}`,
        },
    ],
});

registry.category("web_tour.tours").add("ar_accountant_credits", {
    steps: () => [
        {
            content: "Open the credit note",
            trigger: ".o_form_view button[name='action_open_credit']",
            run: "click",
        },
        ...presses("action_post", "Confirm", reached("posted")),
        {
            content: "Odoo matched it with the invoice",
            trigger: ".o_form_view .ribbon:contains(/paid/i)",
        },
    ],
});

registry.category("web_tour.tours").add("ar_customer_signs_agreement", {
    steps: () => [
        {
            content: "The offer",
            trigger: ".o_ar_plan:contains(Our offer to you) a.btn-primary",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing can be read before the code",
            trigger: ".o_ar_page:not(:has(.o_ar_signature)) .o_ar_send_code",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Type the code from the e-mail",
            trigger: "#o_ar_code",
            run: "edit 123456",
        },
        {
            content: "Open",
            trigger: "form:has(#o_ar_code) button:contains(Open)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The text and its installments are there",
            trigger: ".o_ar_text:contains(How it is paid)",
        },
        {
            content: "No name is there: a person types it",
            trigger: ".o_web_sign_name_input",
            run: "edit A",
        },
        {
            content: "The place for the signature opens at the first letter",
            trigger: "canvas.o_web_sign_signature",
        },
        {
            content: "The whole name",
            trigger: ".o_web_sign_name_input",
            run: "edit Ann Adams",
        },
        {
            content: "The page is no wider than the screen",
            trigger: ".o_ar_page .o_web_sign_signature",
            run: () => {
                const page = document.documentElement;
                if (page.scrollWidth > window.innerWidth) {
                    throw new Error(`${page.scrollWidth} > ${window.innerWidth}`);
                }
            },
        },
        {
            content: "Type the function",
            trigger: "#o_ar_function",
            run: "edit Director",
        },
        {
            content: "It cannot be sent unread",
            trigger: ".o_ar_sign:disabled",
        },
        {
            content: "It was read",
            trigger: "#o_ar_read",
            run: "click",
        },
        {
            content: "Sign, with the name as Odoo writes it",
            trigger: ".o_ar_sign:not(:disabled)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Signed",
            trigger: ".o_ar_signed:contains(Ann Adams)",
        },
        {
            content: "The signed document is there",
            trigger: ".o_ar_page a:contains(Signed document)",
        },
    ],
});
