"""Credit hold: new orders on account wait, last of all means, and told before."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, format_date

from ..engine.hold import Hold, Owed, decide
from .rpc_border import given_day
from .transactions import for_slices, in_turn

#: Customers in one transaction.
SLICE = 1000
#: Kinds of customers that no rule holds: a person decides.
BY_PERSON = ("public", "group")
STATES = ("none", "watch", "warn", "hold")


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    hold_orders = fields.Boolean(
        string="Orders on account wait afterwards",
        help="Once the date that the notice gives is over, new orders on credit wait "
        "until what it asked for is paid. The notice says so.",
    )


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    hold_state = fields.Selection(
        [
            ("none", "None"),
            ("watch", "Watch"),
            ("warn", "Warned"),
            ("hold", "Orders on credit wait"),
        ],
        string="Credit hold",
        readonly=True,
        default="none",
        copy=False,
    )
    hold_reason = fields.Selection(
        [
            ("rule", "Too much, too long overdue"),
            ("step", "Announced by a notice"),
            ("before", "Owes from before: written off"),
            ("person", "Placed by a person"),
        ],
        string="Why on hold",
        readonly=True,
        copy=False,
    )
    hold_from = fields.Date(
        string="Orders wait from", readonly=True, copy=False, index="btree_not_null"
    )
    hold_until = fields.Date(string="Hold until", readonly=True, copy=False)
    hold_amount = fields.Monetary(
        string="To pay before", readonly=True, copy=False, help="This avoids the hold."
    )
    hold_note = fields.Char(string="What was said", readonly=True, copy=False)
    hold_told = fields.Date(string="Customer told on", readonly=True, copy=False)
    hold_words = fields.Char(compute="_compute_hold_words")
    hold_released_until = fields.Date(
        string="Released until", readonly=True, copy=False
    )
    hold_released_note = fields.Char(readonly=True, copy=False)
    amount_written_off = fields.Monetary(
        string="Written off",
        readonly=True,
        copy=False,
        help="Invoices that were written off, ever.",
    )

    _hold_idx = models.Index("(company_id, hold_state) WHERE hold_state <> 'none'")

    @api.depends("hold_state", "hold_reason", "hold_from", "hold_amount")
    @api.depends_context("lang")
    def _compute_hold_words(self):
        for debtor in self:
            debtor.hold_words = debtor._hold_in_words() or False

    # === BY A PERSON === #

    @api.private
    def place_hold(self, stage, note, on=None, until=None):
        """Watch, warn or hold customers. Any collector may watch, a manager all.

        :param str stage: 'watch', 'warn' or 'hold'
        :param str note: why, for colleagues
        :param datetime.date on: for 'warn': the day from which orders wait; default:
            after the days of notice of the company
        :param datetime.date until: last day; default: until what is overdue is paid,
            or somebody releases it
        """
        self._check_write()
        note = (note or "").strip()
        on, until = given_day(self.env, on), given_day(self.env, until)
        if stage not in STATES[1:]:
            raise ValidationError(self.env._("Choose watch, warn or hold."))
        if stage != "watch":
            self._check_hold_manager()
        if not note:
            raise ValidationError(
                self.env._("Say why orders should wait: colleagues will ask.")
            )
        for company, debtors in self.sudo().grouped("company_id").items():
            today = company._ar_today()
            if (on and on < today) or (until and until < (on or today)):
                raise ValidationError(
                    self.env._("Choose days from today on, the first before the last.")
                )
            start = today
            if stage == "warn":
                start = on or company._ar_calendar().add_working(
                    today, company.ar_hold_notice_days
                )
            owed = debtors._hold_items(today)
            for debtor in debtors:
                late = [i for i in owed.get(debtor.id, []) if i.due < today]
                debtor._hold_write(
                    Hold(
                        stage,
                        "person",
                        start if stage != "watch" else None,
                        max(round(sum(item.amount for item in late), 2), 0),
                        None,
                        until,
                    ),
                    note,
                )

    @api.private
    def release_hold(self, until, reason):
        """Let orders pass until a day, whatever is owed. A credit manager only."""
        self._check_write()
        self._check_hold_manager()
        until, reason = given_day(self.env, until), (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say why the hold is released: colleagues will ask.")
            )
        for debtor in self.sudo():
            if not until or until < debtor.company_id._ar_today():
                raise ValidationError(
                    self.env._("Choose the last day of the release, today or later.")
                )
            debtor.write({"hold_released_until": until, "hold_released_note": reason})
            debtor._hold_write(
                Hold(),
                self.env._(
                    "Released until %(day)s: %(reason)s",
                    day=format_date(self.env, until),
                    reason=reason,
                ),
            )

    def _check_hold_manager(self):
        if not self.env.su and not self.env.user.has_group(
            "ar_followup_plus.group_credit_manager"
        ):
            raise AccessError(
                self.env._(
                    "Only a credit manager places or releases a credit hold: please "
                    "ask one."
                )
            )

    # === BY THE RULE AND BY STEPS === #

    @api.model
    def _hold_all(self):
        """Scheduled: bring all holds up to date, in slices."""
        Debtor = self.env["ar.debtor"].sudo()
        for company in (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ):
            query = Debtor._search([("company_id", "=", company.id)], order="id")
            ids = [row[0] for row in self.env.execute_query(query.select())]
            for start in range(0, len(ids), SLICE):
                some = Debtor.browse(ids[start : start + SLICE])
                in_turn(self.env, some._hold_update)

    @api.model
    def _hold_refresh(self):
        """Release at once what was paid: between nights only who is held is looked at."""
        held = self.sudo().search([("hold_state", "in", ("warn", "hold"))])
        if held:
            in_turn(self.env, held._hold_update)

    def _hold_update(self):
        """Decide again for these customers; write, log and tell what changed.

        :return: the customers whose stage changed
        """
        changed = self.browse()
        for company, debtors in self.sudo().grouped("company_id").items():
            rule, today = company._ar_hold(), company._ar_today()
            steps = debtors._hold_steps(company)
            held = debtors.filtered(lambda d: d.hold_state != "none")
            if not rule.on and not steps and not held:
                continue
            calendar = company._ar_calendar()
            owed = debtors._hold_items(today)
            for debtor in debtors:
                own = rule
                if debtor.kind in BY_PERSON:
                    own = rule._replace(on=False)
                now = debtor._hold_now()
                found = decide(
                    now,
                    owed.get(debtor.id, []),
                    own,
                    today,
                    calendar,
                    steps.get(debtor.id),
                    before=debtor.amount_written_off > 0,
                    released=debtor.hold_released_until or None,
                    reachable=not debtor.is_stopped,
                )
                if found.state != now.state or found.reason != now.reason:
                    debtor._hold_write(found)
                    changed += debtor
                elif found != now:
                    debtor.write(
                        {
                            "hold_amount": found.amount,
                            "hold_from": found.start or False,
                            "hold_told": found.told or False,
                        }
                    )
        return changed

    def _hold_now(self):
        """Return where the customer stands, as the engine wants it."""
        self.ensure_one()
        return Hold(
            self.hold_state or "none",
            self.hold_reason or None,
            self.hold_from or None,
            self.hold_amount or 0.0,
            self.hold_told or None,
            self.hold_until or None,
        )

    def _hold_items(self, today):
        """Return what is open without what is disputed or on a plan.

        :rtype: dict of lists of engine.hold.Owed
        """
        if not self.ids:
            return {}
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        for_slices(self.env)
        result = {}
        for debtor_id, *row in self.env.execute_query(
            SQL(
                """SELECT q.debtor_id, q.id, q.due_date,
                          CASE WHEN q.amount_residual_currency > 0
                               THEN q.amount_residual * GREATEST(
                                    1 - (q.amount_disputed + q.amount_planned)
                                        / q.amount_residual_currency, 0)
                               ELSE q.amount_residual END
                     FROM (%s) q
                    WHERE NOT q.is_excluded AND NOT q.is_kept_apart""",
                self.env["ar.open.item"]._query("all", self.ids, today),
            )
        ):
            result.setdefault(debtor_id, []).append(Owed(row[0], row[1], float(row[2])))
        return result

    def _hold_steps(self, company):
        """Return which items a notice announced a hold for: ``{debtor: {item: day}}``."""
        if not self.ids:
            return {}
        for model in ("ar.notice", "ar.notice.line", "ar.ladder.step"):
            self.env[model].flush_model()
        result, calendar = {}, company._ar_calendar()
        for debtor_id, line_id, given, sent in self.env.execute_query(
            SQL(
                """SELECT n.debtor_id, nl.move_line_id, n.date_given, n.sent_on
                     FROM ar_notice n
                     JOIN ar_ladder_step s ON s.id = n.step_id AND s.hold_orders
                     JOIN ar_notice_line nl ON nl.notice_id = n.id
                     JOIN account_move_line l ON l.id = nl.move_line_id
                    WHERE n.debtor_id = ANY(%s) AND n.state = 'sent'
                      AND nl.role = 'about' AND nl.taken
                      AND l.reconciled IS NOT TRUE
                      AND nl.date_due >= COALESCE(l.date_maturity, l.date)""",
                self.ids,
            )
        ):
            # The day after the date that we gave; three days for the bank
            start = calendar.add_working(
                given or sent, 3 if given else company.ar_hold_notice_days
            )
            mine = result.setdefault(debtor_id, {})
            mine[line_id] = max(mine.get(line_id, start), start)
        return result

    # === WHAT CHANGES === #

    def _hold_write(self, found, note=None):
        """Write where a customer stands, log it, and tell the salesperson."""
        self.ensure_one()
        old = self.hold_state or "none"
        self.write(
            {
                "hold_state": found.state,
                "hold_reason": found.reason or False,
                "hold_from": found.start or False,
                "hold_until": found.until or False,
                "hold_amount": found.amount,
                "hold_told": found.told or False,
                "hold_note": (note if found.reason == "person" else False) or False,
            }
        )
        states = dict(self._fields["hold_state"]._description_selection(self.env))
        text = self.env._(
            "Credit hold: %(old)s → %(new)s. %(why)s",
            old=states[old],
            new=states[found.state],
            why=" ".join(filter(None, (self._hold_in_words(), note))),
        ).strip()
        self._log_all({self.id: text})
        if found.state in ("warn", "hold"):
            self._hold_tell_sales(self._hold_in_words())
        elif old in ("warn", "hold"):
            self._hold_tell_sales(None)

    def _stricter_of(self, into):
        # EXTENDS ar.debtor: who is merged; the stricter hold stays
        vals = super()._stricter_of(into)
        mine, other = (STATES.index(d.hold_state or "none") for d in (self, into))
        if mine > other:
            for name in (
                "hold_state", "hold_reason", "hold_from", "hold_until", "hold_amount",
                "hold_note", "hold_told",
            ):  # fmt: skip
                vals[name] = self[name]
        return vals
