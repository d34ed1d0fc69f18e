"""The derivative of an activation as the program computes it, beside its true value.

A sigmoid's `a (1 - a)` and tanh's `1 - a²` become exactly 0 where a rounds to 1; the true values, `exp(-|z|)` and
`4 exp(-2|z|)` or so, do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, Ref
from backproof.graph.segments import Segment
from backproof.observations import Quantity
from backproof.observers.looks import Look, Sheet, swept_back
from backproof.scripts.network import Network
from backproof.scripts.roles import Roles
from backproof.scripts.seen import SeenStep
from backproof.scripts.steps import backward_nodes
from backproof.scripts.unit_shapes import Shape, slopes

Array = NDArray[Any]
MEASURES = (Quantity.DERIVATIVE_COMPUTED, Quantity.DERIVATIVE_TRUE, Quantity.GRADIENT_EXACT)
ROUNDS = ("sigmoid", "tanh")
SAME = 1e-6  # of the largest slope: cancellation leaves 1e-16 of it
STEPS = 3  # of a look
MANY = 500  # activations of single numbers in a step


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note, for each layer, the computed and the true derivative where they are furthest apart, or smallest."""
    if any(seen.outputs is not None and not np.all(np.isfinite(seen.outputs)) for seen in look.steps):
        return  # the run breaks off here: that is another ailment
    found: dict[int, list[tuple[float, float]]] = {}
    for seen in look.swept()[-STEPS:]:
        for k, pair in _in_step(look.roles, seen):
            found.setdefault(k, []).append(pair)
    for k, pairs in found.items():
        if k < len(network.layers):
            computed, true = min(pairs, key=lambda pair: (pair[0] != 0 or pair[1] <= 0, pair[1]))
            sheet.add(look.number, Quantity.DERIVATIVE_COMPUTED, network.layers[k].name, computed)
            sheet.add(look.number, Quantity.DERIVATIVE_TRUE, network.layers[k].name, true)
            exact = _exact_gradient(network, look, k) if computed == 0 < true else 0.0
            if exact > 0:
                sheet.add(look.number, Quantity.GRADIENT_EXACT, network.layers[k].name, exact)


def _exact_gradient(network: Network, look: Look, k: int) -> float:
    """The largest gradient behind the activations of layer `k` with their true derivative; 0 if it is not known."""
    if network.followed is None or not look.swept():
        return 0.0
    seen = look.swept()[-1]
    arrived = swept_back(look.roles, seen, network.followed)
    if arrived is None or len(seen.layers) <= k:
        return 0.0
    seeds: dict[Node, Array] = {}
    for segment in seen.layers[k].segments[:MANY]:
        true = slopes(seen.layers[k].shape, np.ravel(np.asarray(segment.z.value, np.float64)))
        above = arrived.get(segment.a.index)
        if true is not None and above is not None:
            seeds[segment.z] = np.reshape(np.ravel(above) * true, segment.z.shape)
    if not seeds:
        return 0.0
    before = [look.roles.nodes[change.before] for change in seen.step.changes.values()]
    found = gradients(seeds, before, stop=look.roles.stop)
    own = network.followed.factor if network.followed.standard else 1.0  # the script's loss, in units of the standard
    own *= look.window.rows(1)  # of all samples
    return own * float(max((np.max(np.abs(g), initial=0.0) for g in found), default=0.0))


def _in_step(roles: Roles, seen: SeenStep) -> Iterator[tuple[int, tuple[float, float]]]:
    """Layer and (computed, true) for every derivative that the step's backward pass computes."""
    segments = {
        segment.a.index: (k, layer.shape, segment)
        for k, layer in enumerate(seen.layers)
        if layer.shape.name in ROUNDS
        for segment in layer.segments[:MANY]
    }
    if not segments:
        return
    local = local_functions(roles, seen, {a: segment for a, (_, _, segment) in segments.items()})
    for node in backward_nodes(roles, seen.step):
        source = local.get(node.index)
        if source is None:
            continue
        k, shape, segment = segments[source]
        pair = _compared(node, segment, shape)
        if pair is not None:
            yield k, pair


def local_functions(roles: Roles, seen: SeenStep, segments: dict[int, Segment]) -> dict[int, int]:
    """Nodes that are functions of one activation alone (literals aside), and of which."""
    local: dict[int, int] = {}
    for a, segment in segments.items():
        local.update({node.index: a for node in (*segment.inner, segment.a, segment.z)})
    first = min(segments) if segments else 0
    for node in roles.nodes[first : seen.step.last_update + 1]:
        if node.index in local or node.index in roles.pairs or not node.parents:
            continue
        sources = {local.get(parent.index, -1) for parent in node.parents}
        if len(sources) == 1 and -1 not in sources:
            local[node.index] = sources.pop()
    return local


def _compared(node: Node, segment: Segment, shape: Shape) -> tuple[float, float] | None:
    """Computed and true derivative at the entry that tells most; None if `node` is no derivative."""
    if node.index in (segment.a.index, segment.z.index) or node.size != segment.z.size:
        return None
    true = slopes(shape, np.ravel(np.asarray(segment.z.value, np.float64)))
    value = np.ravel(np.asarray(node.value, np.float64))
    if true is None or not np.all(np.isfinite(true)):
        return None
    whole = bool(np.all(np.abs(value - true) <= SAME * max(float(true.max(initial=0.0)), 1e-3)))
    if not (whole and node.op not in ("gt", "lt", "ge", "le")) and not _is_factor(node, segment):
        return None
    lost = (value == 0) & (true > 0)
    if lost.any():
        return 0.0, float(true[lost].max())
    if not whole:
        return None
    at = int(np.argmin(true))
    return float(value[at]), float(true[at])


def _is_factor(node: Node, segment: Segment) -> bool:
    """`1 - a`, a factor of a sigmoid's derivative."""
    if node.op != "sub" or len(node.args) < 2:
        return False
    one, a = node.args[:2]
    return not isinstance(one, Ref) and np.size(one) == 1 and one == 1 and isinstance(a, Ref) and a.node is segment.a
