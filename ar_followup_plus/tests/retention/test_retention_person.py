"""All that is held on one person: handed out, or made anonymous."""

import base64
import io
import json
import zipfile
from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from .test_retention import RetentionCommon


class TestRetentionPerson(RetentionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A consumer, and two people of a company
        cls.ann = cls._customer("Ann Adams", is_company=False)
        cls.private = cls._debtor(cls.ann, kind="consumer")
        cls.private_invoice = cls._invoice(cls.ann, 70, 10)
        people = cls.env["res.partner"].create(
            [
                {"name": name, "email": f"{name.lower()}@x.example.com",
                 "parent_id": cls.other.id, "type": "contact", "lang": "en_US"}
                for name in ("Bob", "Abob")
            ]
        )  # fmt: skip
        cls.bob, cls.abob = people
        cls.env["ar.debtor.contact"].create(
            [{"debtor_id": cls.owing.id, "partner_id": person.id} for person in people]
        )

    def _ask(self, partner, user=None, reason="Asked for by letter"):
        return (
            self.env["ar.person.ask"]
            .with_user(user or self.user_manager)
            .create({"partner_id": partner.id, "reason": reason})
        )

    def _export(self, partner, user=None):
        """Return ``(data, names of files, log)``."""
        self.env.flush_all()
        self.env.invalidate_all()
        ask = self._ask(partner, user)
        action = ask.action_export()
        self.assertIn(f"/web/content/ar.person.ask/{ask.id}/file", action["url"])
        content = base64.b64decode(ask.with_context(bin_size=False).file)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertFalse(archive.testzip())
            with zipfile.ZipFile(io.BytesIO(archive.read("data.xlsx"))) as book:
                words = book.read("xl/sharedStrings.xml").decode()
            self.assertIn(">Number in our system<", words)
            self.assertNotRegex(words, r">[a-z]+_[a-z_]+<", "no name of a column")
            files = {
                name: archive.read(name)
                for name in archive.namelist()
                if name.startswith("files/")
            }
            data = json.loads(archive.read("data.json"))
        log = self.env["ar.retention"].sudo().search([], limit=1)
        return data, files, log

    def _message(self, person, words, email_from=None):
        return self.owing.sudo().message_post(
            body=words,
            message_type="email",
            author_id=person.id if person else False,
            email_from=email_from or (person and person.email),
        )

    # === HAND OUT === #

    def test_a_consumer_gets_everything(self):
        records = self._history(self.private, self.private_invoice)
        other = self._history(self.closed, self.paid)
        data, files, log = self._export(self.ann)
        self.assertEqual(data["person"][0]["email"], "ann.adams@example.com")
        self.assertEqual(data["customer"][0]["kind"], "consumer")
        for kind, record in records.items():
            self.assertIn(record.id, [row["id"] for row in data[kind]], kind)
            self.assertNotIn(other[kind].id, [row["id"] for row in data[kind]], kind)
        [notice] = data["notice"]
        self.assertEqual(notice["recipients"], "ann.adams@example.com")
        self.assertEqual(notice["line_ids"][0]["amount"], 70)
        [terms] = data["terms"]
        self.assertEqual(terms["signer_ip"], "203.0.113.7")
        self.assertEqual(data["call"][0]["note"], "Spoke with Ann")
        bodies = [row["body"] for row in data["message"]]
        self.assertIn("Ann is on holiday", bodies)
        # The keys to pages are not handed out, nor who wrote a note
        text = json.dumps(data)
        self.assertNotIn("access_token", text)
        self.assertNotIn(self.user_collector.name, text)
        self.assertNotIn("First Customer", text)
        self.assertIn(b"stop", files.values())
        self.assertIn(b"letter", files.values())
        self.assertIn(records["terms"].signed_document_id.raw, files.values())
        self.assertTrue(any(name.endswith("signature.png") for name in files))
        # The log
        self.assertEqual((log.scope, log.state), ("export", "done"))
        self.assertEqual(
            (log.partner_id, log.decided_by), (self.ann, self.user_manager)
        )
        self.assertEqual(log.reason, "Asked for by letter")
        self.assertGreater(log.records, 5)

    def test_a_contact_gets_nothing_of_a_colleague(self):
        self._history(self.owing, self.unpaid)
        mine = self._message(self.bob, "From Bob")
        self._message(self.abob, "From Abob")
        shared = self._message(None, "To both", "sales@example.com")
        self.env["mail.mail"].sudo().create(
            {
                "mail_message_id": shared.id,
                "email_to": "bob@x.example.com, abob@x.example.com",
            }
        )
        notice = self._notices(self.other, "sent").sudo()
        notice._ar_unlocked().recipients = (
            '"Bob" <bob@x.example.com>, "Abob" <abob@x.example.com>'
        )
        data, _files, _log = self._export(self.bob)
        text = json.dumps(data)
        self.assertNotIn("abob", text.lower())
        self.assertNotIn("customer", data)
        self.assertNotIn("call", data)
        found = {row["id"]: row for row in data["message"]}
        self.assertEqual(found[mine.id]["from"], "You")
        self.assertIn("bob@x.example.com", found[shared.id]["to"])
        self.assertNotIn("From Abob", text)
        [told] = data["notice"]
        self.assertEqual(told["recipients"], "bob@x.example.com, (somebody else)")
        self.assertEqual(len(data["contact"]), 1)
        # To the colleague, the same the other way round
        data, _files, _log = self._export(self.abob)
        self.assertNotIn("From Bob", json.dumps(data))
        self.assertNotIn(mine.id, [row["id"] for row in data["message"]])

    def test_who_may(self):
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [(4, self.company.id)]})
        for user in (self.user_collector, self.user_accountant, self.user_none):
            with self.assertRaises(AccessError):
                call_kw(
                    self.ann.with_user(user), "action_ar_person", [self.ann.ids], {}
                )
            with self.assertRaises(AccessError):
                self._ask(self.ann, user)
        for method in ("_ar_person_data", "_ar_person_ids"):
            with self.assertRaises(AccessError):
                call_kw(self.ann.with_user(admin), method, [self.ann.ids], {})
        self.assertEqual(
            self._export(self.ann, self.user_manager)[2].decided_by, self.user_manager
        )
        with self.assertRaisesRegex(UserError, "Say why"):
            self._ask(self.ann, reason=" ").action_export()
        with self.assertRaisesRegex(UserError, "not a person"):
            self._ask(self.customer).action_export()

    def test_other_companies_stay_apart(self):
        other = self.setup_other_company()["company"]
        theirs = self._debtor(self.ann, other, kind="consumer")
        note = theirs.sudo().message_post(body="Of the other company")
        self.env.user.company_ids -= other
        data, _files, log = self._export(self.ann)
        self.assertNotIn("Of the other company", json.dumps(data))
        self.assertEqual(log.company_id, self.company)
        self.assertTrue(note.exists())

    # === MAKE ANONYMOUS === #

    def test_what_is_closed_is_made_anonymous_what_is_open_stays(self):
        records = self._history(self.private, self.private_invoice)
        with self.assertRaisesRegex(UserError, "debts that are open"):
            self._ask(self.ann).action_anonymise()
        self._pay(self.private_invoice)
        later = self._invoice(self.ann, 30, -20)
        words = {
            name: f"Ann is ill: {name}"
            for name in (
                "stop_note",
                "snooze_reason",
                "hold_note",
                "hold_released_note",
                "call_draft",
                "statement_note",
            )
        }
        self.private.sudo().write(words)
        self._stamp()
        books = self._books()
        action = self._ask(self.ann).action_anonymise()
        found = self.env["ar.retention"].browse(action["res_id"])
        self.assertEqual((found.state, found.scope), ("listed", "person"))
        self.assertFalse(found.run_on)
        self.assertIn("lose names", found.words)
        # Nothing happens without a click, on no day
        self._run()
        self.assertTrue(records["terms"].exists())
        # Of today there is an open invoice: what names none may be about it
        kinds = set(found.item_ids.mapped("kind"))
        self.assertLessEqual({"notice", "answer", "dispute", "plan", "call"}, kinds)
        self.assertFalse(kinds & {"terms", "message", "file", "activity"})
        found.with_user(self.user_manager).action_confirm()
        self._run(datetime.now().isoformat(" "))
        self.assertEqual(found.state, "done")
        self.assertEqual(records["notice"].debtor_id, self.company.ar_nameless_id)
        self.assertTrue(records["terms"].exists() and records["message"].exists())
        for name, value in words.items():
            self.assertEqual(self.private.sudo()[name], value)
        self.assertEqual(self._books(), books)
        # All is paid: nothing is left, but the customer and the invoices
        self._pay(later)
        self._stamp()
        action = self._ask(self.ann).action_anonymise()
        self.env["ar.retention"].browse(action["res_id"]).action_confirm()
        self._run(datetime.now().isoformat(" "))
        self.assertFalse(records["terms"].exists() or records["message"].exists())
        self.assertFalse(records["file"].exists() or records["activity"].exists())
        for name in words:
            self.assertFalse(self.private.sudo()[name], name)
        self.assertTrue(self.private.exists() and self.private_invoice.exists())

    def test_who_acts_for_a_customer_is_kept_long_enough(self):
        with self.assertRaisesRegex(UserError, "acts for one"):
            self._ask(self.bob).action_anonymise()
