"""Messages of the last 30 days are logged, and count towards each customer's budget."""


def migrate(cr, version):
    cr.execute(
        """INSERT INTO ar_outgoing (debtor_id, company_id, day, kind, is_automatic)
           SELECT DISTINCT n.debtor_id, n.company_id, n.sent_on, 'notice', TRUE
             FROM ar_notice n
            WHERE n.state = 'sent' AND n.channel <> 'call'
              AND n.sent_on > CURRENT_DATE - 30
              AND NOT EXISTS (SELECT 1 FROM ar_outgoing o
                               WHERE o.debtor_id = n.debtor_id AND o.day = n.sent_on)"""
    )
    cr.execute(
        """UPDATE ar_debtor d SET budget_free_on = found.day
             FROM (SELECT o.debtor_id, o.day + 30 AS day,
                          row_number() OVER (
                              PARTITION BY o.debtor_id ORDER BY o.day DESC) AS nth
                     FROM (SELECT DISTINCT debtor_id, day FROM ar_outgoing
                            WHERE is_automatic) o) found, res_company c
            WHERE found.debtor_id = d.id AND c.id = d.company_id
              AND found.nth = c.ar_message_budget"""
    )
