"""Acts of people that hold everything: snooze, contact stop."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...engine.values import Reason
from ..company.rpc_border import given_day
from .next_contact import DECIDE_AGAIN, next_values


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.private
    def snooze(self, until, reason, kind="other"):
        """Send nothing automatically before a day.

        :param datetime.date until: the first day on which the follow-up goes on; at
            most 90 days ahead, later by a credit manager
        :param str reason: in words, for colleagues
        :param str kind: a key of the field ``snooze_kind``
        :raise ValidationError: for a day in the past or too far, or without a reason
        """
        self._check_write()
        until = given_day(self.env, until)
        if not (reason or "").strip():
            raise ValidationError(
                self.env._("Say why the follow-up waits: colleagues will ask.")
            )
        for debtor in self:
            self.env["ar.exclusion"]._check_until(until, debtor.company_id)
        self.sudo().write(
            {
                "snooze_until": until,
                "snooze_reason": reason.strip(),
                "snooze_kind": kind,
                "snooze_user_id": self.env.uid,
                **next_values(Reason.SNOOZED, until),
            }
        )
        for debtor in self:
            debtor.message_post(
                body=self.env._(
                    "Snoozed until %(day)s: %(reason)s",
                    day=until,
                    reason=reason.strip(),
                )
            )

    def wake(self):
        """End a snooze."""
        self._check_write()
        self.sudo().write(
            {
                "snooze_until": False,
                "snooze_reason": False,
                "snooze_kind": False,
                "snooze_user_id": False,
                **DECIDE_AGAIN,
            }
        )

    @api.private
    def stop_contact(self, reason, until=None, note=None):
        """Stop all contact: nothing leaves on any path.

        Any collector may; only a credit manager lifts it.

        :param str reason: a key of the field ``stop_reason``
        :param datetime.date until: last day of the stop; None: without end
        :param str note: in words
        """
        self._check_write()
        reasons = dict(self._fields["stop_reason"].selection)
        if reason not in reasons:
            raise ValidationError(
                self.env._(
                    "Choose one of these reasons: %(reasons)s.",
                    reasons=", ".join(reasons),
                )
            )
        until = given_day(self.env, until)
        for debtor in self:
            today = debtor.company_id._ar_today()
            if until and until < today:
                raise ValidationError(
                    self.env._(
                        "A contact stop ends today or later, not %(day)s.", day=until
                    )
                )
            debtor.sudo().write(
                {
                    "stop_reason": reason,
                    "stop_from": today,
                    "stop_until": until,
                    "stop_note": note,
                    "stop_user_id": self.env.uid,
                    **next_values(Reason.CONTACT_STOPPED),
                }
            )
            debtor.message_post(
                body=self.env._(
                    "All contact stopped: %(reason)s. %(note)s",
                    reason=dict(
                        self._fields["stop_reason"]._description_selection(self.env)
                    )[reason],
                    note=note or "",
                )
            )
        self._after_stop_change()

    def lift_stop(self):
        """Allow contact again. Only a credit manager may."""
        self._check_write()
        if not self.env.su and not self.env.user.has_group(
            "ar_followup_plus.group_credit_manager"
        ):
            raise AccessError(
                self.env._(
                    "Only a credit manager lifts a contact stop: please ask one."
                )
            )
        self.sudo().write(
            {
                "stop_reason": False,
                "stop_from": False,
                "stop_until": False,
                "stop_note": False,
                "stop_user_id": False,
                **DECIDE_AGAIN,
            }
        )
        for debtor in self:
            debtor.message_post(body=self.env._("The contact stop was lifted."))
        self._after_stop_change()

    def _after_stop_change(self):
        """Hook: follow up on a contact stop that was set, changed or lifted."""

    def _why_held(self):
        """Return in words why nothing may leave for the customer now, or None."""
        self.ensure_one()
        debtor_sudo = self.sudo()
        company = debtor_sudo.company_id
        if debtor_sudo.is_stopped:
            return self.env._(
                "All contact with %(customer)s is stopped.",
                customer=debtor_sudo.display_name,
            )
        if company.ar_state not in ("ask", "live") or company.ar_paused:
            return self.env._(
                "The follow-up of %(company)s is not live: nothing can be sent. A "
                "credit manager can change this in the settings.",
                company=company.name,
            )
        return None

    def _check_not_held(self):
        """Check that something may leave for each customer.

        :raise UserError: under a contact stop, or in a company that is not live or
            is paused
        """
        for debtor in self:
            why = debtor._why_held()
            if why:
                raise UserError(why)

    def _check_write(self):
        """Check the right to act, before sudo writes what collectors cannot."""
        self.check_access("write")
