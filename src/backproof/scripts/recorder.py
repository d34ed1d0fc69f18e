"""Records what an instrumented script computes: the hooks that its code calls, and the nodes that they make."""

from __future__ import annotations

import operator
import sys
import time
import types
from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Any

import numpy as np

from backproof.graph.node import Node, Ref, Span, references
from backproof.scripts.callees import ITERATING, SUMMING, Callee, Callees
from backproof.scripts.shadow import Gather, Shadow, is_array
from backproof.scripts.sites import Literal, Site

FRAMES = 6  # calls that are kept of the way to an operation
LIST_LIMIT = 20_000  # numbers in a list argument beyond which the result counts as a source
MISSING = object()
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


def set_item(base: Any, key: Any, value: Any) -> Any:
    """A copy of `base` with `base[key] = value` done."""
    made = np.array(base, copy=True, subok=True)
    made[key] = value
    return made


def added_at(function: Callable[..., Any]) -> Callable[..., Any]:
    """The pure form of `ufunc.at`: a copy of the array with the operation done."""

    def apply(base: Any, *args: Any) -> Any:
        made = np.array(base, copy=True, subok=True)
        function(made, *args)
        return made

    return apply


def frozen(value: Any) -> Any:
    """A key or argument as it is now: arrays and lists in it are copied."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(frozen(element) for element in value)
    return value


class Recording:
    """The nodes of one window of the run, and where each was recorded."""

    def __init__(self, number: int) -> None:
        """Window `number`, empty."""
        self.number = number
        self.nodes: list[Node] = []
        self.sites: list[int] = []  # the site of each node, -1 where none
        self.shadow = Shadow(self._unplaced)
        self.started = time.perf_counter()
        self.turn: tuple[int, int | None] = (0, None)  # turns of the outermost loop before the window, and its length
        self.closed_because = ""

    def _unplaced(self, *_: Any) -> Node:
        raise NotImplementedError


class Recorder:
    """The hooks. Each is a fault barrier: whatever goes wrong in here, the script's own value is returned."""

    def __init__(self, owns: Callable[[types.CodeType], bool], modules: set[str]) -> None:
        """`owns` tells the script's own code objects, `modules` are its module names."""
        self.sites: list[Site] = []
        self.callees = Callees(owns, modules)
        self.owns = owns
        self.on = False
        self.thread = get_ident()
        self.stack: list[tuple[int, Any]] = []
        self.recording = Recording(0)
        self.faults: list[str] = []
        self.lose: Callable[[], None] = lambda: None  # called when a window's budget may be used up
        self.check_at = 0
        self._site = -1
        self._frame: Any = None
        self._protecting: set[int] = set()  # call sites whose array operands are about to be written
        self._early: dict[int, Node] = {}  # nodes of operands as they were before such a call
        self._rowwise_sites: dict[int, bool] = {}  # call sites whose callee iterates: must it get a list?
        self._spans: dict[tuple[int, int], Span | None] = {}
        self._positions: dict[int, list[Any]] = {}
        self._handlers = {
            "binary": self._operation,
            "unary": self._operation,
            "compare": self._operation,
            "get": self._get,
            "attribute": self._attribute,
            "call": self._call,
        }

    # -- nodes

    def start(self, number: int) -> Recording:
        """Begin a new window."""
        self.recording = Recording(number)
        self.recording.shadow = Shadow(self.new_node)
        self.stack.clear()
        self._protecting.clear()
        self._rowwise_sites.clear()
        self.on = True
        return self.recording

    def new_node(self, op: str, function: Any, args: Any, kwargs: Any, value: Any) -> Node:
        """Record a node at the present site, called from the present frame."""
        nodes = self.recording.nodes
        span = self.sites[self._site].span if self._site >= 0 else None
        node = Node(len(nodes), CANONICAL.get(op, op), function, args, kwargs, value, span, self._calls())
        nodes.append(node)
        self.recording.sites.append(self._site)
        return node

    def _calls(self) -> tuple[Span, ...]:
        frame, found = self._frame, []
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
            shadow.result(value, self.new_node(op, function, args, kwargs, shadow.snapshot(value)))
        elif is_number(value):
            if id(value) not in shadow.scalars:
                shadow.result(value, self.new_node(op, function, args, kwargs, value))
        elif type(value) in (tuple, list) and 0 < len(value) <= LIST_LIMIT and all(map(is_tracked, value)):
            whole = self.new_node(op, function, args, kwargs, type(value)(frozen(element) for element in value))
            for k, element in enumerate(value):
                self._keep("getitem", operator.getitem, (Ref(whole), k), {}, element)

    # -- hooks that expressions call

    def push(self, site: int, value: Any) -> Any:
        """An operand was evaluated."""
        if get_ident() != self.thread:
            return value
        self.stack.append((site, value))
        if site in self._protecting and is_array(value):
            node = self._guarded(self.recording.shadow.protect, value)
            if node is not None:
                self._early[id(value)] = node
        if site in self._rowwise_sites:
            return self._rowwise(site, value)
        return value

    def _guarded(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except Exception as fault:
            self._fault(fault)
            return None

    def _fault(self, fault: Exception) -> None:
        self.faults.append(f"{type(fault).__name__}: {fault}")
        if len(self.faults) > 50:
            self.on = False
            self.lose()

    def _rowwise(self, site: int, value: Any) -> Any:
        listing = self._rowwise_sites[site]
        if is_array(value) and value.ndim:
            rows: Any = self.rows(value)
        elif listing and isinstance(value, Iterator):
            rows = value
        else:
            return value
        if listing:
            rows = list(rows)
            self.stack[-1] = (site, rows)
        return rows

    def rows(self, array: Any) -> Iterator[Any]:
        """The rows of an array one by one, each recorded as `array[k]`."""
        for k in range(len(array)):
            row = array[k]
            if self.on:
                self._guarded(self._row, array, k, row)
            yield row

    def _row(self, array: Any, k: int, row: Any) -> None:
        self._frame = None
        self._keep("getitem", operator.getitem, (Ref(self.recording.shadow.array(array)), k), {}, row)

    def callee(self, site: int, function: Any) -> Any:
        """The callee of a call was evaluated; what it returns is called."""
        if get_ident() != self.thread:
            return function
        self.stack.append((site, function))
        try:
            return self._prepared(site, function)
        except Exception as fault:
            self._fault(fault)
            return function

    def _prepared(self, site: int, function: Any) -> Any:
        self._rowwise_sites.pop(site, None)
        self._protecting.discard(site)
        if isinstance(function, type | types.BuiltinFunctionType) and function in (*SUMMING, *ITERATING):
            self._rowwise_sites[site] = function in SUMMING
        elif type(function) is not types.FunctionType:
            known = self.callees.of(function)
            if known.kind == "writes" or "out" in self.sites[site].keywords:
                self._protecting.add(site)
                if is_array(known.bound):
                    self.recording.shadow.protect(known.bound)
            if known.kind == "vectorize":
                return self._vectorized(function)
        return function

    def result(self, site: int, value: Any) -> Any:
        """An expression was evaluated to `value`."""
        if not self.on or get_ident() != self.thread:
            return value
        try:
            known = self.sites[site]
            operands = self._popped(known)
            if operands is not None:
                self._site, self._frame = site, sys._getframe(1)
                self._handlers[known.kind](known, operands, value)
                if site in self._protecting:
                    self._protecting.discard(site)
                    self._early.clear()
                if len(self.recording.nodes) >= self.check_at:
                    self.lose()
        except Exception as fault:
            self._fault(fault)
        finally:
            self._frame = None
        return value

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

    def _operation(self, site: Site, pushed: list[Any], value: Any) -> None:
        if is_tracked(value):
            args = tuple(self.ref(operand) for operand in self._operands(site, pushed))
            self._keep(site.op, site.function, args, {}, value)
        elif site.op == "mod" and isinstance(value, str):
            self.show(self._operands(site, pushed)[1])

    def _get(self, site: Site, pushed: list[Any], value: Any) -> None:
        base, key = self._operands(site, pushed)
        if is_array(base) and is_tracked(value):
            self._keep("getitem", operator.getitem, (self.ref(base), frozen(key)), {}, value)

    def _attribute(self, site: Site, pushed: list[Any], value: Any) -> None:
        if is_array(pushed[0]) and is_array(value):
            op = "transpose" if site.name in ("T", "mT") and value.ndim <= 2 else site.name
            self._keep(op, operator.attrgetter(site.name), (self.ref(pushed[0]),), {}, value)

    def _call(self, site: Site, pushed: list[Any], value: Any) -> None:
        function = pushed[0]
        if type(function) is types.FunctionType and self.owns(function.__code__):
            return
        callee = self.callees.of(function)
        if callee.kind in ("user", "silent", "vectorize"):
            return
        args, kwargs = self._arguments(site, pushed[1:])
        if callee.kind == "shows":
            self.show(args)
        elif callee.kind == "writes":
            self._write(callee, args)
        elif is_tracked(value) or type(value) in (tuple, list):
            self._called(callee, args, kwargs, value)

    def _arguments(self, site: Site, pushed: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        count = len(pushed) - len(site.keywords)
        args: list[Any] = []
        for k, value in enumerate(pushed[:count]):
            args.extend(value) if k in site.stars else args.append(value)
        kwargs: dict[str, Any] = {}
        for name, value in zip(site.keywords, pushed[count:], strict=True):
            kwargs.update(value) if name is None else kwargs.update({name: value})
        return tuple(args), kwargs

    def _called(self, callee: Callee, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any) -> None:
        if callee.kind == "source" or callee.function is None or self._opaque(args, kwargs):
            self._keep("leaf", None, (), {}, value)
            return
        if callee.bound is not None:
            args = (callee.bound, *args)
        out = kwargs.pop("out", None)
        if out is None and isinstance(callee.function, np.ufunc) and len(args) > callee.function.nin:
            out, args = args[callee.function.nin], args[: callee.function.nin]
        refs = tuple(frozen_constant(self.ref(a)) for a in args)
        named = {key: frozen_constant(self.ref(a)) for key, a in kwargs.items()}
        out = out[0] if type(out) is tuple else out
        if is_array(out):
            shadow = self.recording.shadow
            shadow.written(out, self.new_node(callee.op, callee.function, refs, named, shadow.snapshot(out)))
        elif any(True for _ in references((refs, tuple(named.values())))):
            self._keep(callee.op, callee.function, refs, named, value)
        else:
            self._keep("leaf", None, (), {}, value)

    def _opaque(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Would the call run the script's code again, or does it hold too many numbers?"""
        values = (*args, *kwargs.values())
        if any(isinstance(a, Iterator) or (callable(a) and not isinstance(a, type) and self.callees.is_user(a)) for a in values):
            return True
        return sum(_numbers(a) for a in values) > LIST_LIMIT

    def _write(self, callee: Callee, args: tuple[Any, ...]) -> None:
        base = callee.bound if callee.bound is not None else (args[0] if args else None)
        if not is_array(base) or callee.function is None:
            return  # found out when it is read: its content is not what was recorded
        shadow = self.recording.shadow
        known = shadow.arrays.get(id(base))
        if callee.op.endswith(".at") and known is not None:
            refs = (Ref(known.node), *(frozen_constant(self.ref(a)) for a in args[1:]))
            node = self.new_node(callee.op, added_at(callee.function), refs, {}, np.array(base, subok=True))
            node.inplace = True
            shadow.written(base, node)
        elif callee.op == "copyto":
            value = np.array(base, copy=True, subok=True)
            shadow.written(base, self.new_node("array", np.array, (self.ref(args[1]),), {}, value))

    def show(self, value: Any) -> None:
        """The script printed, formatted or kept `value`."""
        if type(value) in (list, tuple):
            for element in value[:100]:
                self.show(element)
            return
        node = self.recording.shadow.scalar(value)
        if node is None and is_array(value):
            known = self.recording.shadow.arrays.get(id(value))
            node = known.node if known else None
        if node is not None:
            node.shown = True

    def shown(self, value: Any) -> Any:
        """Hook of an f-string's value."""
        if self.on and get_ident() == self.thread:
            self._guarded(self.show, value)
        return value

    def fresh(self, value: float) -> float:
        """Hook of `w = 0.5`: an object of its own, and a leaf."""
        if not self.on or get_ident() != self.thread:
            return value
        made = value * 1.0
        self._site = -1
        self._guarded(self._keep, "leaf", None, (), {}, made)
        return made

    def iterate(self, value: Any) -> Any:
        """Hook of what a comprehension iterates over."""
        if self.on and is_array(value) and value.ndim and get_ident() == self.thread:
            return self.rows(value)
        return value

    # -- hooks of assignments

    def store_base(self, site: int, base: Any) -> Any:
        """The object that is about to be written to was evaluated."""
        if get_ident() == self.thread:
            self.stack.append((site, base))
            if self.on and is_array(base):
                self._site = site
                self._guarded(self.recording.shadow.protect, base)
        return base

    def stored(self, site: int) -> None:
        """`base[key] = value` was done."""
        if not self.on or get_ident() != self.thread:
            return
        self._site, self._frame = site, sys._getframe(1)
        self._guarded(self._stored, self.sites[site])
        self._frame = None

    def _stored(self, site: Site) -> None:
        pushed = self._popped(site)
        if pushed is None:
            return
        value, base, key = self._operands(site, pushed)
        if is_array(base):
            self._set(base, key, self.ref(value))

    def _set(self, base: Any, key: Any, ref: Any) -> None:
        shadow = self.recording.shadow
        args = (Ref(shadow.arrays[id(base)].node), frozen(key), frozen_constant(ref))
        node = self.new_node("setitem", set_item, args, {}, shadow.snapshot(base))
        node.inplace = True
        shadow.written(base, node)

    def before(self, site: int, old: Any) -> None:
        """`name op= value` is about to happen to the object `old`."""
        self.store_base(site, old)

    def operand(self, site: int, value: Any) -> Any:
        """The right side of an augmented assignment was evaluated; the old value is still there."""
        if self.on and get_ident() == self.thread:
            self._site, self._frame = site, sys._getframe(1)
            self._guarded(self._old_value, self.sites[site], value)
            self._frame = None
        return value

    def _old_value(self, site: Site, value: Any) -> None:
        shadow = self.recording.shadow
        pushed = [known for known in self.stack[-400:] if known[0] == site.index]
        count = 2 if site.kind == "augment-item" else 1
        if len(pushed) < count:
            return  # a new window began in the middle of the statement
        base = pushed[-count][1]
        key = pushed[-1][1] if count == 2 else site.name
        old = base if site.kind == "augment-name" else read(base, key, site.kind == "augment-item")
        ref: Any = None
        if is_array(base) and site.kind == "augment-item":
            content = frozen(old) if is_array(old) else old
            node = self.new_node("getitem", operator.getitem, (Ref(shadow.array(base)), frozen(key)), {}, content)
            ref = Ref(node)
        elif is_array(old):
            ref = Ref(shadow.protect(old))
        else:
            ref = self.ref(old)
        self.stack.append((site.index, (old, ref, frozen_constant(self.ref(value)))))

    def after(self, site: int, *new: Any) -> None:
        """An augmented assignment was done."""
        if not self.on or get_ident() != self.thread:
            return
        self._site, self._frame = site, sys._getframe(1)
        self._guarded(self._augmented, self.sites[site], new)
        if len(self.recording.nodes) >= self.check_at:
            self._guarded(self.lose)
        self._frame = None

    def _augmented(self, site: Site, new: tuple[Any, ...]) -> None:
        count = 3 if site.kind == "augment-item" else 2
        found = [k for k in range(max(0, len(self.stack) - 400), len(self.stack)) if self.stack[k][0] == site.index]
        if len(found) < count:
            return
        pushed = [self.stack[k][1] for k in found[-count:]]
        del self.stack[found[-count] :]
        base, (old, ref, operand) = pushed[0], pushed[-1]
        if site.kind == "augment-name":
            value = new[0]
        else:
            key = pushed[1] if count == 3 else site.name
            value = read(base, key, count == 3)
        if not is_tracked(value):
            return
        shadow = self.recording.shadow
        if is_array(base) and site.kind == "augment-item":
            content = shadow.snapshot(frozen(value)) if is_array(value) else value
            node = self.new_node(site.op, site.function, (ref, operand), {}, content)
            self._set(base, pushed[1], Ref(node))
        elif value is old and is_array(value):
            node = self.new_node(site.op, site.function, (ref, operand), {}, shadow.snapshot(value))
            shadow.written(value, node)
        else:
            node = self.new_node(site.op, site.function, (ref, operand), {}, self._content(value))
            shadow.result(value, node)
        node.inplace = True

    def _content(self, value: Any) -> Any:
        return self.recording.shadow.snapshot(value) if is_array(value) else value

    # -- functions that call the script's functions element by element

    def _vectorized(self, function: Any) -> Any:
        """A stand-in for `np.vectorize(f)` whose elements are followed into `f` and out of it again."""
        if function.signature is not None or function.excluded or getattr(function, "cache", False):
            return function

        def call(*args: Any, **kwargs: Any) -> Any:
            made: list[Any] = []
            early = 0 if function.otypes else 1  # a first call finds out the type

            def spy(*elements: Any) -> Any:
                self._guarded(self._elements, args, elements, max(0, len(made) - early))
                made.append(function.pyfunc(*elements))
                return made[-1]

            value = np.vectorize(spy, otypes=function.otypes)(*args, **kwargs)
            self._guarded(self._stacked, value, made)
            return value

        return call

    def _elements(self, args: tuple[Any, ...], elements: tuple[Any, ...], index: int) -> None:
        shape = np.broadcast_shapes(*(np.shape(a) for a in args))
        for array, element in zip(args, elements, strict=False):
            if is_array(array) and array.shape == shape and type(element) is float:
                node = Ref(self.recording.shadow.array(array))
                self._keep("gather", Gather(np.array(index, dtype=np.intp)), (node,), {}, element)

    def _stacked(self, value: Any, made: list[Any]) -> None:
        if is_array(value) and len(made) >= value.size > 0:
            elements = [self.ref(element) for element in made[-value.size :]]
            self._keep("array", _Shaped(value.shape), (elements,), {}, value)


class _Shaped:
    """`np.array(elements).reshape(shape)`."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def __call__(self, elements: Any) -> Any:
        return np.array(elements).reshape(self.shape)


def is_tracked(value: Any) -> bool:
    """A float, a NumPy float or an array of numbers."""
    return type(value) is float or isinstance(value, np.floating) or is_array(value)


def frozen_constant(argument: Any) -> Any:
    """An argument that is no `Ref`, safe from later changes."""
    return argument if isinstance(argument, Ref) else frozen(argument)


def read(base: Any, key: Any, item: bool) -> Any:
    """`base[key]` or `base.key`, if reading it runs none of the script's code; else None."""
    if item:
        return base[key] if type(base) in (list, dict) or isinstance(base, np.ndarray) else None
    value = getattr(base, "__dict__", {}).get(key, MISSING)
    if value is MISSING and isinstance(getattr(type(base), key, None), types.MemberDescriptorType):
        value = getattr(base, key)
    return None if value is MISSING else value


def _numbers(value: Any) -> int:
    if type(value) in (list, tuple):
        return sum(_numbers(element) for element in value[:LIST_LIMIT]) + max(0, len(value) - LIST_LIMIT)
    return 1
