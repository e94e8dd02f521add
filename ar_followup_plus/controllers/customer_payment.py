"""Paying from the customer's page, through Odoo's payment providers."""

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request
from odoo.tools.misc import get_lang

from ..models.portal.customer_page import CustomerPage
from ..models.portal.page_payment import PagePayment
from ..models.portal.typed import read_amount
from .access import text_of, visit
from .customer_page import CALL, READ, PageRoutes, places

#: Amounts from here on are refused; a float cannot hold the largest numbers at all.
MOST_AMOUNT = 10**15


class CustomerPayment(PageRoutes):
    # === CHOOSING === #

    @http.route(places("/pay"), **READ)
    def ar_choose(self, token=None, debtor_id=None, access_token=None, **values):
        """Show the payable amounts; if a choice was made, redirect to its payment."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        owed = self._ar_owed(found)
        wrong = ""
        if "of" in values:
            try:
                choice = self._ar_read_choice(found, owed, values)
                return request.redirect(found.url(f"/pay/{choice}"), 303)
            except UserError as error:
                wrong = error.args[0]
        pay = PagePayment(self._ar_debtor(found), owed)
        payments = pay.summary()
        if not payments:
            return self._ar_back(found, "pending" if pay.is_on_its_way() else "")
        return self._ar_render(
            "ar_followup_plus.customer_choose",
            {
                "visit": found,
                "company": found.debtor.company_id,
                "payments": payments,
                "wrong": wrong,
                "of": values.get("of"),
                "typed": text_of(values.get("amount"))[:40],
                "chosen": set(request.httprequest.args.getlist("i")),
            },
        )

    def _ar_read_choice(self, found, owed, values):
        """Return the choice that a form of the page sent.

        :raise UserError: with a text for the customer, for a choice that cannot be paid
        """
        chosen = request.httprequest.args.getlist("i")
        choice = ".".join(chosen) if chosen else f"due-{values['of']}"
        typed = text_of(values.get("amount")).strip()
        if typed:
            amount = read_amount(typed, get_lang(request.env).decimal_point)
            if amount is None:
                raise UserError(
                    request.env._("Please enter an amount in figures only, or none.")
                )
            choice += f"~{amount}"
        elif not chosen and values.get("what") == "chosen":
            raise UserError(request.env._("Please choose an invoice."))
        if not PagePayment(self._ar_debtor(found), owed).choice(choice):
            raise UserError(
                request.env._("This cannot be paid here any more: please choose again.")
            )
        return choice

    def _ar_debtor(self, found):
        """Return the debtor as superuser, in the language of the request."""
        return found.debtor.with_env(
            found.debtor.env(context=request.env.context)
        ).sudo()

    def _ar_owed(self, found):
        """Return the rows that can be paid at this moment."""
        debtor = self._ar_debtor(found)
        owed, _credits = CustomerPage(debtor).rows(
            found.items(), None if found.full else found.notice
        )
        return owed if debtor.company_id._ar_pays_online() else []

    # === PAYING === #

    @http.route(places("/pay/<string:choice>"), **READ)
    def ar_pay(self, choice, token=None, debtor_id=None, access_token=None, **_kw):
        """Show the ways to pay the choice."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        payment = self._ar_payment(found, choice)
        if not payment:
            pay = PagePayment(self._ar_debtor(found), self._ar_owed(found))
            pending = pay.is_on_its_way(choice)
            return self._ar_back(found, "pending" if pending else "")
        moves = payment.moves
        bank = PagePayment(self._ar_debtor(found)).bank(payment)
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": self._ar_payer(found, moves),
                "company": payment.company,
                "total_amount": payment.amount,
                "currency": payment.currency,
                "amount_residual": payment.amount,
                "payment_reference": bank["bank_reference"],
                "landing_route": found.url(),
                "transaction_route": found.url(f"/transaction/{choice}"),
            },
            access_token=found.token or "-",
        )
        if not found.full or found.is_colleague:
            # Stored payment methods are not shown to visitors who only have a link
            values["tokens_sudo"] = request.env["payment.token"].sudo()
            values["show_tokenize_input_mapping"] = dict.fromkeys(
                values["show_tokenize_input_mapping"], False
            )
        values.update(
            bank,
            visit=found,
            company=found.debtor.company_id,
            payer_company=payment.company,
            moves=moves,
            currency=payment.currency,
            amount=payment.amount,
            until=payment.until,
            amount_due=payment.amount,
            next_amount_to_pay=payment.amount,
        )
        return self._ar_render("ar_followup_plus.customer_pay", values)

    def _ar_payment(self, found, choice):
        """Return the current payment of a choice, or None if it cannot be paid."""
        try:
            owed = self._ar_owed(found)
            return PagePayment(self._ar_debtor(found), owed).choice(choice)
        except UserError:
            return None

    def _ar_payer(self, found, moves):
        """Return the paying partner: that of a single invoice, else the customer."""
        return moves.partner_id if len(moves) == 1 else found.debtor.partner_id

    @http.route(places("/transaction/<string:choice>"), **CALL)
    def ar_transaction(
        self, choice, token=None, debtor_id=None, access_token=None, **kwargs
    ):
        """Create the transaction that pays the choice.

        All decisive values come from the page and not from the browser: invoices,
        currency, landing page, open amount.

        :raise ValidationError: for invoices that are not on the page, or another amount
        """
        found = visit(token, debtor_id, access_token)
        payment = None
        if found and not found.debtor.is_stopped and not found.is_colleague:
            self._ar_speak(found)
            payment = self._ar_payment(found, choice)
        if not payment:
            raise ValidationError(
                request.env._("This link does not work, or there is nothing to pay.")
            )
        kwargs.pop("payment_reference", None)
        self._validate_transaction_kwargs(kwargs)
        amount = kwargs.get("amount")
        if (
            not isinstance(amount, (int, float))
            or not abs(amount) < MOST_AMOUNT  # false for NaN, too
            or payment.currency.compare_amounts(amount, payment.amount)
        ):
            raise ValidationError(
                request.env._("Please load the page again: the amount has changed.")
            )
        partner = self._ar_payer(found, payment.moves)
        if found.is_customer:
            partner = request.env.user.partner_id
        self._ar_check_provider(found, payment, partner, kwargs)
        prefix = PagePayment(self._ar_debtor(found)).draw_prefix()
        kwargs.update(
            amount=payment.amount,
            partner_id=partner.id,
            currency_id=payment.currency.id,
            landing_route=found.url(),
            is_validation=False,
            tokenization_requested=bool(
                found.full and kwargs.get("tokenization_requested")
            ),
            reference_prefix=prefix,
            custom_create_values={"invoice_ids": [Command.set(payment.moves.ids)]},
        )
        return self._create_transaction(**kwargs)._get_processing_values()

    def _ar_check_provider(self, found, payment, partner, kwargs):
        """Check that the page offers this payment method."""
        providers = (
            request.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                payment.company.id,
                partner.id,
                payment.amount,
                currency_id=payment.currency.id,
            )
        )
        allowed = (
            ("redirect", "direct", "token") if found.full else ("redirect", "direct")
        )
        methods = (
            request.env["payment.method"]
            .sudo()
            ._get_compatible_payment_methods(
                providers.ids, partner.id, currency_id=payment.currency.id
            )
        )
        is_token = kwargs.get("flow") == "token"
        if (
            kwargs.get("flow") not in allowed
            or kwargs.get("provider_id") not in providers.ids
            or not (is_token or kwargs.get("payment_method_id") in methods.ids)
        ):
            raise ValidationError(
                request.env._("Please choose one of the ways to pay on the page.")
            )
