"""``script/lint [--fix]``: is the code in the form that we agreed on?"""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import cache, house, tools, venv
from .console import Stop, run, say
from .own_checks import complaints, repository_files

NODE = cache.REPOSITORY / "script" / "node"
FORMATTED = (".xml", ".js", ".css", ".scss")


def main(arguments):
    if set(arguments) - {"--fix"}:
        raise Stop("usage: script/lint [--fix]")
    fix = "--fix" in arguments
    files = repository_files()
    addons = [p.parent for p in sorted(cache.REPOSITORY.glob("*/__manifest__.py"))]
    bin_folder = venv.lint_python().parent
    ruff = bin_folder / "ruff"
    checks = {
        "ruff": [ruff, "check", "-q", *(["--fix"] if fix else []), "."],
        "ruff format": [ruff, "format", "-q", *([] if fix else ["--diff"]), "."],
        "prettier": _prettier(files, fix),
        "pylint-odoo": addons and [bin_folder / "pylint", "--ignore=tests", *addons],
        # What a test lets somebody say is no text of ours
        "pylint-odoo of tests": addons
        and [
            *(bin_folder / "pylint", "--disable=translation-required"),
            *(addon / "tests" for addon in addons),
        ],
    }
    checks = {name: command for name, command in checks.items() if command}
    bad = []
    # What mends files does so one after the other, what reads them on all cores
    with ThreadPoolExecutor(1 if fix else os.cpu_count()) as threads:
        for name, done in zip(checks, threads.map(_run, checks.values()), strict=True):
            say(name)
            print(done.stdout, end="", flush=True)
            if done.returncode:
                bad.append(name)
    say("own checks")
    found = [*complaints(files), *house.check(files, fix)]
    print("".join(f"{line}\n" for line in found), end="")
    if found:
        bad.append("own checks")
    say(f"Not clean: {', '.join(bad)}" if bad else "Clean")
    return bool(bad)


def _run(command):
    """Run a check; return it with what it said."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cache.REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _prettier(files, fix):
    names = [str(path) for path in files if path.suffix in FORMATTED]
    if not names:
        return None
    modules = _node_modules()
    return [
        *("node", modules / "prettier/bin/prettier.cjs"),
        *("--plugin", modules / "@prettier/plugin-xml/src/plugin.js"),
        *("--log-level", "warn", "--write" if fix else "--check", *names),
    ]


def _node_modules():
    tools.need_node()
    names = ("package.json", "package-lock.json")
    texts = [(NODE / name).read_text(encoding="utf-8") for name in names]
    place = cache.folder() / f"node-{cache.digest(*texts)}"
    if not (place / "complete").exists():
        with cache.lock("node"):
            if not (place / "complete").exists():
                say("Installing prettier")
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                for name in names:
                    shutil.copy(NODE / name, place)
                run(["npm", "ci", "--no-audit", "--no-fund"], cwd=place)
                (place / "complete").touch()
    return place / "node_modules"
