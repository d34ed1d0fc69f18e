"""Right gradients that checkers have been seen to reject, and wrong ones that they have been seen to accept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Trap(NamedTuple):
    """A loss, a gradient, where it is taken, and whether the gradient is right."""

    name: str
    loss: Callable[[Any], float]
    gradient: Callable[[Any], Any]
    theta: Any
    right: bool


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


RANDOM = np.random.default_rng(0)
A, B = RANDOM.normal(0, 1, 6), RANDOM.normal(0, 1, (6, 6))
F4 = np.float32

TRAPS = (
    Trap("ReLU at 0", lambda x: float(_relu(x) @ A), lambda x: A * (x > 0), np.array([0.0, 1, -1, 0, 2, -2]), True),
    Trap("|x| at 0", lambda x: float(np.abs(x) @ A), lambda x: A * np.sign(x), np.array([0, 1, -1, 0, 2, -2.0]), True),
    Trap("|x| at 1e-8", lambda x: float(np.abs(x) @ A), lambda x: A * np.sign(x), 1e-8 * A, True),
    Trap("a kink 1e-7 away", lambda x: float(_relu(x - 1) @ A), lambda x: A * (x > 1), np.full(6, 1 + 1e-7), True),
    Trap("computed in float32", lambda x: float(np.tanh(B.astype(F4) @ x.astype(F4)).sum()),
         lambda x: (B.T @ (1 / np.cosh(B @ x) ** 2)), A, True),
    Trap("1e-8 x^2", lambda x: float(1e-8 * (x @ x)), lambda x: 2e-8 * x, A, True),
    Trap("1e8 x^2", lambda x: float(1e8 * (x @ x)), lambda x: 2e8 * x, A, True),
    Trap("a constant of 1e10 added", lambda x: float(1e10 + x @ x), lambda x: 2 * x, 30 * A, True),
    Trap("inputs of 1e8", lambda x: float(np.sin(x / 1e8).sum()), lambda x: np.cos(x / 1e8) / 1e8, 1e8 * A, True),
    Trap("inputs of 1e-8", lambda x: float(np.sin(x * 1e8).sum()), lambda x: np.cos(x * 1e8) * 1e8, 1e-8 * A, True),
    Trap("saturated sigmoids", lambda x: float(np.sum(1 / (1 + np.exp(-30 * x)))),
         lambda x: 30 * np.exp(-30 * x) / (1 + np.exp(-30 * x)) ** 2, np.abs(A) + 0.5, True),
    Trap("the largest of ties", lambda x: float(x.max()), lambda x: (x == x.max()) / (x == x.max()).sum(),
         np.array([1.0, 3, 3, 2, 0, 3]), True),
    Trap("at the edge of sqrt's domain", lambda x: float(np.sum(x**1.5)), lambda x: 1.5 * np.sqrt(x),
         np.array([0.0, 1, 2, 3, 0, 1]), True),
    Trap("0 for 1e-8 x^2", lambda x: float(1e-8 * (x @ x)), lambda x: 0 * x, A, False),
    Trap("1e-8 x^2, a third too much", lambda x: float(1e-8 * (x @ x)), lambda x: 2.7e-8 * x, A, False),
    Trap("1e8 x^2, one element 1e-5 too large", lambda x: float(1e8 * (x @ x)),
         lambda x: 2e8 * x * (1 + 1e-5 * (np.arange(6) == 2)), A, False),
    Trap("one of six is 0", lambda x: float(np.sin(x).sum()), lambda x: np.cos(x) * (np.arange(6) > 0), A, False),
    Trap("one of six 1e-5 too large", lambda x: float(np.exp(x).sum()),
         lambda x: np.exp(x) * (1 + 1e-5 * (np.arange(6) == 1)), A, False),
    Trap("the derivative of the other branch at 0.5", lambda x: float(_relu(x).sum()), lambda x: (x < 0) * 1.0,
         np.full(6, 0.5), False),
)  # fmt: skip
