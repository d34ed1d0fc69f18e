"""A window of the run as it is recorded: the nodes, where each was made, and what stands for the program's objects."""

from __future__ import annotations

import operator
import time
import types
from collections.abc import Callable
from threading import get_ident
from typing import Any

import numpy as np

from backproof.graph.node import Node, Ref, Span
from backproof.scripts.shadow import Shadow, is_array
from backproof.scripts.sites import Literal, Site

FRAMES = 6  # calls that are kept of the way to an operation
LIST_LIMIT = 20_000  # numbers in a list argument beyond which the result counts as a source
REACH = 400  # pushed operands among which those of one expression are looked for
CANONICAL = {  # NumPy's spellings of what Python writes with an operator
    "subtract": "sub",
    "multiply": "mul",
    "divide": "truediv",
    "true_divide": "truediv",
    "power": "pow",
    "float_power": "pow",
    "negative": "neg",
    "absolute": "abs",
    "fabs": "abs",
    "amax": "max",
    "amin": "min",
    "add.reduce": "sum",
    "greater": "gt",
    "less": "lt",
    "greater_equal": "ge",
    "less_equal": "le",
}


def is_number(value: Any) -> bool:
    """A float or a NumPy scalar: what is tracked by identity (Python's ints are shared objects and are not)."""
    return type(value) is float or isinstance(value, np.floating)


def is_tracked(value: Any) -> bool:
    """A float, a NumPy float or an array of numbers."""
    return type(value) is float or isinstance(value, np.floating) or is_array(value)


def set_item(base: Any, key: Any, value: Any) -> Any:
    """A copy of `base` with `base[key] = value` done."""
    made = np.array(base, copy=True, subok=True)
    made[key] = value
    return made


def frozen(value: Any) -> Any:
    """A key or argument as it is now: arrays and lists in it are copied."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(frozen(element) for element in value)
    return value


def frozen_constant(argument: Any) -> Any:
    """An argument that is no `Ref`, safe from later changes."""
    return argument if isinstance(argument, Ref) else frozen(argument)


class Recording:
    """The nodes of one window of the run, and where each was recorded."""

    def __init__(self, number: int) -> None:
        """Window `number`, empty."""
        self.number = number
        self.nodes: list[Node] = []
        self.sites: list[int] = []  # the site of each node, -1 where none
        self.shadow = Shadow(self._unplaced)
        self.started = time.thread_time()  # which other programs on the machine do not lengthen
        self.turn: tuple[int, int | None] = (0, None)  # turns of the outermost loop before the window, and its length
        self.after = False  # opened when the outermost loop had ended: what follows a training
        self.marks: list[int] = []  # nodes at the end of each turn that the outermost loop made within the window
        self.closed_because = ""
        self.read: tuple[int, Any] = (0, None)  # how many nodes it had when it was read, and what was found then
        self.bytes = 0  # of arrays that only the recording keeps

    def _unplaced(self, *_: Any) -> Node:
        raise NotImplementedError


class NodeWriter:
    """Records nodes; every fault of ours stays in here."""

    def __init__(self, owns: Callable[[types.CodeType], bool]) -> None:
        """`owns` tells the script's own code objects."""
        self.sites: list[Site] = []
        self.owns = owns
        self.on = False
        self.thread = get_ident()
        self.stack: list[tuple[int, Any]] = []
        self.recording = Recording(0)
        self.faults: list[str] = []
        self.lose: Callable[[], None] = lambda: None  # called when a window's budget may be used up
        self.check_at = 0
        self.bytes_at = 0  # bytes of arrays made at which `lose` is called, too
        self._site = -1
        self._frame: Any = None
        self._early: dict[int, Node] = {}  # nodes of operands as they were before a call that overwrites them
        self._spans: dict[tuple[int, int], Span | None] = {}
        self._positions: dict[int, list[Any]] = {}

    def new_node(self, op: str, function: Any, args: Any, kwargs: Any, value: Any) -> Node:
        """Record a node at the present site, called from the present frame."""
        nodes = self.recording.nodes
        span = self.sites[self._site].span if self._site >= 0 else None
        node = Node(len(nodes), CANONICAL.get(op, op), function, args, kwargs, value, span, self._calls())
        nodes.append(node)
        self.recording.sites.append(self._site)
        return node

    def _calls(self) -> tuple[Span, ...]:
        found: list[Span] = []
        frame = self._frame
        frame = frame.f_back if frame is not None else None
        for _ in range(40):
            if frame is None or len(found) >= FRAMES:
                break
            if self.owns(frame.f_code):
                span = self._span_of(frame)
                if span is not None:
                    found.append(span)
            elif found and frame.f_code.co_name == "<module>":
                break
            frame = frame.f_back
        return tuple(found)

    def _span_of(self, frame: Any) -> Span | None:
        code = frame.f_code
        key = (id(code), frame.f_lasti)
        if key not in self._spans:
            positions = self._positions.get(id(code))
            if positions is None:
                positions = self._positions[id(code)] = list(code.co_positions())
            line, end, column, end_column = positions[frame.f_lasti // 2]
            known = None not in (line, end, column, end_column)
            self._spans[key] = Span(code.co_filename, line, column, end, end_column) if known else None
        return self._spans[key]

    def ref(self, value: Any) -> Any:
        """What stands for `value` among a node's arguments: a `Ref` if it is known, else the value itself."""
        if type(value) is float or isinstance(value, np.generic):
            node = self.recording.shadow.scalar(value)
            return Ref(node) if node is not None else value
        if isinstance(value, np.ndarray):
            early = self._early.get(id(value)) if self._early else None
            if early is not None:
                return Ref(early)
            return Ref(self.recording.shadow.array(value)) if is_array(value) else value
        if type(value) in (list, tuple):
            return type(value)([self.ref(element) for element in value])
        return value

    def _keep(self, op: str, function: Any, args: Any, kwargs: Any, value: Any) -> None:
        shadow = self.recording.shadow
        if is_array(value):
            known = shadow.arrays.get(id(value))
            if known is not None and known.array is value:
                return  # the function returned one of its operands
            shadow.result(
                value, self.new_node(op, function, args, kwargs, shadow.snapshot(value, own=function is not None))
            )
        elif is_number(value):
            if id(value) not in shadow.scalars:
                shadow.result(value, self.new_node(op, function, args, kwargs, value))
        elif type(value) in (tuple, list) and 0 < len(value) <= LIST_LIMIT and all(map(is_tracked, value)):
            whole = self.new_node(op, function, args, kwargs, type(value)(frozen(element) for element in value))
            for k, element in enumerate(value):
                self._keep("getitem", operator.getitem, (Ref(whole), k), {}, element)

    def _guarded(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except Exception as fault:
            self._fault(fault)
            return None

    def _fault(self, fault: Exception) -> None:
        if isinstance(fault, RecursionError):
            return  # the script's own recursion left no room for us
        self.faults.append(f"{type(fault).__name__}: {fault}")
        if len(self.faults) > 50:
            self.on = False
            self.lose()

    def _popped(self, site: Site) -> list[Any] | None:
        """The operands that were pushed for `site`; leftovers of expressions that an exception ended are dropped."""
        count, stack, index = site.pushes, self.stack, site.index
        if count == 0:
            return []
        if len(stack) < count or stack[-1][0] != index or stack[-count][0] != index:
            found = [k for k in range(max(0, len(stack) - 400), len(stack)) if stack[k][0] == index]
            if len(found) < count:
                return None
            operands = [stack[k][1] for k in found[-count:]]
            del stack[found[-count] :]
            return operands
        operands = [value for _, value in stack[-count:]]
        del stack[-count:]
        return operands

    def _operands(self, site: Site, pushed: list[Any]) -> list[Any]:
        waiting = iter(pushed)
        return [known.value if isinstance(known, Literal) else next(waiting) for known in site.operands]
