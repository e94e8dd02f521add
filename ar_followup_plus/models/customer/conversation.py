"""Replies of customers and of their mail servers."""

from datetime import timedelta

from odoo import fields
from odoo.tools import email_normalize, html2plaintext

from ...engine.values import Reason
from ...tools.mail_classifier import has_left, other_address, wants_off
from .next_contact import next_values

#: Days for which a bounce that names no known message is attributed to sent notices.
BOUNCE_DAYS = 14


def note_lost_bounce(env, address, partners):
    """Handle a bounce with an address, but without a message that we still have."""
    since = fields.Date.today() - timedelta(days=BOUNCE_DAYS)
    notices_sudo = (
        env["ar.notice"]
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


class Conversation:
    """Messages that come from debtors: replies, absences, bounces."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def note_reply(self, msg_dict):
        """Handle a message from outside, unless it was written automatically."""
        text = html2plaintext(msg_dict.get("body") or "")
        if self.env.context.get("ar_automatic"):
            if has_left(text):
                self._note_left(email_normalize(msg_dict["email_from"]) or "", text)
            return
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        if author.user_ids.filtered(lambda user: not user.share):
            return
        subject = msg_dict.get("subject") or ""
        if wants_off(subject, text):
            summary = self.env._(
                "Wants no more mail: explain that these are invoices and not "
                "advertising; offer to send no upcoming payment reminders, only a "
                "statement, or another contact"
            )
        else:
            summary = self.env._("Answer: %(subject)s", subject=subject)
        for debtor_sudo in self.debtors.sudo():
            debtor_sudo.write(
                {
                    "reply_until": debtor_sudo.company_id._ar_reply_until(),
                    "next_reason": "contact_stopped"
                    if debtor_sudo.is_stopped
                    else "waiting_for_us",
                }
            )
            debtor_sudo._ar_activity("activity_reply", summary)

    def _note_left(self, address, text):
        """Handle an automatic reply that somebody left: use the next contact.

        Nothing is held for it. It sets Odoo's own mark of a failing address, which a
        new address removes.
        """
        people_sudo = self.env["res.partner"].sudo()
        if address:
            people_sudo = people_sudo.search([("email_normalized", "=", address)])
        other = other_address(text, address)
        for debtor_sudo in self.debtors.sudo():
            mine = people_sudo.filtered(
                lambda person, debtor=debtor_sudo: (
                    person.commercial_partner_id == debtor.partner_id
                    or person in debtor.contact_ids.partner_id
                )
            )
            if not mine:
                continue  # anybody could claim this of others
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

    def note_bounce(self, email):
        """Record on the notice that its address does not work, and pause.

        Core marks the contact, who gets no messages until the address changes. After
        the pause, the next contact is used.
        """
        address = email_normalize(email) or email
        for debtor_sudo in self.debtors.sudo():
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
