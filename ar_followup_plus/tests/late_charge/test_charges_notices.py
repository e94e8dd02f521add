"""Late charges on notices: nothing, one line, a table; and what they promise is kept."""

from datetime import timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from ...models.late_charge.accrued_charges import AccruedCharges
from ..letter.test_letters import LetterCommon
from ..notice_text.text_common import STAGES
from .charges_common import ChargesCommon

DAY = timedelta(days=1)


class TestChargesNotices(ChargesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.ar_charge_mode = "shown"

    def _about(self, stage, amount=1000, **values):
        """Return a notice about an invoice of the day of its stage."""
        invoice = self._invoice(self.customer, amount, self._due(stage))
        return self._notice(stage, [invoice], number="N2026-000001", **values)

    def _send(self, notice):
        """Let a notice be checked as before it leaves, and leave."""
        counts = {"sent": 0, "failed": 0, "cancelled": 0, "calls": 0}
        kept = notice.sudo()._check_again(self.company, counts)
        self.assertEqual(kept, notice)
        self._leave(notice)

    # === WHAT THEY SAY === #

    def test_nothing_on_friendly_notices(self):
        for stage in ("preventive", "gentle"):
            notice = self._about(stage)
            text = self._read(notice)
            self.assertNotIn("interest", text.lower())
            self.assertNotIn("charge", text.lower())
            self.assertFalse(notice.charges_table)

    def test_one_line_on_firm_ones(self):
        # 22 days at 9 % on 1,000.00: 5.42
        notice = self._about("firm")
        text = self._read(notice)
        self.assertIn(
            "Late-payment interest of 9\xa0% a year is running meanwhile; as of today it "
            "would be $\xa05.42. If everything listed arrives by March 17, 2026, we will "
            "not charge it.",
            text,
        )
        self.assertFalse(notice.charges_table)
        self.assertIn("Please pay $\xa01,000.00 by", text)

    def test_the_rate_with_which_interest_began(self):
        """As in the United Kingdom: the line names the rate that is charged."""
        self.scheme.rate_rule = "start"
        self.scheme.rate_ids.date_to = self._ago(6)
        self.scheme.rate_ids = [
            Command.create({"date_from": self._ago(5), "percent": 20})
        ]
        text = self._read(self._about("firm"))
        self.assertIn("interest of 9\xa0% a year is running", text)
        self.assertIn("it would be $\xa05.42", text)

    def test_a_table_on_final_ones(self):
        for stage in ("final", "notice"):
            notice = self._about(stage)
            text = self._read(notice)
            days = self._due(stage)
            charges = f"$\xa0{1000 * 0.09 * days / 365:.2f}"
            self.assertIn(
                f"As of March 10, 2026 they would be {charges}. If everything listed "
                "arrives by March 17, 2026, we will not charge them.",
                text,
            )
            rows = self._table(notice.charges_table)
            name = notice.line_ids.move_name
            plain = charges.replace("\xa0", " ")
            self.assertEqual(rows[1], [name, str(days), plain, "", plain])
            # Never in one total
            self.assertIn("$\xa01,000.00", text)
            self.assertEqual(notice.text_values["total_demanded"], "$\xa01,000.00")
            self.assertNotIn(f"{1000 + 1000 * 0.09 * days / 365:,.2f}", text)

    def test_fixed_sums_and_two_currencies(self):
        self.scheme.fixed_ids = [Command.create({"from_amount": 0, "amount": 40})]
        usd = self._invoice(self.customer, 1000, 35)
        eur = self._invoice(self.customer, 1000, 35, self.eur)
        notice = self._notice("final", [usd, eur])
        text = self._read(notice)
        self.assertIn(
            "48.63\xa0USD and 88.63\xa0EUR, of which 40.00\xa0USD and 80.00\xa0EUR as a "
            "fixed sum",
            text,
        )
        rows = self._table(notice.charges_table)
        self.assertEqual(len(rows), 5)
        self.assertEqual(rows[3][-1], "48.63 USD")

    def test_without_the_promise(self):
        self.company.ar_charge_waive = False
        for stage in ("firm", "final", "notice"):
            text = self._read(self._about(stage))
            self.assertNotIn("we will not charge", text)
            self.assertIn("would be", text)

    def test_nothing_without_a_rate_or_for_whom_none_is_charged(self):
        notice = self._about("final")
        self.scheme.rate_ids.date_to = self._ago(5)
        self.assertNotIn("charges", self._read(notice))
        self.scheme.rate_ids.date_to = False
        notice.invalidate_recordset()
        self.assertIn("charges", self._read(notice))
        self.debtor.kind = "consumer"
        notice.invalidate_recordset()
        self.assertNotIn("charges", self._read(notice))

    def test_off_says_nothing(self):
        self.company.ar_charge_mode = "off"
        for stage in STAGES:
            self.assertNotIn("ate-payment", self._read(self._about(stage)))

    def test_posted_charges_are_said_no_more(self):
        """What was charged is an invoice like others, and only the rest accrues."""
        self.company.ar_charge_mode = "posted"
        notice = self._about("final")
        self._decide({notice.line_ids.move_id: 8.63})
        self.assertNotIn("ate-payment charges", self._read(notice))

    def test_what_was_charged_and_is_open_is_shown(self):
        """An earlier fixed sum is part of the calculation, and of what is owed."""
        self.company.ar_charge_mode = "posted"
        self.scheme.fixed_ids = [Command.create({"from_amount": 0, "amount": 40})]
        invoice = self._invoice(self.customer, 1000, 35)
        # 30 days at 9 %: 7.40, and 40.00
        entry = self._decide({invoice: 47.40}, self._ago(5))
        note = entry.note_id
        self.assertEqual((note.state, note.amount_residual), ("posted", 47.40))
        notice = self._notice("final", [invoice])
        rows = self._table(notice.charges_table)
        self.assertEqual(rows[1], [invoice.name, "5", "$ 1.23", "", "$ 1.23"])
        self.assertEqual(rows[2][-1], "$ 1.23")
        self.assertEqual(
            rows[3], [f"Charged before with {note.name}, and not paid", "$ 47.40"]
        )
        # Line by line it adds up
        rows = self._table(notice.charges_annex)
        self.assertIn(["", "Fixed sum", "", "", "", "", "$ 40.00"], rows)
        self.assertEqual(rows[-1][-1], "$ 1.23")
        parts = [float(row[-1].replace("$ ", "").replace("$", "")) for row in rows[1:]]
        self.assertAlmostEqual(sum(parts[:-1]), parts[-1], 2)
        # A part that was paid, and an invoice that the notice lists itself
        self._pay(note, 40)
        notice.invalidate_recordset()
        self.assertEqual(self._table(notice.charges_table)[3][-1], "$ 7.40")
        both = self._notice("final", [invoice, note])
        self.assertEqual(len(self._table(both.charges_table)), 3)
        self._pay(note)
        notice.invalidate_recordset()
        self.assertEqual(len(self._table(notice.charges_table)), 3)

    def test_in_another_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        notice = self._about("final")
        self.env.flush_all()
        _subject, body = self._render(notice, "fr_FR")
        self.assertIn("8,63", body)

    def test_statements_do_not_grow(self):
        """Many notices: their charges cost a constant number of SQL statements."""
        notices = self._about("final")
        for number in range(3):
            partner = self._customer(f"Many {number}")
            notices |= self._notice("final", [self._invoice(partner, 1000, 35)])
        self.env.flush_all()

        def count(some):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.sudo().mapped("charges_table")
            return self.env.cr.sql_log_count - before

        count(notices)  # warms what is kept between requests
        self.assertLessEqual(count(notices), count(notices[:1]) + 2)

    # === WHAT THEY PROMISE === #

    def test_waived_when_all_arrives_in_time(self):
        self.company.ar_charge_mode = "posted"
        first = self._invoice(self.customer, 1000, 35)
        second = self._invoice(self.customer, 500, 35)
        notice = self._notice("final", [first, second], number="N2026-000007")
        self._send(notice)
        self.assertTrue(notice.waives_charges)
        day = self.today + 7 * DAY
        self._pay(first, 1000, day)
        with freeze_time(f"{day + DAY} 10:00:00"):
            # One of them is still open: what accrued stays
            self.assertEqual(self._accrued(), {"USD": 15.66})
            self._pay(second, 500, day)
            self.assertEqual(self._accrued(), {})
            # The setting was changed since: kept all the same, and written down
            self.company.ar_charge_waive = False
            self.company.sudo()._ar_charge_company()
            charges = self.env["ar.late.charge"].search([])
            self.assertEqual(sorted(charges.mapped("amount_waived")), [5.18, 10.36])
            self.assertEqual(set(charges.mapped("amount_posted")), {0})
            self.assertIn("N2026-000007", charges[0].reason)
            self.company.sudo()._ar_charge_company()
            self.assertEqual(self.env["ar.late.charge"].search_count([]), 2)
            self.assertEqual(self._figures(first), (10.36, 0, 10.36, 0))

    def test_a_day_late_is_charged(self):
        self.company.ar_charge_mode = "posted"
        invoice = self._invoice(self.customer, 1000, 35)
        notice = self._notice("final", [invoice])
        self._send(notice)
        day = notice.date_given + DAY
        self._pay(invoice, 1000, day)
        days = 35 + (day - self.today).days
        with freeze_time(f"{day} 10:00:00"):
            self.assertEqual(
                self._accrued(), {"USD": round(1000 * 0.09 * days / 365, 2)}
            )

    def test_nothing_is_promised_where_nothing_accrued(self):
        self.company.ar_charge_mode = "off"
        notice = self._about("final")
        self._send(notice)
        self.assertFalse(notice.waives_charges)


class TestChargesNight(ChargesCommon):
    """What is charged by itself, each month or at a step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Due 14 February: 14 days to the end of the month, 3.45
        cls.invoice = cls._invoice(cls.customer, 1000, 24)
        cls.second = cls._invoice(cls.other, 2000, 24)
        cls._debtor(cls.other)

    def _night(self, on=None):
        with freeze_time(f"{on or self.today} 02:30:00"):
            self.env["ar.notice"].sudo()._cron_watch()
        return self.env["ar.late.charge"].search([], order="id")

    def test_each_month(self):
        charges = self._night()
        self.assertEqual(charges.mapped("amount_posted"), [3.45, 6.90])
        self.assertEqual(charges[0].date_to, self._ago(10))
        self.assertEqual(len(charges.note_id), 2)
        self.assertEqual(self._night(), charges)
        # Nights that were missed are caught up, and no day twice: 10 March to 30 April
        again = self._night("2026-05-20") - charges
        self.assertEqual(again.mapped("date_from"), [self._ago(9)] * 2)
        # 75 days in all: 18.49 and 36.99
        self.assertEqual(again.mapped("amount_posted"), [15.04, 30.09])

    def test_paid_meanwhile(self):
        self.company.ar_charge_since = self._ago(300)
        self._pay(self.invoice, 1000, self._ago(19))  # 5 days late: 1.23
        self.assertEqual(self._night()[0].amount_posted, 1.23)
        self.assertEqual(len(self._night("2026-06-01")), 3)

    def test_not_while_a_demand_waits_for_its_date(self):
        notice = self._notice("final", [self.invoice])
        notice.write({"state": "sent", "sent_on": self._ago(1), "waives_charges": True})
        self.assertEqual(self._night().debtor_id, self._debtor(self.other))
        # The days that a bank takes, as on the ladder
        self.assertEqual(len(self._night(notice.date_given + 3 * DAY)), 1)
        self.assertEqual(len(self._night(notice.date_given + 4 * DAY)), 2)

    def test_at_a_step(self):
        self.company.write({"ar_charge_when": "step", "ar_charge_stage": "final"})
        self.assertFalse(self._night())
        firm = self._notice("firm", [self.invoice])
        firm.write({"state": "sent", "sent_on": self._ago(3)})
        self.assertFalse(self._night())
        final = self._notice("final", [self.invoice])
        final.write({"state": "sent", "sent_on": self.today})
        # To yesterday: 23 days
        charges = self._night()
        self.assertEqual(charges.mapped("amount_posted"), [5.67])
        self.assertEqual(self._night(self.today + 5 * DAY), charges)
        # The rest when it is paid: 5 days from yesterday, 28 in all
        self._pay(self.invoice, 1000, self.today + 4 * DAY)
        rest = self._night(self.today + 6 * DAY) - charges
        self.assertEqual(rest.mapped("amount_posted"), [1.23])

    def test_a_stop_and_a_pause_hold_them(self):
        self._debtor(self.other).stop_contact("court")
        self.assertEqual(self._night().debtor_id, self.debtor)
        self.company.ar_paused = True
        self.assertEqual(len(self._night("2026-04-20")), 1)

    def test_the_rotten_one_fails_alone(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET property_account_receivable_id = NULL WHERE id = %s",
            [self.customer.id],
        )
        self.env.invalidate_all()
        Move = self.env.registry["account.move"]
        post, bad = Move.action_post, self.customer

        def rotten(moves):
            if moves.partner_id == bad:
                raise ValueError("This one is rotten")
            return post(moves)

        self.patch(Move, "action_post", rotten)
        self.assertEqual(self._night().debtor_id, self._debtor(self.other))
        activity = self.debtor.activity_ids
        self.assertIn("This one is rotten", activity.summary)

    def test_the_books_are_closed(self):
        """By itself an invoice takes the next open day."""
        self.company.sudo().fiscalyear_lock_date = self.today
        note = self._night()[0].note_id
        self.assertEqual(note.invoice_date, self.today + DAY)

    def test_statements_do_not_grow(self):
        """Reading charges costs the same for one customer and for many."""
        debtors = self._debtor(self.customer)
        for number in range(4):
            partner = self._customer(f"Late {number}")
            invoice = self._invoice(partner, 900, 40)
            self._pay(invoice, 100, self._ago(20))
            debtors |= self._debtor(partner)
        self.env.flush_all()

        def count(some):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            AccruedCharges(some).together()
            return self.env.cr.sql_log_count - before

        count(debtors)
        self.assertEqual(count(debtors), count(debtors[:2]))


@tagged("post_install", "-at_install")
class TestChargesLetter(LetterCommon):
    """The calculation stands on a page of its own behind the letter."""

    def test_annex(self):
        scheme = self.env["ar.late.charge.scheme"].create(
            {
                "name": "By the half-year",
                "kind": "own",
                "currency_id": self.usd.id,
                "rate_ids": [
                    Command.create(
                        {
                            "date_from": "2025-01-01",
                            "date_to": "2026-02-28",
                            "percent": 8,
                        }
                    ),
                    Command.create({"date_from": "2026-03-01", "percent": 10}),
                ],
            }
        )
        self.company.write(
            {"ar_charge_mode": "shown", "ar_charge_scheme_id": scheme.id}
        )
        letter = self._letter("final")
        self.assertEqual(self._make(letter), [])
        text = self._text(letter.letter_id.raw)
        days = self._due("final")
        # On 500.00: the days until 28 February at 8 %, the 10 of March at 10 %
        charges = 500 * (0.08 * (days - 10) + 0.10 * 10) / 365
        self.assertIn(f"not part of this total: $ {charges:.2f}", text)
        self.assertIn("we will not charge them", text)
        annex = text.split("How the charges for paying late are worked out")[1]
        self.assertIn("02/28/2026", annex)
        self.assertIn("03/01/2026 03/10/2026 10 $ 500.00 10 % 1.3699", annex)
        self.assertIn(f"$ {charges:.2f}", annex)
        # On a page of its own, behind how to pay
        self.assertLess(text.index("Payment reference"), text.index("How the charges"))
        self.assertGreaterEqual(self._pages(letter.letter_id.raw), 2)
        firm = self._letter("firm")
        self.assertEqual(self._make(firm), [])
        text = self._text(firm.letter_id.raw)
        self.assertIn("Charges for paying late", text)
        self.assertNotIn("How the charges for paying late are worked out", text)
