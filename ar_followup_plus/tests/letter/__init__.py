from . import test_thanks
from . import test_letter_texts
from . import test_letter_moments
from . import test_letters
from . import test_paper_languages
from . import test_paper_pages
from . import test_letters_review
from . import test_overpaid
