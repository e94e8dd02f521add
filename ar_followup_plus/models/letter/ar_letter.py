"""Letters that no step of a ladder wrote: for a moment, as a broken promise."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.values import STAGES
from ...tools.customer_format import Words, one_line
from ..customer.responsible import Responsible
from ..delivery.channel_letter import POSTAGE_SELECTION
from ..ladder.ar_letter_text import MOMENT_VALUES, fill
from ..notice_text.text_tables import overdue_rows
from ..signature.ar_guarded import Event
from ..statement.statement import Statement, check_wkhtmltopdf
from ..voice.voice import Voice
from .overpaid import OverpaidRun
from .thanks import ThanksRun

REPORT = "ar_followup_plus.action_report_moment_letter"
#: What a person may fill in; all else is drawn, or follows from the acts.
DRAFT_FIELDS = {"text_id", "new_date"}
#: Letters that demand: a date given, or an announced day, holds them.
DEMANDS = ("hold", *(stage for stage in STAGES if stage != "preventive"))
#: The letter lists what is past due: without any it is not needed.
ITEMS = "{items_table}"


class ArLetter(models.Model):
    """One letter to a customer: with a number, kept as it was printed."""

    _name = "ar.letter"
    _description = "Letter"
    _order = "id desc"
    _rec_name = "number"
    _inherit = ["ar.guarded"]
    _ar_events = (
        Event(
            "printed",
            [("number", "!=", False)],
            (
                "debtor_id",
                "text_id",
                "number",
                "values",
                "new_date",
                "letter_id",
                "printed_on",
                "file_sums",
            ),
        ),
        Event(
            "posted",
            [("state", "=", "posted")],
            ("state", "posted_on", "posted_by", "postage"),
        ),
    )

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    text_id = fields.Many2one(
        "ar.letter.text", string="Letter text", required=True, ondelete="restrict"
    )
    moment = fields.Selection(related="text_id.moment")
    number = fields.Char(readonly=True, copy=False)
    new_date = fields.Date(string="Pay by")
    # What the moment knows: amounts and days in words of the customer's language
    values = fields.Json(readonly=True)
    state = fields.Selection(
        [
            ("draft", "To print"),
            ("printed", "Printed"),
            ("posted", "Posted"),
            ("cancelled", "Not needed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    letter_id = fields.Many2one(
        "ir.attachment",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    printed_on = fields.Date(readonly=True, copy=False)
    # A person wants it, whatever else the customer gets on this day
    asked_on = fields.Date(readonly=True, copy=False)
    posted_on = fields.Date(readonly=True, copy=False)
    posted_by = fields.Many2one("res.users", readonly=True, copy=False)
    postage = fields.Selection(POSTAGE_SELECTION, readonly=True, copy=False)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        allowed = DRAFT_FIELDS | {"debtor_id"} | ({"values"} if self.env.su else set())
        for vals in vals_list:
            if set(vals) - allowed:
                raise AccessError(self.env._("The letter is empty: choose a template."))
        return super().create(vals_list)

    def write(self, vals):
        """What was printed stays as it is: it is proof."""
        if not self.env.su and (
            set(vals) - DRAFT_FIELDS or any(letter.number for letter in self)
        ):
            raise AccessError(
                self.env._(
                    "A letter that was printed is proof and cannot be edited: write "
                    "another one."
                )
            )
        return super().write(vals)

    # === BUTTONS === #

    def action_print(self):
        """Print the letter; what was printed already is printed as it was.

        On a day with a message, or before the day that the last one named, ask first.
        """
        self.ensure_one()
        self.check_access("write")
        letter_sudo = self.sudo()  # collectors may not read what the letter tells of
        if letter_sudo.state == "cancelled":
            raise UserError(
                self.env._("This letter was cancelled: write another one if needed.")
            )
        if not letter_sudo.letter_id:
            letter_sudo.debtor_id._check_not_held()
            letter_sudo._check_letter()
            return self._ask_first("print") or self._print()
        return self._print()

    def _ask_first(self, act):
        """Return the dialog that asks before the letter is printed or posted, or None.

        Asked once a day for each letter.
        """
        self.ensure_one()
        if self.asked_on == self.company_id._ar_today():
            return None
        voice = Voice(self.debtor_id)
        warning = voice.question_on_paper(self.moment in DEMANDS)
        return voice.ask_first(act, self, warning) if warning else None

    def _print_all_the_same(self):
        """Print the letter, as a person decided who was asked."""
        self.check_access("write")
        self.sudo().asked_on = self.company_id._ar_today()
        return self.action_print()

    def _post_all_the_same(self):
        """Record the letter as posted, as a person decided who was asked."""
        self.check_access("write")
        self.sudo().asked_on = self.company_id._ar_today()
        return self.action_post()

    def _print(self):
        """Make the letter unless it was made, and return its download.

        The day is kept for it: automatic messages wait.
        """
        letter_sudo = self.sudo()
        if not letter_sudo.letter_id:
            letter_sudo._make()
            Voice(letter_sudo.debtor_id).reserve()
        letter_sudo.letter_id._ar_content()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{letter_sudo.letter_id.id}?download=true",
            "target": "download",
        }

    def action_post(self):
        """Record that letters were posted today.

        On a day with a message, or before the day that the last one named, ask first.
        """
        self.check_access("write")
        ask = self._ask_first("post") if len(self) == 1 else None
        return ask or self.mark_posted()

    def action_not_needed(self):
        """Put a letter away that nobody will post; what was posted stays posted."""
        self.check_access("write")
        self.sudo().filtered(
            lambda letter: letter.state != "posted"
        ).state = "cancelled"
        self.sudo()._end_tasks()

    @api.private
    def mark_posted(self, postage="ordinary"):
        """Record that letters were posted: with that they count as contacts.

        :raise UserError: for what was not printed, or under a contact stop
        """
        self.check_access("write")
        for letter_sudo in self.sudo():
            debtor_sudo = letter_sudo.debtor_id
            debtor_sudo._check_not_held()
            if letter_sudo.state != "printed":
                raise UserError(
                    self.env._("Only a letter that was printed can be posted.")
                )
            today = letter_sudo.company_id._ar_today()
            letter_sudo.write(
                {
                    "state": "posted",
                    "posted_on": today,
                    "posted_by": self.env.uid,
                    "postage": postage,
                }
            )
            Voice(debtor_sudo).note("letter")
            debtor_sudo.message_post(
                body=self.env._("Letter %(number)s posted.", number=letter_sudo.number),
                attachment_ids=[],
            )
        self.sudo()._after_posting()

    def _after_posting(self):
        """Hook: follow up on letters that were posted, as superuser."""
        self._end_tasks()

    def _end_tasks(self):
        """Forget the tasks of customers for whom no letter waits."""
        self._end_tasks_of(self.debtor_id)

    @api.model
    def _end_tasks_of(self, debtors):
        waiting = self.search(
            [
                ("debtor_id", "in", debtors.ids),
                ("state", "in", ("draft", "printed")),
            ]
        )
        done = debtors - waiting.debtor_id
        done.activity_unlink(["ar_followup_plus.activity_letter"])

    def _take_back(self):
        """Delete prepared letters that nobody needs any more, with their tasks."""
        drafts = self.filtered(lambda letter: letter.state == "draft")
        debtors = drafts.debtor_id
        drafts.unlink()
        self._end_tasks_of(debtors)

    @api.model
    def _take_back_gone(self):
        """Take prepared letters back that list what is past due, where nothing is.

        The letter of a credit hold ends with the hold.
        """
        drafts = self.search([("state", "=", "draft")]).filtered(
            lambda letter: (
                letter.moment != "hold" and ITEMS in (letter.text_id.body or "")
            )
        )
        figures = Statement(drafts.debtor_id).figures()
        drafts.filtered(
            lambda letter: not overdue_rows(figures.get(letter.debtor_id.id, []))[0]
        )._take_back()

    # === MAKING === #

    @api.model
    def _for_moment(self, debtor, moment, values=None, new_date=None):
        """Prepare a letter for a moment, and a task to print and post it.

        :param str moment: a key of ``ar_letter_text.MOMENTS``
        :param dict values: what ``MOMENT_VALUES`` names, in words of the customer's
            language
        :param datetime.date new_date: the date to pay that it names
        :rtype: ar.letter, empty where a person archived the text of the moment
        """
        text = self.env["ar.letter.text"].sudo()._of_moment(moment)
        if not text:
            return self.browse()
        letter = self.sudo().create(
            {
                "debtor_id": debtor.id,
                "text_id": text.id,
                "values": values or {},
                "new_date": new_date,
            }
        )
        debtor._ar_activity(
            "activity_letter",
            self.env._(
                "Print and post a letter: %(what)s",
                what=letter.text_id.with_env(self.env).name,
            ),
        )
        return letter

    def _check_letter(self):
        """Check that the letter can be printed today.

        :raise UserError: for a date to pay that is over, an item table with nothing
            past due, or a customer without an address
        """
        self.ensure_one()
        if self.new_date and self.new_date < self.company_id._ar_today():
            raise UserError(
                self.env._(
                    "The date to pay of this letter is over: choose a later one, then "
                    "print it."
                )
            )
        if not Statement(self.debtor_id).addressee()._ar_has_address():
            raise UserError(
                self.env._(
                    "%(customer)s has no postal address: add one first.",
                    customer=self.debtor_id.display_name,
                )
            )
        check_wkhtmltopdf(self.env)
        figures = Statement(self.debtor_id).figures().get(self.debtor_id.id, [])
        rows, _sums = overdue_rows(figures)
        if ITEMS in (self.text_id.body or "") and not rows:
            raise UserError(
                self.env._(
                    "%(customer)s no longer has anything past due: this letter is not "
                    "needed.",
                    customer=self.debtor_id.display_name,
                )
            )

    def _make(self):
        """Make the PDF, once: it is kept with its sum."""
        self.ensure_one()
        self = self._ar_unlocked()  # noqa: PLW0642 - frozen from its number on
        self.number = self.env["ir.sequence"].with_company(
            self.company_id
        ).next_by_code("ar.notice") or str(self.id)
        report = self.env["ir.actions.report"].with_company(self.company_id)
        streams = report._render_qweb_pdf_prepare_streams(
            REPORT, {"report_type": "pdf"}, res_ids=self.ids
        )
        content = streams[self.id]["stream"].getvalue()
        self.letter_id = self._ar_keep(
            [(f"{self.number}.pdf", content, "application/pdf")]
        )
        self.write({"state": "printed", "printed_on": self.company_id._ar_today()})

    def _lang(self):
        return Statement(self.debtor_id).unsaved_notice()._lang()

    def _letter_values(self):
        """Return what the template of letters needs. See :meth:`ArNotice._letter_values`.

        :rtype: dict
        """
        self.ensure_one()
        debtor, company = self.debtor_id, self.company_id
        words = Words(self.env)
        parts = Statement(debtor).figures().get(debtor.id, [])
        rows, sums = overdue_rows(parts)
        code = any(currency != company.currency_id for currency in sums)
        person = Responsible(debtor).for_page()
        manager = company.ar_manager_id
        values = {
            **dict.fromkeys(MOMENT_VALUES, ""),
            "company": one_line(company.name),
            "company_address": ", ".join(
                line.strip()
                for line in company.partner_id._display_address(
                    without_company=True
                ).splitlines()
                if line.strip()
            ),
            "company_website": one_line(company.website),
            "customer_ref": one_line(debtor.partner_id.ref),
            "payment_reference": one_line(debtor.partner_id.ref),
            "greeting": self.env._("Hello"),
            "today": words.day(company._ar_today()),
            "notice_number": self.number or "",
            "new_date": words.day(self.new_date),
            "total_due": words.sums(sums, code),
            "oldest_due_date": words.day(
                min((row["due"] for row in rows), default=None)
            ),
            "if_not_old_debt": "yes",
            "collector_name": one_line(person.name) or one_line(company.name),
            "collector_phone": one_line(person.phone or company.phone),
            "manager_name": one_line(manager.name) or one_line(company.name),
            "manager_phone": one_line(manager.phone or company.phone),
            "ways_to_pay": company.ar_ways_to_pay or "",
            **(self.values or {}),
        }
        for name, who in (("signature", person), ("signature_manager", manager)):
            values[name] = ", ".join(
                dict.fromkeys(filter(None, (one_line(who.name), values["company"])))
            )
        more, blocks = self._moment_parts(words)
        values.update(more)
        blocks["items_table"] = words.table(rows, sums, code)
        text = self.text_id.with_context(lang=self.env.lang)
        subject = fill(text.subject or text.name, values, {})
        return {
            "v": values,
            "address": Statement(debtor).address(),
            "subject": Markup(subject).unescape(),
            "body": fill(text.body, values, blocks),
            "bank": Statement(debtor).bank_account(parts),
            "codes": [],
        }

    def _moment_parts(self, words):
        """Hook: return what a moment reads when its letter is printed.

        :param Words words: of the customer's language
        :return: values and blocks, as :func:`ar_letter_text.fill` takes them
        """
        return {}, {}


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    letter_ids = fields.One2many("ar.letter", "debtor_id")
    thanked_on = fields.Date(string="Thanked on", readonly=True, copy=False)
    overpaid_told_on = fields.Date(
        string="Told of an overpayment on", readonly=True, copy=False
    )

    def _stricter_of(self, into):
        # EXTENDS ar.debtor: nobody is thanked or told again for what came before
        vals = super()._stricter_of(into)
        for name in ("thanked_on", "overpaid_told_on"):
            if self[name] and (not into[name] or self[name] > into[name]):
                vals[name] = self[name]
        return vals

    def action_new_letter(self):
        """Write a letter by hand."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letter"),
            "res_model": "ar.letter",
            "views": [(False, "form")],
            "target": "current",
            "context": {"default_debtor_id": self.id},
        }

    @api.model
    def _thank_all(self):
        """Thank who paid all that was overdue, see :meth:`ThanksRun.send_all`."""
        ThanksRun.send_all(self.env)


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_thanked_on = fields.Date(
        readonly=True, help="Payments of the days before were thanked for."
    )
    ar_overpaid_days = fields.Integer(
        string="Working days until an overpayment is told",
        default=5,
        ar_manager=True,
        help="Time after the payment until the customer is told about the overpayment "
        "and asked how to return it. 0: never.",
    )

    _ar_overpaid_days_positive = models.Constraint(
        "CHECK (ar_overpaid_days >= 0)",
        "The days until an overpayment is told cannot be negative.",
    )

    @api.model
    def _ar_tell_overpaid(self):
        """Tell who paid too much, see :meth:`OverpaidRun.tell_all`."""
        OverpaidRun.tell_all(self.env)
