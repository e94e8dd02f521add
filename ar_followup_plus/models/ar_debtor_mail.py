"""Messages of a debtor: replies, bounces, activities."""

from odoo import api, models
from odoo.tools import email_normalize

#: A reply holds automatic notices for so many working days (rule 13).
REPLY_DAYS = 5


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _ar_activity(self, xmlid, summary, user=None):
        """Have one open activity of a kind for each debtor: the next event updates it.

        :param str xmlid: of the activity type, in this module
        :param summary: in words; or a dict of one for each debtor id
        :param res.users user: who is to do it; default: the collector, else the
            credit manager
        """
        kind = self.env.ref(f"ar_followup_plus.{xmlid}", raise_if_not_found=False)
        if not kind or not self:
            return
        texts = (
            summary if isinstance(summary, dict) else dict.fromkeys(self.ids, summary)
        )
        Activity = self.env["mail.activity"].sudo()
        known = set()
        for activity in Activity.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", kind.id),
            ]
        ):
            known.add(activity.res_id)
            if activity.summary != texts[activity.res_id]:
                activity.summary = texts[activity.res_id]
        model_id = self.env["ir.model"]._get_id(self._name)
        admin = self.env.ref("base.user_admin")
        vals_list = []
        for debtor_sudo in self.sudo().filtered(lambda d: d.id not in known):
            company = debtor_sudo.company_id
            owner = (
                user
                or debtor_sudo._ar_worker()
                or company.ar_user_id
                or company.ar_manager_id
                or admin
            )
            vals_list.append(
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "date_deadline": company._ar_today(),
                    "res_id": debtor_sudo.id,
                    "res_model_id": model_id,
                    "summary": texts[debtor_sudo.id],
                    "user_id": owner.id,
                }
            )
        Activity.with_context(mail_activity_quick_update=True).create(vals_list)

    @api.model
    def _warn_books_behind(self, company):
        """Give the credit manager one activity about the bank journals."""
        kind = self.env.ref("ar_followup_plus.activity_books_behind")
        user = company.ar_manager_id or self.env.ref("base.user_admin")
        known = (
            self.env["mail.activity"]
            .sudo()
            .search_count(
                [
                    ("activity_type_id", "=", kind.id),
                    ("res_model", "=", "res.partner"),
                    ("res_id", "=", company.partner_id.id),
                ],
                limit=1,
            )
        )
        if not known:
            company.partner_id.sudo().activity_schedule(
                activity_type_id=kind.id,
                summary=self.env._("The bank is not up to date: no notices leave"),
                user_id=user.id,
                date_deadline=company._ar_today(),
            )

    @api.model
    def _notify_get_reply_to_of(self, debtors, company):
        """Return the address for replies of each debtor: it leads to its chatter.

        :return: ``{debtor id: address}``
        """
        default = company.ar_email or company.email or None
        found = debtors.sudo()._notify_get_reply_to(default=default)
        return {key: value for key, value in found.items() if value}

    def message_update(self, msg_dict, update_vals=None):
        """A reply of the customer pauses automatic notices and asks for an answer."""
        result = super().message_update(msg_dict, update_vals=update_vals)
        self._ar_note_reply(msg_dict)
        return result

    def _ar_note_reply(self, msg_dict):
        """Take note of a message from outside, unless a machine wrote it."""
        if self.env.context.get("ar_automatic"):
            return
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        if author.user_ids.filtered(lambda user: not user.share):
            return
        for debtor_sudo in self.sudo():
            company = debtor_sudo.company_id
            until = company._ar_calendar().add_working(company._ar_today(), REPLY_DAYS)
            debtor_sudo.write({"reply_until": until, "next_reason": "waiting_for_us"})
            debtor_sudo._ar_activity(
                "activity_reply",
                self.env._(
                    "Answer: %(subject)s", subject=msg_dict.get("subject") or ""
                ),
            )

    def _message_receive_bounce(self, email, partner):
        """The address of a notice does not work: say so on the notice."""
        result = super()._message_receive_bounce(email, partner)
        normalized = email_normalize(email) or email
        for debtor_sudo in self.sudo():
            notices = (
                self.env["ar.notice"]
                .sudo()
                .search(
                    [
                        ("debtor_id", "=", debtor_sudo.id),
                        ("state", "=", "sent"),
                        ("recipients", "ilike", normalized),
                    ],
                    order="id desc",
                    limit=1,
                )
            )
            notices.delivery = "bounced"
            debtor_sudo._ar_activity(
                "activity_no_contact",
                self.env._("%(address)s does not accept mail.", address=normalized),
            )
        return result

    @api.model
    def _end_waits(self):
        """Clear snoozes and waits that are over, so that lists show what is true."""
        for company in (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ):
            today = company._ar_today()
            mine = [("company_id", "=", company.id)]
            self.search([*mine, ("snooze_until", "<=", today)]).write(
                {
                    "snooze_until": False,
                    "snooze_reason": False,
                    "snooze_kind": False,
                    "snooze_user_id": False,
                }
            )
            self.search([*mine, ("reply_until", "<=", today)]).write(
                {"reply_until": False}
            )
