"""The benchmark starts: its modules are imported before Odoo knows our addons."""

import ast
import contextlib
import importlib.util
import io
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench"


class TestBench(unittest.TestCase):
    def test_addons_are_imported_in_functions_only(self):
        paths = sorted(BENCH.glob("*.py"))
        self.assertTrue(paths)
        for path in paths:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in tree.body:
                if isinstance(node, ast.ImportFrom):
                    with self.subTest(path=path.name, line=node.lineno):
                        self.assertFalse((node.module or "").startswith("odoo.addons"))


def forecast():
    """Return bench/forecast.py, without the other modules of its package."""
    spec = importlib.util.spec_from_file_location("forecast", BENCH / "forecast.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestForecast(unittest.TestCase):
    """The backtest of the cash forecast: its figures, and files that are wrong."""

    HEAD = (
        "countryCode,customerID,InvoiceDate,DueDate,InvoiceAmount,SettledDate,"
        "PaperlessBill"
    )
    ROW = "1,A,1/2/2026,2/1/2026,55.94,2/5/2026,Paper"

    def _run(self, *rows, head=HEAD, since=None):
        """Return the exit code and what was printed."""
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as stream:
            stream.write("\n".join([head, *rows]))
            stream.flush()
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = forecast().run(stream.name, since)
            return code, said.getvalue()

    def test_bad_rows_say_line_and_reason(self):
        for bad, reason in (
            ("1,A,1/2/2026,2/1/2026,much,2/5/2026,Paper", "InvoiceAmount is no number"),
            ("1,A,1/2/2026,2/1/2026,nan,2/5/2026,Paper", "InvoiceAmount is no number"),
            ("1,A,1/2/2026,2/1/2026,-5,2/5/2026,Paper", "not above 0"),
            ("1,A,31/2/2026,2/1/2026,5,2/5/2026,Paper", "InvoiceDate is no date"),
            ("1,A,1/2/2026,,5,2/5/2026,Paper", "DueDate is no date"),
            ("1,A,1/2/2026,2/1/2026,5,12/5/2025,Paper", "is before InvoiceDate"),
            ("1,A,2/2/2026,2/1/2026,5,2/5/2026,Paper", "is before InvoiceDate"),
            ("1,,1/2/2026,2/1/2026,5,2/5/2026,Paper", "customerID is empty"),
            ("1,A,1/2/2026", "not as many values"),
            (self.ROW + ",more", "not as many values"),
        ):
            with self.subTest(row=bad):
                code, said = self._run(self.ROW, bad)
                self.assertEqual(code, 1)
                self.assertIn("line 3: ", said)
                self.assertIn(reason, said)

    def test_files_that_cannot_be_read(self):
        code, said = self._run(self.ROW, head=self.HEAD.replace("DueDate", "Due"))
        self.assertEqual(code, 1)
        self.assertIn("line 1: columns are missing: DueDate", said)
        self.assertIn("no invoices", self._run()[1])
        self.assertEqual(forecast().run("/nowhere.csv"), 1)
        self.assertIn("no invoice is dated", self._run(self.ROW, since="2027-01-01")[1])
        self.assertIn("--from is no date", self._run(self.ROW, since="soon")[1])

    def test_customers_who_always_pay_alike_are_predicted(self):
        day = forecast().datetime.date(2025, 1, 6)
        step = forecast().datetime.timedelta
        rows = []
        for number in range(60):
            for customer, late in (("A", 3), ("B", 24)):
                issued = day + step(days=7 * number)
                due = issued + step(days=30)
                rows.append(
                    f"1,{customer},{issued},{due},100,{due + step(days=late)},Paper"
                )
        code, said = self._run(*rows, since=str(day + step(days=280)))
        self.assertEqual(code, 0)
        day_row, cash_row, range_row = said.strip().splitlines()[4:]
        self.assertIn("| 0.00 days | 13.50 days | 0.00 days |", day_row)
        self.assertLess(float(cash_row.split("|")[2].strip(" %")), 35)
        self.assertEqual(range_row.split("|")[2].strip(), "100.0%")
