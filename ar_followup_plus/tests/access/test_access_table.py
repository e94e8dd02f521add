"""Who may do what: each role, each model, each call of the web client."""

import contextlib
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.modules import get_module_path

from ...models.credit_control.credit_check import CreditCheck
from ...models.credit_control.credit_hold import CreditHold
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.evidence.pack_request import PackRequest
from ...models.notice.ar_page_visit import PageVisits
from ...models.payment_plan.agreement import Agreement
from ...models.voice.voice import Voice
from ..credit_terms.policy_common import PolicyMixin
from ..module.backoffice_common import ROLES, BackOfficeCommon, _Undo

#: The table of docs/SECURITY.md. What a role may do with records, through the calls of
#: the web client: see, change (web_save), add (web_save), delete (unlink).
RECORDS_TABLE = """
| Records | no rights | portal customer | collector | credit manager | accountant |
|---|---|---|---|---|---|
| Customers (`ar.debtor`) | - | - | see, change | see, change | see |
| Contacts (`ar.debtor.contact`) | - | - | see, change, add, delete | see, change, add, delete | see |
| Open items (`ar.open.item`) | - | - | see | see | see |
| Reminder schedules (`ar.ladder`) | - | - | see | see, change, add, delete | see |
| Steps (`ar.ladder.step`) | - | - | see | see, change, add, delete | see |
| Notices (`ar.notice`) | - | - | see | see | see |
| Lines of notices (`ar.notice.line`) | - | - | see | see | see |
| Unmatched replies (`ar.unmatched.reply`) | - | - | see, change | see, change | - |
| Copies of invoices (`ar.copies`) | - | - | see | see | see |
| Letters beside the ladder (`ar.letter`) | - | - | see, change, add | see, change, add | see |
| Letter templates (`ar.letter.text`) | - | - | see | see, change, add, delete | see |
| Legal notices by country (`ar.demand.preset`) | - | - | see | see, change, add, delete | - |
| Excluded from reminders, and why (`ar.exclusion`) | - | - | see | see | see |
| On hold (`ar.parked`) | - | - | see | see | see |
| Log of messages (`ar.outgoing`) | - | - | see | see | see |
| Calls and visits (`ar.contact.log`) | - | - | see | see | see |
| Customers' answers (`ar.answer`) | - | - | see | see | see |
| Invoices of answers (`ar.answer.line`) | - | - | see | see | see |
| Acts on customers' pages (`ar.page.visit`) | - | - | - | see | - |
| Returned payments (`ar.returned.payment`) | - | - | see | see | see |
| Terms of payment, not published yet (`ar.credit.policy`) | - | - | see | see, change, add, delete | see |
| Terms of payment as published (`ar.credit.policy.text`) | - | - | see | see | see |
| Signatures under the terms (`ar.credit.policy.acceptance`) | - | - | see | see | see |
| Promises and plans (`ar.payment.plan`) | - | - | see | see | see |
| Items of promises and plans (`ar.payment.plan.line`) | - | - | see | see | see |
| Installments (`ar.payment.plan.installment`) | - | - | see | see | see |
| Credit overrides (`ar.credit.pass`) | - | - | see | see | see |
| Late charges (`ar.late.charge`) | - | - | see | see | see |
| Kinds of credit notes (`ar.credit.kind`) | - | - | see | see | see |
| Late-charge policies (`ar.late.charge.scheme`) | - | - | see | see, change, add, delete | see |
| Fixed sums (`ar.late.charge.fixed`) | - | - | see | see, change, add, delete | see |
| Reference rates (`ar.late.charge.reference`) | - | - | see | see, change, add, delete | see |
| Dated rates (`ar.late.charge.rate`) | - | - | see | see, change, add, delete | see |
| Interest-free periods (`ar.late.charge.pause`) | - | - | see | see, change, add, delete | see |
| Data retention lists, and exports of personal data (`ar.retention`) | - | - | - | see | - |
| Kinds of records in it (`ar.retention.line`) | - | - | - | see | - |
| Records in it (`ar.retention.item`) | - | - | - | see | - |
| Nightly tasks (`ar.nightly.log`) | - | - | - | see | - |
| Asking about a person (`ar.person.ask`) | - | - | - | see, change, add, delete | - |
| Items of the aged list (`ar.aging.item`) | - | - | - | see | see |
| Key figures (`ar.key.figure`) | - | - | - | see, add | see, add |
| Items fit for financing (`ar.financing.item`) | - | - | - | see | see |
| Rules of financing (`ar.financing.rule`) | - | - | - | see, change, add, delete | see |
| Insured limits (`ar.financing.limit`) | - | - | - | see, change, add, delete | see |
| Asking which aged list (`ar.aging.ask`) | - | - | - | see, change, add, delete | see, change, add, delete |
| Asking which key figures (`ar.key.figures.ask`) | - | - | - | see, change, add, delete | see, change, add, delete |
| Asking what is fit for financing (`ar.financing.ask`) | - | - | - | see, change, add, delete | see, change, add, delete |
| Expected payments (`ar.expected.payment`) | - | - | see | see | see |
| Weeks of the cash forecast (`ar.forecast.week`) | - | - | - | see | see |
| Figures of a day (`ar.overview.day`) | - | - | - | see | see |
| Evidence packs (`ar.evidence`) | - | - | see | see, delete | see |
| Documents of evidence packs (`ar.evidence.file`) | - | - | see | see | see |
| Register of evidence (`ar.proof`) | - | - | - | see | - |
| Referral partners (`ar.referral.partner`) | - | - | see | see, change, add, delete | see |
| Fees of referral partners (`ar.referral.fee`) | - | - | see | see, change, add, delete | see |
| Referrals (`ar.referral`) | - | - | see, change | see, change | see |
| Referred items (`ar.referral.line`) | - | - | see | see | see |
| Payments to referral partners (`ar.referral.payment`) | - | - | see | see | see |
| Disputes that one answers (`ar.dispute`) | see, change | - | see, change | see, change | see |
| Disputed items (`ar.dispute.line`) | see | - | see | see | see |
| Reasons of disputes (`ar.dispute.reason`) | see | - | see | see, change, add, delete | see |
| Asking for a snooze (`ar.snooze`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking for a contact stop (`ar.contact.stop`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking why not (`ar.notice.cancel`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Seeing what would leave now (`ar.send.now`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Writing to a customer once more today (`ar.contact.again`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking what came of a call (`ar.call.log`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking which invoices to copy (`ar.copies.ask`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking how it was posted (`ar.letter.post`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Keeping what was signed on paper (`ar.policy.record`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking why it is withdrawn (`ar.policy.withdraw`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking which statement (`ar.statement.ask`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Placing or releasing a credit hold (`ar.hold.ask`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking what lets an order pass (`ar.gate.ask`) | - | - | see, change, add, delete | see, change, add, delete | see, change, add, delete |
| Asking what is wrong (`ar.dispute.open`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Answering a dispute (`ar.dispute.reply`) | see, change, add, delete | - | see, change, add, delete | see, change, add, delete | see, change, add, delete |
| Ending a referral (`ar.referral.end`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Entering a payment to a partner (`ar.referral.pay`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Replying to a customer's answer (`ar.answer.reply`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking why left out (`ar.exclude`) | - | - | see, change, add, delete | see, change, add, delete | see, change, add, delete |
| Asking what was agreed (`ar.plan.ask`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Asking why it ends (`ar.plan.cancel`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Looking at a message (`ar.message.preview`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Looking at late charges (`ar.late.charge.ask`) | - | - | see, change, add, delete | see, change, add, delete | - |
| Switching the follow-up (`ar.state.ask`) | - | - | - | see, change, add, delete | - |
| Going live (`ar.go.live`) | - | - | - | see, change, add, delete | - |
""".strip()

#: What people do with buttons and with single fields.
ACTS_TABLE = """
| Act | no rights | portal customer | collector | credit manager | accountant |
|---|---|---|---|---|---|
| Collector, substitute, kind, contacts of a customer | - | - | yes | yes | - |
| Reminder schedule and payer profile of a customer, old debts | - | - | - | yes | - |
| Figures, history, stop and next step by hand | - | - | - | - | - |
| Decide now, refresh figures | - | - | yes | yes | - |
| Snooze, stop all contact | - | - | yes | yes | - |
| Lift a contact stop | - | - | - | yes | - |
| Approve what only waits for a click | - | - | yes | yes | - |
| Approve a step that needs approval | - | - | - | yes | - |
| Take an approval back, send at once what is approved | - | - | yes | yes | - |
| Cancel a notice: not now, settled, the customer said | - | - | yes | yes | - |
| Cancel a notice: step not needed | - | - | - | yes | - |
| Send a message to oneself | - | - | yes | yes | - |
| Send copies of invoices | - | - | yes | yes | - |
| Give an unmatched reply to its customer | - | - | yes | yes | - |
| Ask for a signature under the terms of payment, keep one on paper | - | - | yes | yes | - |
| End what a customer has accepted | - | - | - | yes | - |
| Publish terms of payment, make a new version | - | - | - | yes | - |
| Say when a colleague is away, and who takes over | - | - | - | yes | - |
| Take a promise, offer a plan within the limits | - | - | yes | yes | - |
| End a payment plan that runs | - | - | - | yes | - |
| Answer a dispute that one owns | yes | - | yes | yes | yes |
| Answer disputes of others, or withdraw them | - | - | yes | yes | - |
| Leave an invoice out of the follow-up | - | - | yes | yes | yes |
| Watch a customer, enter a proof of payment against a credit hold | - | - | yes | yes | - |
| Place and release a credit hold | - | - | - | yes | - |
| See what an invoice's follow-up did, on the invoice | - | - | - | - | yes |
| Charge or waive late charges | - | - | - | yes | - |
| Make an evidence pack | - | - | yes | yes | yes |
| Propose a referral, end the proposal | - | - | yes | yes | - |
| Approve, send and recall a referral | - | - | - | yes | - |
| Settings of the follow-up, pause everything | - | - | - | yes | - |
| Go live, let notices leave without asking | - | - | - | yes | - |
| Carry out or stop data retention; hand out the data held on a person | - | - | - | yes | - |
""".strip()


#: Raised where several refusals count as one.
REFUSED = AccessError("")


class AccessRows(PolicyMixin, BackOfficeCommon):
    """A record of each model, with values to change it and to add another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unmatched = (
            cls.env["ar.unmatched.reply"]
            .sudo()
            .create({"company_id": cls.company.id, "subject": "Hello"})
        )
        cls.copies = cls.env["ar.copies"].sudo().create({"debtor_id": cls.debtor.id})
        cls.answer = (
            cls.env["ar.answer"]
            .sudo()
            .create(
                {
                    "debtor_id": cls.debtor.id,
                    "kind": "paid",
                    "line_ids": [(0, 0, {"move_id": cls.invoice.id})],
                }
            )
        )
        cls.returned = (
            cls.env["ar.returned.payment"]
            .sudo()
            .create(
                {
                    "debtor_id": cls.debtor.id,
                    "kind": "corrected",
                    "currency_id": cls.usd.id,
                    "noticed_on": cls.today,
                }
            )
        )
        cls.retention = (
            cls.env["ar.retention"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "state": "listed",
                    "line_ids": [(0, 0, {"kind": "call", "records": 1})],
                    "item_ids": [(0, 0, {"kind": "call", "debtor_id": cls.debtor.id})],
                }
            )
            .sudo(False)
        )
        cls._park()
        cls.policy = cls._publish()
        cls.draft = cls._draft(kind="business")
        cls.accepted = cls._accept(cls._debtor(cls.old)).sudo(False)
        cls.plan = Agreement(cls._debtor(cls.old)).propose(
            cls.env["ar.open.item"].browse(cls._items(cls.old_invoice).ids),
            {"count": 2, "first_on": cls._ago(-30)},
        )
        cls.plan.sudo()._start()
        cls.reason = cls.env["ar.dispute.reason"].create(
            {"name": "For a test", "code": "test"}
        )
        other = cls.env.ref("ar_followup_plus.ar_dispute_reason_other")
        contested = cls._invoice(cls.other, 30, 5)
        cls.dispute = DisputeIntake(cls._debtor(cls.other).sudo()).open(
            contested, other
        )
        cls.dispute.owner_id = cls.users["none"]
        cls._refer()
        cls.pack = PackRequest(cls.debtor).make().sudo()
        cls.env["ar.proof"]._cron_append()
        cls.proof = cls.env["ar.proof"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.pack._gather()
        cls.pack.state = "failed"

    @classmethod
    def _refer(cls):
        """Make two agencies, and a proposal for one of them."""
        cls.agencies = cls.env["ar.referral.partner"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "fee_ids": [(0, 0, {"percent": 20, "days_to": 90})],
                }
                for partner in (cls.other, cls.late)
            ]
        )
        item = cls._items(cls.invoice)
        cls.referral = (
            cls.env["ar.referral"]
            .sudo()
            .create(
                {
                    "debtor_id": cls.debtor.id,
                    "partner_id": cls.agencies[0].id,
                    "currency_id": cls.usd.id,
                    "proposed_on": cls.today,
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "move_line_id": item.id,
                                "move_id": item.move_id.id,
                                "move_name": cls.invoice.name,
                                "date_due": item.date_maturity,
                                "amount": 100,
                                "hold": "proposed",
                            },
                        )
                    ],
                    "payment_ids": [
                        (0, 0, {"paid_on": cls.today, "gross": 9, "commission": 1})
                    ],
                }
            )
            .sudo(False)
        )

    # === RECORDS === #

    def _logged(self):
        """Return a row of the log of messages."""
        Voice(self.debtor.sudo()).note("page")
        return self.env["ar.outgoing"].search(
            [("debtor_id", "=", self.debtor.id)], limit=1
        )

    def _rows(self):
        """Return label, record, values to change, values to add."""
        step = self.own_ladder.step_ids
        wizard = {"debtor_ids": [(6, 0, self.debtor.ids)], "reason": "For a test"}
        stop = {"debtor_ids": [(6, 0, self.debtor.ids)], "reason": "court"}
        cancel = {"notice_ids": [(6, 0, self.notice.ids)], "how": "settled"}
        copy = {"debtor_id": self.debtor.id}
        call = {"debtor_id": self.debtor.id, "note": "For a test"}
        post = {"notice_ids": [(6, 0, self.notice.ids)]}
        leave_out = {"item_ids": self._items(self.invoice).ids, "reason": "For a test"}
        record = (
            {"signer_name": "Changed"},
            {"debtor_id": self.debtor.id, "document": "eA==", "signed_on": self.today},
        )
        withdraw = (
            {"reason": "Changed"},
            {"acceptance_ids": [(6, 0, self.accepted.ids)], "reason": "For a test"},
        )
        return [
            (
                "Customers",
                self.debtor,
                {"direct_debit": True},
                {"partner_id": self.customer.id, "company_id": self.company.id},
            ),
            (
                "Contacts",
                self.contact,
                {"sequence": 3},
                {
                    "debtor_id": self.debtor.id,
                    "partner_id": self.late.id,
                    "role": "director",
                },
            ),
            (
                "Open items",
                self.env["ar.open.item"].browse(self._items(self.invoice).ids),
                {"ref": "changed"},
                {"move_name": "added"},
            ),
            (
                "Reminder schedules",
                self.own_ladder,
                {"name": "Changed"},
                {"name": "Added"},
            ),
            (
                "Steps",
                step,
                {"min_amount": 3},
                {
                    "name": "Added",
                    "ladder_id": self.own_ladder.id,
                    "delay_days": 20,
                    "stage": "firm",
                    "mail_template_id": step.mail_template_id.id,
                },
            ),
            (
                "Notices",
                self.notice,
                {"cancel_reason": "changed"},
                {
                    "debtor_id": self.debtor.id,
                    "company_id": self.company.id,
                    "step_id": step.id,
                    "channel": "email",
                    "date": self.today,
                },
            ),
            (
                "Lines of notices",
                self.notice.line_ids,
                {"amount": 1},
                {"notice_id": self.notice.id, "role": "about"},
            ),
            (
                "Unmatched replies",
                self.unmatched,
                {"debtor_id": self.debtor.id},
                {"company_id": self.company.id},
            ),
            (
                "Copies of invoices",
                self.copies,
                {"numbers": "changed"},
                {"debtor_id": self.debtor.id},
            ),
            (
                "Letters beside the ladder",
                self.debtor.env["ar.letter"]
                ._for_moment(self.debtor, "hold")
                .with_env(self.env),
                {"new_date": self.today},
                {
                    "debtor_id": self.debtor.id,
                    "text_id": self.env.ref("ar_followup_plus.letter_text_hold").id,
                },
            ),
            (
                "Letter templates",
                self.env.ref("ar_followup_plus.letter_text_thanks").copy(),
                {"name": "Changed"},
                {"name": "Added", "moment": "thanks", "body": "<p>Added</p>"},
            ),
            (
                "Legal notices by country",
                self.env["ar.demand.preset"].create(
                    {"country_id": self.us.id, "source": "A test"}
                ),
                {"source": "Changed"},
                {"country_id": self.env.ref("base.ca").id, "source": "Added"},
            ),
            (
                "Excluded from reminders, and why",
                self.exclusion,
                {"reason": "changed"},
                {
                    "move_line_id": self._items(self.old_invoice).id,
                    "company_id": self.company.id,
                    "kind": "other",
                    "reason": "added",
                    "until": self._ago(-3),
                    "user_id": self.user_manager.id,
                },
            ),
            (
                "On hold",
                self.env["ar.parked"].search(
                    [("debtor_id", "=", self._debtor(self.said).id)]
                ),
                {"reason": "changed"},
                {"move_name": "added"},
            ),
            (
                "Log of messages",
                self._logged(),
                {"day": "2026-03-11"},
                {
                    "debtor_id": self.debtor.id,
                    "company_id": self.company.id,
                    "day": self.today,
                    "kind": "call",
                },
            ),
            (
                "Calls and visits",
                self.debtor.log_contact("reached", kind="visit"),
                {"note": "changed"},
                {
                    "debtor_id": self.debtor.id,
                    "kind": "call",
                    "outcome": "reached",
                    "user_id": self.env.uid,
                    "date": "2026-03-10 10:00:00",
                },
            ),
            (
                "Customers' answers",
                self.answer,
                {"text": "changed"},
                {"debtor_id": self.debtor.id, "kind": "easier"},
            ),
            (
                "Invoices of answers",
                self.answer.line_ids,
                {"waits": True},
                {"answer_id": self.answer.id, "move_id": self.invoice.id},
            ),
            (
                "Acts on customers' pages",
                PageVisits(self.debtor.sudo()).note("messages"),
                {"kind": "mails"},
                {"debtor_id": self.debtor.id, "kind": "mails"},
            ),
            (
                "Returned payments",
                self.returned,
                {"amount": 1},
                {
                    "debtor_id": self.debtor.id,
                    "kind": "returned",
                    "currency_id": self.usd.id,
                    "noticed_on": self.today,
                },
            ),
            (
                "Terms of payment, not published yet",
                self.draft,
                {"legal_days": 20},
                {"name": "Added"},
            ),
            (
                "Terms of payment as published",
                self.policy.text_ids,
                {"name": "changed"},
                {"policy_id": self.draft.id, "lang": "en_US", "name": "added"},
            ),
            (
                "Signatures under the terms",
                self.accepted,
                {"signer_name": "changed"},
                {"debtor_id": self.debtor.id, "state": "accepted"},
            ),
            (
                "Promises and plans",
                self.plan,
                {"kind": "promise"},
                {"debtor_id": self.debtor.id, "currency_id": self.usd.id},
            ),
            (
                "Items of promises and plans",
                self.plan.line_ids,
                {"amount": 1},
                {"plan_id": self.plan.id},
            ),
            (
                "Installments",
                self.plan.installment_ids,
                {"amount": 1},
                {"plan_id": self.plan.id, "date": self.today},
            ),
            (
                "Credit overrides",
                CreditCheck(self.debtor).accept_proof("Transfer seen"),
                {"reason": "changed"},
                {
                    "debtor_id": self.debtor.id,
                    "kind": "manager",
                    "reason": "added",
                    "user_id": self.env.uid,
                    "valid_until": "2026-03-11 10:00:00",
                },
            ),
            *self._charge_rows(),
            *self._analytics_rows(),
            *self._forecast_rows(),
            (
                "Evidence packs",
                self.pack,
                {"note": "Changed"},
                {"debtor_id": self.debtor.id, "scope": "debtor"},
            ),
            (
                "Documents of evidence packs",
                self.pack.file_ids,
                {"name": "Changed"},
                {"evidence_id": self.pack.id, "section": "mails", "kind": "file"},
            ),
            (
                "Register of evidence",
                self.proof,
                {"event": "sent"},
                {
                    "company_id": self.company.id,
                    "model": "ar.notice",
                    "res_id": 1,
                    "event": "sent",
                    "act": "made",
                },
            ),
            *self._referral_rows(),
            (
                "Disputes that one answers",
                self.dispute,
                {"reason_id": self.dispute.reason_id.id},
                {
                    "debtor_id": self.debtor.id,
                    "currency_id": self.company.currency_id.id,
                    "reason_id": self.reason.id,
                    "source": "call",
                    "opened_on": self.today,
                    "deadline": self.today,
                },
            ),
            (
                "Disputed items",
                self.dispute.line_ids,
                {"amount": 1},
                {
                    "dispute_id": self.dispute.id,
                    "currency_id": self.company.currency_id.id,
                    "amount": 1,
                },
            ),
            (
                "Reasons of disputes",
                self.reason,
                {"days": 7},
                {"name": "Added", "code": "added"},
            ),
            ("Asking for a snooze", "ar.snooze", {"reason": "Changed"}, wizard),
            ("Asking for a contact stop", "ar.contact.stop", {"note": "x"}, stop),
            ("Asking why not", "ar.notice.cancel", {"reason": "x"}, cancel),
            (
                "Seeing what would leave now",
                "ar.send.now",
                {"debtor_id": self.debtor.id},
                {"debtor_id": self.debtor.id},
            ),
            (
                "Writing to a customer once more today",
                "ar.contact.again",
                {"warning": "x"},
                {"act": "hold", "record_ids": str(self.debtor.id)},
            ),
            ("Asking what came of a call", "ar.call.log", {"note": "x"}, call),
            ("Asking which invoices to copy", "ar.copies.ask", copy, copy),
            (
                "Asking how it was posted",
                "ar.letter.post",
                {"tracking_number": "x"},
                post,
            ),
            ("Keeping what was signed on paper", "ar.policy.record", *record),
            ("Asking why it is withdrawn", "ar.policy.withdraw", *withdraw),
            (
                "Asking which statement",
                "ar.statement.ask",
                {"kind": "activity"},
                {"debtor_ids": [(6, 0, self.debtor.ids)]},
            ),
            (
                "Placing or releasing a credit hold",
                "ar.hold.ask",
                {"note": "x"},
                {"debtor_ids": [(6, 0, self.debtor.ids)], "note": "For a test"},
            ),
            (
                "Asking what lets an order pass",
                "ar.gate.ask",
                {"reason": "x"},
                {"res_model": "account.move", "res_id": self.invoice.id},
            ),
            (
                "Asking what is wrong",
                "ar.dispute.open",
                {"text": "x"},
                {
                    "debtor_id": self.debtor.id,
                    "item_id": self._items(self.invoice).id,
                    "reason_id": self.reason.id,
                },
            ),
            (
                "Answering a dispute",
                "ar.dispute.reply",
                {"answer": "x"},
                {"dispute_id": self.dispute.id},
            ),
            (
                "Ending a referral",
                "ar.referral.end",
                {"reason": "x"},
                {
                    "referral_id": self.referral.id,
                    "outcome": "dropped",
                    "reason": "A test",
                },
            ),
            (
                "Entering a payment to a partner",
                "ar.referral.pay",
                {"reference": "x"},
                {"referral_id": self.referral.id, "gross": 1},
            ),
            (
                "Replying to a customer's answer",
                "ar.answer.reply",
                {"text": "x"},
                {"answer_id": self.answer.id, "text": "x"},
            ),
            ("Asking why left out", "ar.exclude", {"reason": "x"}, leave_out),
            ("Asking what was agreed", "ar.plan.ask", {"note": "x"}, copy),
            (
                "Asking why it ends",
                "ar.plan.cancel",
                {"reason": "x"},
                {"plan_id": self.plan.id, "reason": "A test"},
            ),
            (
                "Looking at a message",
                "ar.message.preview",
                {"debtor_id": self.debtor.id},
                {"channel": "email"},
            ),
            (
                "Looking at late charges",
                "ar.late.charge.ask",
                {"reason": "x"},
                {"debtor_id": self.debtor.id},
            ),
            (
                "Switching the follow-up",
                "ar.state.ask",
                {"approve_waiting": True},
                {"company_id": self.company.id, "to_state": "off"},
            ),
            (
                "Going live",
                "ar.go.live",
                {"ar_gap_days": 6},
                {"company_id": self.company.id},
            ),
        ]

    def _charge_rows(self):
        """Return the rows of late charges."""
        item = self._items(self.invoice)
        scheme = self.env["ar.late.charge.scheme"].create(
            {"name": "Own", "kind": "own", "company_id": self.company.id}
        )
        charge = (
            self.env["ar.late.charge"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "debtor_id": self.debtor.id,
                    "move_line_id": item.id,
                    "move_id": self.invoice.id,
                    "currency_id": self.invoice.currency_id.id,
                    "move_name": self.invoice.name,
                    "date_from": self.today,
                    "date_to": self.today,
                }
            )
        )
        kind = (
            self.env["ar.credit.kind"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "move_id": self.invoice.id,
                    "kind": "correction",
                }
            )
        )
        # Others of the test may have made schemes with rates: these are their own
        rate = self.env["ar.late.charge.rate"].create(
            {"scheme_id": scheme.id, "date_from": "2020-01-01", "percent": 5}
        )
        fixed = self.env["ar.late.charge.fixed"].create(
            {"scheme_id": scheme.id, "from_amount": 0, "amount": 40}
        )
        reference = self.env["ar.late.charge.reference"].create({"name": "Base"})
        pause = self.env["ar.late.charge.pause"].create(
            {"debtor_id": self.debtor.id, "date_from": self.today, "reason": "Agreed"}
        )
        return [
            (
                "Late charges",
                charge,
                {"reason": "changed"},
                {"debtor_id": self.debtor.id, "date_from": self.today},
            ),
            (
                "Kinds of credit notes",
                kind,
                {"kind": "return"},
                {"move_id": self.invoice.id, "kind": "return"},
            ),
            (
                "Late-charge policies",
                scheme,
                {"grace_days": 3},
                {"name": "x", "kind": "own"},
            ),
            (
                "Fixed sums",
                fixed,
                {"amount": 41},
                {"scheme_id": scheme.id, "from_amount": 9, "amount": 1},
            ),
            ("Reference rates", reference, {"note": "x"}, {"name": "Another"}),
            (
                "Dated rates",
                rate,
                {"percent": 6},
                {"reference_id": reference.id, "date_from": "2020-01-01", "percent": 1},
            ),
            (
                "Interest-free periods",
                pause,
                {"reason": "x"},
                {
                    "debtor_id": self.debtor.id,
                    "date_from": self.today,
                    "reason": "x",
                },
            ),
            (
                "Data retention lists, and exports of personal data",
                self.retention,
                {"reason": "x"},
                {"company_id": self.company.id},
            ),
            (
                "Kinds of records in it",
                self.retention.line_ids,
                {"records": 0},
                {"retention_id": self.retention.id, "kind": "call"},
            ),
            (
                "Records in it",
                self.retention.item_ids,
                {"res_id": 0},
                {"retention_id": self.retention.id, "kind": "call"},
            ),
            (
                "Nightly tasks",
                self.env["ar.nightly.log"]
                .sudo()
                .create({"task": "ar.test", "started": "2026-03-10 02:30:00"})
                .sudo(False),
                {"task": "changed"},
                {"task": "added", "started": "2026-03-10 02:30:00"},
            ),
            (
                "Asking about a person",
                "ar.person.ask",
                {"reason": "x"},
                {"partner_id": self.late.id},
            ),
        ]

    def _referral_rows(self):
        partner = {"partner_id": self.agencies[1].id}
        referral = {"referral_id": self.referral.id}
        return [
            (
                "Referral partners",
                self.agencies[1],
                {"minimum_amount": 5},
                {"partner_id": self.other.id, "company_id": self.company.id},
            ),
            (
                "Fees of referral partners",
                self.agencies[1].fee_ids,
                {"percent": 5},
                {**partner, "percent": 5, "days_from": 91},
            ),
            (
                "Referrals",
                self.referral,
                {"reason": "Changed"},
                {
                    "debtor_id": self.debtor.id,
                    "currency_id": self.usd.id,
                    "proposed_on": self.today,
                },
            ),
            ("Referred items", self.referral.line_ids, {"amount": 1}, referral),
            (
                "Payments to referral partners",
                self.referral.payment_ids,
                {"gross": 1},
                {**referral, "paid_on": self.today},
            ),
        ]

    def _forecast_rows(self):
        company = {"company_id": self.company.id}
        item = self._items(self.invoice)
        values = {
            **company,
            "currency_id": self.usd.id,
            "debtor_id": self.debtor.id,
            "kind": "pattern",
        }
        week = {
            **company,
            "currency_id": self.usd.id,
            "made_in": self.today,
            "week": self.today,
        }
        expected, weeks, days = (
            self.env[model].sudo()
            for model in ("ar.expected.payment", "ar.forecast.week", "ar.overview.day")
        )
        return [
            (
                "Expected payments",
                expected.create({**values, "move_line_id": item.id}).sudo(False),
                {"amount": 1},
                {**values, "move_line_id": self._items(self.old_invoice).id},
            ),
            (
                "Weeks of the cash forecast",
                weeks.create(week).sudo(False),
                {"amount": 1},
                {**week, "week": self._ago(-7)},
            ),
            (
                "Figures of a day",
                days.create({**company, "day": self.today}).sudo(False),
                {"owed": 1},
                {**company, "day": self._ago(1)},
            ),
        ]

    def _analytics_rows(self):
        items = self._items(self.invoice).ids
        rule = self.env["ar.financing.rule"].create({"name": "For a test"})
        limit = {"rule_id": rule.id, "partner_id": self.late.id, "amount": 5}
        return [
            (
                "Items of the aged list",
                self.env["ar.aging.item"].browse(items),
                {"amount": 1},
                {"name": "x"},
            ),
            ("Key figures", "ar.key.figure", {"name": "x"}, {"name": "x"}),
            (
                "Items fit for financing",
                self.env["ar.financing.item"].browse(items),
                {"amount": 1},
                {"name": "x"},
            ),
            ("Rules of financing", rule, {"most_days": 3}, {"name": "Added"}),
            (
                "Insured limits",
                self.env["ar.financing.limit"].create(limit),
                {"amount": 3},
                {**limit, "partner_id": self.other.id},
            ),
            ("Asking which aged list", "ar.aging.ask", {"ranges": "30"}, {"by": "due"}),
            (
                "Asking which key figures",
                "ar.key.figures.ask",
                {"months": "6"},
                {"months": "1"},
            ),
            (
                "Asking what is fit for financing",
                "ar.financing.ask",
                {"day": self.today},
                {"rule_id": rule.id},
            ),
        ]


class TestAccessTable(AccessRows):
    """The two tables are made by trying, and compared with those above."""

    maxDiff = None

    def test_records(self):
        lines = RECORDS_TABLE.splitlines()[:2]
        for label, record, change, add in self._rows():
            model = record if isinstance(record, str) else record._name
            cells = []
            for role in ROLES:
                env = self.as_user(role)
                mine = record
                if isinstance(record, str):
                    # A dialog belongs to who opened it
                    mine = self.env[record].with_user(self.users[role]).sudo()
                    mine = mine.create(add)
                done = self._done(env, mine, change, add)
                cells.append(", ".join(done) or "-")
            lines.append(f"| {label} (`{model}`) | {' | '.join(cells)} |")
        self.assertEqual("\n".join(lines), RECORDS_TABLE)

    def _done(self, env, record, change, add):
        """Return in words what a user can do with a record."""
        calls = {
            "see": lambda: self._see(env, record),
            "change": lambda: self._save(env, record, change),
            "add": lambda: self._save(env, record.browse(), add),
            "delete": lambda: self._delete(env, record),
        }
        return [word for word, call in calls.items() if not self.refuses(call)]

    def _see(self, env, record):
        """Read in each way of the web client; all of them agree."""
        model, domain = record._name, [("id", "in", record.ids)]
        name = next(
            name
            for name, field in record._fields.items()
            if field.store
            and not field.groups
            and field.type in ("char", "selection", "many2one")
        )
        seen = []
        try:
            found = self.rpc(
                env, model, "web_search_read", domain, {"display_name": {}}
            )
        except AccessError:
            found = None
        for call in (
            lambda: self.rpc(env, model, "web_read", record.ids, {"display_name": {}}),
            lambda: self.rpc(
                env, model, "formatted_read_group", domain, [name], ["__count"]
            ),
            lambda: self.rpc(env, model, "export_data", record.ids, [name]),
            lambda: self.rpc(env, model, "name_search", "", domain),
            lambda: self.rpc(env, model, "search_count", domain),
        ):
            seen.append(not self.refuses(call))
        self.assertEqual(set(seen), {found is not None}, (env.user.login, model))
        if found is None:
            raise REFUSED
        self.assertEqual(found["length"], len(record))

    def _save(self, env, record, values):
        self.rpc(
            env, record._name, "web_save", record.ids, values, {"display_name": {}}
        )

    def _delete(self, env, record):
        self.rpc(env, record._name, "unlink", record.ids)

    # === ACTS === #

    def _acts(self):
        """Return label and one call for each act."""
        debtor, notice = self.debtor.ids, self.notice.ids
        stopped = self._debtor(self.other)
        stopped.stop_contact("court")
        items = self._items(self.invoice).ids

        def on(model, ids, method, *args, **kwargs):
            return lambda env: self.rpc(env, model, method, ids, *args, **kwargs)

        def save(values):
            return lambda env: self._save(env, self.debtor, values)

        def all_refused(env):
            for values in (
                {"amount_overdue": 0},
                {"contacted": False},
                {"stop_reason": False},
                {"next_contact_date": False},
            ):
                if not self.refuses(lambda v=values: self._save(env, self.debtor, v)):
                    return
            raise REFUSED

        def leave_out(env):
            self._ask(env, "ar.exclude", item_ids=items, reason="A test")

        def send_copies(env):
            self._ask(env, "ar.copies.ask", debtor_id=self.debtor.id)

        def agree(env):
            values = {"debtor_id": self.debtor.id, "kind": "promise"}
            self._ask(env, "ar.plan.ask", date=self.today, **values)

        def assign(env):
            reply = self.unmatched.with_env(env)
            self._save(env, reply, {"debtor_id": self.debtor.id})
            self.rpc(env, "ar.unmatched.reply", "action_assign", reply.ids)

        def on_invoice(env):
            names = (
                "ar_notice_count",
                "ar_stage",
                "ar_last_notice_date",
                "ar_excluded",
            )
            specification = {name: {} for name in names}
            self.rpc(env, "account.move", "web_read", self.invoice.ids, specification)

        def charge(env):
            self.company.sudo().write(
                {
                    "ar_charge_scheme_id": self.env["ar.late.charge.scheme"]
                    .create(
                        {
                            "name": "Act",
                            "kind": "own",
                            "rate_ids": [
                                (0, 0, {"date_from": "2020-01-01", "percent": 9})
                            ],
                        }
                    )
                    .id,
                    "ar_charge_mode": "shown",
                }
            )
            wizard = env["ar.late.charge.ask"].create({"debtor_id": self.debtor.id})
            wizard.reason = "A test"
            self.rpc(env, "ar.late.charge.ask", "action_waive", wizard.ids)

        def go_live(env):
            self.rpc(env, "res.company", "action_ar_live", self.company.ids)
            self.company.sudo().ar_state = "off"
            self.rpc(env, "res.company", "action_ar_go_live", self.company.ids)

        def let_go(env):
            self.rpc(env, "ar.retention", "action_stop", self.retention.ids)
            self.retention.sudo().state = "listed"
            self.rpc(env, "ar.retention", "action_confirm", self.retention.ids)
            self.retention.sudo().state = "listed"
            self.rpc(env, "res.partner", "action_ar_person", self.late.ids)

        def ask_and_record(env):
            self.rpc(env, "ar.debtor", "action_request_policy", debtor)
            wizard = env["ar.policy.record"].create(
                {
                    "debtor_id": self.debtor.id,
                    "document": "eA==",
                    "signer_name": "Ann Adams",
                    "signed_on": self.today,
                }
            )
            self.rpc(env, "ar.policy.record", "action_apply", wizard.ids)

        return [
            (
                "Collector, substitute, kind, contacts of a customer",
                save(
                    {
                        "user_id": self.user_collector.id,
                        "substitute_id": self.user_manager.id,
                        "kind": "sole_trader",
                        "contact_ids": [(1, self.contact.id, {"role": "buyer"})],
                    }
                ),
            ),
            (
                "Reminder schedule and payer profile of a customer, old debts",
                save(
                    {
                        "ladder_id": self.own_ladder.id,
                        "profile": "chronic",
                        "allow_old_debts": True,
                    }
                ),
            ),
            ("Figures, history, stop and next step by hand", all_refused),
            ("Decide now, refresh figures", self._plan_refresh),
            ("Snooze, stop all contact", self._hold_off),
            ("Lift a contact stop", on("ar.debtor", stopped.ids, "lift_stop")),
            (
                "Approve what only waits for a click",
                on("ar.notice", notice, "action_approve"),
            ),
            (
                "Approve a step that needs approval",
                on("ar.notice", self.final_notice.ids, "action_approve"),
            ),
            ("Take an approval back, send at once what is approved", self._take_back),
            (
                "Cancel a notice: not now, settled, the customer said",
                lambda env: self._ask(
                    env,
                    "ar.notice.cancel",
                    notice_ids=[(6, 0, notice)],
                    how="answered",
                    reason="She pays on Friday",
                ),
            ),
            (
                "Cancel a notice: step not needed",
                on("ar.notice", notice, "action_not_needed"),
            ),
            (
                "Send a message to oneself",
                on("ar.notice", notice, "action_send_to_me"),
            ),
            ("Send copies of invoices", send_copies),
            ("Give an unmatched reply to its customer", assign),
            (
                "Ask for a signature under the terms of payment, keep one on paper",
                ask_and_record,
            ),
            (
                "End what a customer has accepted",
                lambda env: self._ask(
                    env,
                    "ar.policy.withdraw",
                    acceptance_ids=[(6, 0, self.accepted.ids)],
                    reason="A test",
                ),
            ),
            ("Publish terms of payment, make a new version", self._publish_terms),
            (
                "Say when a colleague is away, and who takes over",
                lambda env: self._save(
                    env, self.env.user, {"ar_away_from": self.today}
                ),
            ),
            ("Take a promise, offer a plan within the limits", agree),
            (
                "End a payment plan that runs",
                lambda env: self._ask(
                    env, "ar.plan.cancel", plan_id=self.plan.id, reason="A test"
                ),
            ),
            (
                "Answer a dispute that one owns",
                self._answer,
            ),
            ("Answer disputes of others, or withdraw them", self._answer_others),
            ("Leave an invoice out of the follow-up", leave_out),
            (
                "Watch a customer, enter a proof of payment against a credit hold",
                self._watch_and_proof,
            ),
            ("Place and release a credit hold", self._hold_and_release),
            ("See what an invoice's follow-up did, on the invoice", on_invoice),
            ("Charge or waive late charges", charge),
            (
                "Make an evidence pack",
                on("ar.debtor", debtor, "action_evidence"),
            ),
            ("Propose a referral, end the proposal", self._propose_referral),
            ("Approve, send and recall a referral", self._send_referral),
            ("Settings of the follow-up, pause everything", self._settings),
            ("Go live, let notices leave without asking", go_live),
            (
                "Carry out or stop data retention; hand out the data held on a person",
                let_go,
            ),
        ]

    def _ask(self, env, model, act="action_apply", **values):
        """Fill in a dialog, and choose one of its buttons."""
        self.rpc(env, model, act, env[model].create(values).ids)

    def _plan_refresh(self, env):
        self.rpc(env, "ar.debtor", "action_plan_now", self.debtor.ids)
        self.rpc(env, "ar.debtor", "action_refresh", self.debtor.ids)

    def _hold_off(self, env):
        """Snooze a customer, and stop all contact."""
        chosen = {"debtor_ids": [(6, 0, self.debtor.ids)]}
        self._ask(env, "ar.snooze", until=self._ago(-9), reason="A test", **chosen)
        self._ask(env, "ar.contact.stop", reason="court", **chosen)

    def _answer(self, env, owner=None):
        """Answer a dispute that somebody owns; default: the caller."""
        self.dispute.sudo().owner_id = owner or env.user
        reply = {"dispute_id": self.dispute.id, "how": "accept"}
        self._ask(env, "ar.dispute.reply", **reply)

    def _answer_others(self, env):
        """Answer a dispute that somebody else owns, and withdraw it."""
        with contextlib.suppress(_Undo), self.env.cr.savepoint():
            self._answer(env, self.env.user)
            raise _Undo
        reply = {"dispute_id": self.dispute.id, "how": "withdraw"}
        self._ask(env, "ar.dispute.reply", **reply)

    def _watch_and_proof(self, env):
        """Watch a customer, and enter a payment that lets an order pass."""
        watch = {"debtor_ids": [(6, 0, self.debtor.ids)], "stage": "watch"}
        self._ask(env, "ar.hold.ask", note="A test", **watch)
        CreditHold(self.debtor.sudo()).place("hold", "A test")
        proof = {"debtor_id": self.debtor.id, "reason": "A test"}
        self._ask(env, "ar.gate.ask", "action_proof", **proof)

    def _propose_referral(self, env):
        """Propose a referral, and end another proposal."""
        items = self._items(self.old_invoice).ids
        self.rpc(env, "ar.open.item", "action_refer", items)
        self._end_referral(env, "dropped")

    def _send_referral(self, env):
        """Approve a referral, send it, and recall it."""
        self.referral.sudo().override_reason = "A test"
        self.rpc(env, "ar.referral", "action_approve", self.referral.ids)
        self.rpc(env, "ar.referral", "action_send", self.referral.ids)
        self._end_referral(env, "recalled")

    def _end_referral(self, env, outcome):
        values = {"referral_id": self.referral.id, "reason": "A test"}
        self._ask(env, "ar.referral.end", outcome=outcome, **values)

    def _hold_and_release(self, env):
        """Place and release a hold, as the dialog does."""
        for stage in ("hold", "release"):
            wizard = env["ar.hold.ask"].create(
                {
                    "debtor_ids": [(6, 0, self.debtor.ids)],
                    "stage": stage,
                    "until": self._ago(-9),
                    "note": "A test",
                }
            )
            self.rpc(env, "ar.hold.ask", "action_apply", wizard.ids)

    def _take_back(self, env):
        """Take an approval back, and send at once."""
        self.notice.sudo()._approved()
        self.rpc(env, "ar.notice", "action_send_now", self.notice.ids)
        self.rpc(env, "ar.notice", "action_take_back", self.notice.ids)

    def _settings(self, env):
        """Change a setting, and pause."""
        self.rpc(
            env,
            "res.company",
            "web_save",
            self.company.ids,
            {"ar_gap_days": 6},
            {"ar_gap_days": {}},
        )
        self.rpc(env, "res.company", "action_ar_pause", self.company.ids)

    def _publish_terms(self, env):
        with self._cheap_pdf():
            self.rpc(env, "ar.credit.policy", "action_publish", self.draft.ids)
        self.rpc(env, "ar.credit.policy", "action_new_version", self.policy.ids)

    def test_acts(self):
        lines = ACTS_TABLE.splitlines()[:2]
        for label, act in self._acts():
            cells = ["-" if self._refuses_act(act, role) else "yes" for role in ROLES]
            lines.append(f"| {label} | {' | '.join(cells)} |")
        self.assertEqual("\n".join(lines), ACTS_TABLE)

    def _refuses_act(self, act, role):
        try:
            return self.refuses(lambda: act(self.as_user(role)))
        except UserError as error:
            # plan() says in its own words whom to ask
            self.assertIn("Only collectors", str(error))
            return True

    # === THE DOCUMENT === #

    def test_document_says_the_same(self):
        root = Path(get_module_path("ar_followup_plus")).parent
        text = (root / "docs/SECURITY.md").read_text(encoding="utf-8")
        self.assertIn(RECORDS_TABLE, text)
        self.assertIn(ACTS_TABLE, text)
