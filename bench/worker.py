"""A process with Odoo in it that runs functions of the measures, one by one.

``python -m bench.worker CONFIG``: reads lines of JSON ``[module, function, options]``,
and answers each with a line of JSON.
"""

import importlib
import json
import os
import sys
import traceback

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry


def main(config):
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what others print is not an answer
    options = ["-c", config, "--no-http", "--log-level=error"]
    odoo.tools.config.parse_config(options, setup_logging=True)
    registry = Registry(odoo.tools.config["db_name"][0])
    for line in sys.stdin:
        module, function, options = json.loads(line)
        try:
            work = getattr(importlib.import_module(f"bench.{module}"), function)
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
                answer = {"result": work(env, **options)}
                cr.rollback()
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
