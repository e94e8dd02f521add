from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.values import PROFILES, STAGE_RANK, Step
from .ar_ladder import ALL_AT_ONCE
from .channel import CHANNELS

#: Functions of a customer's contact in matters of payment.
ROLES = ("accounts_payable", "buyer", "finance", "director")
STAGE_SELECTION = [
    ("preventive", "Before the due date"),
    ("gentle", "Gentle reminder"),
    ("call", "Call"),
    ("firm", "Firm reminder"),
    ("final", "Final demand"),
    ("notice", "Pre-collection notice"),
    ("handover", "Transfer to collections"),
]


class ArLadderStep(models.Model):
    """One step of a ladder: a message or call, some days after the due date."""

    _name = "ar.ladder.step"
    _description = "Step of a Reminder Schedule"
    _order = "ladder_id, delay_days, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    ladder_id = fields.Many2one(
        "ar.ladder", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="ladder_id.company_id")
    delay_days = fields.Integer(
        string="Days",
        required=True,
        help="Earliest day, counted from the due date; negative before it.",
    )
    # For dragging: the stored day, until the handle changes it (see ar.ladder)
    place = fields.Integer(compute="_compute_place", store=True, readonly=False)
    working_days = fields.Boolean(
        string="Working days", help="The days are working days."
    )
    stage = fields.Selection(STAGE_SELECTION, required=True, default="gentle")
    # Comma-separated codes, as the engine reads them. People edit them with the check
    # boxes below.
    channels = fields.Char(default="email", required=True)
    fallback = fields.Selection(
        [
            ("letter,call", "A letter, else a call"),
            ("letter", "A letter"),
            ("call", "A call"),
        ],
        string="If it reaches nobody",
        help="In place of the step's channels, for customers whom none of them reaches: "
        "the first that does. Empty: the customer is listed as not reachable.",
    )
    profiles = fields.Char(help="Payer profiles for which it is meant. Empty: all.")
    contact_roles = fields.Char(
        help="Functions of the contacts who get it. Empty: accounts payable."
    )
    channel_email = fields.Boolean(
        "By e-mail", compute="_compute_flags", inverse="_inverse_channels"
    )
    channel_letter = fields.Boolean(
        "Letter", compute="_compute_flags", inverse="_inverse_channels"
    )
    channel_call = fields.Boolean(
        "Call or task", compute="_compute_flags", inverse="_inverse_channels"
    )
    profile_new = fields.Boolean(
        "New", compute="_compute_flags", inverse="_inverse_profiles"
    )
    profile_good = fields.Boolean(
        "Good", compute="_compute_flags", inverse="_inverse_profiles"
    )
    profile_first_late = fields.Boolean(
        "First time late", compute="_compute_flags", inverse="_inverse_profiles"
    )
    profile_regular = fields.Boolean(
        "Regular", compute="_compute_flags", inverse="_inverse_profiles"
    )
    profile_chronic = fields.Boolean(
        "Always late", compute="_compute_flags", inverse="_inverse_profiles"
    )
    role_accounts_payable = fields.Boolean(
        "Accounts payable", compute="_compute_flags", inverse="_inverse_roles"
    )
    role_buyer = fields.Boolean(
        "Buyer", compute="_compute_flags", inverse="_inverse_roles"
    )
    role_finance = fields.Boolean(
        "Head of finance", compute="_compute_flags", inverse="_inverse_roles"
    )
    role_director = fields.Boolean(
        "Director", compute="_compute_flags", inverse="_inverse_roles"
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        domain="[('model', '=', 'ar.notice')]",
        ondelete="restrict",
        string="E-mail",
    )
    mail_subject = fields.Char(
        related="mail_template_id.subject", readonly=False, string="Subject"
    )
    mail_body = fields.Html(
        related="mail_template_id.body_html", readonly=False, string="Text"
    )
    shared_text = fields.Char(compute="_compute_shared_text")
    can_edit_text = fields.Boolean(compute="_compute_can_edit_text")
    letter_body = fields.Html(
        string="Text of the letter",
        translate=True,
        sanitize=True,
        help="Placeholders in braces, as {total_due} and {new_date}. Empty: the text of "
        "the stage.",
    )
    attach_statement = fields.Boolean("Attach the statement")
    attach_invoices = fields.Boolean("Attach the invoices")
    attach_policy = fields.Boolean("Attach the terms of payment")
    approval = fields.Selection(
        [("automatic", "Automatic"), ("needs_approval", "Needs approval")],
        required=True,
        default="automatic",
    )
    min_amount = fields.Float(
        string="Minimum",
        help="Of the customer's total at this step, in company currency.",
    )
    min_term_days = fields.Integer(
        string="Minimum term",
        help="Only for invoices with at least this many days between invoice date and "
        "due date.",
    )
    date_given_days = fields.Integer(
        string="Days given",
        help="The notice asks for payment within so many days. 0: it names no date.",
    )
    effects = fields.Text(help="Notes on what this step brings with it.")

    _min_amount_positive = models.Constraint(
        "CHECK (min_amount >= 0)",
        "The minimum of a step cannot be negative: enter 0 for none.",
    )
    _days_given_positive = models.Constraint(
        "CHECK (date_given_days >= 0 AND min_term_days >= 0)",
        "The days given and the minimum term cannot be negative: enter 0 for none.",
    )

    # === COMPUTE METHODS === #

    @api.depends("delay_days")
    def _compute_place(self):
        for step in self:
            step.place = step.delay_days

    def _compute_can_edit_text(self):
        """Odoo has a right of its own for texts with expressions."""
        may = self.env.user.has_group("mail.group_mail_template_editor")
        for step in self:
            step.can_edit_text = may or self.env.user.has_group("base.group_system")

    @api.depends("mail_template_id")
    def _compute_shared_text(self):
        """Name the other steps with the same text: an edit changes them, too."""
        for step in self:
            others = self.browse()
            if step.mail_template_id:
                others = self.search(
                    [("mail_template_id", "=", step.mail_template_id.id)]
                )
            step.shared_text = ", ".join(
                f"{other.ladder_id.name}: {other.name}"
                for other in others - step._origin
            )

    @api.depends("channels", "profiles", "contact_roles")
    def _compute_flags(self):
        for step in self:
            for prefix, codes, text in step._flags():
                chosen = _codes(text)
                for code in codes:
                    step[f"{prefix}_{code}"] = code in chosen

    def _flags(self):
        return (
            ("channel", [c.code for c in self._channels()], self.channels),
            ("profile", PROFILES, self.profiles),
            ("role", ROLES, self.contact_roles),
        )

    def _inverse_channels(self):
        for step in self:
            step.channels = ",".join(
                c.code for c in self._channels() if step[f"channel_{c.code}"]
            )

    def _inverse_profiles(self):
        for step in self:
            step.profiles = ",".join(c for c in PROFILES if step[f"profile_{c}"])

    def _inverse_roles(self):
        for step in self:
            step.contact_roles = ",".join(c for c in ROLES if step[f"role_{c}"])

    # === CONSTRAINT METHODS === #

    @api.constrains("channels", "profiles", "contact_roles")
    def _check_codes(self):
        for step in self:
            if not _codes(step.channels):
                raise ValidationError(
                    self.env._(
                        "The step %(step)s has no channel: choose e-mail, letter or "
                        "call.",
                        step=step.name,
                    )
                )
            for _prefix, codes, text in step._flags():
                unknown = [code for code in _codes(text) if code not in codes]
                if unknown:
                    raise ValidationError(
                        self.env._(
                            "%(codes)s is not known in the step %(step)s; possible "
                            "are %(known)s.",
                            codes=", ".join(unknown),
                            step=step.name,
                            known=", ".join(codes),
                        )
                    )

    @api.constrains("mail_template_id", "channels")
    def _check_template(self):
        for step in self:
            template = step.mail_template_id.sudo()
            if template and template.model != "ar.notice":
                raise ValidationError(
                    self.env._(
                        "The e-mail of the step %(step)s is made for %(model)s: "
                        "choose a template that applies to notices.",
                        step=step.name,
                        model=template.model_id.name,
                    )
                )

    @api.constrains("ladder_id", "delay_days", "stage", "profiles", "active")
    def _check_order(self):
        """Check that the steps of one kind of customer get harsher from day to day."""
        if self.env.context.get("ar_steps") is ALL_AT_ONCE:
            return
        for ladder in self.ladder_id:
            for profile in PROFILES:
                steps = ladder.step_ids.filtered(
                    lambda s, profile=profile: (
                        s.active and (not s.profiles or profile in _codes(s.profiles))
                    )
                ).sorted(lambda s: (s.delay_days, s.id))
                for before, after in zip(steps, steps[1:], strict=False):
                    if (
                        before.delay_days == after.delay_days
                        or STAGE_RANK[before.stage] > STAGE_RANK[after.stage]
                    ):
                        raise ValidationError(
                            self.env._(
                                "The steps of the reminder schedule %(ladder)s are out "
                                "of order: %(before)s (day %(day)s) and %(after)s (day "
                                "%(next_day)s). Each step needs a later day and a stage"
                                " that is not milder than the one before.",
                                ladder=ladder.name,
                                before=before.name,
                                day=before.delay_days,
                                after=after.name,
                                next_day=after.delay_days,
                            )
                        )
            early = ladder.step_ids.filtered(
                lambda s: (
                    (s.stage == "preventive") != (s.delay_days < 0)
                    or (s.working_days and s.delay_days < 0)
                )
            )
            if early:
                raise ValidationError(
                    self.env._(
                        "%(step)s: a step before the due date has negative days, no "
                        "working days, and every other step 0 days or more.",
                        step=early[0].name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        Notice = self.env["ar.notice"].sudo()
        if Notice.search_count([("step_id", "in", self.ids)], limit=1):
            raise ValidationError(
                self.env._(
                    "Notices were made at this step, and they are proof: archive the "
                    "step instead of deleting it."
                )
            )

    # === BUSINESS METHODS === #

    @api.model
    def _channels(self):
        """Return the channels of this database: those with a box on the step.

        Other addons of the server may know more.

        :rtype: list of Channel
        """
        return [
            channel
            for code, channel in CHANNELS.items()
            if f"channel_{code}" in self._fields
        ]

    def _engine(self, minor):
        """Return the step as the engine wants it.

        :param int minor: minor units of the company's currency in one unit
        :rtype: engine.values.Step
        """
        self.ensure_one()
        return Step(
            id=self.id,
            delay=self.delay_days,
            stage=self.stage,
            channels=tuple(_codes(self.channels)),
            working=self.working_days,
            approval=self.approval == "needs_approval",
            min_amount=round(self.min_amount * minor),
            min_term=self.min_term_days,
            profiles=frozenset(_codes(self.profiles)),
            date_given_days=self.date_given_days,
            fallback=tuple(_codes(self.fallback)),
        )


def _codes(text):
    """Return the codes of a comma-separated text."""
    return [code.strip() for code in (text or "").split(",") if code.strip()]
