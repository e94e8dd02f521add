"""Writes invoices, credit notes and payments as people would, with plain ORM calls.

Used by the demonstration data and by the tests.
"""

from datetime import timedelta

from odoo import Command


class Ledger:
    """Posts documents for one company, counted from one day.

    :param res.company company: whose journals are used; its environment writes
    :param datetime.date today: the day from which days are counted
    """

    def __init__(self, company, today):
        self.company = company
        self.env = company.with_company(company).env
        self.today = today

    def ago(self, days):
        """Return the day so many days before today; a negative number: after it."""
        return self.today - timedelta(days=days)

    def journal(self, kind):
        """Return the first journal of a type that the company may use."""
        return self.env["account.journal"].search(
            [("type", "=", kind), ("company_id", "parent_of", self.company.id)], limit=1
        )

    def invoice(self, partner, amount, due, currency=None, term=30, **values):
        """Return a customer invoice without tax.

        :param due: a date, or a number: due so many days ago
        :param int term: days from the invoice's date to the due date
        :param values: more fields of the invoice; ``invoice_payment_term_id`` makes
            installments, counted from the invoice's date; ``post=False`` leaves a
            draft, ``sent=False`` one that was never sent
        """
        post, sent = values.pop("post", True), values.pop("sent", True)
        due = self.ago(due) if isinstance(due, int) else due
        values.setdefault("invoice_date", due - timedelta(days=term))
        if not values.get("invoice_payment_term_id"):
            values.setdefault("invoice_date_due", due)
        move = self._move("out_invoice", partner, amount, currency, **values)
        if post:
            move.action_post()
            move.is_move_sent = sent
        return move

    def credit(self, partner, amount, of=None, match=False, currency=None, **values):
        """Return a posted credit note; by default not matched with anything.

        :param account.move of: the invoice that it is for
        """
        values.setdefault("invoice_date", self.ago(2))
        values["reversed_entry_id"] = of.id if of else False
        move = self._move("out_refund", partner, amount, currency, **values)
        move.action_post()
        if not match:
            move.line_ids.remove_move_reconcile()
        return move

    def payment(self, partner, amount, on=None, currency=None):
        """Return a posted payment that nobody has matched yet."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": amount,
                "currency_id": (currency or self.company.currency_id).id,
                "date": on or self.today,
                "journal_id": self.journal("bank").id,
            }
        )
        payment.action_post()
        return payment

    def pay(self, invoice, amount=None, on=None, match=True, partner=None):
        """Return a posted payment for an invoice, matched with it or not."""
        payment = self.payment(
            partner or invoice.partner_id,
            invoice.amount_residual if amount is None else amount,
            on,
            invoice.currency_id,
        )
        if match:
            self.match(payment, invoice)
        return payment

    @staticmethod
    def match(payment, *invoices):
        """Reconcile a payment with invoices."""
        lines = payment.move_id.line_ids
        for invoice in invoices:
            lines |= invoice.line_ids
        lines.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        ).reconcile()

    def bank_money(self, text, amount, on=None, partner=None):
        """Return a line of a bank statement that is not matched yet."""
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.journal("bank").id,
                "date": on or self.today,
                "payment_ref": text,
                "amount": amount,
                "partner_id": partner.id if partner else False,
            }
        )

    def note_sent(self, invoice, on):
        """Record that an invoice was sent by e-mail at a moment."""
        invoice.is_move_sent = True
        message = self.env["mail.message"].create(
            {
                "model": "account.move",
                "res_id": invoice.id,
                "message_type": "comment",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "subject": invoice.name,
                "body": invoice.name,
                "date": on,
            }
        )
        self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": invoice.partner_id.id,
                "notification_type": "email",
                "notification_status": "sent",
            }
        )

    def _move(self, move_type, partner, amount, currency, **values):
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "company_id": self.company.id,
                "journal_id": self.journal("sale").id,
                "currency_id": (currency or self.company.currency_id).id,
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
