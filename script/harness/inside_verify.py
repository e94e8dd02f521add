"""Verifies the register of evidence of a database, inside Odoo; writes nothing.

``python -m harness.inside_verify CONFIG DATABASE``
"""

import sys

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


def main(config, database):
    options = ["-c", config, "-d", database, "--no-http", "--log-level=error"]
    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(database).cursor() as cr:
        cr.execute("SET TRANSACTION READ ONLY")
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        if "ar.proof" not in env:
            print(f"ar_followup_plus is not installed in {database}.", file=sys.stderr)
            return 2
        found = env["ar.proof"]._verify()
        for line in env["ar.proof"]._report(found):
            print(line)
        cr.rollback()
    return 1 if found["differences"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
