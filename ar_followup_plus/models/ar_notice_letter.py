"""The letter channel: printed by a person, and sent once it was posted."""

from odoo import models
from odoo.exceptions import UserError


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def action_print_letter(self):
        """Print the letters, each to one customer.

        :raise UserError: for what is no approved letter, under a contact stop, or
            without a postal address
        """
        self.check_access("read")
        for notice in self:
            notice._check_letter()
        report = self.env.ref("ar_followup_plus.action_report_letter")
        return report.report_action(self)

    def mark_posted(self):
        """Record that letters were posted: only now they count as sent."""
        self.check_access("write")
        for notice in self:
            notice._check_letter()
        notices_sudo = self.sudo()  # collectors have no right to write notices
        for notice_sudo in notices_sudo:
            if not notice_sudo.number:
                notice_sudo.number = (
                    self.env["ir.sequence"].sudo().next_by_code("ar.notice")
                )
            notice_sudo.debtor_id.message_post(
                body=self.env._("Letter %(number)s posted.", number=notice_sudo.number)
            )
        notices_sudo._sent()

    def _check_letter(self):
        """Check that a letter may leave: approved, nobody stopped it, an address."""
        self.ensure_one()
        if self.channel != "letter" or self.state != "ready":
            raise UserError(
                self.env._(
                    "%(notice)s is not an approved letter.", notice=self.display_name
                )
            )
        debtor_sudo = self.debtor_id.sudo()
        debtor_sudo._check_not_held()
        partner = debtor_sudo.partner_id
        if not partner.city or not (partner.street or partner.street2):
            raise UserError(
                self.env._(
                    "%(customer)s has no postal address: add one first.",
                    customer=debtor_sudo.display_name,
                )
            )

    def _letter_body(self):
        """Return the text of a letter: the step's own, else that of its e-mail."""
        self.ensure_one()
        notice_sudo = self.sudo().with_context(lang=self.sudo()._lang())
        step = notice_sudo.step_id
        if step.letter_body:
            return step.letter_body
        template = step.mail_template_id.with_context(lang=notice_sudo.env.lang)
        return notice_sudo._render_bodies(template)[self.id]
