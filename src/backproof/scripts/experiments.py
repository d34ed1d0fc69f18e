"""Would it learn with one thing changed? The recorded network is trained again, as it is and with one change each."""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity
from backproof.scripts import second_order
from backproof.scripts.bending import bends
from backproof.scripts.described import DescribedNetwork
from backproof.scripts.trainer import (
    EVALUATED_ROWS,
    EVALUATIONS,
    OPTIMIZERS,
    POWER_ITERATIONS,
    Course,
    Schedule,
    Stack,
    Variant,
    curvature,
    train,
    variance_of,
)
from backproof.scripts.unit_functions import LOSSES, UNITS
from backproof.scripts.variants import changed, redrawn, sensible, variants

Array = NDArray[np.float64]

WHERE = "trial"
SECOND_ORDER = "trial by a second-order method"
WELL = 0.01  # unexplained share at which there is nothing to explain
FITS = 0.05  # that of a good fit
FAR_BETTER = 0.2  # of the share as it is: the gain is plain
GAIN = 0.5  # of the share as it is: what is less is no luck (paired trials differ by a factor of 2)
DEFAULT_STEPS = 3000  # where the length of the run is not known
LEAST_STEPS = 200  # of a shortened training: fewer compare beginnings only
LEAST_BATCH = 256  # a gradient over so many samples stands for that over all, where all take too long
QUICKER = 16  # at most so many steps become one
MOST_RAISED = 6  # powers of ten
CALM = 0.1  # rate x curvature up to which joined steps do what single ones do; 2 is where they diverge
SOUND_STEPS = 0.2  # rate x curvature up to which a rate is raised: a tenth of where it diverges, for curvature may grow
LONG_STEPS = 0.5  # rate x curvature at most, of a rate that is raised for standardised inputs
RAISED = 10.0  # if it is so many times the program's: less is not worth a difference
UNKNOWN_RATE = ("adam", 0.01)  # goes for most networks without tuning (Kingma and Ba, 2015, have .001)
BY_SIZE = ("sgd", "momentum", "nesterov")  # their steps are as long as the gradient, and so go with the curvature
MOST_NUMBERS = 20_000_000  # in the inputs of all variants: 160 MB
VARIANTS = 10
CURVATURE_ROWS = 100
BY_GRADIENT = {True: 0.6, False: 0.9}  # share of the time, where a second-order method may come next and where not
BENT = 0.4  # share of the time for nonlinearities, where hidden layers are linear
MARGIN = 0.7  # of its time that a training is planned to take, so that a busy machine does not cut it
REACHING = (Quantity.TRIAL_WITH_BIAS, Quantity.TRIAL_STANDARDISED)
STARTS, LEAST_ITERATIONS, MOST_ITERATIONS = 3, 30, 150


def experiment(
    network: DescribedNetwork, wanted: Collection[Quantity] | None = None, seconds: float = 3.0, seed: int = 0
) -> list[Observation]:
    """Train the network again from its recorded start on its recorded data, as it is and with one change each.

    Each number is the unexplained share at the end, i.e. the mean squared error over the variance of the targets, or
    infinity. Numbers of one `where` are comparable: same start, same batches, same number of steps.

    - "trial": by the program's own rate, batch size, loss and optimizer (Adam at .01 if the rate is not known), for as
      many sample presentations as the run made. If the time is short, small batches are joined into larger ones with
      a rate that is larger by as much, where the curvature allows that; or all variants make fewer steps. Then a
      change that brings no gain while the share is still falling is not reported, for it proves nothing.
      Standardised inputs take a larger rate if that of the program is small because its inputs are large: one that
      makes steps as long, relative to the curvature, as those of the program.
    - "trial by a second-order method": what the network can reach, the best of up to three starts by Levenberg-
      Marquardt. It stands in place of the gradient's number for biases and standardised inputs where the gradient
      had not come to an end, if the network is small enough and has no more parameters than there are target values.

    Args:
        network: Start, data and settings.
        wanted: The changes to try; None for all. The untreated training is always made.
        seconds: Of processor time at most: a busy machine does not change what is found. The length is planned by
            size, so that it is the same on each machine, unless that is far slower than planned.
        seed: Of the batches and of the new initial weights.

    Returns:
        As it is, and all changes that there was time for; only the former if it fits well; nothing for a network
        that cannot be trained here.
    """
    end = time.thread_time() + seconds
    if not is_known(network):
        return []
    network = prepared(network, seed)
    with np.errstate(all="ignore"):
        if not 0 < variance_of(network.targets) < np.inf or not np.all(np.isfinite(network.inputs)):
            return []
        asked = wanted is None or Quantity.TRIAL_NONLINEAR in wanted
        bent = bends(network, seed, end - (1 - BENT) * seconds) if asked else []
        left = end - time.thread_time()
        return [*Experiments(network, sensible(network, wanted), left, seed, end).observations(), *bent]


def is_known(network: DescribedNetwork) -> bool:
    """Whether its loss and activations are those of the trainer, and it has data."""
    known = network.loss in LOSSES and all(layer.activation in UNITS for layer in network.layers)
    return known and len(network.inputs) > 0


def prepared(network: DescribedNetwork, seed: int) -> DescribedNetwork:
    """In double precision, of no more samples than fit into memory, and with an optimizer that is known here."""
    x, y = (np.asarray(values, dtype=np.float64) for values in (network.inputs, network.targets))
    most = max(MOST_NUMBERS // (VARIANTS * x.shape[1]), 1)
    if len(x) > most:
        rows = np.sort(np.random.default_rng([seed, 3]).permutation(len(x))[:most])
        x, y = x[rows], y[rows]
    optimizer = UNKNOWN_RATE[0] if network.learning_rate is None else network.optimizer
    return replace(network, inputs=x, targets=y, optimizer=optimizer if optimizer in OPTIMIZERS else "sgd")


@dataclass(frozen=True, slots=True)
class _Plan:
    """The training that all variants get."""

    variants: list[tuple[Quantity, Variant]]
    schedule: Schedule
    shortened: bool  # fewer sample presentations than in the run


class Experiments:
    """The trials on one network, in the time up to `end`."""

    def __init__(
        self, network: DescribedNetwork, changes: list[Quantity], seconds: float, seed: int, end: float
    ) -> None:
        self.network, self.changes, self.seconds, self.seed, self.end = network, changes, seconds, seed, end
        self.rate = UNKNOWN_RATE[1] if network.learning_rate is None else network.learning_rate
        self.raised = 1.0
        self.parameters = sum(layer.weight.size + layer.weight.shape[1] for layer in network.layers)

    def observations(self) -> list[Observation]:
        """All that there is time for."""
        courses, shortened = self.trained()
        if not courses:
            return []
        as_is = courses.pop(Quantity.TRIAL_AS_IS)[0]
        found = [Observation(0, Quantity.TRIAL_AS_IS, WHERE, as_is.end)]
        if as_is.end <= WELL:
            return found
        reached = self._reached([q for q in REACHING if q in courses and _open(q, as_is, courses[q][0])])
        for change, results in courses.items():
            if change not in reached and not (shortened and _idle(as_is, results)):
                found += [Observation(0, change, WHERE, course.end) for course in results]
                if change is Quantity.TRIAL_RAISED_RATE:
                    found.append(Observation(0, Quantity.RATE_RAISED, WHERE, self.raised))
        return found + [Observation(0, quantity, SECOND_ORDER, share) for quantity, share in reached.items()]

    def _raise(self) -> None:
        """Find by which power of ten the rate may be raised; the experiment is dropped where it is large enough."""
        layers = [layers for layers in (self.network.layers, self.network.final) if layers is not None]
        stack = Stack([Variant(each, self.rate) for each in layers], self.network.loss)
        sizes = curvature(stack, self.network.inputs, self.network.targets, CURVATURE_ROWS, self.seed)
        step = self.rate * float(np.max(sizes))
        if step > 0 and step < SOUND_STEPS / 10:
            self.raised = 10.0 ** min(math.floor(math.log10(SOUND_STEPS / step)), MOST_RAISED)
        else:
            self.changes.remove(Quantity.TRIAL_RAISED_RATE)

    # By gradient.

    def trained(self) -> tuple[dict[Quantity, list[Course]], bool]:
        """The courses of as many changes as there is time for, with the untreated one; were they shortened?"""
        if Quantity.TRIAL_RAISED_RATE in self.changes:
            self._raise()
        share = BY_GRADIENT[self._small() and not {*REACHING}.isdisjoint(self.changes)]
        plan = self._plan(share * self.seconds * MARGIN)
        if plan is None:
            return {}, True
        stack = Stack([variant for _, variant in plan.variants], self.network.loss)
        deadline = self.end - (1 - share) * self.seconds
        courses, cut = train(stack, self.network.inputs, self.network.targets, plan.schedule, self.seed, deadline)
        found: dict[Quantity, list[Course]] = {}
        for (quantity, _), course in zip(plan.variants, courses, strict=False):
            found.setdefault(quantity, []).append(course)
        return found, plan.shortened or cut

    def _plan(self, seconds: float) -> _Plan | None:
        """The longest training for as many changes as possible; None if there is time for none, not even untreated."""
        steps, batch = self._length()
        for changes in (self.changes[:k] for k in range(len(self.changes), -1, -1)):
            found = variants(self.network, changes, self.rate, self.seed, self.raised)
            for size in sorted({batch, min(batch, LEAST_BATCH)}, reverse=True):
                possible = int(
                    (seconds - self._seconds_of_evaluations(len(found))) / self._seconds_of(len(found), size)
                )
                if possible >= min(steps, LEAST_STEPS):
                    return self._at_length(found, steps, size, possible)
        return None

    def _length(self) -> tuple[int, int]:
        """Steps and batch size of the run."""
        return self.network.steps or DEFAULT_STEPS, min(max(self.network.batch_size, 1), len(self.network.inputs))

    def _seconds_of(self, count: int, rows: int) -> float:
        """About the time of one step of `count` variants, on the slow side (measured on one core at 2 GHz)."""
        units = sum(layer.weight.shape[1] for layer in self.network.layers)
        return float(4e-5 * len(self.network.layers) + count * rows * (6e-10 * self.parameters + 2e-8 * units))

    def _seconds_of_evaluations(self, count: int) -> float:
        """A pass forward is a third of a step."""
        return EVALUATIONS / 3 * self._seconds_of(count, min(EVALUATED_ROWS, len(self.network.inputs)))

    def _at_length(self, found: list[tuple[Quantity, Variant]], steps: int, batch: int, possible: int) -> _Plan:
        """Steps joined, or fewer, and rates to match."""
        sizes = self._curvatures(found)
        if self.network.optimizer in BY_SIZE:
            found = [(q, _raised(q, v, sizes[0], size)) for (q, v), size in zip(found, sizes, strict=True)]
        joined = 1
        if possible < steps and self.network.optimizer == "sgd":
            most = min(QUICKER, len(self.network.inputs) / batch)
            own = [v.rate * s for (q, v), s in zip(found, sizes, strict=True) if q is not Quantity.TRIAL_RAISED_RATE]
            step = max(own)
            joined = max(1, int(min(math.ceil(steps / possible), most, CALM / step if step > 0 else most)))
        found = [(quantity, replace(variant, rate=variant.rate * joined)) for quantity, variant in found]
        wished = math.ceil(steps / joined)
        schedule = Schedule(min(wished, possible), batch * joined, self.network.optimizer or "sgd")
        return _Plan(found, schedule, possible < wished)

    def _curvatures(self, found: list[tuple[Quantity, Variant]]) -> list[float]:
        """The largest curvature of each; NaN where it would take too long to know."""
        x, y = self.network.inputs, self.network.targets
        if POWER_ITERATIONS * self._seconds_of(len(found), CURVATURE_ROWS) > self.seconds / 20:
            return [math.inf] * len(found)
        stack = Stack([variant for _, variant in found], self.network.loss)
        return [float(size) for size in curvature(stack, x, y, CURVATURE_ROWS, self.seed)]

    # By a second-order method.

    def _rows(self) -> int:
        return int(self.network.targets.size)

    def _small(self) -> bool:
        return second_order.affordable(self.parameters, self._rows())

    def _reached(self, changes: list[Quantity]) -> dict[Quantity, float]:
        """The least share of each change, and of the untreated network first, from the same starts."""
        if not changes or not self._small():
            return {}
        both = [Quantity.TRIAL_AS_IS, *changes]
        each = second_order.seconds_of(self.parameters, self._rows(), len(self.network.layers))
        left = (1 - BY_GRADIENT[True]) * self.seconds * MARGIN
        possible = int(left / (each * len(both)))
        starts = min(STARTS, possible // LEAST_ITERATIONS)
        best: dict[Quantity, float] = {}
        for start in range(starts):
            shares = self._reached_from(start, both, min(possible // starts, MOST_ITERATIONS))
            if len(shares) < len(both):
                break
            best = {quantity: min(share, best.get(quantity, math.inf)) for quantity, share in shares.items()}
        return best

    def _reached_from(self, start: int, both: list[Quantity], iterations: int) -> dict[Quantity, float]:
        """The shares from the recorded start (0) or from new weights; those that there is time for."""
        layers, x = self.network.layers, self.network.inputs
        if start:
            layers = redrawn(layers, np.random.default_rng([self.seed, 2, start]))
        shares: dict[Quantity, float] = {}
        for quantity in both:
            stack = Stack([changed(quantity, layers, x, 0.0, self.seed)], self.network.loss)
            share = second_order.reached(stack, x, self.network.targets, iterations, self.end)
            if share is not None:
                shares[quantity] = share
        return shares


def _raised(quantity: Quantity, variant: Variant, size_as_is: float, size: float) -> Variant:
    """With standardised inputs, steps that are as long relative to the curvature as those without, if sound."""
    if quantity is not Quantity.TRIAL_STANDARDISED or not 0 < size < math.inf:
        return variant
    rate = min(variant.rate * size_as_is, LONG_STEPS) / size
    return replace(variant, rate=rate) if rate >= RAISED * variant.rate else variant


def _open(quantity: Quantity, as_is: Course, treated: Course) -> bool:
    """Whether training by gradient left open what the two can reach.

    Standardised inputs make training quicker, and that is their gain; biases must let the network do what it could
    not do without them.
    """
    if quantity is Quantity.TRIAL_STANDARDISED:
        return not treated.end <= max(FITS, FAR_BETTER * as_is.end)
    return not (treated.end <= FITS and as_is.settled())


def _idle(as_is: Course, results: list[Course]) -> bool:
    """Whether nothing was gained, but might have been in more time."""
    gained = min(course.end for course in results) <= GAIN * as_is.end
    return not gained and not all(course.settled() for course in results)
