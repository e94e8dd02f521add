"""A second reading of the ledger, beside the product's.

It imports nothing of the addon and reads no view of it: rows of accounting, and what
people agreed and contested, by SQL of its own. Residuals are added up from what was
matched, not read. Amounts are whole numbers in the minor unit of their currency.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

#: Days for which an accepted dispute holds an invoice without any credit note.
NO_CREDIT_DAYS = 14


class Line(NamedTuple):
    """A posted receivable line."""

    id: int
    move: int
    debtor: int
    currency: int
    date: object
    due: object
    amount: int
    balance: int
    kind: str
    reverses: int | None
    apart: bool


class Match(NamedTuple):
    """A matching of two lines."""

    debit: int
    credit: int
    of_debit: int
    of_credit: int
    own: int
    on: object
    credit_on: object
    is_money: bool


def minor(value, digits):
    return int((Decimal(str(value or 0)) * 10**digits).to_integral_value(ROUND_HALF_UP))


class SecondOpinion:
    """What the ledger of one company says.

    :param cr: a cursor; what is in the cache was written before
    :param int company: a company without branches
    :param debtors: ids of the customers that are looked at
    """

    def __init__(self, cr, company, debtors):
        self.cr = cr
        self.company = company
        #: ``{line of an agreement: {credit line: matched when it was made}}``
        self.before = {}
        self.load(debtors)

    def rows(self, query, *values):
        self.cr.execute(query, values)
        return self.cr.fetchall()

    def load(self, debtors):
        """Read the ledger of some customers as it is now."""
        digits = dict(
            self.rows(
                """SELECT id, CASE WHEN rounding >= 1 THEN 0
                                   ELSE round(-log(rounding))::int END
                     FROM res_currency"""
            )
        )
        [(self.own_currency,)] = self.rows(
            "SELECT currency_id FROM res_company WHERE id = %s", self.company
        )
        self.digits, own = digits, digits[self.own_currency]
        self.lines = {
            row[0]: Line(
                *row[:6], minor(row[6], digits[row[3]]), minor(row[7], own), *row[8:]
            )
            for row in self.rows(
                """SELECT aml.id, aml.move_id, deb.id, aml.currency_id, aml.date,
                          COALESCE(aml.date_maturity, aml.date), aml.amount_currency,
                          aml.balance, am.move_type, am.reversed_entry_id,
                          aml.no_followup IS TRUE AND aj.type <> 'general'
                     FROM account_move_line aml
                     JOIN account_account aa ON aa.id = aml.account_id
                     JOIN account_move am ON am.id = aml.move_id
                     JOIN account_journal aj ON aj.id = am.journal_id
                     JOIN res_partner rp ON rp.id = aml.partner_id
                     JOIN ar_debtor deb ON deb.partner_id = rp.commercial_partner_id
                          AND deb.company_id = aml.company_id
                    WHERE aml.company_id = %s AND am.state = 'posted'
                      AND aa.account_type = 'asset_receivable'
                      AND deb.id = ANY(%s)""",
                self.company,
                list(debtors),
            )
        }
        self.matches = [
            Match(
                row[0],
                row[1],
                minor(row[2], digits[row[8]]),
                minor(row[3], digits[row[9]]),
                minor(row[4], own),
                *row[5:8],
            )
            for row in self.rows(
                """SELECT apr.debit_move_id, apr.credit_move_id,
                          apr.debit_amount_currency, apr.credit_amount_currency,
                          apr.amount, GREATEST(deb.date, cre.date), cre.date,
                          EXISTS (SELECT 1 FROM account_payment ap
                                   WHERE ap.move_id = cre.move_id),
                          deb.currency_id, cre.currency_id
                     FROM account_partial_reconcile apr
                     JOIN account_move_line deb ON deb.id = apr.debit_move_id
                     JOIN account_move_line cre ON cre.id = apr.credit_move_id
                    WHERE deb.company_id = %s""",
                self.company,
            )
        ]
        self.of_line = defaultdict(list)
        for match in self.matches:
            self.of_line[match.debit].append(match)
            self.of_line[match.credit].append(match)

    # === WHAT IS OPEN === #

    def open_of(self, line, day=None):
        """Return what is open of a line, in its currency and the company's.

        :param datetime.date day: at the end of which; None: now
        """
        amount, own = line.amount, line.balance
        for match in self.of_line[line.id]:
            if day and match.on > day:
                continue
            if match.debit == line.id:
                amount, own = amount - match.of_debit, own - match.own
            else:
                amount, own = amount + match.of_credit, own + match.own
        return amount, own

    # === STATEMENTS === #

    def statements(self, day=None):
        """Return what statements of a day have to say.

        Where only differences of exchange rates are left in a currency, they are told
        with the customer's largest other currency: the sum stays the ledger's.

        :return: ``{(debtor, currency): {"total", "company", "credits"}}``; nothing
            where nothing is open
        """
        found, told = {}, set()
        for line in self.lines.values():
            if day and line.date > day:
                continue
            amount, own = self.open_of(line, day)
            if amount or own:
                part = found.setdefault(
                    (line.debtor, line.currency),
                    {"total": 0, "company": 0, "credits": 0},
                )
                part["total"] += amount
                part["company"] += own
                part["credits"] += max(-amount, 0)
                if amount:
                    told.add((line.debtor, line.currency))
        for key in [key for key in found if key not in told]:
            rest = found.pop(key)["company"]
            others = [other for other in told if other[0] == key[0]]
            if others:
                largest = max(others, key=lambda other: abs(found[other]["company"]))
                found[largest]["company"] += rest
        return found

    def contested(self, day):
        """Return what was contested at the end of a day, ``{line: amount}``."""
        found = defaultdict(int)
        for line, amount in self.rows(
            """SELECT adl.move_line_id, adl.amount FROM ar_dispute_line adl
                 JOIN ar_dispute ad ON ad.id = adl.dispute_id
                WHERE ad.company_id = %s AND ad.opened_on <= %s
                  AND (ad.closed_on IS NULL OR ad.closed_on > %s)""",
            self.company,
            day,
            day,
        ):
            if line in self.lines:
                found[line] += minor(amount, self.digits[self.lines[line].currency])
        return found

    def agreed(self, day):
        """Return what was agreed and not paid at the end of a day, ``{line: amount}``."""
        found = defaultdict(int)
        for agreement, line, amount in self.rows(
            """SELECT apl.id, apl.move_line_id, apl.amount
                 FROM ar_payment_plan_line apl
                 JOIN ar_payment_plan ap ON ap.id = apl.plan_id
                WHERE ap.company_id = %s AND ap.start_on <= %s
                  AND (ap.closed_on IS NULL OR ap.closed_on > %s)""",
            self.company,
            day,
            day,
        ):
            if line in self.lines:
                whole = minor(amount, self.digits[self.lines[line].currency])
                found[line] += max(whole - self.paid(agreement, line, day), 0)
        return found

    # === PAID SINCE IT WAS AGREED === #

    def remember(self):
        """Note what was matched with items when something was agreed about them."""
        for agreement, line in self.rows(
            """SELECT apl.id, apl.move_line_id FROM ar_payment_plan_line apl
                 JOIN ar_payment_plan ap ON ap.id = apl.plan_id
                WHERE ap.company_id = %s AND apl.move_line_id IS NOT NULL""",
            self.company,
        ):
            if agreement not in self.before:
                self.before[agreement] = self._matched(line)

    def _matched(self, line, until=None):
        """Return what payments were matched with a line, ``{credit line: amount}``."""
        found = defaultdict(int)
        for match in self.of_line[line]:
            if match.debit == line and match.is_money:
                if not until or match.credit_on <= until:
                    found[match.credit] += match.of_debit
        return found

    def paid(self, agreement, line, until=None):
        """Return the money that arrived for an item since something was agreed."""
        before = self.before[agreement]
        return sum(
            max(amount - before.get(credit, 0), 0)
            for credit, amount in self._matched(line, until).items()
        )

    def paid_of_running(self):
        """Return ``{line of an agreement: paid}`` of those that run."""
        return {
            agreement: min(
                minor(amount, self.digits[self.lines[line].currency]),
                self.paid(agreement, line),
            )
            for agreement, line, amount in self.rows(
                """SELECT apl.id, apl.move_line_id, apl.amount
                     FROM ar_payment_plan_line apl
                     JOIN ar_payment_plan ap ON ap.id = apl.plan_id
                    WHERE ap.company_id = %s AND ap.start_on IS NOT NULL
                      AND ap.closed_on IS NULL AND apl.is_left IS NOT TRUE""",
                self.company,
            )
            if line in self.lines
        }

    # === WHAT MAY BE ASKED FOR === #

    def collectible(self, day, small_amount, small_percent):
        """Return what may be asked for on a day, ``{line: amount}``.

        :param float small_amount: in company currency; a rest of an item up to it, and
            up to ``small_percent`` of the item, is not asked for
        """
        taken = self._taken(day)
        result = {}
        mine = defaultdict(list)
        for line in self.lines.values():
            amount, own = self.open_of(line)
            if amount:
                mine[line.debtor].append((line, amount, own))
        for lines in mine.values():
            lines.sort(key=lambda row: (row[0].due, row[0].id))
            counting = [row for row in lines if row[1] > 0 or not row[0].apart]
            owes = sum(own for _line, _amount, own in counting) > 0
            for currency in {line.currency for line, _amount, _own in lines}:
                part = [row for row in counting if row[0].currency == currency]
                owes_it = sum(amount for _line, amount, _own in part) > 0
                free = self._free(part, taken)
                for line, amount, own in part:
                    if amount > 0:
                        asked = free[line.id] if owes and owes_it else 0
                        if self._is_small(
                            line, asked, amount, own, small_amount, small_percent
                        ):
                            asked = 0
                        result[line.id] = asked
        return result

    def _is_small(self, line, asked, amount, own, most, percent):
        worth = Decimal(own) * asked / amount
        most = minor(most, self.digits[self.own_currency])
        return (
            asked < line.amount
            and asked * 100 <= percent * line.amount
            and int(worth.to_integral_value()) <= most
        )

    def _free(self, rows, taken):
        """Return what credits leave of items in one currency, ``{line: amount}``."""
        held = {
            line.id: min(amount, taken.get(line.id, 0))
            for line, amount, _own in rows
            if amount > 0
        }
        free = {
            line.id: amount - held[line.id] for line, amount, _own in rows if amount > 0
        }
        credits = [[line, -amount] for line, amount, _own in rows if amount < 0]
        # The invoice that a credit names
        for credit in credits:
            for line, amount, _own in rows:
                if amount > 0 and credit[0].reverses == line.move:
                    for pot in (free, held):
                        part = min(credit[1], pot[line.id])
                        pot[line.id] -= part
                        credit[1] -= part
        # The item that it equals
        for credit in credits:
            twins = [key for key, amount in free.items() if amount == credit[1] > 0]
            if twins:
                free[twins[0]], credit[1] = 0, 0
        # The oldest; what is held last
        rest = sum(amount for _line, amount in credits)
        for pot in (free, held):
            for key in pot:
                part = min(rest, pot[key])
                pot[key] -= part
                rest -= part
        return free

    def _taken(self, day):
        """Return what is contested, agreed on or waits for us, ``{line: amount}``."""
        taken = defaultdict(int)
        contested = defaultdict(int)
        for move, amount in self.rows(
            """SELECT ad.move_id, sum(adl.amount) FROM ar_dispute ad
                 JOIN ar_dispute_line adl ON adl.dispute_id = ad.id
                WHERE ad.company_id = %s AND ad.state IN ('open', 'in_progress')
                GROUP BY ad.move_id""",
            self.company,
        ):
            contested[move] = amount
        wait = self._waiting_moves(day)
        for line in self.lines.values():
            amount = self.open_of(line)[0]
            if amount > 0 and line.move in wait:
                taken[line.id] = amount
            elif amount > 0:
                digits = self.digits[line.currency]
                taken[line.id] = min(amount, minor(contested[line.move], digits))
        for agreement, line, amount in self.rows(
            """SELECT id, move_line_id, amount FROM ar_payment_plan_line
                WHERE active AND hold IS NOT NULL AND (until IS NULL OR until >= %s)""",
            day,
        ):
            if line in self.lines:
                whole = minor(amount, self.digits[self.lines[line].currency])
                taken[line] += max(whole - self.paid(agreement, line), 0)
        return taken

    def _waiting_moves(self, day):
        """Return the invoices that wait for what we have to do about a dispute."""
        wait = set()
        for move, state, credit, credit_state, closed, deadline, rest in self.rows(
            """SELECT ad.move_id, ad.state, ad.credit_move_id, am.state, ad.closed_on,
                      ad.deadline, ad.rest_until
                 FROM ar_dispute ad LEFT JOIN account_move am ON am.id = ad.credit_move_id
                WHERE ad.company_id = %s
                  AND (ad.state IN ('open', 'in_progress')
                       OR ad.state = 'accepted' AND ad.amount_accepted > 0)""",
            self.company,
        ):
            if state != "accepted":
                waits = deadline and rest and deadline < day <= rest
            elif credit_state in (None, "cancel"):
                waits = closed >= day - timedelta(days=NO_CREDIT_DAYS)
            elif credit_state == "draft":
                waits = True
            else:
                waits = any(
                    self.open_of(line)[0]
                    for line in self.lines.values()
                    if line.move == credit
                )
            if waits:
                wait.add(move)
        return wait

    def overdue(self, day, *small):
        """Return what may be asked for and is overdue, ``{debtor: own currency}``."""
        found = defaultdict(Decimal)
        for key, asked in self.collectible(day, *small).items():
            line = self.lines[key]
            if line.due < day and asked:
                amount, own = self.open_of(line)
                # Each item is rounded to a cent, as it is booked
                found[line.debtor] += round(Decimal(own) * asked / amount)
        return found

    # === INTEREST === #

    def accrued(self, day, percent, scheme_days=365):
        """Return the interest of a day, ``{line: amount}``, day by day.

        Of invoices of businesses that only payments were matched with, and nothing was
        said about: what stands still, what a credit note does, and what consumers pay,
        are other questions.
        """
        quiet = {
            row[0]
            for row in self.rows(
                """SELECT move_line_id FROM ar_dispute_line
                    UNION SELECT move_line_id FROM ar_payment_plan_line"""
            )
        }
        credited = {
            line.debtor
            for line in self.lines.values()
            if line.amount < 0 and self.open_of(line)[0]
        }
        consumers = {
            row[0]
            for row in self.rows("SELECT id FROM ar_debtor WHERE kind = 'consumer'")
        }
        found = {}
        for line in self.lines.values():
            if (
                line.kind != "out_invoice"
                or line.debtor in consumers
                or line.id in quiet
                or line.debtor in credited
                or not self.open_of(line)[0]
                or any(
                    match.of_debit and not match.is_money
                    for match in self.of_line[line.id]
                )
            ):
                continue
            exact, on = Decimal(0), line.due + timedelta(days=1)
            while on <= day:
                base = line.amount - sum(
                    match.of_debit
                    for match in self.of_line[line.id]
                    if match.credit_on < on
                )
                exact += Decimal(base) * percent / 100 / scheme_days
                on += timedelta(days=1)
            found[line.id] = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        return found
