"""What is measured of a training in a framework: outcome, layers, gradients and inputs, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity
from backproof.observers import measure
from backproof.observers.looks import Sheet
from backproof.scripts.unit_functions import UNITS

if TYPE_CHECKING:
    from backproof.observers.training import Moment, SeenLayer, Training

Array = NDArray[Any]
Q = Quantity
PEAKS = {"sigmoid": 0.25, "tanh": 1.0}
MOST_ROWS = 1000  # of all data, on which a network that can be evaluated is


def of_inputs(x: Array, number: int, sheet: Sheet, *, whole: bool) -> None:
    """Size, spread and scales of the inputs, (samples, features)."""
    deviations = measure.feature_deviations(x, np)
    varying = deviations > 0
    of = x[:, varying] if varying.any() else x
    sheet.add(number, Q.INPUT_MAX, "inputs", measure.largest(of, np))
    sheet.add(number, Q.INPUT_STD, "inputs", float(deviations.max()))
    if whole:
        sheet.add(number, Q.CONSTANT_FEATURES, "inputs", float(np.sum(~varying)))
    if varying.any():
        sheet.add(number, Q.INPUT_SCALE_RATIO, "inputs", float(deviations.max() / deviations[varying].min()))


def of_moment(training: Training, number: int, targets: Array | None, sheet: Sheet) -> None:
    """One moment: the average over its steps."""
    steps = training.moments[number].steps
    losses = [step.loss for step in steps]
    sheet.add(number, Q.LOSS, "loss", float(np.mean(losses)) if losses else None, finite=False)
    if not training.several:
        _outcome(training, number, targets, sheet)
    for name in dict.fromkeys(seen.layer.name for step in steps for seen in step.layers):
        _inside([seen for step in steps for seen in step.layers if seen.layer.name == name], number, sheet)
    for name in dict.fromkeys(name for step in steps for name in step.gradients):
        rows = [step.gradients[name] for step in steps if name in step.gradients]
        sheet.add(number, Q.GRADIENT_RMS, name, float(np.mean([row[0] for row in rows])))
        sheet.add(number, Q.WEIGHT_RMS, name, rows[0][1])
        ratios = [row[2] for row in rows if row[2] is not None]
        sheet.add(number, Q.UPDATE_RATIO, name, float(np.mean(ratios)) if ratios else None)
    sizes = [np.sqrt(np.mean([row[0] ** 2 for row in step.gradients.values()])) for step in steps if step.gradients]
    sheet.add(number, Q.RELATIVE_GRADIENT, "parameters", float(np.mean(sizes)) if sizes else None)
    for step in steps:
        for quantity, where, value in step.facts:
            sheet.add(step.number, quantity, where, value, finite=False)
        if step.change is not None:
            sheet.add(step.number, Q.BATCH_LOSS_CHANGE, "loss", step.change[0], finite=False)
            sheet.add(step.number, Q.BATCH_LOSS_CHANGE_TENTH, "loss", step.change[1], finite=False)


def _outcome(training: Training, number: int, targets: Array | None, sheet: Sheet) -> None:
    pairs = _answers(training, training.moments[number])
    if not pairs or targets is None:
        return
    p, t = np.concatenate([p for p, _ in pairs]), np.concatenate([t for _, t in pairs])
    everything = targets if targets.shape[1] == t.shape[1] else t
    where = "predictions"
    sheet.add(number, Q.UNEXPLAINED, where, measure.unexplained(p, t, np, everything), finite=False)
    sheet.add(number, Q.PREDICTION_SPREAD, where, measure.spread(p, t, np))
    numbers = [
        (Q.PREDICTION_MIN, p.min()), (Q.PREDICTION_MAX, p.max()), (Q.TARGET_MIN, everything.min()),
        (Q.TARGET_MAX, everything.max()),
    ]  # fmt: skip
    limits = training.structure.layers[-1].output_range if training.structure.layers else None
    if limits is not None:
        numbers.append((Q.TARGETS_OUT_OF_RANGE, measure.out_of_range(everything, limits, np)))
        numbers.append((Q.TARGETS_AT_LIMIT, measure.at_limit(everything, limits, np)))
    for quantity, value in numbers:
        sheet.add(number, quantity, where, float(value))


def _answers(training: Training, moment: Moment) -> list[tuple[Array, Array]]:
    """Predictions and targets of all known data where the network can be evaluated, else of the steps."""
    tables = training.held.tables()
    if moment.layers is None or tables is None or tables[0].shape[1] != moment.layers[0].weight.shape[0]:
        return moment.pairs
    every = max(len(tables[0]) // MOST_ROWS, 1)
    x, t = tables[0][::every], tables[1][::every]
    for layer in moment.layers:
        x = np.asarray(UNITS[layer.activation].value(x @ layer.weight + (0.0 if layer.bias is None else layer.bias)))
    return [(x, t)] if x.shape == t.shape else moment.pairs


def _inside(seen: list[SeenLayer], number: int, sheet: Sheet) -> None:
    """One layer at one moment."""
    name, activation = seen[0].layer.name, seen[0].layer.activation
    z = _joined([each.z for each in seen])
    if z is not None and z.size and not np.isnan(z).all():
        sheet.add(number, Q.PREACTIVATION_RMS, name, measure.rms(z[~np.isnan(z)], np), finite=False)
        sheet.add(number, Q.PREACTIVATION_MAX, name, measure.largest(z[~np.isnan(z)], np), finite=False)
    deltas = [each.delta for each in seen if each.delta is not None]
    sheet.add(number, Q.DELTA_RMS, name, float(np.mean(deltas)) if deltas else None)
    slope = _slope(activation, z, _joined([each.a for each in seen]))
    if slope is not None and slope.size:
        sheet.add(number, Q.ACTIVATION_DERIVATIVE, name, measure.mean_magnitude(slope, np))
        if activation in PEAKS and np.isfinite(slope).all():
            sheet.add(number, Q.SATURATED_UNITS, name, measure.saturated_units(slope, PEAKS[activation], np))
    silent = [each.silent for each in seen if each.silent is not None]
    if silent and len({len(each) for each in silent}) == 1:
        sheet.add(number, Q.DEAD_UNITS, name, float(np.mean(np.all(silent, axis=0))))
    if seen[0].table is not None and seen[0].table.shape[1] > 1:
        sheet.add(number, Q.EQUAL_UNITS, name, measure.equal_units(seen[0].table, np))


def _joined(parts: list[Array | None]) -> Array | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known and len({part.shape[1] for part in known}) == 1 else None


def _slope(activation: str | None, z: Array | None, a: Array | None) -> Array | None:
    """The derivative of the activation, from its value where that says it."""
    if a is not None and activation == "sigmoid":
        return np.asarray(a * (1 - a))
    if a is not None and activation == "tanh":
        return np.asarray(1 - a * a)
    if a is not None and activation == "relu":
        return np.asarray(1.0 * (a > 0))
    if z is None or activation not in UNITS or activation == "softmax":
        return None
    unit = UNITS[activation]
    return np.asarray(unit.back(np.ones_like(z), z, unit.value(z)))


def relative(observations: list[Observation]) -> Iterator[Observation]:
    """Sizes of the gradient become shares of the first one."""
    first = next((o.value for o in observations if o.quantity is Q.RELATIVE_GRADIENT), 0.0)
    for each in observations:
        if each.quantity is not Q.RELATIVE_GRADIENT:
            yield each
        elif first > 0:
            yield replace(each, value=each.value / first)
