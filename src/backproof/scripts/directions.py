"""Which way a right direction is to be followed: a loss is to fall, a likelihood or a reward to grow."""

from __future__ import annotations

import numpy as np

from backproof.scripts.fitting import Fit, LossFit


def settled(found: list[LossFit]) -> list[LossFit]:
    """The fits without those that only the opposite of a loss gives, and with what is to grow turned round.

    `sum(log p)` is a part of the cross-entropy and falls as the cross-entropy rises. What a step does to the errors
    of the predictions tells the one from the other.
    """
    whole = [fit for fit in found if fit.loss.kind != "part" and fit.share == 1]
    if not whole or any(fit.descends or fit.changes_sign for fit in whole):
        return found
    falls = _error_falls(found)
    if falls is None:
        return found
    if not falls:
        return [fit for fit in found if fit.loss.kind != "part"]
    for fit in whole:
        if fit.loss.kind == "explicit":
            _turn(fit)
    return found


def _error_falls(found: list[LossFit]) -> bool | None:
    """Do most steps make the squared error of the predictions smaller? None where that is not known."""
    for fit in found:
        if fit.loss.name == "half_squared_error":
            steps = range(len(fit.losses))
            moved = [sum(float(np.sum(f.updates[t] * f.gradients[t])) for f in fit.fits if _alike(f)) for t in steps]
            signs = [np.sign(each) for each in moved if each]
            return sum(signs) < 0 if signs else None
    return None


def _alike(fit: Fit) -> bool:
    return all(np.size(u) == np.size(g) for u, g in zip(fit.updates, fit.gradients, strict=True))


def _turn(fit: LossFit) -> None:
    """Take the step as an ascent: what is followed is to grow."""
    fit.scales = [-scale for scale in fit.scales]
    for each in fit.fits:
        each.ratios = [-ratio for ratio in each.ratios]
