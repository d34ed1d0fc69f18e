"""Pairs: where a script compares a prediction with a target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref
from backproof.graph.shadows import shadows
from backproof.scripts.chains import HANDING_ON, STEPWISE, Chains, literal_operand, unwrapped

Array = NDArray[Any]
SHARES_OFF = 1e-5  # from 1, of a sum of shares in single precision
COMPARING = frozenset({"sub", "add", "truediv", "setitem"})  # operations that may make a pair
HOLDING = HANDING_ON | {"where", "array", "stack", "concatenate", "getitem"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A prediction that is compared with a target: `node` computes `sign * (prediction - target)` or their quotient."""

    node: int
    prediction: int
    target: Array
    sign: int


class PairFinder:
    """Finds the pairs, once it is known what carries over from step to step."""

    def __init__(self, carried: Chains) -> None:
        """`carried` holds the recording's nodes and sites."""
        self.carried = carried
        self.nodes = carried.nodes
        self.sites = carried.sites
        self.stop: set[int] = set()  # versions of parameters
        self.depends = bytearray(len(self.nodes))  # 1 where a node was computed from one of them

    def compared_in(self, nodes: Iterable[Node]) -> dict[int, Pair]:
        """The comparisons among some nodes, such as those that a loss was computed from."""
        return {pair.node: pair for node in nodes for pair in (*self._pair(node), *self._in_logarithms(node))}

    def _in_logarithms(self, node: Node) -> list[Pair]:
        """`targets * log(probs)` and `log(probs[range(n), labels])`, as in a cross-entropy."""
        if node.op != "mul" or len(node.args) < 2 or (sides := self._sides(node)) is None:
            return self._of_labels(node)
        other, made = node.args[1 - sides[0]], sides[1]
        target = np.asarray(other.node.value if isinstance(other, Ref) else other)
        if made.op != "log" or len(made.parents) != 1 or target.dtype.kind not in "fiub":
            return []
        inner = unwrapped(made.parents[0], self.stop)
        if inner.op == "sub" or target.shape != inner.shape:
            return []  # log(1 - probs): the same pair from the other side
        return [Pair(node.index, inner.index, target, 1)]

    def _of_labels(self, node: Node) -> list[Pair]:
        """`log(probs[range(n), labels])`: the places that are read are the targets."""
        if node.op != "log" or len(node.parents) != 1 or node.parents[0].op != "getitem":
            return []
        read = node.parents[0]
        base = read.args[0]
        if not isinstance(base, Ref) or not self.depends[base.node.index] or base.node.size == read.size:
            return []
        numbers = np.arange(base.node.size).reshape(base.node.shape)
        places = shadows([read], {base.node.index: numbers})[read.index].value
        target = np.isin(np.arange(base.node.size), places).astype(float).reshape(base.node.shape)
        return [Pair(node.index, unwrapped(base.node, self.stop).index, target, 1)]

    def _pair(self, node: Node) -> list[Pair]:
        if node.index in self.stop:
            return []
        if node.op == "sub" and len(node.args) >= 2:
            return self._difference(node)
        if node.op == "add" and len(node.args) >= 2:
            return self._sum_with_negative(node)
        if node.op == "truediv" and len(node.args) >= 2:
            return self._quotient(node)
        if node.op == "setitem":
            return self._one_hot(node)
        return []

    def _sides(self, node: Node) -> tuple[int, Node] | None:
        """Which of two operands depends on a parameter, if just one does: its position and node."""
        found = [a.node if isinstance(a, Ref) else None for a in node.args[:2]]
        moving = [n is not None and bool(self.depends[n.index]) for n in found]
        if moving[0] == moving[1]:
            return None
        position = 0 if moving[0] else 1
        if literal_operand(self.sites, self.carried.node_sites[node.index], 1 - position):
            return None
        moved = found[position]
        return None if moved is None else (position, moved)

    def _difference(self, node: Node) -> list[Pair]:
        sides = self._sides(node) or self._bootstrapped(node)
        if sides is None:
            return []
        position, prediction = sides
        other = node.args[1 - position]
        target = other.node.value if isinstance(other, Ref) else other
        if isinstance(target, bool) or not isinstance(target, int | float | np.ndarray | np.generic | list):
            return []
        made = unwrapped(prediction, self.stop)
        return [Pair(node.index, made.index, np.asarray(target), 1 if position == 0 else -1)]

    def _bootstrapped(self, node: Node) -> tuple[int, Node] | None:
        """`q - (reward + discount * q_next)`: the target is made of a later prediction, and taken as a constant."""
        found = [a.node for a in node.args[:2] if isinstance(a, Ref)]
        if len(found) < 2:
            return None
        promised = [self._is_promise(each) for each in found]
        if promised[0] == promised[1]:
            return None
        position = 1 if promised[0] else 0
        return position, found[position]

    def _is_promise(self, node: Node, depth: int = 4) -> bool:
        """Is it something given plus a multiple of a prediction, or does it hold such values?"""
        if node.index in self.stop or not self.depends[node.index] or not depth:
            return False
        if node.op == "add" and len(node.args) >= 2:
            sides = self._sides(node)
            return sides is not None and sides[1].op == "mul" and self._is_multiple(sides[1])
        if node.op == "setitem":
            return isinstance(node.args[2], Ref) and self._is_promise(node.args[2].node, depth - 1)
        return node.op in HOLDING and any(self._is_promise(parent, depth - 1) for parent in node.parents)

    def _is_multiple(self, node: Node) -> bool:
        """A number or an array that nothing learned went into, times a prediction."""
        moving = [isinstance(a, Ref) and bool(self.depends[a.node.index]) for a in node.args[:2]]
        inner = [a.node for a, moves in zip(node.args[:2], moving, strict=True) if moves]
        return sum(moving) == 1 and inner[0].index not in self.stop

    def _sum_with_negative(self, node: Node) -> list[Pair]:
        """`prediction + (-target)`, as home-made autograd engines subtract."""
        sides = self._sides(node)
        if sides is None:
            return []
        other = node.args[1 - sides[0]]
        if not isinstance(other, Ref) or not _negates(other.node):
            return self._negated_prediction(node, sides)
        made = unwrapped(sides[1], self.stop)
        return [Pair(node.index, made.index, -np.asarray(other.node.value), 1)]

    def _negated_prediction(self, node: Node, sides: tuple[int, Node]) -> list[Pair]:
        """`target + (-prediction)`."""
        if not _negates(sides[1]) or sides[1].index in self.stop:
            return []
        other = node.args[1 - sides[0]]
        target = np.asarray(other.node.value if isinstance(other, Ref) else other)
        made = unwrapped(sides[1].parents[0], self.stop)
        return [Pair(node.index, made.index, target, -1)] if self.depends[made.index] else []

    def _quotient(self, node: Node) -> list[Pair]:
        """`y / a` of a cross-entropy's derivative: the target over the prediction."""
        sides = self._sides(node)
        if sides is None or sides[0] != 1 or node.size != sides[1].size:
            return []
        other = node.args[0]
        target = np.asarray(other.node.value if isinstance(other, Ref) else other)
        if target.shape != sides[1].shape or not np.all((target == 0) | (target == 1)) or target.size == 0:
            return []
        made = unwrapped(sides[1], self.stop)
        if made.op == "sub" and literal_operand(self.sites, self.carried.node_sites[made.index], 0):
            return []  # (1 - y) / (1 - a): the same pair from the other side
        return [Pair(node.index, made.index, target, 1)]

    def _one_hot(self, node: Node) -> list[Pair]:
        """`probs[range(n), labels] -= 1`."""
        base, value = node.args[0], node.args[2]
        if not (isinstance(base, Ref) and isinstance(value, Ref) and self.depends[base.node.index]):
            return []
        changed = value.node
        if changed.op not in STEPWISE or base.node.index in self.stop or not base.node.shape:
            return []
        read = changed.args[0]
        if not (isinstance(read, Ref) and read.node.op == "getitem" and read.node.parents[:1] == (base.node,)):
            return []
        if isinstance(changed.args[1], Ref) or abs(float(np.max(np.abs(changed.args[1])))) != 1.0:
            return []
        made = unwrapped(base.node, self.stop)
        target = np.asarray(base.node.value) - np.asarray(node.value)
        if _are_shares(base.node):
            target = np.abs(target)  # no probability is to be -1: whoever adds 1 has the sign wrong
        return [Pair(node.index, made.index, target, 1)]


def _are_shares(node: Node) -> bool:
    """Are its values none below 0, and do its rows or columns sum to 1?"""
    value = np.asarray(node.value, dtype=np.float64)
    sums = (value.sum(axis) for axis in range(value.ndim))
    return bool(np.all(value >= 0)) and any(np.allclose(each, 1, atol=SHARES_OFF) for each in sums)


def _negates(node: Node) -> bool:
    """Is it minus its operand?"""
    if node.op == "neg":
        return True
    numbers = [a for a in node.args if not isinstance(a, Ref)]
    return (
        node.op == "mul"
        and len(node.parents) == 1
        and len(numbers) == 1
        and np.size(numbers[0]) == 1
        and numbers[0] == -1
    )
