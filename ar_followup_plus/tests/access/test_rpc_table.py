"""Who may call what over RPC: one row for each public method of ours."""

from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.modules import get_module_path
from odoo.tools import mute_logger

from .rpc_common import ROLES, RpcCommon, public_methods

#: Arguments that cannot be left out.
ARGUMENTS = {"save_call_draft": ("They pay on Friday",)}
#: Which role may call a method, on a record of its own company. It stands in
#: docs/RIGHTS.md too.
TABLE = """
| Method | portal customer | no rights | accountant | collector | credit manager |
|---|---|---|---|---|---|
| `account.move.action_ar_evidence` | - | - | yes | - | - |
| `account.move.action_ar_exclude` | - | - | yes | - | - |
| `account.move.action_ar_gate` | - | - | yes | - | - |
| `account.move.action_ar_include` | - | - | yes | - | - |
| `account.move.action_open_ar_debtor` | - | - | yes | - | - |
| `account.move.action_open_ar_disputes` | - | - | yes | - | - |
| `account.move.action_open_ar_notices` | - | - | yes | - | - |
| `ar.aging.ask.action_differing` | - | - | yes | - | yes |
| `ar.aging.ask.action_pivot` | - | - | yes | - | yes |
| `ar.aging.ask.action_print` | - | - | yes | - | yes |
| `ar.aging.ask.action_show` | - | - | yes | - | yes |
| `ar.aging.ask.action_spreadsheet` | - | - | yes | - | yes |
| `ar.aging.item.action_open_entry` | - | - | yes | - | yes |
| `ar.answer.action_add_contact` | - | - | - | yes | yes |
| `ar.answer.action_done` | - | - | - | yes | yes |
| `ar.answer.action_open_debtor` | - | - | yes | yes | yes |
| `ar.answer.action_right_person` | - | - | - | yes | yes |
| `ar.answer.reply.action_apply` | - | - | - | yes | yes |
| `ar.call.log.action_cool_down` | - | - | - | yes | yes |
| `ar.call.log.action_disputes` | - | - | - | yes | yes |
| `ar.call.log.action_leave` | - | - | - | yes | yes |
| `ar.call.log.action_no_answer` | - | - | - | yes | yes |
| `ar.call.log.action_print` | - | - | - | yes | yes |
| `ar.call.log.action_reached` | - | - | - | yes | yes |
| `ar.call.log.action_will_pay` | - | - | - | yes | yes |
| `ar.call.log.action_wrong_number` | - | - | - | yes | yes |
| `ar.contact.again.action_apply` | - | - | - | yes | yes |
| `ar.contact.stop.action_apply` | - | - | - | yes | yes |
| `ar.copies.ask.action_apply` | - | - | - | yes | yes |
| `ar.credit.policy.action_from_preset` | - | - | - | - | yes |
| `ar.credit.policy.action_new_version` | - | - | - | - | yes |
| `ar.credit.policy.action_publish` | - | - | - | - | yes |
| `ar.credit.policy.action_view_acceptances` | - | - | yes | yes | yes |
| `ar.credit.policy.acceptance.action_document` | - | - | yes | yes | yes |
| `ar.credit.policy.text.action_document` | - | - | yes | yes | yes |
| `ar.debtor.action_approve_notices` | - | - | - | yes | yes |
| `ar.debtor.action_assign_to_me` | - | - | - | yes | yes |
| `ar.debtor.action_cool_down` | - | - | - | yes | yes |
| `ar.debtor.action_dispute` | - | - | yes | yes | yes |
| `ar.debtor.action_evidence` | - | - | yes | yes | yes |
| `ar.debtor.action_go_live` | - | - | - | - | yes |
| `ar.debtor.action_late_charge_list` | - | - | yes | yes | yes |
| `ar.debtor.action_late_charges` | - | - | - | yes | yes |
| `ar.debtor.action_log_call` | - | - | - | yes | yes |
| `ar.debtor.action_log_visit` | - | - | - | yes | yes |
| `ar.debtor.action_new_letter` | - | - | yes | yes | yes |
| `ar.debtor.action_open_answers` | - | - | yes | yes | yes |
| `ar.debtor.action_open_customer_page` | - | - | yes | yes | yes |
| `ar.debtor.action_open_disputes` | - | - | yes | yes | yes |
| `ar.debtor.action_open_notices` | - | - | yes | yes | yes |
| `ar.debtor.action_open_partner` | - | - | yes | yes | yes |
| `ar.debtor.action_open_plans` | - | - | yes | yes | yes |
| `ar.debtor.action_open_returned` | - | - | yes | yes | yes |
| `ar.debtor.action_open_settings` | - | - | - | - | yes |
| `ar.debtor.action_payment_proof` | - | - | - | yes | yes |
| `ar.debtor.action_plan_now` | - | - | - | yes | yes |
| `ar.debtor.action_print_statements` | - | - | yes | yes | yes |
| `ar.debtor.action_print_wanted` | - | - | - | yes | yes |
| `ar.debtor.action_promise` | - | - | yes | yes | yes |
| `ar.debtor.action_propose_plan` | - | - | yes | yes | yes |
| `ar.debtor.action_refresh` | - | - | yes | yes | yes |
| `ar.debtor.action_request_policy` | - | - | - | yes | yes |
| `ar.debtor.action_revoke_links` | - | - | - | yes | yes |
| `ar.debtor.action_send_copies` | - | - | yes | yes | yes |
| `ar.debtor.action_send_hold_warning` | - | - | - | yes | yes |
| `ar.debtor.action_send_now` | - | - | - | yes | yes |
| `ar.debtor.action_send_statements` | - | - | - | yes | yes |
| `ar.debtor.action_send_to_me` | - | - | - | yes | yes |
| `ar.debtor.action_set_off` | - | - | - | yes | yes |
| `ar.debtor.action_view_policies` | - | - | yes | yes | yes |
| `ar.debtor.lift_stop` | - | - | - | - | yes |
| `ar.debtor.list_notes` | - | - | yes | yes | yes |
| `ar.debtor.save_call_draft` | - | - | - | yes | yes |
| `ar.debtor.send_statement` | - | - | - | yes | yes |
| `ar.debtor.wake` | - | - | - | yes | yes |
| `ar.dispute.action_answer` | - | yes | yes | yes | yes |
| `ar.dispute.action_evidence` | - | - | yes | yes | yes |
| `ar.dispute.action_open_credit` | - | yes | yes | yes | yes |
| `ar.dispute.action_open_debtor` | - | yes | yes | yes | yes |
| `ar.dispute.action_propose_plan` | - | yes | - | yes | yes |
| `ar.dispute.action_send_copy` | - | yes | - | yes | yes |
| `ar.dispute.action_start` | - | yes | - | yes | yes |
| `ar.dispute.open.action_apply` | - | - | - | yes | yes |
| `ar.dispute.reply.action_apply` | - | yes | - | yes | yes |
| `ar.evidence.action_again` | - | - | yes | yes | yes |
| `ar.evidence.action_download_pdf` | - | - | yes | yes | yes |
| `ar.evidence.action_download_zip` | - | - | yes | yes | yes |
| `ar.evidence.action_open_debtor` | - | - | yes | yes | yes |
| `ar.evidence.action_refresh` | - | - | yes | yes | yes |
| `ar.evidence.action_retry` | - | - | yes | yes | yes |
| `ar.exclude.action_apply` | - | - | yes | yes | yes |
| `ar.financing.ask.action_print` | - | - | yes | - | yes |
| `ar.financing.ask.action_show` | - | - | yes | - | yes |
| `ar.financing.ask.action_spreadsheet` | - | - | yes | - | yes |
| `ar.financing.item.action_sold` | - | - | yes | - | yes |
| `ar.gate.ask.action_let_pass` | - | - | - | - | - |
| `ar.gate.ask.action_proof` | - | - | - | yes | yes |
| `ar.gate.ask.action_request` | - | - | yes | - | - |
| `ar.go.live.action_back` | - | - | - | - | yes |
| `ar.go.live.action_disable_test` | - | - | - | - | yes |
| `ar.go.live.action_go_live` | - | - | - | - | yes |
| `ar.go.live.action_next` | - | - | - | - | yes |
| `ar.go.live.action_pay_code` | - | - | - | - | yes |
| `ar.go.live.action_pay_link` | - | - | - | - | yes |
| `ar.go.live.action_test_mail` | - | - | - | - | yes |
| `ar.go.live.customer.action_open_debtor` | - | - | - | - | yes |
| `ar.go.live.customer.action_preview` | - | - | - | - | yes |
| `ar.hold.ask.action_apply` | - | - | - | - | yes |
| `ar.key.figure.action_open` | - | - | yes | - | yes |
| `ar.key.figures.ask.action_show` | - | - | yes | - | yes |
| `ar.ladder.step.action_open_step` | - | - | yes | yes | yes |
| `ar.ladder.step.action_preview` | - | - | - | yes | yes |
| `ar.late.charge.ask.action_post` | - | - | - | yes | yes |
| `ar.late.charge.ask.action_waive` | - | - | - | yes | yes |
| `ar.letter.action_not_needed` | - | - | - | yes | yes |
| `ar.letter.action_post` | - | - | - | yes | yes |
| `ar.letter.action_print` | - | - | - | yes | yes |
| `ar.letter.post.action_apply` | - | - | - | yes | yes |
| `ar.message.preview.action_pdf` | - | - | - | yes | yes |
| `ar.message.preview.action_send_to_me` | - | - | - | yes | yes |
| `ar.message.preview.action_show` | - | - | - | yes | yes |
| `ar.notice.action_approve` | - | - | - | yes | yes |
| `ar.notice.action_log_call` | - | - | - | yes | yes |
| `ar.notice.action_not_needed` | - | - | - | - | yes |
| `ar.notice.action_not_now` | - | - | - | yes | yes |
| `ar.notice.action_open_cancel` | - | - | yes | yes | yes |
| `ar.notice.action_open_debtor` | - | - | yes | yes | yes |
| `ar.notice.action_post` | - | - | yes | yes | yes |
| `ar.notice.action_preview_letter` | - | - | yes | yes | yes |
| `ar.notice.action_preview_pdf` | - | - | yes | yes | yes |
| `ar.notice.action_print_day` | - | - | - | yes | yes |
| `ar.notice.action_print_letter` | - | - | - | yes | yes |
| `ar.notice.action_refer` | - | - | - | yes | yes |
| `ar.notice.action_retry` | - | - | - | yes | yes |
| `ar.notice.action_send_now` | - | - | - | yes | yes |
| `ar.notice.action_send_to_me` | - | - | - | yes | yes |
| `ar.notice.action_settled` | - | - | - | yes | yes |
| `ar.notice.action_take_back` | - | - | - | yes | yes |
| `ar.notice.cancel.action_apply` | - | - | - | yes | yes |
| `ar.open.item.action_dispute` | - | - | yes | yes | yes |
| `ar.open.item.action_exclude` | - | - | yes | yes | yes |
| `ar.open.item.action_include` | - | - | yes | yes | yes |
| `ar.open.item.action_open_debtor` | - | - | yes | yes | yes |
| `ar.open.item.action_open_invoice` | - | - | yes | - | - |
| `ar.open.item.action_open_partner` | - | - | yes | yes | yes |
| `ar.open.item.action_refer` | - | - | - | yes | yes |
| `ar.parked.action_open_debtor` | - | - | yes | yes | yes |
| `ar.payment.plan.action_agreed` | - | - | - | yes | yes |
| `ar.payment.plan.action_cancel` | - | - | yes | yes | yes |
| `ar.payment.plan.action_offer` | - | - | - | yes | yes |
| `ar.payment.plan.action_open_debtor` | - | - | yes | yes | yes |
| `ar.payment.plan.action_print` | - | - | yes | yes | yes |
| `ar.payment.plan.action_replace` | - | - | yes | yes | yes |
| `ar.payment.plan.action_send_offer` | - | - | - | yes | yes |
| `ar.person.ask.action_anonymise` | - | - | - | - | yes |
| `ar.person.ask.action_export` | - | - | - | - | yes |
| `ar.plan.ask.action_apply` | - | - | - | yes | yes |
| `ar.plan.cancel.action_apply` | - | - | - | - | yes |
| `ar.policy.record.action_apply` | - | - | - | yes | yes |
| `ar.policy.withdraw.action_apply` | - | - | - | - | yes |
| `ar.proof.action_open_record` | - | - | - | - | yes |
| `ar.proof.action_verify` | - | - | - | - | yes |
| `ar.referral.action_accept` | - | - | - | yes | yes |
| `ar.referral.action_approve` | - | - | - | - | yes |
| `ar.referral.action_end` | - | - | - | yes | yes |
| `ar.referral.action_open_debtor` | - | - | yes | yes | yes |
| `ar.referral.action_payment` | - | - | - | yes | yes |
| `ar.referral.action_send` | - | - | - | - | yes |
| `ar.referral.end.action_apply` | - | - | - | yes | yes |
| `ar.referral.line.action_leave_out` | - | - | - | yes | yes |
| `ar.referral.pay.action_apply` | - | - | - | yes | yes |
| `ar.retention.action_confirm` | - | - | - | - | yes |
| `ar.retention.action_items` | - | - | - | - | yes |
| `ar.retention.action_stop` | - | - | - | - | yes |
| `ar.retention.item.action_open` | - | - | - | - | yes |
| `ar.returned.payment.action_came_back` | - | - | - | yes | yes |
| `ar.returned.payment.action_corrected` | - | - | - | yes | yes |
| `ar.send.now.action_apply` | - | - | - | yes | yes |
| `ar.snooze.action_apply` | - | - | - | yes | yes |
| `ar.state.ask.action_apply` | - | - | - | - | yes |
| `ar.statement.ask.action_list` | - | - | - | yes | yes |
| `ar.statement.ask.action_print` | - | - | - | yes | yes |
| `ar.statement.ask.action_send` | - | - | - | yes | yes |
| `ar.unmatched.reply.action_assign` | - | - | - | yes | yes |
| `ar.unmatched.reply.action_close` | - | - | - | yes | yes |
| `res.company.action_ar_go_live` | - | - | - | - | yes |
| `res.company.action_ar_live` | - | - | - | - | yes |
| `res.company.action_ar_pause` | - | - | - | - | yes |
| `res.company.action_ar_resume` | - | - | - | - | yes |
| `res.partner.action_ar_person` | - | - | - | - | yes |
| `res.partner.action_open_ar_debtor` | - | - | yes | yes | yes |
| `sale.order.action_ar_gate` | - | - | yes | - | - |
""".strip()


class TestRpcTable(RpcCommon):
    """The table is made by trying, and compared with the one above."""

    maxDiff = None

    def test_table(self):
        samples = self._samples()
        lines = TABLE.splitlines()[:2]
        for (model, method), kind in sorted(public_methods(self.env).items()):
            if kind != "act":
                continue
            cells = [self._cell(samples, model, method, role) for role in ROLES]
            lines.append(f"| `{model}.{method}` | {' | '.join(cells)} |")
        self.assertEqual("\n".join(lines), TABLE)

    def test_none_or_several_are_refused_in_words(self):
        """Where an act is on one record; others do their work, or say what is wrong."""
        samples, faults = self._samples(), []
        env = self.as_user("manager")
        for (model, method), kind in sorted(public_methods(self.env).items()):
            record = samples.get(model, ({},))[0]
            if kind != "act" or isinstance(record, dict):
                continue
            if hasattr(getattr(self.env[model], method), "_api_model"):
                continue
            another = (
                self.env[model].sudo().search([("id", "not in", record.ids)], limit=1)
            )
            for ids in ([], (record + another).ids):
                try:
                    with (
                        mute_logger("odoo.addons.base.models.ir_model", "odoo.models"),
                        self.env.cr.savepoint() as savepoint,
                        self._cheap_pdf(),
                    ):
                        args = [ids, *ARGUMENTS.get(method, ())]
                        self.rpc(env, model, method, *args)
                        savepoint.rollback()
                except (AccessError, UserError):
                    continue
                except ValueError as error:
                    faults.append(f"{model}.{method}{ids}: {error}")
                finally:
                    self.env.invalidate_all()
        self.assertFalse(faults, "\n".join(faults))

    def test_docs_say_the_same(self):
        path = Path(get_module_path("ar_followup_plus")).parent / "docs" / "RIGHTS.md"
        self.assertIn(TABLE, path.read_text(encoding="utf-8"))

    def _cell(self, samples, model, method, role):
        """Return whether a role may call a method on a record of its own company."""
        record, _change, _add = samples.get(model, ({}, {}, {}))
        env = self.as_user(role)
        if (model, method) == ("ar.gate.ask", "action_proof"):
            record = {"debtor_id": self.debtor.id}  # of an order: see test_rpc_gate.py
        try:
            with (
                mute_logger("odoo.addons.base.models.ir_model", "odoo.models"),
                self.env.cr.savepoint() as savepoint,
                self._cheap_pdf(),
            ):
                if model == "ar.go.live.customer":
                    panel = env["ar.go.live"].create({"company_id": self.company.id})
                    record = {
                        "panel_id": panel.id,
                        "debtor_id": self.debtor.id,
                        "step_id": self.own_ladder.step_ids.id,
                    }
                if isinstance(record, dict):
                    ids = env[model].create(record).ids
                else:
                    ids = record.ids
                args = [ids, *ARGUMENTS.get(method, ())]
                if hasattr(getattr(self.env[model], method), "_api_model"):
                    args = args[1:]
                self.rpc(env, model, method, *args)
                savepoint.rollback()
        except AccessError:
            return "-"
        except UserError:
            return "yes"  # allowed, and not possible just now
        finally:
            self.env.invalidate_all()
        return "yes"
