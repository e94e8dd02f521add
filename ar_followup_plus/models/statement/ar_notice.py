"""Attaches a statement to notices: if the step says so, or one is due by schedule."""

from odoo import models

from ...engine.statement_period import Period
from .statement import Statement


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _attachment_parts(self, enclosed=False):
        # EXTENDS ar.notice: with e-mails only; a letter lists the open items itself
        result = super()._attachment_parts(enclosed)
        if enclosed:
            return result
        for notice in self:
            debtor, lang = notice.debtor_id, notice._lang()
            periods = [Period()] if notice.step_id.attach_statement else []
            if notice.attach_extra and debtor.statement_wanted == "email":
                due = Period.from_json(debtor.statement_options)
                if due not in periods:
                    periods.append(due)
            result[notice.id] += [
                Statement(debtor, period).pdf(lang) for period in periods
            ]
        return result
