"""How well the expected payment date and the cash forecast would have been.

``script/bench --only forecast --data FILE`` needs no database. Each invoice of the file
is predicted on its invoice date from what was settled before; each Monday the cash of the
next eight weeks is predicted for the invoices open that day. Beside it two simple
methods: the due date, and the median delay of the customer.
"""

import csv
import datetime
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

# The engine is pure Python: it is imported without the addon, which needs Odoo
sys.path.append(str(Path(__file__).resolve().parents[1] / "ar_followup_plus"))

from engine.expected_payment import Forecast, History, Open, Paid  # noqa: E402

COLUMNS = (
    "countryCode", "customerID", "InvoiceDate", "DueDate", "InvoiceAmount",
    "SettledDate", "PaperlessBill",
)  # fmt: skip
#: How a date may be written.
DATES = ("%m/%d/%Y", "%Y-%m-%d")
#: Weeks that are predicted each Monday.
AHEAD = 8
#: Settled invoices from which the customer's own median is used.
ENOUGH = 3
_DAY = datetime.timedelta(days=1)


class BadFile(Exception):
    """The file cannot be read: says where and why."""


class Invoice(NamedTuple):
    number: int
    customer: str
    group: str
    issued: datetime.date
    due: datetime.date
    amount: int
    settled: datetime.date
    by_email: bool

    @property
    def delay(self):
        return (self.settled - self.due).days


def read(path):
    """Return the invoices of a file.

    :raise BadFile: for a row or a file that cannot be used, with its line and the reason
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: cannot be read: {error}") from error
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise BadFile(f"{path}, line 1: columns are missing: {', '.join(missing)}")
    invoices = []
    for row in rows:
        try:
            invoices.append(_invoice(len(invoices), row))
        except ValueError as error:
            raise BadFile(f"{path}, line {rows.line_num}: {error}") from error
    if not invoices:
        raise BadFile(f"{path}, line 2: there are no invoices")
    return sorted(invoices, key=lambda one: (one.issued, one.number))


def _invoice(number, row):
    if None in row or None in row.values():
        raise ValueError("not as many values as columns")
    customer = row["customerID"].strip()
    if not customer:
        raise ValueError("customerID is empty")
    try:
        amount = round(float(row["InvoiceAmount"]) * 100)
    except (ValueError, OverflowError):
        raise ValueError(
            f"InvoiceAmount is no number: {row['InvoiceAmount']!r}"
        ) from None
    if amount <= 0:
        raise ValueError(f"InvoiceAmount is not above 0: {row['InvoiceAmount']}")
    issued, due, settled = (
        _date(row, name) for name in ("InvoiceDate", "DueDate", "SettledDate")
    )
    if due < issued:
        raise ValueError(f"DueDate {due} is before InvoiceDate {issued}")
    if settled < issued:
        raise ValueError(f"SettledDate {settled} is before InvoiceDate {issued}")
    by_email = row["PaperlessBill"].strip() == "Electronic"
    group = row["countryCode"].strip()
    return Invoice(number, customer, group, issued, due, amount, settled, by_email)


def _date(row, name):
    for form in DATES:
        try:
            return datetime.datetime.strptime(row[name].strip(), form).date()
        except ValueError:
            continue
    raise ValueError(f"{name} is no date (month/day/year): {row[name]!r}")


class Known:
    """What is known on a day, and the predictions from it."""

    def __init__(self, invoices, day):
        settled = [one for one in invoices if one.settled < day]
        history = History(
            [
                Paid(one.customer, one.group, one.delay, one.settled, one.by_email)
                for one in settled
            ],
            day,
        )
        self.day, self.forecast = day, Forecast(history)
        delays = {}
        for one in settled:
            delays.setdefault(one.customer, []).append(one.delay)
        self.medians = {
            customer: median(own)
            for customer, own in delays.items()
            if len(own) >= ENOUGH
        }
        self.median = median([one.delay for one in settled] or [0])

    def expected(self, one):
        return self.forecast.of(
            Open(one.number, one.customer, one.group, one.due, one.amount, one.by_email)
        )

    def by_median(self, one):
        delay = round(self.medians.get(one.customer, self.median))
        return max(one.due + delay * _DAY, self.day)

    def by_due_date(self, one):
        return max(one.due, self.day)

    def week(self, on):
        return (on - self.day).days // 7


def dates(invoices, since):
    """Return the mean errors in days, and the share inside the likely range."""
    judged = [one for one in invoices if one.issued >= since]
    errors, inside, known = {"ours": 0, "due": 0, "median": 0}, 0, None
    for one in judged:
        if known is None or known.day != one.issued:
            known = Known(invoices, one.issued)
        expected = known.expected(one)
        for method, on in (
            ("ours", expected.on),
            ("due", one.due),
            ("median", known.by_median(one)),
        ):
            errors[method] += abs((on - one.settled).days)
        inside += expected.first <= one.settled <= expected.last
    number = len(judged)
    return {method: total / number for method, total in errors.items()} | {
        "inside": inside / number,
        "number": number,
    }


def weeks(invoices, since):
    """Return the absolute errors of all weeks over what came in, or None."""
    day = since + (-since.weekday() % 7) * _DAY
    last, errors, came, mondays = invoices[-1].issued, {}, 0, 0
    while day <= last:
        still_open = [one for one in invoices if one.issued <= day <= one.settled]
        known = Known(invoices, day)
        facts = [0] * AHEAD
        forecasts = {method: [0] * AHEAD for method in ("ours", "due", "median")}
        for one in still_open:
            _add(facts, known.week(one.settled), one.amount)
            _add(forecasts["due"], known.week(known.by_due_date(one)), one.amount)
            _add(forecasts["median"], known.week(known.by_median(one)), one.amount)
            for week, amount in enumerate(known.expected(one).weeks[:AHEAD]):
                forecasts["ours"][week] += amount
        for method, amounts in forecasts.items():
            errors[method] = errors.get(method, 0) + sum(
                abs(amount - fact) for amount, fact in zip(amounts, facts, strict=True)
            )
        came, mondays, day = came + sum(facts), mondays + 1, day + 7 * _DAY
    if not came:
        return None
    return {method: error / came for method, error in errors.items()} | {
        "mondays": mondays
    }


def _add(amounts, week, amount):
    if week < AHEAD:
        amounts[week] += amount


def table(invoices, since):
    """Return the table of the invoices from a day on."""
    day, cash = dates(invoices, since), weeks(invoices, since)
    lines = [
        f"{day['number']} invoices of {since} to {invoices[-1].issued}, each predicted "
        "from what was settled before:",
        "",
        "| | expected payment | due date | customer's median | target |",
        "|---|---|---|---|---|",
        f"| date predicted on the invoice date, mean error | {day['ours']:.2f} days | "
        f"{day['due']:.2f} days | {day['median']:.2f} days | ≤ 5.9 days |",
    ]
    if cash:
        lines.append(
            f"| cash of eight weeks, {cash['mondays']} Mondays, errors / what came | "
            f"{cash['ours']:.1%} | {cash['due']:.1%} | {cash['median']:.1%} | ≤ 20 % |"
        )
    lines.append(
        f"| paid within the 80 % range | {day['inside']:.1%} | | | 75 to 85 % |"
    )
    return "\n".join(lines)


def run(path, since=None):
    """Print the figures of a file; return the exit code.

    :param str since: the first invoice date that is judged; default: two tables, of the
        later half of the invoices and of all after the first hundred
    """
    try:
        invoices = read(path)
        if since:
            starts = [_date({"--from": since}, "--from")]
        else:
            count = len(invoices)
            starts = [
                invoices[count // 2].issued,
                invoices[min(100, count // 4)].issued,
            ]
        if starts[0] > invoices[-1].issued:
            raise BadFile(f"{path}: no invoice is dated {starts[0]} or later")
    except (BadFile, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n\n".join(table(invoices, start) for start in dict.fromkeys(starts)))
    return 0
