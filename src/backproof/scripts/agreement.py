"""How far the updates of a parameter are from minus the gradient: for the rows of a report."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.findings import Finding
from backproof.scripts.fitting import Fit, LossFit


def agreement(fit: LossFit, each: Fit, fine: bool) -> tuple[float, float | None, float | None]:
    """Relative error, cosine and norm ratio of the update against minus the step size times the gradient."""
    t = len(each.updates) - 1
    update, truth = np.ravel(each.updates[t]), np.ravel(each.gradients[t])
    if update.size != truth.size:
        return float("inf"), None, None
    if each.how == "optimizer" or fine:
        return float(max((e for e in each.errors if np.isfinite(e)), default=0.0)), 1.0, None
    norm, moved = float(np.linalg.norm(truth)), float(np.linalg.norm(update))
    if not norm or not moved:
        return float("inf"), None, None
    cosine = float(-(update @ truth) / (norm * moved))
    scale = fit.scales[t] if np.isfinite(fit.scales[t]) and fit.scales[t] else moved / norm
    error = float(np.max(np.abs(update / -abs(scale) - truth)) / np.max(np.abs(truth)))
    return error, cosine, moved / (abs(scale) * norm)


def about(finding: Finding) -> set[str | None]:
    """The names of the parameters that a finding speaks of."""
    return {place.name for place in finding.where} | {e.where for e in finding.evidence}


def is_lost_in_rounding(each: Fit, parameter: Any) -> bool:
    """Is the step exactly 0 where the true one is too small to change the parameter at all?"""
    size = float(np.max(np.abs(np.asarray(parameter, np.float64))))
    gradients = [float(np.max(np.abs(truth))) for truth in each.gradients]
    least = np.finfo(float).eps * size
    return not any(np.any(u) for u in each.updates) and bool(0 < max(gradients, default=0.0) < least)
