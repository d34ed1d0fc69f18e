"""Optimisers that use all data in every iteration: Levenberg-Marquardt and L-BFGS.

Levenberg-Marquardt is the method of choice for small regression networks: it takes the Jacobian of every sample's
prediction from backpropagation, and needs no learning rate.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backproof.errors import UsageError
from backproof.nn.checking import positive
from backproof.nn.layers import Dense, named

if TYPE_CHECKING:
    from backproof.nn.network import Network

Array = NDArray[Any]

MOST_DAMPING = 1e10  # a step that short changes nothing any more
LEAST_DAMPING = 1e-15
TRIED = 12  # dampings in one iteration before it is given up
PROBE = 0.1  # part of the step over which the curvature is measured, and the largest bend, both as the paper has them
LARGEST_BEND = 0.75
# A start is stuck where the loss falls by less than this share over so many iterations. Patient: training ends.
# Impatient: another start is to be had (sine 1-10-1: fewest iterations to 1e-9, those of hopeless starts included,
# within 7 % for shares of .15 to .5; measured on seeds 1000-1249).
PATIENT, IMPATIENT = (0.01, 40), (0.25, 8)
# Multiplications of a matrix product from which OpenBLAS calls in its threads (its SMP_THRESHOLD_MIN times
# GEMM_MULTITHREAD_THRESHOLD). For products as small as these that costs more than it brings: Jᵀ J of 500 rows and 31
# parameters takes .03 ms on one thread, and 12 ms on two of a machine that is busy.
ALONE = 2**18


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Damped Gauss-Newton steps on a squared-error loss; each epoch is one iteration over all data.

    `(H + damping D) step = -g` with `H = 2c Jᵀ J / n`: far from a minimum the damping makes it gradient descent, near
    it the steps are Gauss-Newton's, which converge quadratically. D is 1, and for the weights behind an input that
    input's variance: the steps are those of a network whose inputs are standardised. (Marquardt's own D = diag(H) lets
    weights of little effect run away: on the sine of 1-10-1 it reaches 1e-9 from none of 12 starts in 250 iterations,
    this one from 4 to 10, by the steepness of the start.) To each step its second-order correction is added, which
    follows the bend of the valley: on the same network a third of the iterations, or fewer.

    Attributes:
        damping: At first.
        goal: Average loss, in the network's units, at which training ends.
        restarts: New starts that may be made when one is slow and above the goal; the best one is then followed until
            nothing moves.
        weight_decay: Adds `weight_decay/2 Σ w²` to the loss, biases left out.

    Source: Marquardt (1963); Hagan and Menhaj, "Training feedforward networks with the Marquardt algorithm" (1994);
    damping by Nielsen's rule, "Damping parameter in Marquardt's method" (1999); correction by Transtrum and Sethna,
    "Improvements to the Levenberg-Marquardt algorithm for nonlinear least-squares minimization" (2012), section 4.
    """

    damping: float = 1e-2
    goal: float = 0.0
    restarts: int = 0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            UsageError: A setting is out of its range.
        """
        positive(self.damping, "damping")
        if self.goal < 0 or self.restarts < 0 or self.weight_decay < 0:
            raise UsageError(f"goal, restarts and weight_decay must be at least 0: {self!r}")

    def settings(self) -> dict[str, Any]:
        """All settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class LBFGS:
    """SciPy's L-BFGS-B on all data; each epoch is one iteration. Needs the extra `train`.

    Attributes:
        memory: Pairs of steps and gradients that are kept.
        weight_decay: Adds `weight_decay/2 Σ w²` to the loss, biases left out.

    Source: Byrd, Lu, Nocedal and Zhu (1995).
    """

    memory: int = 10
    weight_decay: float = 0.0

    def settings(self) -> dict[str, Any]:
        """All settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


class Marquardt:
    """Levenberg-Marquardt on one network and its data (in the network's units)."""

    def __init__(
        self, network: Network, x: Array, y: Array, weights: Array | None, method: LevenbergMarquardt, decays: Array
    ) -> None:
        """Nothing is moved yet; raises UsageError where the loss is no sum of squares."""
        scale = network.losses.residual_scale
        if scale is None:
            raise UsageError(
                f"Levenberg-Marquardt minimises squared errors, but the loss is {network.loss_name}: take "
                "half_squared_error, squared_error or mean_squared_error, or another optimizer"
            )
        self.network, self.x, self.y, self.method = network, x, y, method
        each = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
        self.root = np.sqrt(2 * scale(y.shape[1]) * each / each.sum())[:, None]  # residuals become sqrt(2 x their loss)
        self.decay = method.weight_decay * decays.astype(np.float64)
        self.metric = _metric(network, x)
        self.damping, self.growth = method.damping, 2.0
        self.recent: list[float] = []
        self.slope = np.zeros(network.theta.size)  # gradient of the loss at the last iteration's start
        self.loss = self._loss(self._residuals())
        self.stuck = False

    def _residuals(self) -> Array:
        return (self.network.forward(self.x)[0] - self.y).astype(np.float64) * self.root

    def _loss(self, residuals: Array) -> float:
        """The loss that is minimised: half the squared residuals, and the decay."""
        theta = self.network.theta.astype(np.float64)
        return float(0.5 * np.sum(np.square(residuals)) + 0.5 * np.sum(self.decay * theta * theta))

    def iterate(self, *, patient: bool = True) -> float:
        """One step that lowers the loss, or none where no step does; returns the average loss."""
        jacobian, residuals = self._jacobian()
        theta = self.network.theta.copy()
        curvature = _gram(jacobian)
        curvature.flat[:: len(curvature) + 1] += self.decay
        self.slope = jacobian.T @ residuals + self.decay * theta
        for _ in range(TRIED):
            damped = curvature.copy()
            damped.flat[:: len(damped) + 1] += self.damping * self.metric
            step = _solved(damped, -self.slope)
            if step is not None and self._accepted(theta, step, self._bend(theta, step, damped, jacobian, residuals)):
                break
            self.damping = min(self.damping * self.growth, MOST_DAMPING)
            self.growth *= 2
        else:
            self.network.theta[...] = theta
        self.recent.append(self.loss)
        self.stuck = self._is_stuck(*(PATIENT if patient else IMPATIENT))
        return self.loss

    def _bend(self, theta: Array, step: Array, damped: Array, jacobian: Array, residuals: Array) -> Array:
        """The second-order correction of a step, `-½ (H + damping D)⁻¹ Jᵀ r''`, or 0 where it is not small.

        r'' is the second derivative of the residuals along the step, by a difference.
        """
        self.network.theta[...] = theta + PROBE * step
        change = (self._residuals().ravel() - residuals) / PROBE
        bend = _solved(damped, -(jacobian.T @ (change - jacobian @ step)) / PROBE)
        if bend is None or 4 * bend @ (self.metric * bend) > LARGEST_BEND**2 * (step @ (self.metric * step)):
            return np.zeros_like(step)
        return bend

    def _accepted(self, theta: Array, step: Array, bend: Array) -> bool:
        """Take the step if the loss falls; the damping follows how well the model foretold by how much."""
        self.network.theta[...] = theta + step + bend
        loss = self._loss(self._residuals())
        if not loss < self.loss:
            self.network.theta[...] = theta
            return False
        foretold = 0.5 * float(step @ (self.damping * self.metric * step - self.slope))
        ratio = (self.loss - loss) / foretold if foretold > 0 else 0.0
        self.damping = max(self.damping * max(1 / 3, 1 - (2 * ratio - 1) ** 3), LEAST_DAMPING)
        self.growth, self.loss = 2.0, loss
        return True

    def _is_stuck(self, gain: float, iterations: int) -> bool:
        if self.damping >= MOST_DAMPING:
            return True
        before = self.recent[-iterations - 1] if len(self.recent) > iterations else np.inf
        return bool(self.recent[-1] > (1 - gain) * before)

    def begin_anew(self) -> None:
        """After the parameters were drawn anew."""
        self.damping, self.growth, self.recent, self.stuck = self.method.damping, 2.0, [], False
        self.loss = self._loss(self._residuals())

    def _jacobian(self) -> tuple[Array, Array]:
        """d(residuals)/d(parameters), (samples x outputs, parameters), and the residuals, one row behind the other."""
        output, caches = self.network.forward(self.x)
        residuals = (output - self.y).astype(np.float64) * self.root
        samples, outputs = output.shape
        jacobian = np.empty((samples, outputs, self.network.theta.size))
        for k in range(outputs):
            grad = np.zeros_like(output)
            grad[:, k] = self.root[:, 0]
            self._rows(grad, caches, jacobian[:, k])
        return jacobian.reshape(samples * outputs, -1), residuals.ravel()

    def _rows(self, grad: Array, caches: list[Any], out: Array) -> None:
        """One output's rows: backpropagation that keeps the samples apart."""
        found: dict[str, Array] = {}
        for (name, layer), cache in zip(reversed(list(named(self.network.layers))), reversed(caches), strict=True):
            grad, gradients = layer.per_sample(grad, cache)
            found.update({f"{name}/{key}": value for key, value in gradients.items()})
        offset = 0
        for name, parameter in self.network.parameters.items():
            out[:, offset : offset + parameter.size] = found[name].reshape(len(grad), -1)
            offset += parameter.size


def _metric(network: Network, x: Array) -> Array:
    """D: the variance of its input for a weight of the first layer, 1 for all other parameters; (n,)."""
    metric, first = np.ones(network.theta.size), network.layers[0]
    if isinstance(first, Dense):
        variance = x.astype(np.float64).var(axis=0)
        repeated = np.repeat(np.where(variance > 0, variance, 1.0), first.units)  # (in, out), row by row
        metric[: repeated.size] = repeated
    return metric


def _gram(jacobian: Array) -> Array:
    """`Jᵀ J`; of a few parameters in parts, so that no threads are called in."""
    rows, size = jacobian.shape
    part = ALONE // size**2
    if not 0 < part < rows or rows * size**2 > 64 * ALONE:
        return np.asarray(jacobian.T @ jacobian)
    even = rows - rows % part
    parts = jacobian[:even].reshape(-1, part, size)
    rest = jacobian[even:]
    return np.asarray((parts.transpose(0, 2, 1) @ parts).sum(axis=0) + rest.T @ rest)


def _solved(matrix: Array, right: Array) -> Array | None:
    """The solution, or None where the matrix is singular to rounding."""
    try:
        found = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return None
    return found if np.all(np.isfinite(found)) else None


def lbfgs(network: Network, value_and_slope: Any, method: LBFGS, iterations: int, after: Any) -> None:
    """Minimise by SciPy's L-BFGS-B; the network's parameters follow it.

    Args:
        network: Starts where it is.
        value_and_slope: () -> loss and gradient vector at the network's present parameters.
        method: The settings.
        iterations: At most.
        after: (loss) -> whether to stop; called after each iteration.

    Raises:
        UsageError: SciPy is not installed.
    """
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise UsageError('L-BFGS is SciPy\'s: install it with pip install "backproof[train]"') from None
    last = [0.0]

    def evaluate(theta: Array) -> tuple[float, Array]:
        network.theta[...] = theta
        value, slope = value_and_slope()
        last[0] = value
        return value, slope.astype(np.float64)

    def callback(intermediate_result: Any) -> None:
        network.theta[...] = intermediate_result.x
        if after(float(intermediate_result.fun)):
            raise StopIteration

    options = {"maxiter": iterations, "maxcor": method.memory, "maxfun": 20 * iterations, "ftol": 0.0, "gtol": 1e-12}
    start = network.theta.astype(np.float64)
    found = minimize(evaluate, start, jac=True, method="L-BFGS-B", callback=callback, options=options)
    network.theta[...] = found.x
