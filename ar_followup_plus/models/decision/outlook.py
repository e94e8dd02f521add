"""Decisions on debtors, explained to people: the reason, and the next contact."""

import logging

from odoo.tools.misc import split_every

from ...engine.decision.decide import decide
from ...engine.decision.forecast import preview
from ...tools.transactions import CONFLICTS, in_turn
from ..company.rpc_border import given_day
from ..customer.next_contact import next_of, write_next
from ..ledger.ledger_reader import Reader

_logger = logging.getLogger(__name__)

#: Customers in one transaction.
SLICE = 1000


class Outlook:
    """Explain decisions on debtors: why not today, and when the next contact is."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def read_each(self, date=None):
        """Yield ``(debtor record, Debtor, items, ladder, rules, day)`` for each.

        Reads through sudo after the caller's access was checked: collectors have
        no right to read the ledger.
        """
        self.debtors.check_access("read")
        date = given_day(self.env, date)
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            reader = Reader(self.debtors.sudo().env, company, date)
            rules = company._ar_rules(
                self.env["ar.notice"].sudo()._first_left(company, reader.date),
                reader.books_behind(),
            )
            for debtor, items, ladder in reader.read_debtors(debtors.ids):
                record = self.debtors.browse(debtor.id)
                yield record, debtor, items, ladder, rules, reader.date

    def explain(self, date=None):
        """Explain for each open item why it is, or is not, followed up on a day.

        See :meth:`ArDebtor.explain`.
        """
        words = self.env["ar.reason"]
        letters = self._unposted_letters()
        result = []
        for record, debtor, items, ladder, rules, day in self.read_each(date):
            decision = decide(debtor, items, ladder, rules, day)
            verdicts = sorted(decision.verdicts, key=lambda v: (v.item.due, v.item.id))
            for verdict in verdicts:
                item = verdict.item
                currency = self.env["res.currency"].browse(item.currency)
                step = self.env["ar.ladder.step"].browse(
                    verdict.step.id if verdict.step else []
                )
                amount = item.residual if item.residual < 0 else verdict.amount
                result.append(
                    {
                        "debtor_id": record.id,
                        "move_line_id": item.id,
                        "move_name": item.name or "",
                        "due_date": item.due,
                        "days_overdue": max((day - item.due).days, 0),
                        "amount": amount / 10**currency.decimal_places,
                        "residual": item.residual / 10**currency.decimal_places,
                        "currency": currency.name,
                        "step": step.sudo().name or False,
                        "reason": verdict.reason.value if verdict.reason else False,
                        "message": words._sentence(
                            verdict,
                            record.sudo().company_id,
                            letters.get(record.id, {}).get(item.id),
                        ),
                    }
                )
        return result

    def _unposted_letters(self):
        """Return since when letters about items wait to be posted.

        :return: ``{debtor id: {item id: day}}``
        """
        lines = (
            self.env["ar.notice.line"]
            .sudo()
            .search(
                [
                    ("notice_id.debtor_id", "in", self.debtors.ids),
                    ("notice_id.channel", "=", "letter"),
                    ("notice_id.state", "=", "ready"),
                    ("active", "=", True),
                ]
            )
        )
        result = {}
        for line in lines:
            mine = result.setdefault(line.notice_id.debtor_id.id, {})
            mine[line.move_line_id.id] = line.notice_id.date
        return result

    def preview(self, days=30):
        """Preview the messages of the coming days if nobody pays or answers.

        See :meth:`ArDebtor.preview`.
        """
        result = []
        for record, debtor, items, ladder, rules, day in self.read_each():
            if rules.state == "off":
                rules = rules._replace(state="preview")
            minor = 10 ** record.sudo().currency_id.decimal_places
            for on, contact in preview(debtor, items, ladder, rules, day, days):
                step = self.env["ar.ladder.step"].browse(contact.step.id)
                result.append(
                    {
                        "date": on,
                        "debtor_id": record.id,
                        "step": step.sudo().name,
                        "stage": contact.step.stage,
                        "amount": sum(
                            round(item.residual_company * amount / item.residual)
                            for item, amount, _step in contact.about
                        )
                        / minor,
                        "items": [item.name or "" for item, _a, _s in contact.about],
                        "also": [
                            item.name or ""
                            for item, _a, _s in contact.also + contact.coming
                        ],
                    }
                )
        return sorted(result, key=lambda entry: (entry["date"], entry["debtor_id"]))

    @classmethod
    def write_after_contacts(cls, env):
        """Update customers contacted today whose next contact is still today's."""
        Debtor = env["ar.debtor"]
        for company in env["res.company"].search([("parent_id", "=", False)]):
            today = company._ar_today()
            stale = Debtor.search(
                [
                    ("company_id", "=", company.id),
                    ("last_contact_date", "=", today),
                    ("next_contact_date", "<=", today),
                    ("next_reason", "=", False),
                ]
            )
            for ids in split_every(SLICE, stale.ids):
                some = Debtor.browse(ids)
                try:
                    in_turn(env, cls(some).write_next_contact)
                except CONFLICTS:
                    _logger.debug("The next night finds it.")

    def write_next_contact(self):
        """Write the next contact and its reason, as the next nightly run would.

        Propose nothing. Use a constant number of statements for all debtors.
        """
        rows = [
            next_of(record.id, decide(debtor, items, ladder, rules, day))
            for record, debtor, items, ladder, rules, day in self.read_each()
        ]
        if not rows:
            return
        self.debtors.flush_recordset()
        write_next(self.env, rows)
        self.debtors.invalidate_recordset(
            ["next_contact_date", "next_step_id", "next_reason"], flush=False
        )
