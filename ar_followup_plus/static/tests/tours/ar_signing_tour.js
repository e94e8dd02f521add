import {registry} from "@web/core/registry";

/** Draws a line on the pad, as a finger does: the pad leaves out what is too fast. */
async function draw() {
    const pad = document.querySelector(".o_web_sign_signature");
    const box = pad.getBoundingClientRect();
    const fire = (type, x, y, target = pad) =>
        target.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                cancelable: true,
                clientX: box.left + x,
                clientY: box.top + y,
                pressure: 0.5,
                pointerId: 1,
                isPrimary: true,
                button: 0,
                buttons: type === "pointerup" ? 0 : 1,
            })
        );
    fire("pointerdown", 20, 20);
    for (let step = 1; step <= 12; step++) {
        fire("pointermove", 20 + step * 12, 20 + (step % 3) * 15, window);
        await new Promise((resolve) => setTimeout(resolve, 30));
    }
    fire("pointerup", 170, 40, window);
}

/** From the page that asks for a code to the signature. */
function sign() {
    return [
        {
            content: "Nothing can be read before the code",
            trigger: ".o_ar_page:not(:has(.o_ar_text)) .o_ar_send_code",
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
            content: "Read",
            trigger: ".o_ar_text:contains(Each invoice says what to pay)",
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
            content: "Type the name",
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
            content: "Draw instead of a typed signature",
            trigger: ".o_web_sign_draw_button",
            run: "click",
        },
        {
            content: "Type the function",
            trigger: "#o_ar_function",
            run: "edit Director",
        },
        {
            content: "It was read",
            trigger: "#o_ar_read",
            run: "click",
        },
        {
            content: "An empty field cannot be sent",
            trigger: ".o_ar_sign:disabled",
        },
        {
            content: "Sign",
            trigger: ".o_web_sign_signature",
            run: draw,
        },
        {
            content: "Send",
            trigger: ".o_ar_sign:not(:disabled)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Signed",
            trigger: ".o_ar_signed:contains(Ann Adams)",
        },
    ];
}

registry.category("web_tour.tours").add("ar_customer_signs", {
    steps: () => [
        {
            content: "The page asks for the signature",
            trigger: ".o_ar_terms a:contains(Read and sign)",
            run: "click",
            expectUnloadPage: true,
        },
        ...sign(),
    ],
});

registry.category("web_tour.tours").add("ar_customer_signs_from_mail", {
    steps: () => sign(),
});
