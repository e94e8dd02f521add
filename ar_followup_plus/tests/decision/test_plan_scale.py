"""plan() on many: a constant number of SQL statements for each slice."""

import re

from odoo.sql_db import Cursor, db_connect
from odoo.tools import SQL

from ...models.ledger.ledger_reader import Reader
from ...tools.transactions import for_slices
from ..common import ArCommon

#: Journals, currencies and accounts do not grow with a ledger: each may be compared.
FIXED = re.compile(r"^\(l\.(journal_id = j|currency_id = cur|account_id = a)\.id\)$")


class TestPlanScale(ArCommon):
    """A ledger made by SQL from one customer and one invoice."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.invoice = cls._invoice(cls.customer, 100, 10)
        cls.credit = cls._credit(cls.other, 40)
        cls.env.flush_all()

    def _grow(self, count, seen_by_others=False):
        """Make so many more customers like the first, each with two items.

        A third of them have a credit too, and a tenth of the debts are not due.
        """
        cr = self.env.cr
        partners = self._clone(
            "res_partner",
            self.customer.id,
            count,
            name="'Clone ' || n",
            complete_name="'Clone ' || n",
            email="'clone' || n || '@example.com'",
            email_normalized="'clone' || n || '@example.com'",
        )
        cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)",
            [partners],
        )
        owed = self._items(self.invoice)
        for number in (1, 2):
            self._moves(self.invoice, owed, partners, f"C{number}/")
        some = partners[::3]
        self._moves(self.credit, self._items(self.credit), some, "CR/")
        cr.execute(
            """UPDATE account_move_line SET date_maturity = %s
                WHERE partner_id = ANY(%s) AND balance > 0""",
            [self._ago(-20), partners[::10]],
        )
        self.env.invalidate_all()
        if not seen_by_others:
            # Statistics, as on a database that has been in use for a day
            _analyze(cr, ("account_move_line", "account_move", "res_partner"))
        return partners

    def _moves(self, move, line, partners, prefix):
        moves = self._clone(
            "account_move", move.id, len(partners), name=f"'{prefix}' || n"
        )
        lines = self._clone(
            "account_move_line", line.id, len(partners), move_name=f"'{prefix}' || n"
        )
        self.env.cr.execute(
            """UPDATE account_move_line l SET move_id = x.move, partner_id = x.partner
                 FROM unnest(%s, %s, %s) AS x(id, move, partner) WHERE l.id = x.id""",
            [lines, moves, partners],
        )
        self.env.cr.execute(
            """UPDATE account_move m
                  SET partner_id = x.partner, commercial_partner_id = x.partner
                 FROM unnest(%s, %s) AS x(id, partner) WHERE m.id = x.id""",
            [moves, partners],
        )

    def _clone(self, table, record_id, count, **values):
        """Copy a row so often; ``n`` numbers the copies. Return the new ids."""
        cr, start = self.env.cr, self._offset()
        cr.execute(
            """SELECT column_name FROM information_schema.columns
                WHERE table_name = %s AND column_name <> 'id'
                  AND is_generated = 'NEVER'""",
            [table],
        )
        names = [name for [name] in cr.fetchall()]
        columns = ", ".join(f'"{name}"' for name in names)
        source = ", ".join(values.get(name, f't."{name}"') for name in names)
        # The names come from the catalogue and from the calls above
        # pylint: disable=sql-injection
        cr.execute(
            f"""INSERT INTO {table} ({columns})
                SELECT {source} FROM {table} t,
                       generate_series(%s, %s) AS n
                 WHERE t.id = %s RETURNING id""",
            [start + 1, start + count, record_id],
        )
        return [found for [found] in cr.fetchall()]

    def _offset(self):
        """Return a number from which copies are numbered, ever higher."""
        self.env.cr.execute("SELECT max(id) FROM account_move_line")
        return self.env.cr.fetchone()[0]

    def _statements(self, act):
        """Return how many SQL statements an act takes, and what it returns."""
        statements = []
        execute = Cursor.execute

        def counting(cursor, query, *args, **kwargs):
            statements.append(query)
            return execute(cursor, query, *args, **kwargs)

        self.patch(Cursor, "execute", counting)
        result = act()
        self.patch(Cursor, "execute", execute)
        return len(statements), result

    def test_plan_takes_the_same_number_of_statements(self):
        self._plan()  # fills the caches of a worker
        used = {}
        notices = self.env["ar.notice"]
        for total in (50, 500, 2500):
            self._grow(total)
            before = len(self._notices())
            used[total], counts = self._statements(self._plan)
            made = len(self._notices()) - before
            # Nine in ten are due
            self.assertEqual(made, counts["notices"])
            self.assertEqual(made, total - total // 10)
            # Once more, all of them by name: what is decided already stays
            everybody = self.env["ar.debtor"].search(
                [("company_id", "=", self.company.id)]
            )
            again, counts = self._statements(
                lambda ids=everybody.ids: notices.plan(None, ids)
            )
            self.assertEqual(counts["debtors"], len(everybody))
            self.assertEqual(counts["notices"], 0)
            self.assertLessEqual(again, used[total] * len(everybody) // total)
        self.assertEqual(used[500], used[50])
        self.assertLessEqual(used[2500], 3 * used[50])

    def test_refresh_takes_the_same_number_of_statements(self):
        Debtor = self.env["ar.debtor"]
        Debtor.refresh()
        used = []
        for more in (20, 200):
            self._grow(more)
            number, changed = self._statements(Debtor.refresh)
            used.append(number)
            self.assertEqual(changed, more)
        self.assertEqual(used[0], used[1])

    def test_proposals_brought_up_to_date_in_bulk(self):
        """Paid ones are taken back for many in a constant number of statements."""
        self.company.ar_state = "ask"
        used = []
        for more in (20, 100):
            partners = self._grow(more)
            self._plan()
            self.env.cr.execute(
                """UPDATE account_move_line
                      SET amount_residual = 0, amount_residual_currency = 0,
                          reconciled = TRUE
                    WHERE partner_id = ANY(%s)""",
                [partners],
            )
            number, counts = self._statements(self._plan)
            used.append(number)
            self.assertEqual(counts["cancelled"], more - more // 10)
        self.assertEqual(used[0], used[1])

    def test_a_slice_hangs_on_no_statistics(self):
        """Tables filled a moment ago: nothing compares each item with each notice.

        It once did, for PostgreSQL expected a handful of rows: seconds for a slice.
        """
        self._grow(1200)
        self._plan()
        self._look_at_a_slice()

    def test_a_slice_hangs_on_no_false_statistics(self):
        """Analyzed by another transaction, which does not see what is being imported."""
        self._grow(1200, seen_by_others=True)
        tables = ["account_move_line", "account_move", "res_partner", "res_currency"]
        with db_connect(self.env.cr.dbname).cursor() as other:
            _analyze(other, tables)
        self._plan()
        with db_connect(self.env.cr.dbname).cursor() as other:
            _analyze(other, [*tables, "ar_debtor", "ar_notice", "ar_notice_line"])
        self._look_at_a_slice()

    def _look_at_a_slice(self):
        reader = Reader(self.env, self.company)
        ids = self.env["ar.debtor"].search([("company_id", "=", self.company.id)]).ids
        slice_ids = ids[-1000:]
        count = len(reader.read_items(slice_ids))
        self.assertGreater(count, 2000)
        query = self.env["ar.open.item"]._query("all", slice_ids)
        for_slices(self.env)
        for setting in (4, 8):
            self.env.cr.execute(f"SET LOCAL join_collapse_limit = {setting}")
            [(plan,)] = self.env.execute_query(
                SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) %s", query)
            )
            nodes = list(_nodes(plan[0]["Plan"]))
            self.assertEqual(nodes[0]["Actual Rows"], count)
            for node in nodes:
                if FIXED.search(node.get("Join Filter", "")):
                    continue
                compared = node.get("Rows Removed by Join Filter", 0)
                self.assertLess(
                    compared * node["Actual Loops"],
                    20 * count,
                    f"{node['Node Type']} {node.get('Join Filter')} at {setting}",
                )

    def test_a_page_of_one_customer_reads_only_theirs(self):
        self._grow(300)
        debtor = self._debtor(self.customer)
        items = self.env["ar.open.item"]._search([("debtor_id", "=", debtor.id)])
        # The table is small: an index pays on a large one
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        [(plan,)] = self.env.execute_query(
            SQL("EXPLAIN (FORMAT JSON) %s", items.select())
        )
        [read] = [n for n in _nodes(plan[0]["Plan"]) if n.get("Alias") == "l"]
        found = " ".join(node.get("Index Cond", "") for node in _nodes(read))
        self.assertIn("partner_id = p", found)


def _analyze(cr, tables):
    for table in tables:
        cr.execute(f"ANALYZE {table}")  # pylint: disable=sql-injection


def _nodes(node):
    """Yield a node of a plan and all below it."""
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
