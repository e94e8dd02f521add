"""When colleagues are away, and who takes over."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..company.roles import is_manager
from .responsible import Responsible, first_there, hand_customers, successor

#: Fields that users write for themselves, and credit managers for others.
AWAY_FIELDS = ["ar_substitute_id", "ar_away_from", "ar_away_until"]
#: Fields of their own record that users change in their preferences.
OWN_FIELDS = [*AWAY_FIELDS, "ar_weekly_mail"]


class ResUsers(models.Model):
    """When a collector is away, and who takes over."""

    _inherit = "res.users"

    ar_substitute_id = fields.Many2one(
        "res.users",
        string="Substitute",
        domain="[('share', '=', False), ('id', '!=', id)]",
        groups="base.group_user",
        help="Gets the replies and calls of your customers while you are away, where "
        "a customer has no substitute of its own.",
    )
    ar_away_from = fields.Date(string="Away from", groups="base.group_user")
    ar_away_until = fields.Date(
        string="Away until",
        groups="base.group_user",
        help="The last day. Empty: until further notice.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + OWN_FIELDS

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + OWN_FIELDS

    @api.constrains(*AWAY_FIELDS)
    def _check_ar_away(self):
        for user in self:
            if user.ar_away_until and not user.ar_away_from:
                raise ValidationError(
                    self.env._("Enter since when %(name)s is away.", name=user.name)
                )
            if user.ar_away_until and user.ar_away_until < user.ar_away_from:
                raise ValidationError(
                    self.env._(
                        "The last day away of %(name)s lies before the first.",
                        name=user.name,
                    )
                )
            if user.ar_substitute_id == user:
                raise ValidationError(
                    self.env._("Nobody is their own substitute: choose a colleague.")
                )

    def write(self, vals):
        # EXTENDS base: only administrators write users, but credit managers write
        # absences of colleagues in the same companies
        users = self.sudo() if self._ar_may_set_away(vals) else self
        result = super(ResUsers, users).write(vals)
        if set(AWAY_FIELDS).intersection(vals):
            self.sudo()._ar_hand_over(self)
        if "active" in vals and not vals["active"]:
            self.sudo()._ar_leave()
        return result

    def _ar_leave(self):
        """Give customers and activities of colleagues who left to their successors.

        Nothing is assigned to, sent by or signed as somebody archived.
        """
        roots = self.env["res.company"].search([("parent_id", "=", False)])
        for user in self:
            for company in roots:
                other = successor(company, user)
                if company.ar_user_id == user:
                    company.ar_user_id = other
                hand_customers(company, user, other)
        self._ar_hand_over(self)
        kinds = self.env["ir.model.data"].search(
            [("module", "=", "ar_followup_plus"), ("model", "=", "mail.activity.type")]
        )
        rest = self.env["mail.activity"].search(
            [
                ("automated", "=", True),
                ("activity_type_id", "in", kinds.mapped("res_id")),
                ("user_id", "in", self.ids),
            ]
        )
        for user, activities in rest.grouped("user_id").items():
            other = successor(user.company_id.root_id, user)
            activities.with_context(mail_activity_quick_update=True).user_id = (
                other or self.env.ref("base.user_admin")
            )

    def _ar_may_set_away(self, vals):
        return bool(
            not self.env.su
            and vals
            and set(AWAY_FIELDS).issuperset(vals)
            and is_manager(self.env)
            and not any(user.share for user in self.sudo())
            and all(user.company_ids & self.env.companies for user in self.sudo())
        )

    def _ar_is_away(self, day):
        """Return whether somebody is away on a day, by the absences entered."""
        self.ensure_one()
        user = self.sudo()
        if not user.active or user.is_out_of_office:
            return True
        return bool(
            user.ar_away_from
            and user.ar_away_from <= day
            and (not user.ar_away_until or day <= user.ar_away_until)
        )

    @api.model
    def _ar_hand_over(self, users=None):
        """Give open activities of absent colleagues to the person in charge meanwhile.

        Only activities created by this addon: others stay with the colleague.

        :param res.users users: users whose absence may have begun; default: all
        """
        kinds = self.env["ir.model.data"].sudo()
        kinds = kinds.search(
            [("module", "=", "ar_followup_plus"), ("model", "=", "mail.activity.type")]
        )
        domain = fields.Domain("automated", "=", True) & fields.Domain(
            "activity_type_id", "in", kinds.mapped("res_id")
        )
        if users is not None:
            domain &= fields.Domain("user_id", "in", users.ids)
        activities = self.env["mail.activity"].sudo()
        for model in ("ar.debtor", "ar.unmatched.reply"):
            waiting = activities._read_group(
                domain & fields.Domain("res_model", "=", model),
                ["user_id"],
                ["id:recordset"],
            )
            for user, mine in waiting:
                self._ar_hand_over_of(user, mine, model)

    @api.model
    def _ar_hand_over_of(self, user, activities, model):
        """Give the activities of an absent colleague to others, in few writes."""
        roots = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        away = roots.filtered(lambda c: user._ar_is_away(c._ar_today()))
        if not away:
            return
        records = self.env[model].sudo().browse(activities.mapped("res_id")).exists()
        records = records.filtered(lambda record: record.company_id in away)
        if model == "ar.debtor":
            in_charge = Responsible(records).today()
        else:
            nobody = self.browse()
            in_charge = {
                record.id: first_there(self.env, record.company_id, nobody, nobody)
                for record in records
            }
        others = {}
        for activity in activities:
            other = in_charge.get(activity.res_id, user)
            if other != user:
                others[other] = others.get(other, activity.browse()) | activity
        for other, some in others.items():
            some.with_context(mail_activity_quick_update=True).user_id = other.id


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_before_write(self, vals):
        # EXTENDS res.company: who follows as the company's collector gets the customers
        new = self.env["res.users"].browse(vals.get("ar_user_id") or [])
        for company in self.sudo() if new else ():
            if company.ar_user_id and company.ar_user_id != new:
                hand_customers(company, company.ar_user_id, new.sudo())
        return super()._ar_before_write(vals)
