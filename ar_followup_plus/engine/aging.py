"""Aging: days overdue = day - due date, and their buckets.

Day 30 belongs to bucket 1-30 and day 31 to 31-60; due today is not overdue.
"""

import re
from datetime import date
from typing import NamedTuple

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


# === BUCKETS OF A REPORT === #

#: Buckets of an aged list, unless a person edits them; the last one has no end.
USUAL_RANGES = "1-30, 31-60, 61-90, 91-120"
#: Columns of an aged list for overdue items.
MOST_RANGES = 8
#: Days that no item is overdue: further bounds are typing errors.
_MOST_DAYS = 99_999
_RANGE = re.compile(r"(?:(\d+)\s*[-\u2013]\s*)?(\d+)(\+)?")


class Range(NamedTuple):
    """Days overdue from the first to the last; None: no end."""

    first: int
    last: int | None


class RangeError(ValueError):
    """Buckets that cannot be used.

    :ivar problem: "unreadable", "backwards", "start", "overlap", "gap" or "many"
    :ivar figures: what the sentence about it names
    """

    def __init__(self, problem, **figures):
        super().__init__(problem, figures)
        self.problem, self.figures = problem, figures


def ranges(text: str) -> tuple[Range, ...]:
    """Return the buckets that a text describes: "1-30, 31-60", "30, 60" or "1-30, 31+".

    They cover each day from 1 once; the last one has no end.

    :raise RangeError: for anything else
    """
    found = []
    for part in filter(None, (part.strip() for part in re.split("[,;]", text or ""))):
        match = _RANGE.fullmatch(part)
        if not match or (match[1] and match[3]) or int(match[2]) > _MOST_DAYS:
            raise RangeError("unreadable", part=part)
        if found and found[-1].last is None:
            raise RangeError("overlap", one=label(found[-1]), other=part)
        if match[3]:
            one = Range(int(match[2]), None)
        else:
            expected = found[-1].last + 1 if found else 1
            one = Range(int(match[1] or expected), int(match[2]))
        _check_next(found, one, part)
        found.append(one)
    if not found:
        raise RangeError("unreadable", part=text or "")
    if found[-1].last is not None:
        found.append(Range(found[-1].last + 1, None))
    if len(found) > MOST_RANGES:
        raise RangeError("many", most=MOST_RANGES)
    return tuple(found)


def _check_next(found, one, part):
    """Check that a bucket begins on the day after the end of the one before it."""
    if one.last is not None and one.first > one.last:
        raise RangeError("backwards", part=part)
    if not found:
        if one.first != 1:
            raise RangeError("start", first=one.first)
        return
    before = found[-1].last
    if one.first <= before:
        raise RangeError("overlap", one=label(found[-1]), other=part)
    if one.first > before + 1:
        raise RangeError("gap", first=before + 1, last=one.first - 1)


def label(one: Range) -> str:
    """Return the heading of a bucket."""
    return f"> {one.first - 1}" if one.last is None else f"{one.first}-{one.last}"
