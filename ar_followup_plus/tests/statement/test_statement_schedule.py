"""Statements by schedule: when they are due, and what becomes of them."""

import io
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools.pdf import OdooPdfFileWriter

from ...models.statement.statement import Statement
from .test_statements import StatementCommon


def _page():
    """Return an empty page as PDF."""
    stream, writer = io.BytesIO(), OdooPdfFileWriter()
    writer.addBlankPage(100, 100)
    writer.write(stream)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestStatementSchedule(StatementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_users()

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(self.customer, 500, 20)
        self._invoice(self.other, 200, -20)
        self.debtor = self._debtor(self.customer)
        self.later = self._debtor(self.other)
        self.debtor_sudo = self.debtor.sudo()
        pdf = patch.object(
            Statement,
            "render",
            lambda statement, figures, lang=None: dict.fromkeys(
                statement.debtors.ids, _page()
            ),
        )
        pdf.start()
        self.addCleanup(pdf.stop)
        with freeze_time("2026-03-05 10:00:00"):
            self.company.ar_statement_schedule = "monthly"
        self.mails = self.env["mail.mail"].sudo().search([])

    def _cron(self, day):
        """Run the scheduled action on a day; return who got a mail."""
        with freeze_time(f"{day} 10:00:00"):
            self.env["ar.debtor"].sudo()._cron_statements()
        new = self.env["mail.mail"].sudo().search([]) - self.mails
        self.mails |= new
        return self.env["ar.debtor"].browse(new.mapped("res_id"))

    def test_monthly(self):
        """On its day, or caught up; never at once, never twice."""
        self.assertFalse(self._cron("2026-03-10"))
        self.assertFalse(self._cron("2026-03-31"))
        self.assertEqual(self._cron("2026-04-02"), self.debtor | self.later)
        self.assertFalse(self._cron("2026-04-03"))
        self.assertEqual(self._cron("2026-05-04"), self.debtor | self.later)

    def test_a_credit_manager_sets_it(self):
        """And a collector the schedule of a customer."""
        company = self.company.with_user(self.user_manager)
        company.write({"ar_statement_schedule": "quarterly", "ar_statement_day": 3})
        self.assertEqual(self.company.ar_statement_from, self.today)
        self.debtor.with_user(self.user_collector).statement_schedule = "monthly"
        self.assertEqual(self.debtor.statement_on, self.today)
        for field, value in (
            ("statement_wanted", "email"),
            ("statement_on", self.today),
        ):
            with self.assertRaises(AccessError):
                self.debtor.with_user(self.user_collector)[field] = value

    def test_quarterly_and_its_day(self):
        self.company.write(
            {"ar_statement_schedule": "quarterly", "ar_statement_day": 5}
        )
        self.assertFalse(self._cron("2026-03-31"))
        self.assertFalse(self._cron("2026-04-03"))
        self.assertTrue(self._cron("2026-04-06"))
        self.assertFalse(self._cron("2026-06-08"))
        self.assertTrue(self._cron("2026-07-06"))

    def test_only_if_due(self):
        self.assertFalse(self._cron("2026-03-10"))
        with freeze_time("2026-03-20 10:00:00"):
            self.company.ar_statement_from = date(2026, 3, 20)
        self.company.ar_statement_day = 23
        self.assertEqual(self._cron("2026-03-23"), self.debtor)
        self.company.ar_statement_only_due = False
        self.assertEqual(self._cron("2026-04-23"), self.debtor | self.later)

    def test_only_if_changed(self):
        self.company.ar_statement_only_changed = True
        self.assertTrue(self._cron("2026-04-02"))
        self.assertFalse(self._cron("2026-05-04"))
        self._pay(self.invoice, 100)
        self.assertEqual(self._cron("2026-06-02"), self.debtor)

    def test_own_schedule(self):
        """A customer's own wins over the company's, and begins with its next day."""
        self.company.ar_statement_schedule = "none"
        self.debtor.statement_schedule = "monthly"
        self.assertFalse(self._cron("2026-03-11"))
        self.assertEqual(self._cron("2026-04-02"), self.debtor)
        self.company.ar_statement_schedule = "monthly"
        self.debtor.statement_schedule = "none"
        self.assertEqual(self._cron("2026-05-04"), self.later)

    def test_activity_of_the_month(self):
        self.company.ar_statement_kind = "activity"
        seen = []
        mail = Statement.send_mail

        def send(statement, files=None, automatic=False):
            seen.append(statement.period)
            return mail(statement, files, automatic)

        with patch.object(Statement, "send_mail", send):
            self._cron("2026-04-02")
        self.assertEqual(seen[0].first, date(2026, 3, 1))
        self.assertEqual(seen[0].day, date(2026, 3, 31))

    def test_on_paper(self):
        """They wait for a person, with those who have no e-mail."""
        self.customer.email = False
        self.assertEqual(self._cron("2026-04-02"), self.later)
        self.assertEqual(self.debtor.statement_wanted, "print")
        self.assertIn("no contact", self.debtor.statement_note)
        with freeze_time("2026-04-02 12:00:00"):
            action = self.debtor.action_print_wanted()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertFalse(self.debtor.statement_wanted)
        self.assertFalse(self.debtor.statement_note)
        with self.assertRaisesRegex(UserError, "No statement"):
            self.debtor.action_print_wanted()
        self.company.ar_statement_by = "print"
        self.assertFalse(self._cron("2026-05-04"))
        self.customer.street = False
        self.customer.street2 = False
        with freeze_time("2026-05-04 12:00:00"):
            action = (self.debtor | self.later).action_print_wanted()
        self.assertIn("no postal address", action["params"]["message"])
        self.assertEqual(self.debtor.statement_wanted, "print")
        self.assertFalse(self.later.statement_wanted)

    def test_waits_as_other_messages_do(self):
        """For a snooze, a reply, the days between contacts; a group company never."""
        self.later.kind = "group"
        for values in (
            {"snooze_until": date(2026, 4, 20)},
            {"reply_until": date(2026, 4, 20)},
            {"last_contact_date": date(2026, 3, 31)},
        ):
            self.debtor_sudo.write(values)
            self.assertFalse(self._cron("2026-04-02"))
            self.assertEqual(self.debtor.statement_wanted, "email")
            self.debtor_sudo.write(dict.fromkeys(values, False))
        self.assertEqual(self._cron("2026-04-03"), self.debtor)

    def test_stopped(self):
        """Under a contact stop it is dropped, and said so; under a pause it waits."""
        self.company.ar_paused = True
        self.assertFalse(self._cron("2026-04-02"))
        self.company.ar_paused = False
        self.debtor_sudo.stop_reason = "court"
        self.assertEqual(self._cron("2026-04-02"), self.later)
        self.assertFalse(self.debtor.statement_wanted)
        self.assertIn("stopped", self.debtor.statement_note)

    def test_asks_where_the_company_asks(self):
        """What is due waits for a click until the company is live."""
        self.company.ar_state = "ask"
        self.assertFalse(self._cron("2026-04-02"))
        self.assertEqual(self.debtor.statement_wanted, "email")

    def test_many_leave_in_the_background(self):
        """More than twenty by one click: the rest goes on past those that fail."""
        self.company.ar_statement_schedule = "none"
        debtors = self.env["ar.debtor"]
        for number in range(21):
            customer = self._customer(f"Background {number:02}")
            self._invoice(customer, 100, 5)
            debtors |= self._debtor(customer)
        debtors[3].partner_id.write({"email": False, "lang": False})
        answer = debtors.action_send_statements()
        self.assertIn("21", answer["params"]["message"])
        left = self._cron("2026-03-10")
        self.assertEqual(left, debtors - debtors[3])
        self.assertIn("no contact", debtors[3].statement_note)

    def test_what_is_missing_stops_nothing_else(self):
        """Without wkhtmltopdf they stay, with the reason."""
        with patch.object(
            self.env.registry["ir.actions.report"],
            "get_wkhtmltopdf_state",
            return_value="install",
        ):
            self.assertFalse(self._cron("2026-04-02"))
        self.assertEqual(self.debtor.statement_wanted, "email")
        self.assertIn("missing", self.debtor.statement_note)
        self.assertEqual(self._cron("2026-04-03"), self.debtor | self.later)
