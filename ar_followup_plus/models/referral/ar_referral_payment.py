"""Payments to the third party, and payments to us while it collects."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError


class ArReferralPayment(models.Model):
    """One payment of the customer to the referral partner."""

    _name = "ar.referral.payment"
    _description = "Payment to a Referral Partner"
    _order = "paid_on desc, id desc"
    _rec_name = "reference"

    referral_id = fields.Many2one(
        "ar.referral", required=True, index=True, ondelete="cascade", readonly=True
    )
    currency_id = fields.Many2one(related="referral_id.currency_id")
    paid_on = fields.Date(required=True, readonly=True)
    gross = fields.Monetary(string="Paid by the customer", readonly=True)
    commission = fields.Monetary(readonly=True)
    net = fields.Monetary(
        string="Paid out to us", compute="_compute_net", store=True, readonly=True
    )
    reference = fields.Char(readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    bill_id = fields.Many2one(
        "account.move",
        readonly=True,
        ondelete="set null",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    @api.depends("gross", "commission")
    def _compute_net(self):
        for payment in self:
            payment.net = payment.gross - payment.commission


class ArReferral(models.Model):
    _inherit = "ar.referral"

    def _enter_payment(self, paid_on, gross, commission, reference=False):
        """Enter a payment to the partner; accounting posts the drafts made for it.

        :raise UserError: if the referral is not with a partner
        :raise ValidationError: for amounts that cannot be
        """
        self.ensure_one()
        self._check_collector()
        referral = self.sudo()
        if referral.state not in ("sent", "accepted"):
            raise UserError(
                self.env._("Only a referral that is with a partner receives payments.")
            )
        referral._check_payment(paid_on, gross, commission)
        payment = (
            self.env["ar.referral.payment"]
            .sudo()
            .create(
                {
                    "referral_id": self.id,
                    "paid_on": paid_on,
                    "gross": gross,
                    "commission": commission,
                    "reference": reference,
                }
            )
        )
        payment.payment_id = referral._draft_payment(payment)
        payment.bill_id = referral._draft_bill(payment)
        referral.message_post(
            body=self.env._(
                "Paid to %(partner)s: %(gross)s, commission %(commission)s. Accounting "
                "checks and posts the drafts.",
                partner=referral.partner_id.display_name,
                gross=self.currency_id.format(gross),
                commission=self.currency_id.format(commission),
            )
        )
        return payment

    def _check_payment(self, paid_on, gross, commission):
        """Check a payment to the partner against what is open."""
        currency = self.currency_id
        if paid_on > self.company_id._ar_today():
            raise ValidationError(self.env._("A payment cannot be in the future."))
        if currency.compare_amounts(gross, 0) <= 0:
            raise ValidationError(self.env._("Enter the amount that was paid."))
        if commission < 0 or currency.compare_amounts(commission, gross) > 0:
            raise ValidationError(
                self.env._("The commission is between 0 and the amount paid.")
            )
        booked = sum(self.line_ids._by_partner().values())
        unbooked = sum(self.payment_ids.mapped("gross")) - booked
        left = currency.round(self.amount_open - max(unbooked, 0))
        if currency.compare_amounts(gross, left) > 0:
            raise ValidationError(
                self.env._(
                    "%(gross)s is more than is still open of this referral: %(left)s. "
                    "Ask the partner what the rest is for.",
                    gross=currency.format(gross),
                    left=currency.format(left),
                )
            )

    def _books(self):
        """Return the company whose books the items are in."""
        companies = self.line_ids.move_id.company_id
        return companies if len(companies) == 1 else self.company_id

    def _journal(self, kinds):
        company = self._books()
        journal = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "in", kinds),
            ],
            limit=1,
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for this: ask accounting to make one.",
                    company=company.display_name,
                )
            )
        return journal

    def _draft_payment(self, payment):
        """Return the draft of the customer's payment."""
        journal = self._journal(["bank"])
        return (
            self.env["account.payment"]
            .with_company(journal.company_id)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.debtor_id.partner_id.id,
                    "journal_id": journal.id,
                    "currency_id": self.currency_id.id,
                    "amount": payment.gross,
                    "date": payment.paid_on,
                    "memo": payment.reference or self.display_name,
                    "invoice_ids": [Command.set(self.line_ids.move_id.ids)],
                }
            )
        )

    def _draft_bill(self, payment):
        """Return the draft bill for the commission; none without commission."""
        if self.currency_id.is_zero(payment.commission):
            return self.env["account.move"]
        journal = self._journal(["purchase"])
        return (
            self.env["account.move"]
            .with_company(journal.company_id)
            .create(
                {
                    "move_type": "in_invoice",
                    "journal_id": journal.id,
                    "partner_id": self.partner_id.partner_id.id,
                    "currency_id": self.currency_id.id,
                    "invoice_date": payment.paid_on,
                    "ref": payment.reference,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": self.env._(
                                    "Commission: %(referral)s",
                                    referral=self.display_name,
                                ),
                                "price_unit": payment.commission,
                                # As the partner withheld it; accounting adds tax
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )

    # === EVERY NIGHT === #

    @api.model
    def _watch(self):
        """Find payments to us of referred items, and what is paid in full."""
        out = self.sudo().search([("state", "in", ("sent", "accepted"))])
        booked = out.line_ids._by_partner()
        for referral in out:
            changed = 0
            for line in referral.line_ids:
                direct = referral.currency_id.round(
                    line.amount - line.amount_open - booked.get(line.id, 0)
                )
                changed += direct - line.amount_told
                if referral.currency_id.compare_amounts(direct, line.amount_told):
                    line.amount_told = direct
            if not referral.currency_id.is_zero(changed):
                referral._tell_partner(changed)
            if referral.currency_id.is_zero(referral.amount_open):
                referral._end("paid", self.env._("Nothing is open any more."))
        self.sudo().search([("state", "=", "proposed")])._estimate()

    def _tell_partner(self, amount):
        """Ask a person to tell the partner what was paid to us, or went back."""
        money = self.currency_id.format(abs(amount))
        values = {
            "partner": self.partner_id.display_name,
            "amount": money,
            "left": self.currency_id.format(self.amount_open),
        }
        text = (
            self.env._(
                "Tell %(partner)s: %(amount)s was paid or credited to us, %(left)s is "
                "still open",
                **values,
            )
            if amount > 0
            else self.env._(
                "Tell %(partner)s: %(amount)s was returned, %(left)s is open",
                **values,
            )
        )
        self.debtor_id._ar_activity("activity_referral", text, about=self)
        self.message_post(body=text)
