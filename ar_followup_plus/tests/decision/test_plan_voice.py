"""The customer's tone, other channels and the budget, from the ledger to the outbox."""

from pathlib import Path
from runpy import run_path

from odoo.modules import get_module_path

from ..common import ArCommon


class TestPlanVoice(ArCommon):
    """One voice: what is planned is what is sent, and what is said is what happens."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()

    def _had(self, invoice, step, days):
        """Let an invoice have had a step so many days ago."""
        [line] = self._items(invoice)
        debtor = self._debtor(invoice.partner_id)
        step = self._step(step)
        notice = (
            self.env["ar.notice"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor.id,
                    "company_id": self.company.id,
                    "step_id": step.id,
                    "stage": step.stage,
                    "delay_days": step.delay_days,
                    "channel": "email",
                    "date": self._ago(days),
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "move_line_id": line.id,
                                "move_id": invoice.id,
                                "step_id": step.id,
                                "channel": "email",
                                "role": "about",
                                "taken": True,
                                "active": True,
                                "move_name": invoice.name,
                                "date_due": line.date_maturity,
                                "currency_id": line.currency_id.id,
                                "amount_residual_currency": line.amount_residual,
                                "amount": line.amount_residual,
                                "delay_days": step.delay_days,
                            },
                        )
                    ],
                }
            )
        )
        self._leave(notice, self._ago(days))

    # === MINIMUMS === #

    def test_a_rest_does_not_keep_a_large_sum_from_being_asked_for(self):
        demanded = self._invoice(self.customer, 200, 60)
        self._had(demanded, "business_final", 20)
        rest = self._invoice(self.customer, 900, 50)
        self._had(rest, "business_call", 30)
        self._pay(rest, 890, self._ago(25))
        large = self._invoice(self.customer, 3200, 20)
        self._plan()
        notice = self._notices(self.customer, "ready")
        self.assert_notice(
            notice, "business_firm", about={rest: 10, large: 3200}, also={demanded: 200}
        )
        # The second look finds the same
        with self.allow_pdf_render():
            self.env["ar.notice"].deliver()
        self.assertEqual(notice.state, "sent")
        self.env.invalidate_all()
        taken = {item.move_id: item.taken_delay for item in self._open(self.customer)}
        gentle = self._step("business_gentle").delay_days
        self.assertEqual(taken[large], gentle)

    def _open(self, partner):
        return self.env["ar.open.item"].search(
            [("debtor_id", "=", self._debtor(partner).id)]
        )

    def test_a_small_rest_is_not_planned_and_cancelled_each_night(self):
        self._had(self._invoice(self.customer, 200, 60), "business_final", 20)
        rest = self._invoice(self.customer, 900, 50)
        self._had(rest, "business_call", 30)
        self._pay(rest, 890, self._ago(25))
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(rest, "below_minimum", says="10.00 is below the minimum of")

    # === WHAT IS TOLD === #

    def test_what_becomes_overdue_is_in_the_notice_that_was_announced(self):
        first = self._invoice(self.customer, 300, 10)
        second = self._invoice(self.customer, 150, -4)
        self._night()
        sent = self._notices(self.customer, "sent")
        self.assert_notice(
            sent, "business_gentle", about={first: 300}, coming={second: 150}
        )
        self._night(self._ago(-13))
        self.assertEqual(self._notices(self.customer), sent)
        self.assert_item(
            second,
            "with_next",
            self._ago(-13),
            says="it will be in the next notice, on 03/24/2026",
        )
        debtor = self._debtor(self.customer)
        self._plan(self._ago(-13))
        debtor.invalidate_recordset()
        self.assertEqual(debtor.next_contact_date, self._ago(-14))
        # The form shows what the next message will list
        [first_entry, *_rest] = debtor.preview()
        self.assertEqual(
            (first_entry["date"], first_entry["items"], first_entry["also"]),
            (self._ago(-14), [first.name], [second.name]),
        )
        self.assertIn("Listed with it:", debtor.coming_contacts)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(
            firm, "business_firm", about={first: 300}, also={second: 150}
        )
        taking = firm.line_ids.filtered("step_id")
        self.assertEqual(len(taking), 2)

    # === BUDGET === #

    def test_the_budget_holds_and_says_until_when(self):
        invoice = self._invoice(self.customer, 900, 10)
        debtor = self._debtor(self.customer)
        debtor.sudo().budget_free_on = self._ago(-6)
        self.assertEqual(self._plan()["notices"], 0)
        debtor.invalidate_recordset()
        self.assertEqual(debtor.next_reason, "budget")
        self.assertEqual(debtor.next_contact_date, self._ago(-6))
        self.assert_item(invoice, "budget", says="from 03/16/2026 on")
        self._plan(self._ago(-6))
        self.assert_notice(
            self._notices(self.customer, "ready"),
            "business_gentle",
            about={invoice: 900},
        )

    # === CHANNELS === #

    def test_who_has_no_email_gets_letters_and_calls(self):
        invoice = self._invoice(self.customer, 900, 10)
        self.customer.email = False
        self._plan()
        letter = self._notices(self.customer, "ready")
        self.assert_notice(letter, "business_gentle", about={invoice: 900})
        self.assertEqual(letter.channel, "letter")
        self._leave(letter, self.today)
        self._plan(self._ago(-11))
        call = self._notices(self.customer, "ready")
        self.assertEqual((call.channel, call.stage), ("call", "call"))

    def test_who_has_a_telephone_only_is_called(self):
        self._invoice(self.customer, 900, 10)
        self.customer.write({"email": False, "street": False})
        self._plan()
        call = self._notices(self.customer, "ready")
        self.assertEqual((call.channel, call.stage), ("call", "gentle"))
        self.assertFalse(call.date_given)

    def test_who_cannot_be_reached_is_named(self):
        invoice = self._invoice(self.customer, 400, 10)
        self.customer.write({"email": False, "street": False, "phone": False})
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(invoice, "no_contact")
        # The telephone of a contact is one
        self.env["res.partner"].create(
            {"name": "A Person", "parent_id": self.customer.id, "phone": "555"}
        )
        self._plan()
        self.assertEqual(self._notices(self.customer, "ready").channel, "call")

    def test_shipped_ladders_that_nobody_edited_get_other_channels(self):
        path = Path(get_module_path("ar_followup_plus"))
        path = path / "migrations/19.0.2.2.0/post-fallback.py"
        business, strict = (
            self.env.ref(f"ar_followup_plus.ladder_{name}")
            for name in ("business", "strict")
        )
        shipped = {step: step.fallback for step in (business | strict).step_ids}
        self.assertIn("letter,call", shipped.values())
        self.env.flush_all()
        self.env.cr.execute("UPDATE ar_ladder_step SET fallback = NULL, write_uid = 1")
        self.env.cr.execute("UPDATE ar_ladder SET write_uid = 1")
        edited = self._step("strict_firm")
        self.env.cr.execute(
            "UPDATE ar_ladder_step SET write_uid = %s WHERE id = %s",
            [self.env.uid, edited.id],
        )
        for _again in range(2):
            run_path(str(path))["migrate"](self.env.cr, "19.0.2.1.0")
        self.env.invalidate_all()
        for step, fallback in shipped.items():
            if step.ladder_id == business:
                self.assertEqual(step.fallback, fallback)
            else:
                self.assertFalse(step.fallback)
