from . import access
from . import busy
from . import customer_page
from . import customer_payment
from . import customer_answer
from . import copies
from . import signing
