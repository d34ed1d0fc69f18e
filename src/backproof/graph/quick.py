"""The commonest operations on double-precision arrays, differentiated without the generality that most of them need.

A reverse sweep spends its time on small arrays, where looking up rules and checking kinds costs more than arithmetic.
What is not covered here is left to the rules of the table, which give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.graph.node import Node, Ref
from backproof.graph.operands import Array, Contribution, product, unbroadcast

DOUBLE = np.dtype(np.float64)
Operand = tuple[Node | None, Any]  # where the adjoint goes, if anywhere, and the value
Quick = Callable[[Array, Operand, Operand], list[Contribution] | None]


def quick(node: Node, adjoint: Array) -> list[Contribution] | None:
    """The vector-Jacobian product of an operation with two operands; None where the table is to be asked.

    Args:
        node: The operation.
        adjoint: In the shape of its value.
    """
    rule = QUICK.get(node.op)
    if rule is None or node.kwargs or len(node.args) != 2:
        return None
    left, right = _operand(node.args[0]), _operand(node.args[1])
    if left is None or right is None or type(node.value) is not np.ndarray or node.value.dtype is not DOUBLE:
        return None
    return rule(adjoint, left, right)


def _operand(argument: Any) -> Operand | None:
    """An array or number of double precision; None for anything else."""
    node = argument.node if type(argument) is Ref else None
    value = argument if node is None else node.value
    if type(value) is np.ndarray:
        return (node, value) if value.dtype is DOUBLE else None
    if type(value) is float or type(value) is np.float64:
        return node, value
    return (None, value) if type(value) is int else None


def _delivered(node: Node, value: Any, adjoint: Array) -> Contribution:
    return node, unbroadcast(adjoint, value.shape if type(value) is np.ndarray else ())


def _add(adjoint: Array, left: Operand, right: Operand) -> list[Contribution]:
    return [_delivered(node, value, adjoint) for node, value in (left, right) if node is not None]


def _sub(adjoint: Array, left: Operand, right: Operand) -> list[Contribution]:
    found = [] if left[0] is None else [_delivered(left[0], left[1], adjoint)]
    return found if right[0] is None else [*found, _delivered(right[0], right[1], -adjoint)]


def _mul(adjoint: Array, left: Operand, right: Operand) -> list[Contribution]:
    pairs = ((left, right), (right, left))
    return [
        _delivered(node, value, product(adjoint, np.asarray(other)))
        for (node, value), (_, other) in pairs
        if node is not None
    ]


def _truediv(adjoint: Array, left: Operand, right: Operand) -> list[Contribution]:
    p, q = np.asarray(left[1]), np.asarray(right[1])
    found = [] if left[0] is None else [_delivered(left[0], left[1], product(adjoint, 1 / q))]
    return found if right[0] is None else [*found, _delivered(right[0], right[1], product(adjoint, -(p / q) / q))]


def _matmul(adjoint: Array, left: Operand, right: Operand) -> list[Contribution] | None:
    """`g qᵀ` and `pᵀ g`; only for matrices and vectors of which at most one is a vector."""
    p, q = left[1], right[1]
    if (
        type(p) is not np.ndarray
        or type(q) is not np.ndarray
        or not 3 <= p.ndim + q.ndim <= 4
        or max(p.ndim, q.ndim) > 2
    ):
        return None
    found: list[Contribution] = []
    if left[0] is not None:
        found.append((left[0], np.outer(adjoint, q) if q.ndim == 1 else adjoint @ q.T))
    if right[0] is not None:
        found.append((right[0], np.outer(p, adjoint) if p.ndim == 1 else p.T @ adjoint))
    return found


QUICK: dict[str, Quick] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "truediv": _truediv,
    "matmul": _matmul,
    "dot": _matmul,
}
