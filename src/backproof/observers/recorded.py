"""Turns the recorded windows of a script into a `Run`: what the network is, and what was measured in each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Layer, Quantity, Run, Structure
from backproof.observers import (
    comparisons,
    dynamics,
    formulas,
    held_out,
    inside,
    measure,
    nonfinite,
    objectives,
    outcome,
    printed,
    rounding,
    samples,
    softmaxes,
    steps,
    underflow,
)
from backproof.observers.looks import Look, Sheet, looks_at
from backproof.observers.trials import TRIALS
from backproof.scripts.naming import Names
from backproof.scripts.network import Network, describe
from backproof.scripts.recording import Recording
from backproof.scripts.warned import Complaint
from backproof.scripts.windows import Window

Array = NDArray[Any]
Q = Quantity
NO_SLOPE = "there is no sigmoid or tanh, or its derivative is not computed by itself"
REASONS = {
    **dict.fromkeys((Q.SATURATED_UNITS, Q.DERIVATIVE_COMPUTED, Q.DERIVATIVE_TRUE), NO_SLOPE),
    Q.INPUT_SCALE_RATIO: "all inputs are alike",
    Q.OVERFLOW_INPUT: "no operation overflowed",
    **dict.fromkeys(softmaxes.MEASURES, "the output is no softmax"),
    Q.FORMULA_DIFFERS: "all activations are known functions",
    Q.OUTPUT_SUM: "the outputs are no exponentials under one-hot targets",
    Q.TARGETS_OUTSIDE_LOSS: "the loss is no cross-entropy of outputs between 0 and 1",
    Q.TARGETS_WITHOUT_GRADIENT: "the loss is no cross-entropy of the targets alone",
    Q.OUTPUTS_PER_LABEL: "each output has a target of its own",
    Q.ERROR_ENTRIES: "no predictions are compared with as many targets",
    Q.SUM_ENTRIES: "no bias is added to as many values",
    **dict.fromkeys(underflow.MEASURES, "the parameters are in double precision"),
    Q.UNDEFINED_OPERAND: "every operation has a finite result",
    **dict.fromkeys((Q.NON_FINITE_DATA, Q.NON_FINITE_ROW, Q.NON_FINITE_COLUMN), "all data that is used is finite"),
}
NO_LOSS = "it is not known which loss the steps follow"


def run_of(
    windows: Sequence[Window],
    ended: str,
    network: Network | None = None,
    recordings: Sequence[Recording] = (),
    heard: Sequence[Complaint] = (),
) -> Run:
    """Everything that can be measured in `windows`; never raises.

    Args:
        windows: In order of time.
        ended: How the program ended: "finished", "raised", "interrupted", "stopped_by_limit".
        network: What `describe` found, if it was called before.
        recordings: All that was recorded, for values that the script shows where no window holds a step.
        heard: NumPy's complaints.
    """
    sheet = Sheet()
    try:
        found = network or describe(windows)
    except Exception as fault:  # an observer never costs the user the verdict on the gradient
        sheet.reasons[Q.LOSS] = f"the network could not be found ({type(fault).__name__}: {fault})"
        found = Network()
    structure = Structure()
    try:
        structure = _structure(found, sheet)
    except Exception as fault:
        sheet.reasons.setdefault(Q.LOSS, f"the network could not be found ({type(fault).__name__}: {fault})")
    _measure(found, windows, sheet)
    numbers = (nonfinite.observe, windows) if windows else (nonfinite.observe_unlearned, recordings)
    sheet.attempt(nonfinite.MEASURES, *numbers, sheet, heard)
    structure = replace(structure, printed_loss=sheet.printed, places=sheet.places)
    total = max((w.first_step + len(w.roles.all_steps) for w in windows), default=None)
    run = Run(tuple(sheet.observations), structure, total_steps=total, finished=ended == "finished")
    return replace(run, unseen=_unseen(found, sheet, run))


def _measure(network: Network, windows: Sequence[Window], sheet: Sheet) -> None:
    looks = looks_at(network)
    for look in looks:
        sheet.attempt(outcome.MEASURES, outcome.observe, network, look, sheet)
        sheet.attempt(inside.MEASURES, inside.observe, network, look, sheet)
        sheet.attempt(rounding.MEASURES, rounding.observe, network, look, sheet)
        sheet.attempt(softmaxes.MEASURES, softmaxes.observe, network, look, sheet)
        sheet.attempt(formulas.MEASURES, formulas.observe, network, look, sheet)
        sheet.attempt(objectives.MEASURES, objectives.observe, network, look, sheet)
    sheet.attempt(steps.GRADIENTS, steps.observe_gradients, network, looks, sheet)
    for window in windows:
        sheet.attempt(steps.CHANGES, steps.observe_changes, network, window, sheet)
    dynamics.observe(network, sheet)
    sheet.attempt(held_out.MEASURES, held_out.observe, network, looks, sheet)
    sheet.attempt(comparisons.MEASURES, comparisons.observe, windows, sheet)
    sheet.attempt(underflow.MEASURES, underflow.observe, network, looks, sheet)
    for look in looks[-1:]:
        sheet.attempt(samples.CLASSES, samples.observe_classes, network, look, sheet)
    sheet.attempt(samples.ORDER, samples.observe_order, network, sheet)
    sheet.attempt((Q.CONSTANT_FEATURES,), samples.observe_columns, network, sheet)
    sheet.attempt(samples.PAIRED, samples.observe_pairing, network, sheet)
    sheet.attempt(printed.MEASURES, printed.observe, network, looks, sheet)
    sheet.attempt((Q.INPUT_MAX, Q.INPUT_STD, Q.INPUT_SCALE_RATIO), _inputs, network, looks, sheet)


def _inputs(network: Network, looks: list[Look], sheet: Sheet) -> None:
    if network.data is None or not looks:
        return
    x = network.data.inputs[:, network.data.varying] if network.data.varying.any() else network.data.inputs
    deviations = measure.feature_deviations(x, np)
    step = looks[-1].number
    sheet.add(step, Q.INPUT_MAX, "inputs", measure.largest(x, np))
    sheet.add(step, Q.INPUT_STD, "inputs", float(deviations.max()))
    if deviations.min() > 0:
        sheet.add(step, Q.INPUT_SCALE_RATIO, "inputs", float(deviations.max() / deviations.min()))


# -- the structure


def _structure(network: Network, sheet: Sheet) -> Structure:
    layers = tuple(
        Layer(
            name=found.name, inputs=found.inputs, units=found.units, activation=found.shape.name,
            output_range=found.shape.limits, has_bias=found.has_bias, has_skip=found.has_skip, place=found.place,
            parameters=found.parameters,
        )
        for found in network.layers
    )  # fmt: skip
    sheet.places.update({layer.name: layer.place for layer in layers})
    if network.windows:
        roles = network.windows[0].window.roles
        names = Names(roles, roles.sites)
        sheet.places.update({name: names.place(root) for root, name in list(names.by_root.items())[:200]})
    data, rate = network.data, network.rate
    return Structure(
        layers=layers,
        loss=network.followed.name if network.followed else None,
        loss_reduction=rate.reduction if rate else None,
        optimizer=rate.optimizer if rate else None,
        learning_rate=rate.own if rate else None,
        batch_size=network.batch_size,
        task=_task(network),
        samples=data.count if data else None,
        inputs=data.inputs.shape[1] if data else None,
        outputs=data.targets.shape[1] if data else None,
        constant_input=_constant_input(network),
    )


def _constant_input(network: Network) -> bool | None:
    """Does an input column hold one value, not zero, in all of several samples?"""
    if network.data is None or len(network.data.inputs) < 2:
        return None
    still = ~network.data.varying & (network.data.inputs[0] != 0)
    return bool(still.any())


def _task(network: Network) -> str | None:
    """Two target values make a classification; rows of one 1 among zeros one into several classes."""
    targets = network.data.targets if network.data else _seen_targets(network)
    if targets is None or not len(targets):
        return None
    values = set(np.unique(targets).tolist()) if targets.size < 1_000_000 else set()
    two = len(values) > 0 and (values <= {0.0, 1.0} or values <= {-1.0, 1.0})
    if not two:
        return "regression"
    one_hot = targets.shape[1] > 1 and bool(np.all(targets.sum(1) == 1)) and values <= {0.0, 1.0}
    return "categorical" if one_hot else "binary"


def _seen_targets(network: Network) -> Array | None:
    found = [s.targets for w in network.windows for s in w.steps if s.targets is not None]
    usual = [t for t in found if t.shape[1] == found[0].shape[1]]
    return np.concatenate(usual) if usual else None


# -- what is missing


def _unseen(network: Network, sheet: Sheet, run: Run) -> dict[Quantity, str]:
    seen = run.quantities()
    return {q: sheet.reasons.get(q) or _reason(network, q) for q in Quantity if q not in seen and q not in TRIALS}


def _reason(network: Network, quantity: Quantity) -> str:
    if not network.windows:
        return "no training step was recorded"
    by_loss = (Q.LOSS, Q.RELATIVE_GRADIENT, Q.DELTA_RMS, Q.GRADIENT_RMS, Q.BATCH_LOSS_CHANGE, Q.BATCH_LOSS_CHANGE_TENTH)
    if quantity in by_loss:
        return NO_LOSS if network.followed is None else "the loss could not be computed again"
    if quantity in (Q.INPUT_MAX, Q.INPUT_STD, Q.INPUT_SCALE_RATIO) and network.data is None:
        return "the inputs could not be read off the steps"
    if quantity in (Q.PRINTED_LOSS, Q.FOLLOWED_LOSS):
        return "the script prints no loss of its steps"
    activations = {layer.shape.name for layer in network.layers}
    if quantity is Q.DEAD_UNITS:
        return "there is no ReLU" if "relu" not in activations else "too few samples were seen"
    return REASONS.get(quantity, "it could not be read off the recorded steps")
