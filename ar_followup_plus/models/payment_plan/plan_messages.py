"""Messages about agreements: offers, reminders, and missed payments."""

import logging
from datetime import timedelta
from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.agreement import MISSED
from ...tools.customer_format import Words, one_line
from ...tools.transactions import RACES, in_turn, is_free
from ..customer.debtor_mail import DebtorMail
from ..customer.responsible import Responsible
from ..delivery.recheck import held_until
from ..ledger.asked import asked_for
from ..notice.page_link import own_page_link
from ..statement.statement import Statement
from ..voice.voice import Voice

_logger = logging.getLogger(__name__)

TEMPLATES = {
    "offer": "mail_template_agreement_offer",
    "reminder": "mail_template_agreement_reminder",
    "broken": "mail_template_promise_broken",
    "missed": "mail_template_agreement_missed",
    "ended": "mail_template_agreement_ended",
}
#: The place of each automatic message among those to a customer, see ``voice.TURNS``;
#: the most important first.
VOICE = {
    "ended": "agreement",
    "missed": "agreement",
    "broken": "promise",
    "reminder": "reminder",
}
#: Placeholders of a message about several plans that name each plan's amount, or each
#: day once.
JOINED = (
    "amount", "paid", "open", "debt", "dropped", "part", "part_paid", "part_open",
    "missing",
)  # fmt: skip
JOINED_DAYS = (
    "number", "agreed_on", "agreed_for", "part_date", "cure_until", "new_date",
)  # fmt: skip
#: Days after which a message about a nightly decision is outdated.
FRESH_DAYS = 7


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    # === AUTOMATIC MESSAGES === #

    @api.model
    def _send_due(self):
        """Send pending messages, each in its own transaction, within sending hours.

        Under a contact stop nothing is sent, neither then nor later. Where each notice
        needs approval, a person is asked.
        """
        for company in self.env["res.company"].search(
            [("parent_id", "=", False), ("ar_state", "in", ("ask", "live"))]
        ):
            if not company._ar_may_send_now():
                continue
            for kind, plans, parts in self._find_due(company):
                send = partial(plans._send_together, kind, parts)
                try:
                    in_turn(self.env, send)
                except RACES:
                    continue  # another process is sending it
                except Exception as error:  # continue with the others
                    if not is_free(self.env):
                        raise
                    in_turn(self.env, partial(plans._set_aside, kind, parts, error))

    @api.model
    def _find_due(self, company):
        """Return ``[(kind of message, plans, installments)]`` of the messages to send.

        Those of one kind to one customer are one message, and the most important go
        first. Messages to customers who wait for our answer, are snoozed, or were
        contacted today remain pending.
        """
        mine = [("company_id", "=", company.id)]
        today = company._ar_today()
        none = self.env["ar.payment.plan.installment"]
        due = {}
        for plan in self.search([*mine, ("message_due", "!=", False)], order="id"):
            key = (plan.debtor_id, plan.message_due, plan.kind)
            plans, parts = due.get(key, (self.browse(), none))
            due[key] = (plans | plan, parts)
        for part in none.search(
            [
                ("plan_id.company_id", "=", company.id),
                ("plan_id.state", "=", "active"),
                ("plan_id.kind", "!=", "promise"),
                ("reminded_on", "=", False),
                ("date", ">=", today),
                ("date", "<=", today + timedelta(days=company.ar_plan_remind_days)),
            ],
            order="date, id",
        ):
            key = (part.plan_id.debtor_id, "reminder", "plan")
            plans, parts = due.get(key, (self.browse(), none))
            due[key] = (plans | part.plan_id, parts | part)
        debtors = self.env["ar.debtor"].union(*(debtor for debtor, _k, _p in due))
        waits = {kind: Voice(debtors).waits(turn) for kind, turn in VOICE.items()}
        return [
            (kind, *due[debtor, kind, of_plan])
            for debtor, kind, of_plan in sorted(
                due, key=lambda key: (list(VOICE).index(key[1]), key[0].id, key[2])
            )
            if not held_until(debtor, today) and debtor.id not in waits[kind]
        ]

    def _send_together(self, kind, parts):
        """Send one message about plans of a customer, once: whoever claims it sends it.

        The same transaction creates the mail and marks the message as sent.

        :param ar.payment.plan.installment parts: those of reminders
        """
        company, debtor = self.company_id, self.debtor_id
        if Voice(debtor).waits(VOICE[kind]):
            return
        people = self.env["ar.notice"]._people_of(debtor).get(debtor.id)
        told = self.filtered(lambda plan: plan._may_tell(kind, parts, people))
        if not told:
            return
        if company.ar_state == "ask":
            for plan in told:
                plan._ask_to_write()
            return
        open_parts = (parts & told.installment_ids).filtered(
            lambda p: p.state != "paid"
        )
        mail = told._make_message(kind, open_parts)
        if mail:
            mail.send_after_commit()

    def _may_tell(self, kind, parts, people):
        """Claim a plan's message; return whether it is to be sent by e-mail."""
        self.ensure_one()
        today = self.company_id._ar_today()
        mine = parts.filtered(lambda part: part.plan_id == self)
        if not self._claim_message(kind, mine, today):
            return False
        if not self._is_message_true(kind, mine):
            return False
        if kind == "missed":
            # The period that the message names begins when it is sent
            self.cure_until = today + timedelta(days=self.cure_days)
        old = self.closed_on and self.closed_on < today - timedelta(days=FRESH_DAYS)
        if old or self.debtor_id._why_held():
            return False
        # The letter's own activity asks a person to post it
        letter = self._write_letter(kind)
        return bool(people or not letter)

    def _ask_to_write(self):
        """Ask a person to write about an agreement."""
        self.debtor_id._ar_activity(
            "activity_agreement",
            self.env._("Write to the customer about %(plan)s", plan=self.display_name),
            about=self,
        )

    def _is_message_true(self, kind, parts):
        """Return whether a message is still true by the ledger.

        Items may have been paid, matched, disputed, cancelled or replaced in the
        meantime.
        """
        self.line_ids._move_start()
        if kind == "reminder":
            return self.state == "active" and any(p.state != "paid" for p in parts)
        if kind == "missed":
            late = self.installment_ids.filtered(lambda p: p.state == "late")
            return self.state == "active" and bool(late) and self._is_asked_for()
        return self.state in MISSED and any(self._asked().values())

    def _is_asked_for(self):
        """Return whether any undisputed amount of the items is open."""
        self.env.flush_all()
        items = self.env["ar.open.item"].search(
            [("id", "in", self.line_ids.move_line_id.ids)]
        )
        items.invalidate_recordset()
        return any(
            item.currency_id.compare_amounts(
                item.amount_residual_currency, item.amount_disputed
            )
            > 0
            for item in items
        )

    def _asked(self):
        """Return the collectible amounts of the agreed items, by line of the plan."""
        self.env.flush_all()
        asked = asked_for(self.debtor_id)
        result = {}
        for line in self.line_ids.filtered(lambda line: not line.is_left):
            item = asked.get(line.move_line_id.id)
            amount = min(line.amount - line.amount_paid, item.amount if item else 0)
            result[line] = max(self.currency_id.round(amount), 0)
        return result

    def _set_aside(self, kind, parts, error):
        """Notify a person of a message that cannot be created; it is not retried."""
        _logger.error("A message about plans %s failed", self.ids, exc_info=error)
        today = self.company_id._ar_today()
        for plan in self:
            mine = parts.filtered(lambda part, plan=plan: part.plan_id == plan)
            if plan._claim_message(kind, mine, today):
                plan._ask_to_write()

    def _claim_message(self, kind, parts, today):
        """Claim the pending message; return False if another process has claimed it."""
        self.env.flush_all()
        if kind == "reminder":
            query = SQL(
                """UPDATE ar_payment_plan_installment SET reminded_on = %s
                    WHERE id = ANY(%s) AND reminded_on IS NULL RETURNING id""",
                today,
                parts.ids,
            )
        else:
            query = SQL(
                """UPDATE ar_payment_plan SET message_due = NULL
                    WHERE id = %s AND message_due = %s RETURNING id""",
                self.id,
                kind,
            )
        rows = self.env.execute_query(query)
        parts.invalidate_recordset(["reminded_on"], flush=False)
        self.invalidate_recordset(["message_due"], flush=False)
        return bool(rows)

    # === BY HAND === #

    def _send_offer(self):
        """Send the offer with its link.

        :raise UserError: without an address
        """
        for plan in self:
            mail = plan._make_message("offer")
            if not mail:
                raise UserError(
                    self.env._(
                        "%(customer)s has no contact with a working e-mail address: add "
                        "one first, or agree on paper.",
                        customer=plan.debtor_id.display_name,
                    )
                )
            mail.send_after_commit()

    def action_send_offer(self):
        """Send the link to the offer once more; ask first on a day with a message."""
        self._check_offered()
        ask = Voice(self.debtor_id).ask_first("offer", self)
        return ask or self._send_link_again()

    def _check_offered(self):
        """Check that the offers may be sent by the user, now."""
        for plan in self:
            plan.debtor_id.check_access("write")
            plan.debtor_id._check_not_held()
            if plan.state != "offered":
                raise UserError(self.env._("There is no offer to send."))

    def _send_link_again(self):
        """Send the links to offers once more."""
        self._check_offered()
        self.sudo()._send_offer()
        return True

    # === ONE MESSAGE === #

    def _make_message(self, kind, parts=None):
        """Make the e-mail to the best contact, in the customer's language.

        :param str kind: a key of ``TEMPLATES``
        :param ar.payment.plan.installment parts: those of reminders
        :return: the mail, not sent yet; empty if nobody can be written to
        :rtype: mail.mail
        """
        debtor, company = self.debtor_id, self.company_id
        Notice = self.env["ar.notice"]
        people = Notice._people_of(debtor).get(debtor.id, [])
        if not people:
            debtor._ar_activity(
                "activity_no_contact",
                self.env._("Nobody can be reached: add an address"),
            )
            return None
        shell = Notice.new({"debtor_id": debtor.id, "company_id": company.id})
        lang = shell._lang([people[0]])
        plans = self.with_context(lang=lang)
        template = self.env.ref(f"ar_followup_plus.{TEMPLATES[kind]}")
        template = template.with_context(
            lang=lang, ar_agreed=plans._values_together(kind, parts, people[0])
        )
        files = []
        if kind == "broken":
            files.append(Statement(debtor).pdf(lang))
        elif kind == "offer":
            files.append((self.agreement_id.name, self.agreement_id._ar_content()))
        mail = DebtorMail(debtor).make(
            template, people[0], shell._sender(), shell._author(), files
        )
        Voice(debtor).note(
            VOICE.get(kind, kind), kind in VOICE, {debtor.id: [people[0][2]]}
        )
        return mail

    def _values_together(self, kind, parts, person):
        """Return the placeholders of one message about several plans or installments.

        Each plan's amounts and days follow each other, as in "300.00 and 200.00".
        """
        pairs = [(part.plan_id.with_env(self.env), part) for part in parts or ()]
        pairs = pairs or [(plan, None) for plan in self]
        each = [plan._message_values(kind, part, person) for plan, part in pairs]
        if len(each) == 1:
            return each[0]
        words, values = Words(self.env), dict(each[0])
        for name in JOINED:
            values[name] = words.join(filter(None, (one[name] for one in each)))
        for name in JOINED_DAYS:
            days = dict.fromkeys(one[name] for one in each)
            values[name] = words.join(filter(None, days))
        values.update(
            items_table=Markup().join(one["items_table"] for one in each),
            charges_back=any(one["charges_back"] for one in each),
            link=self[:1]._page_link(),
        )
        return values

    def _message_values(self, kind, part, person):
        """Return the values of the placeholders of a message, as texts.

        :rtype: dict
        """
        words = Words(self.env)
        currency, company = self.currency_id, self.company_id
        parts = self.installment_ids.sorted(lambda p: (p.date, p.id))
        late = parts.filtered(lambda p: p.state == "late" or p.missed_on)
        late = late.filtered(lambda p: not currency.is_zero(p.amount_open))
        one = part or late[:1] or parts[:1]

        def money(amount):
            if currency.is_zero(amount):
                return ""
            return words.money(amount, currency)

        caller = Responsible(self.debtor_id).speaker()
        again = max(filter(None, self.line_ids.mapped("again_on")), default=None)
        asked = self._asked() if self.state in MISSED else {}
        most = sum(asked.values()) if asked else self.amount_open
        missing = sum(late.mapped("amount_open")) or self.amount_open
        return {
            "greeting": self._greeting(one_line(person[1])),
            "kind": self.kind,
            "number": self.number or "",
            "amount": money(self.amount),
            "paid": money(self.amount_paid),
            "open": money(min(self.amount_open, most)),
            "debt": money(self.amount_items - self.amount_paid),
            "dropped": money(self.amount_items - self.amount),
            "agreed_on": words.day(self.start_on),
            "agreed_for": words.day(self.last_date),
            "part": money(one.amount),
            "part_paid": money(one.amount_paid),
            "part_open": money(one.amount_open),
            "part_date": words.day(one.date),
            "missing": money(min(missing, most)),
            "cure_until": words.day(self.cure_until),
            "new_date": words.day(fields.Date.subtract(again, days=1)) if again else "",
            "offer_until": words.day(self.offer_until),
            "charges_back": self.charges == "frozen" and self.charges_back,
            "parts_table": self._parts_table(words, parts),
            "items_table": self._items_table(words, asked),
            "sign_link": self._sign_url() if kind == "offer" else "",
            "link": self._page_link(part),
            "pay_online": self.debtor_id.company_id._ar_pays_online(),
            "ways_to_pay": [
                one_line(line)
                for line in (company.ar_ways_to_pay or "").splitlines()
                if line.strip()
            ],
            "caller": one_line(caller.name),
            "phone": one_line(caller.phone or company.phone),
            "company": one_line(company.name),
            "color": company.email_secondary_color or "#1b5e86",
            "text_color": company.email_primary_color or "#ffffff",
        }

    def _greeting(self, name):
        """Return the greeting of a person: without a name if it is the company's."""
        if name and "@" not in name and name != self.debtor_id.partner_id.name:
            return self.env._("Dear %(name)s", name=name)
        return self.env._("Hello")

    def _items_table(self, words, asked):
        """Return the amounts asked for, as a table of the items.

        :param dict asked: see :meth:`_asked`
        """
        rows = [
            {
                "name": line.move_name or "",
                "amount": amount,
                "currency": self.currency_id,
                "due": line.date_due,
            }
            for line, amount in asked.items()
            if amount
        ]
        total = sum(row["amount"] for row in rows)
        return words.table(rows, {self.currency_id: total}, False, late=False)

    def _parts_table(self, words, parts):
        """Return the installments, as a table."""
        rows = [
            {
                "name": self.env._("Installment %(number)s", number=number),
                "amount": part.amount,
                "currency": self.currency_id,
                "due": part.date,
            }
            for number, part in enumerate(parts, 1)
        ]
        return words.table(rows, {self.currency_id: self.amount}, False, late=False)

    def _page_link(self, part=None):
        """Return the link to the payment on the customer's page.

        :param ar.payment.plan.installment part: the only one to pay
        """
        link = own_page_link(self.debtor_id)
        return f"{link}&installment={part.id}" if part else link


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        """Add the agreed payment day, if there is only one."""
        result = super()._text_extra()
        agreed = self.line_ids.filtered(lambda line: line.role == "agreed")
        lines = (
            self.env["ar.payment.plan.line"]
            .sudo()
            .search(
                [("active", "=", True), ("move_line_id", "in", agreed.move_line_id.ids)]
            )
            if agreed
            else ()
        )
        days = {line.move_line_id.id: line.plan_id.last_date for line in lines}
        words = Words(self.env)
        for notice, mine in agreed.grouped("notice_id").items():
            found = {days.get(line.move_line_id.id) for line in mine}
            if len(found) == 1 and None not in found:
                entry = result.setdefault(notice.id, {})
                entry["promise_date"] = words.day(found.pop())
        return result
