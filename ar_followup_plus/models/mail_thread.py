"""Tells what a person wrote from what a machine did."""

from odoo import models
from odoo.tools.mail import decode_message_header

#: How machines begin their subjects: absences, receipts, tickets.
SUBJECTS = (
    "out of office", "automatic reply", "auto-reply", "autoreply", "auto reply",
    "automatische antwort", "abwesenheit", "automatisch antwoord", "afwezig",
    "réponse automatique", "absence du bureau", "respuesta automática",
    "fuera de la oficina", "risposta automatica", "fuori sede", "resposta automática",
    "ticket received", "read:", "delivered:", "delivery receipt", "return receipt",
    "lu :", "lu:", "gelesen:", "gelezen:", "leído:", "letto:", "lida:",
)  # fmt: skip
BULK = ("bulk", "list", "junk", "auto_reply", "auto-reply")
#: Headers that people's messages do not have.
HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply",
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


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_route_process(self, message, message_dict, routes):
        """Let records know whether a machine wrote the message."""
        thread = self.with_context(ar_automatic=is_automatic(message))
        return super(MailThread, thread)._message_route_process(
            message, message_dict, routes
        )


def is_automatic(message):
    """Return whether a machine wrote a message: absence, receipt, ticket, list.

    :param email.message.EmailMessage message: as it came in
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
