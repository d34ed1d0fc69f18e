"""The layers of weights in a recorded forward pass.

A *product* is an operation of a parameter with something else (`x @ W`, `w * x`). The *level* of a value counts the
products on the longest way to it. A *layer* holds the levels that share parameters: one level in a feed-forward
network, all of them in a recurrent one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from backproof.graph import gather
from backproof.graph.derivatives import canonical
from backproof.graph.node import Node, Ref

_SUMS = frozenset({"add", "sub", "sum", "add.at", "sub.at"})


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """An activation: `a` is a nonlinear function of `z` alone; `inner` are the nodes between, `a` included, in order.

    `axis` is that along which a softmax sums to one; None for an element-wise function.
    """

    z: Node
    a: Node
    inner: tuple[Node, ...]
    level: int
    axis: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A parameter times something: the `input` stands at argument number `position` (a node, or else a constant)."""

    node: Node
    level: int
    parameters: frozenset[int]
    position: int | None
    input: Node | None


@dataclass(slots=True, eq=False)
class Layer:
    """What has one depth: levels `low` to `high`, the parameters used there (indices) and the segments after them.

    `holds_bias` says that an array of weights has the biases in it: `x @ w[1:] + w[0]`.
    """

    number: int
    low: int
    high: int
    weights: list[int] = field(default_factory=list)
    biases: list[int] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    holds_bias: bool = False

    @property
    def parameters(self) -> list[int]:
        """Indices of the weights and biases."""
        return [*self.weights, *self.biases]


@dataclass(slots=True, eq=False)
class Forward:
    """The forward pass of one step.

    Attributes:
        nodes: All that the predictions depend on, by index, in recording order.
        predictions: The outputs.
        trained: Indices of values that depend on a parameter.
        views: Values that hold nothing but elements of parameters, and the indices of those.
        level: Of every trained value that is no view.
        layers: Input side first.
    """

    nodes: dict[int, Node]
    predictions: tuple[Node, ...]
    trained: set[int] = field(default_factory=set)
    views: dict[int, frozenset[int]] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)

    def layer_of(self, parameter: int) -> Layer | None:
        """The layer that uses the parameter with this index."""
        return next((layer for layer in self.layers if parameter in layer.parameters), None)

    def below(self, layer: Layer) -> frozenset[int]:
        """Indices where a reverse sweep of this layer ends: data, and values of lower layers."""
        return frozenset(i for i in self.nodes if i not in self.trained or self.level.get(i, layer.low) < layer.low)


def find_layers(forward: Forward, roots: set[int]) -> None:
    """Fill in all but the segments; `roots` are the indices of the parameters."""
    products = list(_levels(forward, roots))
    uses: dict[int, set[int]] = {}
    for product in products:
        for parameter in product.parameters:
            uses.setdefault(parameter, set()).add(product.level)
    weights = set(uses)
    for parameter, level in _used(forward):
        uses.setdefault(parameter, set()).add(level)
    ranges = merge_ranges((min(levels), max(levels)) for levels in uses.values())
    forward.layers = [Layer(number, low, high) for number, (low, high) in enumerate(ranges, start=1)]
    for layer in forward.layers:
        inside = sorted(p for p, levels in uses.items() if layer.low <= min(levels) <= layer.high)
        layer.weights = [p for p in inside if p in weights]
        layer.biases = [p for p in inside if p not in weights]
        added = (p for p, level in _used(forward, _SUMS) if layer.low <= level <= layer.high)
        layer.holds_bias = any(p in layer.weights for p in added)
        layer.products = [product for product in products if layer.low <= product.level <= layer.high]


def _levels(forward: Forward, roots: set[int]) -> Iterator[Product]:
    """Fill `trained`, `views` and `level`; give the products."""
    for index, node in forward.nodes.items():
        parents = [parent for parent in node.parents if parent.index in forward.trained]
        if index in roots:
            forward.trained.add(index)
            forward.views[index] = frozenset({index})
        elif parents:
            forward.trained.add(index)
            yield from _place(forward, node, parents)


def _place(forward: Forward, node: Node, parents: list[Node]) -> Iterator[Product]:
    views = [parent for parent in parents if parent.index in forward.views]
    others = [parent for parent in parents if parent.index not in forward.views]
    used = frozenset[int]().union(*(forward.views[view.index] for view in views))
    if not others and _keeps(node, len(views)):
        forward.views[node.index] = used
        return
    level = max((forward.level[parent.index] for parent in others), default=0)
    if views and canonical(node.op) not in _SUMS and not moves(node):
        level += 1
        yield Product(node, level, used, *_input(node, {view.index for view in views}))
    forward.level[node.index] = max(level, 1)


def _keeps(node: Node, views: int) -> bool:
    """Whether a value made of views only is still one: moved, negated, or a single one added to a constant."""
    return moves(node) or canonical(node.op) == "neg" or (views == 1 and canonical(node.op) == "add")


def _input(node: Node, views: set[int]) -> tuple[int | None, Node | None]:
    """The argument that is multiplied with the parameter: its position, and its node if it is one."""
    for position, argument in enumerate(node.args[:2]):
        if isinstance(argument, Ref) and argument.node.index in views:
            continue
        if isinstance(argument, (Ref, int, float, np.ndarray, np.generic)):
            return position, argument.node if isinstance(argument, Ref) else None
    return None, None


def moves(node: Node) -> bool:
    """Whether the operation only moves elements."""
    op = canonical(node.op)
    return op in gather.RULES and not op.endswith(".at")


def _used(forward: Forward, operations: Collection[str] | None = None) -> Iterator[tuple[int, int]]:
    """The parameters that go into a value with others, and the level where they do; by some operations only."""
    for index, level in forward.level.items():
        if operations is not None and canonical(forward.nodes[index].op) not in operations:
            continue
        for parent in forward.nodes[index].parents:
            for parameter in forward.views.get(parent.index, ()):
                yield parameter, level


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Unite closed ranges of whole numbers that overlap; the result is sorted."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
