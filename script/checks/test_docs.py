"""The documents: their links work, and no text cites a document that is absent."""

import re
import unittest
from pathlib import Path
from urllib.parse import unquote

from harness.own_checks import repository_files

REPOSITORY = Path(__file__).parents[2]
LONGEST_README = 250
#: Kinds of text that cite: code, views, data, and documents.
CITING = (".py", ".xml", ".js", ".scss", ".csv", ".md", ".sh", ".toml")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.M)
CODE = re.compile(r"^```.*?^```", re.M | re.S)
#: A file of the addon, as the documents name it: with its folder.
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|xml|csv))`")
#: A document is cited by its file name: capital letters, as ours are.
CITED = re.compile(r"(?<![\w.-])([A-Z][A-Z0-9_]+\.(?:md|txt))\b")
#: Rules are cited by name: numbers change when a rule is added.
NUMBERED = re.compile(r"\b(?:rules?|rows?) \d+\b(?!\s*(?:\.\.|:|=))", re.I)


def documents():
    """Return README, CONTRIBUTING, and what is in docs/."""
    return [
        *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md")),
        *sorted((REPOSITORY / "docs").glob("*.md")),
    ]


def anchors(text):
    """Return the anchors of headings, as GitHub makes them."""
    found = []
    for heading in HEADING.findall(CODE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        again = sum(one == anchor for one in found)
        found.append(f"{anchor}-{again}" if again else anchor)
    return set(found)


class TestDocuments(unittest.TestCase):
    def test_links(self):
        count = 0
        for path in documents():
            text = CODE.sub("", path.read_text(encoding="utf-8"))
            for link in LINK.findall(text):
                if re.match(r"\w+:", link):
                    continue  # not in this repository
                count += 1
                name, _hash, anchor = unquote(link).partition("#")
                target = (path.parent / name).resolve() if name else path
                with self.subTest(document=path.name, link=link):
                    self.assertTrue(target.exists(), "No such file")
                    self.assertTrue(target.is_relative_to(REPOSITORY.resolve()))
                    if anchor:
                        headings = anchors(target.read_text(encoding="utf-8"))
                        self.assertIn(anchor, headings, "No such heading")
        self.assertGreater(count, 100)

    def test_named_files(self):
        addon = REPOSITORY / "ar_followup_plus"
        count = 0
        for path in documents():
            for name in NAMED.findall(path.read_text(encoding="utf-8")):
                count += 1
                with self.subTest(document=path.name, file=name):
                    known = (REPOSITORY / name, addon / name)
                    self.assertTrue(any(one.exists() for one in known))
        self.assertGreater(count, 50)

    def test_glossary_is_in_the_code(self):
        text = (REPOSITORY / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| (.+) \|$", text.partition("## Glossary")[2], re.M)
        addon = REPOSITORY / "ar_followup_plus"
        code = "".join(
            path.read_text(encoding="utf-8")
            for folder in ("engine", "models")
            for path in sorted((addon / folder).rglob("*.py"))
        )
        count = 0
        for row in rows[1:]:
            names = re.findall(r"`([\w.]+)`", row.split(" | ")[2])
            with self.subTest(row=row):
                self.assertTrue(names, "No name in the code")
            for name in names:
                count += 1
                with self.subTest(name=name):
                    if name.startswith("engine."):
                        file = addon / f"{name.replace('.', '/')}.py"
                        self.assertTrue(file.exists(), "No such file")
                    elif name.startswith("ar."):
                        self.assertIn(f'_name = "{name}"', code, "No such model")
                    else:
                        self.assertRegex(code, rf"\b{name}\b", "No such name")
        self.assertGreater(count, 30)

    def test_length_of_readme(self):
        text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        self.assertLess(text.count("\n"), LONGEST_README)

    def test_each_document_is_linked(self):
        readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        links = {link.partition("#")[0] for link in LINK.findall(readme)}
        for path in documents()[1:]:
            with self.subTest(document=path.name):
                self.assertIn(str(path.relative_to(REPOSITORY)), links)

    def test_no_citation_of_an_absent_document(self):
        files = [path for path in repository_files() if path.suffix in CITING]
        names = {path.name for path in repository_files()}
        found = []
        for path in files:
            for number, line in enumerate(
                path.read_text(encoding="utf-8").splitlines(), 1
            ):
                absent = [name for name in CITED.findall(line) if name not in names]
                if path.suffix != ".md":
                    absent += NUMBERED.findall(line)
                if absent:
                    where = path.relative_to(REPOSITORY)
                    found.append(f"{where}:{number}: {', '.join(absent)}")
        self.assertEqual(found, [], "Cite a rule by its name, or a public source")
