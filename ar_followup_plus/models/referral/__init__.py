"""Referral of open items to an agency, attorney, accountant or court."""

from . import ar_referral_partner
from . import ar_referral
from . import ar_referral_line
from . import ar_referral_payment
from . import ar_open_item
from . import ar_notice
