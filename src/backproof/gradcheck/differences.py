"""Numerical derivatives, each with a bound on its error.

Central differences at three steps are extrapolated to step 0 (Richardson). The first steps follow from the noise of the
function itself; where they do not agree, because a kink or a scale of the function lies between, shorter ones are
tried until they do, or until the noise covers what could be gained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.programs._program import Program

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPSILON = float(np.finfo(np.float64).eps)
SINGLE = float(np.finfo(np.float32).eps)
ORDER = 7  # the error of the extrapolation grows with step^6, that of rounding with 1/step: their best meets here
FIRST = 4.0  # of that best: the first of three steps, the last is a quarter of it
SHORTER = 8.0  # between rungs
RUNGS = 12  # from 2e-2 down to 2e-12 of the scale
ENOUGH = 1e-9  # relative: no shorter steps are tried for more
PROBES = (1e-11, 1e-8, 1e-5)  # of the scale, for the noise: the second and third show a program that rounds to float32
CELLS = 32  # neighbours of a point's element that a probe jumps over at least: else it shows none of their rounding
PLATEAU = (1e-7, 1e-5)  # of the scale: between these, rounding to float32 stays, a kink grows by 100, a curve by 10^6
STAYS_BELOW = 30.0
TABLE = 7  # values in the difference table of the noise
MEMORY = 1 << 22  # numbers in the points that are evaluated at once
KINK_STEPS = 3  # rungs over which a jump of the slope must stay the same
STAYS = 0.7  # share of a jump that must be left where the step is 8 times shorter: of a smooth function 1/8 is left
ONE_SIDED = 8.0  # times the usual bound: at the edge of its domain a function need have no series, as x^1.5 at 0
ROUNDING = 4.0  # times noise / step: three values each way, weighted by 64/45, -20/45, 1/45


@dataclass(slots=True)
class Estimates:
    """Derivatives along k directions.

    Attributes:
        value, bound: Each (k,), in loss / unit of the point; the bound is infinite where nothing could be evaluated.
    """

    value: Array
    bound: Array

    @classmethod
    def of_size(cls, size: int) -> Estimates:
        """Nothing known yet."""
        return cls(np.full(size, np.nan), np.full(size, np.inf))

    def put(self, places: Any, other: Estimates) -> None:
        """Take over the estimates of some places."""
        self.value[places], self.bound[places] = other.value, other.bound


def scales_of(program: Program) -> Array:
    """The unit in which each element is moved, (n,): its own size, or the usual one of its parameter if it is less."""
    scales = np.abs(program.point)
    for part in program.slices():
        values = scales[part]
        usual = float(np.sqrt(np.mean(np.square(values)))) if values.size else 0.0
        scales[part] = np.maximum(values, usual if usual > 0 else 1.0)
    return scales


def noise_of(program: Program, scales: Array, seed: int) -> float:
    """The size of the rounding errors of the loss around the point, in units of the loss.

    Source: Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011).
    """
    direction = scales * np.random.default_rng(seed).choice([-1.0, 1.0], len(scales))
    least = found = 0.0
    for probe in [each for each in PROBES if each > CELLS * program.grid] or [CELLS * program.grid]:
        values = _values_at(program, probe * direction)
        if len(values):
            least = max(least, _roundoff(values, program.grid) * float(np.abs(values).max()))
        if len(np.unique(values)) > TABLE // 2:
            found = float(from_table(values))
            break
    else:  # the loss does not move at all: the digits of its operands may be lost in it, as in x - tanh(x)
        least = max(least, EPSILON * float(np.abs(scales).max()))
    return max(found, least, _single_inside(program, direction), float(np.finfo(np.float64).tiny))


def _values_at(program: Program, step: Array) -> Array:
    values = program.at(program.point + np.arange(TABLE)[:, None] * step)
    return values[np.isfinite(values)]


def _single_inside(program: Program, direction: Array) -> float:
    """The noise of a program that rounds to float32 somewhere inside; 0 if there is no such noise.

    It shows from steps on that reach the next number of float32, and stays the same for longer ones; what a smooth
    function, or a kink, leaves in the table grows with the step.
    """
    short, long = (float(from_table(_values_at(program, probe * direction))) for probe in PLATEAU)
    return max(short, long) if long <= STAYS_BELOW * short else 0.0


def _roundoff(values: Array, grid: float) -> float:
    """Of the arithmetic that made them: what float32 can hold to the last digit was rounded to it."""
    return SINGLE if (values == values.astype(np.float32)).all() else max(EPSILON, grid)


def from_table(values: Array) -> Array:
    """Noise of equally spaced values, (k, ...) -> (...), from their differences of order 3 and more.

    Those of a smooth function are none at these distances.
    """
    sizes = [np.zeros(np.shape(values)[1:])]
    for order in range(1, len(values)):
        values = np.diff(values, axis=0)
        if order >= 3:
            factor = float(np.prod(np.arange(1, order + 1) / np.arange(order + 1, 2 * order + 1)))  # k!^2 / (2k)!
            sizes.append(np.sqrt(factor * np.mean(np.square(values), axis=0)))
    return np.asarray(np.max(sizes, axis=0))


def extrapolated(above: Array, below: Array, steps: Array, noise: float | Array) -> tuple[Array, Array]:
    """The central difference at step 0, from those at three steps, and a bound on its error.

    Args:
        above: Values at plus the steps, (..., 3).
        below: Values at minus the steps, (..., 3).
        steps: h, h/2, h/4, (..., 3).
        noise: Of the values.

    Returns:
        Slope and bound, (...): what the last extrapolation changed, and what rounding may have done.

    Source: Richardson, Phil. Trans. R. Soc. A 210 (1911).
    """
    with np.errstate(invalid="ignore"):
        slopes = (above - below) / (2 * steps)
        changes = np.abs(np.diff(slopes))
        spread = np.where(changes[..., 1] > changes[..., 0] / 2, changes.sum(axis=-1), 0.0)  # they do not converge
        once = (4 * slopes[..., 1:] - slopes[..., :-1]) / 3  # without step^2
        twice = (16 * once[..., 1] - once[..., 0]) / 15  # without step^4
        return twice, np.abs(twice - once[..., 1]) + spread + ROUNDING * noise / steps[..., -1]


class Ladder:
    """Derivatives of a program's loss along directions, each from the steps that suit it."""

    def __init__(self, program: Program, noise: float, start: float = 1.0) -> None:
        """Measure with `noise` (of the loss) and a first step that is `start` times the usual one."""
        self.program, self.noise = program, noise
        self.center = program.safe_loss(program.point)
        relative = max(noise / max(abs(self.center), noise), EPSILON)
        self.first = min(FIRST * relative ** (1 / ORDER), 0.5) * start
        self.rung = 0  # where the last elements ended: neighbours are alike

    def elements(self, indices: NDArray[np.intp], scales: Array, watch: Callable[[int], bool]) -> Estimates:
        """Along single elements; `watch` is told how many are done and says whether there is time for more."""
        found = Estimates.of_size(len(indices))
        size = max(1, min(256, MEMORY // max(1, 6 * len(self.program.point))))
        for start in range(0, len(indices), size):
            some = slice(start, start + size)

            def move(kept: NDArray[np.intp], steps: Array, some: slice = some) -> Array:
                chosen = indices[some][kept]
                points = np.repeat(self.program.point[None], len(chosen) * steps.shape[1], axis=0)
                points[np.arange(len(points)), np.repeat(chosen, steps.shape[1])] += steps.ravel()
                return points

            found.put(some, self._climb(scales[some], move))
            if not watch(min(start + size, len(indices))):
                break
        return found

    def along(self, directions: Array) -> Estimates:
        """Along whole directions, (k, n)."""

        def move(kept: NDArray[np.intp], steps: Array) -> Array:
            moved = self.program.point + steps[:, :, None] * directions[kept][:, None, :]
            return np.asarray(moved.reshape(-1, directions.shape[1]))

        return self._climb(np.ones(len(directions)), move)

    def _climb(self, scales: Array, move: Callable[[NDArray[np.intp], Array], Array]) -> Estimates:
        best = Estimates.of_size(len(scales))
        waiting = np.arange(len(scales))
        first = self.rung
        for k in (*range(first, RUNGS), *range(first - 1, -1, -1)):
            waiting = waiting[self._worth(best, waiting, scales, k)] if k != first else waiting
            if not len(waiting):
                break
            steps = self.first * SHORTER**-k * scales[waiting][:, None] * np.array([1.0, 0.5, 0.25])
            above, below = self._both(move, waiting, steps)
            self._keep(best, waiting, steps, above, below)
            self.rung = k if k >= first else self.rung
        self._one_sided(best, scales, move)
        return best

    def _both(
        self, move: Callable[[NDArray[np.intp], Array], Array], waiting: NDArray[np.intp], steps: Array
    ) -> tuple[Array, Array]:
        values = self.program.at(move(waiting, np.concatenate([steps, -steps], axis=1))).reshape(len(waiting), 6)
        return values[:, :3], values[:, 3:]

    def _keep(self, best: Estimates, waiting: NDArray[np.intp], steps: Array, above: Array, below: Array) -> None:
        value, bound = extrapolated(above, below, steps, self.noise)
        better = np.isfinite(bound) & (bound < best.bound[waiting])
        best.value[waiting[better]], best.bound[waiting[better]] = value[better], bound[better]

    def _worth(self, best: Estimates, waiting: NDArray[np.intp], scales: Array, k: int) -> Flags:
        """Whether another rung may give a better bound: its rounding must leave room for that."""
        bound = best.bound[waiting]
        rounding = ROUNDING * self.noise * 4 / (self.first * SHORTER**-k * scales[waiting])
        with np.errstate(invalid="ignore"):
            rough = ~(bound <= ENOUGH * np.abs(best.value[waiting]))
        return np.asarray(rough & (rounding < bound / 2))

    def _one_sided(self, best: Estimates, scales: Array, move: Callable[[NDArray[np.intp], Array], Array]) -> None:
        """At the edge of the domain: differences towards the side where the loss is finite."""
        edge = np.flatnonzero(~np.isfinite(best.bound))
        for k in range(RUNGS if len(edge) else 0):
            steps = self.first * SHORTER**-k * scales[edge][:, None] * np.array([1.0, 0.5, 0.25])
            above, below = self._both(move, edge, steps)
            for side, values in ((1.0, above), (-1.0, below)):
                slopes = side * (values - self.center) / steps
                once = 2 * slopes[:, 1:] - slopes[:, :-1]
                twice = (4 * once[:, 1] - once[:, 0]) / 3
                with np.errstate(invalid="ignore"):
                    bound = ONE_SIDED * (np.abs(twice - once[:, 1]) + ROUNDING * self.noise / steps[:, -1])
                    better = bound < best.bound[edge]
                best.value[edge[better]], best.bound[edge[better]] = twice[better], bound[better]

    def shortest(self, index: int, scale: float, error: float) -> tuple[float, float]:
        """Slope and bound along one element by the shortest steps at which rounding leaves an error of `error` visible.

        Longer ones may jump over kinks and waves in such a way that they agree with one another by chance.
        """
        least = max(self.first * SHORTER ** (1 - RUNGS), CELLS * self.program.grid) * scale
        size = np.clip(8 * ROUNDING * self.noise * 4 / error, least, max(least, self.first * scale))
        steps = size * np.array([1.0, 0.5, 0.25])
        points = np.repeat(self.program.point[None], 6, axis=0)
        points[:, index] += np.concatenate([steps, -steps])
        values = self.program.at(points)
        value, bound = extrapolated(values[:3], values[3:], steps, self.noise)
        return float(value), float(bound + np.ptp((values[:3] - values[3:]) / (2 * steps)))

    def rungs(self, index: int, scale: float) -> Estimates:
        """The slope along one element as each rung of steps alone has it."""
        steps = self.first * SHORTER ** -np.arange(RUNGS)[:, None] * scale * np.array([1.0, 0.5, 0.25])
        points = np.repeat(self.program.point[None], 6 * RUNGS, axis=0)
        points[:, index] += np.concatenate([steps.ravel(), -steps.ravel()])
        values = self.program.at(points).reshape(2, RUNGS, 3)
        return Estimates(*extrapolated(values[0], values[1], steps, self.noise))

    def sides(self, index: int, scale: float) -> tuple[float, float] | None:
        """The slopes on the two sides of the point along one element if they differ there: a kink. Else None.

        Between shorter and shorter steps a smooth function's two slopes approach one another as fast as the step.
        """
        steps = self.first * SHORTER ** -np.arange(RUNGS) * scale
        points = np.repeat(self.program.point[None], 2 * RUNGS, axis=0)
        points[:, index] += np.concatenate([steps, -steps])
        values = self.program.at(points)
        above, below = (values[:RUNGS] - self.center) / steps, (self.center - values[RUNGS:]) / steps
        with np.errstate(invalid="ignore"):
            jumps = np.abs(above - below)
            clear = jumps > ROUNDING * self.noise * KINK_STEPS / steps
        for k in range(RUNGS - KINK_STEPS, -1, -1):
            some = slice(k, k + KINK_STEPS)
            if clear[some].all() and STAYS < jumps[some][-1] / jumps[some][0] < 1 / STAYS:
                return float(min(above[some].min(), below[some].min())), float(
                    max(above[some].max(), below[some].max())
                )
        return None
