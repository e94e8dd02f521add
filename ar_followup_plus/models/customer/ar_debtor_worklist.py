"""The worklist: its filters, and actions on several customers at once."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..company.roles import require_manager
from ..ladder.decision_words import FOR_PEOPLE


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    is_mine = fields.Boolean(
        string="Mine", compute="_compute_worklist", search="_search_is_mine"
    )
    is_today = fields.Boolean(
        string="On today's list", compute="_compute_worklist", search="_search_is_today"
    )
    needs_person = fields.Boolean(
        compute="_compute_worklist", search="_search_needs_person"
    )
    is_long_late = fields.Boolean(
        string="Long overdue",
        compute="_compute_worklist",
        search="_search_is_long_late",
    )

    # === FILTERS OF THE DAY === #

    @api.depends_context("uid")
    def _compute_worklist(self):
        for name in ("is_mine", "is_today", "needs_person", "is_long_late"):
            found = self.search([("id", "in", self.ids), (name, "=", True)])
            for debtor in self:
                debtor[name] = debtor in found

    def _search_is_mine(self, operator, value):
        """Find the customers of the user, and of colleagues whom the user replaces."""
        if operator != "in":
            return NotImplemented
        uid = self.env.uid
        # Searched here, because the person in charge is computed for each collector
        mine = Domain("user_id", "=", uid) | self._search_in_charge_id("in", [uid])
        return mine if True in value else ~mine

    def _search_needs_person(self, operator, value):
        """Find customers who need a person: calls, replies, decisions, ladder ended."""
        if operator != "in":
            return NotImplemented
        today = self.env.company._ar_today()
        found = Domain("amount_owed", "!=", 0) & (
            Domain("reply_until", "!=", False)
            | Domain("next_reason", "in", FOR_PEOPLE)
            | (
                Domain("next_reason", "=", "ladder_done")
                & Domain("next_contact_date", "<=", today)
            )
        )
        # As a list: a join would be evaluated for each customer, without indexes
        to_do = self.env["mail.activity"]._search(
            [("res_model", "=", self._name), ("date_deadline", "<=", today)]
        )
        ids = {row[0] for row in self.env.execute_query(to_do.select("res_id"))}
        found |= Domain("id", "in", list(ids))
        return found if True in value else ~found

    def _search_is_today(self, operator, value):
        """Find the first customers by priority, as many as a person handles in a day.

        For a user with customers, search those of the user or of nobody; else search
        all. Customers who need a person come before those who only owe a lot.
        """
        if operator != "in":
            return NotImplemented
        mine = self._search_is_mine("in", [True])
        if self.search_count(mine, limit=1):
            mine |= Domain("user_id", "=", False)
        else:
            mine = Domain.TRUE
        order, size = "priority desc, id", self.env.company._ar_root().ar_worklist_size
        person = Domain("needs_person", "=", True)
        ids = list(self._search(mine & person, order=order, limit=size or None))
        if not size or len(ids) < size:
            # In the order of an index, so that the scan ends as soon as the list is
            # full
            late = Domain("amount_overdue", ">", 0) & Domain("id", "not in", ids)
            late &= Domain("is_stopped", "=", False) & Domain("is_snoozed", "=", False)
            left = size - len(ids) if size else None
            ids += list(self._search(mine & late, order=order, limit=left))
        found = Domain("id", "in", ids)
        return found if True in value else ~found

    def _search_is_long_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        days = self.env.company._ar_root().ar_late_days
        found = Domain("days_overdue", ">", days) & Domain("amount_overdue", ">", 0)
        return found if True in value else ~found

    @api.model
    def list_notes(self, is_empty=False):
        """Return what a list says beside its rows: asked for each time it is shown.

        Not part of the view, which browsers keep.

        :param bool is_empty: whether nothing was found
        :return: ``hint``: text and method of the button above the list if nothing is
            sent; ``empty``: title and text of an empty list
        :rtype: dict
        """
        self.check_access("read")
        return {
            "hint": _hint(self.env),
            "empty": self._empty_notes() if is_empty else None,
        }

    def _empty_notes(self):
        """Return why a list of customers is empty, by the ledger and not the figures."""
        companies = self.env.companies.root_id
        if not self._is_owed(companies):
            return {
                "title": self.env._("Nobody owes anything"),
                "text": self.env._("Customers appear here once an invoice is posted."),
            }
        known = Domain("company_id", "in", companies.ids) & Domain("item_count", ">", 0)
        if not self.search_count(known, limit=1):
            return {
                "title": self.env._("The figures are not ready yet"),
                "text": self.env._(
                    "There are open invoices. Choose Refresh figures, or wait some "
                    "minutes."
                ),
            }
        return {
            "title": self.env._("No customer fits these filters"),
            "text": self.env._("Remove a filter to see the others."),
        }

    def _is_owed(self, companies):
        """Return whether the ledger has an open receivable of these companies."""
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM account_move_line l
                         JOIN account_account a
                           ON a.id = l.account_id
                          AND a.account_type = 'asset_receivable'
                        WHERE l.company_id IN (
                              SELECT id FROM res_company
                               WHERE split_part(parent_path, '/', 1)::int = ANY(%s))
                          AND l.parent_state = 'posted'
                          AND l.reconciled IS NOT TRUE
                          AND l.amount_residual_currency > 0 LIMIT 1""",
                    companies.ids,
                )
            )
        )

    def action_open_settings(self):
        """Open the settings, to end a pause."""
        require_manager(self.env)
        return self.env.company._ar_action_settings()

    # === ACTIONS ON SEVERAL CUSTOMERS === #

    def action_assign_to_me(self):
        """Make the user the collector of the selected customers."""
        self.write({"user_id": self.env.uid})
        return {"type": "ir.actions.client", "tag": "soft_reload"}


def _hint(env):
    """Return the button above lists if nothing is sent: the reason, and its remedy."""
    company = env.company._ar_root()
    if company.ar_paused:
        text = env._("Paused: nothing is sent")
        return {"text": text, "act": "action_open_settings"}
    texts = {
        "off": env._("Follow-up is off: go live"),
        "preview": env._("Preview only, nothing is sent: go live"),
    }
    text = texts.get(company.ar_state)
    return text and {"text": text, "act": "action_go_live"}
