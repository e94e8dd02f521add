"""Filters, groups, exports and columns offer what a person can use."""

from lxml import etree

from ...models.company.usable_fields import is_technical
from ..module.backoffice_common import BackOfficeCommon

#: Parts of names of what nobody filters or groups by.
KEYS = ("token", "hash", "sha256", "digest", "sums", "access_", "message_")


class TestUsableFields(BackOfficeCommon):
    def test_offered(self):
        """As the web client reads it, for each model and role."""
        seen = set()
        for role in ("collector", "manager", "accountant"):
            env = self.as_user(role)
            for name, model in env.items():
                if not name.startswith("ar.") or not model.has_access("read"):
                    continue
                for field, offer in self.rpc(env, name, "fields_get").items():
                    offered = offer.get("searchable") or offer.get("groupable")
                    with self.subTest(role=role, model=name, field=field):
                        if any(key in field for key in KEYS):
                            self.assertFalse(offered)
                            self.assertFalse(offer.get("exportable"))
                        elif offered:
                            seen.add((name, field))
        self.assertLessEqual(
            {
                ("ar.debtor", "user_id"),
                ("ar.debtor", "days_overdue"),
                ("ar.notice", "stage"),
                ("ar.dispute", "deadline"),
                ("ar.payment.plan", "kind"),
            },
            seen,
        )

    def test_columns(self):
        """No list offers a column that only the code reads."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "ar_followup_plus"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id")).exists()
        count = 0
        # The register and the lists of retention are about sums and numbers of records
        about = ("ar.proof", "ar.retention.item")
        for view in views.filtered(
            lambda v: v.type == "list" and v.model in self.env and v.model not in about
        ):
            model = self.env[view.model]
            arch = etree.fromstring(view.arch_db.encode())
            for node in arch.xpath("//field[not(ancestor::field)]"):
                name = node.get("name")
                if node.get("column_invisible") or node.get("widget") == "handle":
                    continue
                count += 1
                with self.subTest(view=view.name, field=name):
                    self.assertFalse(is_technical(name, model._fields[name].type))
        self.assertGreater(count, 100)

    def test_others_are_left_alone(self):
        env = self.as_user("accountant")
        fields = self.rpc(env, "account.move", "fields_get", ["write_date"])
        self.assertTrue(fields["write_date"]["searchable"])
