"""Each screen of the demonstration has something to show."""

from odoo.tests import TransactionCase

from ...models.payment_behaviour.payment_behaviour import PaymentBehaviour


class TestDemoScreens(TransactionCase):
    """In the demonstration of this database, as it was loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("ar_followup_plus.demo_company")
        cls.collector = cls.env.ref("ar_followup_plus.demo_user_collector")
        cls.ours = [("company_id", "=", cls.company.id)]

    def _debtor(self, key):
        partner = self.env.ref(f"ar_followup_plus.demo_partner_{key}")
        return self.env["ar.debtor"].for_partner(partner.id, self.company.id)

    def test_letters_and_calls_wait(self):
        waiting = self.env["ar.notice"].search([*self.ours, ("state", "=", "ready")])
        letters = waiting.filtered(lambda notice: notice.channel == "letter")
        self.assertEqual(
            letters.debtor_id, self._debtor("by_post") | self._debtor("par_la_poste")
        )
        self.assertLessEqual(
            self._debtor("call_me"), self.env["ar.debtor"].search(self.ours)
        )

    def test_what_is_parked_says_why_and_who(self):
        parked = self.env["ar.exclusion"].search(self.ours)
        self.assertEqual(
            parked.move_line_id.partner_id,
            (self._debtor("excluded") | self._debtor("retention")).partner_id,
        )
        for one in parked:
            self.assertTrue(one.reason and one.until)
            self.assertEqual(one.user_id, self.collector)
        self.assertEqual(self._debtor("snoozed").snooze_user_id, self.collector)

    def test_charged_and_waived(self):
        charged = self._debtor("charged").charge_ids
        self.assertEqual(
            [bool(one.amount_posted) for one in charged.sorted("amount_posted")],
            [False, True],
        )
        self.assertEqual(sum(charged.mapped(lambda c: bool(c.amount_waived))), 1)
        self.assertEqual(charged.note_id.state, "posted")
        # Nobody else is charged
        everybody = self.env["ar.late.charge"].search(self.ours)
        self.assertEqual(everybody, charged)

    def test_a_statement_waits_for_the_printer(self):
        waiting = self.env["ar.debtor"].search(
            [*self.ours, ("statement_wanted", "=", "print")]
        )
        self.assertEqual(waiting, self._debtor("no_email"))

    def test_replies_of_strangers(self):
        replies = self.env["ar.unmatched.reply"].search(self.ours)
        self.assertEqual(len(replies), 2)
        self.assertEqual(set(replies.mapped("state")), {"open"})

    def test_how_they_paid(self):
        debtors = self._debtor("forgot_once") | self._debtor("always_late")
        PaymentBehaviour(debtors, self.company).store()
        early, late = debtors
        self.assertEqual((early.paid_count, late.paid_count), (5, 9))

    def test_data_to_complete(self):
        items = self.env["ar.open.item"].search(
            [*self.ours, ("attention", "!=", False)]
        )
        self.assertIn(self._debtor("nowhere").partner_id, items.partner_id)
