"""Companies that charged before the minimum of an invoice existed have none."""


def migrate(cr, version):
    cr.execute("UPDATE res_company SET ar_charge_minimum = 0")
