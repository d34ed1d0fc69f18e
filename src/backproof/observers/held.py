"""The samples that a training was seen to use, each once, in the order in which they came."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MOST_ROWS, MOST_NUMBERS = 4000, 2_000_000  # kept: 16 MB in double precision
MOST_BATCHES = 600  # that are looked at
QUIET = 4  # batches in a row that bring nothing new: all samples are known


class Held:
    """Rows of inputs and targets.

    Attributes:
        closed: No more batches are wanted.
        whole: Whether all samples are known: batches came round again.
    """

    def __init__(self) -> None:
        self.closed = self.whole = False
        self._known: set[int] = set()
        self._keys: list[int] = []  # of each batch
        self._rows: list[tuple[Array, Array]] = []
        self._quiet = self._size = self._epoch = 0

    @property
    def count(self) -> int:
        """Samples that are held."""
        return self._size

    def take(self, inputs: Array, targets: Array) -> None:
        """Keep what is new of a batch; both (rows, columns)."""
        if self.closed or len(inputs) != len(targets):
            return
        if self._rows and (inputs.shape[1], targets.shape[1]) != tuple(a.shape[1] for a in self._rows[0]):
            self.closed = True  # lengths that change from batch to batch make no table
            return
        keys = [hash(x.tobytes() + t.tobytes()) for x, t in zip(inputs, targets, strict=True)]
        new = [k for k, key in enumerate(keys) if key not in self._known]
        self._keys.append(hash(tuple(keys)))
        self._quiet = 0 if new else self._quiet + 1
        if new:
            self._known.update(keys)
            self._rows.append((inputs[new], targets[new]))
            self._size += len(new)
            self._epoch = len(self._keys)
        width = inputs.shape[1] + targets.shape[1]
        full = self._size >= MOST_ROWS or self._size * width >= MOST_NUMBERS
        self.whole = self._quiet >= QUIET
        self.closed = self.whole or full or len(self._keys) >= MOST_BATCHES

    def tables(self) -> tuple[Array, Array] | None:
        """Inputs and targets, (n, d) and (n, k), or None."""
        if not self._rows:
            return None
        return np.concatenate([x for x, _ in self._rows]), np.concatenate([t for _, t in self._rows])

    def in_order(self) -> bool:
        """Whether the second epoch takes the same batches in the same order as the first; no sense in one batch."""
        again = self._keys[self._epoch :]
        return self._epoch > 1 and len(again) >= 2 and again == [self._keys[k % self._epoch] for k in range(len(again))]
