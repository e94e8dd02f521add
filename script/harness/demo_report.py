"""The table of what was decided for each customer, and why. Runs inside Odoo."""

from odoo.fields import Domain

COLUMNS = ("Customer", "Overdue", "Days", "Step", "Channel / reason")
WIDTHS = (28, 24, 5, 30, 0)


def print_report(env, notices_before):
    debtors = env["ar.debtor"].sudo().with_context(active_test=False).search([])
    # Others have no say in it: Odoo's own demonstration companies are off
    companies = debtors.company_id.filtered(lambda c: c.ar_state != "off").sorted()
    for company in companies:
        print(f"\n{company.name}\n")
        _print_row(COLUMNS)
        _print_row("-" * (width or 40) for width in WIDTHS)
        ours = debtors.filtered(lambda d, company=company: d.company_id == company)
        for debtor in ours.sorted(lambda d: d.partner_id.display_name or ""):
            for row in _rows(debtor.with_company(company)):
                _print_row(row)
    total = env["ar.notice"].search_count([])
    print(f"\n{total} notices, {total - notices_before} of them new in this run")


def _print_row(cells):
    texts = [
        str(cell)[:width].ljust(width) if width else str(cell)
        for cell, width in zip(cells, WIDTHS, strict=True)
    ]
    print("  ".join(texts).rstrip())


def _rows(debtor):
    """One row for each notice of today or still open; else one for each reason."""
    items = debtor.explain()
    first = (
        debtor.partner_id.display_name,
        _overdue(items),
        max((item["days_overdue"] for item in items), default=0),
    )
    waiting = Domain("state", "in", ("proposed", "ready", "sending", "failed"))
    notices = debtor.env["ar.notice"].search(
        Domain("debtor_id", "=", debtor.id) & (waiting | Domain("date", ">=", "today"))
    )
    decided = [(notice.step_id.display_name, _state(notice)) for notice in notices]
    if not decided:
        reasons = dict.fromkeys(item["message"] or item["reason"] for item in items)
        decided = [("-", reason) for reason in reasons or ["Nothing is open."]]
    for step_and_result in decided:
        yield *first, *step_and_result
        first = ("", "", "")


def _state(notice):
    reason = f" ({notice.failure_reason})" if notice.failure_reason else ""
    return f"{notice.channel}: {notice.state}{reason}"


def _overdue(items):
    totals = {}
    for item in items:
        if item["days_overdue"] > 0 and item["residual"] > 0:
            currency = item["currency"]
            totals[currency] = totals.get(currency, 0) + item["residual"]
    return " + ".join(f"{amount:,.2f} {_code(c)}" for c, amount in totals.items())


def _code(currency):
    """A currency as a name, whether explain() gives a record or a name."""
    return getattr(currency, "name", currency)
