"""The overview as an e-mail: on Mondays, to the users who asked for it."""

from functools import partial

from odoo import api, fields, models
from odoo.tools import format_date

from ...tools.transactions import in_turn, let_others_go_on
from ..company.roles import ACCOUNTANT, MANAGER
from .overview import READER, Overview


class ResUsers(models.Model):
    _inherit = "res.users"

    ar_weekly_mail = fields.Boolean(
        string="Receivables on Mondays",
        help="The overview of receivables by e-mail, each Monday morning.",
    )
    ar_weekly_sent_on = fields.Date(readonly=True, copy=False)

    @api.model
    def _ar_mail_weekly(self):
        """Task of every 15 minutes: send the e-mail of the week, once to each user.

        On Monday from the hour on at which the company sends, in its time zone.

        :return: ``{"sent": number of e-mails}``
        """
        sent = 0
        users = self.sudo().search(
            [("ar_weekly_mail", "=", True), ("share", "=", False)]
        )
        for user in users:
            company = user.company_id._ar_root()
            now = company._ar_now()
            day = now.date()
            if now.weekday() or now.hour < company.ar_hour_from:
                continue
            if user.ar_weekly_sent_on == day:
                continue
            send = partial(user._ar_mail_overview, day)
            sent += let_others_go_on(self.env, partial(in_turn, self.env, send)) or 0
        return {"sent": sent}

    def _ar_mail_overview(self, day):
        """Send the overview to one user, if they may see it.

        :return: how many e-mails were made
        """
        self.ensure_one()
        self.ar_weekly_sent_on = day
        if not self.email or not any(
            map(self.has_group, (MANAGER, ACCOUNTANT, READER))
        ):
            return 0
        company = self.company_id
        env = (
            self.with_user(self)
            .with_company(company)
            .with_context(
                lang=self.lang, tz=company._ar_tz(), allowed_company_ids=company.ids
            )
            .env
        )
        page = Overview(env).page()
        if page["empty"]:
            return 0
        base = company._ar_root().get_base_url()
        body = env["ir.qweb"]._render(
            "ar_followup_plus.weekly_mail",
            {
                "page": page,
                "overview": f"{base}/odoo/receivables-overview",
                "customer": f"{base}/odoo/ar.debtor/%s",
                "week": [one for one in page["changed"] if one["count"]],
                "needs": [one for one in page["needs"] if one["count"]],
            },
        )
        self.env["mail.mail"].sudo().create(
            {
                "subject": env._(
                    "%(company)s: receivables on %(day)s",
                    company=page["company"],
                    day=format_date(env, day),
                ),
                "body_html": body,
                "email_from": company._ar_root().ar_email
                or company.email_formatted
                or self.email_formatted,
                "email_to": self.email_formatted,
                "auto_delete": True,
            }
        )
        return 1
