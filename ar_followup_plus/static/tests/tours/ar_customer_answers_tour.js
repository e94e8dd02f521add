import {registry} from "@web/core/registry";

/** The page is no wider than the screen, on a phone neither. */
const FITS = {
    content: "The page is no wider than the screen",
    trigger: ".o_ar_page",
    run: () => {
        const page = document.documentElement;
        if (page.scrollWidth > window.innerWidth) {
            throw new Error(`${page.scrollWidth} > ${window.innerWidth}`);
        }
    },
};

/** Opens the form of an answer from the page. */
function opens(text) {
    return [
        {
            content: text,
            trigger: `.o_ar_answers a:contains("${text}")`,
            run: "click",
            expectUnloadPage: true,
        },
        {content: "Its form", trigger: `h1:contains("${text}")`},
        FITS,
    ];
}

/** Types a day some days from now, as a date field takes it. */
function day(name, days) {
    return {
        content: `Type a day into ${name}`,
        trigger: `input[name='${name}']`,
        run: () => {
            const field = document.querySelector(`input[name='${name}']`);
            const moment = new Date();
            moment.setDate(moment.getDate() + days);
            field.value = moment.toISOString().slice(0, 10);
        },
    };
}

/** Chooses one invoice, and no other. */
function only(amount) {
    return {
        content: `Choose the invoice of ${amount}`,
        trigger: `.o_ar_choice:contains(${amount}) input`,
        run: () => {
            for (const label of document.querySelectorAll(".o_ar_choice")) {
                const wanted = label.textContent.includes(amount);
                const box = label.querySelector("input");
                if (box.checked !== wanted) {
                    box.click();
                }
            }
        },
    };
}

/** Presses the button, reads what happens next, and goes back. */
function sends(button, says) {
    return [
        {
            content: button,
            trigger: `form button:contains(${button})`,
            run: "click",
            expectUnloadPage: true,
        },
        {content: says, trigger: `.o_ar_answered:contains(${says})`},
        FITS,
        {
            content: "Back to the overview",
            trigger: ".o_ar_answered .o_ar_to_page",
            run: "click",
            expectUnloadPage: true,
        },
    ];
}

registry.category("web_tour.tours").add("ar_customer_answers", {
    steps: () => [
        ...opens("I have paid"),
        only("100.00"),
        day("paid_on", -1),
        {
            content: "By transfer",
            trigger: "select[name='paid_way']",
            run: "select transfer",
        },
        ...sends("Tell us", "looks for your payment"),
        {
            content: "It says that we answer",
            trigger: ".o_ar_item:contains(100.00):contains(we will answer)",
        },
        ...opens("I'll pay on a specific date"),
        only("50.00"),
        day("date", 5),
        ...sends("Tell us", "We expect"),
        {
            content: "It says that it is agreed",
            trigger: ".o_ar_item:contains(50.00):contains(Agreed with you)",
        },
        ...opens("I did not get the invoice"),
        only("70.00"),
        ...sends("Send again", "We have just sent"),
        ...opens("What would make paying easier?"),
        {
            content: "Direct debit",
            trigger: "select[name='wish']",
            run: "select direct_debit",
        },
        ...sends("Send", "We read every answer"),
        ...opens("I'm not the right contact"),
        {
            content: "Somebody else",
            trigger: "input[name='contact_email']",
            run: "edit right@example.com",
        },
        {
            content: "Tell us",
            trigger: `form button:contains("I'm not the right contact")`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Nothing more is shown",
            trigger: ".o_ar_answered:contains(Thank you for telling us)",
        },
    ],
});

registry.category("web_tour.tours").add("ar_customer_disputes", {
    steps: () => [
        ...opens("Something is wrong with an invoice"),
        {
            content: "What is wrong",
            trigger: "select[name='reason']",
            run: () => {
                const field = document.querySelector("select[name='reason']");
                field.value = [...field.options].find((option) => option.value).value;
            },
        },
        {
            content: "Only this line",
            trigger: ".o_ar_choice:contains(30.00) input",
            run: "click",
        },
        {
            content: "In words",
            trigger: "textarea[name='text']",
            run: "edit Only one of two came",
        },
        ...sends("Tell us", "we do not ask for"),
        {
            content: "The rest is still due",
            trigger: ".o_ar_due .o_ar_big:contains(100.00)",
        },
    ],
});

registry.category("web_tour.tours").add("ar_customer_proposes", {
    steps: () => [
        ...opens("I'll pay in installments"),
        {content: "Three parts", trigger: "select[name='count']", run: "select 3"},
        {
            content: "Each week",
            trigger: "select[name='rhythm']",
            run: "select week",
        },
        day("date", 0),
        ...sends("Propose this", "answers your proposal"),
        {
            content: "It waits for us",
            trigger: ".o_ar_item:contains(we will answer)",
        },
    ],
});

registry.category("web_tour.tours").add("ar_customer_pays_part", {
    steps: () => [
        {
            content: "Only this part is to be paid",
            trigger: ".o_ar_big:contains(50.00)",
        },
        {
            content: "Choose the way to pay",
            trigger: "input[name='o_payment_radio']",
            run: () => {
                const radio = document.querySelector("input[name='o_payment_radio']");
                if (!radio.checked) {
                    radio.click();
                }
            },
        },
        {
            content: "Pay",
            trigger: "button[name='o_payment_submit_button']:not(:disabled)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The first part is paid",
            trigger: ".o_ar_plan .badge:contains(Paid)",
        },
    ],
});
