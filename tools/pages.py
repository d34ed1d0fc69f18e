"""Writes docs/rules/: a page for each rule and each mistake, made from its own module, and an index of all.

`python tools/pages.py` writes the pages and removes those whose rule is gone; `--check` writes nothing and fails if a
page is not what it would write.
"""

import argparse
import importlib
import inspect
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "rules"
INDEX = "README.md"
REGISTRIES = (  # heading in the index, module, name of its registry
    ("Rules", "backproof.rules", "RULES"),
    ("Gradient mistakes", "backproof.gradcheck.mistakes", "MISTAKES"),
)
NOTICE = "<!-- Made by tools/pages.py: change the docstring that it comes from, then run `make check`. -->\n"


class BadRegistry(Exception):
    """A registry or one of its entries is not as the pages need it."""


def registered(module: ModuleType, registry: str) -> dict[str, object]:
    """The entries of a module's registry by their public name, sorted."""
    entries = getattr(module, registry, None)
    if not isinstance(entries, dict):
        raise BadRegistry(f"{module.__name__}.{registry} is {type(entries).__name__}, not a dict of name to entry")
    for name, entry in entries.items():
        if getattr(entry, "name", None) != name:
            raise BadRegistry(f"{module.__name__}.{registry}[{name!r}] calls itself {getattr(entry, 'name', None)!r}")
    return dict(sorted(entries.items()))


def text_of(entry: object) -> str:
    """The text of the entry's page: the docstring that it was made from."""
    page = getattr(entry, "page", None)
    if not isinstance(page, str) or not page.strip():
        raise BadRegistry(f"{entry.name} has no page: write its docstring")  # type: ignore[attr-defined]
    return inspect.cleandoc(page)


def severity_of(entry: object) -> str:
    """How the page says the entry's severity; a mistake without one is an error."""
    severity = getattr(entry, "severity", "error")
    return str(getattr(severity, "value", severity))


def page_of(name: str, entry: object, names: Collection[str]) -> str:
    """The whole page of one rule or mistake, in Markdown; it links the other `names` where it speaks of them."""
    text = markdown(text_of(entry))
    linked = re.sub(r"`([a-z-]+)`", lambda m: f"[{m[0]}]({m[1]}.md)" if m[1] in names and m[1] != name else m[0], text)
    return f"{NOTICE}\n# {name}\n\nSeverity: {severity_of(entry)}\n\n{linked}\n"


def markdown(text: str) -> str:
    """A docstring's sections as Markdown's: `Heading:` stands over an indented text or before the text, in its line."""
    introduction, *sections = re.split(r"(?<=\n\n)([A-Z][^:\n]{1,39}):(?:\n(?=    )| )", text)
    parts = [introduction.strip()]
    for heading, body in zip(sections[::2], sections[1::2], strict=True):
        parts += [f"## {heading}", textwrap.dedent(body).strip()]
    return "\n\n".join(parts)


def index_of(groups: dict[str, dict[str, object]]) -> str:
    """The index, in Markdown: a table per registry, with the first line of each page."""
    parts = [f"{NOTICE}\n# What backproof finds\n"]
    for heading, entries in groups.items():
        rows = [
            f"| [{name}]({name}.md) | {severity_of(entry)} | {first_sentence(text_of(entry))} |"
            for name, entry in entries.items()
        ]
        parts.append("\n".join([f"## {heading}\n", "| name | severity | in short |", "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def first_sentence(text: str) -> str:
    """The first paragraph up to its first full stop, fit for a cell of a table."""
    paragraph = " ".join(text.split("\n\n", 1)[0].split())
    sentence, stop, _ = paragraph.partition(". ")
    return (sentence + stop.rstrip()).replace("|", "\\|")


def pages() -> dict[str, str]:
    """What every file of docs/rules/ has to hold, by file name."""
    groups: dict[str, dict[str, object]] = {}
    for heading, module, registry in REGISTRIES:
        groups[heading] = registered(importlib.import_module(module), registry)
    names = Counter(name for entries in groups.values() for name in entries)
    if twice := [name for name, times in names.items() if times > 1]:
        raise BadRegistry(f"{twice[0]} is the name of a rule and of a mistake")
    every = [(name, entry) for entries in groups.values() for name, entry in entries.items()]
    return {INDEX: index_of(groups)} | {f"{name}.md": page_of(name, entry, names) for name, entry in every}


def differences(files: dict[str, str], folder: Path) -> list[str]:
    """Which files of `folder` are missing, other than they should be, or left over."""
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in files.keys() | present.keys() if files.get(name) != present.get(name))


def write(files: dict[str, str], folder: Path) -> None:
    """Make `folder` hold these pages and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in differences(files, folder):
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()


def main() -> int:
    """Write the pages, or check them; 1 if something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is out of date")
    check = parser.parse_args().check
    try:
        files = pages()
    except (BadRegistry, ImportError) as error:
        print(f"tools/pages.py: {error}", file=sys.stderr)
        return 1
    stale = differences(files, PAGES)
    if not check:
        write(files, PAGES)
    for name in stale:
        print(f"docs/rules/{name} {'is out of date: run `make check`' if check else 'changed'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
