"""Activations and losses of the trial trainings: values that do not overflow, and derivatives passed backwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TINY = 1e-12  # a probability is kept this far from 0 in a quotient: float64 has 1e-16 beside 1
LEAK = 0.01  # the usual slope of a leaky ReLU (Maas et al., 2013)
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # SELU: Klambauer et al., 2017


class Unit(NamedTuple):
    """An activation: its value, and what its derivative makes of the gradient by that value."""

    value: Callable[[Array], Array]
    back: Callable[[Array, Array, Array], Array]  # (dloss/da, z, a) -> dloss/dz


def sigmoid(z: Array) -> Array:
    """`1 / (1 + exp(-z))`, which is `(1 + tanh(z / 2)) / 2`."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def softmax(z: Array) -> Array:
    """`exp(z) / sum exp(z)` over the last axis."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _softmax_back(g: Array, z: Array, a: Array) -> Array:
    """`a (g - sum(g a))`: the Jacobian is diag(a) - a aᵀ."""
    products = g * a
    back: Array = products - a * products.sum(axis=-1, keepdims=True)
    return back


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _swish_back(g: Array, z: Array, a: Array) -> Array:
    s = sigmoid(z)
    return g * (s + a * (1 - s))


def _selu_back(g: Array, z: Array, a: Array) -> Array:
    return g * np.where(z > 0, SCALE, a + SCALE * ALPHA)


UNITS = {
    "linear": Unit(lambda z: z, lambda g, z, a: g),
    "sigmoid": Unit(sigmoid, lambda g, z, a: g * a * (1 - a)),
    "tanh": Unit(np.tanh, lambda g, z, a: g * (1 - a * a)),
    "relu": Unit(lambda z: np.maximum(z, 0), lambda g, z, a: g * (z > 0)),
    "leaky_relu": Unit(lambda z: np.maximum(z, LEAK * z), lambda g, z, a: g * np.where(z > 0, 1, LEAK)),
    "elu": Unit(_elu, lambda g, z, a: g * np.where(z > 0, 1, a + 1)),
    "selu": Unit(lambda z: SCALE * np.where(z > 0, z, ALPHA * np.expm1(np.minimum(z, 0))), _selu_back),
    "softplus": Unit(lambda z: np.logaddexp(0, z), lambda g, z, a: g * sigmoid(z)),
    "softsign": Unit(lambda z: z / (1 + np.abs(z)), lambda g, z, a: g / (1 + np.abs(z)) ** 2),
    "swish": Unit(lambda z: z * sigmoid(z), _swish_back),
    "sin": Unit(np.sin, lambda g, z, a: g * np.cos(z)),
    "arctan": Unit(np.arctan, lambda g, z, a: g / (1 + z * z)),
    "softmax": Unit(softmax, _softmax_back),
}

# Of predictions p and targets t: derivative by p of the loss of a sample, summed over the outputs.
LOSSES: dict[str, Callable[[Array, Array], Array]] = {
    "half_squared_error": lambda p, t: p - t,
    "binary_cross_entropy": lambda p, t: (p - t) / np.maximum(p * (1 - p), TINY),
    "categorical_cross_entropy": lambda p, t: -t / np.maximum(p, TINY),
    "absolute_error": lambda p, t: np.sign(p - t),
}


def output_delta(loss: str, activation: str, z: Array, a: Array, targets: Array) -> Array:
    """The derivative of the loss by the last layer's z; without a quotient where the two functions cancel."""
    if (loss, activation) == ("binary_cross_entropy", "sigmoid"):
        return a - targets
    if (loss, activation) == ("categorical_cross_entropy", "softmax"):
        delta: Array = a * targets.sum(axis=-1, keepdims=True) - targets
        return delta
    return UNITS[activation].back(LOSSES[loss](a, targets), z, a)
