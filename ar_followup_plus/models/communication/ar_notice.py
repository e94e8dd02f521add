"""Placeholders about calls, visits and answers since an invoice was due."""

from odoo import models
from odoo.tools import SQL

from ...tools.customer_format import Words, one_line

#: Outcomes of a call or visit in which somebody was spoken with.
TALKED = ("reached", "will_pay", "disputes", "upset")


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        """Add the last talk and the last answer, as logged."""
        extra = super()._text_extra()
        self.env.flush_all()
        words = Words(self.env)
        for notice_id, talked_on, replied_on in self.env.execute_query(
            SQL(
                """
                SELECT n.id, talk.day, reply.day
                  FROM ar_notice n
                  JOIN res_company c ON c.id = n.company_id
                  LEFT JOIN res_partner cp ON cp.id = c.partner_id
                  JOIN LATERAL (
                      SELECT min(l.date_due) AS day FROM ar_notice_line l
                       WHERE l.notice_id = n.id AND l.role = 'about') due ON TRUE
                  LEFT JOIN LATERAL (
                      SELECT max(p.sent_on) AS day FROM ar_notice p
                       WHERE p.debtor_id = n.debtor_id AND p.id < n.id
                         AND p.state = 'sent' AND p.channel <> 'call') last ON TRUE
                  LEFT JOIN LATERAL (
                      SELECT max(l.date AT TIME ZONE 'UTC'
                                 AT TIME ZONE COALESCE(cp.tz, 'UTC'))::date AS day
                        FROM ar_contact_log l
                       WHERE l.debtor_id = n.debtor_id AND l.outcome = ANY(%(talked)s)
                         AND l.date >= due.day) talk ON TRUE
                  LEFT JOIN LATERAL (
                      SELECT max(m.date AT TIME ZONE 'UTC'
                                 AT TIME ZONE COALESCE(cp.tz, 'UTC'))::date AS day
                        FROM mail_message m
                       WHERE m.model = 'ar.debtor' AND m.res_id = n.debtor_id
                         AND m.message_type IN ('email', 'comment')
                         AND m.date >= GREATEST(due.day, last.day)
                         AND NOT EXISTS (SELECT 1 FROM res_users u
                                          WHERE u.partner_id = m.author_id
                                            AND u.share IS NOT TRUE)) reply ON TRUE
                 WHERE n.id = ANY(%(ids)s)
                """,
                talked=list(TALKED),
                ids=self.ids,
            )
        ):
            values = extra.setdefault(notice_id, {})
            if talked_on:
                values["call_date"] = words.day(talked_on)
                partner = self.browse(notice_id).partner_id
                values["call_contact"] = one_line(partner.name)
            if replied_on:
                values["reply_date"] = words.day(replied_on)
        return extra
