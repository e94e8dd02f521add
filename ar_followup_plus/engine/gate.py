"""Whether an order or invoice on credit passes: one table, no exceptions elsewhere."""

from typing import NamedTuple


class Document(NamedTuple):
    """An order that is confirmed, or an invoice that is posted."""

    credit: bool = True  # its terms give credit
    prepaid: bool = False
    delivered: bool = False  # an invoice for what was ordered or delivered
    automatic: bool = False  # nobody sits before it: subscription, shop, import
    passes: bool = False  # let through once, or for 24 hours
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
    used: bool = False  # it needed the pass


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
    stops = customer.held or (terms and setting.gate == "block" and not customer.grace)
    if document.invoice:
        stops = stops and setting.invoices
    return Answer("block" if stops else "warn", why)
