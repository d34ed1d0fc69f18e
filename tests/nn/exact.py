"""Activations, their derivatives and those of losses, in arithmetic of any precision."""

from __future__ import annotations

from collections.abc import Callable

import mpmath

from backproof.nn.activations import SELU_ALPHA, SELU_SCALE

one = mpmath.mpf(1)
EXACT: dict[str, tuple[Callable, Callable]] = {
    "linear": (lambda z: z, lambda z: one),
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: 1 / (1 + mpmath.exp(-z)) / (1 + mpmath.exp(z))),
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
    "relu": (lambda z: max(z, 0), lambda z: one if z > 0 else one * 0),
    "leaky_relu": (lambda z: z if z > 0 else mpmath.mpf(0.01) * z, lambda z: one if z > 0 else mpmath.mpf(0.01)),
    "elu": (lambda z: z if z > 0 else mpmath.expm1(z), lambda z: one if z > 0 else mpmath.exp(z)),
    "selu": (
        lambda z: mpmath.mpf(SELU_SCALE) * (z if z > 0 else mpmath.mpf(SELU_ALPHA) * mpmath.expm1(z)),
        lambda z: mpmath.mpf(SELU_SCALE) * (one if z > 0 else mpmath.mpf(SELU_ALPHA) * mpmath.exp(z)),
    ),
    "softplus": (lambda z: mpmath.log1p(mpmath.exp(z)), lambda z: 1 / (1 + mpmath.exp(-z))),
    "silu": (
        lambda z: z / (1 + mpmath.exp(-z)),
        lambda z: 1 / (1 + mpmath.exp(-z)) * (1 + z / (1 + mpmath.exp(z))),
    ),
    "gelu": (
        lambda z: z * mpmath.erfc(-z / mpmath.sqrt(2)) / 2,
        lambda z: mpmath.erfc(-z / mpmath.sqrt(2)) / 2 + z * mpmath.npdf(z),
    ),
}
# Where a derivative crosses 0 no digits can be kept; there the error counts against 1.
CROSSES = {"gelu": (-0.7517915, 0.05), "silu": (-1.2784645, 0.05)}
# dloss/da of one output a; the cross-entropies from z are compared in test_losses.py.
LOSS_SLOPES: dict[str, Callable] = {
    "half_squared_error": lambda a, y: a - y,
    "squared_error": lambda a, y: 2 * (a - y),
    "mean_squared_error": lambda a, y: 2 * (a - y),
    "mean_absolute_error": lambda a, y: mpmath.sign(a - y),
    "huber": lambda a, y: max(-one, min(one, a - y)),
}
