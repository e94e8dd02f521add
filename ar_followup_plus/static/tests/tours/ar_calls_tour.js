import {registry} from "@web/core/registry";

/** Counts what a person clicks, for the limit of nine clicks for three calls. */
const clicks = {count: 0};

function click(trigger, content) {
    return {
        content,
        trigger,
        async run(helpers) {
            clicks.count += 1;
            await helpers.click();
        },
    };
}

const CALL = ".o_list_view .o_data_row:first-child button[name='action_log_call']";

function closed(left) {
    return {
        content: `${left} calls are left`,
        trigger: `body:not(:has(.modal)) .o_list_view:has(.o_data_row):not(:has(.o_data_row:nth-child(${left + 1})))`,
    };
}

registry.category("web_tour.tours").add("ar_calls", {
    steps: () => [
        {
            content: "Three calls wait",
            trigger: ".o_list_view .o_data_row:nth-child(3)",
            run: () => {
                clicks.count = 0;
            },
        },
        click(CALL, "Open the first"),
        {
            content: "The brief says why and how much",
            trigger: ".modal .o_ar_brief:contains(Why today):contains(On which day)",
        },
        {
            content: "Type what was said",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit Ms Test pays with the next run",
        },
        {
            content: "Type when they will pay",
            trigger: ".modal .o_field_widget[name='pay_on'] input",
            run: "edit +7",
        },
        click(".modal button[name='action_will_pay']", "Log it"),
        closed(2),
        click(CALL, "Open the second"),
        click(".modal button[name='action_no_answer']", "Nobody answers"),
        {
            content: "It waits for the next try",
            trigger: "body:not(:has(.modal)) .o_list_view .o_data_row:nth-child(2)",
        },
        click(
            ".o_list_view .o_data_row:nth-child(2) button[name='action_log_call']",
            "Open the third"
        ),
        click(".modal button[name='action_reached']", "Somebody answers"),
        closed(1),
        {
            content: "At most nine clicks",
            trigger: ".o_list_view",
            run: () => {
                if (clicks.count > 9) {
                    throw new Error(`Three calls took ${clicks.count} clicks`);
                }
                console.log(`Three calls took ${clicks.count} clicks`);
            },
        },
    ],
});

registry.category("web_tour.tours").add("ar_call_draft", {
    steps: () => [
        {
            content: "Call from the customer",
            trigger: ".o_form_view button[name='action_log_call']",
            run: "click",
        },
        {
            content: "Type, and log nothing",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit She said that",
        },
        {
            content: "Leave the field",
            trigger: ".modal .o_field_widget[name='pay_on'] input",
            run: "click",
        },
        {
            content: "Wait until it is kept",
            trigger: ".modal",
            run: () => new Promise((resolve) => setTimeout(resolve, 1500)),
        },
        {
            content: "Close it unsaved: a tour must not end in a form being edited",
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "Closed",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
