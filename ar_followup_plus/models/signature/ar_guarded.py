"""Protects evidence: records, files and messages that nobody may change any more.

The origin decides whether something is evidence, never its type: our own code created or
received it, and stored that fact at that time. Stored are the checksum (SHA-256) of each
file, on the record or message to which it belongs, and the origin of each message.
"""

import hashlib
from typing import NamedTuple

from werkzeug.exceptions import Conflict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class Origin:
    """The origin of messages that are posted with it in the context.

    An object, so that no context sent over RPC can contain it.
    """

    def __init__(self, name, message_type):
        self.name = name
        self.message_type = message_type


RECEIVED = Origin("email", "email")
PAGE = Origin("page", "comment")
WRITTEN = Origin("written", "email_outgoing")


#: Context value that allows writing frozen fields. An object, so that no context sent
#: over RPC can contain it.
KEY = object()
#: Models whose messages with customers are evidence.
THREADS = frozenset({"ar.debtor", "ar.dispute", "ar.unmatched.reply"})


class Event(NamedTuple):
    """A moment from which a record is evidence.

    ``domain``: the condition. ``fields``: frozen from then on, and part of the checksum
    in the register of evidence. ``lines``: tables of its lines, with the column that
    refers to the record and the columns in the checksum. ``links``: frozen, but not in
    the checksum: they refer to something with an entry or a checksum of its own.
    """

    name: str
    domain: list
    fields: tuple
    lines: tuple = ()
    links: tuple = ()


class ArGuarded(models.AbstractModel):
    """A record that becomes evidence.

    A model that inherits this lists its events in ``_ar_events``, with the fields that
    are frozen then. Only :meth:`_ar_keep` creates its files.
    """

    _name = "ar.guarded"
    _description = "Record That Is Evidence"

    _ar_events = ()

    file_sums = fields.Json(
        string="SHA-256 of the files",
        readonly=True,
        copy=False,
        help="Of each file as it was made or received, by its id.",
    )

    # === FILES === #

    def _ar_make_files(self, files):
        """Create files of this record with their checksums; the caller stores the checksums.

        :param list files: ``(name, content, mimetype or None)``
        :return: attachments, and the new value of ``file_sums``
        """
        self.ensure_one()
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .with_context(ar_evidence=KEY)
            .create(
                [
                    {
                        "name": name,
                        "raw": content,
                        "res_model": self._name,
                        "res_id": self.id,
                        **({"mimetype": mimetype} if mimetype else {}),
                    }
                    for name, content, mimetype in files
                ]
            )
            .with_env(self.env)
        )
        sums = dict(self.sudo().file_sums or {})
        for attachment, (_name, content, _mimetype) in zip(
            attachments, files, strict=True
        ):
            sums[str(attachment.id)] = hashlib.sha256(content).hexdigest()
        return attachments, sums

    def _ar_keep(self, files):
        """Keep files with this record, as evidence.

        :param list files: ``(name, content, mimetype or None)``
        :rtype: ir.attachment
        """
        attachments, sums = self._ar_make_files(files)
        self._ar_unlocked().write({"file_sums": sums})
        return attachments

    @api.model
    def _ar_sums_of(self, attachments):
        """Return the stored checksums of attachments of this model: ``{id: SHA-256}``."""
        records = self.sudo().browse(set(attachments.mapped("res_id"))).exists()
        known = {one.id: one.file_sums or {} for one in records}
        found = {}
        for attachment in attachments:
            digest = known.get(attachment.res_id, {}).get(str(attachment.id))
            if digest:
                found[attachment.id] = digest
        return found

    # === FROZEN === #

    def _ar_unlocked(self):
        """Return the same records, with permission to write frozen fields."""
        return self.sudo().with_context(ar_evidence=KEY)

    def _ar_is_unlocked(self):
        return self.env.context.get("ar_evidence") is KEY

    def _ar_check_unlocked(self):
        if not self._ar_is_unlocked():
            raise AccessError(self._ar_frozen_words())

    def _ar_frozen_words(self):
        return self.env._(
            "This is evidence: it can be neither changed nor deleted. It can be "
            "withdrawn or replaced, with a reason."
        )

    def _ar_frozen(self, vals):
        """Return whether writing these values would change evidence."""
        if "file_sums" in vals:
            return True
        for event in self._ar_events:
            names = {*event.fields, *event.links} & set(vals)
            if names:
                records = self.sudo().filtered_domain(event.domain)
                if any(
                    is_changed(one, name, vals[name])
                    for one in records
                    for name in names
                ):
                    return True
        return False

    @api.model_create_multi
    def create(self, vals_list):
        """Create without the default values of the context, which a caller could send."""
        if self._ar_is_unlocked():
            return super().create(vals_list)
        if any(vals.get("file_sums") for vals in vals_list):
            raise AccessError(self._ar_frozen_words())
        records = super(ArGuarded, without_defaults(self)).create(vals_list)
        return records.with_env(self.env)

    def write(self, vals):
        """Refuse to change evidence, even for the superuser.

        :raise AccessError: for frozen fields
        """
        if not self._ar_is_unlocked() and self._ar_frozen(vals):
            raise AccessError(self._ar_frozen_words())
        return super().write(vals)

    def unlink(self):
        # Not @api.ondelete: a context sent over RPC can disable it
        if any(self.sudo().filtered_domain(event.domain) for event in self._ar_events):
            self._ar_check_unlocked()
        return super().unlink()


def without_defaults(records):
    """Return records without the default values of the context, which anybody can send."""
    context = records.env.context
    kept = {name: context[name] for name in context if not name.startswith("default_")}
    return records.with_env(records.env(context=kept))


def is_changed(record, name, value):
    """Return whether writing a value of a field would change it."""
    field = record._fields.get(name)
    if field is None:
        return False
    if field.type in ("one2many", "many2many"):
        return bool(value)
    return field.convert_to_cache(value, record) != field.convert_to_cache(
        record[name], record
    )


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    # === GUARD === #

    def _ar_check_evidence(self, vals=None):
        """Refuse to change or delete files that are evidence.

        :param dict vals: values to write; None: the files are deleted
        :raise AccessError: even for the superuser
        """
        if self.env.context.get("ar_evidence") is KEY:
            return
        known = self._ar_sums()
        for file in self.sudo().filtered(lambda file: file.id in known):
            if vals is not None and file._ar_is_same(vals):
                continue
            raise AccessError(
                self.env._(
                    "%(file)s is evidence: it can be neither changed nor deleted.",
                    file=file.name,
                )
            )

    def _ar_check_place(self, model):
        """Refuse new files on a record whose files are all evidence.

        :raise AccessError: even for the superuser
        """
        if self.env.context.get("ar_evidence") is KEY or model not in self.env:
            return
        record = self.env[model]
        if is_guarded(record) and not hasattr(record, "message_post"):
            raise AccessError(
                self.env._(
                    "The files here are evidence, made or received by the follow-up "
                    "itself: others cannot be added."
                )
            )

    def _ar_is_same(self, vals):
        """Return whether values keep the content: moving the file store does."""
        if not set(vals) <= {"raw", "mimetype"}:
            return False
        return vals.get("raw", self.raw) == self.raw and (
            vals.get("mimetype", self.mimetype) == self.mimetype
        )

    def _ar_sums(self):
        """Return the checksums of the files that are evidence: ``{id: SHA-256}``.

        Files of our own records are looked up there, all others through the messages
        with customers that sent or received them.
        """
        found = {}
        files = self.sudo().filtered(lambda file: not file.res_field)
        for model, some in files.grouped("res_model").items():
            if model in self.env and is_guarded(self.env[model]):
                found.update(self.env[model]._ar_sums_of(some))
        left = [file.id for file in files if file.id not in found]
        if not left:
            return found
        self.env["mail.message"].flush_model(["ar_origin", "ar_file_sums"])
        rows = self.env.execute_query(
            SQL(
                """SELECT rel.attachment_id,
                          msg.ar_file_sums ->> rel.attachment_id::text
                     FROM message_attachment_rel rel
                     JOIN mail_message msg ON msg.id = rel.message_id
                    WHERE rel.attachment_id = ANY(%s) AND msg.ar_origin IS NOT NULL""",
                left,
            )
        )
        found.update({one: digest or "" for one, digest in rows})
        return found

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_res_model")
        for model in {vals.get("res_model", default) for vals in vals_list}:
            self._ar_check_place(model)
        return super().create(vals_list)

    def write(self, vals):
        self._ar_check_evidence(vals)
        if {"res_model", "res_id"} & set(vals):
            for model in {vals.get("res_model"), *self.sudo().mapped("res_model")}:
                self._ar_check_place(model)
        return super().write(vals)

    def unlink(self):
        self._ar_check_evidence()
        return super().unlink()

    # === READING === #

    def _ar_check_sum(self, contents=None):
        """Check the content of files that are evidence against the stored checksum.

        :param dict contents: contents by id, of files that were read already
        :raise UserError: if they differ
        """
        known = self._ar_sums()
        for file in self.sudo().filtered(lambda file: known.get(file.id)):
            found = file.raw if contents is None else contents[file.id]
            if hashlib.sha256(found or b"").hexdigest() != known[file.id]:
                raise UserError(
                    self.env._(
                        "The file %(file)s is not what was noted when it was made or "
                        "received: its SHA-256 differs. It is not shown. Ask your "
                        "administrator to restore it from a backup.",
                        file=file.name,
                    )
                )


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        # EXTENDS base: serve only unchanged files
        if record._name == "ir.attachment":
            try:
                record._ar_check_sum()
            except UserError as error:
                # Odoo's routes turn a UserError into "not found": show the message instead
                raise Conflict(str(error)) from error
        return super()._record_to_stream(record, field_name)


def is_guarded(model):
    """Return whether a model keeps evidence."""
    return hasattr(model, "_ar_sums_of")
