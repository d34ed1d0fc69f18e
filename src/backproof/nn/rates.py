"""The learning-rate range test: start so small that almost nothing happens, raise, and watch the loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.errors import UsageError
from backproof.nn.checking import positive
from backproof.nn.optimizers import Optimizer
from backproof.nn.schedules import Schedule
from backproof.nn.settings import Settings

if TYPE_CHECKING:
    from backproof.nn.network import Network

Array = NDArray[np.float64]

BLOWN_UP = 4.0  # times the lowest smoothed loss: beyond it nothing more is to be learnt (fast.ai's rate finder)
SMOOTHING = 0.9  # share of the running mean that a step keeps
SAFETY = 0.1  # of the rate at which the loss is lowest: there the steps are already at the edge (Smith, 2017)


@dataclass(frozen=True)
class _Rising(Schedule):
    """From 1 to `ratio`, evenly on a logarithmic scale."""

    ratio: float
    steps: int

    def __call__(self, step: int) -> float:
        """`ratio^(step / (steps - 1))`."""
        return float(self.ratio ** (step / max(self.steps - 1, 1)))


@dataclass(frozen=True, slots=True)
class RateRange:
    """The curve of a range test, and the rate that it suggests.

    Attributes:
        rates: (n,), the rates that were tried, rising.
        losses: (n,), the loss of each step's batch, smoothed and put right for its start.
        suggestion: A tenth of the rate with the lowest loss.
    """

    rates: Array
    losses: Array
    suggestion: float

    def __str__(self) -> str:
        """The suggestion and the range that was tried."""
        return f"suggested learning rate {self.suggestion:.2g} (tried {self.rates[0]:.1g} to {self.rates[-1]:.1g})"


class _Losses:
    """A listener that keeps the loss of every step."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def begins(self, network: Network, x: Any, y: Any, settings: Settings, held: Any) -> None:
        """Nothing to do."""

    def due(self, number: int) -> bool:
        """Every step."""
        return True

    def stepped(self, network: Network, step: Any) -> None:
        """Note its loss."""
        self.losses.append(step.loss)


def learning_rate_range(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    batch_size: int | None = 32,
    optimizer: Optimizer | str = "sgd",
) -> RateRange:
    """Train a copy of the network for `steps` steps at rates from `low` to `high`, and see where the loss falls.

    The network itself is not changed.

    Raises:
        UsageError: The range is empty, or the data do not fit.

    Source: Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3.
    """
    from copy import deepcopy

    positive(low, "low")
    positive(steps, "steps", whole=True)
    if not low < positive(high, "high"):
        raise UsageError(f"the range of rates is empty: low {low!r} must be below high {high!r}")
    trial, seen = deepcopy(network), _Losses()
    settings = Settings(optimizer=optimizer, batch_size=batch_size)
    if not isinstance(settings.method, Optimizer):
        raise UsageError(f"{type(settings.method).__name__} has no learning rate")
    per_epoch = max(1, -(-len(np.asarray(x)) // (batch_size or len(np.asarray(x)))))
    rising = replace(
        settings, optimizer=replace(settings.method, learning_rate=low), schedule=_Rising(high / low, steps),
        epochs=-(-steps // per_epoch), listeners=(seen,), progress=False,
    )  # fmt: skip
    from backproof.nn.training import train

    with np.errstate(all="ignore"):
        train(trial, x, y, rising)
    return _range(low * (high / low) ** (np.arange(steps) / max(steps - 1, 1)), np.array(seen.losses[:steps]))


def _range(rates: Array, losses: Array) -> RateRange:
    """Smooth, cut where it blows up, and suggest."""
    smoothed, mean, lowest = [], 0.0, np.inf
    for k, loss in enumerate(losses):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * float(loss)
        value = mean / (1 - SMOOTHING ** (k + 1))
        if not np.isfinite(value) or value > BLOWN_UP * lowest:
            break
        smoothed.append(value)
        lowest = min(lowest, value)
    if not smoothed:
        raise UsageError(
            "the loss is no finite number at the very first step: look at the data and the initial weights"
        )
    found = np.array(smoothed)
    return RateRange(rates[: len(found)], found, SAFETY * float(rates[int(found.argmin())]))
