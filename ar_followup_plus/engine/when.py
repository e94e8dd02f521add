"""Parse days as people write them: "Fri", "+7", "20th", "tomorrow", "3 May"."""

import calendar
import re
from datetime import date, timedelta

_WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december",
)  # fmt: skip
#: Days ahead that are accepted: a later day is a typing error.
FURTHEST = timedelta(days=366)


def parse_day(text, today, weekdays=(), months=(), day_first=True):
    """Return the coming day that a text names, or None.

    :param str text: "today", "Fri", "+7", "20th", "end of month", "3 May", "2026-05-03",
        "3/5" or "3.5.2026"
    :param datetime.date today: the day on which it is written
    :param weekdays: names in the speaker's language, Monday first, beside English
    :param months: names in the speaker's language, January first
    :param bool day_first: whether 3/5 is the third of May
    :return: a day from today on, up to a year ahead
    """
    text = " ".join((text or "").lower().replace(",", " ").split())
    found = _named(text, today, weekdays) or _dated(text, today, months, day_first)
    if found is None or not today <= found <= today + FURTHEST:
        return None
    return found


def _named(text, today, weekdays):
    """Return a day named by its distance or its weekday."""
    near = {"today": 0, "tomorrow": 1}
    if text in near:
        return today + timedelta(days=near[text])
    match = re.fullmatch(r"\+ ?(\d{1,3})(?: ?(d|days?|w|weeks?))?", text)
    if match:
        days = int(match[1]) * (7 if (match[2] or "").startswith("w") else 1)
        return today + timedelta(days=days)
    if text in ("end of month", "end of the month", "eom"):
        return _in_month(today.year, today.month, 31, exact=False)
    number = _number_of(re.sub(r"^(on|next) ", "", text), _WEEKDAYS, weekdays)
    if number is None:
        return None
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _dated(text, today, months, day_first):
    """Return a day of a month, the next one if year or month is omitted."""
    match = re.fullmatch(r"(?:the )?(\d{1,2})(?:st|nd|rd|th|\.)?", text)
    if match:
        year, month = today.year, today.month
        for _month in range(13):
            found = _in_month(year, month, int(match[1]))
            if found and found >= today:
                return found
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return None
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    if match:
        return _in_month(*map(int, match.groups()))
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4})?)?", text)
    if match:
        first, second = int(match[1]), int(match[2])
        day, month = (first, second) if day_first else (second, first)
        return _coming(day, month, match[3], today)
    match = re.fullmatch(
        r"(\d{1,2})(?:st|nd|rd|th|\.)? ([^\W\d]+)\.?(?: (\d{4}))?", text
    ) or re.fullmatch(
        r"(?P<b>[^\W\d]+)\.? (?P<a>\d{1,2})(?:st|nd|rd|th)?(?: (?P<y>\d{4}))?", text
    )
    if match:
        named = match.groupdict()
        day, name, year = (
            (named["a"], named["b"], named["y"]) if named else match.groups()
        )
        month = _number_of(name, _MONTHS, months)
        if month is not None:
            return _coming(int(day), month + 1, year, today)
    return None


def _number_of(word, *lists):
    """Return the index of the name that begins with a word of three or more letters."""
    word = word.rstrip(".")
    for names in lists:
        places = [
            place
            for place, name in enumerate(names)
            if name.lower() == word or (len(word) > 2 and name.lower().startswith(word))
        ]
        if len(places) == 1:
            return places[0]
    return None


def _coming(day, month, year, today):
    """Return a day of a month in the year given, else its next occurrence."""
    if year:
        return _in_month(int(year), month, day)
    found = _in_month(today.year, month, day)
    if found is None or found < today:
        return _in_month(today.year + 1, month, day)
    return found


def _in_month(year, month, day, exact=True):
    """Return a date, or None if the month has no such day."""
    if not 1 <= month <= 12 or day < 1:
        return None
    last = calendar.monthrange(year, month)[1]
    if exact and day > last:
        return None
    return date(year, month, min(day, last))
