"""The back office as its users meet it: calls of the web client, by role."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from ..common import ArCommon

ROLES = ("none", "portal", "collector", "manager", "accountant")


class BackOfficeCommon(ArCommon):
    """One customer with three notices: proposed, needing approval, and sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: getattr(cls, f"user_{role}") for role in ROLES}
        for user in cls.users.values():
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls._every_day()
        cls.company.ar_state = "ask"
        cls.late = cls._customer("Late Laundry")
        cls.old = cls._customer("Old Orchard")
        cls.said = cls._customer("Said Sawmill")
        cls.invoice = cls._invoice(cls.late, 1250, 6)
        cls.old_invoice = cls._invoice(cls.old, 900, 40)
        cls.said_invoice = cls._invoice(cls.said, 400, 5)
        cls.debtor = cls._debtor(cls.late)
        cls._plan(None, cls.late, cls.old, cls.said)
        cls.notice = cls._notices(cls.late)
        cls.final_notice = cls._notices(cls.old)
        cls.final_notice.sudo().write({"step_id": cls._step("business_final").id})
        cls.sent_notice = cls._notices(cls.said)
        cls._leave(cls.sent_notice)
        cls.env["ar.debtor"].refresh()
        cls.contact = cls.env["ar.debtor.contact"].create(
            {"debtor_id": cls.debtor.id, "partner_id": cls.late.id}
        )
        cls.own_ladder = cls.env["ar.ladder"].create(
            {
                "name": "Ladder for tests",
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Only step",
                            "delay_days": 5,
                            "mail_template_id": cls.env.ref(
                                "ar_followup_plus.mail_template_gentle"
                            ).id,
                        }
                    )
                ],
            }
        )
        cls.env.flush_all()

    @classmethod
    def _park(cls):
        """Leave an invoice out of the follow-up."""
        line = cls._items(cls.said_invoice)
        line.no_followup = True
        cls.exclusion = (
            cls.env["ar.exclusion"]
            .sudo()
            .create(
                {
                    "move_line_id": line.id,
                    "company_id": cls.company.id,
                    "kind": "deposit",
                    "reason": "A deposit until the works end",
                    "until": cls._ago(-30),
                    "user_id": cls.user_manager.id,
                }
            )
        )

    def as_user(self, role, companies=None):
        """Return an environment as the web client has it for a user."""
        user = self.users[role]
        ids = (companies or user.company_ids).ids
        return self.env(user=user, su=False, context={"allowed_company_ids": ids})

    def rpc(self, env, model, method, *args, **kwargs):
        """Call a method as the web client does, from a cold cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        result = call_kw(env[model], method, list(args), kwargs)
        self.env.flush_all()
        return result

    def refuses(self, function):
        """Return whether a call ends in an AccessError; nothing of it stays."""
        with mute_logger(
            "odoo.addons.base.models.ir_model",
            "odoo.addons.base.models.ir_rule",
            "odoo.models",
        ):
            try:
                with self.env.cr.savepoint():
                    function()
                    raise _Undo
            except _Undo:
                return False
            except AccessError:
                return True

    def assert_refused(self, function, text=None):
        """Assert that a call is refused with a sentence, and writes nothing."""
        with (
            mute_logger("odoo.addons.base.models.ir_model", "odoo.models"),
            self.assertRaises(AccessError) as caught,
            self.env.cr.savepoint(),
        ):
            function()
        if text:
            self.assertIn(text, str(caught.exception))


class _Undo(Exception):
    """Ends a savepoint whose writes are not wanted."""
