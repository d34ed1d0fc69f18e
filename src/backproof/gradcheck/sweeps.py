"""The reverse sweep of one recorded step, layer by layer, with something else in some of its places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.gradcheck.mistakes._mistake import Array, Backward, Times
from backproof.gradcheck.steps import ParameterStep, RecordedStep
from backproof.graph.autodiff import Override, adjoints, vjp
from backproof.graph.derivatives import canonical
from backproof.graph.node import Node, Ref
from backproof.graph.segments import Layer, Product, Segment, forward_pass
from backproof.graph.shadows import shadows, with_argument

Adjoints = dict[int, Array]  # by node index


@dataclass(frozen=True, slots=True)
class Pass:
    """What a sweep through one layer gave: the adjoints in it, and those that arrive further down."""

    inside: Adjoints
    lower: Adjoints


class StepGraph:
    """One step with its layers, ready to be swept."""

    def __init__(self, step: RecordedStep) -> None:
        """Find the layers of `step`."""
        self.step = step
        self.parameters: dict[int, ParameterStep] = {p.before.index: p for p in step.parameters}
        self.forward = forward_pass(step.predictions, [p.before for p in step.parameters], step.stop)
        self.stop = step.stop | frozenset(self.parameters)
        self._ends: dict[int, frozenset[int]] = {}
        self._derivatives: dict[int, Array | None] = {}
        self._penalised: bool | None = None

    def layer(self, number: int) -> Layer:
        """The layer with this number."""
        return self.forward.layers[number - 1]

    def entries(self) -> tuple[Adjoints, Adjoints]:
        """What the loss sends into the forward pass, and what it sends to parameters directly (a penalty)."""
        found = adjoints(self.step.seeds, stop=self.stop | frozenset(self.forward.nodes))
        level, views = self.forward.level, self.forward.views
        into = {index: value for index, value in found.items() if index in level}
        seeded = {node.index for node in self.step.seeds}
        direct = {i: value for i, value in found.items() if i in self.parameters and i in views and i not in seeded}
        return into, direct

    @property
    def penalised(self) -> bool:
        """Whether the loss has parts that do not go through the predictions."""
        if self._penalised is None:
            self._penalised = bool(self.step.extra) or bool(self.entries()[1])
        return self._penalised

    def sweep(
        self,
        layer: Layer,
        incoming: Mapping[int, Array],
        activations: Mapping[int, Backward] | None = None,
        overrides: Mapping[int, Override] | None = None,
    ) -> Pass:
        """Sweep one layer.

        Args:
            layer: Which one.
            incoming: Adjoints by node index; those of lower layers are passed on as they are.
            activations: By index of the last node of a segment: what is done there in place of the derivative.
            overrides: Other vector-Jacobian products, by node index.
        """
        level, nodes = self.forward.level, self.forward.nodes
        seeds = {nodes[i]: value for i, value in incoming.items() if level[i] >= layer.low}
        replaced: dict[int, Override] = dict(overrides or {})
        for segment in layer.segments:
            backward = activations[segment.a.index] if activations else self._backward(segment)
            if backward is not None:
                replaced[segment.a.index] = _through(segment, backward)
        inside = adjoints(seeds, stop=self._end(layer), overrides=replaced)
        lower: Adjoints = {i: value for i, value in incoming.items() if level[i] < layer.low}
        for index, value in inside.items():
            if level.get(index, layer.low) < layer.low:
                lower[index] = lower[index] + value if index in lower else value
        return Pass(inside, lower)

    def _end(self, layer: Layer) -> frozenset[int]:
        if layer.number not in self._ends:
            self._ends[layer.number] = self.stop | self.forward.below(layer)
        return self._ends[layer.number]

    def through_weights(self, layer: Layer, values: Mapping[int, Array]) -> dict[int, Override]:
        """Overrides that send delta back through other weights; `values` by parameter index."""
        views = self.forward.views
        related = [self.forward.nodes[i] for i, roots in views.items() if not roots.isdisjoint(values)]
        products = [product.node for product in layer.products]
        copies = shadows(
            sorted({*related, *products}, key=_index), {i: _like(v, self._value(i)) for i, v in values.items()}
        )

        def override(node: Node, adjoint: Array) -> list[tuple[Node, Array]]:
            own = [(parent, value) for parent, value in vjp(node, adjoint) if parent.index in views]
            other = [(p, value) for p, value in vjp(copies[node.index], adjoint) if p.index not in views]
            return own + other

        return {node.index: override for node in products if node.index in copies}

    def with_inputs(self, values: Mapping[Product, Array]) -> dict[int, Override]:
        """Overrides that make the gradient of the weights with other inputs."""
        return {product.node.index: self._with_input(product, value) for product, value in values.items()}

    def _with_input(self, product: Product, value: Array) -> Override:
        views = self.forward.views
        assert product.position is not None
        like = product.input.value if product.input else product.node.args[product.position]
        copy = with_argument(product.node, product.position, _like(value, like))

        def override(node: Node, adjoint: Array) -> list[tuple[Node, Array]]:
            own = [(parent, share) for parent, share in vjp(node, adjoint) if parent.index not in views]
            return own + [(parent, share) for parent, share in vjp(copy, adjoint) if parent.index in views]

        return override

    def gates(self, layer: Layer) -> dict[int, tuple[Node, Array]]:
        """By index, where trained values are multiplied with an array of data: the trained operand and the array."""
        inner = {node.index for segment in layer.segments for node in segment.inner}
        found = {}
        for index, level in self.forward.level.items():
            if (
                layer.low <= level <= layer.high
                and index not in inner
                and canonical(self.forward.nodes[index].op) == "mul"
            ):
                pair = self._gate(self.forward.nodes[index])
                if pair is not None:
                    found[index] = pair
        return found

    def _gate(self, node: Node) -> tuple[Node, Array] | None:
        if canonical(node.op) != "mul":
            return None
        trained = [p for p in node.parents if p.index in self.forward.level]
        data = [a.node.value if isinstance(a, Ref) else a for a in node.args if not _is(a, trained)]
        if len(trained) != 1 or len(data) != 1 or any(p.index in self.forward.views for p in node.parents):
            return None
        mask = np.asarray(data[0])
        return (trained[0], mask) if mask.shape == node.shape == trained[0].shape and mask.size > 1 else None

    def with_gates(self, layer: Layer, values: Mapping[int, Array]) -> dict[int, Override]:
        """Overrides that multiply with another array on the way back."""
        gates = self.gates(layer)

        def through(operand: Node, mask: Array) -> Override:
            return lambda node, adjoint: [(operand, adjoint * mask)]

        return {index: through(gates[index][0], value) for index, value in values.items()}

    def joins(self, layer: Layer, parameters: frozenset[int]) -> dict[int, tuple[int, ...]]:
        """By index, where some biases are added: the axes along which they are repeated."""
        found = {}
        for index, level in self.forward.level.items():
            node, views = self.forward.nodes[index], self.forward.views
            own = [p for p in node.parents if not views.get(p.index, frozenset()).isdisjoint(parameters)]
            if own and layer.low <= level <= layer.high:
                found[index] = _repeated(own[0].shape, node.shape)
        return found

    def with_biases(self, values: Mapping[int, Backward]) -> dict[int, Override]:
        """Overrides that reduce something else to the gradient of the biases; by index of where they are added."""
        views = self.forward.views

        def through(backward: Backward) -> Override:
            def override(node: Node, adjoint: Array) -> list[tuple[Node, Array]]:
                own = [(p, value) for p, value in vjp(node, backward(adjoint)) if p.index in views]
                return own + [(p, value) for p, value in vjp(node, adjoint) if p.index not in views]

            return override

        return {index: through(backward) for index, backward in values.items()}

    def _value(self, index: int) -> Any:
        return self.forward.nodes[index].value

    def derivative(self, segment: Segment) -> Array | None:
        """The slope f'(z) of an element-wise segment."""
        if segment.axis is not None:
            return None
        if segment.a.index not in self._derivatives:
            self._derivatives[segment.a.index] = _slope(segment.z, segment.a, segment.inner)
        return self._derivatives[segment.a.index]

    def derivative_of(self, segment: Segment, argument: Array) -> Array:
        """The slope at `argument`; NaN where f cannot be computed there."""
        try:
            copies = shadows(segment.inner, {segment.z.index: _like(argument, segment.z.value)})
            inner = tuple(copies[node.index] for node in segment.inner if node.index in copies)
            return _slope(copies[segment.z.index], copies[segment.a.index], inner)
        except (ArithmeticError, KeyError, TypeError, ValueError):
            return np.full(segment.z.shape, np.nan)

    def _backward(self, segment: Segment) -> Backward | None:
        """What belongs there, in one go; None for a softmax, which is swept node by node."""
        slope = self.derivative(segment)
        return None if slope is None else Times(lambda: slope)

    def backward(self, segment: Segment, arriving: Array) -> Array:
        """What belongs at z for what arrives at a."""
        slope = self.derivative(segment)
        if slope is not None:
            return np.asarray(arriving * slope)
        return _pull(segment.z, segment.a, segment.inner, arriving)


def _is(argument: Any, nodes: list[Node]) -> bool:
    return isinstance(argument, Ref) and argument.node in nodes


def _repeated(small: tuple[int, ...], large: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of `large` along which an array of shape `small` is repeated."""
    padded = (1,) * (len(large) - len(small)) + small
    return tuple(axis for axis, size in enumerate(large) if size > 1 and padded[axis] == 1)


def _index(node: Node) -> int:
    return node.index


def _through(segment: Segment, backward: Backward) -> Override:
    def override(node: Node, adjoint: Array) -> list[tuple[Node, Array]]:
        return [(segment.z, np.asarray(backward(adjoint)))]

    return override


def _slope(z: Node, a: Node, inner: tuple[Node, ...]) -> Array:
    return _pull(z, a, inner, np.ones(a.shape))


def _pull(z: Node, a: Node, inner: tuple[Node, ...], arriving: Array) -> Array:
    own = {node.index for node in inner}
    ends = {parent.index for node in inner for parent in node.parents if parent.index not in own}
    found = adjoints({a: arriving}, stop=ends | {z.index})
    return np.asarray(found.get(z.index, np.zeros(z.shape)), dtype=float)


def _like(value: Array, model: Any) -> Any:
    """`value` in the type of `model`: a plain number, a matrix, its precision."""
    if isinstance(model, np.matrix):
        return np.asarray(value, dtype=_dtype(model)).view(np.matrix)
    if isinstance(model, np.ndarray):
        return np.asarray(value, dtype=_dtype(model))
    return float(value) if np.ndim(value) == 0 else value


def _dtype(model: Array) -> Any:
    return model.dtype if model.dtype.kind == "f" else float
