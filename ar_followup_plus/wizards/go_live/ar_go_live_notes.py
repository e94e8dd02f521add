"""The five questions of going live: the answers, and texts on missing settings."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_date


class ArGoLiveNotes(models.AbstractModel):
    _name = "ar.go.live.notes"
    _description = "Questions of Going Live"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    # 1. Payments
    payments = fields.Selection(
        [
            ("bank", "In a bank or cash journal, at least every few days"),
            ("other", "In another way, or less often"),
        ],
        compute="_compute_payments",
        inverse="_inverse_payments",
    )
    note_payments = fields.Html(compute="_compute_notes", sanitize=False)
    # 2. Sender
    ar_email = fields.Char(related="company_id.ar_email", readonly=False)
    ar_user_id = fields.Many2one(related="company_id.ar_user_id", readonly=False)
    note_sender = fields.Html(compute="_compute_notes", sanitize=False)
    # 3. Ladder
    ar_ladder_id = fields.Many2one(related="company_id.ar_ladder_id", readonly=False)
    note_ladder = fields.Html(compute="_compute_notes", sanitize=False)
    # 4. Ways to pay
    ar_ways_to_pay = fields.Text(related="company_id.ar_ways_to_pay", readonly=False)
    note_pay = fields.Html(compute="_compute_notes", sanitize=False)
    # 5. Old debts
    ar_backlog = fields.Selection(related="company_id.ar_backlog", readonly=False)
    ar_backlog_days = fields.Integer(
        related="company_id.ar_backlog_days", readonly=False
    )
    ar_first_per_day = fields.Integer(
        related="company_id.ar_first_per_day", readonly=False
    )
    ar_chase_entries = fields.Boolean(
        related="company_id.ar_chase_entries", readonly=False
    )
    note_old = fields.Html(compute="_compute_notes", sanitize=False)
    # More
    ar_manager_id = fields.Many2one(related="company_id.ar_manager_id", readonly=False)
    ar_phone_hours = fields.Char(related="company_id.ar_phone_hours", readonly=False)
    ar_hour_from = fields.Float(related="company_id.ar_hour_from", readonly=False)
    ar_hour_to = fields.Float(related="company_id.ar_hour_to", readonly=False)
    ar_calendar_id = fields.Many2one(
        related="company_id.ar_calendar_id", readonly=False
    )
    ar_gap_days = fields.Integer(related="company_id.ar_gap_days", readonly=False)
    ar_require_sent = fields.Boolean(
        related="company_id.ar_require_sent", readonly=False
    )
    ar_just_sent_days = fields.Integer(
        related="company_id.ar_just_sent_days", readonly=False
    )
    ar_approval_minutes = fields.Integer(
        related="company_id.ar_approval_minutes", readonly=False
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id.ar_check_books")
    def _compute_payments(self):
        for panel in self:
            panel.payments = "bank" if panel.company_id.ar_check_books else "other"

    def _inverse_payments(self):
        for panel in self:
            panel.company_id.ar_check_books = panel.payments == "bank"

    @api.depends("company_id", "payments", "ar_email", "ar_ladder_id", "ar_ways_to_pay")
    def _compute_notes(self):
        for panel in self:
            # sudo: credit managers may not read servers, journals and accounts
            panel.company_id.check_access("read")
            company_sudo = panel.company_id.sudo()
            if not company_sudo:
                panel.note_payments = panel.note_sender = panel.note_ladder = False
                panel.note_pay = panel.note_old = False
                continue
            panel.note_payments = _list(panel._payments_lines(company_sudo))
            panel.note_sender = _list(panel._sender_lines(company_sudo))
            panel.note_ladder = _list(panel._ladder_lines())
            panel.note_pay = _list(panel._pay_lines(company_sudo))
            panel.note_old = _list(panel._old_lines(company_sudo))

    # Each line is (whether something is missing, sentence).

    def _payments_lines(self, company):
        rows = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("journal_id.type", "in", ("bank", "cash")),
                    ("state", "=", "posted"),
                    ("company_id", "child_of", company.id),
                ],
                ["journal_id"],
                ["date:max"],
                order="date:max desc",
                limit=3,
            )
        )
        lines = [
            (
                False,
                self.env._(
                    "%(journal)s: last entry of %(day)s.",
                    journal=journal.name,
                    day=format_date(self.env, day),
                ),
            )
            for journal, day in rows
        ]
        if not rows:
            lines.append(
                (
                    True,
                    self.env._(
                        "No bank or cash journal has an entry yet. Customers who have "
                        "paid would be reminded: enter payments before you approve "
                        "anything."
                    ),
                )
            )
        if self.payments == "bank":
            lines.append(
                (
                    False,
                    self.env._(
                        "Nothing is sent while such a journal is more than three "
                        "working days behind."
                    ),
                )
            )
        else:
            lines.append(
                (
                    True,
                    self.env._(
                        "Nobody notices when payments are not entered yet: look at "
                        "your bank before you approve notices."
                    ),
                )
            )
        return lines

    def _sender_lines(self, company):
        lines = []
        if not self.ar_email and not company.email:
            lines.append((True, self.env._("There is no address yet: enter one.")))
        if not self.env["ir.mail_server"].sudo().search_count([], limit=1):
            lines.append(
                (
                    True,
                    self.env._(
                        "No outgoing mail server is set up in Odoo: the one of the "
                        "machine is tried. An administrator adds one under Settings, "
                        "Technical, Outgoing mail servers. Try it below."
                    ),
                )
            )
        if not company.alias_domain_id:
            lines.append(
                (
                    True,
                    self.env._(
                        "There is no alias domain: replies go to the sender's address "
                        "and not to the customer's page in Odoo. Somebody has to read "
                        "that mailbox."
                    ),
                )
            )
        return lines

    def _ladder_lines(self):
        steps_sudo = self.ar_ladder_id.sudo().step_ids
        if not steps_sudo:
            text = self.env._(
                "Choose a reminder schedule: without one, no reminder is sent."
            )
            return [(True, text)]
        return [
            (
                False,
                self.env._(
                    "Day %(day)s: %(step)s", day=f"{s.delay_days:+d}", step=s.name
                ),
            )
            for s in steps_sudo.sorted("delay_days")
        ]

    def _pay_lines(self, company):
        lines = []
        accounts = company.partner_id.bank_ids
        if accounts:
            lines.append(
                (
                    False,
                    self.env._(
                        "Bank account on invoices: %(account)s.",
                        account=accounts[0].acc_number,
                    ),
                )
            )
        else:
            lines.append(
                (
                    True,
                    self.env._(
                        "Invoices show no bank account: add one to the company's "
                        "contact, or say below how to pay."
                    ),
                )
            )
        providers = self._providers("enabled")
        tests = self._providers("test").filtered("is_published")
        if tests:
            text = self.env._(
                "In test mode and visible to customers: %(names)s. Customers who use it "
                "believe that they have paid, and no money arrives.",
                names=", ".join(tests.mapped("name")),
            )
            lines.append((True, text))
        if providers:
            text = self.env._(
                "Customers can pay online: %(names)s.",
                names=", ".join(providers.mapped("name")),
            )
            lines.append((False, text))
        elif not tests:
            text = self.env._(
                "No payment provider is enabled: customers cannot pay online, and "
                "messages have no button to pay."
            )
            lines.append((True, text))
        return lines

    def _providers(self, state):
        """Return the company's payment providers in a state, as superuser."""
        return (
            self.env["payment.provider"]
            .sudo()
            .search(
                [
                    ("state", "=", state),
                    ("company_id", "parent_of", self.company_id.id),
                ]
            )
        )

    def _old_lines(self, company):
        """State the overdue amount, and separately the excluded amount."""
        items = self.env["ar.open.item"].sudo()
        for model, names in items._depends.items():
            self.env[model].flush_model(names)
        [(customers, amount, old, left_out, entries, amount_out)] = (
            self.env.execute_query(
                SQL(
                    """SELECT count(DISTINCT q.partner_id) FILTER (WHERE %(asked)s),
                              COALESCE(sum(q.amount_residual) FILTER (
                                  WHERE %(asked)s), 0),
                              COALESCE(sum(q.amount_residual) FILTER (
                                  WHERE %(asked)s AND q.days_overdue > 90), 0),
                              count(*) FILTER (WHERE q.is_excluded),
                              count(*) FILTER (WHERE q.is_excluded
                                                 AND q.move_type = 'entry'),
                              COALESCE(sum(q.amount_residual) FILTER (
                                  WHERE q.is_excluded), 0)
                         FROM (%(query)s) q
                        WHERE q.company_id = %(root)s AND q.days_overdue > 0
                          AND q.amount_residual_currency > 0""",
                    asked=SQL("NOT q.is_excluded AND q.partner_id IS NOT NULL"),
                    query=items._query("all"),
                    root=company.id,
                )
            )
        )
        currency = company.currency_id
        lines = [(False, self.env._("Nothing is overdue today."))]
        if customers:
            text = self.env._(
                "Customers late today: %(count)s, with %(amount)s, of which %(old)s for "
                "more than 90 days.",
                count=customers,
                amount=currency.format(float(amount)),
                old=currency.format(float(old)),
            )
            lines = [(False, text)]
        if left_out:
            text = self.env._(
                "Excluded from reminders and not in these figures: %(count)s overdue "
                "items with %(amount)s, of which %(entries)s are journal entries.",
                count=left_out,
                amount=currency.format(float(amount_out)),
                entries=entries,
            )
            lines.append((False, text))
        return lines


def _list(lines):
    """Return sentences as a list, with missing settings highlighted."""
    if not lines:
        return Markup()
    rows = Markup().join(
        Markup('<li class="%s"><i class="fa %s me-1" role="img"></i>%s</li>')
        % (
            "text-warning-emphasis fw-bold" if missing else "text-muted",
            "fa-exclamation-triangle" if missing else "fa-check",
            text,
        )
        for missing, text in lines
    )
    return Markup('<ul class="list-unstyled mb-0 o_ar_notes">%s</ul>') % rows
