"""A customer's inbox over some days, written to by the scheduled actions."""

import io
from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo.tests import freeze_time
from odoo.tools.pdf import OdooPdfFileWriter

from ...models.credit_control.credit_hold import CreditHold
from ...models.payment_plan.agreement import Agreement
from ...models.statement.statement import Statement
from ..common import ArCommon


def _page():
    """Return an empty page as PDF."""
    stream, writer = io.BytesIO(), OdooPdfFileWriter()
    writer.addBlankPage(100, 100)
    writer.write(stream)
    return stream.getvalue()


class VoiceCommon(ArCommon):
    """The mail server and the printing of statements are pretended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.debtor = cls._debtor(cls.customer).sudo()
        cls.known = cls.env["mail.mail"].sudo().search([])

    def setUp(self):
        super().setUp()
        pdf = patch.object(
            Statement,
            "render",
            lambda statement, figures, lang=None: dict.fromkeys(
                statement.debtors.ids, _page()
            ),
        )
        pdf.start()
        self.addCleanup(pdf.stop)

    def _day(self, days):
        return self.today + timedelta(days=days)

    def _at(self, days=0, hour=8):
        """Return the clock at an hour, so many days from today."""
        return freeze_time(datetime.combine(self._day(days), time(hour)))

    def _cron(self, when, days=0, hour=8):
        with self._at(days, hour):
            self.env["ar.nightly"].sudo()._run(when)
        self.env.flush_all()
        self.env.invalidate_all()

    def _night(self, days=0):
        """Let the tasks of a night run, as their scheduled actions do."""
        self._cron("watch", days, 1)
        self._cron("plan", days, 2)
        with self._at(days, 3):
            self.env["ar.debtor"].sudo()._cron_statements()

    def _morning(self, days=0, hour=8):
        """Let all that is due be sent, twice."""
        for minute in (hour, hour + 1):
            self._cron("deliver", days, minute)
            with self._at(days, minute):
                self.env["ar.debtor"].sudo()._cron_statements()
        self.env.invalidate_all()

    def _week(self, first, last):
        for days in range(first, last + 1):
            self._night(days)
            self._morning(days)

    def _forget(self):
        """Leave the mails so far out of the inbox."""
        self.known = self.env["mail.mail"].sudo().search([])

    def _mails(self, debtor=None):
        """Return the customer's mails, in order."""
        mails = self.env["mail.mail"].sudo().search([], order="id") - self.known
        return mails.filtered(
            lambda mail: (
                mail.model == "ar.debtor"
                and mail.message_type == "email_outgoing"
                and mail.res_id == (debtor or self.debtor).id
                and mail.state != "cancel"
            )
        )

    def _inbox(self, debtor=None):
        """Return the customer's mails, ``[(days from today, subject)]``."""
        return [
            ((mail.date.date() - self.today).days, mail.subject)
            for mail in self._mails(debtor)
        ]

    def _body(self, number=-1):
        return self._mails()[number].body_html.replace("\xa0", " ")

    def _days(self, debtor=None):
        return [day for day, _subject in self._inbox(debtor)]

    def assert_one_a_day(self, *debtors):
        """Assert that nobody got two mails on one day; return the days of the first."""
        for debtor in debtors or (self.debtor,):
            days = self._days(debtor)
            self.assertEqual(len(days), len(set(days)), self._inbox(debtor))
        return self._days(*debtors[:1])

    # === WHAT IS SAID === #

    def _open(self, *moves):
        self.env.flush_all()
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.debtor.id),
                ("amount_residual_currency", ">", 0),
            ]
        )
        items.invalidate_recordset()
        moves = [move.id for move in moves]
        return items.filtered(lambda item: not moves or item.move_id.id in moves)

    def _promise(self, *moves, days=3):
        return Agreement(self.debtor).promise(
            self._open(*moves), self._day(days), source="collector"
        )

    def _agree(self, move, first, count=2):
        with self._at(-20):
            plan = Agreement(self.debtor).propose(
                self._open(move),
                {"first_on": self._day(first), "rhythm": "month", "count": count},
            )
            plan = plan.sudo()
            plan.with_user(self.user_manager).action_offer()
            plan._start()
        self._forget()
        return plan

    def _holds(self):
        self.company.write(
            {"ar_hold_rule": True, "ar_hold_amount": 500, "ar_hold_days": 60}
        )

    def _warned(self):
        CreditHold(self.debtor).update()
        self.assertEqual(self.debtor.hold_state, "warn")
