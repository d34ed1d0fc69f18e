"""The activations in a recorded forward pass: segments z -> a between the layers of weights.

A segment is an element-wise nonlinear function of one source (sigmoid, tanh, ReLU, ..., however it is written), or a
softmax. What is put around it (a scale, an offset) belongs to it; an array of data (a dropout mask) ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from backproof.graph.derivatives import canonical
from backproof.graph.elementwise import BINARY, UNARY
from backproof.graph.layers import Forward, Layer, Product, Segment, find_layers, moves
from backproof.graph.node import Node, Ref, ancestors
from backproof.graph.operands import Array

__all__ = ["Forward", "Layer", "Product", "Segment", "forward_pass", "normalised_axis"]

_LINEAR = frozenset({"neg", "add", "sub", "degrees", "radians"})
_COMPARISONS = frozenset(
    {"lt", "le", "gt", "ge", "eq", "ne", "invert", "and", "or", "logical_and", "logical_or", "logical_not"}
)
_STAIRS = frozenset({"sign", "heaviside", "round", "around", "rint", "fix", "floor", "ceil", "trunc"})
_ELEMENTWISE = frozenset({*UNARY, *BINARY, *_COMPARISONS, *_STAIRS, "log", "where", "clip"})
_SOFTMAX = frozenset({"softmax", "log_softmax"})
_REDUCTIONS = frozenset({"sum", "max", "mean", "logsumexp", *_SOFTMAX})
_SUM_TO_ONE = 1e-5  # of a softmax in single precision over 1,000 classes


def forward_pass(
    predictions: Sequence[Node], parameters: Iterable[Node], stop: frozenset[int] = frozenset()
) -> Forward:
    """Find layers and segments in what `predictions` were computed from.

    Args:
        predictions: The outputs of one step.
        parameters: The versions that the step started from.
        stop: Indices of nodes behind which nothing belongs to the step (all versions of all parameters).

    Returns:
        The forward pass; parameters that the predictions do not depend on belong to no layer.
    """
    roots = {node.index for node in parameters}
    found = ancestors(predictions, stop | roots)
    forward = Forward({index: found[index] for index in sorted(found)}, tuple(predictions))
    find_layers(forward, roots)
    if forward.layers:
        _Sources(forward).place()
    return forward


class _Sources:
    """For every value: the node of which it is an element-wise function, and whether a nonlinear one."""

    def __init__(self, forward: Forward) -> None:
        """Nothing is looked at yet."""
        self.forward = forward
        self.narrow: dict[int, int] = {}  # element-wise
        self.wide: dict[int, int] = {}  # with reductions between, as in a softmax
        self.bent: set[int] = set()  # nonlinear in its source
        self.axes: dict[int, int] = {}  # of the softmaxes, by their last node

    def place(self) -> None:
        """Put the segments into their layers."""
        nodes = self.forward.nodes
        for index in self.forward.level:
            self._find(nodes[index])
        users: dict[int, list[int]] = {}
        for node in nodes.values():
            for parent in node.parents:
                users.setdefault(parent.index, []).append(node.index)
        outputs = {node.index for node in self.forward.predictions}
        for index in self.forward.level:
            source = self._source(index)
            if source != index and (index in outputs or self._leaves(index, source, users.get(index, []))):
                self._add(nodes[index], source)

    def _add(self, node: Node, source: int) -> None:
        level = self.forward.level[node.index]
        layer = max((each for each in self.forward.layers if each.low <= level), key=lambda each: each.low)
        inside = ancestors([node], frozenset({source}))
        inner = tuple(inside[i] for i in sorted(inside) if i != source and i in self.forward.trained)
        layer.segments.append(Segment(self.forward.nodes[source], node, inner, level, self.axes.get(node.index)))

    def _source(self, index: int) -> int:
        """The z of which the node could be the a; itself if it could not."""
        node = self.forward.nodes[index]
        if index not in self.bent or np.asarray(node.value).dtype.kind != "f":
            return index
        return self.wide[index] if index in self.axes else self.narrow[index]

    def _leaves(self, index: int, source: int, users: list[int]) -> bool:
        """Whether something other than a function of the same source goes on from here."""
        if index in self.axes:
            return True
        starts = {self.wide[end] for end in self.axes}  # an exponential inside of a softmax is no activation
        left = [user for user in users if self.narrow.get(user) != source]
        return any(user in starts or self.wide.get(user) not in starts for user in left)

    def _find(self, node: Node) -> None:
        index, op = node.index, canonical(node.op)
        self.narrow[index] = self.wide[index] = index
        parents = [parent for parent in node.parents if parent.index in self.forward.level]
        if len(parents) < sum(parent.index in self.forward.trained for parent in node.parents) or not parents:
            return  # a parameter comes in
        if self._mixes_data(node, parents) or any(parent.index in self.axes for parent in parents):
            return
        if op in _ELEMENTWISE or op in _REDUCTIONS or moves(node):
            self.wide[index] = _common(self.wide, parents, index)
        if (op in _ELEMENTWISE or moves(node)) and all(parent.shape == node.shape for parent in parents):
            self.narrow[index] = _common(self.narrow, parents, index)
        if any(parent.index in self.bent for parent in parents) or _bends(node, parents):
            self.bent.add(index)
        self._check_softmax(node)

    def _mixes_data(self, node: Node, parents: list[Node]) -> bool:
        """Whether it takes in an array of data, as a dropout mask or a residual input (a mask `z > 0` is none)."""
        if canonical(node.op) not in BINARY:
            return False
        for argument in node.args:
            value = argument.node.value if isinstance(argument, Ref) else argument
            if isinstance(argument, Ref) and argument.node.index in self.forward.trained:
                continue
            if isinstance(value, np.ndarray) and value.size > 1 and bool(np.any(value != value.flat[0])):
                return not _is_own_mask(parents, value)
        return False

    def _check_softmax(self, node: Node) -> None:
        index, source = node.index, self.wide[node.index]
        if source in {index, self.narrow[index]} or node.shape != self.forward.nodes[source].shape:
            return
        axis = normalised_axis(np.asarray(node.value))
        if axis is not None and index in self.bent:
            self.axes[index] = axis


def _is_own_mask(parents: list[Node], mask: Array) -> bool:
    """Whether `mask` says where another operand is positive."""
    return any(p.shape == mask.shape and np.array_equal(np.asarray(p.value) > 0, mask != 0) for p in parents)


def _common(sources: Mapping[int, int], parents: list[Node], default: int) -> int:
    """The source that all parents share, or `default`."""
    found = {sources[parent.index] for parent in parents}
    return found.pop() if len(found) == 1 else default


def _bends(node: Node, parents: list[Node]) -> bool:
    """Whether the operation is nonlinear in its trained operands."""
    op = canonical(node.op)
    trained = [isinstance(argument, Ref) and argument.node in parents for argument in node.args]
    if op == "mul":
        return sum(trained) > 1 or any(_has_zeros(argument) for argument in node.args)
    if op == "truediv":
        return len(trained) > 1 and trained[1]
    return (op in _ELEMENTWISE and op not in _LINEAR) or op in _SOFTMAX


def _has_zeros(argument: object) -> bool:
    """Whether it is an array of zeros and others (a ReLU as `z * mask`)."""
    value = argument.node.value if isinstance(argument, Ref) else argument
    return isinstance(value, np.ndarray) and value.size > 1 and not np.all(value)


def normalised_axis(value: Array) -> int | None:
    """The last axis along which `value` sums to one and has more than one entry; None if it is no distribution."""
    if value.ndim == 0 or value.dtype.kind != "f" or np.any(value < 0):
        return None
    for axis in reversed(range(value.ndim)):
        if value.shape[axis] > 1 and np.all(np.abs(value.sum(axis=axis) - 1) < _SUM_TO_ONE):
            return axis
    return None
