"""Where a number first stops being one: the operation that made infinity or NaN of finite values, if that mattered."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.graph.node import Node, Ref, Span, ancestors
from backproof.observations import Quantity
from backproof.observers.looks import Sheet
from backproof.rules._unseen import UNRECORDED
from backproof.scripts.naming import place
from backproof.scripts.recording import Recording
from backproof.scripts.roles import Roles
from backproof.scripts.warned import Complaint, culprits, largest_of
from backproof.scripts.windows import Window

Q = Quantity
MEASURES = (
    Q.NON_FINITE, Q.OVERFLOW_INPUT, Q.UNDEFINED_OPERAND, Q.NON_FINITE_PARAMETERS, Q.NON_FINITE_SHOWN,
    Q.NON_FINITE_DATA, Q.NON_FINITE_ROW, Q.NON_FINITE_COLUMN,
)  # fmt: skip
NOWHERE = "all"
# Functions that have no finite value at some arguments, whatever their size.
EDGES = frozenset({"log", "log2", "log10", "log1p", "sqrt", "arccos", "arcsin", "arctanh", "arccosh"})
DIVISIONS = frozenset(
    {"truediv", "divide", "true_divide", "reciprocal", "mod", "remainder", "floordiv", "floor_divide"}
)
POWERS = frozenset({"pow", "power", "float_power"})


@dataclass(frozen=True, slots=True)
class Origin:
    """The operation that made the first number that is none.

    Attributes:
        name: The operation with its line.
        span: Its place.
        overflow: It got too large a number; else its arguments have no finite result. None where that is not known.
        operands: What went in, where the first result is not finite.
        largest: The largest magnitude that went in.
        count: How many results are not finite.
    """

    name: str
    span: Span | None
    overflow: bool | None
    operands: tuple[float, ...]
    largest: float | None
    count: int


def observe(windows: Sequence[Window], sheet: Sheet, heard: Sequence[Complaint] = ()) -> None:
    """Note, window by window, how many values are not finite where they first are not.

    Args:
        windows: In order of time.
        sheet: Takes the numbers.
        heard: What NumPy complained of; it knows what happened between the windows.
    """
    where = NOWHERE
    for window in windows:
        roles = window.roles
        spoilt = _parameters(window, sheet)
        ends = ends_of(roles)
        if where == NOWHERE and window.first_step == 0 and _data(window, ends, sheet):
            return  # all else follows from that; later, what comes from before the window may be the training's own
        if where == NOWHERE and spoilt and window is not windows[0] and _data_used(windows[0], sheet):
            return
        first = _first(roles.nodes, roles.stop, ends)
        if first is None:
            where = where if where != NOWHERE or not spoilt else UNRECORDED
            sheet.add(window.first_step, Q.NON_FINITE, where, float(spoilt))
            continue
        number = window.first_step + sum(step.last_update < first.index for step in roles.steps)
        if where == NOWHERE:
            origin = _origin(first, heard)
            where = origin.name
            _tell(origin, number, sheet)
        else:
            sheet.add(number, Q.NON_FINITE, where, float(_count(first.value)))
        shown = sum(_count(node.value) for node in roles.nodes if node.shown and node.index >= first.index)
        sheet.add(number, Q.NON_FINITE_SHOWN, where, float(shown))


def ends_of(roles: Roles) -> set[int]:
    """What counts: parameters, errors and predictions."""
    return roles.stop | roles.pairs.keys() | {pair.prediction for pair in roles.pairs.values()}


def _data(window: Window, ends: Collection[int], sheet: Sheet) -> bool:
    """Whether arrays that hold NaN or infinity from the start reach the predictions; they are noted."""
    nodes = window.roles.nodes
    bad = [node for node in nodes if _count(node.value)]
    reach = _reaching(bad, ends, shown=False)
    roots = [node for node in bad if node.index in reach and _is_data(node, window.roles.stop)]
    number = next((node for node in bad if node.index in reach and _meets_a_number(node)), None)
    if number is not None and (not roots or number.index < roots[0].index):
        name = f"a number read at line {number.span.line}" if number.span is not None else "a number of the data"
        if number.span is not None:
            sheet.places[name] = place(number.span, name, "input")
        sheet.add(window.first_step, Q.NON_FINITE_DATA, name, 1.0)
        return True
    return _tell_array(roots, window, sheet)


def _data_used(first: Window, sheet: Sheet) -> bool:
    """Whether predictions are made from such an array, though not from these rows in the first window; it is noted."""
    used = ancestors([first.roles.nodes[index] for index in ends_of(first.roles) - first.roles.stop])
    bad = [node for node in used.values() if _count(node.value) and _is_data(node, first.roles.stop)]
    return _tell_array(sorted(bad, key=lambda node: node.index), first, sheet)


def _tell_array(roots: Sequence[Node], window: Window, sheet: Sheet) -> bool:
    """Note the first of these arrays that was not made of one that holds NaN or infinity itself."""
    for node in roots:
        if any(_count(parent.value) for parent in node.parents):
            continue
        name = _array_name(node, window)
        if node.span is not None:
            sheet.places[name] = place(node.span, name, "input")
        table = np.atleast_1d(np.asarray(node.value))
        table = table.reshape(len(table), -1)
        row, column = np.argwhere(~np.isfinite(table))[0]
        sheet.add(window.first_step, Q.NON_FINITE_DATA, name, float(_count(node.value)))
        sheet.add(window.first_step, Q.NON_FINITE_ROW, name, float(row))
        sheet.add(window.first_step, Q.NON_FINITE_COLUMN, name, float(column))
        return True
    return False


def _is_data(node: Node, stop: Collection[int]) -> bool:
    """An array, no parameter, that the script was given or wrote such a number into by itself."""
    given = node.function is None or _has_infinite_constant(node)
    return given and node.index not in stop and node.size > 1 and isinstance(node.value, np.ndarray)


def _meets_a_number(node: Node) -> bool:
    """Of plain numbers: one operand is recorded and finite, the other came from outside and is not."""
    plain = type(node.value) is float and not any(_count(parent.value) for parent in node.parents)
    return plain and bool(node.parents) and any(type(a) is float and not math.isfinite(a) for a in node.args)


def _array_name(node: Node, window: Window) -> str:
    index = window.recording.sites[node.index]
    target = window.roles.sites[index].target if index >= 0 else None
    return target.split("[")[0] if target else "an array of the data"


def observe_unlearned(recordings: Sequence[Recording], sheet: Sheet, heard: Sequence[Complaint] = ()) -> None:
    """The same where no step was found: of the values that the program shows."""
    for recording in recordings:
        first = _first(recording.nodes, frozenset(), frozenset())
        if first is not None:
            origin = _origin(first, heard)
            _tell(origin, recording.turn[0], sheet)
            shown = sum(_count(node.value) for node in recording.nodes if node.shown)
            sheet.add(recording.turn[0], Q.NON_FINITE_SHOWN, origin.name, float(shown))
            return


def _tell(origin: Origin, step: int, sheet: Sheet) -> None:
    if origin.span is not None:
        sheet.places[origin.name] = place(origin.span, origin.name, "expression")
    sheet.add(step, Q.NON_FINITE, origin.name, float(max(origin.count, 1)))
    if origin.overflow is False:
        for operand in origin.operands:
            sheet.add(step, Q.UNDEFINED_OPERAND, origin.name, operand, finite=False)
    elif origin.overflow:
        sheet.add(step, Q.OVERFLOW_INPUT, origin.name, origin.largest)


def _parameters(window: Window, sheet: Sheet) -> int:
    """Note the share of the parameters' numbers that are none, at the end of the window; how many these are."""
    if not window.roles.steps:
        return 0
    last = window.roles.steps[-1]
    values = [window.roles.nodes[change.after] for change in last.changes.values()]
    size = sum(node.size for node in values)
    number = window.first_step + len(window.roles.steps)
    count = sum(_count(node.value) for node in values)
    if size:
        sheet.add(number, Q.NON_FINITE_PARAMETERS, "parameters", count / size)
    return count


# -- the origin


def _origin(first: Node, heard: Sequence[Complaint]) -> Origin:
    """Of the first value that is not finite: the operation itself, or what NumPy complained of before."""
    if first.function is not None and not any(_count(value) for value in _operands(first)):
        return _recorded(first)
    told = first_of(heard)
    if told is not None:
        return told
    if first.function is not None:
        return _recorded(first)
    return Origin(UNRECORDED, None, None, (), None, _count(first.value))


def _recorded(node: Node) -> Origin:
    name = f"{node.op} (line {node.span.line})" if node.span is not None else node.op
    numeric = [v for v in _operands(node) if isinstance(v, int | float | np.ndarray | np.generic) and np.size(v)]
    operands, _ = culprits(node.value, numeric)
    return Origin(name, node.span, _overflows(node.op, operands), operands, largest_of(numeric), _count(node.value))


def first_of(heard: Sequence[Complaint]) -> Origin | None:
    """Of NumPy's complaints the one that tells where NaN came from; overflows that made none are passed over."""
    invalid = next((k for k, one in enumerate(heard) if one.kind != "overflow"), None)
    if invalid is None:
        return _complained(heard[0]) if heard else None
    one = heard[invalid]
    if any(math.isinf(operand) for operand in one.operands) and invalid:
        one = heard[invalid - 1]
    return _complained(one)


def _complained(one: Complaint) -> Origin:
    name = f"{one.operation} (line {one.span.line})"
    overflow = one.kind == "overflow"
    return Origin(name, one.span, overflow, one.operands, one.largest, one.count)


def _overflows(op: str, operands: tuple[float, ...]) -> bool | None:
    """Whether finite operands made infinity by their size; False where the operation has no value at them."""
    if not operands or not all(map(math.isfinite, operands)):
        return None if not operands else False
    if op in EDGES:
        return False
    if op in DIVISIONS:
        return operands[-1] != 0
    if op in POWERS:
        return operands[0] > 0 or (operands[0] < 0 and len(operands) > 1 and operands[1] == int(operands[1]))
    return True


def _first(nodes: Sequence[Node], stop: Collection[int], ends: Collection[int]) -> Node | None:
    """The first operation whose infinity or NaN reaches one of `ends` or what is shown."""
    bad = _made(nodes, stop)
    if not bad:
        return None
    harmful = _reaching(bad, ends)
    made = (node for node in bad if node.index in harmful and node.function is not None)
    born = (node for node in made if not any(_count(value) for value in _operands(node)))
    first = next((node for node in bad if node.index in harmful), None)
    if first is not None and first.index in stop:
        return first  # a parameter was none before the window began
    return next(born, None) or first


def _made(nodes: Sequence[Node], stop: Collection[int]) -> list[Node]:
    """Values that are not finite, but for infinities that the script began with (`best = inf`) and their kin."""
    bad: list[Node] = []
    given: set[int] = set()
    for node in nodes:
        if not _count(node.value):
            continue
        leaf = node.function is None and node.index not in stop
        if leaf or not given.isdisjoint(p.index for p in node.parents) or _has_infinite_constant(node):
            given.add(node.index)
        else:
            bad.append(node)
    return bad


def _has_infinite_constant(node: Node) -> bool:
    return any(not isinstance(argument, Ref) and _count(argument) for argument in node.args)


def _reaching(bad: list[Node], ends: Collection[int], *, shown: bool = True) -> set[int]:
    """Those of `bad` from which a chain of values that are not finite leads to something that counts or is shown."""
    found: set[int] = set()
    for node in reversed(bad):
        if node.index in ends or (shown and node.shown) or node.index in found:
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
