"""Makes evidence packs in the background, a few documents in each transaction.

Each slice is committed, so that a killed process loses only one slice, and no document is
made twice. Memory use does not grow with the pack: documents are read one by one, and PDF
and ZIP are written to disk.

Each attempt is counted before the work, in a transaction of its own, so that an attempt
that kills the process counts, too. Afterwards the documents of the slice are tried one by
one; after three attempts a document is only included as a file.
"""

import hashlib
import logging
import time
from contextlib import closing, suppress

import lxml.html
from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime, html2plaintext, plaintext2html

from ...tools.file_names import plain
from ...tools.pdf.pdf_apart import PdfApart
from ...tools.picture_size import is_picture
from ...tools.transactions import CONFLICTS, RACES, in_turn, only_one
from ..delivery.ar_copies import InvoiceCopies
from ..statement.statement import Statement
from .ar_evidence import SECTIONS

_logger = logging.getLogger(__name__)

#: Key of the advisory lock under which a pack is made.
LOCK = 0x0A3E
#: Documents in one transaction.
SLICE = 10
#: Failures after which a pack is given up, and its user notified.
ATTEMPTS = 3
ENDINGS = {"application/pdf": ".pdf", "text/html": ".html"}


class ArEvidence(models.Model):
    _inherit = "ar.evidence"

    # === IN THE BACKGROUND === #

    @api.model
    def _cron_evidence(self):
        """Scheduled action: make the requested packs, the oldest first.

        Packs whose last attempt killed the process come after the others.
        """
        until = self.env.context.get("cron_end_time")
        model = self.sudo()
        wanted = [("state", "in", ("waiting", "making"))]
        worked = 0
        for pack_id in model.search(wanted, order="attempts NULLS FIRST, id").ids:
            with only_one(self.env, LOCK, pack_id) as mine:
                pack = model.search([("id", "=", pack_id), *wanted])
                if mine and pack:
                    pack._localized()._work(until)
                    worked += 1
            if until is not None and time.monotonic() >= until:
                break
        if self.env.context.get("ir_cron_progress_id"):
            left = model.search_count(wanted) if worked else 0
            self.env["ir.cron"]._commit_progress(worked, remaining=left)

    def _localized(self):
        """Return the pack in its own language and company."""
        company = self.company_id
        return self.with_company(company).with_context(
            lang=self.lang, allowed_company_ids=company.ids
        )

    def _work(self, until=None):
        """Continue a pack until it is ready, or the time is over.

        :param float until: limit by ``time.monotonic()``; one slice is always made
        """
        self.ensure_one()
        try:
            if self.state == "waiting":
                self._attempt(self._gather)
            while todo := self._next_slice():
                in_turn(self.env, todo._count_attempt)
                in_turn(self.env, todo._make)
                if until is not None and time.monotonic() >= until:
                    return
            self._attempt(self._finish)
        except CONFLICTS:
            _logger.info("%s changes just now.", self)
            with suppress(*CONFLICTS):  # not a failed attempt
                in_turn(self.env, lambda: self.write({"attempts": 0}))
        except Exception as error:
            if self.env.cr.closed or self.env.cr._cnx.closed:
                raise  # the connection is lost
            _logger.warning("%s cannot be made: %s", self, error)
            why = _why(error)
            in_turn(self.env, lambda: self._fail(why))

    def _attempt(self, work):
        """Do a part of the work, and count the attempt even if it kills the process.

        :raise UserError: if it killed the process too often
        """

        def once():
            work()
            self.attempts = 0

        in_turn(self.env, self._count_attempt)
        if self.attempts > ATTEMPTS:
            raise UserError(
                self.env._(
                    "The server stopped %(times)s times while it was made.",
                    times=ATTEMPTS,
                )
            )
        in_turn(self.env, once)

    def _count_attempt(self):
        self.attempts += 1

    def _next_slice(self):
        """Return the next documents to make; one at a time if they were tried before."""
        todo = [("evidence_id", "=", self.id), ("state", "=", "todo")]
        Document = self.env["ar.evidence.file"]
        fresh = Document.search([*todo, ("attempts", "=", 0)], limit=SLICE)
        return fresh or Document.search(
            todo, order="attempts NULLS FIRST, number", limit=1
        )

    def _fail(self, why):
        """Store that the pack failed; it is tried again a limited number of times."""
        if self.attempts >= ATTEMPTS:
            self.write(
                {
                    "state": "failed",
                    "note": self.env._("The pack could not be made: %(why)s", why=why),
                }
            )
            self._tell()

    def _tell(self):
        """Notify the user: on the screen, and by an activity."""
        user = self.user_id
        if not user.active or user._is_superuser() or user.share:
            return
        pack = self.with_context(lang=user.lang, mail_activity_quick_update=True)
        if self.state == "failed":
            text, kind = pack.env._("The pack could not be made"), "danger"
        elif self.note:
            text, kind = pack.env._("Ready, but not all of it could be made"), "warning"
        else:
            text, kind = pack.env._("Ready to be downloaded"), "success"
        pack.activity_unlink(["mail.mail_activity_data_todo"])
        pack.activity_schedule(
            "mail.mail_activity_data_todo", summary=text, user_id=user.id
        )
        user._bus_send(
            "simple_notification",
            {
                "type": kind,
                "title": pack.display_name,
                "message": text,
                "sticky": True,
            },
        )

    @api.model
    def _has_wkhtmltopdf(self):
        return self.env["ir.actions.report"].get_wkhtmltopdf_state() != "install"

    def _check_wkhtmltopdf(self):
        """Check that wkhtmltopdf is installed.

        :raise UserError: if it is missing
        """
        if not self._has_wkhtmltopdf():
            raise UserError(
                self.env._(
                    "The program wkhtmltopdf is missing on the server: ask your "
                    "administrator to install it, then make the pack once more."
                )
            )

    def _html(self, template, values):
        """Render one of our pages as HTML."""
        html = self.env["ir.qweb"]._render(f"ar_followup_plus.{template}", values)
        return f"<!DOCTYPE html>{html}"

    def _html_pdf(self, html):
        """Return HTML as PDF, without fetching anything."""
        margins = {"data-report-margin-top": 14, "data-report-header-spacing": 0}
        return self.env["ir.actions.report"]._run_wkhtmltopdf(
            [html], specific_paperformat_args=margins
        )


class ArEvidenceFile(models.Model):
    _inherit = "ar.evidence.file"

    def _count_attempt(self):
        for file in self:
            file.attempts += 1
        self.evidence_id._count_attempt()

    def _make(self):
        """Make documents; store the error of a failed one, and continue with the others."""
        attachments = self._attachments()
        with PdfApart(self.env) as pdfs:
            for file in self:
                try:
                    with self.env.cr.savepoint():
                        file._make_one(attachments, pdfs)
                except RACES:
                    raise
                except Exception as error:
                    if not isinstance(error, UserError):
                        _logger.info("%s cannot be made: %s", file, error)
                    file.write({"state": "failed", "problem": _why(error)})
        self.evidence_id.done += len(self)
        self.evidence_id.attempts = 0

    def _make_one(self, attachments, pdfs):
        """Make one document: its content, checksum and pages."""
        # After some attempts only as a file; after more not at all
        if self.attempts > ATTEMPTS + 1:
            raise UserError(self._stopped_words())
        make = {
            "file": self._make_file,
            "invoice": self._make_invoice,
            "message": self._make_message,
            "statement": self._make_statement,
        }[self.kind]
        content, name, mimetype, is_kept = make(attachments)
        digest = hashlib.sha256(content).hexdigest()
        vals = {
            "state": "done",
            "mimetype": mimetype,
            "size": len(content),
            "sha256": digest,
            "path": self._path(name, mimetype),
        }
        if not is_kept:
            self._spool("content", content, mimetype)
        if self.kept_sha256 and self.kept_sha256 != digest:
            vals["problem"] = self.env._(
                "It is not what was noted when it was sent or signed."
            )
        try:
            if self.attempts > ATTEMPTS:
                raise UserError(self._stopped_words())
            pages = self._pages(content, pdfs)
            if pages:
                vals["pages"] = pdfs.count(pages)
                if self.kind == "message":
                    self._spool("pages", pages, "application/pdf")
        except UserError as error:
            vals["problem"] = str(error)
        self.write(vals)

    def _stopped_words(self):
        return self.env._(
            "The server stopped %(times)s times while it read this file: it is in the "
            "pack as a file only.",
            times=ATTEMPTS,
        )

    def _pages(self, content, pdfs):
        """Return the pages of a document as PDF, or None if it has none."""
        if self.kind == "message":
            pack = self.evidence_id
            pack._check_wkhtmltopdf()
            return pack._html_pdf(self._message_html(is_clean=True))
        if content[:1024].lstrip().startswith(b"%PDF"):
            return content
        return pdfs.picture(content) if is_picture(content) else None

    # === EACH KIND === #

    def _attachments(self):
        """Return the attachments of documents, read together but without content."""
        sources = self.filtered(lambda file: file.kind == "file").mapped("source_id")
        moves = self.filtered(lambda file: file.kind == "invoice").mapped("source_id")
        kept = self.env["account.move"].browse(moves).exists().invoice_pdf_report_id
        found = self.env["ir.attachment"].browse(sources).exists() | kept
        found.mapped("checksum")
        return found

    def _make_file(self, attachments):
        file = attachments.filtered(lambda one: one.id == self.source_id)
        if not file:
            raise UserError(self.env._("The file was deleted."))
        return (self._read(file), file.name, file.mimetype, True)

    def _make_invoice(self, attachments):
        move = self.env["account.move"].browse(self.source_id).exists()
        if not move:
            raise UserError(self.env._("The invoice was deleted."))
        if move.invoice_pdf_report_id:
            file = move.invoice_pdf_report_id
            return (self._read(file), file.name, file.mimetype, True)
        self.evidence_id._check_wkhtmltopdf()
        debtor = self.evidence_id.debtor_id.with_context(
            lang=move.partner_id.lang or self.env.lang, force_report_rendering=True
        )
        with closing(self.env.cr.savepoint()):  # drawing a PDF leaves no trace
            name, content = InvoiceCopies(debtor).original(move.with_env(debtor.env))
        return (content, name, "application/pdf", False)

    def _make_statement(self, attachments):
        debtor = self.evidence_id.debtor_id
        period = self.evidence_id._statement_periods()[self.source_id]
        self.evidence_id._check_wkhtmltopdf()
        name, content = Statement(debtor, period).pdf(self.env.lang)
        return (content, f"{self.name} {name}", "application/pdf", False)

    def _make_message(self, attachments):
        content = self._message_html().encode()
        return (content, self.name, "text/html", False)

    def _read(self, attachment):
        """Return the content of an attachment, checked against its checksum.

        :raise UserError: if it is missing in the file store, or differs
        """
        one = attachment.with_prefetch()
        content = one.raw or b""
        one.invalidate_recordset(["raw", "datas"], flush=False)
        if not content:
            raise UserError(
                self.env._(
                    "The file is gone from the server: restore it from a backup."
                )
            )
        if one.checksum and hashlib.sha1(content).hexdigest() != one.checksum:
            raise UserError(
                self.env._(
                    "The file on the server is damaged: restore it from a backup."
                )
            )
        return content

    def _message_html(self, is_clean=False):
        """Return a message with its header as HTML.

        :param bool is_clean: for printing on the server: texts of others are escaped,
            and nothing is fetched
        """
        env = self.env
        message = env["mail.message"].browse(self.source_id).exists()
        if not message:
            raise UserError(env._("The message was deleted."))
        mail = message.mail_ids[:1]
        to = mail.email_to or ", ".join(
            filter(None, message.notified_partner_ids.mapped("email_formatted"))
        )
        states = dict(mail._fields["state"]._description_selection(env))
        ours = message.message_type != "email"
        body = message.body or ""
        if is_clean:
            body = _clean(body) if ours else plaintext2html(html2plaintext(body))
        rows = [
            (env._("From"), message.email_from or message.author_id.display_name),
            (env._("To"), to),
            (env._("Date"), f"{format_datetime(env, message.date, tz='UTC')} (UTC)"),
            (env._("Subject"), message.subject),
            (env._("Delivery"), mail and states.get(mail.state)),
            (env._("Recorded as"), self._recorded_as(message)),
            (env._("Attached"), ", ".join(message.attachment_ids.mapped("name"))),
            ("Message-Id", message.message_id),
        ]
        return self.evidence_id._html(
            "evidence_message",
            {
                "rows": [row for row in rows if row[1]],
                "body": Markup(body),  # noqa: S704 - sanitized when it was stored
            },
        )

    def _recorded_as(self, message):
        """Describe the origin of a message, with the user for a colleague's message."""
        if not message.ar_origin:
            return self.env._(
                "Posted by %(name)s, before origins were noted",
                name=message.create_uid.name,
            )
        labels = dict(message._fields["ar_origin"]._description_selection(self.env))
        words = [labels[message.ar_origin]]
        if message.ar_origin == "written":
            words.append(message.create_uid.name)
        return ": ".join(words)

    # === TEMPORARY FILES === #

    def _spool(self, name, content, mimetype):
        self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _path(self, name, mimetype):
        """Return the path of a document in the ZIP: plain, never outside of it."""
        section = self.evidence_id._sections()[self.section]
        stem, dot, ending = (name or "").rpartition(".")
        ending = f".{ending}" if dot and len(ending) < 6 else ""
        wanted = ENDINGS.get(mimetype, ending)
        stem = stem if ending else name
        place = SECTIONS.index(self.section) + 1  # of packs gathered before
        place = (self.evidence_id.section_numbers or {}).get(self.section, place)
        return (
            f"{place:02} {plain(section)}/{self.number:04} {plain(stem)}{plain(wanted)}"
        )


def _why(error):
    return " ".join((str(error) or repr(error)).split())[:300]


def _clean(body):
    """Return our HTML without references that would be fetched."""
    if not body.strip():
        return ""
    tree = lxml.html.fragment_fromstring(body, create_parent="div")
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        if element.tag in (
            "img",
            "iframe",
            "object",
            "embed",
            "link",
            "script",
            "style",
        ):
            if not (element.get("src") or "").startswith("data:image/"):
                element.drop_tree()
            continue
        if "url(" in (element.get("style") or "").lower():
            del element.attrib["style"]
        element.attrib.pop("background", None)
    return lxml.html.tostring(tree, encoding="unicode")
