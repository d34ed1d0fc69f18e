"""Losses whose derivative by the pre-activation z is just prediction minus target.

They are known by the output activation: cross-entropy belongs to the sigmoid, Poisson's likelihood to the exponential.
Taken by z they have a derivative where the prediction rounds to 0 or 1 and the derivative by the prediction has none.

Source: McCullagh and Nelder, Generalized Linear Models (1989), section 2.2.4, canonical links.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.names import canonical
from backproof.graph.node import Node

Array = NDArray[Any]
WAY_BACK = 8  # operations from a prediction to its z: 1 / (1 + exp(-clip(z))) has five
ELEMENTWISE = frozenset({"truediv", "add", "sub", "mul", "neg", "exp", "clip", "reciprocal", "expit", "where", "pow"})
CLOSE = 1e-6  # relative, of the prediction that the activation gives at z


@dataclass(frozen=True, slots=True)
class Link:
    """An activation, and the loss that goes with it; `value` is by z and targets, summed."""

    loss: str
    activation: Callable[[Array], Array]
    value: Callable[[Array, Array], float]
    accepts: Callable[[Array, Array], bool]


def _sigmoid(z: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -z))


LINKS = (
    Link(
        "binary_cross_entropy",
        _sigmoid,
        lambda z, t: float(np.sum(np.logaddexp(0.0, z) - t * z)),
        # Where none has rounded it is known by p; where all have, nothing tells which loss is meant.
        lambda p, t: bool(0 < np.count_nonzero((p > 0) & (p < 1)) < p.size and np.all((t >= 0) & (t <= 1))),
    ),
    Link(
        "poisson_negative_log_likelihood",
        np.exp,
        lambda z, t: float(np.sum(np.exp(z) - t * z)),
        lambda p, t: bool(np.all(p > 0) and np.all(t >= 0)),
    ),
)


def linked(
    compared: Sequence[tuple[Node, Array]],
) -> list[tuple[str, dict[Node, Array], Callable[[Mapping[int, Any]], float]]]:
    """Name, derivative by the nodes of z, and value, of each loss that all predictions are made for.

    Args:
        compared: Predictions and their targets.
    """
    found = []
    for link in LINKS:
        sources = [(_pre_activation(node, target, link), node, target) for node, target in compared]
        if sources and all(z is not None for z, _, _ in sources):
            found.append((link.loss, *_made(link, [(z, n, t) for z, n, t in sources if z is not None])))
    return found


def _made(
    link: Link, sources: Sequence[tuple[Node, Node, Array]]
) -> tuple[dict[Node, Array], Callable[[Mapping[int, Any]], float]]:
    seeds = {z: np.asarray(node.value, np.float64) - target for z, node, target in sources}

    def evaluate(values: Mapping[int, Any]) -> float:
        at = ((np.asarray(values.get(z.index, z.value), np.float64), target) for z, _, target in sources)
        return sum(link.value(z, target) for z, target in at)

    return seeds, evaluate


def _pre_activation(prediction: Node, target: Array, link: Link) -> Node | None:
    """The node of which the prediction is this activation, element by element."""
    p = np.asarray(prediction.value, np.float64)
    if p.shape != np.shape(target) or not np.all(np.isfinite(p)) or not link.accepts(p, np.asarray(target)):
        return None
    node = prediction
    for _ in range(WAY_BACK):
        if canonical(node.op) not in ELEMENTWISE:
            return None
        sources = [parent for parent in node.parents if np.shape(parent.value) == p.shape and parent.kind == "f"]
        if len(sources) != 1:
            return None
        node = sources[0]
        with np.errstate(all="ignore"):
            if np.allclose(link.activation(np.asarray(node.value, np.float64)), p, rtol=CLOSE, atol=1e-12):
                return node
    return None
