"""What customers hear: their own reading of mails, letters and calls.

It reads what left (the mail as the server got it, the letter that was posted, the call
that was logged), and not what the product believes to have said.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

import pytz

from odoo.tools import html2plaintext

#: How demanding a message is.
TONES = {
    "preventive": 0,
    "gentle": 1,
    "firm": 3,
    "final": 4,
    "notice": 5,
}
FIRM = TONES["firm"]
#: Messages that demand, beside those of the ladder.
DEMANDS = {"hold"}
#: What a subject says about a message that is none of the ladder.
SUBJECTS = (
    ("hold", r"about your orders on account"),
    ("statement", r"statement of your account"),
    ("thanks", r"^Thank you,"),
    ("broken", r"the payment agreed for"),
    ("offer", r"our proposal for your payment"),
    ("agreed", r"your payment agreement"),
    ("reminder", r"your payment on"),
    ("missed", r"the installment of"),
    ("ended", r"our payment agreement"),
    ("dispute", r"your question about"),
    ("returned", r"came back"),
    ("tried", r"we tried to reach you"),
    ("copies", r"copies of your invoices"),
    ("terms", r"terms of payment"),
    ("overpaid", r"more than|overpaid"),
)
#: Answers to what the customer did: they pass, and count for nothing.
RECEIPTS = ("agreed", "offer", "copies", "answer")
EARLIEST = re.compile(r"on ([A-Z][a-z]+ \d{1,2}, \d{4})\s+at\s+the\s+earliest")
GIVEN = re.compile(r"\bby\s+([A-Z][a-z]+ \d{1,2}, \d{4})")
IN_FIGURES = re.compile(r"\b\d\d/\d\d/\d{4}\b")


@dataclass
class Message:
    """One thing that a customer heard."""

    day: object
    at: str
    company: int
    debtor: int
    way: str  # mail, letter, call
    kind: str  # a stage of the ladder, a key of SUBJECTS, or an outcome
    by_hand: bool
    address: str = ""
    subject: str = ""
    text: str = ""
    notice: int = 0
    #: ``{journal item: amount}`` that it asks for
    about: dict = field(default_factory=dict)
    earliest: object = None
    given: object = None
    faults: list = field(default_factory=list)

    @property
    def tone(self):
        return TONES.get(self.kind)

    @property
    def is_contact(self):
        return self.way != "call" and self.kind not in RECEIPTS

    @property
    def is_automatic(self):
        return self.is_contact and not self.by_hand

    @property
    def is_beside(self):
        """Return whether it is a letter beside the ladder, which a person decides on."""
        return self.way == "letter" and self.tone is None

    @property
    def is_demand(self):
        return (self.tone or 0) > 0 or self.kind in DEMANDS

    def line(self):
        """Return it in one line."""
        hand = " (by hand)" if self.by_hand else ""
        said = f", next {self.earliest}" if self.earliest else ""
        faults = f"   <<< {'; '.join(self.faults)}" if self.faults else ""
        what = self.subject or self.kind
        return (
            f"{self.day} {self.at} {self.way:6} {self.kind}{hand}: {what}{said}{faults}"
        )


def _day(found):
    return datetime.strptime(found.group(1), "%B %d, %Y").date() if found else None


def kind_of(subject, text):
    """Return the kind of a message that is none of the ladder."""
    for kind, pattern in SUBJECTS:
        if re.search(pattern, subject):
            return kind
    return "answer" if "your answer" in text.lower() else "other"


class Ears:
    """Collects what customers hear.

    :param town: whose messages they are
    """

    def __init__(self, town):
        self.town = town
        self.raw = []
        self.messages = []
        self.last_log = self._last("ar_contact_log")
        self.posted = set()

    def _last(self, table):
        self.town.env.cr.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")
        return self.town.env.cr.fetchone()[0]

    def hear(self, message):
        """Take a mail as the mail server gets it."""
        if "customers.example.com" not in (message["To"] or ""):
            return
        body = message.get_body(("html", "plain"))
        self.raw.append(
            (
                message["Message-Id"].strip(),
                message["To"],
                message["Subject"] or "",
                message["From"] or "",
                body.get_content() if body else "",
                datetime.now(),
                self.town.by_hand,
            )
        )

    def collect(self):
        """Return what customers heard since the last time."""
        self.town.env.flush_all()
        new = [*self._mails(), *self._letters(), *self._calls()]
        self.messages += new
        return new

    def _rows(self, query, *values):
        self.town.env.cr.execute(query, values)
        return self.town.env.cr.fetchall()

    def _local(self, moment):
        return pytz.utc.localize(moment).astimezone(self.town.zone)

    def _mails(self):
        raw, self.raw = self.raw, []
        known = {
            row[0]: row[1:]
            for row in self._rows(
                """SELECT m.message_id, COALESCE(n.debtor_id, d.id), n.id, s.stage,
                          COALESCE(n.company_id, d.company_id)
                     FROM mail_message m
                     LEFT JOIN ar_notice n ON n.mail_message_id = m.id
                     LEFT JOIN ar_ladder_step s ON s.id = n.step_id
                     LEFT JOIN ar_debtor d
                          ON m.model = 'ar.debtor' AND d.id = m.res_id
                    WHERE m.message_id = ANY(%s)""",
                [row[0] for row in raw],
            )
        }
        found = {}
        for key, to, subject, sender, body, moment, by_hand in raw:
            debtor, notice, stage, company = known.get(key, (0, 0, None, 0))
            if not debtor or key in found:  # the second recipient hears the same
                continue
            text = html2plaintext(body)
            found[key] = self._message(
                moment,
                company=company,
                debtor=debtor,
                way="mail",
                kind=stage or kind_of(subject, text),
                by_hand=by_hand,
                address=to.split("<")[-1].strip(">, "),
                subject=subject,
                text=f"{text}\n{sender}",
                notice=notice or 0,
            )
        return found.values()

    def _message(self, moment, **values):
        local = self._local(moment)
        message = Message(day=local.date(), at=f"{local:%H:%M}", **values)
        message.earliest = _day(EARLIEST.search(message.text))
        message.given = _day(GIVEN.search(message.text))
        if message.notice:
            message.about = dict(
                self._rows(
                    """SELECT move_line_id, amount::float FROM ar_notice_line
                        WHERE notice_id = %s AND role = 'about'""",
                    message.notice,
                )
            )
        return message

    def _letters(self):
        """Return the letters that people posted, with what stands on the paper."""
        rows = self._rows(
            """SELECT 'ar.notice', n.id, n.debtor_id, n.company_id, n.stage, n.number
                 FROM ar_notice n
                WHERE n.channel = 'letter' AND n.state = 'sent'
                  AND n.mail_message_id IS NULL AND n.posted_by IS NOT NULL
                  AND n.sent_on >= %s
               UNION ALL
               SELECT 'ar.letter', l.id, l.debtor_id, l.company_id, t.moment, l.number
                 FROM ar_letter l LEFT JOIN ar_letter_text t ON t.id = l.text_id
                WHERE l.state = 'posted' AND l.posted_on >= %s""",
            self.town.day,
            self.town.day,
        )
        for model, record_id, debtor, company, kind, number in rows:
            if (model, record_id) in self.posted:
                continue
            self.posted.add((model, record_id))
            paper = self.town.papers.get((model, record_id), b"")
            paper = paper.decode() if isinstance(paper, bytes) else str(paper)
            yield self._message(
                datetime.now(),
                company=company,
                debtor=debtor,
                way="letter",
                kind=kind or "other",
                by_hand=False,
                subject=number or "",
                text=html2plaintext(paper) if paper else "",
                notice=record_id if model == "ar.notice" else 0,
            )

    def _calls(self):
        rows = self._rows(
            """SELECT l.id, l.debtor_id, l.company_id, l.outcome, l.date
                 FROM ar_contact_log l WHERE l.id > %s ORDER BY l.id""",
            self.last_log,
        )
        for log, debtor, company, outcome, moment in rows:
            self.last_log = log
            yield self._message(
                moment,
                company=company,
                debtor=debtor,
                way="call",
                kind=outcome,
                by_hand=True,
            )
