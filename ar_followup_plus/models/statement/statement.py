"""Statements of account: figures, PDFs, spreadsheets and e-mails.

Reads many debtors at once, in a constant number of SQL statements.
"""

import hashlib
import io
import json
import logging

import xlsxwriter

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date
from odoo.tools.misc import split_every
from odoo.tools.pdf import merge_pdf

from ...engine.aging import BUCKETS, bucket
from ...engine.statement_period import STATEMENT_KINDS, Period
from ...tools.bulk import one_by_one
from ...tools.customer_format import Words, one_line
from ...tools.paging import pages
from ...tools.printing import AT_ONCE, download_action, zip_files
from ...tools.transactions import RACES
from ..company.rpc_border import given_day
from ..customer.debtor_mail import DebtorMail
from ..customer.responsible import Responsible
from ..late_charge.accrued_charges import AccruedCharges
from ..ledger.asked import asked_for, asked_then
from ..ledger.items_on_day import kept_apart_on
from .statement_query import moved, open_now, open_on
from .statement_sheet import StatementSheet

_logger = logging.getLogger(__name__)

REPORT = "ar_followup_plus.action_report_statement"
#: Lines for rows on the first page, and on each later one, below the letterhead.
FIRST_PAGE, LATER_PAGE = 20, 24
#: Lines for the heading and the sums of a currency.
AROUND = 8
#: Longer references take a second line.
LINE_LETTERS = 24
#: Maximum statements to print, or to send without the background job.
MOST_NOW = 20
MOST_PRINTED = 100


class Prepared(dict):
    """Figures of many debtors; a class, so that no web client can send them."""

    def __init__(self, period, figures):
        super().__init__(figures)
        self.period = period


def checked_period(debtors, kind="open", day=None, first=None):
    """Return the checked period of a statement.

    :param str kind: 'open' or 'activity'
    :param day: the (last) day; None: today
    :param first: the first day of an activity statement
    :rtype: Period
    :raise ValidationError: for a day in the future, or a period that ends before
        it begins
    """
    day, first = given_day(debtors.env, day), given_day(debtors.env, first)
    today = min(
        [company._ar_today() for company in debtors.sudo().company_id]
        or [fields.Date.context_today(debtors)]
    )
    if not isinstance(kind, str) or kind not in dict(STATEMENT_KINDS):
        raise ValidationError(debtors.env._("There is no statement of this kind."))
    for one in filter(None, (day, first)):
        if one > today:
            raise ValidationError(
                debtors.env._(
                    "%(day)s is in the future: a statement says what was. Choose "
                    "today or an earlier day.",
                    day=format_date(debtors.env, one),
                )
            )
    if kind == "activity" and not first:
        raise ValidationError(
            debtors.env._("Choose the first day of the period of the statement.")
        )
    if kind == "activity" and first > (day or today):
        raise ValidationError(
            debtors.env._(
                "The period ends on %(last)s, before it begins on %(first)s: "
                "choose another first or last day.",
                last=format_date(debtors.env, day or today),
                first=format_date(debtors.env, first),
            )
        )
    return Period(
        kind,
        day if day and day < today else None,
        first if kind == "activity" else None,
    )


def check_wkhtmltopdf(env):
    """Check that PDFs can be made.

    :raise UserError: where the program for it is missing
    """
    if env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
        raise UserError(
            env._(
                "Statements cannot be printed: the program wkhtmltopdf is missing "
                "on the server. Ask your administrator to install it, then try "
                "again; a spreadsheet can be made without it."
            )
        )


class Statement:
    """The statements of account of debtors, for one period."""

    def __init__(self, debtors, period=None):
        """
        :param ar.debtor debtors: as superuser, if the user cannot read invoices
        :param Period period: default: the open items of today
        """
        self.env = debtors.env
        self.debtors = debtors
        self.period = period or Period()

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    def of(self, debtors):
        """Return the statements of other debtors, for the same period."""
        return type(self)(debtors, self.period)

    # === FIGURES === #

    def figures(self):
        """Return the figures of statements, in a constant number of SQL statements.

        Plain values without words, because each customer has its own language.

        :return: ``{debtor id: [part]}``, a part for each currency, see
            :meth:`_open_parts` and :meth:`_activity_parts`
        :rtype: dict
        """
        if not self.debtors.ids:
            return {}
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        self.env["account.partial.reconcile"].flush_model()
        if self.period.kind == "activity":
            return self._activity_parts()
        return self._open_parts()

    def _open_parts(self):
        """Return open items, aging buckets, and amounts that are shown separately.

        ``total`` is the sum of all items; ``company`` the same in company currency;
        ``asked`` is what may be asked for, ``overdue`` what of it is past its due date.
        """
        query = (
            open_on(self.debtors.ids, self.period.day)
            if self.period.day
            else open_now(self.env, self.debtors.ids)
        )
        apart = self._kept_apart(self.period.day) if self.period.day else {}
        days = {
            company.id: self.period.day or company._ar_today()
            for company in self.debtors.sudo().company_id
        }
        companies = {debtor.id: debtor.sudo().company_id.id for debtor in self.debtors}
        found = {}
        rows = self.env.execute_query_dict(query)
        for row in rows:
            if row["id"] in apart:
                row["disputed"], row["agreed"] = apart[row["id"]]
        asked = (
            asked_then(self.debtors, rows)
            if self.period.day
            else asked_for(self.debtors)
        )
        for row in rows:
            day = days[companies[row["debtor_id"]]]
            row["asked"] = asked[row["id"]].amount if row["id"] in asked else 0.0
            part = found.setdefault(row["debtor_id"], {}).setdefault(
                row["currency_id"], self._new_part(row["currency_id"], day)
            )
            self._add_item(part, row, day)
        charges = self._accrued_charges(self.period.day)
        result = {}
        for debtor in self.debtors.filtered(lambda debtor: debtor.id in found):
            parts = self.of(debtor)._closed_parts(
                found[debtor.id], charges.get(debtor.id, {})
            )
            if parts:
                result[debtor.id] = parts
        return result

    def _new_part(self, currency_id, day):
        """Return an empty part."""
        return {
            "currency_id": currency_id,
            "day": day,
            "rows": [],
            "banks": set(),
            "buckets": dict.fromkeys((key for key, _last in BUCKETS), 0.0),
            **dict.fromkeys(
                (
                    *("total", "company", "overdue", "asked"),
                    *("disputed", "agreed", "credits"),
                ),
                0.0,
            ),
        }

    def _add_item(self, part, row, day):
        """Add an item to the part of its currency."""
        amount = row["residual"]
        part["company"] += row["own"]
        if not amount:
            return  # only an exchange difference is open
        part["total"] += amount
        late = (day - row["due_date"]).days
        row["days"] = late if amount > 0 and late > 0 else 0
        if amount > 0:
            part["buckets"][bucket(late)] += amount
            apart = min(row["disputed"] + row["agreed"], amount)
            part["disputed"] += min(row["disputed"], amount)
            part["agreed"] += apart - min(row["disputed"], amount)
            part["asked"] += row["asked"]
            if late > 0:
                part["overdue"] += row["asked"]
            if row["partner_bank_id"]:
                part["banks"].add(row["partner_bank_id"])
        else:
            part["credits"] -= amount
        part["rows"].append(row)

    def _closed_parts(self, parts, charges):
        """Return the rounded parts of a statement, the largest amount first."""
        result = []
        for part in sorted(parts.values(), key=lambda part: -abs(part["company"])):
            currency = self.env["res.currency"].browse(part["currency_id"])
            for name in (
                *("total", "overdue", "asked"),
                *("disputed", "agreed", "credits"),
            ):
                part[name] = currency.round(part[name])
            part["buckets"] = {
                key: currency.round(amount) for key, amount in part["buckets"].items()
            }
            part["charges"] = currency.round(charges.get(part["currency_id"], 0.0))
            part["currency"] = currency
            part["counted"] = self._counted_credits(part)
            result.append(part)
        return _without_empty(result, "total")

    def _counted_credits(self, part):
        """Allocate credits: ``(charges, invoices)``.

        By the company's setting, for display only: nothing is matched.
        """
        owed = part["total"] + part["credits"]
        return AccruedCharges(self.debtor).count_payment(
            part["credits"], part["charges"], owed, part["currency"]
        )[:2]

    def _activity_parts(self):
        """Return the movements, each with the balance after it.

        ``opening`` and ``closing`` are the balances before and after the period, and
        ``company`` the closing one in company currency.
        """
        found = {}
        for row in self.env.execute_query_dict(
            moved(self.debtors.ids, self.period.first, self.period.day)
        ):
            part = found.setdefault(row["debtor_id"], {}).setdefault(
                row["currency_id"],
                {
                    "currency_id": row["currency_id"],
                    "rows": [],
                    "banks": set(),
                    "opening": 0.0,
                    "closing": 0.0,
                    "company": 0.0,
                },
            )
            part["closing"] += row["amount"]
            part["company"] += row["own"]
            currency = self.env["res.currency"].browse(row["currency_id"])
            part["closing"] = currency.round(part["closing"])
            if row["what"] == "opening":
                part["opening"] = part["closing"]
            elif not currency.is_zero(row["amount"]):
                part["rows"].append({**row, "balance": part["closing"]})
        result = {}
        for debtor_id, parts in found.items():
            for part in parts.values():
                part["currency"] = self.env["res.currency"].browse(part["currency_id"])
            kept = _without_empty(
                sorted(parts.values(), key=lambda p: -abs(p["company"])), "closing"
            )
            if kept:
                result[debtor_id] = kept
        return result

    # === FROM OTHER SUBJECTS === #

    def _kept_apart(self, day):
        """Return the disputed and the agreed amounts on a past day.

        Those of today are part of the open items.

        :return: ``{journal item id: (disputed, agreed)}``
        :rtype: dict
        """
        for model in ("dispute", "dispute.line", "payment.plan", "payment.plan.line"):
            self.env[f"ar.{model}"].flush_model()
        rows = self.env.execute_query(kept_apart_on(day, self.debtors.ids))
        return {row[0]: (row[1], row[2] + row[3]) for row in rows}

    def _accrued_charges(self, day=None):
        """Return the charges for paying late that accrued, and were not posted by then.

        They are shown below the total, and not included in it.

        :return: ``{debtor id: {currency id: amount}}``
        :rtype: dict
        """
        return {
            debtor_id: {currency.id: amount for currency, amount in accrued.items()}
            for debtor_id, accrued in AccruedCharges(self.debtors, day, day)
            .each()
            .items()
        }

    def check(self, figures=None):
        """Check that the statement is not empty, and return its figures.

        :raise UserError: without open items or movements
        """
        if figures is None:
            figures = self.figures()
        parts = figures.get(self.debtor.id)
        if parts:
            return parts
        if self.period.kind == "activity":
            raise UserError(
                self.env._(
                    "Nothing happened on the account of %(customer)s until the end of "
                    "this period: there is nothing to send.",
                    customer=self.debtor.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(customer)s has no open items: there is nothing to send.",
                customer=self.debtor.display_name,
            )
        )

    def recipient(self):
        """Return the recipient of the statement, and the language.

        :return: the contact as :meth:`ArNotice._people_of` returns it, the language
        :raise UserError: without a contact with an e-mail address
        """
        Notice = self.env["ar.notice"]
        people = Notice._people_of(self.debtor).get(self.debtor.id, [])
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.debtor.display_name,
                )
            )
        return people[0], self.unsaved_notice()._lang([people[0]])

    def unsaved_notice(self):
        """Return a new notice that is not stored, to find languages and senders."""
        return self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": self.debtor.company_id.id}
        )

    def send_mail(self, files=None):
        """Send the statement to the best contact, in the customer's language.

        :param files: ``[(name, content)]``; default: created now
        """
        person, lang = self.recipient()
        files = files or [
            self.pdf(lang),
            self.xlsx(lang),
        ]
        template = self.env.ref("ar_followup_plus.mail_template_statement")
        template = template.with_context(lang=lang, ar_statement_kind=self.period.kind)
        shell = self.unsaved_notice()
        user = self.debtor.statement_asked_by or self.env.user
        author = shell._author() if user._is_superuser() else user.partner_id
        mail = DebtorMail(self.debtor).make(
            template, person, shell._sender(), author, files
        )
        self.debtor.write({"last_contact_date": self.debtor.company_id._ar_today()})
        self.note_sent()
        # After the commit, because a retried request would send twice
        mail.send_after_commit()

    def bank_account(self, parts):
        """Return the bank account of the invoices; none if they differ."""
        banks = set().union(*(part["banks"] for part in parts))
        return self.env["res.partner.bank"].browse(banks if len(banks) == 1 else ())

    # === PDF === #

    def name(self, lang):
        """Return the file name of a statement, without extension."""
        env = self.debtor.with_context(lang=lang).env
        day = fields.Date.to_string(
            self.period.day or self.debtor.company_id._ar_today()
        )
        if self.period.first:
            first = fields.Date.to_string(self.period.first)
            return env._("Statement %(first)s to %(day)s", first=first, day=day)
        return env._("Statement %(day)s", day=day)

    def pdf(self, lang):
        """Return ``(name, content)`` of a statement; default: what is open today."""
        check_wkhtmltopdf(self.env)
        files, failed = self.pdfs(lang)
        if failed:
            raise UserError(failed[self.debtor.id])
        return (f"{self.name(lang)}.pdf", files[self.debtor.id])

    def pdfs(self, lang=None):
        """Return the PDFs of many statements, with few calls of wkhtmltopdf.

        One that fails does not stop the others.

        :param str lang: default: each customer's own
        :return: ``{debtor id: bytes}`` and ``{debtor id: error}``
        """
        figures = Prepared(self.period, self.figures())
        size = AT_ONCE if self.env["ar.notice"]._is_patched() else 1
        files, failed = {}, {}
        for _company, debtors in self.debtors.grouped("company_id").items():
            for ids in split_every(size, debtors.ids):
                self.of(debtors.browse(ids))._make_batch(figures, lang, files, failed)
        return files, failed

    def _make_batch(self, figures, lang, files, failed):
        """Create the PDFs of a batch with one call."""
        try:
            files.update(self.render(figures, lang))
        except RACES:
            raise
        except Exception as error:
            if len(self.debtors) > 1:
                _logger.info("Statements are made one by one: %s", error)
                for debtor in self.debtors:
                    self.of(debtor)._make_batch(figures, lang, files, failed)
                return
            _logger.info("The statement of %s cannot be made: %s", self.debtors, error)
            why = " ".join((str(error) or repr(error)).split())[:300]
            failed[self.debtors.id] = self.env._(
                "%(customer)s: the statement could not be made: %(why)s",
                customer=self.debtors.display_name,
                why=why,
            )

    def render(self, figures, lang=None):
        """Return the PDFs of one call: ``{debtor id: bytes}``."""
        report = self.env["ir.actions.report"].with_company(self.debtors.company_id)
        report = report.with_context(ar_statements=figures, ar_statement_lang=lang)
        streams = report._render_qweb_pdf_prepare_streams(
            REPORT, {"report_type": "pdf"}, res_ids=self.debtors.ids
        )
        return {
            debtor_id: streams[debtor_id]["stream"].getvalue()
            for debtor_id in self.debtors.ids
        }

    def language(self):
        """Return the language of a statement: the chosen, the customer's, or the company's."""
        chosen = self.env.context.get("ar_statement_lang")
        installed = dict(self.env["res.lang"].get_installed())
        return chosen if chosen in installed else self.unsaved_notice()._lang()

    def values(self):
        """Return the values of the template, in the language of the environment.

        :rtype: dict
        """
        given = self.env.context.get("ar_statements")
        if not isinstance(given, Prepared):
            given = Prepared(self.period, self.figures())
        words, period = Words(self.env), given.period
        day = period.day or self.debtor.company_id._ar_today()
        parts = given.get(self.debtor.id, [])
        labels = self.labels()
        code = len(parts) > 1 or any(
            part["currency"] != self.debtor.company_id.currency_id for part in parts
        )
        used, shown = 0, []
        for part in parts:
            laid, used = _laid_out(part, period.kind, used)
            shown.append(
                {
                    **part,
                    "pages": laid,
                    "money": _money(words, part["currency"], code),
                    "bar": _bar(part, labels) if period.kind == "open" else [],
                }
            )
        partner = self.debtor.partner_id
        bank = self.bank_account(parts)
        return {
            "kind": period.kind,
            "words": words,
            "day": words.day(day),
            "first": words.day(period.first),
            "labels": labels,
            "parts": shown,
            "address": self.address(),
            "customer_ref": one_line(partner.ref),
            "person": Responsible(self.debtor).for_page(),
            "bank": bank,
            "codes": self._payment_codes(parts, bank, words)
            if period.kind == "open" and not period.day
            else [],
            "link": self._page_link(),
            "pays_online": self.debtor.company_id._ar_pays_online(),
            "ways_to_pay": "\n".join(
                filter(
                    None,
                    (
                        one_line(line)
                        for line in (
                            self.debtor.company_id.ar_ways_to_pay or ""
                        ).splitlines()
                    ),
                )
            ),
        }

    def labels(self):
        """Return the labels for keys of the figures."""
        buckets = self.env["ar.open.item"]._fields["bucket"]
        return {
            **dict(buckets._description_selection(self.env)),
            "invoice": self.env._("Invoice"),
            "credit": self.env._("Credit note"),
            "payment": self.env._("Payment"),
            "entry": self.env._("Entry"),
            "charge": self.env._("Charge for paying late"),
            "matched": self.env._("Counted elsewhere"),
            "disputed": self.env._("Being looked into"),
            "agreed": self.env._("Agreed with you"),
        }

    def addressee(self):
        """Return the addressee: the invoice address, else the customer."""
        partner = self.debtor.partner_id
        if self.debtor.kind == "consumer":
            return partner
        return (
            partner.child_ids.filtered(
                lambda p: p.type == "invoice" and p.active and p._ar_has_address()
            )[:1]
            or partner
        )

    def address(self):
        """Return the lines of the address window."""
        partner = self.addressee()
        lines = partner._display_address(without_company=True).splitlines()
        if partner.country_id == self.debtor.company_id.country_id:
            lines = [line for line in lines if line != partner.country_id.name]
        lines = [partner.commercial_partner_id.name, *lines]
        return list(dict.fromkeys(filter(None, map(str.strip, filter(None, lines)))))

    def _page_link(self):
        """Return the link to the customer's page: the shown text, and the URL.

        The link requires the portal login, because anybody may see the paper.
        """
        if self.debtor.is_stopped or self.debtor.company_id.ar_state not in (
            "ask",
            "live",
        ):
            return ("", "")
        url = f"{self.debtor.get_base_url()}/my/receivables/{self.debtor.id}"
        return (url.split("://")[-1], url)

    def _payment_codes(self, parts, bank, words):
        """Return a payment QR code for what is asked for, by currency.

        What is overdue; where nothing is, what is not due yet.
        """
        if not bank or not self.debtor.company_id.qr_code:
            return []
        codes = []
        for part in parts:
            currency = part["currency"]
            amount = part["overdue"] or part["asked"]
            if currency.compare_amounts(amount, 0) <= 0:
                continue
            reference = (
                one_line(self.debtor.partner_id.ref)
                or self.debtor.partner_id.name
                or ""
            )
            image = bank.build_qr_code_base64(
                amount, reference, "", currency, self.debtor.partner_id
            )
            if image:
                codes.append((words.money(amount, currency, True), image))
        return codes

    def xlsx(self, lang, items=None, figures=None):
        """Return ``(name, content)`` of a statement as spreadsheet.

        Texts are written as strings, so that a name that begins with "=" is no formula.

        :param ar.open.item items: only these open items; default: all
        """
        debtor = self.debtor.with_context(lang=lang)
        figures = figures or self.of(debtor).figures()
        parts = figures.get(self.debtor.id, [])
        if items is not None:
            chosen = set(items.ids)
            parts = [
                {**part, "rows": [row for row in part["rows"] if row["id"] in chosen]}
                for part in parts
            ]
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
            sheet = StatementSheet(book, debtor.env)
            if self.period.kind == "activity":
                sheet.activity(parts, self.of(debtor).labels())
            else:
                sheet.open_items(parts, self.of(debtor).labels())
                if items is None and parts:
                    sheet.sums(parts, self.of(debtor).labels())
        return (f"{self.of(debtor).name(lang)}.xlsx", output.getvalue())

    # === SEVERAL AT ONCE === #

    def send(self):
        """Send statements now, or in the background if there are many."""
        self.debtors.check_access("write")
        if len(self.debtors) > MOST_NOW:
            return self.queue()
        # sudo: collectors have no right to read the invoices of statements
        debtors_sudo = self.debtors.sudo()
        made, failed = self.of(debtors_sudo).mail_files()

        def send(debtor):
            if debtor.id in failed:
                raise UserError(failed[debtor.id])
            self.of(debtor.sudo()).send_mail(made[debtor.id])

        return one_by_one(self.debtors, send)

    def queue(self):
        """Queue the statements for the scheduled action; report those that cannot be sent."""
        ready = self.debtors.filtered(lambda debtor: not debtor._why_held())
        if not ready:
            self.debtors[:1]._check_not_held()
        ready.sudo().write(
            {
                "statement_wanted": "email",
                "statement_options": self.period.to_json(),
                "statement_asked_by": self.env.uid,
                "statement_note": False,
            }
        )
        self.env.ref("ar_followup_plus.ir_cron_statements").sudo()._trigger()
        message = self.env._(
            "%(count)s statements leave in the background. Those that cannot are listed "
            "with their reason under Notices, Statements.",
            count=len(ready),
        )
        held = len(self.debtors) - len(ready)
        if held:
            message += " " + self.env._(
                "Not for %(others)s, for which nothing may leave now.", others=held
            )
        return self._notification(message, "warning" if held else "success")

    def check_printable(self):
        """Check that there are not too many statements to print at once."""
        if len(self.debtors) > MOST_PRINTED:
            raise UserError(
                self.env._(
                    "At most %(most)s statements can be printed at once: choose fewer.",
                    most=MOST_PRINTED,
                )
            )

    def paper(self, posted=True):
        """Return one PDF of many statements, and the errors of those that are missing.

        :param bool posted: whether they will be posted, so that each needs an address
        """
        check_wkhtmltopdf(self.env)
        debtors_sudo = self.debtors.sudo()
        figures, failed = self.of(debtors_sudo).figures(), {}
        for debtor in debtors_sudo:
            try:
                if debtor.is_stopped and posted:
                    debtor._check_not_held()
                self.of(debtor).check(figures)
                if posted and not self.of(debtor).addressee()._ar_has_address():
                    raise UserError(
                        self.env._(
                            "%(customer)s has no postal address: add one first.",
                            customer=debtor.display_name,
                        )
                    )
            except UserError as error:
                failed[debtor.id] = str(error)
        good = debtors_sudo.filtered(lambda debtor: debtor.id not in failed)
        files, broken = self.of(good).pdfs()
        failed.update(broken)
        made = [files[debtor.id] for debtor in good if debtor.id in files]
        content = made[0] if len(made) == 1 else merge_pdf(made) if made else None
        return content, failed

    def lists(self):
        """Return the spreadsheets: one file, or a ZIP of several."""
        debtors_sudo = self.debtors.sudo()
        figures = self.of(debtors_sudo).figures()
        files, failed = [], {}
        for debtor in debtors_sudo:
            try:
                self.of(debtor).check(figures)
            except UserError as error:
                failed[debtor.id] = str(error)
                continue
            lang = self.of(debtor).unsaved_notice()._lang()
            name, content = self.of(debtor).xlsx(lang, figures=figures)
            files.append((f"{debtor.partner_id.name} {debtor.id} {name}", content))
        if len(files) == 1:
            return (*files[0], failed)
        content = zip_files(files) if files else None
        return self.env._("Statements.zip"), content, failed

    def download(self, name, content, mimetype, failed, owner=None):
        """Return the action that downloads a file and reports what is missing in it.

        :raise UserError: without anything to download
        """
        if not content:
            raise UserError("\n".join(failed))
        owner = owner or self.env["ar.statement.ask"].create(
            {"debtor_ids": [(6, 0, self.debtors.ids)]}
        )
        action = download_action(owner, name, content, mimetype)
        if not failed:
            return action
        return self._notification(
            "\n".join(dict.fromkeys(failed)),
            "warning",
            title=self.env._("Not in it:"),
            next=action,
        )

    def _notification(self, message, kind, **params):
        """Return the action that shows a notification."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "sticky": kind != "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
                **params,
            },
        }

    def mail_files(self):
        """Return the files of statements, created before rows are locked.

        :return: ``{debtor id: files}`` and ``{debtor id: error}``
        """
        check_wkhtmltopdf(self.env)
        figures = self.figures()
        made, failed, by_lang = {}, {}, {}
        for debtor in self.debtors:
            try:
                debtor._check_not_held()
                self.of(debtor).check(figures)
                _person, lang = self.of(debtor).recipient()
                debtor._portal_ensure_token()
                by_lang[debtor.id] = lang
            except UserError as error:
                failed[debtor.id] = str(error)
        good = self.debtors.browse(by_lang)
        for lang, some in good.grouped(lambda debtor: by_lang[debtor.id]).items():
            files, broken = self.of(some).pdfs(lang)
            failed.update(broken)
            for debtor in some.filtered(lambda d, f=files: d.id in f):
                made[debtor.id] = [
                    (f"{self.of(debtor).name(lang)}.pdf", files[debtor.id]),
                    self.of(debtor).xlsx(lang, figures=figures),
                ]
        return made, failed

    def note_sent(self):
        """Store that a statement was sent, with its fingerprint."""
        figures = self.figures()
        for debtor in self.debtors:
            parts = figures.get(debtor.id, [])
            debtor.write(
                {
                    "statement_on": debtor.company_id._ar_today(),
                    "statement_print": fingerprint(parts),
                    "statement_wanted": False,
                    "statement_asked_by": False,
                    "statement_options": False,
                    "statement_note": False,
                }
            )


def _without_empty(parts, balance):
    """Return the parts of currencies in which there is something to say.

    Of others only differences of exchange rates are left, in company currency: they
    go to the sum in company currency of another part, so that it stays the ledger's.

    :param str balance: which figure of a part is its balance
    """
    kept = [part for part in parts if part["rows"] or part[balance]]
    for part in parts:
        if kept and part not in kept:
            kept[0]["company"] += part["company"]
    return kept


def fingerprint(parts):
    """Return a fingerprint of a statement that ignores days overdue."""
    said = [
        [
            part["currency"].name,
            [
                [row["move_id"], str(row.get("due_date") or row.get("date"))]
                + [
                    round(row.get(name) or 0, 6)
                    for name in ("residual", "amount", "disputed", "agreed")
                ]
                for row in part["rows"]
            ],
        ]
        for part in parts
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _laid_out(part, kind, used):
    """Distribute the rows of a part over pages, with sums carried forward.

    :return: ``[{rows, brought, carried}]``, and the number of used lines on the last page
    """
    rows = part["rows"]
    weights = [1 + len(one_line(row["ref"])) // LINE_LETTERS for row in rows]
    used += 2
    dealt = pages(weights, FIRST_PAGE, LATER_PAGE, used)
    result, brought = [], None
    for number, numbers in enumerate(dealt):
        mine = [rows[n] for n in numbers]
        last = number == len(dealt) - 1
        if kind == "activity":
            carried = mine[-1]["balance"] if mine else brought
        else:
            carried = (brought or 0) + sum(row["residual"] for row in mine)
        result.append(
            {"rows": mine, "brought": brought, "carried": None if last else carried}
        )
        brought = carried if numbers or brought is not None else None
    if len(dealt) > 1:
        used = FIRST_PAGE - LATER_PAGE
    used += sum(weights[n] for n in dealt[-1]) + AROUND
    return [page for page in result if page["rows"] or page is result[-1]], used


def _bar(part, labels):
    """Return the segments of the aging bar: key, label, amount, percentage."""
    whole = sum(part["buckets"].values())
    return [
        {
            "key": key,
            "label": labels[key],
            "amount": amount,
            "percent": round(100 * amount / whole, 2) if whole else 0,
        }
        for key, amount in part["buckets"].items()
    ]


def _money(words, currency, code):
    return lambda amount: words.money(amount, currency, code)
