"""What a small network can reach: Levenberg-Marquardt on its squared error, which needs no learning rate.

Source: Marquardt, "An algorithm for least-squares estimation of nonlinear parameters" (1963); Hagan and Menhaj,
"Training feedforward networks with the Marquardt algorithm" (1994).
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from backproof.scripts.trainer import Stack, variance_of
from backproof.scripts.unit_functions import UNITS

Array = NDArray[np.float64]

MOST_PARAMETERS = 300
MOST_ROWS = 2000  # samples x outputs
DAMPING = (1e-2, 1e-12, 1e12)  # at first, least, most: beyond it a step is below rounding
PERFECT = 1e-5  # unexplained share at which there is nothing left to gain
GAIN, PATIENCE = 1e-3, 15  # relative gain over so many iterations below which it stands still


def affordable(parameters: int, rows: int) -> bool:
    """Whether the method is quick on a network of this size, and the data determine its parameters.

    With more parameters than target values it would fit noise, and the larger network the better.
    """
    return parameters <= min(MOST_PARAMETERS, rows) and rows <= MOST_ROWS


def seconds_of(parameters: int, rows: int, layers: int) -> float:
    """About the time of one iteration, on the slow side (measured on one core at 2 GHz)."""
    return 1e-4 * (2 + layers) + 2 * rows * parameters * (parameters + 20) / 4e9


def reached(stack: Stack, x: Array, y: Array, iterations: int, deadline: float) -> float | None:
    """The unexplained share that the only variant of `stack` comes to; None if `deadline` came before."""
    seen, variance, free = stack.seen(x), variance_of(y), stack.mask[0] > 0
    damping, shares = DAMPING[0], [float(stack.unexplained(seen, y, variance)[0])]
    with np.errstate(all="ignore"):
        for _ in range(iterations):
            if time.thread_time() > deadline:
                return None
            damping = _iterate(stack, seen, y, free, damping)
            shares.append(float(stack.unexplained(seen, y, variance)[0]))
            still = len(shares) > PATIENCE and shares[-1] > (1 - GAIN) * shares[-1 - PATIENCE]
            if shares[-1] <= PERFECT or damping >= DAMPING[2] or still:
                break
    return shares[-1]


def _iterate(stack: Stack, seen: Array, y: Array, free: NDArray[np.bool_], damping: float) -> float:
    """Take one step that lowers the error, damped as much as that needs; return the damping for the next."""
    jacobian, errors = _jacobian(stack, seen, y, free)
    home, error = stack.parameters[0, free], float(errors @ errors)
    curvature, slope = jacobian.T @ jacobian, jacobian.T @ errors
    # Each parameter in its own scale (Marquardt); one without any effect must not make the matrix singular.
    scale = np.diag(curvature) + 1e-9 * np.trace(curvature) / len(curvature) + 1e-12
    while damping < DAMPING[2]:
        stack.parameters[0, free] = home + _solved(curvature, damping * scale, -slope)
        left = stack.forward(seen)[1][-1] - y
        if np.sum(left * left) < error:
            return max(damping / 10, DAMPING[1])
        damping *= 5
    stack.parameters[0, free] = home
    return damping


def _solved(curvature: Array, damping: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(curvature + np.diag(damping), right))
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)  # no step; more damping follows


def _jacobian(stack: Stack, seen: Array, y: Array, free: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Derivatives of all outputs by the free parameters, (n k, free), and the errors, (n k,)."""
    zs, activations = stack.forward(seen)
    n, k = y.shape
    errors = (activations[-1] - y).reshape(-1)
    z, a = [value[0] for value in zs], [value.reshape(n, -1) for value in activations]
    # (n, output, unit): row by row, what an output is of a z
    delta = UNITS[stack.names[-1]].back(np.broadcast_to(np.eye(k), (n, k, k)), z[-1][:, None], a[-1][:, None])
    parts: list[Array] = []
    for layer in range(len(z) - 1, -1, -1):
        by_weight = a[layer][:, None, :, None] * delta[:, :, None, :]  # (n, output, in, unit)
        parts[:0] = [by_weight.reshape(n * k, -1), delta.reshape(n * k, -1)]
        if layer:
            upstream = delta @ stack.views[layer][0][0].T
            delta = UNITS[stack.names[layer - 1]].back(upstream, z[layer - 1][:, None], a[layer][:, None])
    return np.concatenate(parts, axis=1)[:, free], errors
