"""The data that a script learns from: the arrays that its steps take rows from, or else the rows that were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref
from backproof.scripts.chains import HANDING_ON
from backproof.scripts.losses import predictions_of
from backproof.scripts.roles import Roles
from backproof.scripts.seen import SeenStep, target_node

Array = NDArray[Any]
ROWS = 2000  # of larger data, evenly spaced rows are measured


@dataclass(frozen=True, slots=True)
class Data:
    """Samples of a run.

    Attributes:
        inputs: (n, d), constant columns included.
        targets: (n, k).
        whole: They are all that the script has, not only those that were seen.
        count: How many samples there are, where the rows were thinned.
    """

    inputs: Array
    targets: Array
    whole: bool
    count: int

    @property
    def varying(self) -> Array:
        """Which input columns hold more than one value."""
        return np.asarray(np.ptp(self.inputs, axis=0) > 0) if len(self.inputs) else np.zeros(0, bool)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One step with its inputs as a table."""

    roles: Roles
    seen: SeenStep
    inputs: Array


def data_of(taken: Sequence[Taken]) -> Data | None:
    """All data that is known; None if no step has a table of inputs and targets."""
    usable = [t for t in taken if t.seen.targets is not None and len(t.seen.targets) == len(t.inputs)]
    if not usable:
        return None
    widths = [_widths(t) for t in usable]
    usual = max(set(widths), key=widths.count)
    usable = [t for t in usable if _widths(t) == usual]
    # Where each step takes the same rows, the others are kept back.
    always = len(usable) > 1 and all(np.array_equal(t.inputs, usable[0].inputs, equal_nan=True) for t in usable)
    found = None if always else _whole(usable[0])
    if found is not None:
        return _thinned(*found, whole=True)
    inputs = np.concatenate([t.inputs for t in usable])
    targets = np.concatenate([t.seen.targets for t in usable if t.seen.targets is not None])
    _, first = np.unique(np.concatenate([inputs, targets], axis=1), axis=0, return_index=True)
    kept = np.sort(first)
    largest = max(usable, key=lambda t: len(t.inputs))
    every_step = len(usable) > 1 and all(len(t.inputs) == len(largest.inputs) for t in usable)
    same = every_step and len(largest.inputs) > 1 and len(kept) <= len(largest.inputs)
    return _thinned(inputs[kept], targets[kept], whole=same)


def _widths(taken: Taken) -> tuple[int, int]:
    return taken.inputs.shape[1], 0 if taken.seen.targets is None else taken.seen.targets.shape[1]


def _thinned(inputs: Array, targets: Array, whole: bool) -> Data:
    count = len(inputs)
    if count > ROWS:
        rows = np.unique(np.linspace(0, count - 1, ROWS).astype(int))
        inputs, targets = inputs[rows], targets[rows]
    return Data(inputs, targets, whole, count)


# -- arrays that rows are taken from


def _whole(taken: Taken) -> tuple[Array, Array] | None:
    """Inputs and targets of all samples, if a step takes the same rows of two arrays of one length."""
    pairs = predictions_of(taken.roles, taken.seen.step)
    products = taken.seen.layers[0].layer.products
    if len(pairs) != 1 or not products or taken.seen.targets is None:
        return None
    ((prediction, pair),) = pairs.items()
    target = target_node(taken.roles, pair.node, prediction)
    source = picked_from(products[0].input)
    answer = picked_from(target) if target is not None else None
    if source is None or answer is None or not _same_key(source[1], answer[1]) or len(source[0]) != len(answer[0]):
        return None
    inputs, targets = source[0].reshape(len(source[0]), -1), answer[0].reshape(len(answer[0]), -1)
    if not (_holds(inputs, source[1], taken.inputs) and _holds(targets, answer[1], taken.seen.targets)):
        return None
    return inputs, targets


def picked_from(node: Node | None) -> tuple[Array, Any] | None:
    """The array (samples first) that `node` takes rows of, and which rows."""
    while node is not None and node.op in HANDING_ON and len(node.parents) == 1:
        node = node.parents[0]
    if node is None or node.op != "getitem" or not isinstance(node.args[0], Ref):
        return None
    if not isinstance(node.args[0].node.value, np.ndarray):
        return None
    base, key = np.asarray(node.args[0].node.value, dtype=np.float64), node.args[1]
    if isinstance(key, Ref):
        key = key.node.value
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], slice) and key[0] == slice(None):
        base, key = base.T, key[1]
    elif isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], slice) and key[1] == slice(None):
        key = key[0]
    return None if isinstance(key, tuple) or not base.ndim else (base, key)


def _same_key(one: Any, other: Any) -> bool:
    if isinstance(one, slice) or isinstance(other, slice):
        return type(one) is type(other) and bool(one == other)
    return np.array_equal(one, other)


def _holds(table: Array, key: Any, rows: Array) -> bool:
    """Whether the rows of `table` that `key` names are `rows`."""
    found = np.atleast_2d(table[key])
    return found.shape == rows.shape and bool(np.allclose(found, rows, equal_nan=True))
