"""Who paid too much is told, and asked how they would like it back: once."""

from datetime import timedelta

from odoo.tools import SQL

from ...tools.customer_format import Words
from ..customer.debtor_mail import DebtorMail, note_day, write_in_turn, write_to_each
from ..ledger.ledger_reader import STOPPED
from ..voice.voice import Voice
from .thanks import Thanks

#: Customers told in one transaction.
AT_ONCE = 100
#: Payments longer ago are not told: a person looks after old credits.
LATELY_DAYS = 30


class OverpaidRun:
    """Tells the customers of a company that they paid more than is open."""

    def __init__(self, company):
        self.env = company.env
        self.company = company

    @classmethod
    def tell_all(cls, env):
        """Tell, within sending hours, who paid too much some working days ago."""
        companies = env["res.company"].search(
            [("parent_id", "=", False), ("ar_overpaid_days", ">", 0)]
        )
        write_in_turn(companies, lambda company: cls(company).tell_some())

    def tell_some(self):
        """Tell some customers; return whether there are more of them."""
        found = self._overpaid()
        debtors = self.env["ar.debtor"].browse(list(found))
        waits = Voice(debtors).waits("overpaid")
        debtors = debtors.filtered(lambda debtor: debtor.id not in waits)
        if not debtors:
            return False
        note_day(debtors, "overpaid_told_on", self.company._ar_today())
        write_to_each(debtors, lambda debtor: self._tell(debtor, *found[debtor.id]))
        return len(found) == AT_ONCE

    def _overpaid(self):
        """Return who paid more than is open, and was not told since.

        What is kept apart, as a deposit, does not count, nor does a small difference.
        Debts count even where they are left out of the follow-up: they are owed. Who may
        not be contacted is told when the stop has ended.

        :return: ``{debtor id: ({currency: amount}, day of the last payment)}``
        """
        company, today = self.company, self.company._ar_today()
        self.env.flush_all()
        found = {}
        for debtor_id, currency_id, amount, last in self.env.execute_query(
            SQL(
                """SELECT d.id, l.currency_id,
                          LEAST(-sum(l.amount_residual_currency),
                                -sum(l.amount_residual_currency) FILTER (
                                    WHERE %(money)s)) AS amount,
                          max(l.date) FILTER (WHERE %(money)s) AS last
                     FROM ar_debtor d
                     JOIN res_partner p ON p.commercial_partner_id = d.partner_id
                     JOIN account_move_line l ON l.partner_id = p.id
                     JOIN account_account a ON a.id = l.account_id
                      AND a.account_type = 'asset_receivable'
                     JOIN account_journal j ON j.id = l.journal_id
                     JOIN res_company co ON co.id = l.company_id
                      AND split_part(co.parent_path, '/', 1)::int = d.company_id
                    WHERE d.company_id = %(company)s AND d.active AND NOT %(stopped)s
                      AND (%(wait)s) IS NULL
                      AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND NOT (l.amount_residual_currency < 0
                               AND (a.non_trade IS TRUE
                                    OR (COALESCE(l.no_followup, FALSE)
                                        AND j.type <> 'general')))
                    GROUP BY d.id, d.overpaid_told_on, l.currency_id
                   HAVING sum(l.amount_residual_currency) < 0
                      AND -sum(l.amount_residual) > %(small)s
                      AND max(l.date) FILTER (WHERE %(money)s) BETWEEN
                          GREATEST(%(since)s, d.overpaid_told_on + 1) AND %(day)s
                    ORDER BY d.id""",
                # Payments of a bank journal, and lines of statements
                money=SQL(
                    """(l.amount_residual_currency < 0
                        AND (l.payment_id IS NOT NULL
                             OR l.statement_line_id IS NOT NULL))"""
                ),
                company=company.id,
                stopped=SQL(STOPPED, today=today),
                wait=Voice.why_sql(company, "overpaid"),
                small=company.ar_small_amount,
                since=today - timedelta(days=LATELY_DAYS),
                day=self._last_day(today),
            )
        ):
            if debtor_id not in found and len(found) == AT_ONCE:
                break
            sums, known = found.get(debtor_id, ({}, last))
            sums[self.env["res.currency"].browse(currency_id)] = float(amount)
            found[debtor_id] = (sums, max(known, last))
        return found

    def _last_day(self, today):
        """Return the last day whose payments are told today."""
        day, calendar = today, self.company._ar_calendar()
        for _step in range(self.company.ar_overpaid_days):
            day -= timedelta(days=1)
            while not calendar.is_working(day):
                day -= timedelta(days=1)
        return day

    def _tell(self, debtor, sums, day):
        """Send the message; who reads no e-mail is told by a person."""
        people = self.env["ar.notice"]._people_of(debtor).get(debtor.id, [])
        if not people:
            debtor._ar_activity(
                "activity_check_notice",
                self.env._(
                    "Overpaid by %(amount)s: ask the customer how to return it",
                    amount=Thanks(debtor).sums_text(sums),
                ),
            )
            return
        shell = self.env["ar.notice"].new(
            {"debtor_id": debtor.id, "company_id": self.company.id}
        )
        lang = shell._lang([people[0]])
        theirs = debtor.with_context(lang=lang)
        amount = Thanks(theirs).sums_text(sums)
        template = self.env.ref("ar_followup_plus.mail_template_overpaid").with_context(
            lang=lang,
            ar_amount=amount,
            # No amounts in subjects of private persons
            ar_what=theirs.env._("Your payment")
            if debtor.kind in ("consumer", "sole_trader")
            else theirs.env._("You paid %(amount)s too much", amount=amount),
            ar_day=Words(theirs.env).day(day),
        )
        mail = DebtorMail(debtor).make(
            template, people[0], shell._sender(), shell._author()
        )
        Voice(debtor).note("overpaid", True, {debtor.id: [people[0][2]]})
        mail.send_after_commit()
