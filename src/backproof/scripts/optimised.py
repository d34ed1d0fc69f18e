"""Steps that follow their gradients by way of an optimiser: which parameters' steps are its work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backproof.scripts.fitting import SAME_SCALE, LossFit, mode
from backproof.scripts.optimisers import Reading
from backproof.scripts.updates import NOT_FORMED, Updates
from backproof.scripts.verdict import Judge

LOSSES_READ = 6  # losses for which the updates are read
MOST_READ = 60  # parameters whose updates are read one by one where they are at no common rate


def read(judge: Judge, fit: LossFit) -> None:
    """Read the updates that are no multiple of their gradient; what is no optimiser's work is not right."""
    roots = [each.root for each in fit.fits if each.how == "optimizer" and not each.still]
    fit.readings = _readings(judge, fit, roots)
    off = _off_scale(judge, fit, roots)
    for k, each in enumerate(fit.fits):
        reading = fit.readings.get(each.root)
        if reading is not None and reading.says == NOT_FORMED:
            fit.readings[each.root] = replace(reading, verdict="unknown", says="its gradient is made piece by piece")
        elif reading is not None and (reading.verdict == "foreign" or reading.uphill or each.root in off):
            fit.right[k], each.how = False, "none"


def read_as_scaled(judge: Judge, fit: LossFit) -> bool:
    """Are all steps the work of optimisers that take the same multiple of the gradient, though not at one rate?

    If so, they are right from now on, and what was read of them is kept.
    """
    moving = [each for each in fit.fits if not each.still]
    if any(judge.roles.chains[each.root].anew for each in moving):
        return False
    roots = [each.root for each in moving]
    if not roots or len(roots) > MOST_READ or any(each.how == "none" and each.size > 1 for each in moving):
        return False
    readings = _readings(judge, fit, roots)
    if not readings or any(r.verdict == "foreign" or r.uphill for r in readings.values()):
        return False
    multiples = [abs(r.multiple) for r in readings.values() if not r.weight]
    fit.readings = readings
    if (multiples and np.ptp(multiples) > SAME_SCALE * max(multiples)) or _off_scale(judge, fit, roots):
        fit.readings = {}
        return False
    fit.right = [True] * len(fit.fits)
    fit.scales = [abs(scale) for scale in fit.scales]
    return True


def _readings(judge: Judge, fit: LossFit, roots: list[int]) -> dict[int, Reading]:
    """What the updates of `roots` are; nothing where that fails: a fault in reading costs no verdict."""
    try:
        return Updates(judge, fit).readings(roots) if roots else {}
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError):
        return {}


def likely(fits: list[LossFit]) -> list[LossFit]:
    """Losses that the steps may be meant for: what is shown, standard losses, other numbers of the script."""
    whole = [fit for fit in fits if fit.loss.kind != "part"]
    rank = {"implicit": 1, "explicit": 2}
    return sorted(whole, key=lambda f: 0 if f.loss.shown else rank[f.loss.kind])[:LOSSES_READ]


def _off_scale(judge: Judge, fit: LossFit, roots: list[int]) -> set[int]:
    """Parameters whose sum of gradients has another weight than that of the others, though no rate of its own."""
    weights = {root: r.weight for root in roots if (r := fit.readings.get(root)) is not None and r.weight > 0}
    usual = mode([(w, 1) for w in weights.values()])
    off = {root for root, w in weights.items() if abs(w / usual - 1) > SAME_SCALE}
    known = {root: judge.multiple(root, fit) for root in off | set(weights)} if off else {}
    common = mode([(abs(m), 1) for m in known.values()])
    return {root for root in off if not abs(abs(known[root]) / common - 1) <= SAME_SCALE}
