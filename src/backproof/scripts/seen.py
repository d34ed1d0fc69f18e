"""One recorded step as a network sees it: layers with z and a, predictions and targets, each by sample and unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.derivatives import canonical
from backproof.graph.layers import moves
from backproof.graph.node import Node, Ref, ancestors
from backproof.graph.segments import Forward, Layer, Segment, forward_pass
from backproof.scripts.losses import predictions_of
from backproof.scripts.roles import Roles, Step
from backproof.scripts.samples import Axes, Grid, IrregularError
from backproof.scripts.unit_shapes import ARGMAX, LINEAR, UNKNOWN, Shape, shape_of

Array = NDArray[Any]
LINEAR_OPS = frozenset({"add", "sub", "neg", "sum", "mean", "positive", "matmul", "dot", "mul", "truediv", "inner"})
MANY_PREDICTIONS = 4000  # beyond that a step is not taken apart


@dataclass(slots=True, eq=False)
class SeenLayer:
    """One layer in one step.

    Attributes:
        layer: Its levels and parameters.
        z, a: Pre-activation and activation by sample and unit; one of both where the layer is linear.
        segments: The activations that were recorded; none where the layer is linear.
        shape: What the activation is.
        skip: Something else than the layer below comes in or goes around.
    """

    layer: Layer
    z: Grid | None
    a: Grid | None
    segments: list[Segment]
    shape: Shape
    skip: bool
    z_nodes: list[Node] = field(default_factory=list)
    a_nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class SeenStep:
    """One step.

    Attributes:
        step: The recorded step.
        number: How many updates of the window came before it.
        forward: Its forward pass.
        layers: Input side first.
        predictions: By sample and output.
        targets: (samples, outputs).
    """

    step: Step
    number: int
    forward: Forward
    layers: list[SeenLayer]
    predictions: Grid | None
    targets: Array | None
    swept: tuple[Array, Array] | None = None  # derivatives of the first layer's z by its weights, see weights

    @property
    def outputs(self) -> Array | None:
        """The recorded predictions, (samples, outputs)."""
        return None if self.predictions is None else self.predictions.values()


class Seer:
    """Takes the steps of one recording apart."""

    def __init__(self, roles: Roles, axes: Axes, shapes: dict[Any, Shape]) -> None:
        """`axes` and `shapes` are shared by all windows of a run: what was found for one place is kept."""
        self.roles = roles
        self.axes = axes
        self.shapes = shapes
        self._stop = frozenset(roles.stop)

    def site_of(self, node: Node) -> int:
        """The place where `node` was recorded."""
        return self.roles.recording.sites[node.index]

    def see(self, step: Step) -> SeenStep | None:
        """The layers of one step; None if it has no predictions."""
        pairs = predictions_of(self.roles, step)
        outputs = [self.roles.nodes[index] for index in sorted(pairs)]
        if not outputs or len(outputs) > MANY_PREDICTIONS or self.roles.by_scalars:
            return None
        before = [self.roles.nodes[change.before] for change in step.changes.values()]
        forward = forward_pass(outputs, before, self._stop)
        layers = [self._layer(forward, k) for k in range(len(forward.layers))]
        number = self.roles.steps.index(step)
        grid = self._predicted(forward, layers[-1], outputs) if layers else None
        made = SeenStep(step, number, forward, layers, grid, None)
        if grid is not None:
            made.targets = _targets(grid, {i: np.asarray(pair.target) for i, pair in pairs.items()})
        return made

    def _predicted(self, forward: Forward, last: SeenLayer, outputs: list[Node]) -> Grid | None:
        """Predictions by sample and output; like the last layer's values where they are these or have their shape."""
        if last.a is not None and set(last.a_nodes) == set(outputs):
            return last.a
        if last.a is not None and len(outputs) == len(last.a_nodes) == 1:
            moved = last.a.moved({last.a_nodes[0].index: outputs[0]})
            if moved is not None:
                return moved
        return self._grid(forward, last.layer, outputs)

    def _grid(self, forward: Forward, layer: Layer, nodes: list[Node]) -> Grid | None:
        try:
            return self.axes.grid(forward, layer, nodes, self.site_of)
        except IrregularError:
            return None

    # -- one layer

    def _layer(self, forward: Forward, k: int) -> SeenLayer:
        layer = forward.layers[k]
        segments = _own_segments(forward, layer)
        if segments:
            z_nodes, a_nodes = _unique([s.z for s in segments]), _unique([s.a for s in segments])
            shape = self._common_shape(segments)
        else:
            z_nodes = a_nodes = _outputs(forward, k)
            shape = LINEAR if z_nodes and all(_linear(forward, layer, node) for node in z_nodes) else UNKNOWN
            shape = ARGMAX if z_nodes and all(node.op == "argmax" for node in z_nodes) else shape
        z = self._grid(forward, layer, z_nodes)
        pairs = {s.z.index: s.a for s in segments} if len(segments) == len(z_nodes) == len(a_nodes) else {}
        a = z if a_nodes is z_nodes else ((z.moved(pairs) if z else None) or self._grid(forward, layer, a_nodes))
        if z is not None and a is not None and z.shape != a.shape:
            z = a = None
        return SeenLayer(layer, z, a, segments, shape, _skips(forward, layer), z_nodes, a_nodes)

    def _common_shape(self, segments: list[Segment]) -> Shape:
        found = {self._shape(segment) for segment in segments}
        return found.pop() if len(found) == 1 else UNKNOWN

    def _shape(self, segment: Segment) -> Shape:
        key = (self.site_of(segment.a), self.site_of(segment.z), segment.axis, *(n.op for n in segment.inner))
        if key not in self.shapes:
            self.shapes[key] = shape_of(segment)
        return self.shapes[key]


def _unique(nodes: list[Node]) -> list[Node]:
    return list(dict.fromkeys(nodes))


def _own_segments(forward: Forward, layer: Layer) -> list[Segment]:
    """The activations of a layer: of several functions of one z the longest, whose value goes on."""
    inner = {node.index for s in layer.segments for node in s.inner if node is not s.a}
    longest = [s for s in layer.segments if s.a.index not in inner]
    passed = {node.index for node in forward.predictions}
    onward = {p.index for number in forward.level for p in forward.nodes[number].parents} | passed
    return [s for s in longest if s.a.index in onward]


def _outputs(forward: Forward, k: int) -> list[Node]:
    """What a layer without activation hands on: the predictions, or what the next products read."""
    if k == len(forward.layers) - 1:
        return list(forward.predictions)
    low, high = forward.layers[k].low, forward.layers[k].high
    read = [p.input for p in forward.layers[k + 1].products]
    if any(node is None for node in read):
        return []
    return _unique([n for n in read if n is not None and low <= forward.level.get(n.index, 0) <= high])


def _linear(forward: Forward, layer: Layer, node: Node) -> bool:
    """Whether `node` is linear in what the layer takes in: only products, sums and moves lie between."""
    inside = ancestors([node], forward.below(layer) | forward.views.keys())
    own = (n for i, n in inside.items() if forward.level.get(i, 0) >= layer.low)
    return all(canonical(n.op) in LINEAR_OPS or moves(n) for n in own)


def _skips(forward: Forward, layer: Layer) -> bool:
    """Whether a value from below the layer meets one of its own, other than by the layer's products."""
    products = {product.node.index for product in layer.products}
    still = _constant(forward)
    for index, level in forward.level.items():
        if not layer.low <= level <= layer.high or index in products:
            continue
        levels = [
            forward.level[p.index]
            for p in forward.nodes[index].parents
            if p.index in forward.level and p.index not in still
        ]
        if len(levels) > 1 and min(levels) < layer.low:
            return True
    return False


def _constant(forward: Forward) -> set[int]:
    """Weights times a number, as `1.0 * w` of a bias: that makes no layer, wherever it is added."""
    products = {p.node.index for layer in forward.layers for p in layer.products if p.input is None}
    found: set[int] = set()
    for index in forward.level:
        own = [p.index for p in forward.nodes[index].parents if p.index in forward.level]
        if index in products or (own and found.issuperset(own) and canonical(forward.nodes[index].op) in LINEAR_OPS):
            found.add(index)
    return found


def _targets(grid: Grid, by_node: dict[int, Array]) -> Array | None:
    """Targets in the order of the predictions; None if their shapes do not fit."""
    try:
        return grid.of(lambda node: _fitting(by_node[node.index], node.shape))
    except (ValueError, TypeError):
        return None


def _fitting(target: Array, shape: tuple[int, ...]) -> Array:
    if target.size == int(np.prod(shape, dtype=int)) and sorted(_long(target.shape)) == sorted(_long(shape)):
        return target.reshape(shape) if _long(target.shape) == _long(shape) else target.T.reshape(shape)
    return np.broadcast_to(target, shape)


def _long(shape: tuple[int, ...]) -> list[int]:
    return [n for n in shape if n > 1]


def target_node(roles: Roles, pair_node: int, prediction: int) -> Node | None:
    """The node of the target that a prediction is compared with, if it is one."""
    node = roles.nodes[pair_node]
    for argument in node.args[:2]:
        if isinstance(argument, Ref) and not roles.depends[argument.node.index] and argument.node.index != prediction:
            return argument.node
    return None
