"""What a customer accepted elsewhere: a signature on paper, a contract."""

import hashlib

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.customer_format import one_line
from ...tools.picture_size import check_pictures
from ..company.rpc_border import given_day


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.private
    def record_policy(
        self, how, document, name=None, function=None, day=None, valid_until=None
    ):
        """Keep what the customer accepted elsewhere: a signature on paper, a contract.

        :param str how: ``paper`` or ``contract``
        :param tuple document: ``(name, content)`` of the scan or contract
        :param str name: of the signer; needed on paper
        :param str function: of the signer
        :param datetime.date day: on which it was signed
        :param datetime.date valid_until: last day; needed for a contract
        :rtype: ar.credit.policy.acceptance
        """
        self.ensure_one()
        self.check_access("write")
        day, valid_until = given_day(self.env, day), given_day(self.env, valid_until)
        name, function = one_line(name), one_line(function)
        file_name, content = document
        check_pictures(self.env, [document])
        today = self.company_id._ar_today()
        policy = self.env["ar.credit.policy"].sudo()
        if how == "paper":
            policy = self.sudo()._newest_policy()[self.sudo()]
        self._check_record(how, policy, content, name, day, valid_until, today)
        Acceptance = self.env["ar.credit.policy.acceptance"].sudo()
        record = Acceptance._ar_unlocked().create(
            {
                "debtor_id": self.id,
                "company_id": self.company_id.id,
                "policy_id": policy.id,
                "text_id": policy.text_ids._best(
                    self.sudo()._page_lang(), self.company_id
                ).id,
                "state": "accepted",
                "how": how,
                "answered_on": day,
                "valid_until": valid_until,
                "signer_name": name,
                "signer_function": function,
            }
        )
        file = record._ar_keep([(file_name or self.env._("Document"), content, None)])
        record.write(
            {
                "signed_document_id": file.id,
                "signed_document_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        record._supersede()
        self.message_post(
            body=self.env._(
                "%(terms)s: recorded from paper, signed on %(day)s by %(name)s.",
                terms=record.display_name,
                day=day,
                name=name or self.display_name,
            )
        )
        return record.with_env(self.env)

    def _check_record(self, how, policy, content, name, day, valid_until, today):
        """Check what is recorded.

        :raise UserError: for what is missing or cannot be
        """
        if how not in ("paper", "contract"):
            raise UserError(self.env._("Choose whether it is on paper or a contract."))
        if how == "paper" and not policy:
            raise UserError(
                self.env._(
                    "No terms of payment are published for %(customer)s.",
                    customer=self.display_name,
                )
            )
        if not content:
            raise UserError(
                self.env._("Add the scan or the contract: it is the proof.")
            )
        if how == "paper" and not name:
            raise UserError(self.env._("Say who signed it."))
        if not day or day > today:
            raise UserError(self.env._("It was signed today or before: give the day."))
        if how == "contract" and not valid_until:
            raise UserError(self.env._("Say until when the contract holds."))
        if valid_until and valid_until < today:
            raise UserError(
                self.env._(
                    "It holds until today or later, not until a day in the past."
                )
            )
