"""The customer's page: what is due, to whom to talk, where to pay. Live, by reading."""

from odoo import models

from ...engine.values import Reason
from ..notice.page_link import LEFT


def _most(item, asked, reason):
    """Return how much of an item can be paid: also what is not asked for now."""
    open_amount = item.amount_residual_currency
    if reason and reason.can_be_paid:
        return open_amount
    held = item.amount_disputed + item.amount_promised + item.amount_planned
    return item.currency_id.round(min(open_amount, asked + held))


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # === LINKS === #

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
        owed, credits = [], []
        for item in items:
            amount = item.amount_residual_currency
            entry = held.get(item.id) or {}
            reason = Reason(entry["reason"]) if entry.get("reason") else None
            note = reason.on_page if reason else None
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
            if note is not None or 0 < entry.get("amount", 0) < amount:
                row["amount"] = item.currency_id.round(entry["amount"])
                row["note"] = (
                    self.env._(note) if note else self.env._("A credit is taken off")
                )
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

    # === WHAT THE CUSTOMER WRITES === #
