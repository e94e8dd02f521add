"""What waits for the next contact of a customer, and goes with it or after it."""

from odoo import api, fields, models
from odoo.tools import SQL, format_date


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    next_contact_with = fields.Char(
        string="Waits for it",
        compute="_compute_next_contact_with",
        help="Messages that wait: a statement goes with the next notice; several of one "
        "kind are one message, on a day of its own.",
    )

    @api.depends("next_contact_date", "last_contact_date")
    @api.depends_context("lang")
    def _compute_next_contact_with(self):
        """Read all that waits, in one statement for all customers."""
        env = self.env
        env.flush_all()
        rows = env.execute_query(
            SQL(
                """SELECT d.id, d.statement_wanted = 'email',
                          (SELECT count(*) FROM ar_payment_plan p
                            WHERE p.debtor_id = d.id AND p.message_due IS NOT NULL),
                          (SELECT count(*) FROM ar_payment_plan_installment i
                             JOIN ar_payment_plan p ON p.id = i.plan_id
                             JOIN res_company c ON c.id = p.company_id
                            WHERE p.debtor_id = d.id AND p.state = 'active'
                              AND p.kind <> 'promise' AND i.reminded_on IS NULL
                              AND i.date BETWEEN %(today)s
                                  AND %(today)s + c.ar_plan_remind_days),
                          (SELECT count(*) FROM ar_returned_payment r
                            WHERE r.debtor_id = d.id AND r.message_due),
                          d.hold_state IN ('warn', 'hold') AND d.hold_told IS NULL
                              AND d.hold_reason IN ('rule', 'before', 'person'),
                          (SELECT min(n.leaves_at) FROM ar_notice n
                            WHERE n.debtor_id = d.id AND n.state = 'ready'
                              AND n.leaves_at > %(now)s)
                     FROM ar_debtor d WHERE d.id = ANY(%(ids)s)""",
                ids=self.ids,
                today=fields.Date.context_today(self),
                now=fields.Datetime.now(),
            )
        )
        found = {row[0]: row[1:] for row in rows}
        for debtor in self:
            parts = debtor._waiting_words(*found.get(debtor._origin.id, (None,) * 6))
            debtor.next_contact_with = ", ".join(parts) or False

    def _waiting_words(self, statement, missed, reminders, returned, hold, leaves):
        """Return what waits for the customer's next contact, in words."""
        env, parts = self.env, []
        if leaves:
            day = fields.Datetime.context_timestamp(self, leaves).date()
            parts.append(
                env._("a notice that leaves on %(day)s", day=format_date(env, day))
            )
        if returned:
            parts.append(env._("payments that came back: %(count)s", count=returned))
        if missed:
            parts.append(env._("promises and plans not kept: %(count)s", count=missed))
        if reminders:
            parts.append(env._("reminders of installments: %(count)s", count=reminders))
        if statement:
            parts.append(env._("the statement"))
        if hold:
            parts.append(env._("the credit hold"))
        return parts
