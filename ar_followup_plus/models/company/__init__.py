"""Settings of a company: what it may do, when, and how it went live."""

from . import res_company
from . import rpc_border
from . import res_company_access
from . import res_company_go_live
from . import res_config_settings
