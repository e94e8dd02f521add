"""The evidence pack: proof of debts, communication and agreements in one file."""

from . import ar_evidence
from . import ar_debtor
from . import evidence_gather
from . import evidence_facts
from . import evidence_make
from . import evidence_files
