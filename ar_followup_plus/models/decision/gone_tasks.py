"""Tasks of colleagues that end because their cause is gone."""

from odoo.tools import SQL

from ..ledger.asked import asked_for

#: Whether customer ``d`` has money, or a credit note, that is not matched.
CREDIT = """EXISTS (
    SELECT 1 FROM account_move_line l JOIN account_account c ON c.id = l.account_id
      JOIN res_partner p ON p.id = l.partner_id
     WHERE p.commercial_partner_id = d.partner_id AND l.parent_state = 'posted'
       AND c.account_type = 'asset_receivable' AND l.reconciled IS NOT TRUE
       AND l.amount_residual < 0)"""

#: Whether the cause of an activity ``a`` of customer ``d`` still exists, by its kind. The
#: customers of whom something may be asked for are ``%(asked)s``, and something that is
#: overdue ``%(owing)s``.
CAUSES = {
    # What is on a plan is not asked for: until it ends, what is missing is called about
    "call": """d.id = ANY(%(owing)s) OR EXISTS (
                   SELECT 1 FROM ar_notice n WHERE n.debtor_id = d.id
                      AND n.channel = 'call' AND n.state IN ('proposed', 'ready'))
               OR EXISTS (
                   SELECT 1 FROM ar_payment_plan p WHERE p.closed_on IS NULL
                      AND a.ar_about = 'ar.payment.plan,' || p.id)
               OR (split_part(a.ar_about, ',', 1) = 'ar.returned.payment'
                   AND d.id = ANY(%(asked)s))""",
    "approve": """EXISTS (SELECT 1 FROM ar_notice n WHERE n.debtor_id = d.id
                             AND n.state = 'proposed')""",
    "post_letter": """EXISTS (SELECT 1 FROM ar_notice n WHERE n.debtor_id = d.id
                                 AND n.channel = 'letter' AND n.state = 'ready')""",
    # Money that is not matched, or may be: a line of the bank
    "match_payment": f"""{CREDIT} OR EXISTS (
        SELECT 1 FROM account_bank_statement_line b
          JOIN res_partner p ON p.id = b.partner_id
         WHERE p.commercial_partner_id = d.partner_id AND b.is_reconciled IS NOT TRUE)""",
    # A new address ends it at once; who owes nothing need not be found, except to be told
    # of a credit hold for what was written off
    "no_contact": """(d.hold_state IN ('warn', 'hold') AND d.hold_told IS NULL)
        OR EXISTS (
        SELECT 1 FROM account_move_line l JOIN account_account c ON c.id = l.account_id
          JOIN res_partner p ON p.id = l.partner_id
         WHERE p.commercial_partner_id = d.partner_id AND l.parent_state = 'posted'
           AND c.account_type = 'asset_receivable' AND l.reconciled IS NOT TRUE)""",
    # Or was paid too much, and whom no e-mail reaches is to be asked about that
    "check_notice": f"""EXISTS (
        SELECT 1 FROM ar_notice n WHERE n.debtor_id = d.id AND n.state = 'failed')
        OR {CREDIT} OR d.id = ANY(%(owing)s)""",
}


class GoneTasks:
    """Ends activities whose cause is gone, so that a list of tasks can be trusted.

    Not those about a record, which end with it; but a promise that was not kept and a
    payment that was returned stay what they are: a call about them ends with the debt.
    """

    def __init__(self, env):
        self.env = env

    def end(self):
        """End them for all customers; return how many.

        :rtype: dict
        """
        self.env.flush_all()
        ids = []
        customers = self._customers()
        for kind, cause in CAUSES.items():
            activity_type = self.env.ref(
                f"ar_followup_plus.activity_{kind}", raise_if_not_found=False
            )
            if activity_type:
                ids += self._without_cause(activity_type, cause, customers)
        self.env["mail.activity"].browse(ids).unlink()
        return {"ended": len(ids)}

    def _customers(self):
        """Return the ids of customers with such activities who owe something.

        :return: those of whom something may be asked for, and something overdue
        :rtype: dict
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT a.res_id FROM mail_activity a
                     JOIN ar_debtor d ON d.id = a.res_id
                    WHERE a.res_model = 'ar.debtor' AND a.automated AND a.active
                      AND a.activity_type_id = ANY(%s)""",
                [
                    self.env.ref(f"ar_followup_plus.activity_{kind}").id
                    for kind in ("call", "check_notice")
                ],
            )
        )
        debtors = self.env["ar.debtor"].browse([row[0] for row in rows])
        asked = asked_for(debtors)
        items = self.env["ar.open.item"].browse(
            [item for item, found in asked.items() if found.amount]
        )
        items.invalidate_recordset(flush=False)
        overdue = items.filtered(lambda item: item.days_overdue > 0)
        return {"asked": items.debtor_id.ids, "owing": overdue.debtor_id.ids}

    def _without_cause(self, activity_type, cause, customers):
        """Return the ids of activities of a kind without a cause."""
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    f"""SELECT a.id FROM mail_activity a
                          JOIN ar_debtor d ON d.id = a.res_id
                         WHERE a.res_model = 'ar.debtor' AND a.automated AND a.active
                           AND (a.ar_about IS NULL OR split_part(a.ar_about, ',', 1)
                                IN ('ar.payment.plan', 'ar.returned.payment')
                                AND a.activity_type_id = %(call)s)
                           AND a.activity_type_id = %(kind)s
                           AND (({cause}) IS NOT TRUE)""",
                    kind=activity_type.id,
                    call=self.env.ref("ar_followup_plus.activity_call").id,
                    **customers,
                )
            )
        ]
