"""Records and files that are proof: kept as they were given."""

from . import ar_guarded
from . import ar_proof
from . import ir_attachment
from . import ir_attachment_picture
