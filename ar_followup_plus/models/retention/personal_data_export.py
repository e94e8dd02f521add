"""Export of the personal data that the follow-up stores about one person."""

import base64
import re

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize_all, html2plaintext

from ...tools.file_names import plain_file
from ..company.roles import require_manager
from .retention_kinds import kinds

#: Kinds of customers that are persons.
PERSONS = ("consumer", "sole_trader")
#: Columns that may contain addresses of several people.
ADDRESSES = ("recipients", "sent_to", "email_from", "said_by", "email_to")
#: Fields never exported: keys of links, and technical fields.
LEFT_OUT = (
    "access_token",
    "digest",
    "expired_token",
    "file_sums",
    "once",
    "signature",
    "signer_contacts",
    "write_date",
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_ar_person(self):
        """Open the dialog about the personal data of a person."""
        self.ensure_one()
        self._ar_check_person_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is held on a person"),
            "res_model": "ar.person.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_partner_id": self.id},
        }

    def _ar_check_person_manager(self):
        """Check that the user may export or erase personal data.

        :raise AccessError: otherwise
        """
        require_manager(self.env, or_administrator=True)
        self.check_access("read")

    # === THE PERSON === #

    def _ar_person_debtors(self):
        """Return the customers that are this person, and those the person acts for.

        In the chosen companies; as superuser, because administrators have no rights to
        customers.
        """
        self.ensure_one()
        Debtor_sudo = self.env["ar.debtor"].sudo().with_context(active_test=False)
        mine = [("company_id", "in", self.env.companies.root_id.ids)]
        related = Debtor_sudo.search(
            [
                *mine,
                "|",
                ("partner_id", "=", self.commercial_partner_id.id),
                ("contact_ids.partner_id", "=", self.id),
            ]
        )
        own = related.filtered(
            lambda debtor: (
                debtor.partner_id == self
                and (not self.is_company or debtor.kind in PERSONS)
            )
        )
        return own, related - own

    def _ar_check_is_person(self, own):
        """Check that the partner is a person: people of a company are exported one by one.

        :raise UserError: otherwise
        """
        if self.is_company and not own:
            raise UserError(
                self.env._(
                    "%(name)s is a company, not a person: choose one of its contacts. "
                    "What was said and agreed with a company is in its evidence pack.",
                    name=self.display_name,
                )
            )

    def _ar_address_pattern(self):
        """Return a pattern that matches exactly the person's address."""
        found = email_normalize_all(self.email or "")
        if not found:
            return None
        words = "|".join(re.escape(address) for address in found)
        return f"(^|[^a-z0-9._%+-])({words})($|[^a-z0-9._-])"

    def _ar_person_ids(self):
        """Return ``{kind: ids}`` of the records about the person.

        All records of customers who are the person. Of customers they act for only the
        messages to or from their address, and documents they signed; nothing about
        their colleagues.
        """
        own, related = self._ar_person_debtors()
        self._ar_check_is_person(own)
        self.env.flush_all()
        return {
            name: [
                row[0]
                for row in self.env.execute_query(
                    SQL(
                        "SELECT r.id FROM %s r WHERE %s AND (%s) ORDER BY r.id",
                        SQL.identifier(kind.table),
                        SQL(kind.where),
                        self._ar_person_sql(name, kind, own, related),
                    )
                )
            ]
            for name, kind in kinds(self.env).items()
        }

    def _ar_person_sql(self, name, kind, own, related):
        if name == "contact":
            return SQL(
                "r.partner_id = %s AND r.debtor_id = ANY(%s)",
                self.id,
                (own | related).ids,
            )
        pattern = self._ar_address_pattern()
        debtor = SQL(kind.debtor)
        theirs = [
            SQL("lower(r.%s) ~ %s", SQL.identifier(column), pattern)
            for column in kind.addresses
            if pattern
        ]
        if name == "message":
            theirs.append(SQL("r.author_id = %s", self.id))
            theirs.append(
                SQL(
                    """EXISTS (SELECT 1 FROM mail_notification pn
                                WHERE pn.mail_message_id = r.id
                                  AND pn.res_partner_id = %s)""",
                    self.id,
                )
            )
            if pattern:
                theirs.append(
                    SQL(
                        """EXISTS (SELECT 1 FROM mail_mail pm
                                    WHERE pm.mail_message_id = r.id
                                      AND lower(pm.email_to) ~ %s)""",
                        pattern,
                    )
                )
        result = SQL("%s = ANY(%s)", debtor, own.ids)
        if theirs:
            acting = SQL("%s = ANY(%s)", debtor, related.ids)
            if name == "reply":  # not yet assigned to a customer
                acting = SQL(
                    "%s OR (%s IS NULL AND r.company_id = ANY(%s))",
                    acting,
                    debtor,
                    self.env.companies.root_id.ids,
                )
            result = SQL(
                "%s OR ((%s) AND (%s))", result, acting, SQL(" OR ").join(theirs)
            )
        return result

    # === THE DATA === #

    def _ar_person_data(self):
        """Return ``({kind: [values]}, files)`` as superuser.

        Includes notes of colleagues about the person, but neither their authors nor
        addresses of others.

        :return: values by field name, and ``[(path, content)]``
        """
        found = self._ar_person_ids()
        known = kinds(self.env)
        data, files = {"person": [self._ar_person_self()]}, []
        own, _related = self._ar_person_debtors()
        if own:
            data["customer"] = [self._ar_values(one) for one in own]
        for name, ids in found.items():
            if not ids:
                continue
            records = self.env[known[name].model].sudo().browse(ids)
            if known[name].model == "mail.message":
                data[name] = [self._ar_message_values(one) for one in records]
            elif known[name].model == "ir.attachment":
                data[name] = [{"id": one.id, "name": one.name} for one in records]
            else:
                data[name] = [self._ar_values(one) for one in records]
            files += self._ar_person_files(name, records)
        return data, files

    def _ar_person_self(self):
        names = ("name", "email", "phone", "street", "street2", "zip", "city", "lang")
        partner_sudo = self.sudo()
        return {"id": self.id, **{name: partner_sudo[name] or "" for name in names}}

    def _ar_values(self, record, deep=True):
        """Return the stored values of a record, with labels."""
        values = {"id": record.id}
        for name, field in record._fields.items():
            if name in LEFT_OUT or name.startswith(("message_", "activity_")):
                continue
            if (
                field.type == "one2many"
                and deep
                and name in ("line_ids", "installment_ids")
            ):
                values[name] = [self._ar_values(one, False) for one in record[name]]
            elif (
                not field.store or field.groups or field.type in ("binary", "one2many")
            ):
                continue
            elif field.type in ("many2one", "many2many"):
                if field.comodel_name not in (
                    "res.users",
                    "ir.attachment",
                    "ar.debtor",
                ):
                    words = record[name].mapped("display_name")
                    values[name] = ", ".join(filter(None, words))
            elif field.type == "many2one_reference":
                continue
            elif name in ADDRESSES:
                values[name] = self._ar_only_mine(record[name])
            else:
                values[name] = self._ar_plain(field, record[name])
        return values

    def _ar_plain(self, field, value):
        if field.type == "html":
            return html2plaintext(value or "").strip()
        if field.type in ("date", "datetime"):
            return field.to_string(value) if value else ""
        if value is False and field.type not in ("boolean", "integer", "float"):
            return ""
        return value

    def _ar_message_values(self, message):
        """Return the text and date of a message, and whether the person wrote it."""
        mail = self.env["mail.mail"].sudo()
        mail = mail.search([("mail_message_id", "=", message.id)], limit=1)
        mine = message.author_id == self or self._ar_only_mine(
            message.email_from
        ) not in ("", self._ar_somebody())
        author = self.env._("You") if mine else self._ar_somebody()
        if message.author_id.user_ids.filtered(lambda user: not user.share) or (
            message.author_id in self.env["res.company"].sudo().search([]).partner_id
        ):
            author = self.env._("We")
        return {
            "id": message.id,
            "date": fields.Datetime.to_string(message.date),
            "from": author,
            "to": self._ar_only_mine(mail.email_to),
            "subject": message.subject or "",
            "body": html2plaintext(message.body or "").strip(),
        }

    def _ar_somebody(self):
        return self.env._("(somebody else)")

    def _ar_only_mine(self, addresses):
        """Return the addresses of the person; replace those of others."""
        mine = set(email_normalize_all(self.email or ""))
        if not addresses:
            return ""
        found = email_normalize_all(addresses)
        if not found:
            return addresses
        shown = dict.fromkeys(
            one if one in mine else self._ar_somebody() for one in found
        )
        return ", ".join(shown)

    def _ar_person_files(self, name, records):
        """Return ``[(path, content)]`` of the files of records."""
        if records._name == "ir.attachment":
            attachments = records
        else:
            attachments = (
                self.env["ir.attachment"]
                .sudo()
                .search(
                    [
                        ("res_model", "=", records._name),
                        ("res_id", "in", records.ids),
                        ("res_field", "in", [False]),
                    ]
                )
            )
            if records._name == "mail.message":
                attachments |= records.attachment_ids
        files = [
            (f"files/{name}/{one.id} {plain_file(one.name)}", one.raw or b"")
            for one in attachments
        ]
        if "signature" in records._fields:
            files += [
                (
                    f"files/{name}/{one.id} signature.png",
                    base64.b64decode(one.signature),
                )
                for one in records
                if one.signature
            ]
        return files
