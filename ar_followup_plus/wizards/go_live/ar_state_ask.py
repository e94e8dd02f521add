from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ...models.company.roles import require_manager


class ArStateAsk(models.TransientModel):
    """Switch how far the follow-up may go, after saying what that does."""

    _name = "ar.state.ask"
    _inherit = ["ar.wizard"]
    _description = "Change of the Follow-up"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    to_state = fields.Selection(
        [
            ("preview", "Propose only"),
            ("live", "Send without approval"),
            ("ask", "Back to approval mode"),
            ("off", "Switch off"),
        ],
        required=True,
        readonly=True,
    )
    waiting_count = fields.Integer(compute="_compute_effect")
    approve_waiting = fields.Boolean(
        string="Approve these notices now",
        help="Those that need no approval and wait only because each notice was asked "
        "for. They are sent with the first ones.",
    )
    effect = fields.Text(compute="_compute_effect")

    @api.constrains("company_id")
    def _check_company(self):
        """Check that it is the user's company, because the dialog reads through sudo."""
        for wizard in self:
            if wizard.company_id not in self.env.companies:
                raise AccessError(
                    self.env._(
                        "This company is not among yours: choose it in the company "
                        "switcher first."
                    )
                )

    def _waiting(self):
        """Return the proposed notices whose step needs no approval."""
        return self.env["ar.notice"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "proposed"),
                ("step_id.approval", "=", "automatic"),
            ]
        )

    @api.depends("company_id", "to_state")
    def _compute_effect(self):
        for wizard in self:
            company = wizard.company_id
            if not company or company not in self.env.companies:
                wizard.effect, wizard.waiting_count = False, 0
                continue
            wizard.waiting_count = len(wizard._waiting())
            wizard.effect = {
                "preview": wizard._says_preview,
                "live": wizard._says_live,
                "ask": wizard._says_ask,
                "off": wizard._says_off,
            }.get(wizard.to_state, str)()

    def _says_preview(self):
        return self.env._(
            "From tonight on, notices are proposed for you to look at. None can be sent."
        )

    def _says_live(self):
        text = self.env._(
            "From %(when)s, notices that need no approval are sent without asking. Steps "
            "that need approval go on waiting for you.",
            when=self._when(),
        )
        if self.waiting_count:
            more = self.env._(
                "%(count)s notices that need no approval wait for you now.",
                count=self.waiting_count,
            )
            text = f"{text} {more}"
        return text

    def _says_ask(self):
        ready = self.env["ar.notice"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "ready"),
                ("channel", "!=", "call"),
            ]
        )
        return self.env._(
            "From now on, each new notice waits for your approval. %(count)s notices "
            "that are on their way are still sent: cancel them, or pause the follow-up, "
            "if they are not to leave.",
            count=ready,
        )

    def _says_off(self):
        return self.env._(
            "Nothing is proposed or sent any more, on any path. Promises, plans and "
            "disputes are kept. Going live again treats what is overdue by then as "
            "existing debt."
        )

    def _when(self):
        """Return the next moment in which notices can be sent, in words."""
        moment = self.company_id._ar_next_hours(fields.Datetime.now())
        zone = self.company_id._ar_tz()
        return self.env._(
            "%(day)s, %(time)s",
            day=format_datetime(self.env, moment, zone, "EEEE, d MMMM"),
            time=format_datetime(self.env, moment, zone, "HH:mm"),
        )

    def action_apply(self):
        """Switch."""
        self.ensure_one()
        require_manager(self.env)
        company = self.company_id
        if company.ar_state == self.to_state:
            raise UserError(
                self.env._("The follow-up was switched meanwhile: look again.")
            )
        if self.to_state == "live":
            company.action_ar_live()
            if self.approve_waiting:
                self._waiting().filtered(
                    lambda n: not n.debtor_id._why_held()
                ).approve()
        else:
            company.ar_state = self.to_state
        return {"type": "ir.actions.client", "tag": "soft_reload"}
