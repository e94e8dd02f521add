from odoo import fields, models

from ...engine.aging import USUAL_RANGES
from ...models.analytics.aging import Aging
from ...models.analytics.aging_sheet import AgingSheet
from ...models.analytics.aging_terms import (
    AMOUNTS_SELECTION,
    BY_SELECTION,
    CREDITS_SELECTION,
    AgingTerms,
    checked_day,
    checked_ranges,
    rates,
)
from ...tools.file_names import plain_file
from ...tools.printing import XLSX, download_action

GROUP_SELECTION = [
    ("partner_id", "Customer"),
    ("document_currency_id", "Currency"),
    ("collector_id", "Collector"),
    ("company_id", "Company"),
    ("salesperson_id", "Salesperson"),
    ("kind", "Kind of customer"),
    ("country_id", "Country"),
]


class ArAgingAsk(models.TransientModel):
    """Ask which aged list to show: the day, the buckets, the grouping."""

    _name = "ar.aging.ask"
    _inherit = ["ar.wizard"]
    _description = "Aged Receivables"

    day = fields.Date(
        string="As of",
        required=True,
        default=lambda self: self.env.company._ar_today(),
        help="Today or a past day: what was matched later is open in the list.",
    )
    by = fields.Selection(
        BY_SELECTION, string="Age by", required=True, default=BY_SELECTION[0][0]
    )
    ranges = fields.Char(
        string="Buckets",
        required=True,
        default=USUAL_RANGES,
        help="Days overdue. What is older than the last bucket is in one more.",
    )
    amounts = fields.Selection(
        AMOUNTS_SELECTION,
        string="Amounts in",
        required=True,
        default=AMOUNTS_SELECTION[0][0],
    )
    credits = fields.Selection(
        CREDITS_SELECTION,
        string="Unallocated credits",
        required=True,
        default=CREDITS_SELECTION[0][0],
    )
    group = fields.Selection(
        GROUP_SELECTION, string="By", required=True, default=GROUP_SELECTION[0][0]
    )

    def _aging(self):
        """Return the list that is asked for.

        :raise UserError: for a day, buckets or rates that cannot be used
        """
        self.ensure_one()
        terms = AgingTerms(
            checked_day(self.env, self.day),
            self.by,
            checked_ranges(self.env, self.ranges),
            self.amounts,
            self.credits,
        )
        rates(self.env, terms.day, terms.amounts)
        self.env["ar.aging.item"].check_access("read")
        return Aging(self.env, terms, self.ranges)

    def _action(self, *view_types):
        aging = self._aging()
        groups = [self.group]
        if self.amounts == "document" and self.group != "document_currency_id":
            groups.insert(0, "document_currency_id")
        return {
            "type": "ir.actions.act_window",
            "name": f"{aging.title()}. {aging.tie_text()[0]}",
            "res_model": "ar.aging.item",
            "views": [(False, view_type) for view_type in view_types],
            "search_view_id": self.env.ref(
                "ar_followup_plus.ar_aging_item_view_search"
            ).ids,
            "context": {
                **aging.context,
                "group_by": groups,
                "pivot_row_groupby": groups,
            },
        }

    def action_show(self):
        """Open the list."""
        return self._action("list", "pivot")

    def action_pivot(self):
        """Open the list as pivot table."""
        return self._action("pivot", "list")

    def action_print(self):
        """Print the list as PDF."""
        self._aging()
        return self.env.ref("ar_followup_plus.action_report_aging").report_action(self)

    def action_spreadsheet(self):
        """Download the list as spreadsheet: by group, and each item."""
        aging = self._aging()
        name = plain_file(self.env._("Receivables %(day)s.xlsx", day=self.day))
        return download_action(
            self, name, AgingSheet(aging, self.group).content(), XLSX
        )

    def action_differing(self):
        """Open the journal items by which the list and the ledger differ, if any."""
        aging = self._aging()
        text, is_tied = aging.tie_text()
        if is_tied:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {"type": "success", "message": text},
            }
        return {
            "type": "ir.actions.act_window",
            "name": text,
            "res_model": "account.move.line",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", aging.differing_ids())],
        }
