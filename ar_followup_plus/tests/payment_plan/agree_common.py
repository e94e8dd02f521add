"""Promises and plans, and a clock that runs day by day."""

from datetime import datetime, timedelta

from odoo.tests import freeze_time

from ...models.payment_plan.agreement import Agreement
from ..common import ArCommon


class AgreeCommon(ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer)

    def _open(self, partner=None, **domain):
        """Return the open items of a customer, as a collector sees them."""
        self.env.flush_all()
        items = self.env["ar.open.item"].search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("amount_residual_currency", ">", 0),
            ]
        )
        items.invalidate_recordset()
        return items.with_user(self.user_collector)

    def _collector(self, debtor=None):
        return (debtor or self.debtor).with_user(self.user_collector)

    def _promise(self, days=7, amount=None, items=None, **values):
        """Return a promise for so many days from now, taken by a collector."""
        if items is None:
            items = self._open()
        today = self.company._ar_today()
        return (
            Agreement(self._collector())
            .promise(items, today + timedelta(days=days), amount, **values)
            .sudo()
        )

    def _agree(self, items=None, offer=True, sign=True, **values):
        """Return a plan in parts; offered and agreed on, if nobody says otherwise."""
        if items is None:
            items = self._open()
        values.setdefault("first_on", self.company._ar_today() + timedelta(days=7))
        values.setdefault("rhythm", "week")
        if "installments" not in values and values.get("kind") != "settlement":
            values.setdefault("count", 4)
        plan = Agreement(self._collector()).propose(items, values).sudo()
        if offer:
            plan.with_user(self.user_manager).action_offer()
        if offer and sign:
            plan._start()
        return plan

    def _night(self, day):
        """Let a night pass: what was agreed is judged, then contacts are decided on."""
        moment = datetime(day.year, day.month, day.day, 10)
        with freeze_time(moment):
            self.env["ar.payment.plan"].sudo()._watch()
            self._plan(day, self.customer)
        self.env.invalidate_all()

    def _on(self, day):
        return freeze_time(datetime(day.year, day.month, day.day, 10))

    def _deliver(self, day=None):
        """Send what waits, on a day."""
        with self._on(day or self.today):
            self.env["ar.notice"].deliver()
        self.env.flush_all()

    def _said(self):
        """Return what explain() says: ``[(amount, reason)]``, oldest first."""
        self.env.flush_all()
        return [(e["amount"], e["reason"]) for e in self.debtor.explain()]

    def _free(self):
        """Return what may be asked for of each item, oldest first."""
        return [amount for amount, _reason in self._said()]

    def _body(self, mail):
        return mail.body_html.replace("\xa0", " ")

    def _calls(self):
        kind = self.env.ref("ar_followup_plus.activity_call")
        return self.debtor.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def _mails(self):
        """Return the subjects of mails to the customer, in order."""
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [("model", "=", "ar.debtor"), ("res_id", "=", self.debtor.id)],
                order="id",
            )
        )
        return mails.filtered(lambda mail: not mail.ar_notice_id)
