"""Going live, and the offer to send without asking."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .roles import require_manager

#: Days of asking before each notice until the company is offered to go live.
ASK_DAYS = 30


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_offered_on = fields.Date(string="Going live was offered on", readonly=True)
    ar_live_offer = fields.Char(compute="_compute_ar_live_offer")

    # Not on ar_state: the form would ask the server on each change of it, which refuses
    # users who may not write companies
    @api.depends("ar_live_since")
    def _compute_ar_live_offer(self):
        for company in self:
            company.ar_live_offer = (
                company._ar_offer_text() if company._ar_can_offer() else False
            )

    def _ar_can_offer(self):
        """Return whether the company has asked for enough days."""
        company = self.sudo()
        return bool(
            company.ar_state == "ask"
            and company.ar_live_since
            and fields.Date.add(company.ar_live_since, days=ASK_DAYS)
            <= company._ar_today()
        )

    def _ar_offer_text(self):
        """Return the numbers of approved and cancelled notices since going live."""
        company = self.sudo()
        Notice = self.env["ar.notice"].sudo()
        mine = fields.Domain("company_id", "=", company.id) & fields.Domain(
            "date", ">=", company.ar_live_since
        )
        approved = Notice.search_count(
            mine & fields.Domain("approved_by", "!=", False)
            & fields.Domain("state", "!=", "cancelled")
        )  # fmt: skip
        changed = Notice.search_count(mine & fields.Domain("cancelled_by", "!=", False))
        return self.env._(
            "Since %(day)s, %(approved)s notices were approved as proposed and "
            "%(changed)s were cancelled by hand.",
            day=format_date(self.env, company.ar_live_since),
            approved=approved,
            changed=changed,
        )

    @api.model
    def _ar_offer_live(self):
        """Offer the credit manager, once, to send notices without asking."""
        kind = self.env.ref("ar_followup_plus.activity_go_live")
        companies = self.sudo().search(
            [
                ("parent_id", "=", False),
                ("ar_state", "=", "ask"),
                ("ar_offered_on", "=", False),
            ]
        )
        for company in companies.filtered(lambda c: c._ar_can_offer()):
            user = company.ar_manager_id or self.env.ref("base.user_admin")
            partner = company.partner_id.with_context(mail_activity_quick_update=True)
            partner.activity_schedule(
                activity_type_id=kind.id,
                summary=self.env._("Send reminders without approval?"),
                note=company._ar_offer_text(),
                user_id=user.id,
                date_deadline=company._ar_today(),
            )
            company.ar_offered_on = company._ar_today()

    # === BUTTONS === #

    def action_ar_live(self):
        """Send notices that need no approval automatically from now on.

        :raise UserError: if the company does not ask before each notice
        """
        self.ensure_one()
        require_manager(self.env)
        if self.ar_state != "ask":
            raise UserError(
                self.env._(
                    "%(company)s does not ask before sending: go live first.",
                    company=self.name,
                )
            )
        self.ar_state = "live"
        kind = self.env.ref("ar_followup_plus.activity_go_live")
        self.sudo().partner_id.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        ).action_feedback()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
