"""Watches a training of `backproof.nn`: give it to `fit(listeners=[observer])`, and `observer.run` to the doctor.

Numbers are those of the network's own units: targets that the network scales for itself are not large.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.doctor import diagnose
from backproof.findings import Diagnosis
from backproof.nn.activations import ACTIVATIONS
from backproof.nn.layers import Dense
from backproof.nn.listening import Held, Step
from backproof.nn.losses import FROM_LOGITS
from backproof.nn.network import Network
from backproof.nn.settings import Settings
from backproof.nn.trace import LayerTrace, Trace, trace
from backproof.observations import Quantity, Run
from backproof.observers import measure
from backproof.observers.engine_network import described, structure_of, z_losses
from backproof.observers.looks import Sheet
from backproof.observers.measured import relative
from backproof.observers.trials import with_trials
from backproof.rules._unseen import UNRECORDED
from backproof.scripts import network as scripts
from backproof.scripts.trainer import Stack, Variant, curvature
from backproof.scripts.unit_functions import LOSSES, UNITS
from backproof.scripts.variants import init_scales

Array = NDArray[Any]
Q = Quantity
WINDOWS = (0.0, 0.01, 0.1, 0.3, 0.6, 0.8, 1.0)  # of the run, as the rules' thresholds were measured
GROWTH = 1.15  # from one moment that is looked at to the next: the nearest one is then close to each window
JUDGED = 3  # steps in a row that are made again at each moment; one overshoot proves nothing
ROWS = 2000  # of the data; shares of units and of variance do not need more
CURVED = 200  # of these, for the curvature
PEAKS = {"sigmoid": 0.25, "tanh": 1.0}
FEW = 5  # samples held out: fewer say nothing of other data
ENOUGH = 20  # samples from which it can be said that a unit is silent, unless the data has no more
NOT_SEEN = "the engine's observer does not measure it"


class EngineObserver:
    """A listener that measures a training, and changes nothing in it.

    Attributes:
        experiments: Whether a network that did not learn is trained again, with one change, for up to three seconds.
    """

    def __init__(self, *, experiments: bool = True) -> None:
        """Nothing is seen yet."""
        self.experiments = experiments
        self._forget()

    def _forget(self) -> None:
        self.network: Network | None = None
        self._copy: Network | None = None  # for passes at parameters that the network has left
        self._settings: Settings | None = None
        self._held: Held = None
        self._x, self._y, self._count = np.zeros((0, 0)), np.zeros((0, 0)), 0
        self._first: Array = np.zeros(0)  # the parameters before training
        self._sheets: dict[int, Sheet] = {}
        self._next = self._left = self._done = self._offset = self._batch = 0

    # -- what `fit` calls

    def begins(self, network: Network, x: Array, y: Array, settings: Settings, held: Held) -> None:
        """See the data, and the network before its first step."""
        if self.network is not network:
            self._forget()
            self.network, self._copy, self._first = network, copy.deepcopy(network), network.theta.copy()
        rows = np.unique(np.linspace(0, len(x) - 1, min(len(x), ROWS)).round().astype(int))
        self._x, self._y, self._count = x[rows].copy(), y[rows].copy(), len(x)
        self._offset, self._settings = self._done, settings
        few = held is None or len(held[0]) < FEW
        self._held = None if few or held is None else (held[0][:ROWS].copy(), held[1][:ROWS].copy())

    def due(self, number: int) -> bool:
        """Three steps in a row, and again after the run has grown by a seventh."""
        number += self._offset
        if number >= self._next:
            self._left = JUDGED
            self._next = max(number + JUDGED, int(number * GROWTH) + 1)
        self._done = number + 1
        return self._left > 0

    def stepped(self, network: Network, step: Step) -> None:
        """Measure the step; before the first of several in a row, the network as well."""
        number = step.number + self._offset
        self._batch = max(self._batch, len(step.x))
        before = np.concatenate([value.ravel() for value in step.before.values()])
        with np.errstate(all="ignore"):
            if self._left == JUDGED:
                self._sheets[number] = self._look(number, before)
                for name, old in step.before.items():
                    ratio = measure.update_ratio(step.after[name] - old, old, np)
                    self._sheets[number].add(number, Q.UPDATE_RATIO, name, ratio)
            self._judge(number, step, before)
        self._left -= 1

    # -- what was seen

    @property
    def run(self) -> Run:
        """All that was measured, with the network as it is now as the last moment."""
        network = self.network
        if network is None:
            return Run(unseen=dict.fromkeys(Quantity, "no training was watched"))
        with np.errstate(all="ignore"):
            end = self._look(self._done, network.theta)
            once = self._once()
        chosen = [self._sheets[k] for k in self._chosen()]
        seen = [each for sheet in (*chosen, end, once) for each in sheet.observations]
        observations = tuple(relative(seen))
        known = {each.quantity for each in observations}
        reasons = {quantity: NOT_SEEN for quantity in Quantity if quantity not in known}
        structure = structure_of(network, self._settings, self._y, self._count, self._batch)
        return Run(observations, structure, unseen=reasons, total_steps=self._done)

    def diagnosis(self) -> Diagnosis:
        """What the doctor says; where the network did not learn, experiments are made first."""
        run = self.run
        found = described(self.network, self._first, self._x, self._y, run) if self.network is not None else None
        if found is not None:
            run = with_trials(run, scripts.Network(described=found), wrong=False, wanted=self.experiments)
            if self._settings is not None and self._settings.early_stopping is not None:
                run = _without(run, Q.TRIAL_LONGER, "early stopping ended the training, for the sake of other data")
        return diagnose(run)

    # -- measuring

    def _chosen(self) -> list[int]:
        """The moments nearest to the windows of the run, so far; of one that burst, to those of its finite part."""
        finite = [k for k, sheet in self._sheets.items() if not _burst(sheet)]
        numbers = np.array(sorted(finite), dtype=np.int64)
        end = self._done if len(finite) == len(self._sheets) else max(finite, default=0)
        wanted = [int(share * end) for share in WINDOWS]
        return sorted({int(numbers[np.abs(numbers - one).argmin()]) for one in wanted}) if len(numbers) else []

    def _at(self, theta: Array) -> Network:
        assert self._copy is not None
        assert self.network is not None
        self._copy.theta[...] = theta
        for (_, mine), (_, theirs) in zip(self._copy.walk(), self.network.walk(), strict=True):
            mine.state = theirs.state
        return self._copy

    def _look(self, number: int, theta: Array) -> Sheet:
        """The network with these parameters, on the data."""
        sheet, network = Sheet(), self._at(theta)
        passed = trace(network, self._x, self._y)
        _outcome(network, passed, self._x, self._y, number, sheet)
        if self._held is not None:
            p = _as_answers(network, np.asarray(network.forward(self._held[0])[0], np.float64))
            sheet.add(number, Q.HELD_OUT, "held-out data", measure.unexplained(p, self._held[1], np), finite=False)
        dense = [layer for layer in passed.layers if layer.z is not None]
        for k, layer in enumerate(dense):
            _inside(network, layer, number, sheet, hidden=k < len(dense) - 1, samples=self._count)
        gradients = [
            (f"{layer.name}/{key}", value) for layer in passed.layers for key, value in layer.gradients.items()
        ]
        for name, value in gradients:
            sheet.add(number, Q.GRADIENT_RMS, name, measure.rms(value, np))
            sheet.add(number, Q.WEIGHT_RMS, name, measure.rms(network.parameters[name], np))
        whole = np.concatenate([value.ravel() for _, value in gradients])
        sheet.add(number, Q.RELATIVE_GRADIENT, "parameters", measure.rms(whole, np))
        bad = float(np.mean(~np.isfinite(theta)))
        if bad:
            sheet.add(number, Q.NON_FINITE_PARAMETERS, "parameters", bad)
            sheet.add(number, Q.NON_FINITE, UNRECORDED, bad * theta.size)
        return sheet

    def _judge(self, number: int, step: Step, before: Array) -> None:
        """The step made again on its own batch, whole and with a tenth of its length."""
        after = np.concatenate([value.ravel() for value in step.after.values()])
        losses = [z_losses(self._at(before + share * (after - before)), step.x, step.y) for share in (0.0, 1.0, 0.1)]
        sheet = self._sheets[max(self._sheets)]
        for quantity, loss in zip((Q.BATCH_LOSS_CHANGE, Q.BATCH_LOSS_CHANGE_TENTH), losses[1:], strict=True):
            sheet.add(number, quantity, "loss", measure.relative_change(losses[0], loss), finite=False)

    def _once(self) -> Sheet:
        """What does not change, or is measured at the beginning and the end only."""
        assert self.network is not None
        sheet = Sheet()
        deviations = measure.feature_deviations(self._x, np)
        sheet.add(self._done, Q.INPUT_MAX, "inputs", measure.largest(self._x, np))
        sheet.add(self._done, Q.INPUT_STD, "inputs", float(deviations.max()))
        sheet.add(self._done, Q.CONSTANT_FEATURES, "inputs", float(np.sum(deviations == 0)))
        varying = deviations[deviations > 0]
        if len(varying):
            sheet.add(self._done, Q.INPUT_SCALE_RATIO, "inputs", float(varying.max() / varying.min()))
        found = described(self.network, self._first, self._x, self._y, self._plain())
        if found is None:
            return sheet
        names = [name for name, layer in self.network.walk() if isinstance(layer, Dense)]
        for name, scale in zip(names, init_scales(found.layers), strict=True):
            sheet.add(0, Q.INIT_SCALE, name, scale)
        if found.learning_rate is not None and found.loss in LOSSES:
            for number, layers in ((0, found.layers), (self._done, found.final)):
                if layers is not None and all(layer.activation in UNITS for layer in layers):
                    stack = Stack([Variant(layers, 0.0)], found.loss)
                    size = float(curvature(stack, found.inputs, found.targets, CURVED, 0)[0])
                    sheet.add(number, Q.STEP_CURVATURE, "loss", found.learning_rate * size)
        return sheet

    def _plain(self) -> Run:
        assert self.network is not None
        structure = structure_of(self.network, self._settings, self._y, self._count, self._batch)
        return Run((), structure, total_steps=self._done)


def _without(run: Run, quantity: Quantity, reason: str) -> Run:
    kept = tuple(each for each in run.observations if each.quantity is not quantity)
    return replace(run, observations=kept, unseen={**run.unseen, quantity: reason})


def _burst(sheet: Sheet) -> bool:
    return any(each.quantity is Q.NON_FINITE_PARAMETERS for each in sheet.observations)


def _outcome(network: Network, passed: Trace, x: Array, y: Array, number: int, sheet: Sheet) -> None:
    """Loss, predictions and targets."""
    p, _ = network.forward(x)
    p = np.asarray(p, np.float64)
    where = "predictions"
    sheet.add(number, Q.LOSS, "loss", passed.loss, finite=False)
    sheet.add(number, Q.UNEXPLAINED, where, measure.unexplained(_as_answers(network, p), y, np), finite=False)
    sheet.add(number, Q.PREDICTION_SPREAD, where, measure.spread(_as_answers(network, p), y, np))
    limits = network.layers[-1].activation.output_range if isinstance(network.layers[-1], Dense) else None
    numbers = [
        (Q.PREDICTION_MIN, p.min()), (Q.PREDICTION_MAX, p.max()), (Q.TARGET_MIN, y.min()), (Q.TARGET_MAX, y.max()),
    ]  # fmt: skip
    if limits is not None:
        numbers.append((Q.TARGETS_OUT_OF_RANGE, measure.out_of_range(y, limits, np)))
        numbers.append((Q.TARGETS_AT_LIMIT, measure.at_limit(y, limits, np)))
    for quantity, value in numbers:
        sheet.add(number, quantity, where, float(value))


def _as_answers(network: Network, p: Array) -> Array:
    """Probabilities, where the loss takes logits."""
    name = FROM_LOGITS.get(network.loss_name)
    return p if name is None else ACTIVATIONS[name].function(p)


def _inside(network: Network, layer: LayerTrace, number: int, sheet: Sheet, *, hidden: bool, samples: int) -> None:
    """One dense layer: pre-activations, slopes, saturated, dead and equal units."""
    own = dict(network.walk())[layer.name]
    assert isinstance(own, Dense)
    z, delta = layer.z, layer.delta
    assert z is not None
    numbers = z[~np.isnan(z)]
    if numbers.size:
        sheet.add(number, Q.PREACTIVATION_RMS, layer.name, measure.rms(numbers, np), finite=False)
        sheet.add(number, Q.PREACTIVATION_MAX, layer.name, measure.largest(numbers, np), finite=False)
    if delta is not None:
        sheet.add(number, Q.DELTA_RMS, layer.name, measure.rms(delta * len(delta), np))  # of each sample's own loss
    slope = own.activation.derivative(z, layer.a)
    sheet.add(number, Q.ACTIVATION_DERIVATIVE, layer.name, measure.mean_magnitude(slope, np))
    if not np.all(np.isfinite(z)):
        return
    if hidden and own.units > 1 and len(z) > 1:
        weights = own.parameters["weight"]
        bias = own.parameters.get("bias", np.zeros(own.units))
        sheet.add(number, Q.EQUAL_UNITS, layer.name, measure.equal_units(np.vstack([weights, bias[None]]), np))
    if own.activation_name in PEAKS:
        peak = PEAKS[own.activation_name]
        sheet.add(number, Q.SATURATED_UNITS, layer.name, measure.saturated_units(slope, peak, np))
    if own.activation_name == "relu" and len(z) >= min(ENOUGH, samples):
        sheet.add(number, Q.DEAD_UNITS, layer.name, measure.dead_units(z, np))
