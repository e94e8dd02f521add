"""Customers who are merged, or become a part of another: nothing is lost."""

from unittest.mock import patch

from odoo import Command

from ...models.customer import res_partner
from ...models.portal.customer_page import CustomerPage
from ..delivery.sending_common import SendingCommon


class TestMerge(SendingCommon):
    """Two companies; in the first both customers have a history, in the second one."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Second House")["company"]
        cls._live(cls.second)
        cls.env.user.company_ids = [Command.link(cls.second.id)]
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": [cls.company.id, cls.second.id],
            }
        )

    def _history(self, partner, company=None):
        """Give a customer a history; return all its records by model."""
        debtor = self._debtor(partner, company).sudo()
        invoice = self._invoice(partner, 100, 10, company=company or self.company)
        self._plan(None, *([] if company else [partner]))
        if company:
            self.env["ar.notice"].plan(None, debtor.ids)
        notice = self._notices(partner, company=company)
        self._leave(notice)
        contact = self.env["ar.debtor.contact"].create(
            {"debtor_id": debtor.id, "partner_id": partner.id}
        )
        message = debtor.message_post(body=f"Spoke with {partner.name}")
        debtor._ar_activity("activity_reply", f"Answer {partner.name}")
        attachment = self.env["ir.attachment"].create(
            {
                "name": "Letter.txt",
                "raw": b"text",
                "res_model": "ar.debtor",
                "res_id": debtor.id,
            }
        )
        return {
            "debtor": debtor,
            "invoice": invoice,
            "notice": notice,
            "lines": notice.line_ids,
            "contact": contact,
            "message": message,
            "activity": debtor.activity_ids,
            "attachment": attachment,
        }

    def _merge(self, source, destination):
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((source | destination).ids, destination)
        self.env.invalidate_all()

    def assert_history_at(self, history, debtor):
        """Assert that every record of a history is there, and belongs to a debtor."""
        notice = history["notice"]
        self.assertEqual(notice.debtor_id, debtor)
        self.assertEqual(notice.state, "sent")
        self.assertEqual(notice.line_ids, history["lines"])
        self.assertEqual(history["lines"].move_line_id, self._items(history["invoice"]))
        self.assertTrue(all(history["lines"].mapped("active")))
        self.assertEqual(history["message"].res_id, debtor.id)
        self.assertIn(history["message"], debtor.message_ids)
        self.assertEqual(history["activity"].res_id, debtor.id)
        self.assertIn(history["activity"], debtor.activity_ids)
        self.assertEqual(history["attachment"].res_id, debtor.id)

    def test_merge_two_companies_with_collision_in_one(self):
        here_source = self._history(self.customer)
        here_dest = self._history(self.other)
        there_source = self._history(self.customer, self.second)
        kept, alone = here_dest["debtor"], there_source["debtor"]
        self._merge(self.customer, self.other)
        self.assertFalse(self.customer.exists())
        self.assertFalse(here_source["debtor"].exists())
        self.assertEqual(alone.partner_id, self.other)
        self.assertEqual(alone.company_id, self.second)
        for history, debtor in (
            (here_source, kept), (here_dest, kept), (there_source, alone),
        ):  # fmt: skip
            self.assert_history_at(history, debtor)
        # The same person in the same function twice is one contact
        self.assertEqual(kept.contact_ids.partner_id, self.other)
        self.assertEqual(len(kept.contact_ids), 1)
        self.assertEqual(alone.contact_ids, there_source["contact"])
        # What was taken stays taken: planning makes nothing new
        both = self.env["ar.debtor"].search([("partner_id", "=", self.other.id)])
        self.assertEqual(both, kept | alone)
        self.assertEqual(self.env["ar.notice"].plan(None, both.ids)["notices"], 0)

    def test_what_is_stricter_holds(self):
        source, dest = (
            self._debtor(self.customer).sudo(),
            self._debtor(self.other).sudo(),
        )
        source.stop_contact("insolvency", note="Court of Sampletown")
        source.write(
            {"snooze_until": self._ago(-20), "last_contact_date": self._ago(3)}
        )
        dest.write({"snooze_until": self._ago(-5), "last_contact_date": self._ago(1)})
        self._merge(self.customer, self.other)
        self.assertTrue(dest.is_stopped)
        self.assertEqual(dest.stop_reason, "insolvency")
        self.assertEqual(dest.stop_note, "Court of Sampletown")
        self.assertEqual(dest.snooze_until, self._ago(-20))
        self.assertEqual(dest.last_contact_date, self._ago(1))

    def test_nobody_is_told_or_thanked_again(self):
        source, dest = (
            self._debtor(self.customer).sudo(),
            self._debtor(self.other).sudo(),
        )
        source.write({"overpaid_told_on": self._ago(3), "thanked_on": self._ago(9)})
        dest.write({"overpaid_told_on": self._ago(20), "thanked_on": self._ago(5)})
        self._merge(self.customer, self.other)
        self.assertEqual(dest.overpaid_told_on, self._ago(3))
        self.assertEqual(dest.thanked_on, self._ago(5))

    def test_charges_of_a_contract_hold(self):
        """Where one of both has its own charges, they go on; else the one that stays."""
        other = self._customer("Third Customer")
        schemes = self.env["ar.late.charge.scheme"].create(
            [
                {"name": name, "kind": "none", "company_id": self.company.id}
                for name in ("One", "Two")
            ]
        )
        source, into = self._debtor(other).sudo(), self._debtor(self.customer).sudo()
        source.charge_scheme_id = schemes[0]
        self.assertEqual(source._stricter_of(into)["charge_scheme_id"], schemes[0].id)
        into.charge_scheme_id = schemes[1]
        self.assertNotIn("charge_scheme_id", source._stricter_of(into))
        into.charge_scheme_id = False
        self._merge(other, self.customer)
        self.assertEqual(into.charge_scheme_id, schemes[0])

    def test_stricter_hold_of_orders_stays(self):
        source, dest = (
            self._debtor(self.customer).sudo(),
            self._debtor(self.other).sudo(),
        )
        source.write(
            {"hold_state": "hold", "hold_reason": "person", "hold_note": "Ask first"}
        )
        dest.write({"hold_state": "warn", "hold_reason": "rule"})
        self._merge(self.customer, self.other)
        self.assertEqual((dest.hold_state, dest.hold_reason), ("hold", "person"))
        self.assertEqual(dest.hold_note, "Ask first")

    def test_longer_stop_holds(self):
        source, dest = (
            self._debtor(self.customer).sudo(),
            self._debtor(self.other).sudo(),
        )
        source.stop_contact("represented")
        dest.stop_contact("moratorium", until=self._ago(-3))
        self._merge(self.customer, self.other)
        self.assertEqual((dest.stop_reason, dest.stop_until), ("represented", False))

    def test_one_message_where_both_waited(self):
        first = self._invoice(self.customer, 100, 10)
        second = self._invoice(self.other, 200, 10)
        self._plan(None, self.customer, self.other)
        notices = self._notices(None, "ready")
        self.assertEqual(len(notices), 2)
        self._merge(self.customer, self.other)
        self.assertEqual(sorted(notices.mapped("state")), ["cancelled", "ready"])
        self._deliver()
        self.assertEqual(len(self._mails(self.other)), 1)
        self.assertEqual(first.partner_id, self.other)
        self.assertEqual(self._debtor(second.partner_id), self._debtor(self.other))

    def test_waiting_notice_goes_along(self):
        self._invoice(self.customer, 100, 10)
        self._plan(None, self.customer)
        notice = self._notices(self.customer)
        self._merge(self.customer, self.other)
        self.assertEqual(notice.state, "ready")
        self.assertEqual(notice.partner_id, self.other)
        self._deliver()
        self.assertIn(self.other.email, notice.recipients)

    def test_merging_contacts_of_one_customer(self):
        """Contacts that are merged are one contact of the debtor afterwards."""
        people = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.customer.id, "email": "x@example.com"}
                for name in ("Same Person", "Person, Same")
            ]
        )
        debtor = self._debtor(self.customer)
        for person in people:
            self.env["ar.debtor.contact"].create(
                {"debtor_id": debtor.id, "partner_id": person.id, "role": "buyer"}
            )
        self._merge(people[0], people[1])
        self.assertEqual(debtor.contact_ids.partner_id, people[1])
        self.assertEqual(len(debtor.contact_ids), 1)

    # === ANOTHER PARENT === #

    def test_customer_becomes_a_part_of_another(self):
        self.customer.is_company = False
        mine = self._history(self.customer)
        there = self._history(self.customer, self.second)
        parent = self._history(self.other)
        self.customer.parent_id = self.other
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(mine["debtor"].exists())
        self.assertEqual(there["debtor"].partner_id, self.other)
        self.assert_history_at(mine, parent["debtor"])
        self.assert_history_at(parent, parent["debtor"])
        self.assert_history_at(there, there["debtor"])
        found = {
            item.debtor_id
            for item in self.env["ar.open.item"].search(
                [("move_id", "in", (mine["invoice"] | parent["invoice"]).ids)]
            )
        }
        self.assertEqual(found, {parent["debtor"]})

    def test_company_that_gets_a_parent_stays_its_own_customer(self):
        debtor = self._debtor(self.customer)
        self.customer.parent_id = self.other
        self.env.flush_all()
        self.assertEqual(debtor.partner_id, self.customer)
        self.customer.is_company = False
        self.env.flush_all()
        self.assertEqual(debtor.partner_id, self.other)

    def _anna(self):
        """Return a contact of the customer who paid 50 that nobody matched."""
        anna = self.env["res.partner"].create(
            {
                "name": "Anna",
                "parent_id": self.customer.id,
                "email": "anna@example.com",
                "property_account_receivable_id": self.receivable.id,
            }
        )
        debtor = self._debtor(self.customer).sudo()
        self.env["ar.debtor.contact"].sudo().create(
            {
                "debtor_id": debtor.id,
                "partner_id": anna.id,
                "role": "accounts_payable",
            }
        )
        self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 60, 10)
        payment = self._pay_on_account(anna, 50)
        line = self._items(payment.move_id)
        self.assertEqual(line.partner_id, anna)
        return anna, debtor, line

    def _asked(self, partner):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self._debtor(partner).explain()
        return [row["amount"] for row in rows if row["residual"] > 0]

    def test_contact_who_goes_to_another_customer(self):
        """Her 50 stay: 50 are asked for here, and 60 there; she gets no message."""
        anna, debtor, line = self._anna()
        there = self._debtor(self.other).sudo()
        debtor.message_subscribe(anna.ids)
        anna.parent_id = self.other
        self.assertEqual(self._asked(self.customer), [50])
        self.assertEqual(self._asked(self.other), [60])
        self.assertEqual(line.partner_id, self.customer)
        self.assertFalse(CustomerPage(there).values(full=True)["credits"])
        self.assertEqual(
            [row["open"] for row in CustomerPage(debtor).values(full=True)["credits"]],
            [50],
        )
        people = self.env["ar.notice"].sudo()._people_of(debtor)[debtor.id]
        self.assertNotIn(anna.id, [person[0] for person in people])
        self.assertNotIn(anna, debtor.message_partner_ids)
        [activity] = debtor.activity_ids
        self.assertIn("Anna left this customer", activity.summary)
        self.assertIn(line.move_name, activity.summary)

    def test_contact_who_becomes_a_customer(self):
        anna, _debtor, line = self._anna()
        anna.parent_id = False
        self.assertEqual(self._asked(self.customer), [50])
        self.assertEqual(line.partner_id, self.customer)

    def test_contact_with_a_locked_entry(self):
        """Accounting closed the books: the money stays here, too."""
        anna, debtor, line = self._anna()
        self.company.fiscalyear_lock_date = self.today
        anna.parent_id = self.other
        self.assertEqual(line.partner_id, self.customer)
        self.assertEqual(self._asked(self.customer), [50])
        [activity] = debtor.activity_ids
        self.assertIn(line.move_name, activity.summary)

    def test_contact_with_matched_entries(self):
        """What is paid stays, too, with the matching."""
        anna, _debtor, line = self._anna()
        invoice = self._invoice(anna, 30, 10)
        [item] = self._items(invoice)
        (line | item).reconcile()
        anna.parent_id = self.other
        self.assertEqual((line | item).partner_id, self.customer)
        self.assertEqual(invoice.commercial_partner_id, self.customer)
        self.assertEqual(item.matched_credit_ids.credit_move_id, line)
        self.assertEqual(self._asked(self.other), [60])

    def test_contact_whose_company_becomes_a_part_of_another(self):
        """Nothing is asked: both follow."""
        anna, _debtor, line = self._anna()
        self.customer.is_company = False
        self.customer.parent_id = self.other
        self.assertEqual(anna.commercial_partner_id, self.other)
        self.assertEqual(line.partner_id, anna)
        self.assertEqual(sum(self._asked(self.other)), 110)

    def test_ordinary_writes_cost_nothing(self):
        self._debtor(self.customer)
        with patch.object(res_partner, "follow_partners") as follow:
            self.customer.comment = "Prefers mornings"
            self.customer.write({"street": "2 Sample Street", "phone": False})
            follow.assert_not_called()
            self.customer.parent_id = self.other
            follow.assert_called_once()
