"""What must not happen in what customers hear, counted over a run."""

import re
from collections import defaultdict
from datetime import timedelta

from ..oracle.second_opinion import SecondOpinion, minor
from .heard import FIRM
from .town import FIRST, LEAVES, SMALL_AMOUNT, SMALL_PERCENT

#: What is counted; the target of each is 0.
ROWS = {
    "two": "days with two automatic contacts of a customer",
    "address": "days with two automatic contacts of an address",
    "after_call": "mails after a call on that day",
    "down": "changes of tone downwards while something firm is open",
    "untrue": "untrue announcements",
    "cancelled": "notices cancelled twice for one reason",
    "hold": "hold warnings for what may not be asked for",
    "gone": "activities open whose cause is gone",
    "silence": "customers overdue and reachable without a contact for 35 days",
    "budget": "messages above the budget",
    "amount": "wrong amounts",
    "archived": "mails and activities of somebody who has left",
    "figures": "mails with dates in figures",
    "reason": '"no reason from you" to somebody spoken with in the month before',
    "failed": "nightly tasks that failed",
}
BUDGET, BUDGET_DAYS = 4, 30
SILENT_DAYS = 35
#: In company currency: what is less is not worth a message.
WORTH = 30
SPOKEN = ("reached", "will_pay", "disputes", "upset")
#: Messages that the law or an agreement wants in time: they are outside the budget.
LEGAL = ("final", "notice", "returned", "missed", "ended")
#: Reasons for cancelling that come from what a person did each time.
BY_PEOPLE = ("answered", "lapsed", "not_needed")


class Checks:
    """Counts faults.

    :param town: whose ledger is read
    :param business: of the same town
    :param say: gets a line for each fault, at once
    """

    def __init__(self, town, business, say=None):
        self.town, self.business, self.say = town, business, say
        self.env = town.env
        self.faults = defaultdict(list)
        self.heard = defaultdict(list)  # by debtor
        self.tones = defaultdict(dict)  # by debtor: {item: tone}
        self.said = {}  # by debtor: the last demand
        self.silent = defaultdict(int)
        self.opinions = {}
        self.asked = {}
        self.overdue = {}
        self.without_cause = set()
        self.reported = set()
        self.budget = getattr(town.company, "ar_message_budget", BUDGET) or BUDGET

    def fault(self, key, debtor, text, message=None):
        self.faults[key].append((self.town.day, debtor, text))
        if self.say:
            name = self.env["ar.debtor"].browse(debtor).exists().display_name
            kind = f" {message.way} {message.kind}" if message else ""
            self.say(f"{self.town.day} {key} {name}{kind}: {text}")
        if message:
            message.faults.append(f"{key}: {text}")

    # === THE LEDGER === #

    def read_ledger(self):
        """Read the ledger as it is now."""
        self.env.flush_all()
        ids = self.env["ar.debtor"]._search([("partner_id", "in", self._partners())])
        debtors = self.env["ar.debtor"].browse(list(ids))
        self.asked, self.overdue = {}, {}
        for company in self.town.companies:
            mine = debtors.filtered(lambda d, c=company: d.company_id == c).ids
            opinion = self.opinions.get(company)
            if opinion:
                opinion.load(mine)
            else:
                opinion = SecondOpinion(self.env.cr, company.id, mine)
                self.opinions[company] = opinion
            opinion.remember()
            small = (SMALL_AMOUNT, SMALL_PERCENT)
            self.asked.update(opinion.collectible(self.town.day, *small))
            self.overdue.update(opinion.overdue(self.town.day, *small))
        self.lines = {
            key: line
            for opinion in self.opinions.values()
            for key, line in opinion.lines.items()
        }
        return debtors

    def _partners(self):
        return [customer.partner.id for customer in self.business.customers]

    def _minor(self, line, amount):
        digits = next(iter(self.opinions.values())).digits
        return minor(amount, digits[self.lines[line].currency])

    # === MESSAGES === #

    def hear(self, messages):
        """Judge messages that customers got just now."""
        if not messages:
            return
        self.read_ledger()
        for message in messages:
            if message.is_automatic:
                self._same_day(message)
                if not message.is_beside:
                    self._within_budget(message)
            if message.is_contact:
                self._in_words(message)
                self._amounts(message)
                self._tone(message)
                self._announced(message)
            self.heard[message.debtor].append(message)

    def _today(self, messages):
        return [one for one in messages if one.day == self.town.day]

    def _same_day(self, message):
        mine = self._today(self.heard[message.debtor])
        calls = [one for one in mine if one.way == "call" and one.kind in SPOKEN]
        if calls and message.way == "mail":
            self.fault(
                "after_call", message.debtor, f"called at {calls[0].at}", message
            )
        before = [one for one in mine if one.is_contact]
        if before:
            self.fault(
                "two", message.debtor, f"after {before[0].kind} {before[0].at}", message
            )
            return
        if message.way == "mail":
            for debtor, messages in self.heard.items():
                for one in self._today(messages):
                    same = one.address == message.address and one.way == "mail"
                    if same and one.company == message.company and one.is_contact:
                        text = f"after {one.kind} of another customer"
                        self.fault("address", debtor, text, message)
                        return

    def _within_budget(self, message):
        if message.kind in LEGAL:
            return
        since = self.town.day - timedelta(days=BUDGET_DAYS)
        count = 1 + sum(
            one.is_automatic
            and not one.is_beside
            and one.day > since
            and one.kind not in LEGAL
            for one in self.heard[message.debtor]
        )
        if count > self.budget:
            self.fault("budget", message.debtor, f"number {count}", message)

    def _in_words(self, message):
        text = message.text
        number = (self.town.day - FIRST).days
        if number > LEAVES and self.town.collector.name in text:
            self.fault("archived", message.debtor, "in her name", message)
        if re.search(r"\b\d\d/\d\d/\d{4}\b", text):
            self.fault("figures", message.debtor, message.kind, message)
        if "no reason for the delay" in text:
            since = self.town.day - timedelta(days=30)
            for one in self.heard[message.debtor]:
                if one.way == "call" and one.kind in SPOKEN and one.day >= since:
                    self.fault("reason", message.debtor, f"spoke {one.day}", message)
                    break

    def _amounts(self, message):
        sums = defaultdict(float)
        for line, amount in message.about.items():
            if line not in self.lines:
                self.fault("amount", message.debtor, f"{line} is gone", message)
                continue
            found = self._minor(line, amount)
            if self.asked.get(line, 0) != found:
                text = f"item {line}: {found}, may be {self.asked.get(line, 0)}"
                self.fault("amount", message.debtor, text, message)
            sums[self.lines[line].currency] += amount
        for total in sums.values():
            if message.text and f"{total:,.2f}" not in message.text:
                text = f"{total:,.2f} is not in its text"
                self.fault("amount", message.debtor, text, message)
        if message.kind == "hold":
            self._hold(message)

    def _hold(self, message):
        owed = float(self.overdue.get(message.debtor, 0)) / 100
        found = re.search(r"([\d,]+\.\d\d)", message.text)
        asked = float(found.group(1).replace(",", "")) if found else 0
        given = self._last_day(message.debtor, "given")
        if owed <= SMALL_AMOUNT:
            self.fault("hold", message.debtor, f"{owed:.2f} is overdue", message)
        elif asked > owed + 0.01:
            text = f"asks for {asked:.2f}, {owed:.2f} is overdue"
            self.fault("hold", message.debtor, text, message)
        elif given and message.day <= given:
            self.fault("hold", message.debtor, f"the date given is {given}", message)

    def _tone(self, message):
        if message.tone is None:
            return
        tones = self.tones[message.debtor]
        top = max(
            (tone for line, tone in tones.items() if self.asked.get(line, 0) > 0),
            default=0,
        )
        given = self._last_day(message.debtor, "given")
        runs = top > message.tone and given and message.day <= given
        if FIRM <= top and (message.tone < FIRM or runs):
            self.fault(
                "down", message.debtor, f"{message.kind} below tone {top}", message
            )
        for line in message.about:
            tones[line] = max(tones.get(line, 0), message.tone)

    def _last_day(self, debtor, name):
        """Return a day that the last demand named, or None.

        It says "without payment or an answer": nothing is announced any more where
        nothing that it was about may be asked for.
        """
        last = self.said.get(debtor)
        holds = last and any(self.asked.get(line, 0) > 0 for line in last.about)
        return getattr(last, name) if holds else None

    def _announced(self, message):
        if not message.is_demand:
            return
        announced = self._last_day(message.debtor, "earliest")
        if announced and message.day < announced:
            self.fault("untrue", message.debtor, f"announced {announced}", message)
        if message.about:
            self.said[message.debtor] = message

    # === EACH EVENING === #

    def evening(self):
        """Judge what is open and who hears nothing."""
        debtors = self.read_ledger()
        self._silence(debtors)
        self._activities(debtors)

    def _silence(self, debtors):
        day, ended = self.town.day, self._ended(debtors)
        for debtor in debtors:
            heard = self.heard[debtor.id]
            waits = debtor.is_snoozed or debtor.is_stopped or debtor.reply_until
            owed = float(self.overdue.get(debtor.id, 0)) / 100
            heard_today = any(one.day == day for one in heard[-3:])
            if waits or heard_today or owed < WORTH or debtor.id in ended:
                self.silent[debtor.id] = 0
                continue
            self.silent[debtor.id] += 1
            if self.silent[debtor.id] == SILENT_DAYS + 1:
                why = f"{owed:.2f} overdue, next {debtor.next_contact_date}"
                self.fault("silence", debtor.id, f"{why} ({debtor.next_reason})")

    def _ended(self, debtors):
        """Return the customers for whom a person decides: the ladder is at its end."""
        self.env.cr.execute(
            """SELECT DISTINCT n.debtor_id FROM ar_notice n
                 JOIN ar_ladder_step s ON s.id = n.step_id
                WHERE n.debtor_id = ANY(%s) AND s.delay_days >= 45
                  AND s.channels = 'call'
                  AND (n.state <> 'cancelled' OR n.cancel_how <> 'settled')""",
            [debtors.ids],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _activities(self, debtors):
        """Count activities whose cause is gone since a night at least."""
        self.env.cr.execute(
            """SELECT a.id, x.name, a.res_id, u.active, a.summary
                 FROM mail_activity a
                 JOIN ir_model_data x ON x.model = 'mail.activity.type'
                      AND x.res_id = a.activity_type_id
                      AND x.module = 'ar_followup_plus'
                 JOIN res_users u ON u.id = a.user_id
                WHERE a.active AND a.res_model = 'ar.debtor' AND a.res_id = ANY(%s)""",
            [debtors.ids],
        )
        rows = self.env.cr.fetchall()
        causes = self._causes(debtors)
        now = set()
        for activity, kind, debtor, is_there, summary in rows:
            known = causes.get(kind.removeprefix("activity_"))
            if known is not None and debtor not in known:
                now.add(activity)
                if activity in self.without_cause and activity not in self.reported:
                    self.reported.add(activity)
                    self.fault("gone", debtor, f"{kind}: {summary}")
            if not is_there and (activity, "left") not in self.reported:
                self.reported.add((activity, "left"))
                self.fault("archived", debtor, f"{kind} of somebody who left")
        self.without_cause = now
        self.open_activities = len(rows)

    def _causes(self, debtors):
        """Return who has a cause for a kind of activity, ``{kind: debtor ids}``."""
        rows = {}
        for name, query in CAUSES.items():
            self.env.cr.execute(query, [debtors.ids])
            rows[name] = {row[0] for row in self.env.cr.fetchall()}
        open_now = {line.debtor for line in self.lines.values() if self._is_open(line)}
        overdue = {debtor for debtor, owed in self.overdue.items() if owed}
        credit = {
            line.debtor
            for line in self.lines.values()
            if line.amount < 0 and self._is_open(line)
        }
        unreached = {debtor.id for debtor in debtors if self._is_unreached(debtor)}
        return {
            "call": rows["call"] | overdue,
            "approve": rows["approve"],
            "post_letter": rows["post_letter"],
            "letter": rows["letter"],
            "check_notice": rows["failed"] | rows["waits"],
            "match_payment": credit | rows["bank"],
            "no_contact": unreached & (open_now | rows["waits"]),
            "paid": open_now,
            "not_received": open_now,
            "agreement": rows["agreement"] | overdue,
        }

    def _is_open(self, line):
        return any(
            opinion.open_of(line)[0]
            for opinion in self.opinions.values()
            if line.id in opinion.lines
        )

    @staticmethod
    def _is_unreached(debtor):
        partner = debtor.partner_id
        return not partner.email or partner.message_bounce

    # === AT THE END === #

    def end(self):
        """Count what is found once: what was cancelled again, and tasks that failed."""
        self.env.cr.execute(
            """SELECT n.debtor_id, s.name, n.cancel_how, n.cancel_reason, count(*),
                      max(n.date)
                 FROM ar_notice n
                 JOIN ar_ladder_step s ON s.id = n.step_id
                 JOIN ar_notice_line l ON l.notice_id = n.id AND l.role = 'about'
                WHERE n.state = 'cancelled' AND n.cancel_how <> ALL(%s)
                  AND n.debtor_id = ANY(%s)
                  AND COALESCE(n.cancel_reason, '') NOT ILIKE 'snoozed%%'
                GROUP BY n.debtor_id, s.name, n.cancel_how, n.cancel_reason, n.channel,
                         l.move_line_id
               HAVING count(*) > 1""",
            [list(BY_PEOPLE), self.read_ledger().ids],
        )
        seen = set()
        for debtor, step, how, reason, count, day in self.env.cr.fetchall():
            if (debtor, step, how, reason) in seen:
                continue
            seen.add((debtor, step, how, reason))
            text = f"{step}, {count} times until {day}: {how}, {reason}"
            self.fault("cancelled", debtor, text)
        self.env.cr.execute(
            """SELECT task, failed FROM ar_nightly_log
                WHERE failed IS NOT NULL AND started >= %s""",
            [FIRST],
        )
        for task, failed in self.env.cr.fetchall():
            self.fault("failed", 0, f"{task}: {failed[:300]}")


#: Customers with a reason for an activity.
CAUSES = {
    "call": """SELECT debtor_id FROM ar_notice WHERE channel = 'call'
                  AND state IN ('ready', 'proposed') AND debtor_id = ANY(%s)""",
    "approve": """SELECT debtor_id FROM ar_notice WHERE state = 'proposed'
                     AND debtor_id = ANY(%s)""",
    "post_letter": """SELECT debtor_id FROM ar_notice WHERE channel = 'letter'
                         AND state = 'ready' AND debtor_id = ANY(%s)""",
    "letter": """SELECT debtor_id FROM ar_letter WHERE state IN ('draft', 'printed')
                    AND debtor_id = ANY(%s)""",
    "failed": """SELECT debtor_id FROM ar_notice WHERE state = 'failed'
                    AND debtor_id = ANY(%s)""",
    "waits": """SELECT debtor_id FROM ar_notice WHERE state IN ('ready', 'proposed')
                   AND debtor_id = ANY(%s)""",
    "bank": """SELECT d.id FROM ar_debtor d
                 JOIN account_bank_statement_line b ON b.partner_id = d.partner_id
                WHERE d.id = ANY(%s)""",
    "agreement": """SELECT debtor_id FROM ar_payment_plan WHERE closed_on IS NULL
                       AND debtor_id = ANY(%s)""",
}
