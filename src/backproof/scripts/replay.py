"""The second opinion: differences of the loss on a replay of the recorded forward pass with one parameter nudged."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, ancestors, replay
from backproof.scripts.losses import Loss
from backproof.scripts.roles import Roles

Array = NDArray[Any]
SECONDS = 1.0  # after which no further parameter is nudged: large data
ENTRIES = 3  # per parameter: its steepest ones and one more; a wrong derivative rule shows in any of them
PARAMETERS = 12  # parameters that are nudged; of many scalars, some spread over all
NUMBERS = 1e8  # that are computed again in nudges at most, beyond which no further one is made
AGREES = 1e-4  # of the larger of the two; differences of a double-precision loss leave 1e-6 or better
AGREES_SINGLE = 2e-2
STEPS = (1e-4, 1e-6, 1e-3)  # relative to the entry
STEPS_SINGLE = (1e-2, 1e-1)
ROUNDINGS = 50  # of the loss, in units of its last place: a sum of some hundred terms leaves a few


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the replay says about the gradient that reverse mode gave.

    Attributes:
        agrees: None where nothing could be compared.
        error: The largest relative disagreement.
        compared: How many entries were nudged.
    """

    agrees: bool | None
    error: float
    compared: int


def confirm(roles: Roles, loss: Loss, wrt: Sequence[Node], gradients: Sequence[Array], single: bool) -> Confirmation:
    """Compare `gradients` of `loss` by the nodes `wrt` with central differences of replays."""
    stretch = _stretch(roles, loss, wrt)
    chosen = np.unique(np.linspace(0, len(wrt) - 1, min(len(wrt), PARAMETERS)).astype(int))
    worst, compared, size = 0.0, 0, sum(node.size for node in stretch)
    deadline = time.thread_time() + SECONDS
    with np.errstate(all="ignore"):
        for k in sorted(chosen, key=lambda k: _first_use(stretch, wrt[k])):  # a nudge of the first goes through all
            scale = float(np.max(np.abs(gradients[k]), initial=0.0))
            for entry in _entries(gradients[k]):
                if compared and (time.thread_time() > deadline or 2 * size * (compared + 1) > NUMBERS):
                    break
                analytic = float(np.ravel(gradients[k])[entry])
                off = _disagreement(stretch, loss, wrt[k], entry, analytic, scale, single)
                if off is not None:
                    worst, compared = max(worst, off), compared + 1
    if not compared:
        return Confirmation(None, 0.0, 0)
    return Confirmation(worst <= (AGREES_SINGLE if single else AGREES), worst, compared)


def _disagreement(
    stretch: list[Node], loss: Loss, node: Node, entry: int, analytic: float, scale: float, single: bool
) -> float | None:
    """Relative difference by the step that agrees best: a long one may cross a kink, a short one drown in rounding."""
    found = []
    for relative in STEPS_SINGLE if single else STEPS:
        for numeric, noise in _differences(stretch, loss, node, entry, relative, single):
            if np.isfinite(numeric) and max(scale, abs(numeric)) > noise:
                found.append(max(0.0, abs(numeric - analytic) - noise) / max(scale, abs(numeric)))
                if found[-1] <= (AGREES_SINGLE if single else AGREES):
                    return found[-1]
    return min(found, default=None)


def _first_use(stretch: list[Node], node: Node) -> int:
    return next((each.index for each in stretch if node in each.parents), node.index)


def _stretch(roles: Roles, loss: Loss, wrt: Sequence[Node]) -> list[Node]:
    """The nodes between the parameters and the loss, without versions of parameters, in recording order."""
    behind = ancestors(list(loss.seeds), roles.stop)
    first = min(node.index for node in wrt)
    return [behind[i] for i in sorted(behind) if i > first and i not in roles.stop]


def _entries(gradient: Array) -> list[int]:
    order = np.argsort(-np.abs(np.ravel(gradient)))
    return [int(order[k]) for k in dict.fromkeys((0, len(order) // 2, 1)) if k < len(order)][:ENTRIES]


def _differences(
    stretch: list[Node], loss: Loss, node: Node, entry: int, relative: float, single: bool
) -> Iterator[tuple[float, float]]:
    """A central difference, and if that is not enough, Richardson's extrapolation of it; what rounding may add to each.

    Source: Nocedal and Wright, Numerical Optimization (2006), section 8.1; Richardson (1911) for the extrapolation.
    """
    value = np.asarray(node.value, dtype=np.float64)
    step = max(abs(float(value.flat[entry])), 1e-2) * relative
    epsilon = float(np.finfo(np.float32 if single else np.float64).eps)

    def at(shift: float) -> float:
        nudged = value.copy()
        nudged.flat[entry] += shift
        return loss.evaluate(replay(stretch, {node.index: _like(nudged, node.value)}))

    found = [at(step), at(-step)]
    wide = (found[0] - found[1]) / (2 * step)
    yield wide, ROUNDINGS * epsilon * max(abs(v) for v in found) / step
    found += [at(step / 2), at(-step / 2)]
    narrow = (found[2] - found[3]) / step
    yield float((4 * narrow - wide) / 3), ROUNDINGS * epsilon * max(abs(v) for v in found) / step


def _like(value: Array, model: Any) -> Any:
    """The nudged value in the kind that the script had: a float, a matrix, an array of its type."""
    if isinstance(model, np.matrix):
        return np.asmatrix(value)
    if isinstance(model, np.ndarray):
        return value
    return float(value)
