"""What was measured, said in rows: what, measured, target, met or not."""

#: Statements of plan() for each slice of 1,000 debtors, beside the constant.
SLICE_STATEMENTS = 20
SLICE = 1000


def rows(results):
    """Return the rows of the table.

    :param dict results: ``{size: {measure: figures}}``, sizes from small to large
    :return: ``[(size, what, measured, target, met)]``; met is None where nothing is
        asked
    """
    found = []
    for size, figures in results.items():
        for measure, make in MAKERS.items():
            if figures.get(measure):
                found += [(size, *row) for row in make(figures[measure], size, figures)]
    if {"M", "L"} <= set(results):
        found += _growth(results)
    return found


def _plan(f, size, figures):
    large = size != "S"
    slices = -(-f["debtors"] // SLICE)
    ceiling = 200 + SLICE_STATEMENTS * slices
    yield (
        f"plan(), nothing planned yet: {f['open items']:,} open items → {f['notices']:,} "
        f"notices, {f['notice lines']:,} lines",
        f"{f['plan']:.2f} s; the floor (INSERT … SELECT of these rows) {f['floor']:.2f} s: "
        f"{f['plan / floor']:.1f} ×",
        "≤ 3.5 × at M",
        f["plan / floor"] <= 3.5 if size == "M" else None,
    )
    yield (
        "its SQL statements",
        f"{f['plan statements']} in {slices} slices",
        f"≤ 200 + {SLICE_STATEMENTS} a slice",
        f["plan statements"] <= ceiling,
    )
    yield (
        "plan() again at once",
        f"{f['again']:.2f} s; reading the open items into Python {f['read']:.2f} s: "
        f"{f['again / read']:.2f} ×",
        "≤ 1.5 ×",
        f["again / read"] <= 1.5 if large else None,
    )
    yield (
        "resident memory of plan() above an idle process",
        f"{f['MB above idle']:.0f} MB",
        "≤ 400 MB at L",
        f["MB above idle"] <= 400,
    )
    yield (
        "longest lock held by plan()",
        f"{f['longest lock']:.2f} s (longest transaction {f['longest transaction']:.2f} s)",
        "≤ 1 s",
        f["longest lock"] <= 1,
    )
    yield (
        "making all debtors, once",
        f"{f['debtors made']:.2f} s for {f['debtors']:,}",
        "",
        None,
    )


def _held(f, size, figures):
    yield (
        f"plan() with {f['disputed']:,} items contested and {f['planned']:,} on plans, "
        f"of {f['items']:,}: {f['notices']:,} notices",
        f"{f['plan']:.2f} s: {f['plan / floor']:.1f} × the floor; again "
        f"{f['again / read']:.2f} × reading; {f['plan statements']} statements",
        "≤ 3.5 ×, again ≤ 1.5 × at M",
        f["plan / floor"] <= 3.5 and f["again / read"] <= 1.5 if size == "M" else None,
    )


def _other(f, size, figures):
    plan = figures.get("plan")
    ratio = f["other"] / plan["plan"] if plan else 0
    yield (
        f"OCA account_credit_control's decision run ({f['other lines']:,} lines)",
        f"{f['other']:.1f} s, {f['other statements']:,} statements, "
        f"{f['other MB above idle']:.0f} MB: {ratio:.0f} × plan()",
        "plan() ≥ 40 × faster at M",
        ratio >= 40 if size == "M" else None,
    )


def _refresh(f, size, figures):
    yield (
        f"refresh() of all {f['snapshots']:,} snapshots",
        f"{f['refresh']:.2f} s; one aggregate over the open items {f['aggregate']:.2f} s: "
        f"{f['refresh / aggregate']:.1f} ×",
        "≤ 3.5 ×",
        f["refresh / aggregate"] <= 3.5 if size != "S" else None,
    )
    yield (
        "a second refresh()",
        f"{f['refresh again']:.2f} s, {f['written again']:.0f} rows written",
        "0 rows",
        f["written again"] == 0,
    )


def _mails(f, size, figures):
    ratio = f["a mail"] / f["send_mail_batch of ready texts a mail"]
    own = f["a mail"] / f["send_mail_batch a mail"]
    yield (
        "making an e-mail (body, mail, chatter entry; no PDF, not sent)",
        f"{1000 * f['a mail']:.2f} ms; send_mail_batch of the same body, its texts there "
        f"already, {1000 * f['send_mail_batch of ready texts a mail']:.2f} ms: "
        f"{ratio:.2f} × (making the texts too {own:.2f} ×)",
        "≤ 0.6 ×",
        ratio <= 0.6,
    )
    yield (
        "its floors",
        f"mail.mail.create() {1000 * f['create a mail']:.2f} ms, compiled QWeb over "
        f"plain values {1000 * f['qweb a mail']:.2f} ms",
        "",
        None,
    )
    yield (
        "SQL statements for each",
        f"{f['statements a mail']:.2f} (send_mail_batch "
        f"{f['send_mail_batch statements a mail']:.2f})",
        "≤ 0.5",
        f["statements a mail"] <= 0.5,
    )


def _deliver(f, size, figures):
    clean = not (f["twice"] or f["missing"] or f["errors"])
    many = f["cores"] >= 6
    yield (
        f"deliver() of {f['mails']} e-mails over SMTP",
        f"one process {f['seconds with 1']:.1f} s, two {f['seconds with 2']:.1f} s: "
        f"{f['one / two']:.2f} × with {f['cores']} cores; {f['twice']} twice, "
        f"{f['missing']} missing, {f['errors']} errors",
        "≥ 1.7 ×, no duplicate, no error" if many else "no duplicate, no error",
        clean and (f["one / two"] >= 1.7 or not many),
    )


def _posting(f, size, figures):
    same = f["statements with"] == f["statements without"]
    yield (
        f"posting and paying {f['invoices']} invoices",
        f"{f['with']:.2f} s, without the addon {f['without']:.2f} s: "
        f"{f['with / without']:.2f} × (median of {f['pairs']} pairs)",
        "≤ 1.10 ×",
        f["with / without"] <= 1.1,
    )
    yield (
        "its SQL statements",
        f"{f['statements with']:,} with, {f['statements without']:,} without",
        "the same",
        same,
    )


def _pages(f, size, figures):
    ratio = f["worklist"] / f["invoices"]
    yield (
        "a page of the worklist",
        f"{1000 * f['worklist']:.0f} ms; Odoo's list of invoices "
        f"{1000 * f['invoices']:.0f} ms: {ratio:.2f} ×",
        "≤ 1.5 ×",
        ratio <= 1.5 if size != "S" else None,
    )
    for what, name in (("a debtor's form", "form"), ("explain()", "explain")):
        yield (
            what,
            f"{f[f'{name} statements']} statements, {1000 * f[name]:.0f} ms",
            "≤ 60 statements",
            f[f"{name} statements"] <= 60,
        )


def _statements(f, size, figures):
    yield (
        f"the figures of {f['statements']:,} statements, of today",
        f"{f['today']:.2f} s; one SQL that reads their items {f['one SQL']:.2f} s: "
        f"{f['today / one SQL']:.1f} × (of a past day {f['past / one SQL']:.1f} ×, "
        f"activity of the year {f['activity / one SQL']:.1f} ×)",
        "≤ 2 ×",
        f["today / one SQL"] <= 2,
    )
    yield (
        "their SQL statements",
        f"{f['today statements']} (past day {f['past statements']}, activity "
        f"{f['activity statements']}); of ten statements {f['ten statements']}",
        "does not grow",
        f["today statements"] <= f["ten statements"] + 5,
    )


def _charges(f, size, figures):
    yield (
        f"late charges of {f['items']:,.0f} items, in {f['statements']:.0f} SQL statements",
        f"{f['charges']:.2f} s; one statement that multiplies the same days "
        f"{f['sql']:.2f} s: {f['charges / sql']:.1f} ×",
        "≤ 5 ×",
        f["charges / sql"] <= 5 if size != "S" else None,
    )


def _behaviour(f, size, figures):
    yield (
        f"how {f['customers']:,.0f} customers pay, by {f['paid']:,.0f} paid items",
        f"{f['judge']:.2f} s; one SQL aggregate {f['aggregate']:.2f} s: "
        f"{f['judge / aggregate']:.1f} ×",
        "≤ 6 ×",
        f["judge / aggregate"] <= 6 if size != "S" else None,
    )
    same = f["most statements"] == f["statements of ten"]
    yield (
        "its SQL statements",
        f"{f['most statements']:.0f} for each slice of {SLICE:,} customers, "
        f"{f['statements of ten']:.0f} for ten",
        "the same",
        same,
    )


def _gate(f, size, figures):
    yield (
        f"the gate before posting {f['invoices']:,} invoices "
        f"({f['listed with']:,} customers listed)",
        f"{f['added']} SQL statements more; {f['with']:.2f} s, without it "
        f"{f['without']:.2f} s",
        "≤ 3 statements",
        f["added"] <= 3,
    )


def _expected(f, size, figures):
    yield (
        f"expected payments of {f['expected']:,.0f} open items, by "
        f"{f['invoices read']:,.0f} invoices of {f['customers']:,.0f} customers, in "
        f"{f['statements']:.0f} statements",
        f"{f['forecast']:.2f} s (again {f['forecast again']:.2f} s); reading the history "
        f"{f['history']:.2f} s: {f['forecast / history']:.1f} ×",
        "≤ 3 ×",
        f["forecast / history"] <= 3 if size != "S" else None,
    )


def _aging(f, size, figures):
    yield (
        f"the aged list of a past day: {f['items']:,} items of {f['customers']:,} "
        f"customers, in {f['statements']} statements",
        f"{f['aging']:.2f} s; one plain SQL aggregate of the day {f['one SQL']:.2f} s: "
        f"{f['aging / one SQL']:.1f} ×",
        "≤ 2 ×",
        f["aging / one SQL"] <= 2 if size != "S" else None,
    )
    yield (
        "it beside the general ledger",
        f"difference {f['difference']:.2f}, in {f['ties']:.2f} s",
        "0.00",
        f["difference"] == 0,
    )


def _growth(results):
    medium, large = (results[size].get("plan") for size in "ML")
    if medium and large:
        each = [one["plan"] / one["open items"] for one in (medium, large)]
        yield (
            "M → L",
            "plan(), time for each open item",
            f"{1e6 * each[0]:.0f} µs → {1e6 * each[1]:.0f} µs: {each[1] / each[0]:.2f} ×",
            "≤ 1.3 ×",
            each[1] / each[0] <= 1.3,
        )
    pages = [results[size].get("pages") for size in results]
    if all(pages):
        for what, name in (("a debtor's form", "form"), ("explain()", "explain")):
            counts = [one[f"{name} statements"] for one in pages]
            yield (
                " → ".join(results),
                f"{what}, statements",
                " → ".join(map(str, counts)),
                "independent of the ledger's size",
                max(counts) <= min(counts) + 2,
            )


MAKERS = {
    "plan": _plan,
    "held": _held,
    "other": _other,
    "mails": _mails,
    "deliver": _deliver,
    "posting": _posting,
    "refresh": _refresh,
    "charges": _charges,
    "behaviour": _behaviour,
    "expected": _expected,
    "gate": _gate,
    "pages": _pages,
    "statements": _statements,
    "aging": _aging,
}
