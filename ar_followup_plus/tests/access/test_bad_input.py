"""Bad input: a clear error that says what to do, and nothing half-written."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ..common import ArCommon


class TestBadInput(ArCommon):
    """Bad input on each form says what to do."""

    def assert_refused(self, error, message, act, *args, **kwargs):
        """Assert that an act raises an error with a text, and wrote nothing."""
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            act(*args, **kwargs)
            self.env.flush_all()

    def _new_ladder(self, *steps):
        return self.env["ar.ladder"].create(
            {
                "name": "Odd",
                "step_ids": [
                    Command.create({"name": f"Step {number}", **values})
                    for number, values in enumerate(steps)
                ],
            }
        )

    # === LADDERS === #

    def test_steps_that_do_not_increase(self):
        before = self.env["ar.ladder"].search_count([])
        for steps in (
            # The same day twice
            ({"delay_days": 5, "stage": "gentle"}, {"delay_days": 5, "stage": "firm"}),
            # Milder than the one before
            ({"delay_days": 5, "stage": "firm"}, {"delay_days": 9, "stage": "gentle"}),
        ):
            with self.subTest(steps=steps):
                self.assert_refused(
                    ValidationError,
                    "out of order.*later day",
                    self._new_ladder,
                    *steps,
                )
        self.assertEqual(self.env["ar.ladder"].search_count([]), before)

    def test_moving_a_step_past_another(self):
        step = self._step("business_final")
        self.assert_refused(
            ValidationError, "out of order", step.write, {"delay_days": 50}
        )
        self.assertEqual(step.delay_days, 30)

    def test_sign_of_the_days(self):
        """Dolibarr #30771: an offset with the wrong sign."""
        for stage, days in (("preventive", 5), ("gentle", -5)):
            with self.subTest(stage=stage):
                self.assert_refused(
                    ValidationError,
                    "negative days",
                    self._new_ladder,
                    {"delay_days": days, "stage": stage},
                )

    def test_steps_for_different_profiles_may_share_a_day(self):
        ladder = self._new_ladder(
            {"delay_days": 5, "stage": "gentle", "profiles": "good"},
            {"delay_days": 5, "stage": "firm", "profiles": "chronic"},
        )
        self.assertEqual(len(ladder.step_ids), 2)

    def test_step_without_channel(self):
        step = self._step("business_gentle")
        for values in ({"channels": ""}, {"channels": " , "}, {"channel_email": False}):
            with self.subTest(values=values):
                self.assert_refused(
                    ValidationError, "no channel: choose", step.write, values
                )
        self.assertEqual(step.channels, "email")

    def test_unknown_codes(self):
        step = self._step("business_gentle")
        for values in (
            {"channels": "pigeon"},
            {"profiles": "new,rich"},
            {"contact_roles": "aunt"},
        ):
            with self.subTest(values=values):
                self.assert_refused(
                    ValidationError, "is not known.*possible", step.write, values
                )

    def test_template_of_another_model(self):
        template = self.env["mail.template"].create(
            {
                "name": "Invoice",
                "model_id": self.env["ir.model"]._get_id("account.move"),
            }
        )
        step = self._step("business_gentle")
        self.assert_refused(
            ValidationError,
            "choose a template that applies to notices",
            step.write,
            {"mail_template_id": template.id},
        )
        self.assertNotEqual(step.mail_template_id, template)

    @mute_logger("odoo.sql_db")
    def test_negative_minimum(self):
        step = self._step("business_gentle")
        for name in ("min_amount", "date_given_days", "min_term_days"):
            with self.subTest(name=name), self.assertRaises(Exception) as caught:
                with self.env.cr.savepoint():
                    step.write({name: -1})
                    self.env.flush_all()
            self.assertIn("_positive", str(caught.exception))
            self.env.invalidate_all()
        messages = self.env["ir.model.constraint"].search(
            [("name", "=", "ar_ladder_step_min_amount_positive")]
        )
        self.assertIn("cannot be negative", messages.message)

    def test_ladder_that_was_used_is_not_deleted(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        self.assert_refused(
            ValidationError, "archive the step", self._step("business_gentle").unlink
        )
        self.assert_refused(ValidationError, "archive it", self.ladder.unlink)
        self.assertTrue(self.ladder.exists())

    # === SETTINGS === #

    def test_negative_settings(self):
        for name in ("ar_gap_days", "ar_small_amount", "ar_first_per_day"):
            with self.subTest(name=name):
                self.assert_refused(
                    ValidationError,
                    "cannot be negative",
                    self.company.write,
                    {name: -1},
                )

    def test_hours(self):
        for first, last in ((18, 8), (8, 25), (-1, 8), (8, 8)):
            with self.subTest(first=first, last=last):
                self.assert_refused(
                    ValidationError,
                    "between 0 and 24",
                    self.company.write,
                    {"ar_hour_from": first, "ar_hour_to": last},
                )

    # === PEOPLE === #

    def test_snooze(self):
        debtor = self._debtor(self.customer).with_user(self.user_collector)
        for day in (self._ago(1), self.today, False):
            with self.subTest(day=day):
                self.assert_refused(
                    ValidationError, "day in the future", debtor.snooze, day, "Why"
                )
        self.assert_refused(
            ValidationError, "Say why", debtor.snooze, self._ago(-5), "  "
        )
        self.assertFalse(debtor.snooze_until)

    def test_contact_stop(self):
        debtor = self._debtor(self.customer).with_user(self.user_collector)
        self.assert_refused(
            ValidationError, "one of these reasons", debtor.stop_contact, "angry"
        )
        self.assert_refused(
            ValidationError,
            "must end today or later",
            debtor.stop_contact,
            "court",
            self._ago(1),
        )
        debtor.stop_contact("court")
        self.assert_refused(AccessError, "credit manager", debtor.lift_stop)
        self.assertTrue(debtor.is_stopped)
        debtor.with_user(self.user_manager).lift_stop()
        self.assertFalse(debtor.is_stopped)

    def test_plan(self):
        self._invoice(self.customer, 100, 10)
        for user in (self.user_none, self.user_accountant, self.user_portal):
            with self.subTest(user=user.name):
                notices = self.env["ar.notice"].with_user(user)
                self.assert_refused((AccessError, UserError), "", notices.plan)
        self.company.ar_state = "off"
        self.assert_refused(
            UserError, "is off.*preview", self._plan, None, self.customer
        )
        self.assertFalse(self._notices())

    def test_acts_on_the_debtor_need_rights(self):
        debtor = self._debtor(self.customer)
        for user in (self.user_none, self.user_accountant, self.user_portal):
            theirs = debtor.with_user(user)
            self.assert_refused(AccessError, "", theirs.snooze, self._ago(-5), "Why")
            self.assert_refused(AccessError, "", theirs.stop_contact, "court")
        self.assertFalse(debtor.stop_reason)

    def test_approve(self):
        self.company.ar_state = "ask"
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices()
        for user in (self.user_none, self.user_accountant, self.user_portal):
            theirs = notice.with_user(user)
            for act in (theirs.approve, theirs.cancel, theirs.retry):
                self.assert_refused(AccessError, "", act)
        collector = notice.with_user(self.user_collector)
        self.assert_refused(UserError, "has not failed", collector.retry)
        collector.approve()
        self.assert_refused(UserError, "is not waiting", collector.approve)
        self.assertEqual(notice.state, "ready")

    def test_approve_of_a_stopped_customer(self):
        self.company.ar_state = "ask"
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices()
        debtor = self._debtor(self.customer)
        # As if it had been stopped in another process a moment ago
        debtor.sudo().write({"stop_reason": "court", "stop_from": self.today})
        self.assert_refused(UserError, "is stopped", notice.approve)
        self.assertEqual(notice.state, "proposed")

    def test_cancel(self):
        self.company.ar_state = "ask"
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices().with_user(self.user_collector)
        self.assert_refused(ValidationError, "cancelled as one of", notice.cancel, "no")
        self.assert_refused(
            ValidationError, "in the future", notice.cancel, "later", None, self.today
        )
        self.assert_refused(AccessError, "credit manager", notice.cancel, "not_needed")
        self.assertEqual(notice.state, "proposed")
        notice.approve()
        self._leave(self._notices())
        self.assert_refused(UserError, "has been sent", notice.cancel)
        self.assertEqual(notice.state, "sent")

    def test_notices_are_never_deleted(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices()
        for record in (notice, notice.sudo()):
            self.assert_refused((AccessError, UserError), "", record.unlink)
        self.assert_refused(
            (AccessError, UserError), "", self._debtor(self.customer).sudo().unlink
        )
        self.assertTrue(notice.exists())

    def test_collectors_do_not_write_notices(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices().with_user(self.user_collector)
        for values in ({"state": "sent"}, {"amount": 1}, {"date_given": False}):
            self.assert_refused((AccessError, UserError), "", notice.write, values)

    # === TEMPLATES === #

    def _two_ladders(self, **template):
        """Return customers on a ladder with a rotten template and on a good one."""
        rotten = self.env["mail.template"].create(
            {
                "name": "Rotten",
                "model_id": self.env["ir.model"]._get_id("ar.notice"),
                "subject": "Reminder",
                "body_html": "<p>Please pay</p>",
                **template,
            }
        )
        ladder = self._new_ladder(
            {"delay_days": 3, "stage": "gentle", "mail_template_id": rotten.id}
        )
        self._debtor(self.customer, ladder_id=ladder.id)
        self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 100, 10)
        self._plan()
        self.env["ar.notice"].deliver()
        return self._notices(self.customer), self._notices(self.other)

    @mute_logger(
        "odoo.addons.mail.models.mail_render_mixin", "odoo.addons.base.models.ir_qweb"
    )
    def test_template_that_raises(self):
        rotten, good = self._two_ladders(body_html='<p t-out="object.nothing"/>')
        self.assertEqual(rotten.state, "failed")
        self.assertTrue(rotten.failure_reason)
        self.assertEqual(good.state, "sent")
        # A failed one counts as neither done nor sent
        self.assertFalse(self._debtor(self.customer).contacted)

    def test_template_missing(self):
        rotten, good = self._two_ladders()
        self.assertEqual((rotten.state, good.state), ("sent", "sent"))
        ladder = self._new_ladder({"delay_days": 3, "stage": "gentle"})
        third = self._customer("Third")
        self._debtor(third, ladder_id=ladder.id)
        self._invoice(third, 100, 10)
        self._plan()
        self.env["ar.notice"].deliver()
        failed = self._notices(third)
        self.assertEqual(failed.state, "failed")
        self.assertIn("choose one", failed.failure_reason)

    def test_line_break_in_a_subject(self):
        """OCA credit-control #269: a line break in the subject blocks the mail."""
        first, good = self._two_ladders(subject="Reminder\nof {{ object.date }}\r\n!")
        self.assertEqual((first.state, good.state), ("sent", "sent"))
        self.assertEqual(first.mail_message_id.subject, "Reminder of 2026-03-10 !")
