"""What was done on customers' pages was one JSON column; it becomes rows.

The keys of customers' links go from the texts that colleagues read.
"""

from odoo.addons.ar_followup_plus.tools.link_keys import KEYS_SQL


def migrate(cr, version):
    cr.execute(
        """SELECT 1 FROM information_schema.columns
            WHERE table_name = 'ar_debtor' AND column_name = 'page_log'"""
    )
    if cr.fetchone():
        # "said" is a hash and a moment, the others are lists of moments
        cr.execute(
            """INSERT INTO ar_page_visit (debtor_id, company_id, kind, done_at, digest)
               SELECT d.id, d.company_id, k.key,
                      to_timestamp(m.value::float) AT TIME ZONE 'UTC', NULL
                 FROM ar_debtor d, jsonb_each(d.page_log) k,
                      jsonb_array_elements_text(k.value) m
                WHERE k.key IN ('mails', 'messages', 'answers', 'copies')
               UNION ALL
               SELECT d.id, d.company_id, 'said',
                      to_timestamp((d.page_log -> 'said' ->> 1)::float)
                      AT TIME ZONE 'UTC',
                      d.page_log -> 'said' ->> 0
                 FROM ar_debtor d WHERE d.page_log ? 'said'"""
        )
    cr.execute(KEYS_SQL)
