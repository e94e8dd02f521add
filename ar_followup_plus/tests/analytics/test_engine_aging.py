"""Buckets that a person writes."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.aging import USUAL_RANGES, RangeError, label, ranges
from ..engine.engine_strategies import EXAMPLES


@tagged("post_install", "-at_install")
class TestEngineAging(BaseCase):
    def test_usual_buckets(self):
        self.assertEqual(
            [label(one) for one in ranges(USUAL_RANGES)],
            ["1-30", "31-60", "61-90", "91-120", "> 120"],
        )

    def test_other_ways_to_write_them(self):
        for text in ("30, 60", "1-30; 31-60, 61+", " 1 – 30,31-60,", "30,31-60"):
            with self.subTest(text=text):
                self.assertEqual(ranges(text), ((1, 30), (31, 60), (61, None)))

    def test_what_is_wrong_is_said(self):
        for text, problem, figures in (
            ("1-30, 30-60", "overlap", {"one": "1-30", "other": "30-60"}),
            ("1-30, 31+, 61-90", "overlap", {"one": "> 30", "other": "61-90"}),
            ("1-30, 41-60", "gap", {"first": 31, "last": 40}),
            ("0-30", "start", {"first": 0}),
            ("5-30", "start", {"first": 5}),
            ("30-1", "backwards", {"part": "30-1"}),
            ("1-30, old", "unreadable", {"part": "old"}),
            ("1-3000000000", "unreadable", {"part": "1-3000000000"}),
            ("", "unreadable", {"part": ""}),
            ("1,2,3,4,5,6,7,8", "many", {"most": 8}),
        ):
            with self.subTest(text=text), self.assertRaises(RangeError) as caught:
                ranges(text)
            self.assertEqual(caught.exception.problem, problem, text)
            self.assertEqual(caught.exception.figures, figures, text)

    @EXAMPLES
    @given(st.lists(st.integers(1, 400), min_size=1, max_size=7, unique=True))
    def test_each_day_is_in_one_bucket(self, bounds):
        found = ranges(", ".join(map(str, sorted(bounds))))
        for day in range(1, 405):
            holding = [
                one
                for one in found
                if one.first <= day and (one.last is None or day <= one.last)
            ]
            self.assertEqual(len(holding), 1, day)
