"""Asking for an evidence pack: who may, about what."""

from odoo.exceptions import UserError

from ..company.roles import ACCOUNTANT, COLLECTOR, require_role


class PackRequest:
    """An evidence pack that is asked for of a debtor."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor.ensure_one()

    def make(self, scope=None):
        """Ask for an evidence pack; it is made in the background.

        Asked for twice by the same person while it is being made, it is one.

        :param scope: a dispute or an invoice of this customer, for what concerns that
            alone; default: all of the customer
        :rtype: ar.evidence
        :raise AccessError: for who may not read the customer, or has no right to packs
        :raise UserError: for what is not this customer's
        """
        self.check_maker()
        vals = {"debtor_id": self.debtor.id, "user_id": self.env.uid, "scope": "debtor"}
        if scope:
            vals.update(self._scope(scope))
        # sudo: packs are made by this method alone
        Evidence_sudo = self.env["ar.evidence"].sudo()
        known = Evidence_sudo.search(
            [
                ("state", "in", ("waiting", "making")),
                *((name, "=", value) for name, value in vals.items()),
            ],
            limit=1,
        )
        if not known:
            lang = self.env.lang or self.env.user.lang or "en_US"
            Evidence_sudo = Evidence_sudo.with_context(tracking_disable=True)
            known = Evidence_sudo.create({**vals, "lang": lang}).with_env(self.env)
        Evidence_sudo._start()
        return known.with_env(self.env)

    def check_maker(self):
        """Check that the user may ask for packs of the customer.

        :raise AccessError: otherwise
        """
        self.debtor.check_access("read")
        require_role(
            self.env,
            self.env._(
                "Only collectors and accountants make evidence packs: please ask one."
            ),
            COLLECTOR,
            ACCOUNTANT,
        )

    def _scope(self, scope):
        """Return the values of a pack about a dispute or an invoice."""
        scope.ensure_one()
        scope.check_access("read")
        if scope._name == "ar.dispute":
            if scope.debtor_id == self.debtor:
                return {"scope": "dispute", "dispute_id": scope.id}
        elif scope._name == "account.move":
            move_sudo = scope.sudo()
            if (
                move_sudo.move_type in ("out_invoice", "out_refund")
                and move_sudo.state == "posted"
                and move_sudo.commercial_partner_id == self.debtor.sudo().partner_id
                and move_sudo.company_id.root_id == self.debtor.sudo().company_id
            ):
                return {
                    "scope": "move",
                    "move_id": move_sudo.id,
                    "move_name": move_sudo.name,
                }
        raise UserError(
            self.env._(
                "An evidence pack is about a customer, a dispute, or an invoice that is "
                "posted."
            )
        )

    def action(self, scope=None):
        """Ask for a pack, and return the action that shows how far it is."""
        pack = self.make(scope)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evidence pack"),
            "res_model": "ar.evidence",
            "res_id": pack.id,
            "views": [(False, "form")],
        }
