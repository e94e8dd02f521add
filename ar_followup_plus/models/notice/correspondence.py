"""Recipients, language and sender of a customer's messages."""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, email_normalize, email_normalize_all, formataddr

from ..customer.conversation import Conversation
from ..customer.responsible import Responsible
from ..ledger.ledger_reader import recipients_sql
from ..signature.ar_guarded import PAGE
from ..voice.voice import Voice


class Person(NamedTuple):
    """A recipient of a customer's messages."""

    id: int  # of the partner
    name: str
    email: str
    lang: str | None
    role: str | None  # function in the matter of paying


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _recipients(self):
        """Return the recipients: ``{notice id: [Person]}``.

        For each function that the step names, the first contact who has it; if there is
        none, the best contact.
        """
        known = self._people_of(self.debtor_id)
        result = {}
        for notice in self:
            mine = known.get(notice.debtor_id.id, [])
            roles = (notice.step_id.contact_roles or "accounts_payable").split(",")
            chosen = {}
            for role in roles:
                first = next((person for person in mine if person.role == role), None)
                if first is None and role == "accounts_payable" and mine:
                    first = next((p for p in mine if p.role is None), mine[0])
                if first is not None:
                    chosen.setdefault(first.id, first)
            if not chosen and mine:
                chosen[mine[0].id] = mine[0]
            result[notice.id] = list(chosen.values())
        return result

    @api.model
    def _people_of(self, debtors):
        """Return all possible recipients, best first.

        :return: ``{debtor id: [Person]}``
        """
        self.env["ar.debtor.contact"].flush_model()
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id, x.* FROM ar_debtor d CROSS JOIN LATERAL (%s) x
                    WHERE d.id = ANY(%s)""",
                recipients_sql(
                    SQL("w.id, w.name, w.email_normalized, w.lang, dc.role")
                ),
                debtors.ids,
            )
        )
        known = {}
        for debtor_id, *person in rows:
            known.setdefault(debtor_id, []).append(Person(*person))
        return known

    def _lang(self, people=()):
        """Return the customer's language, else the company's."""
        self.ensure_one()
        languages = [self.partner_id.lang, *(person.lang for person in people)]
        languages.append(self.company_id.partner_id.lang)
        installed = dict(self.env["res.lang"].get_installed())
        return next((lang for lang in languages if lang in installed), "en_US")

    def _author(self):
        """Return the partner in whose name a notice is written."""
        self.ensure_one()
        user = Responsible(self.debtor_id).speaker()
        return user.partner_id or self.company_id.partner_id

    def _sender(self):
        """Return the company's follow-up address with the collector's name."""
        self.ensure_one()
        company = self.company_id
        user = Responsible(self.debtor_id).speaker()
        address = (
            company.ar_email
            or company.email
            or company.default_from_email
            or user.email
        )
        name = f"{user.name}, {company.name}" if user else company.name
        return formataddr((name, email_normalize(address) or address or ""))


class MailMail(models.Model):
    _inherit = "mail.mail"

    def send_after_commit(self):
        """Queue the mails of a request to a customer's page.

        The page does not wait for the mail server.
        """
        if not self.env.context.get("ar_page_act"):
            return super().send_after_commit()
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return None


class PageCorrespondence:
    """Messages that the customer's page sends to, and takes from, one customer."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor.ensure_one()

    def people(self):
        """Return the people of the customer, the best contact first.

        :return: ``[(partner id, name, email, lang, function)]``
        """
        Notice = self.env["ar.notice"].sudo()
        return Notice._people_of(self.debtor).get(self.debtor.id, [])

    def contact(self, notice=None, people=None):
        """Return the known person that the page writes to, or None.

        The recipient of the notice, if still known, else the best contact.

        :param people: those of :meth:`people`, where they were read before
        :return: ``(partner id, name, email, lang, function)``
        """
        if people is None:
            people = self.people()
        sent_to = email_normalize_all(notice.recipients or "") if notice else []
        same = [person for person in people if person[2] in sent_to]
        return next(iter(same or people), None)

    def take_message(self, text, notice=None):
        """Take a message that was written on the page, like a reply by e-mail."""
        debtor_sudo = self.debtor.sudo()
        person = self.contact(notice)
        author = self.env["res.partner"].sudo().browse(person[0] if person else [])
        author = author or debtor_sudo.partner_id
        subject = (
            self.env._("Message %(number)s", number=notice.number)
            if notice and notice.number
            else self.env._("Written on the customer's page")
        )
        debtor_sudo.with_context(ar_origin=PAGE).message_post(
            body=text,
            subject=subject,
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        Conversation(debtor_sudo).note_reply({"author_id": False, "subject": subject})

    def send_mail(self, template, person, **values):
        """Send a mail that the customer requested on the page, to a known person.

        It is not part of the conversation, and passes the send gate like all others.

        :rtype: mail.mail
        """
        company = self.debtor.company_id
        lang = self.debtor._page_lang()
        if person[3] and not self.debtor.partner_id.lang:
            lang = person[3]
        debtor = self.debtor.with_context(lang=lang, ar_page=values)
        template = self.env.ref(template).with_context(lang=lang, ar_page=values)
        texts = {
            name: template._render_field(name, debtor.ids)[debtor.id]
            for name in ("subject", "body_html")
        }
        shell = self.env["ar.notice"].new(
            {"debtor_id": debtor.id, "company_id": company.id}
        )
        mail = self.env["mail.mail"].create(
            {
                "subject": " ".join((texts["subject"] or "").split()),
                "body_html": texts["body_html"],
                "email_from": shell._sender(),
                "email_to": formataddr((person[1] or "", person[2])),
                "author_id": company.partner_id.id,
                "model": debtor._name,
                "res_id": debtor.id,
                # Not shown in the conversation
                "message_type": "user_notification",
                "mail_server_id": company.ar_mail_server_id.id,
                "auto_delete": False,
            }
        )
        Voice(self.debtor).note("page", addresses={self.debtor.id: [person[2]]})
        # Only after the commit: a request that is retried would send twice
        mail.send_after_commit()
        return mail
