"""Intake of customers' answers on their page: each answer has one effect."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import email_normalize, email_normalize_all

from ..customer.responsible import Responsible
from ..delivery.ar_copies import InvoiceCopies
from ..notice.ar_page_visit import PageVisits
from ..notice.correspondence import PageCorrespondence
from ..notice.waiting_notices import WaitingNotices
from .answer_commitment import AnswerCommitment, check_items
from .answer_words import AnswerWords
from .ar_answer import AGAIN_DAYS
from .customer_page import CustomerPage
from .res_company import MOST_DAYS
from .typed import one_line, typed_day

#: Answers accepted from a customer's page in an hour.
ANSWERS_AN_HOUR = 20
#: Characters; a longer text is cut, because it was pasted by mistake.
MOST_LETTERS = 5000


class AnswerIntake:
    """Take the answers of one debtor.

    :param ar.debtor debtor: as superuser, in the language of the customer
    """

    def __init__(self, debtor):
        debtor.ensure_one()
        self.env = debtor.env
        self.debtor = debtor

    def count_answer(self):
        """Count an answer from the page; return whether it is within the limit."""
        return PageVisits(self.debtor).count("answers", ANSWERS_AN_HOUR)

    def answer_of(self, once):
        """Return the answer already given by a form, if any."""
        return (
            self.env["ar.answer"]
            .sudo()
            .search([("debtor_id", "=", self.debtor.id), ("once", "=", once)], limit=1)
        )

    def take(self, kind, items, values, files, once, notice=None):
        """Take an answer of the customer, and carry out its effect.

        :param str kind: a key of the field ``kind``
        :param ar.open.item items: the open items concerned
        :param dict values: the input, as texts
        :param list files: ``[(name, content)]``
        :param str once: number of the form, which counts once even if sent again
        :param ar.notice notice: the notice of the link, if any
        :rtype: ar.answer
        :raise UserError: with a text for the customer; nothing is written then
        """
        person = PageCorrespondence(self.debtor).contact(notice)
        vals = {
            "debtor_id": self.debtor.id,
            "notice_id": notice.id if notice else False,
            "kind": kind,
            "once": once,
            "said_by": person[2] if person else False,
            "text": values.get("text", "").replace("\0", "").strip()[:MOST_LETTERS],
            "late_reason": self._one_of("late_reason", values.get("late_reason")),
            "owner_id": self._owner(kind, items.move_id).id,
            "line_ids": [
                fields.Command.create({"move_id": move.id, "move_name": move.name})
                for move in items.move_id
            ],
        }
        commitment = AnswerCommitment(self.debtor)
        take = {
            "paid": self._paid,
            "promise": commitment.promise,
            "parts": commitment.parts,
            "dispute": commitment.dispute,
            "not_received": self._not_received,
            "wrong_person": self._wrong_person,
            "easier": self._easier,
        }[kind]
        answer = take(items, values, vals, files)
        if not answer.dispute_id:  # the dispute has its own files, owner and history
            answer._keep_files(files)
            AnswerWords(answer).tell(person)
        return answer

    def _one_of(self, name, key):
        """Return a key of a selection of ar.answer, or False for another text."""
        known = dict(self.env["ar.answer"]._fields[name].selection)
        return key if key in known else False

    def _owner(self, kind, moves):
        """Return who handles an answer: for "paid", the user who matches payments."""
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_already_paid", False)
        if kind == "paid" and reason:
            return reason._owner(moves[:1], self.debtor)
        return Responsible(self.debtor).today()[self.debtor.id]

    # === I HAVE PAID === #

    def _paid(self, items, values, vals, files):
        """Hold the invoices some days, and ask somebody to look for the money."""
        check_items(self.env, items)
        day, company = (
            typed_day(self.env, values.get("paid_on")),
            self.debtor.company_id,
        )
        today = company._ar_today()
        if day > today:
            raise UserError(
                self.env._(
                    "This day is still to come. If you will pay then, please choose "
                    '"I\'ll pay on a specific date".'
                )
            )
        if day < today - timedelta(days=3650):
            raise UserError(self.env._("Please check the year of the date."))
        answer = (
            self.env["ar.answer"]
            .sudo()
            .create(
                {
                    **vals,
                    "paid_on": day,
                    "paid_way": self._one_of("paid_way", values.get("paid_way"))
                    or "other",
                    "paid_reference": one_line(values.get("paid_reference")),
                }
            )
        )
        answer._wait_for_us(company.ar_paid_days)
        return answer

    # === I DID NOT GET IT === #

    def _not_received(self, items, values, vals, files):
        """Send the invoices again at once, to the known address."""
        check_items(self.env, items)
        answer = self.env["ar.answer"].sudo().create(vals)
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
        person = PageCorrespondence(self.debtor).contact(answer.notice_id)
        can = moves and person and not again and not self.debtor._why_held()
        if can and PageVisits(self.debtor).may_mail_again():
            InvoiceCopies(self.debtor).mail(
                moves, person, self.debtor.company_id.partner_id
            )
            answer._drop_notices(moves)
            answer._close()
        else:
            answer._wait_for_us(self.debtor.company_id.ar_answer_days)
        return answer

    # === THE WRONG PERSON === #

    def _wrong_person(self, items, values, vals, files):
        """Send nothing to this address any more, and revoke its links.

        If it may have been one of several people, ask somebody to find out who it was.
        """
        email = (values.get("contact_email") or "").strip()
        if email and not email_normalize(email):
            raise UserError(
                self.env._("Please check the e-mail address of the other person.")
            )
        address = self.wrong_address(self.env["ar.notice"].browse(vals["notice_id"]))
        answer = (
            self.env["ar.answer"]
            .sudo()
            .create(
                {
                    **vals,
                    "address": address,
                    "blocks_address": bool(address),
                    "contact_name": one_line(values.get("contact_name")),
                    "contact_email": email_normalize(email) if email else False,
                    "contact_phone": one_line(values.get("contact_phone")),
                    "deadline": self._deadline(),
                }
            )
        )
        notices = self.env["ar.notice"].sudo()
        if address:
            notices = notices.search(
                [
                    ("debtor_id", "=", self.debtor.id),
                    ("recipients", "ilike", address),
                    ("access_token", "!=", False),
                ]
            ).filtered(lambda n: address in email_normalize_all(n.recipients))
        (notices | answer.notice_id)._revoke_links()
        CustomerPage(self.debtor).close_links()
        WaitingNotices(self.debtor).unsent().filtered("mail_message_id")._cancel(
            "settled", self.env._("Not the right contact")
        )
        self.debtor.planned_for = False
        return answer

    def wrong_address(self, notice):
        """Return the one address that had the link, or False if it is unknown."""
        if notice:
            found = set(email_normalize_all(notice.sudo().recipients or ""))
        else:
            people = (
                self.env["ar.notice"]
                .sudo()
                ._people_of(self.debtor)
                .get(self.debtor.id, [])
            )
            found = {person[2] for person in people}
        return found.pop() if len(found) == 1 else False

    def _deadline(self):
        """Return the day by which we have to answer."""
        company = self.debtor.company_id
        days = min(company.ar_answer_days, MOST_DAYS)
        return company._ar_calendar().add_working(company._ar_today(), days)

    # === WHAT WOULD BE EASIER === #

    def _easier(self, items, values, vals, files):
        """Record the wish for the report; nobody has to act on it."""
        wish = self._one_of("wish", values.get("wish"))
        if not wish and not vals["text"]:
            raise UserError(self.env._("Please choose or write something."))
        answer = self.env["ar.answer"].sudo().create({**vals, "wish": wish or "other"})
        answer._close()
        return answer
