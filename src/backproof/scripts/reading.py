"""Reads what expressions of a stopped program stand for, without running any of its code.

Names, attributes of plain objects, elements, arithmetic and a few functions of NumPy are followed; whatever could call
something that the program defines (properties, operators of its own classes, its functions) is not.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from backproof.scripts.sites import COMPARISONS, OPERATORS, UNARY

ARRAYS = (np.ndarray, np.matrix)
NUMBERS = (bool, int, float, complex)
LARGEST = 2_000_000  # elements of an array that is computed with: some 10 ms
PARTS = frozenset({"T", "shape", "size", "ndim", "dtype", "real", "A"})
METHODS = frozenset({"dot", "sum", "mean", "max", "min", "std", "reshape", "transpose", "flatten", "ravel", "astype",
                     "copy", "squeeze", "argmax"})  # fmt: skip
FUNCTIONS = (
    np.dot, np.sum, np.mean, np.max, np.min, np.std, np.var, np.outer, np.transpose, np.reshape, np.array, np.asarray,
    np.atleast_2d, np.expand_dims, np.squeeze, np.ravel, np.where, np.clip, np.argmax, np.arange, np.ones_like,
    np.zeros_like, np.linalg.norm, np.eye, np.zeros, np.ones, np.abs, np.round, len, float, int, abs, range,
)  # fmt: skip


class UnreadableError(Exception):
    """An expression cannot be followed."""


class Reader:
    """What names and expressions stand for in one frame."""

    def __init__(self, frame: FrameType) -> None:
        """Read from the names of `frame`."""
        self.scopes: tuple[Mapping[str, Any], ...] = (frame.f_locals, frame.f_globals, frame.f_builtins)

    def value(self, node: ast.AST) -> Any:
        """The object that `node` stands for.

        Raises:
            UnreadableError: It cannot be told without running the program's code.
        """
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise UnreadableError(ast.dump(node)[:40])
        try:
            with np.errstate(all="ignore"):
                return handler(node)
        except UnreadableError:
            raise
        except Exception as fault:  # the failing operation itself, or one that we do not know well enough
            raise UnreadableError(str(fault)) from None

    def get(self, node: ast.AST) -> Any:
        """The object, or None where it cannot be told."""
        try:
            return self.value(node)
        except UnreadableError:
            return None

    def _name(self, node: ast.Name) -> Any:
        for scope in self.scopes:
            if node.id in scope:
                return scope[node.id]
        raise UnreadableError(node.id)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        if type(owner) in ARRAYS or isinstance(owner, np.generic):
            if node.attr not in PARTS:
                raise UnreadableError(node.attr)
            return getattr(owner, node.attr)
        held = _attributes(owner)
        if node.attr in held:
            return held[node.attr]
        for kind in type(owner).__mro__:
            found = kind.__dict__.get(node.attr)
            if found is not None and not hasattr(type(found), "__get__"):
                return found
        raise UnreadableError(node.attr)

    def _subscript(self, node: ast.Subscript) -> Any:
        base = self.value(node.value)
        if type(base) not in (*ARRAYS, list, tuple, dict, range):
            raise UnreadableError("an element")
        key = self.value(node.slice)
        if type(base) is dict and not isinstance(key, str | int | float):
            raise UnreadableError("a key")
        return base[key]

    def _slice(self, node: ast.Slice) -> slice:
        return slice(*(self.value(part) if part else None for part in (node.lower, node.upper, node.step)))

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(self.value(element) for element in node.elts)

    def _list(self, node: ast.List) -> Any:
        return [self.value(element) for element in node.elts]

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        known = UNARY.get(type(node.op))
        if known is None:
            raise UnreadableError("an operator")
        return known[1](_plain(self.value(node.operand)))

    def _binop(self, node: ast.BinOp) -> Any:
        known = OPERATORS.get(type(node.op))
        if known is None:
            raise UnreadableError("an operator")
        left, right = _plain(self.value(node.left)), _plain(self.value(node.right))
        if isinstance(node.op, ast.Pow) and isinstance(left, int) and isinstance(right, int) and abs(right) > 64:
            raise UnreadableError("a large power")
        return known[1](left, right)

    def _compare(self, node: ast.Compare) -> Any:
        known = COMPARISONS.get(type(node.ops[0]))
        if known is None or len(node.ops) > 1:
            raise UnreadableError("a comparison")
        return known[1](_plain(self.value(node.left)), _plain(self.value(node.comparators[0])))

    def _call(self, node: ast.Call) -> Any:
        if any(isinstance(argument, ast.Starred) for argument in node.args) or any(
            k.arg is None for k in node.keywords
        ):
            raise UnreadableError("starred arguments")
        function = self._function(node.func)
        args = [_plain(self.value(argument)) for argument in node.args]
        return function(*args, **{str(k.arg): _plain(self.value(k.value)) for k in node.keywords})

    def _function(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Attribute):
            owner = self.get(node.value)
            if type(owner) in ARRAYS and node.attr in METHODS:
                return getattr(_plain(owner), node.attr)
        function = self.value(node)
        if isinstance(function, np.ufunc) or any(function is known for known in FUNCTIONS):
            return function
        raise UnreadableError("a function")


def _attributes(owner: Any) -> Mapping[str, Any]:
    if isinstance(owner, ModuleType):
        return vars(owner)
    try:
        held = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def _plain(value: Any) -> Any:
    """A value that computing with calls nothing of the program's, and takes no time.

    Raises:
        UnreadableError: It is none.
    """
    if type(value) in ARRAYS:
        if value.dtype.kind not in "fiubc" or value.size > LARGEST:
            raise UnreadableError("a large array, or one of objects")
        return value
    if value is None or type(value) in (*NUMBERS, str, range, slice, type) or isinstance(value, np.generic | np.dtype):
        return value
    if type(value) in (list, tuple) and len(value) <= LARGEST:
        return type(value)(_plain(element) for element in value)
    raise UnreadableError("an object")
