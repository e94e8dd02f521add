"""Customers that are merged, or get another parent: histories join, nothing is lost."""

from odoo import api, models
from odoo.tools import SQL


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.model
    def _merge_partners(self, sources, destination):
        """Move the debtors of merged partners to the destination's, for each company.

        :param res.partner sources: partners that will vanish
        :param res.partner destination: the partner that stays
        """
        target = destination.commercial_partner_id
        debtors = self.with_context(active_test=False).search(
            [("partner_id", "in", (sources - target).ids)]
        )
        for debtor in debtors:
            into = self.with_context(active_test=False).search(
                [
                    ("company_id", "=", debtor.company_id.id),
                    ("partner_id", "=", target.id),
                ]
            )
            if into:
                debtor._merge_into(into)
            else:
                debtor.partner_id = target
        self._merge_contacts(sources, destination)

    @api.model
    def _merge_contacts(self, sources, destination):
        """A person who is already a contact in the same function is one contact."""
        contacts = self.env["ar.debtor.contact"].search(
            [("partner_id", "in", sources.ids)]
        )
        for contact in contacts:
            # A delivery address is never written to about debts
            twin = destination.type in ("delivery", "private")
            twin = twin or self.env["ar.debtor.contact"].search_count(
                [
                    ("debtor_id", "=", contact.debtor_id.id),
                    ("partner_id", "=", destination.id),
                    ("role", "=", contact.role),
                ],
                limit=1,
            )
            if twin:
                contact.unlink()
            else:
                contact.partner_id = destination

    def _merge_into(self, into):
        """Join the history of one debtor to another's of the same company.

        Every record that points here follows: notices, contacts, messages,
        activities. What is stricter holds: contact stop, later snooze, later contact.
        """
        self.ensure_one()
        self._drop_waiting(into)
        self.env.flush_all()
        for model in self.env.registry.values():
            for field in model._fields.values():
                if (
                    field.type == "many2one"
                    and field.comodel_name == self._name
                    and field.store
                    and model._auto
                    and not model._transient
                ):
                    self._repoint(model._table, field.name, into)
        for table, model_column in (
            ("mail_message", "model"),
            ("mail_activity", "res_model"),
            ("ir_attachment", "res_model"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET res_id = %s WHERE %s = %s AND res_id = %s",
                    SQL.identifier(table),
                    into.id,
                    SQL.identifier(model_column),
                    self._name,
                    self.id,
                )
            )
        self.env.invalidate_all()
        into.write(self._stricter_of(into))
        into.message_subscribe(partner_ids=self.message_partner_ids.ids)
        self.message_follower_ids.unlink()
        self.env.cr.execute(SQL("DELETE FROM ar_debtor WHERE id = %s", self.id))
        self.env.invalidate_all()
        into.message_post(body=self.env._("Another customer was merged into this one."))

    def _drop_waiting(self, into):
        """Cancel what waits here where something waits there too.

        One customer gets one message: what is still due is decided anew, together.
        """
        waiting = [("state", "in", ("proposed", "ready"))]
        Notice = self.env["ar.notice"]
        if Notice.search_count([("debtor_id", "=", into.id), *waiting], limit=1):
            Notice.search([("debtor_id", "=", self.id), *waiting])._cancel(
                "settled", self.env._("Merged with another customer")
            )

    def _repoint(self, table, column, into):
        """Point rows to another debtor; a row that is there already stays as it is."""
        if table == "ar_debtor_contact":
            self.env.cr.execute(
                SQL(
                    """DELETE FROM ar_debtor_contact c USING ar_debtor_contact t
                        WHERE c.debtor_id = %s AND t.debtor_id = %s
                          AND t.partner_id = c.partner_id AND t.role = c.role""",
                    self.id,
                    into.id,
                )
            )
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE %s = %s",
                SQL.identifier(table),
                SQL.identifier(column),
                into.id,
                SQL.identifier(column),
                self.id,
            )
        )

    def _stricter_of(self, into):
        """Hook: return what the stricter of two merged debtors brings along.

        :param ar.debtor into: the debtor that stays
        :return: values to write on it
        :rtype: dict
        """
        vals = {}
        longer = into.stop_until and (
            not self.stop_until or self.stop_until > into.stop_until
        )
        if self.is_stopped and (not into.is_stopped or longer):
            for name in ("stop_reason", "stop_from", "stop_until", "stop_note"):
                vals[name] = self[name]
            vals["stop_user_id"] = self.stop_user_id.id
        for name in (
            "snooze_until", "last_contact_date", "last_preventive_date", "reply_until",
            "not_before",
        ):  # fmt: skip
            latest = max(filter(None, (self[name], into[name])), default=False)
            if latest != into[name]:
                vals[name] = latest
        if "snooze_until" in vals:
            vals["snooze_reason"] = self.snooze_reason
            vals["snooze_kind"] = self.snooze_kind
            vals["snooze_user_id"] = self.snooze_user_id.id
        if self.contacted and not into.contacted:
            vals["contacted"] = True
        if self.call_first and not into.call_first:
            vals["call_first"] = True
        if self.direct_debit and not into.direct_debit:
            vals["direct_debit"] = True
        if self.no_preventive and not into.no_preventive:
            vals["no_preventive"] = True
        if self.no_cheques and not into.no_cheques:
            vals["no_cheques"] = True
        if self.charge_scheme_id and not into.charge_scheme_id:
            vals["charge_scheme_id"] = self.charge_scheme_id.id
        if self.active and not into.active:
            vals["active"] = True
        return vals

    @api.model
    def _follow_partners(self, partners):
        """Let debtors follow customers who became a part of another.

        :param res.partner partners: whose parent, or being a company, changed
        """
        self.with_context(active_test=False).search(
            [("partner_id", "in", partners.ids)]
        )._move_to_parent()

    def _move_to_parent(self):
        """Follow customers whose commercial partner changed."""
        for debtor in self:
            commercial = debtor.partner_id.commercial_partner_id
            if commercial == debtor.partner_id:
                continue
            into = self.with_context(active_test=False).search(
                [
                    ("company_id", "=", debtor.company_id.id),
                    ("partner_id", "=", commercial.id),
                ]
            )
            if into:
                debtor._merge_into(into)
            else:
                debtor.partner_id = commercial
