"""Why the training ended: was it a condition on the loss, and would the network have gone on learning?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from backproof.observations import Observation, Quantity, Run
from backproof.scripts.conditions import Condition, ending
from backproof.scripts.described import DescribedNetwork
from backproof.scripts.naming import place
from backproof.scripts.network import Network
from backproof.scripts.tracer import Tracer
from backproof.scripts.trainer import OPTIMIZERS, Schedule, Stack, Variant, train, variance_of
from backproof.scripts.unit_functions import LOSSES, UNITS
from backproof.scripts.weights import evaluate
from backproof.scripts.windows import Window

MEASURES = (Quantity.STOPPED_AFTER, Quantity.TRIAL_NOT_STOPPED)
WHERE = "past the stop"
NOT_SEEN = "no condition on the loss was seen to end the training"
LONGER, LEAST, MOST = 9, 1000, 5000  # times as many steps again, at least and at most so many
SECONDS = 0.5


def with_stop(run: Run, network: Network, windows: Sequence[Window], tracer: Tracer, *, wanted: bool) -> Run:
    """The run with the condition that ended it, and, where experiments are `wanted`, where it comes to without that."""
    condition = _condition(run, windows, tracer)
    if condition is None or _all_right(network):
        return replace(run, unseen={**run.unseen, **dict.fromkeys(MEASURES, NOT_SEEN)})
    where = f"{condition.text} (line {condition.span.line})"
    found = [Observation(run.total_steps or 0, Quantity.STOPPED_AFTER, where, float(run.total_steps or 0))]
    if wanted and network.described is not None:
        found += _carried_on(network.described)
    structure = replace(
        run.structure, places={**run.structure.places, where: place(condition.span, where, "expression")}
    )
    seen = {observation.quantity for observation in found}
    unseen: dict[Quantity, str] = {q: why for q, why in run.unseen.items() if q not in seen}
    return replace(run, observations=(*run.observations, *found), structure=structure, unseen=unseen)


def _condition(run: Run, windows: Sequence[Window], tracer: Tracer) -> Condition | None:
    """What ended the training, if its end was recorded."""
    if not windows or windows[-1].recording is not tracer.windows[-1] or not run.finished:
        return None
    last = windows[-1]
    if last.recording.closed_because != "the script ended" or not last.roles.all_steps:
        return None
    nodes = [last.roles.nodes[change.after] for change in last.roles.all_steps[-1].changes.values()]
    spans = {span for node in nodes for span in (node.span, *node.frames) if span is not None}
    sites = tracer.recorder.sites
    left = {(sites[site].span.file, sites[site].span.line) for site in tracer.loops.left if site >= 0}
    found = ending(tracer.files, spans, left)
    return found if found is not None and (run.total_steps or 0) < found.most else None


def _all_right(network: Network) -> bool:
    """Whether every sample is on its target's side: then a classification is done, however sure it is."""
    described = network.described
    if described is None or described.final is None:
        return False
    p, t = evaluate(described.final, described.inputs), described.targets
    values = np.unique(t)
    if len(values) != 2 or not np.all(np.isfinite(p)):
        return False
    if t.shape[1] > 1:
        return bool(np.all(p.argmax(1) == t.argmax(1)))
    return bool(np.all((p > values.mean()) == (t > values.mean())))


def _carried_on(network: DescribedNetwork) -> list[Observation]:
    """From the last recorded weights, with the program's own rate and batches."""
    known = network.loss in LOSSES and all(layer.activation in UNITS for layer in network.layers)
    if network.final is None or network.learning_rate is None or not known:
        return []
    x, y = np.asarray(network.inputs, np.float64), np.asarray(network.targets, np.float64)
    variance = variance_of(y)
    if not 0 < variance < np.inf:
        return []
    stack = Stack([Variant(network.final, network.learning_rate)], network.loss)
    start = float(stack.unexplained(stack.seen(x), y, variance)[0])
    optimizer = network.optimizer if network.optimizer in OPTIMIZERS else "sgd"
    steps = int(np.clip(LONGER * (network.steps or 1), LEAST, MOST))
    schedule = Schedule(steps, min(max(network.batch_size, 1), len(x)), optimizer or "sgd")
    courses, _ = train(stack, x, y, schedule, 0, time.thread_time() + SECONDS)
    if not courses:
        return []
    return [
        Observation(0, Quantity.TRIAL_AS_IS, WHERE, start),
        Observation(0, Quantity.TRIAL_NOT_STOPPED, WHERE, courses[0].end),
    ]
