"""Clears IP addresses and logs of links after 24 months."""

from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.transactions import in_turn, let_others_go_on
from ..signing.ar_signed import SIGNED

#: Months for which they can serve as evidence of who opened or signed a document.
LOG_MONTHS = 24
#: Rows in one transaction.
ROWS = 1000


class ArNotice(models.Model):
    _inherit = "ar.notice"

    _opened_idx = models.Index("(opened_at) WHERE opened_at IS NOT NULL")


class ArRetention(models.Model):
    _inherit = "ar.retention"

    @api.model
    def _clear_logs(self):
        """Delete IP addresses, browsers and logs of links, in slices.

        The signed document contains none of them, so that its SHA-256 does not change.
        """
        now = fields.Datetime.now()
        limit = fields.Datetime.subtract(now, months=LOG_MONTHS)
        queries = [
            *self._log_queries(limit, fields.Datetime.subtract(now, days=1)),
            *self._signer_queries(limit),
        ]
        self.env.flush_all()
        for query in queries:
            let_others_go_on(self.env, partial(self._clear_all_of, query))
        self.env.invalidate_all(flush=False)

    def _log_queries(self, limit, day):
        """Return SQL that deletes a slice of each log.

        :param datetime.datetime limit: older entries are deleted
        :param datetime.datetime day: the same, for limits that count within a day
        """
        return [
            SQL(
                """UPDATE ar_notice SET opened_at = NULL WHERE id IN (
                       SELECT id FROM ar_notice WHERE opened_at < %s LIMIT %s
                          FOR NO KEY UPDATE SKIP LOCKED)""",
                limit,
                ROWS,
            ),
            # Old counters of a day, and old codes, are no longer needed
            SQL(
                """DELETE FROM ar_page_visit WHERE id IN (
                       SELECT id FROM ar_page_visit WHERE done_at < %s
                        LIMIT %s FOR UPDATE SKIP LOCKED)""",
                day,
                ROWS,
            ),
            SQL(
                """UPDATE ar_debtor SET code_hash = NULL, code_to = NULL,
                          code_until = NULL, code_tries = 0
                    WHERE id IN (
                       SELECT id FROM ar_debtor WHERE code_until < %s LIMIT %s
                          FOR NO KEY UPDATE SKIP LOCKED)""",
                day,
                ROWS,
            ),
            # Mails with a code or a new link
            SQL(
                """DELETE FROM mail_message WHERE id IN (
                       SELECT m.id FROM mail_message m
                        WHERE m.model = 'ar.debtor' AND m.date < %s
                          AND m.message_type = 'user_notification'
                          AND EXISTS (SELECT 1 FROM mail_mail x
                                       WHERE x.mail_message_id = m.id
                                         AND x.email_to <> '')
                        LIMIT %s FOR UPDATE SKIP LOCKED)""",
                limit,
                ROWS,
            ),
        ]

    def _signer_queries(self, limit):
        """Return SQL that deletes the IP addresses of a slice of old signatures."""
        queries = []
        for model in self.env.registry.values():
            if model._auto and not model._abstract and set(model._fields) >= SIGNED:
                queries.append(
                    SQL(
                        """UPDATE %(table)s SET signer_ip = NULL, signer_agent = NULL
                            WHERE id IN (
                               SELECT id FROM %(table)s
                                WHERE signed_at < %(limit)s
                                  AND (signer_ip IS NOT NULL
                                       OR signer_agent IS NOT NULL)
                                LIMIT %(rows)s FOR NO KEY UPDATE SKIP LOCKED)""",
                        table=SQL.identifier(model._table),
                        limit=limit,
                        rows=ROWS,
                    )
                )
        return queries

    def _clear_all_of(self, query):
        while in_turn(self.env, partial(self._clear_some, query)) == ROWS:
            pass

    def _clear_some(self, query):
        self.env.cr.execute(query, log_exceptions=False)
        return self.env.cr.rowcount
