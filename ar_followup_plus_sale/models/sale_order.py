"""Credit check of orders before they are confirmed: accepted terms, and no hold."""

from odoo import api, fields, models

from odoo.addons.ar_followup_plus.engine.gate import Document
from odoo.addons.ar_followup_plus.models.credit_control.credit_check import CreditCheck


class SaleOrder(models.Model):
    _inherit = "sale.order"

    ar_gate_note = fields.Char(
        string="Before it is confirmed", compute="_compute_ar_gate_note"
    )

    @api.depends("state", "partner_id", "payment_term_id", "company_id")
    @api.depends_context("uid", "lang")
    def _compute_ar_gate_note(self):
        """Show on a quotation the warning, or the block, if it were confirmed.

        Read only: a hold whose reason has ended is released on confirmation.
        """
        for order in self:
            order.ar_gate_note = False
            if order.state not in ("draft", "sent") or not order._ar_gives_credit():
                continue
            debtor_sudo = order._ar_debtor_sudo(make=False)
            if debtor_sudo:
                check = CreditCheck.by_ledger(debtor_sudo)
                note = check.standing_note(order.company_id)
                if note and not order._ar_is_covered(check):
                    order.ar_gate_note = note

    def action_confirm(self):
        # EXTENDS sale: check before anything is written
        self._ar_check_gate()
        return super().action_confirm()

    def _validate_order(self):
        # EXTENDS sale: do not raise in the portal, where nobody could resolve it
        waiting = self.browse()
        for order in self:
            if order.signature and not self.env.user._is_internal():
                answer = order._ar_gate(automatic=False)
                if answer and answer[1].what == "block" and not answer[2]:
                    waiting |= order
                    order._ar_wait(answer[0], answer[1])
        return super(SaleOrder, self - waiting)._validate_order()

    # === THE GATE === #

    def _ar_gives_credit(self):
        """Return whether the terms give credit, for an amount above zero."""
        self.ensure_one()
        return self.amount_total > 0 and any(
            line.nb_days > 0 or line.delay_type != "days_after"
            for line in self.payment_term_id.sudo().line_ids
        )

    def _ar_debtor_sudo(self, make=True):
        """Return the debtor of the customer, as superuser."""
        self.ensure_one()
        root = self.company_id._ar_root()
        partner = self.partner_invoice_id or self.partner_id
        Debtor = self.env["ar.debtor"].sudo()
        if make:
            Debtor = Debtor.with_context(allowed_company_ids=root.ids)
            return Debtor.for_partner(partner.id, root.id)
        return Debtor.search(
            [
                ("company_id", "=", root.id),
                ("partner_id", "=", partner.sudo().commercial_partner_id.id),
            ],
            limit=1,
        )

    def _ar_gate(self, automatic, together=None):
        """Return ``(check, answer, pass)`` of an order on credit, else None.

        :param sale.order together: orders that are confirmed before this one
        """
        self.ensure_one()
        if not self._ar_gives_credit():
            return None
        check = CreditCheck(self._ar_debtor_sudo())
        facts = Document(
            prepaid=self._is_paid() or self._ar_is_covered(check, together),
            automatic=automatic,
        )
        return check, *check.decide(self, facts, self.company_id._ar_root())

    def _ar_is_covered(self, check, together=None):
        """Return whether the customer's money on account covers this order.

        Money covers only once: it first covers what was ordered before and is not
        invoiced yet.
        """
        self.ensure_one()
        money = check.on_account()
        if money <= 0:
            return False
        root = check.debtor.company_id
        orders = self.sudo().search(
            [
                ("state", "=", "sale"),
                ("invoice_status", "in", ("no", "to invoice")),
                ("company_id", "child_of", root.id),
                (
                    "partner_invoice_id.commercial_partner_id",
                    "=",
                    check.debtor.partner_id.id,
                ),
            ]
        )
        if together:
            orders |= together.sudo().filtered(
                lambda order: order._ar_debtor_sudo(make=False) == check.debtor
            )
        orders |= self.sudo()
        wanted = sum(
            order.currency_id._convert(
                max(order.amount_total - order.amount_invoiced, 0),
                root.currency_id,
                order.company_id,
                root._ar_today(),
            )
            for order in orders
        )
        return root.currency_id.compare_amounts(wanted, money) <= 0

    def _ar_check_gate(self):
        """Block, warn, permit or list orders, before anything is confirmed.

        :raise RedirectWarning: with the missing requirements, and what can be done
        """
        automatic = CreditCheck.is_automatic(self.env)
        stopped, listed = [], self.env["ar.debtor"].sudo()
        together = self.browse()
        for order in self.filtered(lambda o: o.state in ("draft", "sent")):
            answer = order._ar_gate(automatic, together)
            together |= order
            if not answer:
                continue
            check, found, used = answer
            if used:
                used._use(order)
            elif found.what == "block":
                stopped.append((check, found, order))
            elif found.what == "warn" or found.listed:
                listed |= check.debtor if found.listed else listed.browse()
                order.message_post(body=check.words(found))
        if stopped:
            CreditCheck.refuse(
                [(check, found) for check, found, _order in stopped[:10]],
                [order for _check, _found, order in stopped],
            )
        CreditCheck(listed).list_passed(self.company_id._ar_root())

    def _ar_wait(self, check, found):
        """Keep a signed quotation open, and notify the salesperson."""
        text = check.words(found)
        self.message_post(body=text)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Signed by the customer, and it waits"),
            note=text,
            user_id=(self.user_id or check.debtor.user_id).id or self.env.uid,
        )

    def action_ar_gate(self):
        """Show the missing requirements, and what can be done."""
        self.ensure_one()
        self.check_access("write")
        return self.env["ar.gate.ask"]._open(self.env["ar.debtor"], self)
