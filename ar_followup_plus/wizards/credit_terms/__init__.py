from . import ar_policy_record
