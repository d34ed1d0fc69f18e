"""A network that is known layer by layer, as the recorded computation that the search for mistakes reads."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.steps import ParameterStep, RecordedStep
from backproof.graph.node import Node, Ref

Array = NDArray[np.float64]
SELU = (1.0507009873554805, 1.6732632423543772)  # scale and alpha of Klambauer et al. (2017)
LEAK = 0.01  # slope of a leaky ReLU below 0, where nothing else is said


class DescribedLayer(NamedTuple):
    """`a = f(x W + b)`.

    Attributes:
        weight: Name of W, (in, out).
        bias: Name of b, (out,); None if there is none.
        activation: Name of f; those of `WRITTEN_OUT` are recorded in single operations, others as one.
        function: f, for those others.
        transposed: W is stored as (out, in).
    """

    weight: str
    bias: str | None
    activation: str
    function: Callable[[Array], Array] | None = None
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """A feed-forward network, the data, and what the loss sends back into its predictions.

    Attributes:
        layers: From the input side.
        values: The parameters by name.
        x: Inputs, (samples, features).
        y: Targets, (samples, outputs).
        seeds: (predictions, targets) -> dloss/dpredictions of the whole batch, (samples, outputs).
        loss: Its name, for the words.
    """

    layers: tuple[DescribedLayer, ...]
    values: Mapping[str, Array]
    x: Array
    y: Array
    seeds: Callable[[Array, Array], Array]
    loss: str

    def on(self, x: Array, y: Array) -> Description:
        """The same network on other data."""
        return replace(self, x=x, y=y)

    def step(self, updates: Mapping[str, Array]) -> RecordedStep:
        """The forward pass as recorded, with what is said to have been done to each parameter."""
        tape = _Tape()
        nodes = {name: tape.leaf(value) for name, value in self.values.items()}
        value = tape.leaf(self.x)
        for layer in self.layers:
            value = _layer(tape, layer, value, nodes)
        predicted = np.asarray(value.value, dtype=np.float64)
        members = tuple(ParameterStep(name, node, np.asarray(updates[name])) for name, node in nodes.items())
        stop = frozenset(node.index for node in nodes.values())
        return RecordedStep(members, (value,), (self.y,), {value: self.seeds(predicted, self.y)}, stop)


class _Tape:
    """Makes nodes one after another."""

    def __init__(self) -> None:
        self.count = 0

    def leaf(self, value: Array) -> Node:
        return self._node("leaf", None, (), {}, np.asarray(value, dtype=np.float64))

    def add(self, op: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Node:
        plain = [each.value if isinstance(each, Node) else each for each in args]
        given = tuple(Ref(each) if isinstance(each, Node) else each for each in args)
        with np.errstate(all="ignore"):
            return self._node(op, function, given, kwargs, function(*plain, **kwargs))

    def _node(
        self, op: str, function: Callable[..., Any] | None, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
    ) -> Node:
        self.count += 1
        return Node(self.count - 1, op, function, args, kwargs, value)


def _layer(tape: _Tape, layer: DescribedLayer, x: Node, nodes: Mapping[str, Node]) -> Node:
    weight = nodes[layer.weight]
    weight = tape.add("transpose", np.transpose, weight) if layer.transposed else weight
    z = tape.add("matmul", operator.matmul, x, weight)
    z = tape.add("add", operator.add, z, nodes[layer.bias]) if layer.bias else z
    if layer.activation in WRITTEN_OUT:
        return WRITTEN_OUT[layer.activation](tape, z)
    assert layer.function is not None
    return tape.add("call", layer.function, z)


def _sigmoid(tape: _Tape, z: Node) -> Node:
    power = tape.add("exp", np.exp, tape.add("neg", operator.neg, z))
    return tape.add("truediv", operator.truediv, 1.0, tape.add("add", operator.add, 1.0, power))


def _leaky_relu(tape: _Tape, z: Node) -> Node:
    above = tape.add("gt", operator.gt, z, 0.0)
    return tape.add("where", np.where, above, z, tape.add("mul", operator.mul, LEAK, z))


def _softmax(tape: _Tape, z: Node) -> Node:
    top = tape.add("max", np.max, z, axis=-1, keepdims=True)
    power = tape.add("exp", np.exp, tape.add("sub", operator.sub, z, top))
    return tape.add("truediv", operator.truediv, power, tape.add("sum", np.sum, power, axis=-1, keepdims=True))


def _elu(tape: _Tape, z: Node, scale: float = 1.0, alpha: float = 1.0) -> Node:
    power = tape.add("exp", np.exp, tape.add("minimum", np.minimum, z, 0.0))
    below = tape.add("mul", operator.mul, alpha, tape.add("sub", operator.sub, power, 1.0))
    both = tape.add("where", np.where, tape.add("gt", operator.gt, z, 0.0), z, below)
    return both if scale == 1.0 else tape.add("mul", operator.mul, scale, both)


def _silu(tape: _Tape, z: Node) -> Node:
    return tape.add("mul", operator.mul, z, _sigmoid(tape, z))


WRITTEN_OUT: dict[str, Callable[[_Tape, Node], Node]] = {
    "linear": lambda tape, z: z,
    "sigmoid": _sigmoid,
    "tanh": lambda tape, z: tape.add("tanh", np.tanh, z),
    "relu": lambda tape, z: tape.add("maximum", np.maximum, z, 0.0),
    "leaky_relu": _leaky_relu,
    "softmax": _softmax,
    "elu": _elu,
    "selu": lambda tape, z: _elu(tape, z, *SELU),
    "silu": _silu,
    "softplus": lambda tape, z: tape.add("logaddexp", np.logaddexp, 0.0, z),
}
