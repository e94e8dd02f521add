"""A town whose customers are followed up for half a year: what they hear is measured.

In short in ``script/test``, at length with ``script/chaos --days 180``.
"""

from . import test_half_year
