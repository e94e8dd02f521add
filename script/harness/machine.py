"""All that the other commands need before they can do their own work."""

from . import odoo_source, postgres, tools, venv


class Machine:
    """Odoo, a Python that runs it, and the programs it calls."""

    def __init__(self):
        self.odoo = odoo_source.find()
        self.python = venv.odoo_python(self.odoo)
        self.programs = tools.prepare(self.python)
        postgres.prepare(self.python)
