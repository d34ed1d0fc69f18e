"""Is the activation that the program computes the one whose derivative its backward pass takes?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref, ancestors, replay
from backproof.graph.segments import Segment
from backproof.observations import Quantity
from backproof.observers.looks import Look, Sheet
from backproof.observers.rounding import local_functions
from backproof.observers.softmaxes import softmax_in
from backproof.scripts.losses import predictions_of
from backproof.scripts.network import Network
from backproof.scripts.seen import SeenStep
from backproof.scripts.steps import backward_nodes
from backproof.scripts.unit_functions import sigmoid
from backproof.scripts.unit_shapes import Shape

Array = NDArray[Any]
Q = Quantity
MEASURES = (Q.FORMULA_DIFFERS, Q.OUTPUT_SUM)
SAME = 1e-6  # relative: two formulas give the same
NOT_SAME = 1e-3  # relative: they do not
STEP = 1e-5  # of z, for the slope of what is computed: truncation 1e-10, rounding 1e-11
STEPS, MANY = 2, 40  # of a look; activations of a step
FEWEST = 4  # values of an array that are compared
FAR = 30.0  # of z, beyond which a sigmoid is flat and all formulas agree


class Standard(NamedTuple):
    """An activation that everybody writes: its value, and its derivative in terms of z and of what was computed."""

    name: str
    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]


STANDARDS = (
    Standard("sigmoid", sigmoid, lambda z, a: a * (1 - a)),
    Standard("tanh", np.tanh, lambda z, a: 1 - a * a),
    Standard("relu", lambda z: np.maximum(z, 0.0), lambda z, a: 1.0 * (z > 0)),
)


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note how far each activation is from that whose derivative is taken, and what the outputs of a sample sum to."""
    for seen in look.swept()[:STEPS]:
        for k, layer in enumerate(seen.layers[: len(network.layers)]):
            if not _as_usual(layer.shape):
                for name, difference in _differences(look, seen, k):
                    where = network.layers[k].name
                    sheet.add(look.number, Q.FORMULA_DIFFERS, f"{where}, {name}", difference)
                    sheet.places.setdefault(f"{where}, {name}", network.layers[k].place)
    _sums(network, look, sheet)


def _as_usual(shape: Shape) -> bool:
    """A known function, at most stretched: rising, and not moved."""
    if shape.name is None:
        return False
    rises = shape.scale * shape.inner > 0
    low, high = shape.limits or (0.0, 0.0)
    moved = {"tanh": low != -high, "sigmoid": low != 0}.get(shape.name, False)
    return rises and not moved


def _differences(look: Look, seen: SeenStep, k: int) -> Iterator[tuple[str, float]]:
    segments = {s.a.index: s for s in seen.layers[k].segments[:MANY] if s.axis is None}
    if not segments:
        return
    local = local_functions(look.roles, seen, segments)
    told: set[str] = set()
    for node in backward_nodes(look.roles, seen.step):
        segment = segments.get(local.get(node.index, -1))
        if segment is None or node.size != segment.z.size or node.index in (segment.a.index, segment.z.index):
            continue
        found = _taken_for(node, segment, _is_factor(look, node, segment))
        if found is not None and found.name not in told:
            told.add(found.name)
            z, a = _flat(segment.z), _flat(segment.a)
            yield found.name, float(np.max(np.abs(a - found.value(z))))


def _is_factor(look: Look, node: Node, segment: Segment) -> bool:
    """`1 - a` that is only multiplied: the factor of a sigmoid's derivative in `error * a * (1 - a)`."""
    one = node.args[0] if node.op == "sub" and len(node.args) > 1 else None
    if one is None or isinstance(one, Ref) or np.size(one) != 1 or one != 1 or node.parents != (segment.a,):
        return False
    children = look.roles.carried.children.get(node.index, ())
    return bool(children) and all(look.roles.nodes[child].op == "mul" for child in children)


def _taken_for(node: Node, segment: Segment, factor: bool) -> Standard | None:
    """The activation whose derivative `node` is, if it is that of another one than was computed."""
    z, a, d = _flat(segment.z), _flat(segment.a), _flat(node)
    usable = np.isfinite(z) & np.isfinite(a) & np.isfinite(d) & (np.abs(z) < FAR)
    d = a * d if factor else d
    if usable.sum() < min(FEWEST, z.size):
        return None
    true = _slope(segment)[usable]
    z, a, d = z[usable], a[usable], d[usable]
    if not np.all(np.isfinite(true)) or _close(d, true, NOT_SAME):
        return None
    for standard in STANDARDS if len(z) >= FEWEST else STANDARDS[:-1]:  # 0 or 1 is soon found by chance
        wanted = standard.derivative(z, a)
        if _close(d, wanted, SAME) and np.any(wanted) and not _close(a, standard.value(z), NOT_SAME):
            return standard
    return None


def _slope(segment: Segment) -> Array:
    """The derivative of what was computed, by differences on a replay."""
    z = np.asarray(segment.z.value, np.float64)
    both = [_flat_of(replay(segment.inner, {segment.z.index: z + h})[segment.a.index]) for h in (STEP, -STEP)]
    return np.asarray((both[0] - both[1]) / (2 * STEP))


def _flat(node: Node) -> Array:
    return _flat_of(node.value)


def _flat_of(value: Any) -> Array:
    return np.ravel(np.asarray(value, np.float64))


def _close(one: Array, other: Array, tolerance: float) -> bool:
    return bool(np.all(np.abs(one - other) <= tolerance * max(float(np.abs(other).max(initial=0.0)), 1e-12)))


# -- outputs that should be probabilities


def _sums(network: Network, look: Look, sheet: Sheet) -> None:
    """What the outputs of a sample add up to, where they are exponentials and the targets are one-hot."""
    seen = look.steps[-1]
    if softmax_in(look.roles, seen) is not None:
        return
    for index, pair in predictions_of(look.roles, seen.step).items():
        node, t = look.roles.nodes[index], np.asarray(pair.target)
        if node.shape != t.shape or t.ndim != 2 or node.op not in ("exp", "truediv") or network.layers[-1].shape.name:
            continue
        inner = ancestors([node], seen.forward.below(seen.layers[-1].layer))
        axis = next((k for k in (1, 0) if np.all((t == 0) | (t == 1)) and np.all(t.sum(axis=k) == 1)), None)
        p = np.asarray(node.value, np.float64)
        made = any(each.op == "exp" for each in inner.values()) and np.all(p >= 0) and np.all(np.isfinite(p))
        if made and axis is not None and t.shape[axis] > 1:
            sheet.add(look.number, Q.OUTPUT_SUM, network.layers[-1].name, float(np.mean(p.sum(axis=axis))))
