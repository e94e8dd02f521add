"""Who looks after a customer today: the collector, or the substitute."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..ledger.asked import overdue_asked

#: What users set for themselves, and credit managers for others.
AWAY_FIELDS = ["ar_substitute_id", "ar_away_from", "ar_away_until"]


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
        return super().SELF_READABLE_FIELDS + AWAY_FIELDS

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + AWAY_FIELDS

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
        # EXTENDS base: users are the administrator's, but absences of colleagues in
        # the same companies are a credit manager's too
        users = self.sudo() if self._ar_may_set_away(vals) else self
        result = super(ResUsers, users).write(vals)
        if set(AWAY_FIELDS).intersection(vals):
            self.env["ar.debtor"].sudo()._ar_hand_over(self)
        return result

    def _ar_may_set_away(self, vals):
        return bool(
            not self.env.su
            and vals
            and set(AWAY_FIELDS).issuperset(vals)
            and self.env.user.has_group("ar_followup_plus.group_credit_manager")
            and not any(user.share for user in self.sudo())
            and all(user.company_ids & self.env.companies for user in self.sudo())
        )

    def _ar_is_away(self, day):
        """Return whether somebody is away on a day, as far as we were told."""
        self.ensure_one()
        user = self.sudo()
        if not user.active or user.is_out_of_office:
            return True
        return bool(
            user.ar_away_from
            and user.ar_away_from <= day
            and (not user.ar_away_until or day <= user.ar_away_until)
        )


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    in_charge_id = fields.Many2one(
        "res.users",
        string="In charge today",
        compute="_compute_in_charge_id",
        search="_search_in_charge_id",
        help="The collector, or the substitute while the collector is away.",
    )

    @api.depends("user_id", "substitute_id", "company_id")
    def _compute_in_charge_id(self):
        in_charge = self._ar_user_in_charge()
        for debtor in self:
            debtor.in_charge_id = in_charge.get(debtor._origin.id)

    def _search_in_charge_id(self, operator, value):
        """Find customers by who is in charge: the collectors are few, so each is asked."""
        if operator != "in":
            return NotImplemented
        wanted = set(value)
        Debtor = self.with_context(active_test=False)
        domain = fields.Domain.FALSE
        for company, user, substitute in Debtor._read_group(
            [], ["company_id", "user_id", "substitute_id"]
        ):
            if self._ar_in_charge(company, user, substitute).id in wanted:
                domain |= (
                    fields.Domain("company_id", "=", company.id)
                    & fields.Domain("user_id", "=", user.id)
                    & fields.Domain("substitute_id", "=", substitute.id)
                )
        return domain

    def _ar_user_in_charge(self, after_collector=False):
        """Return who gets the replies and calls of each customer today.

        :param bool after_collector: who comes next, where the collector did nothing
        :return: ``{debtor id: res.users}``
        """
        result = {}
        # sudo: collectors cannot read every colleague's absence
        groups = self.sudo().grouped(
            lambda d: (d.company_id, d.user_id, d.substitute_id)
        )
        for key, debtors in groups.items():
            user = self._ar_in_charge(*key, after_collector)
            result |= dict.fromkeys(debtors._origin.ids, user)
        return result

    @api.model
    def _ar_in_charge(self, company, user, substitute, after_collector=False):
        """Return the first who is there: collector, substitutes, credit manager.

        Where nobody is, the collector keeps it, so that it is not nobody's.
        """
        company, today = company.sudo(), company._ar_today()
        owner = user or company.ar_user_id
        several = [
            owner,
            substitute,
            owner.sudo().ar_substitute_id,
            company.ar_manager_id,
        ]
        if after_collector:
            several = [person for person in several if person != owner] + [owner]
        there = [
            person for person in several if person and not person._ar_is_away(today)
        ]
        known = there or [person for person in several if person]
        chosen = known[0] if known else self.env.ref("base.user_admin")
        return chosen.with_env(self.env)

    @api.model
    def _ar_hand_over(self, users=None):
        """Give what waits for colleagues who are away to who is in charge meanwhile.

        Only the activities that this addon makes: the others are the colleague's own.

        :param res.users users: perhaps away since now; default: all
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
        for model in (self._name, "ar.unmatched.reply"):
            waiting = activities._read_group(
                domain & fields.Domain("res_model", "=", model),
                ["user_id"],
                ["id:recordset"],
            )
            for user, mine in waiting:
                self._ar_hand_over_of(user, mine, model)

    @api.model
    def _ar_hand_over_of(self, user, activities, model):
        """Give the activities of a colleague who is away to others, in few writes."""
        roots = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        away = roots.filtered(lambda c: user._ar_is_away(c._ar_today()))
        if not away:
            return
        records = self.env[model].sudo().browse(activities.mapped("res_id")).exists()
        records = records.filtered(lambda record: record.company_id in away)
        if model == self._name:
            in_charge = records._ar_user_in_charge()
        else:
            nobody = self.env["res.users"]
            in_charge = {
                record.id: self._ar_in_charge(record.company_id, nobody, nobody)
                for record in records
            }
        others = {}
        for activity in activities:
            other = in_charge.get(activity.res_id, user)
            if other != user:
                others[other] = others.get(other, activity.browse()) | activity
        for other, some in others.items():
            some.with_context(mail_activity_quick_update=True).user_id = other.id

    def _page_person(self):
        """Return who the customer may talk to: who is in charge today.

        Nobody is named where nobody was chosen, for the administrator knows nothing.
        """
        self.ensure_one()
        company = self.company_id
        if not (self.user_id or company.ar_user_id or company.ar_manager_id):
            return self.env["res.users"]
        return self._ar_user_in_charge()[self.id]

    def _overdue_text(self):
        """Return what is overdue and may be asked for, as a text."""
        return " + ".join(
            currency.format(amount) for currency, amount in overdue_asked(self).items()
        )

    def _tell_account_manager(self):
        """Tell the salespeople of key accounts that a call is due."""
        for debtor in self:
            user = debtor.partner_id.user_id
            if user and user != debtor.user_id:
                debtor.message_notify(
                    partner_ids=user.partner_id.ids,
                    subject=self.env._(
                        "A call is due: %(customer)s", customer=debtor.display_name
                    ),
                    body=self.env._(
                        "%(amount)s is overdue. Nothing is written to this customer "
                        "before somebody has called.",
                        amount=debtor._overdue_text(),
                    ),
                )
