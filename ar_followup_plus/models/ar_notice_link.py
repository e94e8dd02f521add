"""The pages of invoices that notices link to."""

from odoo import api, fields, models
from odoo.tools import SQL

from .transactions import CONFLICTS, in_turn, is_free

#: Invoices that get the token of their page in one transaction.
LINKS = 500
#: Whoever wrote an invoice within so many seconds may be about to write it again, and
#: would meet our writing as a conflict.
IN_HAND = 60
#: An invoice ``m`` whose page cannot be opened yet without a login.
BARE = SQL(
    "COALESCE(m.access_token, '') = '' AND m.move_type = 'out_invoice' "
    "AND m.state = 'posted'"
)
#: The invoices in e-mails that are ready.
READY = """SELECT nl.move_id FROM ar_notice n
             JOIN ar_notice_line nl ON nl.notice_id = n.id
            WHERE n.company_id = %s AND n.state = 'ready' AND n.channel = 'email'
              AND n.mail_message_id IS NULL"""
#: All invoices that are open.
OPEN = """SELECT l.move_id FROM account_move_line l
            JOIN account_account a
              ON a.id = l.account_id AND a.account_type = 'asset_receivable'
            JOIN res_company c ON c.id = l.company_id
           WHERE split_part(c.parent_path, '/', 1)::int = %s
             AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE"""


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _make_links(self, company, source):
        """Give invoices the token of their page, where sending them gave them none.

        In short transactions, never in the one that makes the mails: who works on an
        invoice must not wait for those. Invoices in use, or just written, are left for the next time.

        :param str source: READY or OPEN
        """
        self.env.flush_all()
        try:
            while in_turn(self.env, lambda: self._make_some_links(company, source)):
                pass
        except CONFLICTS:
            return  # they are in use

    def _make_some_links(self, company, source):
        rows = self.env.execute_query(
            SQL(
                """WITH bare AS (
                       SELECT m.id FROM account_move m
                        WHERE %(bare)s AND m.id IN (%(source)s)
                          AND (%(alone)s OR m.write_date < %(before)s)
                        LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
                   UPDATE account_move m SET access_token = gen_random_uuid()::text
                     FROM bare WHERE bare.id = m.id RETURNING m.id""",
                bare=BARE,
                source=SQL(source, company.id),
                limit=LINKS,
                alone=not is_free(self.env),
                before=fields.Datetime.subtract(fields.Datetime.now(), seconds=IN_HAND),
            )
        )
        moves = self.env["account.move"].browse([row[0] for row in rows])
        moves.invalidate_recordset(["access_token"], flush=False)
        return len(moves) == LINKS

    @api.model
    def _make_all_links(self):
        """Prepare the links at night, when nobody works on the invoices."""
        companies = self.env["res.company"].search(
            [("parent_id", "=", False), ("ar_state", "in", ("ask", "live"))]
        )
        for company in companies:
            self._make_links(company, OPEN)
