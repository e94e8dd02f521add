"""Thank-you messages when everything overdue is paid; never under do-not-contact."""

from datetime import timedelta

from odoo.tools import SQL

from ...tools.customer_format import Words
from ..customer.debtor_mail import DebtorMail, note_day, write_in_turn, write_to_each
from ..ledger.asked import asked_for
from ..statement.statement import Statement
from ..voice.voice import Voice

#: Minimum days between two thank-you messages to a customer.
ONCE_DAYS = 30
#: Days after a message within which a payment counts as its result.
LATELY_DAYS = 60
#: Customers thanked in one transaction.
THANKS = 100
#: Stages after which a payment is thanked for, by the company's setting.
FIRM = ("firm", "final", "notice")
STAGES = {"firm": FIRM, "always": ("gentle", "call", *FIRM)}


class Thanks:
    """The thank-you message to one debtor."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor

    def send(self, sums, day, coming=None):
        """Send the thank-you message, unless contact is not allowed.

        Customers without an e-mail address get a letter.

        :param dict sums: what was received, by currency
        :param datetime.date day: of the last payment
        :param tuple coming: as :func:`next_due` returns it
        """
        people = self.env["ar.notice"]._people_of(self.debtor).get(self.debtor.id, [])
        if self.debtor._why_held():
            return
        if not people:
            self.write_letter(sums, day, coming)
            return
        company = self.debtor.company_id
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": company.id}
        )
        lang = shell._lang([people[0]])
        debtor = self.debtor.with_context(lang=lang)
        said = Thanks(debtor)
        template = self.env.ref("ar_followup_plus.mail_template_thanks").with_context(
            lang=lang,
            ar_received=said.sums_text(sums),
            # No amounts in subjects to private persons
            ar_what=debtor.env._("your payment")
            if self.debtor.kind in ("consumer", "sole_trader")
            else said.sums_text(sums),
            ar_day=Words(debtor.env).day(day),
            ar_next=said.coming_text(coming),
        )
        mail = DebtorMail(self.debtor).make(
            template, people[0], shell._sender(), shell._author()
        )
        Voice(self.debtor).note("thanks", True, {self.debtor.id: [people[0][2]]})
        mail.send_after_commit()

    def write_letter(self, sums, day, coming=None):
        """Prepare the letter of thanks, for customers without an e-mail address."""
        if not Statement(self.debtor).addressee()._ar_has_address():
            return
        lang = Statement(self.debtor).unsaved_notice()._lang()
        thanks = Thanks(self.debtor.with_context(lang=lang))
        values = {
            "amount_received": thanks.sums_text(sums),
            "payment_date": Words(thanks.env).day(day),
        }
        if coming:
            values["next_due_total"], values["next_due_date"] = thanks.coming_text(
                coming
            )
        self.env["ar.letter"]._for_moment(self.debtor, "thanks", values)

    def sums_text(self, sums):
        """Format amounts of several currencies."""
        return " + ".join(
            currency.with_env(self.env).format(float(amount))
            for currency, amount in sums.items()
            if amount
        )

    def coming_text(self, coming):
        """Format ``({currency: amount}, day)`` of the next due date, or None."""
        if not coming:
            return None
        sums, day = coming
        return (self.sums_text(sums), Words(self.env).day(day))


def next_due(debtors):
    """Return what each customer owes on its next due date.

    :return: ``{debtor id: ({currency: amount}, day)}``, of those who owe something
    """
    asked = {
        item_id: entry.amount
        for item_id, entry in asked_for(debtors).items()
        if entry.amount
    }
    found = {}
    items = debtors.env["ar.open.item"].search([("id", "in", list(asked))])
    for debtor, mine in items.grouped("debtor_id").items():
        day = min(mine.mapped("due_date"))
        sums = {}
        for item in mine.filtered(lambda i, d=day: i.due_date == d):
            currency = item.currency_id
            sums[currency] = sums.get(currency, 0) + asked[item.id]
        found[debtor.id] = (sums, day)
    return found


class ThanksRun:
    """Sends the thank-you messages of a company, once a day."""

    def __init__(self, company):
        self.env = company.env
        self.company = company

    @classmethod
    def send_all(cls, env):
        """Thank customers who paid everything overdue, once a day within sending hours."""
        companies = env["res.company"].search(
            [("parent_id", "=", False), ("ar_thanks", "in", list(STAGES))]
        )
        companies = companies.filtered(lambda c: c.ar_thanked_on != c._ar_today())
        write_in_turn(companies, lambda company: cls(company).send_some())

    def send_some(self):
        """Thank some customers; return whether there are more."""
        found, today = self._due(), self.company._ar_today()
        waits = Voice(found).waits("thanks")
        debtors = found.filtered(lambda debtor: debtor.id not in waits)
        received = self._received(debtors)
        note_day(debtors, "thanked_on", today)
        thanked = debtors.filtered(lambda d: received.get(d.id))
        coming = next_due(thanked)
        write_to_each(
            thanked,
            lambda d: Thanks(d).send(*received[d.id], coming.get(d.id)),
        )
        if debtors and len(found) == THANKS:
            return True
        note_day(self.company, "ar_thanked_on", today)
        return False

    def _due(self):
        """Return customers who got a message recently and have nothing overdue now."""
        today = self.company._ar_today()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ar_debtor d
                    WHERE d.company_id = %(company)s AND d.active
                      AND d.last_contact_date >= %(lately)s
                      AND (d.thanked_on IS NULL OR d.thanked_on <= %(once)s)
                      AND (%(wait)s) IS NULL
                      AND EXISTS (
                          SELECT 1 FROM ar_notice n
                           WHERE n.debtor_id = d.id AND n.state = 'sent'
                             AND n.stage = ANY(%(stages)s)
                             AND n.sent_on >= %(lately)s
                             AND n.sent_on > COALESCE(d.thanked_on, '-infinity'))
                      AND NOT EXISTS (
                          SELECT 1 FROM res_partner p
                            JOIN account_move_line l ON l.partner_id = p.id
                            JOIN account_account a ON a.id = l.account_id
                             AND a.account_type = 'asset_receivable'
                            JOIN res_company co ON co.id = l.company_id
                             AND split_part(co.parent_path, '/', 1)::int = d.company_id
                           WHERE p.commercial_partner_id = d.partner_id
                             AND l.parent_state = 'posted'
                             AND l.reconciled IS NOT TRUE
                             AND l.amount_residual_currency > 0
                             AND COALESCE(l.date_maturity, l.date) < %(today)s)
                    ORDER BY d.id LIMIT %(limit)s""",
                company=self.company.id,
                lately=today - timedelta(days=LATELY_DAYS),
                once=today - timedelta(days=ONCE_DAYS),
                wait=Voice.why_sql(self.company, "thanks"),
                stages=list(STAGES[self.company.ar_thanks]),
                today=today,
                limit=THANKS,
            )
        )
        return self.env["ar.debtor"].browse([row[0] for row in rows])

    def _received(self, debtors):
        """Return the payments for items of these messages, and their last day.

        :return: ``{debtor id: ({currency: amount}, day)}``, without credit notes
        """
        if not debtors.ids:
            return {}
        result = {}
        for debtor_id, currency_id, amount, day in self.env.execute_query(
            SQL(
                """SELECT x.debtor_id, x.currency_id, sum(x.amount), max(x.date)
                     FROM (
                         SELECT DISTINCT r.id, n.debtor_id, c.date,
                                r.debit_currency_id AS currency_id,
                                r.debit_amount_currency AS amount
                           FROM ar_notice n
                           JOIN ar_debtor d ON d.id = n.debtor_id
                           JOIN ar_notice_line nl ON nl.notice_id = n.id
                            AND nl.role IN ('about', 'also')
                           JOIN account_partial_reconcile r
                             ON r.debit_move_id = nl.move_line_id
                           JOIN account_move_line c ON c.id = r.credit_move_id
                           JOIN account_journal j ON j.id = c.journal_id
                            AND j.type IN ('bank', 'cash', 'credit')
                          WHERE n.debtor_id = ANY(%s) AND n.state = 'sent'
                            AND n.sent_on > COALESCE(d.thanked_on, '-infinity')
                            AND c.date >= n.sent_on
                     ) x
                    GROUP BY x.debtor_id, x.currency_id""",
                debtors.ids,
            )
        ):
            sums, last = result.get(debtor_id, ({}, day))
            sums[self.env["res.currency"].browse(currency_id)] = amount
            result[debtor_id] = (sums, max(last, day))
        return result
