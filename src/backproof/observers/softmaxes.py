"""What the softmax outputs are normalised over: how many units, how many samples, how many times in a row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.graph.derivatives import canonical
from backproof.graph.node import Node, ancestors
from backproof.observations import Quantity
from backproof.observers.looks import Look, Sheet
from backproof.scripts.called import named_place
from backproof.scripts.losses import predictions_of
from backproof.scripts.network import Network
from backproof.scripts.roles import Roles
from backproof.scripts.samples import axes_of_samples
from backproof.scripts.seen import SeenStep

Array = NDArray[Any]
Q = Quantity
MEASURES = (Q.SOFTMAX_UNITS, Q.SOFTMAX_ENTRIES, Q.SOFTMAX_SAMPLES, Q.SOFTMAX_TIMES)
ONE = 1e-5  # a sum of probabilities in single precision differs from 1 by less
ALIKE = 1e-3  # two distributions that differ by less do so by rounding or not at all: nothing was done in between
MOST = 4_000_000  # numbers in the outputs of a step beyond which they are not looked at
TIMES = 3  # softmaxes in a row that are looked for
AFTER = 300  # nodes after a step in which its loss may still be computed
SUMS = frozenset({"sum", "logsumexp"})
WHOLE = frozenset({"softmax", "log_softmax"})


class Softmax(NamedTuple):
    """The softmax that made some predictions: its own axes, and of these the ones that count samples."""

    node: Node
    axes: tuple[int, ...]
    samples: tuple[int, ...]  # of all axes of the node, those that count samples


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note what the softmax at the output is normalised over."""
    if not network.layers:
        return
    for seen in (look.steps[-1], look.steps[0]):
        found = softmax_in(look.roles, seen)
        if found is not None:
            _note(look, seen, found, network.layers[-1].name, sheet)
            return


def _note(look: Look, seen: SeenStep, found: Softmax, where: str, sheet: Sheet) -> None:
    shape = found.node.shape
    units = math.prod(n for axis, n in enumerate(shape) if axis not in found.samples)
    entries = math.prod(shape[axis] for axis in found.axes if axis not in found.samples)
    samples = math.prod(shape[axis] for axis in found.axes if axis in found.samples)
    sheet.add(look.number, Q.SOFTMAX_UNITS, where, units)
    sheet.add(look.number, Q.SOFTMAX_ENTRIES, where, entries)
    sheet.add(look.number, Q.SOFTMAX_SAMPLES, where, samples)
    if entries > 1 and samples == 1:
        times, outer = _times(look.roles, seen, found)
        name, spot = named_place(look.roles, outer, "activation") if times > 1 else (where, sheet.places.get(where))
        if spot is not None:
            sheet.places.setdefault(name, spot)
        sheet.add(look.number, Q.SOFTMAX_TIMES, name, times)


def softmax_in(roles: Roles, seen: SeenStep) -> Softmax | None:
    """The softmax that gives the step's predictions; None if none does."""
    pairs = predictions_of(roles, seen.step)
    alike = {(roles.recording.sites[n.index], n.shape): n for n in reversed(seen.forward.predictions)}
    for node in alike.values():
        value = np.asarray(node.value)
        if not 0 < node.size <= MOST or value.dtype.kind != "f" or node.index not in pairs:
            continue
        if not value.ndim and value != 1:  # a number by itself is divided by itself, if by anything
            continue
        inner = _inner(seen, node)
        axes = _normalised(node, inner)
        if axes is None:
            continue
        source = next((n for n in inner if n.shape == node.shape and n is not node), node)
        samples = axes_of_samples(seen.forward, seen.layers[-1].layer, source)
        if not set(axes) & set(samples) or not _compete(node, axes, pairs[node.index].target):
            return Softmax(node, axes, samples)
    return None


def _inner(seen: SeenStep, node: Node) -> list[Node]:
    """What leads from the last products to the output, oldest first; nothing where the output is a bare product."""
    layer = seen.layers[-1].layer
    found = ancestors([node], seen.forward.below(layer))
    return [found[i] for i in sorted(found) if seen.forward.level.get(i, 0) >= layer.low]


def _normalised(node: Node, inner: list[Node]) -> tuple[int, ...] | None:
    """The axes along which the values sum to one, if exponentials over their sum made them."""
    made = {canonical(each.op) for each in inner}
    if not (made & WHOLE or ("exp" in made and made & SUMS)):
        return None
    value = np.asarray(node.value, np.float64)
    if not np.all(value >= 0):
        return None
    if np.all(np.abs(value - 1) < 1e-12):
        return _of_one(node, inner)
    every = tuple(range(value.ndim))
    for axes in (*((axis,) for axis in reversed(every)), every):
        if _sums_to_one(value, axes) and (made & WHOLE or _divided(value, axes, inner)):
            return axes
    return None


def _divided(value: Array, axes: tuple[int, ...], inner: list[Node]) -> bool:
    """Whether the values are exponentials over their sums along the axes, and not by chance what sums to one."""
    powers = [np.asarray(n.value, np.float64) for n in inner if n.op == "exp" and n.shape == value.shape]
    return any(np.allclose(value * e.sum(axis=axes, keepdims=True), e, rtol=1e-4, atol=0) for e in powers)


def _of_one(node: Node, inner: list[Node]) -> tuple[int, ...] | None:
    """All values are exactly 1, as if each were divided by itself: if so, along the axes of one entry."""
    if not any(canonical(each.op) in WHOLE or canonical(each.op) == "sum" for each in inner):
        return None  # a sum by hand, as `1 + exp(-z)` of a saturated sigmoid, proves nothing
    return tuple(axis for axis, n in enumerate(node.shape) if n == 1)


def _compete(node: Node, axes: tuple[int, ...], target: Array) -> bool:
    """Whether the targets sum to one along the same axes, too, and do not along the others: a ranking of samples."""
    if target.shape != node.shape:
        return False
    others = [axis for axis in range(target.ndim) if axis not in axes and target.shape[axis] > 1]
    return _sums_to_one(target, axes) and not any(_sums_to_one(target, (axis,)) for axis in others)


def _sums_to_one(value: Array, axes: tuple[int, ...]) -> bool:
    return bool(np.all(np.abs(value.sum(axis=axes) - 1) < ONE))


def _times(roles: Roles, seen: SeenStep, found: Softmax) -> tuple[int, Node]:
    """How often a softmax is applied in a row, before the predictions or to them in the loss, and the last of them."""
    last = min(seen.step.last_update + AFTER, len(roles.nodes))
    later = [n for n in roles.nodes[found.node.index + 1 : last] if n.shape == found.node.shape]
    times, outer = 1, found.node
    for candidates in (_inner(seen, found.node), later):
        value = found.node
        for _ in range(TIMES):
            other = next(_linked(value, found.axes, candidates, candidates is later), None)
            if other is None:
                break
            value, times = other, times + 1
        outer = value if candidates is later else outer
    return times, outer


def _linked(value: Node, axes: tuple[int, ...], others: list[Node], later: bool) -> Iterator[Node]:
    """The nodes that are the softmax (or its logarithm) of `value`, or of which `value` is it."""
    here = np.asarray(value.value, np.float64)
    for other in others:
        there = np.asarray(other.value, np.float64)
        if there.shape != here.shape or there.dtype.kind != "f" or not np.all(np.isfinite(there)):
            continue
        first, second = (here, there) if later else (there, here)
        if later and np.all(second <= 0):
            second = np.exp(second)
        if _is_distribution(first, axes) and _is_distribution(second, axes) and _is_softmax(first, second, axes):
            yield other


def _is_distribution(value: Array, axes: tuple[int, ...]) -> bool:
    return bool(np.all(value >= 0)) and _sums_to_one(value, axes)


def _is_softmax(first: Array, second: Array, axes: tuple[int, ...]) -> bool:
    """Whether `second` is the softmax of `first`, and not by chance because both are uniform."""
    powers = np.exp(first - first.max(axis=axes, keepdims=True))
    made = powers / powers.sum(axis=axes, keepdims=True)
    return bool(np.allclose(made, second, rtol=1e-4, atol=1e-6) and np.abs(first - second).max() > ALIKE)
