"""Terms of payment: find the ones to accept, their acceptance, and request it."""

import hashlib
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.customer_format import one_line
from ...tools.picture_size import check_pictures
from ..company.rpc_border import given_day

#: Who needs no signature, unless terms are written for this kind of customer.
EXEMPT_KINDS = ("public", "group")
#: Customers named of those who could not be asked.
MOST_NAMED = 10


class CreditTerms:
    """The terms of payment of debtors: valid terms, acceptances and requests."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    # === STANDING === #

    @staticmethod
    def standing_sql(days, where):
        """Return SQL for ``(debtor, policy that applies, valid acceptance)``.

        The only definition of both. The most specific policy applies: tag before country
        before kind.

        :param dict days: ``{company id: day}``
        :param SQL where: condition on ``d``, the debtor
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

    def standing(self, date=None):
        """Return ``{debtor id: (policy id, acceptance id)}``, in one SQL statement.

        :param datetime.date date: default: today, in each company's time zone
        """
        for name in ("ar.debtor", "res.partner", "ar.credit.policy"):
            self.env[name].flush_model()
        self.env["ar.credit.policy.acceptance"].flush_model()
        days = {
            company.id: date or company._ar_today()
            for company in self.debtors.sudo().company_id
        }
        rows = self.env.execute_query(
            self.standing_sql(days, SQL("d.id = ANY(%s)", self.debtors.ids))
        )
        return {row[0]: row[1:] for row in rows}

    def accepted(self, date=None):
        """Return the valid acceptances of the customers, if any.

        :param datetime.date date: default: today
        :rtype: ar.credit.policy.acceptance, as superuser
        """
        found = self.standing(date).values()
        return (
            self.env["ar.credit.policy.acceptance"]
            .sudo()
            .browse([acceptance for _policy, acceptance in found if acceptance])
        )

    def not_accepted(self):
        """Return the debtors who have not accepted the terms that apply to them."""
        found = self.standing()
        return self.debtors.filtered(
            lambda debtor: found[debtor.id][0] and not found[debtor.id][1]
        )

    def page_values(self):
        """Return the values of the terms of payment for the customer's page."""
        policy, acceptance_id = self.standing()[self.debtor.id]
        Acceptance = self.env["ar.credit.policy.acceptance"]
        asked = Acceptance.search(
            [("debtor_id", "=", self.debtor.id), ("state", "=", "requested")], limit=1
        )
        if asked and asked._sign_why_not():
            asked = Acceptance
        acceptance = Acceptance.browse(acceptance_id or [])
        return {
            # Terms that become valid later may be signed now, if requested
            "needed": bool(asked or (policy and not acceptance)),
            "request": asked,
            "signed": acceptance.filtered("signed_document_id"),
        }

    def to_ask(self):
        """Return ``{debtor: policy}`` to request: the newest terms, valid now or later.

        So nobody is asked twice who signs today the terms of next month.
        """
        standing = self.standing()
        result = {}
        for debtor in self.debtors:
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

    def request(self, policy, user=None):
        """Create a request, or reuse the open one, and send it.

        :param res.users user: the sender; None: the customer, on the page, without mail
        :rtype: ar.credit.policy.acceptance
        """
        if not policy:
            raise UserError(
                self.env._(
                    "No terms of payment are published for %(customer)s.",
                    customer=self.debtor.display_name,
                )
            )
        self.debtor._claim_row()  # a concurrent second click sees this request
        Acceptance = self.env["ar.credit.policy.acceptance"]
        mine = Acceptance.search(
            [("debtor_id", "=", self.debtor.id), ("policy_id", "!=", False)]
        ).filtered(lambda a: a.policy_id._major_key() == policy._major_key())
        self._check_not_accepted(mine)
        people = self.env["ar.notice"]._people_of(self.debtor).get(self.debtor.id, [])
        person = Acceptance._best_signer(people)
        if user and not person:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.debtor.display_name,
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
            return request.with_env(self.env)  # a second click: it was sent already
        if request:
            request._ar_unlocked().write(vals)
        else:
            request = self._make_request(policy, person, vals)
            (mine - request).filtered(
                lambda a: a.state == "requested"
            )._ar_unlocked().write({"state": "superseded"})
        if user:
            request.with_env(self.env)._send_request(person, user)
        return request.with_env(self.env)

    def request_all(self):
        """Ask all of these customers; those who cannot be asked are named.

        :return: a notification
        :raise UserError: where not one could be asked
        """
        self.debtors.check_access("write")
        policies = CreditTerms(self.debtors.sudo()).to_ask()
        asked, left_out = 0, []
        for debtor_sudo in self.debtors.sudo():
            try:
                with self.env.cr.savepoint():
                    debtor_sudo._check_not_held()
                    CreditTerms(debtor_sudo).request(
                        policies[debtor_sudo], self.env.user
                    )
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

    def _check_not_accepted(self, mine):
        if (
            any(a.state == "accepted" for a in mine)
            or self.accepted().how == "contract"
        ):
            raise UserError(
                self.env._(
                    "%(customer)s has accepted the terms of payment already.",
                    customer=self.debtor.display_name,
                )
            )

    def _make_request(self, policy, person, vals):
        """Create a request, with the text in the language of the person.

        :param tuple person: from :meth:`ArNotice._people_of`, or None
        :rtype: ar.credit.policy.acceptance
        """
        company = self.debtor.company_id
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": company.id}
        )
        lang = shell._lang([person] if person else [])
        return (
            self.env["ar.credit.policy.acceptance"]
            ._ar_unlocked()
            .create(
                {
                    **vals,
                    "debtor_id": self.debtor.id,
                    "company_id": company.id,
                    "policy_id": policy.id,
                    "text_id": policy.text_ids._best(lang, company).id,
                    "state": "requested",
                }
            )
        )

    # === ON PAPER === #

    def record(
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
        debtor = self.debtor
        debtor.check_access("write")
        day, valid_until = given_day(self.env, day), given_day(self.env, valid_until)
        name, function = one_line(name), one_line(function)
        file_name, content = document
        check_pictures(self.env, [document])
        today = debtor.company_id._ar_today()
        policy = self.env["ar.credit.policy"].sudo()
        if how == "paper":
            policy = CreditTerms(debtor.sudo()).to_ask()[debtor.sudo()]
        self._check_record(how, policy, content, name, day, valid_until, today)
        Acceptance = self.env["ar.credit.policy.acceptance"].sudo()
        record = Acceptance._ar_unlocked().create(
            {
                "debtor_id": debtor.id,
                "company_id": debtor.company_id.id,
                "policy_id": policy.id,
                "text_id": policy.text_ids._best(
                    debtor.sudo()._page_lang(), debtor.company_id
                ).id,
                "state": "accepted",
                "how": how,
                "answered_on": day,
                "valid_until": valid_until,
                "signer_name": name,
                "signer_function": function,
            }
        )
        file = record._ar_keep([(file_name or self.env._("Document"), content, None)])
        record.write(
            {
                "signed_document_id": file.id,
                "signed_document_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        record._supersede()
        debtor.message_post(
            body=self.env._(
                "%(terms)s: recorded from paper, signed on %(day)s by %(name)s.",
                terms=record.display_name,
                day=day,
                name=name or debtor.display_name,
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
                    customer=self.debtor.display_name,
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
            raise UserError(self.env._("It must hold until today or later."))
