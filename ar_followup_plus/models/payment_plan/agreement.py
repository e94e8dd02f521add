"""Promises, and agreements to pay in installments."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...engine.agreement import MISSED, MOST_INSTALLMENTS, schedule
from ..company.rpc_border import given_day

#: Working days of grace for a cheque in the post.
CHEQUE_DAYS = 7
#: Promises that a customer may make without us for one item.
OWN_PROMISES = 2
#: Days ahead that customers may promise without us.
OWN_DAYS = 30
#: Most installments of a consumer's plan, and the months in which they must end.
CONSUMER_MONTHS = 12


class Agreement:
    """Promises and plans of a debtor: checks and creation."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor

    # === PROMISES === #

    def promise(
        self,
        items,
        date,
        amount=None,
        late_reason=None,
        source="collector",
        cheque=False,
    ):
        """Take a promise: the ladder pauses for these items until its day.

        A promise that a customer may not make alone becomes a proposal for us to
        answer.

        :param ar.open.item items: the promised items
        :param datetime.date date: when it will be paid
        :param float amount: the promised amount, oldest items first; None: all
        :param str late_reason: a key of ``ar.contact.log.late_reason``
        :param str source: 'collector', 'call' or 'customer'
        :param bool cheque: a cheque is in the post
        :return: the promise; one for each currency
        :rtype: ar.payment.plan
        :raise ValidationError: for a promise that is not allowed
        """
        debtor, items = self._checked(items)
        elevated = Agreement(debtor)
        date = given_day(self.env, date)
        elevated._check_promise_date(date, source)
        # A small difference is not asked for, nor promised along
        items = items.filtered(lambda item: not item.is_small) or items
        if cheque and debtor.no_cheques:
            raise UserError(
                self.env._("Please choose another way to pay than a cheque.")
            )
        if amount is not None and len(items.currency_id) > 1:
            raise ValidationError(
                self.env._("Promise an amount in one currency at a time.")
            )
        plans = self.env["ar.payment.plan"].sudo()
        charges = "frozen" if elevated._has_free_extension() else "running"
        for currency, mine in items.grouped("currency_id").items():
            covered = elevated.cover(mine, amount)
            plans |= elevated.make(
                "promise",
                currency,
                covered,
                [(date, sum(covered.values()))],
                source=source,
                late_reason=late_reason,
                cheque=cheque,
                grace_days=elevated._grace_days(cheque),
                charges=charges,
                charges_back=True,
            )
        if source == "customer" and elevated._why_not_alone(items, date):
            plans._wait_for_us()
        else:
            plans._start()
        return plans.with_env(self.env)

    def _has_free_extension(self):
        """Return whether late charges are suspended until the day of a promise.

        For good payers, once in 365 days: a free extension.
        """
        return self.debtor.profile == "good" and not self._agreed_this_year(
            "start_on", kind="promise", charges="frozen"
        )

    def _agreed_this_year(self, when, **values):
        """Return whether an agreement of the last 365 days has some values.

        :param str when: the field with its day
        """
        year = self.debtor.company_id._ar_today() - timedelta(days=365)
        domain = [(name, "=", value) for name, value in values.items()]
        return bool(
            self.env["ar.payment.plan"]
            .sudo()
            .search_count(
                [("debtor_id", "=", self.debtor.id), (when, ">=", year), *domain],
                limit=1,
            )
        )

    def end_promises(self):
        """Cancel the current promises, and return the items that can be promised now.

        :return: the overdue items, else all open ones
        :rtype: ar.open.item
        """
        running = self.debtor.plan_ids.filtered(
            lambda plan: plan.kind == "promise" and plan.state in ("draft", "active")
        )
        running._close("cancelled", self.env._("Another day was named"))
        running.filtered(lambda plan: not plan.start_on).is_lapsed = True
        self.env.flush_all()
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.debtor.id),
                ("amount_residual_currency", ">", 0),
                ("is_excluded", "=", False),
                ("is_handed_over", "=", False),
                ("is_broken", "=", False),
            ]
        )
        items.invalidate_recordset()
        free = items.filtered(
            lambda item: (
                item.amount_residual_currency > item.amount_disputed
                and not item.amount_planned
            )
        )
        return free.filtered(lambda item: item.days_overdue > 0) or free

    def _grace_days(self, cheque=False):
        """Return the working days after a promised day until it is broken."""
        grace = self.debtor.company_id._ar_rules().grace_days
        return max(grace, CHEQUE_DAYS) if cheque else grace

    def _check_promise_date(self, date, source):
        """Check that a payment may be promised for a day."""
        today = self.debtor.company_id._ar_today()
        if not date or date < today:
            raise ValidationError(
                self.env._("Choose the day of the payment: today or later.")
            )
        limit = self.debtor.company_id.sudo().ar_promise_days
        if source == "customer":
            limit = min(limit, OWN_DAYS)
        last = today + timedelta(days=limit)
        if date > last:
            raise ValidationError(
                self.env._(
                    "The payment can be promised for %(day)s at the latest. For a later"
                    " date, please agree on installments.",
                    day=format_date(self.env, last),
                )
            )

    def _why_not_alone(self, items, date):
        """Return a text saying why a customer's promise needs a person, or None."""
        lines = self.env["ar.payment.plan.line"].sudo()
        before = lines.search(
            [
                ("move_line_id", "in", items.ids),
                ("plan_id.kind", "=", "promise"),
                ("plan_id.state", "in", ("active", "kept", "partly", "broken")),
            ]
        )
        for mine in before.grouped("move_line_id").values():
            own = mine.filtered(lambda line: line.plan_id.source == "customer")
            broken = mine.filtered(lambda line: line.plan_id.state in MISSED)
            # The line of the current promise is a draft
            if len(own) >= OWN_PROMISES or len(broken) >= OWN_PROMISES:
                return self.env._("It was promised twice before.")
        today = self.debtor.company_id._ar_today()
        share = self._share_alone()
        if not share or (date - today).days > OWN_DAYS * share:
            return self.env._("This customer is handled by a person.")
        return None

    def _share_alone(self):
        """Return the share of the limits that this customer may agree alone: 0 to 1."""
        if self.debtor.profile == "chronic" or self._agreed_this_year(
            "closed_on", kind="plan", state="broken"
        ):
            return 0
        return 0.5 if self.debtor.profile == "regular" else 1

    # === PLANS === #

    def propose(self, items, values, source="collector"):
        """Propose to pay items in installments, or a reduced amount by a day.

        :param ar.open.item items: whole items in one currency
        :param dict values: ``kind`` (plan, settlement), ``installments``
            [(date, amount)], or ``count``, ``first_on``, ``rhythm`` and ``down``;
            of a settlement ``amount`` and ``date``; ``grace_days``, ``cure_days``,
            ``covenant``, ``charges``, ``charges_back``, ``offer_until``, ``note``,
            ``late_reason``, ``supersedes_id``
        :param str source: 'collector', 'call' or 'customer'
        :return: the plan, as a draft; a customer's proposal waits for our answer
        :rtype: ar.payment.plan
        :raise ValidationError: for terms that are not allowed
        """
        values = dict(values)
        old = self.env["ar.payment.plan"].browse(
            values.pop("supersedes_id", None) or []
        )
        old._check_replaced(self.debtor)
        debtor, items = self._checked(items, old)
        elevated = Agreement(debtor)
        if len(items.currency_id) != 1:
            raise ValidationError(self.env._("Choose items in one currency."))
        currency = items.currency_id
        covered = elevated.cover(items, None, old)
        total = sum(covered.values())
        kind = values.pop("kind", "plan")
        parts = elevated._installments(kind, currency, total, values)
        plan = elevated.make(
            kind,
            currency,
            covered,
            parts,
            source=source,
            supersedes_id=old.id,
            **elevated.terms(values),
        )
        if source == "customer":
            if plan._why_manager(elevated._share_alone()):
                plan._wait_for_us()
            else:
                plan._offer()
        return plan.with_env(self.env)

    def terms(self, values):
        """Return the terms of a plan: the given ones, else the defaults."""
        company = self.debtor.company_id.sudo()
        consumer = self.debtor.kind == "consumer"
        return {
            "grace_days": values.get("grace_days", self._grace_days()),
            "cure_days": values.get("cure_days", company.ar_cure_days),
            "covenant": values.get("covenant", False),
            "charges": "frozen" if consumer else values.get("charges", "frozen"),
            "charges_back": not consumer and values.get("charges_back", False),
            "offer_until": values.get("offer_until", False),
            "note": values.get("note", False),
            "late_reason": values.get("late_reason", False),
        }

    def _installments(self, kind, currency, total, values):
        """Return ``[(date, amount)]`` of a plan, checked.

        :raise ValidationError: if they do not add up, or are not in order
        """
        today = self.debtor.company_id._ar_today()
        if kind == "settlement":
            parts = [
                (given_day(self.env, values.get("date")), values.get("amount") or 0)
            ]
            if not parts[0][0]:
                raise ValidationError(self.env._("Choose the day of the payment."))
            if not 0 < currency.round(parts[0][1]) < total:
                raise ValidationError(
                    self.env._(
                        "A reduced amount must be greater than zero and less than "
                        "%(total)s.",
                        total=currency.format(total),
                    )
                )
        elif values.get("installments") is not None:
            parts = [
                (given_day(self.env, day), amount)
                for day, amount in values["installments"]
            ]
        else:
            parts = self.equal_installments(currency, total, values)
        if not 0 < len(parts) <= MOST_INSTALLMENTS:
            raise ValidationError(
                self.env._(
                    "A plan has 1 to %(most)s installments.", most=MOST_INSTALLMENTS
                )
            )
        parts = [(day, currency.round(amount)) for day, amount in parts]
        if any(amount <= 0 for _day, amount in parts):
            raise ValidationError(
                self.env._("Each installment needs an amount above nothing.")
            )
        days = [day for day, _amount in parts]
        if not all(days) or days[0] < today:
            raise ValidationError(
                self.env._("Each installment needs a date, today or later.")
            )
        if any(a >= b for a, b in zip(days, days[1:], strict=False)):
            raise ValidationError(
                self.env._("The dates of the installments have to follow each other.")
            )
        self._check_consumer(days)
        agreed = sum(amount for _day, amount in parts)
        if kind == "plan" and currency.compare_amounts(agreed, total):
            raise ValidationError(
                self.env._(
                    "The installments add up to %(agreed)s, and %(total)s is open: "
                    "change one of them by %(difference)s.",
                    agreed=currency.format(agreed),
                    total=currency.format(total),
                    difference=currency.format(total - agreed),
                )
            )
        return parts

    def _check_consumer(self, days):
        """Check that a plan of a consumer is short enough."""
        last = fields.Date.add(
            self.debtor.company_id._ar_today(), months=CONSUMER_MONTHS
        )
        if self.debtor.kind == "consumer" and (
            len(days) > CONSUMER_MONTHS or days[-1] > last
        ):
            raise ValidationError(
                self.env._(
                    "Consumers pay in at most %(count)s installments, within "
                    "%(count)s months.",
                    count=CONSUMER_MONTHS,
                )
            )

    def equal_installments(self, currency, total, values):
        """Return ``[(date, amount)]`` of equal parts after the down payment."""
        scale = 10**currency.decimal_places
        today = self.debtor.company_id._ar_today()
        try:
            parts = schedule(
                round(total * scale),
                int(values.get("count") or 0),
                given_day(self.env, values.get("first_on")) or today,
                values.get("rhythm") or "month",
                round((values.get("down") or 0) * scale),
                given_day(self.env, values.get("down_on")) or today,
            )
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "Choose 1 to %(most)s installments, and a first payment that is less "
                    "than %(total)s.",
                    most=MOST_INSTALLMENTS,
                    total=currency.format(total),
                )
            ) from error
        return [(day, amount / scale) for day, amount in parts]

    # === BOTH === #

    def _checked(self, items, old=None):
        """Return the debtor and the items as superuser, checked and locked.

        :param ar.payment.plan old: the replaced plan, which may hold the items
        """
        self.debtor.check_access("write")
        items = items.sudo().exists()
        if not items or items.debtor_id != self.debtor:
            raise ValidationError(
                self.env._(
                    "Choose open invoices of this customer: what was chosen is paid "
                    "meanwhile."
                )
            )
        if any(item.amount_residual_currency <= 0 for item in items):
            raise ValidationError(self.env._("Credits cannot be promised."))
        out = items.filtered("is_handed_over")
        if out:
            raise ValidationError(
                self.env._(
                    "%(numbers)s is with a referral partner: recall it before "
                    "something is agreed.",
                    numbers=", ".join(sorted(set(out.mapped("move_name")))),
                )
            )
        held = (
            self.env["ar.payment.plan.line"]
            .sudo()
            .search([("move_line_id", "in", items.ids), ("active", "=", True)])
        )
        held = held.filtered(lambda line: line.plan_id != (old or None))
        if held:
            raise ValidationError(
                self.env._(
                    "Something is agreed for %(numbers)s already: change or cancel "
                    "that first.",
                    numbers=", ".join(sorted(set(held.mapped("move_name")))),
                )
            )
        return self.debtor.sudo(), items

    def cover(self, items, amount=None, old=None):
        """Return ``{item: amount}`` of the agreed amount, oldest items first.

        :raise ValidationError: if it is more than the open amount
        """
        free = {
            item: item.amount_residual_currency - item.amount_disputed
            for item in items.sorted(lambda i: (i.due_date, i.id))
        }
        free = {item: rest for item, rest in free.items() if rest > 0}
        total = sum(free.values())
        currency = items.currency_id
        if amount is None:
            amount = total
        amount = currency.round(amount)
        if amount <= 0 or currency.compare_amounts(amount, total) > 0:
            raise ValidationError(
                self.env._(
                    "Choose an amount above nothing and of at most %(total)s: that is "
                    "what is open and not being looked into.",
                    total=currency.format(total),
                )
            )
        covered = {}
        for item, rest in free.items():
            part = currency.round(min(rest, amount))
            if part <= 0:
                break
            covered[item] = part
            amount -= part
        return covered

    def make(self, kind, currency, covered, parts, **values):
        """Create the record, with its items and installments; it holds no item yet."""
        matched = self._matched_with(covered)
        return self.env["ar.payment.plan"].create(
            {
                "debtor_id": self.debtor.id,
                "kind": kind,
                "currency_id": currency.id,
                # None of our users is the author of a customer's statement on the page
                "user_id": False if self.env.user.share else self.env.uid,
                **values,
                "line_ids": [
                    fields.Command.create(
                        {
                            "move_line_id": item.id,
                            "move_id": item.move_id.id,
                            "move_name": item.move_name,
                            "date_due": item.due_date,
                            "amount_start": item.amount_residual_currency,
                            "matched_before": matched.get(item.id, False),
                            "amount": amount,
                        }
                    )
                    for item, amount in covered.items()
                ],
                "installment_ids": [
                    fields.Command.create({"date": day, "amount": amount})
                    for day, amount in parts
                ],
            }
        )

    def _matched_with(self, items):
        """Return the amounts matched with open items now.

        :return: ``{id: {id of the other journal item, as text: amount}}``
        """
        matched = {}
        partials = self.env["account.partial.reconcile"].sudo()
        for partial in partials.search(
            [("debit_move_id", "in", [item.id for item in items])]
        ):
            mine = matched.setdefault(partial.debit_move_id.id, {})
            key = str(partial.credit_move_id.id)
            mine[key] = mine.get(key, 0) + partial.debit_amount_currency
        return matched

    def agreed_line_ids(self):
        """Return ids of the journal items that plans with the customer cover."""
        lines = (
            self.env["ar.payment.plan.line"]
            .sudo()
            .search(
                [
                    ("plan_id.debtor_id", "=", self.debtor.id),
                    ("plan_id.state", "!=", "draft"),
                    ("move_line_id", "!=", False),
                ]
            )
        )
        return set(lines.move_line_id.ids)
