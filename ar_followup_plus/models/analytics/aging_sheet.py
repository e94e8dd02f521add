"""The aged list as spreadsheet."""

import io

import xlsxwriter

from ...engine.aging import label
from .aging_query import CREDIT, EXCHANGE

#: Rows of a sheet, without headings.
MOST_ITEMS = 1_000_000


class AgingSheet:
    """Writes an aged list: a sheet by group, and one of its items.

    Texts are written as strings, so that a name that begins with "=" is no formula.
    """

    def __init__(self, aging, group):
        """
        :param Aging aging: the list
        :param str group: the field of which each value has a row
        """
        self.aging, self.group = aging, group
        self.env = aging.env
        self.formats = {}

    def content(self):
        """Return the file."""
        output = io.BytesIO()
        # Row by row, from the top: ten million cells do not fit into memory
        with xlsxwriter.Workbook(output, {"constant_memory": True}) as self.book:
            self.bold = self.book.add_format({"bold": True})
            self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
            self._write_groups()
            self._write_items()
        return output.getvalue()

    def _money(self, currency, bold=False):
        zeros = "0" * currency.decimal_places
        key = (f"#,##0.{zeros}".rstrip("."), bold)
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"num_format": key[0], "bold": bold}
            )
        return self.formats[key]

    def _sheet(self, name, heads, *above):
        """Return a sheet with headings, and some lines and an empty one above them.

        :param above: pairs of (text, format)
        """
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_column(0, len(heads), 14)
        sheet.set_column(0, 0, 32)
        for line, (text, style) in enumerate(above):
            sheet.write_string(line, 0, text, style)
        first = len(above) + 1 if above else 0
        for column, head in enumerate(heads):
            sheet.write_string(first, column, head, self.bold)
        sheet.freeze_panes(first + 1, 1)
        return sheet

    def _write_groups(self):
        """Write the sums by group, and below the sum of each currency."""
        aging = self.aging
        columns = aging.columns()
        name = aging.items._fields[self.group]._description_string(self.env)
        heads = [name, self.env._("Currency"), *columns.values()]
        sheet = self._sheet(
            self.env._("Aged receivables"),
            heads,
            (aging.title(), self.bold),
            (aging.tie_text()[0], None),
        )
        line = 4
        for currency, rows, sums in aging.table(self.group):
            for text, amounts, bold in (
                *((text, amounts, False) for text, amounts in rows),
                (self.env._("Total"), sums, True),
            ):
                sheet.write_string(line, 0, text, self.bold if bold else None)
                sheet.write_string(line, 1, currency.name)
                for column, amount in enumerate(amounts.values(), 2):
                    sheet.write_number(
                        line, column, amount, self._money(currency, bold)
                    )
                line += 1

    def _write_items(self):
        """Write each item with the column to which it belongs."""
        env = self.env
        rows = self.aging.item_rows(MOST_ITEMS)
        customers, currencies = (
            {
                record.id: record
                # sudo: names only, of what the user may list
                for record in env[model].sudo().browse({*ids} - {None}).exists()
            }
            for model, ids in (
                ("res.partner", [row[0] for row in rows]),
                ("res.currency", [one for row in rows for one in (row[5], row[7])]),
            )
        )
        places = {
            0: env._("Not due"),
            CREDIT: env._("Unallocated credits"),
            EXCHANGE: env._("Exchange differences"),
            **{n: label(one) for n, one in enumerate(self.aging.terms.ranges, 1)},
        }
        heads = [
            env._("Customer"),
            env._("Number"),
            env._("Invoice date"),
            env._("Due date"),
            env._("Days"),
            env._("Column"),
            env._("Currency"),
            env._("Open in document currency"),
            env._("Shown in"),
            env._("Open"),
        ]
        sheet = self._sheet(env._("Items"), heads)
        for line, row in enumerate(rows, 1):
            customer, number, invoiced, due, days, its, open_, shown, amount, at = row
            name = customers[customer].display_name if customer else ""
            sheet.write_string(line, 0, name or "")
            sheet.write_string(line, 1, number or "")
            sheet.write_datetime(line, 2, invoiced, self.day)
            sheet.write_datetime(line, 3, due, self.day)
            sheet.write_number(line, 4, days)
            sheet.write_string(line, 5, places[at])
            sheet.write_string(line, 6, currencies[its].name)
            sheet.write_number(line, 7, open_, self._money(currencies[its]))
            sheet.write_string(line, 8, currencies[shown].name)
            sheet.write_number(line, 9, amount, self._money(currencies[shown]))
