"""The pages of an evidence pack that describe the history in words and figures."""

from markupsafe import Markup

from odoo import models
from odoo.tools import format_date, format_datetime

from ..late_charge.ar_notice import ChargeTables
from ..late_charge.charge_reader import ChargeReader
from ..portal.answer_words import AnswerWords
from .ar_evidence import SECTIONS


class ArEvidence(models.Model):
    _inherit = "ar.evidence"

    def _facts(self, found=None):
        """Return the sections of the pack, for the template.

        :param Found found: the records of the pack, if they were read before
        :return: dicts with ``key``, ``number``, ``title``, ``tables`` (``heads`` and ``rows``) and
            ``html``; and sentences about missing information
        """
        self.ensure_one()
        found = found or self._found()
        names, notes = self._sections(), []
        facts = {
            "customer": self._facts_customer,
            "terms": self._facts_terms,
            "invoices": self._facts_invoices,
            "notices": self._facts_notices,
            "letters": self._facts_letters,
            "calls": self._facts_calls,
            "answers": self._facts_answers,
            "disputes": self._facts_disputes,
            "agreements": self._facts_agreements,
            "charges": self._facts_charges,
        }
        sections = []
        numbers = self.section_numbers or {}
        for place, key in enumerate(SECTIONS, start=1):
            made = facts[key](found, notes) if key in facts else {"tables": []}
            about = {
                "key": key,
                "number": numbers.get(key, place),
                "title": names[key],
                "html": "",
            }
            sections.append({**about, **made})
        return sections, notes

    # === WORDS === #

    def _day(self, day):
        return format_date(self.env, day) if day else ""

    def _label(self, record, name):
        """Return the label of a selection."""
        labels = dict(record._fields[name]._description_selection(self.env))
        return labels.get(record[name], "")

    def _grid(self, heads, rows, right=()):
        """Return a table; ``right`` has the positions of columns of figures."""
        return {"heads": heads, "rows": rows, "right": set(right)} if rows else None

    def _pairs(self, *pairs):
        """Return a table of the pairs with a value."""
        return self._grid((), [(name, text) for name, text in pairs if text])

    def _money(self, amount, currency):
        return currency.format(amount) if currency else ""

    # === SECTIONS === #

    def _facts_customer(self, found, notes):
        env, debtor, partner = self.env, self.debtor_id, self.debtor_id.partner_id
        address = partner._display_address(without_company=True)
        people = [
            ", ".join(filter(None, (one.partner_id.name, one.partner_id.email)))
            for one in debtor.contact_ids
        ]
        return {
            "tables": [
                self._pairs(
                    (env._("Name"), partner.name),
                    (
                        env._("Address"),
                        ", ".join(
                            line.strip()
                            for line in address.splitlines()
                            if line.strip()
                        ),
                    ),
                    (env._("Kind"), self._label(debtor, "kind")),
                    (env._("Customer number"), partner.ref),
                    (env._("Tax number"), partner.vat),
                    (env._("E-mail"), partner.email),
                    (env._("Phone"), partner.phone),
                    (env._("Contacts"), "; ".join(people)),
                    (env._("Who claims"), self.company_id.name),
                    (
                        env._("Register of evidence"),
                        env["ar.proof"]._head_words(self.company_id),
                    ),
                    (env._("Not in the register yet"), self._not_entered(found)),
                )
            ]
        }

    def _not_entered(self, found):
        """Describe how many records of the pack have no entry in the register yet."""
        count = self.env["ar.proof"]._missing(
            [
                found.notices,
                found.letters,
                found.answers,
                found.disputes,
                found.plans,
                found.acceptances,
                found.messages | found.notices.mail_message_id,
            ]
        )
        return count and self.env._("%(count)s records", count=count)

    def _facts_terms(self, found, notes):
        env = self.env
        tables = []
        for one in found.acceptances:
            when = one.signed_at and format_datetime(env, one.signed_at, tz="UTC")
            tables.append(
                self._pairs(
                    (env._("Terms"), one.display_name),
                    (env._("State"), self._label(one, "state")),
                    (env._("How"), self._label(one, "how")),
                    (env._("Asked on"), self._day(one.requested_on)),
                    (env._("Sent to"), one.sent_to),
                    (env._("Accepted or declined on"), self._day(one.answered_on)),
                    (
                        env._("Signed by"),
                        ", ".join(filter(None, (one.signer_name, one.signer_function))),
                    ),
                    (env._("E-mail of the signer"), one.signer_email),
                    (env._("Signed at"), when and f"{when} (UTC)"),
                    (env._("Identified by"), self._label(one, "signer_proof")),
                    (
                        env._("Contacts entered or changed in the 7 days before"),
                        one.signer_contacts,
                    ),
                    (env._("SHA-256 of what was signed"), one.signed_sha256),
                    (env._("No longer valid since"), self._day(one.ended_on)),
                    (env._("Reason"), one.reason),
                )
            )
        return {"tables": tables}

    def _facts_invoices(self, found, notes):
        env = self.env
        rows = [
            (
                move.name,
                move.ref or move.invoice_origin or "",
                self._day(move.invoice_date),
                self._day(move.invoice_date_due),
                env._("Yes") if move.is_move_sent else env._("No"),
                self._money(move.amount_total, move.currency_id),
                self._money(move.amount_residual, move.currency_id),
            )
            for move in found.moves
        ]
        heads = (
            env._("Invoice"), env._("Order number"), env._("Date"), env._("Due date"),
            env._("Sent"), env._("Total"), env._("Open today"),
        )  # fmt: skip
        return {"tables": [self._grid(heads, rows, (5, 6))]}

    def _facts_notices(self, found, notes):
        env = self.env
        rows = []
        for notice in found.notices:
            how = [self._label(notice, "channel")]
            if notice.postage and notice.channel == "letter":
                how += [self._label(notice, "postage"), notice.tracking_number]
            what = self._label(notice, "delivery") or self._label(notice, "state")
            rows.append(
                (
                    notice.number or "",
                    self._label(notice, "stage"),
                    ", ".join(filter(None, how)),
                    self._day(notice.sent_on),
                    notice.recipients or "",
                    ": ".join(filter(None, (what, notice.failure_reason))),
                    self._day(notice.date_given),
                    notice.totals_text or "",
                )
            )
        heads = (
            env._("Number"), env._("Step"), env._("By"), env._("Sent on"),
            env._("To"), env._("Delivery"), env._("Pay by"), env._("Amount demanded"),
        )  # fmt: skip
        return {"tables": [self._grid(heads, rows, (7,))]}

    def _facts_letters(self, found, notes):
        env = self.env
        rows = [
            (
                letter.number,
                letter.text_id.name,
                self._day(letter.printed_on),
                self._day(letter.posted_on),
                self._label(letter, "postage"),
                self._day(letter.new_date),
            )
            for letter in found.letters
        ]
        heads = (
            env._("Number"), env._("Letter"), env._("Printed on"), env._("Posted on"),
            env._("How"), env._("Pay by"),
        )  # fmt: skip
        return {"tables": [self._grid(heads, rows)]}

    def _facts_calls(self, found, notes):
        env = self.env
        rows = [
            (
                format_datetime(env, log.date),
                self._label(log, "kind"),
                log.user_id.name,
                self._label(log, "outcome"),
                self._label(log, "late_reason"),
                self._day(log.pay_on),
            )
            for log in found.logs
        ]
        heads = (
            env._("When"), env._("What"), env._("By"), env._("Outcome"),
            env._("Why late"), env._("Will pay on"),
        )  # fmt: skip
        return {"tables": [self._grid(heads, rows)]}

    def _facts_answers(self, found, notes):
        env = self.env
        rows = [
            (
                format_datetime(env, answer.create_date),
                self._label(answer, "kind"),
                answer.numbers or "",
                answer.said_by or "",
                "\n".join(str(line) for line in AnswerWords(answer).details() if line),
            )
            for answer in found.answers
        ]
        heads = (
            env._("When"), env._("Answer"), env._("Invoices"), env._("From"),
            env._("In the customer’s words"),
        )  # fmt: skip
        return {"tables": [self._grid(heads, rows)]}

    def _facts_disputes(self, found, notes):
        env = self.env
        tables = []
        for one in found.disputes:
            tables.append(
                self._pairs(
                    (env._("Dispute"), one.display_name),
                    (env._("Disputed"), self._money(one.amount, one.currency_id)),
                    (env._("Since"), self._day(one.opened_on)),
                    (env._("Came from"), self._label(one, "source")),
                    (env._("Reported by the customer"), one.text),
                    (env._("State"), self._label(one, "state")),
                    (env._("Answered on"), self._day(one.closed_on)),
                    (
                        env._("Accepted"),
                        one.closed_on
                        and self._money(one.amount_accepted, one.currency_id),
                    ),
                    (env._("Our answer"), one.answer),
                    (env._("Pay by"), self._day(one.pay_by)),
                    (env._("Credit note"), one.credit_move_id.name),
                )
            )
        return {"tables": tables}

    def _facts_agreements(self, found, notes):
        env = self.env
        tables = []
        for plan in found.plans:
            tables.append(
                self._pairs(
                    (env._("Agreement"), plan.display_name),
                    (env._("Invoices"), ", ".join(plan.line_ids.mapped("move_name"))),
                    (env._("Since"), self._day(plan.start_on)),
                    (env._("Came from"), self._label(plan, "source")),
                    (env._("Signed by"), plan.signer_name),
                    (
                        env._("Contacts entered or changed in the 7 days before"),
                        plan.signer_contacts,
                    ),
                    (env._("Debt covered"), self._sum(plan, plan.amount_items)),
                    (env._("Agreed"), self._sum(plan, plan.amount)),
                    (env._("Paid"), self._sum(plan, plan.amount_paid)),
                    (env._("Outcome"), self._label(plan, "state")),
                    (env._("Ended on"), self._day(plan.closed_on)),
                    (env._("Why it ended"), plan.close_note),
                )
            )
            rows = [
                (
                    self._day(part.date),
                    self._sum(plan, part.amount),
                    self._sum(plan, part.amount_paid),
                    self._label(part, "state"),
                )
                for part in plan.installment_ids.sorted(lambda p: (p.date, p.id))
            ]
            heads = (env._("Date"), env._("Amount"), env._("Paid"), env._("State"))
            tables.append(self._grid(heads, rows, (1, 2)))
        return {"tables": tables}

    def _sum(self, plan, amount):
        return self._money(amount, plan.currency_id)

    def _facts_charges(self, found, notes):
        """Return the present calculation line by line, and the decisions."""
        env = self.env
        reader = ChargeReader(env, [self.debtor_id.id])
        charges = list(reader.charges.values())
        if self.scope != "debtor":
            charges = [one for one in charges if one.move_id in found.moves.ids]
        charges = [one for one in charges if one.accrued or one.gap]
        for charge in charges:
            if charge.gap:
                notes.append(
                    env._(
                        "The late charges of %(document)s cannot be worked out: there "
                        "is no rate for %(day)s.",
                        document=charge.name,
                        day=self._day(charge.gap),
                    )
                )
        charges = [one for one in charges if not one.gap]
        rows = [
            (
                one.move_name,
                self._day(one.date_from),
                self._day(one.date_to),
                self._money(one.amount_posted, one.currency_id),
                self._money(one.amount_waived, one.currency_id),
                one.note_name or one.reason or "",
            )
            for one in found.charges
        ]
        heads = (
            env._("For invoice"), env._("From"), env._("To"), env._("Charged"),
            env._("Waived"), env._("With, or why"),
        )  # fmt: skip
        html = Markup()
        if charges:
            html = ChargeTables(reader, env, charges).annex()
        return {"tables": [self._grid(heads, rows, (3, 4))], "html": html}
