"""Documents that go with a notice: statement and copies of invoices."""

import logging
import time

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.transactions import CONFLICTS, in_turn, only_one
from .ar_copies import MOST_COPIES, InvoiceCopies, too_heavy

_logger = logging.getLogger(__name__)

#: Key of the advisory lock under which the documents of a notice are made.
PDF_LOCK = 0x0A2E


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _make_attachments(self, company, limit=None, until=None, today=None):
        """Make the PDFs of ready notices, each in a transaction of its own.

        One process makes those of a notice: a lock on the session says so, which
        ends with the process.

        :param float until: by ``time.monotonic()``; one is always made
        :param datetime.date today: where the company is
        :return: for how many notices
        """
        wanted = [
            ("state", "=", "ready"),
            ("channel", "=", "email"),
            ("attachments_ready", "=", False),
            ("mail_message_id", "=", False),
        ]
        attached = ["attach_invoices", "attach_statement", "attach_letter"]
        attached += ["attach_policy"] * company._ar_has_terms()
        ready = self.search(
            [
                ("company_id", "=", company.id),
                ("date", "<=", today or company._ar_today()),
                *wanted,
                *Domain.OR(Domain(f"step_id.{name}", "=", True) for name in attached),
            ],
            order="amount desc, id",
            limit=limit,
        )
        made = 0
        for notice_id in ready.ids:
            with only_one(self.env, PDF_LOCK, notice_id) as mine:
                # Another process may have made them before we had the lock
                notice = self.search([("id", "=", notice_id), *wanted])
                if mine and notice:
                    notice._attach_or_fail()
                    made += 1
            if until is not None and time.monotonic() >= until:
                break
        return made

    def _attach_or_fail(self):
        """Make the documents; what goes wrong is this notice's failure alone."""
        self.ensure_one()

        def attach():
            with self.env.cr.savepoint():
                self._attach_documents()

        try:
            in_turn(self.env, attach)
        except CONFLICTS:
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
        """Make the documents that the step asks for, as copies of our own.

        Copies are kept with the notice and are proof: collectors may read them,
        though not the invoice's own files.
        """
        self.ensure_one()
        files = []
        if self.step_id.attach_letter:
            self._draw_numbers(self.company_id)
            letter = self.with_context(lang=self._lang())
            name = letter.env._("Letter %(number)s", number=self.number)
            files.append((f"{name}.pdf", self._render_letters()[self.id]))
        if self.step_id.attach_invoices:
            moves = self.line_ids.filtered(lambda line: line.role == "about").move_id
            invoices = moves.filtered(lambda move: move.is_invoice())
            files += self._copies_or_link(
                invoices.sorted("invoice_date_due")[:MOST_COPIES]
            )
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
        """Hook: return documents of other subjects that go with notices.

        :param bool enclosed: only what follows a letter in one PDF
        :return: ``{notice id: [(name, PDF)]}``, with an entry for each notice
        :rtype: dict
        """
        return {notice.id: [] for notice in self}

    def _pay_block_parts(self):
        # EXTENDS ar.notice: the link to copies that are too heavy for the e-mail
        parts = super()._pay_block_parts()
        if not self.copies_id:
            return parts
        return parts + Markup('<p><a href="%s">%s</a></p>') % (
            self.copies_id._url(),
            self.env._("Download copies of the invoices"),
        )

    def _copies_or_link(self, moves):
        """Return the copies of invoices, or keep them behind the notice's link."""
        debtor, lang = self.debtor_id, self._lang()
        copies = InvoiceCopies(debtor).files(moves, lang)
        if not too_heavy(copies):
            return copies
        kept = self.env["ar.copies"].with_context(lang=lang)._keep(debtor, copies)
        self.copies_id = kept
        return []


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_terms_sql(self):
        """Hook: return SQL that says whether terms of payment may go with a notice."""
        return SQL("FALSE")

    def _ar_has_terms(self):
        """Return whether terms are published that may go with a notice."""
        [(found,)] = self.env.execute_query(SQL("SELECT %s", self._ar_terms_sql()))
        return found
