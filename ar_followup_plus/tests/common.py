"""What every test of the models begins with: a live company, customers, a day.

The day is Tuesday, 10 March 2026, 10:00 UTC, for the whole class. A class that
needs the real clock (a browser, a second process) sets ``freeze_time = None``.
"""

from datetime import date, datetime, time

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ..demo.company import WEEK, make_calendar
from .ledger_common import LedgerCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 10:00:00")
class ArCommon(LedgerCommon):
    """A company that is live, in USD, working Monday to Friday, in UTC.

    ``cls.env.user`` is an accountant who is a credit manager too; the users by role
    are ``user_none``, ``user_portal``, ``user_collector``, ``user_manager`` and
    ``user_accountant``. EUR exists at 2 EUR for 1 USD.
    """

    #: Tests that build customers in bulk do not need people.
    with_users = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Or each night of each test would write to the customers of the demonstration
        cls.env.cr.execute("UPDATE res_company SET ar_state = 'off'")
        cls.env["res.company"].invalidate_model(["ar_state"])
        cls.today = datetime.now().date()
        cls.env.user.group_ids += cls.env.ref("ar_followup_plus.group_credit_manager")
        cls.us = cls.env.ref("base.us")
        cls.company = cls.env.company
        cls.usd = cls.company.currency_id
        cls.eur = cls.setup_other_currency("EUR")
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.ladder = cls.env.ref("ar_followup_plus.ladder_business")
        cls.company.partner_id.write({"country_id": cls.us.id, "lang": "en_US"})
        cls._live(cls.company)
        cls.customer = cls._customer("First Customer")
        cls.other = cls._customer("Second Customer")
        if cls.with_users:
            cls._make_users()

    # === THE COMPANY === #

    @classmethod
    def _live(cls, company, state="live", **values):
        """Let a company write to its customers, as if for more than a year.

        Nothing in the tests is backlog then, unless they say so: going live today
        makes it so, and ``ar_backlog_date`` can be set.
        """
        company.write({"ar_state": state})
        company.write(
            {
                "ar_ladder_id": cls.ladder.id,
                "ar_live_since": date(2025, 1, 1),
                "ar_backlog_date": date(2025, 1, 1),
                "ar_hour_from": 0,
                "ar_hour_to": 24,
                "ar_email": "receivables@example.com",
                "ar_approval_minutes": 0,
                "resource_calendar_id": cls._calendar(company, WEEK[:5]).id,
                **values,
            }
        )

    @classmethod
    def _calendar(cls, company, weekdays=WEEK, tz="UTC", leaves=()):
        """Return a calendar on whose weekdays people work from 0 to 24.

        :param str weekdays: digits, Monday is 0
        :param leaves: pairs ``(first day, last day)`` on which they do not
        """
        calendar = make_calendar(company.with_env(cls.env), weekdays, tz)
        cls.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Away",
                    "calendar_id": calendar.id,
                    "company_id": company.id,
                    "date_from": datetime.combine(first, time(0)),
                    "date_to": datetime.combine(last, time(23, 59)),
                }
                for first, last in leaves
            ]
        )
        return calendar

    @classmethod
    def _every_day(cls):
        """Let the company work on every day, so that delays are plain days."""
        cls.company.resource_calendar_id = cls._calendar(cls.company)

    @classmethod
    def _speak(cls, *codes):
        """Install languages with the translations of this module."""
        for code in codes:
            cls.env["res.lang"]._activate_lang(code)
        cls.env["ir.module.module"]._load_module_terms(
            ["ar_followup_plus"], list(codes)
        )

    @classmethod
    def _scheme(cls, name, percent, **values):
        """Return a scheme with a rate of its own since 2020."""
        return cls.env["ar.late.charge.scheme"].create(
            {
                "name": name,
                "kind": "own",
                "currency_id": cls.usd.id,
                "rate_ids": [
                    Command.create({"date_from": "2020-01-01", "percent": percent})
                ],
                **values,
            }
        )

    @classmethod
    def _make_users(cls):
        def user(login, groups):
            return new_test_user(
                cls.env,
                login=f"ar_{login}",
                name=f"Test {login.capitalize()}",
                email=f"{login}@example.com",
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )

        cls.user_none = user("none", "base.group_user")
        cls.user_portal = user("portal", "base.group_portal")
        cls.user_collector = user("collector", "ar_followup_plus.group_collector")
        cls.user_manager = user("manager", "ar_followup_plus.group_credit_manager")
        cls.user_accountant = user("accountant", "account.group_account_invoice")

    # === THE FOLLOW-UP === #

    @classmethod
    def _debtor(cls, partner, company=None, **values):
        """Return the debtor of a partner, with some fields set."""
        debtor = cls.env["ar.debtor"].for_partner(
            partner.id, (company or cls.company).id
        )
        if values:
            debtor.sudo().write(values)
        return debtor

    @classmethod
    def _step(cls, name):
        """Return a step by the end of its XML id, ``business_gentle`` for example."""
        return cls.env.ref(f"ar_followup_plus.step_{name}")

    @classmethod
    def _plan(cls, on=None, *partners):
        """Run plan(), for all debtors of the company or those of some partners.

        :param datetime.date on: the day; default: today
        :return: the counts
        """
        ids = [cls._debtor(partner).id for partner in partners] or None
        return cls.env["ar.notice"].plan(on, ids)

    @classmethod
    def _notices(cls, partner=None, *states, company=None):
        """Return notices in the order in which they were made."""
        domain = [("company_id", "=", (company or cls.company).id)]
        if partner:
            domain.append(("partner_id", "=", partner.commercial_partner_id.id))
        if states:
            domain.append(("state", "in", states))
        return cls.env["ar.notice"].search(domain, order="id")

    @classmethod
    def _leave(cls, notices, on=None):
        """Mark notices as sent on a day, as delivery does, without any mail."""
        for notice in notices.sudo():
            with freeze_time(datetime.combine(on or notice.date, time(10))):
                notice._sent()
        cls.env.flush_all()

    @classmethod
    def _night(cls, on=None, *partners):
        """Plan for a day and let everything that is ready leave; return it."""
        cls._plan(on, *partners)
        ready = cls._notices(None, "ready")
        cls._leave(ready, on or cls.today)
        return ready

    @classmethod
    def _explain(cls, partner, on=None):
        """Return what explain() says, ``{number of the invoice: [dict]}``."""
        found = {}
        for entry in cls._debtor(partner).explain(on):
            found.setdefault(entry["move_name"], []).append(entry)
        return found

    # === ASSERTIONS === #

    def assert_notice(self, notice, step, **lists):
        """Assert the step of a notice and its lists.

        :param str step: end of the step's XML id
        :param lists: for each role ``{journal item or invoice: amount}``; roles not
            named must be empty
        """
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.step_id, self._step(step))
        for role in ("about", "also", "coming", "apart", "credit"):
            wanted = {}
            for record, amount in lists.get(role, {}).items():
                lines = record
                if record._name == "account.move":
                    lines = self._items(record)
                self.assertEqual(len(lines), 1)
                wanted[lines.id] = amount
            found = {
                line.move_line_id.id: line.amount
                for line in notice.line_ids
                if line.role == role
            }
            self.assertEqual(found, wanted, role)

    def assert_reason(self, partner, reason, on=None, **figures):
        """Assert that a customer's only open item is held for a reason.

        :param figures: more keys of explain() with their values; ``says`` is a part
            of the sentence
        """
        entries = self._debtor(partner).explain(on)
        self.assertEqual(len(entries), 1, entries)
        self._assert_entry(entries[0], reason, figures)

    def assert_item(self, invoice, reason, on=None, **figures):
        """Assert why the only open item of an invoice is held, or its step."""
        entries = [
            entry
            for entry in self._debtor(invoice.partner_id).explain(on)
            if entry["move_line_id"] in invoice.line_ids.ids
        ]
        self.assertEqual(len(entries), 1, entries)
        self._assert_entry(entries[0], reason, figures)

    def _assert_entry(self, entry, reason, figures):
        self.assertEqual(entry["reason"], reason, entry)
        says = figures.pop("says", None)
        if says:
            self.assertIn(says, entry["message"])
        for key, value in figures.items():
            self.assertEqual(entry[key], value, key)
