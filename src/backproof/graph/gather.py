"""Operations that only move elements: one rule for all, and shorter ways for the most frequent of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref
from backproof.graph.operands import (
    Array,
    NoRuleError,
    Partial,
    evaluate,
    first_operand,
    flat,
    is_real,
    plain,
    rebuild,
    shape_of,
    unbroadcast,
)

CAST = 1e-3  # relative: the precision of float16, the coarsest type that an element may have been moved into
Key = Any  # whatever may stand between square brackets


def moved(node: Node, adjoint: Array) -> Iterator[Partial]:
    """Run the operation on element numbers: where a number comes out, that element's adjoint goes.

    A second run has other numbers (`_other`). What is the number of one element in both runs, and has its value, was
    moved; what is the same in both is a constant; anything else means that the operation does more than to move.
    """
    parents = [parent for parent in node.parents if is_real(parent.value)]
    values = np.concatenate([np.zeros(1), *(flat(parent.value) for parent in parents)])  # number 0 is nobody's
    starts = np.cumsum([1] + [flat(parent.value).size for parent in parents])
    numbering = np.arange(len(values), dtype=np.float64)
    first, second = (_run_on(node, parents, starts, each) for each in (numbering, _other(numbering, len(values))))
    if first.shape != (adjoint.size,):
        raise NoRuleError(node.op)
    is_moved = (second == _other(first, len(values))) & (first >= 1) & (first < len(values))
    origin = first[is_moved].astype(np.intp)
    is_constant = (first == second) | (np.isnan(first) & np.isnan(second))
    same = np.allclose(flat(node.value)[is_moved], values[origin], rtol=CAST, atol=0, equal_nan=True)
    if not same or not (is_moved | is_constant).all():
        raise NoRuleError(node.op)
    sums = np.bincount(origin, weights=adjoint.ravel()[is_moved], minlength=len(values)).astype(np.float64)
    for parent, start, end in zip(parents, starts[:-1], starts[1:], strict=True):
        yield Ref(parent), sums[start:end].reshape(shape_of(parent.value))


def _other(numbering: Array, total: int) -> Array:
    """Different numbers, such that no mean or multiple of elements looks like an element."""
    return numbering * numbering + total + 0.5


def _run_on(node: Node, parents: list[Node], starts: NDArray[np.intp], content: Array) -> Array:
    """The result, flattened, with `content[starts[i]:starts[i + 1]]` for the elements of `parents[i]`."""
    values = {
        parent.index: rebuild(parent.value, content[start:end].copy())
        for parent, start, end in zip(parents, starts[:-1], starts[1:], strict=True)
    }
    return flat(evaluate(node, values))


def reshaped(node: Node, adjoint: Array) -> Iterator[Partial]:
    """All elements in the same order, whatever the shape or type."""
    source = first_operand(node)
    value = plain(source)
    order = node.kwargs.get("order")
    unordered = any(isinstance(each, str) and each in "FAK" for each in (*node.args, order))
    if np.size(value) != adjoint.size or (unordered and np.ndim(value) > 1):
        yield from moved(node, adjoint)
    else:
        yield source, adjoint.reshape(np.shape(value))


def converted(node: Node, adjoint: Array) -> Iterator[Partial]:
    """A copy, perhaps of another type: every element stays at its place (even in `order="F"`)."""
    source = first_operand(node)
    shape = np.shape(plain(source))
    if np.prod(shape, dtype=int) != adjoint.size:
        yield from moved(node, adjoint)
    else:
        yield source, adjoint.reshape(shape)


def transposed(node: Node, adjoint: Array) -> Iterator[Partial]:
    """All axes reversed; with a list of axes, back by its inverse."""
    axes = [plain(argument) for argument in (*node.args[1:], *node.kwargs.values())]
    if len(axes) == 1 and isinstance(axes[0], (tuple, list)):
        axes = list(axes[0])
    if not axes or axes == [None]:
        yield node.args[0], adjoint.T
    else:
        yield node.args[0], adjoint.transpose(np.argsort([axis % adjoint.ndim for axis in axes]))


def plain_key(key: Key) -> bool:
    """Whether `key` picks every element at most once: numbers, slices, masks."""
    if isinstance(key, tuple):
        return all(plain_key(part) for part in key) and sum(isinstance(part, np.ndarray) for part in key) < 2
    if isinstance(key, np.ndarray):
        return bool(key.dtype.kind == "b")
    return key is None or key is Ellipsis or isinstance(key, (int, np.integer, slice))


def put_back(total: Array, key: Key, adjoint: Array | float, *, matrix: bool) -> None:
    """Add the adjoint of `array[key]` to `total`, that of the array."""
    if matrix:
        total = total.view(np.matrix)
    total[key] += adjoint


def picked(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`array[key]`: zero but for what was picked."""
    source, key = node.args[0], plain(node.args[1])
    value = plain(source)
    if not isinstance(value, np.ndarray) or not value.ndim:
        yield from moved(node, adjoint)
        return
    total = np.zeros(value.shape)
    if plain_key(key):
        put_back(total, key, adjoint, matrix=isinstance(value, np.matrix))
    elif isinstance(value, np.matrix):
        yield from moved(node, adjoint)
        return
    else:
        np.add.at(total, key, adjoint)
    yield source, total


def overwritten(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`array[key] = new`: what was overwritten does not count any more, what was written does."""
    if len(node.args) != 3 or not plain_key(plain(node.args[1])):
        yield from moved(node, adjoint)
        return
    source, key, new = node.args
    kept = adjoint.copy()
    target = kept.view(np.matrix) if isinstance(plain(source), np.matrix) else kept
    written = np.array(target[plain(key)])
    target[plain(key)] = 0
    yield source, kept
    shape = np.shape(plain(new))
    yield (
        new,
        unbroadcast(written, tuple(size for size in shape))
        if len(shape) <= written.ndim
        else _squeezed(written, shape),
    )


def _squeezed(written: Array, shape: tuple[int, ...]) -> Array:
    """For a value with more axes than the place that it was written to: the first ones have length 1."""
    missing = len(shape) - written.ndim
    return unbroadcast(written.reshape((1,) * missing + written.shape), shape)


def added_at(node: Node, adjoint: Array) -> Iterator[Partial]:
    """`add.at(array, key, new)`: both count, at each place of the key again."""
    source, key, new = node.args
    yield source, adjoint
    sign = -1.0 if node.op.startswith("sub") else 1.0
    yield new, sign * adjoint[plain(key)]


_SAME_ORDER = "reshape ravel flatten squeeze expand_dims atleast_1d atleast_2d atleast_3d A1 flat newaxis resize"
_SAME_PLACE = (
    "copy array asarray asanyarray ascontiguousarray asfortranarray asfarray require matrix asmatrix mat A astype "
    "float item float64 float32 float16 longdouble pos real conj conjugate view deepcopy tolist"
)
_MOVED = (
    "gather scatter reread concatenate concat hstack vstack row_stack stack dstack column_stack block append insert "
    "tile repeat roll flip fliplr flipud rot90 broadcast_to broadcast_arrays swapaxes moveaxis rollaxis permute_dims "
    "matrix_transpose take take_along_axis compress extract diag diagflat diagonal tril triu delete split array_split "
    "hsplit vsplit dsplit choose select sliding_window_view as_strided meshgrid pad trim_zeros full full_like put "
    "put_along_axis putmask place copyto fill fill_diagonal unstack r_ c_ mT nditer ndenumerate zip list tuple "
    "reversed"
)

RULES = {
    **dict.fromkeys(_MOVED.split(), moved),
    **dict.fromkeys(_SAME_ORDER.split(), reshaped),
    **dict.fromkeys(_SAME_PLACE.split(), converted),
    "getitem": picked,
    "setitem": overwritten,
    "transpose": transposed,
    "T": transposed,
    "add.at": added_at,
    "sub.at": added_at,
    "subtract.at": added_at,
}
