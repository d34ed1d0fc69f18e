"""The activation functions, each beside its derivative; accurate where the naive forms overflow or round to 0.

`derivative(z, a)` is the derivative at the pre-activation `z`, of any shape; `a` is the activation there. Each picks
what keeps its digits. The naive `a (1 - a)` of a sigmoid is exactly 0 from z = 37 on; the true value is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LEAK = 0.01  # slope of leaky ReLU below 0 (Maas, Hannun and Ng, "Rectifier nonlinearities improve ...", 2013)
# The fixed point of Klambauer et al., "Self-normalizing neural networks" (2017), equation 14, to double precision.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
SQRT_2, SQRT_2_LOW = math.sqrt(2.0), -9.667293313452913e-17  # and what sqrt(2) in double precision lacks


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of the pre-activation `z` and its derivative; both work on arrays of any shape.

    Attributes:
        function: `z` -> `a`.
        derivative: `(z, a)` -> da/dz, element by element.
        output_range: The open interval of the values that it can give.
        kinks: Where the derivative jumps; there it is the one-sided derivative from below.
    """

    function: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    output_range: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[float, ...] = ()

    def backward(self, grad_a: Array, z: Array, a: Array) -> Array:
        """dloss/dz from dloss/da, all of shape (batch, units)."""
        return grad_a * self.derivative(z, a)


class _Linear(Activation):
    """No activation."""

    __slots__ = ()

    def backward(self, grad_a: Array, z: Array, a: Array) -> Array:
        """The gradient itself: nothing is multiplied by 1."""
        return grad_a


class _Softmax(Activation):
    """Softmax: each output depends on all pre-activations of its row."""

    __slots__ = ()

    def backward(self, grad_a: Array, z: Array, a: Array) -> Array:
        """`a (grad - sum(grad a))`, row by row: the product with diag(a) - a aᵀ."""
        return a * (grad_a - np.sum(grad_a * a, axis=-1, keepdims=True))


def linear(z: Array) -> Array:
    """`z`."""
    return z


def linear_derivative(z: Array, a: Array) -> Array:
    """`1`."""
    return np.ones_like(z)


def sigmoid(z: Array) -> Array:
    """`1 / (1 + exp(-z))`, by the exponential that cannot overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def sigmoid_derivative(z: Array, a: Array) -> Array:
    """`sigmoid(z) sigmoid(-z)`: `a (1 - a)` would cancel where `a` rounds to 1."""
    small = np.exp(-np.abs(z))
    return small / np.square(1 + small)


def tanh(z: Array) -> Array:
    """`tanh(z)`."""
    return np.tanh(z)


def tanh_derivative(z: Array, a: Array) -> Array:
    """`1 / cosh(z)²`: `1 - a²` would cancel where `a` rounds to 1."""
    small = np.exp(-2 * np.minimum(np.abs(z), 400))  # exp(-800) is 0 already
    return 4 * small / np.square(1 + small)


def relu(z: Array) -> Array:
    """`max(z, 0)`."""
    return np.maximum(z, 0)


def relu_derivative(z: Array, a: Array) -> Array:
    """1 above 0, else 0."""
    return (z > 0).astype(z.dtype)


def leaky_relu(z: Array) -> Array:
    """`z` above 0, `0.01 z` below."""
    return np.where(z > 0, z, LEAK * z)


def leaky_relu_derivative(z: Array, a: Array) -> Array:
    """1 above 0, else 0.01."""
    return np.where(z > 0, 1, LEAK).astype(z.dtype)


def elu(z: Array) -> Array:
    """`z` above 0, `exp(z) - 1` below. Source: Clevert, Unterthiner and Hochreiter (2016)."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_derivative(z: Array, a: Array) -> Array:
    """1 above 0, `exp(z)` below: `a + 1` would cancel."""
    return np.exp(np.minimum(z, 0))


def selu(z: Array) -> Array:
    """ELU scaled so that mean 0 and variance 1 pass through. Source: Klambauer et al. (2017)."""
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def selu_derivative(z: Array, a: Array) -> Array:
    """The scale above 0, `scale alpha exp(z)` below."""
    return SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA * np.exp(np.minimum(z, 0)))


def softplus(z: Array) -> Array:
    """`log(1 + exp(z))`, without overflow."""
    return np.logaddexp(0, z).astype(z.dtype)


def softplus_derivative(z: Array, a: Array) -> Array:
    """`sigmoid(z)`, which is `1 - exp(-a)`: no second exponential of z."""
    return -np.expm1(-a)


def silu(z: Array) -> Array:
    """`z sigmoid(z)`. Source: Elfwing, Uchibe and Doya (2018)."""
    return z * sigmoid(z)


def silu_derivative(z: Array, a: Array) -> Array:
    """`sigmoid(z) (1 + z sigmoid(-z))`."""
    return sigmoid(z) * (1 + z * sigmoid(-z))


def gelu(z: Array) -> Array:
    """`z Phi(z)` with the normal distribution function, not an approximation. Source: Hendrycks and Gimpel (2016)."""
    return z * normal_distribution(z)


def gelu_derivative(z: Array, a: Array) -> Array:
    """`Phi(z) + z phi(z)`."""
    return normal_distribution(z) + z * normal_density(z)


_erfc = np.frompyfunc(math.erfc, 1, 1)


def normal_distribution(z: Array) -> Array:
    """Phi(z) = `erfc(-z / sqrt(2)) / 2`, in the precision of `z`.

    The rounding error of z / sqrt(2) would cost z² units in the last place: it is found and put right to first order.
    """
    exact = np.asarray(z, dtype=np.float64)
    x = -exact / SQRT_2
    value = np.asarray(_erfc(x), dtype=np.float64)
    # -exact = x sqrt(2) + rest; the product's own error by splitting (Dekker, 1971)
    rest = (-exact - x * SQRT_2) - _product_error(x, SQRT_2) - x * SQRT_2_LOW
    with np.errstate(invalid="ignore", over="ignore"):
        corrected = value - 2 / math.sqrt(math.pi) * np.exp(-x * x) * rest / SQRT_2
    finite = np.where(np.isfinite(corrected) & (np.abs(x) < 1e10), corrected, value)
    return np.asarray(finite / 2, dtype=np.asarray(z).dtype)


def normal_density(z: Array) -> Array:
    """phi(z) = `exp(-z²/2) / sqrt(2 pi)`; z² is split so that its rounding error does not grow in the exponential."""
    exact = np.minimum(np.abs(np.asarray(z, dtype=np.float64)), 40.0)  # exp(-800) is 0
    coarse = np.floor(exact * 16) / 16
    value = np.exp(-coarse * coarse / 2) * np.exp(-(exact - coarse) * (exact + coarse) / 2)
    return np.asarray(value / math.sqrt(2 * math.pi), dtype=np.asarray(z).dtype)


def _product_error(x: Array, y: float) -> Array:
    """What the rounded product lacks: x y = fl(x y) + error. Source: Dekker, "A floating-point technique" (1971)."""
    factor = 134217729.0  # 2^27 + 1 splits 53 bits into two halves
    with np.errstate(over="ignore", invalid="ignore"):
        x_high = factor * x - (factor * x - x)
        y_high = factor * y - (factor * y - y)
        x_low, y_low = x - x_high, y - y_high
        return np.asarray(((x_high * y_high - x * y) + x_high * y_low + x_low * y_high) + x_low * y_low)


def softmax(z: Array) -> Array:
    """`exp(z) / sum(exp(z))` over the last axis; the largest is taken off first, so that nothing overflows."""
    powers = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return np.asarray(powers / np.sum(powers, axis=-1, keepdims=True))


def softmax_derivative(z: Array, a: Array) -> Array:
    """The diagonal of the Jacobian, `a (1 - a)`; `backward` has all of it."""
    return a * (1 - a)


ACTIVATIONS: dict[str, Activation] = {
    "linear": _Linear(linear, linear_derivative),
    "sigmoid": Activation(sigmoid, sigmoid_derivative, (0, 1)),
    "tanh": Activation(tanh, tanh_derivative, (-1, 1)),
    "relu": Activation(relu, relu_derivative, (0, math.inf), kinks=(0.0,)),
    "leaky_relu": Activation(leaky_relu, leaky_relu_derivative, kinks=(0.0,)),
    "elu": Activation(elu, elu_derivative, (-1, math.inf)),
    "selu": Activation(selu, selu_derivative, (-SELU_SCALE * SELU_ALPHA, math.inf), kinks=(0.0,)),
    "gelu": Activation(gelu, gelu_derivative, (-0.17, math.inf)),
    "silu": Activation(silu, silu_derivative, (-0.2785, math.inf)),
    "softplus": Activation(softplus, softplus_derivative, (0, math.inf)),
    "softmax": _Softmax(softmax, softmax_derivative, (0, 1)),
}
