"""The credit check of an order or invoice ("Credit check"): all its rules."""

from typing import NamedTuple


class Document(NamedTuple):
    """An order that is confirmed, or an invoice that is posted."""

    credit: bool = True  # its terms give credit
    prepaid: bool = False
    delivered: bool = False  # an invoice for what was ordered or delivered
    automatic: bool = False  # without a person: subscription, shop, import
    passes: bool = False  # overridden once by a credit manager
    paid: bool = False  # what has to be paid before is paid, or on its way
    invoice: bool = False


class Customer(NamedTuple):
    """The customer's standing."""

    needs: bool = False  # has not accepted the terms that apply
    grace: bool = False  # an existing customer, before the grace day
    held: bool = False


class Setting(NamedTuple):
    """Settings of the company."""

    gate: str = "off"  # off, warn, block
    invoices: bool = False  # "invoices too"


class Answer(NamedTuple):
    """The result, and why."""

    what: str = "pass"  # pass, warn, block
    why: tuple = ()  # of "hold", "terms"
    listed: bool = False  # it passed automatically, and is listed
    used: bool = False  # it needed the override, or the payment
    by_manager: bool = False  # no payment helps: only a credit manager lets it pass


def answer(document: Document, customer: Customer, setting: Setting) -> Answer:
    """Return whether a document passes, with a warning or not, or is blocked."""
    if not document.credit or document.prepaid or document.delivered:
        return Answer()
    terms = customer.needs and setting.gate != "off"
    why = tuple(
        name for name, yes in (("hold", customer.held), ("terms", terms)) if yes
    )
    if not why:
        return Answer()
    if document.passes:
        return Answer("pass", why, used=True)
    if document.automatic:
        return Answer("pass", why, listed=True)
    if document.invoice and not setting.invoices:
        return Answer("warn", why)
    if terms and setting.gate == "block" and not customer.grace:
        return Answer("block", why, by_manager=True)
    if customer.held and document.paid:
        return Answer("pass", why, used=True)
    return Answer("block" if customer.held else "warn", why)
