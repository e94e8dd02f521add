"""The evidence of a signature: kept as it was given, and never changed."""

import base64
import hashlib
import io

from PIL import Image

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, consteq, email_normalize

from ...tools.customer_format import one_line
from ...tools.pdf.pdf_signature_page import signed_pdf
from ..customer.debtor_mail import DebtorMail
from ..notice.page_link import own_page_link
from ..voice.voice import Voice

#: What a signature pad draws is far smaller.
MOST_BYTES = 1024 * 1024
MOST_PIXELS = 2000
#: Fewer pixels across are a dot, not a signature.
LEAST_PIXELS = 10
MOST_LETTERS = 100
#: The values of a signature. They are written once, together.
SIGNED = frozenset(
    {
        "signer_name",
        "signer_function",
        "signer_email",
        "signed_at",
        "signer_ip",
        "signer_agent",
        "signer_proof",
        "signer_contacts",
        "signature",
        "signed_sha256",
        "signed_document_id",
        "signed_document_sha256",
    }
)


class ArSigned(models.AbstractModel):
    """What a customer can sign on their page: terms of payment, an agreement.

    A model that inherits this has ``debtor_id`` and ``company_id``, says by
    ``_sign_name`` where its page is, and what is signed by the methods under
    WHAT IS SIGNED.
    """

    _name = "ar.signed"
    _description = "Evidence of a Signature"
    _inherit = ["ar.guarded"]

    #: Part of the address of the page: letters only, one for each model.
    _sign_name = None

    signer_name = fields.Char(string="Signed by", readonly=True, copy=False)
    signer_function = fields.Char(string="Function", readonly=True, copy=False)
    signer_email = fields.Char(string="E-mail of the signer", readonly=True, copy=False)
    signed_at = fields.Datetime(string="Signed on", readonly=True, copy=False)
    signer_ip = fields.Char(string="IP address", readonly=True, copy=False)
    signer_agent = fields.Char(string="Browser", readonly=True, copy=False)
    signer_proof = fields.Selection(
        [("login", "Logged in"), ("code", "One-time code by e-mail")],
        string="Identified by",
        readonly=True,
        copy=False,
    )
    signer_contacts = fields.Text(
        string="Contacts entered or changed in the 7 days before",
        readonly=True,
        copy=False,
    )
    # In the table: an attachment of a field could be deleted on its own
    signature = fields.Binary(readonly=True, copy=False, attachment=False)
    signed_sha256 = fields.Char(
        string="SHA-256 of what was signed", readonly=True, copy=False
    )
    signed_document_id = fields.Many2one(
        "ir.attachment",
        string="Signed document",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    signed_document_sha256 = fields.Char(
        string="SHA-256 of the signed document", readonly=True, copy=False
    )

    # === WHAT IS SIGNED === #

    def _sign_title(self):
        """Return what is signed, in a few words in the language of the context."""
        raise NotImplementedError

    def _sign_lang(self):
        """Return the language in which it is written, or None for the customer's."""
        return None

    def _sign_text(self):
        """Return what is to be read, as HTML, or nothing where the PDF says it all."""
        return ""

    def _sign_document(self):
        """Return the PDF that is signed, frozen before it is shown.

        :rtype: ir.attachment, as superuser
        """
        raise NotImplementedError

    def _sign_person(self):
        """Return to whom the code goes, of :meth:`ArNotice._people_of`, or None.

        None: to the best contact, or to whom the link was sent.
        """
        return None

    def _sign_why_not(self):
        """Return in words why this cannot be signed now, or None."""
        if self.signed_at:
            return self.env._(
                "This was already signed by %(name)s.", name=self.signer_name
            )
        return None

    def _sign_declines(self):
        """Return whether the page offers to say no, with a reason."""
        return False

    def _sign_decline(self, reason):
        """Take a no.

        :param str reason: in the words of the customer
        """
        raise NotImplementedError

    def _sign_done(self):
        """Do what follows from the signature, in the same transaction."""

    def _sign_needs_function(self):
        """Return whether the signer has a function: people sign for themselves."""
        return self.debtor_id.kind not in ("consumer", "sole_trader")

    # === SIGNING === #

    @api.model
    def _sign_models(self):
        """Return ``{part of the address: model}`` of all that can be signed."""
        return {
            model._sign_name: name
            for name, model in self.env.registry.items()
            if getattr(model, "_sign_name", None) and not model._abstract
        }

    def _sign_url(self):
        """Return the link to the page, with the customer's own token."""
        self.ensure_one()
        place = f"/sign/{self._sign_name}/{self.id}"
        return own_page_link(self.sudo().debtor_id, place)

    def _sign_sha256(self):
        """Return the sum of what is to be signed."""
        return hashlib.sha256(self._sign_document()._ar_content()).hexdigest()

    def _sign(self, name, function, signature, sha256, proof):
        """Sign: all of it, or a clear error and nothing.

        :param str name: of the signer
        :param str function: of the signer
        :param str signature: a PNG in base64, as a signature pad draws it
        :param str sha256: of the document that was shown
        :param dict proof: ``how`` (login, code), ``email``, ``ip``, ``agent``
        :raise UserError: for what is missing, was signed before or has changed
        """
        self.ensure_one()
        record = self.sudo()
        record._sign_claim()
        document = record._sign_document()
        content = document._ar_content()
        digest = hashlib.sha256(content).hexdigest()
        if not consteq(digest, str(sha256 or "")):
            raise UserError(
                self.env._(
                    "The text has changed since you opened this page: please load the "
                    "page again and read the new one."
                )
            )
        vals = {
            "signer_name": self._sign_words(
                name, self.env._("Please type your full name.")
            ),
            "signer_function": False,
            "signer_email": email_normalize(proof.get("email")) or False,
            "signed_at": fields.Datetime.now(),
            "signer_ip": proof.get("ip") or False,
            "signer_agent": one_line(proof.get("agent"))[:500] or False,
            "signer_proof": proof["how"],
            "signer_contacts": self.env["ar.debtor.contact"]._changes_of(
                record.debtor_id
            )
            or False,
            "signature": base64.b64encode(self._sign_image(signature)),
            "signed_sha256": digest,
        }
        if record._sign_needs_function() or one_line(function):
            vals["signer_function"] = self._sign_words(
                function, self.env._("Please type your function in the company.")
            )
        record._sign_check_person(vals["signer_name"])
        sheet = signed_pdf(
            self.env,
            record._sign_title(),
            record._sign_party(),
            document.name,
            content,
            vals,
        )
        vals["signed_document_id"] = record._sign_keep(document.name, sheet).id
        vals["signed_document_sha256"] = hashlib.sha256(sheet).hexdigest()
        record._ar_unlocked().write(vals)
        record._sign_done()

    def _sign_check_person(self, name):
        """Check that a person signs, and not a company's name.

        :raise UserError: for the name of the company that the person signs for
        """
        partner = self.debtor_id.partner_id
        companies = {p.name for p in (partner, partner.parent_id) if p.is_company}
        if name.casefold() in {(known or "").strip().casefold() for known in companies}:
            raise UserError(
                self.env._(
                    "Please type your own name: a person signs for %(company)s.",
                    company=name,
                )
            )

    def _sign_claim(self):
        """Lock the row and refuse what cannot be signed now.

        Two browsers at once: the second waits, is tried again, and then is told.
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id = %s FOR NO KEY UPDATE",
                SQL.identifier(self._table),
                self.id,
            )
        )
        self.invalidate_recordset()
        if self.debtor_id.is_stopped:
            raise UserError(self.env._("This cannot be signed now: please contact us."))
        why = self._sign_why_not()
        if why:
            raise UserError(why)

    def _sign_party(self):
        """Return for whom it is signed, with the address, in one line."""
        partner = self.debtor_id.partner_id
        address = partner._display_address(without_company=True).splitlines()
        lines = [partner.name, *address]
        return ", ".join(filter(None, (one_line(line) for line in lines)))

    def _sign_words(self, text, error):
        """Return a name or function of a person, in one line."""
        text = text if isinstance(text, str) else ""
        text = one_line("".join(c if c.isprintable() else " " for c in text))
        if len(text) < 2 or not any(letter.isalpha() for letter in text):
            raise UserError(error)
        if len(text) > MOST_LETTERS:
            raise UserError(
                self.env._(
                    "Please use at most %(most)s letters for the name and function.",
                    most=MOST_LETTERS,
                )
            )
        return text

    def _sign_image(self, signature):
        """Return a drawing as PNG of our own making, black on white.

        :raise UserError: where nothing was drawn, or it is no drawing
        """
        empty = UserError(self.env._("Please sign in the field: it is still empty."))
        if not signature or not isinstance(signature, str):
            raise empty
        wrong = UserError(
            self.env._("The signature could not be read: please sign once more.")
        )
        if len(signature) > MOST_BYTES * 4 // 3:
            raise wrong
        try:
            image = Image.open(
                io.BytesIO(base64.b64decode(signature, validate=True)), formats=["PNG"]
            )
            small = max(image.size) <= MOST_PIXELS
            image = image.convert("RGBA") if small else None
        except Exception as error:  # no picture, in one of many ways
            raise wrong from error
        if not image:
            raise wrong
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        ink = white.convert("L").point(lambda level: 255 if level < 200 else 0)
        box = ink.getbbox()
        if not box or max(box[2] - box[0], box[3] - box[1]) < LEAST_PIXELS:
            raise empty
        if ink.getextrema()[0]:  # nothing but ink
            raise empty
        file = io.BytesIO()
        white.save(file, "PNG")
        return file.getvalue()

    def _sign_keep(self, name, content):
        """Keep the signed PDF with the record."""
        stem = name.rsplit(".", 1)[0]
        return self._ar_keep(
            [
                (
                    self.env._("%(document)s, signed.pdf", document=stem),
                    content,
                    "application/pdf",
                )
            ]
        ).sudo()

    def _sign_send(self, template):
        """Send the signed PDF back to the signer.

        :param str template: external id of a template of ar.debtor
        """
        self.ensure_one()
        if not self.signer_email:
            return
        debtor = self.debtor_id
        lang = self.env.context.get("lang") or debtor._page_lang()
        shell = self.env["ar.notice"].new(
            {"debtor_id": debtor.id, "company_id": self.company_id.id}
        )
        person = (None, self.signer_name, self.signer_email, lang, None)
        file = self.signed_document_id
        mail = DebtorMail(debtor).make(
            self.env.ref(template).with_context(lang=lang, ar_signed=self),
            person,
            shell._sender(),
            self.company_id.partner_id,
            [(file.name, file._ar_content())],
        )
        Voice(debtor).note("page", addresses={debtor.id: [self.signer_email]})
        # Not before the commit: a request that is tried again would send twice
        mail.send_after_commit()

    # === FROZEN === #

    def _ar_frozen(self, vals):
        # EXTENDS ar.guarded
        return bool(SIGNED & set(vals)) or super()._ar_frozen(vals)

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse signatures that nobody gave."""
        if not self._ar_is_unlocked() and any(SIGNED & set(v) for v in vals_list):
            raise AccessError(self._ar_frozen_words())
        return super().create(vals_list)

    def unlink(self):
        if any(self.sudo().mapped("signed_at")):
            self._ar_check_unlocked()
        return super().unlink()
