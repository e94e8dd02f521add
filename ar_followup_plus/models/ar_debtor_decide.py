"""What the decision says of a debtor, for people: why, and what comes next."""

from odoo import api, models

from ..engine.decide import decide
from ..engine.forecast import preview
from .ar_reader import Reader
from .rpc_border import given_day


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _read_for_decision(self, date=None):
        """Yield ``(debtor record, Debtor, items, ladder, rules, day)`` for each.

        Reads through sudo after the caller's access was checked: collectors have
        no right to read the ledger.
        """
        self.check_access("read")
        date = given_day(self.env, date)
        for company, debtors in self.sudo().grouped("company_id").items():
            reader = Reader(self.sudo().env, company, date)
            rules = company._ar_rules(
                self.env["ar.notice"].sudo()._first_left(company, reader.date),
                reader.books_behind(),
            )
            for debtor, items, ladder in reader.read_debtors(debtors.ids):
                record = self.browse(debtor.id)
                yield record, debtor, items, ladder, rules, reader.date

    @api.private
    def explain(self, date=None):
        """Say of each open item why it is, or is not, followed up on a day.

        :param datetime.date date: default: today in the company's time zone
        :return: dicts with move_line_id, move_name, due_date, days_overdue, amount
            (what may be asked for, in currency), currency (its name), step (its
            name, or False), reason (a key of the engine's reasons, or False) and
            message (a sentence)
        :rtype: list
        """
        words = self.env["ar.reason"]
        result = []
        for record, debtor, items, ladder, rules, day in self._read_for_decision(date):
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
                        "message": words._sentence(verdict, record.sudo().company_id),
                    }
                )
        return result

    @api.private
    def preview(self, days=30):
        """Say what would be sent in the coming days if nobody paid or answered.

        Nothing is written.

        :param int days: how many days to look ahead
        :return: dicts with date, debtor_id, step (its name), amount (in company
            currency) and items (the numbers of the invoices)
        :rtype: list
        """
        result = []
        for record, debtor, items, ladder, rules, day in self._read_for_decision():
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
                    }
                )
        return sorted(result, key=lambda entry: (entry["date"], entry["debtor_id"]))
