"""Our e-mails to a customer, apart from the notices of the ladder."""

import logging

from odoo import fields
from odoo.tools import SQL, formataddr

from ...tools.transactions import CONFLICTS, RACES, in_turn, quietly
from ..signature.ar_guarded import KEY

_logger = logging.getLogger(__name__)


def write_to_each(debtors, write):
    """Write to customers; one that fails is undone, and a person gets an activity.

    :param ar.debtor debtors: as superuser
    :param write: a function that gets a customer
    """
    for debtor in debtors:
        alone(
            debtor,
            write,
            lambda why, env=debtor.env: env._(
                "A message could not be written: %(why)s", why=why
            ),
        )


def alone(debtor, act, words):
    """Do something about one of several customers; others go on if it fails.

    What fails is undone, and a person gets an activity.

    :param ar.debtor debtor: as superuser
    :param act: a function that gets the customer
    :param words: a function that gets the error, and returns the text of the activity
    :return: whether it was done
    """
    try:
        with debtor.env.cr.savepoint():
            act(debtor)
        return True
    except RACES:
        raise
    except Exception as error:  # continue with the others
        _logger.info("Failed for customer %s: %s", debtor.id, error)
        debtor.env.invalidate_all(flush=False)
        debtor._ar_activity("activity_check_notice", words(error))
        return False


def write_in_turn(companies, write_some):
    """Write to customers of companies, within their sending hours, a part at a time.

    :param write_some: a function that gets a company, writes to some of its customers in
        a transaction, and returns whether there are more
    """
    for company in companies:
        if not company._ar_may_send_now():
            continue
        try:
            while in_turn(company.env, lambda c=company: write_some(c)):
                pass
        except CONFLICTS:
            continue  # another process does it


def note_day(records, column, day):
    """Store a day; a conflict with another server is retried, not logged as error."""
    quietly(
        records.env,
        SQL(
            "UPDATE %s SET %s = %s WHERE id = ANY(%s) RETURNING id",
            SQL.identifier(records._table),
            SQL.identifier(column),
            day,
            records.ids,
        ),
    )
    records.invalidate_recordset([column], flush=False)


class DebtorMail:
    """E-mails to debtors, and the addresses for their replies."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def make(self, template, person, sender, author, files=()):
        """Create an e-mail to a customer; it is not sent yet.

        :param mail.template template: in the language of the customer
        :param tuple person: as :meth:`ArNotice._people_of` returns them
        :param str sender: the sender's address
        :param res.partner author: the author
        :param list files: ``[(name, content)]`` to attach
        :rtype: mail.mail
        """
        debtor = self.debtors.ensure_one()
        company = debtor.company_id
        values = {
            name: template._render_field(name, debtor.ids)[debtor.id]
            for name in ("subject", "body_html")
        }
        mail = self.env["mail.mail"].with_context(ar_evidence=KEY)
        mail = mail.create(
            {
                "ar_origin": "sent",
                "subject": " ".join((values["subject"] or "").split()),
                "body": values["body_html"],
                "body_html": values["body_html"],
                "email_from": sender,
                "email_to": formataddr((person[1] or "", person[2])),
                "reply_to": self.reply_addresses(company).get(debtor.id) or sender,
                "author_id": author.id,
                "model": debtor._name,
                "res_id": debtor.id,
                "message_type": "email_outgoing",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "mail_server_id": company.ar_mail_server_id.id,
                "auto_delete": False,
                "attachment_ids": [
                    fields.Command.create(
                        {
                            "name": name,
                            "raw": content,
                            "res_model": debtor._name,
                            "res_id": debtor.id,
                        }
                    )
                    for name, content in files
                ],
            }
        )
        return mail.with_env(self.env)

    def reply_addresses(self, company):
        """Return the address for replies of each debtor: it leads to its chatter.

        :return: ``{debtor id: address}``
        """
        default = company.ar_email or company.email or None
        found = self.debtors.sudo()._notify_get_reply_to(default=default)
        return {key: value for key, value in found.items() if value}
