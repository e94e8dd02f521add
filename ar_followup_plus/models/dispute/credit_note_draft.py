"""The draft credit note of an accepted dispute, to be checked by accounting."""

from odoo import models
from odoo.fields import Command
from odoo.tools import float_compare, float_is_zero


class ArDispute(models.Model):
    _inherit = "ar.dispute"

    def _make_credit(self, amount):
        """Make a draft credit note by Odoo's own reversal, with the invoice's taxes.

        If the invoice as a whole is wrong (tax, legal entity, order number), credit all
        of it, and create a draft of the new invoice.
        """
        self.ensure_one()
        move = self.move_id.with_company(self.move_id.company_id)
        if move.move_type != "out_invoice" or move.state != "posted":
            self._tell_accounting(move)  # a journal entry is corrected manually
            return
        reversal = (
            self.env["account.move.reversal"]
            .with_company(move.company_id)
            .create(
                {
                    "move_ids": [Command.set(move.ids)],
                    "company_id": move.company_id.id,
                    "journal_id": move.journal_id.id,
                    "reason": self.reason_id.with_context(
                        lang=move.partner_id.lang
                    ).name,
                    "date": self.company_id._ar_today(),
                }
            )
        )
        reversal.refund_moves()
        credit = reversal.new_move_ids
        values = {"credit_move_id": credit.id}
        if self.reason_id.remedy == "new_invoice":
            values["new_move_id"] = self._make_new_invoice(move).id
        else:
            self._fit_credit(move, credit, amount)
        self.write(values)
        self._tell_accounting(credit)

    def _make_new_invoice(self, move):
        """Return a draft of the new invoice, for accounting to correct and post."""
        return move.copy({"invoice_date": False, "invoice_origin": move.name})

    def _fit_credit(self, move, credit, amount):
        """Lower a draft credit note to an amount, each line by the same share."""
        rounding = move.currency_id.rounding
        pairs = list(
            zip(
                move.invoice_line_ids.filtered(_is_product).sorted(_place),
                credit.invoice_line_ids.filtered(_is_product).sorted(_place),
                strict=True,
            )
        )
        chosen = self.invoice_line_ids
        if chosen:
            pairs = [pair for pair in pairs if pair[0] in chosen] or pairs
        whole = sum(line.price_total for line, _copy in pairs)
        if not chosen and not float_compare(amount, whole, precision_rounding=rounding):
            return
        share = amount / whole if whole else 0.0
        kept = {copy.id for _line, copy in pairs}
        commands = [
            Command.delete(line.id)
            for line in credit.invoice_line_ids
            if line.id not in kept
        ]
        commands += [
            Command.update(
                copy.id,
                {
                    "quantity": 1,
                    "discount": 0,
                    "price_unit": line.price_unit
                    * line.quantity
                    * (1 - line.discount / 100)
                    * share,
                },
            )
            for line, copy in pairs
        ]
        credit.write({"invoice_line_ids": commands})
        self._fit_rounding(credit, amount)

    def _fit_rounding(self, credit, amount):
        """Correct the rounding of a credit note: the taxes of parts may not add up."""
        currency = credit.currency_id
        digits = {"precision_rounding": currency.rounding}
        lines = credit.invoice_line_ids.filtered(_is_product)
        largest = max(lines, key=lambda line: (abs(line.price_total), line.id))
        before = largest.price_unit
        missing = currency.round(amount - credit.amount_total)
        if float_is_zero(missing, **digits):
            return
        credit.write(
            {
                "invoice_line_ids": [
                    Command.update(largest.id, {"price_unit": before + missing})
                ]
            }
        )
        if float_is_zero(amount - credit.amount_total, **digits):
            return
        credit.write(
            {
                "invoice_line_ids": [
                    Command.update(largest.id, {"price_unit": before}),
                    Command.create(
                        {
                            "name": self.env._("Rounding"),
                            "account_id": largest.account_id.id,
                            "quantity": 1,
                            "price_unit": missing,
                            "tax_ids": [Command.clear()],
                        }
                    ),
                ]
            }
        )

    def _tell_accounting(self, move):
        """Ask somebody with accounting rights to check and post the drafts."""
        group = "account.group_account_invoice"
        company = move.company_id
        users = move.create_uid | self.company_id.ar_manager_id | self.env.user
        able = users.filtered(
            lambda user: (
                user.active
                and not user._is_superuser()
                and user.has_group(group)
                and company in user.company_ids
            )
        )
        able = able or self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(group).id),
                ("company_ids", "in", company.ids),
                ("share", "=", False),
            ],
            limit=1,
        )
        if able:
            move.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "Accepted dispute: check and post. %(amount)s",
                    amount=self._money(self.amount_accepted),
                ),
                note=self.answer or "",
                user_id=able[0].id,
                date_deadline=self.company_id._ar_today(),
                ar_about=f"{self._name},{self.id}",
            )


def _is_product(line):
    return line.display_type == "product"


def _place(line):
    return (line.sequence, line.id)
