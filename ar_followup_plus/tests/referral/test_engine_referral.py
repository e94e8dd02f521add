"""Fees of a referral and what it is expected to bring, computed by hand."""

from odoo.tests import BaseCase, tagged

from ...engine.referral.fee import (
    Band,
    Case,
    band_for,
    estimate,
    overlapping,
    part,
    probability,
)

#: Up to 90 days 15 %, at least 40.00; later 25 % up to 5,000.00, and 20 % above it
#: with 150.00 for the file.
YOUNG = Band(0, 90, 0, None, 15_00, minimum=40_00)
OLD = Band(91, None, 0, 5_000_00, 25_00)
LARGE = Band(91, None, 5_000_01, None, 20_00, fixed=150_00)
SCHEDULE = (YOUNG, OLD, LARGE)


@tagged("post_install", "-at_install")
class TestEngineReferral(BaseCase):
    def test_band_by_age(self):
        self.assertIs(band_for(SCHEDULE, 0, 1_000_00), YOUNG)
        self.assertIs(band_for(SCHEDULE, 90, 1_000_00), YOUNG)
        self.assertIs(band_for(SCHEDULE, 91, 1_000_00), OLD)

    def test_band_by_amount(self):
        self.assertIs(band_for(SCHEDULE, 200, 5_000_00), OLD)
        self.assertIs(band_for(SCHEDULE, 200, 5_000_01), LARGE)
        self.assertIsNone(band_for((OLD,), 200, 5_000_01))
        self.assertIsNone(band_for((OLD,), 90, 1_000_00))

    def test_commission_and_minimum(self):
        self.assertEqual(YOUNG.commission(1_000_00), 150_00)
        self.assertEqual(YOUNG.commission(100_00), 40_00)  # 15.00 by percentage
        self.assertEqual(OLD.commission(333_33), 83_33)  # 83.3325
        self.assertEqual(OLD.commission(333_34), 83_34)  # 83.335 is rounded up

    def test_success_only(self):
        # 1,000 × 70 % = 700; commission 150 × 70 % = 105
        self.assertEqual(
            estimate(1_000_00, 70, YOUNG), (1_000_00, 70, 105_00, 0, 595_00)
        )

    def test_due_without_success(self):
        # The whole commission of 150 counts
        band = YOUNG._replace(success_only=False)
        self.assertEqual(
            estimate(1_000_00, 70, band), (1_000_00, 70, 150_00, 0, 550_00)
        )

    def test_fixed_cost_counts_fully(self):
        # 6,000 × 25 % = 1,500; commission 1,200 × 25 % = 300; file 150
        result = estimate(6_000_00, 25, LARGE)
        self.assertEqual(result, (6_000_00, 25, 300_00, 150_00, 1_050_00))
        self.assertTrue(result.pays)

    def test_fee_eats_the_debt(self):
        # 100 × 25 % = 25; minimum 40 in any case: -15
        band = YOUNG._replace(success_only=False)
        result = estimate(100_00, 25, band)
        self.assertEqual(result.net, -15_00)
        self.assertFalse(result.pays)
        # A minimum as high as the debt: nothing is left, even with success only
        result = estimate(40_00, 80, YOUNG)
        self.assertEqual(result.net, 0)
        self.assertFalse(result.pays)

    def test_rounding(self):
        self.assertEqual(part(1, 50_00), 1)
        self.assertEqual(part(1, 49_99), 0)
        self.assertEqual(part(0, 25_00), 0)

    def test_overlap(self):
        self.assertIsNone(overlapping(SCHEDULE))
        self.assertEqual(
            overlapping((YOUNG, Band(90, 120, 0, None, 0))),
            (YOUNG, Band(90, 120, 0, None, 0)),
        )
        self.assertIsNone(
            overlapping((Band(0, 90, 0, 100, 0), Band(0, 90, 101, None, 0)))
        )
        self.assertTrue(overlapping((Band(0, None, 0, None, 0), LARGE)))

    def test_probability_by_age(self):
        ages = (0, 60, 61, 91, 181, 366, 731)
        self.assertEqual(
            [probability(days) for days in ages], [80, 80, 70, 50, 25, 12, 5]
        )

    def test_own_record_from_20_cases(self):
        cases = [Case(120, 100_00, 100_00)] * 13 + [Case(170, 100_00, 0)] * 6
        self.assertEqual(probability(100, cases), 50)
        # 13 of 20 paid: 65 %
        cases.append(Case(91, 100_00, 0))
        self.assertEqual(probability(100, cases), 65)
        # By amount, not by count; other ages have no record
        cases[0] = Case(120, 10_000_00, 0)
        self.assertEqual(probability(100, cases), 10)  # 1,200 of 11,900
        self.assertEqual(probability(30, cases), 80)
