"""The layout of the addon: its packages, who may know whom, and figures of its size.

``script/lint`` prints the figures and fails where an import or a call climbs, or where
a figure is above its limit. The limits stand in ``house.txt`` beside this file; they may
only shrink, and ``script/lint --fix`` lowers them to what is reached. An addon that is
not laid out in packages yet gets its figures, and no complaint.
"""

import ast
import functools
import re
from collections import Counter, defaultdict

from . import cache

ADDON = "ar_followup_plus"
#: From the lowest to the highest: a package knows itself and those before it.
ORDER = (
    *("engine", "tools"),
    *("company", "ladder"),
    "ledger",
    *("signature", "customer", "voice"),
    *("notice", "notice_text"),
    *("decision", "delivery", "signing"),
    *("late_charge", "payment_behaviour", "statement", "credit_terms", "letter"),
    *("payment_plan", "dispute", "returned_payment", "credit_control", "netting"),
    "referral",
    *("communication", "analytics", "forecast", "portal"),
    *("evidence", "retention"),
    # Not packages of models/: what starts the others
    *("go_live", "controllers", "nightly"),
)
RANK = {name: number for number, name in enumerate(ORDER)}
#: Where a folder of a package's name may be.
LAYERS = ("models", "wizards", "controllers")
LIMITS = cache.REPOSITORY / "script" / "harness" / "house.txt"
LONG_FUNCTION = 60
#: What is printed, and the figure that is wanted (None: the figure is only printed).
FIGURES = {
    "files in the largest folder": 12,
    "packages in models/": None,
    "methods of ar.debtor": 150,
    "files of ar.debtor": 22,
    "methods defined twice": 0,
    "named hooks": 15,
    "imports that climb": 0,
    "calls that climb": 0,
    "calls between packages without an import": None,
    "functions over 60 lines": 0,
    "citations of absent documents": 0,
    "getattr dispatches": 0,
}

#: Methods that Odoo or Python define too: a call of one leads to no certain package.
COMMON = frozenset(
    """
    add append browse check_access clear commit copy copy_data count create default_get
    discard end execute exists export_data extend fields_get filtered fetch find flush
    format get get_view group has_access index init insert is_ items join keys load
    lower map mapped match message_new message_post message_update name_create
    name_search onchange open pop print put read read_group remove replace reset rollback
    run save search search_count search_fetch seek send set sort sorted split start stop
    strip sub sudo title unlink update upper values wait with_company with_context
    with_env with_user write
    """.split()
)
#: Calls on a record set that return one of the same model.
SAME_MODEL = frozenset(
    """
    browse create exists filtered filtered_domain search sorted sudo with_company
    with_context with_env with_prefetch with_user concat union copy search_fetch
    """.split()
)

#: In the docstring of an ``__init__``: the names after the word, to its end.
_HOOKS = re.compile(r"\b[Hh]ooks?:(.*)\Z", re.S)
_NAME = re.compile(r"`(?:[\w.]+\.)?(_(?!inherit\b)\w+)(?:\(\))?`")
_DOCUMENT = re.compile(r"(?<![\w.-])([A-Z][A-Z0-9_]{3,}\.(?:md|txt))\b")
_NUMBERED = re.compile(r"\b((?:[Rr]ules?|[Rr]ows?) \d+)\b(?!\s*(?:\.\.|:|=))")
_CITING = (".py", ".xml", ".js", ".md")


class Source:
    """A Python file of the addon, parsed."""

    def __init__(self, path, parts, tree):
        self.path = path
        self.parts = parts  # of the name, below the addon
        self.tree = tree
        self.nodes = list(ast.walk(tree))
        self.package = package_of(parts)


def package_of(parts):
    """Return the package of a file, or None for what may know everything."""
    if parts[0] in ("engine", "tools"):
        return parts[0]
    if parts[0] in LAYERS and len(parts) > 2:
        return parts[1]
    if parts[0] == "controllers":
        return "controllers"
    if parts == ("models", "nightly.py"):
        return "nightly"
    return None


class House:
    """The Python files of the addon and of its bridges, with what is found in them."""

    def __init__(self, root, files):
        self.root = root
        self.files = [path.relative_to(root) for path in files]
        self.sources = []
        for path in self.files:
            if path.suffix != ".py":
                continue
            parts = path.parts[1:]
            if path.parts[0] == ADDON and parts and parts[0] != "tests":
                text = (root / path).read_text(encoding="utf-8")
                self.sources.append(Source(path, parts, ast.parse(text, str(path))))
        self.packages = sorted(
            source.parts[1]
            for source in self.sources
            if source.parts[0] == "models"
            and len(source.parts) == 3
            and source.parts[2] == "__init__.py"
        )
        self.folders = {
            source.parts[1]
            for source in self.sources
            if source.parts[0] in LAYERS and len(source.parts) > 2
        }
        self.hooks = self._read_hooks()
        self.bodies = self._read_classes()
        self.places = self._read_places()

    # What is defined ------------------------------------------------------------

    def _read_hooks(self):
        """Return the named hooks: those in the docstrings of packages."""
        found = set()
        for source in self.sources:
            if source.parts[-1] == "__init__.py" and source.parts[0] == "models":
                text = ast.get_docstring(source.tree) or ""
                for names in _HOOKS.findall(text):
                    found.update(_NAME.findall(names))
        return found

    def _read_classes(self):
        """Return rows (model, class, source) of all bodies of models."""
        rows = []
        for source in self.sources:
            for node in source.tree.body:
                if isinstance(node, ast.ClassDef):
                    model = _model_of(node)
                    if model:
                        rows.append((model, node, source))
        return rows

    def _read_places(self):
        """Return by name of a method the packages and models that define it."""
        places = defaultdict(set)
        for source in self.sources:
            for node in source.tree.body:
                if isinstance(node, ast.ClassDef):
                    model = _model_of(node)
                    for method in _methods(node):
                        places[method.name].add((source.package, model))
        return places

    def doubles(self):
        """Return (model, method, paths) of what more than one body defines."""
        where = defaultdict(list)
        for model, node, source in self.bodies:
            for method in _methods(node):
                where[model, method.name].append(source.path)
        return [
            (model, name, paths)
            for (model, name), paths in sorted(where.items())
            if len(paths) > 1 and name not in self.hooks
        ]

    # Who knows whom -------------------------------------------------------------

    def imports(self):
        """Yield (source, line, package) of each import of another package."""
        for source in self.sources:
            for node in source.nodes:
                if isinstance(node, ast.ImportFrom):
                    found = {self._package_of(m) for m in _targets(source, node)}
                    for package in found - {None, source.package}:
                        yield source, node.lineno, package

    def _package_of(self, module):
        """Return the package of an imported module, of parts below the addon."""
        if module[0] in ("engine", "tools", "controllers"):
            return module[0]
        if module[0] in LAYERS and module[1] in self.folders:
            return module[1]
        return "nightly" if module[:2] == ("models", "nightly") else None

    @functools.cached_property
    def calls(self):
        """Return (source, line, name, package) of each call into another package.

        Only what is defined in one package leads anywhere for certain. A method that
        is named without being called counts too: it is handed on to be called.
        """
        found = []
        for source in self.sources:
            if source.package in (None, "engine", "tools"):
                continue  # no records there
            for node in source.tree.body:
                model = _model_of(node) if isinstance(node, ast.ClassDef) else None
                found += self._calls_of(source, node, model)
        return found

    def _calls_of(self, source, top, own_model):
        for node in ast.walk(top):
            if not isinstance(node, ast.Attribute):
                continue
            name = node.attr
            if name not in self.places or name in self.hooks or name in COMMON:
                continue
            model = _receiver(node.value, own_model)
            if not model and getattr(node.value, "id", "") == "self":
                continue  # of a plain class
            package = self._package_of_method(name, model, source)
            if package and package != source.package:
                yield source, node.lineno, name, package

    def _package_of_method(self, name, model, source):
        places = self.places[name]
        known = {package for package, of in places if model and of == model}
        if not known:
            if "_" not in name:
                return None
            known = {package for package, _model in places}
        if source.package in known or len(known) != 1:
            return None
        return known.pop()

    @functools.cached_property
    def climbing_imports(self):
        return [row for row in self.imports() if _climbs(row[0].package, row[2])]

    @functools.cached_property
    def climbing_calls(self):
        return [row for row in self.calls if _climbs(row[0].package, row[3])]

    @functools.cached_property
    def unshown_calls(self):
        """Return calls into packages from which their file imports nothing."""
        shown = {(source.path, package) for source, _line, package in self.imports()}
        return [row for row in self.calls if (row[0].path, row[3]) not in shown]

    # Form -----------------------------------------------------------------------

    def long_functions(self):
        for source in self.sources:
            for node in source.nodes:
                if isinstance(node, ast.FunctionDef):
                    lines = node.end_lineno - node.lineno + 1
                    if lines > LONG_FUNCTION:
                        name = f"{source.path}:{node.lineno}: {node.name}"
                        yield f"{name} has {lines} lines"

    def dispatches(self):
        for source in self.sources:
            for node in source.nodes:
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "getattr"
                    and len(node.args) > 1
                    and isinstance(node.args[1], ast.JoinedStr)
                ):
                    yield f"{source.path}:{node.lineno}: getattr() of a composed name"

    @functools.cached_property
    def citations(self):
        """Return each mention of a document, rule or row that is not to be found here."""
        found = []
        names = {path.name for path in self.files}
        for path in self.files:
            if path.suffix not in _CITING or path.parts[0] == "script":
                continue
            rules = path.name != "RULES.md"
            text = (self.root / path).read_text(encoding="utf-8")
            for number, line in enumerate(text.splitlines(), 1):
                absent = [
                    *(n for n in _DOCUMENT.findall(line) if n not in names),
                    *(_NUMBERED.findall(line) if rules else ()),
                ]
                if absent:
                    what = ", ".join(absent)
                    found.append(f"{path}:{number}: cites {what}, not to be found")
        return found

    def largest_folder(self):
        """Return the number of files and the name of the addon's largest folder."""
        folders = Counter(
            path.parent
            for path in self.files
            if path.parts[0].startswith(ADDON)
            and path.name != "__init__.py"
            and not {"i18n", "description"}.intersection(path.parts)
        )
        folder, number = max(folders.items(), key=lambda item: item[1])
        return number, folder

    # Figures --------------------------------------------------------------------

    @functools.cached_property
    def figures(self):
        debtor = [row for row in self.bodies if row[0] == "ar.debtor"]
        return dict(
            zip(
                FIGURES,
                (
                    self.largest_folder()[0],
                    len(self.packages),
                    sum(len(list(_methods(node))) for _model, node, _source in debtor),
                    len({source.path for _model, _node, source in debtor}),
                    len(self.doubles()),
                    len(self.hooks),
                    len(self.climbing_imports),
                    len(self.climbing_calls),
                    len(self.unshown_calls),
                    len(list(self.long_functions())),
                    len(self.citations),
                    len(list(self.dispatches())),
                ),
                strict=True,
            )
        )

    def pairs(self):
        """Return the number of climbing calls by pair of packages."""
        return Counter(
            f"{source.package} -> {package}"
            for source, _line, _name, package in self.climbing_calls
        )

    def details(self, figure):
        """Return a line for each of what a figure counts."""
        if figure == "imports that climb":
            return [
                f"{source.path}:{line}: {source.package} imports {package}"
                for source, line, package in self.climbing_imports
            ]
        if figure == "calls that climb":
            return [
                f"{source.path}:{line}: {source.package} calls {package}: {name}"
                for source, line, name, package in self.climbing_calls
            ]
        if figure == "methods defined twice":
            return [
                f"{paths[0]}: {model}.{name} is defined in {', '.join(map(str, paths))}"
                for model, name, paths in self.doubles()
            ]
        if figure == "files in the largest folder":
            number, folder = self.largest_folder()
            return [f"{folder}: {number} files"]
        if figure == "citations of absent documents":
            return self.citations
        if figure == "functions over 60 lines":
            return list(self.long_functions())
        return list(self.dispatches()) if figure == "getattr dispatches" else []


def _climbs(own, other):
    """Say whether `other` is no package that `own` may know."""
    return own is not None and RANK[other] > RANK[own]


def _model_of(node):
    """Return the model that a class body defines or extends in place."""
    values = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id in ("_name", "_inherit"):
                try:
                    values[target.id] = ast.literal_eval(statement.value)
                except ValueError:
                    continue
    name = values.get("_name") or values.get("_inherit")
    if isinstance(name, (list, tuple)):
        name = name[0] if len(name) == 1 else None
    return name


def _methods(node):
    return (one for one in node.body if isinstance(one, ast.FunctionDef))


def _targets(source, node):
    """Yield the module below the addon of each name that an import brings."""
    if node.level:
        base = source.parts[: len(source.parts) - node.level]
        names = (*base, *(node.module.split(".") if node.module else ()))
    else:
        names = tuple((node.module or "").split("."))
        if names[:3] != ("odoo", "addons", ADDON):
            return
        names = names[3:]
    for alias in node.names:
        yield (*names, alias.name, "")


def _receiver(node, own_model):
    """Return the model of the record set that an expression is, if it says so."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in SAME_MODEL:
            return None
        node = node.func.value
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "super":
        return own_model
    if isinstance(node, ast.Name) and node.id == "self":
        return own_model
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        if "env" in (getattr(node.value, "attr", ""), getattr(node.value, "id", "")):
            return node.slice.value
    return None


# === LIMITS === #


def read_limits():
    """Return the limits: of figures by their names, of calls by pair of packages."""
    limits = {}
    if LIMITS.exists():
        for line in LIMITS.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, _, number = line.rpartition(":")
                limits[name.strip()] = int(number)
    return limits


def write_limits(limits):
    lines = [
        "# Limits of the layout (script/harness/house.py). They may only shrink:",
        "# script/lint --fix lowers them to what is reached. Pairs of packages: calls",
        "# of the lower one into the higher one that are still to be turned round.",
    ]
    lines += [f"{name}: {number}" for name, number in limits.items()]
    LIMITS.write_text("\n".join([*lines, ""]), encoding="utf-8")


def numbers_of(house):
    """Return all that may have a limit: the figures, and the pairs of packages."""
    figures = {
        name: number
        for name, number in house.figures.items()
        if FIGURES[name] is not None and name != "calls that climb"
    }
    return {**figures, **dict(sorted(house.pairs().items()))}


def table(house, limits):
    """Return the figures as lines of a small table."""
    rows = [("", "now", "limit", "wanted")]
    for name, number in house.figures.items():
        limit = limits.get(name, "")
        if name == "calls that climb" and limits:
            limit = sum(count for pair, count in limits.items() if "->" in pair)
        wanted = FIGURES[name]
        rows.append((name, number, limit, "" if wanted is None else wanted))
    return [f"{a:<42}{b!s:>6}{c!s:>7}{d!s:>8}" for a, b, c, d in rows]


def check(files, fix=False):
    """Print the figures; return what is wrong, nothing before there are packages."""
    house = House(cache.REPOSITORY, files)
    limits = read_limits()
    if not house.packages:
        print("\n".join(table(house, {})), flush=True)
        return []
    unknown = sorted(set(house.packages) - set(ORDER))
    if unknown:
        return [f"script/harness/house.py: where in ORDER is {', '.join(unknown)}?"]
    numbers = numbers_of(house)
    found = list(_above(house, numbers, limits))
    low = {
        name: max(numbers.get(name, 0), FIGURES.get(name) or 0)
        for name, limit in limits.items()
        if numbers.get(name, 0) < limit
    }
    low = {name: number for name, number in low.items() if number < limits[name]}
    if fix and low:
        kept = {**limits, **low}
        write_limits({name: n for name, n in kept.items() if n or "->" not in name})
    else:
        found += [
            f"script/harness/house.txt: {name} is {number} by now: script/lint --fix"
            for name, number in low.items()
        ]
    print("\n".join(table(house, read_limits())), flush=True)
    return found


def _above(house, numbers, limits):
    """Yield what is above its limit, with the places; no limit: as it is wanted."""
    for name, number in numbers.items():
        limit = limits.get(name, FIGURES.get(name) or 0)
        if number <= limit:
            continue
        if "->" in name:
            own, other = name.split(" -> ")
            places = [
                line
                for line in house.details("calls that climb")
                if f": {own} calls {other}: " in line
            ]
        else:
            places = house.details(name)
        yield from places
        yield f"{name}: {number}, at most {limit}"
