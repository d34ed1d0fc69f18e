"""Does the loss fit to the targets: those that a cross-entropy is not made for, and those that it does not see."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import adjoints
from backproof.graph.node import Node
from backproof.observations import Quantity
from backproof.observers.looks import Look, Sheet
from backproof.scripts.called import named_place
from backproof.scripts.losses import candidates, predictions_of
from backproof.scripts.network import Network
from backproof.scripts.roles import Pair

Array = NDArray[Any]
Q = Quantity
MEASURES = (Q.TARGETS_OUTSIDE_LOSS, Q.TARGETS_WITHOUT_GRADIENT, Q.OUTPUTS_PER_LABEL, Q.TARGET_NUMBERS)
SAME = 1e-3  # relative: one gradient is a multiple of another
SATURATED = 1e-4  # of a probability: constants as 1e-7 that keep a logarithm finite change its slope by less than SAME
LOOKED_AT = 3  # steps of a look
MOST_CLASSES = 20  # whole numbers up to here may be classes
PER_CLASS = 5  # samples at least of each, where they are


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note what the script's own loss makes of the targets, and how they are compared with the outputs."""
    _labels(network, look, sheet)
    followed = None if network.followed is None else network.followed.key
    for seen in look.swept()[-LOOKED_AT:]:
        pairs = list(predictions_of(look.roles, seen.step).items())
        if len(pairs) != 1:
            return
        ((index, pair),) = pairs
        for loss in candidates(look.roles, seen.step, explicit_only=True):
            arrived = adjoints(loss.seeds, stop=frozenset(look.roles.stop))
            outside = _outside(look, np.asarray(pair.target, np.float64), arrived)
            unseen = None
            if outside is None and loss.key == followed and index in arrived:
                unseen = _without_gradient(look, index, pair, arrived[index])
            where, spot = named_place(look.roles, loss.nodes[0], "loss")
            if outside is not None or unseen is not None:
                sheet.places.setdefault(where, spot)
            sheet.add(look.number, Q.TARGETS_OUTSIDE_LOSS, where, outside)
            sheet.add(look.number, Q.TARGETS_WITHOUT_GRADIENT, where, unseen)


def _outside(look: Look, t: Array, arrived: dict[int, Array]) -> float | None:
    """The share of targets outside of 0 to 1, if the loss is a cross-entropy of them and of some probabilities."""
    for index, derivative in arrived.items():
        node = look.roles.nodes[index]
        if node.size != t.size or node.size < 1 or np.shape(derivative) != node.shape:
            continue
        p, d, targets = (np.ravel(np.asarray(each, np.float64)) for each in (node.value, derivative, t))
        sure = (p > SATURATED) & (p < 1 - SATURATED)  # beyond, what keeps a logarithm finite shows
        if np.all((p >= 0) & (p <= 1)) and sure.any() and (np.ptp(p[sure]) > 0 or t.size == 1):
            p, d, targets = p[sure], d[sure], targets[sure]
            squares = t.size > 1 and _is_multiple(d, p - targets)  # where outputs are nearly alike it is both
            if not squares and _is_multiple(d, (p - targets) / (p * (1 - p))):
                return float(np.mean((t < 0) | (t > 1)))
    return None


def _without_gradient(look: Look, index: int, pair: Pair, arrived: Array) -> float | None:
    """The share of targets that a loss of `-t log p` does not see, if it is one."""
    p, t = np.asarray(look.roles.nodes[index].value, np.float64), np.asarray(pair.target, np.float64)
    usable = p.shape == t.shape and np.all(p > 0) and np.all((t == 0) | (t == 1)) and np.any(t) and np.ptp(p) > 0
    if not usable or not _is_multiple(arrived, -t / p):
        return None
    return 0.0 if _is_distribution(p) else float(np.mean(t == 0))


def _is_distribution(p: Array) -> bool:
    return any(p.shape[k] > 1 and bool(np.allclose(p.sum(axis=k), 1, atol=1e-5)) for k in range(p.ndim))


def _is_multiple(actual: Array, wanted: Array) -> bool:
    a, w = np.ravel(actual), np.ravel(wanted)
    size = float(w @ w)
    if not np.isfinite(size) or not size or not np.any(a):
        return False
    return bool(np.linalg.norm(a - (a @ w) / size * w) <= SAME * np.linalg.norm(a))


# -- class numbers


def _labels(network: Network, look: Look, sheet: Sheet) -> None:
    """Are the targets numbers of classes, and is each compared with all outputs of its sample?"""
    compared = [
        (look.roles.nodes[i], pair) for s in look.steps for i, pair in predictions_of(look.roles, s.step).items()
    ]
    ratios = {_outputs_per_target(look, node, pair) for node, pair in compared}
    if not compared or len(ratios) > 1:
        return
    (ratio,) = ratios
    if ratio is not None and ratio > 1:
        values = np.unique(np.concatenate([np.ravel(np.asarray(pair.target, np.float64)) for _, pair in compared]))
        numbers = bool(np.all(values == np.round(values))) and values.min() >= 0 and values.max() <= ratio
        where, spot = named_place(look.roles, look.roles.nodes[compared[-1][1].node], "expression")
        sheet.places.setdefault(where, spot)
        sheet.add(look.number, Q.OUTPUTS_PER_LABEL, where, ratio if numbers and len(values) > 1 else 1)
    elif network.data is not None and network.data.targets.shape[1] == 1:
        sheet.add(look.number, Q.TARGET_NUMBERS, "predictions", _consecutive(network.data.targets))


def _outputs_per_target(look: Look, node: Node, pair: Pair) -> int | None:
    """How many outputs a target is compared with; None where that is no whole number."""
    targets = np.size(pair.target)
    if look.roles.nodes[pair.node].size != node.size or not targets or node.size % targets:
        return None
    return node.size // targets


def _consecutive(targets: Array) -> int:
    """How many different targets there are, if they are 0, 1, 2, ... and each stands for many samples; else 0."""
    values, counts = np.unique(targets, return_counts=True)
    numbers = len(values) <= MOST_CLASSES and np.array_equal(values - values[0], np.arange(len(values)))
    return len(values) if numbers and values[0] in (0, 1) and counts.min() >= PER_CLASS else 0
