"""The report for people: plain prose and small tables, readable without colour and in 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.text import Text

from backproof.findings import Coverage, Diagnosis, Program, Severity
from backproof.report import finding_text, gradient_text
from backproof.report.layout import bullets
from backproof.report.numbers import counted, listed
from backproof.report.selection import nothing_seen
from backproof.report.source import clean, shown_path

REASONS_TOLD = 3  # on most programs a dozen rules have nothing to look at: who reads a dozen reasons reads none
OTHERS = ("tensorflow", "keras", "jax")  # they train out of sight of what records NumPy


def render(diagnosis: Diagnosis, *, width: int, color: bool, root: str) -> str:
    """The whole report, ready to be written.

    Args:
        diagnosis: What to tell.
        width: Columns.
        color: Whether to use the terminal's colours; nothing is said by colour alone.
        root: Files within this directory are named relative to it.
    """
    page = StringIO()
    console = Console(
        file=page,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for part in _parts(diagnosis, root):
        console.print(part)
    console.print(Rule(characters="-", style="dim"))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def headline(diagnosis: Diagnosis) -> str:
    """How many findings of each severity there are, such as `1 error and 2 notes`."""
    counts = [(sum(f.severity is severity for f in diagnosis.findings), severity) for severity in Severity]
    return listed([counted(count, str(severity)) for count, severity in counts if count]) or "no findings"


def _parts(diagnosis: Diagnosis, root: str) -> Iterable[RenderableType]:
    yield Text()
    yield Rule("backproof", characters="-", align="left", style="dim")
    yield from _header(diagnosis, root)
    if nothing_seen(diagnosis) and not diagnosis.findings:
        yield from _nothing(diagnosis)
    else:
        yield from _verdict(diagnosis)
        yield from finding_text.parts(diagnosis.findings, root)
        yield from gradient_text.parts(diagnosis.gradients, root)
    yield from _small_print(diagnosis)


def _header(diagnosis: Diagnosis, root: str) -> Iterable[RenderableType]:
    program = diagnosis.program
    if program is None:
        return
    name = clean(shown_path(program.path, root))
    recorded = counted(program.updates_seen, "update")
    yield Text.assemble((name, "bold"), f" {_ending(program)}; {recorded} of its training recorded.")
    covered = _covered(diagnosis.coverage)
    if covered:
        yield Text(covered)


def _ending(program: Program) -> str:
    if program.ended == "raised":
        return f"stopped with {clean(program.error or 'an exception')}"
    if program.ended == "interrupted":
        return "was interrupted"
    if program.ended == "stopped_by_limit":
        return "was ended at the limit that you set"
    return f"ended with exit code {program.exit_code}" if program.exit_code else "ran to its end"


def _covered(coverage: Coverage) -> str:
    told = []
    if coverage.updated_arrays:
        told.append(
            f"Of {counted(coverage.updated_arrays, 'array')} that it updates, {coverage.parameters} "
            f"{'is a parameter' if coverage.parameters == 1 else 'are parameters'} of a network."
        )
    if coverage.not_followed:
        told.append(f"Not followed: {clean('; '.join(coverage.not_followed))}.")
    return " ".join(told)


def _verdict(diagnosis: Diagnosis) -> Iterable[RenderableType]:
    yield Text()
    worst = diagnosis.worst()
    if worst in (Severity.ERROR, Severity.WARNING):
        yield Text(f"Found: {headline(diagnosis)}. The first one matters most.", style="bold")
        return
    right = gradient_text.all_right(diagnosis.gradients)
    if right:
        yield Text("No error and no warning: nothing was found that keeps it from learning.", style="bold green")
        yield Text(f"Checked and found right: {right}")
    else:
        yield Text("No error and no warning was found.", style="bold")
    if diagnosis.examined:
        yield Text(f"{counted(len(diagnosis.examined), 'rule')} looked for the usual ailments.")


def _nothing(diagnosis: Diagnosis) -> Iterable[RenderableType]:
    program = diagnosis.program or Program("")
    yield Text()
    yield Text("No training step was seen, so there is nothing to judge.", style="bold")
    yield Text("A training step is seen when numbers, NumPy arrays or tensors of PyTorch change from one to the next.")
    yield Text("What you can do:")
    yield from bullets(_advice(program), indent=2)


def _advice(program: Program) -> Iterable[str]:
    hidden = [name for name in program.frameworks if name in OTHERS]
    if program.ended == "raised":
        yield "Mend the exception above first: the program stopped before it trained."
    elif program.ended == "interrupted":
        yield "Let it run longer: it was interrupted before its first training step."
    elif program.ended == "stopped_by_limit":
        yield "Raise the limit: it was reached before the first training step."
    elif program.exit_code:
        yield f"See why the program ended with exit code {program.exit_code} before it trained."
    if hidden:
        yield f"It uses {listed(hidden)}: what is trained inside of {listed(hidden)} is not followed by this version."
    yield "Make sure that it trains when it is run like this: the right file, arguments and data."
    yield "Training inside a library (scikit-learn, SciPy) is not seen: run the script that has the update in it."


def _small_print(diagnosis: Diagnosis) -> Iterable[RenderableType]:
    notes = [*dict.fromkeys(diagnosis.notes)]
    if not nothing_seen(diagnosis):
        notes += _skipped(diagnosis)
    if notes:
        yield Text()
        yield Text("About this analysis", style="bold")
        yield from bullets(notes, indent=2)


def _skipped(diagnosis: Diagnosis) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for skipped in diagnosis.skipped:
        reasons.setdefault(skipped.because, []).append(skipped.rule)
    ranked = sorted(reasons.items(), key=lambda reason: -len(reason[1]))
    told = [
        f"{counted(len(rules), 'rule')} could not look, since {because}: {_some(rules)}."
        for because, rules in ranked[:REASONS_TOLD]
    ]
    rest = [rule for _, rules in ranked[REASONS_TOLD:] for rule in rules]
    if rest:
        told.append(
            f"{counted(len(rest), 'more rule')} could not look, each for a reason of its own that --format json "
            f"has: {listed(rest)}."
        )
    return told


def _some(names: Sequence[str], most: int = 3) -> str:
    return listed(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"
