from . import test_aging
from . import test_aging_screens
from . import test_engine_aging
from . import test_engine_kpi
from . import test_financing
from . import test_key_figures
