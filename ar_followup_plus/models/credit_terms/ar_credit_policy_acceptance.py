"""Requests to accept the terms of payment, and the customers' answers."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.customer_format import one_line
from ..company.roles import require_manager
from ..customer.debtor_mail import DebtorMail
from ..signature.ar_guarded import Event
from ..voice.voice import Voice

#: Days after which an unanswered request expires.
REQUEST_DAYS = 90
#: The best person to sign, by function in the company.
SIGNERS = ("director", "finance")


class ArCreditPolicyAcceptance(models.Model):
    """A customer's answer to one version of the terms of payment.

    It is evidence: nobody may write or delete it; only the methods below change its state.
    """

    _name = "ar.credit.policy.acceptance"
    _description = "Acceptance of Terms of Payment"
    _inherit = ["ar.signed"]
    _order = "id desc"
    _sign_name = "terms"
    _ar_events = (
        Event(
            "answered",
            [("answered_on", "!=", False)],
            (
                "debtor_id",
                "policy_id",
                "text_id",
                "how",
                "answered_on",
                "valid_until",
                "signer_name",
                "signer_function",
                "signer_email",
                "signed_at",
                "signer_proof",
                "signature",
                "signed_sha256",
                "signed_document_id",
                "signed_document_sha256",
            ),
        ),
    )

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    policy_id = fields.Many2one(
        "ar.credit.policy",
        string="Terms of payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: a contract of their own takes the place of ours.",
    )
    text_id = fields.Many2one(
        "ar.credit.policy.text",
        string="As published",
        readonly=True,
        ondelete="restrict",
        help="The text in the language in which it is read.",
    )
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("superseded", "Superseded"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    how = fields.Selection(
        [
            ("page", "Signed on the customer's page"),
            ("paper", "Signed on paper"),
            ("contract", "Their own or a framework contract"),
        ],
        required=True,
        readonly=True,
        default="page",
    )
    requested_on = fields.Datetime(readonly=True)
    requested_by_id = fields.Many2one(
        "res.users", string="Requested by", readonly=True, help="Empty: the customer."
    )
    sent_to = fields.Char(readonly=True)
    answered_on = fields.Date(string="Accepted or declined on", readonly=True)
    valid_until = fields.Date(readonly=True)
    ended_on = fields.Date(string="No longer valid since", readonly=True)
    reason = fields.Text(readonly=True, help="Why it was declined or withdrawn.")

    _contract_or_policy = models.Constraint(
        "CHECK (policy_id IS NOT NULL OR how = 'contract')",
        "An acceptance is of terms of payment, or of a contract.",
    )
    _accepted_idx = models.Index("(debtor_id) WHERE state = 'accepted'")

    @api.depends("policy_id", "how")
    def _compute_display_name(self):
        hows = dict(self._fields["how"]._description_selection(self.env))
        for acceptance in self:
            # sudo: users who may see the acceptance may see the name of its terms
            name = acceptance.policy_id.sudo().display_name or hows[acceptance.how]
            acceptance.display_name = name

    # === FROZEN === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self._ar_is_unlocked():
            raise AccessError(
                self.env._("Request an acceptance from the customer, with the button.")
            )
        return super().create(vals_list)

    def _ar_frozen(self, vals):
        # EXTENDS ar.signed: the whole record is evidence
        return True

    def unlink(self):
        self._ar_check_unlocked()
        return super().unlink()

    # === WHAT IS SIGNED === #

    def _text_of_today(self):
        """Return the text to sign: of the version that holds today.

        A minor change ends no request, as it ends no acceptance: the customer reads
        and signs the changed text.

        :rtype: ar.credit.policy.text
        """
        policy, day = self.policy_id, self.company_id._ar_today()
        if self.state != "requested" or not policy.valid_to or policy.valid_to >= day:
            return self.text_id
        origin, major = policy._major_key()
        newer = policy.search(
            [
                "|",
                ("id", "=", origin),
                ("origin_id", "=", origin),
                ("major", "=", major),
                ("state", "in", ("published", "retired")),
                ("valid_from", "<=", day),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", day),
            ],
            limit=1,
        )
        lang = self.text_id.lang
        return newer.text_ids._best(lang, self.company_id) or self.text_id

    def _take_text_of_today(self):
        """Let open requests be about the text that they ask to sign."""
        for request in self:
            text = request._text_of_today()
            if text != request.text_id:
                request._ar_unlocked().write(
                    {"text_id": text.id, "policy_id": text.policy_id.id}
                )

    def _sign_claim(self):
        # EXTENDS ar.signed: what is signed is what was shown
        self._take_text_of_today()
        return super()._sign_claim()

    def _sign_title(self):
        text = self._text_of_today()
        return self.env._(
            "%(name)s, version %(version)s",
            name=text.name,
            version=text.policy_id.version,
        )

    def _sign_text(self):
        return self._text_of_today().body

    def _sign_document(self):
        return self._text_of_today().document_id

    def _sign_person(self):
        people = self.env["ar.notice"].sudo()._people_of(self.debtor_id)
        mine = people.get(self.debtor_id.id, [])
        asked = [person for person in mine if person[2] == self.sent_to]
        return next(iter(asked), None) or self._best_signer(mine)

    def _sign_lang(self):
        return self.text_id.lang

    def _sign_why_not(self):
        why = super()._sign_why_not()
        if why:
            return why
        day = self.company_id._ar_today()
        policy = self._text_of_today().policy_id
        if policy.valid_to and policy.valid_to < day:
            return self.env._(
                "There is a newer version of our terms of payment: please ask us for it."
            )
        if self.state == "superseded":
            return self.env._("These terms of payment were signed or replaced already.")
        if self.state != "requested":
            return self.env._("This can no longer be signed: please ask us.")
        return None

    def _sign_done(self):
        today = self.company_id._ar_today()
        unlocked = self._ar_unlocked()
        unlocked.write({"state": "accepted", "how": "page", "answered_on": today})
        unlocked._supersede()
        self.debtor_id.message_post(
            body=self.env._(
                "%(terms)s: signed by %(name)s.",
                terms=self.display_name,
                name=self.signer_name,
            ),
            author_id=self.company_id.partner_id.id,
        )
        self._sign_send("ar_followup_plus.mail_template_policy_signed")

    def _sign_declines(self):
        return True

    def _sign_decline(self, reason):
        self._take_text_of_today()
        self._ar_unlocked().write(
            {
                "state": "declined",
                "reason": reason,
                "answered_on": self.company_id._ar_today(),
            }
        )
        debtor_sudo = self.debtor_id
        debtor_sudo.message_post(
            body=self.env._(
                "%(terms)s: declined. “%(reason)s”",
                terms=self.display_name,
                reason=reason,
            ),
            author_id=self.company_id.partner_id.id,
        )
        debtor_sudo._ar_activity(
            "activity_policy",
            self.env._("Does not agree to the terms of payment: talk to them"),
        )

    # === ACTS === #

    def _send_request(self, person, user):
        """Ask a person by e-mail to read and sign.

        :param tuple person: of :meth:`ArNotice._people_of`
        :param res.users user: the sender
        """
        debtor, company = self.debtor_id, self.company_id
        shell = self.env["ar.notice"].new(
            {"debtor_id": debtor.id, "company_id": company.id}
        )
        lang = shell._lang([person])
        debtor = debtor.with_context(lang=lang)
        template = self.env.ref("ar_followup_plus.mail_template_policy_request")
        mail = DebtorMail(debtor).make(
            template.with_context(lang=lang, ar_signed=self, ar_link=self._sign_url()),
            person,
            shell._sender(),
            user.partner_id,
        )
        Voice(debtor).note("terms", addresses={debtor.id: [person[2]]})
        # After the commit, because a retried request would send twice
        mail.send_after_commit()

    @api.private
    def withdraw(self, reason):
        """Withdraw a request, or end an acceptance.

        :param str reason: in words
        :raise UserError: without a reason, or if it is neither open nor valid
        :raise AccessError: for collectors, if it was accepted
        """
        self.check_access("read")
        self.debtor_id.check_access("write")
        if not one_line(reason):
            raise UserError(self.env._("Say why: colleagues will ask."))
        for acceptance in self:
            if acceptance.state not in ("requested", "accepted"):
                raise UserError(self.env._("This has ended before."))
            was_valid = acceptance.state == "accepted"
            if was_valid:
                require_manager(
                    self.env,
                    self.env._(
                        "Only a credit manager ends what a customer has accepted: "
                        "please ask one."
                    ),
                )
            acceptance._ar_unlocked().write(
                {
                    "state": "withdrawn",
                    "reason": one_line(reason),
                    "ended_on": was_valid and acceptance.company_id._ar_today(),
                }
            )
            acceptance.debtor_id.message_post(
                body=self.env._(
                    "%(terms)s: withdrawn. %(reason)s",
                    terms=acceptance.display_name,
                    reason=one_line(reason),
                )
            )

    def action_document(self):
        """Download the signed document, or the one to sign."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the file belongs to the text, but may be seen with this record
        record_sudo = self.sudo()
        file_sudo = record_sudo.signed_document_id or record_sudo.text_id.document_id
        if not file_sudo:
            raise UserError(self.env._("There is no document."))
        model, record_id = file_sudo.res_model, file_sudo.res_id
        self.env[model].browse(record_id).check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{file_sudo.id}?download=true",
            "target": "new",
        }

    def _supersede(self):
        """End earlier acceptances that these replace.

        A signature for terms that become valid later leaves the present one valid.
        """
        for acceptance in self:
            today = acceptance.company_id._ar_today()
            policy = acceptance.policy_id
            others = self.sudo().search(
                [
                    ("debtor_id", "=", acceptance.debtor_id.id),
                    ("state", "in", ("requested", "accepted")),
                    ("id", "!=", acceptance.id),
                ]
            )
            origin, major = policy._major_key() if policy else (None, 0)
            same = others.filtered(
                lambda a, o=origin, m=major: (
                    (
                        a.policy_id._major_key() <= (o, m)
                        and a.policy_id._major_key()[0] == o
                    )
                    if o and a.policy_id
                    else not o and (a.state == "requested" or not a.policy_id)
                )
            )
            same.filtered(lambda a: a.state == "requested")._ar_unlocked().write(
                {"state": "superseded"}
            )
            if not policy or policy.valid_from <= today:
                same.filtered(lambda a: a.state == "accepted")._ar_unlocked().write(
                    {"state": "superseded", "ended_on": today}
                )

    # === WATCH === #

    @api.model
    def _end_over(self):
        """End expired and replaced records, and notify the person in charge."""
        self.env["ar.credit.policy"].sudo()._retire_over()
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            today = company._ar_today()
            mine = [("company_id", "=", company.id)]
            old = fields.Datetime.now() - timedelta(days=REQUEST_DAYS)
            self.search(
                [*mine, ("state", "=", "requested"), ("requested_on", "<", old)]
            )._ar_unlocked().write({"state": "expired"})
            replaced = self.search(
                [
                    *mine,
                    ("state", "=", "requested"),
                    ("policy_id.state", "=", "retired"),
                ]
            )
            replaced._take_text_of_today()
            replaced.filtered(
                lambda a: a.policy_id.state == "retired"
            )._ar_unlocked().write({"state": "superseded"})
            over = self.search(
                [*mine, ("state", "=", "accepted"), ("valid_until", "<", today)]
            )
            over._ar_unlocked().write({"state": "expired", "ended_on": today})
            over.debtor_id._ar_activity(
                "activity_policy",
                self.env._("Their contract has ended: ask for the terms of payment"),
            )
            self._end_replaced(company, today)

    @api.model
    def _end_replaced(self, company, today):
        """End acceptances of versions that a material version has replaced."""
        current = {
            (policy.origin_id or policy).id: policy.major
            for policy in self.env["ar.credit.policy"].search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "published"),
                    ("valid_from", "<=", today),
                ],
                order="major",
            )
        }
        for origin, major in current.items():
            self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "accepted"),
                    ("policy_id.major", "<", major),
                    "|",
                    ("policy_id", "=", origin),
                    ("policy_id.origin_id", "=", origin),
                ]
            )._ar_unlocked().write({"state": "superseded", "ended_on": today})

    @api.model
    def _best_signer(self, people):
        """Return the best signer among the people of :meth:`ArNotice._people_of`, or None."""
        for role in SIGNERS:
            for person in people:
                if person[4] == role:
                    return person
        return people[0] if people else None
