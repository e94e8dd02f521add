"""Statements as spreadsheets."""


class StatementSheet:
    """Writes the sheets of a statement."""

    def __init__(self, book, env):
        self.book, self.env = book, env
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.formats = {}

    def money(self, currency):
        zeros = "0" * currency.decimal_places
        name = f"#,##0.{zeros}".rstrip(".")
        if name not in self.formats:
            self.formats[name] = self.book.add_format({"num_format": name})
        return self.formats[name]

    def sheet(self, name, heads, texts):
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_column(0, len(heads) - 1, 13)
        sheet.set_column(0, texts, 22)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.bold)
        return sheet

    def open_items(self, parts, labels):
        env = self.env
        heads = [
            env._("Document"),
            env._("Your reference"),
            env._("Date"),
            env._("Due date"),
            env._("Days late"),
            env._("Amount"),
            env._("Open"),
            env._("Currency"),
            labels["disputed"],
            labels["agreed"],
        ]
        sheet = self.sheet(env._("Open items"), heads, 1)
        line = 1
        for part in parts:
            money = self.money(part["currency"])
            for row in part["rows"]:
                sheet.write_string(line, 0, row["move_name"] or "")
                sheet.write_string(line, 1, row["ref"] or "")
                for column, name in ((2, "invoice_date"), (3, "due_date")):
                    sheet.write_datetime(line, column, row[name], self.day)
                sheet.write_number(line, 4, row["days"])
                sheet.write_number(line, 5, row["amount_currency"], money)
                sheet.write_number(line, 6, row["residual"], money)
                sheet.write_string(line, 7, part["currency"].name)
                for column, name in ((8, "disputed"), (9, "agreed")):
                    if row[name]:
                        sheet.write_number(line, column, row[name], money)
                line += 1

    def sums(self, parts, labels):
        env = self.env
        buckets = list(parts[0]["buckets"])
        heads = [
            env._("Currency"),
            *(labels[key] for key in buckets),
            env._("Credits"),
            env._("Total"),
            env._("Overdue"),
            labels["disputed"],
            labels["agreed"],
            env._("Charges, not in the total"),
            env._("Credits counted for invoices"),
            env._("Credits counted for charges"),
        ]
        sheet = self.sheet(env._("Totals"), heads, 0)
        for line, part in enumerate(parts, 1):
            money = self.money(part["currency"])
            sheet.write_string(line, 0, part["currency"].name)
            amounts = [
                *part["buckets"].values(),
                -part["credits"] or 0.0,
                *(
                    part[name]
                    for name in ("total", "overdue", "disputed", "agreed", "charges")
                ),
                *reversed(part["counted"]),
            ]
            for column, amount in enumerate(amounts, 1):
                sheet.write_number(line, column, amount, money)

    def activity(self, parts, labels):
        env = self.env
        heads = [
            env._("Document"),
            env._("Reference"),
            env._("What"),
            env._("Date"),
            env._("Amount"),
            env._("Balance"),
            env._("Currency"),
        ]
        sheet = self.sheet(env._("Activity"), heads, 2)
        line = 1
        for part in parts:
            money, code = self.money(part["currency"]), part["currency"].name
            sheet.write_string(line, 0, env._("Balance before"), self.bold)
            sheet.write_number(line, 5, part["opening"], money)
            sheet.write_string(line, 6, code)
            for row in part["rows"]:
                line += 1
                sheet.write_string(line, 0, row["move_name"] or "")
                sheet.write_string(line, 1, row["ref"] or "")
                sheet.write_string(line, 2, labels[row["what"]])
                sheet.write_datetime(line, 3, row["date"], self.day)
                sheet.write_number(line, 4, row["amount"], money)
                sheet.write_number(line, 5, row["balance"], money)
                sheet.write_string(line, 6, code)
            line += 1
            sheet.write_string(line, 0, env._("Balance now"), self.bold)
            sheet.write_number(line, 5, part["closing"], money)
            sheet.write_string(line, 6, code)
            line += 2
