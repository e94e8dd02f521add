"""Messages with customers: store their origin, and protect them as evidence."""

import hashlib

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from ...tools.link_keys import hide_keys
from ..signature.ar_guarded import KEY, THREADS, WRITTEN, Origin, is_changed

#: Fields that may be written on a message that is evidence: marks of users, and the
#: notified people. All other fields are the text, its author, time or subject.
FREE = frozenset(
    {
        "email_layout_xmlid",
        "incoming_email_cc",
        "incoming_email_to",
        "link_preview_ids",
        "mail_activity_type_id",
        "mail_ids",
        "mail_server_id",
        "message_link_preview_ids",
        "notification_ids",
        "notified_partner_ids",
        "outgoing_email_to",
        "partner_ids",
        "pinned_at",
        "rating_ids",
        "rating_id",
        "reaction_ids",
        "record_alias_domain_id",
        "record_company_id",
        "record_name",
        "starred",
        "starred_partner_ids",
        "write_date",
        "write_uid",
    }
)
#: Origins of messages that were sent or received, unlike notes of colleagues.
MAILS = frozenset({"email", "email_outgoing"})
#: Until one of these is reached, a mail of ours has not left.
NOT_LEFT = frozenset({"outgoing", "cancel"})


def _without_keys(vals):
    """Remove the keys of links from the text of a message, for colleagues."""
    if "body" not in vals:
        return vals
    return {**vals, "body": hide_keys(vals["body"])}


class MailMessage(models.Model):
    _inherit = "mail.message"

    ar_origin = fields.Selection(
        [
            ("sent", "Sent by the follow-up"),
            ("written", "Written by a colleague"),
            ("email", "Received by e-mail"),
            ("page", "Written on the customer's page"),
        ],
        string="Origin",
        readonly=True,
        copy=False,
        help="Noted when the message was made or received. Empty: a note.",
    )
    ar_file_sums = fields.Json(string="SHA-256 of the files", readonly=True, copy=False)

    _ar_origin_idx = models.Index("(id) WHERE ar_origin IS NOT NULL")

    # === ORIGIN === #

    @api.model_create_multi
    def create(self, vals_list):
        """Store the origin of messages; refuse those in the name of others.

        :raise AccessError: for origins that only our own code may set
        """
        # EXTENDS mail
        key = self.env.context.get("ar_evidence") is KEY
        vals_list = [
            self._ar_note_origin(_without_keys(vals), key) for vals in vals_list
        ]
        messages = super().create(vals_list)
        for message, vals in zip(messages, vals_list, strict=True):
            if vals["ar_origin"] and not vals["ar_file_sums"]:
                message._ar_note_sums(vals)
        return messages

    def _ar_note_origin(self, vals, key):
        """Return the values of a message with its origin, checked."""
        context = self.env.context
        if not key:
            if vals.get("ar_origin") or vals.get("ar_file_sums"):
                raise AccessError(
                    self.env._("Where a message comes from is noted by the server.")
                )
            # Always set, so that no default value of the context applies
            vals = {**vals, "ar_origin": False, "ar_file_sums": False}
        vals = {"ar_origin": False, "ar_file_sums": False, **vals}
        if (vals.get("model") or context.get("default_model")) not in THREADS:
            return vals
        origin = context.get("ar_origin")
        kind = vals.get("message_type") or context.get("default_message_type")
        if isinstance(origin, Origin) and origin.message_type == kind:
            return {**vals, "ar_origin": origin.name}
        author = vals.get("author_id") or context.get("default_author_id")
        if not self.env.su and (
            kind in MAILS or author not in (None, False, self.env.user.partner_id.id)
        ):
            raise AccessError(
                self.env._(
                    "Messages of customers are those that came by e-mail or from their "
                    "page: write in your own name."
                )
            )
        return vals

    def _ar_note_sums(self, vals=None):
        """Store the present checksums of the files of a message."""
        self.ensure_one()
        if vals is not None and not any(
            not isinstance(one, list | tuple) or one[0] != Command.SET or one[2]
            for one in vals.get("attachment_ids") or ()
        ):
            return  # no files
        # sudo: users who may read the message may read its files
        # Without the PDF of an invoice, which accountants may create again
        files_sudo = self.sudo().attachment_ids.filtered(
            lambda file: not file.res_field
        )
        if files_sudo:
            self.sudo().with_context(ar_evidence=KEY).ar_file_sums = {
                str(file.id): hashlib.sha256(file.raw or b"").hexdigest()
                for file in files_sudo
            }

    def _ar_note_written(self):
        """Store that a colleague's message was sent to somebody outside."""
        self.ensure_one()
        message = self.sudo().with_context(ar_evidence=KEY)
        message.ar_origin = "written"
        message._ar_note_sums()

    # === GUARD === #

    def _ar_evidence(self):
        """Return the messages that are evidence, without unsent ones."""
        return self.sudo().filtered(
            lambda message: (
                message.ar_origin
                and not (
                    message.message_type == "email_outgoing"
                    and message.mail_ids
                    and set(message.mail_ids.mapped("state")) <= NOT_LEFT
                )
            )
        )

    def _ar_check_proof(self, vals=None):
        """Refuse to change messages that are evidence, even for the superuser.

        :param dict vals: values to write; None: the messages are deleted
        :raise AccessError: for changes of text, author, time or record
        """
        if self.env.context.get("ar_evidence") is KEY:
            return
        if vals is None:
            proof = self._ar_evidence()
        else:
            names = [name for name in vals if name not in FREE]
            if {"ar_origin", "ar_file_sums"} & set(names):
                proof = self
            else:
                proof = (
                    self.sudo()
                    .filtered(
                        lambda message: (
                            message.ar_origin
                            and any(is_changed(message, n, vals[n]) for n in names)
                        )
                    )
                    ._ar_evidence()
                )
        if proof:
            raise AccessError(
                self.env._(
                    "A message to or from a customer is evidence: it can be neither "
                    "changed, hidden, moved nor deleted."
                )
            )

    def write(self, vals):
        # EXTENDS mail
        vals = _without_keys(vals)
        if not set(vals) <= FREE:
            self._ar_check_proof(vals)
        return super().write(vals)

    def unlink(self):
        # EXTENDS mail: not @api.ondelete, which a context sent over RPC can disable
        self._ar_check_proof()
        return super().unlink()


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        """Store the colleague as origin of messages composed for customers."""
        # EXTENDS mail
        if self.env.context.get("ar_evidence") is KEY:
            return super().create(vals_list)
        vals_list = [
            {**vals, "auto_delete": False}
            if vals.get("model") in THREADS
            and vals.get("message_type", "email_outgoing") == "email_outgoing"
            else vals
            for vals in vals_list
        ]
        written = self.with_context(ar_origin=WRITTEN)
        return super(MailMail, written).create(vals_list).with_env(self.env)
