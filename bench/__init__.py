"""What this addon costs, beside floors and beside what a user would pick instead.

Started by ``script/bench``. Each measure is a module with a function ``measure`` that
runs outside of Odoo, and functions that a worker process runs inside of it.
"""
