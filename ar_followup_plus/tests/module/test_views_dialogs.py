"""Dialogs, buttons, and the message shown before it is sent."""

import base64
import json

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .backoffice_common import BackOfficeCommon


class TestViewsDialogs(BackOfficeCommon):
    """What a collector does with buttons, through the dialogs' own forms."""

    def _form(self, model, records, role="collector", **context):
        env = self.as_user(role)
        return Form(
            env[model].with_context(
                active_model=records._name, active_ids=records.ids, **context
            )
        )

    def _bodies(self, record):
        return " ".join(record.message_ids.mapped("body"))

    def test_snooze(self):
        both = self.debtor + self._debtor(self.old)
        form = self._form("ar.snooze", both)
        form.until = self._ago(-9)
        form.reason = "Their new system pays next week"
        form.save().action_apply()
        for debtor in both:
            self.assertTrue(debtor.is_snoozed)
            self.assertEqual(debtor.snooze_until, self._ago(-9))
            self.assertIn("new system", self._bodies(debtor))
        self.debtor.with_user(self.user_collector).wake()
        self.assertFalse(self.debtor.is_snoozed)

    def test_snooze_in_the_past_is_refused(self):
        form = self._form("ar.snooze", self.debtor)
        form.until = self._ago(1)
        form.reason = "A test"
        with self.assertRaisesRegex(ValidationError, "a day in the future"):
            form.save().action_apply()
        self.assertFalse(self.debtor.snooze_until)

    def test_stop_with_its_document(self):
        form = self._form("ar.contact.stop", self.debtor)
        form.reason = "insolvency"
        form.note = "Letter of the administrator"
        form.document = base64.b64encode(b"%PDF-1.4 a letter")
        wizard = form.save()
        wizard.document_name = "letter.pdf"  # the browser fills it in
        wizard.action_apply()
        self.assertTrue(self.debtor.is_stopped)
        self.assertEqual(self.debtor.stop_user_id, self.user_collector)
        self.assertEqual(self.debtor.stop_note, "Letter of the administrator")
        attachment = self.debtor.message_ids.attachment_ids
        self.assertEqual(attachment.name, "letter.pdf")
        self.assertEqual(attachment.raw, b"%PDF-1.4 a letter")
        self.assertEqual(self.notice.state, "cancelled")
        self.debtor.with_user(self.user_manager).lift_stop()
        self.assertFalse(self.debtor.stop_reason)

    def test_cancel_until_a_day(self):
        form = self._form("ar.notice.cancel", self.notice)
        form.again_on = self._ago(-12)
        form.reason = "She is on holiday"
        form.save().action_apply()
        self.assertRecordValues(
            self.notice,
            [
                {
                    "state": "cancelled",
                    "cancel_how": "later",
                    "cancel_reason": "She is on holiday",
                    "again_on": self._ago(-12),
                }
            ],
        )

    def test_cancel_offers_what_is_allowed(self):
        def offered(role):
            env = self.as_user(role)
            return set(dict(env["ar.notice.cancel"]._selection_how()))

        self.assertEqual(offered("collector"), {"later", "settled", "answered"})
        self.assertEqual(
            offered("manager"), {"later", "settled", "answered", "not_needed"}
        )

    def test_one_click_buttons(self):
        env = self.as_user("manager")
        for notice, method, how in (
            (self.notice, "action_not_now", "later"),
            (self.final_notice, "action_not_needed", "not_needed"),
        ):
            self.rpc(env, "ar.notice", method, notice.ids)
            self.assertEqual((notice.state, notice.cancel_how), ("cancelled", how))
        self.assertEqual(self.notice.again_on, self._ago(-7))

    def test_log_a_call(self):
        partner = self._customer("Called Carpenters")
        invoice = self._invoice(partner, 900, 25)
        debtor = self._debtor(partner)
        self.company.ar_state = "live"
        self._night(self._ago(20), partner)
        self._plan(None, partner)
        call = self._notices(partner, "ready")
        self.assertEqual(call.channel, "call")
        action = self.rpc(
            self.as_user("collector"), "ar.notice", "action_log_call", call.ids
        )
        wizard = self.as_user("collector")["ar.call.log"]
        form = Form(wizard.with_context(**action["context"]))
        form.note = "Ms Adams pays on Friday"
        form.save().action_reached()
        self.assertEqual(call.state, "sent")
        self.assertIn("pays on Friday", self._bodies(debtor))
        invoice.invalidate_recordset()
        self.assertEqual(invoice.ar_stage, "call")

    def test_leave_out_and_take_in_again(self):
        env = self.as_user("collector")
        item = env["ar.open.item"].browse(self._items(self.invoice).ids)
        action = self.rpc(env, "ar.open.item", "action_exclude", item.ids)
        form = Form(env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual(form.numbers, self.invoice.name)
        form.reason = "Set off at the year's end"
        form.save().action_apply()
        self.assertTrue(self.invoice.no_followup)
        self.assertTrue(self.invoice.ar_excluded)
        self.assertIn("Set off", self._bodies(self.invoice))
        self.assertIn("Set off", self._bodies(self.debtor))
        self.assert_item(self.invoice, "excluded")
        action = self.rpc(
            self.as_user("accountant"),
            "account.move",
            "action_ar_include",
            self.invoice.ids,
        )
        wizard = self.as_user("accountant")["ar.exclude"].with_context(
            **action["context"]
        )
        wizard.create({"reason": "Not any more"}).action_apply()
        self.assertFalse(self.invoice.ar_excluded)
        self.assertIn("followed up again", self._bodies(self.invoice))

    def test_leave_out_needs_a_reason(self):
        wizard = self.as_user("collector")["ar.exclude"].create(
            {"item_ids": self._items(self.invoice).ids, "reason": "  "}
        )
        with self.assertRaisesRegex(ValidationError, "Say why"):
            wizard.action_apply()
        self.assertFalse(self.invoice.ar_excluded)

    def test_plan_now_says_what_came_of_it(self):
        env = self.as_user("collector")
        self._invoice(self.other, 90, 9)
        debtor = self._debtor(self.other)
        answer = self.rpc(env, "ar.debtor", "action_plan_now", debtor.ids)
        self.assertIn("1 notices proposed", answer["params"]["message"])
        self.assertEqual(self._notices(self.other).state, "proposed")
        answer = self.rpc(env, "ar.debtor", "action_plan_now", debtor.ids)
        self.assertIn("Nothing to send today", answer["params"]["message"])
        self.company.ar_state = "off"
        with self.assertRaisesRegex(UserError, "is off"):
            self.rpc(env, "ar.debtor", "action_plan_now", debtor.ids)


class TestViewsMessage(BackOfficeCommon):
    """The message as it would leave, and the copy to oneself."""

    def _shown(self, notice, role="collector"):
        env = self.as_user(role)
        [values] = self.rpc(
            env, "ar.notice", "web_read", notice.ids, {"message_html": {}}
        )
        return values["message_html"]

    def test_proposal_shows_its_message(self):
        for role in ("collector", "manager", "accountant"):
            shown = self._shown(self.notice, role)
            self.assertIn(self.invoice.name, shown)
            self.assertIn("1,250.00", shown)
            self.assertIn("late.laundry@example.com", shown)

    def test_several_are_shown_at_once(self):
        notices = self.notice + self.final_notice
        env = self.as_user("collector")
        found = self.rpc(
            env, "ar.notice", "web_read", notices.ids, {"message_html": {}}
        )
        for values, invoice in zip(
            found, (self.invoice, self.old_invoice), strict=True
        ):
            self.assertIn(invoice.name, values["message_html"])

    def test_a_look_writes_nothing(self):
        self.notice.sudo().access_token = False
        self.env.flush_all()
        self.assertIn(self.invoice.name, self._shown(self.notice))
        self.env.invalidate_all()
        self.assertFalse(self.notice.sudo().access_token)
        self.assertEqual(self.notice.state, "proposed")

    def test_rotten_template_is_told_and_opens_all_the_same(self):
        # Saving such a text is refused; one can rot later, when a field goes
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = %s WHERE id = %s",
            [
                json.dumps({"en_US": '<p t-out="object.no_such_field"/>'}),
                self.notice.step_id.mail_template_id.id,
            ],
        )
        with mute_logger(
            "odoo.addons.ar_followup_plus.models.delivery.message_preview"
        ):
            shown = self._shown(self.notice)
        self.assertIn("cannot be made from the template", shown)
        self.assertIn("no_such_field", shown)

    def test_lists_with_totals(self):
        env = self.as_user("collector")
        [values] = self.rpc(
            env, "ar.notice", "web_read", self.notice.ids, {"lines_html": {}}
        )
        self.assertIn("What this is about", values["lines_html"])
        self.assertIn(self.invoice.name, values["lines_html"])
        self.assertEqual(values["lines_html"].count("1,250.00"), 3)

    def test_copy_to_oneself_leaves_no_trace(self):
        self.notice._ensure_links()  # reading the texts does
        before = self.notice.read()[0]
        debtor_before = self.debtor.read(["last_contact_date", "contacted"])[0]
        messages = self.debtor.message_ids
        last = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        env = self.as_user("collector")
        answer = self.rpc(env, "ar.notice", "action_send_to_me", self.notice.ids)
        self.assertIn("collector@example.com", answer["params"]["message"])
        mail = self.env["mail.mail"].sudo().search([("id", ">", last)])
        self.assertEqual(len(mail), 1)
        self.assertIn("collector@example.com", mail.email_to)
        self.assertNotIn("late.laundry", mail.email_to)
        self.assertFalse(mail.recipient_ids)
        self.assertFalse(mail.ar_notice_id)
        self.assertTrue(mail.subject.startswith("[For you to check]"))
        self.assertIn(self.invoice.name, mail.body_html)
        self.env.invalidate_all()
        self.assertEqual(self.notice.read()[0], before)
        self.assertEqual(
            self.debtor.read(["last_contact_date", "contacted"])[0], debtor_before
        )
        self.assertEqual(self.debtor.message_ids, messages)

    def test_copy_from_the_debtor(self):
        env = self.as_user("collector")
        self.rpc(env, "ar.debtor", "action_send_to_me", self.debtor.ids)
        mail = self.env["mail.mail"].sudo().search([], order="id desc", limit=1)
        self.assertIn(self.invoice.name, mail.body_html)
        with self.assertRaisesRegex(UserError, "Recalculate proposals"):
            self.rpc(
                env, "ar.debtor", "action_send_to_me", self._debtor(self.other).ids
            )

    def test_copy_needs_an_address(self):
        self.user_collector.email = False
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self.rpc(
                self.as_user("collector"),
                "ar.notice",
                "action_send_to_me",
                self.notice.ids,
            )
