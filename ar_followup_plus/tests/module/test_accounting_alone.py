"""Accounting is left alone: nothing stored there, nothing hooked, nothing changed."""

from datetime import date

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

from ..common import ArCommon

OURS = "ar_followup_plus"


class TestAccountingAlone(ArCommon):
    """Structure, and every row of account_* before and after."""

    with_users = False

    # === STRUCTURE === #

    def test_no_stored_field_on_accounting(self):
        for name, model in self.env.registry.items():
            if not name.startswith("account.") or model._abstract:
                continue
            ours = {
                field_name
                for field_name, field in model._fields.items()
                if field_name.startswith("ar_")
            }
            with self.subTest(model=name):
                self.assertFalse({n for n in ours if model._fields[n].store})
                self.assertFalse(
                    {
                        n
                        for n in ours
                        if model._fields[n].column_type
                        and self._has_column(model._table, n)
                    }
                )
        on_moves = {n for n in self.env["account.move"]._fields if n.startswith("ar_")}
        self.assertEqual(
            on_moves,
            {
                "ar_notice_count",
                "ar_stage",
                "ar_last_notice_date",
                "ar_excluded",
                "ar_standing",
                "ar_gate_note",
                "ar_missing",
                "ar_disputed",
                "ar_dispute_text",
                "ar_credit_kind",
            },
        )
        for name in on_moves:
            field = self.env["account.move"]._fields[name]
            self.assertTrue(field.compute and not field.store, name)
            # A sentence: its parts are searched instead
            if name not in (
                "ar_standing",
                "ar_gate_note",
                "ar_missing",
                "ar_dispute_text",
            ):
                self.assertTrue(field.search, name)

    def _has_column(self, table, column):
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM information_schema.columns
                        WHERE table_name = %s AND column_name = %s""",
                    table,
                    column,
                )
            )
        )

    def test_no_column_of_ours_in_accounting_tables(self):
        found = self.env.execute_query(
            SQL(
                r"""SELECT table_name, column_name FROM information_schema.columns
                     WHERE table_schema = current_schema()
                       AND table_name LIKE 'account\_%%' AND column_name LIKE 'ar\_%%'"""
            )
        )
        self.assertFalse(found)

    def test_no_trigger_and_no_rule(self):
        triggers = self.env.execute_query(
            SQL(
                r"""SELECT t.tgname, c.relname FROM pg_trigger t
                      JOIN pg_class c ON c.oid = t.tgrelid
                     WHERE NOT t.tgisinternal
                       AND (c.relname LIKE 'account\_%%' OR c.relname LIKE 'ar\_%%')"""
            )
        )
        self.assertFalse(triggers)
        rules = self.env.execute_query(
            SQL(
                r"""SELECT rulename FROM pg_rules
                     WHERE tablename LIKE 'account\_%%' AND rulename <> '_RETURN'"""
            )
        )
        self.assertFalse(rules)
        functions = self.env.execute_query(
            SQL(
                r"""SELECT p.proname FROM pg_proc p
                      JOIN pg_namespace n ON n.oid = p.pronamespace
                     WHERE n.nspname = current_schema() AND p.proname LIKE 'ar\_%%'"""
            )
        )
        self.assertFalse(functions)

    def test_no_index_of_ours_on_accounting(self):
        found = self.env.execute_query(
            SQL(
                r"""SELECT indexname FROM pg_indexes
                     WHERE tablename LIKE 'account\_%%' AND indexname LIKE '%%ar\_follow%%'"""
            )
        )
        self.assertFalse(found)

    def test_no_override_of_what_the_ledger_does(self):
        """None of our classes stands between a person and a posting, but the gate."""
        ours = f"odoo.addons.{OURS}.models"
        allowed = {
            # One query for a batch: tests of the gate
            ("account.move", f"{ours}.credit_control.account_move", "_post"),
            # Notes ids of partners: tests of the refresh
            ("account.move", f"{ours}.decision.ledger_changes", "write"),
        }
        for model in ("account.move", "account.move.line", "account.payment"):
            for base in type(self.env[model]).__mro__:
                if not base.__module__.startswith(f"odoo.addons.{OURS}."):
                    continue
                for method in (
                    "create",
                    "write",
                    "unlink",
                    "_post",
                    "action_post",
                    "reconcile",
                    "button_draft",
                    "remove_move_reconcile",
                ):
                    if (model, base.__module__, method) in allowed:
                        continue
                    with self.subTest(model=model, method=method):
                        self.assertNotIn(method, vars(base))

    def test_what_points_at_accounting_does_not_hold_it(self):
        """Notices and charges keep their invoice; journal items go freely."""
        rows = self.env.execute_query(
            SQL(
                r"""SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,
                           c.confdeltype
                      FROM pg_constraint c
                     WHERE c.contype = 'f'
                       AND c.conrelid::regclass::text LIKE 'ar\_%%'
                       AND c.confrelid::regclass::text LIKE 'account\_%%'"""
            )
        )
        self.assertEqual(
            set(rows),
            {
                ("ar_answer_line", "account_move", "c"),
                ("ar_dispute", "account_move", "n"),
                ("ar_dispute_invoice_line_rel", "account_move_line", "c"),
                ("ar_dispute_line", "account_move_line", "n"),
                ("ar_evidence", "account_move", "n"),
                ("ar_credit_kind", "account_move", "c"),
                ("ar_exclusion", "account_move", "c"),
                ("ar_expected_payment", "account_move_line", "c"),
                ("ar_exclusion", "account_move_line", "n"),
                ("ar_late_charge", "account_move", "n"),
                ("ar_late_charge", "account_move", "r"),
                ("ar_late_charge", "account_move_line", "n"),
                ("ar_notice_line", "account_move", "r"),
                ("ar_notice_line", "account_move_line", "n"),
                ("ar_payment_plan_line", "account_move", "n"),
                ("ar_payment_plan_line", "account_move_line", "n"),
                ("ar_referral_line", "account_move", "n"),
                ("ar_referral_line", "account_move_line", "n"),
                ("ar_referral_payment", "account_move", "n"),
                ("ar_referral_payment", "account_payment", "n"),
                ("ar_returned_payment", "account_move", "n"),
                ("ar_returned_payment", "account_payment", "n"),
                ("ar_returned_payment_move_rel", "account_move", "c"),
            },
        )

    # === ROWS === #

    def _accounting(self):
        """Return all rows of all tables account_*, with all columns, by id."""
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                r"""SELECT t.table_name, EXISTS (
                               SELECT 1 FROM information_schema.columns c
                                WHERE c.table_schema = t.table_schema
                                  AND c.table_name = t.table_name
                                  AND c.column_name = 'id')
                      FROM information_schema.tables t
                     WHERE t.table_schema = current_schema()
                       AND t.table_type = 'BASE TABLE'
                       AND t.table_name LIKE 'account\_%%' ORDER BY 1"""
            )
        )
        self.assertGreater(len(tables), 40)
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT t::text FROM %s t ORDER BY %s",
                    SQL.identifier(table),
                    SQL("t.id") if has_id else SQL("t::text"),
                )
            )
            for table, has_id in tables
        }

    def _old_ledger(self):
        """Invoices of 18 months: paid, half paid, credited, in two currencies."""
        for month in range(18):
            partner = self._customer(f"Customer of month {month}")
            day = date(2024, 9, 15) + relativedelta(months=month)
            paid = self._invoice(partner, 100 + month, day)
            self._pay(paid)
            half = self._invoice(partner, 200 + month, day)
            self._pay(half, 50)
            self._invoice(partner, 300 + month, day)
            self._invoice(partner, 400 + month, day, self.eur)
            if month % 3 == 0:
                self._credit(partner, 20)
            if month % 5 == 0:
                self._pay_on_account(partner, 30)

    def test_planning_and_refreshing_change_no_row(self):
        self._old_ledger()
        self.company.ar_state = "live"
        before = self._accounting()
        moves = len(before["account_move"])
        self.assertGreater(moves, 100)
        self.env["ar.debtor"].refresh()
        counts = self._plan()
        self.assertGreater(counts["notices"], 10)
        debtors = self.env["ar.debtor"].search([("company_id", "=", self.company.id)])
        debtors.explain()
        debtors.preview()
        debtors.web_read({"balances": {}, "behaviour": {}, "coming_contacts": {}})
        self.env["ar.open.item"].search([]).web_read({"bucket": {}, "is_sent": {}})
        self._notices().web_read({"lines_html": {}, "message_html": {}})
        debtors.snooze(self._ago(-4), "A test")
        debtors.wake()
        self._notices(None, "ready").cancel("settled")
        self._night(self._ago(-1))
        self.env["ar.debtor"].refresh()
        after = self._accounting()
        for table, rows in before.items():
            self.assertEqual(after[table], rows, table)
        self.assertEqual(after.keys(), before.keys())

    def test_off_means_that_nothing_is_made(self):
        self._old_ledger()
        self.company.ar_state = "off"
        # What waits in the demonstration leaves first
        self.env["ar.notice"].sudo().plan()
        self.env["ar.notice"].sudo().deliver()
        mails = self.env["mail.mail"].search_count([])
        before = self._accounting()
        self.env["ar.notice"].sudo().plan()
        self.env["ar.notice"].sudo().deliver()
        self.assertFalse(self._notices())
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self._accounting(), before)
