"""Whether an order or invoice on credit passes: one table, no exceptions elsewhere."""

from typing import NamedTuple


class Document(NamedTuple):
    """An order that is confirmed, or an invoice that is posted."""

    credit: bool = True  # its terms give credit
    prepaid: bool = False
    delivered: bool = False  # an invoice for what was ordered or delivered
    automatic: bool = False  # nobody sits before it: subscription, shop, import
    passes: bool = False  # a credit manager lets it pass once
    paid: bool = False  # what has to be paid before is paid, or on its way
    invoice: bool = False


class Customer(NamedTuple):
    """What is known of the customer."""

    needs: bool = False  # has not accepted terms that hold for them
    grace: bool = False  # an existing customer, before the day
    held: bool = False


class Setting(NamedTuple):
    """What the company chose."""

    gate: str = "off"  # off, warn, block
    invoices: bool = False  # "invoices too"


class Answer(NamedTuple):
    """What happens, and why."""

    what: str = "pass"  # pass, warn, block
    why: tuple = ()  # of "hold", "terms"
    listed: bool = False  # it passed by itself, and the customer is listed
    used: bool = False  # it needed the pass, or the payment
    by_manager: bool = False  # no payment helps: only a credit manager lets it pass


def answer(document: Document, customer: Customer, setting: Setting) -> Answer:
    """Return what happens to a document."""
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
