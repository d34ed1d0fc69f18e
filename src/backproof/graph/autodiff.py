"""Reverse mode over a recorded computation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import heappop, heappush

import numpy as np

from backproof.graph.derivatives import CANONICAL, kept_shares, rule_for, scalar_partials
from backproof.graph.differences import DIFFERENCED, Differenced, difference
from backproof.graph.gather import plain_key, put_back
from backproof.graph.node import Node, Ref
from backproof.graph.operands import (
    Array,
    Contribution,
    NoRuleError,
    contributions,
    is_complex,
    is_real,
    plain,
    shape_of,
)
from backproof.graph.quick import quick

__all__ = ["CANONICAL", "DIFFERENCED", "Array", "Differenced", "Override", "adjoints", "gradients", "vjp"]

Override = Callable[[Node, Array], list[Contribution]]  # replaces the vector-Jacobian product of one node


def vjp(node: Node, adjoint: Array) -> list[Contribution]:
    """The vector-Jacobian product of one operation.

    Args:
        node: The operation. One that is in no table is differentiated by differences and noted in `DIFFERENCED`.
        adjoint: Derivative by the value of `node`, of its shape; for a list or tuple of arrays, all their elements
            in one axis.

    Returns:
        Operands and what arrives at them, in their shape (float64; not to be written to). One that was used twice may
        occur twice. Integers, booleans and objects are data: nothing arrives at them.
    """
    with np.errstate(all="ignore"):
        return _vjp(node, np.asarray(adjoint, dtype=np.float64))


def adjoints(
    seeds: Mapping[Node, Array],
    *,
    stop: Collection[int] = (),
    overrides: Mapping[int, Override] | None = None,
    floor: int = 0,
) -> dict[int, Array]:
    """Sweep from `seeds` back to all that they were computed from.

    Args:
        seeds: Derivatives by the values of some nodes; numbers are broadcast to the node's shape.
        stop: Indices of nodes that receive their adjoint but do not pass it on.
        overrides: Replacements for the vector-Jacobian product of single nodes, by index.
        floor: Nodes with a smaller index do not pass theirs on.

    Returns:
        The adjoint of every node that was reached, by index, in the node's shape (float64; not to be written to).
    """
    swept = _swept(seeds, frozenset(stop), overrides or {}, floor)
    return {index: np.asarray(value) for index, value in swept.values.items()}


def _swept(
    seeds: Mapping[Node, Array], stopped: frozenset[int], replaced: Mapping[int, Override], floor: int
) -> _Sweep:
    sweep = _Sweep()
    for node, seed in seeds.items():
        sweep.add(node, np.broadcast_to(np.asarray(seed, dtype=np.float64), shape_of(node.value)))
    waiting, nodes = sweep.waiting, sweep.nodes
    with np.errstate(all="ignore"):
        while waiting and -waiting[0] >= floor:
            index = -heappop(waiting)
            node = nodes.pop(index)
            if node.function is None or index in stopped:
                continue
            if index in replaced:
                sweep.override(node, replaced[index])
            else:
                sweep.pass_on(node)
    return sweep


def gradients(
    seeds: Mapping[Node, Array],
    wrt: Sequence[Node],
    *,
    stop: Collection[int] = (),
    overrides: Mapping[int, Override] | None = None,
) -> list[Array]:
    """The derivatives by `wrt`, each in the shape of its node; zeros where nothing arrives.

    They are total derivatives: a node of `wrt` passes its adjoint on to others of them, unless `stop` forbids it.
    """
    floor = min((node.index for node in wrt), default=0) + 1
    arrived = _swept(seeds, frozenset(stop), overrides or {}, floor).values
    return [
        np.asarray(arrived[node.index]) if node.index in arrived else np.zeros(shape_of(node.value)) for node in wrt
    ]


class _Sweep:
    """Adjoints so far, and the nodes that still have to pass theirs on.

    Attributes:
        values: By node index. Scalars are Python numbers: a tenth of the time of arrays without axes.
        nodes: Those that wait, by index.
        waiting: A heap of their negated indices.
        owned: Indices whose array is referred to by nobody else and may be written to.
    """

    __slots__ = ("nodes", "owned", "values", "waiting")

    def __init__(self) -> None:
        """Start with nothing."""
        self.values: dict[int, Array | float] = {}
        self.nodes: dict[int, Node] = {}
        self.waiting: list[int] = []
        self.owned: set[int] = set()

    def add(self, node: Node, value: Array | float) -> None:
        """Add to the adjoint of `node`."""
        index = node.index
        if type(value) is not float and not np.ndim(value):
            value = float(value)
        present = self.values.get(index)
        if present is None:
            self._store(node, value)
        elif index in self.owned:
            present += value
        else:
            self.values[index] = present + value
            if type(present) is not float:
                self.owned.add(index)

    def _store(self, node: Node, value: Array | float) -> None:
        self.values[node.index] = value
        self.nodes[node.index] = node
        heappush(self.waiting, -node.index)

    def _writable(self, node: Node) -> Array:
        """The adjoint of `node`, zero so far if none, as an array of its own."""
        index = node.index
        if index not in self.values:
            self._store(node, np.zeros(node.value.shape))
        elif index not in self.owned:
            self.values[index] = np.array(self.values[index])
        self.owned.add(index)
        array = self.values[index]
        assert isinstance(array, np.ndarray)
        return array

    def override(self, node: Node, replacement: Override) -> None:
        """Pass on what `replacement` says."""
        for parent, value in replacement(node, np.asarray(self.values[node.index])):
            self.add(parent, np.asarray(value, dtype=np.float64))

    def pass_on(self, node: Node) -> None:
        """Hand the adjoint of `node` to its operands."""
        adjoint = self.values[node.index]
        if type(adjoint) is float and self._numbers(node, adjoint):
            return
        if node.op == "getitem" and self._picked(node, adjoint):
            return
        for parent, value in _vjp(node, np.asarray(adjoint)):
            self.add(parent, value)

    def _numbers(self, node: Node, adjoint: float) -> bool:
        """Hand on the adjoint of an operation on plain numbers, which most nodes of an element-wise program are."""
        shares = node.shares
        if shares is None:
            shares = node.shares = kept_shares(node)
        if shares is False:
            return False
        if shares is True:
            for parent, share in scalar_partials(node, adjoint) or ():
                self.add(parent, share)
            return True
        values = self.values
        for parent, factor in shares:
            present = values.get(parent.index)
            if present is None:
                self._store(parent, adjoint * factor)
            elif type(present) is float:
                values[parent.index] = present + adjoint * factor
            else:
                self.add(parent, adjoint * factor)
        return True

    def _picked(self, node: Node, adjoint: Array | float) -> bool:
        """Add the adjoint of an element to its array in place: not an array for each element that a loop visits."""
        source = node.args[0]
        if not isinstance(source, Ref) or not isinstance(source.node.value, np.ndarray):
            return False
        value, key = source.node.value, plain(node.args[1])
        if not value.ndim or value.dtype.kind != "f" or not plain_key(key):
            return False
        put_back(self._writable(source.node), key, adjoint, matrix=isinstance(value, np.matrix))
        return True


def _vjp(node: Node, adjoint: Array) -> list[Contribution]:
    """By the rule of the operation if there is one and it applies, else by differences."""
    known = quick(node, adjoint)
    if known is not None:
        return known
    if is_complex(node.value) or any(is_complex(parent.value) for parent in node.parents):
        return difference(node, adjoint)
    if not is_real(node.value) or not any(is_real(parent.value) for parent in node.parents):
        return []
    rule = rule_for(node.op)
    if rule is not None:
        try:
            return contributions(rule(node, adjoint))
        except (NoRuleError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            pass  # called in a way that the rule does not know; the differences are noted
    return difference(node, adjoint)
