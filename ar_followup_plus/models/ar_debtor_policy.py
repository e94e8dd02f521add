"""Which terms of payment a customer has to accept, and whether they did."""

import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .ar_text_words import one_line

#: Who needs no signature, unless terms are written for this kind of customer.
EXEMPT_KINDS = ("public", "group")
#: So many customers who could not be asked are named.
MOST_NAMED = 10


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

    def _page_values(self, notice=None, full=False):
        # EXTENDS ar.debtor: the terms of payment, to be signed or signed
        values = super()._page_values(notice, full)
        values["terms"] = {} if values["stopped"] else self.sudo()._page_terms()
        return values

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

    # === REQUESTS === #

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

    # === ACCEPTED ELSEWHERE === #

    def record_policy(
        self, how, document, name=None, function=None, day=None, valid_until=None
    ):
        """Keep what the customer accepted elsewhere: a signature on paper, a contract.

        :param str how: ``paper`` or ``contract``
        :param tuple document: ``(name, content)`` of the scan or contract
        :param str name: of the signer; needed on paper
        :param str function: of the signer
        :param datetime.date day: on which it was signed
        :param datetime.date valid_until: last day; needed for a contract
        :rtype: ar.credit.policy.acceptance
        """
        self.ensure_one()
        self.check_access("write")
        day, valid_until = fields.Date.to_date(day), fields.Date.to_date(valid_until)
        name, function = one_line(name), one_line(function)
        file_name, content = document
        today = self.company_id._ar_today()
        policy = self.env["ar.credit.policy"].sudo()
        if how == "paper":
            policy = self.sudo()._newest_policy()[self.sudo()]
        self._check_record(how, policy, content, name, day, valid_until, today)
        Acceptance = self.env["ar.credit.policy.acceptance"].sudo()
        record = Acceptance._ar_unlocked().create(
            {
                "debtor_id": self.id,
                "company_id": self.company_id.id,
                "policy_id": policy.id,
                "text_id": policy.text_ids._best(
                    self.sudo()._page_lang(), self.company_id
                ).id,
                "state": "accepted",
                "how": how,
                "answered_on": day,
                "valid_until": valid_until,
                "signer_name": name,
                "signer_function": function,
            }
        )
        file = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": file_name or self.env._("Document"),
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        )
        record.write(
            {
                "signed_document_id": file.id,
                "signed_document_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        record._supersede()
        self.message_post(
            body=self.env._(
                "%(terms)s: recorded from paper, signed on %(day)s by %(name)s.",
                terms=record.display_name,
                day=day,
                name=name or self.display_name,
            )
        )
        return record.with_env(self.env)

    def _check_record(self, how, policy, content, name, day, valid_until, today):
        """Check what is recorded.

        :raise UserError: for what is missing or cannot be
        """
        if how not in ("paper", "contract"):
            raise UserError(self.env._("Choose whether it is on paper or a contract."))
        if how == "paper" and not policy:
            raise UserError(
                self.env._(
                    "No terms of payment are published for %(customer)s.",
                    customer=self.display_name,
                )
            )
        if not content:
            raise UserError(
                self.env._("Add the scan or the contract: it is the proof.")
            )
        if how == "paper" and not name:
            raise UserError(self.env._("Say who signed it."))
        if not day or day > today:
            raise UserError(self.env._("It was signed today or before: give the day."))
        if how == "contract" and not valid_until:
            raise UserError(self.env._("Say until when the contract holds."))
        if valid_until and valid_until < today:
            raise UserError(
                self.env._(
                    "It holds until today or later, not until a day in the past."
                )
            )
