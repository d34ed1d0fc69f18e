"""The loss that the steps follow, in each recorded step, and which of the standard losses it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import adjoints
from backproof.scripts.losses import STANDARD_LOSSES, Loss, StandardLoss, candidates, predictions_of
from backproof.scripts.roles import Roles, Step
from backproof.scripts.windows import Window

Array = NDArray[Any]
TRIED = 8  # steps of a window in which the loss is looked at: in some its gradient is zero
SAME = 1e-6  # relative: one gradient is a multiple of another
BY_NAME = {standard.name: standard for standard in STANDARD_LOSSES}


@dataclass(frozen=True, slots=True)
class Followed:
    """The loss of a run.

    Attributes:
        key: Of the loss in every step.
        standard: The standard loss that it is a multiple of; None if it is another one.
        factor: Loss = factor x standard loss summed over samples and outputs, in the steps that were looked at.
    """

    key: tuple[Any, ...]
    standard: StandardLoss | None
    factor: float

    @property
    def name(self) -> str | None:
        """Of the standard loss."""
        return self.standard.name if self.standard else None


def followed_in(windows: list[Window]) -> Followed | None:
    """The loss that the steps of a run follow best; None if they follow none."""
    key = next((window.best.loss.key for window in windows if window.best is not None), None)
    if key is None:
        return None
    possible: dict[str, Followed] | None = None
    for window in windows[:2]:
        for step in (*window.judge.steps, *window.roles.steps[:TRIED]):
            loss = loss_in(window.roles, step, key)
            found = [] if loss is None else _recognised(window.roles, step, loss)
            if found and possible is None:
                possible = {each.name: Followed(key, each, factor) for each, factor in found}
            elif found and possible is not None:  # where all predictions are .5, as at first, several are alike
                possible = {each.name: possible[each.name] for each, _ in found if each.name in possible}
    return next(iter((possible or {}).values()), Followed(key, None, 1.0))


def loss_in(roles: Roles, step: Step, key: tuple[Any, ...]) -> Loss | None:
    """The loss with `key` in one step."""
    return next((loss for loss in candidates(roles, step) if loss.key == key), None)


def _recognised(roles: Roles, step: Step, loss: Loss) -> list[tuple[StandardLoss, float]]:
    """The standard losses that it is a multiple of in this step."""
    if loss.kind == "implicit":
        return [(BY_NAME[loss.name], 1.0)] if loss.name in BY_NAME else []
    pairs = {} if roles.by_scalars else predictions_of(roles, step)
    nodes = [roles.nodes[index] for index in pairs]
    arrived = adjoints(loss.seeds, stop=frozenset(roles.stop) | pairs.keys())
    actual = np.concatenate([np.ravel(arrived.get(n.index, np.zeros(n.shape))) for n in nodes] or [np.zeros(1)])
    found: list[tuple[StandardLoss, float]] = []
    for standard in STANDARD_LOSSES:
        wanted = []
        for node in nodes:
            p, t = np.asarray(node.value, np.float64), np.asarray(pairs[node.index].target, np.float64)
            if p.shape != np.broadcast_shapes(p.shape, t.shape) or not standard.accepts(p, t):
                break
            wanted.append(np.ravel(np.broadcast_to(standard.gradient(p, t), p.shape)))
        else:
            factor = _multiple(actual, np.concatenate(wanted or [np.zeros(1)]))
            if factor is not None:
                found.append((standard, factor))
    return found


def _multiple(actual: Array, wanted: Array) -> float | None:
    """C in actual = c * wanted, if it is one."""
    size = float(wanted @ wanted)
    if not size or not np.isfinite(size):
        return None
    factor = float(actual @ wanted) / size
    return factor if factor and np.linalg.norm(actual - factor * wanted) <= SAME * np.linalg.norm(actual) else None
