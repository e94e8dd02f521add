"""The conditions under which a notice leaves, at the last moment."""

from ..ledger.ledger_reader import STOPPED

#: Takes notice ``n`` from 'ready' to 'sending' for the mail ``m``. The conditions on the
#: customer are those of ``engine.decision.contact.may_not_contact``.
ENTER = f"""
    UPDATE ar_notice n
       SET state = 'sending', attempts = COALESCE(n.attempts, 0) + 1,
           state_at = %(now)s
      FROM mail_mail m, ar_debtor d, res_company c
     WHERE n.id = %(notice)s AND m.id = %(mail)s
       AND d.id = n.debtor_id AND c.id = n.company_id
       AND n.state = 'ready' AND n.state_at > %(oldest)s
       AND COALESCE(n.leaves_at, %(now)s) <= %(now)s
       AND m.state = 'outgoing' AND m.mail_message_id = n.mail_message_id
       AND c.ar_state IN ('ask', 'live') AND c.ar_paused IS NOT TRUE
       AND NOT {STOPPED} AND d.kind <> 'group'
       AND COALESCE(d.snooze_until, %(today)s) <= %(today)s
       AND COALESCE(d.reply_until, %(today)s) <= %(today)s
       AND NOT EXISTS (
           SELECT 1 FROM ar_notice_line nl
             LEFT JOIN account_move_line l ON l.id = nl.move_line_id
             LEFT JOIN account_journal j ON j.id = l.journal_id
            WHERE nl.notice_id = n.id AND nl.role IN ('about', 'also', 'coming')
              AND (l.id IS NULL OR l.parent_state <> 'posted'
                   OR abs(l.amount_residual_currency - nl.amount_residual_currency)
                      >= 0.0005
                   OR (l.no_followup
                       AND (j.type <> 'general'
                            OR EXISTS (SELECT 1 FROM ar_exclusion x
                                        WHERE x.move_line_id = l.id)))))
    RETURNING n.id
"""
