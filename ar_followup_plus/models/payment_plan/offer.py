"""From a proposal to an agreement: limits, approval, offer, signature, end."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..company.roles import MANAGER, require_manager
from ..customer.responsible import Responsible
from ..notice.correspondence import PageCorrespondence

#: Working days for which a customer's proposal holds its items ("Our turn").
PROPOSAL_DAYS = 10
#: Days after a failed proposal in which another one holds no items.
REPEAT_DAYS = 60
#: Default days for which an offer can be accepted.
OFFER_DAYS = 14


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    _sign_name = "agreement"

    needs_approval = fields.Boolean(
        string="Waiting for a credit manager", readonly=True, copy=False
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    offered_on = fields.Date(readonly=True, copy=False)
    agreement_id = fields.Many2one(
        "ir.attachment",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    why_manager = fields.Char(compute="_compute_why_manager")

    # === LIMITS === #

    def _compute_why_manager(self):
        for plan in self:
            plan.why_manager = plan.state == "draft" and plan._why_manager() or False

    def _why_manager(self, share=1):
        """Return a text saying why only a manager may offer this, or None.

        :param float share: the share of the limits: customers may agree to less alone
        """
        self.ensure_one()
        company = self.company_id.sudo()
        if not share:
            return self.env._("With this customer a person agrees.")
        if self.kind == "settlement":
            dropped = self.amount_items - self.amount
            if dropped * 100 > company.ar_settle_percent * share * self.amount_items:
                return self.env._(
                    "%(amount)s would be written off, more than %(percent)s %%.",
                    amount=self.currency_id.format(dropped),
                    percent=round(company.ar_settle_percent * share, 2),
                )
            return None
        today = company._ar_today()
        months = company.ar_plan_months * share
        last = today + timedelta(days=round(months * 30.5) + 1)
        if self.last_date and self.last_date > last:
            return self.env._("It ends after %(day)s.", day=format_date(self.env, last))
        limit = company.ar_plan_amount * share
        worth = self.currency_id._convert(
            self.amount, company.currency_id, company, today
        )
        if limit and company.currency_id.compare_amounts(worth, limit) > 0:
            return self.env._(
                "The amount is above %(amount)s.",
                amount=company.currency_id.format(limit),
            )
        first = self.installment_ids.sorted("date")[:1]
        if first.amount * 100 < company.ar_plan_down_percent * self.amount:
            return self.env._(
                "The first payment is less than %(percent)s %%.",
                percent=company.ar_plan_down_percent,
            )
        return None

    # === THE OFFER === #

    def _for_us(self):
        """Return a plan in the language of the person in charge.

        The acting user may be the customer, on the page and in another language: texts
        for colleagues are in the colleagues' language.
        """
        self.ensure_one()
        debtor = self.debtor_id
        owner = Responsible(debtor).today()[debtor.id]
        lang = owner.lang or self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _wait_for_us(self):
        """Hold the items of a customer's proposal until we answer, for some days."""
        for plan in [plan._for_us() for plan in self]:
            company = plan.company_id
            plan.offer_until = company._ar_calendar().add_working(
                company._ar_today(), PROPOSAL_DAYS
            )
            plan.debtor_id._ar_activity(
                "activity_agreement",
                plan.env._("Answer: %(what)s proposed", what=plan._in_words()),
                about=plan,
            )
        self.filtered(lambda plan: not plan._was_proposed_before())._hold()

    def _was_proposed_before(self):
        """Return whether the customer made another proposal in the last days.

        The first proposal holds the items until it is answered or lapses. A second one
        within these days holds nothing: otherwise repeated proposals could delay the
        follow-up for ever.
        """
        since = self.company_id._ar_today() - timedelta(days=REPEAT_DAYS)
        return bool(
            self.search_count(
                [
                    ("debtor_id", "=", self.debtor_id.id),
                    ("source", "=", "customer"),
                    ("create_date", ">=", since),
                    "|",
                    ("state", "=", "draft"),
                    ("is_lapsed", "=", True),
                    ("id", "not in", self.ids),
                    ("line_ids.move_line_id", "in", self.line_ids.move_line_id.ids),
                ],
                limit=1,
            )
        )

    def _in_words(self):
        """Return a short description of a plan, for lists and activities."""
        self.ensure_one()
        return self.env._(
            "%(amount)s until %(day)s",
            amount=self.currency_id.format(self.amount),
            day=format_date(self.env, self.last_date),
        )

    def action_offer(self):
        """Offer the plan to the customer, or ask a credit manager for approval first.

        A customer's promise that waited for a person takes effect now.

        :raise UserError: under a contact stop, or without an address
        """
        for plan in self:
            plan.debtor_id.check_access("write")
            plan_sudo = plan.sudo()
            if plan_sudo.state != "draft":
                raise UserError(self.env._("This was already offered, or has ended."))
            if plan_sudo.kind == "promise":
                plan_sudo._start()
                continue
            plan_sudo._check_still_open()
            manager = self.env.user.has_group(MANAGER)
            why = plan_sudo._why_manager()
            if why and not manager:
                plan_sudo.needs_approval = True
                owner = plan_sudo.company_id.ar_manager_id
                theirs = plan_sudo.with_context(lang=owner.lang or self.env.lang)
                theirs.debtor_id._ar_activity(
                    "activity_agreement",
                    theirs.env._(
                        "Approve a plan: %(what)s. %(why)s",
                        what=theirs._in_words(),
                        why=theirs._why_manager(),
                    ),
                    owner,
                    about=plan_sudo,
                )
                continue
            plan_sudo.debtor_id._check_not_held()
            plan_sudo._offer(why and self.env.user)
            plan_sudo._send_offer()
        return True

    def _check_still_open(self):
        """Check that the agreed amounts are still open.

        :raise UserError: if some was paid in the meantime, or the dates have passed
        """
        today = self.company_id._ar_today()
        if min(self.installment_ids.mapped("date")) < today:
            raise UserError(
                self.env._("The first date has passed: make a new proposal.")
            )
        for line in self.line_ids:
            now = line.move_line_id.amount_residual_currency
            if self.currency_id.compare_amounts(now, line.amount_start):
                raise UserError(
                    self.env._(
                        "What is open of %(number)s has changed: make a new proposal.",
                        number=line.move_name,
                    )
                )

    def _offer(self, approved_by=None):
        """Freeze the agreement, request a signature, and hold the items."""
        for plan in self:
            today = plan.company_id._ar_today()
            first = min(plan.installment_ids.mapped("date"))
            until = plan.offer_until
            if not until or plan.source == "customer":
                until = today + timedelta(days=OFFER_DAYS)
            plan.write(
                {
                    "state": "offered",
                    "number": plan.number
                    or self.env["ir.sequence"].next_by_code("ar.payment.plan"),
                    "offered_on": today,
                    "offer_until": min(until, first),
                    "needs_approval": False,
                    "approved_by_id": approved_by.id if approved_by else False,
                }
            )
            plan._freeze()
            ours = plan._for_us()
            ours.debtor_id.message_post(
                body=ours.env._(
                    "%(plan)s offered: %(what)s. It can be accepted until %(day)s.",
                    plan=ours.display_name,
                    what=ours._in_words(),
                    day=format_date(ours.env, plan.offer_until),
                )
            )
        self.debtor_id._ar_activity_over(self)
        self._hold()

    def _freeze(self):
        """Store the agreement as offered: this file is what gets signed."""
        self.ensure_one()
        lang = self.debtor_id._page_lang()
        plan = self.with_context(lang=lang).with_company(self.company_id)
        content, kind = (
            plan.env["ir.actions.report"]
            .sudo()
            ._render_qweb_pdf("ar_followup_plus.action_report_agreement", self.ids)
        )
        mimetype = "application/pdf" if kind == "pdf" else "text/html"
        self.agreement_id = self._ar_keep(
            [(f"{plan._sign_title()}.{kind}", content, mimetype)]
        )

    # === THE SIGNATURE === #

    def _sign_title(self):
        return self.env._("Payment agreement %(number)s", number=self.number or "")

    def _sign_text(self):
        """Return the text and the installments of the agreement: the PDF has the same."""
        plan = self.sudo()
        money = {"widget": "monetary", "display_currency": plan.currency_id}
        return plan.env["ir.qweb"]._render(
            "ar_followup_plus.agreement_body",
            {
                "o": plan,
                "company": plan.company_id,
                "customer": plan.debtor_id.partner_id,
                "consumer": plan.debtor_id.kind == "consumer",
                "money": money,
                "day": {"widget": "date"},
            },
        )

    def _sign_document(self):
        return self.sudo().agreement_id

    def _sign_why_not(self):
        why = super()._sign_why_not()
        if why:
            return why
        today = self.company_id._ar_today()
        if self.state != "offered" or not self.agreement_id:
            return self.env._("This offer is not open any more: please contact us.")
        if self.offer_until and self.offer_until < today:
            return self.env._("The time for this offer is over: please contact us.")
        try:
            self._check_still_open()
        except UserError:
            return self.env._(
                "Something was paid or changed since this was offered: please contact "
                "us for a new one."
            )
        return None

    def _sign_declines(self):
        return True

    def _sign_decline(self, reason):
        self.ensure_one()
        ours = self._for_us()
        ours._close("cancelled", ours.env._("Declined: %(why)s", why=reason))
        PageCorrespondence(self.debtor_id).take_message(
            self.env._(
                "Does not accept the offered plan %(number)s: %(why)s",
                number=self.number,
                why=reason,
            )
        )

    def _sign_done(self):
        """Start the signed agreement, and send it to the signer."""
        ours = self._for_us()
        ours._start()
        ours.debtor_id.message_post(
            body=ours.env._(
                "%(plan)s signed by %(name)s: %(what)s.",
                plan=ours.display_name,
                name=self.signer_name,
                what=ours._in_words(),
            )
        )
        if not self.debtor_id._why_held():
            self._sign_send("ar_followup_plus.mail_template_agreement_signed")

    # === BEGIN AND END === #

    def _start(self):
        """Start the agreement today, and hold its items."""
        for plan in self:
            if plan.closed_on:
                raise UserError(self.env._("This has ended: make a new one."))
            if plan.kind == "promise":
                plan._check_promise()
            old = plan.supersedes_id
            plan._check_supersedes()
            if old and not old.closed_on:
                old._close(
                    "cancelled",
                    self.env._("Replaced by %(plan)s", plan=plan.display_name),
                )
            plan.write(
                {
                    "state": "active",
                    "start_on": plan.company_id._ar_today(),
                    "offer_until": False,
                    "needs_approval": False,
                }
            )
        self.debtor_id._ar_activity_over(self)
        self._hold()

    def _check_promise(self):
        """Check that an earlier promise of a customer can still take effect.

        :raise UserError: if its day has passed, or there is another agreement
        """
        if self.last_date < self.company_id._ar_today():
            raise UserError(
                self.env._("The first date has passed: make a new proposal.")
            )
        lines = self.line_ids.filtered(lambda line: not line.is_left)
        held = lines.search(
            [
                ("move_line_id", "in", lines.move_line_id.ids),
                ("active", "=", True),
                ("plan_id", "!=", self.id),
            ]
        )
        if held:
            raise UserError(
                self.env._(
                    "Something is agreed for %(numbers)s already: change or cancel "
                    "that first.",
                    numbers=", ".join(sorted(set(held.mapped("move_name")))),
                )
            )

    def action_agreed(self):
        """Record that it was agreed outside the page, for example on paper."""
        for plan in self:
            plan.debtor_id.check_access("write")
            plan_sudo = plan.sudo()
            if plan_sudo.state != "offered":
                raise UserError(self.env._("Offer it first."))
            plan_sudo._check_still_open()
            plan_sudo._start()
            plan_sudo.debtor_id.message_post(
                body=self.env._(
                    "%(plan)s agreed without a signature on the page, noted by "
                    "%(user)s.",
                    plan=plan_sudo.display_name,
                    user=self.env.user.name,
                )
            )
        return True

    @api.private
    def cancel(self, reason):
        """End it, not through the customer's fault: neither kept nor broken.

        Only a credit manager may end a signed agreement.

        :param str reason: in words
        """
        reason = " ".join((reason or "").split())
        if not reason:
            raise UserError(self.env._("Say why: colleagues will ask."))
        for plan in self:
            plan.debtor_id.check_access("write")
            plan_sudo = plan.sudo()
            if plan_sudo.closed_on:
                raise UserError(self.env._("This has already ended."))
            if plan_sudo.state == "active" and plan_sudo.kind != "promise":
                require_manager(
                    self.env,
                    self.env._(
                        "Only a credit manager ends a plan that runs: please ask "
                        "one, or agree on another plan that replaces it."
                    ),
                )
            plan_sudo._close("cancelled", reason)
            plan_sudo.debtor_id.message_post(
                body=self.env._(
                    "%(plan)s cancelled: %(why)s",
                    plan=plan_sudo.display_name,
                    why=reason,
                )
            )
        return True
