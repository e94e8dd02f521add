"""Statements and seconds of the screens, at many rows."""

import time

from odoo.tools import SQL

from ..module.test_views_open import ViewsCommon

#: Customers cloned, and items of each.
CUSTOMERS, ITEMS = 2000, 10


class TestOfficeStatements(ViewsCommon):
    """No screen costs more with more rows."""

    def _statements(self, read):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        read()
        return self.env.cr.sql_log_count - before

    def test_debtor_form(self):
        env = self.as_user("collector")
        arch = self._arch(self._views(env, "ar.debtor", ["form"]), "form")
        specification = self._specification(env, "ar.debtor", arch)
        self.assertIn("why", specification["open_item_ids"]["fields"])

        def read():
            self.rpc(env, "ar.debtor", "web_read", self.debtor.ids, specification)

        counts = []
        for items in (20, 80):
            for number in range(items):
                self._invoice(self.late, 100 + number, number)
            read()  # fills caches of the registry
            counts.append(self._statements(read))
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], 60)

    def test_worklist(self):
        for number in range(80):
            self._invoice(self._customer(f"Row {number}"), 100, 10)
        self.env["ar.debtor"].refresh()
        env = self.as_user("collector")
        self.company.ar_worklist_size = 0
        action = self.env.ref("ar_followup_plus.ar_debtor_action_today")
        arch = self._arch(self._views(env, "ar.debtor", ["list"], action), "list")
        specification = self._specification(env, "ar.debtor", arch)
        counts = {}
        for limit in (5, 80, 5, 80):
            found = []
            counts[limit] = self._statements(
                lambda limit=limit, found=found: found.append(
                    self.rpc(
                        env,
                        "ar.debtor",
                        "web_search_read",
                        [("is_today", "=", True)],
                        specification,
                        limit=limit,
                    )
                )
            )
            self.assertEqual(len(found[0]["records"]), limit)
        self.assertEqual(counts[5], counts[80])
        self.assertLess(counts[80], 30)

    def test_kanban(self):
        for number in range(80):
            self._invoice(self._customer(f"Row {number}"), 100, 10)
        self.env["ar.debtor"].refresh()
        env = self.as_user("collector")
        arch = self._arch(self._views(env, "ar.debtor", ["kanban"]), "kanban")
        specification = self._specification(env, "ar.debtor", arch)
        counts = {}
        for limit in (5, 80, 5, 80):
            counts[limit] = self._statements(
                lambda limit=limit: self.rpc(
                    env,
                    "ar.debtor",
                    "web_read_group",
                    [("amount_overdue", ">", 0)],
                    ["stage"],
                    ["amount_overdue:sum"],
                    auto_unfold=True,
                    unfold_read_specification=specification,
                    unfold_read_default_limit=limit,
                )
            )
        self.assertEqual(counts[5], counts[80])
        self.assertLess(counts[80], 30)


class TestOfficeSpeed(ViewsCommon):
    """The worklist beside Odoo's own list of customer invoices."""

    def test_worklist_with_twenty_thousand_items(self):
        self._clone()
        self.env["ar.debtor"].refresh()
        self.assertGreaterEqual(
            self.env["ar.open.item"].search_count([]), CUSTOMERS * ITEMS
        )
        self.env.cr.execute("ANALYZE ar_debtor, account_move, account_move_line")
        env = self.env(
            user=self.env.user.id, context={"allowed_company_ids": self.company.ids}
        )
        ours = self._page(
            env, "ar.debtor", [("is_mine", "=", True), ("is_today", "=", True)],
            "priority desc, id",
        )  # fmt: skip
        overdue = self._page(
            env, "ar.debtor", [("amount_overdue", ">", 0)], "priority desc, id"
        )
        core = self._page(
            env.company.with_context(default_move_type="out_invoice").env,
            "account.move",
            [("move_type", "in", ("out_invoice", "out_refund"))],
            None,
            self.env.ref("account.view_out_invoice_tree").id,
        )
        seconds = {name: [] for name in ("ours", "overdue", "core")}
        for number in range(6):
            for name, page in (("ours", ours), ("overdue", overdue), ("core", core)):
                begun = time.perf_counter()
                page()
                if number:
                    seconds[name].append(time.perf_counter() - begun)
        best = {name: min(taken) for name, taken in seconds.items()}
        self.assertLessEqual(best["ours"], 1.5 * best["core"], best)
        self.assertLessEqual(best["overdue"], 1.5 * best["core"], best)

    def _page(self, env, model, domain, order, view=False):
        """Return a function that reads what the web client shows of a list."""
        views = self.rpc(env, model, "get_views", [(view, "list"), (False, "search")])
        specification = self._specification(env, model, self._arch(views, "list"))

        def read():
            env.invalidate_all()
            env[model].web_search_read(
                domain, specification, limit=80, order=order, count_limit=10001
            )

        return read

    def _clone(self):
        """Clone a customer and an invoice by SQL, keys shifted."""
        partner = self._customer("Clone")
        invoice = self._invoice(partner, 100, 6)
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("SET LOCAL session_replication_role = replica")
        top = self._top("res_partner")
        self._insert(
            "res_partner", partner.ids, CUSTOMERS,
            {
                "id": SQL("%s + k", top),
                "commercial_partner_id": SQL("%s + k", top),
                "complete_name": SQL("'Clone ' || k"),
                "name": SQL("'Clone ' || k"),
            },
        )  # fmt: skip
        moves, lines = self._top("account_move"), self._top("account_move_line")
        whose = SQL("%s + 1 + (k - 1) / %s", top, ITEMS)
        self._insert(
            "account_move", invoice.ids, CUSTOMERS * ITEMS,
            {
                "id": SQL("%s + k", moves),
                "partner_id": whose,
                "commercial_partner_id": whose,
                "name": SQL("t.name || '-' || k"),
                "sequence_number": SQL("t.sequence_number + k"),
                "access_token": SQL("NULL"),
            },
        )  # fmt: skip
        span = len(invoice.line_ids)
        first = min(invoice.line_ids.ids)
        self._insert(
            "account_move_line", invoice.line_ids.ids, CUSTOMERS * ITEMS,
            {
                "id": SQL("%s + k * %s + t.id - %s", lines, span, first),
                "move_id": SQL("%s + k", moves),
                "partner_id": whose,
                "move_name": SQL("t.move_name || '-' || k"),
            },
        )  # fmt: skip
        cr.execute("SET LOCAL session_replication_role = DEFAULT")
        self.env.invalidate_all()

    def _top(self, table):
        [(top,)] = self.env.execute_query(
            SQL("SELECT max(id) + 1000 FROM %s", SQL.identifier(table))
        )
        return top

    def _insert(self, table, ids, copies, values):
        columns = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """SELECT column_name FROM information_schema.columns
                        WHERE table_name = %s AND table_schema = current_schema()
                          AND is_generated = 'NEVER'""",
                    table,
                )
            )
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(1, %s) k
                    WHERE t.id = ANY(%s)""",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(
                    values.get(column, SQL.identifier("t", column))
                    for column in columns
                ),
                SQL.identifier(table),
                copies,
                ids,
            )
        )
