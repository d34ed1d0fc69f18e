"""Remarks on a run that are worth knowing and no ailments: sums for averages, a loss that rises again, factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from backproof.observations import Quantity, Run
from backproof.scripts.losses import predictions_of
from backproof.scripts.windows import Window

MANY_ROWS = 5  # fewer samples a step are no sum that could mislead
EXACT = 1e-6  # relative; a sum of squares is recognised to rounding
RISE = 0.005  # of the loss between two windows; less is not worth a word
SQUARES = {1.0: "half the squared error", 2.0: "the squared error"}


def remarks(run: Run, windows: Sequence[Window], wrong: bool) -> Iterator[str]:
    """Sentences for the report; where the steps are `wrong`, a loss that rises needs no other reason."""
    yield from _sums(windows)
    if not wrong:
        yield from _rise(run)


def _sums(windows: Sequence[Window]) -> Iterator[str]:
    """A printed loss that is a sum over the samples: the number per sample says more."""
    if not windows or windows[-1].best is None:
        return
    window = windows[-1].whole or windows[-1]
    fit = window.best
    if fit is None or fit.loss.kind != "explicit" or fit.loss.value is None or not fit.losses:
        return
    loss, step = fit.losses[-1], window.judge.steps[-1]
    compared = [(window.roles.nodes[i], pair.target) for i, pair in predictions_of(window.roles, step).items()]
    largest = max((_rows(node.shape) for node, _ in compared), default=0)
    compared = [(node, target) for node, target in compared if _rows(node.shape) == largest]
    rows = sum(_rows(node.shape) for node, _ in compared)
    squares = sum(0.5 * float(np.sum((np.asarray(node.value, np.float64) - target) ** 2)) for node, target in compared)
    if rows < MANY_ROWS or not squares or loss.value is None or loss.span is None:
        return
    what = next((words for factor, words in SQUARES.items() if abs(loss.value / squares / factor - 1) < EXACT), None)
    if what is not None:
        yield (
            f"line {loss.span.line} adds up {what} over {rows:,} rows: {loss.value:.4g} there is "
            f"{loss.value / rows:.3g} a row; print the average, it does not grow with the data"
        )


def _rows(shape: tuple[int, ...]) -> int:
    return int(max(shape, default=1))


def _rise(run: Run) -> Iterator[str]:
    """A full-batch loss that has risen since its minimum: is it the step, and would a tenth of it do the same?"""
    steps, losses = run.series(Quantity.LOSS, "loss")
    structure = run.structure
    if len(losses) < 2 or structure.batch_size is None or structure.batch_size != structure.samples:
        return
    lowest = int(np.nanargmin(losses)) if np.any(np.isfinite(losses)) else 0
    if not (np.isfinite(losses[-1]) and losses[-1] > losses[lowest] * (1 + RISE)):
        return
    judged, changes = run.series(Quantity.BATCH_LOSS_CHANGE, "loss")
    _, tenths = run.series(Quantity.BATCH_LOSS_CHANGE_TENTH, "loss")
    late = judged >= steps[lowest]
    if not np.any(late) or len(tenths) != len(changes):
        return
    told = f"the loss is lowest after update {steps[lowest]} ({losses[lowest]:.3g} a row) and rises to {losses[-1]:.3g}"
    uphill = np.mean(changes[late] > 0) > 0.5
    if uphill and np.mean(tenths[late] > 0) > 0.5:
        raised = f"{np.median(changes[late]):.1g}"
        yield (
            f"{told}: the steps after it go uphill (each raises its own batch's loss by {raised} of it; a "
            "tenth of the step does too), so it is not their length: what is carried on from earlier steps, "
            "such as momentum, takes the weights past the minimum"
        )
    elif uphill:
        yield (
            f"{told}: each step after it raises its own batch's loss (by {np.median(changes[late]):.1g} of it) where a "
            f"tenth of the step changes it by {np.median(tenths[late]):.1g}: the rate is too high there"
        )
