"""Figures follow the ledger soon: after the commit, at a constant cost."""

from unittest.mock import patch

from odoo import SUPERUSER_ID

from ...models.decision import ledger_changes
from ...models.dispute.dispute_intake import DisputeIntake
from ..common import ArCommon


class TestRefreshSoon(ArCommon):
    """Nobody refreshes by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_enter_test_mode_cls()

    def setUp(self):
        super().setUp()
        self._commit()

    def _commit(self):
        """Do what follows a commit; return the number of SQL statements."""
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        return self.env.cr.sql_log_count - before

    def _figures(self, partner):
        debtor = self._debtor(partner)
        return debtor.amount_owed, debtor.amount_overdue, debtor.amount_disputed

    def test_posting_and_paying(self):
        """A customer without a record of ours gets one, and its figures."""
        fresh = self._customer("Fresh Farm")
        invoice = self._invoice(fresh, 100, 10)
        domain = [("partner_id", "=", fresh.id)]
        self.assertFalse(self.env["ar.debtor"].search(domain))
        self._commit()
        self.assertEqual(self.env["ar.debtor"].search(domain).amount_overdue, 100)
        self._pay(invoice, 60)
        self.assertEqual(self._figures(fresh)[0], 100, "Not in the accountant's way")
        self._commit()
        self.assertEqual(self._figures(fresh)[0], 40)
        invoice.line_ids.remove_move_reconcile()
        noted = self.env.cr.postcommit.data.get("ar_followup_plus.refresh")
        self.assertIn(fresh.id, noted)
        self._commit()
        self.assertEqual(self._figures(fresh), (40, 100, 0))
        payment = self.env["account.payment"].search([("partner_id", "=", fresh.id)])
        payment.action_draft()
        self._commit()
        self.assertEqual(self._figures(fresh), (100, 100, 0))

    def test_acts(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._commit()
        other = self.env.ref("ar_followup_plus.ar_dispute_reason_other")
        DisputeIntake(self._debtor(self.customer)).open(invoice, other)
        self._commit()
        self.assertEqual(self._figures(self.customer)[2], 100)

    def test_constant_cost(self):
        """As many statements for thirty customers as for one."""
        self._invoice(self._customer("One"), 100, 10)
        one = self._commit()
        for number in range(30):
            self._invoice(self._customer(f"Many {number}"), 100, 10)
        self.assertLessEqual(self._commit(), one + 3)

    def test_scheduled_actions_do_not(self):
        """They commit for each message: the figures follow for all together."""
        root = self.env(user=SUPERUSER_ID)
        self._debtor(self.customer).with_env(root).planned_for = False
        self.env.flush_all()
        self.assertFalse(self.env.cr.postcommit.data.get("ar_followup_plus.refresh"))

    def test_nothing_to_do_without_receivables(self):
        self.env["account.move"].create({"move_type": "entry"})
        self.assertFalse(self.env.cr.postcommit.data.get("ar_followup_plus.refresh"))

    def test_too_many_are_left_to_the_scheduled_action(self):
        cron = self.env.ref("ar_followup_plus.ir_cron_refresh")
        triggers = self.env["ir.cron.trigger"].sudo()
        mine = [("cron_id", "=", cron.id)]
        before = triggers.search_count(mine)
        for number in range(3):
            self._invoice(self._customer(f"Many {number}"), 100, 10)
        with patch.object(ledger_changes, "MOST", 2):
            self._commit()
        self.assertEqual(triggers.search_count(mine), before + 1)
