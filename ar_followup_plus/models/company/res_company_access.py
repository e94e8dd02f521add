"""Lets credit managers change the settings of their companies, but no other fields.

A setting is a field of ``res.company`` that is declared with ``ar_manager=True``. Only
administrators write other fields, among them settings that need accounting or mail rights.
"""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .roles import is_manager


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model
    def _valid_field_parameter(self, field, name):
        # EXTENDS base: allow the attribute ar_manager of fields
        return name == "ar_manager" or super()._valid_field_parameter(field, name)

    def _has_field_access(self, field, operation):
        # EXTENDS base: portal and public users may read their company, but not settings
        if field.name.startswith("ar_") and not (
            self.env.su or self.env.user._is_internal()
        ):
            return False
        return super()._has_field_access(field, operation)

    def update_field_translations(self, field_name, translations, source_lang=""):
        # EXTENDS base
        company = self.sudo() if self._ar_may_set({field_name}) else self
        return super(ResCompany, company).update_field_translations(
            field_name, translations, source_lang
        )

    def _ar_may_set(self, names):
        """Return whether the user may write these fields as a credit manager."""
        return bool(
            not self.env.su
            and names
            and all(
                getattr(self._fields.get(name), "ar_manager", False) for name in names
            )
            and is_manager(self.env)
            and self <= self.env.companies
        )

    def action_ar_pause(self):
        """Pause all sending until somebody resumes it: the emergency button."""
        self.ar_paused = True
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_ar_resume(self):
        """End a pause. Amounts that became due meanwhile count as existing debt."""
        self.ar_paused = False
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _ar_action_settings(self):
        """Open the follow-up settings of the root company.

        :raise UserError: if only branches are chosen in the company switcher
        """
        self.ensure_one()
        root = self._ar_root()
        if root not in self.env.companies:
            raise UserError(
                self.env._(
                    "The follow-up is set for %(company)s as a whole: choose it in "
                    "the company switcher first.",
                    company=root.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Follow-up settings"),
            "res_model": "res.company",
            "res_id": root.id,
            "views": [
                (self.env.ref("ar_followup_plus.res_company_view_form_ar").id, "form")
            ],
            "target": "current",
        }

    def _ar_note(self):
        """Explain in a sentence why nothing is sent, or nothing automatically."""
        self.ensure_one()
        company = self.sudo()
        if company.ar_paused:
            return self.env._(
                "The follow-up of %(company)s is paused: nothing is sent.",
                company=company.name,
            )
        if company.ar_not_before and company._ar_today() < company.ar_not_before:
            return self.env._(
                "%(company)s went live: nothing is sent before %(day)s.",
                company=company.name,
                day=format_date(self.env, company.ar_not_before),
            )
        texts = {
            "off": self.env._(
                "The follow-up of %(company)s is off: nothing is proposed or sent.",
                company=company.name,
            ),
            "preview": self.env._(
                "The follow-up of %(company)s is in preview: notices are proposed, "
                "and none can be sent.",
                company=company.name,
            ),
            "ask": self.env._(
                "Each notice of %(company)s waits for a click.", company=company.name
            ),
        }
        return texts.get(company.ar_state, "")
