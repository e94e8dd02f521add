"""A credit hold in words: for colleagues, the salesperson, and the customer before it."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: Customers who are told in one turn.
MOST_WARNED = 100


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _hold_in_words(self):
        """Return the hold in a sentence: why, from when, what avoids it."""
        self.ensure_one()
        debtor = self.sudo()
        amount = debtor.company_id.currency_id.format(debtor.hold_amount or 0)
        day = format_date(self.env, debtor.hold_from) if debtor.hold_from else ""
        if debtor.hold_state == "hold" and debtor.hold_reason == "before":
            return self.env._(
                "They owe from before: %(amount)s were written off. Orders paid in "
                "advance go on.",
                amount=debtor.company_id.currency_id.format(debtor.amount_written_off),
            )
        if debtor.hold_state == "hold" and debtor.hold_amount:
            return self.env._(
                "Orders on credit wait since %(day)s, until %(amount)s are paid; "
                "orders paid in advance go on.",
                day=day,
                amount=amount,
            )
        if debtor.hold_state == "hold":
            return self.env._(
                "Orders on credit wait since %(day)s; orders paid in advance go on.",
                day=day,
            )
        if debtor.hold_state == "warn" and debtor.hold_amount:
            return self.env._(
                "Orders on credit wait from %(day)s, unless %(amount)s are paid before.",
                day=day,
                amount=amount,
            )
        if debtor.hold_state == "warn":
            return self.env._("Orders on credit wait from %(day)s.", day=day)
        return ""

    def _hold_tell_sales(self, text):
        """Have one activity for the salesperson, on the customer, while it lasts.

        :param str text: None: it is over
        """
        self.ensure_one()
        partner = self.partner_id
        kind = self.env.ref("ar_followup_plus.activity_hold", raise_if_not_found=False)
        user = partner.user_id or self.user_id
        if not kind:
            return
        known = self.env["mail.activity"].search(
            [
                ("activity_type_id", "=", kind.id),
                ("res_model", "=", "res.partner"),
                ("res_id", "=", partner.id),
            ]
        )
        if not text:
            known.unlink()
        elif known:
            known.summary = text
        elif user:
            self.env["mail.activity"].with_context(
                mail_activity_quick_update=True
            ).create(
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "date_deadline": self.company_id._ar_today(),
                    "res_id": partner.id,
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "summary": text,
                    "user_id": user.id,
                }
            )

    # === TELLING THE CUSTOMER === #

    @api.model
    def _hold_tell_customers(self):
        """Write to the customers who are warned and were not told, within the hours.

        For who reads no e-mail a letter is prepared, once.
        """
        for company in (
            self.env["res.company"].sudo().search([("ar_state", "=", "live")])
        ):
            if company.parent_id or not company._ar_may_send_now():
                continue
            today = company._ar_today()
            gap = today - timedelta(days=company.ar_gap_days)
            waiting = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("hold_state", "in", ("warn", "hold")),
                    ("hold_reason", "in", ("rule", "person")),
                    ("hold_told", "=", False),
                    ("reply_until", "=", False),
                    ("is_stopped", "=", False),
                    ("is_snoozed", "=", False),
                    "|",
                    ("last_contact_date", "=", False),
                    ("last_contact_date", "<=", gap),
                ]
            )
            people = self.env["ar.notice"]._people_of(waiting)
            reachable = [debtor for debtor in waiting if debtor.id in people]
            for debtor in reachable[:MOST_WARNED]:
                debtor._hold_send_warning(debtor.company_id.partner_id)
            (waiting - waiting.browse(people))._hold_write_letters(MOST_WARNED)

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
            debtor_sudo._hold_send_warning(self.env.user.partner_id)

    def _hold_send_warning(self, author):
        """Send the warning to the best contact; the days of notice begin now."""
        self.ensure_one()
        company, Notice = self.company_id, self.env["ar.notice"]
        self._check_not_held()
        shell = Notice.new({"debtor_id": self.id, "company_id": company.id})
        people = Notice._people_of(self).get(self.id, [])
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.display_name,
                )
            )
        today = company._ar_today()
        start = self.hold_from
        if self.hold_state == "warn" and self.hold_reason == "rule":
            start = max(
                start,
                company._ar_calendar().add_working(today, company.ar_hold_notice_days),
            )
        self.write({"hold_told": today, "hold_from": start, "last_contact_date": today})
        lang = shell._lang([people[0]])
        template = self.env.ref("ar_followup_plus.mail_template_hold").with_context(
            lang=lang,
            ar_hold_amount=self.hold_amount
            and company.currency_id.with_context(lang=lang).format(self.hold_amount),
            ar_hold_day=format_date(self.env, start, lang_code=lang),
        )
        mail = self._make_mail(template, people[0], shell._sender(), author)
        # Not before the commit: a request that is tried again would send twice
        mail.send_after_commit()
