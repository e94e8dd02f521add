"""plan() again, and again: nothing doubled, nothing skipped."""

from .common import ArCommon


class TestPlanRepeat(ArCommon):
    """The same run, repeated in every way."""

    def test_second_run_writes_nothing(self):
        invoice = self._invoice(self.customer, 100, 10)
        counts = self._plan()
        self.assertEqual(counts["notices"], 1)
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assertEqual(notice.state, "ready")
        self.assertEqual(self._plan()["notices"], 0)
        self.assertEqual(self._notices(), notice)
