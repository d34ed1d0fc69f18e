"""`backproof rules` and `backproof explain`: the rules, and the page of one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Protocol

from rich.console import Console
from rich.text import Text

from backproof.findings import Severity
from backproof.report.finding_text import STYLES
from backproof.report.layout import table

WIDEST = 100  # columns; longer lines of prose are hard to read


class Page(Protocol):
    """A rule or a gradient mistake, as far as it is shown."""

    @property
    def name(self) -> str:
        """Its public name."""

    @property
    def severity(self) -> Severity:
        """How much it matters."""

    @property
    def page(self) -> str:
        """All that is to be known about it."""

    @property
    def summary(self) -> str:
        """The first line of the page."""


def show_rules(rules: Mapping[str, Page]) -> None:
    """Print one row for each rule, the severest first."""
    ranked = sorted(rules.values(), key=lambda rule: (rule.severity.rank, rule.name))
    rows = [[rule.name, Text(str(rule.severity), style=STYLES[rule.severity]), rule.summary] for rule in ranked]
    console = _console()
    console.print(table(rows, ("left", "left", "left"), header=("rule", "severity", "what it finds")))
    console.print(Text("\nbackproof explain RULE shows the whole page of one."))


def show_page(rule: Page) -> None:
    """Print a rule's page, its headings set off."""
    console = _console()
    console.print(Text.assemble((rule.name, "bold"), "  ", (str(rule.severity), STYLES[rule.severity]), "\n"))
    for paragraph in _paragraphs(rule.page.splitlines()):
        console.print(paragraph)


def _paragraphs(lines: Iterable[str]) -> Iterable[Text]:
    """Lines that belong together are joined, so that they wrap at the terminal's width."""
    waiting: list[str] = []
    for line in [*lines, ""]:
        if waiting and (not line.strip() or line.startswith(" ")):
            yield Text(" ".join(waiting))
            waiting = []
        if not line.strip():
            yield Text()
        elif line.startswith(" "):
            yield Text(line)
        elif _is_heading(line):
            yield from ([Text(" ".join(waiting))] if waiting else [])
            waiting = []
            yield Text(line.rstrip(":").strip("# "), style="bold")
        else:
            waiting.append(line.strip())


def _is_heading(line: str) -> bool:
    return line.startswith("#") or (line.endswith(":") and len(line) < 40 and line[0].isupper())


def _console() -> Console:
    console = Console(file=sys.stdout, markup=False, emoji=False, highlight=False)
    console.width = min(console.width, WIDEST)
    return console
