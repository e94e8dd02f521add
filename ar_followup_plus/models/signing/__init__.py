"""Signing online: agreements and terms that customers sign."""

from . import ar_signed
