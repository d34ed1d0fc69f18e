"""Question 003: a chain of 1-1-1 sigmoids at z = 50, where `a (1 - a)` is 0; and its gradient to the last digits."""

from __future__ import annotations

import mpmath
import numpy as np

from backproof.nn import Dense, Network
from benchmarks.answering.task import Task


def relative_error(seed: int) -> dict[str, float]:
    """Of dC/dw of the trace, behind a first weight of its own for each seed; z is 50 to within a half."""
    first = 0.8 if seed == 0 else float(np.random.default_rng(seed).uniform(-2, 2))
    second = 50 * (1 + float(np.exp(-first)))  # z = second x sigmoid(first)
    network = Network([Dense(1, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)])
    network.build(1)
    network.theta[...] = [first, second]
    trace = network.trace([[1.0]], [[0.0]])
    with mpmath.workdps(60):
        a1 = 1 / (1 + mpmath.exp(-mpmath.mpf(first)))
        # z as the network has it: a rounded z alone, half a unit in its last place, is 3.6e-15 of exp(-z)
        z = mpmath.mpf(float(trace["dense_2"].z[0, 0]))
        a2 = 1 / (1 + mpmath.exp(-z))
        exact = a2 * a2 * a2 * mpmath.exp(-z) * a1  # (a - 0) a (1 - a) a1 with 1 - a = a exp(-z)
        got = mpmath.mpf(float(trace["dense_2"].gradients["weight"][0, 0]))
        return {"error": float(abs((got - exact) / exact)), "z": float(z)}


TASKS = {
    "chain": Task(
        network="chain 1-1-1 of sigmoids at z = 50",
        method="`trace`, against 60 digits (mpmath)",
        wanted="at most 1e-14",
        train=relative_error,
        reached=lambda run: run["error"] <= 1e-14,
        measure="relative error of dC/dw",
    )
}
