"""A signed PDF: the signed document, unchanged, and a page about its signature."""

from markupsafe import Markup

from odoo.exceptions import UserError
from odoo.tools import format_datetime

from .pdf_apart import PdfApart

_PAGE = Markup(
    """<!DOCTYPE html><html><head><meta charset="utf-8"/><style>
body {{ font-family: Helvetica, Arial, sans-serif; font-size: 15px; color: #22292d;
  margin: 0 44px; }}
h1 {{ font-size: 26px; margin: 30px 0 6px 0; }}
p {{ margin: 0 0 24px 0; }}
td {{ padding: 7px 18px 7px 0; vertical-align: top; border-top: 1px solid #dde2e5; }}
td.what {{ color: #5b666d; white-space: nowrap; }}
td.code {{ font-family: monospace; font-size: 13px; word-break: break-all; }}
img {{ max-width: 420px; max-height: 170px; }}
</style></head><body><h1>{title}</h1><p>{about}</p>
<table style="width:100%;border-collapse:collapse;">{rows}</table></body></html>"""
)
_ROW = Markup('<tr><td class="what">{}</td><td class="{}">{}</td></tr>')


def signed_pdf(env, title, party, name, content, vals):
    """Return a PDF followed by a page about its signature.

    The original PDF is also attached as a file, so that anybody can compare its SHA-256
    with the one on the page.

    :param env: in the language of the signer
    :param str title: of the signed document
    :param str party: the party signed for
    :param str name: of the file that was signed
    :param bytes content: of that file
    :param dict vals: of the signature, as :class:`ArSigned` stores them
    :raise UserError: if one of the two cannot be read
    """
    sheet = _sheet(env, title, party, vals)
    try:
        with PdfApart(env) as pdfs:
            return pdfs.signed(name, content, sheet)
    except UserError as error:
        raise UserError(
            env._("The signed document could not be made: please try again later.")
        ) from error


def _sheet(env, title, party, vals):
    """Return the page about the signature.

    Omit IP address and browser: they are stored for 24 months and only in the record,
    but this file, with a stored SHA-256, for as long as it is proof.
    """
    when = f"{format_datetime(env, vals['signed_at'], tz='UTC')} (UTC)"
    how = {
        "login": env._("Logged in to the customer's account"),
        "code": env._("One-time code sent to this e-mail address"),
    }
    rows = [
        (env._("Signed by"), "", vals["signer_name"]),
        (env._("Function"), "", vals["signer_function"]),
        (env._("For"), "", party),
        (env._("E-mail"), "", vals["signer_email"]),
        (env._("Identified by"), "", how[vals["signer_proof"]]),
        (env._("Time"), "", when),
        (
            env._("Contacts entered or changed in the 7 days before"),
            "",
            _lines(vals.get("signer_contacts")),
        ),
        (env._("SHA-256 of what was signed"), "code", vals["signed_sha256"]),
        (env._("Signature"), "", _picture(vals["signature"])),
    ]
    page = _PAGE.format(
        title=env._("Signature"),
        about=env._(
            "This page belongs to “%(title)s” on the pages before it. What was signed "
            "is also in this file as an attachment, unchanged.",
            title=title,
        ),
        rows=Markup().join(_ROW.format(*row) for row in rows if row[2]),
    )
    return html_pdf(env, page)


def html_pdf(env, page):
    """Return an HTML page, with its own style and pictures, as PDF."""
    margins = {"data-report-margin-top": 16, "data-report-header-spacing": 0}
    return (
        env["ir.actions.report"]
        .sudo()
        ._run_wkhtmltopdf([page], specific_paperformat_args=margins)
    )


def _lines(text):
    return Markup("<br/>").join((text or "").splitlines())


def _picture(signature):
    return Markup('<img src="data:image/png;base64,{}"/>').format(signature.decode())
