"""Builders of customers, invoices, credit notes and payments for tests."""

from odoo import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..demo.ledger import Ledger


class LedgerCommon(AccountTestInvoicingCommon):
    """What a test writes into the ledger, in one line each.

    ``today``, ``company``, ``us`` and ``receivable`` are set by :class:`ArCommon`.
    """

    @classmethod
    def _create_company(cls, **values):
        """Return a company with a chart of accounts: the one made for all, if any."""
        named = cls.env["res.company"].search([("name", "=", values.get("name"))])
        if not named or len(values) > 1 or cls.chart_template or cls.country_code:
            return super()._create_company(**values)
        cls.env.user.company_ids = [Command.link(named.id)]
        return named

    @classmethod
    def _terms(cls, *parts):
        """Return terms of payment in parts.

        :param parts: ``(percent, days after the invoice's date)``
        """
        return cls.env["account.payment.term"].create(
            {
                "name": "In parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in parts
                ],
            }
        )

    @classmethod
    def _ledger(cls, company=None):
        """Return the builder for a company; default: that of the test."""
        return Ledger((company or cls.company).with_env(cls.env), cls.today)

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
        return cls._ledger().ago(days)

    @classmethod
    def _invoice(cls, partner, amount, due, currency=None, company=None, **values):
        """Return a posted invoice without tax: see :meth:`Ledger.invoice`.

        :param due: a date, or a number: due so many days ago
        :param values: ``sent``, ``term``, ``post`` and fields of the invoice
        """
        return cls._ledger(company).invoice(partner, amount, due, currency, **values)

    @classmethod
    def _discounted(cls, partner, computation="excluded"):
        """Return an invoice of today, 1,000 and 7.7 % tax: 2 % off within ten days.

        :param str computation: how the terms of payment take the discount off
        """
        term = cls.env["account.payment.term"].create(
            {
                "name": "2 % within 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": computation,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        tax = cls.env["account.tax"].search([("name", "=", "7.7 %")], limit=1)
        tax = tax or cls.company_data["default_tax_sale"].copy(
            {"name": "7.7 %", "amount": 7.7}
        )
        invoice = cls._invoice(
            partner, 1000, -30, post=False, invoice_payment_term_id=term.id
        )
        invoice.invoice_line_ids.tax_ids = tax
        invoice.action_post()
        invoice.is_move_sent = True
        return invoice

    @classmethod
    def _credit(cls, partner, amount, of=None, match=False, **values):
        """Return a posted credit note; by default not matched with anything."""
        company = values.pop("company", None)
        return cls._ledger(company).credit(partner, amount, of, match, **values)

    @classmethod
    def _pay(cls, invoice, amount=None, on=None, reconcile=True, partner=None):
        """Return a posted payment for an invoice, matched with it or not."""
        ledger = cls._ledger(invoice.company_id)
        return ledger.pay(invoice, amount, on, reconcile, partner)

    @classmethod
    def _pay_on_account(cls, partner, amount, on=None, currency=None, company=None):
        """Return a posted payment that nobody has matched yet."""
        return cls._ledger(company).payment(partner, amount, on, currency)

    @classmethod
    def _match(cls, payment, *invoices):
        """Reconcile a payment with invoices."""
        Ledger.match(payment, *invoices)

    @classmethod
    def _expense_entry(cls, line, amount, on=None):
        """Return a posted entry: an expense, credited to a customer's receivable.

        :param line: a journal item of that customer
        """
        accounts = cls.company_data
        entry = cls.env["account.move"].create(
            {
                "journal_id": accounts["default_journal_misc"].id,
                "date": on or cls.today,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": accounts["default_account_expense"].id,
                            "balance": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": line.account_id.id,
                            "partner_id": line.partner_id.id,
                            "balance": -amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    @classmethod
    def _concede(cls, invoice, amount, on=None):
        """Return an entry that books an expense for a part of an invoice, matched."""
        line = cls._items(invoice)
        entry = cls._expense_entry(line, amount, on)
        (line | cls._items(entry)).reconcile()
        return entry

    @classmethod
    def _items(cls, *invoices):
        """Return the receivable journal items of invoices, oldest due date first."""
        lines = cls.env["account.move.line"]
        for invoice in invoices:
            lines |= invoice.line_ids
        return lines.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted(lambda line: (line.date_maturity or line.date, line.id))
