"""The step size of a run, in the units in which its script has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.followed import Followed
from backproof.scripts.roles import Roles, Step
from backproof.scripts.windows import Window

SAME = 1e-5  # relative
NEAR = 60  # nodes before an update among which its learning rate stands


@dataclass(frozen=True, slots=True)
class Rate:
    """How long the steps are.

    Attributes:
        own: The learning rate as the script has it; None if it was not found.
        per_mean: Step size on the mean over the samples of the standard loss; None if an optimiser changes it.
        reduction: "sum" or "mean" over the samples; None if it makes no difference or is not known.
        optimizer: "sgd" where each step is along the gradient, "optimizer" where it is made of it.
    """

    own: float | None
    per_mean: float | None
    reduction: str | None
    optimizer: str | None


def rate_of(windows: list[Window], followed: Followed | None, batch_size: int | None) -> Rate | None:
    """From the fits of the first window that has one."""
    window = next((w for w in windows if w.best is not None), None)
    if window is None or window.best is None or followed is None:
        return None
    best, n = window.best, batch_size or 1
    direct = any(fit.how in ("direct", "tied", "decay") and not fit.still for fit in best.fits)
    known = [s for s in best.scales if np.isfinite(s) and s]
    if not known or not direct:
        made = any(fit.how == "optimizer" and not fit.still for fit in best.fits)
        return Rate(None, None, None, "optimizer" if made else None)
    scale = abs(float(np.median(known)))
    mixed = any(fit.how == "optimizer" and not fit.still for fit in best.fits)
    per_sum = scale * abs(followed.factor) if followed.standard else scale
    own, reduction = _own(window.roles, window.judge.steps[0], per_sum, n)
    per_mean = per_sum * n if followed.standard else None
    return Rate(own, per_mean, reduction, "optimizer" if mixed else "sgd")


def _own(roles: Roles, step: Step, per_sum: float, n: int) -> tuple[float | None, str | None]:
    """The constant of the update that makes the step size, and what it says about the reduction."""
    constants = _constants(roles, step)
    for factor, reduction in ((1.0, "sum"), (2.0, "sum"), (0.5, "sum"), (n, "mean"), (n / 2, "mean"), (2 * n, "mean")):
        for value in constants:
            if abs(value - per_sum * factor) <= SAME * value:
                return value, None if n == 1 else reduction
    return None, None


def _constants(roles: Roles, step: Step) -> list[float]:
    """Positive numbers that stand in the step's updates."""
    found: dict[float, None] = {}
    ends = {change.after for change in step.changes.values()}
    for end in list(ends)[:8]:
        behind = ancestors([roles.nodes[end]], roles.stop - ends)
        for index in sorted(behind, reverse=True)[:NEAR]:
            for argument in behind[index].args[:2]:
                value = _number(argument)
                if value is not None and value > 0:
                    found[value] = None
    return [value for value in found if value != 1.0] + [value for value in found if value == 1.0]


def _number(argument: object) -> float | None:
    value = argument.node.value if isinstance(argument, Ref) and _is_leaf(argument.node) else argument
    if isinstance(value, int | float | np.floating | np.integer) and not isinstance(value, bool):
        return float(value)
    return None


def _is_leaf(node: Node) -> bool:
    return node.function is None
