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
#: list of what is overdue and may be asked for is ``%(owing)s``.
CAUSES = {
    "call": """d.id = ANY(%(owing)s) OR EXISTS (
                   SELECT 1 FROM ar_notice n WHERE n.debtor_id = d.id
                      AND n.channel = 'call' AND n.state IN ('proposed', 'ready'))""",
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

    Not those about a record, as a missed installment: they end with it.
    """

    def __init__(self, env):
        self.env = env

    def end(self):
        """End them for all customers; return how many.

        :rtype: dict
        """
        self.env.flush_all()
        ids = []
        owing = self._owing()
        for kind, cause in CAUSES.items():
            activity_type = self.env.ref(
                f"ar_followup_plus.activity_{kind}", raise_if_not_found=False
            )
            if activity_type:
                ids += self._without_cause(activity_type, cause, owing)
        self.env["mail.activity"].browse(ids).unlink()
        return {"ended": len(ids)}

    def _owing(self):
        """Return the customers with such activities who owe something overdue."""
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
        return items.filtered(lambda item: item.days_overdue > 0).debtor_id.ids

    def _without_cause(self, activity_type, cause, owing):
        """Return the ids of activities of a kind without a cause."""
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    f"""SELECT a.id FROM mail_activity a
                          JOIN ar_debtor d ON d.id = a.res_id
                         WHERE a.res_model = 'ar.debtor' AND a.automated AND a.active
                           AND a.ar_about IS NULL
                           AND a.activity_type_id = %(kind)s AND NOT ({cause})""",
                    kind=activity_type.id,
                    owing=owing,
                )
            )
        ]
