from . import test_statement_past
