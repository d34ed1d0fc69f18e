"""Which losses a step may follow: scalars that the script computes, and the standard losses of its predictions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Span, ancestors
from backproof.scripts.becoming import is_likelihood, is_shown
from backproof.scripts.chains import HANDING_ON, is_number_like
from backproof.scripts.links import linked
from backproof.scripts.roles import Pair, Roles, Step
from backproof.scripts.steps import made_in

Array = NDArray[Any]
KEPT_SIZE = 20_000  # numbers predicted in a step, up to which its usual losses are kept: they are asked for often
LOOK_AHEAD = 4000  # nodes after a step in which the script may still compute that step's loss


@dataclass(frozen=True, slots=True)
class StandardLoss:
    """A loss of predictions p and targets t, summed over everything."""

    name: str
    value: Callable[[Array, Array], float]
    gradient: Callable[[Array, Array], Array]
    accepts: Callable[[Array, Array], bool]


def _in_unit_interval(p: Array, t: Array) -> bool:
    return bool(np.all((p > 0) & (p < 1)) and np.all((t >= 0) & (t <= 1)))


def _sums_to_one(p: Array, axis: int) -> bool:
    """To the precision of its type: half precision has three digits."""
    apart = 1e-5 if p.dtype.itemsize > 2 else 5e-3
    return p.ndim > 0 and p.shape[axis] > 1 and bool(np.allclose(p.sum(axis, dtype=np.float64), 1, atol=apart))


def _is_distribution(p: Array, t: Array) -> bool:
    return p.ndim > 0 and any(_sums_to_one(p, axis) for axis in range(p.ndim))


def _binary(p: Array, t: Array) -> bool:
    return _in_unit_interval(p, t) and not (p.size > 1 and _is_distribution(p, t))


def _categorical(p: Array, t: Array) -> bool:
    return bool(np.all((p > 0) & (p <= 1)) and np.all(t >= 0)) and _is_distribution(p, t)


STANDARD_LOSSES = (
    StandardLoss(
        "half_squared_error",
        lambda p, t: float(0.5 * np.sum((p - t) ** 2)),
        lambda p, t: p - t,
        lambda p, t: True,
    ),
    StandardLoss(
        "binary_cross_entropy",
        lambda p, t: float(-np.sum(t * np.log(p) + (1 - t) * np.log1p(-p))),
        lambda p, t: (p - t) / (p * (1 - p)),
        _binary,
    ),
    StandardLoss(
        "categorical_cross_entropy",
        lambda p, t: float(-np.sum(t * np.log(p))),
        lambda p, t: -t / p,
        _categorical,
    ),
    StandardLoss(
        "absolute_error",
        lambda p, t: float(np.sum(np.abs(p - t))),
        lambda p, t: np.sign(p - t),
        lambda p, t: True,
    ),
)


@dataclass(slots=True)
class Loss:
    """One loss of one step.

    Attributes:
        name: "half_squared_error" and so on, or "the value of `...`" for a scalar of the script.
        kind: "explicit" (a scalar of the script), "part" (a scalar that feeds another one) or "implicit".
        seeds: Derivative of the loss by some nodes.
        key: The same for the same loss in another step.
        evaluate: The loss's value from (recomputed) node values.
        span: Where the script computes it.
        value: Its recorded value, for a scalar of the script.
        shown: The script prints or keeps it.
    """

    name: str
    kind: str
    seeds: dict[Node, Array]
    key: tuple[Any, ...]
    evaluate: Callable[[Mapping[int, Any]], float]
    span: Span | None = None
    value: float | None = None
    shown: bool = False
    nodes: tuple[Node, ...] = field(default=())


def predictions_of(roles: Roles, step: Step) -> dict[int, Pair]:
    """One pair per prediction of the step; differences count before quotients."""
    chosen: dict[int, Pair] = {}
    for pair in step.pairs.values():
        held = chosen.get(pair.prediction)
        if held is None or (roles.nodes[held.node].op == "truediv" != roles.nodes[pair.node].op):
            chosen[pair.prediction] = pair
    return chosen


def candidates(roles: Roles, step: Step, explicit_only: bool = False) -> list[Loss]:
    """All losses that the step may follow, the script's own scalars first."""
    with np.errstate(all="ignore"):
        if step.computed is None:
            step.computed = _explicit(roles, step)
        return [*step.computed, *([] if explicit_only else _standard_losses(roles, step))]


def _standard_losses(roles: Roles, step: Step) -> list[Loss]:
    made = _implicit(roles, step) if step.standard is None else step.standard
    if sum(roles.nodes[pair.prediction].size for pair in step.pairs.values()) <= KEPT_SIZE:
        step.standard = made
    return made


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes along which a value of `shape` was broadcast."""
    while gradient.ndim > len(shape):
        gradient = gradient.sum(0)
    for axis, size in enumerate(shape):
        if size == 1 and gradient.shape[axis] != 1:
            gradient = gradient.sum(axis, keepdims=True)
    return np.broadcast_to(gradient, shape)


# -- standard losses of the predictions


def _implicit(roles: Roles, step: Step) -> list[Loss]:
    pairs = list(predictions_of(roles, step).values())
    if not pairs or roles.by_scalars:
        return []
    compared = [(roles.nodes[p.prediction], np.asarray(p.target, dtype=np.float64)) for p in pairs]
    known = [made for standard in STANDARD_LOSSES if (made := _standard(standard, compared)) is not None]
    return known + [Loss(name, "implicit", seeds, (name,), value) for name, seeds, value in linked(compared)]


def _standard(standard: StandardLoss, compared: Sequence[tuple[Node, Array]]) -> Loss | None:
    seeds: dict[Node, Array] = {}
    for node, target in compared:
        if not standard.accepts(np.asarray(node.value), target):
            return None
        p = np.asarray(node.value, dtype=np.float64)
        gradient = standard.gradient(p, target)
        if not np.all(np.isfinite(gradient)):
            return None
        seeds[node] = unbroadcast(gradient, node.shape)

    def evaluate(values: Mapping[int, Any]) -> float:
        return sum(standard.value(np.asarray(values.get(n.index, n.value), np.float64), t) for n, t in compared)

    return Loss(standard.name, "implicit", seeds, (standard.name,), evaluate)


# -- the script's own scalars


@dataclass(slots=True)
class _Coverage:
    """Which predictions (as bits) and which parameters each node of the step's stretch depends on."""

    predictions: dict[int, int]
    parameters: dict[int, int]


def _coverage(roles: Roles, step: Step, first: int, last: int, predictions: dict[int, int]) -> _Coverage:
    bases = {change.before: 1 << k for k, change in enumerate(step.changes.values())}
    found = _Coverage({}, {})
    for node in roles.nodes[first:last]:
        seen, moved = predictions.get(node.index, 0), 0
        for parent in node.parents:
            moved |= bases.get(parent.index, 0)
            if parent.index not in roles.stop:
                seen |= found.predictions.get(parent.index, 0)
                moved |= found.parameters.get(parent.index, 0)
        if node.index not in roles.stop:
            found.predictions[node.index] = seen
            found.parameters[node.index] = moved
    return found


def _explicit(roles: Roles, step: Step) -> list[Loss]:
    pairs = predictions_of(roles, step)
    bits = {index: 1 << k for k, index in enumerate(pairs)}
    everything = (1 << len(step.changes)) - 1
    first = min([*bits, *(change.before for change in step.changes.values())])
    last = min(len(roles.nodes), step.last_update + LOOK_AHEAD)
    covered = _coverage(roles, step, first, last, bits)
    behind = ancestors([roles.nodes[c.after] for c in step.changes.values()], roles.stop - _made(roles, step))
    forward = ancestors([roles.nodes[i] for i in bits], roles.stop)
    found: dict[int, list[int]] = defaultdict(list)
    for node in roles.nodes[first:last]:
        if not _is_scalar_result(node) or node.index in roles.stop or node.index in behind:
            continue
        if roles.moving[node.index] or (node.index in bits and not roles.by_scalars):
            continue
        through = covered.predictions.get(node.index, 0)
        beside = covered.parameters.get(node.index, 0) == everything and node.index not in forward
        if through or beside:
            found[roles.recording.sites[node.index]].append(node.index)
    return _assembled(roles, found, covered, bits)


def _made(roles: Roles, step: Step) -> set[int]:
    """The versions that the step makes; of one parameter several, where it is changed more than once."""
    return set().union(*(made_in(roles, step, root) for root in step.changes))


def _is_scalar_result(node: Node) -> bool:
    made = node.size == 1 and node.function is not None
    return made and is_number_like(node.value) and node.op not in HANDING_ON | {"getitem"}


def _assembled(roles: Roles, found: dict[int, list[int]], covered: _Coverage, bits: dict[int, int]) -> list[Loss]:
    everything = (1 << len(bits)) - 1
    made: list[tuple[int, list[int]]] = []
    for site, indices in found.items():
        whole = [i for i in indices if covered.predictions.get(i, 0) in (everything, 0)]
        if whole:
            made.append((site, whole[:1]))
            continue
        union, used = 0, []
        for i in indices:
            if covered.predictions[i] & ~union:
                used.append(i)
            union |= covered.predictions[i]
        if union == everything and sum(covered.predictions[i].bit_count() for i in used) == len(bits):
            made.append((site, used))
    if not made:  # a difference that is no comparison with a target hides a loss of all parameters
        moved = covered.parameters
        every = reduce(or_, moved.values(), 0)
        whole_of = ((site, [i for i in each if moved.get(i) == every]) for site, each in found.items())
        made = [(site, each[-1:]) for site, each in whole_of if each]  # what one statement adds up ends with the loss
    chosen = {i for _, indices in made for i in indices}
    feeding = _feeding(roles, covered, chosen)
    made = [each for each in made if not is_likelihood(roles, roles.nodes[each[1][0]], chosen)]
    return [_scalar_loss(roles, site, indices, indices[0] in feeding) for site, indices in made]


def _feeding(roles: Roles, covered: _Coverage, chosen: set[int]) -> set[int]:
    """Nodes that a chosen scalar is computed from."""
    below: set[int] = set()
    for index in sorted(covered.predictions, reverse=True):
        if any(child in chosen or child in below for child in roles.carried.children.get(index, ())):
            below.add(index)
    return below


def _scalar_loss(roles: Roles, site: int, indices: list[int], part: bool) -> Loss:
    nodes = tuple(roles.nodes[i] for i in indices)

    def evaluate(values: Mapping[int, Any]) -> float:
        return float(sum(float(np.asarray(values.get(n.index, n.value), np.float64).ravel()[0]) for n in nodes))

    span = nodes[0].span
    return Loss(
        f"the value at line {span.line}" if span else "a value of the script",
        "part" if part else "explicit",
        {node: np.ones(node.shape) for node in nodes},
        ("explicit", site),
        evaluate,
        span,
        evaluate({}),
        any(node.shown for node in nodes) or is_shown(roles, nodes),
        nodes,
    )
