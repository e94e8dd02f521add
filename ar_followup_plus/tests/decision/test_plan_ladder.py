"""Where an item stands: invoices and ladders that change under way."""

from odoo import Command

from ..common import ArCommon


class TestPlanLadder(ArCommon):
    """Editing an invoice or a ladder neither repeats a step nor skips one."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()

    def _gentle(self, amount=100, due=10, **values):
        """Return an invoice that had its gentle reminder today."""
        invoice = self._invoice(self.customer, amount, due, **values)
        self._night()
        notice = self._notices(self.customer, "sent")
        self.assert_notice(notice, "business_gentle", about={invoice: amount})
        return invoice, notice

    def _stands(self, invoice):
        """Return the delays at which the open items of an invoice stand."""
        self.env.invalidate_all()
        items = self.env["ar.open.item"].search(
            [("move_id", "=", invoice.id)], order="due_date"
        )
        return [(item.taken_on and item.taken_delay) for item in items]

    # === INVOICES THAT CHANGE === #

    def test_reset_to_draft_and_posted_again(self):
        invoice, notice = self._gentle()
        old = self._items(invoice)
        invoice.button_draft()
        term = self._terms((50, 30), (50, 32))
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        items = self._items(invoice)
        self.assertEqual(len(items), 2)
        # Odoo keeps one journal item and makes another, in a later transaction
        new = items - old
        self.assertEqual(len(new), 1)
        self.env.cr.execute(
            "UPDATE account_move_line SET create_date = create_date + interval '1 min'"
            " WHERE id = %s",
            [new.id],
        )
        # Stage and proof are kept
        self.assertEqual(self._stands(invoice), [3, 3])
        line = notice.line_ids
        self.assertEqual(
            (line.move_name, line.amount, line.amount_residual_currency),
            (invoice.name, 100, 100),
        )
        self.assertEqual(
            (line.date_due, line.days_overdue, line.delay_days),
            (self._ago(10), 10, 3),
        )
        self.assertEqual(notice.state, "sent")
        self.assertEqual(self._plan()["notices"], 0)
        self.assertEqual(self._plan(self._ago(-13))["notices"], 0)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={items[0]: 50, items[1]: 50})

    def test_all_journal_items_made_anew(self):
        invoice, notice = self._gentle()
        old = self._items(invoice)
        invoice.button_draft()
        old.with_context(dynamic_unlink=True, check_move_validity=False).unlink()
        invoice.invoice_line_ids.price_unit = 110
        invoice.action_post()
        self.assertFalse(old.exists())
        self.assertEqual(self._stands(invoice), [3])
        self.assertFalse(notice.line_ids.move_line_id)
        self.assertEqual(
            (notice.line_ids.move_name, notice.line_ids.amount), (invoice.name, 100)
        )
        day = self._ago(-14)
        self.company.ar_state = "ask"
        self._plan(day)
        firm = self._notices(self.customer, "proposed")
        self.assert_notice(firm, "business_firm", about={invoice: 110})
        # A proposal, and what becomes of it, does not hide where the item stands
        self.assertEqual(self._plan(day)["notices"], 0)
        firm.cancel("later")
        self.assertEqual(self._stands(invoice), [3])
        self._plan(self._ago(-28))
        self.assertEqual(self._notices(self.customer, "proposed").stage, "firm")

    def test_installments_do_not_take_over_from_each_other(self):
        term = self._terms((50, 30), (50, 50))
        invoice = self._invoice(
            self.customer,
            200,
            0,
            invoice_date=self._ago(40),
            invoice_payment_term_id=term.id,
        )
        self._night()
        self.assertEqual(self._stands(invoice), [3, False])

    def test_reset_to_draft_with_a_proposal(self):
        self.company.ar_state = "ask"
        invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        invoice.button_draft()
        self._plan()
        self.assertEqual(notice.cancel_how, "settled")
        invoice.invoice_line_ids.price_unit = 130
        invoice.action_post()
        self._plan()
        again = self._notices(self.customer, "proposed")
        self.assert_notice(again, "business_gentle", about={invoice: 130})

    def test_due_date_moved_later_starts_afresh(self):
        invoice, _notice = self._gentle()
        self._items(invoice).date_maturity = self._ago(-10)
        self.assertEqual(self._stands(invoice), [None or False])
        self.assert_item(invoice, "not_due", says="Upcoming payment reminder")
        # An early note five days before, and then a gentle reminder again
        self._night(self._ago(-5))
        self._night(self._ago(-14))
        stages = self._notices(self.customer).mapped("stage")
        self.assertEqual(stages, ["gentle", "preventive", "gentle"])
        self.assertEqual(self._plan(self._ago(-14))["notices"], 0)

    def test_due_date_moved_earlier_goes_on(self):
        invoice, _notice = self._gentle(due=4)
        self._items(invoice).date_maturity = self._ago(40)
        self.assertEqual(self._stands(invoice), [3])
        self.assertEqual(self._plan()["notices"], 0)
        # The date that we gave and the spacing of the ladder still hold
        self.assertEqual(self._plan(self._ago(-13))["notices"], 0)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={invoice: 100})

    def test_undone_payment_goes_on(self):
        """A cheque comes back: the ladder continues from where the item stood."""
        invoice, _notice = self._gentle()
        payment = self._pay(invoice)
        self.assertEqual(self._plan(self._ago(-5))["notices"], 0)
        self.assertEqual(self._stands(invoice), [])
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(self._stands(invoice), [3])
        self.assertEqual(self._plan(self._ago(-13))["notices"], 0)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={invoice: 100})

    def test_bounced_after_months_is_not_followed_by_everything(self):
        invoice, _notice = self._gentle()
        payment = self._pay(invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        later = self._ago(-100)
        self._night(later)
        stages = self._notices(self.customer).mapped("stage")
        self.assertEqual(stages, ["gentle", "firm"])
        self.assertEqual(self._plan(later)["notices"], 0)

    # === LADDERS THAT CHANGE === #

    def test_step_moved_later(self):
        """A gentle step that moves from day 3 to day 6 does not come again."""
        invoice, _notice = self._gentle()
        self._step("business_gentle").delay_days = 6
        self.assertEqual(self._stands(invoice), [6])
        for day in (0, 8, 10):
            self.assertEqual(self._plan(self._ago(-day))["notices"], 0)
        # 17 - 6 days after it, and after the date that it gave
        self._plan(self._ago(-11))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={invoice: 100})

    def test_step_moved_earlier(self):
        """A gentle step that moves from day 3 to day 1 does not come again."""
        invoice, _notice = self._gentle()
        self._step("business_gentle").delay_days = 1
        self.assertEqual(self._stands(invoice), [3])
        self.assertEqual(self._plan(self._ago(-13))["notices"], 0)
        self.assertEqual(self._plan(self._ago(-14))["notices"], 1)

    def test_new_step_below_is_not_gone_back_to(self):
        invoice, _notice = self._gentle()
        self.env["ar.ladder.step"].create(
            {
                "ladder_id": self.ladder.id,
                "name": "Very early",
                "delay_days": 2,
                "stage": "gentle",
            }
        )
        self.assertEqual(self._plan(self._ago(-12))["notices"], 0)
        self.assertEqual(self._stands(invoice), [3])

    def test_step_archived(self):
        invoice, _notice = self._gentle()
        self._step("business_gentle").active = False
        self.assertEqual(self._stands(invoice), [3])
        self.assertEqual(self._plan(self._ago(-13))["notices"], 0)
        self._plan(self._ago(-14))
        self.assertEqual(self._notices(self.customer, "ready").stage, "firm")

    def test_debtor_moved_to_another_ladder(self):
        invoice, _notice = self._gentle()
        strict = self.env.ref("ar_followup_plus.ladder_strict")
        self._debtor(self.customer).ladder_id = strict
        # The strict gentle step of day 1 is behind, and its firm one on day 12
        # comes 12 - 3 days after what was sent, but not before the date given
        self.assertEqual(self._plan(self._ago(-10))["notices"], 0)
        self._plan(self._ago(-11))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "strict_firm", about={invoice: 100})
        self._leave(firm, self._ago(-11))
        # And back again: day 12 was taken, so that day 17 comes next
        self._debtor(self.customer).ladder_id = False
        self.assertEqual(self._stands(invoice), [12])
        day = self._ago(-40)
        self._plan(day)
        self.assertEqual(self._notices(self.customer, "ready").step_id.delay_days, 17)

    def test_ladder_done(self):
        ladder = self.env["ar.ladder"].create(
            {
                "name": "Short",
                "step_ids": [
                    Command.create({"name": "Only", "delay_days": 3, "stage": "gentle"})
                ],
            }
        )
        self._debtor(self.customer, ladder_id=ladder.id)
        invoice = self._invoice(self.customer, 100, 10)
        self._night()
        self.assertEqual(self._plan(self._ago(-60))["notices"], 0)
        self.assert_item(invoice, "ladder_done", self._ago(-60))

    # === ONE CONTACT FOR SEVERAL LEVELS === #

    def test_three_lists(self):
        """A new invoice beside an old one: only what is at the step is demanded."""
        old, _notice = self._gentle(due=20)
        new = self._invoice(self.customer, 60, -10)
        soon = self._invoice(self.customer, 45, -60)
        day = self._ago(-14)
        self._plan(day)
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={old: 100}, also={new: 60})
        self.assertEqual(firm.totals, {"USD": {"about": 100, "also": 60}})
        self.assertEqual(firm.amount, 100)
        self._leave(firm, day)
        self.assertEqual(self._stands(new), [3])
        self.assertEqual(self._stands(soon), [False])
