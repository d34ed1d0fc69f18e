"""Tables of NumPy from tensors, with no more rows than are needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MOST_ROWS, MOST_NUMBERS = 2048, 200_000  # of predictions that are read in one step


def table_of(values: Any) -> Array:
    """(rows, outputs) in double precision."""
    return numbers_of(values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(-1, 1))


def spread_over(rows: int, outputs: int) -> Any:
    """Some of the rows, spread evenly; all where they are few."""
    most = max(min(MOST_ROWS, MOST_NUMBERS // max(outputs, 1)), 1)
    return slice(None, None, -(-rows // most)) if rows > most else slice(None)


def numbers_of(values: Any) -> Array:
    """A copy in double precision."""
    return np.array(values.detach().to("cpu").double().numpy(), np.float64)
