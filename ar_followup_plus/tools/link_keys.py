"""Keys of customers' links: in the mail that goes to the customer, and nowhere else."""

import re

from markupsafe import Markup

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: Replacement of a removed key.
HIDDEN = "hidden"
_KEYS = re.compile(
    rf"(/receivables/(?:n|copies)/|/my/receivables/[^\s\"'<>]*?access_token=){UUID}"
)
#: Takes the keys from the messages that are in the database.
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
    """Return a text without the keys of customers' links."""
    if not body or "/receivables/" not in body:
        return body
    hidden = _KEYS.sub(rf"\1{HIDDEN}", str(body))
    return Markup(hidden) if isinstance(body, Markup) else hidden
