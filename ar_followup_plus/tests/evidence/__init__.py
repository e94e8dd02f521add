from . import test_poison_files
from . import test_evidence
from . import test_evidence_bad
from . import test_pdf_joined
