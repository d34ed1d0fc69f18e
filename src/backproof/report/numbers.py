"""Numbers as a reader wants them: few digits, and words for what is not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence

DIGITS = 3  # significant ones; a report compares sizes, it is no log


def short(value: float) -> str:
    """A number in few digits: 1234567 as 1.23e+06, whole numbers below a million in full."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.{DIGITS}g}"


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def spread(count: int, most: int) -> list[int]:
    """At most `most` of the positions 0 to count - 1, evenly spread, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(k * (count - 1) / (most - 1)) for k in range(most)})
