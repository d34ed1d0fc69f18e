"""Right steps that are a whole factor longer or shorter than the rate in the source says: a note about the rate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.graph.node import Node, Ref, Span, ancestors
from backproof.scripts.fitting import WANDER, LossFit
from backproof.scripts.losses import predictions_of
from backproof.scripts.naming import Names, place
from backproof.scripts.roles import Step
from backproof.scripts.verdict import Judge

SAME = 1e-6  # relative: one number is another one times a factor
FEWEST = 3  # samples: a factor of 2 has many reasons
MEASURED = "step size over the rate that the source names"


def rate_note(judge: Judge, fit: LossFit, names: Names) -> Finding | None:
    """What to know about the rate, where all steps are one known factor times it; None where they are just the rate."""
    known = [s for s in fit.scales if np.isfinite(s)]
    if fit.loss.kind != "explicit" or fit.wander > WANDER or not known:
        return None
    if any(each.how not in ("direct", "tied") for each in fit.fits if not each.still):
        return None
    moving = [each.root for each in fit.fits if not each.still]
    rates = set.intersection(*(set(_named_rates(judge, root)) for root in moving))
    size, lengths = float(np.median(known)), _samples(judge, judge.steps[-1])
    if any(abs(size / rate - 1) <= SAME for rate in rates):
        return None
    for rate in sorted(rates - set(map(float, lengths))):
        for factor, count in _factors(lengths):
            if abs(size / rate / factor - 1) <= SAME:
                return _note(judge, fit, names, rate, factor, count)
    return None


def _factors(lengths: tuple[int, ...]) -> Iterator[tuple[float, int]]:
    """Factors that a derivative or a mean may have, and the number of samples in the numerator; 0 if there is none."""
    yield from ((2.0, 0), (0.5, 0))
    for n in lengths:
        yield from ((n, n), (n / 2, n), (2 * n, n), (1 / n, 0), (2 / n, 0), (0.5 / n, 0))


def _samples(judge: Judge, step: Step) -> tuple[int, ...]:
    """What may be the number of samples of a step: how many predictions there are, and the lengths of one."""
    nodes = [judge.roles.nodes[i] for i in predictions_of(judge.roles, step)]
    found = {len(nodes), *(n for node in nodes for n in node.shape), sum(node.size for node in nodes)}
    return tuple(sorted(n for n in found if n >= FEWEST))


def _named_rates(judge: Judge, root: int) -> Iterator[float]:
    """The positive numbers by which the update statement itself multiplies."""
    end = judge.roles.nodes[judge.steps[-1].changes[root].after]
    statement = _statement(judge, root)
    if statement is None:
        return
    for node in ancestors([end], judge.roles.stop - {end.index}).values():
        inside = node.span is not None and node.span.file == statement.file
        if inside and node.op in ("mul", "truediv") and statement.line <= node.span.line <= statement.end_line:  # type: ignore[union-attr]  # inside
            yield from (value for value in map(_number, node.args[:2]) if value is not None and value > 0)


def _statement(judge: Judge, root: int) -> Span | None:
    site = judge.roles.sites[judge.roles.chains[root].site]
    return site.statement or site.span


def _number(argument: object) -> float | None:
    value = argument.node.value if isinstance(argument, Ref) and _is_source(argument.node) else argument
    if isinstance(value, int | float | np.floating | np.integer) and not isinstance(value, bool):
        return abs(float(value))
    return None


def _is_source(node: Node) -> bool:
    return node.function is None


def _note(judge: Judge, fit: LossFit, names: Names, rate: float, factor: float, count: int) -> Finding:
    root = next(each.root for each in fit.fits if not each.still)
    statement, line = _statement(judge, root), fit.loss.span.line if fit.loss.span else None
    where = f"line {statement.line} names" if statement else "the source names"
    says = (
        f"Each step is {factor:.6g} times the rate of {rate:.6g} that {where}, times minus the gradient of the loss at "
        f"line {line} (healthy: 1 times): for that loss the rate is {factor * rate:.6g}"
    )
    if count:
        says += f". The gradient is summed over {count} values where the loss is their mean: the step grows with them"
        rule, title = "batch-gradient-not-averaged", f"Divide the gradient by {count}, and choose the rate anew"
    else:
        says += ". The direction is right: it is as good as another rate"
        rule, title = "constant-factor-only", f"Keep it, or count it into the rate: {factor * rate:.6g} is what acts"
    seen = [(t, s / rate) for t, s in enumerate(fit.scales[: len(judge.steps)]) if np.isfinite(s)]
    steps, ratios = tuple(judge.roles.all_steps.index(judge.steps[t]) for t, _ in seen), tuple(r for _, r in seen)
    evidence = Evidence(MEASURED, names.by_root[root], steps, ratios, Expected("==", 1.0))
    places = _places(statement, fit.loss.span, names.by_root[root])
    return Finding(rule, Severity.NOTE, says, places, (evidence,), (Remedy(title),))


def _places(statement: Span | None, loss: Span | None, name: str) -> tuple[Place, ...]:
    spans = ((statement, name, "update"), (loss, None, "expression"))
    return tuple(place(span, known, kind) for span, known, kind in spans if span is not None)
