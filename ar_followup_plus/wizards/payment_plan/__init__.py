from . import ar_plan_ask
