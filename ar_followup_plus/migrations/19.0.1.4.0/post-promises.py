"""Promises of before let late charges go on; since then a promise says so itself."""


def migrate(cr, version):
    cr.execute(
        """UPDATE ar_payment_plan SET charges = 'running', charges_back = TRUE
            WHERE kind = 'promise'"""
    )
