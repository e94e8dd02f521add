"""Whatever a customer reads is translated into each language that is shipped."""

import ast
import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged

ADDON = Path(__file__).parents[2]
LANGUAGES = ("fr", "de", "es", "nl", "it", "pt")
#: Templates that only people of the company see.
OURS = (
    "call_brief",
    "evidence",
    "debtor_",
    "go_live_",
    "notice_lines",
    "message_preview",
)
#: Sources whose sentences customers read.
SOURCES = (
    "controllers/customer_answer.py",
    "controllers/customer_payment.py",
    "controllers/signing.py",
    "models/portal/answer_words.py",
    "models/portal/page_payment.py",
    "models/late_charge/charge_words.py",
    "models/late_charge/ar_notice.py",
    "models/statement/statement_sheet.py",
    "models/notice_text/text_values.py",
    "tools/customer_format.py",
    "tools/pdf/pdf_signature_page.py",
)
#: Sentences in other sources that customers read.
SENTENCES = {
    "models/portal/customer_page.py": (
        "A credit is taken off",
        "Covered by a credit",
        "Payment received, being booked",
        "You wrote to us: we will answer",
        "Your payment is on its way",
    ),
    "models/letter/thanks.py": ("your payment",),
    "models/payment_plan/plan_messages.py": ("Installment %(number)s", "Dear %(name)s"),
    "models/statement/statement.py": (
        "Charge for paying late",
        "Counted elsewhere",
        "Being looked into",
        "Agreed with you",
    ),
    "models/signing/ar_signed.py": (
        "%(document)s, signed.pdf",
        "Please type your full name.",
        "The signature could not be read: please sign once more.",
    ),
}
#: Of these sources, what colleagues read.
TO_COLLEAGUES = {
    "Not written to any more: %(address)s",
    "Waits until %(day)s.",
}


def said(path):
    """Return the sentences of a source that are translated."""
    tree = ast.parse((ADDON / path).read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def has_words(term):
    """Return whether there is anything in a term to translate."""
    text = re.sub(r"<[^>]*>|\{\{.*?\}\}|\{\w+\}|%\(\w+\)s|\[|\]", "", term)
    return bool(re.search(r"[^\W\d_]{2}", text))


@tagged("post_install", "-at_install")
class TestCustomerLanguages(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known = {}
        for lang in LANGUAGES:
            entries = polib.pofile(str(ADDON / "i18n" / f"{lang}.po"))
            cls.known[lang] = {entry.msgid for entry in entries if entry.msgstr}

    def assert_known(self, terms):
        """Assert that terms are translated, by naming those that are not."""
        terms = {term for term in terms if has_words(term)}
        self.assertTrue(terms)
        for lang in LANGUAGES:
            with self.subTest(lang=lang):
                self.assertEqual(sorted(terms - self.known[lang]), [])

    def _shipped(self, model):
        data = self.env["ir.model.data"].search(
            [("module", "=", "ar_followup_plus"), ("model", "=", model)]
        )
        return self.env[model].browse(data.mapped("res_id")).exists()

    def test_pages_and_papers(self):
        """Each template, but for those that only colleagues see."""
        views = self._shipped("ir.ui.view").filtered(lambda view: view.type == "qweb")
        field, terms = views._fields["arch_db"], set()
        for view in views.with_context(lang="en_US"):
            name = view.key.removeprefix("ar_followup_plus.")
            if not name.startswith(OURS):
                terms.update(field.get_trans_terms(view.arch_db))
        self.assert_known(terms)

    def test_mails(self):
        """Subjects and bodies."""
        templates = self._shipped("mail.template").with_context(lang="en_US")
        self.assert_known(
            term for one in templates for term in (one.subject, str(one.body_html))
        )

    def test_letters(self):
        """Texts, subjects, and what the law of a country asks for."""
        texts = self._shipped("ar.letter.text").with_context(lang="en_US")
        terms = {subject for subject in texts.mapped("subject") if subject}
        for text in texts:
            terms.update(texts._fields["body"].get_trans_terms(str(text.body)))
        presets = self._shipped("ar.demand.preset").with_context(lang="en_US")
        terms.update(filter(None, presets.mapped("text")))
        self.assert_known(terms)

    def test_reasons_on_the_page(self):
        reasons = self._shipped("ar.dispute.reason").with_context(lang="en_US")
        self.assert_known(reasons.filtered("on_page").mapped("name"))

    def test_sentences(self):
        """What the code says."""
        terms = set().union(*map(said, SOURCES)) - TO_COLLEAGUES
        for path, sentences in SENTENCES.items():
            self.assertLessEqual(set(sentences), said(path), path)
            terms.update(sentences)
        self.assert_known(terms)
