"""What lists and forms say of themselves: why nothing leaves, what comes next."""

import re
from datetime import date

from odoo import fields
from odoo.exceptions import AccessError

from ...models.decision.outlook import Outlook
from ...models.notice.ar_page_visit import PageVisits
from ..delivery.sending_common import SendingCommon
from ..module.backoffice_common import BackOfficeCommon


class TestHints(BackOfficeCommon):
    def _notes(self, is_empty=False):
        """Return what the list asks for each time it is shown."""
        env = self.as_user("collector")
        return self.rpc(env, "ar.debtor", "list_notes", is_empty=is_empty)

    def test_worklist_says_why_nothing_leaves(self):
        self.assertFalse(self._notes()["hint"])
        for values, name, text in (
            ({"ar_state": "off"}, "action_go_live", "Follow-up is off: go live"),
            ({"ar_state": "preview"}, "action_go_live", "Preview only"),
            ({"ar_paused": True}, "action_open_settings", "Paused"),
        ):
            self.company.write(values)
            hint = self._notes()["hint"]
            self.assertEqual(hint["act"], name)
            self.assertIn(text, hint["text"])

    def test_views_say_nothing_that_changes(self):
        """Browsers keep views: they are the same in each state of the company."""
        views = {}
        for state in ("off", "ask", "live"):
            self.company.write({"ar_state": state, "ar_late_days": len(state) * 10})
            for kind in ("list", "form", "search", "kanban"):
                for model in ("ar.debtor", "ar.notice", "ar.open.item"):
                    view = self.as_user("manager")[model].get_view(view_type=kind)
                    known = views.setdefault((model, kind), view["arch"])
                    with self.subTest(state=state, model=model, kind=kind):
                        self.assertEqual(view["arch"], known)

    def test_an_empty_list_asks_the_ledger(self):
        """Not the figures: they may be older than the invoices."""
        self.assertEqual(self._notes()["empty"], None)
        self.assertIn(
            "fits these filters", self._notes(is_empty=True)["empty"]["title"]
        )
        self.env["ar.debtor"].sudo().search([]).write({"item_count": 0})
        self.assertIn("not ready yet", self._notes(is_empty=True)["empty"]["title"])
        items = self.env["ar.open.item"].sudo().search([])
        items.mapped("move_id").filtered(
            lambda move: move.company_id == self.company
        ).button_draft()
        self.assertIn("Nobody owes", self._notes(is_empty=True)["empty"]["title"])

    def test_hint_leads_there(self):
        self.company.ar_state = "off"
        answer = self.rpc(self.as_user("manager"), "ar.debtor", "action_go_live", [])
        self.assertEqual(answer["res_model"], "ar.go.live")
        settings = self.rpc(
            self.as_user("manager"), "ar.debtor", "action_open_settings", []
        )
        self.assertEqual(settings["res_id"], self.company.id)
        for name in ("action_go_live", "action_open_settings"):
            with self.assertRaisesRegex(AccessError, "credit manager"):
                self.rpc(self.as_user("collector"), "ar.debtor", name, [])

    def test_link_opened_is_shown(self):
        env = self.as_user("collector")
        for kind in ("list", "form", "search"):
            arch = env["ar.notice"].get_view(view_type=kind)["arch"]
            self.assertIn("opened_at", arch, kind)
        self.sent_notice._note_opened()
        [row] = self.rpc(
            env, "ar.notice", "web_read", self.sent_notice.ids, {"opened_at": {}}
        )
        self.assertTrue(row["opened_at"])

    def test_buckets_in_the_order_of_their_days(self):
        self._invoice(self.late, 10, -3)
        self._invoice(self.late, 10, 45)
        self.env.flush_all()
        groups = self.rpc(
            self.as_user("collector"),
            "ar.open.item",
            "formatted_read_group",
            [("company_id", "=", self.company.id)],
            ["bucket"],
            ["amount_residual:sum"],
        )
        found = [group["bucket"] for group in groups]
        keys = [
            key for key, _label in self.env["ar.open.item"]._fields["bucket"].selection
        ]
        self.assertEqual(found, [key for key in keys if key in found])
        self.assertGreater(len(found), 2)

    def test_copy_to_oneself_has_a_link_that_works_for_colleagues_alone(self):
        for notice in (self.notice, self.sent_notice):
            with self.subTest(state=notice.state):
                last = self.env["mail.mail"].sudo().search([], order="id desc", limit=1)
                self.rpc(
                    self.as_user("collector"),
                    "ar.notice",
                    "action_send_to_me",
                    notice.ids,
                )
                mail = self.env["mail.mail"].sudo().search([("id", ">", last.id)])
                self.assertNotIn("/receivables/n/", mail.body_html)
                self.assertIn(f"/my/receivables/{notice.debtor_id.id}", mail.body_html)
                self.assertIn("Only you get this", mail.body_html)


class TestLookAhead(SendingCommon):
    """After a contact the form says what comes next, not what just left."""

    def setUp(self):
        super().setUp()
        self._every_day()
        self._invoice(self.customer, 100, 10)
        self.debtor = self._debtor(self.customer)

    def _deliver_and_refresh(self):
        """As the scheduled actions do: each delivery triggers the refresh."""
        self._deliver()
        self.env["ar.debtor"]._cron_refresh()
        self.env.flush_all()

    def test_a_call_that_waits_is_what_comes_next(self):
        self._invoice(self.other, 900, 12)
        other = self._debtor(self.other, call_first=True)
        self._plan(None, self.other)
        self._deliver_and_refresh()
        self.assertEqual(self._notices(self.other).channel, "call")
        self.env.invalidate_all()
        self.assertEqual(other.next_contact_date, date(2026, 3, 10))

    def test_after_sending(self):
        self._plan()
        self.assertEqual(self.debtor.next_contact_date, date(2026, 3, 10))
        self._deliver_and_refresh()
        self.assertEqual(self._notices(self.customer).state, "sent")
        self.env.invalidate_all()
        self.assertEqual(self.debtor.next_step_id, self._step("business_call"))
        self.assertGreater(self.debtor.next_contact_date, date(2026, 3, 10))
        self.assertEqual(self.debtor.next_reason, "date_given")

    def test_as_the_next_night_finds_it(self):
        self._plan()
        self._deliver_and_refresh()
        names = ["next_contact_date", "next_step_id", "next_reason"]
        self.env.invalidate_all()
        before = self.debtor.read(names)
        self.debtor.sudo().planned_for = False
        self._plan()
        self.env.invalidate_all()
        self.assertEqual(self.debtor.read(names), before)

    def test_statements_are_constant(self):
        debtors = self.debtor
        for number in range(30):
            partner = self._customer(f"Customer {number}")
            self._invoice(partner, 100, 10)
            debtors |= self._debtor(partner)
        self.env.flush_all()
        counts = []
        for some in (debtors[:3], debtors):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Outlook(some.sudo()).write_next_contact()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


class TestCodeMails(SendingCommon):
    def test_more_than_a_day_allows_use_up_nothing(self):
        """Ten a day; who asks again and again does not push the end further away."""
        debtor = self._debtor(self.customer).sudo()
        visits = self.env["ar.page.visit"].sudo()
        mine = [("debtor_id", "=", debtor.id), ("kind", "=", "mails")]

        def asked(seconds):
            visits.search(mine).unlink()
            now = fields.Datetime.now()
            for number in range(10):
                moment = fields.Datetime.subtract(now, seconds=seconds + number)
                PageVisits(debtor).note("mails", done_at=moment)

        asked(7200)
        for _time in range(3):
            self.assertFalse(PageVisits(debtor).may_mail_again())
        self.assertEqual(visits.search_count(mine), 10)
        asked(90000)
        self.assertTrue(PageVisits(debtor).may_mail_again())
        self.assertEqual(visits.search_count(mine), 11)


class TestNightInJobs(SendingCommon):
    """What ``ar_followup_plus_queue_job`` makes jobs of."""

    def test_first_notices_are_one_job_on_several_nights(self):
        """So that the daily limit and the largest first hold; then slices again."""
        from ...models.decision.decision_run import PlanRun

        self.company.write({"ar_first_per_day": 1, "ar_backlog_date": self.today})
        for partner in (self.customer, self.other):
            self._invoice(partner, 100, 10)
        model = self.env["ar.notice"].sudo()
        nights = []
        for _night in range(2):
            slices = PlanRun(model, self.company, None, None).slices()
            nights.append(slices)
            if slices == [None]:
                PlanRun(model, self.company, None, None).work()
                self._leave(self._notices(None, "ready"))
            self.env["ar.debtor"].search([]).sudo().planned_for = False
            # The limit of the next day
            self._notices(None, "sent").sudo().write(
                {"date": self._ago(1), "state_at": self._ago(1)}
            )
            self.env.flush_all()
        self.assertEqual(nights, [[None], [None]])
        self.assertEqual(len(self._notices(None, "sent")), 2)
        slices = PlanRun(model, self.company, None, None).slices()
        self.assertNotEqual(slices, [None])


class TestDescription(BackOfficeCommon):
    """The pictures and the page of the app store."""

    def test_pictures_are_small_and_all_shown(self):
        import pathlib

        from odoo.tools import file_open
        from odoo.tools.misc import file_path

        folder = pathlib.Path(file_path("ar_followup_plus/static/description"))
        with file_open("ar_followup_plus/static/description/index.html") as stream:
            page = stream.read()
        for picture in folder.glob("*.png"):
            self.assertLess(picture.stat().st_size, 200_000, picture.name)
        shown = set(re.findall(r'src="([^"]+)"', page))
        for name in shown:
            self.assertTrue((folder / name).is_file(), name)
        self.assertGreater(len(shown), 10)
        self.assertNotRegex(page, r"https?://|//|<script|<iframe|<link")
