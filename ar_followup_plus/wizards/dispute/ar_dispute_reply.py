from odoo import api, fields, models

from ...models.voice.voice import Voice


class ArDisputeReply(models.TransientModel):
    """The answer to a dispute: accepted, accepted in part, or rejected, and why."""

    _name = "ar.dispute.reply"
    _inherit = ["ar.wizard"]
    _description = "Answer a Dispute"

    dispute_id = fields.Many2one("ar.dispute", required=True)
    currency_id = fields.Many2one(related="dispute_id.currency_id", related_sudo=False)
    remedy = fields.Selection(related="dispute_id.reason_id.remedy", related_sudo=False)
    how = fields.Selection(
        [
            ("accept", "Accept"),
            ("partly", "Accept in part"),
            ("reject", "Reject"),
            ("withdraw", "Withdrawn by customer"),
        ],
        string="Answer",
        required=True,
        default="accept",
    )
    amount = fields.Monetary(
        string="Credit",
        compute="_compute_amount",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    answer = fields.Text(
        string="In words", help="Goes to the customer as it is, where it is sent."
    )
    send = fields.Boolean(
        string="Send it by e-mail",
        compute="_compute_send",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    warning = fields.Char(compute="_compute_warning")
    attachment_ids = fields.Many2many("ir.attachment", string="Documents")

    @api.depends("dispute_id", "how")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.dispute_id.amount

    @api.depends("dispute_id", "send")
    def _compute_warning(self):
        for wizard in self:
            # sudo: owners of disputes may not read the customer
            debtor_sudo = wizard.dispute_id.sudo().debtor_id
            wizard.warning = wizard.send and Voice(debtor_sudo).question()

    @api.depends("how")
    def _compute_send(self):
        for wizard in self:
            wizard.send = wizard.how in ("partly", "reject")

    def action_apply(self):
        """Answer the dispute."""
        self.ensure_one()
        dispute = self.dispute_id
        # Not as superuser: users must not send files that they may not read
        documents = [(file.name, file.raw) for file in self.attachment_ids]
        if self.how in ("accept", "partly"):
            amount = self.amount if self.how == "partly" else None
            dispute.accept(amount, self.answer, self.send, documents)
        elif self.how == "reject":
            dispute.reject(self.answer, self.send, documents)
        else:
            dispute.withdraw(self.answer)
        return {"type": "ir.actions.act_window_close"}
