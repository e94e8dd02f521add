from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.decision.ladder import Ladder

#: Context value while a ladder writes its steps: their order is checked after the last
#: one. An object, so that no call of the web client can send it.
ALL_AT_ONCE = object()


class ArLadder(models.Model):
    """A policy of escalation: the messages and calls, their days, and for whom."""

    _name = "ar.ladder"
    _description = "Reminder Schedule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: for all companies."
    )
    description = fields.Text(translate=True)
    step_ids = fields.One2many("ar.ladder.step", "ladder_id", string="Steps", copy=True)
    # Kinds of customers, for those without a ladder of their own
    for_business = fields.Boolean(string="Businesses")
    for_sole_trader = fields.Boolean(string="Sole traders")
    for_consumer = fields.Boolean(string="Consumers")
    for_public = fields.Boolean(string="Public bodies")
    for_chronic = fields.Boolean(
        string="Chronic late payers only",
        help="Only for customers who always pay late and had a gentle reminder "
        "within the last twelve months.",
    )

    @api.constrains("step_ids")
    def _check_steps(self):
        self.step_ids.with_context(ar_steps=None)._check_order()

    def write(self, vals):
        """Write all steps before their order is checked: days may change places."""
        if "step_ids" in vals:
            self = self.with_context(ar_steps=ALL_AT_ONCE)
        return super().write(vals)

    @api.onchange("step_ids")
    def _onchange_places(self):
        """Assign the days again after a step was dragged: each place keeps its day.

        A step that is dragged between two others takes the day of that place, and the
        steps that it passed move by one place. So no two steps get the same day.
        """
        known = self.step_ids.filtered(lambda step: step._origin)
        for step in self.step_ids - known:
            step.place = step.delay_days
        if all(step.place == step.delay_days for step in known):
            return
        days = sorted(known.mapped("delay_days"))
        for step, day in zip(known.sorted("place"), days, strict=True):
            step.delay_days = step.place = day

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for ladder, vals in zip(self, vals_list, strict=True):
            if not default or "name" not in default:
                vals["name"] = self.env._("%(name)s (copy)", name=ladder.name)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        Notice = self.env["ar.notice"].sudo()
        if Notice.search_count([("step_id.ladder_id", "in", self.ids)], limit=1):
            raise ValidationError(
                self.env._(
                    "Notices were made with this reminder schedule, and they are "
                    "evidence: archive it instead of deleting it."
                )
            )

    def _engine(self, company):
        """Return the ladders as the engine wants them, in a company's currency.

        :return: ``{ladder id: engine.ladder.Ladder}``
        """
        minor = 10 ** company.sudo().currency_id.decimal_places
        return {
            ladder.id: Ladder(
                [step._engine(minor) for step in ladder.step_ids], ladder.id
            )
            for ladder in self.sudo()
        }
