"""Derivatives of operations that keep the axis they work along: running totals, softmax, sorting."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.graph.node import Node
from backproof.graph.operands import Array, NoRuleError, Partial, bind, first_operand, numbers, plain
from backproof.graph.reductions import Reduction, kept_shape, reduced_axes, reduction


def running_sum(node: Node, adjoint: Array) -> Iterator[Partial]:
    """An element counts in all sums from its own on."""
    argument, x, axis = _running(node)
    yield (
        argument,
        np.flip(np.cumsum(np.flip(adjoint.reshape(x.shape), axis), axis), axis).reshape(np.shape(plain(argument))),
    )


def running_product(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`y / x` in all products from its own on; left to differences where an element is zero."""
    argument, x, axis = _running(node)
    if (x == 0).any():
        raise NoRuleError(node.op)
    weighted = adjoint.reshape(x.shape) * np.asarray(node.value, dtype=float).reshape(x.shape)
    yield argument, (np.flip(np.cumsum(np.flip(weighted, axis), axis), axis) / x).reshape(np.shape(plain(argument)))


def _running(node: Node) -> tuple[Any, Array, int]:
    """The operand, its value (flattened if there is no axis) and the axis."""
    argument = first_operand(node)
    x = numbers(argument)
    first = 0 if node.op.endswith(".accumulate") else None
    axis = plain(bind(node, "", "axis").get("axis", first))
    if axis is None:
        return argument, x.ravel(), 0
    return argument, x, int(axis)


def soft_maximum(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`softmax`: `y (g - sum g y)`."""
    reduced = _normalised(node)
    y = np.asarray(node.value, dtype=np.float64)
    yield reduced.argument, y * (adjoint - reduced.total(adjoint * y))


def log_soft_maximum(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`log_softmax`: `g - softmax sum g`."""
    reduced = _normalised(node)
    yield reduced.argument, adjoint - np.exp(np.asarray(node.value, dtype=np.float64)) * reduced.total(adjoint)


def _normalised(node: Node) -> Reduction:
    argument = first_operand(node)
    x = numbers(argument)
    axes = reduced_axes(node, x.ndim)
    return Reduction(argument, x, axes, kept_shape(x.shape, axes), None)


def log_sum_exp(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`exp(x - y)`: the softmax."""
    bound = bind(node, "a", "axis", "b", "keepdims", "return_sign")
    if not node.op.endswith("reduce") and any(
        plain(bound.get(key)) not in (None, False) for key in ("b", "return_sign")
    ):
        raise NoRuleError(node.op)
    reduced = reduction(node)
    yield reduced.argument, reduced.masked(np.exp(reduced.x - reduced.widen(node.value)) * reduced.widen(adjoint))


def sorted_elements(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Back to where each element was."""
    argument = first_operand(node)
    x = numbers(argument)
    axis = plain(bind(node, "a", "axis").get("axis", -1))
    if axis is None or node.function is builtins.sorted:
        x, axis = x.ravel(), 0
    order = np.argsort(x, axis=axis, kind="stable")
    if node.kwargs.get("key") is not None or node.kwargs.get("reverse"):
        raise NoRuleError(node.op)
    result = np.zeros(x.shape)
    np.put_along_axis(result, order, adjoint.reshape(x.shape), axis)
    yield argument, result.reshape(np.shape(plain(argument)))


def differences_along(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`diff`: minus the differences of the adjoint, with zeros around it."""
    bound = bind(node, "a", "n", "axis", "prepend", "append")
    if "prepend" in bound or "append" in bound:
        raise NoRuleError(node.op)
    axis = int(plain(bound.get("axis", -1)))
    for _ in range(int(plain(bound.get("n", 1)))):
        zeros = np.zeros_like(np.take(adjoint, [0], axis))
        adjoint = -np.diff(np.concatenate([zeros, adjoint, zeros], axis), axis=axis)
    yield bound["a"], adjoint


RULES = {
    "cumsum": running_sum,
    "cumprod": running_product,
    "softmax": soft_maximum,
    "log_softmax": log_soft_maximum,
    "logsumexp": log_sum_exp,
    "sort": sorted_elements,
    "sorted": sorted_elements,
    "diff": differences_along,
}
