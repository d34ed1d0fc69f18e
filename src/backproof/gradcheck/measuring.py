"""The steps of a check: numerical slopes of a program's elements or directions, held against the gradient it gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.compare import KINK, SURE, UNDECIDED, WRONG, Comparison
from backproof.gradcheck.differences import EPSILON, Estimates, Ladder, noise_of, scales_of
from backproof.gradcheck.programs._program import Array, Program

AGAIN = 0.37  # the first step of a second measurement, relative to the first one's
ABOUT = 0.02  # of a slope: what steps of some size have to tell it to, to speak against those that deny it
SUSPECTS = 24  # wrong elements of a parameter that are looked at twice: if these are, the others are
AWAY = 1e-3  # of the scale: how far beside a point that may be an exceptional one
COMPLEX_STEP = 1e-30  # of the scale; nothing is subtracted, and so nothing is lost
NEGLIGIBLE = 1e-6  # of the largest gradient x scale of all parameters
DRAWS = 2  # of such moves
USUAL = 0.75  # quantile of what they change in a parameter
JUMP = 1e7  # roundoffs of the loss or of an element: what changes it by more, and much, is a kink and no rounding
SPREAD = 4.0  # roundoffs by which the point is moved to see how far the program's own rounding carries

Indices = NDArray[np.intp]


@dataclass(slots=True)
class Measuring:
    """One check under way.

    Attributes:
        program: What is checked.
        rtol: See `check_gradient`.
        seed: Of all that is drawn.
        deadline: When to stop, as `time.perf_counter` counts.
        watch: Is told the share that is done.
        fast: Whether only directions are asked for: then the program's own rounding is not measured.
    """

    program: Program
    rtol: float
    seed: int
    deadline: float
    watch: Callable[[float], None] = lambda share: None
    fast: bool = False
    evaluations: int = 0
    scales: Array = field(init=False)
    noise: float = field(init=False)
    cost: float = field(init=False)
    ladder: Ladder = field(init=False)
    own: Array = field(init=False)
    small: float = field(init=False)

    def __post_init__(self) -> None:
        """Measure the noise, and how long an evaluation takes."""
        self.scales = scales_of(self.program)
        self._count()
        start, before = time.perf_counter(), self.evaluations
        with np.errstate(all="ignore"):
            self.noise = noise_of(self.program, self.scales, self.seed)
            self.ladder = Ladder(self.program, self.noise)
        self.cost = (time.perf_counter() - start) / max(1, self.evaluations - before)
        self.own = self._own_rounding()
        finite = np.nan_to_num(np.abs(self.program.analytic * self.scales), posinf=0.0)
        self.small = NEGLIGIBLE * float(finite.max(initial=0.0))

    def _count(self) -> None:
        loss, losses, hold = self.program.loss, self.program.losses, self

        def counted(point: Array) -> float:
            hold.evaluations += 1
            return loss(point)

        self.program.loss = counted
        if losses is not None:

            def counted_losses(points: Array) -> Array:
                hold.evaluations += len(points)
                return losses(points)

            self.program.losses = counted_losses

    def _own_rounding(self) -> Array:
        """How far the program's gradient may be off by rounding alone, per element."""
        program, given = self.program, np.nan_to_num(np.abs(self.program.analytic), posinf=0.0)
        bound = np.empty_like(given)
        for part in program.slices():
            bound[part] = 64 * program.rounding * given[part].max(initial=0.0)
        if program.gradient is None or self.fast:
            return bound
        generator, spread = np.random.default_rng(self.seed), np.zeros_like(given)
        for _ in range(DRAWS):
            with np.errstate(all="ignore"):
                signs = generator.choice([-1.0, 1.0], len(given))
                moved = program.gradient(program.point + SPREAD * max(EPSILON, program.grid) * self.scales * signs)
            spread = np.maximum(spread, np.nan_to_num(np.abs(moved - program.analytic), posinf=0.0))
        rounded = JUMP * EPSILON * np.maximum(self.scales, abs(self.ladder.center))
        for part in program.slices():
            jumps = spread[part] > np.maximum(1e-3 * given[part].max(initial=0.0), rounded[part] / self.scales[part])
            usual = spread[part][~jumps]
            bound[part] += 8 * np.quantile(usual, USUAL) if usual.size else 0.0
        return bound

    def seconds_for_all(self) -> float:
        """How long all elements take, one by one."""
        return 7 * self.cost * len(self.program.point)

    def compare(self, numeric: Estimates, part: slice, which: Indices) -> Comparison:
        """The elements `which` of the parameter at `part`, of which `numeric` holds the slopes; suspects twice."""
        number = self.program.slices().index(part)
        places = which + part.start
        comparison = Comparison.of(
            self.program.parameters[number],
            which,
            self.program.analytic[places],
            numeric.value,
            numeric.bound,
            own=self.own[places],
            rtol=self.rtol,
            small=self.small / float(self.scales[part].max(initial=1e-300)),
        )
        self._look_twice(comparison, places)
        return comparison

    def _look_twice(self, comparison: Comparison, places: Indices) -> None:
        """Nothing is called wrong on one measurement: other steps, kinks, and a point nearby are asked."""
        wrong = np.flatnonzero((comparison.codes == WRONG) & np.isfinite(comparison.given))
        if not len(wrong):
            return
        order = np.argsort(-np.abs(comparison.given - comparison.numeric)[wrong] / comparison.bound[wrong])
        suspects = wrong[order[:SUSPECTS]]
        again = Ladder(self.program, self.noise, AGAIN)
        second = again.elements(places[suspects], self.scales[places[suspects]], lambda done: True)
        off = np.abs(comparison.given[suspects] - second.value) > SURE * (second.bound + self.own[places[suspects]])
        off &= np.array([self._off_by_other_steps(comparison, suspect, places[suspect]) for suspect in suspects])
        for suspect, still in zip(suspects, off, strict=True):
            sides = self.ladder.sides(int(places[suspect]), float(self.scales[places[suspect]]))
            if sides is not None:
                slack = comparison.bound[suspect] + 1e-3 * (sides[1] - sides[0])
                inside = sides[0] - slack <= comparison.given[suspect] <= sides[1] + slack
                comparison.codes[suspect] = KINK if inside else UNDECIDED
                comparison.because = "the loss has a kink here: it has no derivative to compare with"
            elif not still:
                comparison.codes[suspect] = UNDECIDED
                comparison.because = "two measurements of the slope disagree"
        left = suspects[comparison.codes[suspects] == WRONG]
        if not len(left):
            others = np.setdiff1d(wrong, suspects)
            comparison.codes[others] = UNDECIDED
        elif self._right_nearby(places[left]):
            comparison.codes[wrong] = UNDECIDED
            comparison.because = "wrong at this very point, but right beside it: a kink that the loss does not show"

    def _off_by_other_steps(self, comparison: Comparison, suspect: int, place: int) -> bool:
        """Whether the shortest steps that tell, and all others that tell it about, find it off as well."""
        rungs = self.ladder.rungs(int(place), float(self.scales[place]))
        given, ours = comparison.given[suspect], comparison.numeric[suspect]
        agree = np.abs(given - rungs.value) <= np.minimum(rungs.bound, ABOUT * np.abs(given))
        deny = np.abs(ours - rungs.value) > SURE * rungs.bound + comparison.bound[suspect]
        if (agree & deny).any():
            return False  # the loss loses digits at short steps, or has kinks that long ones pass over
        error = abs(comparison.given[suspect] - comparison.numeric[suspect])
        value, bound = self.ladder.shortest(int(place), float(self.scales[place]), float(error))
        return not abs(comparison.given[suspect] - value) <= SURE * (bound + self.own[place])

    def _right_nearby(self, places: Indices) -> bool:
        """Whether the gradient is right at a point a little beside the given one, at all of these elements."""
        program = self.program
        if program.gradient is None:
            return False
        signs = np.random.default_rng([self.seed, 1]).uniform(-1.0, 1.0, len(program.point))
        beside = program.point + AWAY * self.scales * signs
        given = program.gradient(beside)
        here, program.point = program.point, beside
        try:
            numeric = Ladder(program, self.noise).elements(places, self.scales[places], lambda done: True)
        finally:
            program.point = here
        with np.errstate(invalid="ignore"):
            near = np.abs(given[places] - numeric.value) <= numeric.bound + self.own[places]
        return bool(near.all())

    # -- ways to the numbers

    def by_complex_step(self) -> Estimates | None:
        """All elements by a complex step, if the program takes one and it agrees with differences.

        Source: Squire & Trapp, Using complex variables to estimate derivatives, SIAM Review 40 (1998).
        """
        program = self.program
        if program.complex_loss is None:
            return None
        try:
            if abs(complex(program.complex_loss(program.point.astype(complex))) - self.ladder.center) > 8 * self.noise:
                return None
            values = self._imaginary_parts()
        except Exception:  # whatever somebody's function makes of complex numbers
            return None
        if not np.isfinite(values).all():
            return None
        bound = np.empty_like(values)
        for part in program.slices():
            bound[part] = 1e3 * EPSILON * np.abs(values[part]).max(initial=0.0)
        found = Estimates(values, bound)
        return found if self._holds(found) else None

    def _imaginary_parts(self) -> Array:
        """The slopes of all elements; NaN from where time was up, or if one along a direction is no slope at all."""
        count = len(self.program.point)
        values = np.full(count, np.nan)
        direction = self.scales * np.random.default_rng([self.seed, 2]).standard_normal(count)
        slope, check = self._imaginary(direction), self.ladder.along(direction[None])
        if not abs(slope - check.value[0]) <= SURE * check.bound[0] + 1e-8 * abs(slope):
            return values  # the function is not analytic: it takes absolute values, say
        for k in range(count):
            unit = np.zeros(count)
            unit[k] = self.scales[k]
            values[k] = self._imaginary(unit) / self.scales[k]
            if k % 64 == 0:
                self.watch(k / count)
                if time.perf_counter() > self.deadline:
                    break
        return values

    def _imaginary(self, direction: Array) -> float:
        assert self.program.complex_loss is not None
        self.evaluations += 1
        moved = self.program.point + 1j * COMPLEX_STEP * direction
        return float(np.imag(complex(self.program.complex_loss(moved))) / COMPLEX_STEP)

    def _holds(self, found: Estimates, times: int = 3) -> bool:
        """Whether slopes found some other way agree with plain differences along random directions."""
        generator = np.random.default_rng([self.seed, 3])
        known = np.isfinite(found.bound)
        directions = known * self.scales * generator.standard_normal((times, len(self.scales)))
        check = self.ladder.along(directions)
        margin = check.bound + np.sqrt(np.square(directions[:, known]) @ np.square(found.bound[known]))
        off = np.abs(directions[:, known] @ found.value[known] - check.value)
        return bool((off <= SURE * margin).all())

    def by_layers(self) -> Estimates | None:
        """All elements from the structure that the program knows, if they hold along random directions."""
        if self.program.layers is None:
            return None
        with np.errstate(all="ignore"):
            known = self.program.layers()
            if known is None:
                return None
            found = Estimates(*known)
            if not self._holds(found):
                return None
            rest = np.flatnonzero(~np.isfinite(found.bound))
            found.put(rest, self.ladder.elements(rest, self.scales[rest], lambda done: True))
        return found

    def one_by_one(self) -> tuple[Estimates, int]:
        """All elements by differences, and how many there was time for."""
        count = len(self.program.point)
        done = 0

        def watch(so_far: int) -> bool:
            nonlocal done
            done = so_far
            self.watch(so_far / count)
            return time.perf_counter() < self.deadline

        with np.errstate(all="ignore"):
            found = self.ladder.elements(np.arange(count), self.scales, watch)
        return found, done
