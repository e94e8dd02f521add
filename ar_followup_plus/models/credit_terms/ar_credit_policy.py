"""The terms of payment of a company: written, published in versions, never changed."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import html2plaintext

from ..customer.ar_debtor import KIND_SELECTION
from ..signature.ar_guarded import KEY, without_defaults

#: Fields that a draft must have before it is published.
PARTS = ("part_pay", "part_who", "part_late", "legal_clause")
#: Fields with one sentence for each stage about the next step: numbered below the third
#: part, and quoted in notices.
NEXT = ("next_gentle", "next_firm", "next_final", "next_notice")
#: Fields that only publishing writes.
KEPT = frozenset(
    {"state", "major", "minor", "valid_to", "origin_id", "previous_id", "published_on"}
)


class ArCreditPolicy(models.Model):
    """The written terms under which a company gives credit, in one version.

    A draft can be edited. Publishing freezes its text and PDF in each language, and
    retires the previous version; a published version never changes.
    """

    _name = "ar.credit.policy"
    _description = "Terms of Payment"
    _order = "is_preset desc, company_id, name, major desc, minor desc, id desc"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        default=lambda self: self.env.company._ar_root(),
        domain="[('parent_id', '=', False)]",
        ondelete="restrict",
    )
    is_preset = fields.Boolean(
        string="Our proposal", readonly=True, help="A text to begin with."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    # Versions
    origin_id = fields.Many2one(
        "ar.credit.policy",
        string="First version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty on the first version itself.",
    )
    previous_id = fields.Many2one(
        "ar.credit.policy",
        string="Version before",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    major = fields.Integer(readonly=True, copy=False, aggregator=None)
    minor = fields.Integer(readonly=True, copy=False, aggregator=None)
    version = fields.Char(compute="_compute_version")
    change = fields.Selection(
        [
            ("material", "Material: customers are asked to sign again"),
            ("minor", "Minor, as a typing error or an address: nobody is asked"),
        ],
        default="material",
        required=True,
        copy=False,
    )
    valid_from = fields.Date(
        string="Holds from",
        copy=False,
        help="Empty: from the day on which it is published. A minor change always "
        "holds from that day.",
    )
    valid_to = fields.Date(string="Held until", readonly=True, copy=False)
    published_on = fields.Datetime(readonly=True, copy=False)
    # For whom
    kind = fields.Selection(KIND_SELECTION, string="Kind of customer")
    country_id = fields.Many2one("res.country")
    tag_id = fields.Many2one("res.partner.category", string="Tag of the customer")
    # The text
    part_pay = fields.Html(string="1. What to pay, and when", translate=True)
    part_who = fields.Html(string="2. Who is responsible for what", translate=True)
    part_late = fields.Html(string="3. What happens when it is late", translate=True)
    legal_clause = fields.Html(string="4. Legal clause", translate=True)
    legal_days = fields.Integer(
        string="Days to pay",
        default=30,
        help="Stands for {legal_days} in the text.",
    )
    next_gentle = fields.Char(string="Gentle reminder", translate=True)
    next_firm = fields.Char(string="Firm reminder", translate=True)
    next_final = fields.Char(string="Final demand", translate=True)
    next_notice = fields.Char(string="Before a transfer to collections", translate=True)

    text_ids = fields.One2many(
        "ar.credit.policy.text", "policy_id", string="Published text", copy=False
    )
    acceptance_ids = fields.One2many(
        "ar.credit.policy.acceptance", "policy_id", string="Signatures", copy=False
    )
    accepted_count = fields.Integer(compute="_compute_counts")
    requested_count = fields.Integer(compute="_compute_counts")
    languages = fields.Char(string="Written in", compute="_compute_languages")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    _company_needed = models.Constraint(
        "CHECK (is_preset OR company_id IS NOT NULL)",
        "Terms of payment belong to a company.",
    )
    _one_draft = models.UniqueIndex(
        "(previous_id) WHERE state = 'draft' AND previous_id IS NOT NULL",
        "There is already a draft of the next version.",
    )

    # === COMPUTE METHODS === #

    @api.depends("major", "minor", "state")
    def _compute_version(self):
        for policy in self:
            policy.version = f"{policy.major}.{policy.minor}" if policy.major else False

    @api.depends("name", "major", "minor")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = (
                self.env._(
                    "%(name)s, version %(version)s",
                    name=policy.name,
                    version=policy.version,
                )
                if policy.major
                else policy.name
            )

    def _compute_counts(self):
        counts = {
            (policy.id, state): count
            for policy, state, count in self.env[
                "ar.credit.policy.acceptance"
            ]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id", "state"], ["__count"]
            )
        }
        for policy in self:
            policy.accepted_count = counts.get((policy.id, "accepted"), 0)
            policy.requested_count = counts.get((policy.id, "requested"), 0)

    @api.depends(*PARTS, *NEXT, "legal_days", "company_id", "state")
    @api.depends_context("lang")
    def _compute_preview(self):
        Text = self.env["ar.credit.policy.text"]
        for policy in self:
            published = policy.text_ids._best(self.env.lang, policy.company_id)
            try:
                policy.preview = published.body or Text._prepare_body(
                    policy, self.env.lang
                )
            except UserError as error:  # an unknown placeholder
                policy.preview = Markup("<p>%s</p>") % str(error)

    @api.depends("name", *PARTS, *NEXT, "state")
    @api.depends_context("lang")
    def _compute_languages(self):
        known = dict(self.env["res.lang"].get_installed())
        Text = self.env["ar.credit.policy.text"]
        for policy in self:
            codes = policy.text_ids.mapped("lang")
            if not codes and policy._origin:
                codes = Text._languages(policy._origin)
            policy.languages = ", ".join(known.get(code, code) for code in codes)

    # === CONSTRAINT METHODS === #

    @api.constrains("legal_days")
    def _check_legal_days(self):
        if any(not 0 < policy.legal_days <= 365 for policy in self):
            raise ValidationError(
                self.env._("The days to pay are a number from 1 to 365.")
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("ar_evidence") is KEY:
            return super().create(vals_list)
        for vals in vals_list:
            self._check_kept(vals)
        # Also without the default values of the context, which anybody can send
        policies = super(ArCreditPolicy, without_defaults(self)).create(vals_list)
        return policies.with_env(self.env)

    def write(self, vals):
        """Refuse to change a published version, even for the superuser.

        :raise UserError: for a version that is not a draft
        """
        if self.env.context.get("ar_evidence") is not KEY:
            self._check_draft()
            self._check_kept(vals)
        return super().write(vals)

    def _update_field_translations(self, *args, **kwargs):
        # EXTENDS orm: translations do not call write()
        self._check_draft()
        return super()._update_field_translations(*args, **kwargs)

    def unlink(self):
        # Not @api.ondelete: a context sent over RPC can disable it
        if self.env.context.get("ar_evidence") is not KEY:
            self._check_draft()
        return super().unlink()

    def copy_data(self, default=None):
        return [
            {**vals, "is_preset": False}
            for vals in super().copy_data({"state": "draft", **(default or {})})
        ]

    def _check_draft(self):
        if any(policy.state != "draft" for policy in self.sudo()):
            raise UserError(
                self.env._(
                    "What was published can be neither changed nor deleted: make a new "
                    "version of it."
                )
            )

    def _check_kept(self, vals):
        if any(vals.get(name) not in (None, False, 0, "draft") for name in KEPT):
            raise UserError(
                self.env._(
                    "A version gets its number and its days when it is published."
                )
            )

    def _unlocked(self):
        """Return the same records, with permission to write frozen fields."""
        return self.sudo().with_context(ar_evidence=KEY)

    # === ACTIONS === #

    def action_from_preset(self):
        """Create a draft for the current company from the shipped proposal."""
        self.check_access("create")
        company = self.env.company._ar_root()
        preset = self.env.ref("ar_followup_plus.policy_preset", False)
        if not preset:
            raise UserError(
                self.env._("Our proposal was deleted: begin with an empty draft.")
            )
        return preset.copy({"company_id": company.id})._action_form()

    def action_new_version(self):
        """Create a draft of the next version with the same text."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "published" or self.valid_to:
            raise UserError(
                self.env._("A new version is made of the last one that is published.")
            )
        known = self.search(
            [("previous_id", "=", self.id), ("state", "=", "draft")], limit=1
        )
        if known:
            return known._action_form()
        draft = self._unlocked().copy(
            {"origin_id": (self.origin_id or self).id, "previous_id": self.id}
        )
        return draft.with_env(self.env)._action_form()

    def action_publish(self):
        """Publish a draft, and open the result."""
        self.publish()
        return True

    def action_view_acceptances(self):
        """Open the requests and signatures of all versions."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_credit_policy_acceptance_action"
        )
        first = (self.origin_id or self).id
        action["domain"] = [
            "|",
            ("policy_id", "=", first),
            ("policy_id.origin_id", "=", first),
        ]
        return action

    def _action_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    # === PUBLISHING === #

    @api.private
    def publish(self):
        """Freeze the text and the PDF in each language; retire the previous version.

        :raise UserError: if the version is incomplete, or not a draft
        """
        self.check_access("write")
        for policy in self:
            # sudo: managers may publish, but nobody may write frozen fields
            policy._unlocked()._publish()

    def _publish(self):
        self._check_publish()
        today = self.company_id._ar_today()
        before = self.previous_id
        small = bool(before) and self.change == "minor"
        vals = {
            "state": "published",
            "published_on": fields.Datetime.now(),
            "major": before.major + (not small),
            "minor": before.minor + 1 if small else 0,
            "valid_from": max(today, before.valid_from)
            if small
            else self.valid_from or today,
        }
        self.write(vals)
        if before:
            before.valid_to = fields.Date.subtract(vals["valid_from"], days=1)
            if vals["valid_from"] <= today:
                before.state = "retired"
        self.env["ar.credit.policy.text"]._freeze(self)

    def _check_publish(self):
        """Check that a draft is complete, and the only one for its customers.

        :raise UserError: naming the missing parts
        """
        if self.state != "draft":
            raise UserError(self.env._("This version was published before."))
        if self.is_preset or not self.company_id:
            raise UserError(
                self.env._(
                    "This is our proposal: make a draft of your own of it, then "
                    "publish that."
                )
            )
        for name in PARTS:
            if not html2plaintext(self[name] or "").strip():
                raise UserError(
                    self.env._(
                        "“%(part)s” is empty: terms of payment have three parts and a "
                        "legal clause.",
                        part=self._fields[name]._description_string(self.env),
                    )
                )
        before = self.previous_id
        if before and (before.state != "published" or before.valid_to):
            raise UserError(
                self.env._(
                    "Another version was published meanwhile: make a new version of "
                    "that one."
                )
            )
        today = self.company_id._ar_today()
        if self.valid_from and self.valid_from < today and self.change == "material":
            raise UserError(
                self.env._(
                    "New terms hold from today or later, not from %(day)s.",
                    day=self.valid_from,
                )
            )
        self._check_alone()

    def _check_alone(self):
        """Check that no other published terms apply to the same customers."""
        other = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "published"),
                ("kind", "=", self.kind),
                ("country_id", "=", self.country_id.id),
                ("tag_id", "=", self.tag_id.id),
                ("id", "not in", (self | self.previous_id).ids),
            ]
        ).filtered(lambda p: (p.origin_id or p) != (self.origin_id or self))
        if other:
            raise UserError(
                self.env._(
                    "%(other)s is published for the same customers: make a new version "
                    "of it, or choose other customers.",
                    other=other[0].display_name,
                )
            )

    def _major_key(self):
        """Return the key of a major version: a signature for 2.0 is valid for 2.1.

        Versions of one policy are compared by their number.
        """
        return ((self.origin_id or self).id, self.major)

    @api.model
    def _retire_over(self):
        """Retire expired versions, and their signatures."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            over = self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "published"),
                    ("valid_to", "<", company._ar_today()),
                ]
            )
            over._unlocked().state = "retired"
