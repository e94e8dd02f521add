"""A cover page for a copy of an invoice."""

import io
import logging

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from odoo.exceptions import UserError
from odoo.tools import file_path

_logger = logging.getLogger(__name__)

FONT = "ArCover"
#: Odoo's own font with Latin, Greek and Cyrillic letters.
FONT_FILE = "web/static/fonts/sign/NotoSans-Reg.ttf"


def draw_cover(heading, lines):
    """Return a PDF of one page, or None if the font lacks a letter.

    Takes milliseconds, instead of a second for each page with wkhtmltopdf.

    :param str heading: in large letters
    :param lines: below it, one sentence each
    """
    try:
        face = _font()
    except (OSError, TTFError) as error:
        _logger.warning("The font for cover pages cannot be read: %s", error)
        return None
    if any(ord(letter) not in face.charToGlyph for letter in heading + "".join(lines)):
        return None
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=True)
    canvas.setTitle(heading)
    width, top = A4[0] - 50 * mm, A4[1] - 60 * mm
    canvas.setFont(FONT, 22)
    canvas.drawString(25 * mm, top, heading)
    canvas.setFont(FONT, 12)
    top -= 16 * mm
    for line in lines:
        for part in _wrap(line, width):
            canvas.drawString(25 * mm, top, part)
            top -= 7 * mm
        top -= 2 * mm
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def put_in_front(pdfs, cover, original):
    """Return a PDF with a page in front of another PDF, whose own pages are unchanged.

    Files in the original, like an e-invoice's XML, are kept. A PDF that cannot be
    opened is returned unchanged.

    :param PdfApart pdfs: the process to use
    """
    try:
        return pdfs.front(cover, original)
    except UserError as error:  # damaged in one of many ways, or with a password
        _logger.info("A copy gets no cover page: %s", error)
        return original


def _font():
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, file_path(FONT_FILE)))
    return pdfmetrics.getFont(FONT).face


def _wrap(text, width):
    """Cut a sentence into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pdfmetrics.stringWidth(longer, FONT, 12) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
