"""Addons that others publish on PyPI, brought by pip into the cache."""

from . import cache
from .console import Stop, run, say

#: What the addons of this repository that are bridges need, by the name of the addon.
#: ``openupgradelib`` is what queue_job itself asks for.
NEEDED = {"queue_job": ("odoo-addon-queue_job==19.0.*", "openupgradelib")}


def folder(python, *packages):
    """Return a folder for PYTHONPATH, whose addons are in ``odoo/addons``.

    The addons require a package ``odoo`` that is not there: what else they need is to
    be named too.

    :param python: one that has pip
    :raise Stop: where pip has no such build
    """
    place = cache.folder() / f"pypi-{cache.digest(*packages)}"
    if (place / "complete").exists():
        return place
    with cache.lock(place.name):
        if not (place / "complete").exists():
            say(f"Getting {', '.join(packages)}")
            pip = [python, "-m", "pip", "install", "-q", "--no-deps", "--upgrade"]
            try:
                run([*pip, "--target", place, *packages])
            except Stop as error:
                raise Stop(
                    f"{error}\n\npip gives no {', '.join(packages)}: it has to be on "
                    "the package index that this machine uses."
                ) from error
            (place / "complete").touch()
    return place


def needed(python):
    """Return the folders with all that our bridges need, fetched when missing."""
    return [folder(python, *packages) for packages in NEEDED.values()]


def addons(place):
    """Return the folder to put on the path of addons."""
    return place / "odoo" / "addons"
