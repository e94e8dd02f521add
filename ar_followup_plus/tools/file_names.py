"""Names of files that are safe to unpack, on any system."""

import re

#: Names that Windows keeps for devices, whatever ending they have.
RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I
)
MOST_LETTERS = 90


def plain(name):
    """Return a part of a file's name without what is not allowed in one anywhere."""
    name = re.sub(r"[^\w.\-() ]+|\.{2,}", "_", name or "")
    name = name.strip()[:MOST_LETTERS].rstrip(" .") or "_"
    return f"_{name}" if RESERVED.fullmatch(name) else name


def plain_file(name):
    """Return a file's name, with its ending, as one part of a path."""
    stem, dot, ending = (name or "").rpartition(".")
    if not dot or not 0 < len(ending) < 6:
        return plain(name)
    return plain(f"{plain(stem)[: MOST_LETTERS - 6]}.{plain(ending)}")
