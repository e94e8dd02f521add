"""Calls and visits: who is on the phone, what came of it, and what follows."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_time

from ..company.rpc_border import given_day, given_text
from ..notice.waiting_notices import WaitingNotices
from .call_outcome import CallOutcome
from .call_sheet import CallSheet

#: Somebody is "in call" for at most so many minutes.
CALL_MINUTES = 60


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    call_first = fields.Boolean(
        string="Call first",
        tracking=True,
        help="A key account: only upcoming payment reminders and statements are sent "
        "automatically; for everything else a call is proposed and the salesperson"
        " is told.",
    )
    call_draft = fields.Text(
        string="Note not logged yet",
        copy=False,
        help="Kept while it is typed, so that nothing is lost.",
    )
    in_call_user_id = fields.Many2one("res.users", readonly=True, copy=False)
    in_call_since = fields.Datetime(readonly=True, copy=False)
    in_call_note = fields.Char(compute="_compute_in_call_note")
    contact_log_ids = fields.One2many(
        "ar.contact.log", "debtor_id", string="Calls and visits", readonly=True
    )
    last_outcome = fields.Char(
        string="Last call or visit", compute="_compute_last_outcome"
    )

    # === COMPUTE METHODS === #

    @api.depends("in_call_user_id", "in_call_since")
    @api.depends_context("uid", "tz")
    def _compute_in_call_note(self):
        since = fields.Datetime.now() - timedelta(minutes=CALL_MINUTES)
        for debtor in self:
            debtor.in_call_note = False
            if debtor.in_call_since and debtor.in_call_since >= since:
                debtor.in_call_note = self.env._(
                    "In call since %(time)s, %(user)s",
                    time=format_time(
                        self.env,
                        debtor.in_call_since,
                        tz=self.env.user.tz or debtor.company_id._ar_tz(),
                        time_format="short",
                    ),
                    user=debtor.sudo().in_call_user_id.name,
                )

    @api.depends("contact_log_ids")
    def _compute_last_outcome(self):
        last = {}
        for log in self.env["ar.contact.log"].search(
            [("debtor_id", "in", self.ids)], order="id"
        ):
            last[log.debtor_id.id] = log
        for debtor in self:
            log = last.get(debtor.id)
            debtor.last_outcome = log._in_words() if log else False

    # === CRUD METHODS === #

    def _after_write(self, vals):
        # EXTENDS ar.debtor: open notices of a customer who is called first end
        if vals.get("call_first"):
            WaitingNotices(self).unsent().filtered(
                lambda n: n.channel != "call" and n.stage != "preventive"
            )._cancel("settled", self.env._("Call this customer first"))
        return super()._after_write(vals)

    # === BUTTONS === #

    def action_log_call(self):
        """Open what to know for the call, with the buttons of what came of it."""
        return _open_call(self, "call")

    def action_log_visit(self):
        """Open the same for a visit."""
        return _open_call(self, "visit")

    def action_cool_down(self):
        """Ask for the facts, and leave an upset customer alone for some days."""
        return _open_call(self, "visit")

    def _brief(self):
        """Return the call sheet as HTML, for its report."""
        return CallSheet(self).html()

    def save_call_draft(self, text):
        """Keep what is being typed; called by the note's field as one types."""
        self.ensure_one()
        self.check_access("write")
        text = given_text(self.env, text)
        last = self.env["ar.contact.log"].search([("debtor_id", "=", self.id)], limit=1)
        # What was logged a moment ago may arrive after it
        if text != last.note or last.user_id != self.env.user:
            self.sudo().call_draft = text or False

    # === WHAT CAME OF IT === #

    @api.private
    def log_contact(self, outcome, note=None, day=None, reason=None, kind="call"):
        """Log a call or visit, and do what follows from its outcome.

        It starts the gap between contacts, whether a ladder asked for it or not.

        :param str outcome: 'reached', 'will_pay', 'disputes', 'wrong_number',
            'no_answer' or 'upset'
        :param str note: what was said
        :param datetime.date day: for 'will_pay'
        :param str reason: why they pay late, a key of ``ar.contact.log.late_reason``
        :param str kind: 'call' or 'visit'
        :return: the log
        :rtype: ar.contact.log
        :raise ValidationError: for an unknown outcome, or a day in the past
        """
        self.ensure_one()
        self.check_access("write")
        day = given_day(self.env, day)
        CallOutcome(self).check(outcome, note, day, reason, kind)
        note = (note or "").strip()
        debtor_sudo = self.sudo()  # collectors have no right to write the history
        notice_sudo = (
            WaitingNotices(debtor_sudo).calls()
            if kind == "call"
            else debtor_sudo.env["ar.notice"]
        )
        log_sudo = debtor_sudo.env["ar.contact.log"].create(
            {
                "debtor_id": self.id,
                "notice_id": notice_sudo[:1].id,
                "kind": kind,
                "outcome": outcome,
                "late_reason": reason,
                "pay_on": day if outcome == "will_pay" else False,
                "note": note,
                "user_id": self.env.uid,
                "date": fields.Datetime.now(),
            }
        )
        self.message_post(body=log_sudo._as_html())
        debtor_sudo.write(
            {"call_draft": False, "in_call_user_id": False, "in_call_since": False}
        )
        outcomes = CallOutcome(debtor_sudo)
        act = {
            "reached": outcomes.reached,
            "will_pay": outcomes.will_pay,
            "disputes": outcomes.disputes,
            "wrong_number": outcomes.wrong_number,
            "no_answer": outcomes.no_answer,
            "upset": outcomes.upset,
        }[outcome]
        act(log_sudo, notice_sudo)
        return log_sudo.with_env(self.env)


def _open_call(debtor, kind):
    """Note who is on the phone, and return the action of what to know for the call."""
    debtor.ensure_one()
    debtor.check_access("write")
    others = debtor.in_call_note if debtor.in_call_user_id != debtor.env.user else False
    if kind == "call" and not others:
        debtor.sudo().write(
            {
                "in_call_user_id": debtor.env.uid,
                "in_call_since": fields.Datetime.now(),
            }
        )
    title = debtor.env._("Call: %(customer)s", customer=debtor.display_name)
    if kind == "visit":
        title = debtor.env._("Visit: %(customer)s", customer=debtor.display_name)
    return {
        "type": "ir.actions.act_window",
        "name": title,
        "res_model": "ar.call.log",
        "views": [(False, "form")],
        "target": "new",
        "context": {"default_debtor_id": debtor.id, "default_kind": kind},
    }


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def action_log_call(self):
        """Open what to know for the call, with the buttons of what came of it."""
        return self.debtor_id.action_log_call()
