"""Texts of letters: in every situation complete, polite, and allowed."""

import hashlib

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...models.ladder.ar_letter_text import MOMENT_VALUES, fill
from .test_letters import LetterCommon

#: What each moment knows when all is known.
KNOWN = {
    "broken_promise": {
        "promise_made_date": "March 1, 2026",
        "promised_amount": "$ 300.00",
        "promise_date": "March 5, 2026",
        "promise_open": "$ 200.00",
        "amount_received": "$ 100.00",
    },
    "missed_installment": {
        "installment_amount": "$ 100.00",
        "installment_date": "March 5, 2026",
        "amount_received": "$ 40.00",
        "cure_date": "March 17, 2026",
    },
    "plan_default": {"plan_open": "$ 500.00"},
    "hold": {"hold_date": "March 17, 2026"},
    "payment_returned": {
        "returned_amount": "$ 500.00",
        "payment_date": "March 5, 2026",
    },
    "thanks": {
        "amount_received": "$ 500.00",
        "payment_date": "March 5, 2026",
        "next_due_total": "$ 90.00",
        "next_due_date": "April 1, 2026",
    },
}
#: Of these, what may be missing.
OPTIONAL = (
    "amount_received",
    "cure_date",
    "hold_date",
    "next_due_total",
)


@tagged("post_install", "-at_install")
class TestLetterTexts(LetterCommon):
    def _say(self, notice):
        """Return the body of a letter, read as every text is."""
        values = notice._letter_values()
        return self._check_text(values["subject"], str(values["body"]))

    # === PLACEHOLDERS AND PARTS === #

    def test_parts(self):
        values = {"a": "A", "b": "", "evil": "[{a}] <b>"}
        for body, wanted in (
            ("x[ {a}].", "x A."),
            ("x[ {b}].", "x."),
            ("[{b}!][else:else {a}]", "else A"),
            ("[{a}!][else:else]", "A!"),
            ("[{b}!][else:{b}]z", "z"),
            ("<p>[{b}]</p><p>y</p>", "<p>y</p>"),
            ("{evil}", "[{a}] &lt;b&gt;"),
        ):
            with self.subTest(body=body):
                self.assertEqual(fill(body, values, {}), wanted)

    def test_unknown_placeholder(self):
        text = self.env.ref("ar_followup_plus.letter_text_firm")
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            text.body = "<p>{nonsense}</p>"
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            text.subject = "{nonsense}"

    # === LADDER === #

    def test_every_stage_in_every_situation(self):
        """One item, many, two currencies; nothing known, and everything."""
        extra = {
            "charges": "$ 8.63",
            "handover_partner_type": "a collection agency",
            "handover_partner_name": "Fair Collections",
            "handover_partner_address": "3 Fair Road",
            "statutory_collection_cost": "$ 40.00",
            "hold_date": "March 20, 2026",
            "policy_section": "5",
            "signer_name": "Ms Sample",
            "acceptance_date": "May 1, 2025",
            "debt_advice_contact": "the advice centre",
            "advice_pause_days": "30",
        }
        for stage in ("preventive", "gentle", "firm", "final", "notice"):
            for kind in ("business", "consumer", "sole_trader", "public"):
                for full in (False, True):
                    with self.subTest(stage=stage, kind=kind, full=full):
                        due = self._due(stage)
                        invoices = [self._invoice(self.customer, 500, due)]
                        if full:
                            invoices.append(
                                self._invoice(self.customer, 70, due, self.eur)
                            )
                        notice = self._notice(
                            stage, invoices, channel="letter", debtor={"kind": kind}
                        )
                        self.patch(
                            self.env.registry["ar.notice"],
                            "_text_extra",
                            lambda notices, x=extra if full else {}: dict.fromkeys(
                                notices.ids, x
                            ),
                        )
                        notice.invalidate_recordset()
                        text = self._say(notice)
                        if kind in ("consumer", "public") or not full:
                            for word in ("Fair Collections", "collection agency"):
                                self.assertNotIn(word, text)
                        if kind == "consumer":
                            self.assertNotIn("8.63", text)
                            self.assertNotIn("500", notice._letter_values()["subject"])
                        if full and kind == "business" and stage == "notice":
                            self.assertIn("Fair Collections", text)
                            self.assertIn("8.63", text)

    def test_without_people(self):
        """Without phone, manager, address of the company or dates."""
        self.company.write({"ar_user_id": False, "ar_manager_id": False})
        self.company.partner_id.write({"phone": False, "email": False})
        self.company.ar_ways_to_pay = False
        self.customer.ref = False
        for stage in ("gentle", "firm", "final", "notice"):
            with self.subTest(stage=stage):
                self._say(self._letter(stage, date_given=False))

    def test_step_picks_a_text(self):
        text = self.env.ref("ar_followup_plus.letter_text_firm").copy(
            {
                "name": "Ours",
                "sequence": 99,
                "body": "<p>Our own words: {total_due}</p>",
            }
        )
        step = self._step("business_firm")
        letter = self._letter()
        self.assertIn("Our books still show", letter._letter_body())
        step.letter_text_id = text
        self.assertIn("Our own words: $\N{NO-BREAK SPACE}500.00", letter._letter_body())
        step.letter_body = "<p>The step's own</p>"
        self.assertIn("The step's own", letter._letter_body())

    def test_country_presets(self):
        """The law's words where a person or we put them; consumers by their own entry."""
        france = self.env.ref("base.fr")
        self.customer.country_id = france
        self.assertIn("mise en demeure", self._letter("final")._letter_body())
        self.assertNotIn("mise en demeure", self._letter("firm")._letter_body())
        preset = self.env.ref("ar_followup_plus.demand_preset_fr")
        preset.text = "As the law says, pay {total_demanded}."
        self.assertIn(
            "pay $\N{NO-BREAK SPACE}500.00.", self._letter("final")._letter_body()
        )
        with self.assertRaisesRegex(ValidationError, "France.*nonsense"):
            preset.text = "{nonsense}"
        for preset in self.env["ar.demand.preset"].search([]):
            self.assertTrue(preset.source)
            self.assertFalse(preset.private and preset.allow_handover)

    def test_charges_of_consumers_by_preset(self):
        """None without a preset that allows them."""
        self.patch(
            self.env.registry["ar.notice"],
            "_text_extra",
            lambda notices: dict.fromkeys(notices.ids, {"charges": "$ 8.63"}),
        )
        letter = self._letter("final")
        self.assertIn("8.63", letter._letter_body())
        letter.debtor_id.sudo().kind = "consumer"
        self.customer.country_id = self.env.ref("base.de")
        letter.invalidate_recordset()
        self.assertNotIn("8.63", letter._letter_body())
        self.env.ref("ar_followup_plus.demand_preset_de_private").allow_charges = True
        letter.invalidate_recordset()
        self.assertIn("8.63", letter._letter_body())

    def test_final_demand_by_email_carries_the_letter(self):
        """The e-mail has the same as a letter, with the number of the notice."""
        invoice = self._invoice(self.customer, 500, self._due("final"))
        notice = self._notice("final", [invoice])
        with self.allow_pdf_render():
            self.env["ar.notice"].deliver()
        self.assertEqual(notice.state, "sent")
        [pdf] = notice.attachment_ids
        self.assertIn(notice.number, pdf.name)
        text = self._text(pdf.raw)
        for part in (notice.number, "following remains unpaid", "Yours sincerely"):
            self.assertIn(part, text)
        digest = hashlib.sha256(pdf.raw).hexdigest()
        self.assertEqual(notice.file_sums, {str(pdf.id): digest})
        mail = self.env["mail.mail"].sudo().search([("ar_notice_id", "=", notice.id)])
        self.assertEqual(mail.attachment_ids, pdf)

    def test_sixty_items(self):
        """Three pages, sums carried over, and what an e-mail shows stays one table."""
        invoices = [self._invoice(self.customer, 10 + n, 22) for n in range(60)]
        self.customer.name = "The Very Long Name Company of Everything and More " * 2
        notice = self._notice("firm", invoices, channel="letter")
        self._make(notice)
        content = notice.letter_id.raw
        text = self._text(content)
        self.assertLessEqual(self._pages(content), 4)
        self.assertEqual(text.count("Carried forward"), text.count("Brought forward"))
        self.assertGreaterEqual(text.count("Carried forward"), 2)
        self.assertIn("2,370.00", text)
        self.assertNotIn("forward", str(notice.items_table))

    # === OTHER MOMENTS === #

    def test_every_moment_in_every_situation(self):
        """With everything that the moment knows, and without each that may be missing."""
        self._invoice(self.customer, 500, 12)
        debtor = self._debtor(self.customer)
        for moment, known in KNOWN.items():
            self.assertLessEqual(
                set(known), set(MOMENT_VALUES) | {"promise_date", "hold_date"}
            )
            optional = OPTIONAL if moment != "thanks" else OPTIONAL[-1:]
            missing = [None, *(name for name in known if name in optional)]
            for name in missing:
                for dated in (self._ago(-7), False):
                    with self.subTest(moment=moment, without=name, dated=dated):
                        values = {k: v for k, v in known.items() if k != name}
                        letter = self.env["ar.letter"]._for_moment(
                            debtor, moment, values, dated
                        )
                        said = letter._letter_values()
                        text = self._check_text(said["subject"], str(said["body"]))
                        self.assertNotRegex(said["subject"], r"\d\.\d\d")
                        for value in values.values():
                            if name is None and value != known.get("promise_open"):
                                self.assertIn(value, text)

    def test_printed_once_and_posted(self):
        """Numbered, kept, printed again to the last byte, and posted by a collector."""
        self._invoice(self.customer, 500, 12)
        debtor = self._debtor(self.customer)
        letter = self.env["ar.letter"].create(
            {
                "debtor_id": debtor.id,
                "text_id": self.env.ref("ar_followup_plus.letter_text_hold").id,
            }
        )
        with self.assertRaisesRegex(UserError, "that was printed"):
            letter.mark_posted()
        with self.allow_pdf_render():
            action = letter.action_print()
            content = letter.letter_id.raw
            self.assertEqual(letter.action_print(), action)
        self.assertEqual(letter.letter_id.raw, content)
        text = self._text(content)
        for part in (
            letter.number,
            "New orders on account",
            "$ 500.00",
            "12",
            "C-1001",
        ):
            self.assertIn(part, text)
        with self.assertRaises(AccessError):
            letter.new_date = self.today
        letter.mark_posted()
        self.assertEqual(
            (letter.state, letter.posted_on, debtor.last_contact_date),
            ("posted", self.today, self.today),
        )

    def test_stopped_or_nowhere_to_go(self):
        """Nothing is printed or posted under a contact stop, or without an address."""
        self._invoice(self.customer, 500, 12)
        debtor = self._debtor(self.customer)
        letter = self.env["ar.letter"]._for_moment(debtor, "hold")
        debtor.sudo().stop_reason = "court"
        with self.assertRaisesRegex(UserError, "is stopped"):
            letter.action_print()
        debtor.sudo().stop_reason = False
        self.customer.write({"street": False, "street2": False})
        with self.assertRaisesRegex(UserError, "no postal address"):
            letter.action_print()
        self.assertFalse(letter.number)
        self.customer.street = "1 Example Street"
        with self.allow_pdf_render():
            letter.action_print()
        debtor.sudo().stop_reason = "court"
        with self.assertRaisesRegex(UserError, "is stopped"):
            letter.mark_posted()

    def test_archived_text(self):
        """Who wants no such letter archives its text."""
        self.env.ref("ar_followup_plus.letter_text_thanks").active = False
        self.assertFalse(
            self.env["ar.letter"]._for_moment(self._debtor(self.customer), "thanks")
        )
