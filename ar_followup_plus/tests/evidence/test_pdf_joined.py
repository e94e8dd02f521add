"""PDFs that are joined on disk: their pages stay as they are, with a number each."""

import io

from reportlab.lib.pagesizes import A4, A5, landscape
from reportlab.pdfgen.canvas import Canvas

from odoo.tests import TransactionCase
from odoo.tools.pdf import (
    NameObject,
    NumberObject,
    OdooPdfFileReader,
    OdooPdfFileWriter,
)

from ...tools.pdf.pdf_join import JoinedPdf, PdfProblem, picture_pdf, read_pdf


def drawn(*texts, size=A4, **options):
    """Return a PDF with a page for each text, and a link to its last page."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=True, **options)
    for number, text in enumerate(texts):
        canvas.bookmarkPage(f"p{number}")
        canvas.linkRect("", f"p{len(texts) - 1}", (50, 50, 90, 90))
        canvas.drawString(100, 100, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def turned(content, degrees):
    """Return a PDF whose pages are turned, by their parent and not each by itself."""
    writer = OdooPdfFileWriter()
    for page in OdooPdfFileReader(io.BytesIO(content)).pages:
        page.pop("/Rotate", None)  # reportlab gives each page its own
        writer.add_page(page)
    pages = writer._root_object["/Pages"].get_object()
    pages[NameObject("/Rotate")] = NumberObject(degrees)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


class TestJoinedPdf(TransactionCase):
    def _join(self, *contents, titles=()):
        file = io.BytesIO()
        joined = JoinedPdf(file, "Tout – „alles“")
        for number, content in enumerate(contents):
            title = titles[number] if titles else None
            joined.add(read_pdf(content, 100, 20), title)
        joined.close()
        return OdooPdfFileReader(io.BytesIO(file.getvalue()), strict=True)

    def test_pages_stay_as_they_are(self):
        reader = self._join(
            drawn("one", "two"), drawn("three", size=landscape(A5)), drawn("four")
        )
        texts = [page.extract_text().split() for page in reader.pages]
        self.assertEqual(
            texts, [["one", "1"], ["two", "2"], ["three", "3"], ["four", "4"]]
        )
        sizes = [
            (round(page.mediabox.width), round(page.mediabox.height))
            for page in reader.pages
        ]
        self.assertEqual(sizes[2], tuple(round(side) for side in landscape(A5)))
        self.assertEqual(sizes[0], tuple(round(side) for side in A4))

    def test_what_a_page_inherits(self):
        for degrees in (90, 180, 270):
            reader = self._join(turned(drawn("round"), degrees))
            self.assertEqual(reader.pages[0]["/Rotate"], degrees)
            self.assertEqual(reader.pages[0].extract_text().split(), ["round", "1"])

    def test_titles(self):
        reader = self._join(
            drawn("one"), drawn("two"), titles=("First", "Zweites – 二")
        )
        self.assertEqual(
            [entry.title for entry in reader.outline], ["First", "Zweites – 二"]
        )
        numbers = {
            page.indirect_reference.idnum: number
            for number, page in enumerate(reader.pages)
        }
        pages = [
            numbers[dict.__getitem__(one, "/Page").idnum] for one in reader.outline
        ]
        self.assertEqual(pages, [0, 1])
        self.assertEqual(reader.metadata.title, "Tout – „alles“")

    def test_links_lead_within_the_document(self):
        """A link of a document leads to its own page, or nowhere; never to another's."""
        reader = self._join(drawn("one"), drawn("two", "three"))
        numbers = {page.indirect_reference.idnum for page in reader.pages}
        for page in reader.pages:
            for annotation in page.get("/Annots", []):
                place = annotation.get_object().get("/Dest")
                if isinstance(place, list):
                    self.assertIn(list.__getitem__(place, 0).idnum, numbers)

    def test_passwords_and_damage(self):
        writer = OdooPdfFileWriter()
        writer.add_page(OdooPdfFileReader(io.BytesIO(drawn("one"))).pages[0])
        writer.encrypt("secret", "owner")
        file = io.BytesIO()
        writer.write(file)
        for content in (file.getvalue(), b"%PDF-1.4 no", b""):
            with self.assertRaises(PdfProblem):
                read_pdf(content, 100, 20)
        with self.assertRaises(PdfProblem):
            picture_pdf(b"no picture", 10**6)
