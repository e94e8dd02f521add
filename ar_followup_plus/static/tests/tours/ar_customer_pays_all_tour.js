import {registry} from "@web/core/registry";

/** The steps of one payment with the provider of tests. */
function pays(amount) {
    return [
        {
            content: `Pay all of ${amount}`,
            trigger: `.o_ar_pay_all:contains(${amount})`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The amount is the one that was due",
            trigger: `.o_ar_big:contains(${amount})`,
        },
        {
            content: "The page is no wider than the screen",
            trigger: ".o_ar_page",
            run: () => {
                const page = document.documentElement;
                if (page.scrollWidth > window.innerWidth) {
                    throw new Error(`${page.scrollWidth} > ${window.innerWidth}`);
                }
            },
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
            content: "It is no longer due",
            trigger: `.o_ar_due:not(:contains(${amount}))`,
        },
    ];
}

registry.category("web_tour.tours").add("ar_customer_pays_all", {
    steps: () => [
        {
            content: "Each currency is a payment of its own",
            trigger: ".o_ar_due:contains(payment of its own)",
        },
        ...pays("1,550.00"),
        ...pays("80.00"),
        {
            content: "Everything is settled",
            trigger: "h1:contains(settled. Thank you!)",
        },
    ],
});
