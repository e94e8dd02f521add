"""A collector who is away: the substitute gets replies and calls."""

from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ...models.customer.responsible import Responsible
from ..common import ArCommon


class TestSubstitute(ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer, user_id=cls.user_collector.id)
        cls.plain = cls._debtor(cls.other)

    def _away(self, user, first, last=False, substitute=None):
        user.sudo().write(
            {
                "ar_away_from": first,
                "ar_away_until": last,
                "ar_substitute_id": substitute and substitute.id,
            }
        )

    def _in_charge(self, debtor=None):
        debtor = debtor or self.debtor
        debtor.invalidate_recordset(["in_charge_id"])
        user = Responsible(debtor).today()[debtor.id]
        self.assertEqual(debtor.in_charge_id, user)
        found = self.env["ar.debtor"].search([("in_charge_id", "=", user.id)])
        self.assertIn(debtor, found)
        return user

    def test_collector_who_is_there(self):
        self.assertEqual(self._in_charge(), self.user_collector)
        self._away(self.user_collector, date(2026, 3, 11), None, self.user_manager)
        self.assertEqual(self._in_charge(), self.user_collector)
        self._away(
            self.user_collector, date(2026, 3, 1), date(2026, 3, 9), self.user_manager
        )
        self.assertEqual(self._in_charge(), self.user_collector)

    def test_substitute_of_the_collector(self):
        self._away(
            self.user_collector, date(2026, 3, 10), date(2026, 3, 10), self.user_manager
        )
        self.assertEqual(self._in_charge(), self.user_manager)
        found = self.env["ar.debtor"].search(
            [("in_charge_id", "=", self.user_collector.id)]
        )
        self.assertNotIn(self.debtor, found)

    def test_substitute_of_the_customer_comes_first(self):
        self.debtor.substitute_id = self.user_accountant
        self._away(self.user_collector, date(2026, 3, 1), None, self.user_manager)
        self.assertEqual(self._in_charge(), self.user_accountant)
        self._away(self.user_accountant, date(2026, 3, 1))
        self.assertEqual(self._in_charge(), self.user_manager)

    def test_nobody_there(self):
        """It stays the collector's, so that it is not nobody's."""
        self._away(self.user_collector, date(2026, 3, 1))
        self.assertEqual(self._in_charge(), self.user_collector)
        self.company.ar_manager_id = self.user_manager
        self.assertEqual(self._in_charge(), self.user_manager)

    def test_without_collector(self):
        self.plain.user_id = False
        self.company.ar_user_id = self.user_collector
        self.assertEqual(self._in_charge(self.plain), self.user_collector)

    def test_substitute_gets_the_activity(self):
        self._away(self.user_collector, date(2026, 3, 1), None, self.user_manager)
        self.debtor._ar_activity("activity_reply", "Answer")
        self.assertEqual(self.debtor.sudo().activity_ids.user_id, self.user_manager)

    def test_set_based(self):
        partners = [self._customer(f"Customer {n}") for n in range(20)]
        debtors = self.env["ar.debtor"].browse()
        for partner in partners:
            debtors |= self._debtor(partner, user_id=self.user_collector.id)
        Responsible(self.debtor).today()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(10):
            Responsible(debtors).today()

    def test_who_may_set_it(self):
        mine = self.user_collector.with_user(self.user_collector)
        mine.write({"ar_away_from": date(2026, 3, 1)})
        colleague = self.user_collector.with_user(self.user_manager)
        colleague.write({"ar_substitute_id": self.user_manager.id})
        self.assertEqual(self.user_collector.ar_substitute_id, self.user_manager)
        with mute_logger("odoo.addons.base.models.ir_model"):
            with self.assertRaises(AccessError):
                self.user_manager.with_user(self.user_collector).write(
                    {"ar_away_from": date(2026, 3, 1)}
                )
            with self.assertRaises(AccessError):
                colleague.write({"ar_away_from": False, "name": "Changed"})
        view = "ar_followup_plus.res_users_view_list_ar_away"
        with Form(colleague, view) as form:
            form.ar_away_until = date(2026, 3, 20)
        self.assertEqual(self.user_collector.ar_away_until, date(2026, 3, 20))

    def test_nonsense(self):
        for values in (
            {"ar_away_until": date(2026, 3, 1)},
            {"ar_away_from": date(2026, 3, 2), "ar_away_until": date(2026, 3, 1)},
            {"ar_substitute_id": self.user_collector.id},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.user_collector.write(values)
