"""Switching how far the follow-up may go: nothing by one click, and said before."""

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from ..delivery.sending_common import SendingCommon


class TestState(SendingCommon):
    """A company that asks before each notice."""

    def setUp(self):
        super().setUp()
        self._every_day()
        self.company.write({"ar_state": "ask", "ar_hour_from": 8, "ar_hour_to": 18})

    def _ask(self, to_state, user=None):
        return (
            self.env["ar.state.ask"]
            .with_user(user or self.user_manager)
            .create({"company_id": self.company.id, "to_state": to_state})
        )

    def test_settings_switch_nothing_by_themselves(self):
        view = self.env.ref("ar_followup_plus.res_company_view_form_ar")
        arch = self.env["res.company"].with_user(self.user_manager)
        arch = etree.fromstring(arch.get_view(view.id, "form")["arch"])
        [state] = arch.xpath("//field[@name='ar_state']")
        self.assertEqual(state.get("readonly"), "1")
        words = set(arch.xpath("//setting[@id='ar_state']//button/@string"))
        self.assertLessEqual(
            {"Go live…", "Back to approval mode…", "Send without approval…"}, words
        )

    def test_says_what_will_be_sent(self):
        self._invoice(self.customer, 900, 20)
        self._invoice(self.other, 100, 20)
        self._plan()
        self.assertEqual(len(self._notices(None, "proposed")), 2)
        with freeze_time("2026-03-10 19:00:00"):
            wizard = self._ask("live")
            self.assertIn("From Wednesday, 11 March, 08:00", wizard.effect)
            self.assertIn("2 notices", wizard.effect)
            self.assertEqual(self.company.ar_state, "ask")
            wizard.approve_waiting = True
            wizard.action_apply()
        self.assertEqual(self.company.ar_state, "live")
        self.assertFalse(self._notices(None, "proposed"))
        self.assertEqual(len(self._notices(None, "ready")), 2)
        wizard = self._ask("ask")
        self.assertIn("2 notices that are on their way", wizard.effect)
        wizard.action_apply()
        self.assertEqual(self.company.ar_state, "ask")

    def test_next_sending(self):
        """Working days, hours and the day of going live count."""
        self.company.resource_calendar_id = self._calendar(self.company, "01234")
        for now, first, wanted in (
            ("2026-03-10 10:30:00", False, "2026-03-10 10:30"),
            ("2026-03-10 05:00:00", False, "2026-03-10 08:00"),
            ("2026-03-10 18:00:00", False, "2026-03-11 08:00"),
            ("2026-03-13 20:00:00", False, "2026-03-16 08:00"),
            ("2026-03-10 10:30:00", "2026-03-14", "2026-03-16 08:00"),
        ):
            self.company.ar_not_before = first
            with self.subTest(now=now), freeze_time(now):
                found = self.company._ar_next_hours(fields.Datetime.now())
                self.assertEqual(f"{found:%Y-%m-%d %H:%M}", wanted)

    def test_off_and_preview(self):
        self._ask("off").action_apply()
        self.assertEqual(self.company.ar_state, "off")
        wizard = self._ask("preview")
        self.assertIn("None can be sent", wizard.effect)
        wizard.action_apply()
        self.assertEqual(self.company.ar_state, "preview")
        with self.assertRaisesRegex(UserError, "go live first"):
            self._ask("live").action_apply()

    def test_twice(self):
        with self.assertRaisesRegex(UserError, "meanwhile"):
            self._ask("ask").action_apply()

    def test_only_credit_managers(self):
        for user in (self.user_collector, self.user_accountant, self.user_none):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._ask("live", user)
