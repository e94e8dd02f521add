"""The decision on the customer: preview, explanation, snapshot, and buttons."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.transactions import commit
from ..company.rpc_border import given_ids
from ..notice.waiting_notices import WaitingNotices
from .gone_tasks import GoneTasks
from .ledger_changes import refresh_soon
from .outlook import Outlook
from .snapshot import Snapshot

#: Debtors in one transaction.
SLICE = 5000


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    coming_contacts = fields.Html(compute="_compute_coming_contacts", sanitize=False)

    @api.private
    def explain(self, date=None):
        """Explain for each open item why it is, or is not, followed up on a day.

        :param datetime.date date: default: today in the company's time zone
        :return: dicts with move_line_id, move_name, due_date, days_overdue, amount
            (what may be asked for, in currency), currency (its name), step (its
            name, or False), reason (a key of the engine's reasons, or False) and
            message (a sentence)
        :rtype: list
        """
        return Outlook(self).explain(date)

    @api.private
    def preview(self, days=30):
        """Preview the messages of the coming days if nobody pays or answers.

        Nothing is written.

        :param int days: how many days to look ahead
        :return: dicts with date, debtor_id, step (its name), amount (in company
            currency), items (the numbers of the invoices) and also (of those that it
            lists beside them)
        :rtype: list
        """
        return Outlook(self).preview(days)

    @api.model
    def _end_gone_tasks(self):
        """End tasks whose cause is gone, see :class:`GoneTasks`."""
        return GoneTasks(self.sudo().env).end()

    @api.private
    @api.model
    def refresh(self, debtor_ids=None):
        """Bring the snapshot of debtors up to date with the ledger.

        Write only the rows that changed, and skip rows that another transaction has
        locked: the next refresh updates them.

        :param list debtor_ids: default: all debtors of the current companies
        :return: how many debtors changed
        :rtype: int
        """
        self.check_access("read")
        if debtor_ids is None:
            self._make_missing()
            domain = (
                []
                if self.env.su
                else [("company_id", "in", self.env.companies.root_id.ids)]
            )
            query = self.with_context(active_test=False)._search(
                domain, bypass_access=True, order="id"
            )
            debtor_ids = [
                debtor_id for (debtor_id,) in self.env.execute_query(query.select())
            ]
        else:
            debtor_ids = given_ids(self.env, debtor_ids)
            self.browse(debtor_ids).check_access("read")
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        self.flush_model()
        self.env["ar.payment.plan"].flush_model(["closed_on", "debtor_id", "state"])
        changed = 0
        for start in range(0, len(debtor_ids), SLICE):
            changed += Snapshot(
                self.env, list(debtor_ids[start : start + SLICE])
            ).store()
            commit(self.env)
        self.invalidate_model()
        return changed

    def _after_write(self, vals):
        # EXTENDS ar.debtor: whoever is decided on again has other figures, too
        if "planned_for" in vals or "reply_until" in vals:
            refresh_soon(self.env, set(self.sudo().partner_id.ids))
        return super()._after_write(vals)

    @api.model
    def _write_after_contacts(self):
        """Nightly task, see :meth:`Outlook.write_after_contacts`."""
        Outlook.write_after_contacts(self.env(su=True))

    def action_refresh(self):
        """Refresh the figures of the selected debtors, or of all."""
        self.refresh(self.ids or None)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # === COMPUTE METHODS === #

    def _compute_coming_contacts(self):
        by_debtor = {}
        for entry in self.preview():
            by_debtor.setdefault(entry["debtor_id"], []).append(entry)
        for debtor in self:
            currency = debtor.sudo().currency_id
            debtor.coming_contacts = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_coming",
                {
                    "entries": by_debtor.get(debtor.id, []),
                    "money": currency.format,
                    "day": lambda value: format_date(self.env, value),
                },
            )

    # === BUTTONS === #

    def action_plan_now(self):
        """Decide on these debtors now, and show the result."""
        counts = self.env["ar.notice"].plan(debtor_ids=self.ids)
        if counts["notices"] or counts["updated"] or counts["cancelled"]:
            message = self.env._(
                "%(made)s notices proposed or made ready, %(updated)s brought up to "
                "date, %(cancelled)s cancelled.",
                made=counts["notices"],
                updated=counts["updated"],
                cancelled=counts["cancelled"],
            )
        else:
            message = self.env._("Nothing to send today: each open item says why.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_send_now(self):
        """Decide now, and show the messages before they are sent.

        :raise UserError: under a contact stop, in a company that is not live, or
            where nothing is due, with the reasons
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_held()
        self.env["ar.notice"].plan(debtor_ids=self.ids)
        if not WaitingNotices(self).to_send():
            reasons = [row["message"] for row in self.explain() if row["residual"] > 0]
            raise UserError(
                self.env._(
                    "Nothing is due for %(customer)s now. %(reasons)s",
                    customer=self.display_name,
                    reasons=" ".join(list(dict.fromkeys(reasons))[:3]),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send now"),
            "res_model": "ar.send.now",
            "views": [(False, "form")],
            "target": "new",
            "res_id": self.env["ar.send.now"].create({"debtor_id": self.id}).id,
        }

    def action_send_to_me(self):
        """Send the current notice, with today's text, to the user alone.

        :raise UserError: where there is no notice
        """
        self.ensure_one()
        notice = self.env["ar.notice"]
        for states in (("proposed", "ready", "failed"), ("sent",)):
            notice = notice or notice.search(
                [
                    ("debtor_id", "=", self.id),
                    ("state", "in", states),
                    ("channel", "=", "email"),
                ],
                limit=1,
            )
        if not notice:
            raise UserError(
                self.env._(
                    "There is no message to this customer yet: choose Recalculate "
                    "proposals first. Where nothing is due, Coming contacts says when "
                    "it will be."
                )
            )
        return notice.action_send_to_me()


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    why = fields.Char(
        string="On hold because",
        compute="_compute_why",
        help="What happens to it today, or why nothing happens.",
    )

    def _compute_why(self):
        """Ask the decision, once for all customers of the page."""
        said = {row["move_line_id"]: row["message"] for row in self.debtor_id.explain()}
        for item in self:
            item.why = said.get(item.id, False)
