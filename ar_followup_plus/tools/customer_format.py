"""Format amounts, dates and tables of a notice in the language of an environment."""

from markupsafe import Markup

from odoo.tools import format_amount, format_date
from odoo.tools.i18n import format_list
from odoo.tools.misc import get_lang

#: Characters from which a number may wrap to the next line.
LONG_NUMBER = 16
#: Inline, because mail programs drop style sheets.
_CELL = "padding:8px 4px;border-bottom:1px solid #e3e6e8;vertical-align:top;"
_HEAD = (
    "padding:6px 4px;border-bottom:2px solid #c9d0d4;font-weight:normal;color:#5b666d;"
)
_TOTAL = "padding:10px 4px 8px 4px;font-weight:bold;vertical-align:top;"
_CARRY = "padding:6px 4px;font-style:italic;color:#5b666d;"
_RIGHT = "text-align:right;white-space:nowrap;"
_SMALL = "font-size:12px;color:#5b666d;"
_LINK = "color:#1b5e86;text-decoration:underline;"
#: On paper, in row units: room on the first page of a letter below its opening, and on
#: later pages; height of a row with one line, and with two.
PAPER_FIRST, PAPER_LATER = 48, 96
ONE_LINE, TWO_LINES = 4, 7


def pages(weights, room, full, used=0):
    """Distribute the rows of a table over pages of paper.

    :param weights: lines of each row
    :param int room: lines for rows on the first page
    :param int full: lines for rows on each later page
    :param int used: lines already used on the first page
    :return: for each page the numbers of its rows; the first one may have none
    """
    result, here, left = [], [], room - used
    for number, weight in enumerate(weights):
        if weight > left and (here or not result):
            result.append(here)
            here, left = [], full
        here.append(number)
        left -= weight
    result.append(here)
    return result


def masked_email(address):
    """Return an address that only its owner recognises: ``i•••@example.com``."""
    name, at, domain = (address or "").rpartition("@")
    return f"{name[:1]}•••@{domain}" if at else ""


def one_line(text):
    """Return a typed text without line breaks: a subject must have none."""
    return " ".join((text or "").split())


class Words:
    """Format in the language of ``env``; figures of one notice at a time.

    :param env: environment in the language of the customer
    """

    def __init__(self, env):
        self.env = env
        lang = get_lang(env)
        self.code = lang.code
        self.lang = env["res.lang"].browse(lang.id)
        self._days = {}  # most messages of a batch contain the same days
        self._cell = _CELL
        if env.context.get("ar_paper"):
            self._cell = _CELL.replace("padding:8px", "padding:3px")
        self.labels = {
            "document": env._("Document"),
            "due": env._("Due date"),
            "days": env._("Days late"),
            "amount": env._("Amount due"),
            "state": env._("State"),
            "total": env._("Total"),
            "taken_off": env._("Credits and payments already taken off"),
            "credit": env._("Credit"),
            "credit_note": env._("Credit note"),
            "apart": env._("Being looked into"),
            "agreed": env._("Agreed with you"),
        }

    # === FIGURES === #

    def money(self, amount, currency, code=False):
        """Return an amount as people write it.

        :param bool code: write "1,200.00 USD" and not "$ 1,200.00", which is ambiguous
            between dollars of several countries
        """
        if code:
            number = self.lang.format(
                f"%.{currency.decimal_places}f", currency.round(amount), grouping=True
            )
            number = number.replace(" ", "\N{NO-BREAK SPACE}")
            return f"{number}\N{NO-BREAK SPACE}{currency.name}"
        text = format_amount(self.env, amount, currency, self.code)
        # The invisible sign that Odoo puts behind a minus is a box in some fonts
        return text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "")

    def early(self, amount, currency, until, code=False):
        """Return the text of an early payment discount: lower amount and last day."""
        return self.env._(
            "%(amount)s if paid by %(day)s",
            amount=self.money(amount, currency, code),
            day=self.day(until),
        )

    def sums(self, sums, code=False):
        """Return sums of several currencies, "1,200.00 EUR and 300.00 USD".

        :param dict sums: ``{currency: amount}``; zeros are omitted
        """
        return self.join(
            self.money(amount, currency, code)
            for currency, amount in sums.items()
            if not currency.is_zero(amount)
        )

    def join(self, texts):
        """Return texts as a list within a sentence."""
        texts = list(texts)
        return format_list(self.env, texts, lang_code=self.code) if texts else ""

    def day(self, date, form="long"):
        """Return a date, as long as in a sentence or shorter for a table."""
        if not date:
            return ""
        text = self._days.get((date, form))
        if text is None:
            text = self._days[date, form] = format_date(self.env, date, self.code, form)
        return text

    def _short_day(self, date):
        """Return a date that breaks only before its last word, on a phone."""
        words = self.day(date, "medium").split(" ")
        return " ".join(
            filter(None, ("\N{NO-BREAK SPACE}".join(words[:-1]), words[-1]))
        )

    def days(self, count):
        """Return a number of days."""
        if count == 1:
            return self.env._("1 day")
        return self.env._("%(count)s days", count=count)

    # === TABLES === #

    def table(self, rows, totals, code, late=True, state=False):
        """Return a table of items, one row each and a total for each currency.

        :param rows: dicts with ``name``, ``amount``, ``currency`` and where known
            ``link``, ``ref`` (the customer's own order number), ``what`` (the kind of
            document, if not an invoice), ``due``, ``days`` and ``state``
        :param dict totals: ``{currency: amount}``; sums of zero are omitted
        :param bool late: with the days late
        :param bool state: with the state of each item
        :rtype: markupsafe.Markup, empty without rows
        """
        if not rows:
            return Markup("")
        labels = self.labels
        heads = [
            (labels["document"], "text-align:left;"),
            (labels["due"], "text-align:left;"),
        ]
        if late:
            heads.append((labels["days"], "text-align:right;"))
        if state:
            heads.append((labels["state"], "text-align:left;"))
        heads.append((labels["amount"], "text-align:right;"))
        body = [
            _row(
                Markup('<th style="%s%s">%s</th>') % (_HEAD, align, text)
                for text, align in heads
            )
        ]
        for row in rows:
            cells = [_td(self._cell, self._document(row))]
            cells.append(_td(self._cell, self._short_day(row.get("due"))))
            if late:
                cells.append(
                    _td(self._cell + "text-align:right;", row.get("days") or "")
                )
            if state:
                cells.append(_td(self._cell, row["state"]))
            amount = self.money(row["amount"], row["currency"], code)
            cells.append(_td(self._cell + _RIGHT, amount))
            body.append(_row(cells))
        foot = []
        span = len(heads) - 1
        for currency, amount in totals.items():
            if not currency.is_zero(amount):
                money = self.money(amount, currency, code)
                foot.append(_sum_row(span, labels["total"], money))
        if not self.env.context.get("ar_paper"):
            return _table([*body, *foot])
        return self._paper(rows, body, foot, span, code)

    def _paper(self, rows, body, foot, span, code):
        """Return a table on as many pages as it takes, with the sum carried over."""
        head, lines = body[0], body[1:]
        weights = [
            TWO_LINES if row.get("what") or row.get("ref") else ONE_LINE for row in rows
        ]
        sums, result, brought = {}, Markup(""), None
        dealt = pages(weights, PAPER_FIRST, PAPER_LATER)
        for number, numbers in enumerate(dealt):
            for index in numbers:
                currency = rows[index]["currency"]
                sums[currency] = sums.get(currency, 0) + rows[index]["amount"]
            last = number == len(dealt) - 1
            carried = self.sums(sums, code)
            inside = [head]
            if brought is not None:
                inside.append(
                    _sum_row(span, self.env._("Brought forward"), brought, _CARRY)
                )
            inside += [lines[index] for index in numbers]
            if last:
                inside += foot
            else:
                inside.append(
                    _sum_row(span, self.env._("Carried forward"), carried, _CARRY)
                )
            brought = carried
            result += _table(inside, new_page=number > 0)
        return result

    def _document(self, row):
        """Return the first cell: the number, kind of document, and customer's order."""
        style = "white-space:nowrap;"
        if len(row["name"]) > LONG_NUMBER:
            style = "word-break:break-word;"
        name = Markup('<span style="%s">%s</span>') % (style, row["name"])
        if row.get("link"):
            name = Markup('<a href="%s" style="%s%s">%s</a>') % (
                row["link"],
                _LINK,
                style,
                row["name"],
            )
        notes = [row["what"]] if row.get("what") else []
        if row.get("ref"):
            notes.append(self.env._("Your order number: %(ref)s", ref=row["ref"]))
        for note in notes:
            name += Markup('<br/><span style="%s">%s</span>') % (_SMALL, note)
        return name

    # === BLOCKS === #

    def button(self, url, label, company):
        """Return a big button."""
        return Markup(
            '<p style="margin:20px 0 12px 0;"><a href="%s" style="display:inline-block;'
            "padding:13px 28px;border-radius:5px;font-weight:bold;font-size:16px;"
            'text-align:center;text-decoration:none;background-color:%s;color:%s;">%s</a></p>\n'
        ) % (
            url,
            company.email_secondary_color or "#1b5e86",
            company.email_primary_color or "#ffffff",
            label,
        )

    def links(self, links):
        """Return links in one line: ``[(address, text)]``."""
        return Markup(" · ").join(
            Markup('<a href="%s" style="%s">%s</a>') % (url, _LINK, text)
            for url, text in links
        )

    def small(self, text):
        """Return a paragraph in small print."""
        return Markup('<p style="%smargin:0;">%s</p>') % (_SMALL, text)

    def paragraph(self, *texts):
        """Return a paragraph with a line for each text."""
        return Markup('<p style="margin:0 0 14px 0;">%s</p>\n') % Markup("<br/>").join(
            texts
        )


def _sum_row(span, label, money, style=_TOTAL):
    return _row(
        [
            Markup('<td colspan="%s" style="%s">%s</td>') % (span, style, label),
            _td(style + _RIGHT, money),
        ]
    )


def _table(body, new_page=False):
    return Markup(
        '<table width="100%%" cellpadding="0" cellspacing="0" '
        'style="width:100%%;border-collapse:collapse;font-size:13px;'
        "line-height:1.4;color:#22292d;%s"
        'margin:16px 0 20px 0;">\n<tbody>\n%s\n</tbody>\n</table>'
    ) % ("page-break-before:always;" if new_page else "", Markup("\n").join(body))


def _td(style, content):
    return Markup('<td style="%s">%s</td>') % (style, content)


def _row(cells):
    # A bare <tr> and line breaks between cells: Odoo makes the plain text of a mail
    # from them
    return Markup("<tr>%s</tr>") % Markup("\n").join(cells)
