from . import test_placeholders
from . import test_texts_faults
from . import test_texts_french
from . import test_texts_tables
from . import test_texts_templates
from . import test_texts_values
from . import test_customer_languages
