"""Finding Odoo 19: the user's own, an importable one, else Debian's package."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import cache
from .console import Stop, output_of, run, say

SERIES = (19, 0)
HINT = "Set ODOO_HOME to a checkout or an unpacked release of Odoo 19.0."

# Debian replaces these parts of Odoo by links into packages of their own.
FROM_SID = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
)
# Later releases of these fonts have other paths than Odoo's links expect.
FROM_BOOKWORM = ("fonts-font-awesome", "fonts-inconsolata")
# Left out of Debian's package; without it every page logs an error.
MISSING_FILES = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)


class Odoo:
    """One Odoo: the folder to import it from, and where its addons are."""

    def __init__(self, path, origin):
        self.path = Path(path)
        self.origin = origin
        checkout = self.path / "addons"
        self.addons = checkout if (checkout / "account").is_dir() else None

    @property
    def version(self):
        release = (self.path / "odoo" / "release.py").read_text(encoding="utf-8")
        return cache.digest(release, self.path)

    @property
    def requirements(self):
        """Odoo's own list of requirements, where this copy has one."""
        path = self.path / "requirements.txt"
        return path if path.is_file() else None


def find():
    """The Odoo to use; downloads Debian's package when there is no other."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return _checked(Path(home).expanduser().resolve())
    spec = importlib.util.find_spec("odoo")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if _series(Path(place)) == SERIES:
            return Odoo(Path(place).parent, "installed for this Python")
    prefix = cache.folder() / "odoo-19"
    if not (prefix / "complete").exists():
        with cache.lock("odoo"):
            if not (prefix / "complete").exists():
                _unpack_debian_package(prefix)
    return Odoo(prefix / "usr/lib/python3/dist-packages", "Debian's package odoo-19")


def _checked(home):
    """The Odoo in a folder named by the user, or an error that explains."""
    for path in (home, home / "usr/lib/python3/dist-packages", home.parent):
        series = _series(path / "odoo")
        if series == SERIES:
            return Odoo(path, "ODOO_HOME")
        if series:
            wrong = ".".join(map(str, series))
            raise Stop(f"ODOO_HOME={home} is Odoo {wrong}, not 19.0. {HINT}")
    raise Stop(f"ODOO_HOME={home} is not an Odoo (no odoo/release.py). {HINT}")


def _series(package):
    """(19, 0) from odoo/release.py, read and not imported; None if not there."""
    release = package / "release.py"
    if not release.is_file():
        return None
    text = release.read_text(encoding="utf-8")
    found = re.search(r"^version_info\s*=\s*\(\s*([^,]+),\s*(\d+)", text, re.M)
    if not found:
        return None
    major = found[1].strip("'\" ")
    return (int(major) if major.isdigit() else major, int(found[2]))


def _unpack_debian_package(prefix):
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Stop(f"There is no Odoo 19 here, nor apt to get Debian's. {HINT}")
    say("Getting Odoo 19 from Debian (about 130 MB)")
    work = prefix.with_name("odoo-19.partial")
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(prefix, ignore_errors=True)
    try:
        _download("bookworm", FROM_BOOKWORM, work)
        _download("sid", FROM_SID, work)
    except Stop as error:
        raise Stop(f"{error}\nDebian's odoo-19 could not be had. {HINT}") from None
    say("Unpacking Odoo")
    root = work / "root"
    for package in sorted((work / "debs").glob("*.deb")):
        run(["dpkg-deb", "-x", package, root])
    addons = root / "usr/lib/python3/dist-packages/odoo/addons"
    for name in MISSING_FILES:
        path = addons / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    # Odoo's links are absolute or leave the prefix: point them back into it.
    for path in root.rglob("*"):
        if path.is_symlink() and path.readlink().is_absolute():
            target = root / path.readlink().relative_to("/")
            path.unlink()
            path.symlink_to(os.path.relpath(target, path.parent))
    broken = [p for p in addons.rglob("*") if p.is_symlink() and not p.exists()]
    if broken:
        names = ", ".join(str(path.relative_to(addons)) for path in broken[:5])
        raise Stop(f"Debian's odoo-19 has links that lead nowhere: {names}. {HINT}")
    (root / "complete").touch()
    root.rename(prefix)
    shutil.rmtree(work, ignore_errors=True)


def _download(suite, packages, work):
    """Fetch packages of a Debian suite with apt, and leave the system alone."""
    lists, debs = work / f"lists-{suite}", work / "debs"
    for path in (lists / "partial", work / "cache/archives/partial", debs):
        path.mkdir(parents=True, exist_ok=True)
    source = work / f"{suite}.list"
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    signed = f"[signed-by={keyring}] " if keyring.exists() else ""
    source.write_text(f"deb {signed}{_mirror(work)} {suite} main\n", encoding="utf-8")
    options = [
        f"Dir::Etc::sourcelist={source}",
        "Dir::Etc::sourceparts=-",
        f"Dir::State::Lists={lists}",
        f"Dir::Cache={work / 'cache'}",
        "Acquire::Languages=none",
        "APT::Sandbox::User=root",
        # A mirror may stand still at some day; its signature is still checked.
        "Acquire::Check-Valid-Until=false",
    ]
    apt = ["apt-get", "-q"] + [part for o in options for part in ("-o", o)]
    run([*apt, "update"])
    run([*apt, "download", *packages], cwd=debs)


def _mirror(work):
    """The Debian mirror this machine's apt already uses; nothing is guessed."""
    lists = work / "lists-own"
    own = ["-o", f"Dir::State::Lists={lists}", "-o", "APT::Sandbox::User=root"]
    own += ["-o", f"Dir::Cache={work / 'cache'}", "-o", "Acquire::Languages=none"]
    ask = ["indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"]
    for options in ([], own):
        if options:
            # apt does not know its origins before its first update.
            (lists / "partial").mkdir(parents=True, exist_ok=True)
            subprocess.run(
                ["apt-get", "-q", *options, "update"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        for line in (output_of(["apt-get", *options, *ask]) or "").splitlines():
            origin, _space, address = line.partition(" ")
            if origin == "Debian" and "security" not in address:
                return address
    raise Stop("This machine's apt has no Debian mirror among its sources.")
