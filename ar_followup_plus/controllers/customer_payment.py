"""Paying an invoice from the customer's page, through Odoo's payment providers."""

import math

from odoo import http
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.http import request

from .access import visit
from .customer_page import READ, CustomerPage, places


class CustomerPayment(CustomerPage):
    @http.route(places("/pay/<int:move_id>"), **READ)
    def ar_pay(self, move_id, token=None, debtor_id=None, access_token=None, **_kw):
        """Show how an invoice can be paid."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        move, amount = self._ar_payable(found, move_id)
        if not move:
            return self._ar_back(found, "")
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": move.partner_id,
                "company": move.company_id,
                "total_amount": amount,
                "currency": move.currency_id,
                "amount_residual": amount,
                "payment_reference": move.payment_reference or move.name,
                "landing_route": found.url(),
                "transaction_route": found.url(f"/transaction/{move.id}"),
            },
            access_token=found.token or "-",
        )
        if not found.full or found.is_colleague:
            # What the customer stored is not shown to who merely has a link
            values["tokens_sudo"] = request.env["payment.token"].sudo()
            values["show_tokenize_input_mapping"] = dict.fromkeys(
                values["show_tokenize_input_mapping"], False
            )
        values.update(
            visit=found,
            company=found.debtor.company_id,
            move=move,
            amount=amount,
            amount_due=amount,
            next_amount_to_pay=amount,
        )
        return self._ar_render("ar_followup_plus.customer_pay", values)

    def _ar_payable(self, found, move_id):
        """Return an invoice of the page and what is asked for it, or nothing.

        What is due of it now; of one that is not due yet, all that is open.
        """
        owed, _credits = found.debtor._page_rows(found.items())
        rows = [row for row in owed if row["move_id"] == move_id and row["payable"]]
        rows = [row for row in rows if row["late"]] or rows
        move = request.env["account.move"].sudo().browse(move_id)
        if not rows or not move._has_to_be_paid():
            return move.browse(), 0
        return move, move.currency_id.round(sum(row["amount"] for row in rows))

    @http.route(places("/transaction/<int:move_id>"), type="jsonrpc", auth="public")
    def ar_transaction(
        self, move_id, token=None, debtor_id=None, access_token=None, **kwargs
    ):
        """Make the transaction by which an invoice is paid.

        Everything that counts is taken from the page, not from the browser: whose
        invoice, the currency, where to go afterwards, at most what is open.

        :raise ValidationError: for what is not on the page, or another amount
        """
        found = visit(token, debtor_id, access_token)
        move, most = request.env["account.move"].sudo(), 0
        if found and not found.debtor.is_stopped and not found.is_colleague:
            move, most = self._ar_payable(found, move_id)
        if not move:
            raise ValidationError(
                request.env._("This link does not work, or there is nothing to pay.")
            )
        kwargs.pop("payment_reference", None)
        self._validate_transaction_kwargs(kwargs)
        amount = kwargs.get("amount")
        if (
            not isinstance(amount, (int, float))
            or not math.isfinite(amount)
            or move.currency_id.compare_amounts(amount, most)
        ):
            raise ValidationError(
                request.env._("Please load the page again: the amount has changed.")
            )
        partner = move.partner_id
        if found.is_customer:
            partner = request.env.user.partner_id
        self._ar_check_provider(found, move, partner, most, kwargs)
        kwargs.update(
            amount=most,
            partner_id=partner.id,
            currency_id=move.currency_id.id,
            landing_route=found.url(),
            is_validation=False,
            tokenization_requested=bool(
                found.full and kwargs.get("tokenization_requested")
            ),
            reference_prefix=None,
            custom_create_values={"invoice_ids": [Command.set(move.ids)]},
        )
        return self._create_transaction(**kwargs)._get_processing_values()

    def _ar_check_provider(self, found, move, partner, amount, kwargs):
        """Check that the page offers this way to pay."""
        providers = (
            request.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                move.company_id.id,
                partner.id,
                amount,
                currency_id=move.currency_id.id,
            )
        )
        allowed = (
            ("redirect", "direct", "token") if found.full else ("redirect", "direct")
        )
        methods = (
            request.env["payment.method"]
            .sudo()
            ._get_compatible_payment_methods(
                providers.ids, partner.id, currency_id=move.currency_id.id
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
