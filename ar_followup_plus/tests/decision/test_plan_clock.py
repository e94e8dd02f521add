"""The clock: missed nights, a day that comes twice, summer time, and time zones."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.tests import freeze_time

from ..delivery.sending_common import SendingCommon

DAY = timedelta(days=1)


class TestPlanClock(SendingCommon):
    """plan() and deliver() by the clock of each company."""

    with_users = False

    def _zone(self, company, tz, **values):
        """Let a company live in a time zone, and work on every day."""
        company.ar_calendar_id = self._calendar(company, tz=tz)
        company.write(values)

    def _cron_night(self):
        """Run the scheduled action that decides; return the notices it made."""
        notices = self.env["ar.notice"]
        before = notices.search([])
        notices._cron_plan()
        return notices.search([], order="id") - before

    # === NIGHTS === #

    def test_missed_nights(self):
        self._every_day()
        for missed in (1, 7, 40):
            with self.subTest(missed=missed):
                partner = self._customer(f"Missed {missed}")
                invoice = self._invoice(partner, 100, 3)
                day = self.today + missed * DAY
                with freeze_time(datetime.combine(day, datetime.min.time())):
                    self._night(day, partner)
                    self._night(day, partner)
                notice = self._notices(partner)
                self.assert_notice(notice, "business_gentle", about={invoice: 100})
                self.assertEqual((notice.date, notice.state), (day, "sent"))
                # 17 - 3 days after it left, not before
                self._plan(day + 13 * DAY, partner)
                self.assertEqual(self._notices(partner), notice)
                self._plan(day + 14 * DAY, partner)
                [firm] = self._notices(partner) - notice
                self.assertEqual(firm.step_id, self._step("business_firm"))

    def test_clock_set_back_a_day(self):
        self._every_day()
        first = self._invoice(self.customer, 100, 3)
        second = self._invoice(self.other, 100, 2)  # its turn is tomorrow
        with freeze_time("2026-03-10 03:30:00"):
            notice = self._cron_night()
        self.assert_notice(notice, "business_gentle", about={first: 100})
        with freeze_time("2026-03-09 03:30:00"):
            self.assertFalse(self._cron_night())
            # What is ready is of a day that has not begun
            self.assertEqual(self._deliver()["sent"], 0)
        self.assertEqual(notice.state, "ready")
        with freeze_time("2026-03-10 03:30:00"):
            self.assertFalse(self._cron_night())
            self.assertEqual(self._deliver()["sent"], 1)
        with freeze_time("2026-03-11 03:30:00"):
            again = self._cron_night()
        self.assert_notice(again, "business_gentle", about={second: 100})
        self.assertEqual(self._notices(self.customer), notice)

    def test_clock_set_back_after_it_left(self):
        self._every_day()
        self._invoice(self.customer, 100, 3)
        [notice] = self._night()
        yesterday = self.today - DAY
        with freeze_time(datetime.combine(yesterday, datetime.min.time())):
            self.assertFalse(self._cron_night())
            self.assertEqual(self._deliver()["sent"], 0)
        self.assertFalse(self._cron_night())
        self.assertEqual(self._notices(self.customer), notice)

    # === SUMMER TIME === #

    def test_today_where_the_clock_changes(self):
        """Paris: one hour is missing on 29 March, one comes twice on 25 October."""
        self._zone(self.company, "Europe/Paris")
        for moment, today in (
            ("2026-03-28 22:59:59", date(2026, 3, 28)),
            ("2026-03-28 23:00:00", date(2026, 3, 29)),  # winter: UTC+1
            ("2026-03-29 21:59:59", date(2026, 3, 29)),
            ("2026-03-29 22:00:00", date(2026, 3, 30)),  # summer: UTC+2
            ("2026-10-24 21:59:59", date(2026, 10, 24)),
            ("2026-10-24 22:00:00", date(2026, 10, 25)),
            ("2026-10-25 22:59:59", date(2026, 10, 25)),
            ("2026-10-25 23:00:00", date(2026, 10, 26)),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.assertEqual(self.company._ar_today(), today)

    def test_sending_hours_where_the_clock_changes(self):
        self._zone(self.company, "Europe/Paris", ar_hour_from=2, ar_hour_to=3)
        hours = []
        # On 28 March from 1:00 to 2:00 UTC, on 29 March there is no such hour; on
        # 25 October it comes twice
        for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)):
            begin = datetime.combine(day, datetime.min.time())
            open_at = []
            for quarter in range(-8, 96):
                moment = begin + timedelta(minutes=15 * quarter)
                with freeze_time(moment):
                    if self.company._ar_may_send_now():
                        open_at.append(quarter)
            hours.append(open_at)
        ordinary, spring, autumn = hours
        self.assertEqual(ordinary, [4, 5, 6, 7])
        self.assertEqual(spring, [])
        self.assertEqual(autumn, [0, 1, 2, 3, 4, 5, 6, 7])

    def test_hour_that_comes_twice_sends_once(self):
        self._zone(self.company, "Europe/Paris", ar_hour_from=2, ar_hour_to=3)
        self._invoice(self.customer, 100, date(2026, 10, 22))
        with freeze_time("2026-10-25 00:10:00"):
            [notice] = self._cron_night()
            self.assertEqual(self._deliver()["sent"], 1)
        with freeze_time("2026-10-25 01:10:00"):
            self.assertFalse(self._cron_night())
            self.assertEqual(self._deliver()["sent"], 0)
        self.assertEqual((notice.date, notice.state), (date(2026, 10, 25), "sent"))

    def test_hour_that_is_missing_sends_the_next_day(self):
        self._zone(self.company, "Europe/Paris", ar_hour_from=2, ar_hour_to=3)
        self._invoice(self.customer, 100, date(2026, 3, 26))
        with freeze_time("2026-03-29 00:30:00"):
            [notice] = self._cron_night()
        for moment in ("2026-03-29 00:59:00", "2026-03-29 01:00:00"):  # 1:59, 3:00
            with freeze_time(moment):
                self.assertEqual(self._deliver()["sent"], 0)
        with freeze_time("2026-03-30 00:30:00"):
            self.assertEqual(self._deliver()["sent"], 1)
        self.assertEqual(notice.state, "sent")

    # === THREE ZONES, ONE CRON === #

    def test_three_zones_at_one_moment(self):
        companies = {"America/Los_Angeles": self.company}
        for name, tz in (("Paris", "Europe/Paris"), ("Auckland", "Pacific/Auckland")):
            other = self.setup_other_company(name=name, currency_id=self.usd.id)
            companies[tz] = other["company"]
            companies[tz].partner_id.write({"country_id": self.us.id, "lang": "en_US"})
            self._live(companies[tz])
        self.env.user.company_ids |= self.env["res.company"].union(*companies.values())
        invoices = {}
        for tz, company in companies.items():
            self._zone(company, tz)
            invoices[tz] = self._invoice(
                self.customer, 100, date(2026, 3, 7), company=company
            )

        def made(moment):
            with freeze_time(moment):
                return {
                    notice.company_id: (notice.date, notice.line_ids.days_overdue)
                    for notice in self._cron_night()
                }

        # Due on the 7th, reminded on the 10th: which begins there, there and there
        third = (date(2026, 3, 10), 3)
        self.assertEqual(made("2026-03-09 10:59:00"), {})
        self.assertEqual(
            made("2026-03-09 11:00:00"), {companies["Pacific/Auckland"]: third}
        )
        self.assertEqual(made("2026-03-09 22:59:00"), {})
        self.assertEqual(
            made("2026-03-09 23:00:00"), {companies["Europe/Paris"]: third}
        )
        self.assertEqual(made("2026-03-10 06:59:00"), {})
        self.assertEqual(
            made("2026-03-10 07:00:00"), {companies["America/Los_Angeles"]: third}
        )
        # At one moment each has a day and hours of its own
        for company in companies.values():
            company.write({"ar_hour_from": 8, "ar_hour_to": 18})
        sent = []
        with patch.object(
            self.env.registry["ar.notice"],
            "_send_mails",
            lambda notice, mails, counts: sent.extend(mails.mapped("ar_notice_id")),
        ):
            with freeze_time("2026-03-10 07:30:00"):  # 0:30, 8:30 and 20:30
                self.env["ar.notice"].deliver()
        self.assertEqual(
            [notice.company_id for notice in sent], [companies["Europe/Paris"]]
        )

    def test_29_february(self):
        self._every_day()
        with freeze_time("2028-02-29 03:30:00"):
            due = self._invoice(self.customer, 100, date(2028, 2, 29))
            reached = self._invoice(self.other, 100, date(2028, 2, 26))
            notice = self._cron_night()
            self.assert_notice(notice, "business_gentle", about={reached: 100})
            self.assertEqual(notice.date, date(2028, 2, 29))
            self.assertEqual(notice.date_given, date(2028, 3, 7))
        with freeze_time("2028-03-02 03:30:00"):
            self.assertFalse(self._cron_night())
        with freeze_time("2028-03-03 03:30:00"):
            notice = self._cron_night()
            self.assert_notice(notice, "business_gentle", about={due: 100})
            self.assertEqual(notice.line_ids.days_overdue, 3)
