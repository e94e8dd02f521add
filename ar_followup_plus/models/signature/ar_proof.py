"""The register of evidence: a chain of checksums that reveals silent changes.

One entry for each event from which a record is evidence. Each entry contains the checksum
of the record and the hash of the previous entry of the company. Sending a notice writes
no entry: a scheduled action reads new records, in one SQL statement for each kind, and
appends them. Until then a record is shown as not yet registered.
"""

import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime

from ...tools.transactions import in_turn, only_one
from ..company.roles import require_manager
from .ar_guarded import KEY, THREADS, Event, is_guarded

#: Key of the advisory lock under which entries are appended.
PROOF_LOCK = 0x0A30
#: Entries that one SQL statement appends or checks.
AT_ONCE = 5000
#: Records whose files are checked before the table is read again.
FILES_AT_ONCE = 100
#: The hash before the first entry of a company.
START = "0" * 64
#: The content of entries whose record the retention job removed.
REMOVED = hashlib.sha256(b"removed").hexdigest()
#: Maximum differences in a message on the screen.
MOST_NAMED = 20
#: Messages have entries like records; ours after they were sent.
MESSAGE_FIELDS = (
    "model",
    "res_id",
    "ar_origin",
    "message_type",
    "email_from",
    "date",
    "subject",
    "body",
    "is_internal",
    "ar_file_sums",
)
MESSAGE_COMPANY = """COALESCE(
    (SELECT company_id FROM ar_debtor WHERE r.model = 'ar.debtor' AND id = r.res_id),
    (SELECT company_id FROM ar_dispute WHERE r.model = 'ar.dispute' AND id = r.res_id),
    (SELECT company_id FROM ar_unmatched_reply
      WHERE r.model = 'ar.unmatched.reply' AND id = r.res_id))"""
MESSAGE_LEFT = """r.ar_origin IS NOT NULL AND r.model = ANY(%s) AND (
    r.ar_origin IN ('email', 'page')
    OR r.ar_origin = 'written' AND r.message_type = 'comment'
    OR EXISTS (
        SELECT 1 FROM mail_mail mail
         WHERE mail.mail_message_id = r.id AND mail.state IN ('sent', 'exception')))"""


class ArProof(models.Model):
    _name = "ar.proof"
    _description = "Register of Evidence"
    _log_access = False
    _order = "company_id, sequence desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(
        string="Entry", readonly=True, aggregator=None, help="Empty: not chained yet."
    )
    model = fields.Char(string="Kind of record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", required=True, readonly=True
    )
    event = fields.Selection(
        [
            ("sent", "Sent"),
            ("printed", "Printed"),
            ("posted", "Posted"),
            ("published", "Published"),
            ("answered", "Accepted or declined"),
            ("signed", "Signed"),
            ("opened", "Opened"),
            ("closed", "Closed"),
            ("received", "Received"),
            ("message", "Message"),
        ],
        required=True,
        readonly=True,
    )
    act = fields.Selection(
        [
            ("made", "First entry"),
            ("again", "Moved or completed by the follow-up"),
            ("removed", "Removed by retention"),
        ],
        string="Why",
        required=True,
        readonly=True,
    )
    date = fields.Datetime(string="Entered on", readonly=True)
    content_sha256 = fields.Char(string="SHA-256 of the record", readonly=True)
    previous_sha256 = fields.Char(string="Hash of the entry before", readonly=True)
    sha256 = fields.Char(string="Hash of this entry", readonly=True)

    _sequence_unique = models.Constraint(
        "UNIQUE (company_id, sequence)", "Entries of a company are numbered."
    )
    _record_idx = models.Index("(model, res_id, event)")
    _pending_idx = models.Index("(id) WHERE sequence IS NULL")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_key()
        return super().create(vals_list)

    def write(self, vals):
        """Refuse to change the register, even for the superuser.

        :raise AccessError: always
        """
        self._check_key()
        return super().write(vals)

    def unlink(self):
        self._check_key()
        return super().unlink()

    def _check_key(self):
        if self.env.context.get("ar_evidence") is not KEY:
            raise AccessError(
                self.env._("The register of evidence is written by the server alone.")
            )

    # === CHECKSUMS === #

    @api.model
    def _kinds(self):
        """Return ``[(model, event)]`` of all kinds of entries."""
        kinds = [
            (self.env[name], event)
            for name, model in sorted(self.env.registry.items())
            if is_guarded(model) and model._auto and not model._abstract
            for event in model._ar_events
        ]
        return [
            *kinds,
            (self.env["mail.message"], Event("message", [], MESSAGE_FIELDS)),
        ]

    @api.model
    def _content_sql(self, model, event):
        """Return SQL for the SHA-256 of a row ``r``.

        All values as JSON in a fixed order, so that anybody can compute it again.
        """
        parts = []
        for name in event.fields:
            field, column = model._fields[name], SQL("r.%s", SQL.identifier(name))
            if field.type == "binary":
                column = SQL("encode(sha256(%s), 'hex')", column)
            parts.append(SQL("%s, %s", SQL("%s::text", name), column))
        for table, parent, names in event.lines:
            parts.append(
                SQL(
                    """%s::text, (SELECT jsonb_agg(jsonb_build_array(%s) ORDER BY l.id)
                                    FROM %s l WHERE l.%s = r.id)""",
                    table,
                    SQL(", ").join(SQL("l.%s", SQL.identifier(one)) for one in names),
                    SQL.identifier(table),
                    SQL.identifier(parent),
                )
            )
        return SQL(
            "encode(sha256(convert_to(jsonb_build_object(%s)::text, 'UTF8')), 'hex')",
            SQL(", ").join(parts),
        )

    @api.model
    def _new_sql(self, model, event):
        """Return SQL for records without an entry: company, model, id, event, content."""
        company, where = SQL("r.company_id"), SQL("TRUE")
        if model._name == "mail.message":
            company = SQL(MESSAGE_COMPANY)
            where = SQL(MESSAGE_LEFT, list(THREADS))
        elif event.domain:
            records = model.sudo().with_context(active_test=False)
            where = SQL("r.id IN %s", records._search(event.domain).subselect())
        return SQL(
            """SELECT %(company)s AS company_id, %(model)s::text AS model,
                      r.id AS res_id, %(event)s::text AS event, %(content)s AS content
                 FROM %(table)s r
                WHERE %(where)s AND NOT EXISTS (
                      SELECT 1 FROM ar_proof p
                       WHERE p.model = %(model)s AND p.res_id = r.id
                         AND p.event = %(event)s)""",
            company=company,
            model=model._name,
            event=event.name,
            content=self._content_sql(model, event),
            table=SQL.identifier(model._table),
            where=where,
        )

    @api.model
    def _all_new_sql(self):
        return SQL(
            "SELECT * FROM (%s) new WHERE company_id IS NOT NULL",
            SQL(" UNION ALL ").join(
                SQL("(%s)", self._new_sql(model, event))
                for model, event in self._kinds()
            ),
        )

    # === APPENDING === #

    @api.model
    def _cron_append(self):
        """Scheduled action: append entries in slices; one process at a time."""
        self = self.sudo()
        with only_one(self.env, PROOF_LOCK, 0) as mine:
            while mine and in_turn(self.env, self._append_some):
                pass

    @api.model
    def _append_some(self):
        """Append entries for a slice of new records, and of those our own code changed.

        :return: whether there may be more
        """
        self.env.flush_all()
        new = self.env.execute_query(SQL("%s LIMIT %s", self._all_new_sql(), AT_ONCE))
        pending = self.env.execute_query(
            SQL(
                """SELECT id, company_id, model, res_id, event, act FROM ar_proof
                    WHERE sequence IS NULL ORDER BY id LIMIT %s""",
                AT_ONCE,
            )
        )
        if not new and not pending:
            return False
        heads = {
            company: (sequence, digest)
            for company, sequence, digest in self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (company_id) company_id, sequence, sha256
                         FROM ar_proof WHERE sequence IS NOT NULL
                        ORDER BY company_id, sequence DESC"""
                )
            )
        }
        now = fields.Datetime.now()
        contents = self._contents(pending)
        rows = [(None, *row[:4], "made", row[4]) for row in sorted(new)]
        rows += [
            (
                row[0],
                *row[1:5],
                row[5],
                REMOVED if row[5] == "removed" else contents.get(row[0], ""),
            )
            for row in pending
        ]
        inserts, updates = [], []
        for row_id, company, model, res_id, event, act, content in rows:
            sequence, previous = heads.get(company, (0, START))
            sequence += 1
            digest = _link(
                previous, company, sequence, model, res_id, event, act, now, content
            )
            heads[company] = (sequence, digest)
            made = (sequence, now, content, previous, digest)
            if row_id:
                updates.append((row_id, *made))
            else:
                inserts.append((company, model, res_id, event, act, *made))
        self._write_chain(inserts, updates)
        self.invalidate_model()
        return len(new) == AT_ONCE or len(pending) == AT_ONCE

    def _write_chain(self, inserts, updates):
        """Write entries of the chain: new ones, and pending ones."""
        if inserts:
            self.env.execute_query(
                SQL(
                    """INSERT INTO ar_proof (company_id, model, res_id, event, act,
                              sequence, date, content_sha256, previous_sha256, sha256)
                       SELECT * FROM unnest(%s::int[], %s::text[], %s::int[],
                              %s::text[], %s::text[], %s::int[], %s::timestamp[],
                              %s::text[], %s::text[], %s::text[]) RETURNING id""",
                    *(list(column) for column in zip(*inserts, strict=True)),
                )
            )
        if updates:
            self.env.execute_query(
                SQL(
                    """UPDATE ar_proof p
                          SET sequence = n.sequence, date = n.date,
                              content_sha256 = n.content,
                              previous_sha256 = n.previous, sha256 = n.digest
                         FROM unnest(%s::int[], %s::int[], %s::timestamp[], %s::text[],
                              %s::text[], %s::text[])
                              n(id, sequence, date, content, previous, digest)
                        WHERE p.id = n.id RETURNING p.id""",
                    *(list(column) for column in zip(*updates, strict=True)),
                )
            )

    @api.model
    def _contents(self, pending):
        """Return the content of entries that are written again: ``{entry id: SHA-256}``."""
        found = {}
        for model, event in self._kinds():
            mine = {
                row[3]: row[0]
                for row in pending
                if (row[2], row[4]) == (model._name, event.name)
            }
            if mine:
                # Only the last of several entries of a record counts
                rows = self.env.execute_query(
                    SQL(
                        "SELECT r.id, %s FROM %s r WHERE r.id = ANY(%s)",
                        self._content_sql(model, event),
                        SQL.identifier(model._table),
                        list(mine),
                    )
                )
                found.update({mine[res_id]: content for res_id, content in rows})
        return found

    @api.model
    def _renew(self, model, res_ids, act="again"):
        """Request another entry for records that our own code moved or completed.

        Records without an entry need none: the first one will contain the change.

        :param str act: 'again', or 'removed' by the retention job
        """
        if not res_ids:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO ar_proof (company_id, model, res_id, event, act)
                   SELECT DISTINCT company_id, model, res_id, event, %s FROM ar_proof
                    WHERE model = %s AND res_id = ANY(%s)
                    ORDER BY res_id, event""",
                act,
                model,
                list(res_ids),
            )
        )

    @api.model
    def _renew_of_debtor(self, debtor):
        """Request another entry for all records of a customer, after a merge."""
        for model, event in self._kinds():
            where = SQL("r.debtor_id = %s", debtor.id)
            if model._name == "mail.message":
                where = SQL("r.model = 'ar.debtor' AND r.res_id = %s", debtor.id)
            elif "debtor_id" not in event.fields:
                continue
            rows = self.env.execute_query(
                SQL(
                    "SELECT r.id FROM %s r WHERE %s",
                    SQL.identifier(model._table),
                    where,
                )
            )
            self._renew(model._name, [row[0] for row in rows])

    # === VERIFYING === #

    @api.model
    def _verify(self, companies=None):
        """Check the chain, the records and their files.

        :param res.company companies: default: all with entries
        :return: ``{"companies": [...], "differences": [...]}``: for each company
            its name, number of entries, last hash and number of records without entry;
            and each difference in words
        """
        self.env.flush_all()
        self = self.sudo()
        domain = [("parent_id", "=", False)]
        if companies is not None:
            domain.append(("id", "in", companies.root_id.ids))
        known = self.env["res.company"].with_context(active_test=False).search(domain)
        waiting = dict(
            self.env.execute_query(
                SQL(
                    """SELECT company_id, count(*) FROM (
                          SELECT company_id FROM (%s) found
                          UNION ALL
                          SELECT company_id FROM ar_proof WHERE sequence IS NULL) x
                        GROUP BY company_id""",
                    self._all_new_sql(),
                )
            )
        )
        result = {"companies": [], "differences": []}
        for company in known:
            entries, head, differences = self._verify_chain(company)
            differences += self._verify_contents(company)
            differences += self._verify_files(company)
            result["differences"] += differences
            result["companies"].append(
                {
                    "company": company.name,
                    "entries": entries,
                    "head": head,
                    "waiting": waiting.get(company.id, 0),
                    "removed": self._count_removed(company),
                }
            )
        return result

    def _count_removed(self, company):
        return self.search_count(
            [("company_id", "=", company.id), ("act", "=", "removed")]
        )

    def _verify_chain(self, company):
        """Return the number of entries, the last hash, and the differences."""
        differences, count, last, previous = [], 0, 0, START
        while True:
            rows = self.env.execute_query(
                SQL(
                    """SELECT sequence, model, res_id, event, act, date,
                              content_sha256, previous_sha256, sha256
                         FROM ar_proof WHERE company_id = %s AND sequence > %s
                        ORDER BY sequence LIMIT %s""",
                    company.id,
                    last,
                    AT_ONCE,
                )
            )
            for sequence, model, res_id, event, act, date, content, before, own in rows:
                count += 1
                where = self._where(company, sequence, model, res_id)
                if sequence != last + 1:
                    differences.append(
                        self.env._(
                            "%(where)s: entries %(first)s to %(last)s are missing "
                            "before it.",
                            where=where,
                            first=last + 1,
                            last=sequence - 1,
                        )
                    )
                elif before != previous:
                    differences.append(
                        self.env._(
                            "%(where)s: it does not follow the entry before it, which "
                            "was changed.",
                            where=where,
                        )
                    )
                if own != _link(
                    before,
                    company.id,
                    sequence,
                    model,
                    res_id,
                    event,
                    act,
                    date,
                    content,
                ):
                    differences.append(
                        self.env._("%(where)s: the entry was changed.", where=where)
                    )
                last, previous = sequence, own
            if len(rows) < AT_ONCE:
                return count, previous, differences

    def _verify_contents(self, company):
        """Return the records that were deleted or changed after their entry."""
        differences = []
        for model, event in self._kinds():
            rows = self.env.execute_query(
                SQL(
                    """SELECT p.sequence, p.res_id, r.id IS NULL
                         FROM (SELECT DISTINCT ON (res_id) res_id, sequence, act,
                                      content_sha256
                                 FROM ar_proof
                                WHERE company_id = %(company)s AND model = %(model)s
                                  AND event = %(event)s
                                ORDER BY res_id, id DESC) p
                         LEFT JOIN %(table)s r ON r.id = p.res_id
                        WHERE p.sequence IS NOT NULL AND p.act <> 'removed'
                          AND (r.id IS NULL OR %(content)s <> p.content_sha256)
                        ORDER BY p.sequence""",
                    company=company.id,
                    model=model._name,
                    event=event.name,
                    table=SQL.identifier(model._table),
                    content=self._content_sql(model, event),
                )
            )
            for sequence, res_id, is_gone in rows:
                where = self._where(company, sequence, model._name, res_id)
                differences.append(
                    self.env._(
                        "%(where)s: the record was deleted, and not by retention.",
                        where=where,
                    )
                    if is_gone
                    else self.env._(
                        "%(where)s: the record does not say what was entered.",
                        where=where,
                    )
                )
        return differences

    def _verify_files(self, company):
        """Return the files that were deleted or changed after their entry."""
        differences = []
        for model in dict.fromkeys(model for model, _event in self._kinds()):
            name = "file_sums"
            owner = SQL("r.company_id")
            if model._name == "mail.message":
                name, owner = "ar_file_sums", SQL(MESSAGE_COMPANY)
            last = 0
            while True:
                rows = self.env.execute_query(
                    SQL(
                        """SELECT r.id, r.%(name)s FROM %(table)s r
                            WHERE r.id > %(last)s AND jsonb_typeof(r.%(name)s) = 'object'
                              AND %(owner)s = %(company)s
                            ORDER BY r.id LIMIT %(limit)s""",
                        name=SQL.identifier(name),
                        table=SQL.identifier(model._table),
                        last=last,
                        owner=owner,
                        company=company.id,
                        limit=FILES_AT_ONCE,
                    )
                )
                for res_id, sums in rows:
                    last = res_id
                    problem = self._file_problem(sums)
                    if problem:
                        where = self._where(company, None, model._name, res_id)
                        differences.append(f"{where}: {problem}")
                self.env.invalidate_all(flush=False)
                if len(rows) < FILES_AT_ONCE:
                    break
        return differences

    def _file_problem(self, sums):
        """Describe the first problem with the files of a record; None if there is none."""
        files = {
            file.id: file
            for file in self.env["ir.attachment"].sudo().browse(map(int, sums)).exists()
        }
        for file_id, digest in sums.items():
            file = files.get(int(file_id))
            if not file:
                return self.env._("a file was deleted, and not by retention.")
            content = file.with_prefetch().raw or b""
            file.invalidate_recordset(["raw", "datas"], flush=False)
            if hashlib.sha256(content).hexdigest() != digest:
                return self.env._(
                    "the file %(file)s is not what was noted.", file=file.name
                )
        return None

    def _where(self, company, sequence, model, res_id):
        name = self.env["ir.model"]._get(model).name or model
        if sequence is None:
            return self.env._(
                "%(company)s, %(model)s %(id)s",
                company=company.name,
                model=name,
                id=res_id,
            )
        return self.env._(
            "%(company)s, entry %(entry)s, %(model)s %(id)s",
            company=company.name,
            entry=sequence,
            model=name,
            id=res_id,
        )

    @api.model
    def action_verify(self, _ids=None):
        """Verify the register of the chosen companies, and report differences.

        :raise AccessError: for users who are not credit managers
        """
        require_manager(self.env)
        found = self._verify(self.env.companies)
        lines = self._report(found)
        good = not found["differences"]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if good else "danger",
                "sticky": not good,
                "title": self.env._("The register of evidence is sound")
                if good
                else self.env._(
                    "%(count)s differences in the register of evidence",
                    count=len(found["differences"]),
                ),
                "message": "\n".join(lines[: MOST_NAMED + len(found["companies"])]),
            },
        }

    @api.model
    def _report(self, found):
        """Return the result of :meth:`_verify` as lines of text."""
        lines = list(found["differences"])
        for one in found["companies"]:
            lines.append(
                self.env._(
                    "%(company)s: %(entries)s entries, %(removed)s of them for what "
                    "retention removed; %(waiting)s records are not entered yet. Hash "
                    "of the last entry: %(head)s",
                    **one,
                )
            )
        return lines

    # === READING === #

    @api.model
    def _missing(self, records):
        """Return how many of these records are evidence without an entry.

        :param list records: recordsets of models with entries
        """
        wanted = set()
        for some in records:
            for event in getattr(some, "_ar_events", ()):
                wanted |= {
                    (some._name, one.id, event.name)
                    for one in some.filtered_domain(event.domain)
                }
            if some._name == "mail.message":
                wanted |= {
                    (some._name, one.id, "message") for one in some if one.ar_origin
                }
        if not wanted:
            return 0
        models_, ids, _events = zip(*wanted, strict=True)
        known = set(
            self.env.execute_query(
                SQL(
                    """SELECT model, res_id, event FROM ar_proof
                        WHERE model = ANY(%s) AND res_id = ANY(%s)
                          AND sequence IS NOT NULL""",
                    list(set(models_)),
                    list(set(ids)),
                )
            )
        )
        return len(wanted - known)

    @api.model
    def _head_words(self, company):
        """Return the last entry of a company in words, to be stored elsewhere."""
        head = self.sudo().search(
            [("company_id", "=", company.root_id.id), ("sequence", "!=", False)],
            order="sequence desc",
            limit=1,
        )
        if not head:
            return self.env._("No entries yet")
        return self.env._(
            "Entry %(entry)s of %(day)s (UTC), hash %(hash)s",
            entry=head.sequence,
            day=format_datetime(self.env, head.date, tz="UTC"),
            hash=head.sha256,
        )

    def action_open_record(self):
        """Open the record of an entry.

        :raise UserError: if it was removed, or has no form
        """
        self.ensure_one()
        self.check_access("read")
        model, res_id = self.model, self.res_id
        if model == "mail.message":
            message = self.env[model].browse(res_id).exists()
            if message:
                message.check_access("read")
                model, res_id = message.model, message.res_id
        record = self.env[model].browse(res_id).exists()
        if not record:
            raise UserError(self.env._("The record was removed."))
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "views": [(False, "form")],
        }


def _link(previous, company, sequence, model, res_id, event, act, date, content):
    """Return the hash of an entry: of its values and the previous hash."""
    parts = (
        previous, company, sequence, model, res_id, event, act,
        fields.Datetime.to_string(date), content,
    )  # fmt: skip
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
