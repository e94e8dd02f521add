from math import isfinite

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.models import MAGIC_COLUMNS

from ..models.company.rpc_border import given_ids


class ArWizard(models.AbstractModel):
    """Base of our dialogs: they accept only records that their user may read.

    Ids come over RPC, and a dialog reads their records. Its stored computed fields and
    its related fields are therefore computed with the rights of the user too.
    """

    _name = "ar.wizard"
    _description = "Dialog of the Follow-up"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_values(vals)
        wizards = super().create(vals_list)
        wizards._check_given()  # defaults too
        return wizards

    def write(self, vals):
        self._check_values(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        defaults = {
            key.removeprefix("default_"): value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }
        self._check_values({**defaults, **values})
        return super().onchange(values, field_names, fields_spec)

    def _check_values(self, values):
        """Check that the user may read the records that values point to.

        :raise AccessError: for records of companies or customers without access
        :raise ValidationError: for ids without a record, and invalid amounts
        """
        for name, value in values.items():
            field = self._fields.get(name)
            if isinstance(value, float) and not isfinite(value):
                raise ValidationError(self.env._("Enter a number in figures."))
            if field is None or not field.relational or not value:
                continue
            if isinstance(value, dict):  # as the web client sends it
                value = value.get("id")
            if isinstance(value, list | tuple):
                ids = [one for command in value for one in _ids_of(command)]
            else:
                ids = value or []
            self.env[field.comodel_name].browse(given_ids(self.env, ids)).check_access(
                "read"
            )

    def _check_given(self):
        """Check that the user may read the records that the dialog points to.

        :raise AccessError: for records of companies or customers without access
        """
        for name, field in self._fields.items():
            if name in MAGIC_COLUMNS or not (field.relational and field.store):
                continue
            if self[name]:
                self[name].check_access("read")


def _ids_of(command):
    """Return the ids of records that a command of a field, or an id, points to."""
    if not isinstance(command, list | tuple):
        return [command]
    code, *more = command
    if code == 6:
        return more[1]
    # Lines that are not saved yet have texts as ids
    return [more[0]] if code in (1, 4) and not isinstance(more[0], str) else []
