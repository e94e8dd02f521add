from odoo import api, fields, models
from odoo.exceptions import UserError

from ..customer.responsible import Responsible


class ArDisputeReason(models.Model):
    """The reason of a dispute: who answers, and within how many days."""

    _name = "ar.dispute.reason"
    _description = "Reason of a Dispute"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="A short name for reports and other programs."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    owner_role = fields.Selection(
        [
            ("sales", "Sales: the salesperson of the invoice"),
            ("logistics", "Logistics"),
            ("invoicing", "Invoicing"),
            ("cash", "Cash application"),
            ("collections", "Collections: who looks after the customer"),
        ],
        string="Who answers",
        required=True,
        default="collections",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        company_dependent=True,
        domain="[('share', '=', False)]",
        help="Answers these in this company. Empty: the salesperson of the invoice for "
        "sales, else who looks after the customer.",
    )
    days = fields.Integer(
        string="Days to answer", required=True, default=5, help="Working days."
    )
    remedy = fields.Selection(
        [
            ("credit", "Credit note for the amount"),
            ("new_invoice", "Full credit and a new invoice"),
            ("copies", "Send the document again"),
        ],
        string="If accepted",
        required=True,
        default="credit",
    )
    on_page = fields.Boolean(
        string="Customers can choose it",
        default=True,
        help="Shown on the customer's page.",
    )

    _code_unique = models.Constraint(
        "UNIQUE (code)", "Another reason has this code already."
    )
    _days_positive = models.Constraint(
        "CHECK (days BETWEEN 1 AND 60)",
        "A dispute is answered within 1 to 60 working days.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if (
            self.env["ar.dispute"]
            .sudo()
            .search_count([("reason_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                self.env._("Disputes have this reason: archive it instead.")
            )

    def _owner(self, move, debtor):
        """Return the user who answers a dispute, empty if there is none.

        :param account.move move: as superuser
        :param ar.debtor debtor: as superuser
        """
        self.ensure_one()
        chosen = self.sudo().with_company(debtor.company_id).user_id
        if chosen.active:
            return chosen
        seller = move.invoice_user_id
        if self.owner_role == "sales" and seller.active and not seller.share:
            return seller
        return Responsible(debtor).today()[debtor.id]
