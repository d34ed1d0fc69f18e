"""Large values that are not kept: cheap operations give them again when somebody asks for them.

The same operation on the same operands gives the same bits; a product does so with the same number of threads.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from backproof.graph.node import Node, Ref, Value

CACHE_BYTES = 1 << 28  # of values that were computed again: a reverse sweep asks for them layer by layer
DEPTH = 16  # values in a row that are not kept: more, and one of them is, so that none is dear
NARROW = 32  # terms in the sums of a product that is as cheap as an elementwise operation
PRODUCTS = frozenset({"dot", "matmul"})
ELEMENTWISE = frozenset(
    {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos}
    | {operator.gt, operator.ge, operator.lt, operator.le}
)
_SLOT: Any = vars(Node)["value"]  # the slot itself, which `SparedNode.value` stands before


class _Spared(NamedTuple):
    """What stands in the slot of a value that is not kept."""

    cache: Cache
    shape: tuple[int, ...]
    size: int
    kind: str
    depth: int


class Cache:
    """The values that were asked for last, of one recording."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        """Keep at most `limit` bytes."""
        self.limit = limit
        self.bytes = 0
        self._values: OrderedDict[int, Value] = OrderedDict()

    def value_of(self, node: Node) -> Value:
        """The value of a node that is not kept."""
        known = self._values.get(node.index)
        if known is not None:
            self._values.move_to_end(node.index)
            return known
        with np.errstate(all="ignore"):  # the script has seen its warnings
            made = node.evaluate({})
        self._values[node.index] = made
        self.bytes += made.nbytes
        while self.bytes > self.limit and len(self._values) > 1:
            _, oldest = self._values.popitem(last=False)
            self.bytes -= oldest.nbytes
        return made

    def clear(self) -> None:
        """Forget them all."""
        self._values.clear()
        self.bytes = 0


class SparedNode(Node):
    """A node whose value is computed again from its operands. An existing node becomes one by `spare`."""

    __slots__ = ()

    @property
    def value(self) -> Value:
        """What it was at that time."""
        spared: _Spared = _SLOT.__get__(self)
        return spared.cache.value_of(self)

    @value.setter
    def value(self, made: Value) -> None:
        _SLOT.__set__(self, made)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return _SLOT.__get__(self).shape  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """Number of elements of the value."""
        return _SLOT.__get__(self).size  # type: ignore[no-any-return]

    @property
    def kind(self) -> str:
        """Letter of the value's type."""
        return _SLOT.__get__(self).kind  # type: ignore[no-any-return]


def is_kept(node: Node) -> bool:
    """Whether asking for the value costs nothing."""
    return type(node) is Node


def spare(node: Node, cache: Cache) -> None:
    """Let go of the value of `node`, which `can_spare` allows."""
    depth = 1 + max((_depth(parent) for parent in node.parents), default=0)
    held = _Spared(cache, node.shape, node.size, node.kind, depth)
    node.__class__ = SparedNode
    _SLOT.__set__(node, held)


def can_spare(node: Node, is_safe: Callable[[Node], bool]) -> bool:
    """Whether a cheap operation on few values gives the value of `node` again; `is_safe` asks of each operand."""
    if node.inplace or node.kwargs or type(node) is not Node or type(node.value) is not np.ndarray:
        return False
    if not (node.function in ELEMENTWISE or _is_plain_ufunc(node) or _is_turned(node) or _is_narrow(node)):
        return False
    if not all(isinstance(argument, Ref) or np.ndim(argument) == 0 for argument in node.args):
        return False
    if 1 + max((_depth(parent) for parent in node.parents), default=0) > DEPTH:
        return False
    return bool(node.parents) and all(type(p.value) is not np.matrix and is_safe(p) for p in node.parents if is_kept(p))


def _is_plain_ufunc(node: Node) -> bool:
    function: Any = node.function
    return (
        isinstance(function, np.ufunc)
        and function.signature is None
        and function.nout == 1
        and len(node.args) == function.nin
    )


def _is_narrow(node: Node) -> bool:
    """A product of two matrices, each number of which is a sum of few terms."""
    if node.op not in PRODUCTS or len(node.args) != 2:
        return False
    left, right = (argument.node.shape if isinstance(argument, Ref) else () for argument in node.args)
    return len(left) == len(right) == 2 and left[1] <= NARROW


def _is_turned(node: Node) -> bool:
    """`a.T`, a view of its operand."""
    return node.op == "transpose" and type(node.function) is operator.attrgetter


def _depth(node: Node) -> int:
    return 0 if is_kept(node) else int(_SLOT.__get__(node).depth)
