from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ...engine.values import Reason
from ..company.roles import require_manager
from ..company.rpc_border import given_day
from ..customer.next_contact import next_values
from ..ladder.ar_ladder_step import STAGE_SELECTION
from ..ledger.ledger_reader import Reader
from ..signature.ar_guarded import KEY, Event

#: States in which a notice can still change.
OPEN_STATES = ("proposed", "ready", "sending", "failed")


class ArNotice(models.Model):
    """One message or call to a debtor at a step, through one channel.

    The outbox: committed first, delivered afterwards. A sent notice is proof and is
    never edited or deleted.
    """

    _name = "ar.notice"
    _description = "Notice"
    _order = "date desc, id desc"
    _rec_name = "display_name"
    _inherit = ["ar.guarded"]
    _ar_events = (
        Event(
            "sent",
            [("state", "=", "sent")],
            (
                "debtor_id",
                "company_id",
                "step_id",
                "stage",
                "channel",
                "number",
                "state",
                "sent_on",
                "date_given",
                "recipients",
                "amount",
                "file_sums",
            ),
            (
                (
                    "ar_notice_line",
                    "notice_id",
                    ("role", "move_name", "amount", "currency_id"),
                ),
            ),
            ("attachment_ids", "letter_id", "line_ids", "mail_message_id"),
        ),
    )

    debtor_id = fields.Many2one(
        "ar.debtor", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, related="debtor_id.partner_id"
    )
    user_id = fields.Many2one(related="debtor_id.user_id", string="Collector")
    step_id = fields.Many2one(
        "ar.ladder.step", required=True, readonly=True, ondelete="restrict"
    )
    stage = fields.Selection(STAGE_SELECTION, readonly=True)
    delay_days = fields.Integer(readonly=True, aggregator=None)
    channel = fields.Selection(
        [("email", "E-mail"), ("letter", "Letter"), ("call", "Call or task")],
        required=True,
        readonly=True,
    )
    group = fields.Char(readonly=True)
    date = fields.Date(string="Scheduled for", required=True, readonly=True)
    is_first = fields.Boolean(
        string="First notice",
        readonly=True,
        help="The first notice that this customer gets.",
    )
    state = fields.Selection(
        [
            ("proposed", "To approve"),
            ("ready", "Ready"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="proposed",
        readonly=True,
    )
    state_at = fields.Datetime(string="In this state since", readonly=True)
    failure_reason = fields.Char(readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=None)
    number = fields.Char(
        readonly=True, index="btree_not_null", help="Drawn when the notice is sent."
    )
    sent_on = fields.Date(readonly=True)
    date_given = fields.Date(
        string="Pay by", readonly=True, help="The date that the notice names."
    )
    recipients = fields.Char(string="Sent to", readonly=True)
    delivery = fields.Selection(
        [("pending", "Pending"), ("delivered", "Delivered"), ("bounced", "Bounced")],
        readonly=True,
    )
    mail_message_id = fields.Many2one(
        "mail.message", readonly=True, ondelete="set null", index="btree_not_null"
    )
    attachment_ids = fields.Many2many("ir.attachment", readonly=True, string="Attached")
    attachments_ready = fields.Boolean(readonly=True)
    copies_id = fields.Many2one(
        "ar.copies", string="Copies behind a link", readonly=True, copy=False
    )
    approved_by = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)
    leaves_at = fields.Datetime(
        string="Sent at the earliest",
        readonly=True,
        help="Until then an approval can be taken back.",
    )
    next_on = fields.Date(
        string="Next message not before",
        readonly=True,
        help="The day that its text names as the earliest for the next message.",
    )
    asked_on = fields.Date(
        string="Asked to send on",
        readonly=True,
        help="Somebody knew of the contacts until this day, and asked to send it.",
    )
    cancelled_by = fields.Many2one("res.users", readonly=True)
    cancel_how = fields.Selection(
        [
            ("later", "Not now, ask again later"),
            ("settled", "Settled"),
            ("not_needed", "This step is not needed"),
            ("answered", "The customer said ..."),
            ("lapsed", "Not done in time"),
        ],
        readonly=True,
    )
    cancel_reason = fields.Char(readonly=True)
    again_on = fields.Date(string="Ask again on", readonly=True)
    line_ids = fields.One2many("ar.notice.line", "notice_id", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        readonly=True,
        help="What it is about, in company currency at the rates of the items.",
    )
    totals = fields.Json(
        compute="_compute_totals",
        help="For each currency: what it is about, also open, coming, apart, credits.",
    )
    totals_text = fields.Char(string="Amount demanded", compute="_compute_totals")

    _state_idx = models.Index(
        "(state, company_id, date) WHERE state IN ('proposed', 'ready', 'sending', 'failed')"
    )
    _debtor_state_idx = models.Index("(debtor_id, state)")

    # === COMPUTE METHODS === #

    @api.depends("number", "stage", "debtor_id", "date")
    def _compute_display_name(self):
        stages = dict(self._fields["stage"]._description_selection(self.env))
        for notice in self:
            parts = [stages.get(notice.stage), notice.debtor_id.display_name]
            if notice.number:
                parts.insert(0, notice.number)
            notice.display_name = ", ".join(filter(None, parts))

    @api.depends("line_ids.amount", "line_ids.role")
    def _compute_totals(self):
        sums = {}
        for notice, role, currency, amount in self.env["ar.notice.line"]._read_group(
            [("notice_id", "in", self.ids)],
            ["notice_id", "role", "currency_id"],
            ["amount:sum"],
        ):
            sums.setdefault(notice.id, {}).setdefault(currency, {})[role] = amount
        for notice in self:
            mine = sums.get(notice.id, {})
            notice.totals = {
                currency.name: {
                    role: currency.round(amount) for role, amount in roles.items()
                }
                for currency, roles in mine.items()
            }
            notice.totals_text = " + ".join(
                currency.format(roles["about"])
                for currency, roles in mine.items()
                if roles.get("about")
            )

    # === CRUD METHODS === #

    def write(self, vals):
        """Refuse direct writes by users: a notice is proof.

        :raise AccessError: always, except for our own methods, which use sudo
        """
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "A notice is proof and cannot be edited: approve it, cancel it, or "
                    "try it again with its buttons."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Notices are proof and are never deleted: cancel them instead.")
        )

    # === ACTIONS OF PEOPLE === #

    @api.private
    def cancel(self, how="later", reason=None, again_on=None):
        """Remove an unsent notice from the outbox.

        :param str how: 'later' (ask again on a day, by default in a week), 'settled',
            'not_needed' (the step counts as taken; a credit manager decides), or
            'answered' (the customer said something; what it was is in the reason)
        :param str reason: in words
        :param datetime.date again_on: for 'later'
        """
        self.check_access("write")
        allowed = ("later", "settled", "not_needed", "answered")
        if how not in allowed:
            raise ValidationError(
                self.env._(
                    "A notice is cancelled as one of %(how)s.", how=", ".join(allowed)
                )
            )
        if how == "not_needed":
            require_manager(self.env)
        again_on = given_day(self.env, again_on)
        for notice in self:
            if notice.state not in ("proposed", "ready", "failed"):
                raise UserError(
                    self.env._(
                        "%(notice)s has been sent or is being sent: it cannot be cancelled.",
                        notice=notice.display_name,
                    )
                )
            today = notice.company_id._ar_today()
            if again_on and again_on <= today:
                raise ValidationError(
                    self.env._("Choose a day in the future to ask again.")
                )
        for company, notices in self.grouped("company_id").items():
            day = None
            if how in ("later", "answered"):
                day = again_on or fields.Date.add(company._ar_today(), days=7)
            notices.sudo()._cancel(how, reason, day)
            notices.sudo().cancelled_by = self.env.uid
            # Decide on them again, even if today's decision was already made
            vals = {"planned_for": False}
            if day:
                vals.update(next_values(Reason.SNOOZED, day))
            notices.sudo().debtor_id.write(vals)

    def _cancel(self, how, reason=None, again_on=None):
        """Cancel without checking rights.

        The step counts as taken only if it was not needed or lapsed. An unsent e-mail
        is discarded.
        """
        self.filtered("mail_message_id")._drop_unsent()
        self._set_state(
            "cancelled", cancel_how=how, cancel_reason=reason, again_on=again_on
        )
        self.env["ar.notice.line"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE ar_notice_line SET active = FALSE, taken = taken AND %s "
                "WHERE notice_id = ANY(%s)",
                how in ("not_needed", "lapsed"),
                self.ids,
            )
        )
        self.env["ar.notice.line"].invalidate_model(["active", "taken"])

    @api.private
    def retry(self):
        """Send failed notices again, with the figures of today."""
        self.check_access("write")
        for notice in self:
            if notice.state != "failed":
                raise UserError(
                    self.env._(
                        "%(notice)s has not failed: there is nothing to try again.",
                        notice=notice.display_name,
                    )
                )
            if notice.debtor_id.is_stopped:
                raise UserError(notice.debtor_id._why_held())
        for notice_sudo in self.sudo().filtered("maybe_sent"):
            notice_sudo.debtor_id.message_post(
                body=self.env._(
                    "%(notice)s may have been sent before and is sent again.",
                    notice=notice_sudo.display_name,
                )
            )
        self.sudo()._ask_for()
        self.sudo()._make_ready_again()
        self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()._trigger()

    def _ask_for(self):
        """Note that somebody asked to send notices, and knew of earlier contacts."""
        for company, notices in self.grouped("company_id").items():
            notices.asked_on = company._ar_today()

    def _set_state(self, state, **vals):
        self.write({"state": state, "state_at": fields.Datetime.now(), **vals})

    # === BUTTONS === #

    def action_retry(self):
        """Retry failed notices."""
        self.retry()

    def action_not_now(self):
        """Cancel and ask again in a week."""
        self.cancel("later")

    def action_not_needed(self):
        """Cancel: the step counts as taken."""
        self.cancel("not_needed")

    def action_settled(self):
        """Cancel as settled."""
        self.cancel("settled")

    def action_open_debtor(self):
        """Open the debtor."""
        self.ensure_one()
        return self.debtor_id._get_records_action(context={})

    # === LEDGER AND DOCUMENTS === #

    def _reading(self, company):
        """Return the reader of a company's ledger and its rules, as of today.

        Within a delivery, return those of the batch: reading them takes some
        statements.
        """
        known = self.env.context.get("ar_reading")
        if known and known[0].company == company:
            return known
        reader = Reader(self.env, company)
        return reader, company._ar_rules()._replace(calendar=reader.calendar)

    def _forget_documents(self):
        """Delete documents that no longer match their notices.

        :return: the notices whose documents have to be created again
        """
        stale = self.filtered(
            lambda n: n.attachments_ready and (n.attachment_ids or n.copies_id)
        )
        stale.copies_id._ar_unlocked().unlink()
        old = stale.attachment_ids
        stale._ar_unlocked().write(
            {
                "attachments_ready": False,
                "attachment_ids": [fields.Command.clear()],
                "file_sums": False,
            }
        )
        self.env.flush_all()
        used = self.env["mail.message"].search([("attachment_ids", "in", old.ids)])
        (old - used.attachment_ids).with_context(ar_evidence=KEY).unlink()
        return stale
