"""Statements of several customers: printed, listed or sent at one click."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf

from .ar_copies import zip_files
from .ar_debtor_statement import Period
from .ar_statement_schedule import _from_json, _to_json

#: More statements are sent in the background, and not printed in one go.
MOST_NOW = 20
MOST_PRINTED = 100


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def action_print_statements(self):
        """Ask which statement, and how, for the customers chosen."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statements"),
            "res_model": "ar.statement.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": self._name, "active_ids": self.ids},
        }

    def action_send_statements(self):
        """Send each of the customers chosen its statement."""
        return self._send_statements(Period())

    def action_print_wanted(self):
        """Print the statements that wait for paper, as the schedule asked for them."""
        self.check_access("write")
        files, failed = [], []
        wanted = self.filtered("statement_wanted")
        if not wanted:
            raise UserError(self.env._("No statement of these customers waits."))
        wanted._check_print()
        for options, some in wanted.grouped(
            lambda debtor: repr(debtor.statement_options)
        ).items():
            period = _from_json(some[:1].statement_options) if options else Period()
            content, lost = some._statement_paper(period)
            files += [content] if content else []
            failed += lost.values()
            some.sudo().filtered(lambda d, lost=lost: d.id not in lost)._statement_left(
                period
            )
        return self._statement_file(
            self.env._("Statements.pdf"),
            merge_pdf(files) if files else None,
            "application/pdf",
            failed,
        )

    # === ONE CLICK FOR MANY === #

    def _send_statements(self, period):
        """Send statements now, or in the background where they are many."""
        self.check_access("write")
        if len(self) > MOST_NOW:
            return self._queue_statements(period)
        # sudo: collectors have no right to invoices, of which statements tell
        debtors_sudo = self.sudo()
        made, failed = debtors_sudo._statement_mails(period)

        def send(debtor):
            if debtor.id in failed:
                raise UserError(failed[debtor.id])
            debtor.sudo()._send_statement_mail(period, made[debtor.id])

        return self._ar_one_by_one(self, send)

    def _queue_statements(self, period):
        """Let the scheduled action send them; what cannot be sent says why."""
        ready = self.filtered(lambda debtor: not debtor._why_held())
        if not ready:
            self[:1]._check_not_held()
        ready.sudo().write(
            {
                "statement_wanted": "email",
                "statement_options": _to_json(period),
                "statement_asked_by": self.env.uid,
                "statement_note": False,
            }
        )
        self.env.ref("ar_followup_plus.ir_cron_statements").sudo()._trigger()
        message = self.env._(
            "%(count)s statements leave in the background. Those that cannot are listed "
            "with their reason under Notices, Statements.",
            count=len(ready),
        )
        held = len(self) - len(ready)
        if held:
            message += " " + self.env._(
                "Not for %(others)s, for which nothing may leave now.", others=held
            )
        return self._statement_said(message, "warning" if held else "success")

    def _check_print(self):
        if len(self) > MOST_PRINTED:
            raise UserError(
                self.env._(
                    "At most %(most)s statements can be printed at once: choose fewer.",
                    most=MOST_PRINTED,
                )
            )

    def _statement_paper(self, period, posted=True):
        """Return one PDF of many statements, and why others are not in it.

        :param bool posted: they are to be posted: each needs an address
        """
        self._check_wkhtmltopdf()
        debtors_sudo = self.sudo()
        figures, failed = debtors_sudo._statement_figures(period), {}
        for debtor in debtors_sudo:
            try:
                if debtor.is_stopped and posted:
                    debtor._check_not_held()
                debtor._check_statement(period, figures)
                if posted and not debtor._statement_partner()._ar_has_address():
                    raise UserError(
                        self.env._(
                            "%(customer)s has no postal address: add one first.",
                            customer=debtor.display_name,
                        )
                    )
            except UserError as error:
                failed[debtor.id] = str(error)
        good = debtors_sudo.filtered(lambda debtor: debtor.id not in failed)
        files, broken = good._statement_pdfs(period)
        failed.update(broken)
        made = [files[debtor.id] for debtor in good if debtor.id in files]
        content = made[0] if len(made) == 1 else merge_pdf(made) if made else None
        return content, failed

    def _statement_lists(self, period):
        """Return the spreadsheets of many: one file, or one ZIP."""
        debtors_sudo = self.sudo()
        figures = debtors_sudo._statement_figures(period)
        files, failed = [], {}
        for debtor in debtors_sudo:
            try:
                debtor._check_statement(period, figures)
            except UserError as error:
                failed[debtor.id] = str(error)
                continue
            lang = debtor._statement_shell()._lang()
            name, content = debtor._statement_xlsx(lang, period=period, figures=figures)
            files.append((f"{debtor.partner_id.name} {debtor.id} {name}", content))
        if len(files) == 1:
            return (*files[0], failed)
        content = zip_files(files) if files else None
        return self.env._("Statements.zip"), content, failed

    def _statement_file(self, name, content, mimetype, failed, owner=None):
        """Return the action that downloads a file, and says what is not in it.

        :raise UserError: where there is nothing to download
        """
        if not content:
            raise UserError("\n".join(failed))
        owner = owner or self.env["ar.statement.ask"].create(
            {"debtor_ids": [(6, 0, self.ids)]}
        )
        file_sudo = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": name,
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": owner._name,
                    "res_id": owner.id,
                }
            )
        )
        action = {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{file_sudo.id}?download=true",
            "target": "download",
        }
        if not failed:
            return action
        return self._statement_said(
            "\n".join(dict.fromkeys(failed)),
            "warning",
            title=self.env._("Not in it:"),
            next=action,
        )

    def _statement_said(self, message, kind, **params):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "sticky": kind != "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
                **params,
            },
        }
