from . import test_plan_repeat
from . import test_situations
from . import test_copies
from . import test_engine_brakes
from . import test_engine_calendar
from . import test_engine_complaints
from . import test_engine_contact
from . import test_engine_credits
from . import test_engine_forecast
from . import test_engine_kinds
from . import test_engine_properties
from . import test_engine_proposals
from . import test_engine_reasons
from . import test_engine_replay
from . import test_engine_rules
from . import test_engine_schedule
from . import test_engine_steps
from . import test_engine_taken_out
from . import test_plan_ladder
from . import test_plan_start
from . import test_access_companies
from . import test_access_guard
from . import test_access_table
from . import test_plan_clock
from . import test_plan_companies
from . import test_plan_broken
from . import test_approve_back
from . import test_bad_input
from . import test_plan_scale
from . import test_substitute
from . import test_texts_faults
from . import test_texts_french
from . import test_texts_tables
from . import test_texts_templates
from . import test_texts_values
from . import test_complaints
from . import test_complaints_recipients
from . import test_accounting_alone
from . import test_tour_backoffice
from . import test_tour_go_live
from . import test_uninstall
from . import test_views_accounting
from . import test_views_dialogs
from . import test_views_open
from . import test_cases
from . import test_plan_explain
from . import test_plan_rotten
from . import test_portal_hostile
from . import test_portal_links
from . import test_portal_page
from . import test_portal_pay
from . import test_engine_behaviour
from . import test_office
from . import test_office_speed
from . import test_go_live
from . import test_merge
from . import test_replies
from . import test_replies_gateway
from . import test_sending_checks
from . import test_sending_people

# Not here: test_chaos, test_races, test_sending_kills, test_sending_message,
# test_sending_smtp, test_stop_paths and test_two_servers. They need databases and
# processes of their own (script/test).
from . import test_calls
from . import test_engine_call_first
from . import test_engine_when
from . import test_letters
from . import test_tour_calls

# Not here: test_races, test_sending_kills, test_sending_message, test_sending_smtp,
# test_stop_paths and test_two_servers. They need databases and processes of their own (script/test).
from . import test_policy
from . import test_signing
from . import test_signing_smtp
from . import test_tour_signing
from . import test_policy_accept
from . import test_policy_notices
