"""The customer's page: what it shows, payments, codes, answers."""

from . import customer_page
from . import page_payment
from . import one_time_code
from . import ar_answer
from . import answer_intake
from . import answer_words
from . import answer_commitment
from . import res_company
