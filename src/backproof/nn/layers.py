"""The layers: forward beside backward. What backward needs is handed on in sight, as the cache that forward returns.

Axes are (batch, features); a weight is (in, out), so that `z = x @ weight + bias`. Gradients of parameters are summed
over the batch (the loss has divided by its size); `per_sample` keeps the batch axis, for Levenberg-Marquardt.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.errors import UsageError
from backproof.nn.activations import ACTIVATIONS
from backproof.nn.checking import positive
from backproof.nn.initializers import INITIALIZERS, STEEPNESS, Span, initializer_for
from backproof.nn.naming import choose

Array = NDArray[Any]
Gradients = dict[str, Array]


class Layer(ABC):
    """One layer. Once built, `parameters` are trained and `state` is what else it keeps (running averages).

    A layer without parameters of its own that acts element by element needs `forward` and `backward` only.
    """

    kind = "layer"

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.state: dict[str, Array] = {}

    def units_of(self, inputs: int) -> int:
        """Features that come out where `inputs` go in."""
        return inputs

    def initial(self, generator: np.random.Generator, inputs: int, span: Span | None) -> dict[str, Array]:
        """The parameters at the start, by name, float64."""
        return {}

    @abstractmethod
    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, Any]:
        """The output for `x` of shape (batch, in), and the cache. `noise` is given while training."""

    @abstractmethod
    def backward(self, grad_y: Array, cache: Any) -> tuple[Array, Gradients]:
        """dloss/dx and dloss/d(each parameter) from dloss/dy."""

    def per_sample(self, grad_y: Array, cache: Any) -> tuple[Array, Gradients]:
        """As `backward`, with the gradients of the parameters for each sample: (batch, *shape)."""
        if self.parameters:
            raise UsageError(f"a {type(self).__name__} mixes the samples of a batch: Levenberg-Marquardt cannot use it")
        return self.backward(grad_y, cache)

    def settings(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {}

    def __repr__(self) -> str:
        """As it was called."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.settings().items())})"


class DenseCache(NamedTuple):
    """What the backward pass of a dense layer needs: input, pre-activation and activation."""

    x: Array
    z: Array
    a: Array


class Dense(Layer):
    """`a = activation(x @ weight + bias)`.

    Args:
        units: Outputs of the layer.
        activation: A name of `ACTIVATIONS`.
        bias: Whether a bias is added and trained.
        initializer: A name of `INITIALIZERS`; "auto" goes by the activation.
    """

    kind = "dense"

    def __init__(self, units: int, activation: str = "linear", *, bias: bool = True, initializer: str = "auto") -> None:
        super().__init__()
        self.units, self.bias = positive(units, "the number of units", whole=True), bool(bias)
        self.activation_name = choose(activation, ACTIVATIONS, "activation")
        self.initializer = initializer if initializer == "auto" else choose(initializer, INITIALIZERS, "initializer")
        self.activation = ACTIVATIONS[activation]

    def units_of(self, inputs: int) -> int:
        """Its units, whatever goes in."""
        return self.units

    def initial(self, generator: np.random.Generator, inputs: int, span: Span | None) -> dict[str, Array]:
        """Weight (in, out) and bias (out,)."""
        make = initializer_for(self.initializer, self.activation_name)
        weight, bias = make(generator, inputs, self.units, span, STEEPNESS.get(self.activation_name, 1.0))
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, DenseCache]:
        """`z = x @ weight + bias`, `a = f(z)`."""
        z = x @ self.parameters["weight"]
        if self.bias:
            z = z + self.parameters["bias"]
        a = self.activation.function(z)
        return a, DenseCache(x, z, a)

    def backward(self, grad_y: Array, cache: DenseCache) -> tuple[Array, Gradients]:
        """`delta = grad_a f'(z)`, and from there `backward_from_z`."""
        return self.backward_from_z(self.delta(grad_y, cache), cache)

    def delta(self, grad_y: Array, cache: DenseCache) -> Array:
        """dloss/dz, shape (batch, out)."""
        return self.activation.backward(grad_y, cache.z, cache.a)

    def backward_from_z(self, delta: Array, cache: DenseCache) -> tuple[Array, Gradients]:
        """`dW = xᵀ delta`, `db = Σ delta` over the batch, `dx = delta Wᵀ`."""
        gradients = {"weight": cache.x.T @ delta}
        if self.bias:
            gradients["bias"] = delta.sum(axis=0)  # (batch, out) -> (out,)
        return delta @ self.parameters["weight"].T, gradients

    def per_sample(self, grad_y: Array, cache: DenseCache) -> tuple[Array, Gradients]:
        """`dW[n] = x[n] delta[n]ᵀ`, `db[n] = delta[n]`."""
        delta = self.delta(grad_y, cache)
        gradients = {"weight": cache.x[:, :, None] * delta[:, None, :]}
        if self.bias:
            gradients["bias"] = delta
        return delta @ self.parameters["weight"].T, gradients

    def settings(self) -> dict[str, Any]:
        """units, activation, bias, initializer."""
        return {
            "units": self.units, "activation": self.activation_name, "bias": self.bias, "initializer": self.initializer
        }  # fmt: skip


class Residual(Layer):
    """A fixed skip around a block: `y = x + block(x)`. Source: He et al., "Deep residual learning" (2016).

    Args:
        layers: The block; it must give as many features as go in.
    """

    kind = "residual"

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        if not layers:
            raise UsageError("a Residual needs at least one layer in its block")
        self.layers = list(layers)

    def units_of(self, inputs: int) -> int:
        """As many as go in.

        Raises:
            UsageError: The block gives another number of features, so that it cannot be added to its input.
        """
        units = inputs
        for layer in self.layers:
            units = layer.units_of(units)
        if units != inputs:
            raise UsageError(
                f"a Residual adds its block to its input, but {inputs} features go in and {units} come out: give its "
                f"last layer {inputs} units"
            )
        return units

    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, list[Any]]:
        """`x + block(x)`."""
        y, caches = x, []
        for layer in self.layers:
            y, cache = layer.forward(y, noise)
            caches.append(cache)
        return x + y, caches

    def backward(self, grad_y: Array, cache: list[Any]) -> tuple[Array, Gradients]:
        """The gradient goes through the block and, unchanged, past it."""
        return self._back(grad_y, cache, each=False)

    def per_sample(self, grad_y: Array, cache: list[Any]) -> tuple[Array, Gradients]:
        """As `backward`, sample by sample."""
        return self._back(grad_y, cache, each=True)

    def _back(self, grad_y: Array, caches: list[Any], *, each: bool) -> tuple[Array, Gradients]:
        grad, gradients = grad_y, {}
        for (name, layer), cache in zip(reversed(list(named(self.layers))), reversed(caches), strict=True):
            grad, found = layer.per_sample(grad, cache) if each else layer.backward(grad, cache)
            gradients.update({f"{name}/{key}": value for key, value in found.items()})
        return grad_y + grad, gradients

    def settings(self) -> dict[str, Any]:
        """The layers."""
        return {"layers": self.layers}


class Dropout(Layer):
    """Sets a share of the features to 0 while training, and scales the others so that the mean stays.

    Args:
        rate: Share that is dropped, 0 <= rate < 1.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014).
    """

    kind = "dropout"

    def __init__(self, rate: float) -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise UsageError(f"a dropout rate is a share from 0 to below 1, not {rate!r}")
        self.rate = float(rate)

    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, Array | None]:
        """`x mask / (1 - rate)` while training, `x` otherwise."""
        if noise is None or self.rate == 0:
            return x, None
        mask = ((noise.random(x.shape) >= self.rate) / (1 - self.rate)).astype(x.dtype)
        return x * mask, mask

    def backward(self, grad_y: Array, cache: Array | None) -> tuple[Array, Gradients]:
        """The same mask."""
        return (grad_y if cache is None else grad_y * cache), {}

    def settings(self) -> dict[str, Any]:
        """Rate."""
        return {"rate": self.rate}


def named(layers: Sequence[Layer]) -> Iterator[tuple[str, Layer]]:
    """Each layer with its name: its kind and a number that counts that kind from 1, as in `dense_2`."""
    counts: dict[str, int] = {}
    for layer in layers:
        counts[layer.kind] = counts.get(layer.kind, 0) + 1
        yield f"{layer.kind}_{counts[layer.kind]}", layer
