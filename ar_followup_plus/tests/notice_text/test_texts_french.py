"""French: what customers read is translated whole, with French amounts and dates."""

import re
from pathlib import Path

import polib

from .text_common import STAGES, TextCommon

TRANSLATION = Path(__file__).parents[2] / "i18n" / "fr.po"
#: Where texts for customers come from.
CUSTOMERS = (
    "mail.template,body_html",
    "models/notice_text/",
    "tools/customer_format",
    "report/",
    "report.",
)
#: Words that no French text has.
ENGLISH = re.compile(
    r"\b(the|and|please|your|with|invoices?|due|payment|we|you|day|days|by|total of)\b",
    re.IGNORECASE,
)
#: Names of the test's own people and things, and what French shares with English.
NAMES = re.compile(
    r"Sample \w+|Test \w+|United States|Bank transfer to account|Cheque by post|"
    r"Monday to Friday, 9 to 17|First Customer|\S+@\S+|https?\S+"
)


class TestTextsInFrench(TextCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak("fr_FR")
        cls.customer.lang = "fr_FR"
        cls._person(cls.customer, "Test Person", lang="fr_FR")

    def _french(self, notice):
        """Return subject and text in French, checked."""
        self.env.flush_all()
        subject, body = self._render(notice, "fr_FR")
        text = self._check_text(subject, body, "fr_FR")
        return subject, re.sub(r"\s", " ", text)

    def test_each_stage_differs_from_english(self):
        for stage in STAGES:
            invoice = self._invoice(self.customer, 1200, self._due(stage), ref="PO-17")
            notice = self._notice(stage, [invoice])
            english = self._read(notice)
            subject, text = self._french(notice)
            self.assertNotIn(subject, english)
            self.assertIn("Bonjour Test Person,", text)
            self.assertIn("1 200,00", text)
            self.assertIn("mars 2026", text)
            self.assertIn("Votre numéro de commande : PO-17", text)
            found = ENGLISH.search(NAMES.sub("", text))
            self.assertFalse(found, f"{stage}: {found}")

    def test_amounts_and_dates(self):
        invoice = self._invoice(self.customer, 1234.5, 20, self.eur)
        subject, text = self._french(self._notice("firm", [invoice]))
        self.assertEqual(
            re.sub(r"\s", " ", subject),
            "En retard : 1 234,50 EUR à Sample Supplies, merci de payer au plus tard "
            "le 17 mars 2026",
        )
        self.assertIn("restent à payer, depuis 20 jours.", text)
        self.assertIn("18 févr. 2026", text)
        self.assertIn("vous recevrez notre mise en demeure de payer, le 23 mars", text)

    def test_several(self):
        one, two = (self._invoice(self.customer, 10, days) for days in (9, 8))
        subject, text = self._french(self._notice("gentle", [one, two]))
        self.assertIn("2 factures ouvertes", subject)
        self.assertIn("la plus ancienne depuis le 1 mars 2026", text)

    def test_delivery_renders_in_the_customers_language(self):
        invoice = self._invoice(self.customer, 10, 9)
        notice = self._notice("gentle", [invoice])
        self.env.flush_all()
        template = self.env.ref("ar_followup_plus.mail_template_gentle").sudo()
        body = template._render_field("body_html", notice.ids, compute_lang=True)
        self.assertIn("Cordialement,", str(body[notice.id]))


class TestFrenchTerms(TextCommon):
    def test_what_customers_read_is_complete(self):
        missing = [
            entry.msgid
            for entry in polib.pofile(str(TRANSLATION))
            if any(
                part in place
                for place, _line in entry.occurrences
                for part in CUSTOMERS
            )
            and (not entry.msgstr or entry.fuzzy)
        ]
        self.assertEqual(missing, [])

    def test_placeholders_are_the_same(self):
        """A translation with another placeholder would break the sentence or mail."""
        for entry in polib.pofile(str(TRANSLATION)):
            if not entry.msgstr:
                continue
            for pattern in (r"%\(\w+\)s", r"t-[\w-]+=\"[^\"]*\"", r"\{\{.*?\}\}"):
                self.assertEqual(
                    sorted(re.findall(pattern, entry.msgid.replace("'you'", ""))),
                    sorted(re.findall(pattern, entry.msgstr.replace("'vous'", ""))),
                    entry.msgid[:80],
                )
