"""Names of files that are safe to unpack, on any system."""

import re

#: Names that Windows reserves for devices, with any extension.
RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I
)
MOST_LETTERS = 90


def plain(name):
    """Return a part of a file name without characters that some system forbids."""
    name = re.sub(r"[^\w.\-() ]+|\.{2,}", "_", name or "")
    name = name.strip()[:MOST_LETTERS].rstrip(" .") or "_"
    return f"_{name}" if RESERVED.fullmatch(name) else name


def plain_file(name):
    """Return a file name, with its extension, as one part of a path."""
    stem, dot, ending = (name or "").rpartition(".")
    if not dot or not 0 < len(ending) < 6:
        return plain(name)
    return plain(f"{plain(stem)[: MOST_LETTERS - 6]}.{plain(ending)}")
