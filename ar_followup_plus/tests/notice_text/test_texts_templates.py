"""Each template with all that can be missing, and with all that can be there."""

from unittest.mock import patch

from .text_common import STAGES, TextCommon

#: Everything that other parts of the addon could say.
EVERYTHING = {
    "call_contact": "Test Person",
    "call_date": "March 3, 2026",
    "reply_date": "March 4, 2026",
    "dispute_owner": "Test Collector",
    "dispute_deadline": "March 19, 2026",
    "promise_date": "March 20, 2026",
    "rate_text": "at 8 % a year",
    "charges": "$ 12.34",
    "total_demanded": "$ 1,212.34",
    "handover_partner_type": "a collection agency",
    "handover_partner_name": "Sample Collections",
    "handover_partner_address": "3 Sample Street, Sampleton",
    "statutory_collection_cost": "$ 40.00",
    "hold_date": "March 18, 2026",
    "policy_section": "5",
    "signer_name": "Test Signer",
    "acceptance_date": "January 2, 2025",
    "policy_attached": True,
    "debt_advice_contact": "the Sample Advice Line",
    "advice_pause_days": 30,
}
KINDS = ("business", "sole_trader", "consumer", "public", "group")
#: What no public body may be told.
THREATS = (
    "formal demand for payment, on",
    "decide how to proceed",
    "pass the claim",
    "pass this claim",
    "New orders on account",
    "What we pass on",
    "further costs",
)


class TestTemplates(TextCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = {
            stage: cls._invoice(cls.customer, 1200, cls._due(stage), ref="PO-17")
            for stage in STAGES
        }
        cls.two = {
            stage: cls._invoice(cls.customer, 300.5, cls._due(stage) - 1)
            for stage in STAGES
        }
        cls.euro = {
            stage: cls._invoice(cls.customer, 99.95, cls._due(stage), cls.eur)
            for stage in STAGES
        }
        cls.late = cls._invoice(cls.customer, 75.2, 4)
        cls.coming = cls._invoice(cls.customer, 333, -20)
        cls.disputed = cls._invoice(cls.customer, 41, 44)
        cls.promised = cls._invoice(cls.customer, 42, 45)
        cls.credit = cls._credit(cls.customer, 200)

    def _everything(self, stage, **values):
        """Return a notice with every list filled."""
        return self._notice(
            stage,
            [
                {"item": self.one[stage], "amount": 1000},
                self.two[stage],
                self.euro[stage],
            ],
            also=[self.late],
            coming=[self.coming],
            apart=[self.disputed],
            agreed=[self.promised],
            credit=[self.credit],
            number="N2026-000001",
            **values,
        )

    def _bare(self):
        """Take away whatever a company can leave empty."""
        self.company.write(
            {
                "phone": False,
                "email": False,
                "ar_email": False,
                "website": False,
                "ar_ways_to_pay": False,
                "ar_phone_hours": False,
                "ar_user_id": False,
                "ar_manager_id": False,
            }
        )
        self.company.partner_id.write(
            {"street": False, "city": False, "zip": False, "country_id": False}
        )
        self.customer.ref = False

    def test_one_item(self):
        for stage in STAGES:
            with self.subTest(stage):
                text = self._read(self._notice(stage, [self.one[stage]]))
                self.assertIn("$\N{NO-BREAK SPACE}1,200.00", text)
                self.assertIn("PO-17", text)
                self.assertNotIn("oldest", text)
                self.assertNotIn("invoices from", text)

    def test_many_items(self):
        for stage in STAGES:
            with self.subTest(stage):
                about = [self.one[stage], self.two[stage]]
                text = self._read(self._notice(stage, about))
                self.assertIn("$\N{NO-BREAK SPACE}1,500.50", text)
                for move in about:
                    self.assertIn(move.name, text)

    def test_two_currencies(self):
        for stage in STAGES:
            with self.subTest(stage):
                about = [self.one[stage], self.euro[stage]]
                text = self._read(self._notice(stage, about))
                self.assertIn(
                    "1,200.00\N{NO-BREAK SPACE}USD and 99.95\N{NO-BREAK SPACE}EUR", text
                )
                self.assertNotIn("$", text)
                self.assertNotIn("1,299.95", text)

    def test_without_contact_name(self):
        for stage in STAGES:
            with self.subTest(stage):
                self._person(self.customer, False)
                text = self._read(self._notice(stage, [self.one[stage]]))
                self.assertIn("Hello,", text)
                self.assertNotIn("Dear", text)

    def test_without_phone(self):
        self.company.phone = False
        (self.collector | self.manager).phone = False
        for stage in STAGES:
            with self.subTest(stage):
                text = self._read(self._notice(stage, [self.one[stage]]))
                self.assertNotIn("555", text)
                self.assertNotIn("call", text)

    def test_with_nothing(self):
        self._bare()
        for stage in STAGES:
            for kind in KINDS:
                with self.subTest(stage=stage, kind=kind):
                    notice = self._notice(
                        stage,
                        [self.one[stage]],
                        date_given=False,
                        debtor={"kind": kind},
                    )
                    text = self._read(notice)
                    for absent in ("Customer number", "Message", "Ways to pay"):
                        self.assertNotIn(absent, text)
                    self.assertIn("Sample Supplies", text)

    def test_with_everything(self):
        Notice = type(self.env["ar.notice"])
        for stage in STAGES:
            for kind in KINDS:
                with self.subTest(stage=stage, kind=kind):
                    notice = self._everything(stage, debtor={"kind": kind})
                    extra = dict.fromkeys(notice.ids, EVERYTHING)
                    with patch.object(Notice, "_text_extra", lambda _s, e=extra: e):
                        text = self._read(notice)
                    self.assertIn("Customer number C-1001", text)
                    self.assertIn("Message N2026-000001", text)
                    self.assertIn("75.20\N{NO-BREAK SPACE}USD", text)
                    if stage == "preventive":
                        continue
                    self.assertIn("Test Collector will answer you by March 19", text)
                    self.assertIn("by March 20, 2026.", text)
                    self.assertIn("already taken off: 200.00", text)

    def test_lines_of_other_parts(self):
        """The sentences that wait for other parts of the addon come when they do."""
        expected = {
            "firm": [
                "at 8 % a year is running meanwhile; as of today it would be $ 12.34.",
                "Thank you for your answer of March 4, 2026.",
            ],
            "final": [
                "Total of this demand: $ 1,212.34",
                "we will prepare to pass the claim to a collection agency.",
                "New orders on account will wait from March 18, 2026 until",
                "section 5 of the terms of payment accepted by Test Signer on",
            ],
            "notice": [
                "pass this claim to Sample Collections, 3 Sample Street, Sampleton, "
                "after that day.",
                "as far as the law allows: $ 40.00.",
                "What we pass on: name and address",
            ],
        }
        Notice = type(self.env["ar.notice"])
        for stage, sentences in expected.items():
            notice = self._notice(stage, [self.one[stage]])
            without = self._read(notice)
            extra = dict.fromkeys(notice.ids, EVERYTHING)
            notice.invalidate_recordset()
            with patch.object(Notice, "_text_extra", lambda _s, e=extra: e):
                text = self._read(notice)
            for sentence in sentences:
                self.assertIn(sentence, text)
                self.assertNotIn(sentence, without)

    def test_advice_for_private_persons_only(self):
        Notice = type(self.env["ar.notice"])
        for kind in KINDS:
            notice = self._notice("notice", [self.one["notice"]], debtor={"kind": kind})
            extra = dict.fromkeys(notice.ids, EVERYTHING)
            with patch.object(Notice, "_text_extra", lambda _s, e=extra: e):
                text = self._read(notice)
            private = kind in ("consumer", "sole_trader")
            self.assertEqual("the Sample Advice Line" in text, private, kind)

    def test_consumers_see_no_debt_in_a_subject(self):
        for stage in ("gentle", "firm", "final", "notice"):
            for about in ([self.one[stage]], [self.one[stage], self.two[stage]]):
                debtor = {"kind": "consumer"}
                subject, _body = self._render(self._notice(stage, about, debtor=debtor))
                self.assertTrue(subject.startswith("Sample Supplies: "), subject)
                self.assertNotRegex(
                    subject, r"(?i)overdue|demand|remind|open|owe|debt|\$|\.\d\d|unpaid"
                )

    def test_public_bodies_are_not_threatened(self):
        Notice = type(self.env["ar.notice"])
        for stage in STAGES:
            notice = self._everything(stage, debtor={"kind": "public"})
            extra = dict.fromkeys(notice.ids, EVERYTHING)
            with patch.object(Notice, "_text_extra", lambda _s, e=extra: e):
                text = self._read(notice)
            for threat in THREATS:
                self.assertNotIn(threat, text)

    def test_subjects(self):
        day = "March 17, 2026"
        expected = {
            "preventive": (
                "Sample Supplies: invoice {0} is due on March 15, 2026",
                "Sample Supplies: 2 invoices due by March 16, 2026",
            ),
            "gentle": (
                "Reminder: invoice {0} from Sample Supplies",
                "Reminder: 2 open invoices from Sample Supplies",
            ),
            "firm": (
                f"Overdue: $ 1,200.00 to Sample Supplies, please pay by {day}",
                f"Overdue: $ 1,500.50 to Sample Supplies, please pay by {day}",
            ),
            "final": (
                f"Formal demand for payment: $ 1,200.00, due by {day}",
                f"Formal demand for payment: $ 1,500.50, due by {day}",
            ),
            "notice": (
                f"Last opportunity to settle $ 1,200.00 directly with us: {day}",
                f"Last opportunity to settle $ 1,500.50 directly with us: {day}",
            ),
        }
        for stage, (single, plural) in expected.items():
            one = self._notice(stage, [self.one[stage]])
            many = self._notice(stage, [self.one[stage], self.two[stage]])
            for notice, wanted in ((one, single), (many, plural)):
                subject, _body = self._render(notice)
                self.assertEqual(
                    subject.replace("\N{NO-BREAK SPACE}", " "),
                    wanted.format(self.one[stage].name),
                )

    def test_templates_are_for_notices_and_name_no_recipients(self):
        for stage in STAGES:
            template = self.env.ref(f"ar_followup_plus.mail_template_{stage}")
            self.assertEqual(template.model, "ar.notice")
            self.assertFalse(template.use_default_to)
            self.assertFalse(template.auto_delete)
            self.assertFalse(template.email_from)
            self.assertFalse(template.reply_to)

    def test_language_is_the_customers_else_the_companys(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("ar_followup_plus.mail_template_gentle")
        notice = self._notice("gentle", [self.one["gentle"]])
        for customer, company, expected in (
            ("fr_FR", "en_US", "fr_FR"),
            (False, "fr_FR", "fr_FR"),
        ):
            self.customer.lang = customer
            self.company.partner_id.lang = company
            langs = template._render_lang(notice.ids)
            self.assertEqual(langs[notice.id], expected)
