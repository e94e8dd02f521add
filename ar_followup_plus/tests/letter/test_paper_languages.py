"""Letters and statements in each language that customers read."""

import re

from odoo.tests import tagged

from ...models.statement.statement import Statement, checked_period
from ..statement.test_statements import StatementCommon

#: Language, a month as it writes it, words of the letter, words of the statement.
LANGUAGES = {
    "de_DE": (
        "März 2026",
        ("sind noch offen", "Bitte zahlen Sie", "Tage überfällig", "Briefnummer"),
        ("Auszug der offenen Posten", "Fällig am", "1-30 Tage", "Kundennummer"),
    ),
    "es_ES": (
        "marzo de 2026",
        ("siguen pendientes", "Le rogamos que pague", "Días de retraso"),
        ("Extracto de partidas pendientes", "Vencimiento", "1-30 días"),
    ),
    "nl_NL": (
        "maart 2026",
        ("We wachten nog op", "Dagen te laat", "Met vriendelijke groet"),
        ("Overzicht van open posten", "Vervaldatum", "1-30 dagen"),
    ),
    "it_IT": (
        "marzo 2026",
        ("sono ancora aperti", "La preghiamo di pagare", "Giorni di ritardo"),
        ("Estratto delle partite aperte", "Scadenza", "1-30 giorni"),
    ),
    "pt_PT": (
        "março de 2026",
        ("continuam em aberto", "Pedimos que pague", "Dias de atraso"),
        ("Extrato de itens em aberto", "Vencimento", "1-30 dias"),
    ),
}
#: What would be left of English.
ENGLISH = ("Please", "Due date", "Days late", "Kind regards", "still open", "Total of")


@tagged("post_install", "-at_install")
class TestPaperLanguages(StatementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak(*LANGUAGES)

    def test_paper(self):
        """One letter and one statement of each, nothing of them in English."""
        self._invoice(self.customer, 1234.5, 22)
        debtor = self._debtor(self.customer)
        for lang, (month, letter_words, statement_words) in LANGUAGES.items():
            with self.subTest(lang=lang):
                self.customer.lang = lang
                letter = self._letter("firm")
                self._make(letter)
                with self.allow_pdf_render():
                    files, failed = Statement(debtor, checked_period(debtor)).pdfs()
                self.assertFalse(failed)
                for content, words in (
                    (letter.letter_id.raw, letter_words),
                    (files[debtor.id], statement_words),
                ):
                    text = self._text(content)
                    for word in (month, "Sample Supplies", "C-1001", *words):
                        self.assertIn(word, text)
                    for word in ENGLISH:
                        self.assertNotIn(word, text)

    def test_letters_of_every_stage_are_complete(self):
        """No placeholder, no empty sentence, no English, in any language."""
        for lang in LANGUAGES:
            self.customer.lang = lang
            for stage in ("gentle", "firm", "final", "notice"):
                with self.subTest(lang=lang, stage=stage):
                    letter = self._letter(stage).with_context(lang=lang)
                    values = letter._letter_values()
                    text = self._check_text(
                        values["subject"], str(values["body"]), lang
                    )
                    for word in ENGLISH:
                        self.assertNotIn(word, text)

    def test_mails(self):
        """The e-mails of the ladder, likewise."""
        for lang in LANGUAGES:
            self.customer.lang = lang
            for stage in ("preventive", "gentle", "firm", "final", "notice"):
                with self.subTest(lang=lang, stage=stage):
                    invoice = self._invoice(self.customer, 500, self._due(stage))
                    text = self._read(self._notice(stage, [invoice]), lang)
                    for word in ENGLISH:
                        self.assertNotIn(word, text)

    def test_same_placeholders(self):
        """A translation has the placeholders and parts of the English text."""
        for text in self.env["ar.letter.text"].search([]):
            english = re.findall(r"\{[a-z_]+\}", text.with_context(lang="en_US").body)
            for lang in LANGUAGES:
                with self.subTest(text=text.name, lang=lang):
                    body = text.with_context(lang=lang).body
                    self.assertEqual(
                        sorted(set(re.findall(r"\{[a-z_]+\}", body))),
                        sorted(set(english)),
                    )
                    self.assertEqual(body.count("["), body.count("]"))
                    self.assertNotEqual(body, text.with_context(lang="en_US").body)
