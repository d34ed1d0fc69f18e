"""Would it learn with other data? The recorded network trained with scaled targets, shuffled, or with even classes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity
from backproof.scripts.described import DescribedNetwork
from backproof.scripts.trainer import OPTIMIZERS, Schedule, Stack, Variant, train
from backproof.scripts.unit_functions import LOSSES, UNITS

Array = NDArray[np.float64]
Q = Quantity
TARGETS, ORDER, CLASSES = "trial of the targets", "trial of the order", "trial of the classes"
LEAST_STEPS = 200  # of a training: fewer compare beginnings only
DEFAULT_STEPS = 3000  # where the length of the run is not known
UNKNOWN_RATE = ("adam", 0.01)  # goes for most networks without tuning
STEP_SECONDS = 5e-5  # of one layer in a step, on the slow side (measured on one core at 2 GHz)
NUMBER_SECONDS = 2e-9  # of one parameter for one sample in a step
MARGIN = 0.7  # of its time that a training is planned to take


def data_trials(
    network: DescribedNetwork, wanted: frozenset[Quantity], seconds: float, seed: int = 0
) -> list[Observation]:
    """Trainings in pairs, as it is and with other data; each pair from one start, in as many steps.

    Args:
        network: Start, data and settings. Its data are in the order in which the program visits them.
        wanted: Of TRIAL_TARGETS_SCALED, TRIAL_SHUFFLED and TRIAL_RARE_EVEN, those to be made.
        seconds: Of processor time for all of them.
        seed: Of the batches.

    Returns:
        Both numbers of each pair; nothing for a network that cannot be trained here.
    """
    known = network.loss in LOSSES and all(layer.activation in UNITS for layer in network.layers)
    if not known or not wanted or not len(network.inputs) or not np.all(np.isfinite(network.inputs)):
        return []
    x, y = (np.asarray(values, dtype=np.float64) for values in (network.inputs, network.targets))
    maker = _Trials(replace(network, inputs=x, targets=y), seconds / len(wanted), seed)
    makers = {Q.TRIAL_TARGETS_SCALED: maker.targets, Q.TRIAL_SHUFFLED: maker.order, Q.TRIAL_RARE_EVEN: maker.classes}
    with np.errstate(all="ignore"):
        return [seen for quantity, make in makers.items() if quantity in wanted for seen in make()]


class _Trials:
    def __init__(self, network: DescribedNetwork, seconds: float, seed: int) -> None:
        self.network, self.seconds, self.seed = network, seconds, seed
        rate, optimizer = network.learning_rate, network.optimizer
        self.optimizer = UNKNOWN_RATE[0] if rate is None else optimizer if optimizer in OPTIMIZERS else "sgd"
        self.rate = UNKNOWN_RATE[1] if rate is None else rate

    def targets(self) -> Iterator[Observation]:
        """With targets of mean 0 and standard deviation 1."""
        x, y = self.network.inputs, self.network.targets
        spread = float(np.sqrt(np.mean(np.var(y, axis=0))))
        if spread > 0:
            pair = self._pair((x, y, False), (x, (y - y.mean(axis=0)) / spread, False))
            yield from _told(TARGETS, Q.TRIAL_TARGETS_SCALED, pair)

    def order(self) -> Iterator[Observation]:
        """In the order of the program, and in random order."""
        x, y = self.network.inputs, self.network.targets
        yield from _told(ORDER, Q.TRIAL_SHUFFLED, self._pair((x, y, True), (x, y, False)))

    def classes(self) -> Iterator[Observation]:
        """As often as they come, and each equally often."""
        x, y = self.network.inputs, self.network.targets
        labels = labels_of(y)
        if labels is None:
            return
        rows = _evenly(labels, np.random.default_rng([self.seed, 6]))
        found = []
        for chosen in (np.arange(len(x)), rows):
            made = self._trained(x[chosen], y[chosen], False)
            if made is None:
                return
            found.append(float(recalls(predicted(made[1].forward(x)[1][-1][0], y), labels).mean()))
        yield Observation(0, Q.TRIAL_RARE_AS_IS, CLASSES, found[0])
        yield Observation(0, Q.TRIAL_RARE_EVEN, CLASSES, found[1])

    def _pair(self, *both: tuple[Array, Array, bool]) -> list[float]:
        ends = []
        for x, y, in_order in both:
            made = self._trained(x, y, in_order)
            if made is None:
                return []
            ends.append(made[0])
        return ends

    def _trained(self, x: Array, y: Array, in_order: bool) -> tuple[float, Stack] | None:
        """The unexplained share at the end, and the network; None if there is no time."""
        network = self.network
        batch = min(max(network.batch_size, 1), len(x))
        size = sum(layer.weight.size for layer in network.layers)
        each = STEP_SECONDS * len(network.layers) + NUMBER_SECONDS * size * batch
        steps = min(network.steps or DEFAULT_STEPS, int(MARGIN * self.seconds / 2 / each))
        if steps < min(network.steps or DEFAULT_STEPS, LEAST_STEPS):
            return None
        stack = Stack([Variant(network.layers, self.rate)], network.loss)
        schedule = Schedule(steps, batch, self.optimizer, in_order)
        courses, _ = train(stack, x, y, schedule, self.seed, time.thread_time() + self.seconds / 2)
        return (courses[0].end, stack) if courses else None


def _told(where: str, quantity: Quantity, pair: list[float]) -> Iterator[Observation]:
    if len(pair) == 2:
        yield Observation(0, Q.TRIAL_AS_IS, where, pair[0])
        yield Observation(0, quantity, where, pair[1])


# -- classes


def labels_of(targets: Array) -> NDArray[np.intp] | None:
    """The class of each sample, (n,); None where the targets are no classes."""
    values = np.unique(targets)
    if len(values) != 2 or values[1] != 1 or values[0] not in (0, -1):
        return None
    if targets.shape[1] == 1:
        return np.asarray(targets[:, 0] == 1, np.intp)
    one_hot = np.all((targets == 1).sum(axis=1) == 1)
    return np.asarray(np.argmax(targets, axis=1), np.intp) if one_hot else None


def predicted(outputs: Array, targets: Array) -> NDArray[np.intp]:
    """The class that each row of `outputs` means."""
    if outputs.shape[1] > 1:
        return np.asarray(np.argmax(outputs, axis=1), np.intp)
    return np.asarray(outputs[:, 0] > (targets.min() + targets.max()) / 2, np.intp)


def recalls(guessed: NDArray[np.intp], labels: NDArray[np.intp]) -> Array:
    """Of each class that there is, the share that is recognised."""
    return np.array([np.mean(guessed[labels == one] == one) for one in np.unique(labels)])


def _evenly(labels: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows in which each class comes equally often, as many as there are samples."""
    classes = np.unique(labels)
    each = -(-len(labels) // len(classes))
    return np.concatenate([rng.choice(np.flatnonzero(labels == one), each) for one in classes])
