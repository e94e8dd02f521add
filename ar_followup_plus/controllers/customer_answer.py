"""Customers' one-click answers: a page with a button, and the next steps.

The page is a GET and changes nothing; the button is a POST with the form's own number,
so that it counts once even if sent repeatedly.
"""

import uuid

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.notice.correspondence import PageCorrespondence
from ..models.portal.answer_commitment import FEWEST_PARTS, AnswerCommitment
from ..models.portal.answer_intake import AnswerIntake
from ..models.portal.answer_words import AnswerWords
from ..models.portal.customer_page import CustomerPage
from ..models.portal.page_payment import invoices_of
from ..tools.customer_format import masked_email
from ..tools.uploads import MOST_FILES, read_files
from .access import TOKEN, text_of, visit
from .customer_page import ACT, READ, places
from .customer_payment import CustomerPayment

#: The possible answers, in the order of the page.
ANSWERS = (
    "paid",
    "promise",
    "parts",
    "dispute",
    "not_received",
    "wrong_person",
    "easier",
)
#: Answers about invoices: they need at least one.
ABOUT_INVOICES = ("paid", "promise", "parts", "dispute", "not_received")
#: Characters of a typed text; the rest is cut.
MOST_LETTERS = 5000


class CustomerAnswer(CustomerPayment):
    # === THE FORM === #

    @http.route(places("/answer/<string:kind>"), **READ)
    def ar_ask(self, kind, token=None, debtor_id=None, access_token=None, **values):
        """Show the form of an answer."""
        found = visit(token, debtor_id, access_token)
        if not self._ar_may_answer(found, kind):
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        chosen = request.httprequest.args.getlist("i")
        return self._ar_form(found, kind, {}, chosen or None)

    def _ar_may_answer(self, found, kind):
        return bool(found and not found.debtor.is_stopped and kind in ANSWERS)

    def _ar_form(self, found, kind, typed, chosen=None, wrong="", once=None):
        """Return the form of an answer, with its input and errors.

        :param list chosen: ids of invoices as texts; None: the due ones
        """
        debtor = self._ar_debtor(found)
        owed, _credits = CustomerPage(debtor).rows(found.items())
        if kind in ABOUT_INVOICES and not owed:
            return self._ar_back(found, "settled")
        answers = request.env["ar.answer"]
        invoices = invoices_of(owed)
        if kind == "parts" and chosen is None:  # one currency at a time
            chosen = [
                str(row["move_id"])
                for row in invoices
                if row["late"] and row["currency"] == invoices[0]["currency"]
            ]
        return self._ar_render(
            f"ar_followup_plus.answer_{kind}",
            {
                "visit": found,
                "company": debtor.company_id,
                "debtor": debtor,
                "kind": kind,
                "title": self._ar_title(kind),
                "invoices": invoices,
                "chosen": chosen,
                "typed": typed,
                "wrong": wrong,
                "once": once or str(uuid.uuid4()),
                "today": debtor.company_id._ar_today(),
                "most_files": MOST_FILES,
                "late_reasons": self._ar_labels(answers, "late_reason"),
                "ways": self._ar_labels(answers, "paid_way"),
                "wishes": self._ar_labels(answers, "wish"),
                **self._ar_form_values(found, kind, owed),
            },
        )

    def _ar_form_values(self, found, kind, owed):
        """Return more values for the form of an answer."""
        debtor = self._ar_debtor(found)
        commitment = AnswerCommitment(debtor)
        if kind == "dispute":
            move = request.env["account.move"].sudo()
            ids = {str(row["move_id"]) for row in owed if row["is_invoice"]}
            wanted = request.httprequest.values.getlist("i") or ids
            mine = ids.intersection(wanted) if len(set(wanted)) == 1 else set()
            move = move.browse([int(number) for number in mine])
            return {
                "move": move,
                "reasons": commitment.reasons(),
                "lines": commitment.invoice_lines(move),
                "chosen_lines": set(request.httprequest.form.getlist("l")),
            }
        if kind == "wrong_person":
            return {"is_known": bool(AnswerIntake(debtor).wrong_address(found.notice))}
        if kind == "not_received" and not found.full:
            person = PageCorrespondence(debtor).contact(found.notice)
            return {"on_file": masked_email(person[2]) if person else ""}
        if kind == "promise" and debtor.no_cheques:
            ways = self._ar_labels(request.env["ar.answer"], "paid_way")
            return {"ways": [way for way in ways if way[0] != "cheque"]}
        if kind == "parts":
            return {"fewest": FEWEST_PARTS, "most": commitment.most_parts()}
        return {}

    def _ar_labels(self, model, name):
        """Return the choices of a field, in the language of the customer."""
        return model._fields[name]._description_selection(request.env)

    def _ar_title(self, kind):
        env = request.env
        return {
            "paid": env._("I have paid"),
            "promise": env._("I'll pay on a specific date"),
            "parts": env._("I'll pay in installments"),
            "dispute": env._("Something is wrong with an invoice"),
            "not_received": env._("I did not get the invoice"),
            "wrong_person": env._("I'm not the right contact"),
            "easier": env._("What would make paying easier?"),
        }[kind]

    # === THE BUTTON === #

    @http.route(places("/answer/<string:kind>/send"), **ACT)
    def ar_answer(
        self, kind, token=None, debtor_id=None, access_token=None, once="", **values
    ):
        """Take an answer; the same form sent again has no further effect."""
        found, once = visit(token, debtor_id, access_token), text_of(once)
        if not found and kind == "wrong_person":
            answer = self._ar_was_wrong(once)
            if answer:
                return self._ar_wrong_person(answer)
        if not self._ar_may_answer(found, kind) or found.is_colleague:
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        intake = AnswerIntake(self._ar_debtor(found))
        if not TOKEN.fullmatch(once):
            once = str(uuid.uuid4())
        allowed = intake.count_answer()
        answer = intake.answer_of(once)
        form = request.httprequest.form
        chosen = form.getlist("i")
        typed = {
            name: value.replace("\0", "")[:MOST_LETTERS]
            for name, value in form.items()
            if name not in ("csrf_token", "once", "i", "l")
        }
        typed["lines"] = ",".join(filter(str.isdecimal, form.getlist("l")))
        if not answer and not allowed:
            wrong = request.env._("Too many answers within an hour: please call us.")
            return self._ar_form(found, kind, typed, chosen, wrong, once)
        if not answer:
            try:
                with request.env.cr.savepoint():
                    answer = self._ar_take(found, kind, typed, chosen, once)
            except UserError as error:
                request.env.invalidate_all()
                return self._ar_form(found, kind, typed, chosen, error.args[0], once)
        if not answer:
            return self._ar_back(found, "settled")
        if kind == "wrong_person":
            return self._ar_wrong_person(answer)
        return request.redirect(found.url(f"/answered/{once}"), 303)

    def _ar_take(self, found, kind, typed, chosen, once):
        """Take an answer about the chosen invoices that are still open.

        :return: ar.answer; empty if all was settled in the meantime; a typed text is
            then taken as a message
        """
        debtor = self._ar_debtor(found)
        files = read_files(request.env, request.httprequest.files.getlist("file"))
        items = found.items().filtered(
            lambda i: i.amount_residual_currency > 0 and str(i.move_id.id) in chosen
        )
        if kind in ABOUT_INVOICES and chosen and not items:
            if typed.get("text", "").strip():
                PageCorrespondence(debtor).take_message(typed["text"], found.notice)
            return request.env["ar.answer"]
        items = items.with_env(debtor.env)
        return AnswerIntake(debtor).take(kind, items, typed, files, once, found.notice)

    def _ar_was_wrong(self, once):
        """Return the earlier answer of a form that it is the wrong person."""
        answers = request.env["ar.answer"].sudo()
        if not TOKEN.fullmatch(once):
            return answers
        return answers.search(
            [("kind", "=", "wrong_person"), ("once", "=", once)], limit=1
        )

    def _ar_wrong_person(self, answer):
        """Thank; if it may have been one of several people, do not promise to stop."""
        return self._ar_render(
            "ar_followup_plus.page_wrong_person", {"is_known": answer.blocks_address}
        )

    # === NEXT STEPS === #

    @http.route(places("/answered/<string:once>"), **READ)
    def ar_answered(self, once, token=None, debtor_id=None, access_token=None, **_kw):
        """Thank for an answer, and show the next steps."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        debtor = self._ar_debtor(found)
        answer = None
        if TOKEN.fullmatch(once):
            answer = AnswerIntake(debtor).answer_of(once)
        if not answer:
            return self._ar_back(found, "")
        return self._ar_render(
            "ar_followup_plus.page_answered",
            {
                "visit": found,
                "company": debtor.company_id,
                "title": self._ar_title(answer.kind),
                "answer": answer,
                "next": AnswerWords(answer).next_steps(),
            },
        )
