"""The placeholders of one notice's texts."""

from markupsafe import Markup

from ...tools.customer_format import one_line
from ..ladder.ar_letter_text import EXTRA
from ..ladder.channel import CHANNELS
from .text_tables import NoticeTables

#: Days overdue from which a first notice has its own opening sentence
#: ("Gentle first notice").
OLD_DAYS = 90
#: Maximum dates of earlier messages that a text names.
MOST_DATES = 5
#: Maximum invoice numbers in a payment reference.
MOST_NUMBERS = 3


class TextValues:
    """Computes all placeholders of one notice."""

    def __init__(self, reader, words, notice, extra):
        self.reader = reader
        self.words = words
        self.env = reader.env
        self.notice = notice.with_env(self.env)
        self.company = self.notice.company_id
        self.tables = NoticeTables(reader, words, self.notice)
        self.about = reader.lines_of(self.notice, "about")
        self.values = {}
        self._add_items()
        self._add_people()
        self._add_company()
        self._add_flags()
        self._add_paid()
        self.values.update(
            dict.fromkeys(EXTRA, ""),
            total_demanded=self.values["total_due"],
        )
        self.values.update(extra.get(notice.id, {}))
        # Quotes of the accepted terms of payment, by stage
        self.quotes = self.values.pop("policy_quotes", {})
        self._add_next()
        self._add_subjects()

    # === VALUES === #

    def _add_items(self):
        words, tables, about = self.words, self.tables, self.about
        dues = sorted(line.date_due for line in about if line.date_due)
        oldest, last = (dues[0], dues[-1]) if dues else (None, None)
        late = max((tables.day - oldest).days, 0) if oldest else 0
        names = list(dict.fromkeys(one_line(n) for n in about.mapped("move_name") if n))
        documents = len(about.move_id) or len(about)
        moves = about.move_id
        reference = ""
        if len(moves) == 1:
            reference = one_line(moves.payment_reference) or ", ".join(names)
        elif 1 < len(names) <= MOST_NUMBERS:
            reference = ", ".join(names)
        about_sums = tables.totals("about")
        preventive = self.notice.stage == "preventive"
        self.values.update(
            total_due=words.sums(about_sums, tables.code),
            total_upcoming=words.sums(
                about_sums if preventive else tables.totals("coming"), tables.code
            ),
            other_total=words.sums(tables.totals("also"), tables.code),
            credits_total=words.sums(tables.taken_off(), tables.code),
            disputed_total=words.sums(tables.totals("apart"), tables.code),
            promised_total=words.sums(tables.totals("agreed"), tables.code),
            several_currencies=len(about_sums) > 1,
            invoice_number=names[0] if names else "",
            count=documents,
            several=documents > 1,
            several_dates=oldest != last,
            due_date=words.day(oldest),
            oldest_due_date=words.day(oldest),
            last_due_date=words.day(last),
            new_date=words.day(self.notice.date_given),
            max_days_late=late,
            days_late_text=words.days(late) if late else "",
            payment_reference=reference,
        )

    def _add_people(self):
        reader, company = self.reader, self.company
        collector = reader.collector(self.notice)
        manager = reader.manager(self.notice)
        company_name = one_line(company.name)
        hours = one_line(company.ar_phone_hours)
        person = reader.person_name(self.notice)
        phone = one_line(collector.phone or company.phone)
        name = one_line(collector.name) or company_name
        manager_name = one_line(manager.name) or company_name
        by_phone = f"{phone} ({hours})" if phone and hours else phone
        self.values.update(
            greeting=self.env._("Dear %(name)s", name=person)
            if person
            else self.env._("Hello"),
            collector_name=name,
            collector_phone=phone,
            phone_hours=hours,
            manager_name=manager_name,
            manager_phone=one_line(manager.phone or company.phone),
            manager_email=one_line(manager.email or company.ar_email or company.email),
            signature=_list(name, by_phone, company_name),
            signature_without_phone=_list(name, company_name),
            signature_manager=_list(manager_name, company_name),
        )

    def _add_company(self):
        company, partner = self.company, self.notice.partner_id
        address = company.partner_id._display_address(without_company=True)
        ways = [one_line(line) for line in (company.ar_ways_to_pay or "").splitlines()]
        self.values.update(
            company=one_line(company.name),
            company_address=", ".join(
                filter(None, (one_line(line) for line in address.splitlines()))
            ),
            company_website=one_line(company.website),
            customer_ref=one_line(partner.ref),
            notice_number=self.notice.number or "",
            ways_to_pay="\n".join(filter(None, ways)),
            pay_link=self.reader.pages.get(self.notice.id, ""),
            pay_online=company.id in self.reader.online
            and any(move.move_type == "out_invoice" for move in self.about.move_id),
        )
        if not self.values["payment_reference"]:
            self.values["payment_reference"] = self.values["customer_ref"]

    def _add_flags(self):
        notice, reader, words = self.notice, self.reader, self.words
        debtor, step = notice.debtor_id, notice.step_id
        earlier = reader.earlier.get(notice.id, [])
        dues = [line.date_due for line in self.about if line.date_due]
        by_mail = CHANNELS[notice.channel].by_mail
        made = not notice.attachments_ready or notice.attachment_ids
        waits = bool(debtor.reply_until and dues and debtor.reply_until >= min(dues))
        moves = self.about.move_id.filtered(lambda move: move.is_invoice())
        self.values.update(
            kind=debtor.kind,
            stage=notice.stage or "",
            is_consumer=debtor.kind == "consumer",
            is_private=debtor.kind in ("consumer", "sole_trader"),
            is_public=debtor.kind == "public",
            is_old_debt=bool(notice.is_first)
            and self.values["max_days_late"] > OLD_DAYS,
            answered=waits or notice.id in reader.answered,
            last_contact_date=words.day(earlier[-1]) if earlier else "",
            contact_dates=words.join(words.day(day) for day in earlier[-MOST_DATES:]),
            final_demand_date=words.day(reader.final.get(notice.id)),
            statement_attached=bool(by_mail and made and step.attach_statement),
            invoices_attached=bool(
                by_mail
                and made
                and step.attach_invoices
                and moves
                and not notice.copies_id
            ),
            today=words.day(self.tables.day),
        )

    def _add_paid(self):
        """Add what was paid of these invoices since the last notice."""
        paid = self.reader.paid.get(self.notice.id, {})
        currencies = self.env["res.currency"].browse(paid)
        sums = {currency: paid[currency.id][0] for currency in currencies}
        days = [day for _amount, day in paid.values()]
        self.values.update(
            part_paid=self.words.sums(sums, self.tables.code),
            part_paid_date=self.words.day(max(days)) if days else "",
        )

    def _add_next(self):
        """Add the sentence about the next step and its day, if it may be announced."""
        step, day = self.reader.next.get(self.notice.id, (None, None))
        if (
            step
            and self.values["dispute_first"]
            and step.stage not in ("gentle", "firm")
        ):
            step = None  # no harsher step during a dispute
        text = ""
        if step and step.stage != "handover" and self.notice.stage != "preventive":
            parts = {"date": self.values["new_date"], "day": self.words.day(day)}
            text = self._next_sentence(step.stage, bool(parts["date"])) % parts
            text = " ".join(filter(None, (text, self.quotes.get(step.stage))))
        self.values["next_text"] = text
        self.values["next_date"] = self.words.day(day) if text else ""
        self.next_on = day if text else None

    def _next_sentence(self, stage, dated):
        env = self.env
        if self.values["is_public"]:
            return env._(
                "without an answer, we will ask again on %(day)s at the earliest."
            )
        if stage == "final" and dated:
            return env._(
                "without payment or an answer by %(date)s, you will receive our formal "
                "demand for payment, on %(day)s at the earliest."
            )
        if stage == "final":
            return env._(
                "without payment or an answer, you will receive our formal demand for "
                "payment, on %(day)s at the earliest."
            )
        if dated:
            return env._(
                "without payment or an answer by %(date)s, we will write to you again, "
                "on %(day)s at the earliest."
            )
        return env._(
            "without payment or an answer, we will write to you again, on %(day)s at "
            "the earliest."
        )

    def _add_subjects(self):
        """Add the subject of each stage, without line breaks.

        Subjects for consumers do not mention a debt.
        """
        env = self.env
        values = self.values
        parts = {
            "company": values["company"],
            "number": values["invoice_number"],
            "count": values["count"],
            "total": values["total_due"],
            "date": values["new_date"],
            "ref": values["customer_ref"],
            "last": values["last_due_date"],
        }
        one, dated = not values["several"], bool(values["new_date"])
        preventive = (
            env._("%(company)s: invoice %(number)s is due on %(last)s")
            if one
            else env._("%(company)s: %(count)s invoices due by %(last)s")
        )
        subjects = self._stage_subjects(one, dated)
        for stage, subject in {"preventive": preventive, **subjects}.items():
            values[f"subject_{stage}"] = subject % parts

    def _stage_subjects(self, one, dated):
        """Return the subjects of the stages after the due date, with placeholders.

        :param bool one: whether the notice is about one invoice only
        :param bool dated: whether the notice gives a payment date
        """
        env = self.env
        if self.values["is_consumer"]:
            about = (
                env._("%(company)s: about your invoice %(number)s")
                if one
                else env._("%(company)s: about your invoices")
            )
            return {
                "gentle": about,
                "firm": about,
                "final": env._(
                    "%(company)s: important letter about your account %(ref)s"
                )
                if self.values["customer_ref"]
                else env._("%(company)s: important letter about your account"),
                "notice": env._("%(company)s: please contact us by %(date)s")
                if dated
                else env._("%(company)s: please contact us"),
            }
        return {
            "gentle": env._("Reminder: invoice %(number)s from %(company)s")
            if one
            else env._("Reminder: %(count)s open invoices from %(company)s"),
            "firm": env._("Overdue: %(total)s to %(company)s, please pay by %(date)s")
            if dated
            else env._("Overdue: %(total)s to %(company)s"),
            "final": env._("Formal demand for payment: %(total)s, due by %(date)s")
            if dated
            else env._("Formal demand for payment: %(total)s"),
            "notice": env._(
                "Last opportunity to settle %(total)s directly with us: %(date)s"
            )
            if dated
            else env._("Last opportunity to settle %(total)s directly with us"),
        }

    # === BLOCKS === #

    def pay_block(self):
        """Return the pay button, the bank account, and the other ways to pay.

        A letter names the account at its end.
        """
        env = self.env
        values, words = self.values, self.words
        blocks = Markup("")
        on_paper = CHANNELS[self.notice.channel].on_paper
        if values["pay_link"] and not on_paper:
            label = env._("Pay now")
            if not values["pay_online"]:
                label = env._("See the details online")
            blocks += words.button(values["pay_link"], label, self.company)
        if not on_paper:
            blocks += self.bank_details()
        ways = values["ways_to_pay"].splitlines()
        if ways and values["pay_link"] and values["pay_online"] and not on_paper:
            blocks += words.paragraph(env._("or see other ways to pay:"), *ways)
        elif ways:
            blocks += words.paragraph(env._("Ways to pay:"), *ways)
        if values["pay_link"] and not on_paper and self.notice.stage != "preventive":
            blocks += words.paragraph(
                env._("Or tell us with one click:"), self.answer_links()
            )
        return blocks

    def bank_details(self):
        """Return the account on the invoices, its holder, and what to name.

        The texts of a final demand and of the last notice name the reference themselves.
        """
        env, reference = self.env, self.values["payment_reference"]
        bank = self.notice._bank()
        lines = []
        if bank:
            bic = f"BIC {bank.bank_bic}" if bank.bank_bic else ""
            account = filter(None, (bank.acc_number, bic, bank.bank_name))
            holder = one_line(bank.acc_holder_name) or self.values["company"]
            lines = [
                env._(
                    "Bank account: %(account)s", account=one_line(", ".join(account))
                ),
                env._("Account holder: %(name)s", name=holder),
            ]
        if reference and self.notice.stage not in ("final", "notice"):
            lines.append(env._("Payment reference: %(reference)s", reference=reference))
        return self.words.paragraph(*lines) if lines else Markup("")

    def answer_links(self):
        """Return the links for answers: each opens a page with a button."""
        env, page = self.env, self.values["pay_link"]
        return self.words.links(
            [
                (f"{page}/answer/paid", env._("Already paid")),
                (f"{page}/answer/promise", env._("Pay on another date")),
                (f"{page}/answer/parts", env._("Pay in installments")),
                (
                    f"{page}/answer/dispute",
                    env._("Something is wrong with the invoice"),
                ),
                (f"{page}/answer/not_received", env._("I did not get it")),
                (
                    f"{page}/answer/wrong_person",
                    env._("I am not the right person"),
                ),
            ]
        )

    def footer_block(self):
        """Return the sender, the customer number and the message number."""
        env = self.env
        values = self.values
        parts = [_list(values["company"], values["company_address"])]
        parts.append(values["company_website"])
        if values["customer_ref"]:
            parts.append(env._("Customer number %(ref)s", ref=values["customer_ref"]))
        if values["notice_number"]:
            parts.append(env._("Message %(number)s", number=values["notice_number"]))
        return self.words.small(" · ".join(filter(None, parts)))


def _list(*texts):
    """Join texts with commas, without empty and repeated ones."""
    return ", ".join(dict.fromkeys(filter(None, texts)))
