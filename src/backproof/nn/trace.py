"""One pass through a network written out: every z, a, delta, dW and db, layer by layer, and dloss/dx."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backproof.nn.layers import Dense, DenseCache, Gradients, Layer, Residual, named
from backproof.nn.losses import reduce

if TYPE_CHECKING:
    from backproof.nn.network import Network

Array = NDArray[Any]

SHOWN = 4  # numbers of an array that the table shows


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """One layer in one pass; of shape (batch, features) unless said.

    Attributes:
        name: As in `Network.parameters`.
        x, z, a: Input, pre-activation and activation; z only of dense layers.
        grad_a: dloss/da, where the loss was not fused with the activation.
        delta: dloss/dz, only of dense layers.
        gradients: dloss/d(parameter), each of the parameter's shape.
    """

    name: str
    x: Array
    z: Array | None
    a: Array
    grad_a: Array | None
    delta: Array | None
    gradients: Gradients


@dataclass(slots=True)
class Trace:
    """A pass of a batch: `layers` from the input side, the average `loss`, and `grad_inputs`, dloss/dx."""

    loss: float
    layers: list[LayerTrace] = field(default_factory=list)
    grad_inputs: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def __getitem__(self, name: str) -> LayerTrace:
        """The layer of this name."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"{name}: the layers are {', '.join(layer.name for layer in self.layers)}")

    def __str__(self) -> str:
        """A table: a block per layer, a line per quantity, with its shape and first numbers."""
        lines = [f"loss  {self.loss:.6g}", f"dloss/dx  {_shown(self.grad_inputs)}"]
        for layer in self.layers:
            rows = [("x", layer.x), ("z", layer.z), ("a", layer.a), ("dloss/da", layer.grad_a), ("delta", layer.delta)]
            rows += [(f"dloss/d{name}", value) for name, value in layer.gradients.items()]
            known = [(name, value) for name, value in rows if value is not None]
            width = max(len(name) for name, _ in known)
            lines += [layer.name, *(f"  {name:<{width}}  {_shown(value)}" for name, value in known)]
        return "\n".join(lines)


def trace(network: Network, x: Array, y: Array) -> Trace:
    """The pass of `network` on inputs (batch, features) and targets (batch, outputs), both in its own units."""
    output, caches = network.forward(x)
    p = network.loss_input(output, caches)
    value, grad = reduce(network.losses.value(p, y), network.losses.gradient(p, y))
    found = Trace(value)
    last = len(network.layers) - 1
    inputs = _inputs(network.layers, caches, x)
    for k, (name, layer) in reversed(list(enumerate(named(network.layers)))):
        fused = k == last and network.fused
        grad = _back(name, layer, inputs[k], caches[k], grad, found, fused=fused)
    found.grad_inputs = grad
    found.layers.reverse()
    return found


def _inputs(layers: list[Layer], caches: list[Any], x: Array) -> list[Array]:
    """What goes into each layer: worked out again, as when predicting."""
    found = [x]
    for layer in layers[:-1]:
        found.append(layer.forward(found[-1])[0])
    return found


def _back(name: str, layer: Layer, x: Array, cache: Any, grad: Array, found: Trace, *, fused: bool) -> Array:
    """Note one layer (those in a block before it, as they are reached), and give dloss/dx."""
    if isinstance(layer, Residual):
        inner, inputs = grad, _inputs(layer.layers, cache, x)
        for k, (part, each) in reversed(list(enumerate(named(layer.layers)))):
            inner = _back(f"{name}/{part}", each, inputs[k], cache[k], inner, found, fused=False)
        return np.asarray(grad + inner)
    if isinstance(layer, Dense) and isinstance(cache, DenseCache):
        delta = grad if fused else layer.delta(grad, cache)
        grad_x, gradients = layer.backward_from_z(delta, cache)
        row = LayerTrace(name, x, cache.z, cache.a, None if fused else grad, delta, gradients)
    else:
        grad_x, gradients = layer.backward(grad, cache)
        row = LayerTrace(name, x, None, layer.forward(x)[0], grad, None, gradients)
    found.layers.append(row)
    return grad_x


def _shown(value: Array) -> str:
    flat = value.ravel()
    numbers = "  ".join(f"{number:.6g}" for number in flat[:SHOWN])
    return f"{value.shape!s:<10} {numbers}{'  ...' if flat.size > SHOWN else ''}"
