"""Which terms of payment a customer has to accept, and whether they did."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Who needs no signature, unless terms are written for this kind of customer.
EXEMPT_KINDS = ("public", "group")


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

    # === STANDING === #

    @api.model
    def _policy_sql(self, days, where):
        """Return SQL for ``(debtor, policy that applies, valid acceptance)``.

        The one definition of both. The more a policy says about its customers the
        better it fits: tag before country before kind.

        :param dict days: ``{company id: day}``
        :param SQL where: on ``d``, the debtor
        """
        if not days:
            days = {0: fields.Date.today()}
        return SQL(
            """
            SELECT d.id, p.id AS policy_id, a.id AS acceptance_id
              FROM ar_debtor d
              JOIN (VALUES %(days)s) AS t (company_id, day)
                ON t.company_id = d.company_id
              JOIN res_partner c ON c.id = d.partner_id
              LEFT JOIN LATERAL (
                   SELECT p.id, p.major, COALESCE(p.origin_id, p.id) AS origin
                     FROM ar_credit_policy p
                    WHERE p.company_id = d.company_id
                      AND p.state IN ('published', 'retired')
                      AND p.valid_from <= t.day
                      AND (p.valid_to IS NULL OR p.valid_to >= t.day)
                      AND (p.kind IS NULL OR p.kind = d.kind)
                      AND (p.kind IS NOT NULL OR d.kind <> ALL(%(exempt)s))
                      AND (p.country_id IS NULL OR p.country_id = c.country_id)
                      AND (p.tag_id IS NULL OR EXISTS (
                           SELECT 1 FROM res_partner_res_partner_category_rel r
                            WHERE r.partner_id = c.id AND r.category_id = p.tag_id))
                    ORDER BY num_nonnulls(p.tag_id, p.country_id, p.kind) DESC,
                             p.tag_id IS NULL, p.country_id IS NULL, p.kind IS NULL,
                             p.id DESC
                    LIMIT 1) p ON TRUE
              LEFT JOIN LATERAL (
                   SELECT a.id
                     FROM ar_credit_policy_acceptance a
                     LEFT JOIN ar_credit_policy s ON s.id = a.policy_id
                    WHERE a.debtor_id = d.id
                      AND a.state IN ('accepted', 'superseded', 'expired', 'withdrawn')
                      AND a.answered_on <= t.day
                      AND (a.ended_on IS NULL OR a.ended_on > t.day)
                      AND (a.valid_until IS NULL OR a.valid_until >= t.day)
                      AND (a.policy_id IS NULL OR (
                           COALESCE(s.origin_id, s.id) = p.origin AND s.major = p.major))
                    ORDER BY a.policy_id IS NOT NULL, a.id DESC
                    LIMIT 1) a ON TRUE
             WHERE %(where)s""",
            days=SQL(", ").join(
                SQL("(%s, %s::date)", company_id, day)
                for company_id, day in days.items()
            ),
            exempt=list(EXEMPT_KINDS),
            where=where,
        )

    def _policy_standing(self, date=None):
        """Return ``{debtor id: (policy id, acceptance id)}``, in one statement.

        :param datetime.date date: default: today, where each company is
        """
        for name in ("ar.debtor", "res.partner", "ar.credit.policy"):
            self.env[name].flush_model()
        self.env["ar.credit.policy.acceptance"].flush_model()
        days = {
            company.id: date or company._ar_today()
            for company in self.sudo().company_id
        }
        rows = self.env.execute_query(
            self._policy_sql(days, SQL("d.id = ANY(%s)", self.ids))
        )
        return {row[0]: row[1:] for row in rows}

    def _ar_accepted_policy(self, date=None):
        """Return the valid acceptance of each customer, perhaps of none.

        :param datetime.date date: default: today
        :rtype: ar.credit.policy.acceptance, as superuser
        """
        found = self._policy_standing(date).values()
        return (
            self.env["ar.credit.policy.acceptance"]
            .sudo()
            .browse([acceptance for _policy, acceptance in found if acceptance])
        )

    def _ar_needing_policy(self):
        """Return those for whom terms of payment hold that they did not accept."""
        found = self._policy_standing()
        return self.filtered(
            lambda debtor: found[debtor.id][0] and not found[debtor.id][1]
        )

    def _ar_needs_policy(self):
        """Return whether terms of payment hold that the customer did not accept."""
        self.ensure_one()
        return bool(self._ar_needing_policy())

    @api.depends("acceptance_ids.state", "kind", "partner_id")
    def _compute_policy_state(self):
        found = self._policy_standing()
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
            self._policy_sql(days, SQL("TRUE")),
        )
        found = Domain("id", "in", needing)
        return found if True in value else ~found

    # === THE CUSTOMER'S PAGE === #

    def _page_terms(self):
        """Return what the page shows of the terms of payment."""
        policy, acceptance_id = self._policy_standing()[self.id]
        Acceptance = self.env["ar.credit.policy.acceptance"]
        asked = Acceptance.search(
            [("debtor_id", "=", self.id), ("state", "=", "requested")], limit=1
        )
        if asked and asked._sign_why_not():
            asked = Acceptance
        acceptance = Acceptance.browse(acceptance_id or [])
        return {
            # What holds later may be signed now, where somebody asked for it
            "needed": bool(asked or (policy and not acceptance)),
            "request": asked,
            "signed": acceptance.filtered("signed_document_id"),
        }
