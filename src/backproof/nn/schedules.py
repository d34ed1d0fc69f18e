"""Learning-rate schedules: a factor of the optimiser's rate for each step, counted from 0."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from backproof.errors import UsageError
from backproof.nn.checking import positive


@dataclass(frozen=True)
class Schedule(ABC):
    """A factor of the learning rate that depends on the step only."""

    @abstractmethod
    def __call__(self, step: int) -> float:
        """The factor of step `step`, counted from 0."""


@dataclass(frozen=True)
class Constant(Schedule):
    """Always 1."""

    def __call__(self, step: int) -> float:
        """1."""
        return 1.0


@dataclass(frozen=True)
class Exponential(Schedule):
    """`factor^(step / every)`: smooth decay by `factor` in `every` steps."""

    factor: float
    every: int

    def __post_init__(self) -> None:
        """Check the settings; raises UsageError."""
        positive(self.factor, "factor")
        positive(self.every, "every", whole=True)

    def __call__(self, step: int) -> float:
        """`factor^(step / every)`."""
        return float(self.factor ** (step / self.every))


@dataclass(frozen=True)
class Steps(Schedule):
    """`factors[k]` between the k-th and the next of `at`; 1 before the first.

    Args:
        at: Increasing numbers of steps.
        factors: As many.
    """

    at: Sequence[int]
    factors: Sequence[float]

    def __post_init__(self) -> None:
        """Check the settings; raises UsageError."""
        if len(self.at) != len(self.factors) or list(self.at) != sorted(set(self.at)):
            raise UsageError(f"at must increase and have as many entries as factors: {self.at!r}, {self.factors!r}")

    def __call__(self, step: int) -> float:
        """The factor that holds at this step."""
        k = bisect_right(self.at, step)
        return float(self.factors[k - 1]) if k else 1.0


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 to `final` in `total` steps. Source: Loshchilov and Hutter, "SGDR" (2017)."""

    total: int
    final: float = 0.0

    def __post_init__(self) -> None:
        """Check the settings; raises UsageError."""
        positive(self.total, "total", whole=True)

    def __call__(self, step: int) -> float:
        """`final + (1 - final) (1 + cos(pi step / total)) / 2`."""
        done = min(step / self.total, 1.0)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True)
class Warmup(Schedule):
    """Rises evenly over `steps` steps, then follows another schedule from its start."""

    steps: int
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        """Check the settings; raises UsageError."""
        positive(self.steps, "steps", whole=True)

    def __call__(self, step: int) -> float:
        """`(step + 1) / steps`, then `then(step - steps)`."""
        return (step + 1) / self.steps if step < self.steps else self.then(step - self.steps)
