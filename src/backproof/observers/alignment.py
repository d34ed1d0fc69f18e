"""Are inputs and targets still those of the same samples? The tables that a training takes its batches from say so.

What a step sees is compared with the arrays that the user's frames hold: of all pairs of a table of inputs and a table
of targets that are equally long, one may tell the targets where the pairs of the steps do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Observation, Quantity
from backproof.observers.callers import own_frames
from backproof.scripts.pairing import unpredictable

Array = NDArray[Any]
Q = Quantity
FEWEST = 20  # samples: among fewer a lucky order looks like a rule
MOST_NUMBERS, MOST_TABLES = 400_000, 5  # of each side
TOLD = 0.5  # share of the variance below which a pair of tables is worth telling of (the limit of the rule)


class Sources:
    """Tables that the rows of a batch come from."""

    def __init__(self) -> None:
        self.inputs: list[Array] = []
        self.targets: list[Array] = []

    def look(self, frame: FrameType, x: Array, t: Array, as_array: Callable[[Any], Array | None]) -> None:
        """Find tables that hold the rows of a batch, among the variables of the user's frames."""
        rows, answers = {row.tobytes() for row in x}, {row.tobytes() for row in t}
        for value in _values(frame):
            table = as_array(value)
            if table is None or len(table) < FEWEST or table.size > MOST_NUMBERS:
                continue
            flat = np.asarray(table, np.float64).reshape(len(table), -1)
            if flat.shape[1] == x.shape[1] and len(self.inputs) < MOST_TABLES and rows <= _keys(flat):
                self.inputs.append(flat.copy())
            answer = _like(flat, t.shape[1])
            if answer is not None and len(self.targets) < MOST_TABLES and answers <= _keys(answer):
                self.targets.append(answer.copy())

    def observations(self, x: Array, t: Array) -> Iterator[Observation]:
        """How much of the targets near inputs cannot tell, as the steps pair them and as the tables do."""
        pairs = [(a, b) for a in self.inputs for b in self.targets if len(a) == len(b)]
        given = unpredictable(x, t) if len(x) >= FEWEST and pairs else None
        shares = [share for a, b in pairs if (share := unpredictable(a, b)) is not None]
        if given is not None and shares and min(shares) <= TOLD:
            yield Observation(0, Q.PROBE_AS_GIVEN, "targets", given)
            yield Observation(0, Q.PROBE_AS_BEFORE, "targets", min(shares))


def _values(frame: FrameType) -> Iterator[Any]:
    seen: set[int] = set()
    for own in own_frames(frame):
        for value in [*own.f_locals.values(), *own.f_globals.values()]:
            if id(value) not in seen:
                seen.add(id(value))
                yield value


def _keys(table: Array) -> set[bytes]:
    return {row.tobytes() for row in np.ascontiguousarray(table)}


def _like(flat: Array, columns: int) -> Array | None:
    """A table in the form that targets have: numbers of classes become rows of one 1."""
    if flat.shape[1] == columns:
        return flat
    numbers = flat[:, 0]
    whole = flat.shape[1] == 1 and bool(np.all((numbers >= 0) & (numbers < columns) & (numbers % 1 == 0)))
    return np.eye(columns)[numbers.astype(int)] if whole else None
