import base64
import io
import json
import zipfile

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.retention.retention_kinds import kinds
from ...tools.customer_format import one_line
from ...tools.file_names import plain


class ArPersonAsk(models.TransientModel):
    """Ask whether to export all data held on a person, or to anonymise it."""

    _name = "ar.person.ask"
    _inherit = ["ar.wizard"]
    _description = "What is Held on a Person"

    partner_id = fields.Many2one("res.partner", string="Person", required=True)
    family_id = fields.Many2one(
        related="partner_id.commercial_partner_id", related_sudo=False
    )
    is_customer = fields.Boolean(compute="_compute_is_customer")
    reason = fields.Char(string="Why", help="As in: asked for on 3 May, by letter.")
    file = fields.Binary(attachment=False, readonly=True)
    file_name = fields.Char(readonly=True)

    @api.depends("partner_id")
    def _compute_is_customer(self):
        for ask in self:
            own = ask.partner_id and ask.partner_id._ar_person_debtors()[0]
            ask.is_customer = bool(own)

    def _check(self):
        self.ensure_one()
        self.partner_id._ar_check_person_manager()
        if not one_line(self.reason):
            raise UserError(self.env._("Say why: the log will tell it."))

    # === HAND OUT === #

    def action_export(self):
        """Create a file of all data held on the person, and log its creation."""
        self._check()
        data, files = self.partner_id._ar_person_data()
        self.file_name = self.env._(
            "What we hold on %(name)s.zip",
            name=plain(one_line(self.partner_id.name)),
        )
        self.file = base64.b64encode(self._zip(data, files))
        self._log_export(data)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/ar.person.ask/{self.id}/file?download=true"
            "&filename_field=file_name",
            "target": "download",
        }

    def _zip(self, data, files):
        """Return a ZIP: the data as JSON and as XLSX, and the files."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
            archive.writestr("data.json", text)
            archive.writestr("data.xlsx", self._xlsx(data))
            for name, content in files:
                archive.writestr(name, content)
        return file.getvalue()

    def _xlsx(self, data):
        """Return a sheet for each kind, in the person's language.

        Cells are written as text, so that no name is run as a formula.
        """
        ask = self.with_context(lang=self.partner_id.lang or self.env.lang)
        names = {
            "person": ask.env._("Person"),
            "customer": ask.env._("Customer"),
            **ask.env["ar.retention.line"]._kind_names(),
        }
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            bold = book.add_format({"bold": True})
            wrap = book.add_format({"text_wrap": True, "valign": "top"})
            for kind, rows in data.items():
                sheet = book.add_worksheet(names[kind][:31])
                heads = list(dict.fromkeys(name for row in rows for name in row))
                model = ask._model_of(kind)
                sheet.set_column(0, len(heads), 24)
                for column, head in enumerate(heads):
                    sheet.write_string(0, column, ask._label(model, head), bold)
                for number, row in enumerate(rows, 1):
                    for column, head in enumerate(heads):
                        words = ask._cell(model, head, row.get(head, ""))
                        sheet.write_string(number, column, words, wrap)
        return file.getvalue()

    def _model_of(self, kind):
        own = {"person": "res.partner", "customer": "ar.debtor"}
        return self.env[own.get(kind) or kinds(self.env)[kind].model]

    def _label(self, model, name):
        """Return the label of a column."""
        words = {
            "id": self.env._("Number in our system"),
            "from": self.env._("From"),
            "to": self.env._("To"),
        }
        field = model._fields.get(name)
        if name in words or not field:
            return words.get(name, name)
        return field._description_string(self.env)

    def _cell(self, model, name, value):
        """Return the value of a column as text."""
        field = model._fields.get(name)
        if isinstance(value, list):
            lines = model[name]
            value = "\n".join(
                "; ".join(
                    f"{self._label(lines, one)}: {self._cell(lines, one, held)}"
                    for one, held in row.items()
                    if held
                )
                for row in value
            )
        elif isinstance(value, bool):
            value = self.env._("Yes") if value else self.env._("No")
        elif field and field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value, value)
        return str(value if value is not None else "")[:32000]

    def _log_export(self, data):
        today = self.env.company._ar_today()
        retention_sudo = self.env["ar.retention"].sudo()  # users may not write the log
        own, related = self.partner_id._ar_person_debtors()
        known = retention_sudo.env["ar.retention.line"]._kind_names()
        for company in (own | related).company_id or self.env.company.root_id:
            retention_sudo.create(
                {
                    "company_id": company.id,
                    "scope": "export",
                    "partner_id": self.partner_id.id,
                    "state": "done",
                    "listed_on": today,
                    "decided_by": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                    "done_at": fields.Datetime.now(),
                    "reason": one_line(self.reason),
                    "line_ids": [
                        (0, 0, {"kind": kind, "records": len(rows), "done": len(rows)})
                        for kind, rows in data.items()
                        if kind in known
                    ],
                }
            )

    # === MAKE ANONYMOUS === #

    def action_anonymise(self):
        """List the data about closed debts of the person; nothing is changed yet."""
        self._check()
        own, _related = self.partner_id._ar_person_debtors()
        if not own:
            raise UserError(
                self.env._(
                    "%(name)s is not a customer but acts for one: what they wrote and "
                    "signed is evidence and is kept until the retention period ends.",
                    name=self.partner_id.display_name,
                )
            )
        lists_sudo = self.env["ar.retention"].sudo()  # written only by methods
        for company in own.company_id:
            lists_sudo |= lists_sudo.create(
                {
                    "company_id": company.id,
                    "scope": "person",
                    "partner_id": self.partner_id.id,
                    "how": "anonymise",
                    # All debts closed by today: a person's request need not wait for
                    # years
                    "closed_by": company._ar_today(),
                    "reason": one_line(self.reason),
                }
            )
        for one in lists_sudo:
            while one.state == "listing":
                one._list_some()
        if not any(lists_sudo.mapped("records")):
            raise UserError(
                self.env._(
                    "Nothing about %(name)s can be made anonymous now: there is nothing, "
                    "or it is about debts that are open.",
                    name=self.partner_id.display_name,
                )
            )
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Look, then confirm"),
            "res_model": "ar.retention",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", lists_sudo.ids)],
        }
        if len(lists_sudo) == 1:
            action.update(res_id=lists_sudo.id, views=[(False, "form")])
        return action
