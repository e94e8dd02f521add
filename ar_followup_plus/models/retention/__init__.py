"""Data retention: what is deleted or made anonymous, and personal data."""

from . import ar_retention
from . import retention_run
from . import retention_logs
from . import personal_data_export
from . import res_company
