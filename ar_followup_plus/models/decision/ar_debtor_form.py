"""Buttons on the customer that decide, and what the decision says."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    coming_contacts = fields.Html(compute="_compute_coming_contacts", sanitize=False)

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


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    why = fields.Char(
        string="Why, or why not today",
        compute="_compute_why",
        help="What happens to it today, or why nothing does.",
    )

    def _compute_why(self):
        """Ask the decision, once for all customers of the page."""
        said = {row["move_line_id"]: row["message"] for row in self.debtor_id.explain()}
        for item in self:
            item.why = said.get(item.id, False)
