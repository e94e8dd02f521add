"""Pages after the first: nothing is printed over anything, and no line twice."""

import os
import re
import subprocess
from collections import Counter
from html import unescape
from pathlib import Path

from odoo.tests import tagged

from ...models.payment_plan.agreement import Agreement
from ..credit_terms.policy_common import PolicyMixin
from ..statement.test_statements import StatementCommon

LANGUAGES = ("en_US", "de_DE", "fr_FR", "es_ES", "nl_NL", "it_IT", "pt_PT")
#: Numbers of rows: one, some, more than a page, several pages.
SIZES = (1, 7, 40, 120)
#: Languages in which all of them are rendered; in the others, a page and some pages are.
ALL_SIZES = ("en_US", "de_DE")
#: Part of the smaller of two words that may lie under the other.
MOST_SHARED = 0.25
PAGE = re.compile(r"<page .*?</page>", re.DOTALL)
WORD = re.compile(
    r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>'
)


def pages_of(content):
    """Return the words of each page of a PDF: ``[(left, top, right, bottom, text)]``."""
    done = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True
    )
    return [
        [
            (*map(float, word[:4]), unescape(word[4]))
            for word in WORD.findall(page)
            if word[4].strip()
        ]
        for page in PAGE.findall(done.stdout.decode())
    ]


def overlaps(words):
    """Return the pairs of words of a page that are printed over one another."""
    words = sorted(words, key=lambda word: word[1])
    found = []
    for at, (left, top, right, bottom, text) in enumerate(words):
        for l2, t2, r2, b2, other in words[at + 1 :]:
            if t2 >= bottom:
                break
            wide = min(right, r2) - max(left, l2)
            high = min(bottom, b2) - max(top, t2)
            if wide <= 0 or high <= 0:
                continue
            small = min((right - left) * (bottom - top), (r2 - l2) * (b2 - t2))
            if small and wide * high > MOST_SHARED * small:
                found.append((text, other))
    return found


@tagged("post_install", "-at_install")
class TestPaperPages(PolicyMixin, StatementCommon):
    """Customers with one, seven, forty and 120 invoices, in each language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak(*LANGUAGES)
        cls.company.partner_id.write(
            {"street2": "Second Floor, Left", "phone": "+1 555 0100 200"}
        )
        cls.invoices, cls.customers = {}, {}
        for size in SIZES:
            partner = cls._customer(f"Customer of {size}", street="1 Example Street")
            moves = [cls._invoice(partner, 100 + n, 30 + n) for n in range(size)]
            cls.invoices[partner] = moves
            cls.customers[size] = partner
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.made = {}

    def _render(self, report, records, lang):
        """Return the PDF of several documents made together."""
        with self.allow_pdf_render():
            content, kind = (
                self.env["ir.actions.report"]
                .with_context(lang=lang, force_report_rendering=True)
                ._render_qweb_pdf(f"ar_followup_plus.{report}", records.ids)
            )
        self.assertEqual(kind, "pdf")
        folder = os.environ.get("AR_PAPERS")  # to look at them
        if folder:
            Path(folder, f"{report}-{lang}.pdf").write_bytes(content)
        return content

    def _check(self, content, numbers=()):
        """Assert that no words overlap, and each of the numbers is there once."""
        pages = pages_of(content)
        self.assertTrue(pages)
        for at, words in enumerate(pages, start=1):
            self.assertEqual(overlaps(words), [], f"page {at}")
        said = Counter(word[4].strip(",.;()") for words in pages for word in words)
        for number in numbers:
            self.assertEqual(said[number], 1, number)
        return pages

    def _each_language(self, report, documents, one_each=True):
        """Render and check the documents of customers, in each language.

        :param documents: a function that returns the document of a customer
        :param one_each: whether the number of each invoice stands there once
        """
        for lang in LANGUAGES:
            sizes = SIZES if lang in ALL_SIZES else SIZES[1:3]
            partners = [self.customers[size] for size in sizes]
            for partner in partners:
                partner.lang = lang
            self.env.flush_all()
            with self.subTest(lang=lang):
                records = self._together(documents, partners)
                content = self._render(report, records, lang)
                numbers = [
                    move.name
                    for partner in partners
                    for move in self.invoices[partner]
                    # That of a single invoice is the reference to give, too
                    if one_each and len(self.invoices[partner]) > 1
                ]
                pages = self._check(content, numbers)
                self.assertGreaterEqual(len(pages), len(sizes))

    def _together(self, documents, partners):
        """Return the documents of some customers; each is made once."""
        found = None
        for partner in partners:
            if partner not in self.made:
                self.made[partner] = documents(partner)
            found = found | self.made[partner] if found else self.made[partner]
        return found

    def test_statements(self):
        self._each_language("action_report_statement", self._debtor)

    def test_letters(self):
        self._each_language(
            "action_report_letter",
            lambda partner: self._notice(
                "firm", self.invoices[partner], channel="letter"
            ),
        )

    def test_agreements(self):
        def agreement(partner):
            items = self.env["ar.open.item"].search(
                [("partner_id", "=", partner.id), ("amount_residual", ">", 0)]
            )
            values = {"count": 12, "first_on": self._ago(-7)}
            return Agreement(self._debtor(partner).sudo()).propose(items, values)

        self._each_language("action_report_agreement", agreement)

    def test_call_briefs(self):
        self._each_language("action_report_call_brief", self._debtor, one_each=False)

    def test_terms(self):
        """A paragraph for each row: published terms in each language."""
        countries = self.env["res.country"].search([], limit=len(SIZES))
        for size, country in zip(SIZES, countries, strict=True):
            lines = "".join(
                f"<h2>Section-{n}</h2><p>Point-{n} {'and so on ' * 30}</p>"
                for n in range(size)
            )
            with self.subTest(size=size), self.allow_pdf_render():
                policy = self._draft(
                    name=f"Terms of {size}", part_pay=lines, country_id=country.id
                )
                policy.publish()
                for text in policy.text_ids:
                    numbers = [f"Point-{n}" for n in range(size)]
                    numbers += [f"Section-{n}" for n in range(size)]
                    self._check(text.document_id.raw, numbers)
