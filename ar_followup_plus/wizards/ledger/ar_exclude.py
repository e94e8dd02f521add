from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...models.company.roles import ACCOUNTANT, COLLECTOR, require_role
from ...models.ledger.ar_exclusion import EXCLUSION_KINDS


class ArExclude(models.TransientModel):
    """Ask why to exclude invoices from the follow-up, or to include them again.

    The decision is kept in a record of its own, which Odoo's own mark on the journal
    item follows; the reason goes to the history of the invoice and of the debtor.
    """

    _name = "ar.exclude"
    _inherit = ["ar.wizard"]
    _description = "Exclude from Reminders"

    # Ids of journal items: collectors may neither read nor reference them
    item_ids = fields.Json(required=True)
    exclude = fields.Boolean(default=True)
    numbers = fields.Char(string="Invoices", compute="_compute_numbers")
    kind = fields.Selection(EXCLUSION_KINDS, default="other")
    until = fields.Date(
        default=lambda self: fields.Date.add(self.env.company._ar_today(), days=30),
        help="The first day on which they are followed up again.",
    )
    reason = fields.Char(required=True)

    @api.depends("item_ids")
    def _compute_numbers(self):
        for wizard in self:
            names = wizard._items().mapped("move_name")
            wizard.numbers = ", ".join(sorted({name for name in names if name}))

    def _items(self):
        """Return the open items that the user may see."""
        ids = [item for item in self.item_ids or [] if isinstance(item, int)]
        return self.env["ar.open.item"].search([("id", "in", ids)])

    @api.model
    def _open(self, item_ids, exclude):
        """Return the action that asks for the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exclude from reminders")
            if exclude
            else self.env._("Follow up again"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_item_ids": item_ids, "default_exclude": exclude},
        }

    def action_apply(self):
        """Set or remove the mark, and write the reason into the histories.

        :raise AccessError: unless the user is a collector or an invoicing user
        """
        self.ensure_one()
        require_role(
            self.env,
            self.env._("Only collectors and accountants may do this."),
            COLLECTOR,
            ACCOUNTANT,
        )
        if not (self.reason or "").strip():
            raise ValidationError(self.env._("Say why: colleagues will ask."))
        items = self._items()
        if not items:
            raise UserError(
                self.env._("This invoice has nothing open: there is nothing to do.")
            )
        if self.exclude:
            for company in items.company_id:
                self.env["ar.exclusion"]._check_until(self.until, company)
        # sudo: collectors have no right to write journal items; they see these
        lines_sudo = self.env["account.move.line"].sudo().browse(items.ids)
        self._keep(items, lines_sudo)
        lines_sudo.no_followup = self.exclude
        for move_sudo, mine_sudo in lines_sudo.grouped("move_id").items():
            move_sudo.message_post(body=self._text(mine_sudo))
        for debtor, mine in items.grouped("debtor_id").items():
            if debtor:
                debtor.sudo().message_post(body=self._text(mine))
        return {"type": "ir.actions.act_window_close"}

    def _keep(self, items, lines_sudo):
        """Store the reason, user and end: this record counts."""
        exclusions_sudo = self.env["ar.exclusion"].sudo()
        old_sudo = exclusions_sudo._of_lines(lines_sudo)
        if self.exclude:
            # The exclusion of another installment is kept
            old_sudo = old_sudo.filtered(
                lambda x: not x.move_line_id or x.move_line_id in lines_sudo
            )
        old_sudo.unlink()
        if self.exclude:
            exclusions_sudo.create(
                [
                    {
                        "move_line_id": item.id,
                        "company_id": item.company_id.id,
                        "kind": self.kind or "other",
                        "reason": self.reason.strip(),
                        "until": self.until,
                        "user_id": self.env.uid,
                    }
                    for item in items
                ]
            )
        items.debtor_id.sudo().planned_for = False
        # Proposals about them are updated at once
        self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()._trigger()

    def _text(self, lines):
        """Return the text for the history: the action and its reason."""
        numbers = ", ".join(sorted({line.move_name or "" for line in lines}))
        if self.exclude:
            return self.env._(
                "%(numbers)s excluded from reminders until %(day)s: %(reason)s",
                numbers=numbers,
                day=format_date(self.env, self.until),
                reason=self.reason,
            )
        return self.env._(
            "%(numbers)s followed up again: %(reason)s",
            numbers=numbers,
            reason=self.reason,
        )
