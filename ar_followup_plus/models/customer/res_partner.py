"""Links from a partner, or an open item, to its receivables."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

from .debtor_merge import contacts_moved, follow_partners
from .standing import Standing

READERS = (
    "ar_followup_plus.group_collector,"
    "account.group_account_invoice,account.group_account_readonly"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    ar_email_since = fields.Datetime(
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        help="When this address, or this contact of the customer, was entered.",
    )
    ar_email_by = fields.Many2one(
        "res.users",
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        ondelete="set null",
    )

    ar_debtor_id = fields.Many2one(
        "ar.debtor",
        string="Receivables",
        compute="_compute_ar_debtor_id",
        search="_search_ar_debtor_id",
        groups=READERS,
        help="How the current company follows up what this customer owes.",
    )
    ar_is_stopped = fields.Boolean(
        string="Contact stopped", compute="_compute_ar_debtor_id", groups=READERS
    )

    ar_standing = fields.Char(
        string="Receivables status", compute="_compute_ar_standing", groups=READERS
    )
    ar_balances = fields.Html(
        string="Balance", compute="_compute_ar_standing", sanitize=False, groups=READERS
    )
    ar_behaviour = fields.Html(
        string="How they pay",
        compute="_compute_ar_standing",
        sanitize=False,
        groups=READERS,
    )
    ar_collector_id = fields.Many2one(
        "res.users", string="Collector", related="ar_debtor_id.user_id", groups=READERS
    )

    def _ar_has_address(self):
        """Return whether a partner has a complete postal address."""
        self.ensure_one()
        return bool(self.city and (self.street or self.street2))

    @api.depends("ar_debtor_id")
    @api.depends_context("company", "uid", "lang")
    def _compute_ar_standing(self):
        """For forms only: too slow for lists."""
        said = Standing(self.ar_debtor_id).in_words()
        for partner in self:
            debtor = partner.ar_debtor_id
            partner.ar_standing = said.get(debtor.id, False)
            partner.ar_balances = debtor.balances
            partner.ar_behaviour = debtor.behaviour

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_ar_debtor_id(self):
        debtors = self.env["ar.debtor"].search(
            [
                ("company_id", "=", self.env.company._ar_root().id),
                ("partner_id", "in", self.commercial_partner_id.ids),
            ]
        )
        by_partner = {debtor.partner_id.id: debtor for debtor in debtors}
        for partner in self:
            debtor = by_partner.get(partner.commercial_partner_id.id)
            partner.ar_debtor_id = debtor
            partner.ar_is_stopped = bool(debtor and debtor.is_stopped)

    def _search_ar_debtor_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        domain = Domain("company_id", "=", self.env.company._ar_root().id)
        if operator == "any":
            return self._ar_debtor_domain(domain & Domain(value))
        found = self._ar_debtor_domain(
            domain & Domain("id", "in", [debtor_id for debtor_id in value if debtor_id])
        )
        if False in value:
            found |= ~self._ar_debtor_domain(domain)
        return found

    def _ar_debtor_domain(self, domain):
        debtors = self.env["ar.debtor"].search(domain)
        return Domain("commercial_partner_id", "in", debtors.partner_id.ids)

    def write(self, vals):
        """Update the receivables of a customer that becomes part of another customer.

        A new e-mail address removes the mark that the old one failed, and ends the task
        to find one. The user and the time of the change are stored.
        """
        if "email" in vals:
            normalized = email_normalize(vals["email"] or "")
            bounced = self.filtered(
                lambda p: p.message_bounce and p.email_normalized != normalized
            )
            if bounced:
                super(ResPartner, bounced).write({"message_bounce": 0})
        moves = "parent_id" in vals or "is_company" in vals  # core empties vals
        before = self._ar_addresses(moves) if moves or "email" in vals else {}
        owners = self._ar_owners() if moves else {}
        booked = self._ar_booked(owners) if owners else {}
        result = super().write(vals)
        if moves:
            follow_partners(self.env["ar.debtor"].sudo(), self)
            contacts_moved(self.env["ar.debtor"].sudo(), owners, booked)
        after = self.browse(before)._ar_addresses() if before else {}
        changed = [id_ for id_, address in before.items() if after[id_] != address]
        self.browse(changed)._ar_note_address()
        found = self.browse(changed).filtered("email_normalized").commercial_partner_id
        if found and "email" in vals:
            debtors = self.env["ar.debtor"].sudo()
            debtors = debtors.search([("partner_id", "in", found.ids)])
            debtors.activity_unlink(["ar_followup_plus.activity_no_contact"])
        return result

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS base: store the user and time of an entered address
        partners = super().create(vals_list)
        partners.filtered("email")._ar_note_address()
        return partners

    def _ar_addresses(self, below=False):
        """Return ``{id: (address, customer)}``, used to find its customer.

        :param bool below: include their contacts, who move with them
        """
        partners = self.sudo()
        if below:
            partners |= partners.with_context(active_test=False).search(
                [("id", "child_of", self.ids), ("email", "!=", False)]
            )
        return {
            partner.id: (partner.email_normalized, partner.commercial_partner_id.id)
            for partner in partners
        }

    def _ar_owners(self):
        """Return ``{contact: customer}`` of these partners and all below them."""
        partners = self.sudo().with_context(active_test=False)
        partners = partners.search([("id", "child_of", self.ids)])
        return {
            partner: partner.commercial_partner_id
            for partner in partners
            if partner.commercial_partner_id != partner
        }

    @api.model
    def _ar_booked(self, contacts):
        """Return ``{contact: its journal items}``, as superuser."""
        ids = [contact.id for contact in contacts]
        lines_sudo = self.env["account.move.line"].sudo()
        return lines_sudo.search([("partner_id", "in", ids)]).grouped("partner_id")

    def _ar_note_address(self):
        if self:
            self.sudo().write(
                {"ar_email_since": fields.Datetime.now(), "ar_email_by": self.env.uid}
            )

    def action_open_ar_debtor(self):
        """Open the customer's receivables; create the debtor if missing."""
        self.ensure_one()
        debtor = self.env["ar.debtor"].for_partner(self.id, self.env.company.id)
        return debtor._get_records_action(context={})


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    def action_open_debtor(self):
        """Open the debtor of the item; create it for an item that was just posted."""
        self.ensure_one()
        if not self.debtor_id and self.partner_id:
            self.env["ar.debtor"].for_partner(self.partner_id.id, self.company_id.id)
            self.invalidate_recordset(["debtor_id"])
        if not self.debtor_id:
            raise UserError(
                self.env._(
                    "%(number)s has no customer: enter one in the invoice.",
                    number=self.move_name or self.env._("This item"),
                )
            )
        return self.debtor_id._get_records_action(context={})
