"""The customer's page: what is due, to whom to talk, where to pay. Live, by reading."""

import uuid

from odoo import api, fields, models
from odoo.tools import SQL, str2bool

from ...engine.values import Reason
from ..communication.mail_message import PAGE
from ..notice.page_link import LEFT, LINK_DAYS, SETTLED_DAYS

#: Reasons for which the amount asked for is not the amount that is open.
HELD = {
    Reason.CREDIT_COVERS.value,
    Reason.DISPUTED.value,
    Reason.PROMISED.value,
    Reason.ON_PLAN.value,
    Reason.HANDED_OVER.value,
    Reason.PAYMENT_PENDING.value,
    Reason.BANK_UNMATCHED.value,
    Reason.WAITING_FOR_US.value,
}
#: Not asked for, but whoever wants to pay it can.
CAN_BE_PAID = {
    Reason.DISPUTED.value,
    Reason.PROMISED.value,
    Reason.ON_PLAN.value,
    Reason.WAITING_FOR_US.value,
}


def _most(item, asked, reason):
    """Return how much of an item can be paid: also what is not asked for now."""
    open_amount = item.amount_residual_currency
    if reason in CAN_BE_PAID:
        return open_amount
    held = item.amount_disputed + item.amount_promised + item.amount_planned
    return item.currency_id.round(min(open_amount, asked + held))


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # Who may see the customer may not be the customer
    access_token = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    token_date = fields.Date(copy=False, readonly=True)

    # === LINKS === #

    def _portal_ensure_token(self):
        # EXTENDS portal: a token ends some day
        self.ensure_one()
        debtor_sudo = self.sudo()
        if not debtor_sudo.access_token:
            debtor_sudo.write(
                {
                    "access_token": str(uuid.uuid4()),
                    "token_date": debtor_sudo.company_id._ar_today(),
                }
            )
        return debtor_sudo.access_token

    def _get_share_url(
        self, redirect=False, signup_partner=False, pid=None, share_token=True
    ):
        # EXTENDS portal: what colleagues share is no key to the customer's page
        return super()._get_share_url(redirect, signup_partner, share_token=False)

    def get_portal_url(
        self,
        suffix=None,
        report_type=None,
        download=None,
        query_string=None,
        anchor=None,
    ):
        # OVERRIDES portal: the address without its key, which the customer has
        self.ensure_one()
        return f"/my/receivables/{self.id}{suffix or ''}" + (
            f"#{anchor}" if anchor else ""
        )

    def _sign_token(self, pid):
        # EXTENDS portal: of nothing that opens our pages
        return super(ArDebtor, self.sudo())._sign_token(pid)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # EXTENDS portal: no key for whoever is notified of what colleagues write
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        return [group for group in groups if group[0] != "portal_customer"]

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kwargs
    ):
        # EXTENDS portal: a link alone opens no conversation
        return super()._get_thread_with_access(thread_id, **kwargs)

    @api.model
    def _expire_tokens(self, company):
        """Take tokens from customers who owe nothing any more since long."""
        today = company._ar_today()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE ar_debtor d SET access_token = NULL
                    WHERE d.company_id = %(company)s AND d.access_token IS NOT NULL
                      AND COALESCE(d.token_date, '2000-01-01') <= %(old)s
                      AND NOT EXISTS (
                          SELECT 1 FROM account_move_line l
                            JOIN account_account a ON a.id = l.account_id
                                 AND a.account_type = 'asset_receivable'
                            JOIN res_partner p ON p.id = l.partner_id
                           WHERE p.commercial_partner_id = d.partner_id
                             AND l.parent_state = 'posted'
                             AND (l.reconciled IS NOT TRUE OR EXISTS (
                                  SELECT 1 FROM account_partial_reconcile r
                                   WHERE l.id IN (r.debit_move_id, r.credit_move_id)
                                     AND GREATEST(r.max_date, r.create_date::date)
                                         > %(settled)s)))""",
                company=company.id,
                old=fields.Date.subtract(today, days=LINK_DAYS),
                settled=fields.Date.subtract(today, days=SETTLED_DAYS),
            )
        )
        self.invalidate_model(["access_token"], flush=False)

    def action_revoke_links(self):
        """Close all links that the customer has, as when one fell into wrong hands."""
        self._check_write()
        for debtor_sudo in self.sudo():
            debtor_sudo.access_token = False
            debtor_sudo.notice_ids._revoke_links()
            debtor_sudo._close_copies()
            debtor_sudo.message_post(
                body=self.env._("All links to the customer's page were closed.")
            )

    def _close_copies(self):
        """Close the links to copies of invoices of the customer."""
        self.env["ar.copies"].sudo().search(
            [("debtor_id", "in", self.ids), ("access_token", "!=", False)]
        ).access_token = False

    def action_open_customer_page(self):
        """Open the page as the customer sees it, with the whole account."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/my/receivables/{self.id}",
            "target": "new",
        }

    # === THE PAGE === #

    def _page_lines(self, notice=None, full=False):
        """Return what may be shown: ids of journal items, and of invoices made anew.

        A notice's link shows what the notice lists. The customer's own link shows
        what our notices listed, what was agreed, and what returned payments left
        open. The whole account (None, None) is for who logged in or had a code.
        """
        self.ensure_one()
        if full:
            return None, None
        domain = [
            ("notice_id.state", "in", LEFT),
            ("notice_id.debtor_id", "=", self.id),
        ]
        if notice:
            domain = [("notice_id", "=", notice.id)]
        lines = (
            self.env["ar.notice.line"]
            .sudo()
            .search_fetch(domain, ["move_line_id", "move_id"])
        )
        ids, move_ids = set(), set()
        for line in lines:
            if line.move_line_id:
                ids.add(line.move_line_id.id)
            else:  # the invoice was set to draft and posted again
                move_ids.add(line.move_id.id)
        if not notice:
            ids |= self._agreed_line_ids()
            move_ids |= self._returned_move_ids()
        return ids, move_ids

    def _page_items(self, notice=None, full=False):
        """Return the open items that may be shown, as superuser."""
        self.ensure_one()
        ids, move_ids = self._page_lines(notice, full)
        items = self.env["ar.open.item"].sudo().search([("debtor_id", "=", self.id)])
        if ids is None:
            return items
        return items.filtered(lambda i: i.id in ids or i.move_id.id in move_ids)

    def _page_rows(self, items):
        """Return what is owed and the credits, as rows of the page.

        :return: two lists of dicts
        """
        held = {entry["move_line_id"]: entry for entry in self.sudo().explain()}
        says = {
            Reason.DISPUTED.value: self.env._("Being looked into"),
            Reason.PROMISED.value: self.env._("Agreed with you"),
            Reason.ON_PLAN.value: self.env._("Agreed with you"),
            Reason.PAYMENT_PENDING.value: self.env._("Your payment is on its way"),
            Reason.BANK_UNMATCHED.value: self.env._("Payment received, being booked"),
            Reason.WAITING_FOR_US.value: self.env._("You wrote to us: we will answer"),
            Reason.CREDIT_COVERS.value: self.env._("Covered by a credit"),
        }
        owed, credits = [], []
        for item in items:
            amount = item.amount_residual_currency
            entry = held.get(item.id) or {}
            reason = entry.get("reason")
            row = {
                "item_id": item.id,
                "move_id": item.move_id.id,
                "number": item.move_name or "",
                "reference": item.ref
                if item.move_type in ("out_invoice", "out_refund")
                else "",
                "invoice_date": item.invoice_date,
                "due": item.due_date,
                "days": max(item.days_overdue, 0),
                "late": item.days_overdue >= 0,
                "open": amount,
                "currency": item.currency_id,
                "is_invoice": item.move_type in ("out_invoice", "out_refund"),
                "note": "",
                "amount": amount,
            }
            if amount < 0:
                credits.append({**row, "open": -amount})
                continue
            if reason in HELD or 0 < entry.get("amount", 0) < amount:
                row["amount"] = item.currency_id.round(entry["amount"])
                row["note"] = says.get(reason) or self.env._("A credit is taken off")
            row["most"] = _most(item, row["amount"], reason)
            row["payable"] = item.move_type == "out_invoice" and row["most"] > 0
            owed.append(row)
        return owed, credits

    def _page_values(self, notice=None, full=False):
        """Return what the customer's page shows, from the ledger at this moment.

        A constant number of SQL statements, whatever the number of items.
        """
        self.ensure_one()
        debtor_sudo = self.sudo()
        company = debtor_sudo.company_id
        values = {
            "debtor": debtor_sudo,
            "company": company,
            "notice": notice,
            "full": full,
            "stopped": debtor_sudo.is_stopped,
            "person": debtor_sudo._page_person(),
            "today": company._ar_today(),
        }
        if values["stopped"]:
            return {**values, "terms": {}}
        items = debtor_sudo._page_items(notice, full)
        owed, credits = debtor_sudo._page_rows(items)
        due, coming = {}, {}
        for row in owed:
            sums = due if row["late"] else coming
            currency = row["currency"]
            sums[currency] = sums.get(currency, 0) + row["amount"]
        online = debtor_sudo._page_pays_online()
        for row in owed:
            row["payable"] = row["payable"] and online
        payments = debtor_sudo._pay_summary(owed)
        moves = items.move_id.filtered(lambda move: move.move_type == "out_invoice")
        banks = moves.partner_bank_id
        return {
            **values,
            "owed": owed,
            "credits": credits,
            "payments": payments,
            "plans": debtor_sudo._page_plans(items),
            "online": online,
            "failed": debtor_sudo._pay_failed(items) if online else None,
            "due": {c: c.round(a) for c, a in due.items() if not c.is_zero(a)},
            "coming": {c: c.round(a) for c, a in coming.items() if not c.is_zero(a)},
            # The one on the invoices; where they differ, none
            "bank": banks if len(banks) == 1 else banks.browse(),
            "ways": [
                line
                for line in (company.ar_ways_to_pay or "").splitlines()
                if line.strip()
            ],
            "can_mail": not debtor_sudo._why_held(),
            "terms": debtor_sudo._page_terms(),
        }

    def _page_pays_online(self):
        """Return whether invoices can be paid through a payment provider."""
        enabled = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("account_payment.enable_portal_payment")
        )
        return str2bool(enabled or "", False) and bool(
            self.env["payment.provider"]
            .sudo()
            .search_count(
                [
                    ("company_id", "child_of", self.company_id.id),
                    ("state", "in", ("enabled", "test")),
                    ("is_published", "=", True),
                ],
                limit=1,
            )
        )

    def _page_person(self):
        """Return who the customer may talk to: who is in charge today.

        Nobody is named where nobody was chosen, for the administrator knows nothing.
        """
        self.ensure_one()
        company = self.company_id
        if not (self.user_id or company.ar_user_id or company.ar_manager_id):
            return self.env["res.users"]
        return self._ar_user_in_charge()[self.id]

    def _page_lang(self, notice=None):
        """Return the language of the customer, else of the company."""
        self.ensure_one()
        if notice:
            return notice._lang()
        return (
            self.env["ar.notice"]
            .new({"debtor_id": self.id, "company_id": self.company_id.id})
            ._lang()
        )

    # === WHAT THE CUSTOMER WRITES === #

    def _page_message(self, text, notice=None):
        """Take a message that was written on the page, as a reply by e-mail is."""
        self.ensure_one()
        debtor_sudo = self.sudo()
        person = debtor_sudo._page_contact(notice)
        author = self.env["res.partner"].sudo().browse(person[0] if person else [])
        author = author or debtor_sudo.partner_id
        subject = (
            self.env._("Message %(number)s", number=notice.number)
            if notice and notice.number
            else self.env._("Written on the customer's page")
        )
        debtor_sudo.with_context(ar_origin=PAGE).message_post(
            body=text,
            subject=subject,
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        debtor_sudo._ar_note_reply({"author_id": False, "subject": subject})
