"""What is observed of the samples: their pairing and order, how often each class comes, columns that never change."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node
from backproof.observations import Quantity, Run
from backproof.observers.looks import Look, Sheet
from backproof.observers.outcome import predictions_at
from backproof.scripts.data import picked_from
from backproof.scripts.data_trials import labels_of, predicted, recalls
from backproof.scripts.losses import predictions_of
from backproof.scripts.naming import place
from backproof.scripts.network import Network, SeenWindow
from backproof.scripts.pairing import Pairing, pairings, unpredictable
from backproof.scripts.roles import Roles
from backproof.scripts.seen import SeenStep, target_node

Array = NDArray[Any]
Q = Quantity
PAIRED = (Q.PROBE_AS_GIVEN, Q.PROBE_AS_BEFORE)
ORDER = (Q.ORDER_RATIO,)
CLASSES = (Q.RARE_SHARE, Q.RARE_RECALL)
# What is worth a trial: wider than what the rules tell of.
SORTED, RARE, MISSED, LARGE = 0.5, 0.25, 0.5, 5.0
FEWEST = 20  # samples, among which an order or a share says something
FEWEST_BATCHES = 4  # of the rows that were seen: what a single step takes has no order
TRIED = 8  # pairings; each takes some milliseconds


def observe_pairing(network: Network, sheet: Sheet) -> None:
    """Note whether targets could be told from the inputs before rows were reordered, and whether they still can."""
    found: list[tuple[float, float, Pairing]] = []
    for pairing in _pairings(network):
        given, before = unpredictable(pairing.inputs, pairing.given), unpredictable(pairing.inputs, pairing.before)
        if given is not None and before is not None:
            found.append((before, given, pairing))
    if not found:
        reason = "the rows of inputs and targets were not reordered one by one"
        sheet.reasons.update(dict.fromkeys(PAIRED, reason))
        return
    before, given, pairing = min(found, key=lambda one: one[0] - one[1])
    where = "inputs" if pairing.inputs_moved else "targets"
    if pairing.node.span is not None:
        sheet.places[where] = place(pairing.node.span, where, "expression")
    sheet.add(0, Q.PROBE_AS_GIVEN, where, given)
    sheet.add(0, Q.PROBE_AS_BEFORE, where, before)


def _pairings(network: Network) -> list[Pairing]:
    """Of the whole data, and of the batches of all steps together."""
    if not network.windows:
        return []
    window = network.windows[0]
    ends = [(seen, found) for seen in window.steps if (found := _ends(window.window.roles, seen)) is not None]
    if not ends:
        return []
    with np.errstate(all="ignore"):
        whole = pairings(window.window.roles.nodes, *ends[-1][1])
        made = [pairing for pairing, _ in zip(whole, range(TRIED), strict=False)]
        batches = _of_batches([found for _, found in ends])
    return [*made, *([batches] if batches is not None else [])]


def _ends(roles: Roles, seen: SeenStep) -> tuple[Node, Node] | None:
    """What the first layer reads, and what the first prediction is compared with."""
    pairs = predictions_of(roles, seen.step)
    products = seen.layers[0].layer.products if seen.layers else ()
    source = products[0].input if products else None
    if source is None or not pairs:
        return None
    prediction, pair = next(iter(pairs.items()))
    target = target_node(roles, pair.node, prediction)
    return None if target is None else (source, target)


def _of_batches(ends: list[tuple[Node, Node]]) -> Pairing | None:
    """Batches whose rows are taken from inputs and targets by different indices."""
    seen: dict[int, tuple[Array, Array, Array]] = {}  # each row once: its own double would tell a target rightly
    for source, target in ends:
        x, y = picked_from(source), picked_from(target)
        if x is None or y is None or len(x[0]) != len(y[0]):
            continue
        rows = np.arange(len(x[0]))
        left, right = np.atleast_1d(rows[x[1]]), np.atleast_1d(rows[y[1]])
        if left.shape == right.shape and left.ndim == 1:
            tables = x[0].reshape(len(rows), -1), y[0].reshape(len(rows), -1)
            for i, j in zip(left.tolist(), right.tolist(), strict=True):
                seen.setdefault(i, (tables[0][i], tables[1][j], tables[1][i]))
    if not seen or all(np.array_equal(given, before) for _, given, before in seen.values()):
        return None
    inputs, given, before = (np.array(part) for part in zip(*seen.values(), strict=True))
    return Pairing(inputs, given, before, ends[-1][0], inputs_moved=True)


# -- what to try


def trials_wanted(run: Run) -> frozenset[Quantity]:
    """The trials of the data whose statistics are unusual."""
    order, rare = run.last(Q.ORDER_RATIO, "targets"), run.last(Q.RARE_SHARE, "targets")
    recall = run.last(Q.RARE_RECALL, "targets")
    limits = [run.last(quantity, "predictions") for quantity in (Q.TARGET_MIN, Q.TARGET_MAX)]
    largest = max((abs(limit) for limit in limits if limit is not None), default=0.0)
    linear = bool(run.structure.layers) and run.structure.layers[-1].activation == "linear"
    chosen = {
        Q.TRIAL_SHUFFLED: order is not None and order <= SORTED,
        Q.TRIAL_RARE_EVEN: rare is not None and recall is not None and rare <= RARE and recall <= MISSED,
        Q.TRIAL_TARGETS_SCALED: linear and run.structure.task == "regression" and largest >= LARGE,
    }
    return frozenset(quantity for quantity, wanted in chosen.items() if wanted)


# -- the order of the samples


def observe_order(network: Network, sheet: Sheet) -> None:
    """Note how much targets differ from one sample to the next, if the steps take them in the order of the data."""
    data = network.data
    if data is None or network.batch_size is None or data.count < FEWEST:
        sheet.reasons[Q.ORDER_RATIO] = "the data could not be read off the steps, or is too little"
        return
    # Where the data is only what was seen, it is in the order in which it was seen.
    followed = all(_in_order(window) for window in network.windows) if data.whole else True
    if network.batch_size * (1 if data.whole else FEWEST_BATCHES) >= data.count or not followed:
        sheet.reasons[Q.ORDER_RATIO] = "the samples are taken all at once, or not in the order of the data"
        return
    targets = np.asarray(data.targets, dtype=np.float64)
    spread = float(np.mean(np.var(targets, axis=0)))
    if spread > 0:
        sheet.add(0, Q.ORDER_RATIO, "targets", float(np.mean(np.diff(targets, axis=0) ** 2)) / (2 * spread))


def _in_order(window: SeenWindow) -> bool:
    """Whether each step takes the rows that follow those of the step before, from an array that stays as it is."""
    roles = window.window.roles
    found = [(seen.number, ends) for seen in window.steps if (ends := _ends(roles, seen)) is not None]
    taken = [(number, picked_from(source)) for number, (source, _) in found]
    starts: list[tuple[int, int, int]] = []  # step, first row, count
    base: Array | None = None
    for number, picked in taken:
        if picked is None or (base is not None and not np.array_equal(base, picked[0])):
            return False
        base = picked[0]
        rows = np.atleast_1d(np.arange(len(base))[picked[1]])
        if not len(rows) or np.any(np.diff(rows) != 1):
            return False
        starts.append((number, int(rows[0]), len(rows)))
    pairs = list(itertools.pairwise(starts))
    following = [b[1] == a[1] + (b[0] - a[0]) * a[2] for a, b in pairs]
    wraps = [b[1] < a[1] for a, b in pairs]
    return sum(following) >= 2 and all(one or wrapped for one, wrapped in zip(following, wraps, strict=True))


# -- classes and columns


def observe_classes(network: Network, look: Look, sheet: Sheet) -> None:
    """Note how rare the rarest class is, and how much of it is recognised at this moment."""
    pair = predictions_at(network, look)
    if pair is None or network.data is None or len(pair[1]) < FEWEST:
        sheet.reasons[Q.RARE_SHARE] = "the data could not be read off the steps, or is too little"
        return
    outputs, targets = pair
    labels = labels_of(np.asarray(targets, dtype=np.float64))
    if labels is None or outputs.shape != targets.shape or not np.all(np.isfinite(outputs)):
        sheet.reasons[Q.RARE_SHARE] = "the targets are no classes"
        return
    classes, counts = np.unique(labels, return_counts=True)
    rarest = int(np.argmin(counts))
    if len(classes) > 1:
        found = recalls(predicted(outputs, targets), labels)
        sheet.add(look.number, Q.RARE_SHARE, "targets", float(counts[rarest] / len(labels)))
        sheet.add(look.number, Q.RARE_RECALL, "targets", float(found[rarest]))


def observe_columns(network: Network, sheet: Sheet) -> None:
    """Note the inputs that hold one value only; one column of ones or the like serves as a bias by hand."""
    data = network.data
    if data is None or not data.whole or len(data.inputs) < 2:
        return
    still = ~data.varying
    by_hand = int(np.any(still & (data.inputs[0] != 0)) and not _has_bias(network))
    sheet.add(0, Q.CONSTANT_FEATURES, "inputs", float(max(int(still.sum()) - by_hand, 0)))


def _has_bias(network: Network) -> bool:
    """Whether the first layer has a bias beside its inputs."""
    described = network.described
    return described is not None and described.layers[0].bias is not None
