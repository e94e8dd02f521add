"""The one definition of an open item, in two shapes.

'lookup' joins laterally, row by row: fast for a page of a list or one debtor.
'all' joins sets that were grouped once: fast for reading a whole ledger.
"""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from ...engine.aging import BUCKETS
from ...tools.transactions import id_array
from .ar_exclusion import LEFT_OUT
from .open_item_holds import HANDED_OVER, grouped_held, lateral_held

#: Days for which a pending online payment counts ("Amounts taken out").
PENDING_DAYS = 10
#: Debtors up to which a query may expect few rows; more need a hint for the planner.
FEW = 50
#: Days after which a sent invoice no longer delays a reminder ("Invoice received").
RECENT_DAYS = 31


def open_item_query(env, shape, debtor_ids=None, date=None):
    """Return SQL that yields one row for each open item. See ar.open.item."""
    companies = _companies(env, date)
    parts = (
        _lateral_parts(env) if shape == "lookup" else _grouped_parts(env, debtor_ids)
    )
    return SQL(
        """
        WITH c(id, root_id, today, chase_entries, has_country, has_lang,
               small_amount, small_share, discount_days) AS (
            VALUES %(companies)s
        ) %(ctes)s
        SELECT %(columns)s
          FROM %(ledger)s
          LEFT JOIN ar_payment_plan_line agreed ON agreed.move_line_id = l.id
               AND (agreed.active OR agreed.at_once OR agreed.again_on IS NOT NULL)
          %(history)s
          %(orphan)s
          %(pending)s
          %(sent)s
          %(bounced)s
          %(held)s
         WHERE l.parent_state = 'posted'
           AND l.reconciled IS NOT TRUE
           AND l.amount_residual_currency <> 0
        """,
        companies=companies,
        columns=_columns(env),
        ledger=_LEDGER if debtor_ids is None else _of_debtors(env, debtor_ids),
        **parts,
    )


def _columns(env):
    """Return the columns of an open item, in SQL."""
    days = SQL("(c.today - COALESCE(l.date_maturity, l.date))")
    return SQL(
        """
        l.id,
        c.root_id AS company_id,
        d.id AS debtor_id,
        p.commercial_partner_id AS partner_id,
        l.move_id,
        l.move_name,
        m.move_type,
        m.ref,
        m.partner_bank_id,
        l.currency_id,
        l.company_currency_id,
        COALESCE(m.invoice_date, l.date) AS invoice_date,
        COALESCE(l.date_maturity, l.date) AS due_date,
        %(days)s AS days_overdue,
        %(bucket)s AS bucket,
        %(amounts)s,
        %(states)s
        """,
        days=days,
        bucket=_bucket(days),
        amounts=_amount_columns(),
        states=_state_columns(env),
    )


def _amount_columns():
    """Return the columns of the open amount, and of the amounts taken out of it."""
    return SQL(
        """
        l.amount_currency,
        l.amount_residual_currency,
        l.amount_residual,
        %(disputed)s AS amount_disputed,
        %(promised)s AS amount_promised,
        %(planned)s AS amount_planned,
        CASE WHEN l.amount_residual_currency <= 0 THEN 0.0
             WHEN talk.waits THEN l.amount_residual_currency - %(disputed)s
             ELSE LEAST(COALESCE(held.waiting, 0.0) + %(waiting)s,
                        l.amount_residual_currency - %(disputed)s)
             END AS amount_waiting,
        talk.quiet_until,
        COALESCE(talk.is_capped, FALSE) AS is_capped,
        %(handed_over)s AS is_handed_over,
        CASE WHEN m.payment_state = 'in_payment'
             THEN abs(m.amount_residual)
             ELSE COALESCE(pending.amount, 0.0) END AS amount_pending
        """,
        handed_over=HANDED_OVER,
        disputed=_DISPUTED,
        promised=_agreed("promised"),
        planned=_agreed("planned"),
        waiting=_agreed("waiting"),
    )


def _state_columns(env):
    """Return the columns of an item's holds, and of its position on the ladder."""
    return SQL(
        """
        l.amount_residual_currency > 0
            AND (a.non_trade IS TRUE OR %(left_out)s
                 OR (COALESCE(l.no_followup, FALSE)
                     AND NOT (j.type = 'general' AND c.chase_entries)))
            AS is_excluded,
        l.amount_residual_currency < 0
            AND (a.non_trade IS TRUE
                 OR (COALESCE(l.no_followup, FALSE) AND j.type <> 'general'))
            AS is_kept_apart,
        (COALESCE(m.is_move_sent, FALSE)
            OR m.move_type NOT IN ('out_invoice', 'out_refund', 'out_receipt'))
            AND bounced.id IS NULL AND NOT %(rejected)s AS is_sent,
        sent.on_date AS sent_on,
        m.reversed_entry_id,
        m.origin_payment_id,
        COALESCE(h.taken, o.taken) AS taken_delay,
        COALESCE(h.taken_on, o.taken_on) AS taken_on,
        GREATEST(COALESCE(h.date_given, o.date_given), talk.date_given)
            AS date_given,
        GREATEST(h.again_on, CASE WHEN NOT agreed.active THEN agreed.again_on END)
            AS again_on,
        COALESCE(agreed.at_once, FALSE)
            AND COALESCE(h.taken_on < agreed.at_once_on, TRUE) AS at_once,
        h.outbox,
        l.amount_residual_currency > 0
            AND (l.amount_residual <= 0
                 OR (l.amount_residual <= c.small_amount
                     AND l.amount_residual_currency < l.amount_currency
                     AND l.amount_residual_currency
                         <= c.small_share * l.amount_currency))
            OR %(discount)s AS is_small,
        %(discount)s AS is_discount,
        %(attention)s AS attention,
        %(broken)s AS is_broken
        """,
        left_out=LEFT_OUT,
        rejected=_rejected(env),
        attention=_ATTENTION,
        broken=_BROKEN,
        discount=_DISCOUNT,
    )


#: Whether the residual of an item is its early-payment discount, taken only slightly
#: too late, so that it is written off. In a CASE: nearly no item has such a discount.
_DISCOUNT = SQL(
    """CASE WHEN l.discount_date IS NULL
                 OR l.amount_residual_currency <= 0
                 OR abs(l.amount_residual_currency
                        - l.amount_currency + l.discount_amount_currency)
                    > 1.5 / 10 ^ cur.decimal_places
            THEN FALSE
            ELSE COALESCE((SELECT max(pay.date) <= l.discount_date + c.discount_days
                             FROM account_partial_reconcile r
                             JOIN account_move_line pay ON pay.id = r.credit_move_id
                            WHERE r.debit_move_id = l.id), FALSE) END"""
)


#: Debtors are among the first eight joins, which PostgreSQL reorders: otherwise a list
#: of one debtor's items would read the whole ledger.
_LEDGER = SQL(
    """account_move_line l
          JOIN c ON c.id = l.company_id
          LEFT JOIN res_partner p ON p.id = l.partner_id
          LEFT JOIN ar_debtor d
            ON d.company_id = c.root_id AND d.partner_id = p.commercial_partner_id
          JOIN account_account a
            ON a.id = l.account_id AND a.account_type = 'asset_receivable'
          JOIN account_move m ON m.id = l.move_id
          JOIN account_journal j ON j.id = l.journal_id
          JOIN res_currency cur ON cur.id = l.currency_id
          LEFT JOIN res_partner cp ON cp.id = p.commercial_partner_id"""
)


def _of_debtors(env, debtor_ids):
    """Return the joins for some debtors, with the debtors first.

    PostgreSQL reorders up to eight joins (join_collapse_limit): with debtors last, each
    slice would read the whole ledger. Its statistics may be missing or wrong for tables
    filled since the last ANALYZE, as in the middle of an import: it would expect a few
    rows, and compare each of ten thousand with each notice. Therefore:

    * each table is read in a subquery of its own (OFFSET 0), for which the planner
      expects at least one row for each row before it, whatever the statistics say;
    * for many debtors, a series of one number that is estimated at a thousand rows
      makes nested loops as expensive in the plan as they are;
    * a CASE hides conditions that would be estimated as rare;
    * only used columns are read: with all of them it takes a fifth longer.
    """
    return SQL(
        """unnest(%(ids)s) asked(id)
          CROSS JOIN LATERAL (
               SELECT id, company_id, partner_id FROM ar_debtor
                WHERE ar_debtor.id = asked.id OFFSET 0) d
          CROSS JOIN LATERAL (
               SELECT id, active, country_id, lang FROM res_partner
                WHERE res_partner.id = d.partner_id OFFSET 0) cp
          CROSS JOIN LATERAL (
               SELECT id, commercial_partner_id FROM res_partner
                WHERE res_partner.commercial_partner_id = cp.id OFFSET 0) p
          CROSS JOIN LATERAL (
               SELECT id, move_id, move_name, partner_id, account_id, journal_id,
                      company_id, currency_id, company_currency_id, date,
                      date_maturity, create_date, parent_state, reconciled,
                      no_followup, amount_currency, amount_residual,
                      amount_residual_currency, discount_date,
                      discount_amount_currency
                 FROM account_move_line aml
                WHERE aml.partner_id = p.id
                  AND aml.parent_state = 'posted'
                  AND aml.reconciled IS NOT TRUE
                  AND aml.amount_residual_currency <> 0
               OFFSET 0) l
          JOIN account_account a
            ON a.id = l.account_id
           AND CASE WHEN a.account_type = 'asset_receivable' THEN TRUE END
          JOIN c
            ON c.id = l.company_id AND CASE WHEN c.root_id = d.company_id THEN TRUE END
          CROSS JOIN LATERAL (
               SELECT id, move_type, ref, invoice_date, create_date, payment_state,
                      amount_residual, is_move_sent, reversed_entry_id,
                      origin_payment_id, partner_bank_id, %(peppol)s %(series)s
                 FROM account_move WHERE account_move.id = l.move_id OFFSET 0) m
          JOIN account_journal j ON j.id = l.journal_id
          JOIN res_currency cur ON cur.id = l.currency_id""",
        ids=id_array(dict.fromkeys(debtor_ids)),
        peppol=SQL("peppol_move_state,") if _has_peppol(env) else SQL(),
        series=SQL("generate_series(id, id)") if len(debtor_ids) > FEW else SQL("NULL"),
    )


_NOTICES = SQL(
    """ar_notice_line nl
       JOIN ar_notice n ON n.id = nl.notice_id
       JOIN account_move_line own ON own.id = nl.move_line_id"""
)


def _notices_to(debtor_ids):
    """Return the joins for the notices to some debtors, as in _of_debtors()."""
    return SQL(
        """unnest(%s) noticed(id)
           CROSS JOIN LATERAL (
                SELECT id, debtor_id, state, date, sent_on, date_given, again_on
                  FROM ar_notice WHERE ar_notice.debtor_id = noticed.id OFFSET 0) n
           CROSS JOIN LATERAL (
                SELECT move_line_id, step_id, role, date_due, delay_days, taken, active
                  FROM ar_notice_line WHERE ar_notice_line.notice_id = n.id OFFSET 0) nl
           CROSS JOIN LATERAL (
                SELECT date, date_maturity FROM account_move_line
                 WHERE account_move_line.id = nl.move_line_id OFFSET 0) own""",
        id_array(dict.fromkeys(debtor_ids)),
    )


def _companies(env, date):
    """Return a row of VALUES for each company, with its date: SQL never uses now()."""
    rows = []
    for company in env["res.company"].sudo().with_context(active_test=False).search([]):
        root = company._ar_root()
        partner = company.partner_id
        rows.append(
            SQL(
                "(%s, %s, %s::date, %s, %s, %s, %s::numeric, %s::numeric, %s::int)",
                company.id,
                root.id,
                date or root._ar_today(),
                root.ar_chase_entries,
                bool(partner.country_id),
                bool(partner.lang),
                root.ar_small_amount,
                root.ar_small_percent / 100,
                root.ar_discount_days,
            )
        )
    return SQL(", ").join(rows)


def _bucket(days):
    branches = SQL(" ").join(
        SQL("WHEN %s <= %s THEN %s", days, last, key)
        for key, last in BUCKETS
        if last is not None
    )
    return SQL("CASE %s ELSE %s END", branches, BUCKETS[-1][0])


def _agreed(hold):
    """Return SQL for the open part of an amount agreed for an item.

    Payments since the start reduce it; a returned payment does not.
    """
    return SQL(
        """CASE WHEN agreed.hold = %s AND l.amount_residual_currency > 0
                     AND COALESCE(c.today <= agreed.until, TRUE)
                THEN LEAST(l.amount_residual_currency,
                           GREATEST(agreed.amount
                                    - GREATEST(agreed.amount_start
                                               - l.amount_residual_currency, 0), 0))
                ELSE 0.0 END""",
        hold,
    )


def _has_peppol(env):
    return "peppol_move_state" in env["account.move"]._fields


def _rejected(env):
    """Return SQL that is true for an invoice rejected by the e-invoicing network."""
    if _has_peppol(env):
        return SQL("COALESCE(m.peppol_move_state, '') = 'error'")
    return SQL("FALSE")


#: The share of a pending payment for one of its invoices: its amount counts once,
#: oldest invoice first, as Odoo reconciles it. A payment of a single invoice less its
#: early-payment discount is for the whole invoice, if it was begun in time: one day
#: more, because the last day ends later west of UTC.
_SHARE = SQL(
    """CASE WHEN count(*) OVER (PARTITION BY t.id) = 1
                 AND EXISTS (SELECT 1 FROM account_move_line dl
                              WHERE dl.move_id = inv.id
                                AND dl.display_type = 'payment_term'
                                AND dl.discount_date + 1 >= t.create_date::date
                                AND dl.amount_residual_currency = dl.amount_currency
                                AND t.amount >= dl.discount_amount_currency)
            THEN inv.amount_residual
            ELSE LEAST(inv.amount_residual,
                       GREATEST(t.amount + inv.amount_residual
                                - sum(inv.amount_residual) OVER (
                                      PARTITION BY t.id
                                      ORDER BY inv.invoice_date_due, inv.id), 0))
            END"""
)
#: Several disputes on one item count up to its residual.
_DISPUTED = SQL(
    """GREATEST(LEAST(COALESCE(held.disputed, 0.0), l.amount_residual_currency), 0.0)"""
)
_ATTENTION = SQL(
    """CASE WHEN l.partner_id IS NULL THEN 'no_partner'
            WHEN NOT cp.active THEN 'archived_partner'
            WHEN NOT cur.active THEN 'archived_currency'
            WHEN cp.country_id IS NULL THEN 'no_country'
            WHEN cp.lang IS NULL THEN 'no_language' END"""
)
_BROKEN = SQL(
    """(l.partner_id IS NULL OR NOT cp.active OR NOT cur.active
        OR (cp.country_id IS NULL AND NOT c.has_country)
        OR (cp.lang IS NULL AND NOT c.has_lang))"""
)
#: The position of an item, from the notices to its debtor ("Position kept"). Lines for
#: an earlier due date no longer count if a person moved the date later: the item starts
#: afresh. A step whose day was moved later since then is not repeated.
_HISTORY = SQL(
    """max(GREATEST(nl.delay_days, step.delay_days))
           FILTER (WHERE nl.taken AND n.state <> 'proposed') AS taken,
       max(COALESCE(n.sent_on, n.date))
           FILTER (WHERE nl.taken AND n.state <> 'proposed'
                   AND nl.delay_days IS NOT NULL) AS taken_on,
       max(n.date_given)
           FILTER (WHERE n.state = 'sent' AND nl.role = 'about') AS date_given,
       max(n.again_on) FILTER (WHERE n.state = 'cancelled') AS again_on,
       CASE min(CASE n.state WHEN 'failed' THEN 1 WHEN 'sending' THEN 2
                             WHEN 'ready' THEN 3 WHEN 'proposed' THEN 4 END)
                FILTER (WHERE nl.active)
            WHEN 1 THEN 'failed' WHEN 2 THEN 'sending'
            WHEN 3 THEN 'ready' WHEN 4 THEN 'proposed' END AS outbox"""
)
#: An item made when its invoice was edited takes over the position of another item of
#: the invoice, deleted or not: the one with the nearest due date.
_ORPHAN = SQL(
    """SELECT max(GREATEST(nl.delay_days, step.delay_days)) AS taken,
              max(COALESCE(n.sent_on, n.date)) AS taken_on,
              max(n.date_given) FILTER (WHERE n.state = 'sent' AND nl.role = 'about')
                  AS date_given
         FROM (SELECT gone.* FROM ar_notice_line gone
                WHERE gone.move_id = l.move_id AND gone.move_line_id IS NULL
                UNION ALL
               SELECT stays.* FROM ar_notice_line stays
                WHERE l.create_date > m.create_date
                  AND stays.move_id = l.move_id AND stays.move_line_id <> l.id
              ) nl
         JOIN ar_notice n ON n.id = nl.notice_id
         LEFT JOIN ar_ladder_step step ON step.id = nl.step_id
        WHERE nl.taken
          AND n.state <> 'proposed'
          AND n.debtor_id = d.id
          AND (nl.move_line_id IS NULL OR n.create_date < l.create_date)
        GROUP BY nl.date_due
        ORDER BY abs(nl.date_due - COALESCE(l.date_maturity, l.date)), nl.date_due
        LIMIT 1"""
)
#: The same for a full read, only for items that can need it. In a CASE: a lateral join
#: that finds nothing still costs a full read a fifth of its time.
_ORPHAN_ALL = SQL(
    """LEFT JOIN LATERAL (
           SELECT CASE WHEN h.taken IS NULL
                            AND (l.create_date > m.create_date
                                 OR l.move_id IN (SELECT gone.move_id FROM gone))
                       THEN (SELECT ARRAY[s.taken::text, s.taken_on::text,
                                          s.date_given::text] FROM (%s) s)
                  END AS old
       ) kept ON TRUE
       LEFT JOIN LATERAL (
           SELECT kept.old[1]::int AS taken, kept.old[2]::date AS taken_on,
                  kept.old[3]::date AS date_given
       ) o ON TRUE""",
    _ORPHAN,
)


def _lateral_parts(env):
    recent = _recent(env)
    return {
        "ctes": SQL(),
        "history": SQL(
            """LEFT JOIN LATERAL (
                   SELECT nl.move_line_id AS id, %s
                     FROM ar_notice_line nl
                     JOIN ar_notice n ON n.id = nl.notice_id
                     LEFT JOIN ar_ladder_step step ON step.id = nl.step_id
                    WHERE nl.move_line_id = l.id
                      AND n.debtor_id = d.id
                      AND nl.date_due >= COALESCE(l.date_maturity, l.date)
                    GROUP BY nl.move_line_id
               ) h ON TRUE""",
            _HISTORY,
        ),
        "orphan": SQL("LEFT JOIN LATERAL (%s) o ON h.taken IS NULL", _ORPHAN),
        "pending": SQL(
            """LEFT JOIN LATERAL (
                   SELECT sum(x.share) AS amount
                     FROM (SELECT r.invoice_id, %s AS share
                             FROM account_invoice_transaction_rel mine
                             JOIN payment_transaction t
                               ON t.id = mine.transaction_id
                             JOIN account_invoice_transaction_rel r
                               ON r.transaction_id = t.id
                             JOIN account_move inv ON inv.id = r.invoice_id
                            WHERE mine.invoice_id = l.move_id AND %s) x
                    WHERE x.invoice_id = l.move_id
               ) pending ON TRUE""",
            _SHARE,
            _pending_where(env),
        ),
        "sent": SQL(
            """LEFT JOIN LATERAL (
                   SELECT max(msg.date)::date AS on_date
                     FROM mail_message msg
                    WHERE msg.res_id = l.move_id AND %s
               ) sent ON TRUE""",
            recent,
        ),
        "bounced": SQL(
            """LEFT JOIN LATERAL (%s AND msg.res_id = l.move_id LIMIT 1) bounced
               ON TRUE""",
            _BOUNCED,
        ),
        "held": lateral_held(),
    }


def _grouped_parts(env, debtor_ids):
    held_ctes, held_joins = grouped_held(debtor_ids)
    return {
        "ctes": SQL(
            """, sent AS MATERIALIZED (
                   SELECT msg.res_id AS id, max(msg.date)::date AS on_date
                     FROM mail_message msg WHERE %s GROUP BY msg.res_id
               ), bounced AS MATERIALIZED (%s),
               pending AS MATERIALIZED (
                   SELECT x.invoice_id AS id, sum(x.share) AS amount
                     FROM (SELECT r.invoice_id, %s AS share
                             FROM account_invoice_transaction_rel r
                             JOIN payment_transaction t ON t.id = r.transaction_id
                             JOIN account_move inv ON inv.id = r.invoice_id
                            WHERE %s) x
                    GROUP BY x.invoice_id
               ), gone AS MATERIALIZED (
                   SELECT DISTINCT move_id FROM ar_notice_line
                    WHERE move_line_id IS NULL
               ) %s""",
            _recent(env),
            _BOUNCED,
            _SHARE,
            _pending_where(env),
            held_ctes,
        ),
        "history": SQL(
            """LEFT JOIN (
                   SELECT nl.move_line_id AS id, n.debtor_id, %s
                     FROM %s
                     LEFT JOIN ar_ladder_step step ON step.id = nl.step_id
                    WHERE nl.date_due >= COALESCE(own.date_maturity, own.date)
                    GROUP BY nl.move_line_id, n.debtor_id
               ) h ON h.id = l.id AND h.debtor_id = d.id""",
            _HISTORY,
            _NOTICES if debtor_ids is None else _notices_to(debtor_ids),
        ),
        "orphan": _ORPHAN_ALL,
        "pending": SQL("LEFT JOIN pending ON pending.id = l.move_id"),
        "sent": SQL("LEFT JOIN sent ON sent.id = l.move_id"),
        "bounced": SQL("LEFT JOIN bounced ON bounced.id = l.move_id"),
        "held": held_joins,
    }


def _pending_where(env):
    since = fields.Datetime.now() - timedelta(days=PENDING_DAYS)
    return SQL(
        """t.state IN ('pending', 'authorized')
           AND COALESCE(t.last_state_change, t.create_date) >= %s""",
        since,
    )


def _recent(env):
    """Return SQL for messages by which an invoice was sent recently.

    Messages have no index on their date: the last id created before the period bounds
    the scan instead. The creation date counts, because the date of a fetched message
    is whatever its sender wrote.
    """
    since = fields.Datetime.now() - timedelta(days=RECENT_DAYS)
    return SQL(
        """msg.model = 'account.move'
           AND msg.message_type IN ('comment', 'email_outgoing')
           AND msg.date >= %s
           AND msg.id > COALESCE((SELECT old.id FROM mail_message old
                                   WHERE old.create_date < %s
                                   ORDER BY old.id DESC LIMIT 1), 0)
           AND EXISTS (SELECT 1 FROM mail_notification note
                        WHERE note.mail_message_id = msg.id
                          AND note.notification_type = 'email')""",
        since,
        since,
    )


#: An invoice whose last message by e-mail bounced has not arrived.
_BOUNCED = SQL(
    """SELECT DISTINCT msg.res_id AS id
         FROM mail_notification note
         JOIN mail_message msg ON msg.id = note.mail_message_id
        WHERE note.notification_status = 'bounce'
          AND msg.model = 'account.move'
          AND NOT EXISTS (SELECT 1 FROM mail_message later
                           JOIN mail_notification reached
                             ON reached.mail_message_id = later.id
                          WHERE later.model = 'account.move'
                            AND later.res_id = msg.res_id
                            AND later.id > msg.id
                            AND reached.notification_status = 'sent')"""
)
