"""One voice: the log of what a customer was told, and which message comes first."""

from datetime import date, timedelta
from typing import NamedTuple

from odoo.tools import SQL, format_date

from ...engine.decision.ladder import is_quiet
from ...engine.values import STAGES
from ..ledger.asked import asked_for
from ..ledger.ledger_reader import Reader, recipients_sql

#: Days in which the automatic messages to a customer are counted.
BUDGET_DAYS = 30
#: Stages with a legal deadline: they go before all other messages, and the number of
#: messages in 30 days does not hold them.
LEGAL = ("final", "notice", "handover")
#: Stages that demand something.
DEMANDS = tuple(stage for stage in STAGES if stage != "preventive")

#: Days within which a letter of the ladder is expected to be posted. It holds letters
#: beside the ladder no longer, or a letter that nobody posts would hold them for good.
LETTER_DAYS = 7

#: What a customer asked for on the page. It is logged and holds no message, or customers
#: could keep reminders away by asking for codes.
PASSING = ("page",)


class Turn(NamedTuple):
    """The place of an automatic message beside the ladder among the others."""

    #: Stages of notices that go first
    after: tuple
    #: Whether the number of messages in 30 days holds it
    budget: bool = True
    #: Whether the night noted the day for it, see :meth:`Voice.reserve`
    reserved: bool = False


TURNS = {
    # They name a date, or end an agreement
    "returned": Turn(LEGAL, budget=False, reserved=True),
    "agreement": Turn(LEGAL, budget=False, reserved=True),
    "promise": Turn(LEGAL, reserved=True),
    "reminder": Turn(DEMANDS),
    "tried": Turn(LEGAL),
    "hold": Turn(tuple(STAGES)),
    "statement": Turn(tuple(STAGES)),
    # It names the next due date, as a note before the due date does
    "thanks": Turn(DEMANDS),
    "overpaid": Turn(tuple(STAGES)),
}


class Wait(NamedTuple):
    """Why a message is not sent today."""

    until: date  # the first day on which it may be sent
    why: str  # 'day', 'gap', 'address', 'first' (a more important one) or 'budget'


class Voice:
    """All that customers are told passes here: it notes, orders and delays messages."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    # === WHAT WAS SAID: THE ONLY WRITER === #

    def note(self, kind, automatic=False, addresses=None):
        """Record a message or a talk of today: in the log, and on the customers.

        Writes the last contact and the day on which another automatic message fits into
        the number of messages in 30 days, in one statement for all customers of a
        company.

        :param str kind: a key of ``OUTGOING_KINDS``
        :param bool automatic: nobody sent it by hand
        :param dict addresses: e-mail addresses: ``{debtor id: [address]}``
        """
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            pairs = [
                (debtor_id, address)
                for debtor_id in debtors.ids
                for address in (addresses or {}).get(debtor_id) or [None]
            ]
            debtors.flush_recordset()
            self.env.execute_query(
                SQL(
                    """WITH logged AS (
                           INSERT INTO ar_outgoing (debtor_id, company_id, day, kind,
                                                    is_automatic, address)
                           SELECT s.id, %(company)s, %(today)s, %(kind)s, %(automatic)s,
                                  s.address
                             FROM unnest(%(ids)s::int[], %(addresses)s::text[])
                                  AS s(id, address)
                        RETURNING debtor_id)
                       UPDATE ar_debtor d
                          SET last_contact_date = GREATEST(d.last_contact_date,
                                                           %(today)s),
                              budget_free_on = CASE WHEN %(automatic)s
                                  THEN %(free)s ELSE d.budget_free_on END
                        WHERE d.id IN (SELECT debtor_id FROM logged) AND %(counts)s
                    RETURNING d.id""",
                    company=company.id,
                    today=company._ar_today(),
                    kind=kind,
                    counts=kind not in PASSING,
                    automatic=automatic,
                    ids=[debtor_id for debtor_id, _address in pairs],
                    addresses=[address for _debtor, address in pairs],
                    free=_free_on(company, with_today=True),
                )
            )
            debtors.invalidate_recordset(
                ["last_contact_date", "budget_free_on"], flush=False
            )
            self.env["ar.outgoing"].invalidate_model(flush=False)

    def reserve(self):
        """Keep today for a message that is written and not sent yet.

        It is today's contact: other items that are due wait for the gap after it.
        """
        for company, debtors in self.debtors.grouped("company_id").items():
            debtors.write({"last_contact_date": company._ar_today()})

    @classmethod
    def renew_budget(cls, company):
        """Compute again when another message fits, after the setting was changed."""
        company.env.flush_all()
        company.env.cr.execute(
            SQL(
                "UPDATE ar_debtor d SET budget_free_on = %s WHERE d.company_id = %s",
                _free_on(company),
                company.id,
            )
        )
        company.env["ar.debtor"].invalidate_model(["budget_free_on"], flush=False)

    # === WHOSE TURN IT IS === #

    def waits(self, kind):
        """Return which customers may not get an automatic message beside the ladder now.

        Never two automatic contacts on one day, for a customer or for one address of
        several customers of a company; a notice that is more important goes first; the
        number of messages in 30 days.

        :param str kind: a key of ``TURNS``
        :return: ``{debtor id: Wait}``
        """
        result, told = {}, set()
        self.env.flush_all()
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            tomorrow = company._ar_calendar().add_working(company._ar_today(), 1)
            for debtor_id, why, free_on, address in self.env.execute_query(
                SQL(
                    """SELECT d.id, %s, d.budget_free_on, (%s LIMIT 1)
                         FROM ar_debtor d WHERE d.id = ANY(%s) ORDER BY d.id""",
                    self.why_sql(company, kind),
                    recipients_sql(SQL("w.email_normalized")),
                    debtors.ids,
                )
            ):
                if not why and address and (company, address) in told:
                    why = "address"
                if why:
                    until = free_on if why == "budget" else tomorrow
                    result[debtor_id] = Wait(until, why)
                else:
                    told.add((company, address))
        return result

    @classmethod
    def why_sql(cls, company, kind):
        """Return SQL that says why customer ``d`` has to wait, else NULL.

        :param str kind: a key of ``TURNS``
        """
        turn, today = TURNS[kind], company._ar_today()
        calendar = company._ar_calendar()
        return SQL(
            """CASE
                WHEN (%(noted)s AND COALESCE(d.last_contact_date = %(today)s, FALSE))
                  OR EXISTS (SELECT 1 FROM ar_outgoing o
                              WHERE o.debtor_id = d.id AND o.day = %(today)s
                                AND o.kind <> ALL(%(passing)s)) THEN 'day'
                WHEN EXISTS (
                    SELECT 1 FROM ar_notice n
                     WHERE n.debtor_id = d.id
                       AND (n.state = 'sending'
                            OR (n.state = 'ready' AND n.date <= %(today)s
                                AND COALESCE(n.leaves_at < %(end)s, TRUE)
                                AND (n.channel = 'email'
                                     -- Both are letters, for who reads no e-mail
                                     OR (n.channel = 'letter'
                                         AND n.date > %(letters)s
                                         AND NOT EXISTS (%(people)s)))
                                AND n.stage = ANY(%(stages)s)))) THEN 'first'
                WHEN EXISTS (
                    SELECT 1 FROM (%(people)s LIMIT 1) r
                      JOIN ar_outgoing o ON o.address = r.email
                     WHERE o.company_id = d.company_id AND o.day = %(today)s
                       AND o.debtor_id <> d.id
                       AND o.kind <> ALL(%(passing)s)) THEN 'address'
                WHEN %(budget)s AND d.budget_free_on > %(today)s THEN 'budget' END""",
            noted=not turn.reserved,
            today=today,
            passing=list(PASSING),
            end=company._ar_opens_at(today + timedelta(days=1)),
            letters=today - timedelta(days=LETTER_DAYS),
            stages=[s for s in turn.after if not is_quiet(s, today, calendar)],
            people=recipients_sql(SQL("w.email_normalized AS email")),
            budget=turn.budget,
        )

    # === WHAT WAS ANNOUNCED === #

    def announced(self):
        """Return what the last notice announced: a later day for the next message.

        :return: ``{debtor id: (day, ids of the items that it was about)}``
        """
        result = {}
        for model in ("ar.notice", "ar.notice.line"):
            self.env[model].flush_model()
        for company, debtors in self.debtors.sudo().grouped("company_id").items():
            for debtor_id, day, items in self.env.execute_query(
                SQL(
                    """SELECT n.debtor_id, n.next_on,
                              ARRAY(SELECT l.move_line_id FROM ar_notice_line l
                                     WHERE l.notice_id = n.id AND l.role = 'about')
                         FROM (SELECT DISTINCT ON (debtor_id) id, debtor_id, next_on
                                 FROM ar_notice
                                WHERE debtor_id = ANY(%s) AND state = 'sent'
                                  AND channel <> 'call'
                                ORDER BY debtor_id, sent_on DESC, id DESC) n
                        WHERE n.next_on > %s""",
                    debtors.ids,
                    company._ar_today(),
                )
            ):
                result[debtor_id] = (day, items)
        return result

    def bound_until(self):
        """Return the first day on which a customer may be asked again, or None.

        After a date to pay that was given, and not before the day that the last notice
        announced; both only while the items may still be asked for.
        """
        debtor = self.debtors.sudo().ensure_one()
        company, asked = debtor.company_id, asked_for(debtor)
        reader, rules = Reader(debtor.env, company), company._ar_rules()
        day, about = self.announced().get(debtor.id, (None, ()))
        days = [day] if any(i in asked and asked[i].amount for i in about) else []
        for item in reader.read_items(debtor.ids):
            if item.id not in asked or not asked[item.id].amount:
                continue
            if item.date_given and not item.at_once:
                last = reader.calendar.add_working(item.date_given, rules.grace_days)
                days.append(last + timedelta(days=1))
        return max((day for day in days if day > reader.date), default=None)

    # === A PERSON SENDS === #

    def question(self, today_only=False):
        """Return what to ask somebody who is about to write to a customer, or False.

        It says what was sent today, also to other customers at the same address; else
        the day of the last contact, within the days between contacts.
        """
        if len(self.debtors) > 1:
            return self._question_of_several()
        debtor = self.debtors.sudo()
        if not debtor:
            return False
        company = debtor.company_id
        today = company._ar_today()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT o.debtor_id, o.kind FROM ar_outgoing o
                    WHERE o.day = %(today)s AND o.company_id = %(company)s
                      AND o.kind <> ALL(%(passing)s)
                      AND (o.debtor_id = %(debtor)s OR o.address IN (
                           SELECT r.email FROM ar_debtor d
                             CROSS JOIN LATERAL (%(people)s LIMIT 1) r
                            WHERE d.id = %(debtor)s))
                    ORDER BY o.debtor_id, o.kind""",
                today=today,
                company=company.id,
                debtor=debtor.id,
                passing=list(PASSING),
                people=recipients_sql(SQL("w.email_normalized AS email")),
            )
        )
        if rows:
            return self._question_of_today(debtor, rows)
        last = debtor.last_contact_date
        if today_only or not last or (today - last).days >= company.ar_gap_days:
            return False
        return self.env._(
            "This customer was contacted on %(day)s. Is another message needed?",
            day=format_date(self.env, last),
        )

    def question_on_paper(self, is_demand):
        """Return what to ask before a letter beside the ladder, or False.

        It says what was sent today; else which letter of the ladder waits to be posted;
        else, for a demand, until when the last notice gave the customer.
        """
        question = self.question(today_only=True)
        if question:
            return question
        debtor = self.debtors.sudo()
        today = debtor.company_id._ar_today()
        waiting = debtor.env["ar.notice"].search(
            [
                ("debtor_id", "=", debtor.id),
                ("channel", "=", "letter"),
                ("state", "=", "ready"),
                ("date", "<=", today),
            ],
            limit=1,
        )
        if waiting:
            return self.env._(
                "A letter of the reminder schedule waits to be mailed: %(letter)s. Is "
                "another one needed?",
                letter=waiting.step_id.with_env(self.env).sudo().name,
            )
        day = is_demand and self.bound_until()
        if not day:
            return False
        return self.env._(
            "The last message to this customer said that the next one comes on %(day)s "
            "at the earliest. Is this one needed before?",
            day=format_date(self.env, day),
        )

    def ask_first(self, act, records, warning=None):
        """Return the dialog that asks before a button writes to customers, or None.

        Only if a customer, or the address, was written to today; once.

        :param str act: a key of ``ar.contact.again.act``
        :param records: what the act is about
        :param str warning: what to ask, where the caller knows more
        """
        warning = warning or self.question(today_only=True)
        if not warning:
            return None
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Another message today?"),
            "res_model": "ar.contact.again",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_act": act,
                "default_record_ids": ",".join(map(str, records.ids)),
                "default_warning": warning,
            },
        }

    def _question_of_several(self):
        told = self.debtors.sudo().filtered(
            lambda d: d.last_contact_date == d.company_id._ar_today()
        )
        if not told:
            return False
        return self.env._(
            "%(count)s of these customers were contacted today: %(names)s. Is another "
            "message needed?",
            count=len(told),
            names=", ".join(told[:5].mapped("display_name")),
        )

    def _question_of_today(self, debtor, rows):
        kinds = dict(
            self.env["ar.outgoing"]._fields["kind"]._description_selection(self.env)
        )
        own = [kinds[kind] for debtor_id, kind in rows if debtor_id == debtor.id]
        if own:
            return self.env._(
                "This customer was contacted today: %(what)s. Is another message "
                "needed?",
                what=", ".join(own),
            )
        others = debtor.browse({debtor_id for debtor_id, _kind in rows})
        return self.env._(
            "The same address was written to today for %(others)s: %(what)s. Is another "
            "message needed?",
            others=", ".join(others.mapped("display_name")),
            what=", ".join(dict.fromkeys(kinds[kind] for _debtor, kind in rows)),
        )


def _free_on(company, with_today=False):
    """Return SQL: the first day on which a message to customer ``d`` fits, or NULL.

    The day of the last message but the budget's number, and thirty days.

    :param bool with_today: a message of today is not in the log yet
    """
    today, budget = company._ar_today(), company.ar_message_budget
    if with_today and budget == 1:
        return SQL("%s::date", today + timedelta(days=BUDGET_DAYS))
    return SQL(
        """(SELECT x.day + %(days)s FROM (
                SELECT DISTINCT o.day FROM ar_outgoing o
                 WHERE o.debtor_id = d.id AND o.is_automatic
                   AND o.day > %(since)s AND o.day <= %(last)s) x
            ORDER BY x.day DESC OFFSET %(skip)s LIMIT 1)""",
        days=BUDGET_DAYS,
        since=today - timedelta(days=BUDGET_DAYS),
        last=today - timedelta(days=1) if with_today else today,
        skip=budget - (2 if with_today else 1),
    )
