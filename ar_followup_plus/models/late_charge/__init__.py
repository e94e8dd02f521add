"""Late fees and interest: schemes, accrued amounts, posting and waiving."""

from . import ar_late_charge_scheme
from . import ar_late_charge
from . import charge_decision
from . import charge_run
from . import ar_debtor
from . import ar_notice
from . import res_company
from . import charge_words
from . import charge_ledger
