"""Mentions the terms of payment in notices, and attaches a copy."""

from odoo import models
from odoo.tools import SQL, format_date

from ...tools.customer_format import one_line
from ..ladder.channel import CHANNELS
from .credit_terms import CreditTerms

#: Kinds of acceptance that notices may refer to.
OURS = ("page", "paper")
PDF = b"%PDF-"


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        """Mention the terms of payment that the customer accepted, and nothing more.

        Customers who accepted our terms read who signed them, when, and which section
        describes the next step. Others read "our terms of payment". Customers with a
        contract of their own read nothing about them.
        """
        # EXTENDS ar.notice: the texts of notices
        extra = super()._text_extra()
        standing = CreditTerms(self.debtor_id).standing()
        known = self._policy_records(standing)
        lang = self.env.lang
        for notice in self:
            policy, acceptance = known.get(notice.debtor_id.id, (None, None))
            values = {}
            if notice._takes_policy(policy, acceptance):
                values["policy_attached"] = True
            if (
                acceptance
                and acceptance.how in OURS
                and notice.debtor_id.kind != "public"
            ):
                text = acceptance.text_id
                spoken = acceptance.policy_id.text_ids.filtered(
                    lambda t: t.lang == lang
                )
                values.update(notice._policy_words(acceptance, spoken[:1] or text))
            if "policy_attached" in values:
                values["enclosed"] = notice._enclosed(values)
            if values:
                extra.setdefault(notice.id, {}).update(values)
        return extra

    def _policy_records(self, standing):
        """Return ``{debtor id: (policy, acceptance)}``, for all notices at once."""
        policies = {row[0] for row in standing.values() if row[0]}
        acceptances = {row[1] for row in standing.values() if row[1]}
        Policy = self.env["ar.credit.policy"].sudo().browse(policies)
        Acceptance = self.env["ar.credit.policy.acceptance"].sudo().browse(acceptances)
        by_policy = {policy.id: policy for policy in Policy}
        by_acceptance = {acceptance.id: acceptance for acceptance in Acceptance}
        return {
            debtor_id: (by_policy.get(row[0]), by_acceptance.get(row[1]))
            for debtor_id, row in standing.items()
        }

    def _takes_policy(self, policy, acceptance):
        """Return whether a copy of the terms of payment is attached to the notice."""
        if not (CHANNELS[self.channel].is_written and self.step_id.attach_policy):
            return False
        if acceptance:
            return acceptance.how in OURS
        return bool(policy)

    def _policy_words(self, acceptance, text):
        """Return the placeholders for a customer who accepted our terms."""
        day = format_date(self.env, acceptance.answered_on, date_format="long")
        name = one_line(acceptance.signer_name)
        values = {"signer_name": name, "acceptance_date": day, "policy_quotes": {}}
        own = text._sentence(self.stage)
        if own and self.step_id.attach_policy:
            values["policy_section"] = own[0]
        for stage in ("gentle", "firm", "final", "notice"):
            found = text._sentence(stage)
            if found:
                values["policy_quotes"][stage] = self.env._(
                    "Section %(section)s of the terms of payment that %(name)s "
                    "accepted on %(day)s says: “%(sentence)s”",
                    section=found[0],
                    name=name,
                    day=day,
                    sentence=found[1],
                )
        return values

    def _enclosed(self, values):
        """Return the line of a letter that lists the terms of payment as enclosure."""
        if not values.get("signer_name"):
            return self.env._("Enclosed: our terms of payment")
        return self.env._(
            "Enclosed: the terms of payment accepted by %(name)s on %(day)s",
            name=values["signer_name"],
            day=values["acceptance_date"],
        )

    def _attachment_parts(self, enclosed=False):
        """Attach the terms of payment, if the notice mentions them.

        The signed document, else the valid terms in the customer's language. A scan that
        is no PDF is replaced by the text that was signed.
        """
        # EXTENDS ar.notice
        result = super()._attachment_parts(enclosed)
        takers = self.filtered("step_id.attach_policy")
        if not takers:
            return result
        known = takers._policy_records(CreditTerms(takers.debtor_id).standing())
        wanted = {}
        for notice in takers:
            policy, acceptance = known[notice.debtor_id.id]
            if not notice._takes_policy(policy, acceptance):
                continue
            if acceptance:
                texts = acceptance.text_id
                wanted[notice] = acceptance.signed_document_id | texts.document_id
            else:
                best = policy.text_ids._best(notice._lang(), notice.company_id)
                wanted[notice] = best.document_id
        files = self.env["ir.attachment"].union(*wanted.values())
        contents = files._ar_contents()
        for notice, mine in wanted.items():
            for file in mine:
                if contents[file.id].startswith(PDF):
                    result[notice.id].append((file.name, contents[file.id]))
                    break
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_terms_sql(self):
        # EXTENDS res.company: whether published terms can be attached to a notice
        self.env["ar.credit.policy"].flush_model(["state", "company_id"])
        return SQL(
            """(%(others)s OR EXISTS (
                   SELECT 1 FROM ar_credit_policy p
                    WHERE p.state IN ('published', 'retired')
                      AND COALESCE(p.company_id, %(root)s) = %(root)s))""",
            others=super()._ar_terms_sql(),
            root=self._ar_root().id,
        )
