"""Incoming e-mail: find its customer, and whether a person wrote it."""

from odoo import api, models
from odoo.tools import email_normalize, email_split

from ...tools.mail_classifier import is_automatic, is_receipt
from ..company.roles import ADMINISTRATOR, COLLECTOR, has_role
from ..customer.conversation import note_lost_bounce
from ..signature.ar_guarded import RECEIVED, THREADS


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.private
    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        # EXTENDS mail: a message without reference may name a notice or invoice
        # A server that makes leads or tickets of what comes in says so by the model
        # Core lets any login call message_process(), and writes as superuser then
        if thread_id and str(model).startswith("ar."):
            self.env[model].browse(thread_id).check_access("write")
        outside = not self.env.su and self.env.user.share
        bounce = message_dict.get("is_bounce")
        if not model and not thread_id and not bounce and not outside:
            route = self.env["ar.unmatched.reply"]._route(message, message_dict)
            if route:
                self._routing_reset_bounce(message, message_dict)
                message_dict.pop("parent_id", None)
                return [route]
        return super().message_route(
            message, message_dict, model, thread_id, custom_values
        )

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        # EXTENDS mail: the customer that a message matches is not for every user
        thread_id = super().message_process(model, message, *args, **kwargs)
        if has_role(self.env, ADMINISTRATOR, COLLECTOR):
            return thread_id
        return bool(thread_id)

    def _message_route_process(self, message, message_dict, routes):
        """Tell the records whether a machine wrote the message."""
        thread = self.with_context(ar_automatic=is_automatic(message))
        # Only a call of the mail gateway, which runs as administrator, proves that an
        # e-mail was received; any other caller only claims it
        if has_role(self.env, ADMINISTRATOR):
            thread = thread.with_context(ar_origin=RECEIVED)
        return super(MailThread, thread)._message_route_process(
            message, message_dict, routes
        )

    @api.model
    def _detect_is_bounce(self, message, message_dict):
        # EXTENDS mail: answers of absence go to the address for bounces too, and are
        # none where a customer's message is what they answer
        bounce = super()._detect_is_bounce(message, message_dict)
        if bounce and message.get_content_type() != "multipart/report":
            sender = (email_normalize(message_dict["email_from"]) or "").partition("@")
            answers = bool(message_dict.get("parent_id")) and is_automatic(message)
            if answers and sender[0] not in ("mailer-daemon", "postmaster"):
                return self._ar_parent(message_dict)._name != "ar.debtor"
        return bounce

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        # EXTENDS mail: receipts are no bounces; some bounces name no address
        if is_receipt(email_message):
            return
        super()._routing_handle_bounce(email_message, message_dict)
        known = message_dict["bounced_message"]
        if message_dict["bounced_email"]:
            if known.model != "ar.debtor":
                note_lost_bounce(
                    self.env,
                    message_dict["bounced_email"],
                    message_dict["bounced_partner"],
                )
            return
        debtor = self._ar_parent(message_dict, known)
        if debtor._name != "ar.debtor":
            return
        mails = self.env["mail.mail"].sudo()
        parent = known.id or message_dict.get("parent_id")
        mails = mails.search([("mail_message_id", "=", parent)], limit=1)
        addresses = email_split(mails.email_to or "")
        if len(addresses) == 1:
            address = email_normalize(addresses[0])
            partners = self.env["res.partner"].sudo()
            partners = partners.search([("email_normalized", "=", address)])
            partners._message_receive_bounce(address, partners)
            debtor._message_receive_bounce(address, partners)

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        # EXTENDS mail: messages to people outside become evidence
        people = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        if (
            self._name in THREADS
            and message
            and message.message_type == "comment"
            and not message.ar_origin
            and any(one["share"] and one["notif"] == "email" for one in people or ())
        ):
            message._ar_note_written()
        return people

    @api.model
    def _ar_parent(self, message_dict, known=None):
        """Return the record of the answered message, or an empty thread."""
        parent_sudo = (known or self.env["mail.message"]).sudo()
        if not parent_sudo and message_dict.get("parent_id"):
            parent_sudo = parent_sudo.browse(message_dict["parent_id"])
        if parent_sudo.model not in self.env or not parent_sudo.res_id:
            return self.env["mail.thread"]
        return self.env[parent_sudo.model].sudo().browse(parent_sudo.res_id).exists()
