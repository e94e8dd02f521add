"""Messages of a debtor: replies, bounces, activities."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import email_normalize, format_datetime, formataddr, html2plaintext

from ...engine.values import Reason
from ...tools.mail_classifier import has_left, other_address, wants_off
from ..signature.ar_guarded import KEY
from .next_contact import next_values

#: An address is known once it has been the same for so many days.
KNOWN_DAYS = 7


#: A bounce that names no message of ours concerns notices sent within so many days.
BOUNCE_DAYS = 14


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _ar_activity(self, xmlid, summary, user=None, deadline=None):
        """Have one open activity of a kind for each debtor: the next event updates it.

        :param str xmlid: of the activity type, in this module
        :param summary: in words; or a dict of one for each debtor id
        :param res.users user: who is to do it; default: who is in charge of the
            customer today
        :param datetime.date deadline: default: today
        """
        kind = self.env.ref(f"ar_followup_plus.{xmlid}", raise_if_not_found=False)
        if not kind or not self:
            return
        texts = (
            summary if isinstance(summary, dict) else dict.fromkeys(self.ids, summary)
        )
        Activity = self.env["mail.activity"].sudo()
        known = set()
        for activity in Activity.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", kind.id),
            ]
        ):
            known.add(activity.res_id)
            if activity.summary != texts[activity.res_id]:
                activity.summary = texts[activity.res_id]
        model_id = self.env["ir.model"]._get_id(self._name)
        in_charge = self._ar_user_in_charge() if not user else {}
        vals_list = []
        for debtor_sudo in self.sudo().filtered(lambda d: d.id not in known):
            company = debtor_sudo.company_id
            owner = user or in_charge[debtor_sudo.id]
            vals_list.append(
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "date_deadline": deadline or company._ar_today(),
                    "res_id": debtor_sudo.id,
                    "res_model_id": model_id,
                    "summary": texts[debtor_sudo.id],
                    "user_id": owner.id,
                }
            )
        Activity.with_context(mail_activity_quick_update=True).create(vals_list)

    def _make_mail(self, template, person, sender, author, files=()):
        """Make an e-mail of ours to a customer; it is not sent yet.

        :param mail.template template: in the language of the customer
        :param tuple person: as :meth:`ArNotice._people_of` returns them
        :param str sender: the address from which it comes
        :param res.partner author: in whose name it is written
        :param list files: ``[(name, content)]`` to attach
        :rtype: mail.mail
        """
        self.ensure_one()
        company = self.company_id
        values = {
            name: template._render_field(name, self.ids)[self.id]
            for name in ("subject", "body_html")
        }
        mail = self.env["mail.mail"].with_context(ar_evidence=KEY)
        mail = mail.create(
            {
                "ar_origin": "sent",
                "subject": " ".join((values["subject"] or "").split()),
                "body": values["body_html"],
                "body_html": values["body_html"],
                "email_from": sender,
                "email_to": formataddr((person[1] or "", person[2])),
                "reply_to": self._notify_get_reply_to_of(self, company).get(self.id)
                or sender,
                "author_id": author.id,
                "model": self._name,
                "res_id": self.id,
                "message_type": "email_outgoing",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "mail_server_id": company.ar_mail_server_id.id,
                "auto_delete": False,
                "attachment_ids": [
                    fields.Command.create(
                        {
                            "name": name,
                            "raw": content,
                            "res_model": self._name,
                            "res_id": self.id,
                        }
                    )
                    for name, content in files
                ],
            }
        )
        return mail.with_env(self.env)

    @api.model
    def _warn_books_behind(self, company):
        """Give the credit manager one activity about the bank journals."""
        kind = self.env.ref("ar_followup_plus.activity_books_behind")
        user = company.ar_manager_id or self.env.ref("base.user_admin")
        known = (
            self.env["mail.activity"]
            .sudo()
            .search_count(
                [
                    ("activity_type_id", "=", kind.id),
                    ("res_model", "=", "res.partner"),
                    ("res_id", "=", company.partner_id.id),
                ],
                limit=1,
            )
        )
        if not known:
            company.partner_id.sudo().activity_schedule(
                activity_type_id=kind.id,
                summary=self.env._("The bank is not up to date: no notices leave"),
                user_id=user.id,
                date_deadline=company._ar_today(),
            )

    @api.model
    def _notify_get_reply_to_of(self, debtors, company):
        """Return the address for replies of each debtor: it leads to its chatter.

        :return: ``{debtor id: address}``
        """
        default = company.ar_email or company.email or None
        found = debtors.sudo()._notify_get_reply_to(default=default)
        return {key: value for key, value in found.items() if value}

    @api.private
    def message_update(self, msg_dict, update_vals=None):
        """A reply of the customer pauses automatic notices and asks for an answer."""
        result = super().message_update(msg_dict, update_vals=update_vals)
        self._ar_note_reply(msg_dict)
        return result

    def _ar_note_reply(self, msg_dict):
        """Take note of a message from outside, unless a machine wrote it."""
        text = html2plaintext(msg_dict.get("body") or "")
        if self.env.context.get("ar_automatic"):
            if has_left(text):
                self._ar_note_left(email_normalize(msg_dict["email_from"]) or "", text)
            return
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        if author.user_ids.filtered(lambda user: not user.share):
            return
        subject = msg_dict.get("subject") or ""
        if wants_off(subject, text):
            summary = self.env._(
                "Wants no more mail: explain that these are invoices and no "
                "advertising; offer no notes before the due date, only a statement, "
                "or another contact"
            )
        else:
            summary = self.env._("Answer: %(subject)s", subject=subject)
        for debtor_sudo in self.sudo():
            debtor_sudo.write(
                {
                    "reply_until": debtor_sudo.company_id._ar_reply_until(),
                    "next_reason": "contact_stopped"
                    if debtor_sudo.is_stopped
                    else "waiting_for_us",
                }
            )
            debtor_sudo._ar_activity("activity_reply", summary)

    def _ar_note_left(self, address, text):
        """A machine says that somebody left: the next contact is written to.

        Nothing is held for that. Odoo's own mark of an address that does not work
        is used; another address takes it away.
        """
        people_sudo = self.env["res.partner"].sudo()
        if address:
            people_sudo = people_sudo.search([("email_normalized", "=", address)])
        other = other_address(text, address)
        for debtor_sudo in self.sudo():
            mine = people_sudo.filtered(
                lambda person, debtor=debtor_sudo: (
                    person.commercial_partner_id == debtor.partner_id
                    or person in debtor.contact_ids.partner_id
                )
            )
            if not mine:
                continue  # anybody can claim that somebody else left
            mine._message_receive_bounce(address, mine)
            summary = self.env._(
                "%(address)s has left: ask for a new contact.", address=address
            )
            if other:
                summary = self.env._(
                    "%(address)s has left and names %(other)s: ask for a new contact.",
                    address=address,
                    other=other,
                )
            debtor_sudo._ar_activity("activity_no_contact", summary)

    def _message_receive_bounce(self, email, partner):
        """The address of a notice does not work: say so on the notice, and wait.

        The contact is marked by core, and not written to until it has another
        address. The next contact is written to after the wait.
        """
        result = super()._message_receive_bounce(email, partner)
        address = email_normalize(email) or email
        for debtor_sudo in self.sudo():
            self.env["ar.notice"].sudo().search(
                [
                    ("debtor_id", "=", debtor_sudo.id),
                    ("state", "=", "sent"),
                    ("recipients", "ilike", address),
                ],
                order="id desc",
                limit=1,
            ).delivery = "bounced"
            text = self.env._("%(address)s does not accept mail.", address=address)
            until = debtor_sudo.company_id._ar_reply_until()
            if not debtor_sudo.snooze_until or debtor_sudo.snooze_until < until:
                debtor_sudo.write(
                    {
                        "snooze_until": until,
                        "snooze_reason": text,
                        **next_values(
                            Reason.CONTACT_STOPPED
                            if debtor_sudo.is_stopped
                            else Reason.SNOOZED,
                            until,
                        ),
                    }
                )
            debtor_sudo._ar_activity(
                "activity_no_contact",
                self.env._(
                    "%(address)s does not accept mail: ask for a new contact.",
                    address=address,
                ),
            )
        return result

    @api.model
    def _ar_note_lost_bounce(self, address, partners):
        """A bounce names an address, and no message of ours that we still know."""
        since = fields.Date.today() - timedelta(days=BOUNCE_DAYS)
        notices_sudo = (
            self.env["ar.notice"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", partners.commercial_partner_id.ids),
                    ("state", "=", "sent"),
                    ("sent_on", ">=", since),
                    ("recipients", "ilike", address),
                ]
            )
        )
        notices_sudo.debtor_id._message_receive_bounce(address, partners)

    @api.model
    def _end_waits(self):
        """Clear snoozes and waits that are over, so that lists show what is true."""
        for company in (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ):
            today = company._ar_today()
            mine = [("company_id", "=", company.id)]
            self.search([*mine, ("snooze_until", "<=", today)]).write(
                {
                    "snooze_until": False,
                    "snooze_reason": False,
                    "snooze_kind": False,
                    "snooze_user_id": False,
                }
            )
            self.search([*mine, ("reply_until", "<=", today)]).write(
                {"reply_until": False}
            )

    def _contact_changes(self):
        """Return in words which contacts were entered or changed in the last days.

        A signature keeps them: who entered the address of the signer may matter.
        """
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=KNOWN_DAYS)
        partners = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("commercial_partner_id", "=", self.partner_id.id),
                    ("ar_email_since", ">", since),
                ],
                order="ar_email_since, id",
            )
        )
        lines = [
            self.env._(
                "%(address)s of %(person)s: entered on %(moment)s (UTC) by %(who)s",
                address=partner.email or "-",
                person=partner.name or partner.display_name,
                moment=format_datetime(self.env, partner.ar_email_since, tz="UTC"),
                who=partner.ar_email_by.name or "-",
            )
            for partner in partners
        ]
        contacts = (
            self.env["ar.debtor.contact"]
            .sudo()
            .search([("debtor_id", "=", self.id), ("write_date", ">", since)])
        )
        lines += [
            self.env._(
                "%(role)s is %(person)s: entered on %(moment)s (UTC) by %(who)s",
                role=dict(contact._fields["role"]._description_selection(self.env))[
                    contact.role
                ],
                person=contact.partner_id.name,
                moment=format_datetime(self.env, contact.write_date, tz="UTC"),
                who=contact.write_uid.name,
            )
            for contact in contacts
        ]
        return "\n".join(lines)
