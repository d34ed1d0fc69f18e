"""The verdict on the gradient of each parameter, as a compact table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from backproof.findings import GradientVerdict, Verdict
from backproof.report.layout import Justify, table
from backproof.report.numbers import counted, listed, short
from backproof.report.source import clean, shown_path

STYLES = {Verdict.RIGHT: "green", Verdict.WRONG: "bold red", Verdict.UNDECIDED: "yellow"}
METHODS = {"autodiff": "reverse mode"}
ROWS_SHOWN = 20


def all_right(gradients: Sequence[GradientVerdict]) -> str:
    """A sentence on what was found right, if every gradient was."""
    if not gradients or any(gradient.verdict is not Verdict.RIGHT for gradient in gradients):
        return ""
    losses = list(dict.fromkeys(_words(gradient.loss) for gradient in gradients if gradient.loss))
    of = f" of {listed([loss if loss.startswith('the ') else f'the {loss}' for loss in losses])}" if losses else ""
    return f"the steps of {counted(len(gradients), 'parameter')} follow the gradient{of}."


def parts(gradients: Sequence[GradientVerdict], root: str) -> Iterator[RenderableType]:
    """A heading and a row for each parameter, wrong ones first; nothing if there are none."""
    if not gradients:
        return
    order = [Verdict.WRONG, Verdict.UNDECIDED, Verdict.RIGHT]
    ranked = sorted(gradients, key=lambda gradient: order.index(gradient.verdict))
    yield Text()
    yield Text("Do the steps follow the gradient?", style="bold")
    header = ["parameter", "set at", "verdict", "relative error", "confirmed by"]
    alone = len({gradient.parameter.file for gradient in ranked}) == 1  # then the header of the report names it
    rows = [_row(gradient, root, alone) for gradient in ranked[:ROWS_SHOWN]]
    sides: list[Justify] = ["left", "left", "left", "right", "left"]
    yield Padding(table(rows, sides, header=header, narrow=[1]), (0, 0, 0, 2))
    if len(ranked) > ROWS_SHOWN:
        yield Text(f"  and {len(ranked) - ROWS_SHOWN} more, the worst of them {ranked[ROWS_SHOWN].verdict}")
    yield from _reasons(ranked[:ROWS_SHOWN])


def _row(gradient: GradientVerdict, root: str, alone: bool) -> list[str | Text]:
    place = gradient.parameter
    line = f":{place.line}" if place.line is not None else ""
    where = f"{shown_path(place.file, root) or ''}{line}"
    return [
        clean(place.name or "(no name)"),
        clean(f"line {place.line}" if alone and line else where),
        Text(str(gradient.verdict), style=STYLES[gradient.verdict]),
        "" if gradient.relative_error is None else short(gradient.relative_error),
        ", ".join(METHODS.get(method, method) for method in gradient.confirmed_by),
    ]


def _reasons(gradients: Sequence[GradientVerdict]) -> Iterator[RenderableType]:
    """What explains a verdict, told once for all the parameters that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for gradient in gradients:
        why = _why(gradient)
        if why:
            by_reason.setdefault(why, []).append(gradient.parameter.name or "(no name)")
    for why, names in by_reason.items():
        yield Padding(Text(clean(f"{listed(names)}: {why}")), (0, 0, 0, 2))


def _why(gradient: GradientVerdict) -> str:
    told = [f"explained by {listed(gradient.mistakes)}"] if gradient.mistakes else []
    told += [gradient.because] if gradient.because else []
    return "; ".join(told)


def _words(name: str) -> str:
    return clean(name.replace("_", " "))
