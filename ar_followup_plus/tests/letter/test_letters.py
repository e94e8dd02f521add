"""Letters: what they say, on paper, once and for all."""

import hashlib
import io
import subprocess
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import config, mute_logger
from odoo.tools.pdf import OdooPdfFileReader

from odoo.addons.base.models import ir_actions_report

from ..delivery.test_copies import lose
from ..notice_text.text_common import TextCommon


class LetterCommon(TextCommon):
    """Customers with an address who get letters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {
                "street": "1 Example Street",
                "city": "Exampleton",
                "zip": "12345",
                "country_id": cls.us.id,
            }
        )
        # Where wkhtmltopdf fetches the styles
        cls.env["ir.config_parameter"].set_param(
            "report.url", f"http://127.0.0.1:{config['http_port']}"
        )

    @classmethod
    def _letter(cls, stage="firm", partner=None, due=None, **values):
        """Return a letter that is ready, about one invoice."""
        partner = partner or cls.customer
        invoice = cls._invoice(partner, 500, due or cls._due(stage))
        return cls._notice(stage, [invoice], channel="letter", **values)

    def setUp(self):
        super().setUp()
        self.calls = []
        run = ir_actions_report._run_wkhtmltopdf

        def counted(args):
            self.calls.append(args)
            return run(args)

        counter = patch.object(ir_actions_report, "_run_wkhtmltopdf", counted)
        counter.start()
        self.addCleanup(counter.stop)

    def _unpatched(self):
        """Let wkhtmltopdf do what it does with Debian's Qt: no header, no footer."""
        known = ir_actions_report._wkhtml()
        run = ir_actions_report._run_wkhtmltopdf

        def without(args):
            kept, skip = [], False
            for arg in args:
                if skip or arg in ("--header-html", "--footer-html"):
                    skip = not skip
                    continue
                kept.append(arg)
            return run(kept)

        return (
            patch.object(
                ir_actions_report,
                "_wkhtml",
                lambda: known._replace(is_patched_qt=False),
            ),
            patch.object(ir_actions_report, "_run_wkhtmltopdf", without),
        )

    def _make(self, letters):
        """Make the PDFs."""
        with self.allow_pdf_render():
            left_out = letters._make_letters()
        self.env.flush_all()
        return left_out

    def _text(self, content):
        """Return what pdftotext reads in a PDF, spaces made plain."""
        done = subprocess.run(
            ["pdftotext", "-layout", "-", "-"],
            input=content,
            capture_output=True,
            check=True,
        )
        return " ".join(done.stdout.decode().split())

    def _pages(self, content):
        return OdooPdfFileReader(io.BytesIO(content)).getNumPages()


@tagged("post_install", "-at_install")
class TestLetters(LetterCommon):
    def test_says_who_writes_to_whom(self):
        """With patched Qt and Debian's alike; with number, date, table and total."""
        letter = self._letter()
        self.assertEqual(self._make(letter), [])
        patched = self._text(letter.letter_id.raw)
        other = self._letter()
        first, second = self._unpatched()
        with first, second:
            self.assertEqual(self._make(other), [])
        for notice, text in (
            (letter, patched),
            (other, self._text(other.letter_id.raw)),
        ):
            for part in (
                "Sample Supplies",
                "2 Sample Road",
                "First Customer",
                "1 Example Street",
                "Exampleton",
                "March 10, 2026",
                notice.number,
                "C-1001",
                notice.line_ids.move_name,
                "$ 500.00",
                "Days late",
                "Please pay $ 500.00 by",
                "What happens next",
                "Test Collector",
                "+1 555 0101",
                "Bank transfer to account 12345",
            ):
                self.assertIn(part, text)
            self.assertNotRegex(text, r"\bFalse\b|\bNone\b|Pay now|one click")

    def test_stored_and_printed_again(self):
        """The same to the last byte, with its sum; the notice still waits."""
        letter = self._letter()
        self._make(letter)
        content = letter.letter_id.raw
        digest = hashlib.sha256(content).hexdigest()
        self.assertEqual(letter.file_sums, {str(letter.letter_id.id): digest})
        self.assertEqual(letter.letter_id.res_model, "ar.notice")
        self.assertEqual(letter.state, "ready")
        count = len(self.calls)
        self._make(letter)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        again, kind = report._render_qweb_pdf(
            "ar_followup_plus.action_report_letter", letter.ids
        )
        self.assertEqual((again, kind), (content, "pdf"))
        letter.mark_posted()
        self.customer.name = "Renamed"
        again, _kind = report._render_qweb_pdf(
            "ar_followup_plus.action_report_letter", letter.ids
        )
        self.assertEqual(again, content)
        self.assertEqual(len(self.calls), count)

    def test_a_day_of_25_letters(self):
        """Three calls of wkhtmltopdf, and one PDF for the printer, in order."""
        letters = self.env["ar.notice"]
        for number in range(25):
            customer = self._customer(
                f"Customer number {number:02}", street="1 Street", city="Town"
            )
            letters |= self._letter(partner=customer)
        self.assertEqual(self._make(letters), [])
        self.assertEqual(len(self.calls), 3)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        merged, kind = report._render_qweb_pdf(
            "ar_followup_plus.action_report_letter", letters.ids
        )
        self.assertEqual((kind, len(self.calls)), ("pdf", 3))
        self.assertEqual(
            self._pages(merged), sum(self._pages(n.letter_id.raw) for n in letters)
        )
        text = self._text(merged)
        places = [text.index(f"Customer number {number:02}") for number in range(25)]
        self.assertEqual(places, sorted(places))

    def test_unpatched_makes_them_singly_and_one_pdf(self):
        letters = self.env["ar.notice"]
        for name in ("Single A", "Single B", "Single C"):
            customer = self._customer(name, street="1 Street", city="Town")
            letters |= self._letter(partner=customer)
        first, second = self._unpatched()
        with first, second:
            self.assertEqual(self._make(letters), [])
        self.assertEqual(len(self.calls), 3)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        merged, _kind = report._render_qweb_pdf(
            "ar_followup_plus.action_report_letter", letters.ids
        )
        text = self._text(merged)
        for name in ("Single A", "Single B", "Single C"):
            self.assertIn(name, text)

    def test_file_that_is_gone(self):
        """Of printed letters one file is gone: the others are printed, with its name."""
        other = self._customer("Still There", street="1 Street", city="Town")
        letters = self._letter() | self._letter(partner=other)
        self._make(letters)
        lost, kept = letters
        lose(lost.letter_id)
        with mute_logger("odoo.addons.base.models.ir_attachment"):
            action = letters._print_letters()
            self.assertIn("gone from the file store", action["params"]["message"])
            self.assertIn(lost.display_name, action["params"]["message"])
            following = action["params"]["next"]
            self.assertEqual(following["context"]["active_ids"], kept.ids)
            with self.assertRaisesRegex(UserError, "gone from the file store"):
                lost._print_letters()

    def test_new_figures_are_printed_anew(self):
        """A letter that was not posted says tomorrow what is true tomorrow."""
        letter = self._letter()
        self._make(letter)
        old = letter.letter_id
        number = letter.number
        self._pay(letter.line_ids.move_id, 200)
        with freeze_time("2026-03-11 10:00:00"):
            self._make(letter)
        self.assertFalse(old.exists())
        self.assertEqual(letter.number, number)
        text = self._text(letter.letter_id.raw)
        self.assertIn("$ 300.00", text)
        self.assertIn("March 11, 2026", text)

    def test_settled_meanwhile(self):
        letter = self._letter()
        self._pay(letter.line_ids.move_id)
        left_out = self._make(letter)
        self.assertEqual(letter.state, "cancelled")
        self.assertIn("been settled in the meantime", left_out[0])
        self.assertFalse(self.calls)

    # === WHERE IT GOES === #

    def test_addresses(self):
        """Reminders to the invoice address, final demands to the registered one."""
        person = self._person(
            self.customer, "Accounts Office", street="9 Office Park", city="Officeville"
        )
        firm, final = self._letter("firm"), self._letter("final")
        self.assertEqual(firm._letter_partner(), person)
        self.assertEqual(final._letter_partner(), self.customer)
        firm.debtor_id.kind = "consumer"
        self.assertEqual(firm._letter_partner(), self.customer)

    def test_without_address(self):
        """A clear error; the letter stays, and the others are printed."""
        bare = self._customer("Nowhere Ltd", street=False, city=False)
        lost, good = self._letter(partner=bare), self._letter()
        with self.assertRaisesRegex(UserError, "Nowhere Ltd has no postal address"):
            lost.action_print_letter()
        self.assertEqual((lost.state, lost.letter_id.id), ("ready", False))
        with self.allow_pdf_render():
            action = (lost | good).action_print_day()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Nowhere Ltd", action["params"]["message"])
        self.assertEqual(
            action["params"]["next"]["report_name"], "ar_followup_plus.report_letter"
        )
        self.assertTrue(good.letter_id)
        bare.write({"street": "1 Street", "city": "Town"})
        self._make(lost)
        self.assertTrue(lost.letter_id)

    def test_markup_in_a_name(self):
        self.customer.name = "<script>alert(1)</script> & <b>Sons</b>"
        letter = self._letter()
        self._make(letter)
        self.assertIn(
            "<script>alert(1)</script> & <b>Sons</b>", self._text(letter.letter_id.raw)
        )

    def test_no_wkhtmltopdf(self):
        letter = self._letter()
        known = ir_actions_report._wkhtml()._replace(state="install")
        with (
            patch.object(ir_actions_report, "_wkhtml", lambda: known),
            self.assertRaisesRegex(UserError, "wkhtmltopdf is missing"),
        ):
            letter.action_print_letter()
        self.assertEqual((letter.state, letter.number), ("ready", False))

    def test_a_broken_one_fails_alone(self):
        other = self._customer("Broken Ltd", street="1 Street", city="Town")
        good, broken = self._letter(), self._letter(partner=other)
        render = self.env.registry["ar.notice"]._letter_values

        def values(notice):
            if notice.partner_id == other:
                raise ValueError("rotten")
            return render(notice)

        with patch.object(self.env.registry["ar.notice"], "_letter_values", values):
            left_out = self._make(good | broken)
        self.assertTrue(good.letter_id)
        self.assertEqual((broken.state, good.state), ("failed", "ready"))
        self.assertIn("rotten", broken.failure_reason)
        self.assertIn("Broken Ltd", left_out[0])

    # === WHAT IT SAYS === #

    def test_own_text_of_a_step(self):
        step = self._step("business_firm")
        step.letter_body = (
            "<p>To {company}: {greeting}, send {total_due} by {new_date}.</p>"
            "<div>{items_table}</div>"
        )
        letter = self._letter()
        self._make(letter)
        text = self._text(letter.letter_id.raw)
        self.assertIn("send $ 500.00 by March 17, 2026.", text)
        self.assertIn(letter.line_ids.move_name, text)
        self.assertNotIn("{", text)
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            step.letter_body = "<p>{nonsense}</p>"

    def test_bank_of_the_invoices(self):
        """The one on the invoices; where they differ none, and a person is told."""
        banks = self.env["res.partner.bank"].create(
            [
                {"acc_number": number, "partner_id": self.company.partner_id.id}
                for number in ("BE71096123456769", "BE43068999999501")
            ]
        )
        invoices = [self._invoice(self.customer, 100, 22) for _bank in banks]
        for invoice in invoices:
            invoice.partner_bank_id = banks[0]
        letter = self._notice("firm", invoices, channel="letter")
        self._make(letter)
        # As Odoo writes it: with spaces where it knows IBANs
        self.assertIn(banks[0].acc_number, self._text(letter.letter_id.raw))
        invoices = [self._invoice(self.customer, 100, 22) for _bank in banks]
        for invoice, bank in zip(invoices, banks, strict=True):
            invoice.partner_bank_id = bank
        letter = self._notice("firm", invoices, channel="letter")
        self._make(letter)
        text = self._text(letter.letter_id.raw)
        self.assertNotIn("BE71", text)
        self.assertNotIn("BE43", text)
        self.assertIn(
            "different bank accounts",
            letter.debtor_id.sudo().activity_ids.mapped("summary")[0],
        )

    def test_payment_code(self):
        """The code that Odoo makes for invoices, for each currency; off: none."""
        bank = self.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": self.company.partner_id.id,
            }
        )
        letter = self._letter()
        letter.line_ids.move_id.partner_bank_id = bank
        made = []

        def build(self, amount, free, structured, currency, partner, *args, **kwargs):
            made.append((amount, currency.name, free))
            return "data:image/png;base64,AA=="

        Bank = self.env.registry["res.partner.bank"]
        with patch.object(Bank, "build_qr_code_base64", build):
            self.company.qr_code = False
            self.assertEqual(letter._letter_codes(), [])
            self.company.qr_code = True
            [(label, image)] = letter._letter_codes()
        self.assertEqual(made, [(500.0, "USD", letter.line_ids.move_name)])
        self.assertIn("500.00", label)
        self.assertTrue(image.startswith("data:"))

    def test_french(self):
        """A letter in the customer's language, dates and amounts included."""
        self._speak("fr_FR")
        self.customer.lang = "fr_FR"
        body = self.env.ref("ar_followup_plus.letter_text_firm")
        body.update_field_translations(
            "body",
            {
                "fr_FR": {
                    "If your payment has crossed with this letter, please ignore it, with our thanks.": "Si votre paiement a croisé cette lettre, merci de ne pas en tenir compte."
                }
            },
        )
        letter = self._letter()
        self._make(letter)
        text = self._text(letter.letter_id.raw)
        self.assertIn("10 mars 2026", text)
        self.assertIn("500,00", text)
        self.assertIn("Si votre paiement a croisé cette lettre", text)
        self.assertNotIn("crossed with this letter", text)

    # === POSTED === #

    def test_posted(self):
        """Only posted it counts as sent: by whom, how, with which number."""
        letter = self._letter("notice")
        with self.assertRaisesRegex(UserError, "print it first"):
            letter.mark_posted()
        self._make(letter)
        self.assertFalse(letter.debtor_id.last_contact_date)
        wizard = (
            self.env["ar.letter.post"]
            .with_context(active_model="ar.notice", active_ids=letter.ids)
            .create({"tracking_number": " RR 12 "})
        )
        self.assertEqual(wizard.postage, "registered")
        wizard.action_apply()
        self.assertEqual(
            (letter.state, letter.posted_by, letter.postage, letter.tracking_number),
            ("sent", self.env.user, "registered", "RR 12"),
        )
        self.assertEqual(letter.sent_on, date(2026, 3, 10))
        self.assertEqual(letter.debtor_id.last_contact_date, date(2026, 3, 10))
        with self.assertRaisesRegex(UserError, "not an approved letter"):
            letter.mark_posted()

    def test_alarm_after_three_working_days(self):
        letter = self._letter()
        kind = self.env.ref("ar_followup_plus.activity_post_letter")
        debtor = letter.debtor_id.sudo()
        for day, alarm in (("2026-03-13", False), ("2026-03-16", True)):
            with freeze_time(f"{day} 10:00:00"):
                self.env["ar.notice"].sudo()._alarm_letters()
            found = debtor.activity_ids.filtered(lambda a: a.activity_type_id == kind)
            self.assertEqual(bool(found), alarm, day)
        self.assertEqual(letter.state, "ready")
        self.assertFalse(debtor.last_contact_date)
        self._make(letter)
        letter.mark_posted()
        self.assertFalse(
            debtor.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        )

    def test_held(self):
        """A contact stop and a pause hold printing and posting."""
        letter = self._letter()
        self._make(letter)
        letter.debtor_id.sudo().stop_reason = "court"
        for act in (letter.action_print_letter, letter.mark_posted):
            with self.subTest(act=act.__name__):
                if act == letter.mark_posted:
                    with self.assertRaisesRegex(UserError, "is stopped"):
                        act()
        other = self._letter(partner=self.other)
        self.other.write({"street": "1 Street", "city": "Town"})
        other.debtor_id.sudo().stop_reason = "court"
        with self.assertRaisesRegex(UserError, "is stopped"):
            other.action_print_letter()
        other.debtor_id.sudo().stop_reason = False
        self.company.ar_paused = True
        with self.assertRaisesRegex(UserError, "not live"):
            other.action_print_letter()
        self.assertFalse(other.letter_id)

    def test_closed_period(self):
        """Nothing harsher than gentle is printed in a closed period."""
        self.company.resource_calendar_id = self._calendar(
            self.company, leaves=[(date(2026, 3, 5), date(2026, 3, 20))]
        )
        gentle, firm = self._letter("gentle"), self._letter("firm", self.other)
        self.other.write({"street": "1 Street", "city": "Town"})
        left_out = self._make(gentle | firm)
        self.assertTrue(gentle.letter_id)
        self.assertEqual((firm.state, firm.letter_id.id), ("ready", False))
        self.assertIn("on hold", left_out[0])
        self.assertGreater(gentle.date_given, date(2026, 3, 20))

    def test_without_a_printer(self):
        """The letter goes as PDF by e-mail; its own notice says so."""
        self.company.ar_letter_by_email = True
        letter = self._letter()
        with self.allow_pdf_render():
            self.env["ar.notice"].deliver()
        mail = self.env["mail.mail"].sudo().search([("ar_notice_id", "=", letter.id)])
        self.assertEqual(letter.state, "sent")
        self.assertEqual(mail.attachment_ids, letter.letter_id)
        self.assertIn(letter.number, mail.subject)
        self.assertNotIn("500", mail.subject)
        self.assertFalse(letter.posted_by)

    def test_with_a_printer_nothing_is_mailed(self):
        letter = self._letter()
        self.env["ar.notice"].deliver()
        self.assertEqual(letter.state, "ready")
        self.assertFalse(letter.mail_ids)
