"""The statement of open items, as PDF and as a list for spreadsheets."""

import io

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import UserError


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _statement_pdf(self, lang):
        """Return ``(name, content)`` of the statement of open items of today."""
        self.ensure_one()
        report = self.env["ir.actions.report"].with_context(lang=lang)
        content, kind = report.with_company(self.company_id)._render_qweb_pdf(
            "ar_followup_plus.action_report_statement", self.ids
        )
        day = fields.Date.to_string(self.company_id._ar_today())
        name = self.with_context(lang=lang).env._("Statement %(day)s", day=day)
        return (f"{name}.{kind}", content)

    def _statement_xlsx(self, lang, items=None):
        """Return ``(name, content)`` of open items as a list for spreadsheets.

        Texts are written as texts: a name that begins with "=" is no formula.

        :param ar.open.item items: default: all
        """
        self.ensure_one()
        debtor = self.with_context(lang=lang)
        env, today = debtor.env, self.company_id._ar_today()
        heads = [
            env._("Document"),
            env._("Your reference"),
            env._("Date"),
            env._("Due date"),
            env._("Days late"),
            env._("Amount"),
            env._("Open"),
            env._("Currency"),
        ]
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
            sheet = book.add_worksheet(env._("Open items")[:31])
            bold = book.add_format({"bold": True})
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            sheet.set_column(0, 1, 22)
            sheet.set_column(2, 7, 13)
            for column, head in enumerate(heads):
                sheet.write_string(0, column, head, bold)
            line = 1
            for currency, rows, _total in debtor._statement_lines(items):
                zeros = "0" * currency.decimal_places
                money = book.add_format({"num_format": f"#,##0.{zeros}".rstrip(".")})
                for row in rows:
                    sheet.write_string(line, 0, row["number"] or "")
                    sheet.write_string(line, 1, row["reference"])
                    for column, name in ((2, "invoice_date"), (3, "due_date")):
                        if row[name]:
                            sheet.write_datetime(line, column, row[name], day)
                    sheet.write_number(line, 4, row["days"])
                    sheet.write_number(line, 5, row["amount"], money)
                    sheet.write_number(line, 6, row["open"], money)
                    sheet.write_string(line, 7, currency.name)
                    line += 1
        name = env._("Statement %(day)s", day=fields.Date.to_string(today))
        return (f"{name}.xlsx", output.getvalue())

    def _statement_lines(self, items=None):
        """Return the open items of a statement, a list for each currency.

        :param ar.open.item items: default: all
        :return: ``[(currency, [row], total)]`` with rows of number, reference,
            invoice_date, due_date, days, amount and open (in the currency)
        """
        self.ensure_one()
        if items is None:
            items = (
                self.env["ar.open.item"].sudo().search([("debtor_id", "=", self.id)])
            )
        result = []
        for currency, mine in items.grouped("currency_id").items():
            rows = [
                {
                    "number": item.move_name,
                    "reference": item.ref or "",
                    "invoice_date": item.invoice_date,
                    "due_date": item.due_date,
                    "days": max(item.days_overdue, 0)
                    if item.amount_residual_currency > 0
                    else 0,
                    "amount": item.amount_currency,
                    "open": item.amount_residual_currency,
                }
                for item in mine
            ]
            result.append(
                (currency, rows, currency.round(sum(r["open"] for r in rows)))
            )
        return result

    def send_statement(self):
        """Send the statement of open items by e-mail. Counts as a contact, not a step.

        :raise UserError: under a contact stop, without address, in a company that
            is not live or paused, or where nothing is open
        """
        self.check_access("write")
        for debtor in self:
            debtor_sudo = debtor.sudo()
            debtor_sudo._check_not_held()
            if not debtor_sudo._statement_lines():
                raise UserError(
                    self.env._(
                        "%(customer)s has no open items: there is nothing to send.",
                        customer=debtor.display_name,
                    )
                )
            debtor_sudo._send_statement_mail()

    def _send_statement_mail(self):
        """Send the statement to the best contact, in the customer's language."""
        self.ensure_one()
        company = self.company_id
        Notice = self.env["ar.notice"]
        shell = Notice.new({"debtor_id": self.id, "company_id": company.id})
        people = Notice._people_of(self).get(self.id, [])
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.display_name,
                )
            )
        lang = shell._lang([people[0]])
        files = [self._statement_pdf(lang), self._statement_xlsx(lang)]
        template = self.env.ref("ar_followup_plus.mail_template_statement")
        sender = shell._sender()
        template = template.with_context(lang=lang)
        mail = self._make_mail(
            template, people[0], sender, self.env.user.partner_id, files
        )
        self.write({"last_contact_date": company._ar_today()})
        # Not before the commit: a request that is tried again would send twice
        mail.send_after_commit()
