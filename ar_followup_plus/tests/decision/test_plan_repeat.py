"""plan() again, and again: nothing doubled, nothing skipped, all up to date."""

from psycopg2 import IntegrityError

from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ..common import ArCommon


class TestPlanRepeat(ArCommon):
    """The same run, repeated in every way."""

    with_users = False

    def assert_nothing_new(self, on=None):
        """Assert that planning once more changes nothing at all."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT n.id, n.state, n.amount, n.date_given, l.id, l.amount, l.active
                 FROM ar_notice n LEFT JOIN ar_notice_line l ON l.notice_id = n.id
                ORDER BY n.id, l.id"""
        )
        before = self.env.cr.fetchall()
        everybody = self.env["ar.debtor"].search([("company_id", "=", self.company.id)])
        # Those whom it may concern, and then everybody by name
        for ids in (None, everybody.ids):
            counts = self.env["ar.notice"].plan(on, ids)
            made = (counts["notices"], counts["updated"], counts["cancelled"])
            self.assertEqual(made, (0, 0, 0))
        self.assertEqual(counts["debtors"], len(everybody))
        self.env.cr.execute(
            """SELECT n.id, n.state, n.amount, n.date_given, l.id, l.amount, l.active
                 FROM ar_notice n LEFT JOIN ar_notice_line l ON l.notice_id = n.id
                ORDER BY n.id, l.id"""
        )
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_second_run_writes_nothing(self):
        invoice = self._invoice(self.customer, 100, 10)
        self.assertEqual(self._plan()["notices"], 1)
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assertEqual(notice.state, "ready")
        self.assert_nothing_new()
        self.env["ar.debtor"].refresh()
        self.assert_nothing_new()

    def test_proposals_and_ready_ones_in_any_order(self):
        self._every_day()
        partners = [self._customer(f"Customer {n}") for n in range(6)]
        for number, partner in enumerate(partners):
            self._invoice(partner, 100 + number, 4 + number)
            self._invoice(partner, 60, 2)
        self.company.ar_state = "ask"
        ids = [self._debtor(partner).id for partner in partners]
        Notice = self.env["ar.notice"]
        self.assertEqual(Notice.plan(None, ids[::-1])["notices"], 6)
        self.assertEqual(Notice.plan(None, ids)["notices"], 0)
        self.assert_nothing_new()
        self.company.ar_state = "live"
        self.assert_nothing_new()
        self.assertEqual(set(self._notices().mapped("state")), {"proposed"})

    def test_missed_nights_are_caught_up_once(self):
        self._every_day()
        invoice = self._invoice(self.customer, 100, 4)
        self._night()
        gentle = self._notices(self.customer)
        self.assert_notice(gentle, "business_gentle", about={invoice: 100})
        # Nobody runs the night for five weeks: one notice, and not the highest
        later = self._ago(-35)
        self._night(later)
        firm = self._notices(self.customer) - gentle
        self.assert_notice(firm, "business_firm", about={invoice: 100})
        self._plan(later)
        self.assertEqual(len(self._notices(self.customer)), 2)
        # The ladder keeps its own spacing: 30 - 17 days after what really left
        self.assertEqual(self._plan(self._ago(-47))["notices"], 0)
        self._plan(self._ago(-49))
        final = self._notices(self.customer, "proposed")
        self.assert_notice(final, "business_final", about={invoice: 100})

    def test_exact_days_do_not_matter(self):
        self._every_day()
        self._invoice(self.customer, 100, 1)
        for day in range(1, 2):
            self.assertEqual(self._plan(self._ago(-day))["notices"], 0)
        self.assertEqual(self._plan(self._ago(-9))["notices"], 1)

    # === PROPOSALS ARE BROUGHT UP TO DATE === #

    def _propose(self, *amounts):
        self.company.ar_state = "ask"
        invoices = [self._invoice(self.customer, amount, 10) for amount in amounts]
        self._plan()
        notice = self._notices(self.customer)
        self.assertEqual(notice.state, "proposed")
        return notice, invoices

    def test_proposal_amount_changes(self):
        notice, (invoice,) = self._propose(100)
        self._pay(invoice, 40)
        counts = self._plan()
        self.assertEqual((counts["notices"], counts["updated"]), (0, 1))
        self.assertEqual(self._notices(self.customer), notice)
        self.assert_notice(notice, "business_gentle", about={invoice: 60})
        self.assertEqual(notice.amount, 60)
        self.assertEqual(notice.line_ids.amount_residual_currency, 60)
        self.assert_nothing_new()

    def test_proposal_item_added(self):
        notice, (invoice,) = self._propose(100)
        second = self._invoice(self.customer, 55, 8)
        self._plan()
        self.assert_notice(notice, "business_gentle", about={invoice: 100, second: 55})
        self.assertEqual(self._notices(self.customer), notice)
        self.assertEqual(notice.amount, 155)

    def test_proposal_item_paid(self):
        notice, (first, second) = self._propose(100, 70)
        self._pay(first)
        self._plan()
        self.assert_notice(notice, "business_gentle", about={second: 70})
        self._pay(second)
        counts = self._plan()
        self.assertEqual((counts["notices"], counts["cancelled"]), (0, 1))
        self.assertEqual((notice.state, notice.cancel_how), ("cancelled", "settled"))
        self.assertFalse(notice.line_ids.filtered("active"))
        self.assertFalse(notice.line_ids.filtered("taken"))

    def test_proposal_covered_by_a_credit(self):
        notice, (invoice,) = self._propose(100)
        self._credit(self.customer, 30)
        self._plan()
        self.assertEqual(
            notice.line_ids.filtered(lambda x: x.role == "about").amount, 70
        )
        self.assertEqual(notice.totals, {"USD": {"about": 70, "credit": -30}})
        self._credit(self.customer, 70, of=invoice)
        self._plan()
        self.assertEqual(notice.cancel_how, "settled")
        self.assertEqual(self._notices(self.customer), notice)

    def test_proposal_step_changes(self):
        self._every_day()
        self._invoice(self.customer, 100, 10)
        self._night()
        self.company.ar_state = "ask"
        day = self._ago(-14)
        self._plan(day)
        firm = self._notices(self.customer, "proposed")
        self.assertEqual(firm.stage, "firm")
        # The ladder changes, and with it what is due: the old one is taken back
        self._step("business_firm").active = False
        self._plan(self._ago(-28))
        self.assertEqual((firm.state, firm.cancel_how), ("cancelled", "settled"))
        final = self._notices(self.customer, "proposed")
        self.assertEqual(final.stage, "final")
        self._plan(self._ago(-29))
        self.assertEqual(self._notices(self.customer, "proposed"), final)

    def test_proposal_kept_while_a_brake_holds_new_ones(self):
        notice, (_invoice,) = self._propose(100)
        saturday = self._ago(-4)
        counts = self._plan(saturday)
        self.assertEqual(counts["reasons"], {"quiet_day": 1})
        self.assertEqual(notice.state, "proposed")

    def test_proposal_of_a_stopped_customer(self):
        notice, (_invoice,) = self._propose(100)
        self._debtor(self.customer).stop_contact("court")
        self.assertEqual(notice.state, "cancelled")
        self.assertEqual(self._plan()["notices"], 0)

    def test_excluded_meanwhile(self):
        notice, (first, second) = self._propose(100, 80)
        first.no_followup = True
        self._plan()
        self.assert_notice(notice, "business_gentle", about={second: 80})

    # === WHAT PEOPLE SAY TO A PROPOSAL === #

    def test_cancel_later(self):
        notice, (invoice,) = self._propose(100)
        notice.cancel("later", "On holiday", self._ago(-9))
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(invoice, "snoozed")
        self.assertEqual(self._debtor(self.customer).next_contact_date, self._ago(-9))
        self.assertEqual(self._plan(self._ago(-8))["notices"], 0)
        self.assertEqual(self._plan(self._ago(-9))["notices"], 1)
        again = self._notices(self.customer, "proposed")
        self.assert_notice(again, "business_gentle", about={invoice: 100})

    def test_cancel_later_default(self):
        notice, _invoices = self._propose(100)
        notice.cancel()
        self.assertEqual(notice.again_on, self._ago(-7))

    def test_cancel_answered(self):
        notice, (invoice,) = self._propose(100)
        notice.cancel("answered", "They will pay on Friday")
        self.assertEqual(notice.cancel_reason, "They will pay on Friday")
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(invoice, "snoozed", says="03/17/2026")

    def test_cancel_settled(self):
        notice, (invoice,) = self._propose(100)
        notice.cancel("settled")
        # It was not: it is still open, so it is asked for
        self._plan()
        again = self._notices(self.customer, "proposed")
        self.assert_notice(again, "business_gentle", about={invoice: 100})

    def test_cancel_not_needed(self):
        self._every_day()
        notice, (invoice,) = self._propose(100)
        notice.cancel("not_needed", "Phoned them")
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(invoice, "not_due", says="03/17/2026")
        item = self.env["ar.open.item"].browse(self._items(invoice).id)
        self.assertEqual(item.taken_delay, 3)
        # 17 - 3 days after the step that counts as taken
        self.assertEqual(self._plan(self._ago(-13))["notices"], 0)
        self.assertEqual(self._plan(self._ago(-14))["notices"], 1)
        firm = self._notices(self.customer, "proposed")
        self.assert_notice(firm, "business_firm", about={invoice: 100})

    def test_failed_ones_are_not_made_again(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        notice.sudo()._set_state("failed", failure_reason="No server")
        for day in (0, 10, 30):
            self.assertEqual(self._plan(self._ago(-day))["notices"], 0)
        self.assertEqual(self._notices(self.customer), notice)

    # === THE LAST LINE OF DEFENCE === #

    def test_unique_index(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        line = self._notices(self.customer).line_ids
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                """INSERT INTO ar_notice_line (notice_id, move_line_id, move_id,
                          step_id, channel, role, active, taken)
                   SELECT notice_id, move_line_id, move_id, step_id, channel, role,
                          TRUE, FALSE
                     FROM ar_notice_line WHERE id = %s""",
                [line.id],
            )

    def test_two_channels_two_notices(self):
        self._every_day()
        self._step("business_gentle").write({"channels": "email,letter"})
        invoice = self._invoice(self.customer, 100, 10)
        self.assertEqual(self._plan()["notices"], 2)
        notices = self._notices(self.customer)
        self.assertEqual(set(notices.mapped("channel")), {"email", "letter"})
        for notice in notices:
            self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assert_nothing_new()
        # By letter alone, if that is how they can be reached
        other = self._customer("By Post", email=False)
        self._invoice(other, 100, 10)
        self._plan()
        self.assertEqual(self._notices(other).mapped("channel"), ["letter"])

    def test_refreshing_between(self):
        self._every_day()
        self._invoice(self.customer, 100, 10)
        self._invoice(self.customer, 200, 25)
        self.env["ar.debtor"].refresh()
        self._plan()
        self.env["ar.debtor"].refresh()
        self.assert_nothing_new()
        debtor = self._debtor(self.customer)
        self.assertEqual(debtor.amount_overdue, 300)

    def test_a_second_run_on_another_clock(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        with freeze_time("2026-03-10 23:59:00"):
            self.assert_nothing_new()
        with freeze_time("2026-03-11 10:00:00"):
            self.assert_nothing_new()

    def test_installments_are_items_of_their_own(self):
        self._every_day()
        term = self._terms((50, 10), (30, 40), (20, 70))
        invoice = self._invoice(
            self.customer,
            400,
            0,
            invoice_date=self._ago(14),
            invoice_payment_term_id=term.id,
        )
        first, second, third = self._items(invoice)
        self._night()
        self.assert_notice(
            self._notices(self.customer), "business_gentle", about={first: 200}
        )
        # The first is firm when the second has its turn for an early note
        day = self._ago(-26)
        self._night(day)
        notice = self._notices(self.customer)[1]
        self.assert_notice(notice, "business_firm", about={first: 200})
        self._pay(invoice, 200)
        day = self._ago(-36)
        self._night(day)
        notice = self._notices(self.customer)[2]
        self.assert_notice(notice, "business_gentle", about={second: 120})
        stands = {
            item.id: item.taken_delay
            for item in self.env["ar.open.item"].search(
                [("debtor_id", "=", self._debtor(self.customer).id)]
            )
        }
        self.assertEqual(stands, {second.id: 3, third.id: 0})
