"""Every placeholder is filled by the product, and says what the log says."""

import ast
from pathlib import Path

from odoo.tests import tagged

from ...models.ladder.ar_letter_text import BLOCKS, EXTRA, FLAGS, MOMENT_VALUES, VALUES
from .text_common import TextCommon

MODELS = Path(__file__).parents[2] / "models"
#: The lists of names: to be in one of them fills nothing.
LISTS = ("ladder/ar_letter_text.py",)


def names_filled():
    """Return the names that code of the product gives a value.

    As a keyword, as a key of a dict, or as the key of an assignment.
    """
    found = set()
    for path in MODELS.rglob("*.py"):
        if path.relative_to(MODELS).as_posix() in LISTS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword):
                found.add(node.arg)
            elif isinstance(node, ast.Dict):
                found.update(k.value for k in node.keys if isinstance(k, ast.Constant))
            elif isinstance(node, ast.Assign):
                targets = [
                    one
                    for target in node.targets
                    for one in getattr(target, "elts", [target])
                ]
                found.update(
                    target.slice.value
                    for target in targets
                    if isinstance(target, ast.Subscript)
                    and isinstance(target.slice, ast.Constant)
                )
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
                first, second = node.elts
                if isinstance(first, ast.Constant) and not isinstance(
                    second, ast.Constant
                ):
                    found.add(first.value)
    return found


@tagged("post_install", "-at_install")
class TestPlaceholders(TextCommon):
    def _values(self, notice):
        self.env.flush_all()
        return notice.with_context(lang="en_US").text_values

    def test_every_placeholder_is_filled_by_something(self):
        tables = {name for name in BLOCKS if name in self.env["ar.notice"]._fields}
        filled = names_filled() | tables
        known = VALUES | set(EXTRA) | set(FLAGS) | set(MOMENT_VALUES) | set(BLOCKS)
        self.assertEqual(known - filled, set())

    def _firm(self, late=30):
        self.invoice = self._invoice(self.customer, 1000, late)
        gentle = self._notice("gentle", [self.invoice])
        gentle.write({"state": "sent", "sent_on": self._ago(12)})
        return self._notice("firm", [self.invoice])

    def _log(self, notice, outcome, days):
        self.env["ar.contact.log"].sudo().create(
            {
                "debtor_id": notice.debtor_id.id,
                "kind": "call",
                "outcome": outcome,
                "user_id": self.collector.id,
                "date": f"{self._ago(days)} 10:00:00",
            }
        )
        notice.invalidate_recordset()

    def test_a_talk_is_named_and_nobody_is_blamed(self):
        notice = self._firm()
        blame = "no reason for the delay"
        self.assertIn(blame, self._read(notice))
        # Nobody answered: that is no talk
        self._log(notice, "no_answer", 6)
        self.assertIn(blame, self._read(notice))
        self.assertEqual(self._values(notice)["call_date"], "")
        self._log(notice, "reached", 5)
        text = self._read(notice)
        self.assertNotIn(blame, text)
        values = self._values(notice)
        self.assertIn(f"and spoke with {values['call_contact']} on", text)
        self.assertIn(values["call_date"], text)
        self.assertEqual(values["call_contact"], self.customer.name)

    def test_a_talk_before_the_invoice_was_due_is_another_story(self):
        notice = self._firm()
        self._log(notice, "reached", 40)
        self.assertEqual(self._values(notice)["call_date"], "")
        self.assertIn("no reason for the delay", self._read(notice))

    def test_thanks_for_an_answer_since_the_last_message(self):
        notice = self._firm()
        notice.debtor_id.message_post(
            body="We wait for your delivery.",
            message_type="email",
            author_id=self.customer.id,
        )
        notice.invalidate_recordset()
        values = self._values(notice)
        self.assertTrue(values["reply_date"])
        text = self._read(notice)
        self.assertIn(f"Thank you for your answer of {values['reply_date']}.", text)
        self.assertNotIn("no reason for the delay", text)

    def test_thanks_for_a_part_payment(self):
        notice = self._firm()
        self._pay(self.invoice, 400, self._ago(4))
        notice.invalidate_recordset()
        values = self._values(notice)
        self.assertIn("400.00", values["part_paid"])
        text = self._read(notice)
        self.assertIn("Thank you for your payment of", text)
        self.assertNotIn("no reason for the delay", text)
        # It was thanked for in the message before
        earlier = self.env["ar.notice"].search([("state", "=", "sent")])
        earlier._ar_unlocked().sent_on = self._ago(2)
        notice.invalidate_recordset()
        self.assertEqual(self._values(notice)["part_paid"], "")

    def test_a_notice_before_a_hand_over_says_what_was_received(self):
        notice = self._notice("notice", [self._invoice(self.customer, 900, 60)])
        neither = "neither the payment nor an answer"
        self.assertIn(neither, self._read(notice))
        self._log(notice, "will_pay", 5)
        self.assertNotIn(neither, self._read(notice))
        letter = self._notice(
            "notice", [self._invoice(self.customer, 900, 60)], channel="letter"
        )
        self.assertNotIn(neither, str(letter._letter_body()))

    def test_a_hand_over_is_named_where_it_is_set_up(self):
        notice = self._notice("notice", [self._invoice(self.customer, 900, 60)])
        self.assertNotIn("Fair Collections", self._read(notice))
        agency = self.env["res.partner"].create(
            {"name": "Fair Collections", "street": "3 Fair Road", "city": "Fairtown"}
        )
        self.company.write(
            {
                "ar_handover_partner_id": agency.id,
                "ar_handover_type": "a collection agency",
                "ar_handover_cost": 40,
                "ar_advice_contact": "the advice centre",
            }
        )
        notice.invalidate_recordset()
        text = self._read(notice)
        self.assertIn("pass this claim to Fair Collections, 3 Fair Road", text)
        self.assertIn("40.00", text)
        self.assertNotIn("the advice centre", text)
        for kind in ("consumer", "public"):
            notice.debtor_id.kind = kind
            notice.invalidate_recordset()
            text = self._read(notice)
            self.assertNotIn("Fair Collections", text)
            self.assertEqual("the advice centre" in text, kind == "consumer")

    def test_the_answers_are_listed_once(self):
        notice = self._notice("gentle", [self._invoice(self.customer, 900, 9)])
        text = self._read(notice)
        self.assertIn("choose an answer above", text)
        self.assertNotIn("you are not the right person", text)

    def test_what_is_coming_is_a_line_of_the_notice(self):
        coming = self._invoice(self.customer, 77, -4)
        for stage in ("gentle", "firm"):
            invoice = self._invoice(self.customer, 900, self._due(stage))
            text = self._read(self._notice(stage, [invoice], coming=[coming]))
            self.assertIn("Coming up, for your planning:", text)
            self.assertIn("77.00", text)

    def test_the_next_message_is_that_of_all_items(self):
        # The notice takes the gentle step of item 2 along: its own next step comes
        # later than the demand about item 1
        one = self._invoice(self.customer, 900, 18)
        two = self._invoice(self.customer, 90, 5)
        alone = self._values(self._notice("firm", [one]))["next_date"]
        both = self._notice("firm", [one], also=[two])
        both.line_ids.filtered(lambda line: line.role == "also").step_id = self._step(
            "business_gentle"
        )
        both.invalidate_recordset()
        self.assertEqual(self._values(both)["next_date"], alone)
