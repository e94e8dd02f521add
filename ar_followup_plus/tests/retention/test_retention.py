"""What was kept long enough: listed beforehand, then done as it was listed."""

import hashlib
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import freeze_time
from odoo.tools import SQL

from ...models.notice.ar_page_visit import PageVisits
from ...models.notice.correspondence import PageCorrespondence
from ...models.payment_plan.agreement import Agreement
from ...models.retention import retention_kinds, retention_run
from ..credit_terms.policy_common import PolicyMixin
from ..dispute.dispute_common import DisputeCommon

#: The debts are of 2026; more than ten years later nothing needs what was said.
LATER = "2037-06-01 10:00:00"
#: Have a customer, and are in no kind: the lists themselves, and what is written
#: anew each night for open items only.
OTHERWISE = {"ar.retention.item", "ar.expected.payment"}
ACCOUNTING = (
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_payment",
)


class RetentionCommon(PolicyMixin, DisputeCommon):
    """One customer who paid all, and one who still owes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.ar_retention_how = "delete"
        cls.policy = cls._publish()
        cls.closed, cls.owing = cls._debtor(cls.customer), cls._debtor(cls.other)
        cls.paid = cls._invoice(cls.customer, 100, 10)
        cls.unpaid = cls._invoice(cls.other, 100, 10)

    def _history(self, debtor, invoice):
        """Let a customer have one of everything; return ``{kind: record}``."""
        debtor_sudo = debtor.sudo()
        Attachment = self.env["ir.attachment"].sudo()
        self._plan(None, debtor.partner_id)
        self._deliver()
        notice = self._notices(debtor.partner_id, "sent").sudo()
        notice.opened_at = datetime(2026, 3, 11)
        notice._ar_keep([("letter.pdf", b"letter", None)])
        dispute = self._dispute(invoice, 40, text="Wrong").sudo()
        dispute.write({"state": "withdrawn", "closed_on": self.today})
        answer = (
            self.env["ar.answer"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor.id,
                    "notice_id": notice.id,
                    "kind": "paid",
                    "state": "done",
                    "done_on": self.today,
                    "said_by": debtor.partner_id.email,
                    "text": "Paid by Ann",
                    "dispute_id": dispute.id,
                    "line_ids": [(0, 0, {"move_id": invoice.id})],
                }
            )
        )
        call = (
            self.env["ar.contact.log"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor.id,
                    "notice_id": notice.id,
                    "kind": "call",
                    "outcome": "reached",
                    "note": "Spoke with Ann",
                    "user_id": self.user_collector.id,
                    "date": datetime(2026, 3, 10, 9),
                }
            )
        )
        terms = self._accept(debtor)
        returned = (
            self.env["ar.returned.payment"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor.id,
                    "kind": "returned",
                    "currency_id": self.usd.id,
                    "amount": 100,
                    "paid_on": self._ago(80),
                    "noticed_on": self._ago(70),
                    "entry_id": invoice.id,
                    "move_ids": [(6, 0, invoice.ids)],
                }
            )
        )
        debtor_sudo._ar_activity("activity_reply", "Answer Ann: on holiday")
        activity = debtor_sudo.activity_ids.filtered(lambda a: "Ann" in a.summary)
        plan = Agreement(debtor_sudo).promise(
            self.env["ar.open.item"].sudo().browse(self._items(invoice).ids),
            self._ago(-7),
        )
        plan._close("kept")
        note = debtor_sudo.message_post(body="Ann is on holiday")
        referral = self._ended_referral(debtor_sudo, invoice)
        file = Attachment.create(
            {
                "name": "stop.pdf",
                "raw": b"stop",
                "res_model": "ar.debtor",
                "res_id": debtor.id,
            }
        )
        self.env.flush_all()
        return {
            "notice": notice,
            "dispute": dispute,
            "answer": answer,
            "call": call,
            "terms": terms,
            "returned": returned,
            "activity": activity,
            "plan": plan,
            "referral": referral,
            "message": note,
            "file": file,
        }

    def _ended_referral(self, debtor, invoice):
        """Return a referral of an invoice that has ended, with a payment."""
        item = self._items(invoice)
        agency = (
            self.env["ar.referral.partner"]
            .sudo()
            .create({"partner_id": self.other.id, "company_id": self.company.id})
        )
        return (
            self.env["ar.referral"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor.id,
                    "partner_id": agency.id,
                    "currency_id": self.usd.id,
                    "state": "closed",
                    "outcome": "settled",
                    "reason": "Ann has left",
                    "end_reason": "Ann paid",
                    "proposed_on": self._ago(60),
                    "ended_on": self.today,
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "move_line_id": item.id,
                                "move_id": invoice.id,
                                "move_name": invoice.name,
                                "amount": 100,
                            },
                        )
                    ],
                    "payment_ids": [
                        (
                            0,
                            0,
                            {"paid_on": self.today, "gross": 9, "reference": "Ann"},
                        )
                    ],
                }
            )
        )

    def _stamp(self):
        """Let rows be as old as the test: the database knows the real day alone."""
        self.env.flush_all()
        for table in (
            "account_partial_reconcile",
            "ir_attachment",
            "ar_debtor_contact",
            "mail_activity",
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET create_date = %s, write_date = %s",
                    SQL.identifier(table),
                    self.today,
                    self.today,
                )
            )
        self.env.invalidate_all()

    def _run(self, on=LATER):
        with freeze_time(on):
            self.env["ar.retention"]._cron_retention()
        self.env.flush_all()
        self.env.invalidate_all()

    def _list(self):
        return self.env["ar.retention"].sudo().search(
            [("company_id", "=", self.company.id), ("scope", "=", "month")], limit=1
        )  # fmt: skip

    def _books(self):
        """Return a sum of all rows of accounting."""
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM %s t",
                    SQL.identifier(table),
                )
            )
            for table in ACCOUNTING
        }


class TestRetention(RetentionCommon):
    def _settle(self):
        self._pay(self.paid)
        self._stamp()

    def test_listed_first_then_done(self):
        """Of who paid all, everything goes; of who owes, nothing; no entry changes."""
        gone = self._history(self.closed, self.paid)
        kept = self._history(self.owing, self.unpaid)
        self._settle()
        mail, sent_file = (
            gone["notice"].mail_message_id,
            gone["terms"].signed_document_id,
        )
        self.assertTrue(mail and sent_file)
        books = self._books()
        self._run()
        found = self._list()
        self.assertEqual(found.state, "listed")
        self.assertEqual(str(found.closed_by), "2027-06-01")
        self.assertEqual(str(found.run_on), "2037-06-15")
        by_kind = {line.kind: line for line in found.line_ids}
        self.assertLessEqual(
            set(gone),
            set(by_kind),
        )
        self.assertEqual(by_kind["notice"].records, 1)
        self.assertEqual(by_kind["notice"].debtors, 1)
        self.assertEqual(str(by_kind["notice"].oldest), "2026-03-10")
        self.assertEqual(found.item_ids.debtor_id, self.closed)
        [activity] = found.activity_ids
        self.assertEqual(activity.user_id, self.user_manager)
        self.assertIn("will be deleted on", activity.note)
        # Listed is not done, on no day before
        self._run("2037-06-14 10:00:00")
        self.assertTrue(all(record.exists() for record in gone.values()))
        self._run("2037-06-15 10:00:00")
        for kind, record in gone.items():
            self.assertFalse(record.exists(), kind)
        self.assertFalse(mail.exists() or sent_file.exists())
        for kind, record in kept.items():
            self.assertTrue(record.exists(), kind)
        self.assertEqual(self._books(), books)
        found.invalidate_recordset()
        self.assertEqual(found.state, "done")
        self.assertFalse(found.item_ids or found.activity_ids)
        self.assertEqual(sum(found.line_ids.mapped("done")), found.records)
        self.assertTrue(self.closed.exists())

    def test_years_count_from_the_last_payment(self):
        gone = self._history(self.closed, self.paid)
        payment = self._pay(self.paid)
        self._stamp()
        self.env.cr.execute(
            "UPDATE account_partial_reconcile SET max_date = '2030-01-15' "
            "WHERE id = ANY(%s)",
            [self._items(self.paid).matched_credit_ids.ids],
        )
        self.env.invalidate_all()
        self.assertTrue(payment)
        self._run("2040-01-14 10:00:00")
        self.assertEqual((self._list().state, self._list().records), ("done", 0))
        self._run("2040-02-16 10:00:00")
        self.assertEqual(self._list().state, "listed")
        self.assertIn(
            gone["notice"].id,
            self._list()
            .item_ids.filtered(lambda i: i.kind == "notice")
            .mapped("res_id"),
        )

    def test_made_anonymous(self):
        """Figures stay, at a customer without a name; what is personal goes."""
        self.company.ar_retention_how = "anonymise"
        records = self._history(self.closed, self.paid)
        self._settle()
        books = self._books()
        self._run()
        self._list().with_user(self.user_manager).action_confirm()
        self._run()
        nameless = self.company.ar_nameless_id
        self.assertTrue(nameless)
        self.assertFalse(nameless.active)
        notice = records["notice"]
        self.assertEqual(notice.debtor_id, nameless)
        self.assertEqual((notice.state, notice.stage), ("sent", "gentle"))
        self.assertEqual(notice.line_ids.amount, 100)
        self.assertFalse(
            notice.recipients
            or notice.number
            or notice.mail_message_id
            or notice.line_ids.move_id
            or notice.line_ids.move_name
        )
        self.assertEqual(records["dispute"].amount, 40)
        self.assertEqual(records["plan"].amount, 100)
        self.assertEqual(records["answer"].kind, "paid")
        for kind in ("dispute", "plan", "answer", "call", "returned", "referral"):
            self.assertEqual(records[kind].debtor_id, nameless, kind)
        referral = records["referral"]
        self.assertEqual(
            (referral.line_ids.amount, referral.payment_ids.gross), (100, 9)
        )
        self.assertFalse(
            referral.reason
            or referral.end_reason
            or referral.line_ids.move_id
            or referral.line_ids.move_name
            or referral.payment_ids.reference
        )
        self.assertEqual(records["returned"].amount, 100)
        self.assertFalse(records["returned"].entry_id or records["returned"].move_ids)
        self.assertFalse(
            records["dispute"].text
            or records["dispute"].move_id
            or records["answer"].text
            or records["answer"].said_by
            or records["answer"].dispute_id
            or records["call"].note
        )
        for kind in ("terms", "message", "file", "activity"):
            self.assertFalse(records[kind].exists(), kind)
        self.assertEqual(self._list().decided_by, self.user_manager)
        # Nothing else leads back: no column of text has the name or the address
        self.assertFalse(
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", "ar.notice"), ("res_id", "=", notice.id)])
        )
        # What was done is not listed again
        self.company.ar_retention_listed_on = False
        self._run()
        self.assertEqual(self._list().records, 0)
        self.assertEqual(self._books(), books)

    def test_every_model_about_a_customer_is_known(self):
        """What has a customer is in a kind, or goes with what is."""
        known = {kind.model for kind in retention_kinds.KINDS.values()}
        about = {
            model._name
            for model in self.env.registry.values()
            if model._auto
            and not model._abstract
            and not model._transient
            and model._original_module == "ar_followup_plus"
            and any(
                field.store and field.comodel_name == "ar.debtor"
                for field in model._fields.values()
                if field.type == "many2one"
            )
        }
        self.assertEqual(about - known, OTHERWISE)

    def test_stopped_and_needed_again(self):
        records = self._history(self.closed, self.paid)
        self._settle()
        self._run()
        self._list().with_user(self.user_manager).action_stop("Lawsuit")
        self._run("2037-06-20 10:00:00")
        self.assertTrue(all(record.exists() for record in records.values()))
        self.assertEqual(self._list().reason, "Lawsuit")
        self.assertFalse(self._list().item_ids)
        # The next list; then the payment is undone
        self._run("2037-07-05 10:00:00")
        self.assertEqual(self._list().state, "listed")
        self._items(self.paid).remove_move_reconcile()
        self.env.flush_all()
        self._run("2037-07-25 10:00:00")
        self.assertEqual(self._list().state, "done")
        self.assertTrue(all(record.exists() for record in records.values()))
        self.assertEqual(sum(self._list().line_ids.mapped("done")), 0)
        self.assertEqual(
            sum(self._list().line_ids.mapped("kept")), self._list().records
        )

    def test_never_and_other_companies(self):
        other = self.setup_other_company()["company"]
        records = self._history(self.closed, self.paid)
        self._settle()
        self.company.ar_retention_years = 0
        self._run()
        self.assertFalse(self._list())
        self.company.ar_retention_years = 10
        self._run()
        lists = self._list()
        self.assertEqual(lists.company_id, self.company)
        theirs = self.env["ar.retention"].sudo().search([("company_id", "=", other.id)])
        self.assertFalse(theirs.item_ids)
        self.assertFalse(theirs.filtered("records"))
        self.user_manager.write(
            {"company_ids": [(6, 0, other.ids)], "company_id": other.id}
        )
        with self.assertRaises(AccessError):
            lists.with_user(self.user_manager).action_confirm()
        self.assertTrue(records["notice"].exists())

    def test_nobody_deletes_outside_the_job(self):
        """Neither managers nor administrators, over RPC."""
        records = self._history(self.closed, self.paid)
        records["mail"] = records["notice"].mail_message_id
        records["document"] = records["terms"].signed_document_id
        self._settle()
        self._run()
        records["list"] = self._list()
        records["line"] = self._list().line_ids[0]
        records["item"] = self._list().item_ids[0]
        before = len(self._list().item_ids)
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [(4, self.company.id)]})
        for kind, record in records.items():
            if kind in ("message", "file", "activity"):
                continue  # a note is its author's, as everywhere in Odoo
            for user in (admin, self.user_manager, self.user_collector):
                mine = record.with_user(user).with_company(self.company)
                for context in ({}, {"ar_evidence": True}, {"_force_unlink": True}):
                    with self.assertRaises(UserError, msg=(kind, user.login)):
                        call_kw(mine, "unlink", [record.ids], {"context": context})
        for user in (admin, self.user_manager):
            with self.assertRaises(UserError):
                call_kw(
                    records["mail"].with_user(user),
                    "write",
                    [records["mail"].ids, {"body": "Other"}],
                    {},
                )
        for method in ("_do_some", "_delete", "_continue", "_cron_retention"):
            with self.assertRaises(AccessError):
                call_kw(self._list().with_user(admin), method, [self._list().ids], {})
        for method in ("action_confirm", "action_stop"):
            with self.assertRaises(AccessError):
                call_kw(
                    self._list().with_user(self.user_collector),
                    method,
                    [self._list().ids],
                    {},
                )
        with self.assertRaises(AccessError):
            self._list().with_user(self.user_manager).write({"closed_by": self.today})
        self.assertEqual(len(self._list().item_ids), before)
        self.assertTrue(all(record.exists() for record in records.values()))

    # === SLICES === #

    def _calls(self, count):
        self.env["ar.contact.log"].sudo().create(
            [
                {
                    "debtor_id": self.closed.id,
                    "kind": "call",
                    "outcome": "reached",
                    "user_id": self.user_collector.id,
                    "date": datetime(2026, 3, 10, 9),
                }
            ]
            * count
        )  # fmt: skip
        self.env.flush_all()

    def test_goes_on_where_it_was(self):
        """An error in the middle leaves the rest on the list, and nothing half done."""
        self._calls(5)
        self._settle()
        self._run()
        found = self._list()
        mine = [("debtor_id", "=", self.closed.id)]
        Call = self.env["ar.contact.log"].sudo()
        with patch.object(retention_run, "AT_ONCE", 2):
            found.state = "running"
            found._do_some()
            self.assertEqual(Call.search_count(mine), 3)
            self.assertEqual(
                len(found.item_ids.filtered(lambda i: i.kind == "call")), 3
            )
            broken = patch.object(
                type(found), "_delete_rows", side_effect=RuntimeError("Killed")
            )
            with self.assertRaises(RuntimeError), self.env.cr.savepoint(), broken:
                found._do_some()
            self.env.invalidate_all()
            self.assertEqual(
                len(found.item_ids.filtered(lambda i: i.kind == "call")), 3
            )
            self._run()
        self.assertEqual((found.state, Call.search_count(mine)), ("done", 0))

    def test_statements_do_not_grow(self):
        counts = []
        for number in (3, 60):
            self._calls(number)
            if number == 3:
                self._settle()
            self.company.ar_retention_listed_on = False
            with freeze_time(LATER):
                model = self.env["ar.retention"].sudo()
                model._begin(self.company)
                found = self._list()
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                found._list_some()
                self.env.flush_all()
                listing = self.env.cr.sql_log_count - before
                while found.state == "listing":
                    found._list_some()
                found.state = "running"
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                found._do_some()
                self.env.flush_all()
                counts.append((listing, self.env.cr.sql_log_count - before))
                while found.state == "running":
                    found._do_some()
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0][0], 30)
        self.assertLessEqual(counts[0][1], 30)

    # === LOGS === #

    def test_addresses_and_link_logs_go_after_24_months(self):
        """Whatever is owed; what was signed still has its sum."""
        records = self._history(self.owing, self.unpaid)
        with freeze_time(datetime.now()):
            terms, notice = records["terms"], records["notice"]
        self.assertTrue(terms.signer_ip and terms.signer_agent and notice.opened_at)
        PageVisits(self.owing.sudo()).note("mails", done_at=datetime(2026, 3, 10))
        PageVisits(self.owing.sudo()).note(
            "said", done_at=datetime(2026, 3, 10), digest="e3"
        )
        PageCorrespondence(self.owing.sudo()).send_mail(
            "ar_followup_plus.mail_template_code",
            (None, "Ann", "ann@example.com", "en_US", None),
            code="123456",
        )
        code = self.env["mail.mail"].sudo().search([("email_to", "ilike", "ann@ex")])
        self.assertTrue(code)
        code.mail_message_id.date = datetime(2026, 3, 10)
        self._run("2028-03-09 10:00:00")
        self.assertTrue(terms.signer_ip and notice.opened_at and code.exists())
        self._run("2028-03-12 10:00:00")
        self.assertFalse(terms.signer_ip or terms.signer_agent or notice.opened_at)
        self.assertFalse(code.exists())
        self.assertFalse(self.env["ar.page.visit"].sudo().search([]))
        self.assertEqual(terms.signer_name, "Ann Adams")
        self.assertEqual(
            hashlib.sha256(terms.signed_document_id.raw).hexdigest(),
            terms.signed_document_sha256,
        )
