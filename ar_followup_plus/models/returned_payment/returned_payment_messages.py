"""The message about a returned payment, and the payment date that it names."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.customer_format import Words, one_line
from ...tools.transactions import RACES, in_turn, is_free
from ..customer.debtor_mail import DebtorMail
from ..customer.responsible import Responsible
from ..delivery.recheck import held_until
from ..ledger.asked import asked_for
from ..notice.page_link import own_page_link
from ..voice.voice import Voice
from .ar_returned_payment import FRESH_DAYS

_logger = logging.getLogger(__name__)

#: Days from the message to the payment date that it names.
PAY_DAYS = 7


class ArReturnedPayment(models.Model):
    _inherit = "ar.returned.payment"

    @api.model
    def _send_due(self):
        """Send pending messages, each in its own transaction, within sending hours.

        Where each notice needs approval, only the call is made.
        """
        for company in self.env["res.company"].search(
            [("parent_id", "=", False), ("ar_state", "in", ("ask", "live"))]
        ):
            if not company._ar_may_send_now():
                continue
            due = self.search(
                [("company_id", "=", company.id), ("message_due", "=", True)]
            )
            today = company._ar_today()
            for returned in due:
                if held_until(returned.debtor_id, today):
                    continue
                try:
                    in_turn(self.env, returned._send_one)
                except RACES:
                    continue  # another process is sending it
                except Exception as error:  # continue with the others
                    if not is_free(self.env):
                        raise
                    _logger.error(
                        "The message about %s failed", returned, exc_info=error
                    )
                    in_turn(self.env, returned._claim)

    def _claim(self):
        """Claim the pending message; return False if another process has claimed it."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """UPDATE ar_returned_payment SET message_due = FALSE
                    WHERE id = %s AND message_due RETURNING id""",
                self.id,
            )
        )
        self.invalidate_recordset(["message_due"], flush=False)
        return bool(rows)

    def _send_one(self, by_hand=False):
        """Send the message once, by e-mail, else as a letter for a person to post.

        :param bool by_hand: a person requested it
        :return: whether a message was created
        """
        self.ensure_one()
        company, debtor = self.company_id, self.debtor_id
        today = company._ar_today()
        if not by_hand and Voice(debtor).waits("returned"):
            return False
        if not self._claim() or debtor._why_held():
            return False
        items = self._items()
        if not items:
            return False  # paid, disputed or covered by a credit in the meantime
        late = self.noticed_on < today - timedelta(days=FRESH_DAYS)
        if not by_hand and (late or company.ar_state != "live"):
            return False
        pay_by = company._ar_calendar().date_to_give(
            fields.Date.add(today, days=PAY_DAYS)
        )
        people = self.env["ar.notice"]._people_of(debtor).get(debtor.id, [])
        if people:
            mail = self._make_message(items, people[0], pay_by)
            Voice(debtor).note("returned", not by_hand, {debtor.id: [people[0][2]]})
            mail.send_after_commit()
        else:
            self._make_letter(pay_by)
            Voice(debtor).reserve()
        self.pay_by = pay_by
        return True

    def _items(self):
        """Return the collectible amounts of the reopened items, oldest first.

        :return: ``{ar.open.item: amount}``
        """
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.debtor_id.id),
                ("move_id", "in", self.move_ids.ids),
                ("amount_residual_currency", ">", 0),
            ]
        )
        items.invalidate_recordset()
        asked = asked_for(self.debtor_id)
        return {
            item: asked[item.id].amount
            for item in items.sorted(lambda i: (i.due_date, i.id))
            if item.id in asked and asked[item.id].amount
        }

    def _make_message(self, items, person, pay_by):
        """Make the e-mail, in the customer's language.

        :rtype: mail.mail
        """
        debtor, company = self.debtor_id, self.company_id
        shell = self.env["ar.notice"].new(
            {"debtor_id": debtor.id, "company_id": company.id}
        )
        lang = shell._lang([person])
        returned = self.with_context(lang=lang)
        template = self.env.ref("ar_followup_plus.mail_template_payment_returned")
        template = template.with_context(
            lang=lang,
            ar_agreed=returned._message_values(items, person, pay_by),
        )
        return DebtorMail(debtor).make(
            template, person, shell._sender(), shell._author()
        )

    def _message_values(self, items, person, pay_by):
        """Return the values of the placeholders, as texts."""
        words = Words(self.env)
        debtor, company = self.debtor_id, self.company_id
        rows = [
            {
                "name": item.move_name or "",
                "amount": amount,
                "currency": item.currency_id,
                "due": item.due_date,
            }
            for item, amount in items.items()
        ]
        total = sum(row["amount"] for row in rows)
        caller = Responsible(debtor).speaker()
        name = one_line(person[1])
        return {
            "greeting": self.env._("Dear %(name)s", name=name)
            if name and "@" not in name and name != debtor.partner_id.name
            else self.env._("Hello"),
            "amount": words.money(self.amount, self.currency_id),
            "paid_on": words.day(self.paid_on),
            "pay_by": words.day(pay_by),
            "items_table": words.table(
                rows, {self.currency_id: total}, False, late=False
            ),
            "link": own_page_link(debtor),
            "pay_online": debtor.company_id._ar_pays_online(),
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

    def _make_letter(self, pay_by):
        """Prepare the letter for a customer without an e-mail address."""
        debtor = self.debtor_id
        words = Words(self.with_context(lang=debtor.partner_id.lang).env)
        debtor.env["ar.letter"]._for_moment(
            debtor,
            "payment_returned",
            {
                "returned_amount": words.money(self.amount, self.currency_id),
                "payment_date": words.day(self.paid_on),
            },
            pay_by,
        )
