"""Channels: the ways in which a notice leaves, each an object of one file."""

from odoo.tools import SQL

#: The only table of channels, by code, in the order of the boxes on a step. The file of
#: a channel adds its object. A database has those for which its steps have a box: see
#: ``ar.ladder.step._channels``.
CHANNELS = {}


class Channel:
    """One way in which a notice leaves. It keeps no records: methods are given them.

    A new channel is a subclass in a file of its own, which adds itself to
    :data:`CHANNELS`; a value in the selection ``ar.notice.channel``; and a field
    ``channel_<code>`` on the step, with its box in the view.
    """

    #: Key of the selection ``ar.notice.channel``.
    code = None
    #: The customer reads it: it names a date to pay, and has a text to show.
    is_written = True
    #: It is an e-mail: the text can be sent to a colleague, and have documents attached.
    by_mail = False
    #: It is paper: the text has no buttons.
    on_paper = False

    def reachable(self):
        """Return SQL that yields a row if a debtor can be reached.

        :return: a query on debtor ``d`` and partner ``p`` with the column ``yes``, or
            None if everybody can be reached
        """
        return None

    def claimable(self, company):
        """Return SQL: whether a ready notice ``n`` of a step ``s`` can be delivered."""
        return SQL("TRUE")

    def deliver(self, notices, company, counts):
        """Deliver notices that were claimed and checked again.

        :param ar.notice notices: of this channel, as superuser
        :param res.company company: theirs
        :param dict counts: to add what became of them to
        :return: mail.mail to send after the commit, if any
        """
        raise NotImplementedError

    def take_back(self, notices):
        """Undo what came of an approval that is taken back."""

    def mail_template(self, notice):
        """Return the template of the e-mail by which a notice leaves, if any."""
        return notice.env["mail.template"]

    def preview(self, notice):
        """Return what would be sent as things stand.

        It may write: the caller undoes it.

        :return: subject, body, recipients, sender and documents, as texts
        :rtype: tuple
        """
        return None, None, None, None, None

    def has_pdf(self, notice):
        """Return whether there is a document to show before the notice leaves."""
        return False

    def preview_pdf(self, notice):
        """Return the documents of a notice as one PDF, or None if it has none."""
        return None


def written():
    """Return the codes of the channels that the customer reads."""
    return [code for code, channel in CHANNELS.items() if channel.is_written]
