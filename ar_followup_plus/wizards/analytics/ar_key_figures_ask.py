from odoo import fields, models
from odoo.tools import format_date

from ...models.analytics.key_figures import BY_SELECTION, KeyFigures

MONTHS_SELECTION = [
    ("1", "One month"),
    ("3", "Three months"),
    ("6", "Six months"),
    ("12", "Twelve months"),
]


class ArKeyFiguresAsk(models.TransientModel):
    """Ask of which day, and by what, the key figures are shown."""

    _name = "ar.key.figures.ask"
    _inherit = ["ar.wizard"]
    _description = "Key Figures"

    day = fields.Date(
        string="As of",
        required=True,
        default=lambda self: self.env.company._ar_today(),
        help="Today or a past day.",
    )
    months = fields.Selection(
        MONTHS_SELECTION,
        string="Period",
        required=True,
        default="3",
        help="Of sales, payments, promises and disputes: the months before that day.",
    )
    by = fields.Selection(
        BY_SELECTION, required=True, default="company", help="One line for each."
    )

    def action_show(self):
        """Compute the figures and open them.

        :raise UserError: for a day in the future
        """
        self.ensure_one()
        self.env["ar.aging.item"].check_access("read")
        source = KeyFigures(self.env, self.day, int(self.months), self.by)
        rows = self.env["ar.key.figure"]._of(source)
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Key figures on %(day)s, of %(days)s days",
                day=format_date(self.env, source.day),
                days=source.days,
            ),
            "res_model": "ar.key.figure",
            "domain": [("id", "in", rows.ids)],
            "views": [(False, "list"), (False, "form")],
        }
        if len(rows) == 1:
            action |= {"views": [(False, "form")], "res_id": rows.id}
        return action
