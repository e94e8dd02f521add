"""Checks that no linter knows: what must never get into this repository."""

import ast
import re

from . import cache
from .console import output_of

# Written so that they do not find themselves.
FORBIDDEN = {
    r"\b(pypi|npmjs|pythonhosted|debian|ubuntu)\.(org|com|net)\b": "a registry's host",
    r"(?<![\w.])/(work|root|home)/\w": "a path of one machine",
    r"\bT[O]DO\b|\bF[I]XME\b": "work left for later",
    r"^(<{7}|>{7}) ": "a merge conflict",
}
CLOCKS = {"today", "now", "utcnow"}


def repository_files():
    """Files that are, or could next be, committed."""
    root = cache.REPOSITORY
    names = output_of(["git", "ls-files", "-co", "--exclude-standard"], cwd=root)
    if names is None:  # not a git checkout
        return sorted(path for path in root.rglob("*") if path.is_file())
    return [path for path in map(root.joinpath, names.splitlines()) if path.is_file()]


def complaints(files):
    for path in files:
        name = path.relative_to(cache.REPOSITORY)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, what in FORBIDDEN.items():
                if re.search(pattern, line):
                    yield f"{name}:{number}: {what}: {line.strip()[:80]}"
        if path.suffix == ".py" and name.parts[1:2] == ("engine",):
            yield from _impure(name, text)


def _impure(name, text):
    """The engine decides from its arguments alone: no Odoo, and no clock."""
    for node in ast.walk(ast.parse(text, str(name))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""] if not node.level else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CLOCKS:
                yield f"{name}:{node.lineno}: the engine reads no clock"
        for module in modules:
            if module.split(".")[0] in ("odoo", "time"):
                yield f"{name}:{node.lineno}: the engine does not import {module}"
