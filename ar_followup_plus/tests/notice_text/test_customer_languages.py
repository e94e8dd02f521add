"""Whatever a customer reads is translated into each language that is shipped."""

import ast
import re
from pathlib import Path

import polib
from lxml import html

from odoo.tests import TransactionCase, tagged

from ...models.credit_terms.ar_credit_policy import NEXT, PARTS

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
    "controllers/busy.py",
    "controllers/customer_answer.py",
    "controllers/customer_payment.py",
    "controllers/signing.py",
    "models/dispute/dispute_intake.py",
    "models/portal/answer_commitment.py",
    "models/portal/answer_intake.py",
    "models/portal/answer_words.py",
    "models/portal/page_payment.py",
    "models/portal/typed.py",
    "models/late_charge/charge_words.py",
    "models/late_charge/ar_notice.py",
    "models/statement/statement_sheet.py",
    "models/notice_text/text_values.py",
    "tools/customer_format.py",
    "tools/pdf/pdf_signature_page.py",
    "tools/picture_size.py",
    "tools/uploads.py",
)
#: Sentences in other sources that customers read.
SENTENCES = {
    "models/customer/ar_debtor_contact.py": (
        "%(address)s of %(person)s: entered on %(moment)s (UTC) by %(who)s",
        "%(role)s is %(person)s: entered on %(moment)s (UTC) by %(who)s",
    ),
    "models/portal/customer_page.py": ("A credit is taken off",),
    "engine/decision/reasons.py": (
        "Covered by a credit",
        "Payment received, being booked",
        "You wrote to us: we will answer",
        "Your payment is on its way",
        "Not asked for at present",
    ),
    "models/credit_terms/ar_credit_policy_acceptance.py": (
        "%(name)s, version %(version)s",
        "There is a newer version of our terms of payment: please ask us for it.",
        "These terms of payment were signed or replaced already.",
        "This can no longer be signed: please ask us.",
    ),
    "models/credit_terms/ar_credit_policy_text.py": (
        "1. What to pay, and when",
        "2. Who is responsible for what",
        "3. What happens when it is late",
        "4. Legal clause",
        "Version %(version)s, holds from %(day)s",
    ),
    "models/letter/overpaid.py": ("Your payment", "You paid %(amount)s too much"),
    "models/letter/thanks.py": ("your payment",),
    "models/payment_plan/agreement.py": (
        "Choose 1 to %(most)s installments, and a first payment that is less than "
        "%(total)s.",
        "Choose an amount above nothing and of at most %(total)s: that is what is open "
        "and not being looked into.",
        "Choose items in one currency.",
        "Choose open invoices of this customer: what was chosen is paid meanwhile.",
        "Choose the day of the payment: today or later.",
        "Consumers pay in at most %(count)s installments, within %(count)s months.",
        "Credits cannot be promised.",
        "Each installment needs a date, today or later.",
        "Each installment needs an amount above nothing.",
        "Please choose another way to pay than a cheque.",
        "Promise an amount in one currency at a time.",
        "Something is agreed for %(numbers)s already: change or cancel that first.",
        "The payment can be promised for %(day)s at the latest. For a later date, "
        "please agree on installments.",
    ),
    "models/payment_plan/offer.py": (
        "Payment agreement %(number)s",
        "Something was paid or changed since this was offered: please contact us for a "
        "new one.",
        "The time for this offer is over: please contact us.",
        "This offer is not open any more: please contact us.",
    ),
    "models/payment_plan/plan_messages.py": ("Installment %(number)s", "Dear %(name)s"),
    "models/referral/ar_referral_partner.py": (
        "%(partner)s handles this invoice now. %(how)s",
        "Please contact them: %(contact)s",
    ),
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
    "No longer contacted: %(address)s",
    "Not the right contact",
    "On hold until %(day)s.",
}


def said(path):
    """Return the sentences of a source that are translated."""
    tree = ast.parse((ADDON / path).read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", None)) in ("_", "_lt")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def has_words(term):
    """Return whether there is anything in a term to translate."""
    text = re.sub(r"<[^>]*>|\{\{.*?\}\}|\{\w+\}|%\(\w+\)s|\[|\]", "", term)
    return bool(re.search(r"[^\W\d_]{2}", text))


def after_greeting(body):
    """Return how the first sentence after the greeting may begin, in a mail or letter.

    Those of all paragraphs and of alternatives within them, up to the first paragraph
    that has no condition.
    """
    tree = html.fragment_fromstring(body, create_parent=True)
    texts = [p for p in tree.iter("p") if p.text_content().strip().endswith(",")]
    if not texts:
        return
    for p in [p for p in tree.iter("p") if p not in texts[:1]]:
        if p.sourceline < texts[0].sourceline or p.get("t-out"):
            continue
        words = p.text_content().strip()
        yield from re.findall(r"^\[?(\w[^\[\]]*)", words)
        # "[With a value ...][else:Without ...]"
        yield from re.findall(
            r"^\[[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*\]\[else:(\w[^\[\]]*)", words
        )
        conditions = [*p.attrib, *p.getparent().attrib]
        if not any(name in ("t-if", "t-elif", "t-else") for name in conditions):
            return


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

    def _bodies(self, lang):
        """Return mails and letters as they are written, ``(name, body)``."""
        self.env["res.lang"]._activate_lang(lang)
        self.env["ir.module.module"]._load_module_terms(["ar_followup_plus"], [lang])
        for model, name in (
            ("mail.template", "body_html"),
            ("ar.letter.text", "body"),
        ):
            for one in self._shipped(model).with_context(lang=lang):
                yield one.display_name, str(one[name])

    def test_capital_letter_after_the_greeting(self):
        for lang in ("en_US", "fr_FR"):
            found = 0
            for name, body in self._bodies(lang):
                with self.subTest(lang=lang, name=name):
                    for text in after_greeting(body):
                        found += 1
                        self.assertFalse(text[0].islower(), text)
            self.assertGreater(found, 40)

    def test_amounts_have_no_singular_verb(self):
        """Of "800.00 USD and 450.00 EUR" nobody says that it is due."""
        singular = re.compile(
            r"(?:total_due|amount_overdue|\['overdue'\])(?:[^<]*</[bt]>|\})"
            r" (?:on your account )?(?:is|was|has|remains)\b"
        )
        for name, body in self._bodies("en_US"):
            with self.subTest(name=name):
                self.assertIsNone(singular.search(body))

    def test_terms_of_payment(self):
        """The terms that we propose, which customers sign."""
        policies = self._shipped("ar.credit.policy").with_context(lang="en_US")
        terms = set(policies.mapped("name"))
        for policy in policies:
            for name in (*PARTS, *NEXT):
                field = policy._fields[name]
                terms.update(field.get_trans_terms(str(policy[name] or "")))
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
