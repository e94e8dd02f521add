"""Credit managers set the follow-up of their companies, and nothing else there."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: What a credit manager may set, beside those in ``res_company_access``.
CHARGE_SETTINGS = frozenset(
    {
        "ar_charge_mode",
        "ar_charge_scheme_id",
        "ar_charge_consumer_scheme_id",
        "ar_charge_when",
        "ar_charge_stage",
        "ar_charge_waive",
        "ar_charge_keep_paid",
        "ar_charge_order",
        "ar_charge_since",
    }
)


#: What a credit manager may write. The mail server stays with the administrator,
#: for only they may see the servers.
MANAGER_SETTINGS = frozenset(
    {
        "ar_state",
        "ar_paused",
        "ar_not_before",
        "ar_approval_minutes",
        "ar_backlog_date",
        "ar_backlog",
        "ar_backlog_days",
        "ar_first_per_day",
        "ar_ladder_id",
        "ar_gap_days",
        "ar_require_sent",
        "ar_just_sent_days",
        "ar_chase_entries",
        "ar_small_amount",
        "ar_small_percent",
        "ar_discount_days",
        "ar_check_books",
        "ar_calendar_id",
        "ar_hour_from",
        "ar_hour_to",
        "ar_user_id",
        "ar_manager_id",
        "ar_email",
        "ar_reply_days",
        "ar_phone_hours",
        "ar_worklist_size",
        "ar_late_days",
        "ar_ways_to_pay",
        "ar_letter_by_email",
        "ar_letter_window",
        "ar_calls_per_day",
        *CHARGE_SETTINGS,
        "ar_paid_days",
        "ar_answer_days",
        "ar_thanks",
        "ar_overpaid_days",
        "ar_promise_days",
        "ar_plan_months",
        "ar_plan_amount",
        "ar_plan_down_percent",
        "ar_settle_percent",
        "ar_cure_days",
        "ar_plan_remind_days",
        "ar_return_fee",
        "ar_hold_rule",
        "ar_hold_amount",
        "ar_hold_days",
        "ar_hold_notice_days",
        "ar_gate",
        "ar_gate_since",
        "ar_gate_invoices",
        "ar_gate_grace",
        "ar_invoicing_user_id",
        "ar_statement_schedule",
        "ar_statement_day",
        "ar_statement_kind",
        "ar_statement_by",
        "ar_statement_only_due",
        "ar_statement_only_changed",
        "ar_retention_years",
        "ar_retention_how",
    }
)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _has_field_access(self, field, operation):
        # EXTENDS base: portal and public users read their company, but not this
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
            and MANAGER_SETTINGS.issuperset(names)
            and self.env.user.has_group("ar_followup_plus.group_credit_manager")
            and self <= self.env.companies
        )

    def action_ar_pause(self):
        """Let nothing leave until somebody resumes: the emergency button."""
        self.ar_paused = True
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_ar_resume(self):
        """Go on after a pause. What became due meanwhile counts as old debt."""
        self.ar_paused = False
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _ar_action_settings(self):
        """Open the follow-up settings of a company, for credit managers.

        :raise UserError: where only branches are chosen in the company switcher
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
        """Say in a sentence why nothing leaves, or nothing by itself."""
        self.ensure_one()
        company = self.sudo()
        if company.ar_paused:
            return self.env._(
                "The follow-up of %(company)s is paused: nothing leaves.",
                company=company.name,
            )
        if company.ar_not_before and company._ar_today() < company.ar_not_before:
            return self.env._(
                "%(company)s went live: nothing leaves before %(day)s.",
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
