from . import test_accept_tour
from . import test_gate
from . import test_gate_invoices
from . import test_gate_tour
