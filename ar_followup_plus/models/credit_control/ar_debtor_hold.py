"""Credit hold: new orders on account wait, last of all means, and told before."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ...engine.hold import Hold
from ...tools.picture_size import check_pictures
from ..company.roles import require_manager
from ..company.rpc_border import given_day
from .credit_hold import CreditHold

#: A payment that is on its way lets one order through for so long.
HOURS = 24


STATES = ("none", "watch", "warn", "hold")


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    hold_orders = fields.Boolean(
        string="Orders on account wait afterwards",
        help="Once the date that the notice gives is over, new orders on credit wait "
        "until what it asked for is paid. The notice says so.",
    )


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    hold_state = fields.Selection(
        [
            ("none", "None"),
            ("watch", "Watch"),
            ("warn", "Warned"),
            ("hold", "Orders on credit wait"),
        ],
        string="Credit hold",
        readonly=True,
        default="none",
        copy=False,
    )
    hold_reason = fields.Selection(
        [
            ("rule", "Too much, too long overdue"),
            ("step", "Announced by a notice"),
            ("before", "Owes from before: written off"),
            ("person", "Placed by a person"),
        ],
        string="Why on hold",
        readonly=True,
        copy=False,
    )
    hold_from = fields.Date(
        string="Orders wait from", readonly=True, copy=False, index="btree_not_null"
    )
    hold_until = fields.Date(string="Hold until", readonly=True, copy=False)
    hold_amount = fields.Monetary(
        string="To pay before", readonly=True, copy=False, help="This avoids the hold."
    )
    hold_note = fields.Char(string="What was said", readonly=True, copy=False)
    hold_told = fields.Date(string="Customer told on", readonly=True, copy=False)
    hold_words = fields.Char(compute="_compute_hold_words")
    hold_released_until = fields.Date(
        string="Released until", readonly=True, copy=False
    )
    hold_released_note = fields.Char(readonly=True, copy=False)
    amount_written_off = fields.Monetary(
        string="Written off",
        readonly=True,
        copy=False,
        help="Invoices that were written off, ever.",
    )

    _hold_idx = models.Index("(company_id, hold_state) WHERE hold_state <> 'none'")
    wants_order_number = fields.Boolean(
        string="Wants their order number",
        help="They do not book an invoice without their own order number.",
    )
    credit_pass_ids = fields.One2many(
        "ar.credit.pass", "debtor_id", string="Let through", readonly=True
    )

    @api.depends("hold_state", "hold_reason", "hold_from", "hold_amount")
    @api.depends_context("lang")
    def _compute_hold_words(self):
        for debtor in self:
            debtor.hold_words = CreditHold(debtor).in_words() or False

    # === BY A PERSON === #

    @api.private
    def place_hold(self, stage, note, on=None, until=None):
        """Watch, warn or hold customers. Any collector may watch, a manager all.

        :param str stage: 'watch', 'warn' or 'hold'
        :param str note: why, for colleagues
        :param datetime.date on: for 'warn': the day from which orders wait; default:
            after the days of notice of the company
        :param datetime.date until: last day; default: until what is overdue is paid,
            or somebody releases it
        """
        self._check_write()
        note = (note or "").strip()
        on, until = given_day(self.env, on), given_day(self.env, until)
        if stage not in STATES[1:]:
            raise ValidationError(self.env._("Choose watch, warn or hold."))
        if stage != "watch":
            self._check_hold_manager()
        if not note:
            raise ValidationError(
                self.env._("Say why orders should wait: colleagues will ask.")
            )
        for company, debtors in self.sudo().grouped("company_id").items():
            today = company._ar_today()
            if (on and on < today) or (until and until < (on or today)):
                raise ValidationError(
                    self.env._("Choose days from today on, the first before the last.")
                )
            start = today
            if stage == "warn":
                start = on or company._ar_calendar().add_working(
                    today, company.ar_hold_notice_days
                )
            owed = CreditHold(debtors).open_items(today)
            for debtor in debtors:
                late = [i for i in owed.get(debtor.id, []) if i.due < today]
                CreditHold(debtor).store(
                    Hold(
                        stage,
                        "person",
                        start if stage != "watch" else None,
                        max(round(sum(item.amount for item in late), 2), 0),
                        None,
                        until,
                    ),
                    note,
                )

    @api.private
    def release_hold(self, until, reason):
        """Let orders pass until a day, whatever is owed. A credit manager only."""
        self._check_write()
        self._check_hold_manager()
        until, reason = given_day(self.env, until), (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say why the hold is released: colleagues will ask.")
            )
        for debtor in self.sudo():
            if not until or until < debtor.company_id._ar_today():
                raise ValidationError(
                    self.env._("Choose the last day of the release, today or later.")
                )
            debtor.write({"hold_released_until": until, "hold_released_note": reason})
            CreditHold(debtor).store(
                Hold(),
                self.env._(
                    "Released until %(day)s: %(reason)s",
                    day=format_date(self.env, until),
                    reason=reason,
                ),
            )

    def _check_hold_manager(self):
        require_manager(
            self.env,
            self.env._(
                "Only a credit manager places or releases a credit hold: please "
                "ask one."
            ),
        )

    # === BY THE RULE AND BY STEPS === #

    @api.model
    def _hold_all(self):
        """Bring all holds up to date, see :meth:`CreditHold.update_all`."""
        CreditHold.update_all(self.env)

    @api.model
    def _hold_refresh(self):
        """Release at once what was paid, see :meth:`CreditHold.release_paid`."""
        CreditHold.release_paid(self.env)

    @api.model
    def _hold_tell_customers(self):
        """Write to who is warned, see :meth:`CreditHold.tell_customers`."""
        CreditHold.tell_customers(self.env)

    def _hold_update(self):
        """Decide again for these customers, see :meth:`CreditHold.update`."""
        return CreditHold(self).update()

    def _hold_in_words(self):
        """Return the hold in a sentence, see :meth:`CreditHold.in_words`."""
        return CreditHold(self).in_words()

    def action_send_hold_warning(self):
        """Tell the customer now which amount by which day avoids the hold."""
        self._check_write()
        for debtor in self:
            if debtor.hold_state not in ("warn", "hold"):
                raise UserError(
                    self.env._(
                        "No credit hold is planned for %(customer)s.",
                        customer=debtor.display_name,
                    )
                )
            debtor_sudo = debtor.sudo()
            debtor_sudo._check_not_held()
            CreditHold(debtor_sudo).send_warning(self.env.user.partner_id)

    def _stricter_of(self, into):
        # EXTENDS ar.debtor: who is merged; the stricter hold stays
        vals = super()._stricter_of(into)
        mine, other = (STATES.index(d.hold_state or "none") for d in (self, into))
        if mine > other:
            for name in (
                "hold_state", "hold_reason", "hold_from", "hold_until", "hold_amount",
                "hold_note", "hold_told",
            ):  # fmt: skip
                vals[name] = self[name]
        return vals

    @api.private
    def let_pass(self, document, reason):
        """Let one order or invoice through. A credit manager only, with a reason.

        :param document: sale.order or account.move
        :rtype: ar.credit.pass
        """
        self.ensure_one()
        self._check_write()
        self._check_hold_manager()
        found = self.sudo()._make_pass("manager", reason, document)
        self._log_on(document, found)
        return found.with_env(self.env)

    @api.private
    def accept_payment_proof(self, reason, document=None, files=(), amount=None):
        """Let the next order through for 24 hours: proof of a payment was seen.

        It opens a credit hold of no more than its amount. Missing terms are not
        opened by it.

        :param str reason: which payment, seen where
        :param document: the order that it is for; None: the next one
        :param list files: ``[(name, bytes)]``, kept with the customer
        :param float amount: in company currency; None: what has to be paid
        """
        self.ensure_one()
        self._check_write()
        check_pictures(self.env, files)
        amount = self.hold_amount if amount is None else amount
        found = self.sudo()._make_pass("proof", reason, document, amount=amount)
        self.message_post(body=found._in_words(), attachments=list(files))
        if document:
            self._log_on(document, found)
        return found.with_env(self.env)

    def _make_pass(self, kind, reason, document=None, **values):
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say why it may pass: it is kept with the document.")
            )
        return self.env["ar.credit.pass"].create(
            {
                "debtor_id": self.id,
                "kind": kind,
                "reason": reason,
                "user_id": self.env.uid,
                "valid_until": fields.Datetime.now() + timedelta(hours=HOURS),
                "res_model": document._name if document else False,
                "res_id": document.id if document else False,
                "document_name": document.display_name if document else False,
                **values,
            }
        )

    def _log_on(self, document, found):
        document.sudo().message_post(body=found._in_words())

    def _open_pass(self, document, found):
        """Return the pass that lets a document through now, if any.

        A payment, or proof of one, opens a hold of no more than its amount; whatever
        else stops a document is let pass by a credit manager only.

        :param engine.gate.Answer found: what stops it
        """
        self.ensure_one()
        now = fields.Datetime.now()
        passes = self.env["ar.credit.pass"].search(
            Domain("debtor_id", "=", self.id)
            & Domain("used_on", "=", False)
            & Domain("valid_until", ">=", now)
            & (
                Domain("res_model", "=", False)
                | (
                    Domain("res_model", "=", document._name)
                    & Domain("res_id", "=", document.id)
                )
            ),
            order="res_model, id",
        )
        passes = passes.filtered(
            lambda one: (
                one.kind == "manager"
                or (not found.by_manager and self._pays_enough(one.amount))
            )
        )
        mine = passes.filtered("res_model")
        if passes or found.by_manager:
            return (mine or passes)[:1]
        return self._pass_of_payment()

    def _pass_of_payment(self):
        """Return a pass for a payment that the provider authorised or took lately.

        One that is in the books has lowered what has to be paid already.
        """
        since = fields.Datetime.now() - timedelta(hours=HOURS)
        partners = self.env["res.partner"].search(
            [("commercial_partner_id", "=", self.partner_id.id)]
        )
        for transaction in self.env["payment.transaction"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "child_of", self.company_id.id),
                ("state", "in", ("authorized", "done")),
                # The validation of a card is no payment
                ("operation", "not in", ("refund", "validation")),
                ("last_state_change", ">=", since),
                "|",
                ("payment_id", "=", False),
                ("payment_id.move_id", "=", False),
            ],
            order="id",
        ):
            known = self.env["ar.credit.pass"].search_count(
                [("transaction_id", "=", transaction.id)], limit=1
            )
            amount = transaction.currency_id._convert(
                transaction.amount,
                self.company_id.currency_id,
                self.company_id,
                self.company_id._ar_today(),
            )
            if not known and self._pays_enough(amount):
                return self._make_pass(
                    "payment",
                    self.env._(
                        "Payment %(reference)s of %(amount)s",
                        reference=transaction.reference,
                        amount=format_amount(
                            self.env, transaction.amount, transaction.currency_id
                        ),
                    ),
                    amount=amount,
                    transaction_id=transaction.id,
                    valid_until=transaction.last_state_change + timedelta(hours=HOURS),
                )
        return self.env["ar.credit.pass"]

    def _pays_enough(self, amount):
        """Return whether an amount covers what has to be paid to end the hold.

        Where nothing has to be paid, no payment ends it.
        """
        currency = self.company_id.currency_id
        return (
            self.hold_amount > 0
            and currency.compare_amounts(amount, self.hold_amount) >= 0
        )
