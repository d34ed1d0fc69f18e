"""Records what an instrumented script computes: the hooks that its code calls, and the nodes that they make."""

from __future__ import annotations

import operator
import sys
import types
from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Any

import numpy as np

from backproof.graph.node import Ref, references
from backproof.scripts.callees import ITERATING, SUMMING, Callee, Callees
from backproof.scripts.elements import ElementHooks, has_rows
from backproof.scripts.recording import LIST_LIMIT, Recording, frozen, frozen_constant, is_tracked
from backproof.scripts.shadow import Shadow, is_array
from backproof.scripts.sites import Site
from backproof.scripts.stores import StoreHooks

__all__ = ["Recorder", "Recording"]
REORDERING = frozenset({"shuffle", "sort"})  # in place: where that was done is worth knowing


def added_at(function: Callable[..., Any]) -> Callable[..., Any]:
    """The pure form of `ufunc.at`: a copy of the array with the operation done."""

    def apply(base: Any, *args: Any) -> Any:
        made = np.array(base, copy=True, subok=True)
        function(made, *args)
        return made

    return apply


class Recorder(StoreHooks, ElementHooks):
    """The hooks. Each is a fault barrier: whatever goes wrong in here, the script's own value is returned."""

    def __init__(self, owns: Callable[[types.CodeType], bool], modules: set[str]) -> None:
        """`owns` tells the script's own code objects, `modules` are its module names."""
        super().__init__(owns)
        self.callees = Callees(owns, modules)
        self._protecting: set[int] = set()  # call sites whose array operands are about to be written
        self._rowwise_sites: dict[int, bool] = {}  # call sites whose callee iterates: does it sum up?
        self._handlers = {
            "binary": self._operation,
            "unary": self._operation,
            "compare": self._operation,
            "get": self._get,
            "attribute": self._attribute,
            "call": self._call,
        }

    def start(self, number: int) -> Recording:
        """Begin a new window."""
        self.recording = Recording(number)
        self.recording.shadow = Shadow(self.new_node)
        self.stack.clear()
        self._protecting.clear()
        self._rowwise_sites.clear()
        self.on = True
        return self.recording

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

    def _rowwise(self, site: int, value: Any) -> Any:
        summing = self._rowwise_sites[site]
        if summing:
            del self._rowwise_sites[site]  # what else is handed over is no summand
        if has_rows(value):
            rows: Any = self.rows(value)
        elif summing and isinstance(value, Iterator):
            rows = value
        else:
            return value
        if summing:
            summands: list[Any] = []
            rows = map(_noting(summands), rows)  # one by one, as they are asked for: their making may be seen
            self.stack[-1] = (site, summands)
        return rows

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
            if function not in (max, min) or self.sites[site].pushes == 2 + len(self.sites[site].keywords):
                self._rowwise_sites[site] = function in SUMMING
        elif type(function) is not types.FunctionType:
            known = self.callees.of(function)
            if known.kind == "writes" or self._has_out(site, function):
                self._protecting.add(site)
                if is_array(known.bound):
                    self.recording.shadow.protect(known.bound)
            if known.kind == "vectorize":
                return self._vectorized(function)
        return function

    def _has_out(self, site: int, function: Any) -> bool:
        """Is `out=` given, by name or as one argument more than a ufunc takes?"""
        called = self.sites[site]
        given = called.pushes - 1 - len(called.keywords)
        return "out" in called.keywords or (isinstance(function, np.ufunc) and given > function.nin)

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
                if len(self.recording.nodes) >= self.check_at or self.recording.shadow.made >= self.bytes_at:
                    self.lose()
        except Exception as fault:
            self._fault(fault)
        finally:
            self._frame = None
        return value

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
        elif base is np.c_ or base is np.r_:
            function = np.column_stack if base is np.c_ else np.hstack
            parts = list(key) if type(key) is tuple else [key]
            if not any(isinstance(part, slice | str) for part in parts) and np.array_equal(function(parts), value):
                self._keep(function.__name__, function, (self.ref(parts),), {}, value)

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
        if any(
            isinstance(a, Iterator) or (callable(a) and not isinstance(a, type) and self.callees.is_user(a))
            for a in values
        ):
            return True
        return sum(_numbers(a) for a in values) > LIST_LIMIT

    def _write(self, callee: Callee, args: tuple[Any, ...]) -> None:
        base: Any = callee.bound if callee.bound is not None else (args[0] if args else None)
        if callee.op in REORDERING and is_array(base):
            shadow = self.recording.shadow
            if id(base) in shadow.arrays:
                shadow.written(base, self.new_node("external", None, (), {}, np.array(base, copy=True, subok=True)))
            return
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
        if self.on and has_rows(value) and get_ident() == self.thread:
            return self.rows(value)
        return value


def _noting(values: list[Any]) -> Callable[[Any], Any]:
    def noted(value: Any) -> Any:
        values.append(value)
        return value

    return noted


def _numbers(value: Any) -> int:
    if type(value) in (list, tuple):
        return sum(_numbers(element) for element in value[:LIST_LIMIT]) + max(0, len(value) - LIST_LIMIT)
    return 1
