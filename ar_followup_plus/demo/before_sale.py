"""What stands before a sale: terms, how two customers pay, and orders that will wait."""

from ..models.credit_control.credit_hold import CreditHold
from ..models.payment_behaviour.payment_behaviour import PaymentBehaviour
from .ledger import Ledger

#: Invoices of the last year that were paid: customer, amount, due days ago, days late.
PAID = (
    ("always_late", 300, 330, 40),
    ("always_late", 260, 250, 35),
    ("always_late", 410, 170, 28),
    ("always_late", 380, 100, 45),
    ("due_soon", 500, 300, 0),
    ("due_soon", 520, 210, -4),
    ("due_soon", 610, 120, 2),
    ("due_soon", 640, 60, 0),
)


def before_sale(company, customers, today):
    """Publish the terms of payment, and show a good payer and a hold that is near.

    :param res.company company: of the customers
    :param dict customers: partners by their situation
    """
    env, ledger = company.env, Ledger(company, today)
    for key, amount, due, late in PAID:
        invoice = ledger.invoice(customers[key], amount, due)
        ledger.pay(invoice, on=ledger.ago(due - late))
    env.flush_all()
    Debtor = env["ar.debtor"]
    late, prompt = (
        Debtor.for_partner(customers[key].id, company.id)
        for key in ("always_late", "due_soon")
    )
    PaymentBehaviour((late | prompt).sudo(), company).store()
    CreditHold(late).place("warn", "Announced with the final demand", ledger.ago(-10))
    terms = env.ref("ar_followup_plus.policy_preset").copy({"company_id": company.id})
    if env["ir.actions.report"].get_wkhtmltopdf_state() in ("ok", "broken"):
        terms.publish()
        company.ar_gate = "warn"
