"""Debtors, debts and ladders of every shape, for the property-based tests."""

import os
from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ...engine.decision.ladder import Ladder
from ...engine.schedule import Calendar
from ...engine.values import (
    PROFILES,
    STAGES,
    BankMoney,
    Debtor,
    Item,
    Rules,
    Step,
)
from .engine_common import BUSINESS, EUR, PLAIN, TODAY, USD, USD_RATE, WITH_APPROVAL

#: The same examples on every machine, and none kept on disk. ``AR_EXAMPLES=10000
#: script/test ar_followup_plus/tests/engine/test_engine_properties.py …`` tries more.
EXAMPLES = settings(
    max_examples=int(os.environ.get("AR_EXAMPLES") or 250),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
#: (currency, amount, original amount): few, so that payments that equal a debt, and
#: nets of nothing, do occur.
AMOUNTS = (100_00, 150_00, 250_00, 100_00, 300_00, 1000_00, 700_00, 50_00, 4_00, 1)
MONEY = [
    (currency, amount, amount * times)
    for currency in (EUR, EUR, USD)
    for amount in AMOUNTS
    for times in (1, 1, 1, 1, 1, 1, 200)
]
#: What else there is to an item: nothing, mostly. Shares are parts of the residual.
EXTRAS = [{}] * 60 + [
    {name: share}
    for name in ("disputed", "promised", "planned", "waiting", "pending")
    for share in (0.5, 1, 2)
]
EXTRAS += [
    {"excluded": True},
    {"handed_over": True},
    {"at_once": True},
    {"at_once": True},
    {"disputed": 0.25, "promised": 0.25, "pending": 0.25},
    {"disputed": 0.5, "capped": True},
    {"disputed": 0.25, "waiting": 0.75, "capped": True},
    {"capped": True},
    {"capped": True, "quiet_until": TODAY + timedelta(days=3)},
]
#: (days taken ago, days given from then) of an item that took a step.
HISTORIES = [
    (ago, days) for ago in (40, 25, 20, 9, 4, 1, 0) for days in (None, None, 1, 7, 19)
]
CALENDARS = (
    Calendar(),
    Calendar(weekdays=range(7)),
    Calendar(
        weekdays=(6, 0, 1, 2, 3),
        holidays=[date(2026, 3, day) for day in (5, 6, 12, 23)],
        closed=[(date(2026, 3, 16), date(2026, 3, 29))],
    ),
)


#: (minimum of calls, working days, approval, minimum term) of a ladder.
SHAPES = [
    (call, working, approval, term)
    for call in (0, 200_00, 700_00)
    for working in (False, True)
    for approval in (False, True)
    for term in (0, 14)
]
#: (minimum, channels, days given) of a step.
DETAILS = [
    (minimum, channels, days)
    for minimum in (0, 0, 5_00, 120_00)
    for channels in (("email",), ("letter", "email"))
    for days in (0, 7, 14)
]


@st.composite
def random_ladders(draw, calls_with_minimum=True):
    """Draw a ladder whose steps get harsher with the days."""
    delays = sorted(draw(st.sets(st.integers(-10, 60), min_size=3, max_size=6)))
    overdue = sum(delay >= 0 for delay in delays)
    ranks = sorted(
        draw(st.lists(st.integers(1, 6), min_size=overdue, max_size=overdue))
    )
    stages = ["preventive"] * (len(delays) - overdue)
    stages += [STAGES[rank] for rank in ranks]
    call_minimum, working, approval, term = draw(st.sampled_from(SHAPES))
    minimum, steps = 0, []
    for number, (delay, stage) in enumerate(zip(delays, stages, strict=True), 1):
        own, channels, days = draw(st.sampled_from(DETAILS))
        if stage == "call":
            own, channels, days = call_minimum * calls_with_minimum, ("call",), 0
        else:
            own = minimum = max(minimum, own)
        steps.append(
            Step(
                id=number,
                delay=delay,
                stage=stage,
                channels=channels,
                working=working and number % 2 == 1,
                approval=approval and number % 3 == 0,
                min_amount=own,
                min_term=term,
                date_given_days=days,
            )
        )
    return Ladder(steps)


def ladders(calls_with_minimum=True):
    """Return a strategy for ladders, those of the other tests among them."""
    drawn = random_ladders(calls_with_minimum)
    if not calls_with_minimum:
        return drawn
    return drawn | st.sampled_from((PLAIN, BUSINESS, WITH_APPROVAL))


LATE = st.integers(-14, 100) | st.sampled_from((0, 1, 3, 10, 17, 30, 60, 90, 365, 366))
SENT = [None] * 20 + [TODAY - timedelta(days=ago) for ago in (0, 6, 7, 20)]


@st.composite
def debts(draw, number, ladder, plain=False):
    """Draw an open item with a history that a ladder can have made.

    :param bool plain: without anything that holds it and without a broken promise
    """
    late = draw(LATE)
    due = TODAY - timedelta(days=late)
    currency, residual, original = draw(st.sampled_from(MONEY))
    values = {
        "id": number,
        "debtor_id": 1,
        "move_id": 100 + number % 3,
        "currency": currency,
        "residual": residual,
        "residual_company": residual * (USD_RATE if currency == USD else 1),
        "original": original,
        "due": due,
        "issued": due - timedelta(days=30),
    }
    lower = [step.delay for step in ladder.steps]
    taken = draw(st.sampled_from([None, *lower[:-1], *lower]))
    if taken is not None:
        ago, days = draw(st.sampled_from(HISTORIES))
        values.update(taken=taken, taken_on=TODAY - timedelta(days=ago))
        if days is not None:
            values["date_given"] = values["taken_on"] + timedelta(days=days)
    values["sent_on"] = draw(st.sampled_from(SENT))
    if not plain:
        for name, value in draw(st.sampled_from(EXTRAS)).items():
            share = isinstance(value, int | float) and value is not True
            values[name] = int(value * residual) if share else value
    return Item(**values)


@st.composite
def credits(draw, number):
    """Draw a payment or credit note that is not matched."""
    currency, amount, _original = draw(st.sampled_from(MONEY))
    residual = -amount
    return Item(
        id=number,
        debtor_id=1,
        move_id=200 + number,
        currency=currency,
        residual=residual,
        residual_company=residual * (USD_RATE if currency == USD else 1),
        original=-residual,
        due=TODAY - timedelta(days=draw(st.integers(0, 60))),
        kind="payment",
        names=draw(st.sampled_from(((), (), (), (100,), (101,), (100, 102)))),
        keep_apart=draw(st.sampled_from((False, False, False, True))),
    )


def ago(days):
    """Return the day so many days before today, or None."""
    return None if days is None else TODAY - timedelta(days=days)


#: (ever contacted, last contact, last early note).
CONTACTS = [
    (last is not None, ago(last), ago(preventive))
    for last in (None, 20, 10, 9, 6, 5, 3, 0)
    for preventive in (None, None, None, 9, 2)
]
ALL = ("email", "letter", "call")
CUSTOMERS = [
    Debtor(
        id=1,
        kind=kind,
        profile=profile,
        channels=frozenset(channels),
        direct_debit=debit,
    )
    for kind in ("business", "consumer", "public")
    for profile in PROFILES
    for channels in (ALL, ALL, ALL, ALL, ("email", "call"), ("letter",))
    for debit in (False, False, False, False, True)
]
#: Unmatched money at the bank: (currency, amount, invoice that it names).
BANK = [()] * 16 + [
    (BankMoney(EUR, 100_00),),
    (BankMoney(EUR, 150_00, 101), BankMoney(EUR, 4_00)),
    (BankMoney(USD, 1000_00, 102),),
    (BankMoney(USD, 50_00), BankMoney(EUR, 300_00)),
]
COMPANIES = [
    Rules(calendar=calendar, gap_days=gap, backlog=backlog, backlog_date=live)
    for calendar in CALENDARS
    for gap in (0, 2, 5, 5, 10)
    for backlog in ("first", "below_age", "person")
    for live in (None, ago(20))
]


@st.composite
def cases(draw, calls_with_minimum=True, plain=False, most=5):
    """Draw ``(debtor, items, ladder, rules)``.

    :param bool plain: nothing but invoices, credits and what was said before
    """
    ladder = draw(ladders(calls_with_minimum))
    owed = draw(st.sampled_from(range(most, 0, -1)))
    items = [draw(debts(number, ladder, plain)) for number in range(1, owed + 1)]
    items += [
        draw(credits(50 + n)) for n in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2))))
    ]
    contacted, last, preventive = draw(st.sampled_from(CONTACTS))
    debtor = draw(st.sampled_from(CUSTOMERS))._replace(
        contacted=contacted,
        last_contact=last,
        last_preventive=preventive,
        bank=() if plain else draw(st.sampled_from(BANK)),
    )
    return debtor, items, ladder, draw(st.sampled_from(COMPANIES))
