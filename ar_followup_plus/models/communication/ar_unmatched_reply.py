"""Messages to the follow-up address that match no customer."""

import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize, email_split, html2plaintext
from odoo.tools.mail import decode_message_header

from ...tools.mail_classifier import TEXT, is_automatic
from ..customer.conversation import Conversation
from ..customer.responsible import first_there
from ..signature.ar_guarded import KEY

#: Pattern of words that can be the number of a notice or invoice.
NUMBER = re.compile(r"[^\s,;:!?()<>\[\]\"']{4,40}")
#: Maximum words of a message to look up.
MOST_WORDS = 300


class ArUnmatchedReply(models.Model):
    """A message to the follow-up address that matches no known customer.

    A collector assigns it: then it moves to the customer's chatter with its files. Only
    collectors of the addressed company see it.
    """

    _name = "ar.unmatched.reply"
    _description = "Unmatched Reply"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "subject"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    subject = fields.Char(readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    is_automatic = fields.Boolean(string="Written by a machine", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("assigned", "Assigned"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    message_id = fields.Many2one(
        "mail.message", string="E-mail", compute="_compute_message"
    )
    body = fields.Html(compute="_compute_message", string="Message")
    attachment_ids = fields.Many2many(
        "ir.attachment", compute="_compute_message", string="Files"
    )

    @api.depends("message_ids")
    def _compute_message(self):
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("message_type", "=", "email"),
                ],
                order="id desc",
            )
            .grouped("res_id")
        )
        for reply in self:
            # Users who see the record may see its messages
            # The last message; the chatter below shows the others
            message_sudo = messages.get(reply.id, self.env["mail.message"])[:1]
            reply.message_id = message_sudo
            reply.body = message_sudo.body
            reply.attachment_ids = message_sudo.attachment_ids

    def write(self, vals):
        """Let users choose the customer; only the buttons change the rest."""
        if not self.env.su and set(vals) - {"debtor_id", "activity_ids"}:
            raise UserError(
                self.env._(
                    "A message that came in cannot be edited: assign or close it."
                )
            )
        return super().write(vals)

    # === ROUTING === #

    @api.model
    def _route(self, message, message_dict):
        """Return the mail route for a message that answers no known message, or None.

        Only for messages to our addresses. A message that names a notice or an invoice
        of one customer, or was written by that customer, is routed to the customer. Other
        messages to the follow-up address are listed for manual handling; Odoo handles
        others to the catchall address.

        :param email.message.EmailMessage message: the original message
        :param dict message_dict: the message as parsed by Odoo
        """
        companies, own = self._companies_of(message_dict)
        if not companies or self._is_known(message_dict):
            return None
        named = self._named(companies, message_dict)
        mine = self._written_by(companies, message_dict)
        # A known sender that names another customer's number: manual handling
        debtors = named & mine if named and mine else named or mine
        if len(debtors) == 1:
            return ("ar.debtor", debtors.id, None, self.env.uid, None)
        if not own:
            return None
        values = {
            "company_id": own[0].id,
            "is_automatic": is_automatic(message),
            "email_from": decode_message_header(message, "From"),
        }
        return (self._name, 0, values, self.env.uid, None)

    @api.model
    def _companies_of(self, message_dict):
        """Return the companies to whose addresses a message was sent.

        :return: companies of any address, and companies of the follow-up address
        """
        found = email_split(message_dict["recipients"] or message_dict["to"] or "")
        addresses = {email_normalize(address) for address in found} - {False}
        companies = (
            self.env["res.company"]
            .sudo()
            .search([("parent_id", "=", False), ("ar_state", "!=", "off")])
        )
        own = companies.filtered(
            lambda c: email_normalize(c.ar_email or "") in addresses
        )
        by_domain = companies.filtered(
            lambda c: c.alias_domain_id.catchall_email in addresses
        )
        return own | by_domain, own

    @api.model
    def _is_known(self, message_dict):
        """Return whether Odoo can route a message: by reference or alias."""
        references = f"{message_dict['references']} {message_dict['in_reply_to']}"
        if (
            self.env["mail.message"]
            .sudo()
            .search_count([("message_id", "in", references.split()[-32:])], limit=1)
        ):
            return True
        addresses = email_split((message_dict["recipients"] or "").lower())
        return bool(
            self.env["mail.alias"]
            .sudo()
            .search_count([("alias_full_name", "in", addresses)], limit=1)
        )

    @api.model
    def _named(self, companies, message_dict):
        """Return the customers whose notices or invoices a message names."""
        text = html2plaintext(message_dict.get("body") or "")[:TEXT]
        words = NUMBER.findall(f"{message_dict.get('subject') or ''} {text}")
        words = [word.rstrip(".").lstrip("#") for word in words[:MOST_WORDS]]
        if not any(any(c.isdigit() for c in word) for word in words):
            return self.env["ar.debtor"]
        self.env["ar.notice"].flush_model(["number", "debtor_id", "company_id"])
        self.env["account.move"].flush_model(["name", "commercial_partner_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT n.company_id, d.partner_id FROM ar_notice n
                     JOIN ar_debtor d ON d.id = n.debtor_id
                    WHERE n.number = ANY(%(words)s) AND n.company_id = ANY(%(ids)s)
                    UNION
                   SELECT split_part(c.parent_path, '/', 1)::int,
                          m.commercial_partner_id
                     FROM account_move m JOIN res_company c ON c.id = m.company_id
                    WHERE m.name = ANY(%(words)s) AND m.state = 'posted'
                      AND m.move_type IN ('out_invoice', 'out_refund')
                      AND m.commercial_partner_id IS NOT NULL
                      AND split_part(c.parent_path, '/', 1)::int = ANY(%(ids)s)""",
                words=[w for w in words if any(c.isdigit() for c in w)],
                ids=companies.ids,
            )
        )
        debtors = self.env["ar.debtor"].sudo().with_context(active_test=False)
        found = debtors.browse()
        for company_id, partner_id in rows:
            domain = [
                ("company_id", "=", company_id),
                ("partner_id", "=", partner_id),
            ]
            if not debtors.search_count(domain, limit=1):
                debtors._make_missing([company_id], [partner_id])
            found |= debtors.search(domain)
        return found

    @api.model
    def _written_by(self, companies, message_dict):
        """Return the customers of whom the sender is a known contact."""
        address = email_normalize(message_dict["email_from"])
        if not address:
            return self.env["ar.debtor"]
        people = self.env["res.partner"].sudo()
        people = people.search([("email_normalized", "=", address)])
        return (
            self.env["ar.debtor"]
            .sudo()
            .search(
                [
                    ("company_id", "in", companies.ids),
                    "|",
                    ("partner_id", "in", people.commercial_partner_id.ids),
                    ("contact_ids.partner_id", "in", people.ids),
                ]
            )
        )

    @api.private
    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # EXTENDS mail: notify somebody, unless a machine wrote it
        reply = super().message_new(
            msg_dict, {"subject": msg_dict.get("subject"), **(custom_values or {})}
        )
        if not reply.is_automatic:
            reply._ar_tell()
        return reply

    @api.private
    def message_update(self, msg_dict, update_vals=None):
        # EXTENDS mail: a new message opens the record again
        result = super().message_update(msg_dict, update_vals=update_vals)
        if not self.env.context.get("ar_automatic"):
            reply_sudo = self.sudo()
            if reply_sudo.state != "open":
                reply_sudo.state = "open"
            reply_sudo.is_automatic = False
            reply_sudo._ar_tell()
        return result

    def _ar_tell(self):
        """Schedule one activity for each unhandled message."""
        kind = "ar_followup_plus.activity_unmatched"
        nobody = self.env["res.users"]
        for reply in self.filtered(lambda r: not r.activity_search([kind])):
            company = reply.company_id.sudo()
            user = first_there(self.env, company, nobody, nobody)
            # The context: nobody follows, and nobody gets a mail about it
            reply.with_context(mail_activity_quick_update=True).activity_schedule(
                kind,
                summary=self.env._("From %(sender)s", sender=reply.email_from),
                date_deadline=company._ar_today(),
                user_id=user.id,
            )

    # === ACTS === #

    def action_assign(self):
        """Move messages to their customers, as if they had arrived there.

        :raise UserError: without a customer, or if handled already
        """
        self.check_access("write")
        for reply in self:
            if not reply.debtor_id:
                raise UserError(
                    self.env._(
                        "Choose a customer for “%(subject)s” first.",
                        subject=reply.subject or "",
                    )
                )
            reply._check_open()
            reply.debtor_id.check_access("write")
            # sudo: users who may write to both records may move messages
            reply_sudo, debtor_sudo = reply.sudo(), reply.debtor_id.sudo()
            message_sudo = reply_sudo.message_id
            values = {
                "body": message_sudo.body,
                "subject": reply_sudo.subject,
                "email_from": reply_sudo.email_from,
                "author_id": message_sudo.author_id.id,
            }
            reply_sudo._ar_move_messages(debtor_sudo)
            Conversation(
                debtor_sudo.with_context(ar_automatic=reply_sudo.is_automatic)
            ).note_reply(values)
            reply_sudo._finish("assigned")
        return True

    def _ar_move_messages(self, debtor):
        """Move all messages of both sides, with their files."""
        self.ensure_one()
        messages = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "in", ("email", "comment", "email_outgoing")),
            ]
        )
        to = {"model": debtor._name, "res_id": debtor.id}
        # Evidence moves only with its record, and the register gets another entry
        unlocked = messages.with_context(ar_evidence=KEY)
        unlocked.attachment_ids.filtered(
            lambda file: file.res_model == self._name
        ).write({"res_model": debtor._name, "res_id": debtor.id})
        unlocked.write({**to, "record_name": debtor.display_name})
        self.env["ar.proof"]._renew("mail.message", messages.ids)

    def action_close(self):
        """Close messages that are not about invoices."""
        self.check_access("write")
        for reply in self:
            reply._check_open()
        self.sudo()._finish("closed")
        return True

    def _check_open(self):
        if self.state != "open":
            raise UserError(
                self.env._(
                    "“%(subject)s” was handled already.", subject=self.subject or ""
                )
            )

    def _finish(self, state):
        self.write({"state": state})
        self.activity_unlink(["ar_followup_plus.activity_unmatched"])
