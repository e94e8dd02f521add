"""What customers answer on their page: one click, one effect, and nothing lost."""

import base64
import io
import re
import uuid
from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ...models.delivery.ar_copies import InvoiceCopies
from ...models.notice.correspondence import PageCorrespondence
from ...models.portal.answer_intake import AnswerIntake
from ...models.portal.customer_page import CustomerPage
from .portal_common import PortalCommon

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
    "SUVORK5CYII="
)


class AnswerCommon(PortalCommon):
    """Somebody has the link of a notice about two invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer, user_id=cls.user_collector.id)

    def setUp(self):
        super().setUp()
        self.first = self._invoice(self.customer, 100, 10)
        self.second = self._invoice(self.customer, 50, 9)
        self.notice = self._sent(self.customer, self.first, self.second)
        self.page_path = self._path(self.notice)
        self.now = self.company._ar_today()

    def _form(self, kind, path=None):
        """Return the form of an answer."""
        page = self.url_open(f"{path or self.page_path}/answer/{kind}")
        self.assertEqual(page.status_code, 200)
        return page

    def _once(self, page):
        return re.search(r'name="once" value="([^"]+)"', page.text).group(1)

    def _say(self, kind, *invoices, page=None, files=None, **values):
        """Fill a form and press its button; return the page that follows."""
        page = page or self._form(kind)
        data = {
            "csrf_token": self._csrf(page),
            "once": self._once(page),
            "i": [invoice.id for invoice in invoices],
            **values,
        }
        answer = self.url_open(
            f"{self.page_path}/answer/{kind}/send", data=data, files=files
        )
        self.env.invalidate_all()
        return answer

    def _answers(self, kind=None):
        domain = [("debtor_id", "=", self.debtor.id)]
        if kind:
            domain.append(("kind", "=", kind))
        return self.env["ar.answer"].sudo().search(domain)

    def _activities(self, kind):
        return self.debtor.sudo().activity_ids.filtered(
            lambda a: (
                a.activity_type_id == self.env.ref(f"ar_followup_plus.activity_{kind}")
            )
        )


class TestPortalAnswers(AnswerCommon):
    # === GET CHANGES NOTHING === #

    def test_looking_changes_nothing(self):
        kinds = (
            "paid", "promise", "parts", "dispute", "not_received", "wrong_person",
            "easier",
        )  # fmt: skip
        before = self.env["mail.message"].sudo().search_count([])
        for kind in kinds:
            for _time in range(2):
                self._form(kind)
        self.url_open(f"{self.page_path}/answer/dispute?i={self.first.id}")
        self.env.invalidate_all()
        self.assertFalse(self._answers())
        self.assertEqual(self.env["mail.message"].sudo().search_count([]), before)
        self.assertTrue(self.notice.sudo().access_token)
        # Nothing is sent by the address of the button either
        for kind in kinds:
            answer = self.url_open(f"{self.page_path}/answer/{kind}/send")
            self.assertEqual(answer.status_code, 405)

    # === I HAVE PAID === #

    def test_paid(self):
        page = self._say(
            "paid",
            self.first,
            paid_on=str(self.now - timedelta(days=1)),
            paid_way="transfer",
            paid_reference="TX-99",
            text="<b>Look</b> again",
            files=[("file", ("proof.pdf", io.BytesIO(PDF), "application/pdf"))],
        )
        self.assertIn("Thank you", page.text)
        self.assertIn(self.user_collector.name, page.text)
        [answer] = self._answers()
        self.assertEqual(
            (answer.kind, answer.paid_way, answer.paid_reference, answer.state),
            ("paid", "transfer", "TX-99", "open"),
        )
        self.assertEqual(answer.line_ids.move_id, self.first)
        # That invoice waits, the other one does not
        self.assert_item(self.first, "waiting_for_us")
        self.assertNotEqual(
            self._explain(self.customer)[self.second.name][0]["reason"],
            "waiting_for_us",
        )
        [activity] = self._activities("paid")
        self.assertEqual(
            (activity.user_id, activity.date_deadline),
            (self.user_collector, answer.waits_until),
        )
        body = self.debtor.message_ids[0].body
        self.assertIn("TX-99", body)
        self.assertNotIn("<b>Look</b>", body)
        self.assertIn("&lt;b&gt;Look", body)
        self.assertEqual(answer._attachments().mapped("name"), ["proof.pdf"])

    def test_paid_waits_for_some_days_and_no_longer(self):
        self._say("paid", self.first, paid_on=str(self.now))
        [answer] = self._answers()
        self.assert_item(
            self.first, "waiting_for_us", answer.waits_until - timedelta(days=1)
        )
        entry = self._explain(self.customer, answer.waits_until)[self.first.name][0]
        self.assertNotEqual(entry["reason"], "waiting_for_us")

    def test_somebody_answers_and_it_goes_on(self):
        self._say("paid", self.first, paid_on=str(self.now))
        [answer] = self._answers()
        answer.with_user(self.user_collector).action_done()
        self.assertEqual(
            (answer.state, answer.done_user_id), ("done", self.user_collector)
        )
        self.assertFalse(self._activities("paid"))
        entry = self._explain(self.customer)[self.first.name][0]
        self.assertNotEqual(entry["reason"], "waiting_for_us")

    def test_saying_it_again_stops_nothing(self):
        """Whoever says every week that they have paid does not stop us for ever."""
        self._say("paid", self.first, paid_on=str(self.now))
        self._answers()._close()
        self._say("paid", self.first, paid_on=str(self.now))
        self.assertEqual(len(self._answers()), 2)
        entry = self._explain(self.customer)[self.first.name][0]
        self.assertNotEqual(entry["reason"], "waiting_for_us")
        self.assertTrue(self._activities("paid"))

    def test_goes_to_who_matches_payments(self):
        self.env.ref("ar_followup_plus.ar_dispute_reason_already_paid").with_company(
            self.company
        ).user_id = self.user_accountant
        self._say("paid", self.first, paid_on=str(self.now))
        self.assertEqual(self._answers().owner_id, self.user_accountant)

    def test_closed_when_the_money_comes(self):
        self._say("paid", self.first, self.second, paid_on=str(self.now))
        self._pay(self.first)
        self.env["ar.answer"].sudo()._close_settled()
        self.assertEqual(self._answers().state, "open")
        self._pay(self.second)
        self.env["ar.answer"].sudo()._close_settled()
        self.assertEqual(self._answers().state, "done")

    def test_edited_invoice_waits_as_before(self):
        self._say("paid", self.first, paid_on=str(self.now))
        self.first.button_draft()
        self.first.invoice_line_ids.price_unit = 110
        self.first.action_post()
        self.env.flush_all()
        self.assert_item(self.first, "waiting_for_us")

    def test_both_shapes_agree(self):
        self._say("paid", self.first, paid_on=str(self.now))
        rows = [
            self.env.execute_query(
                self.env["ar.open.item"]._query(shape, self.debtor.ids)
            )
            for shape in ("lookup", "all")
        ]
        self.assertEqual(sorted(rows[0]), sorted(rows[1]))

    def test_ready_notice_is_taken_back(self):
        invoice, debtor = self._invoice(self.other, 70, 40), self._debtor(self.other)
        self._plan(None, self.other)
        ready = self._notices(self.other, "ready", "proposed")
        self.assertEqual(ready.line_ids.move_id, invoice)
        path = self._own_path(debtor)
        self.assertEqual(self.url_open(path).status_code, 200)
        AnswerIntake(debtor.sudo()).take(
            "paid",
            CustomerPage(debtor.sudo()).items(full=True),
            {"paid_on": str(self.now)},
            [],
            str(uuid.uuid4()),
        )
        self.assertEqual(ready.mapped("state"), ["cancelled"])

    # === I DID NOT GET IT === #

    def test_not_received(self):
        with patch.object(
            InvoiceCopies,
            "files",
            lambda _copies, moves, lang: [(m.name, PDF) for m in moves],
        ):
            page = self._say("not_received", self.first)
            self.assertIn("sent", page.text)
            self.assertIn(self.first.name, page.text)
            [answer] = self._answers()
            self.assertEqual(answer.state, "done")
            [mail] = self._mails_to(self.customer.email).filtered("attachment_ids")
            self.assertEqual(mail.author_id, self.company.partner_id)
            item = self.env["ar.open.item"].browse(self._items(self.first).id)
            self.assertIn("A copy was sent", self.first.message_ids[0].body)
            self.assertEqual(item.debtor_id.last_contact_date, self.now)
            # The second time a person sees to it
            self._say("not_received", self.first)
        self.assertEqual(
            len(self._mails_to(self.customer.email).filtered("attachment_ids")), 1
        )
        self.assertTrue(self._activities("not_received"))

    # === THE WRONG PERSON === #

    def test_wrong_person(self):
        form = self._form("wrong_person")
        page = self._say(
            "wrong_person",
            page=form,
            contact_name="Ms Right",
            contact_email="right@example.com",
            contact_phone="+1 555 0111",
        )
        self.assertIn("Thank you for telling us", page.text)
        for part in (self.customer.name, self.first.name, self.company.name):
            self.assertNotIn(part, page.text)
        # The link shows nothing more, to the button pressed twice neither
        self.assertEqual(self.url_open(self.page_path).status_code, 404)
        again = self._say("wrong_person", page=form)
        self.assertIn("Thank you for telling us", again.text)
        [answer] = self._answers()
        self.assertTrue(answer.blocks_address)
        # Nobody is written to until a person has looked
        people = self.env["ar.notice"].sudo()._people_of(self.debtor)
        self.assertFalse(people.get(self.debtor.id))
        self.assertTrue(self._activities("wrong_person"))
        answer.with_user(self.user_collector).action_add_contact()
        people = self.env["ar.notice"].sudo()._people_of(self.debtor)
        self.assertEqual(
            [person[2] for person in people[self.debtor.id]], ["right@example.com"]
        )
        self.assertFalse(self._activities("wrong_person"))

    def test_wrong_person_blocks_nobody_else(self):
        """Only the address that had the link, and none where it may be several."""
        people = {
            email: self._customer(
                email, email=email, parent_id=self.customer.id, is_company=False
            )
            for email in ("ann@example.com", "joann@example.com")
        }
        for person in people.values():
            self.env["ar.debtor.contact"].create(
                {"debtor_id": self.debtor.id, "partner_id": person.id}
            )
        intake = AnswerIntake(self.debtor.sudo())
        both = "Ann <ann@example.com>, JoAnn <joann@example.com>"
        for recipients, contact, wrong in (
            ("JoAnn <JoAnn@example.com>", "joann@example.com", "joann@example.com"),
            ("Gone <gone@example.com>", None, "gone@example.com"),
            (both, "ann@example.com", False),
        ):
            with self.subTest(recipients=recipients):
                self.notice._ar_unlocked().recipients = recipients
                if contact:
                    found = PageCorrespondence(self.debtor.sudo()).contact(self.notice)
                    self.assertEqual(found[2], contact)
                self.assertEqual(intake.wrong_address(self.notice), wrong)
        self.assertFalse(intake.wrong_address(self.notice.browse()))
        self.env.flush_all()
        self._say("wrong_person")
        [answer] = self._answers()
        self.assertFalse(answer.address or answer.blocks_address)
        self.assertFalse(self.notice.sudo().access_token)
        self.assertTrue(self._activities("wrong_person"))
        known = self.env["ar.notice"].sudo()._people_of(self.debtor)
        self.assertLessEqual(
            set(people), {person[2] for person in known[self.debtor.id]}
        )

    def test_a_mail_made_before_does_not_leave_either(self):
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "model": "ar.debtor",
                    "res_id": self.debtor.id,
                    "email_to": f'"Ann" <{self.customer.email}>',
                }
            )
        )
        self.assertFalse(mail._ar_why_held())
        self._say("wrong_person")
        self.assertFalse(mail._ar_enter_as_letter())
        self.assertEqual(mail.state, "cancel")
        self.assertIn(self.customer.email, mail.failure_reason)

    def test_right_person_after_all(self):
        self._say("wrong_person")
        self._answers().with_user(self.user_collector).action_right_person()
        people = self.env["ar.notice"].sudo()._people_of(self.debtor)
        self.assertEqual(people[self.debtor.id][0][2], self.customer.email)

    def test_no_notice_leaves_to_the_wrong_person(self):
        self._say("wrong_person")
        self._invoice(self.customer, 70, 40)
        self.debtor.sudo().write({"last_contact_date": False})
        mails = self._mails_to(self.customer.email)
        self._plan(None, self.customer)
        self._deliver()
        self.assertEqual(self._mails_to(self.customer.email), mails)
        with self.assertRaisesRegex(UserError, "no contact"):
            self.debtor.sudo().send_statement()

    # === WHAT WOULD BE EASIER === #

    def test_easier(self):
        self._say("easier", wish="direct_debit", text="Monthly, please")
        [answer] = self._answers()
        self.assertEqual((answer.wish, answer.state), ("direct_debit", "done"))
        report = self.env["ar.answer"].with_user(self.user_manager)
        self.assertEqual(
            report._read_group(
                [("debtor_id", "=", self.debtor.id)], ["wish"], ["__count"]
            ),
            [("direct_debit", 1)],
        )

    # === I WILL PAY, IN PARTS, SOMETHING IS WRONG === #

    def test_promise(self):
        day = self.now + timedelta(days=5)
        page = self._say(
            "promise", self.first, date=str(day), amount="60.00", late_reason="cash"
        )
        self.assertIn("60.00", page.text)
        plan = self._answers().plan_id
        self.assertEqual(
            (plan.kind, plan.state, plan.source, plan.amount, plan.late_reason),
            ("promise", "active", "customer", 60, "cash"),
        )
        self.assertEqual(plan.line_ids.move_id, self.first)

    def test_parts_that_can_be_signed_at_once(self):
        page = self._say(
            "parts",
            self.first,
            count="2",
            rhythm="month_end",
            date=str(self.now + timedelta(days=3)),
        )
        plan = self._answers().plan_id
        self.assertEqual(plan.state, "offered")
        self.assertIn(f"/sign/agreement/{plan.id}", page.text)
        self.assertIn("Our offer to you", self.url_open(self.page_path).text)

    def test_parts(self):
        self.debtor.sudo().profile = "chronic"
        self.env.flush_all()
        page = self._say(
            "parts",
            self.first,
            self.second,
            count="3",
            rhythm="month",
            date=str(self.now + timedelta(days=3)),
        )
        self.assertIn("answers your proposal", page.text)
        plan = self._answers().plan_id
        self.assertEqual(
            (plan.kind, plan.source, plan.amount), ("plan", "customer", 150)
        )
        self.assertEqual(plan.installment_ids.mapped("amount"), [50, 50, 50])
        self.assertNotEqual(plan.state, "active")
        self.assert_item(self.first, "waiting_for_us")

    def test_dispute_of_lines(self):
        self.first.button_draft()
        self.first.invoice_line_ids = [
            Command.create({"name": "Extra", "price_unit": 30, "tax_ids": []})
        ]
        self.first.action_post()
        self.env.flush_all()
        extra = self.first.invoice_line_ids.filtered(lambda line: line.name == "Extra")
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_quantity")
        page = self.url_open(f"{self.page_path}/answer/dispute?i={self.first.id}")
        self.assertIn("Extra", page.text)
        page = self._say(
            "dispute",
            self.first,
            page=page,
            reason=str(reason.id),
            what="lines",
            l=[extra.id],
            text="Only one came",
            files=[("file", ("photo.exe.png", io.BytesIO(PNG), "image/png"))],
        )
        self.assertIn("looks into it", page.text)
        dispute = self._answers().dispute_id
        self.assertEqual(
            (dispute.amount, dispute.reason_id, dispute.source, dispute.text),
            (30, reason, "customer", "Only one came"),
        )
        # The rest stays open, and can be paid with all of it
        item = (
            CustomerPage(self.debtor.sudo())
            .items(self.notice)
            .filtered(lambda i: i.move_id == self.first)
        )
        self.assertEqual(
            (item.amount_disputed, item.amount_residual_currency), (30, 130)
        )

    def test_dispute_of_an_amount_or_all(self):
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        for invoice, values, amount in (
            (self.first, {"what": "amount", "amount": "12.50"}, 12.5),
            (self.second, {"what": "all"}, 50),
        ):
            page = self.url_open(f"{self.page_path}/answer/dispute?i={invoice.id}")
            self._say("dispute", invoice, page=page, reason=str(reason.id), **values)
            self.assertEqual(self._answers("dispute")[0].dispute_id.amount, amount)

    # === WHO MAY WHAT === #

    def test_rights(self):
        self._say("paid", self.first, paid_on=str(self.now))
        answer = self._answers()
        for user in (self.user_none, self.user_portal):
            with self.assertRaises(AccessError):
                answer.with_user(user).read(["text"])
        with self.assertRaises(AccessError):
            answer.with_user(self.user_collector).write({"text": "Something else"})
        with self.assertRaises(AccessError):
            answer.with_user(self.user_accountant).action_done()
        with self.assertRaises(UserError):
            answer.unlink()
        with Form(answer.with_user(self.user_collector)) as form:
            self.assertEqual(form.kind, "paid")

    def test_colleague_answers_nothing(self):
        form = self._form("paid")
        self.user_collector.password = "a-long-password"
        self.env.flush_all()
        self.authenticate(self.user_collector.login, "a-long-password")
        form = self._form("paid")
        page = self._say("paid", self.first, page=form, paid_on=str(self.now))
        self.assertEqual(page.status_code, 403)
        self.assertFalse(self._answers())

    def test_in_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.env.flush_all()
        page = self._say("paid", self.first, paid_on=str(self.now))
        self.assertIn('lang="fr-FR"', page.text)
