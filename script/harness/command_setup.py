"""``script/setup``: get ready, and show what is used."""

from . import cache, from_pypi, postgres
from .machine import Machine


def main(arguments):
    machine = Machine()
    from_pypi.needed(machine.python)
    with postgres.running(machine.python) as variables:
        where = variables.get("PGHOST", "as your PG* variables say")
    print(f"Odoo        {machine.odoo.path}  ({machine.odoo.origin})")
    print(f"Python      {machine.python}")
    print(f"PostgreSQL  {where}")
    print(f"Cache       {cache.folder()}")
