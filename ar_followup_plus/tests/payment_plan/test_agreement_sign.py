"""Agreements as documents: read, signed on the customer's page, and kept."""

import base64
import hashlib
import io
from unittest.mock import patch

from PIL import Image, ImageDraw

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tools import html2plaintext

from ...models.ledger.ledger_reader import Reader
from ...models.signing import ar_signed
from .agree_common import AgreeCommon

PROOF = {"how": "code", "email": "ann@example.com", "ip": "203.0.113.7", "agent": "x"}
#: With a sentence in braces, "False" or two blanks something was forgotten.
FAULTS = ("False", "None", "  .", "{", " ,", "()")


def drawing():
    """Return a signature as the widget sends it."""
    image = Image.new("RGBA", (300, 100), (255, 255, 255, 0))
    ImageDraw.Draw(image).line((20, 70, 120, 20, 280, 30), (0, 0, 0, 255), 3)
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


class TestAgreementSigned(AgreeCommon):
    def _sign(self, plan, **values):
        with patch.object(ar_signed, "signed_pdf", return_value=b"%PDF signed"):
            plan._sign(
                values.get("name", "Ann Adams"),
                "Director",
                drawing(),
                values.get("sha256", plan._sign_sha256()),
                PROOF,
            )

    def test_signed_runs(self):
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree(sign=False)
        self.assertEqual(plan.state, "offered")
        [mail] = self._mails()
        self.assertIn(f"/sign/agreement/{plan.id}", mail.body_html)
        self.assertEqual(mail.attachment_ids.raw, plan.agreement_id.raw)
        self._sign(plan)
        self.assertEqual((plan.state, plan.signer_name), ("active", "Ann Adams"))
        self.assertEqual(plan.start_on, self.today)
        self.assertEqual(
            plan.signed_sha256, hashlib.sha256(plan.agreement_id.raw).hexdigest()
        )
        self.assertEqual(self._mails()[-1].attachment_ids.raw, b"%PDF signed")
        with self.assertRaisesRegex(UserError, "evidence"):
            plan.agreement_id.unlink()
        with self.assertRaisesRegex(UserError, "evidence"):
            plan.signer_name = "Somebody else"
        with self.assertRaisesRegex(UserError, "already signed"):
            self._sign(plan)
        self.assertTrue(invoice)

    def test_the_page_shows_what_is_signed(self):
        """The text with its installments, and not only a PDF."""
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(sign=False)
        text = html2plaintext(plan._sign_text())
        for part in plan.installment_ids:
            self.assertIn(f"{part.amount:,.2f}", text)
            self.assertIn(part.date.strftime("%m/%d/%Y"), text)
        for words in ("What is owed", "How it is paid", "If an installment is late"):
            self.assertIn(words, text)

    def test_not_what_was_offered(self):
        """Another text, a payment meanwhile, too late, or stopped."""
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree(sign=False)
        with self.assertRaisesRegex(UserError, "has changed"):
            self._sign(plan, sha256="0" * 64)
        self.debtor.stop_contact("court")
        with self.assertRaisesRegex(UserError, "contact us"):
            self._sign(plan)
        self.debtor.lift_stop()
        with self._on(fields.Date.add(plan.offer_until, days=1)):
            with self.assertRaisesRegex(UserError, "is over"):
                self._sign(plan)
        self._pay(invoice, 10)
        with self.assertRaisesRegex(UserError, "paid or changed"):
            self._sign(plan)
        self.assertEqual(plan.state, "offered")
        self.assertFalse(plan.signed_at)

    def test_declined(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(sign=False)
        plan._sign_decline("Too much for us <b>now</b>")
        self.assertEqual(plan.state, "cancelled")
        self.assertIn("Too much for us", plan.close_note)
        self.assertIn("&lt;b&gt;", self.debtor.message_ids[0].body)

    # === TEXTS === #

    def test_agreement_and_messages_in_two_languages(self):
        """Each kind of message, full and with nothing in it, without faults."""
        self._activate_french()
        for lang in ("en_US", "fr_FR"):
            for kind in ("plan", "settlement"):
                partner = self._customer(f"Reads {lang} {kind}", lang=lang)
                self.debtor = self._debtor(partner)
                self.debtor.profile = "new"
                self._invoice(partner, 1000, 40)
                values = {"kind": kind, "charges_back": kind == "plan"}
                if kind == "settlement":
                    values.update(amount=900, date=fields.Date.add(self.today, days=7))
                plan = self._agree(self._open(partner), sign=False, **values)
                text = plan.agreement_id.raw.decode()
                self.assertIn(plan.number, text)
                plan._start()
                plan.cure_until = self.today
                for message in ("offer", "reminder", "broken", "missed", "ended"):
                    with self.subTest(lang=lang, kind=kind, message=message):
                        mail = plan._make_message(message, plan.installment_ids[0])
                        self.assertIn(partner.company_id.name or "", mail.body_html)
                        for fault in FAULTS:
                            self.assertNotIn(fault, mail.subject)
                            self.assertNotIn(fault, mail.body_html.replace("\xa0", " "))

    def _activate_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")

    # === FEW CLICKS === #

    def test_dialog_shows_the_installments(self):
        self._invoice(self.customer, 1000, 40)
        self._invoice(self.customer, 70, -20)
        action = self._collector().action_propose_plan()
        form = Form(
            self.env["ar.plan.ask"]
            .with_user(self.user_collector)
            .with_context(**action["context"])
        )
        self.assertEqual(form.total, 1000, "what is overdue")
        self.assertEqual(len(form.part_ids), 3)
        form.count = 4
        form.down = 100
        self.assertEqual(len(form.part_ids), 5)
        self.assertIn("will be paid off by", form.parts_note)
        form.rhythm = "own"
        with form.part_ids.edit(0) as part:
            part.amount = 90
        self.assertIn("in no installment", form.parts_note)
        form.rhythm = "month"
        action = form.save().action_apply()
        plan = self.env["ar.payment.plan"].browse(action["res_id"])
        self.assertEqual(plan.state, "offered")
        self.assertEqual(
            plan.installment_ids.mapped("amount"), [100, 225, 225, 225, 225]
        )

    def test_dialog_takes_a_promise(self):
        self._invoice(self.customer, 1000, 40)
        action = self._collector().action_promise()
        form = Form(
            self.env["ar.plan.ask"]
            .with_user(self.user_collector)
            .with_context(**action["context"])
        )
        form.late_reason = "cash"
        form.save().action_apply()
        self.assertEqual(self.debtor.plan_ids.late_reason, "cash")
        self.assertEqual(self._free(), [0])
        self.assertIn("1,000.00", self._collector().agreed_note)

    # === READING === #

    def test_both_shapes_say_the_same(self):
        """Of what is promised, planned, waiting, and free again."""
        first = self._invoice(self.customer, 1000, 40)
        self._promise(amount=300)
        self._pay(first, 100)
        self._invoice(self.other, 500, 40)
        self.debtor = self._debtor(self.other)
        self._agree(self._open(self.other))
        late = self._customer("Broke It")
        self.debtor = self._debtor(late)
        self._invoice(late, 700, 40)
        promise = self._promise(items=self._open(late))
        promise._mark_broken(promise.installment_ids)
        self.env.flush_all()
        Item = self.env["ar.open.item"]
        names = ("amount_promised", "amount_planned", "amount_waiting", "again_on")
        rows = {}
        for shape in ("lookup", "all"):
            for row in self.env.execute_query_dict(Item._query(shape)):
                rows.setdefault(row["id"], []).append(
                    [row[name] for name in (*names, "at_once")]
                )
        self.assertTrue(rows)
        for pair in rows.values():
            self.assertEqual(pair[0], pair[1])
        values = [pair[0] for pair in rows.values()]
        self.assertIn(200, [row[0] for row in values])
        self.assertIn(500, [row[1] for row in values])
        self.assertTrue(any(row[3] for row in values))

    def test_few_statements(self):
        """A list of plans, and the watch, whatever their number."""
        for number in range(4):
            partner = self._customer(f"Plan {number}")
            self._invoice(partner, 1000, 40)
            self.debtor = self._debtor(partner)
            self._agree(self._open(partner), offer=False)._start()
        plans = self.env["ar.payment.plan"].search([], limit=4)
        names = ("display_name", "amount_paid", "amount_open", "next_date", "state")

        def count(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            work()
            return self.cr.sql_log_count - before

        for work in (
            lambda some: some.with_user(self.user_collector).read(names),
            lambda some: some._judge(self._reader(), None),
        ):
            work(plans)
            one, four = (
                count(lambda w=work: w(plans[:1])),
                count(lambda w=work: w(plans)),
            )
            self.assertLessEqual(four, one + 2)

    def _reader(self):
        return Reader(self.env(su=True), self.company)
