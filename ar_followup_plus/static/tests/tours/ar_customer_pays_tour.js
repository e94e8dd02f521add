import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("ar_customer_pays", {
    steps: () => [
        {
            content: "What is due, in large figures",
            trigger: ".o_ar_big:contains(1,550.00)",
        },
        {
            content: "The page is no wider than the phone",
            trigger: ".o_ar_page",
            run: () => {
                const page = document.documentElement;
                if (page.scrollWidth > window.innerWidth) {
                    throw new Error(`${page.scrollWidth} > ${window.innerWidth}`);
                }
            },
        },
        {
            content: "The browser tells that the link was opened",
            trigger: ".o_ar_page",
            run: () => new Promise((resolve) => setTimeout(resolve, 3000)),
        },
        {
            content: "Pay the oldest invoice",
            trigger: ".o_ar_item:contains(1,250.00) .btn-primary:contains(Pay)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The amount is that of this invoice",
            trigger: ".o_ar_big:contains(1,250.00)",
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
            content: "Back on the page: the other invoice is left",
            trigger: ".o_ar_big:contains(300.00):not(:contains(1,550))",
        },
        {
            content: "It says what arrived",
            trigger: ".o_ar_arrived:contains(1,250.00)",
        },
        {
            content: "What is paid is gone from the list",
            trigger: ".o_ar_page:not(:has(.o_ar_item:contains(1,250.00)))",
        },
    ],
});
