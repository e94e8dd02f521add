"""Which notices that are about to be sent have to wait, and until when."""

from datetime import timedelta

from odoo.tools import SQL
from odoo.tools.mail import email_normalize_all

from ...engine.values import STAGE_RANK
from .voice import LEGAL, PASSING, Wait


class Turns:
    """Orders the notices of a batch: one contact a day for a customer and an address.

    :param ar.notice notices: those of one company, as superuser
    """

    def __init__(self, notices):
        self.env = notices.env
        self.notices = notices
        self.company = notices.company_id
        self.today = self.company._ar_today()
        self.tomorrow = self.company._ar_calendar().add_working(self.today, 1)

    def waits(self, people):
        """Return which notices have to wait.

        Those of one step to one customer, by e-mail and as a letter, are one contact.
        What somebody asked to send since the last contact does not wait.

        :param dict people: the recipients, ``{notice id: [Person]}``
        :return: ``{notice: Wait}``
        """
        facts = self._facts()
        told = self._told(people)
        steps, waits = {}, {}
        for notice in self.notices.sorted(
            lambda n: (-STAGE_RANK[n.stage], -n.amount, n.id)
        ):
            debtor = notice.debtor_id
            addresses = _addresses(people.get(notice.id, ()))
            wait = self._wait(notice, facts[notice.id])
            if not wait and steps.get(debtor, notice.step_id) != notice.step_id:
                wait = Wait(self.tomorrow, "first")
            if not wait and not notice.asked_on:
                others = set().union(*(told.get(a, ()) for a in addresses))
                if others - {debtor.id}:
                    wait = Wait(self.tomorrow, "address")
            if wait:
                waits[notice] = wait
                continue
            steps[debtor] = notice.step_id
            for address in addresses:
                told.setdefault(address, set()).add(debtor.id)
        return waits

    def _wait(self, notice, facts):
        """Return why the notice waits, by its customer alone, or None."""
        last, free_on, is_sibling, at_once, is_told = facts
        legal = notice.stage in LEGAL
        if notice.asked_on and (not last or last <= notice.asked_on):
            return None
        decided = legal or bool(notice.approved_by) or at_once
        # A day that is only reserved is kept for what comes after a final demand
        if last == self.today and not is_sibling and (is_told or not legal):
            return Wait(self._after(last, decided), "day")
        # A talk or message since the decision
        if last and not is_sibling and not decided and last >= notice.date:
            until = self._after(last, decided)
            if until > self.today:
                return Wait(until, "gap")
        if free_on and free_on > self.today and not decided and not is_sibling:
            return Wait(free_on, "budget")
        return None

    def _after(self, last, decided):
        """Return the first day after a contact: the next one, or after the gap."""
        if decided:
            return self.tomorrow
        return last + timedelta(days=max(self.company.ar_gap_days, 1))

    def _facts(self):
        """Return what is known of the customer of each notice, in one statement.

        :return: ``{notice id: (last contact, day on which a message fits, whether that
            contact was the same step through another channel and nothing else, whether
            an item is to be asked for at once, whether the customer was told something
            today)}``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT n.id, d.last_contact_date, d.budget_free_on,
                          EXISTS (SELECT 1 FROM ar_notice o
                                   WHERE o.debtor_id = n.debtor_id AND o.id <> n.id
                                     AND o.step_id = n.step_id AND o.date = n.date
                                     AND o.state = 'sent'
                                     AND o.sent_on = d.last_contact_date)
                          AND NOT EXISTS (SELECT 1 FROM ar_outgoing o
                                           WHERE o.debtor_id = n.debtor_id
                                             AND o.day = d.last_contact_date
                                             AND o.kind <> ALL(%(beside)s)),
                          EXISTS (SELECT 1 FROM ar_notice_line nl
                                    JOIN ar_payment_plan_line pl
                                      ON pl.move_line_id = nl.move_line_id
                                   WHERE nl.notice_id = n.id AND pl.at_once
                                     -- A notice since then has asked for it
                                     AND NOT EXISTS (
                                         SELECT 1 FROM ar_notice_line sl
                                           JOIN ar_notice s ON s.id = sl.notice_id
                                          WHERE sl.move_line_id = nl.move_line_id
                                            AND sl.taken AND s.state = 'sent'
                                            AND s.sent_on >= pl.at_once_on)),
                          EXISTS (SELECT 1 FROM ar_outgoing o
                                   WHERE o.debtor_id = n.debtor_id AND o.day = %(today)s
                                     AND o.kind <> ALL(%(passing)s))
                     FROM ar_notice n JOIN ar_debtor d ON d.id = n.debtor_id
                    WHERE n.id = ANY(%(ids)s)""",
                ids=self.notices.ids,
                today=self.today,
                beside=["notice", *PASSING],
                passing=list(PASSING),
            )
        )
        return {row[0]: row[1:] for row in rows}

    def _told(self, people):
        """Return who was told at these addresses today: ``{address: {debtor id}}``."""
        addresses = {
            address for some in people.values() for address in _addresses(some)
        }
        told = {}
        for address, debtor_id in self.env.execute_query(
            SQL(
                """SELECT address, debtor_id FROM ar_outgoing
                    WHERE company_id = %s AND day = %s AND address = ANY(%s)
                      AND kind <> ALL(%s)""",
                self.company.id,
                self.today,
                list(addresses),
                list(PASSING),
            )
        ):
            told.setdefault(address, set()).add(debtor_id)
        return told


def _addresses(people):
    """Return the addresses of recipients, to compare."""
    return [
        address for person in people for address in email_normalize_all(person.email)
    ]
