"""Preview of a step's text with the data of a real customer; nothing is stored."""

from contextlib import closing, contextmanager

from odoo import models
from odoo.exceptions import UserError

from ...engine.decision.contact import build_contact
from ...engine.decision.cover import company_amount
from ...engine.decision.decide import decide, still_asked
from ..decision.decision_writer import line_rows
from ..ledger.ledger_reader import Reader


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    @contextmanager
    def _sample(self, debtor, channel):
        """Create a notice of this step for a customer, and roll it back afterwards.

        It lists the items open today: the overdue ones, or for an early note the
        others.

        :raise UserError: for a customer who owes nothing
        """
        self.ensure_one()
        self.check_access("read")
        debtor.check_access("read")
        # The rollback ensures that a preview writes nothing
        with closing(self.env.cr.savepoint()):
            yield self.sudo()._make_sample(debtor.sudo(), channel)

    def _make_sample(self, debtor, channel):
        company = debtor.company_id
        reader = Reader(self.env, company)
        today, minor = reader.date, 10**company.currency_id.decimal_places
        [(values, items, ladder)] = reader.read_debtors(debtor.ids)
        rules = company._ar_rules()._replace(state="preview")
        asked = still_asked(decide(values, items, ladder, rules, today))
        owed = [item for item in items if item.residual > 0]
        if not owed:
            raise UserError(
                self.env._(
                    "%(customer)s owes nothing: choose a customer with open invoices.",
                    customer=debtor.display_name,
                )
            )
        early = self.stage == "preventive"
        fitting = [i for i in owed if i.id in asked and (i.due >= today) == early]
        step = self._engine(minor)
        about = [(i, asked.get(i.id, i.residual), step) for i in fitting or owed]
        # Without credits and disputes: it shows the text, not the case
        contact = build_contact(
            step, (about, [], []), [], reader.calendar, today, values.contacted
        )
        worth = sum(company_amount(item, amount) for item, amount, _s in about) / minor
        notice = self.env["ar.notice"].create(
            {
                "debtor_id": debtor.id,
                "company_id": company.id,
                "step_id": self.id,
                "stage": self.stage,
                "delay_days": self.delay_days,
                "channel": channel,
                "date": today,
                "date_given": contact.date_given,
                "is_first": contact.first,
            }
        )
        currencies = self.env["res.currency"].browse({i.currency for i in owed})
        digits = {c.id: c.decimal_places for c in currencies}
        rows = line_rows(notice.id, contact, channel, today, digits)
        # Not active: there may be a pending notice for the same item
        notice._rewrite(
            [row._replace(active=False, taken=False) for row in rows], worth
        )
        return notice

    def _default_customer(self):
        """Return the customer with the highest debt, whose data show a text best."""
        debtors = self.env["ar.debtor"]
        company = self.env.company._ar_root()
        domain = [("company_id", "=", company.id)]
        found = debtors.search(
            [*domain, ("amount_owed", ">", 0)], order="amount_overdue desc", limit=1
        )
        if found:
            return found
        # The figures may not have been refreshed yet: ask the ledger
        item = self.env["ar.open.item"].search(
            [("company_id", "=", company.id), ("amount_residual", ">", 0)],
            order="due_date",
            limit=1,
        )
        if item and not item.debtor_id:
            debtors._make_missing(company.ids)
            item.invalidate_recordset(["debtor_id"])
        return item.debtor_id

    # === BUTTONS === #

    def action_preview(self):
        """Show the text with the data of a real customer."""
        self.ensure_one()
        return self.env["ar.message.preview"]._open(self, self._default_customer())

    def action_open_step(self):
        """Open the step with its text."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
