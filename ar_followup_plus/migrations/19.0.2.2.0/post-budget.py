"""Messages of the last 30 days count towards the budget of each customer."""


def migrate(cr, version):
    cr.execute(
        """UPDATE ar_debtor d SET budget_free_on = found.day
             FROM (SELECT n.debtor_id, n.sent_on + 30 AS day,
                          row_number() OVER (
                              PARTITION BY n.debtor_id ORDER BY n.sent_on DESC) AS nth
                     FROM ar_notice n
                    WHERE n.state = 'sent' AND n.channel <> 'call'
                      AND n.sent_on > CURRENT_DATE - 30) found,
                  res_company c
            WHERE found.debtor_id = d.id AND c.id = d.company_id
              AND found.nth = c.ar_message_budget"""
    )
