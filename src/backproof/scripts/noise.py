"""Gradients that cancel: what is left of them is rounding, which no two ways of adding up have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import adjoints, gradients
from backproof.graph.node import Node
from backproof.scripts.fitting import TOLERANCE, Fit, LossFit
from backproof.scripts.roles import Roles, Step

Array = NDArray[Any]
DRAWS = 3  # of random signs: in one draw the rounding of a single number may happen to cancel as well
# Times the rounding of the output's deltas alone: those of the layers below and of the sums come on top.
MARGIN = 100.0
NEGLIGIBLE = 1e-4  # beside the largest gradient; also single precision leaves less of a sum that cancels
EPSILON, EPSILON_SINGLE = 2.2e-16, 1.2e-7


def cleared(roles: Roles, steps: list[Step], before: list[dict[int, Node]], made: LossFit, tolerance: float) -> None:
    """Take the digits that rounding made out of the fits that are not right.

    On data that are symmetric (x from -1 to 1, an odd function) the gradients of the biases are sums that cancel: zero,
    or some 1e-17 that depends on the order of the summands. A step that differs from the gradient by no more follows
    it; where neither has a digit left, nothing can be said of the parameter.
    """
    epsilon = EPSILON if tolerance <= TOLERANCE else EPSILON_SINGLE
    wrong = [k for k, ok in enumerate(made.right) if not ok and made.fits[k].how != "replaced" and _small(made, k)]
    if not wrong:
        return
    noises = [_noise(roles, step, made, t, before[t], wrong, epsilon) for t, step in enumerate(steps)]
    for position, k in enumerate(wrong):
        without = _without(made.fits[k], made.scales, [row[position] for row in noises])
        if without is not None:
            made.fits[k], made.right[k] = without, True


def _small(made: LossFit, k: int) -> bool:
    """Could all that is off be rounding, by its size beside the largest gradient of the step? Spares the rest."""
    fit = made.fits[k]
    for t, (update, truth, scale) in enumerate(zip(fit.updates, fit.gradients, made.scales, strict=True)):
        largest = max(float(np.linalg.norm(other.gradients[t])) for other in made.fits)
        if np.size(update) != np.size(truth) or not np.isfinite(scale):
            return False
        off = float(np.linalg.norm(np.ravel(update) + scale * np.ravel(truth)))
        if not off <= NEGLIGIBLE * abs(scale) * largest:
            return False
    return True


def _noise(
    roles: Roles, step: Step, made: LossFit, t: int, before: dict[int, Node], wrong: list[int], epsilon: float
) -> list[float]:
    """Norm of what rounding may change in the gradients of the parameters `wrong`."""
    arriving = adjoints(made.losses[t].seeds, stop=roles.stop)
    ends = {pair.prediction: roles.nodes[pair.prediction] for pair in step.pairs.values()}
    seeds = {node: np.asarray(arriving[i]) for i, node in ends.items() if i in arriving}
    wrt, rng = [before[made.fits[k].root] for k in wrong], np.random.default_rng(0)
    norms = np.zeros(len(wrong))
    for _ in range(DRAWS if seeds else 0):
        signed = {node: epsilon * seed * rng.choice((-1.0, 1.0), seed.shape) for node, seed in seeds.items()}
        norms = np.maximum(norms, [np.linalg.norm(g) for g in gradients(signed, wrt, stop=roles.stop)])
    return [MARGIN * float(norm) for norm in norms]


def _without(fit: Fit, scales: list[float], noises: list[float]) -> Fit | None:
    """The fit without its noise; None where more than that is off."""
    ratios, errors = [], []
    for update, truth, scale, noise in zip(fit.updates, fit.gradients, scales, noises, strict=True):
        off = np.ravel(update) + scale * np.ravel(truth) if np.size(update) == np.size(truth) else np.array([np.inf])
        if not np.isfinite(scale) or not np.linalg.norm(off) <= noise * abs(scale):
            return None
        ratios.append(scale if np.linalg.norm(truth) > noise else float("nan"))
        errors.append(0.0)
    return replace(fit, ratios=ratios, errors=errors, how="direct", factor=1.0)
