"""Referral of a customer's items to a third party, from the proposal to the end."""

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.referral.fee import Case, band_for, estimate, probability
from ..company.roles import COLLECTOR, MANAGER, require_manager, require_role
from ..notice.waiting_notices import WaitingNotices
from .checklist import Checklist, in_words

STATE_SELECTION = [
    ("proposed", "Proposed"),
    ("approved", "Approved"),
    ("sent", "Sent"),
    ("accepted", "Accepted"),
    ("returned", "Returned"),
    ("closed", "Closed"),
]
#: How a referral ends, and from which states.
OUTCOME_SELECTION = [
    ("dropped", "Not referred"),
    ("paid", "Paid"),
    ("settled", "Settled"),
    ("uncollectable", "Uncollectable"),
    ("recalled", "Recalled by us"),
    ("returned", "Returned by the partner"),
]
BEFORE = ("proposed", "approved")
OUT = ("sent", "accepted")
#: Fields that people write: of a proposal, and of these by credit managers only.
PEOPLES_FIELDS = frozenset({"partner_id", "reason", "override_reason"})
MANAGERS_FIELDS = frozenset({"override_reason"})


class ArReferral(models.Model):
    """Items of one customer that are proposed to, or with, a third party.

    Its figures are frozen when a credit manager approves it. While it is sent or
    accepted the items are not followed up; its end releases them as they were.
    """

    _name = "ar.referral"
    _description = "Referral"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_names_search = ["debtor_id.partner_id.complete_name"]
    _mail_post_access = "read"
    _check_company_auto = True

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "ar.referral.partner",
        string="Referred to",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    state = fields.Selection(
        STATE_SELECTION,
        required=True,
        readonly=True,
        default="proposed",
        tracking=True,
    )
    outcome = fields.Selection(OUTCOME_SELECTION, readonly=True, tracking=True)
    reason = fields.Text(help="Why it is referred.")
    override_reason = fields.Text(
        string="Why despite the checklist",
        help="A credit manager may approve a referral whose checklist is not done, "
        "with a reason.",
    )
    # Names of the rows of the checklist that were not done when it was approved
    despite = fields.Char(string="Overridden checks", readonly=True)
    end_reason = fields.Text(string="Why it ended", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many(
        "ar.referral.line", "referral_id", string="Items", readonly=True
    )
    payment_ids = fields.One2many(
        "ar.referral.payment",
        "referral_id",
        string="Payments to the partner",
        readonly=True,
    )
    amount = fields.Monetary(
        string="Referred", compute="_compute_amount", store=True, readonly=True
    )
    amount_open = fields.Monetary(string="Still open", compute="_compute_amount_open")
    user_id = fields.Many2one("res.users", string="Proposed by", readonly=True)
    proposed_on = fields.Date(string="Proposed on", required=True, readonly=True)
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True)
    approved_on = fields.Date(string="Approved on", readonly=True)
    sent_on = fields.Date(string="Sent on", readonly=True)
    accepted_on = fields.Date(string="Accepted on", readonly=True)
    ended_on = fields.Date(string="Ended on", readonly=True)

    # The figures, in the currency of the fee schedule
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    gross = fields.Monetary(
        string="Amount referred",
        currency_field="company_currency_id",
        readonly=True,
        help="In company currency.",
    )
    days = fields.Integer(
        string="Days overdue",
        readonly=True,
        aggregator="avg",
        help="Of the oldest item: the age by which the fee is found.",
    )
    probability = fields.Integer(
        string="Probability (%)", readonly=True, aggregator="avg"
    )
    fee = fields.Monetary(
        string="Expected commission",
        currency_field="company_currency_id",
        readonly=True,
    )
    fixed = fields.Monetary(
        string="Fixed cost", currency_field="company_currency_id", readonly=True
    )
    net = fields.Monetary(
        string="Expected net", currency_field="company_currency_id", readonly=True
    )
    recovered = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="What was paid of it when it ended, in company currency.",
    )
    is_worth_it = fields.Boolean(readonly=True)
    verdict = fields.Char(compute="_compute_verdict")
    comparison = fields.Text(
        string="Other partners", compute="_compute_comparison", compute_sudo=True
    )
    checklist = fields.Text(compute="_compute_checklist", compute_sudo=True)
    checks_open = fields.Integer(compute="_compute_checklist", compute_sudo=True)

    _out_idx = models.Index("(state) WHERE state IN ('sent', 'accepted')")

    # === COMPUTE METHODS === #

    @api.depends("debtor_id.display_name", "partner_id.display_name")
    def _compute_display_name(self):
        for referral in self:
            names = (referral.debtor_id.display_name, referral.partner_id.display_name)
            referral.display_name = " → ".join(filter(None, names))

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for referral in self:
            referral.amount = sum(referral.line_ids.mapped("amount"))

    @api.depends("line_ids.amount_open")
    def _compute_amount_open(self):
        for referral in self:
            referral.amount_open = sum(referral.line_ids.mapped("amount_open"))

    @api.depends("partner_id", "net", "gross", "is_worth_it", "probability")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for referral in self:
            if not referral.partner_id:
                referral.verdict = self.env._("Choose a partner.")
            elif not referral.probability:
                referral.verdict = self.env._(
                    "No: the partner has no fee for this age and amount."
                )
            else:
                money = referral.company_currency_id.format(referral.net)
                referral.verdict = (
                    self.env._("Worth it: %(net)s may come back.", net=money)
                    if referral.is_worth_it
                    else self.env._("No: the expected net is %(net)s.", net=money)
                )

    @api.depends("partner_id", "gross", "days", "state")
    @api.depends_context("lang")
    def _compute_comparison(self):
        partners = self.env["ar.referral.partner"].search(
            [("company_id", "in", self.company_id.ids)]
        )
        cases = self._cases()
        for referral in self:
            mine = partners.filtered(
                lambda p, r=referral: p.company_id == r.company_id and p != r.partner_id
            )
            money = referral.company_currency_id.format
            factor = 10**referral.company_currency_id.decimal_places
            lines = []
            for partner in mine if referral.state == "proposed" else ():
                found = referral._figures(partner, cases)
                if found:
                    lines.append(
                        self.env._(
                            "%(partner)s: %(net)s net, %(fee)s commission, %(fixed)s "
                            "fixed cost",
                            partner=partner.display_name,
                            net=money(found.net / factor),
                            fee=money(found.fee / factor),
                            fixed=money(found.fixed / factor),
                        )
                    )
            referral.comparison = "\n".join(lines)

    @api.depends("state", "partner_id", "line_ids", "is_worth_it")
    @api.depends_context("lang")
    def _compute_checklist(self):
        for referral in self:
            rows = Checklist(referral).rows() if referral.state == "proposed" else []
            referral.checklist = "\n".join(
                f"{'✓' if row.done else '✗'} {row.words}" for row in rows
            )
            referral.checks_open = sum(not row.done for row in rows)

    # === CRUD METHODS === #

    def write(self, vals):
        """Let users change partner and reasons of a proposal only.

        :raise AccessError: for fields that only buttons may change
        """
        if not self.env.su:
            self._check_may_write(set(vals))
        result = super().write(vals)
        if "partner_id" in vals:
            self.sudo().filtered(lambda r: r.state == "proposed")._estimate()
        return result

    def _check_may_write(self, names):
        if names - PEOPLES_FIELDS:
            raise AccessError(
                self.env._(
                    "Change the partner or the reasons of a proposal, and use the "
                    "buttons for the rest."
                )
            )
        if any(referral.state != "proposed" for referral in self):
            raise AccessError(
                self.env._("Only a proposal can be changed: its figures are frozen.")
            )
        if names & MANAGERS_FIELDS:
            require_manager(self.env)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A referral is evidence and cannot be deleted: end it instead.")
        )

    def _check_collector(self):
        """Check that the user may act on these referrals.

        :raise AccessError: for others than collectors
        """
        self.check_access("read")
        require_role(
            self.env,
            self.env._("Only collectors and credit managers may do this."),
            COLLECTOR,
            MANAGER,
        )

    # === PROPOSAL === #

    @api.model
    def _propose(self, items, reason=False):
        """Propose items of one customer, one referral for each currency.

        :param ar.open.item items: the caller checked access to the customer
        :raise UserError: if there is nothing to refer, or an item is referred already
        """
        items = items.sudo().filtered(
            lambda item: item.amount_residual_currency > 0 and item.days_overdue > 0
        )
        if not items:
            raise UserError(
                self.env._("There is nothing overdue that could be referred.")
            )
        if len(items.debtor_id) != 1 or any(not item.debtor_id for item in items):
            raise UserError(self.env._("Choose items of one customer."))
        known = (
            self.env["ar.referral.line"]
            .sudo()
            .search([("move_line_id", "in", items.ids), ("hold", "!=", False)])
        )
        if known:
            raise UserError(
                self.env._(
                    "In an open referral already: %(numbers)s.",
                    numbers=", ".join(sorted(set(known.mapped("move_name")))),
                )
            )
        debtor = items.debtor_id
        referrals = self.sudo().create(
            [
                {
                    "debtor_id": debtor.id,
                    "currency_id": currency.id,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "proposed_on": debtor.company_id._ar_today(),
                    "line_ids": [
                        Command.create(
                            {
                                "move_line_id": item.id,
                                "move_id": item.move_id.id,
                                "move_name": item.move_name,
                                "date_due": item.due_date,
                                "amount": item.amount_residual_currency,
                                "hold": "proposed",
                            }
                        )
                        for item in mine
                    ],
                }
                for currency, mine in items.grouped("currency_id").items()
            ]
        )
        referrals._estimate()
        return referrals.sudo(False)

    @api.model
    def _refer(self, debtor):
        """Propose what is overdue of a customer and not referred yet; open it."""
        debtor.ensure_one().check_access("write")
        items = self.env["ar.open.item"].search([("debtor_id", "=", debtor.id)])
        items.invalidate_recordset()
        known = (
            self.env["ar.referral.line"]
            .sudo()
            .search([("move_line_id", "in", items.ids), ("hold", "!=", False)])
        )
        return self._propose(
            items.filtered(
                lambda item: (
                    not item.is_excluded
                    and not item.is_handed_over
                    and item.id not in known.move_line_id.ids
                )
            )
        )._open()

    def _open(self):
        """Open these referrals."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Referral"),
            "res_model": "ar.referral",
            "domain": [("id", "in", self.ids)],
            "views": [(False, "list"), (False, "form")],
        }
        if len(self) == 1:
            action.update(res_id=self.id, views=[(False, "form")])
        return action

    def _cases(self):
        """Return the closed cases of the companies, for their own record.

        :return: ``{company: [engine.referral.fee.Case]}``
        """
        closed = self.sudo().search(
            [
                ("company_id", "in", self.company_id.ids),
                ("state", "in", ("closed", "returned")),
                ("outcome", "in", ("paid", "settled", "uncollectable", "returned")),
                ("sent_on", "!=", False),
            ]
        )
        return {
            company: [
                Case(case.days, round(case.gross * 100), round(case.recovered * 100))
                for case in cases
            ]
            for company, cases in closed.grouped("company_id").items()
        }

    def _figures(self, partner, cases):
        """Return what a partner is expected to bring; None without a fee for it.

        :rtype: engine.referral.fee.Estimate
        """
        factor = 10**self.company_currency_id.decimal_places
        gross = round(self.gross * factor)
        band = band_for(partner._bands(), self.days, gross)
        if not band:
            return None
        percent = probability(self.days, cases.get(self.company_id, ()))
        return estimate(gross, percent, band)

    def _estimate(self):
        """Bring the figures of proposals up to date."""
        cases = self._cases()
        for referral in self:
            company, today = referral.company_id, referral.company_id._ar_today()
            for line in referral.line_ids:
                still = line.move_line_id.amount_residual_currency
                if still > 0 and referral.currency_id.compare_amounts(
                    still, line.amount
                ):
                    line.amount = still
            days = filter(None, referral.line_ids.mapped("date_due"))
            oldest = min(days, default=today)
            referral.write(
                {
                    "days": (today - oldest).days,
                    "gross": referral.currency_id._convert(
                        referral.amount, company.currency_id, company, today
                    ),
                }
            )
            found = referral.partner_id and referral._figures(
                referral.partner_id, cases
            )
            factor = 10**company.currency_id.decimal_places
            referral.write(
                {
                    "probability": found.probability if found else 0,
                    "fee": found.fee / factor if found else 0,
                    "fixed": found.fixed / factor if found else 0,
                    "net": found.net / factor if found else 0,
                    "is_worth_it": bool(found and found.pays),
                }
            )

    # === STATES === #

    def action_approve(self):
        """Approve a proposal: its figures are frozen."""
        self.ensure_one()
        self.check_access("read")
        require_manager(self.env)
        self._check_state("proposed")
        referral = self.sudo()
        referral._estimate()
        if not referral.partner_id:
            raise UserError(self.env._("Choose to whom it is referred."))
        missing = Checklist(referral).open()
        if missing and not (self.override_reason or "").strip():
            raise UserError(
                self.env._(
                    "The checklist is not done: %(rows)s. Say why it is referred "
                    "despite that, or wait.",
                    rows=in_words(missing),
                )
            )
        referral.write(
            {
                "state": "approved",
                "despite": ",".join(row.name for row in missing),
                "approved_by_id": self.env.uid,
                "approved_on": referral.company_id._ar_today(),
            }
        )
        if missing:
            referral.message_post(
                body=self.env._(
                    "Approved despite: %(rows)s. Reason: %(reason)s",
                    rows=in_words(missing),
                    reason=referral.override_reason,
                )
            )

    def action_send(self):
        """Mark it as sent: the items are with the partner from now on.

        :raise UserError: if nothing is open, or a row of the checklist that was done when
            it was approved is not done any more
        """
        self.ensure_one()
        self.check_access("read")
        require_manager(self.env)
        self._check_state("approved")
        referral = self.sudo()
        if referral.currency_id.is_zero(referral.amount_open):
            raise UserError(
                self.env._("Nothing of it is open any more: end the referral.")
            )
        missing = Checklist(referral).opened_since((referral.despite or "").split(","))
        if missing:
            raise UserError(
                self.env._(
                    "Since it was approved, this is not true any more: %(rows)s. Wait, "
                    "or end the referral and propose it again.",
                    rows=in_words(missing),
                )
            )
        referral.write({"state": "sent", "sent_on": referral.company_id._ar_today()})
        for line in referral.line_ids:
            # What was paid since the approval was not referred
            line.write({"hold": "out", "amount": line.amount_open})
        referral._decide_anew()

    def action_accept(self):
        """Mark it as accepted by the partner."""
        self.ensure_one()
        self._check_collector()
        self._check_state("sent")
        self.sudo().write(
            {"state": "accepted", "accepted_on": self.company_id._ar_today()}
        )

    def action_payment(self):
        """Ask for a payment to the partner."""
        return self._dialog("ar.referral.pay", self.env._("Paid to the partner"))

    def action_end(self):
        """Ask how and why it ends."""
        return self._dialog("ar.referral.end", self.env._("End the referral"))

    def action_open_debtor(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ar.debtor",
            "res_id": self.debtor_id.id,
            "views": [(False, "form")],
        }

    def _dialog(self, model, name):
        self.ensure_one()
        self._check_collector()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_referral_id": self.id},
        }

    def _check_state(self, *states):
        if self.state not in states:
            names = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "This referral is “%(state)s”: this is not possible now.",
                    state=names[self.state],
                )
            )

    def _end_by_hand(self, outcome, reason):
        """End it as a person says.

        A collector may drop a proposal; all else is for credit managers.

        :raise UserError: if it cannot end in this way now
        """
        self.ensure_one()
        self._check_collector()
        if not (self.state == "proposed" and outcome == "dropped"):
            require_manager(self.env)
        self._check_state(*(BEFORE if outcome == "dropped" else OUT))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it ends."))
        if outcome == "recalled" and self.currency_id.is_zero(self.amount_open):
            raise UserError(
                self.env._("It is paid: there is nothing to recall. End it as paid.")
            )
        self.sudo()._end(outcome, reason)

    def _end(self, outcome, reason):
        """End it, and release its items as they were before."""
        for referral in self:
            was_out = referral.state in OUT
            paid = 0.0
            if was_out:
                paid = referral.currency_id._convert(
                    referral.amount - referral.amount_open,
                    referral.company_currency_id,
                    referral.company_id,
                    referral.sent_on,
                )
            for line in referral.line_ids:
                line.write({"amount_end": line.amount_open, "hold": False})
            referral.write(
                {
                    "state": "returned" if outcome == "returned" else "closed",
                    "outcome": outcome,
                    "end_reason": reason,
                    "recovered": paid,
                    "ended_on": referral.company_id._ar_today(),
                }
            )
            if was_out:
                referral._decide_anew()

    def _decide_anew(self):
        """Let the customer be decided on again, and its ready notices be made again."""
        self.flush_recordset()
        self.line_ids.flush_recordset()
        WaitingNotices(self.debtor_id).make_anew()
        self.debtor_id.planned_for = False

    # === THE CUSTOMER'S PAGE === #

    @api.model
    def _page_words(self, debtor):
        """Return who handles referred invoices, and how to pay.

        :return: ``{id of the invoice: words}``
        """
        lines = (
            self.env["ar.referral.line"]
            .sudo()
            .search([("referral_id.debtor_id", "=", debtor.id), ("hold", "=", "out")])
        )
        return {
            line.move_id.id: line.referral_id.partner_id._how_to_pay() for line in lines
        }
