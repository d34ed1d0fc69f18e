"""Choices by name: a wrong one is answered with what there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from backproof.errors import UsageError


def choose(name: object, known: Iterable[str], what: str) -> str:
    """`name` if it is one of `known`.

    Raises:
        UsageError: It is not; the message names the closest ones, or all.
    """
    names = list(known)
    if isinstance(name, str) and name in names:
        return name
    close = difflib.get_close_matches(str(name), names, n=2)
    offer = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}"
    raise UsageError(f"there is no {what} {name!r}: {offer}")
