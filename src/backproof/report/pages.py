"""`backproof rules` and `backproof explain`: the rules, and the page of one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Protocol

from rich.console import Console, RenderableType
from rich.text import Text

from backproof.findings import Severity
from backproof.report.finding_text import STYLES
from backproof.report.layout import paragraph

WIDEST = 100  # columns; longer lines of prose are hard to read
INDENT = 4
HEADING = re.compile(r"(What it means|Why training suffers|How it is detected|When it is no fault|Source)(?::\s*|$)")


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
    """Print what each rule finds, the severest first."""
    parts: list[RenderableType] = []
    for rule in sorted(rules.values(), key=lambda rule: (rule.severity.rank, rule.name)):
        parts += [_title(rule), paragraph(rule.summary, INDENT)]
    _print([*parts, Text(), Text("backproof explain RULE shows the whole page of one.")])


def show_page(rule: Page) -> None:
    """Print a rule's page, its headings set off and its paragraphs wrapped to the terminal's width."""
    _print([_title(rule), Text(), *_parts(rule.page.splitlines())])


def _title(rule: Page) -> Text:
    return Text.assemble((rule.name, "bold"), "  ", (str(rule.severity), STYLES[rule.severity]))


def _parts(lines: Iterable[str]) -> Iterator[RenderableType]:
    """The page: lines of one indentation are joined, and an empty line stays one."""
    for (is_empty, indent), group in groupby(lines, key=lambda line: (not line.strip(), _indent(line))):
        words = " ".join(line.strip() for line in group)
        heading = HEADING.match(words)
        if is_empty:
            yield Text()
        elif indent:
            yield paragraph(words, INDENT)
        elif heading:
            yield Text(heading[1], style="bold")
            yield from [paragraph(words[heading.end() :], INDENT)] if words[heading.end() :] else []
        else:
            yield Text(words)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _print(parts: Iterable[RenderableType]) -> None:
    """Print to stdout, without the blanks that rich fills lines up with."""
    console = Console(file=sys.stdout, markup=False, emoji=False, highlight=False)
    console.width = min(console.width, WIDEST)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
