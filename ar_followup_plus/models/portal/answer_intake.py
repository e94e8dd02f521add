"""Takes what customers answer on their page: each answer has one effect."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, email_normalize_all

from ..customer.responsible import Responsible
from ..delivery.ar_copies import InvoiceCopies
from ..notice.ar_page_visit import PageVisits
from ..notice.correspondence import PageCorrespondence
from ..notice.waiting_notices import WaitingNotices

#: Answers that are taken from the page of a customer in an hour.
ANSWERS_AN_HOUR = 20
#: Most working days for which an item waits for our answer ("Our turn").
MOST_DAYS = 10
#: The same said again within so many days is for a person, and stops nothing.
AGAIN_DAYS = 60
#: Longer texts are cut: somebody pasted a book.
MOST_LETTERS = 5000


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    answer_ids = fields.One2many("ar.answer", "debtor_id", readonly=True)

    # === TAKING THEM === #

    def _may_answer_again(self):
        """Count an answer from the page; return whether it is not one too many."""
        return PageVisits(self).count("answers", ANSWERS_AN_HOUR)

    def _answer_once(self, once):
        """Return the answer that a form gave already, perhaps none."""
        return (
            self.env["ar.answer"]
            .sudo()
            .search([("debtor_id", "=", self.id), ("once", "=", once)], limit=1)
        )

    def _take_answer(self, kind, items, values, files, once, notice=None):
        """Take an answer of the customer, and do what follows from it.

        :param str kind: a key of the field ``kind``
        :param ar.open.item items: what it is about
        :param dict values: what was typed, as texts
        :param list files: ``[(name, content)]``
        :param str once: of the form; sent again, it counts once
        :param ar.notice notice: whose link it was, perhaps none
        :rtype: ar.answer
        :raise UserError: in kind words for the customer; nothing is written then
        """
        self.ensure_one()
        person = PageCorrespondence(self).contact(notice)
        vals = {
            "debtor_id": self.id,
            "notice_id": notice.id if notice else False,
            "kind": kind,
            "once": once,
            "said_by": person[2] if person else False,
            "text": values.get("text", "").replace("\0", "").strip()[:MOST_LETTERS],
            "late_reason": self._one_of("late_reason", values.get("late_reason")),
            "owner_id": self._answer_owner(kind, items.move_id).id,
            "line_ids": [
                fields.Command.create({"move_id": move.id, "move_name": move.name})
                for move in items.move_id
            ],
        }
        take = {
            "paid": self._answer_paid,
            "promise": self._answer_promise,
            "parts": self._answer_parts,
            "dispute": self._answer_dispute,
            "not_received": self._answer_not_received,
            "wrong_person": self._answer_wrong_person,
            "easier": self._answer_easier,
        }[kind]
        answer = take(items, values, vals, files)
        if not answer.dispute_id:  # that has its own files, owner and history
            answer._keep_files(files)
            self._tell_answer(answer, person)
        return answer

    def _one_of(self, name, key):
        """Return a key of a selection of ar.answer, or False for another text."""
        known = dict(self.env["ar.answer"]._fields[name].selection)
        return key if key in known else False

    def _answer_owner(self, kind, moves):
        """Return who sees to an answer: who matches payments to one that was paid."""
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_already_paid", False)
        if kind == "paid" and reason:
            return reason._owner(moves[:1], self)
        return Responsible(self).today()[self.id]

    def _new_answer(self, vals):
        return self.env["ar.answer"].sudo().create(vals)

    def _check_items(self, items):
        if not items:
            raise UserError(self.env._("Please choose an invoice."))

    def _typed_day(self, text):
        """Return a day that somebody typed.

        :raise UserError: for what is none
        """
        try:
            day = fields.Date.to_date((text or "").strip()[:10])
        except ValueError:
            day = None
        if not day:
            raise UserError(self.env._("Please enter a date."))
        return day

    # === I HAVE PAID === #

    def _answer_paid(self, items, values, vals, files):
        """The invoices wait some days, and somebody looks for the money."""
        self._check_items(items)
        day, company = self._typed_day(values.get("paid_on")), self.company_id
        today = company._ar_today()
        if day > today:
            raise UserError(
                self.env._(
                    "This day is still to come. If you will pay then, please choose "
                    '"I will pay on a day".'
                )
            )
        if day < today - timedelta(days=3650):
            raise UserError(self.env._("Please check the year of the date."))
        answer = self._new_answer(
            {
                **vals,
                "paid_on": day,
                "paid_way": self._one_of("paid_way", values.get("paid_way")) or "other",
                "paid_reference": _line(values.get("paid_reference")),
            }
        )
        self._wait_for_us(answer, company.ar_paid_days)
        return answer

    def _wait_for_us(self, answer, days):
        """Let the invoices of an answer wait for us, each once in a while.

        :param int days: working days
        """
        company = self.company_id
        calendar, today = company._ar_calendar(), company._ar_today()
        until = calendar.add_working(today, min(days, MOST_DAYS))
        answer.write({"waits_until": until, "deadline": until})
        since = fields.Datetime.now() - timedelta(days=AGAIN_DAYS)
        before = answer.line_ids.search(
            [
                ("move_id", "in", answer.line_ids.move_id.ids),
                ("answer_id.debtor_id", "=", self.id),
                ("answer_id.kind", "=", answer.kind),
                ("create_date", ">=", since),
                ("waits", "=", True),
            ]
        )
        waiting = answer.line_ids.filtered(lambda n: n.move_id not in before.move_id)
        waiting.waits = True
        if not waiting:
            answer.waits_until = False
        self._drop_notices(waiting.move_id, answer)

    def _drop_notices(self, moves, answer):
        """Take back what has not left about invoices; the rest is decided anew."""
        kinds = dict(answer._fields["kind"]._description_selection(self.env))
        WaitingNotices(self).unsent().filtered(
            lambda notice: notice.line_ids.move_id & moves
        )._cancel("settled", kinds[answer.kind])
        self.planned_for = False

    # === I DID NOT GET IT === #

    def _answer_not_received(self, items, values, vals, files):
        """The invoices are sent again at once, to the address that we know."""
        self._check_items(items)
        answer = self._new_answer(vals)
        moves = items.move_id.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        since = fields.Datetime.now() - timedelta(days=AGAIN_DAYS)
        again = answer.line_ids.search_count(
            [
                ("move_id", "in", moves.ids),
                ("answer_id.kind", "=", "not_received"),
                ("answer_id", "!=", answer.id),
                ("create_date", ">=", since),
            ],
            limit=1,
        )
        person = PageCorrespondence(self).contact(answer.notice_id)
        can = moves and person and not again and not self._why_held()
        if can and PageVisits(self).may_mail_again():
            InvoiceCopies(self).mail(moves, person, self.company_id.partner_id)
            self._drop_notices(moves, answer)
            answer._close()
        else:
            self._wait_for_us(answer, self.company_id.ar_answer_days)
        return answer

    # === THE WRONG PERSON === #

    def _answer_wrong_person(self, items, values, vals, files):
        """Nothing goes to this address any more, and its links are closed.

        Where it may have been one of several people, somebody looks who it was.
        """
        email = (values.get("contact_email") or "").strip()
        if email and not email_normalize(email):
            raise UserError(
                self.env._("Please check the e-mail address of the other person.")
            )
        address = self._wrong_address(self.env["ar.notice"].browse(vals["notice_id"]))
        answer = self._new_answer(
            {
                **vals,
                "address": address,
                "blocks_address": bool(address),
                "contact_name": _line(values.get("contact_name")),
                "contact_email": email_normalize(email) if email else False,
                "contact_phone": _line(values.get("contact_phone")),
                "deadline": self._answer_deadline(),
            }
        )
        notices = self.env["ar.notice"].sudo()
        if address:
            notices = notices.search(
                [
                    ("debtor_id", "=", self.id),
                    ("recipients", "ilike", address),
                    ("access_token", "!=", False),
                ]
            ).filtered(lambda n: address in email_normalize_all(n.recipients))
        (notices | answer.notice_id)._revoke_links()
        self.access_token = False
        self._close_copies()
        WaitingNotices(self).unsent().filtered("mail_message_id")._cancel(
            "settled", self.env._("The wrong person")
        )
        self.planned_for = False
        return answer

    def _wrong_address(self, notice):
        """Return the one address that had the link, or False: it is not known."""
        if notice:
            found = set(email_normalize_all(notice.sudo().recipients or ""))
        else:
            people = self.env["ar.notice"].sudo()._people_of(self).get(self.id, [])
            found = {person[2] for person in people}
        return found.pop() if len(found) == 1 else False

    def _answer_deadline(self):
        """Return the day by which we answer."""
        company = self.company_id
        days = min(company.ar_answer_days, MOST_DAYS)
        return company._ar_calendar().add_working(company._ar_today(), days)

    # === WHAT WOULD BE EASIER === #

    def _answer_easier(self, items, values, vals, files):
        """Kept for the report; nobody has to do anything."""
        wish = self._one_of("wish", values.get("wish"))
        if not wish and not vals["text"]:
            raise UserError(self.env._("Please choose or write something."))
        answer = self._new_answer({**vals, "wish": wish or "other"})
        answer._close()
        return answer


class ArAnswer(models.Model):
    _inherit = "ar.answer"

    def _keep_files(self, files):
        """Keep the files of an answer with it."""
        if files:
            self._ar_keep([(name, content, None) for name, content in files])

    def _attachments(self):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        )


def _line(text):
    """Return a short text of people, on one line."""
    return " ".join((text or "").replace("\0", "").split())[:200]
