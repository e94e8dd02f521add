"""Companies that follow up already begin to write about overpayments when they choose.

New companies do after five working days. An update must not begin to write to customers.
"""


def migrate(cr, version):
    cr.execute("UPDATE res_company SET ar_overpaid_days = 0")
