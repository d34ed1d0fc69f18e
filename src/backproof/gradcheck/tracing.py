"""Records a loss over NumPy arrays by calling it with arrays that note what is done with them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from backproof.graph.names import canonical
from backproof.graph.node import Node, Ref

METHODS = ("sum", "mean", "max", "min", "dot", "reshape", "transpose", "ravel", "flatten", "copy", "clip", "squeeze",
           "astype", "prod", "std", "var", "swapaxes", "repeat")  # fmt: skip


class CannotTrace(Exception):
    """The function does something with its arrays that is not recorded."""


class Tape:
    """The nodes so far."""

    def __init__(self) -> None:
        """Nothing is recorded yet."""
        self.nodes: list[Node] = []

    def leaf(self, value: Any) -> Traced:
        """A value that comes from outside."""
        return Traced(self, self._node("leaf", None, (), {}, np.asarray(value, dtype=np.float64)))

    def add(self, op: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Do an operation and note it; what holds no numbers comes back as it is."""
        value = function(*_plain(args), **{key: _plain(each) for key, each in kwargs.items()})
        if isinstance(value, tuple | list) or value is None:
            raise CannotTrace(op)
        named = {key: _refs(each) for key, each in kwargs.items()}
        return Traced(self, self._node(canonical(op), function, _refs(args), named, value))

    def _node(self, op: str, function: Any, args: Any, kwargs: dict[str, Any], value: Any) -> Node:
        self.nodes.append(Node(len(self.nodes), op, function, args, kwargs, value))
        return self.nodes[-1]


class Traced(NDArrayOperatorsMixin):
    """An array that notes what is done with it; it can be read, and never written to."""

    def __init__(self, tape: Tape, node: Node) -> None:
        """Stand for the value of `node`."""
        self.tape, self.node = tape, node

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        """Called by NumPy for its ufuncs and for operators."""
        if kwargs.get("out") is not None or method not in ("__call__", "reduce"):
            raise CannotTrace(f"{ufunc.__name__}.{method}")
        function = ufunc if method == "__call__" else ufunc.reduce
        name = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}.get(ufunc.__name__, "call")
        return self.tape.add(ufunc.__name__ if method == "__call__" else name, function, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Called by NumPy for its other functions."""
        if function in (np.shape, np.ndim, np.size):
            return function(*_plain(args), **kwargs)
        return self.tape.add(function.__name__, function, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        """Some of its elements."""
        return self.tape.add("getitem", operator.getitem, (self, _plain(key)), {})

    def __getattr__(self, name: str) -> Any:
        """Methods of arrays; what else there is, is not recorded."""
        if name in METHODS:
            function = getattr(np, {"flatten": "ravel"}.get(name, name), None)
            if name == "astype":
                return lambda dtype, **more: self
            return lambda *args, **kwargs: self._method(name, function, args, kwargs)
        if name.startswith("_") or name not in dir(np.ndarray):
            raise AttributeError(name)
        raise CannotTrace(name)

    def _method(self, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if name in ("reshape", "transpose") and len(args) > 1:
            args = (args,)
        return self.tape.add("ravel" if name == "flatten" else name, function, (self, *args), kwargs)

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The transpose."""
        return self.tape.add("transpose", np.transpose, (self,), {})

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return np.shape(self.node.value)

    @property
    def ndim(self) -> int:
        """Its number of axes."""
        return np.ndim(self.node.value)

    @property
    def size(self) -> int:
        """Its number of elements."""
        return int(np.size(self.node.value))

    @property
    def dtype(self) -> Any:
        """The type of its numbers."""
        return np.asarray(self.node.value).dtype

    def __len__(self) -> int:
        """The length of its first axis."""
        return len(self.node.value)

    def __iter__(self) -> Iterator[Any]:
        """Row by row."""
        return (self[k] for k in range(len(self)))

    def __bool__(self) -> bool:
        """Its truth: a branch is followed as it is."""
        return bool(self.node.value)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Not recorded."""
        raise CannotTrace("setitem")

    def __float__(self) -> float:
        """A number leaves the recording here."""
        raise CannotTrace("float")


def _plain(value: Any) -> Any:
    if isinstance(value, Traced):
        return value.node.value
    if type(value) in (list, tuple):
        return type(value)(_plain(each) for each in value)
    return value


def _refs(value: Any) -> Any:
    if isinstance(value, Traced):
        return Ref(value.node)
    if type(value) in (list, tuple):
        return type(value)(_refs(each) for each in value)
    return value
