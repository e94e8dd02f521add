"""Notices of every stage, made by hand, and how their texts are read."""

import re
from datetime import timedelta

from lxml import html

from odoo import Command
from odoo.tools import html2plaintext

from ..common import ArCommon

STAGES = ("preventive", "gentle", "firm", "final", "notice")
#: What a text must never contain, whatever is missing.
WRONG = (
    (r"\bFalse\b|\bNone\b|\bTrue\b", "a value of Python"),
    (r"\{\{|\}\}|%\(|\bt-(if|out|el|set|fo|att)|\{'|object\.", "a placeholder"),
    (r"[ \u00a0\u202f]{2,}", "doubled spaces"),
    (r"\s[.,;:?!](\s|$)", "a space before a sign"),
    (r"[,;] ?[,.;:]|\.\.|: ?\.|\( ?\)|^[.,;:]", "an empty part of a sentence"),
    (r"(?<!\d)[-\u2212]?0[.,]00\b", "a balance of nothing"),
    (
        r"(?<!go )\b(by|on|at|from|of|to|with|and|or|for)[.,]",
        "a sentence without its end",
    ),
    (r"(?i)\b(debtor|dunning|default|delinquent)", "a word not for customers"),
)
#: Those of the rules above that are rules of English.
ENGLISH_ONLY = ("a space before a sign", "a sentence without its end")


class TextCommon(ArCommon):
    """A company that says who looks after its customers."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "name": "Sample Supplies",
                "phone": "+1 555 0199",
                "email": "office@example.com",
                "website": "https://supplies.example.com",
                "ar_ways_to_pay": "Bank transfer to account 12345\nCheque by post",
                "ar_phone_hours": "Monday to Friday, 9 to 17",
            }
        )
        cls.company.partner_id.write(
            {"street": "2 Sample Road", "city": "Sampleville", "zip": "11111"}
        )
        Users = cls.env["res.users"].with_context(no_reset_password=True)
        cls.collector, cls.manager = Users.create(
            [
                {
                    "name": name,
                    "login": login,
                    "email": f"{login}@example.com",
                    "phone": phone,
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                }
                for name, login, phone in (
                    ("Test Collector", "text_collector", "+1 555 0101"),
                    ("Test Manager", "text_manager", "+1 555 0102"),
                )
            ]
        )
        cls.company.write(
            {"ar_user_id": cls.collector.id, "ar_manager_id": cls.manager.id}
        )
        cls.customer.ref = "C-1001"

    # === BUILDERS === #

    @classmethod
    def _person(cls, customer, name, **values):
        """Return a contact of a customer who gets the invoices."""
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": customer.id,
                "type": "invoice",
                "email": "person@example.com",
                **values,
            }
        )

    @classmethod
    def _notice(cls, stage, about, partner=None, **values):
        """Return a notice of a stage.

        :param about: invoices, or dicts of values of lines with ``item``
        :param values: more fields; ``also``, ``coming``, ``apart``, ``agreed`` and
            ``credit`` are further lists
        """
        lines = []
        for role in ("about", "also", "coming", "apart", "agreed", "credit"):
            entries = about if role == "about" else values.pop(role, ())
            for entry in entries:
                lines += cls._line_vals(role, entry)
        first = cls.env["account.move.line"].browse(lines[0]["move_line_id"])
        partner = partner or first.partner_id
        company = values.pop("company", cls.company)
        debtor = cls._debtor(partner, company, **values.pop("debtor", {}))
        step = values.pop("step", cls._step(f"business_{stage}"))
        channel = values.get("channel", "email")
        notice = (
            cls.env["ar.notice"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor.id,
                    "company_id": company.id,
                    "step_id": step.id,
                    "stage": stage,
                    "delay_days": step.delay_days,
                    "channel": channel,
                    "date": cls.today,
                    "state": "ready",
                    "date_given": cls.today + timedelta(days=7)
                    if stage != "preventive"
                    else False,
                    "line_ids": [
                        Command.create({"channel": channel, **line}) for line in lines
                    ],
                    **values,
                }
            )
        )
        return notice

    @classmethod
    def _line_vals(cls, role, entry):
        given = entry if isinstance(entry, dict) else {"item": entry}
        record = given["item"]
        items = cls._items(record) if record._name == "account.move" else record
        return [
            {
                "role": role,
                "move_line_id": item.id,
                "move_id": item.move_id.id,
                "move_name": given.get("name", item.move_id.name),
                "date_due": item.date_maturity,
                "currency_id": item.currency_id.id,
                "amount_residual_currency": item.amount_residual_currency,
                "amount": given.get("amount", item.amount_residual_currency),
                "days_overdue": max((cls.today - item.date_maturity).days, 0),
                "active": False,
                "taken": False,
            }
            for item in items
        ]

    @classmethod
    def _due(cls, stage):
        """Return how many days ago an invoice was due that is at a stage."""
        step = cls._step(f"business_{stage}")
        return step.delay_days + (0 if stage == "preventive" else 5)

    # === READING === #

    def _render(self, notice, lang="en_US", template=None):
        """Return subject and body of the template of a notice, as core renders it."""
        template = template or self.env.ref(
            f"ar_followup_plus.mail_template_{notice.stage}"
        )
        template = template.sudo().with_context(lang=lang)
        subject = template._render_field("subject", notice.ids)[notice.id]
        body = template._render_field("body_html", notice.ids)[notice.id]
        return subject, str(body)

    def _sentences(self, body):
        """Return the texts of a body, one for each paragraph or cell.

        Line breaks of the source and the spaces around them count as one space, as
        in a mail program.
        """
        texts = []
        tree = html.fragment_fromstring(body, create_parent="div")
        for line_break in tree.iter("br"):
            line_break.tail = f"\u2028{line_break.tail or ''}"
        for node in tree.iter("p", "td", "th"):
            text = re.sub(r"[ ]*\n\s*", " ", node.text_content()).strip()
            texts += [line.strip() for line in text.split("\u2028")]
        return texts

    def _check_text(self, subject, body, lang="en_US"):
        """Assert that nothing in a text shows what was missing."""
        wrong = WRONG
        if lang != "en_US":
            # French has a space before some signs, and other prepositions
            wrong = [entry for entry in WRONG if entry[1] not in ENGLISH_ONLY]
        self.assertTrue(subject.strip())
        self.assertNotRegex(subject, r"[\r\n]")
        texts = [subject, *self._sentences(body)]
        for text in texts:
            for pattern, what in wrong:
                self.assertNotRegex(text, pattern, what)
        for node in html.fragment_fromstring(body, create_parent="div").iter("p", "th"):
            self.assertTrue(node.text_content().strip(), "an empty paragraph")
        plain = html2plaintext(body)
        self.assertNotRegex(plain, r"\bNone\b|\bFalse\b")
        return "\n".join(texts)

    def _read(self, notice, lang="en_US"):
        """Return the whole text of a notice, after the checks of every text."""
        self.env.flush_all()
        return self._check_text(*self._render(notice, lang), lang)

    def _table(self, table):
        """Return the rows of a table as lists of texts, spaces made plain."""
        tree = html.fragment_fromstring(str(table), create_parent="div")
        for line_break in tree.iter("br"):
            line_break.tail = f" / {line_break.tail or ''}"
        return [
            [re.sub(r"\s+", " ", cell.text_content()).strip() for cell in row]
            for row in tree.iter("tr")
        ]
