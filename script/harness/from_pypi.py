"""Addons that others publish on PyPI, brought by pip into the cache."""

from . import cache
from .console import Stop, run, say

#: What the addons of this repository that are bridges need, by the name of the addon.
#: ``openupgradelib`` is what queue_job itself asks for.
NEEDED = {"queue_job": ("odoo-addon-queue_job==19.0.*", "openupgradelib")}


def folder(python, package):
    """Return the folder of a package; addons are in ``odoo/addons`` in there.

    Alone, for addons require a package ``odoo`` that is not there.

    :param python: one that has pip
    :raise Stop: where pip has no such build
    """
    place = cache.folder() / f"pypi-{cache.digest(package)}"
    if (place / "complete").exists():
        return place
    with cache.lock(place.name):
        if not (place / "complete").exists():
            say(f"Getting {package}")
            pip = [python, "-m", "pip", "install", "-q", "--no-deps", "--upgrade"]
            try:
                run([*pip, "--target", place, package])
            except Stop as error:
                raise Stop(
                    f"{error}\n\npip gives no {package}: it has to be on the package "
                    "index that this machine uses."
                ) from error
            (place / "complete").touch()
    return place


def needed(python):
    """Return the folders with all that our bridges need, fetched when missing."""
    return [folder(python, one) for packages in NEEDED.values() for one in packages]


def addons(place):
    """Return the folder to put on the path of addons."""
    return place / "odoo" / "addons"
