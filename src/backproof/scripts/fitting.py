"""How well updates follow a gradient: ratio, error, and one step size for all parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node
from backproof.scripts.losses import Loss
from backproof.scripts.optimisers import Reading

TWICE = np.dtype(np.float64)
Array = NDArray[Any]
TOLERANCE = 1e-6  # relative; float64 leaves 1e-9 or better unless the loss is nearly at its minimum
TOLERANCE_SINGLE = 1e-3  # float32 leaves 1e-5 or better
TOLERANCE_HALF = 3e-2  # float16 has a relative spacing of 1e-3, and a sum over some hundred values loses a digit more
SAME_SCALE = 1e-5  # two step sizes are one within this
JUDGED_STEPS = 5  # steps that are compared; two decide, more guard against chance on tiny networks
WANDER = 1e-4  # a step size that varies more from step to step is no constant
GROWTH_STEPS = 3  # steps that tell weights that grow by a share of themselves from momentum
LARGE = 20_000  # elements of a prediction, beyond which no more losses are compared than necessary
EXPLICIT_STEPS = 12  # of the first steps, in which a loss that is computed only now and then is looked for


@dataclass(slots=True)
class Fit:
    """How well the updates of one parameter follow a loss.

    Attributes:
        root: The parameter's chain.
        ratios: Step size c in update = -c * gradient, step by step; NaN where gradient and update are both zero.
        errors: |update + c * gradient| / |update|, step by step.
        how: "direct", "tied" (copies of one value along an axis), "decay" (a multiple of the parameter added),
            "optimizer" (the gradient is formed, and an optimiser makes the update of it), "replaced" (the step
            was put in the place of the parameter), "none".
        updates, gradients: By step.
        factor: Its step size relative to the common one.
        decay: What multiple of the parameter is added, relative to the step size.
    """

    root: int
    ratios: list[float]
    errors: list[float]
    how: str
    updates: list[Array]
    gradients: list[Array]
    factor: float = 1.0
    decay: float = 0.0
    tied_axis: int | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.size(self.updates[0]))

    @property
    def still(self) -> bool:
        """Neither updated nor asked to be: gradient and update are zero in all steps."""
        return all(np.isnan(r) and e == 0 for r, e in zip(self.ratios, self.errors, strict=True))

    def follows(self, tolerance: float) -> bool:
        """Does every update lie along the gradient?"""
        return all(e <= tolerance for e in self.errors)


@dataclass(slots=True)
class LossFit:
    """All parameters against one loss."""

    loss: Loss
    losses: list[Loss]  # the same loss in each judged step
    fits: list[Fit]
    scales: list[float] = field(default_factory=list)  # the common step size, step by step
    right: list[bool] = field(default_factory=list)
    readings: dict[int, Reading] = field(default_factory=dict)  # what optimisers make of the gradient, by root

    @property
    def share(self) -> float:
        """Share of the parameters whose steps are right."""
        moving = [ok for ok, fit in zip(self.right, self.fits, strict=True) if not fit.still]
        return sum(moving) / len(moving) if moving else 0.0

    @property
    def wander(self) -> float:
        """How much the common step size varies from step to step, relatively."""
        known = [s for s in self.scales if np.isfinite(s)]
        return round(float(np.std(known) / abs(np.mean(known))), 3) if known and np.mean(known) else 0.0

    @property
    def changes_sign(self) -> bool:
        """Every direction is exact, but some steps go down and some up: an advantage or another weight came in."""
        known = [s for s in self.scales if np.isfinite(s)]
        return self.share == 1 and any(s > 0 for s in known) and any(s < 0 for s in known)

    @property
    def descends(self) -> bool:
        """Is the common step size positive?"""
        known = [s for s in self.scales if np.isfinite(s)]
        return bool(known) and sum(s > 0 for s in known) >= 0.5 * len(known)


def tolerance_for(nodes: Sequence[Node]) -> float:
    """The relative error that rounding alone may cause, by the narrowest float among the values."""
    narrowest = min((getattr(n.value, "dtype", TWICE).itemsize for n in nodes if is_float(n)), default=8)
    return TOLERANCE if narrowest >= 8 else TOLERANCE_SINGLE if narrowest >= 4 else TOLERANCE_HALF


def is_float(node: Node) -> bool:
    """Is the node's value a float, or an array of floats?"""
    return node.kind in ("f", "")


def ratios_of(updates: list[Array], truths: list[Array]) -> tuple[list[float], list[float]]:
    """`ratio_of` for each step."""
    pairs = [ratio_of(u, g) for u, g in zip(updates, truths, strict=True)]
    return [r for r, _ in pairs], [e for _, e in pairs]


def ratio_of(update: Any, truth: Any) -> tuple[float, float]:
    """The factor c and the relative error in update = -c * truth; (NaN, 0) where both are zero."""
    u, g = np.ravel(update), np.ravel(truth)
    if u.size != g.size:
        return float("nan"), float("inf")
    size, moved = float(g @ g), float(np.linalg.norm(u))
    if moved == 0:
        return float("nan"), 0.0 if size == 0 else float("inf")
    if size == 0 or not np.isfinite(moved):
        return float("nan"), float("inf")
    c = -float(u @ g) / size
    return c, float(np.linalg.norm(u + c * g)) / moved


def mode(weighted: list[tuple[float, int]]) -> float:
    """The step size that most elements share; where others share its opposite, the one that goes down."""
    known = [(r, n) for r, n in weighted if np.isfinite(r)]
    if not known:
        return float("nan")
    votes = [(sum(n for q, n in known if abs(q - r) <= SAME_SCALE * abs(r)), r) for r, _ in known]
    most = max(votes, key=lambda v: (v[0], abs(v[1])))[1]
    return abs(most) if any(abs(r - abs(most)) <= SAME_SCALE * abs(most) for r, _ in known) else most
