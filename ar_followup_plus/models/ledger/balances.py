"""Balances of customers, live from the open items."""

from odoo.tools import SQL

from ...engine.aging import BUCKETS


class Balances:
    """Balances of customers, for each currency."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def rows(self):
        """Return the balance of each customer, a row for each currency.

        :rtype: dict of lists of dicts
        """
        if not self.debtors.ids:
            return {}
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        result = {}
        for row in self.env.execute_query_dict(
            SQL(
                """SELECT q.debtor_id, q.currency_id,
                          sum(q.amount_residual_currency) AS owed,
                          sum(q.amount_residual_currency) FILTER (
                              WHERE q.amount_residual_currency > 0
                                AND q.days_overdue > 0)
                              AS overdue,
                          sum(q.amount_residual_currency) FILTER (
                              WHERE q.amount_residual_currency > 0
                                AND q.days_overdue <= 0)
                              AS not_due,
                          sum(-q.amount_residual_currency) FILTER (
                              WHERE q.amount_residual_currency < 0) AS credits,
                          sum(q.amount_residual) AS company,
                          %s
                     FROM (%s) q
                    GROUP BY q.debtor_id, q.currency_id
                    ORDER BY sum(q.amount_residual) DESC""",
                SQL(", ").join(
                    SQL(
                        """COALESCE(sum(q.amount_residual_currency) FILTER (
                               WHERE q.amount_residual_currency > 0
                                 AND q.bucket = %s), 0) AS %s""",
                        key,
                        SQL.identifier(f"bucket_{key}"),
                    )
                    for key, _last in BUCKETS
                ),
                self.env["ar.open.item"]._query("lookup", self.debtors.ids),
            )
        ):
            row["aging"] = self._aging_bar(row)
            row["currency"] = self.env["res.currency"].browse(row["currency_id"])
            result.setdefault(row["debtor_id"], []).append(row)
        return result

    def _aging_bar(self, row):
        """Return the segments of the bar: label, key, amount and percentage.

        :rtype: list of dicts
        """
        labels = dict(
            self.env["ar.open.item"]._fields["bucket"]._description_selection(self.env)
        )
        whole = sum(row[f"bucket_{key}"] for key, _last in BUCKETS)
        return [
            {
                "key": key,
                "label": labels[key],
                "amount": row[f"bucket_{key}"],
                "percent": float(round(100 * row[f"bucket_{key}"] / whole, 2)),
            }
            for key, _last in BUCKETS
            if row[f"bucket_{key}"]
        ]
