from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The follow-up of the company at hand; a branch follows its root."""

    _inherit = "res.config.settings"

    ar_company_id = fields.Many2one(related="company_id.root_id")
    ar_state = fields.Selection(related="ar_company_id.ar_state", readonly=False)
    ar_paused = fields.Boolean(related="ar_company_id.ar_paused", readonly=False)
    ar_live_since = fields.Date(related="ar_company_id.ar_live_since")
    ar_backlog_date = fields.Date(
        related="ar_company_id.ar_backlog_date", readonly=False
    )
    ar_backlog = fields.Selection(related="ar_company_id.ar_backlog", readonly=False)
    ar_backlog_days = fields.Integer(
        related="ar_company_id.ar_backlog_days", readonly=False
    )
    ar_first_per_day = fields.Integer(
        related="ar_company_id.ar_first_per_day", readonly=False
    )
    ar_ladder_id = fields.Many2one(related="ar_company_id.ar_ladder_id", readonly=False)
    ar_gap_days = fields.Integer(related="ar_company_id.ar_gap_days", readonly=False)
    ar_require_sent = fields.Boolean(
        related="ar_company_id.ar_require_sent", readonly=False
    )
    ar_just_sent_days = fields.Integer(
        related="ar_company_id.ar_just_sent_days", readonly=False
    )
    ar_chase_entries = fields.Boolean(
        related="ar_company_id.ar_chase_entries", readonly=False
    )
    ar_small_amount = fields.Float(
        related="ar_company_id.ar_small_amount", readonly=False
    )
    ar_discount_days = fields.Integer(
        related="ar_company_id.ar_discount_days", readonly=False
    )
    ar_small_percent = fields.Float(
        related="ar_company_id.ar_small_percent", readonly=False
    )
    ar_check_books = fields.Boolean(
        related="ar_company_id.ar_check_books", readonly=False
    )
    ar_calendar_id = fields.Many2one(
        related="ar_company_id.ar_calendar_id", readonly=False
    )
    ar_hour_from = fields.Float(related="ar_company_id.ar_hour_from", readonly=False)
    ar_hour_to = fields.Float(related="ar_company_id.ar_hour_to", readonly=False)
    ar_worklist_size = fields.Integer(
        related="ar_company_id.ar_worklist_size", readonly=False
    )
    ar_late_days = fields.Integer(related="ar_company_id.ar_late_days", readonly=False)
    ar_approval_minutes = fields.Integer(
        related="ar_company_id.ar_approval_minutes", readonly=False
    )
    ar_user_id = fields.Many2one(related="ar_company_id.ar_user_id", readonly=False)
    ar_manager_id = fields.Many2one(
        related="ar_company_id.ar_manager_id", readonly=False
    )
    ar_email = fields.Char(related="ar_company_id.ar_email", readonly=False)
    ar_mail_server_id = fields.Many2one(
        related="ar_company_id.ar_mail_server_id", readonly=False
    )
    ar_reply_days = fields.Integer(
        related="ar_company_id.ar_reply_days", readonly=False
    )
    ar_phone_hours = fields.Char(related="ar_company_id.ar_phone_hours", readonly=False)
    ar_ways_to_pay = fields.Text(related="ar_company_id.ar_ways_to_pay", readonly=False)
    ar_letter_window = fields.Selection(
        related="ar_company_id.ar_letter_window", readonly=False
    )
    ar_letter_by_email = fields.Boolean(
        related="ar_company_id.ar_letter_by_email", readonly=False
    )
    ar_calls_per_day = fields.Integer(
        related="ar_company_id.ar_calls_per_day", readonly=False
    )
    ar_charge_journal_id = fields.Many2one(
        related="ar_company_id.ar_charge_journal_id", readonly=False
    )
    ar_charge_product_id = fields.Many2one(
        related="ar_company_id.ar_charge_product_id", readonly=False
    )

    def action_ar_pause(self):
        """Let nothing leave until somebody resumes, at once."""
        self.ensure_one()
        return self.company_id.root_id.action_ar_pause()

    def action_ar_resume(self):
        """Go on after a pause."""
        self.ensure_one()
        return self.company_id.root_id.action_ar_resume()
