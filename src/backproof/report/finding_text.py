"""Findings in words: the message, the source line, what was measured, what to do; consequences under their cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from backproof.findings import Evidence, Finding, Place, Severity
from backproof.report.layout import Justify, bullets, paragraph, table
from backproof.report.numbers import short, spread
from backproof.report.source import clean, line_at, marked, shown_path

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
STEPS_SHOWN = 5  # columns of an evidence table: fits 80 columns beside the names
ROWS_SHOWN = 7  # rows of one: a deep network's layers, the middle ones left out beyond that
TABLES_SHOWN = 3  # quantities of one finding
PLACES_SHOWN = 3
INDENT = 3  # columns, under a finding's number and under its cause


def parts(findings: Sequence[Finding], root: str) -> Iterator[RenderableType]:
    """All findings in their order, each with its consequences below it."""
    numbers = {id(finding): number for number, finding in enumerate(findings, 1)}
    causes = _causes(findings)

    def tree(finding: Finding, depth: int) -> Iterator[RenderableType]:
        yield Text()
        cause = causes.get(id(finding))
        follows = f"  (follows from {numbers[id(cause)]})" if cause is not None else ""
        for part in _finding(finding, numbers[id(finding)], follows, root):
            yield Padding(part, (0, 0, 0, INDENT * min(depth, 2)))
        for other in findings:
            if causes.get(id(other)) is finding:
                yield from tree(other, depth + 1)

    for finding in findings:
        if id(finding) not in causes:
            yield from tree(finding, 0)


def _causes(findings: Sequence[Finding]) -> dict[int, Finding]:
    """The cause of each finding (by identity) that has one among the others, without circles."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.rule, finding)
    causes: dict[int, Finding] = {}
    for finding in findings:
        cause = first.get(finding.consequence_of or "")
        if cause is not None and cause is not finding and not _leads_to(finding, cause, causes):
            causes[id(finding)] = cause
    return causes


def _leads_to(finding: Finding, cause: Finding | None, causes: dict[int, Finding]) -> bool:
    while cause is not None:
        if cause is finding:
            return True
        cause = causes.get(id(cause))
    return False


def _finding(finding: Finding, number: int, follows: str, root: str) -> Iterator[RenderableType]:
    severity = (str(finding.severity), STYLES[finding.severity])
    yield Text.assemble(f"{number}. ", severity, ": ", (clean(finding.rule), "bold"), (follows, "dim"))
    yield paragraph(finding.message, INDENT)
    for place in finding.where[:PLACES_SHOWN]:
        yield from _place(place, root)
    if len(finding.where) > PLACES_SHOWN:
        yield paragraph(f"and {len(finding.where) - PLACES_SHOWN} more places", INDENT)
    if finding.severity is not Severity.NOTE:
        yield from _evidence(finding.evidence)
    yield from _remedies(finding)


def _place(place: Place, root: str) -> Iterator[RenderableType]:
    file, line = shown_path(place.file, root), line_at(place, root)
    if file is None or place.line is None:
        return
    yield paragraph(f"{file}:{place.line}{f' ({place.name})' if place.name else ''}", INDENT, "dim")
    if line is not None and line.strip():
        yield Padding(SourceLine(place, line), (0, 0, 0, INDENT + 2))


class SourceLine:
    """A source line with its guilty part underlined, cut to the width if need be."""

    def __init__(self, place: Place, line: str) -> None:
        """`line` is the line at `place`, as it is in the file."""
        self.number = f"{place.line} | "
        self.text, self.start, self.end = marked(place, line)

    def __rich_console__(self, _: object, options: object) -> Iterator[Text]:
        """Two lines: the source, and the underline."""
        text, start, end = _cut(self.text, self.start, self.end, getattr(options, "max_width", 80) - len(self.number))
        guilty = text[start:end]
        yield Text.assemble((self.number, "dim"), text[:start], (guilty, "bold"), text[end:], no_wrap=True)
        blank = " " * (len(self.number) - 2) + "| " + " " * cell_len(text[:start])
        yield Text.assemble((blank, "dim"), ("^" * max(1, cell_len(guilty)), "red"), no_wrap=True)


def _cut(text: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """A window of `text` with `start` in it that is at most `width` columns wide, with dots where it was cut."""
    width = max(width, 12)
    if cell_len(text) > width and start > width // 3:
        shift = min(start - width // 4, len(text) - width + 3)
        if shift > 3:
            text, start, end = "..." + text[shift:], start - shift + 3, end - shift + 3
    if cell_len(text) > width:
        while cell_len(text) > width - 3:
            text = text[:-1]
        end = min(end, len(text))
        text += "..."
    return text, start, end


def _evidence(evidence: Sequence[Evidence]) -> Iterator[RenderableType]:
    quantities = list(dict.fromkeys(str(one.quantity) for one in evidence))
    if not quantities:
        return
    yield paragraph("Measured:", INDENT, "dim")
    for quantity in quantities[:TABLES_SHOWN]:
        rows = [one for one in evidence if str(one.quantity) == quantity]
        yield paragraph(quantity + _healthy(rows), INDENT + 2)
        yield Padding(_measured(rows), (0, 0, 0, INDENT + 4))
    if len(quantities) > TABLES_SHOWN:
        yield paragraph(f"and {len(quantities) - TABLES_SHOWN} more", INDENT + 2)


def _healthy(rows: Sequence[Evidence]) -> str:
    expected = next((one.expected for one in rows if one.expected is not None), None)
    if expected is None:
        return ""
    value = expected.value
    bound = f"{short(value[0])} to {short(value[1])}" if isinstance(value, tuple) else f"{expected.op} {short(value)}"
    return f" (healthy: {bound}{f', {expected.text}' if expected.text else ''})"


def _measured(rows: Sequence[Evidence]) -> RenderableType:
    steps = sorted({step for one in rows for step in one.steps})
    shown = [steps[k] for k in spread(len(steps), STEPS_SHOWN)]
    kept = [rows[k] for k in spread(len(rows), ROWS_SHOWN)]
    cells = [[one.where, *[_value(one, step) for step in shown]] for one in kept]
    sides: list[Justify] = ["left"]
    sides += ["right"] * len(shown)
    header = ["after updates", *[f"{step:,}" for step in shown]] if steps != [0] else []
    return table(cells, sides, header=header, narrow=[0])


def _value(evidence: Evidence, step: int) -> str:
    """The value after `step` updates; where it was not measured just then, the newest one before."""
    known = [value for at, value in zip(evidence.steps, evidence.values, strict=False) if at <= step]
    return short(known[-1]) if known else ""


def _remedies(finding: Finding) -> Iterable[RenderableType]:
    if not finding.remedies:
        return
    yield paragraph("What to do:", INDENT, "dim")
    yield from bullets((_told(remedy.title, remedy.trial) for remedy in finding.remedies), INDENT + 2)


def _told(title: str, trial: object) -> str:
    verdict = getattr(trial, "verdict", None)
    return f"{title} (tried in a re-run: {verdict})" if verdict and verdict != "not run" else title
