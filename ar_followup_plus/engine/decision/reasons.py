"""Reasons for which an item, or a customer, is not contacted: one table.

A row has all properties of a reason, except the code that decides on it.
"""

from enum import Enum
from typing import NamedTuple


def _lt(text):
    """Mark a text for translation; it is translated when shown."""
    return text


_NOT_ASKED = _lt("Not asked for at present")


class Row(NamedTuple):
    """One reason.

    Sentences have these figures: ``amount`` (the verdict's), ``day`` (on which that
    can change), ``step`` (that would come then), ``minimum`` (of that step), ``days``
    (overdue), ``sent`` (when the invoice was sent), ``what`` (the fault in the data).
    """

    key: str  # stored and exported: it never changes
    label: str  # in lists and filters of colleagues
    sentence: str  # to colleagues, with its figures
    sentence_until: str = ""  # instead, if it ends on a known day
    sentence_partly: str = ""  # instead, if an amount can still be asked for
    sentence_bare: str = ""  # instead, if it has no figure
    #: The amount is taken out: a notice in the outbox loses the item. Other reasons are
    #: brakes: they hold new notices only.
    takes_out: bool = False
    #: The customer is on the worklist until a person has done something.
    needs_person: bool = False
    #: Text on the customer's page if nothing is asked for; None: for credits.
    on_page: str | None = None
    #: Not asked for on the page, but the customer may pay it there.
    can_be_paid: bool = False
    #: Neither asked for nor taken on the page: it may be somebody else's to collect.
    is_gone: bool = False
    #: The field of ``values.Item`` with the amount that it holds.
    held_amount: str = ""
    #: The customer agreed to it: listed apart from disputed amounts.
    is_agreed: bool = False
    #: An overdue item is listed in notices as "also open". Items held for another
    #: reason are not shown: the customer may not even have the invoice.
    is_listed: bool = False
    #: Set by a person or by broken data; a credit does not replace it.
    is_set: bool = False
    #: Holds every item of the customer, whatever its own state.
    holds_all: bool = False
    #: The step is not reached: its day is in the future.
    is_early: bool = False
    #: The verdict's amount is in company currency.
    in_company_currency: bool = False


class Reason(str, Enum):
    """Why an item, or a debtor, is not contacted. The value is the key of its row."""

    def __new__(cls, *values):
        row = Row(*values)
        reason = str.__new__(cls, row.key)
        reason._value_ = row.key
        for name, value in row._asdict().items():
            setattr(reason, name, value)
        return reason

    # Nothing of the item may be asked for ("Credits first", "Amounts taken out")
    CREDIT_COVERS = Row(
        "credit_covers",
        "Covered by credits",
        _lt("Covered by an unmatched credit of %(amount)s."),
        takes_out=True,
        on_page=_lt("Covered by a credit"),
    )
    DISPUTED = Row(
        "disputed",
        "Disputed",
        _lt("%(amount)s is disputed."),
        sentence_until=_lt(
            "Part of it is disputed: nothing about this invoice before %(day)s."
        ),
        sentence_partly=_lt(
            "Part of it is disputed: until it is answered, the rest gets no harsher "
            "step."
        ),
        takes_out=True,
        on_page=_lt("Being looked into"),
        can_be_paid=True,
        held_amount="disputed",
    )
    PROMISED = Row(
        "promised",
        "Promised",
        _lt("%(amount)s is promised."),
        takes_out=True,
        on_page=_lt("Agreed with you"),
        can_be_paid=True,
        held_amount="promised",
        is_agreed=True,
    )
    ON_PLAN = Row(
        "on_plan",
        "On a payment plan",
        _lt("%(amount)s is on a payment plan."),
        takes_out=True,
        on_page=_lt("Agreed with you"),
        can_be_paid=True,
        held_amount="planned",
        is_agreed=True,
    )
    HANDED_OVER = Row(
        "handed_over",
        "Handed over",
        _lt("Handed over to a third party."),
        takes_out=True,
        on_page=_NOT_ASKED,
        is_gone=True,
        is_set=True,
    )
    SNOOZED = Row("snoozed", "Snoozed", _lt("Snoozed until %(day)s."))
    EXCLUDED = Row(
        "excluded",
        "Excluded",
        _lt("Excluded from the follow-up by a person."),
        takes_out=True,
        on_page=_NOT_ASKED,
        is_gone=True,
        is_set=True,
    )
    SMALL_DIFFERENCE = Row(
        "small_difference",
        "Small difference",
        _lt("Only a small difference of %(amount)s is left: for write-off."),
        takes_out=True,
        on_page=_NOT_ASKED,
        can_be_paid=True,
    )
    PAYMENT_PENDING = Row(
        "payment_pending",
        "Payment on its way",
        _lt("A payment of %(amount)s is on its way."),
        takes_out=True,
        on_page=_lt("Your payment is on its way"),
    )
    BANK_UNMATCHED = Row(
        "bank_unmatched",
        "Money at the bank not matched yet",
        _lt("%(amount)s has arrived at the bank and is not matched yet."),
        takes_out=True,
        on_page=_lt("Payment received, being booked"),
    )
    # An item that waits for our answer has no amount left; with an amount it is the
    # pause after a reply, which is a brake
    WAITING_FOR_US = Row(
        "waiting_for_us",
        "Waiting for our answer",
        _lt("%(amount)s: our answer is pending."),
        sentence_until=_lt("The customer wrote and waits for us until %(day)s."),
        needs_person=True,
        on_page=_lt("You wrote to us: we will answer"),
        can_be_paid=True,
        held_amount="waiting",
    )
    # Not yet ("Next step", "Dates bind us", "Invoice received")
    NOT_DUE = Row(
        "not_due",
        "Not yet",
        _lt("%(step)s on %(day)s at the earliest."),
        is_listed=True,
        is_early=True,
    )
    DATE_GIVEN = Row(
        "date_given",
        "Payment deadline running",
        _lt("Payment deadline running: nothing before %(day)s."),
        is_listed=True,
        is_early=True,
    )
    NOT_SENT = Row(
        "not_sent",
        "Invoice not sent",
        _lt("The invoice was never sent, bounced, or was refused by the network."),
        takes_out=True,
    )
    JUST_SENT = Row(
        "just_sent",
        "Invoice just sent",
        _lt("The invoice was sent only on %(sent)s: no reminder before %(day)s."),
        takes_out=True,
        is_early=True,
    )
    DIRECT_DEBIT = Row(
        "direct_debit",
        "Direct debit",
        _lt("Collected by direct debit, which can be returned until %(day)s."),
        is_early=True,
    )
    # Held ("One contact a run", "Gentle first notice", "Brakes")
    OTHER_STEP = Row(
        "other_step",
        "One contact at a time",
        _lt("One contact at a time: today's notice is about other items."),
        is_listed=True,
    )
    NEEDS_PERSON = Row(
        "needs_person",
        "A person decides",
        _lt("%(days)s days overdue and never followed up: a person decides."),
        sentence_bare=_lt("This customer is never followed up automatically."),
        needs_person=True,
    )
    DAILY_LIMIT = Row(
        "daily_limit",
        "Enough first notices today",
        _lt(
            "Enough customers with old debts are contacted for the first time today; "
            "the largest debts go first."
        ),
    )
    WITH_NEXT = Row(
        "with_next",
        "In the next notice",
        _lt("One message at a time: it will be in the next notice."),
        sentence_until=_lt(
            "One message at a time: it will be in the next notice, on %(day)s at the "
            "earliest."
        ),
        is_listed=True,
    )
    BUDGET = Row(
        "budget",
        "Enough messages this month",
        _lt("Enough messages in 30 days: it will be in the next one, from %(day)s on."),
        is_listed=True,
    )
    CONTACTED_RECENTLY = Row(
        "contacted_recently",
        "Contacted recently",
        _lt("Contacted a few days ago: nothing before %(day)s."),
    )
    BELOW_MINIMUM = Row(
        "below_minimum",
        "Below the minimum",
        _lt("%(amount)s is below the minimum of %(minimum)s for %(step)s."),
        is_listed=True,
        in_company_currency=True,
    )
    QUIET_DAY = Row(
        "quiet_day",
        "Quiet day",
        _lt("Nothing of this kind is sent today; next on %(day)s."),
        is_listed=True,
    )
    AWAITING_APPROVAL = Row(
        "awaiting_approval",
        "Awaiting approval",
        _lt("A proposal waits for approval."),
    )
    IN_OUTBOX = Row(
        "in_outbox",
        "Notice on its way",
        _lt(
            "A notice about it is ready, being sent, or failed and waits for a person."
        ),
    )
    NO_CONTACT = Row(
        "no_contact",
        "No contact to write to",
        _lt("No contact can be reached by the channels of this step."),
        needs_person=True,
        is_listed=True,
    )
    LADDER_DONE = Row(
        "ladder_done",
        "All steps taken",
        _lt("The reminder schedule has no further step for it."),
        is_listed=True,
    )
    BOOKS_BEHIND = Row(
        "books_behind",
        "Bank not up to date",
        _lt("The bank journals are not up to date, so nothing is sent."),
    )
    # Overrides everything ("Contact stop"), and the safe start
    CONTACT_STOPPED = Row(
        "contact_stopped",
        "Contact stopped",
        _lt("All contact with this customer is stopped."),
        takes_out=True,
        holds_all=True,
    )
    COMPANY_OFF = Row(
        "company_off",
        "Follow-up is off",
        _lt("The follow-up of this company is switched off or paused."),
        takes_out=True,
        holds_all=True,
    )
    # Broken ledger data
    BROKEN = Row(
        "broken",
        "Data need attention",
        _lt("The data need attention: %(what)s."),
        takes_out=True,
        on_page=_NOT_ASKED,
        can_be_paid=True,
        needs_person=True,
        is_set=True,
    )

    def says(self, verdict):
        """Return the sentence for a verdict, with placeholders for its figures."""
        if verdict.on and self.sentence_until:
            return self.sentence_until
        if verdict.amount and self.sentence_partly:
            return self.sentence_partly
        if not verdict.detail and self.sentence_bare:
            return self.sentence_bare
        return self.sentence
