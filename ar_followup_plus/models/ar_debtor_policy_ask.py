"""Asking customers to accept the terms of payment."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: So many customers who could not be asked are named.
MOST_NAMED = 10


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _newest_policy(self):
        """Return ``{debtor: policy}`` to be asked for: what holds now or will hold.

        Who signs today what holds from the first of next month is not asked twice.
        """
        standing = self._policy_standing()
        result = {}
        for debtor in self:
            policy = (
                self.env["ar.credit.policy"].sudo().browse(standing[debtor.id][0] or [])
            )
            while policy:
                later = policy.search(
                    [("previous_id", "=", policy.id), ("state", "=", "published")]
                )
                if not later:
                    break
                policy = later
            result[debtor] = policy
        return result

    @api.private
    def request_policy(self):
        """Ask customers by e-mail to accept the terms of payment.

        :raise UserError: under a contact stop, without terms or an address, or where
            they were accepted
        """
        self.check_access("write")
        policies = self.sudo()._newest_policy()
        for debtor in self:
            # sudo: collectors have no rights on acceptances, but may ask for one
            debtor_sudo = debtor.sudo()
            debtor_sudo._check_not_held()
            debtor_sudo._request_policy(policies[debtor_sudo], self.env.user)

    def action_request_policy(self):
        """Ask all of these customers; those who cannot be asked are named.

        :raise UserError: where not one could be asked
        """
        self.check_access("write")
        policies = self.sudo()._newest_policy()
        asked, left_out = 0, []
        for debtor_sudo in self.sudo():
            try:
                with self.env.cr.savepoint():
                    debtor_sudo._check_not_held()
                    debtor_sudo._request_policy(policies[debtor_sudo], self.env.user)
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

    def _request_policy(self, policy, user=None):
        """Make the request, or take the open one again, and send it.

        :param res.users user: who asks; None: the customer, on the page, without mail
        :rtype: ar.credit.policy.acceptance
        """
        self.ensure_one()
        if not policy:
            raise UserError(
                self.env._(
                    "No terms of payment are published for %(customer)s.",
                    customer=self.display_name,
                )
            )
        self._claim_row()  # of two clicks at once the second sees the first
        Acceptance = self.env["ar.credit.policy.acceptance"]
        mine = Acceptance.search(
            [("debtor_id", "=", self.id), ("policy_id", "!=", False)]
        ).filtered(lambda a: a.policy_id._major_key() == policy._major_key())
        if (
            any(a.state == "accepted" for a in mine)
            or self._ar_accepted_policy().how == "contract"
        ):
            raise UserError(
                self.env._(
                    "%(customer)s has accepted the terms of payment already.",
                    customer=self.display_name,
                )
            )
        people = self.env["ar.notice"]._people_of(self).get(self.id, [])
        person = Acceptance._best_signer(people)
        if user and not person:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.display_name,
                )
            )
        request = mine.filtered(
            lambda a: a.state == "requested" and a.policy_id == policy
        )[:1]
        vals = {
            "requested_on": fields.Datetime.now(),
            "requested_by_id": user.id if user else False,
            "sent_to": person[2] if person else False,
        }
        if (
            user
            and request.requested_by_id
            and request.sent_to == vals["sent_to"]
            and vals["requested_on"] - request.requested_on < timedelta(minutes=1)
        ):
            return request.with_env(self.env)  # a second click: the mail is on its way
        if request:
            request._ar_unlocked().write(vals)
        else:
            shell = self.env["ar.notice"].new(
                {"debtor_id": self.id, "company_id": self.company_id.id}
            )
            lang = shell._lang([person] if person else [])
            request = Acceptance._ar_unlocked().create(
                {
                    **vals,
                    "debtor_id": self.id,
                    "company_id": self.company_id.id,
                    "policy_id": policy.id,
                    "text_id": policy.text_ids._best(lang, self.company_id).id,
                    "state": "requested",
                }
            )
            (mine - request).filtered(
                lambda a: a.state == "requested"
            )._ar_unlocked().write({"state": "superseded"})
        if user:
            request.with_env(self.env)._send_request(person, user)
        return request.with_env(self.env)
