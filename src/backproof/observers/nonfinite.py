"""Where a number first stops being one: the operation that made infinity or NaN of finite values, if that mattered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from backproof.graph.node import Node, Ref
from backproof.observations import Quantity
from backproof.observers.looks import Sheet
from backproof.scripts.naming import place
from backproof.scripts.roles import Roles
from backproof.scripts.windows import Window

MEASURES = (Quantity.NON_FINITE, Quantity.OVERFLOW_INPUT)
NOWHERE = "all"


def observe(windows: Sequence[Window], sheet: Sheet) -> None:
    """Note, window by window, how many values are not finite where they first are not."""
    where = NOWHERE
    for window in windows:
        first = _first(window.roles)
        if first is None:
            sheet.add(window.first_step, Quantity.NON_FINITE, where, 0.0)
            continue
        if where == NOWHERE:
            where = _name(first)
            if first.span is not None:
                sheet.places[where] = place(first.span, where, "expression")
        number = window.first_step + sum(step.last_update < first.index for step in window.roles.steps)
        sheet.add(number, Quantity.NON_FINITE, where, float(_count(first.value)))
        sheet.add(number, Quantity.OVERFLOW_INPUT, where, _went_in(first))


def _name(node: Node) -> str:
    return f"{node.op} (line {node.span.line})" if node.span is not None else node.op


def _first(roles: Roles) -> Node | None:
    """The first operation whose infinity or NaN reaches a prediction, an error, a parameter or what is shown."""
    bad = _made(roles)
    if not bad:
        return None
    harmful = _reaching(roles, bad)
    made = (node for node in bad if node.index in harmful and node.function is not None)
    born = (node for node in made if not any(_count(value) for value in _operands(node)))
    return next(born, None) or next((node for node in bad if node.index in harmful), None)


def _made(roles: Roles) -> list[Node]:
    """Values that are not finite, but for infinities that the script began with (`best = inf`) and their kin."""
    bad: list[Node] = []
    given: set[int] = set()
    for node in roles.nodes:
        if not _count(node.value):
            continue
        leaf = node.function is None and node.index not in roles.stop
        if leaf or not given.isdisjoint(p.index for p in node.parents) or _has_infinite_constant(node):
            given.add(node.index)
        else:
            bad.append(node)
    return bad


def _has_infinite_constant(node: Node) -> bool:
    return any(not isinstance(argument, Ref) and _count(argument) for argument in node.args)


def _reaching(roles: Roles, bad: list[Node]) -> set[int]:
    """Those of `bad` from which a chain of values that are not finite leads to something that counts."""
    ends = roles.stop | roles.pairs.keys() | {pair.prediction for pair in roles.pairs.values()}
    found: set[int] = set()
    for node in reversed(bad):
        if node.index in ends or node.shown or node.index in found:
            found.add(node.index)
            found.update(parent.index for parent in node.parents)
    return found


def _count(value: Any) -> int:
    """How many entries are not finite."""
    if type(value) is float:
        return not math.isfinite(value)
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return int(value.size - np.count_nonzero(np.isfinite(value))) if kind == "f" else 0


def _operands(node: Node) -> Iterator[Any]:
    for argument in (*node.args, *node.kwargs.values()):
        yield argument.node.value if isinstance(argument, Ref) else argument


def _went_in(node: Node) -> float | None:
    """The largest magnitude among the operands, where they were finite."""
    sizes = []
    for value in _operands(node):
        if isinstance(value, int | float | np.ndarray | np.generic) and np.size(value):
            array = np.abs(np.asarray(value, dtype=np.float64))
            sizes.append(float(np.max(array, initial=0.0, where=np.isfinite(array))))
    return max(sizes) if sizes and node.function is not None else None
