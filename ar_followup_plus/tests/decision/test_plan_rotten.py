"""One rotten debtor fails alone, with its reason; the run goes on."""

from unittest.mock import patch

from odoo.tools import mute_logger

from ..common import ArCommon

RUN = "odoo.addons.ar_followup_plus.models.decision.decision_run"


class TestPlanRotten(ArCommon):
    """What nobody foresaw goes wrong in the middle of a slice."""

    with_users = False

    def _plan_with(self, name, make):
        """Plan while a name in the module of the run is replaced."""
        original = getattr(__import__(RUN, fromlist=[name]), name)
        with patch(f"{RUN}.{name}", make(original)), mute_logger(RUN, "odoo.sql_db"):
            return self._plan()

    def _assert_alone(self, counts, says):
        self.assertEqual((counts["notices"], counts["failed"]), (1, 1))
        self.assertEqual(self._notices().partner_id, self.other)
        debtor = self._debtor(self.customer)
        self.assertEqual(debtor.next_reason, "broken")
        activity = self.env["mail.activity"].search(
            [("res_model", "=", "ar.debtor"), ("res_id", "=", debtor.id)]
        )
        self.assertEqual(len(activity), 1)
        self.assertIn(says, activity.summary)

    def test_a_decision_that_raises(self):
        self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 50, 10)
        rotten = self._debtor(self.customer).id

        def make(decide):
            def raising(debtor, *args):
                if debtor.id == rotten:
                    raise ZeroDivisionError("nothing to divide by")
                return decide(debtor, *args)

            return raising

        self._assert_alone(self._plan_with("decide", make), "nothing to divide by")
        # Decided once the fault is mended
        self.assertEqual(self._plan()["notices"], 1)
        self.assertEqual(self._notices(self.customer).stage, "gentle")

    def test_the_unique_index_refuses_one(self):
        """A line that nobody knows of blocks the same item, step and channel."""
        invoice = self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 50, 10)
        self._plan(None, self.customer)
        notice = self._notices(self.customer)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ar_notice SET state = 'cancelled' WHERE id = %s", [notice.id]
        )
        self.env.cr.execute(
            "UPDATE ar_notice_line SET active = TRUE, taken = FALSE"
            " WHERE notice_id = %s",
            [notice.id],
        )
        self.env.invalidate_all()
        with mute_logger(RUN, "odoo.sql_db"):
            counts = self._plan()
        self.assertEqual((counts["notices"], counts["failed"]), (1, 1))
        self.assertEqual(self._notices(self.other).stage, "gentle")
        self.assertEqual(self._debtor(self.customer).next_reason, "broken")
        self.assertEqual(self._items(invoice).amount_residual, 100)

    def test_the_limit_of_first_notices_survives(self):
        """What is done again debtor by debtor is not counted twice."""
        self.company.write({"ar_first_per_day": 2, "ar_backlog_date": self.today})
        partners = [self._customer(f"Old {number}") for number in range(4)]
        for number, partner in enumerate(partners):
            self._invoice(partner, 500 - number, 20)
        rotten = self._debtor(partners[0]).id

        def make(decide):
            def raising(debtor, *args):
                if debtor.id == rotten:
                    raise ValueError("rotten")
                return decide(debtor, *args)

            return raising

        counts = self._plan_with("decide", make)
        self.assertEqual((counts["notices"], counts["failed"]), (2, 1))
        self.assertEqual(self._notices().partner_id, partners[1] | partners[2])

    def test_many_that_fail_are_a_fault_of_the_run(self):
        for number in range(22):
            self._invoice(self._customer(f"Any {number}"), 100, 10)

        def make(_decide):
            def raising(*_args):
                raise ValueError("always")

            return raising

        with self.assertRaisesRegex(ValueError, "always"):
            self._plan_with("decide", make)
        self.assertFalse(self._notices())
