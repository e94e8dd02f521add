"""Facts outside the ledger that affect the charges of items.

Free days, reminders to consumers, earlier decisions, and offers to waive.
"""

from datetime import date, timedelta

from odoo.tools import SQL

from ...engine.interest import Pause
from ..ledger.ledger_reader import Reader
from ..ledger.money import IS_MONEY

#: Days after the free reminder until charges to a consumer begin
#: ("Charges to consumers").
FREE_DAYS = 14
#: Whether a decision's charges are still owed, or were cancelled with their invoice.
STANDS = SQL("(n.state IN ('draft', 'posted'))")


_NEVER = date.min


class ChargeFacts:
    """Adds facts to the charges of a reader: one SQL statement for each kind of fact."""

    def _read_pauses(self):
        """Read the days without charges of items, parts of items, and customers."""
        by_item, by_debtor = {}, {}
        for debtor, stop in self._stops.items():
            by_debtor.setdefault(debtor, []).append(stop)
        for debtor, first, last in self.env.execute_query(
            SQL(
                """SELECT debtor_id, date_from, date_to FROM ar_late_charge_pause
                    WHERE %s""",
                self._of_debtors(("debtor_id",)),
            )
        ):
            by_debtor.setdefault(debtor, []).append(Pause(first, last))
        sources = self.env["ar.late.charge"]._pause_sources()
        for item, first, last, amount in self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) s WHERE s.item = ANY(%s)",
                SQL(" UNION ALL ").join(sources),
                list(self.charges),
            )
        ):
            factor = self.charges[item].factor
            part = None if amount is None else round(amount * factor)
            by_item.setdefault(item, []).append(Pause(first, last, part))
        for charge in self.charges.values():
            if charge.id in by_item or charge.debtor_id in by_debtor:
                pauses = (
                    *by_item.get(charge.id, ()),
                    *by_debtor.get(charge.debtor_id, ()),
                )
                charge.late = charge.late._replace(pauses=pauses)

    def _read_reminders(self):
        """Delay the interest of consumers until 14 days after a free reminder."""
        if not self._consumers:
            return
        known = dict(
            self.env.execute_query(
                SQL(
                    """SELECT nl.move_line_id, min(n.sent_on)
                         FROM ar_notice n
                         JOIN ar_notice_line nl ON nl.notice_id = n.id
                        WHERE n.debtor_id = ANY(%s) AND n.state = 'sent'
                          AND n.stage <> 'preventive' AND n.sent_on IS NOT NULL
                          AND n.channel IN ('email', 'letter')
                          AND COALESCE(n.delivery, '') <> 'bounced'
                          AND nl.role IN ('about', 'also')
                        GROUP BY nl.move_line_id""",
                    list(self._consumers),
                )
            )
        )
        for charge in list(self.charges.values()):
            if charge.debtor_id not in self._consumers:
                continue
            if charge.id not in known:
                del self.charges[charge.id]
                continue
            charge.late = charge.late._replace(
                not_before=known[charge.id] + timedelta(days=FREE_DAYS + 1)
            )

    def _read_decisions(self):
        """Read the posted and waived amounts, and their last day.

        Decisions on an item that is gone, because its invoice was edited, are those of
        the item of the same invoice with the nearest due date. Charges on a cancelled
        invoice are waived. Credited amounts, draft credit notes included, do not count
        as charged.
        """
        by_move = {}
        for charge in self.charges.values():
            by_move.setdefault(charge.move_id, []).append(charge)
        self._fixed_moves = set()
        for item, move, due, *amounts, last in self.env.execute_query(
            SQL(
                """SELECT e.move_line_id, e.move_id, e.date_due,
                          COALESCE(sum(e.amount_posted) FILTER (WHERE %(stands)s), 0),
                          COALESCE(sum(LEAST(e.amount_credited, e.amount_posted))
                              FILTER (WHERE %(stands)s AND cr.state IN
                                                           ('draft', 'posted')
                                  AND (%(by)s::date IS NULL
                                       OR COALESCE(cr.date, cr.create_date::date)
                                          <= %(by)s)), 0),
                          sum(e.amount_waived) + COALESCE(sum(e.amount_posted) FILTER
                              (WHERE %(stands)s IS NOT TRUE), 0),
                          sum(e.amount_fixed), max(e.date_to)
                     FROM ar_late_charge e
                     LEFT JOIN account_move n ON n.id = e.note_id
                     LEFT JOIN account_move cr ON cr.id = e.credit_id
                    WHERE e.active AND e.move_id = ANY(%(moves)s)
                      AND (%(by)s::date IS NULL
                           OR COALESCE(n.date, e.create_date::date) <= %(by)s)
                    GROUP BY e.move_line_id, e.move_id, e.date_due""",
                moves=list(by_move),
                by=self.decided_by,
                stands=STANDS,
            )
        ):
            posted, credited, waived, fixed = amounts
            if fixed:
                self._fixed_moves.add(move)
            charge = self.charges.get(item)
            if item is None:
                charge = min(by_move[move], key=lambda c, d=due: abs(c.due - d))
            if charge is None:
                continue
            charge.posted += round((posted - credited) * charge.factor)
            charge.credited += round(credited * charge.factor)
            charge.waived += round(waived * charge.factor)
            charge.fixed += round(fixed * charge.factor)
            charge.covered = max(charge.covered or last, last)

    def _read_offers(self):
        """Read the notices that offered to waive charges for payment in time.

        An offer holds whatever the settings are today. Only money has to arrive in
        time: our own credits, write-offs and exchange differences do not. Unmatched
        money counts until it is matched elsewhere.
        """
        offers = {}
        for row in self.env.execute_query_dict(
            SQL(
                """SELECT n.id, n.number, n.sent_on, n.date_given, n.debtor_id,
                          nl.move_line_id AS item, l.currency_id, l.reconciled,
                          round(l.amount_residual_currency
                                * power(10, cur.decimal_places))::bigint AS residual,
                          paid.on_day
                     FROM ar_notice n
                     JOIN ar_notice_line nl
                       ON nl.notice_id = n.id AND nl.role = 'about'
                     LEFT JOIN account_move_line l ON l.id = nl.move_line_id
                     LEFT JOIN res_currency cur ON cur.id = l.currency_id
                     LEFT JOIN LATERAL (
                         SELECT max(c.date) AS on_day
                           FROM account_partial_reconcile r
                           JOIN account_move_line c ON c.id = r.credit_move_id
                           JOIN account_move cm ON cm.id = c.move_id
                          WHERE r.debit_move_id = l.id AND %s
                     ) paid ON TRUE
                    WHERE n.waives_charges AND n.state = 'sent' AND %s
                    ORDER BY n.id""",
                IS_MONEY,
                self._of_debtors(("n", "debtor_id")),
            )
        ):
            offers.setdefault(row["id"], []).append(row)
        waiting = []
        for lines in offers.values():
            late = [
                row for row in lines if (row["on_day"] or _NEVER) > row["date_given"]
            ]
            missing = {} if late else self._missing(lines)
            known = [
                self.charges[r["item"]] for r in lines if r["item"] in self.charges
            ]
            if not late and all(r["reconciled"] or not r["item"] for r in lines):
                for charge in known:
                    charge.kept = lines[0]["number"] or "-"
                    charge.kept_since = lines[0]["sent_on"]
            elif known:
                waiting.append((lines[0], known, late, missing))
        if waiting:
            self._wait_for_offers(waiting)

    def _missing(self, lines):
        """Return the amount missing for an offer after unmatched credits.

        :return: ``{currency id: amount}``
        """
        missing = {}
        for row in lines:
            if not row["item"] or row["reconciled"]:
                continue
            taken = sum(
                amount
                for day, amount, is_money in self._taken.get(row["item"], ())
                if not is_money or day <= row["date_given"]
            )
            rest = max(row["residual"] - taken, 0)
            missing[row["currency_id"]] = missing.get(row["currency_id"], 0) + rest
        return missing

    def _wait_for_offers(self, waiting):
        """Set until when to wait for offers' money, and whether it may have arrived."""
        readers, dates = {}, {}
        debtors = self.env["ar.debtor"].browse(
            {head["debtor_id"] for head, *_ in waiting}
        )
        for debtor in debtors:
            root = debtor.company_id
            if root.id not in readers:
                readers[root.id] = Reader(self.env, root)
                dates[root.id] = root._ar_rules().grace_days
        for head, charges, late, missing in waiting:
            debtor = debtors.browse(head["debtor_id"])
            reader = readers[debtor.company_id.id]
            day = reader.calendar.add_working(
                head["date_given"], dates[debtor.company_id.id]
            )
            awaits = not late and self._is_at_the_bank(debtor, reader, missing)
            for charge in charges:
                charge.offered = max(charge.offered or day, day)
                charge.awaits = charge.awaits or awaits

    @staticmethod
    def _is_at_the_bank(debtor, reader, missing):
        """Return whether unmatched bank money may be the missing amount."""
        missing = {currency: amount for currency, amount in missing.items() if amount}
        for currency, amount, _move in (
            reader.bank().get(debtor.partner_id.id, ()) if missing else ()
        ):
            if currency in missing:
                missing[currency] -= amount
        return all(amount <= 0 for amount in missing.values())
