"""How good the network is: loss, unexplained share, predictions and targets at one moment of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Quantity
from backproof.observers import measure
from backproof.observers.looks import Look, Sheet
from backproof.scripts.followed import loss_in
from backproof.scripts.network import Network
from backproof.scripts.weights import evaluate

Array = NDArray[Any]
Q = Quantity
MEASURES = (
    Q.LOSS, Q.UNEXPLAINED, Q.PREDICTION_SPREAD, Q.PREDICTION_MIN, Q.PREDICTION_MAX, Q.TARGET_MIN, Q.TARGET_MAX,
    Q.TARGETS_OUT_OF_RANGE, Q.TARGETS_AT_LIMIT,
)  # fmt: skip
WHERE = "predictions"


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note what can be said at one moment."""
    pair = predictions_at(network, look)
    if pair is None:
        sheet.reasons.setdefault(Q.UNEXPLAINED, "predictions and targets do not fit to each other")
        return
    p, t = pair
    sheet.add(look.number, Q.LOSS, "loss", loss_at(network, look, p, t), finite=False)
    everything = network.data.targets if network.data and network.data.targets.shape[1] == t.shape[1] else t
    left = measure.unexplained(p, t, np, everything)
    if left is None:
        sheet.reasons.setdefault(Q.UNEXPLAINED, "all targets that were seen are the same")
    sheet.add(look.number, Q.UNEXPLAINED, WHERE, left, finite=False)
    if len(t) > 1:
        sheet.add(look.number, Q.PREDICTION_SPREAD, WHERE, measure.spread(p, t, np))
    for quantity, value in (
        (Q.PREDICTION_MIN, p.min()), (Q.PREDICTION_MAX, p.max()),
        (Q.TARGET_MIN, everything.min()), (Q.TARGET_MAX, everything.max()),
    ):  # fmt: skip
        sheet.add(look.number, quantity, WHERE, float(value))
    _limits(network, look, everything, sheet)


def _limits(network: Network, look: Look, targets: Array, sheet: Sheet) -> None:
    """Only where the predictions are what the last layer's activation gives."""
    limits = network.layers[-1].shape.limits if network.layers else None
    seen = look.steps[-1]
    last = {node.index for node in seen.layers[-1].a_nodes} if seen.layers else set()
    given = {node.index for node in seen.forward.predictions}
    if limits is None or not given <= last:
        sheet.reasons.setdefault(Q.TARGETS_OUT_OF_RANGE, "the output activation is not known")
        return
    sheet.add(look.number, Q.TARGETS_OUT_OF_RANGE, WHERE, measure.out_of_range(targets, limits, np))
    sheet.add(look.number, Q.TARGETS_AT_LIMIT, WHERE, measure.at_limit(targets, limits, np))


def predictions_at(network: Network, look: Look) -> tuple[Array, Array] | None:
    """Predictions and targets: of all known data if the network can be evaluated, else of the recorded steps."""
    data = network.data
    if look.weights is not None and data is not None and data.inputs.shape[1] == look.weights[0].weight.shape[0]:
        return evaluate(look.weights, data.inputs), data.targets
    usable = [(s.outputs, s.targets) for s in look.steps if s.outputs is not None and s.targets is not None]
    usable = [(p, t) for p, t in usable if p.shape == t.shape]
    usable = [(p, t) for p, t in usable if p.shape[1] == usable[0][0].shape[1]]
    if not usable:
        return None
    return np.concatenate([p for p, _ in usable]), np.concatenate([t for _, t in usable])


def loss_at(network: Network, look: Look, p: Array, t: Array) -> float | None:
    """Average per sample of the standard loss; of another loss the average over the recorded steps as it is."""
    if network.followed is None:
        return None
    if network.followed.name is not None:
        return measure.average_loss(network.followed.name, p, t, np)
    found = [loss_in(look.roles, seen.step, network.followed.key) for seen in look.swept()]
    values = [loss.value for loss in found if loss is not None and loss.value is not None]
    return float(np.mean(values)) if values else None
