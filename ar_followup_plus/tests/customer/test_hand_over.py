"""While a collector is away: what waits goes over, and who is asked and named."""

from datetime import date

from odoo.tests import freeze_time

from ...models.customer.responsible import Responsible
from ..delivery.sending_common import SendingCommon


class TestHandOver(SendingCommon):
    def setUp(self):
        super().setUp()
        self.company.ar_manager_id = self.user_manager
        self.debtor = self._debtor(self.customer, user_id=self.user_collector.id)
        self.debtor._ar_activity("activity_reply", "Answer: a question")

    def _away(self, first, last=False):
        self.user_collector.sudo().write(
            {
                "ar_substitute_id": self.user_manager.id,
                "ar_away_from": first,
                "ar_away_until": last,
            }
        )

    def _users(self):
        return self.debtor.sudo().activity_ids.user_id

    def test_open_activities_go_to_the_substitute_at_once(self):
        self.assertEqual(self._users(), self.user_collector)
        self._away(date(2026, 3, 10))
        self.assertEqual(self._users(), self.user_manager)

    def test_on_the_morning_of_the_first_day(self):
        self._away(date(2026, 3, 12))
        self.env["ar.notice"]._cron_watch()
        self.assertEqual(self._users(), self.user_collector)
        with freeze_time("2026-03-12 06:00:00"):
            self.env["ar.notice"]._cron_watch()
        self.assertEqual(self._users(), self.user_manager)

    def test_what_people_made_for_themselves_stays(self):
        own = self.debtor.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.user_collector.id
        )
        self._away(date(2026, 3, 10))
        self.assertEqual(own.user_id, self.user_collector)

    def test_nobody_there_keeps_it(self):
        self.user_manager.sudo().ar_away_from = date(2026, 3, 1)
        self._away(date(2026, 3, 10))
        self.assertEqual(self._users(), self.user_collector)

    def test_page_names_who_is_there(self):
        self.assertEqual(
            Responsible(self.debtor.sudo()).for_page(), self.user_collector
        )
        self._away(date(2026, 3, 10))
        self.assertEqual(Responsible(self.debtor.sudo()).for_page(), self.user_manager)
        nobody = self._debtor(self.other).sudo()
        self.company.write({"ar_manager_id": False, "ar_user_id": False})
        self.assertFalse(Responsible(nobody).for_page(), "not the administrator")

    def _remind(self):
        self.company.ar_state = "ask"
        self._invoice(self.customer, 100, 10)
        self._plan(None, self.customer)
        with freeze_time("2026-03-17 10:00:00"):
            self.env["ar.notice"].sudo()._remind_approvals()
        kind = self.env.ref("ar_followup_plus.activity_approve")
        return (
            self.debtor.sudo()
            .activity_ids.filtered(lambda a: a.activity_type_id == kind)
            .user_id
        )

    def test_old_proposals_ask_who_comes_after_the_collector(self):
        self.assertEqual(self._remind(), self.user_manager)

    def test_old_proposals_ask_nobody_who_is_away(self):
        self.debtor.sudo().substitute_id = self.user_accountant
        self.user_accountant.sudo().ar_away_from = date(2026, 3, 1)
        self.assertEqual(self._remind(), self.user_manager)

    def test_handing_over_takes_few_statements(self):
        for number in range(20):
            partner = self._customer(f"Customer {number}")
            self._invoice(partner, 100, 10)
            debtor = self._debtor(partner, user_id=self.user_collector.id)
            debtor._ar_activity("activity_reply", "Answer: a question")
        self.env.flush_all()
        # As if it had been typed in long ago, and this were the first day
        self.env.cr.execute(
            "UPDATE res_users SET ar_away_from = %s, ar_substitute_id = %s WHERE id = %s",
            [date(2026, 3, 10), self.user_manager.id, self.user_collector.id],
        )
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            self.env["res.users"].sudo()._ar_hand_over()
        self.assertEqual(self._users(), self.user_manager)

    def test_replies_without_a_customer_go_over_too(self):
        self.company.ar_user_id = self.user_collector
        reply = (
            self.env["ar.unmatched.reply"]
            .sudo()
            .create({"company_id": self.company.id, "subject": "Money"})
        )
        reply._ar_tell()
        self.assertEqual(reply.activity_ids.user_id, self.user_collector)
        self._away(date(2026, 3, 10))
        self.assertEqual(reply.activity_ids.user_id, self.user_manager)
