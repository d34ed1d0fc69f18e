"""From a training that a framework's observer saw to the run that the rules read, with experiments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity, Run
from backproof.observers import measure
from backproof.observers.training import Training
from backproof.observers.trials import with_trials
from backproof.scripts import network as scripts
from backproof.scripts.data_trials import labels_of, predicted, recalls
from backproof.scripts.described import DescribedLayer, DescribedNetwork
from backproof.scripts.trainer import Stack, Variant, curvature
from backproof.scripts.unit_functions import LOSSES, UNITS
from backproof.scripts.variants import init_scales

Array = NDArray[Any]
Q = Quantity
CURVED = 200  # rows from which the curvature is measured
FEWEST = 20  # samples, among which an order or a share says something
NO_CHAIN = "the network is no plain chain of dense layers whose data was seen"


def completed_run(training: Training, *, finished: bool, experiments: bool) -> Run:
    """The run, with what the chain of layers says of all data, and with experiments where it did not learn."""
    run = training.run(finished=finished)
    if training.several:
        return run
    described = _described(training)
    with np.errstate(all="ignore"):
        seen = list(_of_chain(training, described)) if described is not None else []
        seen += list(_of_samples(training))
        run = with_seen(run, seen)
    if described is not None and (training.dropout or training.shrinks):
        described = replace(described, final=None)  # carried on without it, it would be another training
    network = scripts.Network(described=described)
    if described is None:
        network.why_not = NO_CHAIN
    return with_trials(run, network, wrong=False, wanted=experiments)


def with_seen(run: Run, seen: list[Observation]) -> Run:
    """The run with more observations, in place of those of the same quantity, place and step."""
    known = {each.quantity for each in seen}
    unseen = {quantity: why for quantity, why in run.unseen.items() if quantity not in known}
    replaced = {(each.quantity, each.where, each.step) for each in seen}
    kept = [each for each in run.observations if (each.quantity, each.where, each.step) not in replaced]
    return replace(run, observations=(*kept, *seen), unseen=unseen)


def _described(training: Training) -> DescribedNetwork | None:
    tables = training.held.tables()
    if training.first is None or tables is None or training.structure.loss is None:
        return None
    x, t = tables
    final = training.final()
    if x.shape[1] != training.first[0].weight.shape[0] or t.shape[1] != training.first[-1].weight.shape[1]:
        return None
    if final is not None and not all(np.isfinite(layer.weight).all() for layer in final):
        final = None
    return DescribedNetwork(
        layers=training.first, final=final, inputs=x, targets=t, loss=training.structure.loss,
        learning_rate=training.rate, batch_size=training.structure.batch_size or len(x), steps=training.done,
        optimizer=training.structure.optimizer, decay=training.decay,
    )  # fmt: skip


def _of_chain(training: Training, network: DescribedNetwork) -> list[Observation]:
    """The outcome on all data at the end, the scale of the initial weights, the length of the steps."""
    found: list[Observation] = []
    names = [layer.name for layer in training.structure.layers]
    if len(names) == len(network.layers):
        scales = init_scales(network.layers)
        found += [Observation(0, Q.INIT_SCALE, name, scale) for name, scale in zip(names, scales, strict=True)]
    found += _lengths(training, network)
    if training.decay > 0:
        weights = [layer.parameters[0] for layer in training.structure.layers if layer.parameters]
        found += [Observation(0, Q.DECAY, name, training.decay) for name in weights]
    if network.final is not None:
        p = _evaluated(network.final, network.inputs)
        left = measure.unexplained(p, network.targets, np)
        spread = measure.spread(p, network.targets, np)
        for quantity, value in ((Q.UNEXPLAINED, left), (Q.PREDICTION_SPREAD, spread)):
            if value is not None:
                found.append(Observation(training.done, quantity, "predictions", value))
        found += _of_classes(training, p, network.targets)
    return found


def _lengths(training: Training, network: DescribedNetwork) -> list[Observation]:
    if network.learning_rate is None or network.loss not in LOSSES:
        return []
    found = []
    for number, layers in ((0, network.layers), (training.done, network.final)):
        if layers is not None and all(layer.activation in UNITS for layer in layers):
            stack = Stack([Variant(layers, 0.0)], network.loss)
            size = float(curvature(stack, network.inputs, network.targets, CURVED, 0)[0])
            if np.isfinite(size):
                found.append(Observation(number, Q.STEP_CURVATURE, "loss", network.learning_rate * size))
    return found


def _evaluated(layers: tuple[DescribedLayer, ...], x: Array) -> Array:
    a = x
    for layer in layers:
        a = np.asarray(UNITS[layer.activation].value(a @ layer.weight + (0.0 if layer.bias is None else layer.bias)))
    return a


def _of_classes(training: Training, outputs: Array, targets: Array) -> list[Observation]:
    labels = labels_of(targets)
    if labels is None or len(labels) < FEWEST or not np.isfinite(outputs).all():
        return []
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        return []
    rarest = int(np.argmin(counts))
    found = recalls(predicted(outputs, targets), labels)
    return [
        Observation(training.done, Q.RARE_SHARE, "targets", float(counts[rarest] / len(labels))),
        Observation(training.done, Q.RARE_RECALL, "targets", float(found[rarest])),
    ]


def _of_samples(training: Training) -> list[Observation]:
    """How inputs and targets are paired; how much targets differ from one to the next, in the order of every epoch."""
    tables = training.held.tables()
    if tables is None or len(tables[1]) < FEWEST:
        return []
    t = tables[1]
    spread, found = float(np.mean(np.var(t, axis=0))), list(training.sources.observations(*tables))
    if spread > 0 and training.held.in_order():
        ratio = float(np.mean(np.diff(t, axis=0) ** 2)) / (2 * spread)
        found.append(Observation(0, Q.ORDER_RATIO, "targets", ratio))
    return found
