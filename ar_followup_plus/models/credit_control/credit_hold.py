"""Credit hold: new orders on account wait, last of all means, and told before."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...engine.hold import Hold, Owed, decide
from ...tools.transactions import for_slices, in_turn
from ..customer.debtor_mail import DebtorMail
from ..statement.statement import Statement

#: Customers in one transaction.
SLICE = 1000
#: Kinds of customers that no rule holds: a person decides.
BY_PERSON = ("public", "group")
#: Customers who are told in one turn.
MOST_WARNED = 100
#: A letter that nobody needed is not prepared again for so many days after
#: the day it names.
AGAIN_DAYS = 60
#: Working days until a letter is printed, posted, and with the customer.
POST_DAYS = 3


class CreditHold:
    """The credit hold of debtors: decided, written, told."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    # === ALL, BY SCHEDULE === #

    @classmethod
    def update_all(cls, env):
        """Bring all holds up to date, in slices."""
        Debtor = env["ar.debtor"].sudo()
        for company in env["res.company"].sudo().search([("parent_id", "=", False)]):
            query = Debtor._search([("company_id", "=", company.id)], order="id")
            ids = [row[0] for row in env.execute_query(query.select())]
            for start in range(0, len(ids), SLICE):
                some = Debtor.browse(ids[start : start + SLICE])
                in_turn(env, cls(some).update)

    @classmethod
    def release_paid(cls, env):
        """Release at once what was paid: between nights only who is held is looked at."""
        Debtor = env["ar.debtor"].sudo()
        held = Debtor.search([("hold_state", "in", ("warn", "hold"))])
        if held:
            in_turn(env, cls(held).update)

    @classmethod
    def tell_customers(cls, env):
        """Write to the customers who are warned and were not told, within the hours.

        For who reads no e-mail a letter is prepared, once.
        """
        Debtor = env["ar.debtor"].sudo()
        for company in env["res.company"].sudo().search([("ar_state", "=", "live")]):
            if company.parent_id or not company._ar_may_send_now():
                continue
            today = company._ar_today()
            gap = today - timedelta(days=company.ar_gap_days)
            waiting = Debtor.search(
                [
                    ("company_id", "=", company.id),
                    ("hold_state", "in", ("warn", "hold")),
                    ("hold_reason", "in", ("rule", "person")),
                    ("hold_told", "=", False),
                    ("reply_until", "=", False),
                    ("is_stopped", "=", False),
                    ("is_snoozed", "=", False),
                    "|",
                    ("last_contact_date", "=", False),
                    ("last_contact_date", "<=", gap),
                ]
            )
            people = env["ar.notice"]._people_of(waiting)
            reachable = [debtor for debtor in waiting if debtor.id in people]
            for debtor in reachable[:MOST_WARNED]:
                cls(debtor).send_warning(debtor.company_id.partner_id)
            cls(waiting - waiting.browse(people)).write_letters(MOST_WARNED)

    # === BY THE RULE AND BY STEPS === #

    def update(self):
        """Decide again for these customers; write, log and tell what changed.

        :return: the customers whose stage changed
        """
        changed = self.debtors.browse()
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            rule, today = company._ar_hold(), company._ar_today()
            steps = CreditHold(debtors)._announced(company)
            held = debtors.filtered(lambda d: d.hold_state != "none")
            if not rule.on and not steps and not held:
                continue
            calendar = company._ar_calendar()
            owed = CreditHold(debtors).open_items(today)
            for debtor in debtors:
                own = rule
                if debtor.kind in BY_PERSON:
                    own = rule._replace(on=False)
                now = CreditHold(debtor)._standing()
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
                    CreditHold(debtor).store(found)
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

    def _standing(self):
        """Return where the customer stands, as the engine wants it."""
        return Hold(
            self.debtor.hold_state or "none",
            self.debtor.hold_reason or None,
            self.debtor.hold_from or None,
            self.debtor.hold_amount or 0.0,
            self.debtor.hold_told or None,
            self.debtor.hold_until or None,
        )

    def open_items(self, today):
        """Return what is open without what is disputed or on a plan.

        :rtype: dict of lists of engine.hold.Owed
        """
        if not self.debtors.ids:
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
                self.env["ar.open.item"]._query("all", self.debtors.ids, today),
            )
        ):
            result.setdefault(debtor_id, []).append(Owed(row[0], row[1], float(row[2])))
        return result

    def _announced(self, company):
        """Return which items a notice announced a hold for: ``{debtor: {item: day}}``."""
        if not self.debtors.ids:
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
                self.debtors.ids,
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

    def store(self, found, note=None):
        """Write where a customer stands, log it, and tell the salesperson."""
        old = self.debtor.hold_state or "none"
        self.debtor.write(
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
        states = dict(
            self.debtor._fields["hold_state"]._description_selection(self.env)
        )
        text = self.env._(
            "Credit hold: %(old)s → %(new)s. %(why)s",
            old=states[old],
            new=states[found.state],
            why=" ".join(filter(None, (self.in_words(), note))),
        ).strip()
        self.debtor._log_all({self.debtor.id: text})
        if found.state in ("warn", "hold"):
            self._tell_sales(self.in_words())
        elif old in ("warn", "hold"):
            self._tell_sales(None)

    def in_words(self):
        """Return the hold in a sentence: why, from when, what avoids it."""
        debtor = self.debtor.sudo()
        amount = debtor.company_id.currency_id.format(debtor.hold_amount or 0)
        day = format_date(self.env, debtor.hold_from) if debtor.hold_from else ""
        if debtor.hold_state == "hold" and debtor.hold_reason == "before":
            return self.env._(
                "They owe from before: %(amount)s were written off. Orders paid in "
                "advance go on.",
                amount=debtor.company_id.currency_id.format(debtor.amount_written_off),
            )
        if debtor.hold_state == "hold" and debtor.hold_amount:
            return self.env._(
                "Orders on credit wait since %(day)s, until %(amount)s are paid; "
                "orders paid in advance go on.",
                day=day,
                amount=amount,
            )
        if debtor.hold_state == "hold":
            return self.env._(
                "Orders on credit wait since %(day)s; orders paid in advance go on.",
                day=day,
            )
        if debtor.hold_state == "warn" and debtor.hold_amount:
            return self.env._(
                "Orders on credit wait from %(day)s, unless %(amount)s are paid before.",
                day=day,
                amount=amount,
            )
        if debtor.hold_state == "warn":
            return self.env._("Orders on credit wait from %(day)s.", day=day)
        return ""

    def _tell_sales(self, text):
        """Have one activity for the salesperson, on the customer, while it lasts.

        :param str text: None: it is over
        """
        partner = self.debtor.partner_id
        kind = self.env.ref("ar_followup_plus.activity_hold", raise_if_not_found=False)
        user = partner.user_id or self.debtor.user_id
        if not kind:
            return
        known = self.env["mail.activity"].search(
            [
                ("activity_type_id", "=", kind.id),
                ("res_model", "=", "res.partner"),
                ("res_id", "=", partner.id),
            ]
        )
        if not text:
            known.unlink()
        elif known:
            known.summary = text
        elif user:
            self.env["mail.activity"].with_context(
                mail_activity_quick_update=True
            ).create(
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "date_deadline": self.debtor.company_id._ar_today(),
                    "res_id": partner.id,
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "summary": text,
                    "user_id": user.id,
                }
            )

    def send_warning(self, author):
        """Send the warning to the best contact; the days of notice begin now."""
        company, Notice = self.debtor.company_id, self.env["ar.notice"]
        self.debtor._check_not_held()
        shell = Notice.new({"debtor_id": self.debtor.id, "company_id": company.id})
        people = Notice._people_of(self.debtor).get(self.debtor.id, [])
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.debtor.display_name,
                )
            )
        today = company._ar_today()
        start = self.debtor.hold_from
        if self.debtor.hold_state == "warn" and self.debtor.hold_reason == "rule":
            start = max(
                start,
                company._ar_calendar().add_working(today, company.ar_hold_notice_days),
            )
        self.debtor.write(
            {"hold_told": today, "hold_from": start, "last_contact_date": today}
        )
        lang = shell._lang([people[0]])
        template = self.env.ref("ar_followup_plus.mail_template_hold").with_context(
            lang=lang,
            ar_hold_amount=self.debtor.hold_amount
            and company.currency_id.with_context(lang=lang).format(
                self.debtor.hold_amount
            ),
            ar_hold_day=format_date(self.env, start, lang_code=lang),
        )
        mail = DebtorMail(self.debtor).make(
            template, people[0], shell._sender(), author
        )
        # Not before the commit: a request that is tried again would send twice
        mail.send_after_commit()

    # === LETTERS, FOR WHO READS NO E-MAIL === #

    def write_letters(self, most):
        """Prepare the letter for customers who are warned and read no e-mail.

        :param int most: so many
        """
        Letter = self.env["ar.letter"]
        waiting = Letter.search(
            [
                ("debtor_id", "in", self.debtors.ids),
                ("moment", "=", "hold"),
                ("state", "!=", "posted"),
            ]
        )
        waiting = waiting.filtered(
            lambda letter: (
                letter.state != "cancelled"
                or letter.new_date
                and letter.new_date + timedelta(days=AGAIN_DAYS)
                >= letter.company_id._ar_today()
            )
        )
        fresh = (self.debtors - waiting.debtor_id).filtered(
            lambda d: Statement(d).addressee()._ar_has_address() and not d._why_held()
        )
        for debtor in fresh[:most]:
            company = debtor.company_id
            calendar, today = company._ar_calendar(), company._ar_today()
            days = company.ar_hold_notice_days + POST_DAYS
            start = max(debtor.hold_from, calendar.add_working(today, days))
            debtor.env["ar.letter"]._for_moment(
                debtor, "hold", new_date=fields.Date.subtract(start, days=1)
            )

    def note_posted(self, letter):
        """The days of notice begin when the letter is posted."""
        if self.debtor.hold_state not in ("warn", "hold"):
            return
        company, today = self.debtor.company_id, self.debtor.company_id._ar_today()
        vals = {"hold_told": today}
        if self.debtor.hold_state == "warn" and self.debtor.hold_reason == "rule":
            days = [
                self.debtor.hold_from,
                company._ar_calendar().add_working(today, company.ar_hold_notice_days),
            ]
            if letter.new_date:
                days.append(letter.new_date + timedelta(days=1))
            vals["hold_from"] = max(days)
        self.debtor.write(vals)
