"""More experiments on a recorded network: carried on from where the run ended, without decay, with larger layers."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity
from backproof.scripts.described import DescribedLayer, DescribedNetwork
from backproof.scripts.experiments import Experiments, is_known, prepared
from backproof.scripts.trainer import Schedule, Stack, Variant, train, variance_of
from backproof.scripts.variants import standardisation

Array = NDArray[np.float64]
Layers = tuple[DescribedLayer, ...]
Parts = tuple[str, tuple[Array, Array], tuple[Array, Array]]  # where it is measured, samples to learn, and to measure

CARRIED_ON = "carried on"
HELD_OUT, ALL = "samples kept back", "all samples"
TIMES_LONGER = 9  # as many steps as the run had: ten times the run in all
LEAST_LONGER = 500  # steps: of a run of five, nine times as many is no training yet
TIMES_LARGER = 4  # units of each hidden layer
FEWEST_UNITS, MOST_UNITS = 16, 256  # of a larger hidden layer
TABLE = 16  # samples of inputs of 0 and 1 (or -1 and 1) up to which they are a table with nothing to generalise to
FEW = 24  # samples, otherwise: a part that is kept back says too little
KEPT_BACK = 0.3  # of the samples
ROUNDS, ROUND_STEPS = 12, 100  # with Adam, which both get; the best round counts
RATE = 0.01  # of Adam, for networks of any kind (Kingma and Ba, 2015, have .001)
MOST_NUMBERS = 4_000_000  # samples x parameters of the larger network: beyond, a round takes too long


def further(
    network: DescribedNetwork, wanted: Collection[Quantity], seconds: float, seed: int = 0
) -> list[Observation]:
    """Carry the run on, leave out the weight decay, try larger layers; what there is no time for is left out.

    - `TRIAL_LONGER` at "carried on": from the last recorded weights with the program's own rate, up to nine times as
      many steps as the run had (500 at least); the untreated number is the unexplained share at the run's end.
    - `TRIAL_WITHOUT_DECAY`: the network with and without its weight decay, trained by Adam and measured likewise.
    - `TRIAL_LARGER`: the network (the best of its start and a new one) and one with four times the hidden units (a
      layer of tanh units where there is none), both trained by Adam on 70 % of the samples and measured on those kept
      back, so that what is learnt by heart gains nothing; on all where these are a table of zeros and ones.
    """
    end = time.thread_time() + seconds
    if not is_known(network):
        return []
    network = prepared(network, seed)
    found: list[Observation] = []
    with np.errstate(all="ignore"):
        if not 0 < variance_of(network.targets) < np.inf or not np.all(np.isfinite(network.inputs)):
            return []
        if Quantity.TRIAL_LONGER in wanted and network.final is not None and network.learning_rate is not None:
            found += _carried_on(network, network.final, seconds / 2, seed)
        parts = _parts(network, seed)
        if parts is not None and Quantity.TRIAL_WITHOUT_DECAY in wanted and network.decay > 0:
            found += _without_decay(network, parts, end, seed)
        if parts is not None and Quantity.TRIAL_LARGER in wanted:
            found += _larger(network, parts, end, seed)
    return found


def _carried_on(network: DescribedNetwork, final: Layers, seconds: float, seed: int) -> list[Observation]:
    steps = max(TIMES_LONGER * network.steps, LEAST_LONGER) if network.steps else 0
    stack = Stack([Variant(final, 0.0)], network.loss)
    start = float(stack.unexplained(stack.seen(network.inputs), network.targets, variance_of(network.targets))[0])
    if not steps or not np.isfinite(start):
        return []
    longer = replace(network, layers=final, steps=steps)
    courses, _ = Experiments(longer, [], seconds, seed, time.thread_time() + seconds).trained()
    if Quantity.TRIAL_AS_IS not in courses:
        return []
    reached = courses[Quantity.TRIAL_AS_IS][0].end
    return [
        Observation(0, Quantity.TRIAL_AS_IS, CARRIED_ON, start),
        Observation(0, Quantity.TRIAL_LONGER, CARRIED_ON, reached),
    ]


# -- larger layers


def _larger(network: DescribedNetwork, parts: Parts, end: float, seed: int) -> list[Observation]:
    wide = enlarged(network.layers, np.random.default_rng([seed, 5]))
    if wide is None or _parameters(wide) * len(network.inputs) > MOST_NUMBERS:
        return []
    fresh = enlarged(network.layers, np.random.default_rng([seed, 4]), times=1)
    starts = [network.layers] if fresh is None else [network.layers, fresh]
    until = time.thread_time() + 0.5 * (end - time.thread_time())
    return _compared(Quantity.TRIAL_LARGER, parts, _best(network, starts, parts, until, seed),
                     _best(network, [wide], parts, end, seed))  # fmt: skip


def _without_decay(network: DescribedNetwork, parts: Parts, end: float, seed: int) -> list[Observation]:
    """With the decay the fit at the end counts: on the way there it may be better."""
    left = end - time.thread_time()
    with_decay = _best(network, [network.layers], parts, end - 0.6 * left, seed, decay=network.decay)
    without = _best(network, [network.layers], parts, end - 0.2 * left, seed)
    where, learnt, measured = parts
    other = (f"{where}, without decay", learnt, measured)
    return _compared(Quantity.TRIAL_WITHOUT_DECAY, other, with_decay, without)


def _compared(change: Quantity, parts: Parts, as_is: float | None, changed: float | None) -> list[Observation]:
    if as_is is None or changed is None:
        return []
    return [Observation(0, Quantity.TRIAL_AS_IS, parts[0], as_is), Observation(0, change, parts[0], changed)]


def enlarged(layers: Layers, rng: np.random.Generator, times: int = TIMES_LARGER) -> Layers | None:
    """The network with `times` the hidden units, new weights and biases; None where hidden layers are linear.

    With 1 it is as large as it was.
    """
    if any(layer.activation in ("linear", "softmax") for layer in layers[:-1]):
        return None
    inputs, outputs = layers[0].weight.shape[0], layers[-1].weight.shape[1]
    hidden = [(_units(layer.weight.shape[1], times), layer.activation) for layer in layers[:-1]]
    if not hidden and times > 1:
        hidden = [(FEWEST_UNITS, "tanh")]
    found: list[DescribedLayer] = []
    below = inputs
    for units, activation in [*hidden, (outputs, layers[-1].activation)]:
        weight = rng.normal(0, np.sqrt(2 / (below + units)), (below, units))
        found.append(DescribedLayer(weight, np.zeros(units), activation))
        below = units
    # Bends spread over the unit ball rather than all at 0.
    found[0] = replace(found[0], bias=rng.uniform(-1, 1, (found[0].weight.shape[1],)))
    return tuple(found)


def _units(units: int, times: int) -> int:
    return units if times == 1 else min(max(times * units, FEWEST_UNITS), MOST_UNITS)


def _parameters(layers: Layers) -> int:
    return sum(layer.weight.size for layer in layers)


def _parts(network: DescribedNetwork, seed: int) -> Parts | None:
    """Where it is measured, the samples that are learnt and those that are measured."""
    x, y = network.inputs, network.targets
    if len(x) <= TABLE and (np.isin(x, (0, 1)).all() or np.isin(x, (-1, 1)).all()):
        return ALL, (x, y), (x, y)
    if len(x) < FEW:
        return None
    order = np.random.default_rng([seed, 6]).permutation(len(x))
    back = int(KEPT_BACK * len(x))
    return HELD_OUT, (x[order[back:]], y[order[back:]]), (x[order[:back]], y[order[:back]])


def _best(
    network: DescribedNetwork, starts: list[Layers], parts: Parts, end: float, seed: int, decay: float = 0.0
) -> float | None:
    """The least unexplained share that one of the starts comes to (with decay: ends at).

    None if there was no time for half of the rounds.
    """
    _, learnt, measured = parts
    shift, scale = standardisation(learnt[0])
    plain = [Variant(start, RATE, decay=decay) for start in starts]
    stack = Stack([*plain, *(replace(variant, shift=shift, scale=scale) for variant in plain)], network.loss)
    variance = variance_of(measured[1])
    if not variance > 0:
        return None
    best = np.inf
    for number in range(ROUNDS):
        _, cut = train(stack, *learnt, Schedule(ROUND_STEPS, len(learnt[0]), "adam"), seed + number, end)
        if cut and number < ROUNDS // 2:
            return None
        share = float(np.min(stack.unexplained(stack.seen(measured[0]), measured[1], variance)))
        best = share if decay else min(best, share)
        if cut:
            break
    return best
