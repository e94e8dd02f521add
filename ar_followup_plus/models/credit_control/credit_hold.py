"""Credit hold: new orders on account are held, as a last resort, and after notice."""

import logging
from datetime import timedelta
from functools import partial

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date, split_every

from ...engine.decision.cover import collectible, company_amount
from ...engine.hold import Announced, Hold, Owed, counted, decide, total
from ...engine.values import Debtor
from ...tools.customer_format import Words
from ...tools.transactions import CONFLICTS, for_slices, in_turn
from ..company.roles import require_manager
from ..company.rpc_border import given_day
from ..customer.debtor_mail import DebtorMail, alone, write_to_each
from ..ledger.ledger_reader import Reader
from ..notice.waiting_notices import WaitingNotices
from ..payment_behaviour.payment_behaviour import PaymentBehaviour
from ..statement.statement import Statement
from ..voice.voice import Voice

_logger = logging.getLogger(__name__)

#: Stages, the mildest first.
STATES = ("none", "watch", "warn", "hold")
#: Customers in one transaction.
SLICE = 1000
#: Kinds of customers who are not held by rule: a person decides.
BY_PERSON = ("public", "group")
#: Kinds of customers whose notices do not announce a hold.
NOT_ANNOUNCED = ("public", "consumer")
#: Reasons of a hold for which the customer gets a separate warning.
TOLD_APART = ("rule", "before", "person")
#: Of these, reasons whose days of notice begin when the customer is warned.
AFTER_TELLING = ("rule", "before")
#: Working days for the bank between the date to pay and the hold.
BANK_DAYS = 3
#: Number of debtors from which on reading needs hints for the planner.
MANY = 50
#: Customers who are warned in one run.
MOST_WARNED = 100
#: Of these, customers in one transaction.
TOGETHER = 20
#: Days after the date named in an unused letter before it is prepared again.
AGAIN_DAYS = 60
#: Working days until a letter is printed, posted, and with the customer.
POST_DAYS = 3


def _owed(debtor, items, rules, minor):
    """Return the items of a customer with the collectible and expected amounts.

    :param engine.values.Debtor debtor: with its unmatched bank money
    :param list items: all open items, as engine.values.Item
    :param int minor: minor units in one of the company's currency
    :rtype: list of engine.hold.Owed
    """
    now = with_expected = collectible(debtor, items, rules)
    if any(item.promised or item.pending for item in items):
        in_books = [item._replace(promised=0, pending=0) for item in items]
        with_expected = collectible(debtor, in_books, rules)
    result = []
    for item in items:
        if item.id in now:
            amount = company_amount(item, now[item.id][0])
            more = company_amount(item, with_expected[item.id][0]) - amount
            result.append(Owed(item.id, item.due, amount / minor, max(more, 0) / minor))
    return result


def _asked_late(debtor, items, rules, today):
    """Return the overdue items with the amount that a notice may ask for.

    :return: ``{item: amount}``, in minor units of its currency
    """
    amounts = collectible(debtor, items, rules)
    return {
        item: amounts[item.id][0]
        for item in items
        if item.due < today and amounts.get(item.id, (0,))[0]
    }


def _is_dated(item, reader, rules):
    """Return whether a date to pay was given for an item, and is not over."""
    if not item.date_given or item.at_once:
        return False
    return reader.calendar.add_working(item.date_given, rules.grace_days) >= reader.date


class CreditHold:
    """The credit hold of debtors: decisions, storage, notices to customers."""

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
        """Release paid holds at once: checks held customers only, between nights."""
        Debtor = env["ar.debtor"].sudo()
        held = Debtor.search([("hold_state", "in", ("warn", "hold"))])
        if held:
            in_turn(env, cls(held).update)

    @classmethod
    def tell_customers(cls, env):
        """Write to warned customers without notice yet, within sending hours.

        For customers without e-mail prepare a letter, once.
        """
        Debtor = env["ar.debtor"].sudo()
        for company in env["res.company"].sudo().search([("ar_state", "=", "live")]):
            if company.parent_id or not company._ar_may_send_now():
                continue
            gap = company._ar_today() - timedelta(days=company.ar_gap_days)
            waiting = Debtor.search(
                [
                    ("company_id", "=", company.id),
                    ("hold_state", "in", ("warn", "hold")),
                    ("hold_reason", "in", TOLD_APART),
                    ("hold_told", "=", False),
                    ("reply_until", "=", False),
                    ("is_stopped", "=", False),
                    ("is_snoozed", "=", False),
                    "|",
                    ("last_contact_date", "=", False),
                    ("last_contact_date", "<=", gap),
                ]
            )
            waiting = cls(waiting).to_warn(company)
            people = env["ar.notice"]._people_of(waiting)
            reachable = waiting.browse([d.id for d in waiting if d.id in people])
            waits = Voice(reachable).waits("hold")
            free = [debtor.id for debtor in reachable if debtor.id not in waits]
            lost = waiting - reachable
            # Never beside another letter: it is prepared when that one was posted
            later = lost.browse(Voice(lost).waits("hold"))
            later |= WaitingNotices(lost).to_send().debtor_id
            works = [
                cls(waiting.browse(part))._warn_each
                for part in split_every(TOGETHER, free[:MOST_WARNED])
            ]
            works.append(partial(cls(lost - later).write_letters, MOST_WARNED))
            for work in works:
                try:
                    in_turn(env, work)
                except CONFLICTS:
                    _logger.debug("Another process warns these customers.")
            lost.filtered(
                lambda d: not Statement(d).addressee()._ar_has_address()
            )._ar_activity(
                "activity_no_contact",
                env._("Orders on credit are to be held, and nobody can be told: call"),
            )

    def _warn_each(self):
        """Send warnings; one that fails is undone, and a person gets an activity.

        Another process may have written to them in the meantime.
        """
        waits = Voice(self.debtors).waits("hold")
        waiting = self.debtors.filtered(
            lambda d: (
                d.hold_state in ("warn", "hold")
                and not d.hold_told
                and d.id not in waits
            )
        )
        write_to_each(
            waiting,
            lambda d: CreditHold(d).send_warning(
                d.company_id.partner_id, automatic=True
            ),
        )

    def to_warn(self, company):
        """Return which customers may be warned automatically, by the ledger of now.

        The warning is a demand: it asks for what a notice may ask for, and not before a
        date to pay is over, nor before the day that the last notice announced for the
        next message. Not for small differences, nor for what was promised,
        answered, paid, or is at the bank.
        """
        self.update()
        found = self.debtors.filtered(
            lambda d: d.hold_state in ("warn", "hold") and d.hold_reason in TOLD_APART
        )
        reader, rules = Reader(self.env, company), company._ar_rules()
        minor = 10**company.currency_id.decimal_places
        items = {}
        for item in reader.read_items(found.ids):
            items.setdefault(item.debtor_id, []).append(item)
        banks = reader.bank()
        told = Voice(found).announced()
        result = found.browse()
        for debtor in found:
            facts = Debtor(debtor.id, bank=banks.get(debtor.partner_id.id, ()))
            mine = items.get(debtor.id, [])
            asked = _asked_late(facts, mine, rules, reader.date)
            total_asked = sum(company_amount(i, a) for i, a in asked.items()) / minor
            dated = any(_is_dated(item, reader, rules) for item in mine)
            _day, about = told.get(debtor.id, (None, ()))
            dated = dated or any(item.id in about for item in asked)
            # What was written off is no open item. Without an amount, as a person
            # placed it, any amount that may be asked for is enough
            enough = debtor.hold_reason == "before" or (
                total_asked > company.ar_small_amount
                and company.currency_id.compare_amounts(total_asked, debtor.hold_amount)
                >= 0
            )
            if enough and not dated:
                result |= debtor
        return result

    # === BY THE RULE AND BY STEPS === #

    def update(self):
        """Decide again for these customers; store, log and report changes.

        :return: the customers whose stage changed
        """
        changed = self.debtors.browse()
        for debtor, found in self.judge().items():
            hold = CreditHold(debtor)
            now = hold._standing()
            if found.state != now.state or found.reason != now.reason:
                done = alone(
                    debtor,
                    lambda _debtor, hold=hold, found=found: hold.store(found),
                    lambda why, env=self.env: env._(
                        "The credit hold could not be brought up to date: %(why)s",
                        why=why,
                    ),
                )
                changed += debtor if done else debtor.browse()
            elif found != now:
                debtor.write(
                    {
                        "hold_amount": found.amount,
                        "hold_from": found.start or False,
                        "hold_told": found.told or False,
                    }
                )
        return changed

    def now(self):
        """Return the hold of the customer by the ledger, without storing it.

        :rtype: engine.hold.Hold
        """
        return self.judge().get(self.debtor, Hold())

    def judge(self):
        """Decide for these customers by the current ledger, without storing it.

        :return: ``{debtor: engine.hold.Hold}``, as superuser; without customers of
            companies that do not use holds
        """
        result = {}
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            rule, today = company._ar_hold(), company._ar_today()
            holds = CreditHold(debtors)
            steps = holds._announced(company)
            held = debtors.filtered(lambda d: d.hold_state != "none")
            if not rule.on and not steps and not held:
                continue
            calendar = company._ar_calendar()
            owed, lost = holds.open_items(today), holds.lost(company)
            for debtor in debtors:
                own = rule
                if debtor.kind in BY_PERSON:
                    own = rule._replace(on=False)
                result[debtor] = decide(
                    CreditHold(debtor)._standing(),
                    owed.get(debtor.id, []),
                    own,
                    today,
                    calendar,
                    steps.get(debtor.id),
                    before=lost.get(debtor.id, 0.0),
                    released=debtor.hold_released_until or None,
                    reachable=not debtor.is_stopped,
                )
        return result

    def lost(self, company):
        """Return the written-off amounts of customers who had any.

        :return: ``{debtor id: amount}``
        """
        known = self.debtors.filtered("amount_written_off")
        if not known:
            return {}
        lost = PaymentBehaviour(known, company).written_off()
        return {debtor_id: float(amount) for debtor_id, amount in lost.items()}

    def _standing(self):
        """Return the stored hold of the customer for the engine."""
        return Hold(
            self.debtor.hold_state or "none",
            self.debtor.hold_reason or None,
            self.debtor.hold_from or None,
            self.debtor.hold_amount or 0.0,
            self.debtor.hold_told or None,
            self.debtor.hold_until or None,
        )

    def open_items(self, today):
        """Return the open items of these customers, with their collectible amounts.

        As on the ladder: without disputed, agreed or excluded amounts, amounts covered
        by a credit or bank money, amounts that wait for us, and small differences.

        :return: ``{debtor id: [engine.hold.Owed]}``
        """
        if not self.debtors.ids:
            return {}
        if len(self.debtors) > MANY:
            for_slices(self.env)
        result = {}
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            reader, rules = Reader(self.env, company, today), company._ar_rules()
            minor = 10**company.currency_id.decimal_places
            items = {}
            for item in reader.read_items(debtors.ids):
                items.setdefault(item.debtor_id, []).append(item)
            for debtor in debtors.filtered(lambda d, found=items: d.id in found):
                bank = reader.bank().get(debtor.partner_id.id, ())
                facts = Debtor(debtor.id, bank=bank)
                result[debtor.id] = _owed(facts, items[debtor.id], rules, minor)
        return result

    def _announced(self, company):
        """Return the holds announced by notices, for the items still open.

        Only messages with a payment date and a text that names the day of the hold.

        :return: ``{debtor id: {item id: engine.hold.Announced}}``
        """
        steps = self.env["ar.ladder.step"].sudo()._announcing_hold()
        if not self.debtors.ids or not steps:
            return {}
        for model in ("ar.debtor", "ar.notice", "ar.notice.line"):
            self.env[model].flush_model()
        result, calendar = {}, company._ar_calendar()
        for debtor_id, line_id, given, sent in self.env.execute_query(
            SQL(
                """SELECT n.debtor_id, nl.move_line_id, n.date_given, n.sent_on
                     FROM ar_notice n
                     JOIN ar_debtor d ON d.id = n.debtor_id AND d.kind <> ALL(%s)
                     JOIN ar_notice_line nl ON nl.notice_id = n.id
                     JOIN account_move_line l ON l.id = nl.move_line_id
                    WHERE n.debtor_id = ANY(%s) AND n.state = 'sent'
                      AND (n.step_id, n.channel) IN %s AND n.date_given IS NOT NULL
                      AND nl.role = 'about' AND nl.taken
                      AND l.reconciled IS NOT TRUE
                      AND nl.date_due >= COALESCE(l.date_maturity, l.date)""",
                list(NOT_ANNOUNCED),
                self.debtors.ids,
                tuple(steps),
            )
        ):
            found = Announced(calendar.add_working(given, BANK_DAYS), sent)
            mine = result.setdefault(debtor_id, {})
            mine[line_id] = max(
                mine.get(line_id, found), found, key=lambda one: one.start
            )
        return result

    # === BY A PERSON === #

    def place(self, stage, note, on=None, until=None):
        """Watch, warn or hold customers. Any collector may watch, a manager all.

        :param str stage: 'watch', 'warn' or 'hold'
        :param str note: the reason, for colleagues
        :param datetime.date on: for 'warn': the day from which orders are held;
            default: after the company's days of notice
        :param datetime.date until: last day; default: until the overdue amount is paid,
            or somebody releases it
        """
        self.debtors.check_access("write")
        note = (note or "").strip()
        on, until = given_day(self.env, on), given_day(self.env, until)
        if stage not in STATES[1:]:
            raise ValidationError(self.env._("Choose watch, warn or hold."))
        if stage != "watch":
            self._check_manager()
        if not note:
            raise ValidationError(
                self.env._("Say why orders should be held: colleagues will ask.")
            )
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
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
            owed = CreditHold(debtors).open_items(today)
            for debtor in debtors:
                late = counted(owed.get(debtor.id, []), today, stage == "hold")
                CreditHold(debtor).store(
                    Hold(
                        stage,
                        "person",
                        start if stage != "watch" else None,
                        total(late),
                        None,
                        until,
                    ),
                    note,
                )

    def release(self, until, reason):
        """Permit orders until a day, whatever is owed. Credit managers only."""
        self.debtors.check_access("write")
        self._check_manager()
        until, reason = given_day(self.env, until), (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say why the hold is released: colleagues will ask.")
            )
        for debtor in self.debtors.sudo():
            if not until or until < debtor.company_id._ar_today():
                raise ValidationError(
                    self.env._("Choose the last day of the release, today or later.")
                )
            debtor.write({"hold_released_until": until, "hold_released_note": reason})
            CreditHold(debtor).store(
                Hold(),
                self.env._(
                    "Released until %(day)s: %(reason)s",
                    day=format_date(self.env, until),
                    reason=reason,
                ),
            )

    def _check_manager(self):
        """Check that the user may place and release holds.

        :raise AccessError: unless the user is a credit manager
        """
        require_manager(
            self.env,
            self.env._(
                "Only a credit manager places or releases a credit hold: please "
                "ask one."
            ),
        )

    # === CHANGES === #

    def store(self, found, note=None):
        """Store a customer's hold, log it, and notify the salesperson."""
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
        self.debtor._message_log(body=text)
        if found.state in ("warn", "hold"):
            self._tell_sales(self.in_words())
        elif old in ("warn", "hold"):
            self._tell_sales(None)
            self._drop_letters()

    def in_words(self, hold=None):
        """Return the hold as a text: its reason, first day, and how to avoid it.

        :param engine.hold.Hold hold: default: as stored on the customer
        """
        debtor = self.debtor.sudo()
        hold = hold or CreditHold(debtor)._standing()
        currency = debtor.company_id.currency_id
        amount = currency.format(hold.amount)
        day = format_date(self.env, hold.start) if hold.start else ""
        if hold.state == "hold" and hold.reason == "before":
            return self.env._(
                "%(amount)s of earlier debt was written off. Prepaid orders are not "
                "held.",
                amount=currency.format(hold.amount or debtor.amount_written_off),
            )
        if hold.state == "hold" and hold.amount:
            return self.env._(
                "Orders on credit are held since %(day)s until %(amount)s is paid; "
                "prepaid orders are not.",
                day=day,
                amount=amount,
            )
        if hold.state == "hold":
            return self.env._(
                "Orders on credit are held since %(day)s; prepaid orders are not.",
                day=day,
            )
        if hold.state == "warn" and hold.amount:
            return self.env._(
                "Orders on credit are held from %(day)s unless %(amount)s is paid "
                "before.",
                day=day,
                amount=amount,
            )
        if hold.state == "warn":
            return self.env._("Orders on credit are held from %(day)s.", day=day)
        return ""

    def _tell_sales(self, text):
        """Keep one activity for the salesperson, on the customer, during the hold.

        :param str text: None: the hold has ended
        """
        partner = self.debtor.partner_id
        kind = self.env.ref("ar_followup_plus.activity_hold", raise_if_not_found=False)
        user = (partner.user_id | self.debtor.user_id).filtered("active")[:1]
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

    def send_warning(self, author, automatic=False):
        """Send the warning to the best contact, which starts the days of notice.

        :param bool automatic: nobody sent it by hand
        """
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
        if (
            self.debtor.hold_state == "warn"
            and self.debtor.hold_reason in AFTER_TELLING
        ):
            start = max(
                start,
                company._ar_calendar().add_working(today, company.ar_hold_notice_days),
            )
        self.debtor.write({"hold_told": today, "hold_from": start})
        self._drop_letters()
        Voice(self.debtor).note("hold", automatic, {self.debtor.id: [people[0][2]]})
        lang = shell._lang([people[0]])
        template = self.env.ref("ar_followup_plus.mail_template_hold").with_context(
            lang=lang,
            ar_hold_amount=self.debtor.hold_amount
            and company.currency_id.with_context(lang=lang).format(
                self.debtor.hold_amount
            ),
            ar_hold_day=Words(self.with_lang(lang).env).day(start),
        )
        mail = DebtorMail(self.debtor).make(
            template, people[0], shell._sender(), author
        )
        # Only after the commit: a request that is retried would send twice
        mail.send_after_commit()

    def with_lang(self, lang):
        """Return the same in a language."""
        return CreditHold(self.debtors.with_context(lang=lang))

    # === LETTERS, FOR CUSTOMERS WITHOUT E-MAIL === #

    def write_letters(self, most):
        """Prepare the letter for warned customers without e-mail.

        :param int most: prepare up to this number
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
            until = fields.Date.subtract(start, days=1)
            write_to_each(
                debtor, lambda d, day=until: Letter._for_moment(d, "hold", new_date=day)
            )

    def _drop_letters(self):
        """Delete prepared letters that are not needed: the hold ended, or an e-mail told.

        What was printed stays: a person posts it, or puts it away.
        """
        letters = self.env["ar.letter"].search(
            [
                ("debtor_id", "in", self.debtors.ids),
                ("moment", "=", "hold"),
                ("state", "=", "draft"),
            ]
        )
        letters._take_back()

    def note_posted(self, letter):
        """Start the days of notice on the day the letter is posted."""
        if self.debtor.hold_state not in ("warn", "hold"):
            return
        company, today = self.debtor.company_id, self.debtor.company_id._ar_today()
        vals = {"hold_told": today}
        if (
            self.debtor.hold_state == "warn"
            and self.debtor.hold_reason in AFTER_TELLING
        ):
            days = [
                self.debtor.hold_from,
                company._ar_calendar().add_working(today, company.ar_hold_notice_days),
            ]
            if letter.new_date:
                days.append(letter.new_date + timedelta(days=1))
            vals["hold_from"] = max(days)
        self.debtor.write(vals)
