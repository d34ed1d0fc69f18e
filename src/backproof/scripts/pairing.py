"""Rows that were put into another order: are inputs and targets still those of the same samples?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref, ancestors

Array = NDArray[Any]
FEWEST = 20  # samples: among fewer a lucky order looks like a rule
LARGEST = 1_000_000  # numbers in an array whose rows are compared
MOST = 60  # arrays whose rows are compared, and pairs that are made of them


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """Inputs as they are used, with the targets as they are given and as they were before one of both was reordered.

    Attributes:
        inputs: (n, d).
        given: Targets (n, k) as the program pairs them.
        before: Targets (n, k) in the order that the inputs have.
        node: The array that was put into another order.
        inputs_moved: It holds the inputs, else the targets.
    """

    inputs: Array
    given: Array
    before: Array
    node: Node
    inputs_moved: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Moved:
    """`after` is `before` in another order; `rows[i]` is the row of `before` that stands at i in `after`."""

    before: Node
    after: Node
    rows: Array


def pairings(nodes: Sequence[Node], source: Node, target: Node) -> Iterator[Pairing]:
    """The pairings that there were before rows were reordered; none where both sides moved together.

    Args:
        nodes: All of the recording.
        source: What the first layer reads.
        target: What the predictions are compared with.
    """
    last = max(source.index, target.index)
    tables = [node for node in nodes[: last + 1] if _is_table(node)][:MOST]
    known = _Known(tables)
    inputs = [moved for node in reversed(_lineage(source)) for moved in known.moved(node)]  # the first move tells most
    answers = [moved for node in _lineage(target) for moved in known.moved(node)]
    for one in inputs:
        if any(_together(one, other) for other in answers):
            return
    yield from _by_inputs(inputs, answers, target)
    if not inputs:
        yield from _by_targets(answers, source)


def _by_inputs(inputs: list[_Moved], answers: list[_Moved], target: Node) -> Iterator[Pairing]:
    for one in inputs:
        count = len(one.after.value)
        for given in _lineage(target):
            if len(given.value) != count:
                continue
            whole = [table for table in _lineage(target) if len(table.value) == len(one.before.value)]
            earlier = [other.before for other in answers if other.after is given] or whole[:1]
            for origin in earlier:
                if one.rows.max() < len(origin.value):
                    before = _flat(origin)[one.rows]
                    yield Pairing(_flat(one.after), _flat(given), before, one.after, True)


def _by_targets(answers: list[_Moved], source: Node) -> Iterator[Pairing]:
    for one in answers:
        for inputs in _lineage(source)[:1]:
            if len(inputs.value) == len(one.after.value) == len(one.before.value):
                yield Pairing(_flat(inputs), _flat(one.after), _flat(one.before), one.after, False)


def _together(one: _Moved, other: _Moved) -> bool:
    """Whether the targets moved as the inputs did."""
    before, after = _flat(other.before), _flat(other.after)
    return len(after) == len(one.rows) and one.rows.max() < len(before) and np.array_equal(before[one.rows], after)


def _lineage(node: Node) -> list[Node]:
    """The tables that a value was made of, itself included, the newest first."""
    return [n for _, n in sorted(ancestors([node]).items(), reverse=True) if _is_table(n)][:MOST]


def _is_table(node: Node) -> bool:
    value = node.value
    return isinstance(value, np.ndarray) and 0 < value.ndim <= 3 and len(value) >= FEWEST and value.size <= LARGEST


def _flat(node: Node) -> Array:
    """Samples first, everything else side by side."""
    value = np.asarray(node.value)
    return np.asarray(value.reshape(len(value), -1), dtype=np.float64)


class _Known:
    """The tables of a recording by the rows that they hold, in whatever order."""

    def __init__(self, tables: Sequence[Node]) -> None:
        self._orders: dict[int, tuple[Any, Array]] = {}
        self._by_rows: dict[Any, list[Node]] = {}
        for node in tables:
            self._by_rows.setdefault(self._key(node), []).append(node)

    def moved(self, node: Node) -> Iterator[_Moved]:
        """The older tables that hold the rows of `node` in another order."""
        picked = _picked(node)
        if picked is not None:
            yield picked
            return
        key = self._key(node)
        older = [other for other in self._by_rows.get(key, ()) if other.index < node.index]
        for other in older[-1:]:
            rows = np.empty(len(node.value), dtype=np.intp)
            rows[self._orders[node.index][1]] = self._orders[other.index][1]
            if not np.array_equal(_flat(node), _flat(other)):
                yield _Moved(other, node, rows)

    def _key(self, node: Node) -> Any:
        if node.index not in self._orders:
            table = _flat(node)
            order = np.lexsort(table.T[::-1])
            self._orders[node.index] = ((node.shape, table[order].tobytes()), order)
        return self._orders[node.index][0]


def _picked(node: Node) -> _Moved | None:
    """`before[rows]` with rows in no rising order."""
    if node.op != "getitem" or not isinstance(node.args[0], Ref) or not _is_table(node.args[0].node):
        return None
    key = node.args[1].node.value if isinstance(node.args[1], Ref) else node.args[1]
    key = key[0] if type(key) is tuple and len(key) == 2 and key[1] == slice(None) else key
    if not isinstance(key, np.ndarray | list) or np.ndim(key) != 1 or np.asarray(key).dtype.kind not in "iu":
        return None
    rows = np.asarray(key, dtype=np.intp) % len(node.args[0].node.value)
    return None if np.all(np.diff(rows) > 0) else _Moved(node.args[0].node, node, rows)


# -- how well targets can be told from inputs


def unpredictable(inputs: Array, targets: Array) -> float | None:
    """The share of the targets' variance that neither near neighbours nor a straight line can tell; None if it is 0.

    Each sample is told from the others only. 1 or more: inputs say nothing about the targets.
    """
    rows = np.unique(np.linspace(0, len(inputs) - 1, SAMPLES).astype(int))
    x, y = inputs[rows], targets[rows]
    usable = np.isfinite(x).all(1) & np.isfinite(y).all(1)
    x, y = x[usable], y[usable]
    spread = float(np.mean(np.var(y, axis=0))) if len(y) >= FEWEST else 0.0
    if spread <= 0:
        return None
    deviation = x.std(0)
    x = (x - x.mean(0)) / np.where(deviation > 0, deviation, 1.0)
    return float(min(_by_neighbours(x, y), _by_line(x, y))) / spread


SAMPLES = 400  # that are compared with each other: 1 MB of distances
NEIGHBOURS = 5
RIDGE = 1e-3  # of the number of samples: keeps more columns than samples from fitting anything


def _by_neighbours(x: Array, y: Array) -> float:
    squares = np.sum(x * x, axis=1)
    distances = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    return float(np.mean((y[nearest].mean(axis=1) - y) ** 2))


def _by_line(x: Array, y: Array) -> float:
    """Ridge regression, the error at each sample as if it had been left out (Allen, 1974)."""
    design = np.column_stack([x, np.ones(len(x))])
    gram = design.T @ design + RIDGE * len(x) * np.eye(design.shape[1])
    solved = np.linalg.solve(gram, design.T)
    leverage = np.minimum(np.einsum("ij,ji->i", design, solved), 1 - 1e-9)
    residual = (y - design @ (solved @ y)) / (1 - leverage)[:, None]
    return float(np.mean(residual**2))
