"""Which terms of payment a customer has to accept, and whether they did."""

import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.customer_format import one_line
from ...tools.picture_size import check_pictures
from ..company.rpc_border import given_day
from .credit_terms import CreditTerms

#: So many customers who could not be asked are named.
MOST_NAMED = 10


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    acceptance_ids = fields.One2many(
        "ar.credit.policy.acceptance", "debtor_id", string="Requests and signatures"
    )
    policy_state = fields.Selection(
        [
            ("none", "None needed"),
            ("missing", "Not asked"),
            ("requested", "Requested"),
            ("declined", "Declined"),
            ("accepted", "Accepted"),
        ],
        string="Terms of payment",
        compute="_compute_policy_state",
    )
    needs_policy = fields.Boolean(
        string="Terms of payment not accepted",
        compute="_compute_policy_state",
        search="_search_needs_policy",
    )

    def _ar_needs_policy(self):
        """Return whether terms of payment hold that the customer did not accept."""
        self.ensure_one()
        return bool(CreditTerms(self).not_accepted())

    @api.depends("acceptance_ids.state", "kind", "partner_id")
    def _compute_policy_state(self):
        found = CreditTerms(self).standing()
        open_states = {}
        for debtor, state, last in (
            self.env["ar.credit.policy.acceptance"]
            .sudo()
            ._read_group(
                [
                    ("debtor_id", "in", self.ids),
                    ("state", "in", ("requested", "declined")),
                ],
                ["debtor_id", "state"],
                ["id:max"],
            )
        ):
            open_states.setdefault(debtor.id, []).append((last, state))
        for debtor in self:
            policy, acceptance = found.get(debtor.id, (None, None))
            debtor.needs_policy = bool(policy and not acceptance)
            if acceptance:
                debtor.policy_state = "accepted"
            elif not policy:
                debtor.policy_state = "none"
            else:
                debtor.policy_state = max(open_states.get(debtor.id, [(0, "missing")]))[
                    1
                ]

    def _search_needs_policy(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env.companies.root_id
        days = {company.id: company._ar_today() for company in companies}
        for name in ("ar.debtor", "ar.credit.policy", "ar.credit.policy.acceptance"):
            self.env[name].flush_model()
        needing = SQL(
            "(SELECT s.id FROM (%s) s WHERE s.policy_id IS NOT NULL "
            "AND s.acceptance_id IS NULL)",
            CreditTerms.standing_sql(days, SQL("TRUE")),
        )
        found = Domain("id", "in", needing)
        return found if True in value else ~found

    # === ASKING === #

    @api.private
    def request_policy(self):
        """Ask customers by e-mail to accept the terms of payment.

        :raise UserError: under a contact stop, without terms or an address, or where
            they were accepted
        """
        self.check_access("write")
        policies = CreditTerms(self.sudo()).to_ask()
        for debtor in self:
            # sudo: collectors have no rights on acceptances, but may ask for one
            debtor_sudo = debtor.sudo()
            debtor_sudo._check_not_held()
            CreditTerms(debtor_sudo).request(policies[debtor_sudo], self.env.user)

    def action_request_policy(self):
        """Ask all of these customers; those who cannot be asked are named.

        :raise UserError: where not one could be asked
        """
        self.check_access("write")
        policies = CreditTerms(self.sudo()).to_ask()
        asked, left_out = 0, []
        for debtor_sudo in self.sudo():
            try:
                with self.env.cr.savepoint():
                    debtor_sudo._check_not_held()
                    CreditTerms(debtor_sudo).request(
                        policies[debtor_sudo], self.env.user
                    )
                asked += 1
            except UserError as error:
                left_out.append(str(error))
        if not asked:
            raise UserError("\n".join(left_out[:MOST_NAMED]))
        more = len(left_out) - MOST_NAMED
        if more > 0:
            left_out[MOST_NAMED:] = [self.env._("... and %(count)s more.", count=more)]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left_out else "success",
                "sticky": bool(left_out),
                "title": self.env._("Customers asked: %(count)s", count=asked),
                "message": "\n".join(left_out),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_policies(self):
        """Show what the customer was asked, and what they accepted."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_credit_policy_acceptance_action"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        return action

    def _newest_policy(self):
        """Return ``{debtor: policy}`` to ask for, see :meth:`CreditTerms.to_ask`."""
        return CreditTerms(self).to_ask()

    def _request_policy(self, policy, user=None):
        """Make the request and send it, see :meth:`CreditTerms.request`."""
        return CreditTerms(self).request(policy, user)

    # === THE CUSTOMER'S PAGE === #

    def _page_terms(self):
        """Return what the page shows of the terms of payment."""
        return CreditTerms(self.sudo()).page_values()

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
