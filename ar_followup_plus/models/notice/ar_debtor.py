"""The customer of notices: whom they go to, the link to the page, what waits."""

import uuid

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize_all, formataddr

from ..customer.conversation import Conversation
from ..signature.ar_guarded import PAGE
from .page_link import LINK_DAYS, SETTLED_DAYS

#: Mails that anybody with a link can have sent to a customer, in an hour and a day.
MAILS_AN_HOUR = 3
MAILS_A_DAY = 10


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # Who may see the customer may not be the customer
    access_token = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    token_date = fields.Date(copy=False, readonly=True)

    # === WAITING NOTICES === #

    def _call_notices(self):
        """Return the call that waits for its outcome, if any."""
        return self.env["ar.notice"].search(
            [
                ("debtor_id", "in", self.ids),
                ("channel", "=", "call"),
                ("state", "=", "ready"),
            ]
        )

    def _look_again(self):
        """Let e-mails that were made and have not left be made anew.

        Something that they list was just disputed or agreed.
        """
        self._waiting_notices().filtered(
            lambda notice: notice.state == "ready" and notice.mail_message_id
        )._make_ready_again()

    def _after_stop_change(self):
        # EXTENDS ar.debtor: nothing that waits is sent under a contact stop
        stopped = self.filtered("is_stopped")
        stopped._waiting_notices()._cancel("settled", self.env._("All contact stopped"))
        return super()._after_stop_change()

    def _before_merge(self, into):
        # EXTENDS ar.debtor: one customer gets one message; what is still due is
        # decided anew, together
        waiting = [("state", "in", ("proposed", "ready"))]
        Notice = self.env["ar.notice"]
        if Notice.search_count([("debtor_id", "=", into.id), *waiting], limit=1):
            Notice.search([("debtor_id", "=", self.id), *waiting])._cancel(
                "settled", self.env._("Merged with another customer")
            )
        return super()._before_merge(into)

    def _waiting_notices(self):
        """Return what could still be taken back before it leaves."""
        return (
            self.env["ar.notice"]
            .sudo()
            .search(
                [
                    ("debtor_id", "in", self.ids),
                    ("state", "in", ("proposed", "ready", "failed")),
                    ("maybe_sent", "=", False),
                ]
            )
        )

    # === CORRESPONDENCE === #

    def _page_contact(self, notice=None):
        """Return the known person that the page writes to, perhaps None.

        Who got the notice, if still known, else the best contact.

        :return: ``(partner id, name, email, lang, function)``
        """
        self.ensure_one()
        people = self.env["ar.notice"].sudo()._people_of(self).get(self.id, [])
        sent_to = email_normalize_all(notice.recipients or "") if notice else []
        same = [person for person in people if person[2] in sent_to]
        return next(iter(same or people), None)

    def _page_lang(self, notice=None):
        """Return the language of the customer, else of the company."""
        self.ensure_one()
        if notice:
            return notice._lang()
        return (
            self.env["ar.notice"]
            .new({"debtor_id": self.id, "company_id": self.company_id.id})
            ._lang()
        )

    def _page_message(self, text, notice=None):
        """Take a message that was written on the page, as a reply by e-mail is."""
        self.ensure_one()
        debtor_sudo = self.sudo()
        person = debtor_sudo._page_contact(notice)
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

    def _send_page_mail(self, template, person, **values):
        """Send a mail that the customer asked for on the page, to a known person.

        It is no part of the conversation, and passes the gate like all others.

        :rtype: mail.mail
        """
        self.ensure_one()
        company = self.company_id
        lang = self._page_lang()
        if person[3] and not self.partner_id.lang:
            lang = person[3]
        debtor = self.with_context(lang=lang, ar_page=values)
        template = self.env.ref(template).with_context(lang=lang, ar_page=values)
        texts = {
            name: template._render_field(name, debtor.ids)[self.id]
            for name in ("subject", "body_html")
        }
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.id, "company_id": company.id}
        )
        mail = self.env["mail.mail"].create(
            {
                "subject": " ".join((texts["subject"] or "").split()),
                "body_html": texts["body_html"],
                "email_from": shell._sender(),
                "email_to": formataddr((person[1] or "", person[2])),
                "author_id": company.partner_id.id,
                "model": self._name,
                "res_id": self.id,
                # Not shown in the conversation
                "message_type": "user_notification",
                "mail_server_id": company.ar_mail_server_id.id,
                "auto_delete": False,
            }
        )
        # Not before the commit: a request that is tried again would send twice
        mail.send_after_commit()
        return mail

    # === LINK TO THE CUSTOMER'S PAGE === #

    def _portal_ensure_token(self):
        # EXTENDS portal: a token ends some day
        self.ensure_one()
        debtor_sudo = self.sudo()
        if not debtor_sudo.access_token:
            debtor_sudo.write(
                {
                    "access_token": str(uuid.uuid4()),
                    "token_date": debtor_sudo.company_id._ar_today(),
                }
            )
        return debtor_sudo.access_token

    def _get_share_url(
        self, redirect=False, signup_partner=False, pid=None, share_token=True
    ):
        # EXTENDS portal: what colleagues share is no key to the customer's page
        return super()._get_share_url(redirect, signup_partner, share_token=False)

    def get_portal_url(
        self,
        suffix=None,
        report_type=None,
        download=None,
        query_string=None,
        anchor=None,
    ):
        # OVERRIDES portal: the address without its key, which the customer has
        self.ensure_one()
        return f"/my/receivables/{self.id}{suffix or ''}" + (
            f"#{anchor}" if anchor else ""
        )

    def _sign_token(self, pid):
        # EXTENDS portal: of nothing that opens our pages
        return super(ArDebtor, self.sudo())._sign_token(pid)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # EXTENDS portal: no key for whoever is notified of what colleagues write
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        return [group for group in groups if group[0] != "portal_customer"]

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kwargs
    ):
        # EXTENDS portal: a link alone opens no conversation
        return super()._get_thread_with_access(thread_id, **kwargs)

    @api.model
    def _expire_tokens(self, company):
        """Take tokens from customers who owe nothing any more since long."""
        today = company._ar_today()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE ar_debtor d SET access_token = NULL
                    WHERE d.company_id = %(company)s AND d.access_token IS NOT NULL
                      AND COALESCE(d.token_date, '2000-01-01') <= %(old)s
                      AND NOT EXISTS (
                          SELECT 1 FROM account_move_line l
                            JOIN account_account a ON a.id = l.account_id
                                 AND a.account_type = 'asset_receivable'
                            JOIN res_partner p ON p.id = l.partner_id
                           WHERE p.commercial_partner_id = d.partner_id
                             AND l.parent_state = 'posted'
                             AND (l.reconciled IS NOT TRUE OR EXISTS (
                                  SELECT 1 FROM account_partial_reconcile r
                                   WHERE l.id IN (r.debit_move_id, r.credit_move_id)
                                     AND GREATEST(r.max_date, r.create_date::date)
                                         > %(settled)s)))""",
                company=company.id,
                old=fields.Date.subtract(today, days=LINK_DAYS),
                settled=fields.Date.subtract(today, days=SETTLED_DAYS),
            )
        )
        self.invalidate_model(["access_token"], flush=False)

    # === VISITS OF THE PAGE === #

    def _note_visit(self, kind, **values):
        """Note an act on the page of the customer.

        :rtype: ar.page.visit, as superuser
        """
        self.ensure_one()
        return (
            self.env["ar.page.visit"]
            .sudo()
            .create({"debtor_id": self.id, "kind": kind, **values})
        )

    def _visits_since(self, kind, seconds):
        """Return how many acts of a kind there were in the last seconds."""
        self.ensure_one()
        return (
            self.env["ar.page.visit"]
            .sudo()
            .search_count(
                [
                    ("debtor_id", "=", self.id),
                    ("kind", "=", kind),
                    (
                        "done_at",
                        ">",
                        fields.Datetime.subtract(
                            fields.Datetime.now(), seconds=seconds
                        ),
                    ),
                ]
            )
        )

    def _may_mail_again(self):
        """Count a mail asked for on the page; return whether it is not one too many."""
        return self._within_a_day() and self._count("mails", MAILS_AN_HOUR)

    def _count(self, kind, limit):
        """Note an act; return whether it is not one too many within an hour."""
        if self._visits_since(kind, 3600) >= limit:
            return False
        self._note_visit(kind)
        return True

    def _within_a_day(self):
        return self._visits_since("mails", 86400) < MAILS_A_DAY
