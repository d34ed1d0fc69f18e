"""What kind of function the script calls: its own, a pure one, a random one, one that changes an array."""

from __future__ import annotations

import builtins
import math
import operator
import random
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[..., Any]
# Functions and methods that write into one of their array arguments.
WRITERS = frozenset(
    [
        "at",
        "sort",
        "partition",
        "fill",
        "put",
        "place",
        "putmask",
        "copyto",
        "fill_diagonal",
        "itemset",
        "setfield",
        "resize",
        "shuffle",
        "put_along_axis",
        "setflags",
        "byteswap",
    ]
)
COPYING = frozenset(["sort", "partition", "resize"])  # as functions of NumPy they leave their argument as it is
ARITHMETIC = {
    builtins.sum: "sum",
    builtins.max: "max",
    builtins.min: "min",
    builtins.abs: "abs",
    builtins.round: "round",
    builtins.pow: "pow",
    builtins.float: "float",
}
# Built-in functions that iterate over their arguments: an array's rows are handed to them one by one. Not `reversed`,
# which wants a sequence.
ITERATING = (zip, enumerate, map, list, tuple, sorted, iter, filter, set)
SUMMING = (sum, max, min, math.fsum, math.prod)
PURE_MODULES = frozenset({"math", "_operator", "operator", "statistics", "_statistics"})
# Functions of NumPy that read or write something else than their arguments, or that call back.
IMPURE = frozenset(
    [
        "save",
        "savez",
        "savez_compressed",
        "savetxt",
        "load",
        "loadtxt",
        "genfromtxt",
        "fromfile",
        "seterr",
        "geterr",
        "errstate",
        "set_printoptions",
        "get_printoptions",
        "printoptions",
        "array2string",
        "array_str",
        "array_repr",
        "apply_along_axis",
        "apply_over_axes",
        "fromfunction",
        "piecewise",
        "vectorize",
        "frompyfunc",
        "fromiter",
        "empty",
        "empty_like",
        "may_share_memory",
        "shares_memory",
        "info",
        "allclose",
        "isclose",
        "array_equal",
        "testing",
        "tofile",
        "dump",
        "dumps",
        "tobytes",
        "tostring",
        "setflags",
        "view",
        "getfield",
    ]
)
RANDOM_SOURCES = (np.random.RandomState, np.random.Generator, random.Random)


@dataclass(frozen=True, slots=True)
class Callee:
    """How a call is to be recorded.

    Attributes:
        kind: "user" (recorded inside), "pure" (can be computed again), "source" (its result is a leaf), "shows" (prints
            or keeps its arguments), "writes" (changes an array), "vectorize", "silent" (nothing to record).
        op: Canonical name of the operation.
        function: Computes the result again from all operands, the bound object first.
        bound: The object that a method is bound to, if it is an operand.
    """

    kind: str
    op: str = ""
    function: Function | None = None
    bound: Any = None


SILENT = Callee("silent")
SOURCE = Callee("source")
USER = Callee("user")


class Method:
    """Calls a method by name, so that a bound method can be repeated on another object."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        """`name` as the object's class has it."""
        self.name = name

    def __call__(self, subject: Any, *args: Any, **kwargs: Any) -> Any:
        """`subject.name(*args, **kwargs)`; a plain number is given the methods of an array."""
        if type(subject) is float:
            subject = np.float64(subject)
        return getattr(subject, self.name)(*args, **kwargs)


class Callees:
    """Tells callees apart; `owns(code)` says whether a code object belongs to an instrumented file."""

    def __init__(self, owns: Callable[[types.CodeType], bool], modules: set[str]) -> None:
        """`modules` are the names of the script's own modules."""
        self.owns = owns
        self.modules = modules
        self.known: dict[int, tuple[Any, Callee]] = {}

    def of(self, callee: Any) -> Callee:
        """How to record a call of `callee`."""
        if isinstance(callee, types.BuiltinMethodType) and callee.__self__ is not None:
            made = self._method(callee)
            if made is not None:
                return made
        known = self.known.get(id(callee))
        if known is not None and known[0] is callee:
            return known[1]
        made = self._classify(callee)
        if not isinstance(callee, types.MethodType):
            self.known[id(callee)] = (callee, made)
        return made

    def is_user(self, value: Any) -> bool:
        """A function, class or callable object of the script."""
        return callable(value) and self.of(value).kind == "user"

    def _method(self, callee: types.BuiltinMethodType) -> Callee | None:
        subject, name = callee.__self__, callee.__name__
        if isinstance(subject, np.ndarray | np.generic):
            if name in WRITERS:
                return Callee("writes", name, Method(name), subject)
            return SOURCE if name in IMPURE else Callee("pure", name, Method(name), subject)
        if isinstance(subject, np.ufunc):
            kind = "writes" if name == "at" else "pure"
            return Callee(kind, f"{subject.__name__}.{name}", getattr(subject, name))
        if isinstance(subject, RANDOM_SOURCES):
            return Callee("writes", name) if name in WRITERS else SOURCE
        if isinstance(subject, str):
            return Callee("shows") if name == "format" else SILENT
        if isinstance(subject, list):
            return Callee("shows") if name == "append" else SILENT
        if isinstance(subject, dict | set | tuple):
            return SILENT
        return None

    def _classify(self, callee: Any) -> Callee:
        if isinstance(callee, types.FunctionType):
            return USER if self.owns(callee.__code__) else self._library(callee)
        if isinstance(callee, types.MethodType):
            return self._bound(callee)
        if isinstance(callee, np.ufunc):
            return Callee("pure", callee.__name__, callee)
        if isinstance(callee, np.vectorize):
            return Callee("vectorize", "vectorize", None, callee) if self.is_user(callee.pyfunc) else SOURCE
        if isinstance(callee, type):
            return self._type(callee)
        if getattr(type(callee), "__module__", "") in self.modules or self.is_user(getattr(callee, "func", None)):
            return USER
        return self._library(callee)

    def _bound(self, callee: types.MethodType) -> Callee:
        function, subject = callee.__func__, callee.__self__
        if isinstance(function, types.FunctionType) and self.owns(function.__code__):
            return USER
        if isinstance(subject, np.ndarray):  # methods that np.matrix writes in Python
            return Callee("pure", function.__name__, Method(function.__name__), subject)
        if isinstance(subject, RANDOM_SOURCES):
            return Callee("writes", function.__name__) if function.__name__ in WRITERS else SOURCE
        return SOURCE

    def _type(self, callee: type) -> Callee:
        if callee.__module__ in self.modules:
            return USER
        if callee is float or issubclass(callee, np.floating):
            return Callee("pure", "float", callee)
        if callee is np.matrix:
            return Callee("pure", "asmatrix", callee)
        return SILENT

    def _library(self, callee: Any) -> Callee:
        try:
            if callee in ARITHMETIC:
                return Callee("pure", ARITHMETIC[callee], callee)
        except TypeError:
            return SOURCE
        if callee is print:
            return Callee("shows")
        module, name = getattr(callee, "__module__", None) or "", getattr(callee, "__name__", "")
        if module.startswith("numpy"):
            return self._numpy(module, name, callee)
        if module == "copy" and name in ("copy", "deepcopy"):
            return Callee("pure", "copy" if name == "copy" else "deepcopy", callee)
        if module in PURE_MODULES or (module.split(".")[0] == "scipy" and not module.startswith("scipy.optimize")):
            return Callee("pure", name, callee)
        return SILENT if module == "builtins" else SOURCE

    def _numpy(self, module: str, name: str, callee: Any) -> Callee:
        if name in WRITERS - COPYING:
            return Callee("writes", name, callee)
        if module.startswith("numpy.random") or name in IMPURE:
            return SOURCE
        return Callee("pure", name, callee)


OPERATOR_NAMES = {operator.mul: "mul", operator.add: "add", operator.sub: "sub", operator.truediv: "truediv"}
