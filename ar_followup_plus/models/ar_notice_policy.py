"""What a notice says of the terms of payment, and the copy that goes with it."""

from odoo import models
from odoo.tools import SQL, format_date
from odoo.tools.pdf import merge_pdf

from .ar_text_words import one_line
from .credit_terms import CreditTerms

#: How the terms were accepted whose words we may hold against a customer.
OURS = ("page", "paper")
PDF = b"%PDF-"


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        """Say what the customer accepted, and never more than that.

        Who accepted our terms reads of them who signed, when, and which section says
        what comes next. Who did not reads "our terms of payment". Whose own contract
        takes their place reads nothing.
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
            if values:
                extra.setdefault(notice.id, {}).update(values)
        return extra

    def _policy_records(self, standing):
        """Return ``{debtor id: (policy, acceptance)}``, read together."""
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
        """Return whether a copy of the terms of payment goes with the notice."""
        if self.channel == "call" or not self.step_id.attach_policy:
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

    def _policy_files(self):
        """Return ``{notice id: (name, PDF)}`` of the terms that go with notices.

        The signed document, else the terms that hold, in the customer's language. A
        scan that is no PDF stays with us: the text that was signed goes instead.
        """
        known = self._policy_records(CreditTerms(self.debtor_id).standing())
        result = {}
        for notice in self:
            policy, acceptance = known[notice.debtor_id.id]
            if not notice._takes_policy(policy, acceptance):
                continue
            if acceptance:
                file = acceptance.signed_document_id
                if not (file and file._ar_content().startswith(PDF)):
                    file = acceptance.text_id.document_id
            else:
                best = policy.text_ids._best(notice._lang(), notice.company_id)
                file = best.document_id
            if file:
                result[notice.id] = (file.name, file._ar_content())
        return result

    # === ON PAPER === #

    def _letter_values(self):
        # EXTENDS ar.notice: what is enclosed is named
        values = super()._letter_values()
        values["enclosed"] = ""
        if values["v"].get("policy_attached"):
            name, day = values["v"]["signer_name"], values["v"]["acceptance_date"]
            values["enclosed"] = self.env._("Enclosed: our terms of payment")
            if name:
                values["enclosed"] = self.env._(
                    "Enclosed: the terms of payment accepted by %(name)s on %(day)s",
                    name=name,
                    day=day,
                )
        return values

    def _letter_files(self):
        # EXTENDS ar.notice: the terms of payment follow the letter in one PDF
        files = super()._letter_files()
        for notice_id, (_name, terms) in self._policy_files().items():
            files[notice_id] = merge_pdf([files[notice_id], terms])
        return files


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_terms_sql(self):
        """Return SQL: whether terms are published that may go with a notice."""
        self.env["ar.credit.policy"].flush_model(["state", "company_id"])
        return SQL(
            """EXISTS (SELECT 1 FROM ar_credit_policy p
                        WHERE p.state IN ('published', 'retired')
                          AND COALESCE(p.company_id, %(root)s) = %(root)s)""",
            root=self._ar_root().id,
        )

    def _ar_has_terms(self):
        """Return whether terms are published that may go with a notice."""
        [(found,)] = self.env.execute_query(SQL("SELECT %s", self._ar_terms_sql()))
        return found
