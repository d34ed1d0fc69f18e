"""Derivatives of operations along axes: sums, extremes, statistics, running totals."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.graph.names import canonical
from backproof.graph.node import Node
from backproof.graph.operands import Array, NoRuleError, Partial, bind, first_operand, numbers, plain, product, wanted

BUILTIN = {"sum": builtins.sum, "max": builtins.max, "min": builtins.min}


class Reduction(NamedTuple):
    """How an array was reduced.

    Attributes:
        argument: The operand as recorded.
        x: Its value.
        axes: The axes that are gone, none negative.
        kept: The shape of the result as if `keepdims` had been given.
        where: Mask of the elements that count, broadcast to x; None for all.
    """

    argument: Any
    x: Array
    axes: tuple[int, ...]
    kept: tuple[int, ...]
    where: NDArray[np.bool_] | None

    def widen(self, values: Any) -> Array:
        """A result (or its adjoint) in a shape that broadcasts against x."""
        return np.asarray(values, dtype=np.float64).reshape(self.kept)

    def total(self, values: Array) -> Array:
        """The sum over the reduced axes, in the same shape."""
        if self.where is not None:
            values = np.where(self.where, values, 0.0)
        return np.asarray(values.sum(axis=self.axes, keepdims=True), dtype=np.float64)

    def members(self) -> Array:
        """How many elements went into each result."""
        return self.total(np.ones(self.x.shape))

    def masked(self, values: Array) -> Array:
        """`values` in the shape of x, zero for the elements that do not count."""
        values = np.broadcast_to(values, self.x.shape)
        return values if self.where is None else np.where(self.where, values, 0.0)


def reduction(node: Node) -> Reduction:
    """What `node` reduced, and along which axes."""
    argument = first_operand(node)
    x = numbers(argument)
    size = np.size(node.value)
    axes = reduced_axes(node, x.ndim)
    if math.prod(kept_shape(x.shape, axes)) != size:  # builtins.sum, or a ufunc.reduce by another name: the first axis
        axes = (0,)
    kept = kept_shape(x.shape, axes)
    if math.prod(kept) != size:
        raise NoRuleError(node.op)
    where = plain(node.kwargs.get("where"))
    mask = None if where is None or where is True else np.broadcast_to(np.asarray(where, dtype=bool), x.shape)
    return Reduction(argument, x, axes, kept, mask)


def reduced_axes(node: Node, ndim: int) -> tuple[int, ...]:
    """The axes given to a reduction, none negative; all if none was given."""
    if node.function in BUILTIN.values():
        return (0,) if ndim else ()
    first = 0 if node.op.endswith((".reduce", ".accumulate")) else None
    axis = plain(bind(node, "", "axis").get("axis", first))
    if axis is None or not ndim:
        return tuple(range(ndim))
    return tuple(int(each) % ndim for each in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with ones at `axes`."""
    return tuple(1 if axis in axes else size for axis, size in enumerate(shape))


def added_up(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Every element counts once; `builtins.sum` adds up elements of a list, arrays also, from a start on."""
    if node.function is builtins.sum:
        yield from _one_by_one(node, adjoint)
        return
    reduced = reduction(node)
    yield reduced.argument, reduced.masked(reduced.widen(adjoint))
    yield node.kwargs.get("initial"), adjoint


def _one_by_one(node: Node, adjoint: Array) -> Iterator[Partial]:
    argument = first_operand(node)
    if isinstance(argument, (list, tuple)):
        yield from ((element, adjoint) for element in argument)
    else:
        yield argument, np.broadcast_to(adjoint, (len(plain(argument)), *adjoint.shape))
    yield bind(node, "", "start").get("start"), adjoint


def averaged(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Every element counts `1 / n`."""
    reduced = reduction(node)
    if len(node.args) > 1 and canonical(node.op) == "mean" and isinstance(plain(node.args[1]), (list, np.ndarray)):
        raise NoRuleError(node.op)  # statistics.fmean with weights
    if node.kwargs.get("weights") is not None:
        raise NoRuleError(node.op)
    yield reduced.argument, reduced.masked(reduced.widen(adjoint) / reduced.members())


def weighted_average(node: Node, adjoint: Array) -> Iterator[Partial]:
    """By an element `w / sum w`, by a weight `(x - y) / sum w`."""
    bound = bind(node, "a", "axis", "weights", "returned")
    if plain(bound.get("returned")):
        raise NoRuleError(node.op)
    reduced = reduction(node)
    weights = bound.get("weights")
    if plain(weights) is None:
        yield reduced.argument, reduced.widen(adjoint) / reduced.members()
        return
    w = numbers(weights)
    thin = w.shape != reduced.x.shape
    if thin:  # (n,) along one axis
        w = w.reshape(tuple(-1 if axis in reduced.axes else 1 for axis in range(reduced.x.ndim)))
    total = reduced.total(np.broadcast_to(w, reduced.x.shape))
    share = reduced.widen(adjoint) / total
    yield reduced.argument, np.broadcast_to(share * w, reduced.x.shape)
    if wanted(weights):
        by_weight = share * (reduced.x - reduced.widen(node.value))
        others = tuple(axis for axis in range(reduced.x.ndim) if axis not in reduced.axes)
        yield weights, by_weight.sum(axis=others) if thin else by_weight


def multiplied(node: Node, adjoint: Array) -> Iterator[Partial]:
    """The product of all others, right also where some are zero."""
    reduced = reduction(node)
    x = reduced.x if reduced.where is None else np.where(reduced.where, reduced.x, 1.0)
    kept_axes = [axis for axis in range(x.ndim) if axis not in reduced.axes]
    order = [*kept_axes, *reduced.axes]
    rows = x.transpose(order).reshape(math.prod(x.shape[axis] for axis in kept_axes), -1)
    ones = np.ones((len(rows), 1))
    before = np.cumprod(np.hstack([ones, rows[:, :-1]]), axis=1)
    after = np.cumprod(np.hstack([ones, rows[:, :0:-1]]), axis=1)[:, ::-1]
    others = (before * after).reshape([x.shape[axis] for axis in order]).transpose(np.argsort(order))
    scale = plain(node.kwargs.get("start", node.kwargs.get("initial", 1.0)))
    yield reduced.argument, reduced.masked(reduced.widen(adjoint) * others * scale)
    for key in ("start", "initial"):
        if key in node.kwargs:
            yield node.kwargs[key], product(adjoint, np.asarray(node.value, dtype=float) / numbers(node.kwargs[key]))


def extreme(node: Node, adjoint: Array) -> Iterator[Partial]:
    """To the elements that are the largest (smallest), in equal shares."""
    if _is_choice(node):
        yield from _choice(node, adjoint)
        return
    reduced = reduction(node)
    best = reduced.masked(reduced.x == reduced.widen(node.value)).astype(float)
    shares = best / np.maximum(best.sum(axis=reduced.axes, keepdims=True), 1)
    yield reduced.argument, shares * reduced.widen(adjoint)


def _is_choice(node: Node) -> bool:
    """Whether this is the builtin with several values: `max(0, x)`, where NumPy would read an axis."""
    several = len(node.args) > 1
    return several and (node.function in BUILTIN.values() or np.ndim(plain(node.args[0])) == 0)


def _choice(node: Node, adjoint: Array) -> Iterator[Partial]:
    best = [bool(np.all(plain(argument) == node.value)) for argument in node.args]
    for argument, chosen in zip(node.args, best, strict=True):
        yield argument, adjoint * (chosen / sum(best))


def peak_to_peak(node: Node, adjoint: Array) -> Iterator[Partial]:
    """The largest minus the smallest."""
    reduced = reduction(node)
    for sign, find in ((1.0, np.max), (-1.0, np.min)):
        best = (reduced.x == find(reduced.x, axis=reduced.axes, keepdims=True)).astype(float)
        yield reduced.argument, sign * best / reduced.total(best) * reduced.widen(adjoint)


def middle(node: Node, adjoint: Array) -> Iterator[Partial]:
    """To the element in the middle, or half to each of two."""
    reduced = reduction(node)
    order = [axis for axis in range(reduced.x.ndim) if axis not in reduced.axes] + list(reduced.axes)
    moved = reduced.x.transpose(order)
    rows = moved.reshape(adjoint.size, -1)
    ranks = np.argsort(rows, axis=1, kind="stable")
    size = rows.shape[1]
    result = np.zeros(rows.shape)
    for rank in ((size - 1) // 2, size // 2):
        result[np.arange(len(rows)), ranks[:, rank]] += adjoint.ravel() / 2
    yield reduced.argument, result.reshape(moved.shape).transpose(np.argsort(order))


def variance(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`2 (x - mean) / (n - ddof)`."""
    if plain(node.kwargs.get("mean")) is not None:
        raise NoRuleError(node.op)
    reduced = reduction(node)
    names = bind(node, "a", "axis", "dtype", "out", "ddof")
    count = reduced.members()
    deviation = reduced.x - reduced.total(reduced.x) / count
    freedom = count - float(plain(names.get("ddof", names.get("correction", 0))))
    yield reduced.argument, reduced.masked(2 * deviation / freedom * reduced.widen(adjoint))


def deviation(node: Node, adjoint: Array) -> Iterator[Partial]:
    """That of the variance over `2 y`; zero where all elements are the same."""
    y = np.asarray(node.value, dtype=np.float64)
    yield from variance(node, np.where(y == 0, 0.0, adjoint / (2 * y)))


RULES = {
    "sum": added_up,
    "mean": averaged,
    "average": weighted_average,
    "prod": multiplied,
    "max": extreme,
    "min": extreme,
    "ptp": peak_to_peak,
    "median": middle,
    "var": variance,
    "std": deviation,
}
