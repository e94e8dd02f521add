"""The call sheet: facts for a call, read from the ledger."""

import pytz

from odoo import fields
from odoo.tools import SQL, format_date

from ..ladder.channel import written
from ..ledger.asked import overdue_text
from ..ledger.balances import Balances
from ..notice.waiting_notices import WaitingNotices

#: Maximum rows of each list, so that the sheet fits on one page.
ROWS = 8


class CallSheet:
    """The call sheet of one debtor, on one page."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor

    def values(self):
        """Return the values of the call sheet.

        The debtor must be elevated, after the access of the user was checked, because
        collectors may read neither invoices nor bills.

        :rtype: dict
        """
        self.debtor.check_access("read")
        debtor_sudo = self.debtor.sudo()
        sheet = CallSheet(debtor_sudo)
        company = debtor_sudo.company_id
        rows = Balances(debtor_sudo).rows().get(self.debtor.id, [])
        notice = WaitingNotices(debtor_sudo).calls()[:1]
        items = debtor_sudo.env["ar.open.item"].search(
            [("debtor_id", "=", self.debtor.id), ("amount_residual_currency", ">", 0)],
            order="due_date, id",
        )
        late = items.filtered(lambda item: item.days_overdue > 0)
        return {
            "debtor": debtor_sudo,
            "held": debtor_sudo._why_held() if debtor_sudo.is_stopped else None,
            "why": sheet._why(notice),
            "rows": rows,
            "since": late[:1].due_date,
            "items": (late or items)[:ROWS],
            "left_out": max(len(late or items) - ROWS, 0),
            "bills": sheet._bills(),
            "payments": sheet._payments(),
            "contacts": sheet._contacts(),
            "terms": debtor_sudo.partner_id.with_company(
                company
            ).property_payment_term_id.name,
            "phones": sheet._phones(),
            "hours": sheet._local_time(),
            "disputed": sum(items.mapped("amount_disputed")),
            "promise": sheet._promised_day(),
            "ask": sheet._questions(late),
            "money": lambda amount, currency: currency.format(amount or 0),
            "day": lambda value: format_date(self.env, value),
        }

    def html(self):
        """Return the call sheet as HTML."""
        return self.env["ir.qweb"]._render("ar_followup_plus.call_brief", self.values())

    def _why(self, notice):
        """Explain in a sentence why this customer is called today."""
        if notice:
            text = self.env._(
                "%(step)s: %(amount)s",
                step=notice.step_id.name,
                amount=notice.totals_text,
            )
            if notice.stage not in ("call", "handover") and self.debtor.call_first:
                text = self.env._(
                    "%(what)s. Call before any message is sent.", what=text
                )
            return text
        if self.debtor.next_reason:
            reasons = dict(
                self.debtor._fields["next_reason"]._description_selection(self.env)
            )
            return self.env._(
                "No call is planned. Why nothing is sent today: %(reason)s",
                reason=reasons[self.debtor.next_reason],
            )
        return self.env._("No call is planned.")

    def _questions(self, late):
        """Return the questions to ask, in their order."""
        overdue = overdue_text(self.debtor)
        if not late or not overdue:
            return [self.env._("Nothing is overdue: is everything in order?")]
        asks = [
            self.env._("On which day will %(amount)s be paid?", amount=overdue),
            self.env._(
                "If not all: which part, when, and what is in the way of the rest?"
            ),
        ]
        if len(late) > 1:
            asks.append(
                self.env._(
                    "Begin with %(number)s, due on %(day)s.",
                    number=late[0].move_name,
                    day=format_date(self.env, late[0].due_date),
                )
            )
        return asks

    def _bills(self):
        """Return our open payables: ``[(currency, amount, oldest due date)]``."""
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.currency_id, -sum(l.amount_residual_currency),
                          min(l.date_maturity) FILTER (WHERE l.amount_residual < 0)
                     FROM account_move_line l
                     JOIN account_account a
                       ON a.id = l.account_id AND a.account_type = 'liability_payable'
                     JOIN res_company c ON c.id = l.company_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND c.parent_path LIKE %s AND p.commercial_partner_id = %s
                    GROUP BY l.currency_id
                   HAVING sum(l.amount_residual_currency) <> 0""",
                f"{self.debtor.company_id.id}/%",
                self.debtor.partner_id.id,
            )
        )
        Currency = self.env["res.currency"]
        return [(Currency.browse(c), amount, due) for c, amount, due in rows]

    def _payments(self):
        """Return the last payments: ``[(day, amount, currency, days late)]``.

        Days late count from the due date of the paid item.
        """
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT cr.date, sum(pr.credit_amount_currency), cr.currency_id,
                          max(cr.date - db.date_maturity)
                     FROM account_partial_reconcile pr
                     JOIN account_move_line cr ON cr.id = pr.credit_move_id
                     JOIN account_move_line db ON db.id = pr.debit_move_id
                     JOIN account_account a
                       ON a.id = db.account_id AND a.account_type = 'asset_receivable'
                     JOIN account_move dm ON dm.id = db.move_id
                                         AND dm.move_type = 'out_invoice'
                     JOIN account_move cm ON cm.id = cr.move_id
                                         AND cm.move_type = 'entry'
                     JOIN res_company c ON c.id = db.company_id
                     JOIN res_partner p ON p.id = db.partner_id
                    WHERE c.parent_path LIKE %s AND p.commercial_partner_id = %s
                    GROUP BY cr.id, cr.date, cr.currency_id
                    ORDER BY cr.date DESC, cr.id DESC LIMIT 3""",
                f"{self.debtor.company_id.id}/%",
                self.debtor.partner_id.id,
            )
        )
        Currency = self.env["res.currency"]
        return [
            (day, amount, Currency.browse(c), late) for day, amount, c, late in rows
        ]

    def _contacts(self):
        """Return the last contacts, newest first: ``[(text, note)]``."""
        entries = [
            (log.date.date(), log._in_words(), log.note or "")
            for log in self.env["ar.contact.log"].search(
                [("debtor_id", "=", self.debtor.id)], limit=4
            )
        ]
        stages = dict(
            self.env["ar.notice"]._fields["stage"]._description_selection(self.env)
        )
        for notice in self.env["ar.notice"].search(
            [
                ("debtor_id", "=", self.debtor.id),
                ("state", "=", "sent"),
                ("channel", "in", written()),
            ],
            order="sent_on desc, id desc",
            limit=4,
        ):
            said = [format_date(self.env, notice.sent_on), stages[notice.stage]]
            given = ""
            if notice.date_given:
                given = self.env._(
                    "asked to pay by %(day)s",
                    day=format_date(self.env, notice.date_given),
                )
            entries.append((notice.sent_on, ", ".join(filter(None, said)), given))
        entries.sort(key=lambda entry: entry[0], reverse=True)
        return [(text, note) for _day, text, note in entries[:5]]

    def _promised_day(self):
        """Return the day of an active promise to pay, if any."""
        running = self.debtor.plan_ids.filtered(
            lambda plan: plan.kind == "promise" and plan.state == "active"
        )
        return max(running.mapped("last_date"), default=None)

    def _phones(self):
        """Return the people to call: ``[(name, function, number)]``."""
        roles = dict(
            self.env["ar.debtor.contact"]
            ._fields["role"]
            ._description_selection(self.env)
        )
        phones = {}
        for contact in self.debtor.contact_ids.filtered(lambda c: c.partner_id.active):
            person = contact.partner_id
            phones.setdefault(person.phone, (person.name, roles[contact.role]))
        people = self.debtor.partner_id
        if self.debtor.kind != "consumer":
            people |= self.debtor.partner_id.child_ids.filtered(
                lambda p: p.type == "invoice"
            )
        for person in people:
            phones.setdefault(
                person.phone, (person.name or self.debtor.partner_id.name, "")
            )
        return [
            (*who, number, "".join(c for c in number if c.isdigit() or c == "+"))
            for number, who in phones.items()
            if number
        ]

    def _local_time(self):
        """Return the local time of the customer, if known."""
        zones = self.debtor.contact_ids.partner_id.mapped("tz") + [
            self.debtor.partner_id.tz
        ]
        zone = next(filter(None, zones), None)
        countries = pytz.country_timezones
        code = self.debtor.partner_id.country_id.code
        if not zone and code and len(countries.get(code, ())) == 1:
            zone = countries[code][0]
        if not zone:
            return None
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(pytz.timezone(zone))
        time = now.strftime("%H:%M")
        if now.weekday() < 5 and 9 <= now.hour < 17:
            return self.env._("It is %(time)s there.", time=time)
        return self.env._("It is %(time)s there: outside office hours.", time=time)
