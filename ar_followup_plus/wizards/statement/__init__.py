from . import ar_statement_ask
