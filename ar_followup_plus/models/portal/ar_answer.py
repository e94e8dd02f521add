"""Answers that customers give on their page, with one click."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..customer.ar_debtor import LATE_REASON_SELECTION
from ..notice.waiting_notices import WaitingNotices
from ..signature.ar_guarded import Event
from .answer_reply import AnswerReply
from .res_company import MOST_DAYS

#: Days within which a repeated answer no longer holds invoices: a person handles it.
AGAIN_DAYS = 60
KIND_SELECTION = [
    ("paid", "Has paid"),
    ("promise", "Will pay on a specific date"),
    ("parts", "Will pay in installments"),
    ("dispute", "Something is wrong with an invoice"),
    ("not_received", "Did not get the invoice"),
    ("wrong_person", "Is not the right contact"),
    ("easier", "What would make paying easier"),
]
WAY_SELECTION = [
    ("transfer", "Bank transfer"),
    ("card", "Card"),
    ("direct_debit", "Direct debit"),
    ("cheque", "Cheque"),
    ("cash", "Cash"),
    ("other", "Another way"),
]
WISH_SELECTION = [
    ("online", "Paying online"),
    ("direct_debit", "Direct debit"),
    ("einvoice", "Electronic invoices"),
    ("order_number", "Our order number on each invoice"),
    ("due_day", "Another due date, or one invoice a month"),
    ("address", "Invoices to another address"),
    ("portal", "Invoices in our own portal"),
    ("other", "Something else"),
]


class ArAnswer(models.Model):
    """One answer of a customer: its text, its invoices, and who handles it.

    A promise, plan or dispute has its own record; the answer records that the customer
    gave it, where, and when.
    """

    _name = "ar.answer"
    _description = "Customer's Answer"
    _inherit = ["ar.guarded"]
    _ar_events = (
        Event(
            "received",
            [],
            (
                "debtor_id",
                "kind",
                "said_by",
                "text",
                "late_reason",
                "wish",
                "paid_on",
                "paid_way",
                "paid_reference",
                "contact_name",
                "contact_email",
                "contact_phone",
                "file_sums",
            ),
            (("ar_answer_line", "answer_id", ("move_name",)),),
        ),
    )
    _order = "id desc"
    _rec_name = "kind"

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    notice_id = fields.Many2one(
        "ar.notice",
        string="Message answered",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    kind = fields.Selection(
        KIND_SELECTION, string="Answer", required=True, readonly=True
    )
    state = fields.Selection(
        [("open", "To do"), ("done", "Done")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    line_ids = fields.One2many("ar.answer.line", "answer_id", readonly=True)
    numbers = fields.Char(string="Invoices", compute="_compute_numbers")
    said_by = fields.Char(readonly=True, help="To whom the message was sent.")
    text = fields.Text(readonly=True)
    late_reason = fields.Selection(
        LATE_REASON_SELECTION, string="Why they pay late", readonly=True
    )
    wish = fields.Selection(WISH_SELECTION, string="Would be easier", readonly=True)
    paid_on = fields.Date(string="Paid on", readonly=True)
    paid_way = fields.Selection(WAY_SELECTION, string="Paid by", readonly=True)
    paid_reference = fields.Char(string="Reference", readonly=True)
    plan_id = fields.Many2one(
        "ar.payment.plan",
        string="Agreed",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    dispute_id = fields.Many2one(
        "ar.dispute", readonly=True, index="btree_not_null", ondelete="set null"
    )
    # The wrong person
    address = fields.Char(readonly=True)
    blocks_address = fields.Boolean(
        string="Not contacted",
        readonly=True,
        help="No reminders are sent to this address.",
    )
    contact_name = fields.Char(string="Right person", readonly=True)
    contact_email = fields.Char(string="Their e-mail", readonly=True)
    contact_phone = fields.Char(string="Their phone", readonly=True)
    # Our handling
    waits_until = fields.Date(
        string="On hold until",
        readonly=True,
        help="The invoices are not followed up before this day, unless somebody "
        "answers earlier.",
    )
    deadline = fields.Date(string="Answer by", readonly=True)
    owner_id = fields.Many2one("res.users", string="In charge", readonly=True)
    outcome = fields.Selection(
        [
            ("found", "Payment found"),
            ("not_found", "Not found: proof asked for"),
            ("wait", "Keeps waiting"),
            ("resent", "Invoices sent again"),
            ("told", "Replied"),
        ],
        string="Our reply",
        readonly=True,
    )
    told_on = fields.Date(string="Customer told on", readonly=True)
    done_on = fields.Date(readonly=True)
    done_user_id = fields.Many2one("res.users", string="Done by", readonly=True)
    once = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Of the form that was sent: sent twice, it counts once.",
    )

    _once_unique = models.UniqueIndex("(debtor_id, once)")
    _blocked_idx = models.Index("(debtor_id, address) WHERE blocks_address")

    @api.depends("line_ids.move_name")
    def _compute_numbers(self):
        for answer in self:
            names = answer.line_ids.mapped("move_name")
            answer.numbers = ", ".join(filter(None, names))

    @api.depends("kind", "debtor_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for answer in self:
            answer.display_name = (
                f"{answer.debtor_id.display_name}: {kinds.get(answer.kind, '')}"
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Answers of customers are evidence and cannot be deleted.")
        )

    # === WHAT FOLLOWS FROM IT === #

    def _wait_for_us(self, days):
        """Hold the invoices of an answer until we reply, each only once in a while.

        :param int days: working days
        """
        self.ensure_one()
        company = self.debtor_id.company_id
        calendar, today = company._ar_calendar(), company._ar_today()
        until = calendar.add_working(today, min(days, MOST_DAYS))
        self.write({"waits_until": until, "deadline": until})
        since = fields.Datetime.now() - timedelta(days=AGAIN_DAYS)
        before = self.line_ids.search(
            [
                ("move_id", "in", self.line_ids.move_id.ids),
                ("answer_id.debtor_id", "=", self.debtor_id.id),
                ("answer_id.kind", "=", self.kind),
                ("create_date", ">=", since),
                ("waits", "=", True),
            ]
        )
        waiting = self.line_ids.filtered(lambda n: n.move_id not in before.move_id)
        waiting.waits = True
        if not waiting:
            self.waits_until = False
        self._drop_notices(waiting.move_id)

    def _drop_notices(self, moves):
        """Cancel unsent notices about invoices; other items are decided on again."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        WaitingNotices(self.debtor_id).unsent().filtered(
            lambda notice: notice.line_ids.move_id & moves
        )._cancel("settled", kinds[self.kind])
        self.debtor_id.planned_for = False

    def _keep_files(self, files):
        """Store the files of an answer with it."""
        if files:
            self._ar_keep([(name, content, None) for name, content in files])

    def _attachments(self):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        )

    # === ACTIONS OF PEOPLE === #

    def _check_act(self):
        self.check_access("read")
        self.debtor_id.check_access("write")

    def action_done(self):
        """Mark as handled: the follow-up of its invoices continues."""
        self._check_act()
        self.sudo()._close()

    def _close(self):
        """Close answers; an activity is kept while another answer needs it."""
        opened = self.filtered(lambda answer: answer.state == "open")
        for company, answers in opened.grouped("company_id").items():
            answers.write(
                {
                    "state": "done",
                    "done_on": company._ar_today(),
                    "done_user_id": self.env.uid,
                }
            )
        opened.debtor_id.planned_for = False
        for debtor, answers in opened.grouped("debtor_id").items():
            for kind in set(answers.mapped("kind")):
                if not self.search_count(
                    [
                        ("debtor_id", "=", debtor.id),
                        ("kind", "=", kind),
                        ("state", "=", "open"),
                    ],
                    limit=1,
                ):
                    debtor.activity_unlink([f"ar_followup_plus.activity_{kind}"])

    def action_add_contact(self):
        """Create a contact from the person whom the customer named."""
        self._check_act()
        for answer in self:
            if answer.kind != "wrong_person" or not answer.contact_email:
                raise UserError(
                    self.env._("No other person was named: add a contact by hand.")
                )
            debtor = answer.debtor_id
            # sudo: collectors may not create partners, except for their customers'
            # contacts
            person_sudo = (
                self.env["res.partner"]
                .sudo()
                .create(
                    {
                        "name": answer.contact_name or answer.contact_email,
                        "email": answer.contact_email,
                        "phone": answer.contact_phone,
                        "parent_id": debtor.sudo().partner_id.id,
                        "type": "other",
                        "lang": debtor.sudo().partner_id.lang,
                    }
                )
            )
            self.env["ar.debtor.contact"].create(
                {"debtor_id": debtor.id, "partner_id": person_sudo.id}
            )
            text = self.env._(
                "New contact: %(name)s, %(email)s.",
                name=person_sudo.name,
                email=person_sudo.email,
            )
            if answer.blocks_address:
                text = self.env._(
                    "New contact: %(name)s, %(email)s. No more messages are sent to "
                    "%(old)s.",
                    name=person_sudo.name,
                    email=person_sudo.email,
                    old=answer.address,
                )
            debtor.message_post(body=text)
            if not debtor._why_held():
                AnswerReply(answer.sudo()).greet(person_sudo)
            answer.sudo()._close()

    def action_right_person(self):
        """Allow messages to the address again: it was the right one after all."""
        self._check_act()
        for answer in self.filtered("blocks_address"):
            answer.sudo().blocks_address = False
            answer.debtor_id.message_post(
                body=self.env._(
                    "Messages are sent to %(address)s again.", address=answer.address
                )
            )
        self.sudo()._close()

    def action_open_debtor(self):
        """Open the debtor."""
        self.ensure_one()
        return self.debtor_id._get_records_action(context={})

    @api.model
    def _close_settled(self):
        """Close answers whose invoices are all settled."""
        self.flush_model()
        self.env["account.move.line"].flush_model()
        self.env.cr.execute(
            """SELECT a.id FROM ar_answer a
                WHERE a.state = 'open' AND a.kind NOT IN ('wrong_person', 'easier')
                  AND EXISTS (SELECT 1 FROM ar_answer_line n WHERE n.answer_id = a.id)
                  AND NOT EXISTS (
                      SELECT 1 FROM ar_answer_line n
                        JOIN account_move_line l ON l.move_id = n.move_id
                        JOIN account_account c ON c.id = l.account_id
                         AND c.account_type = 'asset_receivable'
                       WHERE n.answer_id = a.id AND l.parent_state = 'posted'
                         AND l.reconciled IS NOT TRUE)"""
        )
        self.browse([row[0] for row in self.env.cr.fetchall()])._close()


class ArAnswerLine(models.Model):
    """An invoice that an answer is about."""

    _name = "ar.answer.line"
    _description = "Invoice of an Answer"
    _order = "id"
    _rec_name = "move_name"

    answer_id = fields.Many2one(
        "ar.answer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    move_name = fields.Char(string="Number", readonly=True)
    waits = fields.Boolean(
        readonly=True, help="The invoice waits until somebody answers."
    )

    @api.constrains("answer_id", "move_id")
    def _check_customer(self):
        for line in self:
            move, debtor = line.move_id, line.answer_id.debtor_id
            if move.commercial_partner_id != debtor.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(number)s is no invoice of this customer.", number=move.name
                    )
                )
