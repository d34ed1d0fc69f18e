"""Losses known by their derivative alone: the script turns each error into a signal of its own and passes that back.

Huber, quantile, log-cosh, weighted and clipped errors have no name here and may never be computed as a number.
Their derivative is an elementwise function of the error that never points the wrong way and never falls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import gradients
from backproof.graph.node import Node
from backproof.scripts.fitting import is_float
from backproof.scripts.losses import Loss, predictions_of, unbroadcast
from backproof.scripts.roles import Pair, Roles, Step

Array = NDArray[Any]
MIXING = frozenset({"matmul", "dot", "cumsum", "sort", "transpose", "reshape"})  # elements leave their places
SIGNALS_TRIED = 6  # per prediction
REACH = 200  # nodes made of one error


def error_signals(roles: Roles, step: Step) -> list[Loss]:
    """One loss per place where every prediction of the step has such a signal."""
    pairs = list(predictions_of(roles, step).values())
    places: dict[int, dict[Node, Array]] = defaultdict(dict)
    for pair in pairs:
        for node, seed in _signals(roles, step, pair):
            places[roles.recording.sites[node.index]].setdefault(roles.nodes[pair.prediction], seed)
    return [_loss(roles, site, seeds) for site, seeds in places.items() if len(seeds) == len(pairs)]


def _loss(roles: Roles, site: int, seeds: dict[Node, Array]) -> Loss:
    def evaluate(values: Mapping[int, Any]) -> float:
        """Near the recorded predictions: the signal is the slope there."""
        return float(sum(np.sum(g * np.asarray(values.get(n.index, n.value), np.float64)) for n, g in seeds.items()))

    span = roles.sites[site].span if site >= 0 else None
    name = f"a loss with the derivative at line {span.line}" if span else "a loss with the script's derivative"
    return Loss(name, "implicit", seeds, ("signal", site), evaluate, span)


def _signals(roles: Roles, step: Step, pair: Pair) -> list[tuple[Node, Array]]:
    """Nodes made of one error and of constants only that may be the derivative of a convex loss."""
    start, prediction = roles.nodes[pair.node], roles.nodes[pair.prediction]
    error = np.asarray(start.value, np.float64) * pair.sign
    found: list[tuple[Node, Array]] = []
    for node in _made_of(roles, start, step.last_update):
        if node is start or not is_float(node) or len(found) == SIGNALS_TRIED:
            continue
        signal = np.asarray(node.value, np.float64)
        signal = signal if np.sum(signal * error) >= 0 else -signal
        if _is_derivative(signal, error) and _never_falls(node, start, float(np.sum(np.asarray(node.value) * error))):
            found.append((node, unbroadcast(signal, prediction.shape)))
    return found


def _made_of(roles: Roles, start: Node, last: int) -> list[Node]:
    """Nodes of the error's shape that only the error and constants went into, element by element."""
    own, waiting = {start.index}, {start.index}
    found: list[Node] = []
    while waiting and len(found) < REACH:
        index = min(waiting)
        waiting.remove(index)
        found.append(roles.nodes[index])
        for child in roles.carried.children[index]:
            node = roles.nodes[child]
            moving = [p.index for p in node.parents if roles.depends[p.index]]
            if child < last and node.shape == start.shape and node.op not in MIXING and own.issuperset(moving):
                own.add(child)
                waiting.add(child)
    return found


def _is_derivative(signal: Array, error: Array) -> bool:
    """Does it point the error's way everywhere, leaving no whole output out?"""
    if not np.all(np.isfinite(signal)) or not np.any(signal) or np.any(signal * error < 0):
        return False
    if signal.ndim < 2:
        return True
    long = tuple(k for k in range(signal.ndim) if k != int(np.argmin(signal.shape)))
    return bool(np.all(np.any(signal, axis=long) | ~np.any(error, axis=long)))


def _never_falls(node: Node, start: Node, agreement: float) -> bool:
    """Does the signal nowhere become smaller as the error becomes larger?"""
    with np.errstate(all="ignore"):
        (slope,) = gradients({node: np.ones(node.shape)}, [start])
    slope = slope if agreement >= 0 else -slope
    return bool(np.all(np.isfinite(slope)) and np.all(slope >= -1e-12))
