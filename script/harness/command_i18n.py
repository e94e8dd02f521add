"""``script/i18n``: write each addon's list of texts to translate anew."""

from . import cache, process
from .console import Stop, say
from .workspace import fresh, open_workspace


def main(arguments):
    with open_workspace() as space, space.scratch("i18n") as name:
        fresh(space, name)
        config = space.write_config(name)
        for addon in space.addons:
            target = cache.REPOSITORY / addon / "i18n" / f"{addon}.pot"
            target.parent.mkdir(exist_ok=True)
            export = ["i18n", "export", "-c", config, "-d", name, "-l", "pot"]
            command = space.odoo_command(*export, "-o", target, addon)
            if process.call(command, env=space.environment, cwd=cache.REPOSITORY):
                raise Stop(f"{addon} could not be exported.")
            say(f"Wrote {target.relative_to(cache.REPOSITORY)}")
