"""Protects evidence: records and files that nobody may change any more."""

from . import ar_guarded
from . import ar_proof
from . import ir_attachment
from . import ir_attachment_picture
