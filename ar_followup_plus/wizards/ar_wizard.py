from odoo import api, models
from odoo.models import MAGIC_COLUMNS


class ArWizard(models.AbstractModel):
    """What all dialogs of ours have: they take only what their user may read.

    Ids come over RPC, and a dialog reads from them. Its stored computed fields and
    its related fields are therefore computed with the rights of the user too.
    """

    _name = "ar.wizard"
    _description = "Dialog of the Follow-up"

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_given()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        if any(self._fields[name].relational for name in vals):
            self._check_given()
        return result

    def _check_given(self):
        """Check that the user may read the records that the dialog points to.

        :raise AccessError: for records of companies or customers that are closed
        """
        for name, field in self._fields.items():
            if name in MAGIC_COLUMNS or not (field.relational and field.store):
                continue
            if self[name]:
                self[name].check_access("read")
