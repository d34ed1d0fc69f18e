"""What is observed of the samples: their pairing and order, how often each class comes, columns that never change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node
from backproof.observations import Quantity
from backproof.observers.looks import Sheet
from backproof.scripts.data import picked_from
from backproof.scripts.losses import predictions_of
from backproof.scripts.naming import place
from backproof.scripts.network import Network
from backproof.scripts.pairing import Pairing, pairings, unpredictable
from backproof.scripts.roles import Roles
from backproof.scripts.seen import SeenStep, target_node

Array = NDArray[Any]
Q = Quantity
PAIRED = (Q.PROBE_AS_GIVEN, Q.PROBE_AS_BEFORE)
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
