"""Ties of a maximum: a backward pass may hand the gradient to all of the largest elements, or to the first one.

Max pooling by `mask = x == x.max(...)` does the one, by `argmax` the other; blank parts of a picture tie often.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import Override, vjp
from backproof.graph.node import Node

Contributions = list[tuple[Node, NDArray[np.float64]]]
TIED_TRIED = 2  # losses


def ways_at_ties(nodes: Iterable[Node]) -> list[dict[int, Override]]:
    """What replaces the derivative of the maxima that have ties: all of them get it, or the first; [] without ties."""
    tied = [node.index for node in nodes if node.op in ("max", "min") and node.function is not None and _has_ties(node)]
    return [dict.fromkeys(tied, way) for way in (_all_of_them, _first_of_them)] if tied else []


def _shares(node: Node) -> Contributions:
    return [(parent, np.asarray(share)) for parent, share in vjp(node, np.ones(np.shape(node.value)))]


def _has_ties(node: Node) -> bool:
    if all(parent.size <= node.size for parent in node.parents):
        return False
    return any(bool(np.any((share > 0) & (share < 1))) for _, share in _shares(node))


def _all_of_them(node: Node, adjoint: NDArray[np.float64]) -> Contributions:
    whole = []
    for (parent, value), (_, share) in zip(vjp(node, adjoint), _shares(node), strict=True):
        whole.append((parent, np.where(share > 0, value / np.where(share > 0, share, 1), 0.0)))
    return whole


def _first_of_them(node: Node, adjoint: NDArray[np.float64]) -> Contributions:
    """Only where the maximum is one number: along axes, the order is the script's affair."""
    if node.size > 1:
        return vjp(node, adjoint)
    made = []
    for parent, value in _all_of_them(node, adjoint):
        first = np.zeros(value.size)
        first[int(np.argmax(value.ravel() != 0))] = 1.0
        made.append((parent, value * first.reshape(value.shape)))
    return made
