"""Create the PDFs of letters: few calls of wkhtmltopdf, outside other transactions."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import split_every
from odoo.tools.pdf import merge_pdf

from odoo.addons.base.models import ir_actions_report

from ...engine.decision.ladder import is_quiet
from ...tools.printing import AT_ONCE
from ...tools.transactions import CONFLICTS, RACES, in_turn, is_free, rollback

_logger = logging.getLogger(__name__)

REPORT = "ar_followup_plus.action_report_letter"


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _print_letters(self):
        """Create the letters not printed yet, and download all of them.

        :return: the action that downloads one PDF
        :raise UserError: if no letter can be printed
        """
        self.check_access("write")
        left_out = self._make_letters()
        # sudo: only to see which were created; each was checked above
        printed = self.filtered(
            lambda n: n.sudo().letter_id and n.state in ("ready", "sent")
        )
        for notice in printed:
            try:
                notice.sudo().letter_id._ar_content()
            except UserError as error:
                printed -= notice
                left_out.append(f"{notice.display_name}: {error}")
        if not printed:
            raise UserError("\n".join(left_out))
        # A person has them now: do not send them by e-mail as well
        printed.sudo().filtered(
            lambda n: n.state == "ready"
        ).printed_at = fields.Datetime.now()
        report = self.env.ref(REPORT)
        action = report.report_action(printed, config=False)
        if not left_out:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not printed:"),
                "message": "\n".join(left_out),
                "next": action,
            },
        }

    def _make_letters(self, by_post=True):
        """Create the letters that are not printed yet, with today's figures and date.

        :param bool by_post: they need an address on their envelopes
        :return: sentences on letters that could not be created; these remain unchanged
        :rtype: list
        """
        left_out = []
        todo = self.browse()
        for notice in self:
            if notice.letter_id and notice.state == "sent":
                continue  # proof: printed again as it was sent
            why = notice._why_no_letter(by_post) or notice._why_quiet()
            if why:
                left_out.append(why)
            else:
                todo |= notice
        if not todo:
            return left_out
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            raise UserError(
                self.env._(
                    "Letters cannot be printed: the program wkhtmltopdf is missing on "
                    "the server. The letters stay here; ask your administrator to "
                    "install it, then print again."
                )
            )
        for company, notices in todo.sudo().grouped("company_id").items():
            notices = notices.with_company(company)
            kept = in_turn(self.env, lambda n=notices, c=company: n._prepare_letters(c))
            gone = notices - kept
            left_out += gone.mapped(
                lambda n: self.env._(
                    "%(notice)s has been settled in the meantime.",
                    notice=n.display_name,
                )
            )
            fresh = kept.filtered(lambda n: not n.letter_id)
            size = AT_ONCE if self._is_patched() else 1
            for ids in split_every(size, fresh.ids):
                left_out += fresh.browse(ids)._make_batch()
        self.invalidate_recordset(flush=False)
        return left_out

    @api.model
    def _is_patched(self):
        """Return whether wkhtmltopdf accepts several documents in one call."""
        return ir_actions_report._wkhtml().is_patched_qt

    def _why_quiet(self):
        """Return a text saying why a letter has to wait for another day, or None."""
        company = self.company_id.sudo()
        if is_quiet(self.stage, company._ar_today(), company._ar_calendar()):
            return self.env._(
                "%(notice)s is on hold: nothing of this step is sent today.",
                notice=self.display_name,
            )
        return None

    def _prepare_letters(self, company):
        """Update letters, and assign their numbers.

        :return: those with an amount still owed
        """
        counts = {"cancelled": 0}
        kept = self._check_again(company, counts)
        # Letters that _check_again discarded for new figures are created again, not
        # held back
        kept |= self.filtered(lambda n: n.state == "ready" and not n.letter_id)
        kept._draw_numbers(company)
        for notice in kept:
            if notice._letter_differs():
                notice.debtor_id._ar_activity(
                    "activity_check_notice",
                    self.env._(
                        "The invoices name different bank accounts: the letter names "
                        "none."
                    ),
                )
        # Texts may create the tokens of pages: write them here, not while PDFs are
        # rendered
        kept.mapped("text_values")
        return kept

    def _letter_differs(self):
        """Return whether the invoices name different bank accounts."""
        moves = self.line_ids.filtered(lambda line: line.role == "about").move_id
        return len(moves.partner_bank_id) > 1

    def _make_batch(self):
        """Create the PDFs of a batch; only the faulty one fails.

        :return: sentences on those that failed
        """
        try:
            self._store(self._letter_files())
            return []
        except RACES:
            raise
        except Exception as error:
            if len(self) > 1:
                _logger.info("Letters are made one by one: %s", error)
                return [text for notice in self for text in notice._make_batch()]
            _logger.info("%s cannot be made: %s", self, error)
            why = " ".join((str(error) or repr(error)).split())[:300]
            reason = self.env._("The letter could not be made: %(why)s", why=why)
            in_turn(self.env, lambda: self._fail(reason))
            return [f"{self.display_name}: {reason}"]

    def _render_letters(self):
        """Render the PDFs of letters in one call: ``{notice id: bytes}``."""
        report = self.env["ir.actions.report"].with_company(self.company_id)
        streams = report._render_qweb_pdf_prepare_streams(
            REPORT, {"report_type": "pdf"}, res_ids=self.ids
        )
        return {
            notice_id: streams[notice_id]["stream"].getvalue() for notice_id in self.ids
        }

    def _letter_files(self):
        """Return the PDF to print for each letter: ``{notice id: PDF}``.

        Enclosed documents follow the letter in the same PDF.
        """
        files = self._render_letters()
        for notice_id, parts in self._attachment_parts(enclosed=True).items():
            if parts:
                files[notice_id] = merge_pdf(
                    [files[notice_id], *(content for _name, content in parts)]
                )
        return files

    def _store(self, files):
        """Store letters as they were printed: they are proof."""

        def store():
            # Another process may have created them in the meantime: the first ones are
            # kept
            self.invalidate_recordset(["letter_id", "state"])
            for notice in self.filtered(
                lambda n: not n.letter_id and n.state == "ready"
            ):
                content = files[notice.id]
                letter, sums = notice._ar_make_files(
                    [(f"{notice.number}.pdf", content, "application/pdf")]
                )
                notice._ar_unlocked().write(
                    {
                        "letter_id": letter.id,
                        "attachment_ids": [fields.Command.link(letter.id)],
                        "attachments_ready": True,
                        "file_sums": sums,
                    }
                )

        in_turn(self.env, store)

    # === WITHOUT A PRINTER === #

    @api.model
    def _make_letters_to_mail(self, company, limit=None):
        """Create the letters that a company without a printer sends by e-mail.

        :return: the number of letters attempted
        """
        if not company.ar_letter_by_email:
            return 0
        ready = self.search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "letter"),
                ("state", "=", "ready"),
                ("letter_id", "=", False),
                ("printed_at", "=", False),
                ("mail_message_id", "=", False),
                ("date", "<=", company._ar_today()),
            ],
            order="amount desc, id",
            limit=limit,
        )
        ready = ready.filtered(
            lambda n: not (n._why_no_letter(by_post=False) or n._why_quiet())
        )
        try:
            ready._make_letters(by_post=False)
        except Exception as error:
            if self.env.cr.closed or self.env.cr._cnx.closed:
                raise  # the connection is gone
            if not is_free(self.env):
                raise
            # E-mails are sent anyway; these letters are retried next time, one by one
            rollback(self.env)
            _logger.warning("Letters to mail cannot be made: %s", error)
            return ready._make_letters_alone() if len(ready) > 1 else 0
        return len(ready)

    def _make_letters_alone(self):
        """Create letters one by one, if they cannot be created together.

        :return: the number created
        """
        made = 0
        for letter in self:
            try:
                letter._make_letters(by_post=False)
                made += 1
            except (UserError, *CONFLICTS) as error:
                rollback(self.env)
                _logger.info("%s waits: %s", letter, error)
            except Exception as error:
                if self.env.cr.closed or self.env.cr._cnx.closed:
                    raise
                rollback(self.env)
                why = " ".join((str(error) or repr(error)).split())[:300]
                in_turn(self.env, lambda n=letter, w=why: n._fail(w))
        return made
