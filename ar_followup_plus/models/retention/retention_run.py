"""Does a retention list: deletes or anonymises its records in slices."""

from odoo import fields, models
from odoo.tools import SQL

from ..signature.ar_guarded import KEY
from .retention_kinds import OUR_FILES, bars_sql, kinds, released_sql

#: Fields with what colleagues wrote on a customer, and what is said about one in words.
WORDS = (
    "stop_note",
    "snooze_reason",
    "hold_note",
    "hold_released_note",
    "call_draft",
    "statement_note",
)
#: Records in one transaction.
AT_ONCE = 500


class ArNotice(models.Model):
    _inherit = "ar.notice"

    # Indexed, because the referenced records are deleted
    copies_id = fields.Many2one(index="btree_not_null")


class ArAnswer(models.Model):
    _inherit = "ar.answer"

    dispute_id = fields.Many2one(index="btree_not_null")
    plan_id = fields.Many2one(index="btree_not_null")


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    supersedes_id = fields.Many2one(index="btree_not_null")


class ArRetention(models.Model):
    _inherit = "ar.retention"

    def _do_some(self):
        """Do a slice of the list, in a constant number of SQL statements, then commit.

        A record is taken off the list in the same transaction, so that a killed process
        leaves it on the list.
        """
        self._lock()
        if self.state != "running":
            return
        line = next(
            (one for one in self.line_ids if one.done + one.kept < one.records), None
        )
        if not line:
            self._end()
            return
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM ar_retention_item WHERE id IN (
                       SELECT id FROM ar_retention_item
                        WHERE retention_id = %s AND kind = %s ORDER BY id LIMIT %s)
                   RETURNING res_id, debtor_id""",
                self.id,
                line.kind,
                AT_ONCE,
            )
        )
        if not rows:  # some were deleted with their customer
            line.kept = line.records - line.done
            return
        kind = kinds(self.env)[line.kind]
        ids = self._lock_released(kind, rows)
        if ids:
            if self.how == "anonymise" and kind.clear:
                self._make_nameless(kind, ids)
            else:
                self._delete(kind, ids)
        line.write(
            {"done": line.done + len(ids), "kept": line.kept + len(rows) - len(ids)}
        )
        self.env.flush_all()
        self.env.invalidate_all(flush=False)

    def _end(self):
        self._forget_items()
        if self.scope == "person":
            self._clear_words()
        self.write({"state": "done", "done_at": fields.Datetime.now()})

    def _clear_words(self):
        """Empty the notes of colleagues on customers without open records.

        Do-not-contact stays, because it protects the person.
        """
        debtor = self.env["ar.debtor"].with_context(active_test=False)
        debtor = debtor.search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
            ]
        )
        bars = dict(self.env.execute_query(bars_sql(debtor.ids, self.closed_by)))
        if debtor and not bars.get(debtor.id):
            self.env.cr.execute(
                SQL(
                    "UPDATE ar_debtor SET %s WHERE id = %s",
                    _empty(WORDS),
                    debtor.id,
                )
            )

    def _lock_released(self, kind, rows):
        """Lock the records of a slice that are still unneeded, and return their ids.

        A payment may have been undone, or an invoice reset, since the list was made.
        """
        debtor_ids = list({debtor_id for _id, debtor_id in rows if debtor_id})
        bars = dict(self.env.execute_query(bars_sql(debtor_ids, self.closed_by)))
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """SELECT r.id FROM %(table)s r
                         JOIN unnest(%(ids)s::int[], %(bars)s::date[]) bar(id, day)
                           ON bar.id = r.id
                        WHERE %(released)s ORDER BY r.id FOR UPDATE OF r""",
                    table=SQL.identifier(kind.table),
                    ids=[row[0] for row in rows],
                    bars=[bars.get(row[1]) for row in rows],
                    released=released_sql(kind, self.closed_by),
                )
            )
        ]

    # === DELETE === #

    def _delete(self, kind, ids):
        """Delete records with their messages and files."""
        if kind.model == "ar.late.charge":
            self.env["ar.late.charge"].browse(ids)._settle_for_good(self.closed_by)
        messages = self._messages_of(kind, ids)
        files = self._files_of(kind, ids, messages)
        # The entries stay, so that the chain does: they say that it was removed
        self.env["ar.proof"]._renew(kind.model, ids, "removed")
        self.env["ar.proof"]._renew("mail.message", messages, "removed")
        self._cut_off(kind, ids)
        if kind.model != "ir.attachment":
            self._delete_rows(kind.table, ids)
        self._delete_rows("mail_message", messages)
        # The ORM marks the files for the garbage collector of the file store. Only this
        # context allows deleting evidence.
        self.env["ir.attachment"].sudo().with_context(ar_evidence=KEY).browse(
            files
        ).unlink()

    def _delete_rows(self, table, ids):
        if ids:
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(table), ids)
            )

    def _messages_of(self, kind, ids):
        """Return the ids of the messages of records, to delete with them."""
        if kind.model == "mail.message":
            return []
        query = SQL(
            "SELECT id FROM mail_message WHERE model = %s AND res_id = ANY(%s)",
            kind.model,
            ids,
        )
        if kind.model == "ar.notice":
            query = SQL(
                """%s UNION SELECT mail_message_id FROM ar_notice
                             WHERE id = ANY(%s) AND mail_message_id IS NOT NULL""",
                query,
                ids,
            )
        return [row[0] for row in self.env.execute_query(query)]

    def _files_of(self, kind, ids, messages):
        """Return the ids of our files attached to records or to their messages."""
        if kind.model == "ir.attachment":
            return ids
        shown = messages if kind.model != "mail.message" else ids
        spooled = []
        if kind.model == "ar.evidence":  # a failed pack has kept its files
            spooled = [
                row[0]
                for row in self.env.execute_query(
                    SQL(
                        """SELECT a.id FROM ir_attachment a
                             JOIN ar_evidence_file f ON f.id = a.res_id
                            WHERE a.res_model = 'ar.evidence.file'
                              AND f.evidence_id = ANY(%s)""",
                        ids,
                    )
                )
            ]
        return spooled + [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """SELECT id FROM ir_attachment
                        WHERE res_model = %(model)s AND res_id = ANY(%(ids)s)
                        UNION
                       SELECT a.id FROM message_attachment_rel r
                         JOIN ir_attachment a ON a.id = r.attachment_id
                        WHERE r.message_id = ANY(%(messages)s)
                          AND a.res_model = ANY(%(ours)s)
                          AND NOT EXISTS (
                              SELECT 1 FROM message_attachment_rel other
                               WHERE other.attachment_id = a.id
                                 AND other.message_id <> ALL(%(messages)s))
                          AND NOT EXISTS (
                              SELECT 1 FROM ar_notice_ir_attachment_rel other
                               WHERE other.ir_attachment_id = a.id
                                 AND %(others)s)""",
                    model=kind.model,
                    ids=ids,
                    messages=shown,
                    ours=list(OUR_FILES),
                    others=SQL("other.ar_notice_id <> ALL(%s)", ids)
                    if kind.model == "ar.notice"
                    else SQL("TRUE"),
                )
            )
        ]

    def _cut_off(self, kind, ids):
        """Empty the references of other records to these."""
        for table in ("mail_activity", "mail_followers"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE res_model = %s AND res_id = ANY(%s)",
                    SQL.identifier(table),
                    kind.model,
                    ids,
                )
            )
        self.env.cr.execute(
            SQL(
                "DELETE FROM mail_activity WHERE ar_about = ANY(%s)",
                [f"{kind.model},{record_id}" for record_id in ids],
            )
        )
        for table, column in self._leading_to(kind.model):
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s = NULL "
                    "WHERE %(column)s = ANY(%(ids)s)",
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    ids=ids,
                )
            )

    def _leading_to(self, comodel):
        """Return our ``(table, column)`` pairs that may refer to a model."""
        return [
            (model._table, field.name)
            for model in self.env.registry.values()
            if model._original_module.startswith("ar_followup_plus")
            and model._auto
            and not model._abstract
            and not model._transient
            for field in model._fields.values()
            if field.type == "many2one"
            and field.store
            and field.column_type
            and field.comodel_name == comodel
            and not field.required
            and field.ondelete != "cascade"
        ]

    # === MAKE ANONYMOUS === #

    def _make_nameless(self, kind, ids):
        """Keep the figures, and empty references to customers and invoices."""
        messages = self._messages_of(kind, ids)
        files = self._files_of(kind, ids, messages)
        # The entries stay, so that the chain does: they say that it was removed
        self.env["ar.proof"]._renew(kind.model, ids, "removed")
        self.env["ar.proof"]._renew("mail.message", messages, "removed")
        self._cut_off(kind, ids)
        for table, column, names in kind.lines:
            query = SQL("DELETE FROM %s", SQL.identifier(table))
            if names:
                query = SQL("UPDATE %s SET %s", SQL.identifier(table), _empty(names))
            self.env.cr.execute(
                SQL("%s WHERE %s = ANY(%s)", query, SQL.identifier(column), ids)
            )
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET debtor_id = %s, %s WHERE id = ANY(%s)",
                SQL.identifier(kind.table),
                self.company_id._ar_nameless().id,
                _empty(kind.clear),
                ids,
            )
        )
        self._delete_rows("mail_message", messages)
        self.env["ir.attachment"].sudo().with_context(ar_evidence=KEY).browse(
            files
        ).unlink()


def _empty(names):
    return SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names)
