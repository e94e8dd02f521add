"""Runs ``main(env, arguments)`` of a Python file inside Odoo.

``python -m harness.inside_run CONFIG FILE ARGUMENT...``; nothing is committed
unless the file does so itself.
"""

import runpy
import sys

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


def main(config, path, *arguments):
    options = ["-c", config, "--no-http", "--log-level=error"]
    odoo.tools.config.parse_config(options, setup_logging=True)
    program = runpy.run_path(path)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        code = program["main"](env, list(arguments))
        cr.rollback()
    return code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
