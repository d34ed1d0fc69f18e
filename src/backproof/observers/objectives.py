"""Does the loss fit to the targets: those that a cross-entropy is not made for, and those that it does not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
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
LOOKED_AT = 3  # steps at the beginning of a look, and as many at its end
FEWEST = 4  # predictions from which it is no chance that the derivatives agree
MOST_CLASSES = 20  # whole numbers up to here may be classes
PER_CLASS = 5  # samples at least of each, where they are


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note what the script's own loss makes of the targets, and how they are compared with the outputs."""
    _labels(network, look, sheet)
    followed = None if network.followed is None else network.followed.key
    for (loss, site), pooled in _pooled(look).items():
        p, d, t = (np.concatenate([np.ravel(part) for part in parts]) for parts in zip(*pooled.parts, strict=True))
        if len(p) < FEWEST or np.ptp(p) == 0:
            continue  # any two numbers may be multiples of two others
        sheet.places.setdefault(pooled.where, pooled.place)
        if _is_cross_entropy(p, d, t):
            sheet.add(look.number, Q.TARGETS_OUTSIDE_LOSS, pooled.where, float(np.mean((t < 0) | (t > 1))))
        elif loss == followed and site == pooled.prediction and _is_positive_term(p, d, t):
            unseen = 0.0 if pooled.distribution else float(np.mean(t == 0))
            sheet.add(look.number, Q.TARGETS_WITHOUT_GRADIENT, pooled.where, unseen)


@dataclass(slots=True)
class _Pooled:
    """What some steps say of one loss and one place: values there, the loss's derivative by them, and the targets."""

    where: str
    place: Place
    prediction: int  # the site of the predictions
    distribution: bool  # the predictions add up to one
    parts: list[tuple[Array, Array, Array]] = field(default_factory=list)


def _pooled(look: Look) -> dict[tuple[Any, int], _Pooled]:
    found: dict[tuple[Any, int], _Pooled] = {}
    roles = look.roles
    steps = look.swept()
    for seen in [*steps[:LOOKED_AT], *steps[LOOKED_AT:][-LOOKED_AT:]]:  # the first ones are not saturated yet
        pairs = list(predictions_of(roles, seen.step).items())
        if len(pairs) != 1:
            continue
        ((index, pair),) = pairs
        p, t = np.asarray(roles.nodes[index].value, np.float64), np.asarray(pair.target, np.float64)
        below = frozenset(roles.stop) | seen.forward.below(seen.layers[-1].layer)  # targets are compared with outputs
        for loss in candidates(roles, seen.step, explicit_only=True):
            arrived = adjoints(loss.seeds, stop=below)
            for at, derivative in arrived.items():
                value = np.asarray(roles.nodes[at].value, np.float64)
                if (
                    value.size != t.size
                    or np.shape(derivative) != value.shape
                    or not np.all((value >= 0) & (value <= 1))
                ):
                    continue
                key = (loss.key, roles.recording.sites[at])
                if key not in found:
                    where, spot = named_place(roles, loss.nodes[0], "loss")
                    found[key] = _Pooled(where, spot, roles.recording.sites[index], _is_distribution(p))
                found[key].parts.append((value, np.asarray(derivative), t))
    return found


def _is_cross_entropy(p: Array, d: Array, t: Array) -> bool:
    sure = (p > SATURATED) & (p < 1 - SATURATED)  # beyond, what keeps a logarithm finite shows
    p, d, t = p[sure], d[sure], t[sure]
    if len(p) < FEWEST or np.ptp(p) == 0 or _is_multiple(d, p - t):  # where outputs are nearly alike it is both
        return False
    return _is_multiple(d, (p - t) / (p * (1 - p)))


def _is_positive_term(p: Array, d: Array, t: Array) -> bool:
    """Whether the loss is `-t log p`: targets of 0 leave no derivative, however small beside those of 1."""
    binary = bool(np.all(p > 0) and np.all((t == 0) | (t == 1)) and np.sum(t) >= 2)
    if not binary or not _is_multiple(d, -t / p):
        return False
    unit = np.median(np.abs(d * p)[t == 1])  # what the other term would leave at p = 0
    return bool(np.all(np.abs(d[t == 0]) <= SAME * unit))


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
