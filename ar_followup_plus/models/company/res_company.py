from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize, html2plaintext, str2bool

from ...engine.schedule import Calendar
from ...engine.values import Rules

#: Days: a longer closure is a period, not a holiday (see engine.schedule).
LONGEST_HOLIDAY = 4
#: Millimeters at the top of letters: below them, an address lies in the window of a DIN
#: or C5/6 envelope. A logo and so many lines of a company's address fit into them.
LETTERHEAD_ROOM = 62
LETTERHEAD_LINES = 4
#: Millimeters that each further line takes.
LETTERHEAD_LINE = 5


class ResCompany(models.Model):
    """Follow-up settings of a company."""

    _inherit = "res.company"

    # Safe start: installing sends nothing
    ar_state = fields.Selection(
        [
            ("off", "Off"),
            ("preview", "Preview: proposals only, nothing can be sent"),
            ("ask", "Ask: each notice needs approval"),
            ("live", "Live: notices that need no approval are sent automatically"),
        ],
        string="Follow-up",
        default="off",
        required=True,
        ar_manager=True,
    )
    ar_paused = fields.Boolean(
        string="Follow-up paused",
        help="Nothing is sent while this is switched on.",
        ar_manager=True,
    )
    ar_not_before = fields.Date(
        string="Nothing is sent before",
        help="Set when going live, so that nothing is sent on the same evening.",
        ar_manager=True,
    )
    ar_approval_minutes = fields.Integer(
        string="Minutes to take an approval back",
        default=10,
        help="Minimum number of minutes between approving and sending a notice.",
        ar_manager=True,
    )
    ar_live_since = fields.Date(string="Live since", readonly=True)
    ar_backlog_date = fields.Date(
        string="Backlog until",
        help="What was due before this day is old debt: it begins as chosen below.",
        ar_manager=True,
    )
    ar_backlog = fields.Selection(
        [
            ("first", "Begin at the first step"),
            ("below_age", "Begin one step below its age"),
            ("person", "Leave what is older than a number of days to a person"),
        ],
        string="Old debts",
        default="first",
        required=True,
        ar_manager=True,
    )
    ar_backlog_days = fields.Integer(
        string="Older than (days)", default=90, ar_manager=True
    )
    ar_first_per_day = fields.Integer(
        string="First notices a day",
        default=30,
        help="Maximum first notices per day to customers with existing overdue debt, "
        "largest first. 0 = no limit.",
        ar_manager=True,
    )
    # Rules
    ar_ladder_id = fields.Many2one(
        "ar.ladder", string="Reminder schedule", ar_manager=True
    )
    ar_gap_days = fields.Integer(
        string="Days between contacts",
        default=5,
        help="Minimum number of days between two automatic contacts of any kind.",
        ar_manager=True,
    )
    ar_message_budget = fields.Integer(
        string="Messages in 30 days",
        default=4,
        help="Maximum automatic messages to one customer in 30 days. What is held is in "
        "the next message. Final demands and later stages are sent all the same.",
        ar_manager=True,
    )
    ar_require_sent = fields.Boolean(
        string="Only invoices that were sent",
        help="An invoice that was never sent from Odoo, bounced or was refused is "
        "not followed up.",
        ar_manager=True,
    )
    ar_just_sent_days = fields.Integer(
        string="Days after sending an invoice",
        default=7,
        help="No reminder within this number of days after an invoice was sent (again).",
        ar_manager=True,
    )
    ar_chase_entries = fields.Boolean(
        string="Follow up journal entries",
        help="Also follow up open entries of miscellaneous journals, which Odoo "
        "leaves out by default.",
        ar_manager=True,
    )
    ar_small_amount = fields.Float(
        string="Small difference",
        default=5.0,
        help="A remainder up to this amount, in company currency, is not demanded but "
        "listed for write-off.",
        ar_manager=True,
    )
    ar_small_percent = fields.Float(
        string="Small difference (%)",
        default=1.0,
        help="... and of at most this share of the original amount.",
        ar_manager=True,
    )
    ar_discount_days = fields.Integer(
        string="Discount taken too late",
        default=5,
        ar_manager=True,
        help="An early-payment discount taken up to this many days late is not demanded"
        " but listed for write-off; one taken later is demanded.",
    )
    ar_check_books = fields.Boolean(
        string="Wait for the bank",
        help="Nothing is sent while a journal that receives customers' money has had no"
        " entry for more than three working days.",
        ar_manager=True,
    )
    ar_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Calendar of contacts",
        help="Working days, holidays, closures and time zone. Empty: the working "
        "hours of the company.",
        ar_manager=True,
    )
    ar_hour_from = fields.Float(string="Send from", default=8.0, ar_manager=True)
    ar_hour_to = fields.Float(string="Send until", default=18.0, ar_manager=True)
    ar_worklist_size = fields.Integer(
        string="Customers a day",
        default=20,
        help="Maximum customers on a collector's list of today. 0 = all.",
        ar_manager=True,
    )
    ar_late_days = fields.Integer(
        string="Long overdue after (days)",
        default=30,
        help="What is later than this is found by the filter in lists of customers.",
        ar_manager=True,
    )
    # People and texts
    ar_user_id = fields.Many2one(
        "res.users",
        string="Collector",
        domain="[('share', '=', False)]",
        ar_manager=True,
    )
    ar_manager_id = fields.Many2one(
        "res.users",
        string="Credit manager",
        domain="[('share', '=', False)]",
        ar_manager=True,
    )
    ar_email = fields.Char(
        string="Follow-up address",
        help="Notices are sent from this address, with the collector's name.",
        ar_manager=True,
    )
    ar_mail_server_id = fields.Many2one("ir.mail_server", string="Mail server")
    ar_reply_days = fields.Integer(
        string="Working days after a reply",
        default=5,
        help="Nothing is sent automatically for this number of working days after a "
        "customer wrote or an address rejected mail.",
        ar_manager=True,
    )
    ar_phone_hours = fields.Char(string="Phone hours", translate=True, ar_manager=True)
    ar_ways_to_pay = fields.Text(
        string="Ways to pay",
        translate=True,
        help="Shown in each notice, for customers who do not pay online.",
        ar_manager=True,
    )

    # Letters and calls
    ar_letter_by_email = fields.Boolean(
        string="Letters as PDF by e-mail",
        help="For a company without a printer: what would be posted is sent by e-mail.",
        ar_manager=True,
    )
    ar_letter_window = fields.Selection(
        [("left", "Left"), ("right", "Right")],
        string="Address window",
        default="left",
        required=True,
        help="On which side the window of your envelopes is.",
        ar_manager=True,
    )
    ar_calls_per_day = fields.Integer(
        string="Calls a day",
        default=20,
        help="Maximum calls per collector and day, the most important first. "
        "0 = no limit.",
        ar_manager=True,
    )

    @api.constrains(
        "ar_gap_days",
        "ar_just_sent_days",
        "ar_first_per_day",
        "ar_backlog_days",
        "ar_late_days",
        "ar_calls_per_day",
        "ar_small_amount",
        "ar_small_percent",
        "ar_discount_days",
        "ar_reply_days",
        "ar_worklist_size",
        "ar_approval_minutes",
    )
    def _check_ar_numbers(self):
        for company in self:
            numbers = (
                company.ar_gap_days,
                company.ar_just_sent_days,
                company.ar_first_per_day,
                company.ar_backlog_days,
                company.ar_late_days,
                company.ar_calls_per_day,
                company.ar_small_amount,
                company.ar_small_percent,
                company.ar_discount_days,
                company.ar_reply_days,
                company.ar_worklist_size,
                company.ar_approval_minutes,
            )
            if min(numbers) < 0:
                raise ValidationError(
                    self.env._(
                        "The settings of the follow-up of %(company)s cannot be "
                        "negative: enter 0 or more.",
                        company=company.name,
                    )
                )

    @api.constrains("ar_message_budget")
    def _check_ar_message_budget(self):
        for company in self:
            if company.ar_message_budget < 1:
                raise ValidationError(
                    self.env._(
                        "Enter how many automatic messages a customer of %(company)s "
                        "gets in 30 days: 1 or more.",
                        company=company.name,
                    )
                )

    @api.constrains("ar_hour_from", "ar_hour_to")
    def _check_ar_hours(self):
        for company in self:
            if not 0 <= company.ar_hour_from < company.ar_hour_to <= 24:
                raise ValidationError(
                    self.env._(
                        "The hours for sending must lie between 0 and 24, the first "
                        "before the last."
                    )
                )

    @api.constrains("ar_email")
    def _check_ar_email(self):
        for company in self:
            if company.ar_email and not email_normalize(company.ar_email):
                raise ValidationError(
                    self.env._(
                        "%(address)s is no e-mail address: enter one like "
                        "accounts@company.example.",
                        address=company.ar_email,
                    )
                )

    def write(self, vals):
        # EXTENDS base: credit managers may write settings, though not companies
        companies = self.sudo() if self._ar_may_set(vals) else self
        vals = companies._ar_before_write(vals)
        result = super(ResCompany, companies).write(vals)
        companies._ar_after_write(vals)
        return result

    def _ar_before_write(self, vals):
        """Hook: return the values to write, with those that follow from them.

        Runs as superuser if a credit manager writes settings.
        """
        if "ar_state" in vals or vals.get("ar_paused") is False:
            self._ar_note_start(vals)
        return vals

    def _ar_after_write(self, vals):
        """Hook: follow up on settings that were written."""

    def _ar_note_start(self, vals):
        """Store the day on which a company goes live or resumes.

        Debts that are overdue on that day are the backlog, of which only some customers
        are contacted each day. The end of a pause starts a new backlog.
        """
        for company in self:
            today = company._ar_today()
            starts = company.ar_state in ("off", "preview") and vals.get(
                "ar_state", company.ar_state
            ) in ("ask", "live")
            resumes = company.ar_paused and vals.get("ar_paused") is False
            if starts:
                company.ar_live_since = today
            if starts or resumes:
                company.ar_backlog_date = today

    def _ar_root(self):
        """Return the root company, for which the follow-up works."""
        return self.sudo().root_id

    def _ar_tz(self):
        """Return the time zone: of the calendar, else the partner, else UTC."""
        self.ensure_one()
        company = self.sudo()
        calendar = company.ar_calendar_id or company.resource_calendar_id
        return calendar.tz or company.partner_id.tz or "UTC"

    def _ar_now(self):
        """Return the present moment in the company's time zone."""
        utc = pytz.utc.localize(fields.Datetime.now())
        return utc.astimezone(pytz.timezone(self._ar_tz()))

    def _ar_today(self):
        """Return today's date in the company's time zone."""
        return self._ar_now().date()

    def _ar_letterhead_room(self):
        """Return how many millimeters letterheads of these companies take.

        Odoo prints a letterhead on each page, over what is higher on it than the margin.
        """
        lines = [LETTERHEAD_LINES]
        for company in self:
            partner = company.partner_id
            text = html2plaintext(company.company_details or "") or (
                f"{partner.name}\n{partner._display_address(without_company=True)}"
            )
            lines.append(sum(bool(line.strip()) for line in text.splitlines()))
        return LETTERHEAD_ROOM + LETTERHEAD_LINE * (max(lines) - LETTERHEAD_LINES)

    def _ar_opens_at(self, day):
        """Return when the hours for sending begin on a day, as a moment in UTC.

        By the clock of that day: it may be another one than today's.
        """
        self.ensure_one()
        zone = pytz.timezone(self._ar_tz())
        start = datetime.combine(day, time()) + timedelta(
            hours=self.sudo().ar_hour_from
        )
        return zone.localize(start).astimezone(pytz.utc).replace(tzinfo=None)

    def _ar_reply_until(self):
        """Return the first day of automatic contacts after a customer's reply."""
        return self._ar_calendar().add_working(
            self._ar_today(), self.sudo().ar_reply_days
        )

    def _ar_calendar(self):
        """Return the working days for the engine.

        :rtype: engine.schedule.Calendar
        """
        self.ensure_one()
        company = self.sudo()
        calendar = company.ar_calendar_id or company.resource_calendar_id
        if not calendar:
            return Calendar()
        days = calendar.ar_days
        zone = pytz.timezone(self._ar_tz())
        holidays, closed = set(), []
        oldest = fields.Datetime.now() - timedelta(days=90)
        for moments in days["off"]:
            begin, end = map(fields.Datetime.to_datetime, moments)
            if end < oldest:
                continue
            first, last = (
                pytz.utc.localize(moment).astimezone(zone).date()
                for moment in (begin, end)
            )
            length = (last - first).days + 1
            if length > LONGEST_HOLIDAY:
                closed.append((first, last))
            else:
                holidays.update(first + timedelta(days=n) for n in range(length))
        return Calendar(days["weekdays"], holidays, closed)

    def _ar_amount_rules(self):
        """Return the settings that decide how much is collectible, for the engine.

        :rtype: engine.values.Rules
        """
        self.ensure_one()
        company = self.sudo()
        minor = 10**company.currency_id.decimal_places
        return Rules(
            calendar=Calendar(),
            small_amount=round(company.ar_small_amount * minor),
            small_percent=company.ar_small_percent,
        )

    def _ar_rules(self, first_left=None, books_behind=False):
        """Return the settings for the engine.

        :param first_left: first notices still allowed today; None: no limit
        :param books_behind: whether the bank journals are not up to date
        :rtype: engine.values.Rules
        """
        self.ensure_one()
        company = self.sudo()
        return self._ar_amount_rules()._replace(
            calendar=company._ar_calendar(),
            state="off" if company.ar_paused else company.ar_state,
            gap_days=company.ar_gap_days,
            just_sent_days=company.ar_just_sent_days,
            require_sent=company.ar_require_sent,
            backlog=company.ar_backlog,
            backlog_days=company.ar_backlog_days,
            backlog_date=company.ar_backlog_date or None,
            first_left=first_left,
            books_behind=books_behind,
        )

    def _ar_company_activity(self, kind, text, user):
        """Have one activity about the company itself while it has a cause, else none.

        :param str kind: the end of the XML id of the type of activity
        :param str text: the cause in words; empty: there is none (any more)
        :param res.users user: who is to act
        """
        self.ensure_one()
        kind = self.env.ref(f"ar_followup_plus.{kind}")
        partner_sudo = self.sudo().partner_id
        known_sudo = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("activity_type_id", "=", kind.id),
                    ("res_model", "=", "res.partner"),
                    ("res_id", "=", partner_sudo.id),
                ]
            )
        )
        if not text:
            known_sudo.unlink()
        elif not known_sudo:
            partner_sudo.activity_schedule(
                activity_type_id=kind.id,
                summary=text,
                user_id=user.id,
                date_deadline=self._ar_today(),
            )
        elif known_sudo[0].summary != text:
            known_sudo.summary = text

    def _ar_to_plan(self):
        """Return the companies for which the decision run works.

        Not the paused ones, which would send all waiting notices after the pause.
        """
        return self.filtered(lambda c: c.ar_state != "off" and not c.ar_paused)

    def _ar_may_send_now(self):
        """Return whether notices may be sent now: state, hours, working days."""
        now = fields.Datetime.now()
        return self._ar_next_sending(now) == now

    def _ar_next_sending(self, moment):
        """Return the first moment, from one on, at which notices may be sent.

        :return: None while the follow-up is off, in preview or paused
        """
        company = self.sudo()
        if company.ar_paused or company.ar_state not in ("ask", "live"):
            return None
        return self._ar_next_hours(moment)

    def _ar_next_hours(self, moment):
        """Return the first moment, from one on, in the hours for sending.

        :param datetime moment: in UTC
        :return: in UTC
        """
        self.ensure_one()
        company = self.sudo()
        zone = pytz.timezone(company._ar_tz())
        local = pytz.utc.localize(moment).astimezone(zone)
        hour = local.hour + local.minute / 60
        day = local.date() + timedelta(days=int(hour >= company.ar_hour_to))
        day = max(day, company.ar_not_before or day)
        day = company._ar_calendar().next_working(day)
        if day == local.date() and hour >= company.ar_hour_from:
            return moment
        return company._ar_opens_at(day)

    def _ar_pays_online(self):
        """Return whether invoices can be paid through a payment provider."""
        self.ensure_one()
        enabled = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("account_payment.enable_portal_payment")
        )
        return str2bool(enabled or "", False) and bool(
            self.env["payment.provider"]
            .sudo()
            .search_count(
                [
                    ("company_id", "child_of", self.id),
                    ("state", "in", ("enabled", "test")),
                    ("is_published", "=", True),
                ],
                limit=1,
            )
        )

    def _ar_warn_books_behind(self, behind=True):
        """Give the credit manager one activity while the bank journals are behind."""
        self._ar_company_activity(
            "activity_books_behind",
            behind and self.env._("The bank is not up to date: no notices are sent"),
            self.ar_manager_id or self.env.ref("base.user_admin"),
        )
