"""Key figures: published vectors, and rules that hold for all figures."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine import kpi
from ..engine.engine_strategies import EXAMPLES

AMOUNT = st.floats(0, 1e9, allow_nan=False)
ANY = st.floats(-1e9, 1e9, allow_nan=False)
MONTHS = st.lists(st.tuples(ANY, st.integers(28, 31)), max_size=24)


@tagged("post_install", "-at_install")
class TestEngineKpi(BaseCase):
    def test_dso(self):
        """15,000 receivables, 4,000 of them not due, 10,000 sales in 30 days."""
        self.assertEqual(kpi.dso(15_000, 10_000, 30), 45)
        self.assertEqual(kpi.best_possible_dso(4_000, 10_000, 30), 12)
        self.assertEqual(kpi.average_days_delinquent(15_000, 4_000, 10_000, 30), 33)

    def test_collection_effectiveness(self):
        self.assertEqual(
            round(kpi.collection_effectiveness(6_200, 3_630, 6_340, 3_590), 1), 55.9
        )
        self.assertEqual(
            kpi.collection_effectiveness(800_000, 300_000, 120_000, 100_000), 98
        )

    def test_count_back(self):
        months = [(4_000, 31), (5_000, 30), (10_000, 31)]
        # 4,000 and 5,000 in full, then 6,000 of 10,000 in 31 days
        self.assertEqual(kpi.count_back_dso(15_000, months), 31 + 30 + 18.6)
        self.assertEqual(kpi.count_back_dso(2_000, months), 15.5)
        self.assertEqual(kpi.count_back_dso(9_000, months), 61)
        self.assertEqual(kpi.count_back_dso(0, months), 0)
        self.assertEqual(kpi.count_back_dso(-5, months), 0)
        # More than all sales: unknown, not the length of the list
        self.assertIsNone(kpi.count_back_dso(19_001, months))
        # A month of credit notes passes
        self.assertEqual(
            kpi.count_back_dso(5_000, [(-1_000, 31), (10_000, 30)]), 31 + 15
        )

    def test_nothing_to_divide_by(self):
        for figure in (
            kpi.share(5, 0),
            kpi.share(5, -1),
            kpi.dso(100, 0, 30),
            kpi.dso(100, -10, 30),
            kpi.best_possible_dso(100, 0, 30),
            kpi.average_days_delinquent(100, 50, 0, 30),
            kpi.count_back_dso(100, []),
            kpi.count_back_dso(100, [(0, 31), (-5, 30)]),
            kpi.collection_effectiveness(0, 0, 0, 0),
            kpi.average_days(0, 0),
            kpi.kept_rate(0, 0, 0),
            kpi.concentration([]),
            kpi.concentration([-5, 0]),
            kpi.turnover(100, 0, 0, 30),
            kpi.turnover(0, 10, 10, 30),
            kpi.turnover(100, 10, 10, 0),
        ):
            self.assertIsNone(figure)

    def test_rates(self):
        self.assertEqual(kpi.kept_rate(6, 2, 2), 60)
        self.assertEqual(kpi.share(250, 1_000), 25)
        # 1,000 paid after 10 days and 3,000 after 30
        self.assertEqual(kpi.average_days(1_000 * 10 + 3_000 * 30, 4_000), 25)
        self.assertEqual(kpi.concentration([100] * 10 + [1_000, -50]), 1_900 / 20)
        self.assertEqual(kpi.concentration([5, 3]), 100)
        self.assertEqual(kpi.turnover(73_000, 15_000, 25_000, 73), 18.25)

    @EXAMPLES
    @given(AMOUNT, AMOUNT, st.floats(0.01, 1e9), st.integers(1, 366))
    def test_best_and_delinquent_are_the_whole(self, current, late, sales, days):
        self.assertAlmostEqual(
            kpi.best_possible_dso(current, sales, days)
            + kpi.average_days_delinquent(current + late, current, sales, days),
            kpi.dso(current + late, sales, days),
            delta=1e-6 * (1 + kpi.dso(current + late, sales, days)),
        )

    @EXAMPLES
    @given(AMOUNT, AMOUNT, MONTHS)
    def test_more_receivables_never_count_back_fewer_days(self, one, more, months):
        small = kpi.count_back_dso(one, months)
        large = kpi.count_back_dso(one + more, months)
        if large is not None:
            self.assertIsNotNone(small)
            self.assertLessEqual(small, large + 1e-6)
            self.assertLessEqual(large, sum(days for _sales, days in months) + 1e-6)

    @EXAMPLES
    @given(st.lists(ANY, max_size=40))
    def test_concentration_is_a_share(self, balances):
        found = kpi.concentration(balances)
        if found is not None:
            self.assertLessEqual(found, 100.0001)
            self.assertGreater(found, 0)
            if sum(one > 0 for one in balances) <= kpi.LARGEST:
                self.assertAlmostEqual(found, 100)

    @EXAMPLES
    @given(ANY, ANY, ANY, ANY, st.integers(-1, 400))
    def test_nothing_raises(self, a, b, c, d, days):
        kpi.dso(a, b, days)
        kpi.average_days_delinquent(a, b, c, days)
        kpi.count_back_dso(a, [(b, 30), (c, 31), (d, 30)])
        kpi.collection_effectiveness(a, b, c, d)
        kpi.average_days(a, b)
        kpi.kept_rate(abs(a), abs(b), abs(c))
        kpi.turnover(a, b, c, days)
