"""Normalisation layers, forward beside backward: over the batch (BatchNorm) or over the features (LayerNorm)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.errors import UsageError
from backproof.nn.initializers import Span
from backproof.nn.layers import Gradients, Layer

Array = NDArray[Any]

EPSILON = 1e-5  # added to the variance, in the square of the features' unit (the papers' and PyTorch's value)


class NormCache(NamedTuple):
    """Normalised input, 1 / standard deviation, and whether the statistics were those of the batch."""

    normal: Array
    inverse: Array
    of_batch: bool


def normalise(x: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    """`(x - mean) / sqrt(variance + epsilon)`, and that divisor's inverse."""
    inverse = 1 / np.sqrt(variance + EPSILON)
    return (x - mean) * inverse, inverse


def through_statistics(grad: Array, normal: Array, inverse: Array, axis: int) -> Array:
    """dloss/dx where mean and variance over `axis` were computed from x itself.

    `inverse (g - mean(g) - normal mean(g normal))`: two directions, shift and scale, have no effect.
    """
    centred = grad - grad.mean(axis=axis, keepdims=True)
    return np.asarray(inverse * (centred - normal * (grad * normal).mean(axis=axis, keepdims=True)))


class _Norm(Layer):
    """Scale `gamma` and shift `beta` per feature, behind a normalisation."""

    def initial(self, generator: np.random.Generator, inputs: int, span: Span | None) -> dict[str, Array]:
        """Gamma 1, beta 0, both (features,)."""
        return {"gamma": np.ones(inputs), "beta": np.zeros(inputs)}

    def _scaled(self, normal: Array) -> Array:
        return np.asarray(self.parameters["gamma"] * normal + self.parameters["beta"])

    def _gradients(self, grad_y: Array, normal: Array) -> Gradients:
        return {"gamma": (grad_y * normal).sum(axis=0), "beta": grad_y.sum(axis=0)}


class BatchNorm(_Norm):
    """Each feature gets mean 0 and variance 1 over the batch; when predicting, over what training has seen.

    Args:
        momentum: Share of the running statistics that a training step keeps, 0 <= momentum < 1.

    Source: Ioffe and Szegedy, "Batch normalization" (2015).
    """

    kind = "batch_norm"

    def __init__(self, momentum: float = 0.9) -> None:
        super().__init__()
        if not 0 <= momentum < 1:
            raise UsageError(f"the momentum of a BatchNorm is a share from 0 to below 1, not {momentum!r}")
        self.momentum = float(momentum)

    def initial(self, generator: np.random.Generator, inputs: int, span: Span | None) -> dict[str, Array]:
        """Gamma 1, beta 0; the running mean starts at 0, the running variance at 1."""
        self.state = {"mean": np.zeros(inputs), "variance": np.ones(inputs)}
        return super().initial(generator, inputs, span)

    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, NormCache]:
        """Normalised over the batch while training (which updates the running statistics), else by those."""
        if noise is None:
            mean, variance = self.state["mean"].astype(x.dtype), self.state["variance"].astype(x.dtype)
        else:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            self._remember(mean, variance, len(x))
        normal, inverse = normalise(x, mean, variance)
        return self._scaled(normal), NormCache(normal, inverse, noise is not None)

    def _remember(self, mean: Array, variance: Array, count: int) -> None:
        unbiased = variance * (count / max(count - 1, 1))
        for name, value in (("mean", mean), ("variance", unbiased)):
            self.state[name] = self.momentum * self.state[name] + (1 - self.momentum) * value

    def backward(self, grad_y: Array, cache: NormCache) -> tuple[Array, Gradients]:
        """Through gamma, and through mean and variance where they were the batch's own."""
        grad = grad_y * self.parameters["gamma"]
        grad_x = through_statistics(grad, cache.normal, cache.inverse, 0) if cache.of_batch else grad * cache.inverse
        return grad_x, self._gradients(grad_y, cache.normal)

    def settings(self) -> dict[str, Any]:
        """Momentum."""
        return {"momentum": self.momentum}


class LayerNorm(_Norm):
    """Each sample gets mean 0 and variance 1 over its features. Source: Ba, Kiros and Hinton (2016)."""

    kind = "layer_norm"

    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, NormCache]:
        """Normalised over the features."""
        normal, inverse = normalise(x, x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True))
        return self._scaled(normal), NormCache(normal, inverse, True)

    def backward(self, grad_y: Array, cache: NormCache) -> tuple[Array, Gradients]:
        """Through gamma, mean and variance."""
        grad_x = through_statistics(grad_y * self.parameters["gamma"], cache.normal, cache.inverse, 1)
        return grad_x, self._gradients(grad_y, cache.normal)

    def per_sample(self, grad_y: Array, cache: NormCache) -> tuple[Array, Gradients]:
        """Samples are normalised one by one, so each has gradients of its own."""
        return self.backward(grad_y, cache)[0], {"gamma": grad_y * cache.normal, "beta": grad_y}
