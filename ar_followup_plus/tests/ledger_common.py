"""Builders of customers, invoices, credit notes and payments."""

from datetime import timedelta

from odoo import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class LedgerCommon(AccountTestInvoicingCommon):
    """What a test writes into the ledger, in one line each.

    ``today``, ``company``, ``us`` and ``receivable`` are set by :class:`ArCommon`.
    """

    @classmethod
    def _customer(cls, name, **values):
        """Return a business that can be reached by e-mail and by letter."""
        word = name.lower().replace(" ", ".")
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{word}@example.com",
                "phone": "+1 555 0100",
                "street": "1 Sample Street",
                "city": "Sampletown",
                "zip": "00000",
                "country_id": cls.us.id,
                "lang": "en_US",
                "property_account_receivable_id": cls.receivable.id,
                **values,
            }
        )

    @classmethod
    def _ago(cls, days):
        """Return the day so many days before today; a negative number: after it."""
        return cls.today - timedelta(days=days)

    @classmethod
    def _move(cls, move_type, partner, amount, currency=None, company=None, **values):
        company = company or cls.company
        journal = cls.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "parent_of", company.id)], limit=1
        )
        return (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "journal_id": journal.id,
                    "currency_id": (currency or company.currency_id).id,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Goods",
                                "price_unit": amount,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _invoice(
        cls, partner, amount, due, currency=None, sent=True, term=30, **values
    ):
        """Return a posted customer invoice without tax.

        :param datetime.date due: or a number: due so many days ago
        :param bool sent: whether it is marked as sent (long ago)
        :param int term: days from the invoice's date to the due date
        :param values: more fields of the invoice; ``invoice_payment_term_id`` makes
            installments, counted from the invoice's date; ``company`` is another
            company; ``post=False`` leaves a draft
        """
        if isinstance(due, int):
            due = cls._ago(due)
        post = values.pop("post", True)
        values.setdefault("invoice_date", due - timedelta(days=term))
        if not values.get("invoice_payment_term_id"):
            values.setdefault("invoice_date_due", due)
        move = cls._move("out_invoice", partner, amount, currency, **values)
        if post:
            move.action_post()
            move.is_move_sent = sent
        return move

    @classmethod
    def _credit(cls, partner, amount, of=None, match=False, currency=None, **values):
        """Return a posted credit note; by default not matched with anything.

        :param account.move of: the invoice that it is for
        """
        values.setdefault("invoice_date", cls._ago(2))
        move = cls._move(
            "out_refund",
            partner,
            amount,
            currency,
            reversed_entry_id=of.id if of else False,
            **values,
        )
        move.action_post()
        if not match:
            move.line_ids.remove_move_reconcile()
        return move

    @classmethod
    def _pay(cls, invoice, amount=None, on=None, reconcile=True, partner=None):
        """Return a posted payment of an invoice, matched with it or not."""
        payment = cls._pay_on_account(
            partner or invoice.partner_id,
            invoice.amount_residual if amount is None else amount,
            on,
            invoice.currency_id,
            company=invoice.company_id,
        )
        if reconcile:
            cls._match(payment, invoice)
        return payment

    @classmethod
    def _pay_on_account(cls, partner, amount, on=None, currency=None, company=None):
        """Return a posted payment that nobody has matched yet."""
        company = company or cls.company
        journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "parent_of", company.id)], limit=1
        )
        payment = (
            cls.env["account.payment"]
            .with_company(company)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": partner.id,
                    "amount": amount,
                    "currency_id": (currency or company.currency_id).id,
                    "date": on or cls.today,
                    "journal_id": journal.id,
                }
            )
        )
        payment.action_post()
        return payment

    @classmethod
    def _match(cls, payment, *invoices):
        """Reconcile a payment with invoices."""
        lines = payment.move_id.line_ids
        for invoice in invoices:
            lines |= invoice.line_ids
        lines.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        ).reconcile()

    @classmethod
    def _items(cls, *invoices):
        """Return the receivable journal items of invoices, oldest due date first."""
        lines = cls.env["account.move.line"]
        for invoice in invoices:
            lines |= invoice.line_ids
        return lines.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted(lambda line: (line.date_maturity, line.id))
