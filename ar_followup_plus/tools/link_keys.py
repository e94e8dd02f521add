"""Tokens of customers' links: kept only in the mail to the customer."""

import re

from markupsafe import Markup

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: Replacement of a removed token.
HIDDEN = "hidden"
_KEYS = re.compile(
    rf"(/receivables/(?:n|copies)/|/my/receivables/[^\s\"'<>]*?access_token=){UUID}"
)
#: SQL that removes the tokens from stored messages.
KEYS_SQL = rf"""
    UPDATE mail_message
       SET body = regexp_replace(
           body,
           '(/receivables/(?:n|copies)/|/my/receivables/[^\s"''<>]*?access_token=){UUID}',
           '\1{HIDDEN}', 'g')
     WHERE body ~ '/receivables/(n|copies)/[0-9a-f]{{8}}-'
        OR body ~ '/my/receivables/[^\s"''<>]*access_token=[0-9a-f]{{8}}-'
"""


def hide_keys(body):
    """Return a text without the tokens of customers' links."""
    if not body or "/receivables/" not in body:
        return body
    hidden = _KEYS.sub(rf"\1{HIDDEN}", str(body))
    return Markup(hidden) if isinstance(body, Markup) else hidden
