"""The overview by e-mail: on Mondays, in the company's zone, to who asked for it."""

from odoo.tests import freeze_time

from .forecast_common import ForecastCommon


class TestWeeklyMail(ForecastCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._invoice(cls.customer, 400, 50)
        cls.company.ar_hour_from = 7
        cls._night()
        cls.user_manager.email = "manager@example.com"

    def _send(self, moment):
        """Run the task at a moment (UTC); return the e-mails that it made."""
        before = self.env["mail.mail"].sudo().search([])
        with freeze_time(moment):
            self.env["res.users"].with_user(
                self.env.ref("base.user_root")
            )._ar_mail_weekly()
            self.env.flush_all()
        return self.env["mail.mail"].sudo().search([]) - before

    def test_once_on_monday_morning(self):
        self.user_manager.with_user(self.user_manager).ar_weekly_mail = True
        self.assertFalse(self._send("2026-03-15 23:00:00"))  # Sunday
        self.assertFalse(self._send("2026-03-16 06:45:00"))  # too early
        mail = self._send("2026-03-16 07:15:00")
        self.assertEqual(len(mail), 1)
        self.assertIn("manager@example.com", mail.email_to)
        self.assertIn("First Customer", mail.body_html)
        self.assertIn("400", mail.body_html)
        self.assertIn("/odoo/receivables-overview", mail.body_html)
        self.assertFalse(self._send("2026-03-16 07:30:00"))
        self.assertFalse(self._send("2026-03-17 07:30:00"))
        self.assertEqual(len(self._send("2026-03-23 09:00:00")), 1)

    def test_in_the_zone_of_the_company(self):
        self.user_manager.ar_weekly_mail = True
        self.company.resource_calendar_id.tz = "Pacific/Auckland"
        # 07:00 on Monday in Auckland is 18:00 on Sunday in UTC
        self.assertEqual(len(self._send("2026-03-15 18:10:00")), 1)

    def test_only_who_asked_and_may(self):
        self.assertFalse(self._send("2026-03-16 09:00:00"))
        self.user_collector.sudo().ar_weekly_mail = True
        self.assertFalse(self._send("2026-03-16 09:00:00"))
