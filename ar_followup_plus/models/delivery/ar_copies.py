"""Copies of invoices: with a cover page, attached to a mail or behind one link."""

import uuid
from contextlib import closing
from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.pdf.pdf_apart import PdfApart
from ...tools.pdf.pdf_cover import draw_cover, put_in_front
from ...tools.printing import zip_files
from ..customer.debtor_mail import DebtorMail
from ..notice.ar_page_visit import PageVisits
from ..signature.ar_guarded import KEY
from ..voice.voice import Voice

#: Above this number of copies, or of bytes, a mail contains one link instead.
MOST_FILES = 10
MOST_BYTES = 8 * 1024 * 1024
#: Most copies at once: each PDF may have to be rendered first.
MOST_COPIES = 200
#: Downloads of all copies in an hour: whoever has a link can start them.
COPIES_AN_HOUR = 5
#: Days for which a link to copies works: at least as long as the link of a notice.
LINK_DAYS = 90


def too_heavy(files):
    """Return whether files are too many or too large for an e-mail.

    :param files: ``[(name, content)]``
    """
    return len(files) > MOST_FILES or sum(len(file[1]) for file in files) > MOST_BYTES


class ArCopies(models.Model):
    """Copies of invoices in one file, behind a link that needs no login."""

    _name = "ar.copies"
    _description = "Copies of Invoices"
    _order = "id desc"
    _rec_name = "numbers"
    _inherit = ["ar.guarded"]

    debtor_id = fields.Many2one(
        "ar.debtor", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    numbers = fields.Text(string="Invoices", readonly=True)
    # Users who may read the record must not use the customer's link
    access_token = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    expires_on = fields.Date(readonly=True)

    _token_unique = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")

    @api.model
    def _keep(self, debtor, files):
        """Store copies in one file, and return the record with its link.

        :param files: ``[(name, content)]``
        """
        copies = self.sudo().create(
            {
                "debtor_id": debtor.id,
                "numbers": ", ".join(name for name, _content in files),
                "access_token": str(uuid.uuid4()),
                "expires_on": debtor.company_id._ar_today() + timedelta(days=LINK_DAYS),
            }
        )
        copies._ar_keep(
            [
                (
                    self.env._("Copies of invoices.zip"),
                    zip_files(files),
                    "application/zip",
                )
            ]
        )
        return copies

    def _url(self):
        """Return the link to the file."""
        self.ensure_one()
        base = self.sudo().debtor_id.get_base_url()
        return f"{base}/receivables/copies/{self.sudo().access_token}"

    @api.model
    def _by_token(self, token):
        """Return the file behind a link; none if it expired or contact is stopped."""
        found = self.sudo().search([("access_token", "=", token)], limit=1)
        nothing = self.env["ir.attachment"].sudo()
        if not token or not found or found.debtor_id.is_stopped:
            return nothing
        if found.expires_on < found.company_id._ar_today():
            return nothing
        return nothing.search(
            [("res_model", "=", self._name), ("res_id", "=", found.id)], limit=1
        )

    @api.model
    def _forget_expired(self):
        """Revoke expired links, and delete their files."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            over = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("expires_on", "<", company._ar_today()),
                    ("access_token", "!=", False),
                ]
            )
            over.access_token = False
            self.env["ir.attachment"].sudo().with_context(ar_evidence=KEY).search(
                [("res_model", "=", self._name), ("res_id", "in", over.ids)]
            ).unlink()


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def action_send_copies(self):
        """Ask which invoices the customer wants copies of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send copies of invoices"),
            "res_model": "ar.copies.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_debtor_id": self.id},
        }


class InvoiceCopies:
    """Copies of invoices for one debtor: by e-mail, and downloaded from the page."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor

    def _in(self, lang):
        """Return the same copies in another language."""
        return InvoiceCopies(self.debtor.with_context(lang=lang))

    def send(self, move_ids):
        """Send copies of invoices by e-mail, and delay their reminders some days.

        They count as invoices that were sent again. Copies that are too large for a
        mail become one link.

        :param list move_ids: invoices of this customer
        :raise UserError: under a contact stop, without address, in a company that is
            not live or paused, or for anything that is not an invoice of this customer
        """
        self.debtor.check_access("write")
        self.debtor.ensure_one()
        # sudo: collectors may not read invoices, but send them to their customer
        debtor_sudo = self.debtor.sudo()
        debtor_sudo._check_not_held()
        moves_sudo = InvoiceCopies(debtor_sudo)._of_ours(move_ids)
        people = (
            self.env["ar.notice"].sudo()._people_of(debtor_sudo).get(self.debtor.id)
        )
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.debtor.display_name,
                )
            )
        InvoiceCopies(debtor_sudo).mail(moves_sudo, people[0])

    def mail(self, moves, person, author=None):
        """Send copies to a contact, and note that on the invoices.

        :param res.partner author: default: the user's
        """
        author = author or self.env.user.partner_id
        mail = self._make_mail(moves, person, author)
        Voice(self.debtor).note("copies", addresses={self.debtor.id: [person[2]]})
        text = self.env._("A copy was sent to %(who)s.", who=person[2])
        self._note(moves, text, person[0], author, mail)
        # Only after the commit: a request that is retried would send twice
        mail.send_after_commit()

    def may_fetch_again(self):
        """Count a download of copies; return whether it is within the limit."""
        return PageVisits(self.debtor).count("copies", COPIES_AN_HOUR)

    def as_zip(self, moves, lang):
        """Return the invoices on the customer's page as one file to download.

        :return: the content of a ZIP
        """
        with closing(self.env.cr.savepoint()):  # undo the writes of rendering a PDF
            files = self.files(moves, lang)
        return zip_files(files)

    def note_fetched(self, moves):
        """Record that the customer downloaded copies, and delay their reminders.

        Only once within the days that the company gives to read an invoice: repeated
        downloads must not delay reminders for ever.
        """
        since = fields.Datetime.subtract(
            fields.Datetime.now(), days=max(self.debtor.company_id.ar_just_sent_days, 1)
        )
        known = self.env["mail.message"].search(
            [
                ("model", "=", "account.move"),
                ("res_id", "in", moves.ids),
                ("message_type", "=", "email_outgoing"),
                ("create_date", ">=", since),
            ]
        )
        self._note(
            moves.filtered(lambda move: move.id not in known.mapped("res_id")),
            self.env._("A copy was fetched from the customer's page."),
            self.debtor.partner_id.id,
            self.env.user.partner_id,
        )

    def _of_ours(self, move_ids):
        """Return posted invoices of this customer in this company's tree."""
        moves = self.env["account.move"].browse(move_ids).exists()
        mine = moves.filtered(
            lambda move: (
                move.move_type in ("out_invoice", "out_refund")
                and move.state == "posted"
                and move.commercial_partner_id == self.debtor.partner_id
                and move.company_id.root_id == self.debtor.company_id
            )
        )
        if not mine or len(mine) != len(set(move_ids)):
            raise UserError(
                self.env._("Choose invoices of this customer that are posted.")
            )
        if len(mine) > MOST_COPIES:
            raise UserError(
                self.env._(
                    "At most %(most)s copies can be sent at once: choose fewer.",
                    most=MOST_COPIES,
                )
            )
        return mine.sorted(lambda move: (move.invoice_date_due or move.date, move.id))

    def files(self, moves, lang):
        """Return ``[(name, content)]`` of copies, each with its cover page."""
        files, names = [], set()
        with PdfApart(self.env) as pdfs:
            for move in moves:
                name, content = self.original(move)
                if name in names:
                    name = f"{move.id} {name}"
                names.add(name)
                cover = self._in(lang)._cover_page(move)
                files.append((name, put_in_front(pdfs, cover, content)))
        return files

    def original(self, move):
        """Return ``(name, content)`` of the invoice as sent, else created now."""
        if move.invoice_pdf_report_id:
            file = move.invoice_pdf_report_id
            return (file.name, file._ar_content())
        report = self.env["ir.actions.report"].with_company(move.company_id)
        content, kind = report._render_qweb_pdf("account.account_invoices", move.ids)
        name = (move.name or "invoice").replace("/", "_")
        return (f"{name}.{kind}", content)

    def _cover_page(self, move):
        """Return the cover page of a copy, in the language of the environment."""
        heading = self.env._("Copy")
        today = self.debtor.company_id._ar_today()
        due = move.invoice_date_due
        lines = [
            move.company_id.name,
            self.env._("Invoice %(number)s", number=move.name or ""),
        ]
        if due:
            day, days = format_date(self.env, due), (today - due).days
            if days > 1:
                lines.append(
                    self.env._(
                        "Was due on %(day)s, %(days)s days ago", day=day, days=days
                    )
                )
            elif days == 1:
                lines.append(self.env._("Was due on %(day)s, yesterday", day=day))
            else:
                lines.append(self.env._("Due on %(day)s", day=day))
        lines.append(
            self.env._(
                "Copied on %(day)s. The invoice follows unchanged.",
                day=format_date(self.env, today),
            )
        )
        cover = draw_cover(heading, lines)
        if cover is None:  # letters that the font does not have
            body = "".join(f"<p>{escape(line)}</p>" for line in lines)
            page = f"<meta charset='utf-8'/><h1>{escape(heading)}</h1>{body}"
            cover = self.env["ir.actions.report"]._run_wkhtmltopdf([page])
        return cover

    def _make_mail(self, moves, person, author):
        """Make the e-mail with the copies to a contact, in the customer's language."""
        company = self.debtor.company_id
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": company.id}
        )
        lang = shell._lang([person])
        files = self._in(lang).files(moves, lang)
        link, attached = "", files
        if too_heavy(files):
            link = (
                self.env["ar.copies"].with_context(lang=lang)._keep(self.debtor, files)
            )
            link, attached = link._url(), []
        template = self.env.ref("ar_followup_plus.mail_template_copies")
        template = template.with_context(
            lang=lang, ar_link=link, ar_numbers=moves.mapped("name")
        )
        return DebtorMail(self.debtor).make(
            template, person, shell._sender(), author, attached
        )

    def _note(self, moves, text, partner_id, author, mail=None):
        """Record on each invoice that it was sent again, which delays its next step.

        The delay is the number of days that the company gives to read an invoice.

        :param account.move moves: the invoices
        :param str text: what happened
        :param int partner_id: the recipient
        :param res.partner author: the sender
        :param mail.mail mail: the mail being sent; its result is recorded when it is
            sent
        """
        messages = self.env["mail.message"].create(
            [
                {
                    "model": "account.move",
                    "res_id": move.id,
                    "message_type": "email_outgoing",
                    "subtype_id": self.env.ref("mail.mt_note").id,
                    "author_id": author.id,
                    "body": text,
                }
                for move in moves
            ]
        )
        self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": message.id,
                    "res_partner_id": partner_id,
                    "notification_type": "email",
                    "notification_status": "ready" if mail else "sent",
                    "mail_mail_id": mail.id if mail else False,
                }
                for message in messages
            ]
        )
