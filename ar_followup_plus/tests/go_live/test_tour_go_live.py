"""A credit manager at work, in a real browser."""

import re
from pathlib import Path

from odoo import Command
from odoo.modules import get_module_path
from odoo.tests import HttpCase

from ..common import ArCommon

#: A new user comes to the first notice previewed with at most so many clicks.
MOST_CLICKS = 12


class TestTourGoLive(ArCommon, HttpCase):
    """Going live from off, twenty approvals, changing a ladder."""

    freeze_time = None  # a browser has the real clock

    def setUp(self):
        super().setUp()
        self._every_day()
        self.user_manager.password = "a-long-password"
        self.user_manager.group_ids += self.env.ref("mail.group_mail_template_editor")

    def _clicks(self, tour, until):
        """Return how many clicks a tour needs up to a step."""
        path = Path(get_module_path("ar_followup_plus"), "static/tests/tours")
        text = (path / "ar_go_live_tour.js").read_text(encoding="utf-8")
        mine = text.split(f'.add("{tour}"')[1].split(until)[0]
        return len(re.findall(r'run: "click"', mine))

    def test_from_off_to_the_first_notice_previewed(self):
        self.company.write({"ar_state": "off"})
        self._invoice(self._customer("Northwind Bakery"), 1250, 20)
        left_out = self._customer("Left Laundry")
        self._invoice(left_out, 300, 20)
        self.start_tour(
            "/odoo/receivables",
            "ar_go_live",
            login=self.user_manager.login,
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual(self.company.ar_state, "ask")
        self.assertFalse(self._notices(left_out))
        self.assertTrue(self._debtor(left_out).snooze_until)
        self.assertFalse(self._notices(None, "ready", "sent"))
        # One more click opens the app
        clicks = 1 + self._clicks("ar_go_live", "The first notice is previewed")
        self.assertEqual(clicks, 6)
        self.assertLessEqual(clicks, MOST_CLICKS)

    def test_twenty_approvals_in_three_clicks(self):
        self.company.write({"ar_state": "ask", "ar_approval_minutes": 10})
        for number in range(20):
            self._invoice(self._customer(f"Customer {number}"), 100 + number, 10)
        self._plan()
        self.assertEqual(len(self._notices(None, "proposed")), 20)
        self.start_tour(
            "/odoo/receivables-to-approve",
            "ar_approve_twenty",
            login=self.user_manager.login,
        )
        self.env.invalidate_all()
        self.assertEqual(len(self._notices(None, "ready")), 20)
        self.assertTrue(all(self._notices().mapped("is_waiting")))
        # One more click opens the list
        clicks = 1 + self._clicks("ar_approve_twenty", "The list is empty")
        self.assertEqual(clicks, 3)

    def test_changing_a_ladder(self):
        template = self.env["mail.template"].create(
            {
                "name": "Text of the tour",
                "model_id": self.env["ir.model"]._get_id("ar.notice"),
                "subject": "An old subject",
                "body_html": "<p>Hello from the tour</p>"
                "<t t-if=\"object.text_values['company']\">"
                "<p t-out=\"object.text_values['total_due']\">1.00</p></t>",
            }
        )
        ladder = self.env["ar.ladder"].create(
            {
                "name": "Tour ladder",
                "sequence": 0,
                "step_ids": [
                    Command.create(
                        {
                            "name": f"Step {day}",
                            "delay_days": day,
                            "mail_template_id": template.id,
                        }
                    )
                    for day in (3, 10, 20)
                ],
            }
        )
        self._invoice(self._customer("Northwind Bakery"), 1250, 20)
        self.env["ar.debtor"].refresh()
        self.start_tour(
            "/odoo/receivables-ladders",
            "ar_change_ladder",
            login=self.user_manager.login,
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual(
            [(s.delay_days, s.name) for s in ladder.step_ids.sorted("delay_days")],
            [(3, "Step 10"), (10, "Step 3"), (20, "Step 20")],
        )
        self.assertEqual(template.subject, "A new subject")
        self.assertIn("Good day from the tour", template.body_html)
        self.assertIn("text_values['total_due']", template.body_html)
        self.assertFalse(self._notices())
