"""The losses, each value beside its gradient, per sample; one function averages both, so that they cannot drift apart.

Predictions and targets have shape (batch, outputs). A loss gives one value per sample, shape (batch,), and its
gradient with respect to the predictions, shape (batch, outputs). `reduce` makes the weighted mean over the samples.

Where an output activation and a loss cancel, the pair is one loss of the pre-activations z with a name of its own in
`FUSED`: computed from z, nothing rounds to 0 and no logarithm of 0 is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.nn.activations import sigmoid

Array = NDArray[Any]

HUBER_DELTA = 1.0  # in the unit of the targets: where squared turns into absolute (Huber, 1964)


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss per sample and its gradient with respect to the predictions (or to z, for those in `FUSED`).

    Attributes:
        value: `(predictions, targets)` -> (batch,).
        gradient: `(predictions, targets)` -> (batch, outputs), of each sample's own loss.
        targets: What targets must be: "any", "0 to 1", or "distribution" (rows that sum to 1).
        residual_scale: c, for losses that are c times the sum of squares of (prediction - target); else None.
    """

    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    targets: str = "any"
    residual_scale: Callable[[int], float] | None = None


def half_squared_error(p: Array, y: Array) -> Array:
    """`½ Σ (p - y)²` over the outputs."""
    return 0.5 * np.sum(np.square(p - y), axis=-1)


def half_squared_error_gradient(p: Array, y: Array) -> Array:
    """`p - y`."""
    return p - y


def squared_error(p: Array, y: Array) -> Array:
    """`Σ (p - y)²` over the outputs."""
    return np.sum(np.square(p - y), axis=-1)


def squared_error_gradient(p: Array, y: Array) -> Array:
    """`2 (p - y)`."""
    return 2 * (p - y)


def mean_squared_error(p: Array, y: Array) -> Array:
    """`Σ (p - y)² / outputs`."""
    return np.mean(np.square(p - y), axis=-1)


def mean_squared_error_gradient(p: Array, y: Array) -> Array:
    """`2 (p - y) / outputs`."""
    return 2 * (p - y) / p.shape[-1]


def mean_absolute_error(p: Array, y: Array) -> Array:
    """`Σ |p - y| / outputs`."""
    return np.mean(np.abs(p - y), axis=-1)


def mean_absolute_error_gradient(p: Array, y: Array) -> Array:
    """`sign(p - y) / outputs`; 0 where they are equal."""
    return np.sign(p - y) / p.shape[-1]


def huber(p: Array, y: Array) -> Array:
    """`½ e²` up to |e| = 1 and `|e| - ½` beyond, averaged over the outputs. Source: Huber (1964)."""
    e = np.abs(p - y)
    each = np.where(e <= HUBER_DELTA, 0.5 * np.square(e), HUBER_DELTA * (e - 0.5 * HUBER_DELTA))
    return np.mean(each, axis=-1)


def huber_gradient(p: Array, y: Array) -> Array:
    """`e` cut to [-1, 1], over the outputs' number."""
    return np.clip(p - y, -HUBER_DELTA, HUBER_DELTA) / p.shape[-1]


def binary_cross_entropy(p: Array, y: Array) -> Array:
    """`-Σ y log p + (1 - y) log(1 - p)` over the outputs; a term with factor 0 is 0."""
    return -np.sum(_times_log(y, p) + _times_log(1 - y, 1 - p), axis=-1)


def binary_cross_entropy_gradient(p: Array, y: Array) -> Array:
    """`(1 - y) / (1 - p) - y / p`; where a factor is 0, so is its term."""
    return _ratio(1 - y, 1 - p) - _ratio(y, p)


def categorical_cross_entropy(p: Array, y: Array) -> Array:
    """`-Σ y log p` over the classes; a term with factor 0 is 0."""
    return -np.sum(_times_log(y, p), axis=-1)


def categorical_cross_entropy_gradient(p: Array, y: Array) -> Array:
    """`-y / p`; 0 where y is."""
    return -_ratio(y, p)


def sigmoid_cross_entropy(z: Array, y: Array) -> Array:
    """Binary cross-entropy of sigmoid(z): `Σ max(z, 0) - z y + log(1 + exp(-|z|))`."""
    # Grouped so that what is left for a confident right answer is the logarithm alone, not a difference of large terms.
    linear = np.where(z >= 0, z * (1 - y), -z * y)
    return np.sum(linear + np.log1p(np.exp(-np.abs(z))), axis=-1)


def sigmoid_cross_entropy_gradient(z: Array, y: Array) -> Array:
    """`sigmoid(z) - y`, as `(1 - y) sigmoid(z) - y sigmoid(-z)`: no digits are lost where the answer is right."""
    return (1 - y) * sigmoid(z) - y * sigmoid(-z)


def softmax_cross_entropy(z: Array, y: Array) -> Array:
    """Categorical cross-entropy of softmax(z): `Σ y (log Σ exp z - z)`."""
    return np.sum(np.where(y != 0, y * -log_softmax(z), 0), axis=-1)


def softmax_cross_entropy_gradient(z: Array, y: Array) -> Array:
    """`softmax(z) Σ y - y`; for the class with y = Σ y as minus the sum of the others, which keeps its digits."""
    p = np.exp(log_softmax(z))
    total = np.sum(y, axis=-1, keepdims=True)
    gradient = p * total - y
    others = np.sum(np.where(y == total, 0, p), axis=-1, keepdims=True)
    single = np.sum(y == total, axis=-1, keepdims=True) == 1
    return np.where((y == total) & single, -others * total, gradient)


def log_softmax(z: Array) -> Array:
    """`z - log Σ exp z` over the last axis, without overflow; the largest one's is `-log1p` of the others' sum."""
    shifted = z - np.max(z, axis=-1, keepdims=True)
    powers = np.exp(shifted)
    top = np.argmax(z, axis=-1)
    np.put_along_axis(powers, top[..., None], 0, axis=-1)
    return np.asarray(shifted - np.log1p(np.sum(powers, axis=-1, keepdims=True)))


def _times_log(factor: Array, p: Array) -> Array:
    """`factor log p`, 0 where the factor is."""
    with np.errstate(divide="ignore"):
        return np.where(factor != 0, factor * np.log(np.where(factor != 0, p, 1)), 0)


def _ratio(factor: Array, p: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.where(factor != 0, factor / np.where(factor != 0, p, 1), 0)


def reduce(values: Array | None, gradients: Array, weights: Array | None = None) -> tuple[float, Array]:
    """The mean over the samples, of the loss and of its gradient: the one place where anything is averaged.

    Args:
        values: (batch,), one loss per sample, or None where only the gradient is wanted.
        gradients: (batch, outputs), the gradient of each sample's loss.
        weights: (batch,), weights of the samples, or None for 1 each.

    Returns:
        `Σ w v / Σ w` (NaN without values) and its gradient, which is `w / Σ w` times each sample's.

    Raises:
        ZeroDivisionError: The weights sum to 0.
    """
    if weights is None:
        return math.nan if values is None else float(np.mean(values)), gradients / len(gradients)
    total = float(np.sum(weights))
    if total == 0:
        raise ZeroDivisionError("the sample weights sum to 0: give at least one sample a weight above 0")
    value = math.nan if values is None else float(np.sum(weights * values) / total)
    return value, gradients * (weights / total)[:, None]


def _half(outputs: int) -> float:
    return 0.5


def _whole(outputs: int) -> float:
    return 1.0


def _share(outputs: int) -> float:
    return 1.0 / outputs


LOSSES: dict[str, Loss] = {
    "half_squared_error": Loss(half_squared_error, half_squared_error_gradient, residual_scale=_half),
    "squared_error": Loss(squared_error, squared_error_gradient, residual_scale=_whole),
    "mean_squared_error": Loss(mean_squared_error, mean_squared_error_gradient, residual_scale=_share),
    "mean_absolute_error": Loss(mean_absolute_error, mean_absolute_error_gradient),
    "huber": Loss(huber, huber_gradient),
    "binary_cross_entropy": Loss(binary_cross_entropy, binary_cross_entropy_gradient, "0 to 1"),
    "categorical_cross_entropy": Loss(categorical_cross_entropy, categorical_cross_entropy_gradient, "distribution"),
    "sigmoid_cross_entropy": Loss(sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, "0 to 1"),
    "softmax_cross_entropy": Loss(softmax_cross_entropy, softmax_cross_entropy_gradient, "distribution"),
}

# What an output activation and a loss are together, as a function of z.
FUSED: dict[tuple[str, str], str] = {
    ("sigmoid", "binary_cross_entropy"): "sigmoid_cross_entropy",
    ("softmax", "categorical_cross_entropy"): "softmax_cross_entropy",
}
# The losses that take z of a linear output, and the activation that makes predictions of it.
FROM_LOGITS: dict[str, str] = {"sigmoid_cross_entropy": "sigmoid", "softmax_cross_entropy": "softmax"}
