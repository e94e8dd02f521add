from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, email_normalize, format_date

from ...engine.decision.decide import decide
from ...engine.decision.replay import replay
from ...engine.values import Reason
from ...models.company.roles import require_manager
from ...models.decision.decision_run import PlanRun
from ...models.ledger.ledger_reader import Reader
from ...tools.transactions import for_slices

#: Customers examined, largest debts first, so that a request takes only seconds.
MOST_CUSTOMERS = 1000
#: Days simulated, back and ahead.
DAYS = 30
#: Rows of the table of last month.
MOST_ROWS = 100
#: Number of the largest, and of the oldest, debts shown before going live.
MOST_SHOWN = 10
#: Days for which customers who are left out are snoozed.
LEFT_OUT_DAYS = 90


class ArGoLive(models.TransientModel):
    """Guide a company from "off" to "ask", on three pages.

    The answers are the company's own settings, stored at once. Only the last button
    switches the follow-up on.
    """

    _name = "ar.go.live"
    _inherit = ["ar.wizard", "ar.go.live.notes"]
    _description = "Going Live"
    _rec_name = "company_id"

    page = fields.Selection(
        [
            ("questions", "1. Five questions"),
            ("month", "2. Last month"),
            ("customers", "3. Whom it reaches"),
        ],
        default="questions",
        required=True,
        readonly=True,
    )
    month_html = fields.Html(readonly=True, sanitize=False)
    customer_ids = fields.One2many(
        "ar.go.live.customer", "panel_id", domain=[("among", "!=", "unreached")]
    )
    unreached_ids = fields.One2many(
        "ar.go.live.customer",
        "panel_id",
        string="Who cannot be reached",
        domain=[("among", "=", "unreached")],
    )
    first_day = fields.Date(compute="_compute_first_day")

    @api.depends("company_id")
    def _compute_first_day(self):
        """Compute the next working day: nothing is sent on the day of going live."""
        for panel in self:
            company = panel.company_id.sudo()
            tomorrow = company._ar_today() + timedelta(days=1)
            panel.first_day = company._ar_calendar().next_working(tomorrow)

    @api.model
    def _open(self, company):
        """Return the panel of a company, with guessed values filled in."""
        if company.ar_state in ("ask", "live"):
            raise UserError(
                self.env._(
                    "The follow-up of %(company)s is on already: change it in the "
                    "follow-up settings.",
                    company=company.name,
                )
            )
        vals = {}
        if not company.ar_email and company.email:
            vals["ar_email"] = company.email
        if not company.ar_manager_id:
            vals["ar_manager_id"] = self.env.uid
        if not company.ar_ladder_id:
            ladder = self.env.ref(
                "ar_followup_plus.ladder_business", raise_if_not_found=False
            )
            vals["ar_ladder_id"] = ladder.id if ladder and ladder.active else False
        panel = self.create({"company_id": company.id})
        panel.write({key: value for key, value in vals.items() if value})
        return panel._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Go live"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    # === CHECKS === #

    @api.constrains("company_id")
    def _check_company(self):
        """Check that it is the user's company, because the panel reads through sudo."""
        for panel in self:
            if panel.company_id not in self.env.companies:
                raise AccessError(
                    self.env._(
                        "This company is not among yours: choose it in the company "
                        "switcher first."
                    )
                )

    def _check_answers(self):
        """Check that all settings required for sending are there."""
        company = self.company_id
        require_manager(self.env)
        ladder_sudo = company.sudo().ar_ladder_id
        if not ladder_sudo.step_ids:
            raise UserError(
                self.env._(
                    "Question 3: choose a reminder schedule that has steps; without "
                    "steps no reminder is sent."
                )
            )
        if not company.ar_email and not company.email:
            raise UserError(
                self.env._("Question 2: enter the address that messages come from.")
            )

    # === CUSTOMERS AND MESSAGES === #

    def _readings(self):
        """Return the customers with debts for the engine, largest debts first.

        :return: the readings, and the reader
        """
        company = self.company_id.sudo()
        self.env["ar.debtor"]._make_missing(company.ids)
        run = PlanRun(self.env["ar.notice"].sudo(), company, None, None)
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ar_debtor d
                     JOIN (%s) o ON o.partner_id = d.partner_id
                    WHERE d.company_id = %s AND d.active
                    ORDER BY o.overdue DESC NULLS LAST, d.id LIMIT %s""",
                run._owed(),
                company.id,
                MOST_CUSTOMERS,
            )
        )
        for_slices(self.env)
        reader = Reader(self.sudo().env, company)
        return reader.read_debtors([row[0] for row in rows]), reader

    def _replay(self, first, last):
        """Return ``[(day, debtor, contact)]`` of some days, and the readings."""
        company = self.company_id.sudo()
        readings, _reader = self._readings()
        per_day = company.ar_first_per_day or None
        found = replay(readings, company._ar_rules(), first, last, per_day)
        return found, readings

    def _fill_month(self):
        """Fill in the messages that would have been sent last month."""
        company = self.company_id.sudo()
        today = company._ar_today()
        first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
        found, readings = self._replay(first, last)
        names = self._names(debtor.id for _day, debtor, _contact in found)
        rows, steps = [], {}
        for day, debtor, contact in found:
            amount = self._worth(contact)
            step = self.env["ar.ladder.step"].browse(contact.step.id)
            count, total = steps.get(step, (0, 0))
            steps[step] = (count + 1, total + amount)
            rows.append((day, names[debtor.id], step.name, amount))
        currency = company.currency_id
        self.month_html = self.env["ir.qweb"]._render(
            "ar_followup_plus.go_live_month",
            {
                "first": format_date(self.env, first),
                "last": format_date(self.env, last),
                "rows": [
                    (format_date(self.env, day), name, step, currency.format(amount))
                    for day, name, step, amount in rows[:MOST_ROWS]
                ],
                "more": max(len(rows) - MOST_ROWS, 0),
                "steps": [
                    (step.name, count, currency.format(total))
                    for step, (count, total) in sorted(
                        steps.items(), key=lambda entry: entry[0].delay_days
                    )
                ],
                "capped": len(readings) >= MOST_CUSTOMERS and MOST_CUSTOMERS,
            },
        )

    def _worth(self, contact):
        minor = 10**self.company_id.currency_id.decimal_places
        return (
            sum(
                round(item.residual_company * amount / item.residual)
                for item, amount, _step in contact.about
            )
            / minor
        )

    def _names(self, ids):
        return {d.id: d.display_name for d in self.env["ar.debtor"].browse(set(ids))}

    def _fill_customers(self):
        """List the largest and the oldest debts of customers to contact soon."""
        first = self.first_day
        found, readings = self._replay(first, first + timedelta(days=DAYS))
        minor = 10**self.company_id.currency_id.decimal_places
        contacts = {}
        for day, debtor, contact in found:
            contacts.setdefault(debtor.id, (day, contact))
        figures = {}
        for debtor, items, _ladder in readings:
            late = [i for i in items if i.residual > 0 and i.due < first]
            if debtor.id in contacts and late:
                figures[debtor.id] = (
                    sum(item.residual_company for item in late) / minor,
                    min(item.due for item in late),
                )
        self._fill_unreached(readings, first)
        largest = sorted(figures, key=lambda d: (-figures[d][0], d))[:MOST_SHOWN]
        oldest = sorted(figures, key=lambda d: (figures[d][1], d))[:MOST_SHOWN]
        kept = set(self.customer_ids.filtered("leave_out").debtor_id.ids)
        self.customer_ids = [
            fields.Command.clear(),
            *(
                fields.Command.create(
                    {
                        "debtor_id": debtor_id,
                        "amount": figures[debtor_id][0],
                        "oldest": figures[debtor_id][1],
                        "first_on": contacts[debtor_id][0],
                        "step_id": contacts[debtor_id][1].step.id,
                        "among": "both"
                        if debtor_id in largest and debtor_id in oldest
                        else "largest"
                        if debtor_id in largest
                        else "oldest",
                        "leave_out": debtor_id in kept,
                    }
                )
                for debtor_id in dict.fromkeys(largest + oldest)
            ),
        ]

    def _fill_unreached(self, readings, first):
        """List the customers with overdue debts whom no step can reach."""
        minor = 10**self.company_id.currency_id.decimal_places
        rules = self.company_id.sudo()._ar_rules()
        rules = rules._replace(state="ask", backlog_date=first, books_behind=False)
        rows = []
        for debtor, items, ladder in readings:
            late = [i for i in items if i.residual > 0 and i.due < first]
            if not late:
                continue
            verdicts = decide(debtor, items, ladder, rules, first).verdicts
            if any(verdict.reason is Reason.NO_CONTACT for verdict in verdicts):
                rows.append(
                    {
                        "debtor_id": debtor.id,
                        "amount": sum(i.residual_company for i in late) / minor,
                        "oldest": min(item.due for item in late),
                        "among": "unreached",
                    }
                )
        self.unreached_ids = [
            fields.Command.clear(),
            *map(fields.Command.create, rows[:MOST_ROWS]),
        ]

    # === BUTTONS === #

    def action_next(self):
        """Go to the next page."""
        self.ensure_one()
        self._check_answers()
        if self.page == "questions":
            self._fill_month()
            self.page = "month"
        else:
            self._fill_customers()
            self.page = "customers"

    def action_back(self):
        """Go to the previous page."""
        self.ensure_one()
        self.page = "month" if self.page == "customers" else "questions"

    def action_test_mail(self):
        """Send a message to the user from the sender's address.

        :raise UserError: saying why it could not be sent
        """
        self.ensure_one()
        require_manager(self.env)
        user = self.env.user
        if not user.email:
            raise UserError(
                self.env._("You have no e-mail address: enter one in your preferences.")
            )
        company_sudo = self.company_id.sudo()
        # sudo: only the mail system may create mails; this one goes to nobody else
        mail_sudo = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": self.env._(
                        "A test from %(company)s", company=company_sudo.name
                    ),
                    "body_html": Markup("<p>%s</p>")
                    % self.env._(
                        "This is how messages about open invoices reach your "
                        "customers. Look at the sender, and try to reply."
                    ),
                    "email_from": company_sudo.ar_email or company_sudo.email_formatted,
                    "email_to": user.email_formatted,
                    "mail_server_id": company_sudo.ar_mail_server_id.id,
                    "auto_delete": False,
                }
            )
        )
        try:
            mail_sudo.send(raise_exception=True)
            reason = (
                mail_sudo.failure_reason if mail_sudo.state == "exception" else None
            )
        except Exception as error:  # whatever error the mail server raises
            reason = str(error)
        if reason:
            raise UserError(
                self.env._(
                    "It could not be sent: %(why)s", why=" ".join(reason.split())
                )
            )
        return self.env["ar.notice"]._tell(
            self.env._(
                "Sent to %(address)s: look whether it arrives, and not as spam.",
                address=user.email,
            )
        )

    def action_go_live(self):
        """Set the company to "ask". Nothing is sent before the next working day."""
        self.ensure_one()
        self._check_answers()
        company = self.company_id
        if company.ar_state not in ("off", "preview"):
            raise UserError(
                self.env._(
                    "The follow-up of %(company)s is on already.", company=company.name
                )
            )
        first = self.first_day
        left_out = self.customer_ids.filtered("leave_out").debtor_id
        if left_out:
            left_out.snooze(
                company._ar_today() + timedelta(days=LEFT_OUT_DAYS),
                self.env._("Excluded when going live"),
            )
        company.write({"ar_state": "ask", "ar_paused": False, "ar_not_before": first})
        mine = self.env["ar.notice"].with_context(allowed_company_ids=company.ids)
        mine.plan(first)
        count = mine.search_count(
            [("company_id", "=", company.id), ("state", "=", "proposed")]
        )
        answer = self.env["ar.notice"]._tell(
            self.env._(
                "The follow-up is on and asks before it sends. %(count)s notices need "
                "your approval; nothing is sent before %(day)s.",
                count=count,
                day=format_date(self.env, first),
            )
        )
        answer["params"]["next"] = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_notice_action_to_approve"
        )
        self._turn_gate_on()
        return answer


class ArGoLiveCustomer(models.TransientModel):
    """A customer to be contacted after going live, and whether to leave it out."""

    _name = "ar.go.live.customer"
    _inherit = ["ar.wizard"]
    _description = "Customer Reached by Going Live"
    _order = "amount desc, id"

    panel_id = fields.Many2one("ar.go.live", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="panel_id.company_id.currency_id")
    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    amount = fields.Monetary(string="Overdue", readonly=True)
    oldest = fields.Date(string="Overdue since", readonly=True)
    first_on = fields.Date(string="First contact", readonly=True)
    step_id = fields.Many2one("ar.ladder.step", string="With", readonly=True)
    among = fields.Selection(
        [
            ("largest", "Largest"),
            ("oldest", "Oldest"),
            ("both", "Largest, oldest"),
            ("unreached", "Cannot be reached"),
        ],
        readonly=True,
    )
    email = fields.Char(
        string="E-mail address", compute="_compute_email", inverse="_inverse_email"
    )
    leave_out = fields.Boolean()

    @api.depends("debtor_id")
    def _compute_email(self):
        for line in self:
            # sudo: of a customer whom the user may see
            line.email = line.debtor_id.sudo().partner_id.email

    def _inverse_email(self):
        """Store an address with the customer, who has none yet.

        :raise ValidationError: for what is no e-mail address
        """
        for line in self.filtered("email"):
            require_manager(self.env)
            if not email_normalize(line.email):
                raise ValidationError(
                    self.env._(
                        "%(address)s is no e-mail address: enter one like "
                        "accounts@company.example.",
                        address=line.email,
                    )
                )
            # sudo: credit managers may not write partners, but add the missing
            # address of a customer whom they may see
            line.debtor_id.check_access("write")
            partner_sudo = line.debtor_id.sudo().partner_id
            if partner_sudo.email != line.email:
                partner_sudo.email = line.email

    def action_preview(self):
        """Show the customer's message."""
        self.ensure_one()
        return self.env["ar.message.preview"]._open(self.step_id, self.debtor_id)

    def action_open_debtor(self):
        """Open the customer, for its contacts and its partner."""
        self.ensure_one()
        return self.debtor_id._get_records_action(context={})


class ResCompany(models.Model):
    _inherit = "res.company"

    def action_ar_go_live(self):
        """Open the panel that guides a company from "off" to "ask".

        If the follow-up is on already, open its settings instead.

        :raise AccessError: unless the user is a credit manager
        :raise UserError: if only branches are selected in the company switcher
        """
        self.ensure_one()
        require_manager(self.env)
        settings = self._ar_action_settings()  # raises the problem with the companies
        if self._ar_root().sudo().ar_state in ("ask", "live"):
            return settings
        return self.env["ar.go.live"]._open(self.browse(self._ar_root().id))


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def action_go_live(self):
        """Open the panel for going live, for credit managers."""
        return self.env.company.action_ar_go_live()
