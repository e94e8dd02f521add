from odoo import models
from odoo.exceptions import AccessError

#: What makes a message what it is.
SAID = frozenset(
    {
        "author_id",
        "body",
        "date",
        "email_from",
        "message_type",
        "model",
        "res_id",
        "subject",
    }
)
#: What left or came, unlike the notes of colleagues.
MAILS = ("email", "email_outgoing")


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _ar_check_proof(self):
        """Refuse people to change e-mails with customers: they are proof.

        :raise AccessError: to administrators too
        """
        if not self.env.su and any(
            message.model == "ar.debtor" and message.message_type in MAILS
            for message in self.sudo()
        ):
            raise AccessError(
                self.env._(
                    "An e-mail to or from a customer is proof: it can be neither "
                    "changed nor deleted."
                )
            )

    def write(self, vals):
        # EXTENDS mail
        if SAID & set(vals):
            self._ar_check_proof()
        return super().write(vals)

    def unlink(self):
        # EXTENDS mail: not @api.ondelete, which a context that comes by RPC leaves out
        self._ar_check_proof()
        return super().unlink()
