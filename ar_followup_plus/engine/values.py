"""Input and output of the decision: plain values, no behaviour.

Amounts are integers in the minor unit of their currency (cents for EUR, yen for
JPY, millimes for TND), so that sums are exact. Dates are ``datetime.date`` in the
time zone of the company.
"""

from datetime import date
from typing import NamedTuple

from .decision.reasons import Reason

#: Stages from the mildest to the harshest.
STAGES = ("preventive", "gentle", "call", "firm", "final", "notice", "handover")
STAGE_RANK = {stage: rank for rank, stage in enumerate(STAGES)}
KINDS = ("business", "sole_trader", "consumer", "public", "group")
PROFILES = ("new", "good", "first_late", "regular", "chronic")


class Step(NamedTuple):
    """One step of a ladder."""

    id: int
    delay: int
    stage: str
    channels: tuple = ("email",)  # each that reaches the customer is used
    working: bool = False  # the delay counts working days
    approval: bool = False  # a person must approve
    min_amount: int = 0  # minor units of company currency
    min_term: int = 0  # days between invoice date and due date
    profiles: frozenset = frozenset()  # empty: all
    date_given_days: int = 0
    fallback: tuple = ()  # the first that reaches the customer, if no channel does


class Item(NamedTuple):
    """One open item. Amounts in minor units of its currency unless said."""

    id: int
    debtor_id: int
    move_id: int
    currency: int
    residual: int  # negative: a credit
    residual_company: int  # minor units of company currency
    original: int
    due: date
    kind: str = "invoice"  # invoice, credit_note, payment or entry
    issued: date | None = None
    names: tuple = ()  # of a credit: the moves that it names
    keep_apart: bool = False  # of a credit: deposit, retention
    excluded: bool = False
    handed_over: bool = False
    disputed: int = 0
    promised: int = 0
    planned: int = 0
    pending: int = 0  # of the whole move: pending payments
    waiting: int = 0  # waits for our answer
    sent: bool = True  # the customer has the invoice
    sent_on: date | None = None  # last sent, if recent
    taken: int | None = None  # delay of the last step taken
    taken_on: date | None = None  # when that was really sent
    date_given: date | None = None  # the latest date to pay that we named
    outbox: str | None = None  # proposed, ready, sending or failed
    again_on: date | None = None  # a person chose to ask again then
    at_once: bool = False  # a promise was broken: gaps are ignored
    broken: str | None = None  # the fault in the ledger's data
    name: str | None = None  # opaque; the document's number, copied on notices
    quiet_until: date | None = None  # first day on which its invoice may be mentioned
    capped: bool = False  # part of its invoice is disputed: at most a firm step
    discount: bool = False  # its rest is a discount taken too late, to be written off


class BankMoney(NamedTuple):
    """Money of a customer that arrived at the bank and is not matched."""

    currency: int
    amount: int  # minor units of the currency
    move_id: int | None = None  # the invoice that it names


class Proposal(NamedTuple):
    """The highest notice that waits for approval."""

    step_id: int
    on: date  # since when


class Debtor(NamedTuple):
    """One customer as seen by the collections of one company."""

    id: int
    kind: str = "business"
    profile: str = "regular"
    channels: frozenset = frozenset(("email", "letter", "call"))  # that reach them
    contacted: bool = False  # a notice was sent at some time
    last_contact: date | None = None  # of any sort, calls too
    last_preventive: date | None = None
    snooze_until: date | None = None  # first day on which it is over
    stopped: str | None = None  # reason of a contact stop in force
    reply_until: date | None = None  # end of the pause after a reply
    not_before: date | None = None
    direct_debit: bool = False
    no_preventive: bool = False  # wants no notice before the due date
    allow_old: bool = False  # a person released old debts for follow-up
    bank: tuple = ()  # of BankMoney
    proposal: Proposal | None = None
    call_first: bool = False  # a key account: called before any message
    budget_on: date | None = None  # first day on which a further message fits
    has_phone: bool = True  # a call in place of a message can reach them


class Rules(NamedTuple):
    """Settings of one company."""

    calendar: object  # schedule.Calendar
    state: str = "live"  # off, preview, ask or live
    gap_days: int = 5
    just_sent_days: int = 7
    require_sent: bool = False
    small_amount: int = 500  # minor units of company currency
    small_percent: float = 1.0
    grace_days: int = 3  # working days after a date to pay
    direct_debit_days: int = 5  # working days in which a debit can be returned
    approval_days: int = 3  # working days that a proposal blocks lower steps
    done_days: int = 10  # working days until the worklist shows a finished ladder
    old_days: int = 365
    backlog: str = "first"  # first, below_age or person
    backlog_days: int = 90
    backlog_date: date | None = None  # items due before are the backlog
    first_left: int | None = None  # first notices still allowed today
    books_behind: bool = False


class Verdict(NamedTuple):
    """The decision on one item."""

    item: Item
    step: Step | None
    reason: Reason | None
    amount: int  # collectible, minor units of the item's currency
    on: date | None = None  # first day on which this can change
    detail: int = 0  # the figure in the reason's sentence, minor units
    coming: Step | None = None  # the step that would come on that day
    since: date | None = None  # first day on which the step could be taken
    passes_on: date | None = None  # first day on which a higher step replaces it


class Contact(NamedTuple):
    """One message or call that is due today.

    ``about``, ``also`` and ``coming`` are lists of ``(item, amount, step)``: only
    ``about`` is demanded and dated. ``step`` of an entry is the step that the item
    takes with this contact, or None if it takes none; ``step`` of the contact has the
    text, which is firmer where the customer's tone is ("The customer's tone"). ``apart`` holds ``(item, amount, reason)``
    of disputed or agreed amounts, ``credits`` the unmatched credits.
    """

    step: Step
    about: list
    also: list
    coming: list
    apart: list
    credits: list
    date_given: date | None
    first: bool  # the debtor's first notice


class Decision(NamedTuple):
    """The outcome for one debtor."""

    contacts: list
    verdicts: list
    reason: Reason | None  # of the debtor, if there is no contact
    next_on: date | None
    next_step: Step | None
