"""What the decision says of a debtor, for people: why, and what comes next."""

from odoo import api, models

from .outlook import Outlook


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.private
    def explain(self, date=None):
        """Say of each open item why it is, or is not, followed up on a day.

        :param datetime.date date: default: today in the company's time zone
        :return: dicts with move_line_id, move_name, due_date, days_overdue, amount
            (what may be asked for, in currency), currency (its name), step (its
            name, or False), reason (a key of the engine's reasons, or False) and
            message (a sentence)
        :rtype: list
        """
        return Outlook(self).explain(date)

    @api.private
    def preview(self, days=30):
        """Say what would be sent in the coming days if nobody paid or answered.

        Nothing is written.

        :param int days: how many days to look ahead
        :return: dicts with date, debtor_id, step (its name), amount (in company
            currency) and items (the numbers of the invoices)
        :rtype: list
        """
        return Outlook(self).preview(days)
