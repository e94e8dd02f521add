"""What the commands in ``script/`` share: Odoo, PostgreSQL, Python, browser, PDF.

Only the standard library is used here, for this code runs before anything is
installed. Modules that run inside Odoo's own environment (``inside_*.py`` and
``pytest_guard.py``) are the exception and say so.
"""
