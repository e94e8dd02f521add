"""Tests by subject: Odoo's loader wants their modules as members here.

Not imported by their package, for they need databases and processes of their own
(script/test): test_chaos, test_demo_sale, test_demo_screens, test_page_companies,
test_page_flood, test_page_routes, test_policy_letters, test_portal_matrix, test_proof,
test_races, test_sending_kills, test_sending_message, test_sending_smtp,
test_statement_schedule, test_statements, test_stop_paths, test_supplier,
test_two_servers, test_verify_evidence, test_views_all.
"""

from .engine import *
from .engine_rules import *
from .access import *
from .module import *
from .situations import *
from .customer import *
from .voice import *
from .signature import *
from .notice import *
from .notice_text import *
from .ledger import *
from .decision import *
from .delivery import *
from .late_charge import *
from .payment_behaviour import *
from .statement import *
from .credit_terms import *
from .letter import *
from .payment_plan import *
from .dispute import *
from .referral import *
from .returned_payment import *
from .credit_control import *
from .netting import *
from .communication import *
from .analytics import *
from .forecast import *
from .portal import *
from .evidence import *
from .retention import *
from .go_live import *
from .oracle import *
from .half_year import *
