"""Attaches a statement to notices, if the step says so."""

from odoo import models

from .statement import Statement


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _attachment_parts(self, enclosed=False):
        # EXTENDS ar.notice: with e-mails only; a letter lists the open items itself
        result = super()._attachment_parts(enclosed)
        if enclosed:
            return result
        for notice in self.filtered("step_id.attach_statement"):
            statement = Statement(notice.debtor_id).pdf(notice._lang())
            result[notice.id].append(statement)
        return result
