"""Does the network learn? One answer for all rules, from the unexplained share or, without it, from the loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Evidence, Expected
from backproof.observations import Quantity, Run
from backproof.rules._rule import NotObserved, evidence

# Nineteen twentieths of the variance explained: who is content with less has noise in the data, which only an
# experiment can tell from a fault. Reference runs that train well end at .0003 to .04 (tests/rules, seeds 0-4).
FITS = 0.05
# A tenth unexplained, twice what counts as a fit: a rough fit is no fault that needs a cause.
ROUGH_FIT = 0.1
# 1 is a network that always predicts the mean of the targets, so .9 is one that has learnt next to nothing.
NOTHING_LEARNT = 0.9
# Over the later half of the run: at that pace, three more runs of the same length would not halve the error.
STILL_FALLING = 0.1

# Behind a share, in messages.
SCALE = "0 %: a perfect fit, 100 %: no better than the mean"


# Where answers are classes a quarter unexplained is what is left if each right answer is given with .75.
ANSWERED = 0.25
# Of what is left, what the same network comes to on samples kept back: if less is not to be had there, it is noise.
LEARNABLE = 0.5


class Trial(NamedTuple):
    """Two short trainings that differ in one thing: unexplained shares, and the evidence for both."""

    as_is: float  # the median, where it was made with several seeds
    changed: float  # likewise
    best: float  # the least of those with the change
    repeats: int  # how many those are
    evidence: tuple[Evidence, ...]


def _course(run: Run) -> NDArray[np.float64]:
    """What is left to learn, window by window: the unexplained share, or the loss relative to the first."""
    _, values = run.series(Quantity.UNEXPLAINED, "predictions")
    if not len(values):
        _, values = run.series(Quantity.LOSS, "loss")
        values = values / values[0] if len(values) and 0 < values[0] < np.inf else values
    return np.where(np.isfinite(values), values, np.inf)


def remaining(run: Run) -> float:
    """What is left to learn at the end: 0 for a perfect fit, 1 for the mean (or the first loss), inf for NaN.

    Raises:
        NotObserved: Neither the unexplained share nor the loss was observed.
    """
    course = _course(run)
    if not len(course):
        raise NotObserved(Quantity.UNEXPLAINED)
    return float(course[-1])


def fits(run: Run) -> bool:
    """Whether the network ended with a good fit."""
    return remaining(run) <= FITS


def known_to_fit(run: Run) -> bool:
    """Whether the network ended with a good fit; False, too, where nothing says how well it ended."""
    return bool(len(_course(run))) and fits(run)


def result(run: Run) -> tuple[tuple[Evidence, ...], str]:
    """The evidence for how well the network learns and what is left to learn, in words; nothing where not observed."""
    return ((outcome(run),), f"; {left_over(run)}") if len(_course(run)) else ((), "")


def has_learnt(run: Run) -> bool:
    """Whether the network ended with a fit that is no fault that needs a cause: rough, or with most answers right."""
    classes = run.structure.task in ("binary", "categorical")
    return remaining(run) <= (ANSWERED if classes else ROUGH_FIT)


def is_noise(run: Run) -> bool:
    """Whether an experiment says that what is left cannot be learnt from the data: samples kept back show no less."""
    try:
        kept_back = trial(run, Quantity.TRIAL_LARGER)
    except NotObserved:
        return False
    return min(kept_back.as_is, kept_back.best) > LEARNABLE * remaining(run)


def later(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The windows of the later half; at least two where there are two."""
    return values[min(len(values) // 2, max(len(values) - 2, 0)) :]


def change_later(run: Run) -> float | None:
    """Relative change of what is left, over the later half of the run: -0.1 fell by a tenth; None: one window."""
    course = _course(run)
    steps = run.series(Quantity.UNEXPLAINED, "predictions")[0]
    if len(steps) != len(course):
        steps = np.arange(len(course))
    course = course[min(int(np.searchsorted(steps, steps[-1] / 2)), len(course) - 2) :] if len(course) > 1 else course
    if len(course) < 2:
        return None
    start, end = float(course[0]), float(course[-1])
    if not np.isfinite(end):
        return np.inf
    return (end - start) / start if start > 0 and np.isfinite(start) else 0.0


def has_improved(run: Run) -> bool:
    """Whether less is left at the end than in the first window; nothing else was seen where there is but one."""
    course = _course(run)
    return len(course) < 2 or bool(course[-1] < course[0])


def stuck(run: Run, above: float = NOTHING_LEARNT) -> bool:
    """Whether at least `above` is left to learn and the later half of the run did not lower it any more."""
    change = change_later(run)
    return remaining(run) >= above and change is not None and change > -STILL_FALLING


def outcome(run: Run) -> Evidence:
    """The evidence for how well the network learns."""
    expected = Expected("<=", FITS, "near 0; 1 is a network that always predicts the mean of the targets")
    if "predictions" in run.places(Quantity.UNEXPLAINED):
        return evidence(run, Quantity.UNEXPLAINED, "predictions", expected)
    return evidence(run, Quantity.LOSS, "loss", Expected("<", 1.0, "falling"))


def left_over(run: Run) -> str:
    """What is left to learn, in words that end a sentence."""
    left = remaining(run)
    if not np.isfinite(left):
        return "the error is no finite number any more"
    if "predictions" in run.places(Quantity.UNEXPLAINED):
        return f"{share(left)} of the variance of the targets stays unexplained ({SCALE})"
    return "the loss is where it was at first" if left == 1 else f"the loss is {left:.3g} times what it was at first"


def share(value: float) -> str:
    """An unexplained share in percent; more than a hundred is worse than predicting the mean."""
    if not np.isfinite(value):
        return "no finite share"
    if value < 1e-4:
        return "less than 0.01 %"
    return f"{100 * value:.2g} %" if value < 0.995 else f"{100 * value:.3g} %"


def updates(run: Run) -> str:
    """How many there were, in words."""
    return "its updates" if run.total_steps is None else f"{run.total_steps:,} updates"


def trial(run: Run, quantity: Quantity) -> Trial:
    """The experiment `quantity` and the untreated one of the same `where`.

    Raises:
        NotObserved: The experiment was not made, or not the untreated one of the same `where`.
    """
    for where in run.places(quantity):
        _, changed = run.series(quantity, where)
        _, as_is = run.series(Quantity.TRIAL_AS_IS, where)
        if len(as_is):
            both = (evidence(run, Quantity.TRIAL_AS_IS, where), evidence(run, quantity, where))
            return Trial(_median(as_is), _median(changed), float(np.fmin.reduce(changed)), len(changed), both)
    raise NotObserved(quantity)


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(np.where(np.isfinite(values), values, np.inf)))


def computed_as_zero(run: Run, where: str) -> bool:
    """Whether the derivative of an activation came out as 0 where its true value is none."""
    computed, true = run.last(Quantity.DERIVATIVE_COMPUTED, where), run.last(Quantity.DERIVATIVE_TRUE, where)
    return computed == 0 and true is not None and true > 0
