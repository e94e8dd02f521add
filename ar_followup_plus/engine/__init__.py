"""Pure Python: nothing here imports Odoo, reads a clock or does any I/O."""
