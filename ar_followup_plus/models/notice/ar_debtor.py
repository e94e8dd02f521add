"""The customer's pending notices, and the link to the customer's page."""

import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.bulk import one_by_one
from .waiting_notices import WaitingNotices


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # Users who may read the customer must not be able to act as the customer
    access_token = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    token_date = fields.Date(copy=False, readonly=True)

    def _after_stop_change(self):
        # EXTENDS ar.debtor: no pending notice is sent under a contact stop
        stopped = self.filtered("is_stopped")
        WaitingNotices(stopped).unsent()._cancel(
            "settled", self.env._("All contact stopped")
        )
        return super()._after_stop_change()

    def _before_merge(self, into):
        # EXTENDS ar.debtor: one customer gets one message; items still due are decided
        # on again, together
        waiting = [("state", "in", ("proposed", "ready"))]
        Notice = self.env["ar.notice"]
        if Notice.search_count([("debtor_id", "=", into.id), *waiting], limit=1):
            Notice.search([("debtor_id", "=", self.id), *waiting])._cancel(
                "settled", self.env._("Merged with another customer")
            )
        return super()._before_merge(into)

    def _page_lang(self, notice=None):
        """Return the language of the customer, else of the company."""
        self.ensure_one()
        if notice:
            return notice._lang()
        return (
            self.env["ar.notice"]
            .new({"debtor_id": self.id, "company_id": self.company_id.id})
            ._lang()
        )

    # === LINK TO THE CUSTOMER'S PAGE === #

    def _portal_ensure_token(self):
        # EXTENDS portal: keep the token's date, because tokens expire
        self.ensure_one()
        debtor_sudo = self.sudo()
        if not debtor_sudo.access_token:
            debtor_sudo.write(
                {
                    "access_token": str(uuid.uuid4()),
                    "token_date": debtor_sudo.company_id._ar_today(),
                }
            )
        return debtor_sudo.access_token

    def _get_share_url(
        self, redirect=False, signup_partner=False, pid=None, share_token=True
    ):
        # EXTENDS portal: links shared by colleagues do not contain the customer's token
        return super()._get_share_url(redirect, signup_partner, share_token=False)

    def get_portal_url(
        self,
        suffix=None,
        report_type=None,
        download=None,
        query_string=None,
        anchor=None,
    ):
        # OVERRIDES portal: the address without its token, which only the customer has
        self.ensure_one()
        return f"/my/receivables/{self.id}{suffix or ''}" + (
            f"#{anchor}" if anchor else ""
        )

    def _sign_token(self, pid):
        # EXTENDS portal: of nothing that opens our pages
        return super(ArDebtor, self.sudo())._sign_token(pid)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # EXTENDS portal: no token in notifications of colleagues' messages
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        return [group for group in groups if group[0] != "portal_customer"]

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kwargs
    ):
        # EXTENDS portal: a link alone does not give access to the conversation
        return super()._get_thread_with_access(thread_id, **kwargs)

    # === SEVERAL CUSTOMERS === #

    def action_approve_notices(self):
        """Approve the pending notices of the selected customers, if the user may."""
        notices = self.env["ar.notice"].search(
            [("debtor_id", "in", self.ids), ("state", "=", "proposed")]
        )
        if not notices:
            raise UserError(self.env._("Nothing to approve for these customers."))
        # sudo: as approve() reads; once for each company, not for each notice
        readings = {
            company.id: notices.sudo()._reading(company)
            for company in notices.sudo().company_id
        }
        action = one_by_one(
            notices,
            lambda notice: notice.with_context(
                ar_reading=readings[notice.company_id.id]
            ).approve(),
        )
        changed = notices.filtered(lambda notice: notice.state == "proposed")
        if changed:
            action["params"].update(
                type="warning",
                sticky=True,
                message=self.env._(
                    "%(done)s Still pending: %(count)s, some with changed figures. "
                    "Review them.",
                    done=action["params"]["message"],
                    count=len(changed),
                ),
            )
        return action
