"""A loss that the script computes beside its steps, with a slip in the formula: exact to rounding, in all steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Evidence, Expected, Finding, Remedy, Severity
from backproof.scripts.losses import Loss, candidates, predictions_of
from backproof.scripts.naming import place
from backproof.scripts.roles import Step
from backproof.scripts.verdict import Judge

Array = NDArray[Any]
SAME = 1e-9  # relative: the same formula, but for the order of its sums
FEWEST = 3  # steps with different values


def exchanged_logarithms(judge: Judge) -> Finding | None:
    """`y log(1 - p) + (1 - y) log(p)`: cross-entropy of 1 - p, which rises while the predictions improve."""
    by_step = [(step, candidates(judge.roles, step, explicit_only=True)) for step in judge.steps]
    for loss in by_step[0][1] if len(by_step) >= FEWEST else ():
        alike = [(step, other) for step, losses in by_step for other in losses if other.key == loss.key]
        if len(alike) == len(by_step) and _is_exchanged(judge, alike):
            return _finding(judge, alike)
    return None


def _is_exchanged(judge: Judge, alike: list[tuple[Step, Loss]]) -> bool:
    """Is it a positive multiple of the cross-entropy of 1 - p, the same in all steps, and not of that of p?"""
    factors, right = [], []
    for step, loss in alike:
        pairs = [(judge.roles.nodes[i].value, pair.target) for i, pair in predictions_of(judge.roles, step).items()]
        compared = [(np.asarray(p, np.float64), np.asarray(t, np.float64)) for p, t in pairs]
        if loss.value is None or not all(_is_binary(p, t) for p, t in compared):
            return False
        factors.append(loss.value / sum(_cross_entropy(1 - p, t) for p, t in compared))
        right.append(loss.value / sum(_cross_entropy(p, t) for p, t in compared))
    return _constant(factors) and factors[0] > 0 and not _constant(right)


def _is_binary(p: Array, t: Array) -> bool:
    fitting = p.size == t.size or t.size == 1
    return fitting and bool(np.all((p > 0) & (p < 1)) and np.all((t == 0) | (t == 1)))


def _cross_entropy(p: Array, t: Array) -> float:
    p, t = np.ravel(p), np.ravel(t)
    return float(-np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)))


def _constant(factors: list[float]) -> bool:
    return bool(np.all(np.isfinite(factors)) and np.ptp(factors) <= SAME * max(np.abs(factors)))


def _finding(judge: Judge, alike: list[tuple[Step, Loss]]) -> Finding:
    loss = alike[0][1]
    steps = tuple(judge.roles.all_steps.index(step) for step, _ in alike)
    values = tuple(float(other.value or 0.0) for _, other in alike)
    line = f"line {loss.span.line}" if loss.span else "the script"
    return Finding(
        "loss-computed-wrongly",
        Severity.WARNING,
        f"The loss that {line} computes is cross-entropy with its two logarithms exchanged: it is that of 1 - p, and "
        f"rises while the predictions come nearer to the targets ({values[0]:.4g} at first, {values[-1]:.4g} after "
        f"{steps[-1]} steps). The steps follow the gradient of the right one",
        (place(loss.span, None, "expression"),),
        (Evidence("value of the printed loss", line, steps, values, Expected("<", values[0], "falling")),),
        (Remedy("Write y * log(p) + (1 - y) * log(1 - p)"),),
    )
