from odoo import SUPERUSER_ID, api, fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    ar_about = fields.Reference(
        selection="_ar_abouts",
        string="About",
        readonly=True,
        index="btree_not_null",
        help="The record that an activity of a customer is about: it ends with it.",
    )

    @api.model
    def _ar_abouts(self):
        """Return the models of this addon."""
        models_sudo = self.env["ir.model"].sudo().search([("model", "=like", "ar.%")])
        return [(model.model, model.name) for model in models_sudo]

    @api.model_create_multi
    def create(self, vals_list):
        # Forms read the creator of an activity. Users may not read visitors of the page
        # or portal users of other companies, and the form would not open
        if self.env.su and self.env.user.share and all(map(self._is_ours, vals_list)):
            self = self.with_user(SUPERUSER_ID)
        return super().create(vals_list)

    def _is_ours(self, vals):
        name = vals.get("res_model")
        if vals.get("res_model_id"):
            name = self.env["ir.model"].sudo().browse(vals["res_model_id"]).model
        return (name or "").startswith("ar.")
