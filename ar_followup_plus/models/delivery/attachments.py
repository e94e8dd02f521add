"""Documents attached to a notice: statement and copies of invoices."""

import logging
import time

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.transactions import RACES, in_turn, only_one
from ..signature.ar_guarded import KEY
from .ar_copies import MOST_COPIES, InvoiceCopies, too_heavy

_logger = logging.getLogger(__name__)

#: Key of the advisory lock for creating the documents of a notice.
PDF_LOCK = 0x0A2E


#: Copies of invoices rendered in one transaction: about half a minute. A notice with
#: more copies is rendered in parts, after the others were sent.
PART = 10
#: Field of the attachments that store parts: attachments of a field are listed nowhere,
#: and readable by superusers only.
PARTS = "copies_drawn"


class ArNotice(models.Model):
    _inherit = "ar.notice"

    attach_extra = fields.Boolean(
        readonly=True,
        help="A document that its step does not name goes with it: a statement that is "
        "due by its schedule.",
    )

    @api.model
    def _make_attachments(
        self, company, limit=None, until=None, today=None, large_ids=()
    ):
        """Create the PDFs of ready notices, each in its own transaction.

        A session lock, which ends with the process, ensures that only one process
        creates those of a notice.

        :param float until: by ``time.monotonic()``; at least one is processed
        :param datetime.date today: today in the company's time zone
        :param large_ids: notices to render in parts: see :meth:`_make_large`
        :return: the number of notices processed
        """
        wanted = self._without_documents()
        attached = ["attach_invoices", "attach_statement", "attach_letter"]
        attached += ["attach_policy"] * company._ar_has_terms()
        ready = self.search(
            [
                ("company_id", "=", company.id),
                ("date", "<=", today or company._ar_today()),
                *wanted,
                ("id", "not in", list(large_ids)),
                *Domain.OR(
                    [
                        Domain("attach_extra", "=", True),
                        *(Domain(f"step_id.{name}", "=", True) for name in attached),
                    ]
                ),
            ],
            order="amount desc, id",
            limit=limit,
        )
        made = 0
        for notice_id in ready.ids:
            with only_one(self.env, PDF_LOCK, notice_id) as mine:
                # Another process may have created them before we had the lock
                notice = self.search([("id", "=", notice_id), *wanted])
                if mine and notice:
                    notice._attach_or_fail()
                    made += 1
            if until is not None and time.monotonic() >= until:
                break
        return made

    @api.model
    def _without_documents(self):
        """Return the domain of e-mails whose documents are not created yet."""
        return [
            ("state", "=", "ready"),
            ("channel", "=", "email"),
            ("attachments_ready", "=", False),
            ("mail_message_id", "=", False),
        ]

    @api.model
    def _find_large(self, company, today):
        """Return the ids of notices with many invoices without a PDF, largest first."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT n.id FROM ar_notice n
                     JOIN ar_ladder_step s ON s.id = n.step_id AND s.attach_invoices
                     JOIN ar_notice_line nl ON nl.notice_id = n.id AND nl.role = 'about'
                    WHERE n.state = 'ready' AND n.company_id = %s AND n.date <= %s
                      AND n.channel = 'email' AND n.mail_message_id IS NULL
                      AND n.attachments_ready IS NOT TRUE
                      AND NOT EXISTS (
                          SELECT 1 FROM ir_attachment pdf
                           WHERE pdf.res_model = 'account.move'
                             AND pdf.res_id = nl.move_id
                             AND pdf.res_field = 'invoice_pdf_report_file')
                    GROUP BY n.id, n.amount HAVING count(DISTINCT nl.move_id) > %s
                    ORDER BY n.amount DESC, n.id""",
                company.id,
                today,
                PART,
            )
        )
        return [notice_id for (notice_id,) in rows]

    @api.model
    def _make_large(self, notice_ids):
        """Render one part of the copies of a large notice, and store it.

        With the last part, create its documents. After an interruption, the next call
        continues with the next part.

        :param list notice_ids: see :meth:`_find_large`
        :return: whether anything was rendered
        """
        for notice_id in notice_ids:
            with only_one(self.env, PDF_LOCK, notice_id) as mine:
                notice = self.search(
                    [("id", "=", notice_id), *self._without_documents()]
                )
                if not mine or not notice:
                    continue
                missing = notice._undrawn()
                if len(missing) > PART:
                    notice._attach_or_fail(
                        lambda n=notice, m=missing[:PART]: n._draw_part(m)
                    )
                else:
                    notice._attach_or_fail()
                return True
        return False

    def _attached_invoices(self):
        """Return the invoices whose copies are attached to the notice, oldest first."""
        moves = self.line_ids.filtered(lambda line: line.role == "about").move_id
        invoices = moves.filtered(lambda move: move.is_invoice())
        return invoices.sorted("invoice_date_due")[:MOST_COPIES]

    def _undrawn(self):
        """Return the invoices whose copies are not rendered yet."""
        drawn = self._drawn(self._parts())
        return self._attached_invoices().filtered(
            lambda move: not move.invoice_pdf_report_id and move.id not in drawn
        )

    @api.model
    def _part_files(self):
        return self.env["ir.attachment"].sudo().with_context(ar_evidence=KEY)

    def _parts(self):
        """Return the files of the rendered parts."""
        return self._part_files().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("res_field", "=", PARTS),
            ],
            order="id",
        )

    def _drawn(self, parts):
        """Return the copies rendered today: ``{invoice id: (name, content)}``.

        Only today's count: the cover page states how late the invoice is on that day.
        """
        today = self.company_id._ar_today().isoformat()
        drawn = {}
        for file in parts:
            day, move_id = file.description.split()
            if day == today:
                drawn[int(move_id)] = (file.name, file.raw)
        return drawn

    def _draw_part(self, moves):
        """Render copies of some invoices, and store them until all are rendered."""
        copies = InvoiceCopies(self.debtor_id).files(moves, self._lang())
        today = self.company_id._ar_today().isoformat()
        self._parts().filtered(lambda f: not f.description.startswith(today)).unlink()
        self._part_files().create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": "application/pdf",
                    "description": f"{today} {move.id}",
                    "res_model": self._name,
                    "res_id": self.id,
                    "res_field": PARTS,
                }
                for move, (name, content) in zip(moves, copies, strict=True)
            ]
        )

    @api.autovacuum
    def _gc_parts(self):
        """Delete parts of notices that were cancelled before all were rendered."""
        old = fields.Date.subtract(fields.Date.today(), days=2)
        self._part_files().search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", PARTS),
                ("description", "<", old.isoformat()),  # the name begins with its day
            ]
        ).unlink()

    def _attach_or_fail(self, make=None):
        """Create the documents; on an error only this notice fails.

        :param make: the function to call; default: create all documents
        """
        self.ensure_one()
        make = make or self._attach_documents

        def attach():
            with self.env.cr.savepoint():
                make()

        try:
            in_turn(self.env, attach)
        except RACES:
            _logger.info("%s changes just now.", self)
        except Exception as error:
            _logger.info("The documents of %s cannot be made: %s", self, error)
            why = " ".join(str(error).split())[:300]

            def fail():
                self.attempts += 1
                self._fail(
                    self.env._("The documents could not be made: %(why)s", why=why),
                    again=True,
                )

            in_turn(self.env, fail)

    def _attach_documents(self):
        """Create the documents that the step requires, as our own copies.

        The copies are stored on the notice as proof: collectors may read them, but not
        the invoice's own files.
        """
        self.ensure_one()
        files = []
        if self.step_id.attach_letter:
            self._draw_numbers(self.company_id)
            letter = self.with_context(lang=self._lang())
            name = letter.env._("Letter %(number)s", number=self.number)
            files.append((f"{name}.pdf", self._render_letters()[self.id]))
        if self.step_id.attach_invoices:
            files += self._copies_or_link(self._attached_invoices())
        files += self._attachment_parts()[self.id]
        attachments, sums = self._ar_make_files(
            [(name, content, "application/pdf") for name, content in files]
        )
        self._ar_unlocked().write(
            {
                "attachment_ids": [fields.Command.set(attachments.ids)],
                "attachments_ready": True,
                "file_sums": sums or False,
            }
        )

    def _attachment_parts(self, enclosed=False):
        """Hook: return documents of other packages to attach to notices.

        :param bool enclosed: only the documents that follow a letter in one PDF
        :return: ``{notice id: [(name, PDF)]}``, with an entry for each notice
        :rtype: dict
        """
        return {notice.id: [] for notice in self}

    def _pay_block_parts(self):
        # EXTENDS ar.notice: the link to copies that are too large for the e-mail
        parts = super()._pay_block_parts()
        if not self.copies_id:
            return parts
        return parts + Markup('<p><a href="%s">%s</a></p>') % (
            self.copies_id._url(),
            self.env._("Download copies of the invoices"),
        )

    def _copies_or_link(self, moves):
        """Return the copies of invoices, or store them behind the notice's link."""
        debtor, lang = self.debtor_id, self._lang()
        parts = self._parts()
        drawn = self._drawn(parts)
        rest = moves.filtered(lambda move: move.id not in drawn)
        new = InvoiceCopies(debtor).files(rest, lang)
        drawn.update(zip(rest.ids, new, strict=True))
        copies = _apart((move.id, *drawn[move.id]) for move in moves)
        parts.unlink()
        if not too_heavy(copies):
            return copies
        kept = self.env["ar.copies"].with_context(lang=lang)._keep(debtor, copies)
        self.copies_id = kept
        return []


def _apart(copies):
    """Return ``[(name, content)]`` of copies, with unique names.

    :param copies: ``(invoice id, name, content)``
    """
    files, names = [], set()
    for move_id, name, content in copies:
        if name in names:
            name = f"{move_id} {name}"
        names.add(name)
        files.append((name, content))
    return files


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_terms_sql(self):
        """Hook: return SQL that says whether terms of payment may go with a notice."""
        return SQL("FALSE")

    def _ar_has_terms(self):
        """Return whether terms are published that may go with a notice."""
        [(found,)] = self.env.execute_query(SQL("SELECT %s", self._ar_terms_sql()))
        return found
