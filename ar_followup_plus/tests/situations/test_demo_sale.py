"""The demonstration of what stands before a sale."""

from ...demo.before_sale import before_sale
from ..common import ArCommon
from ..credit_terms.policy_common import PolicyMixin


class TestDemoSale(PolicyMixin, ArCommon):
    def test_terms_behaviour_and_a_hold_that_is_near(self):
        customers = {"always_late": self.customer, "due_soon": self.other}
        with self._cheap_pdf():
            before_sale(self.company, customers, self.today)
        self.env.invalidate_all()
        late, prompt = self._debtor(self.customer), self._debtor(self.other)
        self.assertEqual(
            (late.profile_proposed, prompt.profile_proposed), ("chronic", "good")
        )
        self.assertEqual((late.late_periods, prompt.paid_count), (4, 4))
        self.assertEqual((late.hold_state, prompt.hold_state), ("warn", "none"))
        self.assertEqual((late.policy_state, self.company.ar_gate), ("missing", "warn"))
