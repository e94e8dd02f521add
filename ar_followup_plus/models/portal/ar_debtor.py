"""The customer's page and answers on the customer's record."""

from odoo import fields, models

from .customer_page import CustomerPage


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    answer_ids = fields.One2many("ar.answer", "debtor_id", readonly=True)
    answer_count = fields.Integer(string="Answers", compute="_compute_answer_count")
    code_hash = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    code_to = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    code_until = fields.Datetime(copy=False, readonly=True, groups=fields.NO_ACCESS)
    code_tries = fields.Integer(
        copy=False, readonly=True, aggregator=None, groups=fields.NO_ACCESS
    )
    payment_number = fields.Integer(
        copy=False, readonly=True, aggregator=None, groups=fields.NO_ACCESS
    )

    def _compute_answer_count(self):
        counts = dict(
            self.env["ar.answer"]._read_group(
                [("debtor_id", "in", self.ids)], ["debtor_id"], ["__count"]
            )
        )
        for debtor in self:
            debtor.answer_count = counts.get(debtor, 0)

    def action_open_answers(self):
        """Open the customer's answers, newest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_answer_action"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_customer_page(self):
        """Open the page as the customer sees it, with the whole account."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/my/receivables/{self.id}",
            "target": "new",
        }

    def action_revoke_links(self):
        """Revoke all links of the customer, for example after one leaked."""
        self.check_access("write")
        for debtor_sudo in self.sudo():
            debtor_sudo.notice_ids._revoke_links()
            CustomerPage(debtor_sudo).close_links()
            debtor_sudo.message_post(
                body=self.env._(
                    "All links to the customer's payment page were revoked."
                )
            )
