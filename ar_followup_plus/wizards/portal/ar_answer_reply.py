from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.portal.answer_reply import AnswerReply

#: Days that "keep waiting" proposes.
WAIT_DAYS = 7


class ArAnswerReply(models.TransientModel):
    """Reply to a customer's answer: what happens, and what the customer reads."""

    _name = "ar.answer.reply"
    _inherit = ["ar.wizard"]
    _description = "Reply to a Customer's Answer"

    answer_id = fields.Many2one("ar.answer", required=True)
    how = fields.Selection(
        [
            ("found", "Payment found"),
            ("not_found", "Not found: ask for proof"),
            ("wait", "Keep waiting"),
            ("resend", "Send the invoices again"),
            ("told", "Reply in words"),
        ],
        required=True,
        default="told",
    )
    until = fields.Date(
        string="Wait until",
        default=lambda self: self.env.company._ar_today() + timedelta(days=WAIT_DAYS),
    )
    send = fields.Boolean(string="Tell the customer", default=True)
    text = fields.Text(
        string="The customer reads",
        compute="_compute_text",
        store=True,
        compute_sudo=False,
        readonly=False,
    )

    @api.depends("answer_id", "how", "until")
    def _compute_text(self):
        for wizard in self:
            answer = wizard.answer_id
            answer.check_access("read")
            until = wizard.until if wizard.how == "wait" else None
            wizard.text = (
                AnswerReply(answer.sudo()).proposal(wizard.how, until)
                if answer
                else False
            )

    def action_apply(self):
        """Reply, and let the invoices wait or go on."""
        self.ensure_one()
        self.answer_id._check_act()
        answer_sudo = self.answer_id.sudo()
        answer_sudo.debtor_id._claim_row()
        if answer_sudo.state != "open":
            raise UserError(self.env._("This answer has its reply already."))
        reply = AnswerReply(answer_sudo)
        if self.how == "wait":
            reply.keep_waiting(self.until, self.text if self.send else None)
        else:
            act = {
                "found": reply.found,
                "not_found": reply.not_found,
                "resend": reply.resend,
                "told": reply.tell,
            }[self.how]
            act(self.text)
        return {"type": "ir.actions.act_window_close"}
