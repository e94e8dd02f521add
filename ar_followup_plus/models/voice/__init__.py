"""One voice: the log of what customers were told, and which message comes first."""

from . import ar_outgoing
