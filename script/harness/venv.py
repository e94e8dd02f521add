"""Virtual environments in the cache: one that runs Odoo, one that lints."""

import shutil
import sys
from pathlib import Path

from . import cache
from .console import run, say

HERE = Path(__file__).resolve().parents[1]


def odoo_python(odoo):
    """The Python of an environment in which `odoo` can be imported."""
    return _make("venv", HERE / "requirements.txt", odoo.path)


def lint_python():
    """The Python of the environment with ruff and pylint-odoo."""
    return _make("lint", HERE / "requirements-lint.txt")


def _make(name, requirements, import_path=None):
    """Make the environment unless there is one of exactly this content.

    Its folder is named after the content, so that another version of Odoo or
    of the requirements never disturbs a run that is using this one.
    """
    text = requirements.read_text(encoding="utf-8")
    series = f"{sys.version_info[0]}.{sys.version_info[1]}"
    key = cache.digest(text, sys.base_prefix, sys.version, import_path)
    place = cache.folder() / f"{name}-{series}-{key}"
    python = place / "bin" / "python"
    if (place / "complete").exists():
        return python
    with cache.lock(name):
        if not (place / "complete").exists():
            say(f"Installing Python packages for {name} (Python {series})")
            shutil.rmtree(place, ignore_errors=True)
            run([sys.executable, "-m", "venv", place])
            pip = [python, "-m", "pip", "install", "-q", "--prefer-binary"]
            run([*pip, "-r", requirements])
            if import_path:
                site = place / f"lib/python{series}/site-packages"
                (site / "odoo.pth").write_text(f"{import_path}\n", encoding="utf-8")
            (place / "complete").touch()
    return python
