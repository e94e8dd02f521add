"""Collects the contents of an evidence pack, in a constant number of SQL statements.

The search starts at the customer (or the invoice), so that nothing of another customer
can be included. Files that a person attached to a record of another customer are left
out, and listed as such.

Notes of colleagues and their attachments are never in a pack. It contains the messages
that the customer got or wrote, according to the origin stored when they were sent or
received (``ar_origin``); a later change of author or type has no effect.
"""

from dataclasses import dataclass, field

from odoo import fields, models
from odoo.tools import SQL

from ...engine.statement_period import Period
from ..statement.statement import Statement
from .ar_evidence import SECTIONS

#: States of plans that were never offered or agreed: no evidence.
NOT_AGREED = ("draft",)
#: States of notices to include.
NOTICE_STATES = ("sent", "failed")


@dataclass
class Found:
    """The records of a pack, as superuser."""

    moves: models.Model
    notices: models.Model
    letters: models.Model
    logs: models.Model
    answers: models.Model
    disputes: models.Model
    plans: models.Model
    acceptances: models.Model
    charges: models.Model
    messages: models.Model
    #: Sentences about files that are left out
    notes: list = field(default_factory=list)


class ArEvidence(models.Model):
    _inherit = "ar.evidence"

    # === RECORDS === #

    def _found(self):
        """Return the records of the pack.

        :rtype: Found
        """
        self.ensure_one()
        mine = [("debtor_id", "=", self.debtor_id.id)]
        only = None
        disputes = self.env["ar.dispute"].search(mine, order="opened_on, id")
        if self.scope == "dispute":
            disputes = self.dispute_id
            only = disputes.move_id
        elif self.scope == "move":
            only = self.move_id
            disputes = disputes.filtered(lambda dispute: dispute.move_id in only)
        about = [] if only is None else [("line_ids.move_id", "in", only.ids)]
        notices = self.env["ar.notice"].search(
            [*mine, ("state", "in", NOTICE_STATES), *about], order="date, id"
        )
        answers = self.env["ar.answer"].search([*mine, *about], order="id")
        plans = self.env["ar.payment.plan"].search(
            [*mine, ("state", "not in", NOT_AGREED), *about], order="id"
        )
        charges = self.env["ar.late.charge"].search(
            [*mine] if only is None else [*mine, ("move_id", "in", only.ids)],
            order="date_from, id",
        )
        called = [("notice_id", "in", notices.ids)] if only is not None else []
        logs = self.env["ar.contact.log"].search([*mine, *called], order="date, id")
        Letter = self.env["ar.letter"]
        if only is None:  # letters beside the ladder are about the whole account
            Letter = Letter.search([*mine, ("letter_id", "!=", False)], order="id")
        acceptances = self.env["ar.credit.policy.acceptance"].search(mine, order="id")
        moves = only
        if only is None:
            items = self.env["ar.open.item"].search(mine)
            listed = (notices.line_ids, plans.line_ids, answers.line_ids)
            moves = self.env["account.move"].browse(
                {
                    move_id
                    for records in (items, *listed, disputes, charges)
                    for move_id in records.move_id.ids
                }
            )
        moves |= disputes.credit_move_id | disputes.new_move_id | charges.note_id
        found = Found(
            moves=self._own_moves(moves),
            notices=notices,
            letters=Letter,
            logs=logs,
            answers=answers,
            disputes=disputes,
            plans=plans,
            acceptances=acceptances,
            charges=charges,
            messages=self.env["mail.message"],
        )
        found.messages = self._own_messages(found, only is None)
        return found

    def _own_moves(self, moves):
        """Return those invoices and credit notes that belong to this customer now."""
        moves = moves.filtered(
            lambda move: (
                move.move_type in ("out_invoice", "out_refund")
                and move.state == "posted"
                and move.commercial_partner_id == self.debtor_id.partner_id
                and move.company_id.root_id == self.company_id
            )
        )
        return moves.sorted(lambda move: (move.invoice_date or move.date, move.id))

    def _own_messages(self, found, whole):
        """Return the messages to and from the customer, without notices.

        :param bool whole: all of the customer; else answers to the notices, and
            messages of the disputes
        """
        for name in ("mail.message", "mail.notification", "mail.mail", "ar.notice"):
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT msg.id
                     FROM mail_message msg
                    WHERE (msg.model = 'ar.debtor' AND msg.res_id = %(debtor)s
                           AND (%(whole)s OR msg.parent_id = ANY(%(notices)s))
                       OR msg.model = 'ar.dispute' AND msg.res_id = ANY(%(disputes)s))
                      AND NOT EXISTS (SELECT 1 FROM ar_notice n
                                       WHERE n.mail_message_id = msg.id)
                      AND (msg.ar_origin = 'page'
                        OR msg.ar_origin = 'email' AND (NOT EXISTS (
                              SELECT 1 FROM res_users u
                               WHERE u.partner_id = msg.author_id
                                 AND u.share IS NOT TRUE)
                           OR EXISTS (
                              SELECT 1 FROM mail_notification note
                                JOIN res_partner p ON p.id = note.res_partner_id
                               WHERE note.mail_message_id = msg.id
                                 AND p.commercial_partner_id = %(partner)s))
                        OR msg.ar_origin IN ('sent', 'written')
                           AND msg.message_type = 'email_outgoing' AND EXISTS (
                              SELECT 1 FROM mail_mail mail
                               WHERE mail.mail_message_id = msg.id
                                 AND mail.state IN ('sent', 'exception'))
                        OR msg.ar_origin = 'written'
                           AND msg.message_type = 'comment' AND EXISTS (
                              SELECT 1 FROM mail_notification note
                                JOIN res_partner p ON p.id = note.res_partner_id
                               WHERE note.mail_message_id = msg.id
                                 AND p.commercial_partner_id = %(partner)s))
                    ORDER BY msg.date, msg.id""",
                debtor=self.debtor_id.id,
                partner=self.debtor_id.partner_id.id,
                whole=whole,
                notices=found.notices.mail_message_id.ids,
                disputes=found.disputes.ids,
            )
        )
        return self.env["mail.message"].browse([row[0] for row in rows])

    def _statement_periods(self):
        """Return the periods of the statements of open items, and of all movements.

        The second begins with the first entry of the customer.
        """
        [(first,)] = self.env.execute_query(
            SQL(
                """SELECT min(l.date) FROM account_move_line l
                     JOIN account_account a
                       ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN res_company co ON co.id = l.company_id
                    WHERE l.parent_state = 'posted'
                      AND p.commercial_partner_id = %s
                      AND split_part(co.parent_path, '/', 1)::int = %s""",
                self.debtor_id.partner_id.id,
                self.company_id.id,
            )
        )
        first = first or self.company_id._ar_today()
        return Period(), Period("activity", None, first)

    # === DOCUMENTS === #

    def _gather(self):
        """List the documents of the pack, in their order."""
        self.ensure_one()
        found = self._found()
        documents = [
            *self._invoice_documents(found),
            *self._message_documents(found),
            *self._file_documents(found),
            *self._statement_documents(found),
        ]
        documents.sort(
            key=lambda one: (
                SECTIONS.index(one["section"]),
                one["date"] or fields.Date.to_date("1970-01-01"),
                one["about"],
                # The message before its attachments
                one["kind"] != "message",
                one["source_id"],
            )
        )
        self.file_ids.unlink()
        self.env["ar.evidence.file"].create(
            [
                {**one, "number": number, "evidence_id": self.id}
                for number, one in enumerate(documents, start=1)
            ]
        )
        left_out = found.notes
        self.write(
            {
                "section_numbers": self._numbered(found),
                "state": "making",
                "done": 0,
                "total": len(documents) + 1,
                "note": "\n".join(left_out) or False,
            }
        )

    def _numbered(self, found):
        """Return the sections that have contents, numbered without gaps.

        :rtype: dict
        """
        has_files = set(self.file_ids.mapped("section"))
        shown = [
            about["key"]
            for about in self._facts(found)[0]
            if about["key"] in has_files or about["html"] or any(about["tables"])
        ]
        return {key: number for number, key in enumerate(shown, start=1)}

    def _invoice_documents(self, found):
        for move in found.moves:
            yield {
                "section": "invoices",
                "kind": "invoice",
                "name": move.name,
                "date": move.invoice_date or move.date,
                "about": move.name or "",
                "source_id": move.id,
                "kept_sha256": False,
            }

    def _message_documents(self, found):
        sources = [(notice, notice.mail_message_id) for notice in found.notices]
        for notice, message in sources:
            if message:
                yield self._message_document("notices", message, notice.number)
        for message in found.messages:
            section = "disputes" if message.model == "ar.dispute" else "mails"
            yield self._message_document(section, message)

    def _message_document(self, section, message, number=None):
        return {
            "section": section,
            "kind": "message",
            "name": message.subject or self.env._("Message"),
            "date": fields.Date.to_date(message.date),
            "about": number or "",
            "source_id": message.id,
            "kept_sha256": False,
        }

    def _statement_documents(self, found):
        """Yield both statements of the whole account: open items, and all movements."""
        if self.scope != "debtor":
            return
        names = (self.env._("Open items"), self.env._("All activity"))
        periods = self._statement_periods()
        for source, (name, period) in enumerate(zip(names, periods, strict=True)):
            if not Statement(self.debtor_id, period).figures().get(self.debtor_id.id):
                continue
            yield {
                "section": "statement",
                "kind": "statement",
                "name": name,
                "date": self.company_id._ar_today(),
                "about": "",
                "source_id": source,
                "kept_sha256": False,
            }

    def _file_documents(self, found):
        """Yield the files attached to the records, without those of other customers."""
        owners = self._owners(found)
        texts = found.acceptances.text_id
        by_model = {
            "ar.notice": found.notices.ids,
            "ar.letter": found.letters.ids,
            "ar.answer": found.answers.ids,
            "ar.dispute": found.disputes.ids,
            "ar.payment.plan": found.plans.ids,
            "ar.credit.policy.acceptance": found.acceptances.ids,
            "ar.copies": found.notices.copies_id.ids,
        }
        files = self.env["ir.attachment"].search(
            fields.Domain.OR(
                fields.Domain("res_model", "=", model)
                & fields.Domain("res_id", "in", ids)
                for model, ids in by_model.items()
            ),
            order="id",
        )
        hung = found.messages.attachment_ids | found.notices.attachment_ids
        theirs = {("ar.debtor", self.debtor_id.id)} | {
            (model, record) for model, ids in by_model.items() for record in ids
        }
        kept = (files | texts.document_id | (hung - files)).sorted("id")
        internal = self._internal_files(kept)
        sums = kept._ar_sums()
        for file in kept:
            if file.type != "binary" or (file.id in internal and file.id not in sums):
                continue
            if file.id not in sums:
                found.notes.append(
                    self.env._(
                        "%(file)s is not in the pack: %(user)s put it there, and the "
                        "follow-up neither made nor received it.",
                        file=file.name,
                        user=file.create_uid.name,
                    )
                )
                continue
            owner = (file.res_model, file.res_id)
            if file not in texts.document_id and owner not in theirs:
                found.notes.append(
                    self.env._(
                        "%(file)s is not in the pack: it belongs to another record.",
                        file=file.name,
                    )
                )
                continue
            yield self._file_document(file, owners, sums[file.id])

    def _internal_files(self, files):
        """Return the files attached only to notes of colleagues.

        Files that a customer sent with an answer, or that we sent or signed, are not
        internal, even if a note about them shows them, too.
        """
        self.env["mail.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT rel.attachment_id
                     FROM message_attachment_rel rel
                     JOIN ir_attachment file ON file.id = rel.attachment_id
                     JOIN mail_message msg ON msg.id = rel.message_id
                     LEFT JOIN mail_message_subtype kind ON kind.id = msg.subtype_id
                    WHERE rel.attachment_id = ANY(%s)
                      AND file.res_model IN ('ar.debtor', 'ar.dispute')
                    GROUP BY rel.attachment_id
                   HAVING bool_and(msg.is_internal IS TRUE OR kind.internal IS TRUE)""",
                files.ids,
            )
        )
        return {row[0] for row in rows}

    def _owners(self, found):
        """Return section, day, number and checksums of the records with files."""
        owners = {}
        for notice in found.notices:
            section = "letters" if notice.channel == "letter" else "notices"
            day = notice.sent_on or notice.date
            owners["ar.notice", notice.id] = (section, day, notice.number)
            owners["ar.copies", notice.copies_id.id] = (section, day, notice.number)
        for letter in found.letters:
            owners["ar.letter", letter.id] = (
                "letters",
                letter.posted_on or letter.printed_on,
                letter.number,
            )
        for answer in found.answers:
            day = fields.Date.to_date(answer.create_date)
            owners["ar.answer", answer.id] = ("answers", day, answer.numbers)
        for dispute in found.disputes:
            owners["ar.dispute", dispute.id] = (
                "disputes",
                dispute.opened_on,
                dispute.move_name,
            )
        for plan in found.plans:
            day = plan.start_on or fields.Date.to_date(plan.create_date)
            owners["ar.payment.plan", plan.id] = ("agreements", day, plan.number)
        for one in found.acceptances:
            day = one.answered_on or fields.Date.to_date(one.requested_on)
            entry = ("terms", day, one.display_name)
            owners["ar.credit.policy.acceptance", one.id] = entry
            owners["ar.credit.policy.text", one.text_id.id] = entry
        for message in found.messages:
            section = "disputes" if message.model == "ar.dispute" else "mails"
            for file in message.attachment_ids:
                owners["file", file.id] = (
                    section,
                    fields.Date.to_date(message.date),
                    "",
                )
        for record in (*found.acceptances, *found.plans):
            signed = record.signed_document_id.id
            owners["sha256", signed] = record.signed_document_sha256
        for text in found.acceptances.text_id:
            owners["sha256", text.document_id.id] = text.sha256
        return owners

    def _file_document(self, file, owners, noted):
        section, day, about = owners.get(
            ("file", file.id),
            owners.get((file.res_model, file.res_id), ("mails", None, "")),
        )
        return {
            "section": section,
            "kind": "file",
            "name": file.name,
            "date": day or fields.Date.to_date(file.create_date),
            "about": about or "",
            "source_id": file.id,
            "kept_sha256": owners.get(("sha256", file.id)) or noted or False,
        }
