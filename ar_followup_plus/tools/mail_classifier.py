"""Classify incoming messages: from a person, automatic, or a receipt.

A person's message taken for an automatic one would be overlooked, which is worse than
the reverse: only marks that people's messages never have count.
"""

import re

from odoo.tools.mail import decode_message_header

#: Beginnings of automatic subjects: absences, receipts, tickets.
SUBJECTS = (
    "out of office", "automatic reply", "auto-reply", "autoreply", "auto reply",
    "automatische antwort", "abwesenheit", "automatisch antwoord", "afwezig",
    "réponse automatique", "absence du bureau", "respuesta automática",
    "fuera de la oficina", "risposta automatica", "fuori sede", "resposta automática",
    "ausência do escritório", "autosvar", "frånvaro", "automatisk svar", "fraværende",
    "automatyczna odpowiedź", "automatická odpověď", "automaattinen vastaus",
    "automatikus válasz", "răspuns automat", "αυτόματη απάντηση", "otomatik yanıt",
    "автоматический ответ", "автоответ", "自動応答", "自动答复", "自动回复",
    "ticket received", "ticket created", "we have received your",
    "your request has been received", "eingangsbestätigung", "accusé de réception",
    "read:", "delivered:", "delivery receipt", "return receipt",
    "lu :", "lu:", "gelesen:", "gelezen:", "leído:", "letto:", "lida:",
)  # fmt: skip
BULK = ("bulk", "list", "junk", "auto_reply", "auto-reply")
#: Headers that people's messages do not have.
HEADERS = (
    "X-Autoreply",
    "X-Autoreply-From",
    "X-Autorespond",
    "X-Auto-Reply",
    "X-Mail-Autoreply",
    "List-Id",
    "List-Unsubscribe",
)
SENDERS = (
    "mailer-daemon",
    "postmaster",
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
)
#: Phrases in automatic replies about somebody who has left for good.
LEFT = re.compile(
    r"no longer (work|employed|with (the|our|us)\b)|"
    r"has left (our|the company|the firm)|left the company|"
    r"ne travaille plus|ne fai(t|s) plus partie|a quitté (la|notre|l['’])|"
    r"nicht mehr (bei uns|für uns|im unternehmen|in unserem (haus|unternehmen)|tätig|"
    r"beschäftigt)|(hat|habe) .{0,30}(unternehmen|firma) verlassen|"
    r"niet meer (werkzaam|in dienst)|ya no trabaj|no lavora più|non lavora più|"
    r"já não trabalha|não trabalha mais",
    re.IGNORECASE,
)
#: Phrases of somebody who takes a notice for advertising.
OFF = re.compile(
    r"\b(unsubscribe|opt[ -]?out|(remove|delete) me|take me off|"
    r"stop (e-?)?mailing|désabonn|désinscri|abmelden|abbestellen|austragen|"
    r"afmelden|uitschrijven|dar(me)? de baja|cancellami|disiscriv|descadastr)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
#: Characters of a text that are examined; the rest is quoted, or hostile.
TEXT = 5000


def is_automatic(message):
    """Return whether a message is automatic: absence, receipt, ticket, list.

    :param email.message.EmailMessage message: as received
    :rtype: bool
    """

    def header(name):
        return (decode_message_header(message, name) or "").strip().lower()

    subject = header("Subject")
    sender = header("From").rpartition("<")[2]
    return (
        header("Auto-Submitted").partition(";")[0] not in ("", "no")
        or header("Precedence") in BULK
        or any(header(name) for name in HEADERS)
        or header("Return-Path") == "<>"
        or message.get_content_type() == "multipart/report"
        or sender.startswith(SENDERS)
        or subject.startswith(SUBJECTS)
    )


def is_receipt(message):
    """Return whether a report is anything but a failure to deliver.

    The message was opened, delivered, or only delayed: core counts all of these as
    bounces, and would block the address for ever.

    :param email.message.EmailMessage message: as received
    :rtype: bool
    """
    kinds = {part.get_content_type() for part in message.walk()}
    if "message/disposition-notification" in kinds:
        return True
    actions = {
        (decode_message_header(status, "Action") or "").strip().lower()
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for status in part.get_payload()
    } - {""}
    return bool(actions) and "failed" not in actions


def has_left(text):
    """Return whether an automatic reply says that somebody has left for good."""
    return bool(LEFT.search(text[:TEXT]))


def other_address(text, sender):
    """Return the address of a colleague named in an automatic reply, or None.

    :param str sender: the normalized sender's address
    """
    domain = sender.rpartition("@")[2]
    for found in ADDRESS.findall(text[:TEXT]):
        address = found.lower().rstrip(".")
        if address != sender and address.endswith(f"@{domain}"):
            return address
    return None


def wants_off(subject, text):
    """Return whether somebody takes a notice for advertising, and unsubscribes.

    Only the subject and the first line count: below it the notice may be quoted.
    """
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return bool(OFF.search(subject[:200]) or (lines and OFF.search(lines[0][:100])))
