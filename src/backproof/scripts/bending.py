"""Would it fit with a nonlinearity? The recorded network with tanh in its linear hidden layers, against it as it is.

Both are trained by Adam on standardised inputs, so that the program's rate does not matter, and judged on rows that
they were not trained on, so that more freedom alone brings nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity
from backproof.scripts.described import DescribedLayer, DescribedNetwork
from backproof.scripts.trainer import Schedule, Stack, Variant, train, variance_of
from backproof.scripts.variants import redrawn, standardisation

Array = NDArray[np.float64]
Layers = tuple[DescribedLayer, ...]

WHERE = "trial by Adam"
STARTS = 3  # with the nonlinearity: the recorded one and new ones, for it may get stuck where the linear one cannot
STEPS, BATCH = 1500, 64
RATE = 0.02  # of Adam, for standardised inputs: between its usual .001 and the .1 at which small networks still learn
HELD_OUT = 3  # one row in so many
FEW = 24  # rows, below which none can be held out
VALUES = 3  # of each input of a truth table: there every row counts, and none is noise
CUT = 200  # steps of a training that was cut short from which it can be compared


def bends(network: DescribedNetwork, seed: int, end: float) -> list[Observation]:
    """Unexplained shares as it is and with tanh in the linear hidden layers; nothing where that says nothing.

    Args:
        network: Start and data, in double precision.
        seed: Of rows, batches and new starts.
        end: Of the time there is, as `time.thread_time` counts.
    """
    hidden = network.layers[:-1]
    if not any(layer.activation == "linear" for layer in hidden):
        return []
    rows = _rows(network.inputs, seed)
    if rows is None:
        return []
    bent = tuple(
        replace(layer, activation="tanh") if layer.activation == "linear" and k < len(hidden) else layer
        for k, layer in enumerate(network.layers)
    )
    starts = [bent, *(redrawn(bent, np.random.default_rng([seed, 4, k])) for k in range(1, STARTS))]
    found: list[Observation] = []
    for quantity, group in ((Quantity.TRIAL_AS_IS, [network.layers]), (Quantity.TRIAL_NONLINEAR, starts)):
        shares = _trained(network, group, rows, seed, end)
        if shares is None:
            return []
        found += [Observation(0, quantity, WHERE, share) for share in shares]
    return found


def _rows(inputs: Array, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Rows to train on and rows to judge by; all for both in a truth table; None where there are too few."""
    n = len(inputs)
    if n < FEW:
        table = all(len(np.unique(column)) <= VALUES for column in inputs.T)
        return (np.arange(n), np.arange(n)) if table else None
    order = np.random.default_rng([seed, 5]).permutation(n)
    return np.sort(order[n // HELD_OUT :]), np.sort(order[: n // HELD_OUT])


def _trained(
    network: DescribedNetwork,
    group: list[Layers],
    rows: tuple[NDArray[np.intp], NDArray[np.intp]],
    seed: int,
    end: float,
) -> list[float] | None:
    learnt, judged = rows
    shift, scale = standardisation(network.inputs[learnt])
    stack = Stack([Variant(layers, RATE, shift, scale) for layers in group], network.loss)
    schedule = Schedule(STEPS, min(BATCH, len(learnt)), "adam")
    courses, cut = train(stack, network.inputs[learnt], network.targets[learnt], schedule, seed, end)
    if cut and len(courses[:1]) == 0:
        return None
    targets = network.targets[judged]
    variance = variance_of(targets)
    return stack.unexplained(stack.seen(network.inputs[judged]), targets, variance).tolist() if variance else None
