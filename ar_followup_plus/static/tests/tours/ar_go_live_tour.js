import {registry} from "@web/core/registry";

// Each click of a person is a step with run: "click"; the test counts them.
registry.category("web_tour.tours").add("ar_go_live", {
    steps: () => [
        {
            content: "Configuration",
            trigger: "button[data-menu-xmlid='ar_followup_plus.menu_configuration']",
            run: "click",
        },
        {
            content: "Go live",
            trigger: "a[data-menu-xmlid='ar_followup_plus.menu_go_live']",
            run: "click",
        },
        {
            content: "Five questions",
            trigger: ".o_form_view h2:contains(5. How to begin with old debts?)",
        },
        {
            content: "The ladder is filled in and told in words",
            trigger: ".o_field_widget[name='note_ladder']:contains(Final demand)",
        },
        {
            content: "Next",
            trigger: "button[name='action_next']",
            run: "click",
        },
        {
            content: "Last month with names and amounts",
            trigger: ".o_ar_month td:contains(Northwind Bakery)",
        },
        {
            content: "Next",
            trigger: "button[name='action_next']",
            run: "click",
        },
        {
            content: "See the message to the first customer",
            trigger:
                ".o_data_row:contains(Northwind Bakery) button[name='action_preview']",
            run: "click",
        },
        {
            content: "The first notice is previewed",
            trigger:
                ".modal .o_field_widget[name='message_html']:contains(northwind.bakery@example.com):contains(1,250.00)",
        },
        {
            content: "Close",
            trigger: ".modal button[special='cancel'], .modal .btn-close",
            run: "click",
        },
        {
            content: "Leave a customer out",
            trigger: ".o_data_row:contains(Left Laundry) td[name='leave_out']",
            run: "click",
        },
        {
            content: "It is ticked",
            trigger:
                ".o_data_row:contains(Left Laundry) td[name='leave_out'] input:checked",
        },
        {
            content: "Go live",
            trigger: "button[name='action_go_live']",
            run: "click",
        },
        {
            content: "Its notices wait",
            trigger:
                ".o_list_view .o_data_row td[name='partner_id']:contains(Northwind Bakery)",
        },
    ],
});

registry.category("web_tour.tours").add("ar_approve_twenty", {
    steps: () => [
        {
            content: "The notices to approve",
            trigger: ".o_list_view .o_data_row:nth-child(20)",
        },
        {
            content: "Choose all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Approve",
            trigger: ".o_control_panel button[name='action_approve']",
            run: "click",
        },
        {
            content: "Done: nothing waits any more, and it is said when they leave",
            trigger: ".o_notification:contains(20 notices approved)",
        },
        {
            content: "The list is empty",
            trigger: ".o_view_nocontent:contains(Nothing to approve)",
        },
    ],
});

registry.category("web_tour.tours").add("ar_change_ladder", {
    steps: () => [
        {
            content: "Open the ladder",
            trigger: ".o_list_view .o_data_row td[name='name']:contains(Tour ladder)",
            run: "click",
        },
        {
            content: "Drag the first step behind the second",
            trigger: ".o_data_row:nth-child(1):contains(Step 3) .o_row_handle",
            run: "drag_and_drop(.o_data_row:contains(Step 10) .o_row_handle)",
        },
        {
            content: "It has the day of that place",
            trigger:
                ".o_data_row:nth-child(2):contains(Step 3) td[name='delay_days']:contains(10)",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
        {
            content: "Edit the text of the step that comes first now",
            trigger: ".o_data_row:nth-child(1) button[name='action_open_step']",
            run: "click",
        },
        {
            content: "The subject is in the step's own form",
            trigger: ".o_form_view .o_field_widget[name='mail_subject'] input",
            run: "edit A new subject",
        },
        {
            content: "A word in the text",
            trigger:
                ".o_field_widget[name='mail_body'] .odoo-editor-editable p:contains(Hello from the tour)",
            run: "editor Good day from the tour",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible",
        },
        {
            content: "Preview with a real customer",
            trigger: ".o_statusbar_buttons button[name='action_preview']",
            run: "click",
        },
        {
            content: "The new text, with the customer's data",
            trigger:
                ".modal .o_field_widget[name='message_html']:contains(A new subject):contains(Good day from the tour):contains(Northwind Bakery)",
        },
        {
            content: "Send it to me",
            trigger: ".modal button[name='action_send_to_me']",
            run: "click",
        },
        {
            content: "Sent to nobody else",
            trigger: ".o_notification:contains(and to nobody else)",
        },
    ],
});
