"""The published text of terms of payment in one language, with its PDF."""

import hashlib
import re

from lxml import html
from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from ...tools.pdf.pdf_signature_page import html_pdf
from ..signature.ar_guarded import Event
from .ar_credit_policy import NEXT, PARTS

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_STYLE = """
body { font-family: Helvetica, Arial, sans-serif; font-size: 14px; color: #22292d;
  line-height: 1.4; margin: 0 44px; }
h1 { font-size: 25px; margin: 20px 0 4px 0; }
h2 { font-size: 17px; margin: 18px 0 6px 0; page-break-inside: avoid; }
/* wkhtmltopdf parts headings from their text: this claims the room of some lines */
h2:after { content: ""; display: block; height: 80px; margin-bottom: -80px; }
p, li { margin: 0 0 7px 0; page-break-inside: avoid; }
ul, ol { padding-left: 22px; }
.who { border-bottom: 1px solid #c9d0d4; padding-bottom: 12px; overflow: hidden; }
.who img { max-height: 70px; max-width: 220px; float: right; }
.small { font-size: 13px; color: #5b666d; }
"""
_PAGE = Markup(
    '<!DOCTYPE html><html><head><meta charset="utf-8"/><style>{}</style></head>'
    '<body><div class="who">{}<b>{}</b><div class="small">{}</div></div>'
    '<h1>{}</h1><p class="small">{}</p>{}</body></html>'
)


def _address_of(company):
    """Return the address of a company in one line, without empty parts."""
    address = company.partner_id._display_address(without_company=True)
    lines = (line.strip(" ,") for line in address.split("\n"))
    return ", ".join(filter(None, lines))


class ArCreditPolicyText(models.Model):
    """The text that customers read and sign: one version in one language."""

    _name = "ar.credit.policy.text"
    _description = "Published Terms of Payment"
    _order = "policy_id desc, lang"
    _rec_name = "name"
    _inherit = ["ar.guarded"]
    _ar_events = (
        Event(
            "published",
            [],
            (
                "policy_id",
                "company_id",
                "lang",
                "name",
                "body",
                "next_sentences",
                "document_id",
                "sha256",
            ),
        ),
    )

    policy_id = fields.Many2one(
        "ar.credit.policy",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    lang = fields.Char(string="Language", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    # As published; our own markup around sanitized parts
    body = fields.Html(sanitize=False, required=True, readonly=True)
    next_sentences = fields.Json(readonly=True)
    document_id = fields.Many2one(
        "ir.attachment", string="PDF", readonly=True, ondelete="restrict"
    )
    sha256 = fields.Char(string="SHA-256 of the PDF", readonly=True)

    _policy_lang_unique = models.Constraint(
        "UNIQUE (policy_id, lang)", "A version has one text in each language."
    )

    # === FROZEN === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_frozen()
        return super().create(vals_list)

    def write(self, vals):
        """Refuse to change a published text, even for the superuser.

        :raise AccessError: always, except while publishing
        """
        self._check_frozen()
        return super().write(vals)

    def unlink(self):
        self._check_frozen()
        return super().unlink()

    def _check_frozen(self):
        if not self._ar_is_unlocked():
            raise AccessError(
                self.env._(
                    "What was published can be neither changed nor deleted: make a new "
                    "version of it."
                )
            )

    # === READING === #

    def _best(self, lang, company):
        """Return the text for a language: its own, a related one, the company's."""
        for wanted in (lang, company.partner_id.lang, "en_US"):
            own = self.filtered(lambda text, w=wanted: text.lang == w)
            near = self.filtered(
                lambda text, w=wanted: (
                    text.lang.split("_")[0] == (w or "").split("_")[0]
                )
            )
            if own or near:
                return (own or near)[:1]
        return self[:1]

    def _sentence(self, stage):
        """Return ``(section, sentence)`` about a stage, or None."""
        found = (self.next_sentences or {}).get(f"next_{stage}")
        return tuple(found) if found else None

    def action_document(self):
        """Download the PDF."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.sudo().document_id.id}?download=true",
            "target": "new",
        }

    # === PUBLISHING === #

    @api.model
    def _freeze(self, policy):
        """Store the text and the PDF of a version in each of its languages."""
        for lang in self._languages(policy):
            spoken = policy.with_context(lang=lang)
            body = self._prepare_body(spoken, lang)
            text = self.create(
                {
                    "policy_id": policy.id,
                    "company_id": policy.company_id.id,
                    "lang": lang,
                    "name": spoken.name,
                    "body": body,
                    "next_sentences": self._prepare_next(spoken, lang),
                }
            )
            content = html_pdf(self.env, self._prepare_page(spoken, body))
            name = f"{spoken.display_name}.pdf".replace("/", "_")
            document = text._ar_keep([(name, content, "application/pdf")])
            text.write(
                {
                    "document_id": document.id,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )

    @api.model
    def _languages(self, policy):
        """Return the languages of a draft, the user's language first.

        Another language counts only if each paragraph is translated, because somebody
        would sign half a translation.
        """
        names = [name for name in ("name", *PARTS, *NEXT) if policy[name]]
        stored = {
            name: policy._fields[name]._get_stored_translations(policy) or {}
            for name in names
        }
        lang = self.env.lang or "en_US"
        own = lang if all(lang in stored[name] for name in names) else "en_US"
        others = [code for code, _name in self.env["res.lang"].get_installed()]
        return [
            own,
            *(
                code
                for code in others
                if code != own
                and all(
                    self._is_translated(
                        policy._fields[name],
                        stored[name].get(own),
                        stored[name].get(code),
                    )
                    for name in names
                )
            ),
        ]

    @api.model
    def _is_translated(self, field, source, other):
        """Return whether every sentence of a text differs in another language."""
        if not source or not other:
            return False
        if field.name == "name":
            return True
        if field.type == "char":
            pairs = {source} & {other}
        else:
            pairs = set(field.get_trans_terms(source)) & set(
                field.get_trans_terms(other)
            )
        return not any(
            re.search(r"[^\W\d_]", PLACEHOLDER.sub("", term)) for term in pairs
        )

    @api.model
    def _values(self, policy, lang):
        """Return the values of the placeholders: ``{name: text}``."""
        company = policy.company_id or self.env.company._ar_root()
        values = {
            "company": company.name,
            "company_address": _address_of(company),
            "company_email": company.ar_email or company.email or "",
            "company_phone": company.phone or "",
            "legal_days": str(policy.legal_days),
            "late_charges": company._ar_late_charge_words(lang),
        }
        ladder = company.ar_ladder_id
        for stage in ("gentle", "firm", "final", "notice"):
            steps = ladder.step_ids.filtered(lambda s, stage=stage: s.stage == stage)
            days = min(steps.mapped("delay_days"), default=None)
            values[f"days_{stage}"] = "" if days is None else str(days)
        return values

    @api.model
    def _fill(self, text, values):
        """Fill in the placeholders of a sentence; omit it if one is empty.

        :raise UserError: for an unknown placeholder
        """
        names = PLACEHOLDER.findall(text or "")
        unknown = [name for name in names if name not in values]
        if unknown:
            raise UserError(
                self.env._(
                    "{%(name)s} stands for nothing. Known are: %(known)s.",
                    name=unknown[0],
                    known=", ".join(f"{{{name}}}" for name in sorted(values)),
                )
            )
        if any(not values[name] for name in names):
            return ""
        return PLACEHOLDER.sub(lambda found: values[found.group(1)], text or "")

    @api.model
    def _prepare_next(self, policy, lang):
        """Return the sentences about next steps: ``{field: (section, sentence)}``."""
        values, found = self._values(policy, lang), {}
        for name in NEXT:
            sentence = self._fill(policy[name], values).strip()
            if sentence:
                found[name] = (f"3.{len(found) + 1}", sentence)
        return found

    @api.model
    def _prepare_body(self, policy, lang):
        """Return the text to read and sign, with all placeholders filled in."""
        env = self.with_context(lang=lang).env
        values = self._values(policy, lang)
        heads = (
            env._("1. What to pay, and when"),
            env._("2. Who is responsible for what"),
            env._("3. What happens when it is late"),
            env._("4. Legal clause"),
        )
        body = Markup()
        for head, name in zip(heads, PARTS, strict=True):
            body += Markup("<h2>%s</h2>%s") % (head, self._part(policy[name], values))
            if name == "part_late":
                for section, sentence in self._prepare_next(policy, lang).values():
                    body += Markup("<p><b>%s</b> %s</p>") % (section, sentence)
        return body

    @api.model
    def _part(self, content, values):
        """Return a part with its placeholders filled in, paragraph by paragraph."""
        if not content:
            return Markup()
        self._fill(html.fromstring(f"<div>{content}</div>").text_content(), values)
        root = html.fragment_fromstring(str(content), create_parent="div")
        safe = {name: str(escape(value)) for name, value in values.items()}
        for node in list(root.iter("p", "li")):
            # A paragraph with an empty placeholder is omitted
            if node.getparent() is not None and not self._fill(
                f"-{node.text_content()}", values
            ):
                node.drop_tree()
        inner = html.tostring(root, encoding="unicode")
        return Markup(PLACEHOLDER.sub(lambda found: safe[found.group(1)], inner))

    @api.model
    def _prepare_page(self, policy, body):
        """Return the page of the PDF: sender, version, text."""
        company, env = policy.company_id, policy.env
        logo = Markup()
        if company.logo and not company.uses_default_logo:
            logo = Markup('<img src="%s"/>') % image_data_uri(company.logo)
        about = env._(
            "Version %(version)s, holds from %(day)s",
            version=policy.version,
            day=format_date(env, policy.valid_from, date_format="long"),
        )
        return _PAGE.format(
            Markup(_STYLE),
            logo,
            company.name,
            _address_of(company),
            policy.name,
            about,
            body,
        )
