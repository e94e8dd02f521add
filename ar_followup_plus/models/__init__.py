"""Models, a package for each subject.

A hook is a method that a package defines and names in the docstring of its ``__init__``,
with its arguments, what it returns, and the packages that fill it. Those extend it by
``_inherit`` and call ``super()``. No other method of a model is defined twice in this
addon. Beside them there is one hook for all subjects:

Hook: `ar.nightly._tasks` returns the tasks of the night in their order.
"""

from . import company
from . import ladder
from . import ledger
from . import signature
from . import customer
from . import voice
from . import notice
from . import notice_text
from . import decision
from . import delivery
from . import signing
from . import late_charge
from . import payment_behaviour
from . import statement
from . import credit_terms
from . import letter
from . import payment_plan
from . import dispute
from . import returned_payment
from . import credit_control
from . import netting
from . import referral
from . import communication
from . import analytics
from . import forecast
from . import portal
from . import evidence
from . import retention
from . import nightly
from . import ir_http  # reads the controllers, and these read all of the above
