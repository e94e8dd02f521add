"""Aging: days overdue = day - due date, and their buckets.

Day 30 belongs to bucket 1-30 and day 31 to 31-60; due today is not overdue.
"""

from datetime import date

#: (key, last day of the bucket; None: no end)
BUCKETS = (
    ("current", 0),
    ("1_30", 30),
    ("31_60", 60),
    ("61_90", 90),
    ("91_120", 120),
    ("older", None),
)


def days_overdue(due: date, today: date) -> int:
    """Return the days between the due date and today; due today is 0."""
    return (today - due).days


def bucket(days: int) -> str:
    """Return the key of the aging bucket for a number of days overdue."""
    for key, last in BUCKETS:
        if last is None or days <= last:
            return key
    raise AssertionError("unreachable: the last bucket has no end")
