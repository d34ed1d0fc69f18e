"""Large gradients: whole parameters along random directions, then down to the elements that are wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backproof.gradcheck.compare import SURE, Comparison
from backproof.gradcheck.differences import Estimates
from backproof.gradcheck.measuring import Indices, Measuring

DIRECTIONS = 4  # per parameter; each one independently misses an error with the probability given below
ERROR = 1e-5  # of a parameter's gradient norm: the error for which the probability is given
SAMPLE = 32  # elements of a parameter that are compared one by one all the same, half of them its largest
AT_ONCE = 2  # for all parameters together, where only that is asked for
LEAST = 4  # elements at which the search for the wrong ones ends


@dataclass(slots=True)
class Sums:
    """What the directions of one parameter say.

    Attributes:
        wrong: A directional derivative is off by more than its bound.
        blind: The bounds were too wide to see an error of a thousandth.
        missed: Probability that an error of `ERROR` of the gradient's norm was not seen.
    """

    wrong: bool
    blind: bool
    missed: float

    @property
    def right(self) -> bool:
        """Nothing is off, as far as could be seen."""
        return not self.wrong and not self.blind


def along_directions(measuring: Measuring, part: slice, seed: int, count: int = DIRECTIONS) -> Sums:
    """Compare one parameter's gradient with slopes along Gaussian directions.

    An error e gives a sum that is normal with deviation |e|; it is missed if that sum falls below the bound t, with
    probability erf(t / (|e| sqrt 2)) for each direction.
    """
    program = measuring.program
    generator = np.random.default_rng([seed, part.start])
    directions = np.zeros((count, len(program.point)))
    directions[:, part] = generator.standard_normal((count, part.stop - part.start)) * measuring.scales[part]
    with np.errstate(all="ignore"):
        numeric = measuring.ladder.along(directions)
    given = directions[:, part] @ program.analytic[part]
    own = np.sqrt(np.square(directions[:, part]) @ np.square(measuring.own[part]))
    bound = numeric.bound + own
    norm = float(np.linalg.norm(program.analytic[part] * measuring.scales[part]))
    off = np.abs(given - numeric.value)
    limit = np.maximum(SURE * bound, measuring.rtol * norm)
    seen = max(ERROR * norm, measuring.small)  # less does not matter beside the other parameters
    missed = math.prod(math.erf(float(b) / (max(seen, 1e-300) * math.sqrt(2))) for b in limit)
    blind = bool((bound > 1e-3 * max(norm, float(np.abs(numeric.value).max()))).all()) and norm > measuring.small
    return Sums(bool((~(off <= limit)).any()), blind, missed)


def wrong_elements(measuring: Measuring, part: slice, seed: int) -> Indices:
    """Some elements of a wrong parameter that are wrong: halves whose directional derivatives are off, ever smaller."""
    generator = np.random.default_rng([seed, part.start, 1])
    start, stop = part.start, part.stop
    while stop - start > LEAST:  # a few hundred evaluations, even for millions of elements
        middle = (start + stop) // 2
        halves = ((start, middle), (middle, stop))
        off = [_off(measuring, low, high, generator) for low, high in halves]
        start, stop = halves[int(off[1] > off[0])]
    return np.arange(start - part.start, stop - part.start, dtype=np.intp)


def _off(measuring: Measuring, start: int, stop: int, generator: np.random.Generator) -> float:
    """How far the given gradient of these elements is off along a direction, in units of the bound."""
    direction = np.zeros((1, len(measuring.program.point)))
    direction[0, start:stop] = generator.standard_normal(stop - start) * measuring.scales[start:stop]
    with np.errstate(all="ignore"):
        numeric = measuring.ladder.along(direction)
    given = float(direction[0] @ np.nan_to_num(measuring.program.analytic, nan=0.0))
    error = abs(given - float(numeric.value[0])) / max(float(numeric.bound[0]), 1e-300)
    broken = not np.isfinite(measuring.program.analytic[start:stop]).all()
    return math.inf if broken else error


def sampled(measuring: Measuring, part: slice, chosen: Indices) -> Comparison:
    """Some elements of a parameter one by one: its largest, some by chance, and those of `chosen`."""
    size = part.stop - part.start
    largest = np.argsort(-np.abs(measuring.program.analytic[part]))[: SAMPLE // 2]
    random = np.random.default_rng([measuring.seed, part.start, 2]).choice(size, min(size, SAMPLE // 2), replace=False)
    which = np.unique(np.concatenate([largest, random, chosen]).astype(np.intp))
    with np.errstate(all="ignore"):
        numeric = measuring.ladder.elements(which + part.start, measuring.scales[which + part.start], lambda done: True)
    return measuring.compare(Estimates(numeric.value, numeric.bound), part, which)
