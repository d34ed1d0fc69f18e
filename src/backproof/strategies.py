"""Hypothesis strategies for the inputs of gradient checks: away from kinks, where a gradient exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.errors import UsageError

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def inputs(
    shape: tuple[int, ...],
    *,
    low: float = -3.0,
    high: float = 3.0,
    kinks: tuple[float, ...] = (0.0,),
    margin: float = 1e-2,
    distinct: bool = True,
) -> SearchStrategy[Any]:
    """Arrays of float64 whose elements keep away from kinks, and from one another.

    Args:
        shape: Of the arrays.
        low: The least element, in the unit of the inputs.
        high: The largest.
        kinks: Where the function has no derivative: 0 for ReLU and |x|, -1 and 1 for a clipped one.
        margin: The least distance from a kink.
        distinct: No two elements are equal: a maximum or a sort has kinks at ties.

    Raises:
        UsageError: There is no room left between `low` and `high`, or Hypothesis is not installed.
    """
    try:
        from hypothesis import strategies as st
    except ImportError:
        raise UsageError("strategies need Hypothesis: pip install hypothesis") from None
    edges = sorted(kink for kink in kinks if low - margin < kink < high + margin)
    bounds = [low, *(edge + side * margin for edge in edges for side in (-1, 1)), high]
    rooms = [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if a < b]
    if not rooms:
        raise UsageError(f"between {low:g} and {high:g} nothing is {margin:g} away from the kinks {kinks}")
    element = st.one_of([st.floats(a, b, allow_nan=False, allow_subnormal=False) for a, b in rooms])
    count = int(np.prod(shape, dtype=int))
    rows = st.lists(element, min_size=count, max_size=count, unique_by=(lambda x: round(x, 6)) if distinct else None)
    return rows.map(lambda values: np.array(values, dtype=np.float64).reshape(shape))
