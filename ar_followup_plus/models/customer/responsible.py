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
    known = there or [person for person in several if person]
    chosen = known[0] if known else env.ref("base.user_admin")
    return chosen.with_env(env)


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
