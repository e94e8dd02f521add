"""Letters that are prepared by themselves for who cannot be written to by e-mail.

A person prints and posts them: only then the customer was told.
"""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

#: Which letter says what a message of a plan says.
PLAN_MOMENTS = {
    "broken": "broken_promise",
    "missed": "missed_installment",
    "ended": "plan_default",
}
#: A letter that nobody needed is not prepared again for so many days after
#: the day it names.
AGAIN_DAYS = 60
#: Working days until a letter is printed, posted, and with the customer.
POST_DAYS = 3


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _letter_lang(self):
        """Return the language of the customer's letters."""
        return self._statement_shell()._lang()

    def _letters_done(self):
        """Forget the tasks of customers for whom no letter waits."""
        waiting = self.env["ar.letter"].search(
            [("debtor_id", "in", self.ids), ("state", "in", ("draft", "printed"))]
        )
        done = self - waiting.debtor_id
        done.activity_unlink(["ar_followup_plus.activity_letter"])

    # === CREDIT HOLD === #

    def _hold_write_letters(self, most):
        """Prepare the letter for customers who are warned and read no e-mail.

        :param int most: so many
        """
        Letter = self.env["ar.letter"]
        waiting = Letter.search(
            [
                ("debtor_id", "in", self.ids),
                ("moment", "=", "hold"),
                ("state", "!=", "posted"),
            ]
        )
        waiting = waiting.filtered(
            lambda letter: (
                letter.state != "cancelled"
                or letter.new_date
                and letter.new_date + timedelta(days=AGAIN_DAYS)
                >= letter.company_id._ar_today()
            )
        )
        fresh = (self - waiting.debtor_id).filtered(
            lambda d: d._statement_partner()._ar_has_address() and not d._why_held()
        )
        for debtor in fresh[:most]:
            company = debtor.company_id
            calendar, today = company._ar_calendar(), company._ar_today()
            days = company.ar_hold_notice_days + POST_DAYS
            start = max(debtor.hold_from, calendar.add_working(today, days))
            debtor._ar_letter("hold", new_date=fields.Date.subtract(start, days=1))

    def _hold_told_by(self, letter):
        """The days of notice begin when the letter is posted."""
        self.ensure_one()
        if self.hold_state not in ("warn", "hold"):
            return
        company, today = self.company_id, self.company_id._ar_today()
        vals = {"hold_told": today}
        if self.hold_state == "warn" and self.hold_reason == "rule":
            days = [
                self.hold_from,
                company._ar_calendar().add_working(today, company.ar_hold_notice_days),
            ]
            if letter.new_date:
                days.append(letter.new_date + timedelta(days=1))
            vals["hold_from"] = max(days)
        self.write(vals)

    # === THANKS === #

    def _thank_by_letter(self, sums, day):
        """Prepare the letter of thanks for who reads no e-mail."""
        self.ensure_one()
        if not self._statement_partner()._ar_has_address():
            return
        lang = self._letter_lang()
        debtor = self.with_context(lang=lang)
        values = {
            "amount_received": debtor._sums_text(sums),
            "payment_date": format_date(self.env, day, lang, "long"),
        }
        coming = debtor._next_due_text(lang)
        if coming:
            values["next_due_total"], values["next_due_date"] = coming
        self._ar_letter("thanks", values)


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    def _write_letter(self, kind):
        """Prepare the letter that says what a message of this kind says.

        For who cannot be reached by e-mail; that a plan ended is said by letter as
        well to who got letters about its items before.

        :param str kind: of the message
        :rtype: ar.letter, empty where none is to be posted
        """
        self.ensure_one()
        debtor, none = self.debtor_id, self.env["ar.letter"]
        moment = PLAN_MOMENTS.get(kind)
        if not moment or self.kind == "settlement":
            return none
        if not debtor._statement_partner()._ar_has_address():
            return none
        if self.env["ar.notice"]._people_of(debtor).get(debtor.id) and not (
            kind == "ended" and self._goes_by_letter()
        ):
            return none
        plan = self.with_context(lang=debtor._letter_lang())
        said = plan._message_values(kind, None, (None, ""))
        again = max(filter(None, self.line_ids.mapped("again_on")), default=None)
        values, new_date = {
            "broken": (
                {
                    "promise_made_date": said["agreed_on"],
                    "promised_amount": said["amount"],
                    "promise_date": said["agreed_for"],
                    "promise_open": said["open"],
                    "amount_received": said["paid"],
                },
                again and fields.Date.subtract(again, days=1),
            ),
            "missed": (
                {
                    "installment_amount": said["part"],
                    "installment_date": said["part_date"],
                    "amount_received": said["part_paid"],
                    "cure_date": said["cure_until"],
                },
                None,
            ),
            "ended": ({"plan_open": said["debt"]}, None),
        }[kind]
        return debtor._ar_letter(moment, values, new_date)

    def _goes_by_letter(self):
        """Return whether a step that was taken for the items sends letters."""
        return bool(
            self.env["ar.notice.line"].search_count(
                [
                    ("move_line_id", "in", self.line_ids.move_line_id.ids),
                    ("taken", "=", True),
                    ("notice_id.state", "=", "sent"),
                    ("notice_id.step_id.channels", "like", "letter"),
                ],
                limit=1,
            )
        )


class ArLetter(models.Model):
    _inherit = "ar.letter"

    def _after_posting(self):
        # EXTENDS ar.letter: a posted warning counts as told
        for letter in self:
            if letter.moment == "hold":
                letter.debtor_id._hold_told_by(letter)
        return super()._after_posting()

    def _moment_parts(self, words):
        # EXTENDS ar.letter: orders are held from the day after the date to pay
        values, blocks = super()._moment_parts(words)
        if self.moment == "hold" and self.new_date:
            day = fields.Date.add(self.new_date, days=1)
            if "hold_date" not in (self.values or {}):
                values["hold_date"] = words.day(day)
        return values, blocks
