"""Somebody's code as the checker sees it: one number as a function of named parameters, and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.steps import RecordedStep

Array = NDArray[np.float64]


class Parameter(NamedTuple):
    """A named part of the point at which a gradient is checked."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of its elements."""
        return int(np.prod(self.shape, dtype=int))


class OtherMode(NamedTuple):
    """A second way in which a program gives its gradient, and which disagrees with the first.

    Attributes:
        names: What the first and the second are called.
        analytic, gradient: As in `Program`, of the second.
    """

    names: tuple[str, str]
    analytic: Array
    gradient: Callable[[Array], Array]


@dataclass(slots=True)
class Program:
    """A loss and its gradient over one flat vector; each leaf of this folder makes one of a framework's objects.

    Attributes:
        parameters: The parts of the vector, in order; their elements in C order.
        point: Where the gradient is checked, shape (n,).
        loss: The loss as a function of such a vector, in the best precision that the program can be run in. Several
            outputs are summed with fixed weights.
        analytic: The gradient that the program gives at `point`, shape (n,).
        gradient: The same at any vector, in the precision of `loss`; None where it is known at `point` only.
        losses: The losses of several vectors, shape (k, n) -> (k,), where that is faster than one by one.
        complex_loss: `loss` of a complex vector, where the program may take one.
        rounding: Unit roundoff in which `analytic` was computed.
        grid: Relative distance of neighbours among the points that `loss` can tell apart.
        sizes: Numbers by which a gradient may be too large by mistake, with what they are: {"samples": 32}.
        other: Another mode whose gradient differs from `analytic`: both are judged.
        penalty: What the gradient holds of a weight decay, (n,): a factor may be wrong in the rest alone.
        layers: Fast numerical gradients of whole layers, where the program knows its own structure.
        recorded: The forward pass at a vector with a gradient that was given there, for the search for mistakes; None
            where it cannot be recorded, or compares no prediction with a target.
        notes: What was done so that the program could be checked, in words.
        surroundings: Entered while the check runs, left as it was found.
    """

    parameters: tuple[Parameter, ...]
    point: Array
    loss: Callable[[Array], float]
    analytic: Array
    gradient: Callable[[Array], Array] | None = None
    losses: Callable[[Array], Array] | None = None
    complex_loss: Callable[[NDArray[np.complex128]], complex] | None = None
    rounding: float = float(np.finfo(np.float64).eps)
    grid: float = float(np.finfo(np.float64).eps)
    sizes: dict[str, int] = field(default_factory=dict)
    other: OtherMode | None = None
    penalty: Array | None = None
    layers: Callable[[], tuple[Array, Array] | None] | None = None
    recorded: Callable[[Array, Array], tuple[RecordedStep, str] | None] | None = None
    notes: list[str] = field(default_factory=list)
    surroundings: Callable[[], AbstractContextManager[Any]] = nullcontext

    def slices(self) -> list[slice]:
        """Where each parameter stands in the vector."""
        ends = np.cumsum([0, *(parameter.size for parameter in self.parameters)])
        return [slice(int(start), int(end)) for start, end in pairwise(ends)]

    def at(self, points: Array) -> Array:
        """The losses of several vectors: (k, n) -> (k,); NaN where the program fails with an arithmetic error."""
        if self.losses is not None:
            return self.losses(points)
        return np.array([self.safe_loss(point) for point in points])

    def safe_loss(self, point: Array) -> float:
        """The loss of one vector; NaN where the program fails with an arithmetic error, as `math.log(-1)` does."""
        try:
            return self.loss(point)
        except (ValueError, ArithmeticError):
            return float("nan")


def flat(arrays: Sequence[Any]) -> Array:
    """Arrays behind one another: as one vector of float64."""
    parts = [np.asarray(array, dtype=np.float64).ravel() for array in arrays]
    return np.concatenate(parts) if parts else np.zeros(0)
