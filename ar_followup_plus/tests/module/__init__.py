from . import test_accounting_alone
from . import test_uninstall
from . import test_views_accounting
from . import test_views_dialogs
from . import test_views_open
from . import test_hooks
from . import test_nightly
