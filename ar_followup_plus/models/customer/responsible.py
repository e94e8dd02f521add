"""The person in charge of a customer today: the collector, or the substitute."""

from ..ledger.asked import overdue_text


def first_there(env, company, user, substitute, after_collector=False):
    """Return the first who is present: collector, substitutes, credit manager.

    If nobody is present, return the collector, so that the task has an owner.

    :param Environment env: of the user who is returned
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
    there = [person for person in several if person and not person._ar_is_away(today)]
    known = there or [person for person in several if person and person.sudo().active]
    chosen = known[0] if known else env.ref("base.user_admin")
    return chosen.with_env(env)


def successor(company, user):
    """Return who takes over the customers of somebody who left; empty if nobody can.

    :param res.company company: a root company, as superuser
    """
    several = (user.sudo().ar_substitute_id, company.ar_user_id, company.ar_manager_id)
    return next(
        (one for one in several if one and one.active and one != user),
        user.browse(),
    )


def hand_customers(company, old, new):
    """Give the customers of a collector, and their open activities, to another one.

    :param res.company company: a root company, as superuser
    """
    env = company.env
    Debtor = env["ar.debtor"].with_context(active_test=False, tracking_disable=True)
    mine = [("company_id", "=", company.id)]
    debtors = Debtor.search([*mine, ("user_id", "=", old.id)])
    debtors.write({"user_id": new.id})
    if not old.active:
        Debtor.search([*mine, ("substitute_id", "=", old.id)]).substitute_id = False
    kinds = env["ir.model.data"].search(
        [("module", "=", "ar_followup_plus"), ("model", "=", "mail.activity.type")]
    )
    waiting = env["mail.activity"].search(
        [
            ("automated", "=", True),
            ("activity_type_id", "in", kinds.mapped("res_id")),
            ("user_id", "=", old.id),
            ("res_model", "=", "ar.debtor"),
            ("res_id", "in", debtors.ids),
        ]
    )
    if new:
        waiting.with_context(mail_activity_quick_update=True).user_id = new


class Responsible:
    """The people in charge of debtors."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def today(self, after_collector=False):
        """Return the user who gets the replies and calls of each customer today.

        :param bool after_collector: return the next person, because the collector did
            not act
        :return: ``{debtor id: res.users}``
        """
        result = {}
        # sudo: collectors cannot read every colleague's absence
        groups = self.debtors.sudo().grouped(
            lambda d: (d.company_id, d.user_id, d.substitute_id)
        )
        for key, debtors in groups.items():
            user = first_there(self.env, *key, after_collector)
            result |= dict.fromkeys(debtors._origin.ids, user)
        return result

    def speaker(self):
        """Return the collector in whose name the customer is written to, if any.

        Never somebody who left.
        """
        debtor = self.debtors.sudo()[:1]
        for user in (debtor.user_id, debtor.company_id.ar_user_id):
            if user.active:
                return user
        return self.env["res.users"]

    def for_page(self):
        """Return the person to name to the customer: the person in charge today.

        Empty if no collector was assigned: the administrator would know nothing.
        """
        debtor = self.debtors.ensure_one()
        company = debtor.company_id
        if not (debtor.user_id or company.ar_user_id or company.ar_manager_id):
            return self.env["res.users"]
        return self.today()[debtor.id]

    def tell_account_managers(self):
        """Tell the salespeople of key accounts that a call is due."""
        for debtor in self.debtors:
            user = debtor.partner_id.user_id
            if user and user != debtor.user_id:
                debtor.message_notify(
                    partner_ids=user.partner_id.ids,
                    subject=self.env._(
                        "A call is due: %(customer)s", customer=debtor.display_name
                    ),
                    body=self.env._(
                        "%(amount)s is overdue. No message is sent to this customer "
                        "until somebody has called.",
                        amount=overdue_text(debtor),
                    ),
                )
