"""Letters: what reviews found, each with a test; and the payment code, for real."""

import base64
import io
from datetime import date
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ...models.delivery import letter_printing
from .test_letters import LetterCommon


@tagged("post_install", "-at_install")
class TestLettersReview(LetterCommon):
    def setUp(self):
        super().setUp()
        self.other.write({"street": "1 Street", "city": "Town"})

    def _mail_letters(self):
        self.company.ar_letter_by_email = True
        with self.allow_pdf_render():
            self.env["ar.notice"].deliver()

    # === WITHOUT A PRINTER === #

    def test_by_mail_needs_no_postal_address(self):
        self.customer.write({"street": False, "city": False})
        letter = self._letter()
        self._mail_letters()
        self.assertEqual(letter.state, "sent")
        self.assertTrue(letter.letter_id)

    def test_by_post_still_needs_one(self):
        """Printing it by hand as well: an envelope has an address."""
        self.customer.write({"street": False, "city": False})
        self.company.ar_letter_by_email = True
        letter = self._letter()
        with self.assertRaisesRegex(UserError, "no postal address"):
            letter.action_print_letter()
        self.assertFalse(letter.printed_at)

    def test_mailed_is_not_printed(self):
        letter = self._letter()
        self._mail_letters()
        self.assertEqual(letter.state, "sent")
        self.assertFalse(letter.printed_at)

    def test_printed_is_not_mailed(self):
        letter = self._letter()
        with self.allow_pdf_render():
            letter.action_print_letter()
        self.assertTrue(letter.printed_at)
        self._mail_letters()
        self.assertEqual((letter.state, len(letter.mail_ids)), ("ready", 0))

    def test_one_that_cannot_be_prepared_holds_no_others(self):
        good, bad = self._letter(), self._letter(partner=self.other)
        prepare = self.env.registry["ar.notice"]._prepare_letters

        def broken(notices, company):
            if bad in notices:
                raise ValueError("A rotten customer")
            return prepare(notices, company)

        Notice = self.env.registry["ar.notice"]
        with (
            patch.object(Notice, "_prepare_letters", broken),
            patch.object(letter_printing, "is_free", lambda env: True),
            patch.object(letter_printing, "rollback", lambda env: None),
            self.assertLogs("odoo.addons.ar_followup_plus", "WARNING"),
        ):
            self._mail_letters()
        self.assertEqual(good.state, "sent")
        self.assertEqual((bad.state, bad.mail_ids.ids), ("failed", []))
        self.assertIn("rotten customer", bad.failure_reason)

    # === TOO EARLY, TAKEN BACK, TWICE === #

    def test_not_before_the_first_day(self):
        """Going live says when the first day is; a notice too."""
        letter = self._letter()
        self.company.ar_not_before = date(2026, 3, 11)
        with self.assertRaisesRegex(UserError, "is not sent yet"):
            letter.action_print_letter()
        self.company.ar_not_before = False
        letter.date = date(2026, 3, 12)
        with self.assertRaisesRegex(UserError, "is not sent yet"):
            letter.action_print_letter()
        with freeze_time("2026-03-12 10:00:00"), self.allow_pdf_render():
            letter.action_print_letter()
        self.assertTrue(letter.letter_id)

    def test_taking_back_forgets_the_documents(self):
        letter = self._letter(approved_by=self.env.uid)
        with self.allow_pdf_render():
            letter.action_print_letter()
        self.assertTrue(letter.letter_id and letter.attachments_ready)
        letter.take_back()
        self.assertEqual(letter.state, "proposed")
        self.assertFalse(letter.letter_id.exists())
        self.assertFalse(letter.attachment_ids)
        self.assertFalse(letter.attachments_ready or letter.printed_at)

    def test_the_first_of_two_processes_stays(self):
        """Who makes a letter that is there already keeps the first one: it is proof."""
        letter = self._letter()
        letter._store({letter.id: b"%PDF first"})
        first = letter.letter_id
        letter._store({letter.id: b"%PDF second"})
        self.assertEqual(letter.letter_id, first)
        self.assertEqual(first.raw, b"%PDF first")
        sent = self._letter()
        sent.state = "cancelled"
        sent._store({sent.id: b"%PDF late"})
        self.assertFalse(sent.letter_id)

    # === PAYMENT CODE === #

    def test_payment_code_as_odoo_draws_it(self):
        """A euro account in a country with SEPA codes, nothing replaced: on paper."""
        company = self.company
        company.write({"qr_code": True, "country_id": self.env.ref("base.be").id})
        bank = self.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": company.partner_id.id,
                "acc_holder_name": "Sample Supplies",
                "currency_id": self.eur.id,
                "allow_out_payment": True,
            }
        )
        # As a company has it that keeps its books in euro
        invoice = self._invoice(self.customer, 500, 22, currency=self.eur)
        invoice.partner_bank_id = bank
        letter = self._notice("firm", [invoice], channel="letter")
        [(label, image)] = letter._letter_codes()
        self.assertIn("500.00", label)
        kind, _sign, content = image.partition(",")
        self.assertIn("image/png", kind)
        code = Image.open(io.BytesIO(base64.b64decode(content))).convert("L")
        self.assertGreater(code.width, 50)
        self.assertEqual({0, 255}, {code.getextrema()[0], code.getextrema()[1]})
        plain = self._letter(partner=self.other)
        self._make(letter | plain)
        with_code, without = (
            self._pictures(one.letter_id.raw) for one in (letter, plain)
        )
        self.assertGreater(with_code, without)

    def test_a_server_that_cannot_draw_codes_prints_without(self):
        self.company.qr_code = True
        letter = self._letter()
        letter.line_ids.move_id.partner_bank_id = self.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": self.company.partner_id.id,
            }
        )

        def broken(*_args, **_kwargs):
            raise ValueError("Cannot convert into barcode.")

        Bank = self.env.registry["res.partner.bank"]
        with (
            patch.object(Bank, "build_qr_code_base64", broken),
            self.assertLogs("odoo.addons.ar_followup_plus", "WARNING"),
        ):
            self.assertEqual(self._make(letter), [])
        self.assertTrue(letter.letter_id)

    def _pictures(self, content):
        """Return how many pictures the pages of a PDF have."""
        from odoo.tools.pdf import OdooPdfFileReader

        reader = OdooPdfFileReader(io.BytesIO(content), strict=False)
        found = 0
        for page in reader.pages:
            objects = (page["/Resources"].get("/XObject") or {}).values()
            found += sum(
                one.get_object().get("/Subtype") == "/Image" for one in objects
            )
        return found
