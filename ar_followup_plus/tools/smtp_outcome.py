"""Observe on an SMTP session how far a message got."""

import smtplib

#: Results of sending a message.
SENT, UNSURE, LATER, REFUSED = "sent", "unsure", "later", "refused"


class SmtpWatch:
    """Watch one message on a session.

    A message of which the server got no byte has certainly not been sent; one that it
    accepted is sent, whatever happened afterwards; in between the result is unknown.

    :param session: an ``smtplib.SMTP``; for any other transport the result is unknown
    """

    def __init__(self, session):
        self.known = isinstance(session, smtplib.SMTP)
        self.bodies = []  # the server's answer to each message; None: no answer
        self.codes = []  # all its answers
        self.session = session
        if self.known:
            self._data, self._getreply = session.data, session.getreply
            session.data, session.getreply = self._watch_data, self._watch_reply

    def _watch_data(self, message):
        self.bodies.append(None)
        try:
            code, text = self._data(message)
        except smtplib.SMTPDataError as error:
            self.bodies[-1] = error.smtp_code
            raise
        self.bodies[-1] = code
        return code, text

    def _watch_reply(self):
        code, text = self._getreply()
        self.codes.append(code)
        return code, text

    def release(self):
        """Restore the session."""
        if self.known:
            del self.session.data, self.session.getreply

    def outcome(self, is_sent):
        """Return the result of the message.

        :param bool is_sent: the result by Odoo
        :return: SENT, UNSURE, LATER (not sent, and may be retried automatically) or
            REFUSED (not sent, and will not be)
        """
        if is_sent or (self.bodies and set(self.bodies) == {250}):
            return SENT
        if not self.known or None in self.bodies or 250 in self.bodies:
            return UNSURE
        return REFUSED if any(code >= 500 for code in self.codes) else LATER


def is_dead(session):
    """Return whether a session can send no more messages."""
    return session is None or (
        isinstance(session, smtplib.SMTP) and session.sock is None
    )
