from odoo import api, fields, models


class _Many2oneNoKey(fields.Many2one):
    """A many2one without foreign key.

    A run writes a line for each of up to a million items, and each key takes time.
    Steps and currencies that are referred to cannot be deleted anyway: the notice's own
    step and the invoice's own currency are protected.
    """

    def update_db_foreign_key(self, model, column):
        return


class ArNoticeLine(models.Model):
    """One open item in a notice, as it was stated.

    ``active`` blocks a second line for the same item, step and channel; ``taken``
    counts for the item's position on the ladder. Amounts and dates are copied, because
    journal items can be deleted.
    """

    _name = "ar.notice.line"
    _description = "Line of a Notice"
    _log_access = False
    _order = "date_due, id"
    _rec_name = "move_name"

    notice_id = fields.Many2one(
        "ar.notice", required=True, index=True, ondelete="cascade", readonly=True
    )
    move_line_id = fields.Many2one(
        "account.move.line", ondelete="set null", index=True, readonly=True
    )
    move_id = fields.Many2one(
        "account.move", ondelete="restrict", index=True, readonly=True, string="Invoice"
    )
    step_id = _Many2oneNoKey(
        "ar.ladder.step",
        readonly=True,
        help="The step that the item takes with this notice, if any.",
    )
    channel = fields.Char(readonly=True)
    role = fields.Selection(
        [
            ("about", "What this is about"),
            ("also", "Also open"),
            ("coming", "Coming up"),
            ("apart", "Looked into"),
            ("agreed", "Agreed"),
            ("credit", "Credit"),
        ],
        required=True,
        readonly=True,
    )
    active = fields.Boolean(readonly=True)
    taken = fields.Boolean(readonly=True)
    move_name = fields.Char(string="Number", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    currency_id = _Many2oneNoKey("res.currency", readonly=True)
    amount_residual_currency = fields.Monetary(
        string="Open", currency_field="currency_id", readonly=True
    )
    amount = fields.Monetary(
        currency_field="currency_id",
        readonly=True,
        help="What is asked for: the open amount less what is disputed, promised, on "
        "a plan, or covered by credits.",
    )
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    delay_days = fields.Integer(
        readonly=True, aggregator=None, help="Delay of the step taken."
    )

    _once = models.UniqueIndex(
        "(move_line_id, step_id, channel) WHERE active",
        "There is already a notice for this item at this step by this channel.",
    )
    _orphan_idx = models.Index("(move_id) WHERE move_line_id IS NULL")

    @api.model
    def _post_model_setup__(self):
        """List inactive lines too: ``active`` is not Odoo's archive flag here.

        Odoo takes it for that by its name, whatever the class declares.
        """
        result = super()._post_model_setup__()
        self.pool[self._name]._active_name = None
        return result
