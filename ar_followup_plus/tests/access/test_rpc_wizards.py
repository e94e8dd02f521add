"""Dialogs that are given records which their user may not see."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.payment_plan.agreement import Agreement
from .rpc_common import RpcHttp


@tagged("post_install", "-at_install")
class TestRpcWizards(RpcHttp):
    """Each relational field of each dialog × records of another company, over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users["manager_b"].group_ids += cls.env.ref("account.group_account_invoice")
        cls.dialogs = [
            model
            for name, model in cls.env.items()
            if name.startswith("ar.") and model._transient
        ]
        item = cls.env["ar.open.item"].browse(cls._items(cls.invoice).ids)
        cls.rules, cls.rules_b = cls.env["ar.financing.rule"].create(
            [
                {"name": company.name, "company_id": company.id}
                for company in (cls.company, cls.company_b)
            ]
        )
        #: Records of company A, by model.
        cls.foreign = {
            record._name: record
            for record in (
                cls.debtor, cls.notice, cls.plan, cls.dispute, cls.accepted, cls.file, cls.referral,
                cls.own_ladder.step_ids, cls.company, cls.closed, item, cls.answer,
                cls.rules,
            )
        }  # fmt: skip
        #: What everybody may read.
        cls.open = ("ar.dispute.reason", "res.currency")

    def setUp(self):
        super().setUp()
        self.dialog_values = {
            record: add
            for _label, record, _change, add in self._rows()
            if isinstance(record, str)
        }

    def _values(self, model):
        """Return values with which the manager of company B could open a dialog."""
        own = {
            "ar.debtor": self.debtor_b,
            "res.company": self.company_b,
            "ar.dispute.reason": self.reason,
            "ar.financing.rule": self.rules_b,
        }
        samples = self.dialog_values.get(model._name, {})
        values = {}
        for name, field in model._fields.items():
            if field.relational and field.required and field.store:
                comodel = self.env[field.comodel_name]
                if comodel._transient:
                    mine = comodel.with_user(self.users["manager_b"])
                    values[name] = mine.create(self._values(comodel)).id
                    continue
                # What company B has none of is of company A too
                known = own.get(comodel._name) or self.foreign.get(comodel._name)
                if not known:
                    continue
                ids = known.ids[:1]
                values[name] = ids[0] if field.type == "many2one" else [(6, 0, ids)]
            elif name in samples and not field.relational:
                values[name] = samples[name]
        return values

    def _forge(self, model, field):
        """Return values of a dialog with one field that points to company A."""
        record = self.foreign[field.comodel_name]
        ids = record.ids[:1]
        value = ids[0] if field.type == "many2one" else [(6, 0, ids)]
        return {**self._values(model), field.name: value}

    def _given(self):
        """Yield each dialog with each stored field that points to records."""
        for model in self.dialogs:
            for name, field in model._fields.items():
                if (
                    field.relational
                    and field.store
                    and name not in ("create_uid", "write_uid")
                    and field.comodel_name not in self.open
                    and not self.env[field.comodel_name]._transient
                ):
                    yield model, field

    def test_no_dialog_takes_a_record_of_another_company(self):
        env, tried = self.as_user("manager_b"), 0
        for model, field in self._given():
            values = self._forge(model, field)
            with (
                self.subTest(model=model._name, field=field.name),
                mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"),
                mute_logger("odoo.sql_db"),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                tried += 1
                self.rpc(env, model._name, "create", [values])
        self.assertGreater(tried, 20)

    def test_nor_when_it_is_changed(self):
        env = self.as_user("manager_b")
        mine = env["ar.plan.ask"].create({"debtor_id": self.debtor_b.id})
        for values in ({"debtor_id": self.debtor.id}, {"supersedes_id": self.plan.id}):
            self.assert_refused(
                lambda v=values: self.rpc(
                    env, "ar.plan.ask", "web_save", mine.ids, v, {}
                )
            )

    def test_onchange_tells_nothing(self):
        """A form computes before anything is saved."""
        env, secrets = self.as_user("manager_b"), (self.late.name, self.invoice.name)
        tried = 0
        for model, field in self._given():
            spec = {
                name: {"fields": {"display_name": {}}} if f.relational else {}
                for name, f in model._fields.items()
            }
            for name, f in model._fields.items():
                if f.relational and self.env[f.comodel_name]._transient:
                    inner = self.env[f.comodel_name]._fields
                    spec[name] = {"fields": {n: {} for n in inner}}
            with (
                self.subTest(model=model._name, field=field.name),
                mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"),
                self.env.cr.savepoint(),
            ):
                tried += 1
                try:
                    answer = self.rpc(
                        env,
                        model._name,
                        "onchange",
                        [],
                        self._forge(model, field),
                        [field.name],
                        spec,
                    )
                except AccessError:
                    continue
                for secret in secrets:
                    self.assertNotIn(secret, str(answer))
        self.assertGreater(tried, 20)

    def test_dialogs_compute_with_the_rights_of_their_user(self):
        for model in self.dialogs:
            for name, field in model._fields.items():
                with self.subTest(model=model._name, field=name):
                    if field.compute and field.store and not field.related:
                        self.assertFalse(field.compute_sudo)
                    if field.related:
                        first = model._fields[field.related.split(".")[0]]
                        inside = self.env[first.comodel_name]._transient
                        company = first.comodel_name == "res.company"
                        self.assertTrue(inside or company or not field.related_sudo)

    def test_plan_of_another_customer_is_not_replaced(self):
        """Not through the dialog, and not through the model."""
        manager = self.as_user("manager")
        mine = self._debtor(self.late).with_env(manager)
        items = manager["ar.open.item"].browse(self._items(self.invoice).ids)
        values = {
            "count": 2,
            "first_on": self._ago(-30),
            "supersedes_id": self.plan.id,
        }
        with self.assertRaisesRegex(Exception, "running plan of the same customer"):
            Agreement(mine).propose(items, values)
        own = Agreement(mine).propose(items, {**values, "supersedes_id": False})
        with self.assertRaisesRegex(Exception, "only a plan of the same customer"):
            own.sudo().supersedes_id = self.plan
            own.sudo().flush_recordset()
        self.assertEqual(self.plan.state, "active")
