"""Derivatives of norms, inverses and other functions of whole matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.graph.node import Node
from backproof.graph.operands import Array, NoRuleError, Partial, bind, first_operand, numbers, plain, wanted


def norm(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Of vectors: `sign(x) |x|^(p-1) / y^(p-1)`; zero at zero."""
    bound = bind(node, "x", "ord", "axis", "keepdims")
    argument = bound.get("x", None) or first_operand(node)
    x, order = numbers(argument), plain(bound.get("ord"))
    axes, order = _vectors(x, order, plain(bound.get("axis")))
    kept = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    y = np.asarray(node.value, dtype=np.float64).reshape(kept)
    if order == "spectral":
        yield argument, adjoint.reshape(()) * _spectral(x)
        return
    if order in (np.inf, -np.inf):
        best = np.abs(x) == y
        by_x = np.sign(x) * best / best.sum(axis=axes, keepdims=True)
    elif order == 2:
        by_x = np.where(y == 0, 0.0, x / y)
    else:
        by_x = np.sign(x) * np.where(y == 0, 0.0, np.abs(x) / y) ** (order - 1)
    yield argument, by_x * adjoint.reshape(kept)


def _vectors(x: Array, order: Any, axis: Any) -> tuple[tuple[int, ...], Any]:
    """The axes of what is taken as one vector, and the order of its norm; no rule for most norms of matrices."""
    if axis is None and order is None:
        return tuple(range(x.ndim)), 2
    axes = tuple(range(x.ndim)) if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(int(each) % x.ndim for each in axes)
    if len(axes) == 2:
        if order in (None, "fro"):
            return axes, 2
        if order == 2 and x.ndim == 2:
            return axes, "spectral"
        raise NoRuleError("norm")
    if order is None or (not isinstance(order, str) and order >= 1) or order == -np.inf:
        return axes, 2 if order is None else order
    raise NoRuleError("norm")


def _spectral(x: Array) -> Array:
    """The derivative of the largest singular value: the outer product of its vectors."""
    u, _, v = np.linalg.svd(x)
    return np.asarray(np.outer(u[:, 0], v[0]), dtype=np.float64)


def inverse(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`-y^T g y^T`."""
    y_t = np.swapaxes(np.asarray(node.value, dtype=np.float64), -1, -2)
    yield node.args[0], -y_t @ adjoint @ y_t


def solve(node: Node, adjoint: Array) -> Iterator[Partial]:
    """By b the solution of the transposed system, by A minus its outer product with the solution."""
    left, right = node.args[:2]
    a, b = numbers(left), numbers(right)
    column = b.ndim == 1
    g, y = (each[..., None] if column else each for each in (adjoint, np.asarray(node.value, dtype=np.float64)))
    if y.ndim < a.ndim:
        raise NoRuleError(node.op)  # NumPy 1 took b for a stack of vectors
    by_b = np.asarray(np.linalg.solve(np.swapaxes(a, -1, -2), g), dtype=np.float64)
    if wanted(left):
        yield left, -by_b @ np.swapaxes(y, -1, -2)
    yield right, by_b[..., 0] if column else by_b


def determinant(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`y inv(A)^T`; left to differences for singular matrices."""
    a = numbers(node.args[0])
    factor = adjoint * np.asarray(node.value, dtype=np.float64)
    inverse_t: Array = np.swapaxes(np.linalg.inv(a), -1, -2)
    yield node.args[0], factor[..., None, None] * inverse_t


def trace(node: Node, adjoint: Array) -> Iterator[Partial]:
    """One on the diagonal."""
    bound = bind(node, "a", "offset")
    shape = np.shape(plain(bound["a"]))
    if len(shape) != 2 or len(node.args) > 2 or "axis1" in node.kwargs:
        raise NoRuleError(node.op)
    yield bound["a"], adjoint.reshape(()) * np.eye(shape[0], shape[1], k=int(plain(bound.get("offset", 0))))


RULES = {
    "norm": norm,
    "inv": inverse,
    "I": inverse,
    "solve": solve,
    "det": determinant,
    "trace": trace,
}
