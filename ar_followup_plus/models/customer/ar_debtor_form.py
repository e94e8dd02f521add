"""What the debtor's form shows beside its columns: live, never stored."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..ledger.balances import Balances


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    balances = fields.Html(
        compute="_compute_balances",
        sanitize=False,
        help="From the ledger at this moment, for each currency.",
    )
    coming_contacts = fields.Html(compute="_compute_coming_contacts", sanitize=False)
    company_note = fields.Char(compute="_compute_company_note")
    is_snoozed = fields.Boolean(
        compute="_compute_is_snoozed", search="_search_is_snoozed"
    )

    # === COMPUTE METHODS === #

    def _compute_balances(self):
        rows = Balances(self).rows()
        for debtor in self:
            debtor.balances = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_balances",
                {
                    "rows": rows.get(debtor.id, []),
                    "own": debtor.sudo().currency_id,
                    "total": sum(row["company"] for row in rows.get(debtor.id, [])),
                },
            )

    def _compute_coming_contacts(self):
        by_debtor = {}
        for entry in self.preview():
            by_debtor.setdefault(entry["debtor_id"], []).append(entry)
        for debtor in self:
            currency = debtor.sudo().currency_id
            debtor.coming_contacts = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_coming",
                {
                    "entries": by_debtor.get(debtor.id, []),
                    "money": currency.format,
                    "day": lambda value: format_date(self.env, value),
                },
            )

    @api.depends("company_id")
    def _compute_company_note(self):
        for debtor in self:
            debtor.company_note = debtor.company_id._ar_note()

    @api.depends("snooze_until")
    def _compute_is_snoozed(self):
        for debtor in self:
            debtor.is_snoozed = bool(
                debtor.snooze_until
                and debtor.snooze_until > debtor.company_id._ar_today()
            )

    def _search_is_snoozed(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("snooze_until", ">", self.env.company._ar_today())
        return domain if True in value else ~domain

    # === BUTTONS === #

    def action_plan_now(self):
        """Decide about these debtors now, and say what came of it."""
        counts = self.env["ar.notice"].plan(debtor_ids=self.ids)
        if counts["notices"] or counts["updated"] or counts["cancelled"]:
            message = self.env._(
                "%(made)s notices proposed or made ready, %(updated)s brought up to "
                "date, %(cancelled)s cancelled.",
                made=counts["notices"],
                updated=counts["updated"],
                cancelled=counts["cancelled"],
            )
        else:
            message = self.env._("Nothing to send today: each open item says why.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_send_now(self):
        """Decide now, and show what would leave before it does.

        :raise UserError: under a contact stop, in a company that is not live, or
            where nothing is due, with the reasons
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_held()
        self.env["ar.notice"].plan(debtor_ids=self.ids)
        if not self._ar_waiting_notices():
            reasons = [row["message"] for row in self.explain() if row["residual"] > 0]
            raise UserError(
                self.env._(
                    "Nothing is due for %(customer)s now. %(reasons)s",
                    customer=self.display_name,
                    reasons=" ".join(list(dict.fromkeys(reasons))[:3]),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send now"),
            "res_model": "ar.send.now",
            "views": [(False, "form")],
            "target": "new",
            "res_id": self.env["ar.send.now"].create({"debtor_id": self.id}).id,
        }

    def _ar_waiting_notices(self):
        """Return the notices that wait for approval or for their delivery."""
        return self.env["ar.notice"].search(
            [("debtor_id", "in", self.ids), ("state", "in", ("proposed", "ready"))]
        )

    def _ar_contacted_lately(self):
        """Return a warning where the customer was contacted within the gap."""
        self.ensure_one()
        company = self.sudo().company_id
        last = self.last_contact_date
        if not last or (company._ar_today() - last).days >= company.ar_gap_days:
            return False
        return self.env._(
            "This customer was contacted on %(day)s. Is another message needed?",
            day=format_date(self.env, last),
        )

    def action_send_to_me(self):
        """Send the notice at hand, as it reads today, to the user alone.

        :raise UserError: where there is no notice
        """
        self.ensure_one()
        notice = self.env["ar.notice"]
        for states in (("proposed", "ready", "failed"), ("sent",)):
            notice = notice or notice.search(
                [
                    ("debtor_id", "=", self.id),
                    ("state", "in", states),
                    ("channel", "=", "email"),
                ],
                limit=1,
            )
        if not notice:
            raise UserError(
                self.env._(
                    "There is no message to this customer yet: choose Plan now first. "
                    "Where nothing is due, Coming contacts says when it will be."
                )
            )
        return notice.action_send_to_me()

    def _ar_form(self):
        """Return the action that opens the form of a debtor, for all that leads there."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "ar.debtor",
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_open_notices(self):
        """Open the notices of the debtor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_notice_action_all"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
