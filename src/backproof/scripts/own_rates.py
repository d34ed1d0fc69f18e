"""Parameters that go down along their gradients at rates of their own: a note about the rates, and no more."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.scripts.fitting import SAME_SCALE, Fit, LossFit
from backproof.scripts.naming import Names

RULE = "constant-factor-only"
NAMED = 4  # parameters in one sentence
WRITTEN = 1e4  # a factor beyond this, or below its inverse, is none that somebody writes


def rates_apart(fit: LossFit, names: Names) -> list[Finding]:
    """A note for every rate that is not the one of most parameters, if each stays what it is from step to step."""
    by_factor: dict[float, list[Fit]] = defaultdict(list)
    for each in fit.fits:
        if not each.still and _is_constant(each, fit.scales) and abs(each.factor - 1) > SAME_SCALE:
            by_factor[float(f"{each.factor:.4g}")].append(each)
    return [_note(factor, fits, names) for factor, fits in by_factor.items() if 1 / WRITTEN < factor < WRITTEN]


def _is_constant(each: Fit, scales: list[float]) -> bool:
    relative = [r / s for r, s in zip(each.ratios, scales, strict=True) if np.isfinite(r) and np.isfinite(s) and s]
    return bool(relative) and float(np.ptp(relative)) <= SAME_SCALE * max(map(abs, relative))


def _note(factor: float, fits: list[Fit], names: Names) -> Finding:
    called = [names.by_root[each.root] for each in fits]
    several = f"{', '.join(called[:NAMED])}{' and others' if len(called) > NAMED else ''}"
    spans = dict.fromkeys(span for each in fits if (span := names.span(each.root)) is not None)
    places = [Place(s.file, s.line, s.end_line, s.column, s.end_column, None, "expression") for s in spans]
    expected = Expected("==", 1.0, "one rate for all, unless another one is meant")
    return Finding(
        RULE,
        Severity.NOTE,
        f"The step of {several} is {factor:.4g} times as long, measured by its gradient, as those of most parameters: "
        "the direction is right, and the rate is another one",
        tuple(places[:NAMED]),
        (Evidence("rate, relative to that of most parameters", called[0], (0,), (factor,), expected),),
        (Remedy("Use one rate for all parameters, unless this one is to have its own"),),
    )
