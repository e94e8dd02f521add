"""The nightly decisions on promises and plans, from the ledger alone."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.agreement import MISSED, is_met, judge
from ...tools.transactions import RACES, commit
from ..ledger.ledger_reader import Reader
from ..voice.voice import Voice

_logger = logging.getLogger(__name__)

#: Plans in one transaction.
SLICE = 500
#: Working days for which the ladder waits for an answer after a broken promise.
ANSWER_DAYS = 5
#: Days within which a returned payment reopens an agreement.
BACK_DAYS = 60


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    message_due = fields.Selection(
        [
            ("broken", "A promise was not kept"),
            ("missed", "An installment is missing"),
            ("ended", "The plan has ended"),
        ],
        string="Pending message",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    @api.model
    def _watch(self):
        """Scheduled action: decide on the agreements of each company."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            self._let_go_of_changed(company)
            self._end_offers(company)
            self._look_for_returned(company)
            self._look_for_paid_in_time(company)
            ids = self.search(
                [("company_id", "=", company.id), ("state", "=", "active")],
                order="start_on, id",
            ).ids
            reader = Reader(self.env, company)
            reach = reader.books_reach()
            for start in range(0, len(ids), SLICE):
                self.browse(ids[start : start + SLICE])._judge(reader, reach)
                commit(self.env)
            self._watch_covenants(company)
            self._end_activities(company)

    @api.model
    def _end_activities(self, company):
        """End the activities about agreements of which nothing is open any more."""
        known = self.env["ar.debtor"]._ar_activity_abouts(self._name)
        plans = known.filtered(
            lambda plan: plan.closed_on and plan.company_id == company
        )
        self.env["ar.debtor"]._ar_activity_over(
            plans.filtered(
                lambda plan: (
                    not any(
                        plan.line_ids.move_line_id.mapped("amount_residual_currency")
                    )
                )
            )
        )

    # === KEPT OR NOT === #

    def _judge(self, reader, reach):
        """Decide on the current agreements of one company, and take the actions.

        If one cannot be decided on, notify a person and decide on the others.
        """
        self.line_ids.filtered(lambda line: not line.is_left)._move_start()
        calendar, today = reader.calendar, reader.date
        found = [
            (
                plan,
                judge(
                    plan._terms(), plan._minor(plan.amount_paid), today, calendar, reach
                ),
            )
            for plan in self
        ]
        late = self.browse([plan.id for plan, (_what, places) in found if places])
        money = late._unmatched(reader)
        for plan, (outcome, places) in found:
            if plan in late:
                outcome, places = plan._judge_again(outcome, money, reader, reach)
            if outcome:
                plan._each_alone(plan._conclude, outcome, places)
            else:
                plan._hold_undecided(today)

    def _conclude(self, outcome, places):
        """Take the actions that follow from the decision on one agreement."""
        parts = self.installment_ids.sorted(lambda p: (p.date, p.id))
        missed = parts.browse([parts[place].id for place in places])
        act = {
            "kept": self._mark_kept,
            "partly": self._mark_partly,
            "broken": self._mark_broken,
            "missed": self._mark_missed,
            "cured": self._mark_cured,
            "default": self._mark_defaulted,
        }[outcome]
        act(missed)

    def _each_alone(self, act, *args):
        """Run one action on one agreement in a savepoint; report a failure."""
        try:
            with self.env.cr.savepoint():
                act(*args)
        except RACES:
            raise
        except Exception:
            _logger.exception("Agreement %s could not be checked", self.id)
            self.env.invalidate_all()
            self.debtor_id._ar_activity(
                "activity_agreement",
                self.env._(
                    "%(plan)s could not be checked last night: please check it "
                    "manually.",
                    plan=self.display_name,
                ),
                about=self,
            )

    def _hold_undecided(self, today):
        """Hold the items of a promise for one more day: nothing was decided yet."""
        lines = self.line_ids.filtered(
            lambda line: line.active and line.until and line.until <= today
        )
        lines.until = today + timedelta(days=1)

    def _judge_again(self, outcome, money, reader, reach):
        """Judge with unmatched money included, in the customer's favour.

        This only postpones a bad outcome: only matched money can fulfil the agreement.

        :param str outcome: the outcome without it
        :param dict money: see :meth:`_unmatched`; the used money is deducted
        """
        paid = self._minor(self.amount_paid)
        missing = self._minor(self.amount) - paid
        used = 0
        for entry in money.get((self.debtor_id.id, self.currency_id.id), ()):
            if entry[0] >= self.start_on:
                part = min(entry[1], missing - used)
                entry[1] -= part
                used += part
        again, places = judge(
            self._terms(), paid + used, reader.date, reader.calendar, reach
        )
        if again == "default" and self.message_due == "missed":
            return None, []  # the customer has not been told yet
        if again in ("kept", "cured") and again != outcome:
            return None, []
        return again, places

    def _unmatched(self, reader):
        """Return the unmatched money of customers.

        :return: ``{(debtor id, currency id): [[day, minor units], ...]}``
        """
        if not self:
            return {}
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        rows = self.env.execute_query(
            SQL(
                """SELECT q.debtor_id, q.currency_id, q.invoice_date,
                          round(-q.amount_residual_currency
                                * power(10, cur.decimal_places))::bigint
                     FROM (%s) q JOIN res_currency cur ON cur.id = q.currency_id
                    WHERE q.amount_residual_currency < 0 AND NOT q.is_kept_apart
                    ORDER BY q.invoice_date, q.id""",
                self.env["ar.open.item"]._query("lookup", self.debtor_id.ids),
            )
        )
        money = {}
        for debtor_id, currency_id, day, amount in rows:
            money.setdefault((debtor_id, currency_id), []).append([day, amount])
        for debtor in self.debtor_id:
            for currency_id, amount, _move in reader.bank().get(
                debtor.partner_id.id, ()
            ):
                money.setdefault((debtor.id, currency_id), []).append(
                    [reader.date, amount]
                )
        return money

    def _mark_kept(self, missed):
        """Mark as fully paid; draft a credit note for the rest of a settlement."""
        self._close("kept")
        if self.kind == "settlement":
            self._drop_rest()
            # The rest is held until our credit note is posted
            self.line_ids.write({"active": True, "hold": "waiting"})
        self.debtor_id.message_post(
            body=self.env._("%(plan)s was kept.", plan=self.display_name)
        )

    def _mark_partly(self, missed):
        self._mark_broken(missed, "partly")

    def _mark_broken(self, missed, state="broken"):
        """Mark a promise as broken.

        The first time, send its message and propose a call; the second time on the
        same item, resume the ladder at once.
        """
        if self.kind == "settlement":
            self._mark_void()
            return
        calendar, today = self.company_id._ar_calendar(), self.company_id._ar_today()
        again = fields.Date.add(calendar.add_working(today, ANSWER_DAYS), days=1)
        lines = self.line_ids.filtered("active")
        before = self.env["ar.payment.plan.line"].search(
            [
                ("move_line_id", "in", lines.move_line_id.ids),
                ("plan_id", "!=", self.id),
                ("plan_id.kind", "=", "promise"),
                ("plan_id.state", "in", MISSED),
            ]
        )
        second = lines.filtered(lambda line: line.move_line_id in before.move_line_id)
        self._close(state)
        second.write({"at_once": True, "at_once_on": today})
        (lines - second).write({"again_on": again})
        if lines - second:
            self._write_about("broken")
        self._note_missed(
            self.env._("A promise was not kept: %(what)s", what=self._in_words())
        )

    def _mark_void(self):
        """Mark a settlement as void: all is owed again, without the reduction."""
        self._close("broken", self.env._("Not paid in time: the offer is void"))
        self._write_about("ended")
        self._note_missed(
            self.env._("A reduced amount was not paid: %(what)s", what=self._in_words())
        )

    def _mark_missed(self, missed):
        """Mark an installment as missed: it can be caught up for some days."""
        today = self.company_id._ar_today()
        missed.missed_on = today
        self.cure_until = today + timedelta(days=self.cure_days)
        self._write_about("missed")
        self._note_missed(
            self.env._("An installment is missing: %(what)s", what=self._in_words())
        )

    def _mark_cured(self, missed):
        """Mark a plan as caught up: it continues."""
        self.write({"cure_until": False, "message_due": False})
        self.debtor_id._ar_activity_over(self, "activity_call")
        self.debtor_id.message_post(
            body=self.env._(
                "%(plan)s: what was missing has arrived.", plan=self.display_name
            )
        )

    def _mark_defaulted(self, missed):
        """End a plan that was not caught up, or missed twice: the ladder resumes."""
        missed.filtered(
            lambda part: not part.missed_on
        ).missed_on = self.company_id._ar_today()
        self._close("broken", self.env._("Installments were not paid"))
        self._write_about("ended")
        self._note_missed(
            self.env._("A payment plan was not kept: %(what)s", what=self._in_words())
        )

    def _write_about(self, kind):
        """Schedule a message for the morning.

        It is today's contact: other items due wait for the gap after it.
        """
        self.message_due = kind
        company = self.company_id
        if company.ar_state == "live" and not self.debtor_id._why_held():
            Voice(self.debtor_id).reserve()

    def _note_missed(self, text):
        self.debtor_id._ar_activity("activity_call", text, about=self)
        self.debtor_id.message_post(body=text)

    # === CHANGES IN THE LEDGER === #

    @api.model
    def _let_go_of_changed(self, company):
        """Remove items whose invoice was set to draft, cancelled or posted again."""
        lines = self.env["ar.payment.plan.line"].search(
            [
                ("active", "=", True),
                ("plan_id.company_id", "=", company.id),
                "|",
                ("move_line_id", "=", False),
                ("move_line_id.parent_state", "!=", "posted"),
            ]
        )
        for plan, mine in lines.grouped("plan_id").items():
            if plan.closed_on:
                plan._let_go()
            else:
                plan._leave(mine)
        self.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "settlement"),
                ("state", "=", "kept"),
                ("line_ids.active", "=", True),
            ]
        ).filtered(
            lambda plan: (
                not any(
                    line.move_line_id.amount_residual_currency for line in plan.line_ids
                )
            )
        )._let_go()

    def _leave(self, lines):
        """Remove items, and reduce the last installments by their amounts."""
        self.ensure_one()
        rest = self.currency_id.round(sum(lines.mapped("amount")))
        lines.write({"is_left": True, "active": False, "hold": False, "until": False})
        numbers = ", ".join(sorted(set(lines.mapped("move_name"))))
        text = self.env._(
            "%(numbers)s is no longer part of %(plan)s: the invoice was changed.",
            numbers=numbers,
            plan=self.display_name,
        )
        if self.kind == "settlement" or all(self.line_ids.mapped("is_left")):
            self._close("cancelled", text)
        else:
            for part in self.installment_ids.sorted(
                lambda p: (p.date, p.id), reverse=True
            ):
                less = min(rest, part.amount)
                part.amount = self.currency_id.round(part.amount - less)
                rest = self.currency_id.round(rest - less)
        self.debtor_id.message_post(body=text)
        self.debtor_id._ar_activity("activity_agreement", text, about=self)

    @api.model
    def _end_offers(self, company):
        """Withdraw expired offers, and end the holds that waited for our answer."""
        today = company._ar_today()
        mine = [("company_id", "=", company.id), ("offer_until", "<", today)]
        for plan in self.search([*mine, ("state", "=", "offered")]):
            plan._close("cancelled", self.env._("Not accepted in time"))
            plan.is_lapsed = True
            plan.debtor_id._ar_activity(
                "activity_agreement",
                self.env._("A plan was not accepted in time: ask the customer"),
                about=plan,
            )
        mine.append(("state", "=", "draft"))
        late = self.search([*mine, ("kind", "=", "promise"), ("last_date", "<", today)])
        late._close("cancelled", self.env._("Not accepted in time"))
        late.is_lapsed = True
        self.search([*mine, ("line_ids.active", "=", True)])._let_go()

    @api.model
    def _look_for_returned(self, company):
        """Reopen agreements that were fulfilled by a payment that was returned."""
        since = company._ar_today() - timedelta(days=BACK_DAYS)
        kept = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "kept"),
                ("closed_on", ">=", since),
            ]
        )
        kept.line_ids._move_start()
        for plan in kept:
            lines = plan.line_ids.filtered(
                lambda line: line.move_line_id.parent_state == "posted"
            )
            back = sum(max(line.amount_end - line._paid_now(), 0) for line in lines)
            percent = company.ar_small_percent
            if not is_met(plan.amount, plan.amount - back, percent):
                plan._each_alone(plan._mark_returned)

    @api.model
    def _look_for_paid_in_time(self, company):
        """Mark broken promises as kept if the money turns out to have come in time.

        It was booked or matched after the decision on the promise.
        """
        since = company._ar_today() - timedelta(days=BACK_DAYS)
        missed = self.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "promise"),
                ("state", "in", MISSED),
                ("closed_on", ">=", since),
            ]
        )
        by_deadline = missed.grouped(lambda plan: plan._deadline())
        for day, plans in by_deadline.items():
            money = plans.line_ids._money(day)
            for plan in plans:
                lines = plan.line_ids.filtered(lambda line: not line.is_left)
                paid = sum(
                    min(float(money.get(line.id, 0)), line.amount) for line in lines
                )
                if is_met(plan.amount, paid, company.ar_small_percent):
                    plan._each_alone(plan._mark_paid_in_time)

    def _mark_paid_in_time(self):
        """Mark promises that counted as broken as kept."""
        self.line_ids._move_start()
        for line in self.line_ids:
            line.amount_end = line._paid_now()
        self.line_ids.write({"again_on": False, "at_once": False, "at_once_on": False})
        text = self.env._(
            "%(plan)s was kept after all: the payment came in time and was matched "
            "later.",
            plan=self.display_name,
        )
        self.write({"state": "kept", "close_note": text, "message_due": False})
        self.debtor_id._ar_activity_over(self)
        self.debtor_id.message_post(body=text)

    def _mark_returned(self):
        """Handle a returned payment: a promise is broken, a plan continues.

        The waived rest of a settlement is no longer held for a credit note.
        """
        text = self.env._(
            "A payment for %(plan)s was returned: the amount is due again.",
            plan=self.display_name,
        )
        taken = self.env["ar.payment.plan.line"].search_count(
            [
                ("move_line_id", "in", self.line_ids.move_line_id.ids),
                ("active", "=", True),
            ],
            limit=1,
        )
        if self.kind == "plan" and not taken:
            self.write({"state": "active", "closed_on": False, "close_note": False})
            self._hold()
        else:
            self._let_go()
            self.write({"state": "broken", "close_note": text})
        self._note_missed(text)

    # === NEW INVOICES === #

    @api.model
    def _watch_covenants(self, company):
        """Notify a person if new invoices are not paid on time; no plan ends for it.

        Disputed and just sent invoices do not count.
        """
        plans = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "active"),
                ("covenant", "=", True),
            ]
        )
        if not plans:
            return
        since = {}
        for plan in plans:
            known = since.get(plan.debtor_id.id, plan.start_on)
            since[plan.debtor_id.id] = min(known, plan.start_on)
        grace = company._ar_rules().grace_days
        calendar, today = company._ar_calendar(), company._ar_today()
        fresh = today - timedelta(days=company.ar_just_sent_days)
        rows = self.env.execute_query(
            SQL(
                """SELECT q.debtor_id, q.move_name, q.due_date, q.invoice_date
                     FROM (%s) q
                    WHERE q.amount_residual_currency
                              > q.amount_disputed + q.amount_promised + q.amount_planned
                      AND q.days_overdue > 0 AND NOT q.is_excluded
                      AND NOT q.is_broken AND NOT q.is_small
                      AND COALESCE(q.sent_on <= %s, TRUE)
                    ORDER BY q.due_date""",
                self.env["ar.open.item"]._query("lookup", list(since)),
                fresh,
            )
        )
        late = {}
        for debtor_id, name, due, issued in rows:
            if issued >= since[debtor_id] and calendar.add_working(due, grace) < today:
                late.setdefault(debtor_id, []).append(name)
        for debtor in plans.debtor_id.filtered(lambda d: d.id in late):
            debtor._ar_activity(
                "activity_agreement",
                self.env._(
                    "On a plan, and new invoices are late: %(numbers)s",
                    numbers=", ".join(late[debtor.id][:5]),
                ),
                about=plans.filtered(lambda p, d=debtor: p.debtor_id == d)[:1],
            )

    # === REDUCED SETTLEMENTS === #

    def _drop_rest(self):
        """Create draft credit notes for the waived rest; accounting posts them."""
        self.ensure_one()
        made = self.env["account.move"]
        for move, lines in self.line_ids.grouped("move_id").items():
            rest = self.currency_id.round(
                sum(
                    min(
                        line.move_line_id.amount_residual_currency,
                        max(line.amount - line.amount_paid, 0),
                    )
                    for line in lines
                )
            )
            if rest > 0 and move.is_invoice():
                made |= self._credit_draft(move, rest)
        self.debtor_id.message_post(
            body=self.env._(
                "%(plan)s: %(count)s draft credit notes for the amount written off. "
                "Accounting checks and posts them.",
                plan=self.display_name,
                count=len(made),
            )
        )
        self.debtor_id._ar_activity(
            "activity_agreement",
            self.env._("Check and post the credit note of a reduced settlement"),
            self.company_id.ar_manager_id,
            about=self,
        )

    def _credit_draft(self, move, amount):
        """Return a draft credit note for a part of an invoice, with its taxes."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .with_company(move.company_id)
            .create(
                {
                    "journal_id": move.journal_id.id,
                    "date": self.company_id._ar_today(),
                    "reason": self.env._(
                        "Settlement %(number)s", number=self.number or ""
                    ),
                }
            )
        )
        wizard.refund_moves()
        credit = wizard.new_move_ids
        credit.ar_credit_kind = "goodwill"
        share = amount / move.amount_total
        for line in credit.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        ):
            line.price_unit = line.price_unit * share
        rest = credit.currency_id.round(amount - credit.amount_total)
        if rest:  # rounding of prices and taxes
            credit.write(
                {
                    "invoice_line_ids": [
                        fields.Command.create(
                            {
                                "name": self.env._("Rounding"),
                                "price_unit": rest,
                                "quantity": 1,
                                "tax_ids": [],
                            }
                        )
                    ]
                }
            )
        return credit
