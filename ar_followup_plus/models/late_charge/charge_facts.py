"""Facts outside the ledger that affect the charges of items.

Free days, reminders to consumers, earlier decisions, and offers to waive.
"""

from datetime import timedelta

from odoo.tools import SQL

from ...engine.interest import Pause

#: Days after the free reminder until charges to a consumer begin
#: ("Charges to consumers").
FREE_DAYS = 14
#: Decisions that count: not those whose invoice was cancelled.
COUNTS = SQL("(e.amount_posted = 0 OR n.state IN ('draft', 'posted'))")


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

        An edit of an invoice replaces its items: decisions on a deleted item count for
        the item of the same invoice with the nearest due date.
        """
        by_move = {}
        for charge in self.charges.values():
            by_move.setdefault(charge.move_id, []).append(charge)
        self._fixed_moves = set()
        for item, move, due, posted, waived, fixed, last in self.env.execute_query(
            SQL(
                """SELECT e.move_line_id, e.move_id, e.date_due, sum(e.amount_posted),
                          sum(e.amount_waived), sum(e.amount_fixed), max(e.date_to)
                     FROM ar_late_charge e
                     LEFT JOIN account_move n ON n.id = e.note_id
                    WHERE e.active AND e.move_id = ANY(%s) AND %s
                    GROUP BY e.move_line_id, e.move_id, e.date_due""",
                list(by_move),
                COUNTS,
            )
        ):
            if fixed:
                self._fixed_moves.add(move)
            charge = self.charges.get(item)
            if item is None:
                charge = min(by_move[move], key=lambda c, d=due: abs(c.due - d))
            if charge is None:
                continue
            charge.posted += round(posted * charge.factor)
            charge.waived += round(waived * charge.factor)
            charge.fixed += round(fixed * charge.factor)
            charge.covered = max(charge.covered or last, last)

    def _read_offers(self):
        """Read the notices that offered to waive charges for payment in time.

        The offer is kept even if the setting changed since then.
        """
        for number, day, items, kept in self.env.execute_query(
            SQL(
                """SELECT n.number, n.date_given, array_agg(nl.move_line_id),
                          bool_and(nl.move_line_id IS NULL
                                   OR l.reconciled IS TRUE AND paid.on_day <= n.date_given)
                     FROM ar_notice n
                     JOIN ar_notice_line nl
                       ON nl.notice_id = n.id AND nl.role = 'about'
                     LEFT JOIN account_move_line l ON l.id = nl.move_line_id
                     LEFT JOIN LATERAL (
                         SELECT max(pay.date) AS on_day
                           FROM account_partial_reconcile r
                           JOIN account_move_line pay ON pay.id = r.credit_move_id
                          WHERE l.reconciled AND r.debit_move_id = l.id
                     ) paid ON TRUE
                    WHERE n.waives_charges AND n.state = 'sent' AND %s
                    GROUP BY n.id""",
                self._of_debtors(("n", "debtor_id")),
            )
        ):
            for item in items:
                charge = self.charges.get(item)
                if charge and kept:
                    charge.kept = number or "-"
                elif charge:
                    charge.offered = max(charge.offered or day, day)
