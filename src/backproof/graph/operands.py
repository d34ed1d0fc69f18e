"""The operands of a recorded operation: as numbers, and as places where adjoints arrive."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref, Value, references, resolve

Array = NDArray[np.float64]
Contribution = tuple[Node, Array]
Partial = tuple[Any, Array]  # an argument as recorded (a Ref, or a list with some), and the adjoint of its value


class NoRuleError(Exception):
    """A rule does not cover how the operation was called here."""


def is_real(value: Value) -> bool:
    """Whether derivatives pass through `value`: floating point, or a list or tuple with some of it."""
    if isinstance(value, (float, np.floating)):
        return True
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    return type(value) in (list, tuple) and any(is_real(element) for element in value)


def is_complex(value: Value) -> bool:
    """Whether there are complex numbers in `value`."""
    if isinstance(value, (list, tuple)):
        return any(is_complex(element) for element in value)
    return isinstance(value, (complex, np.complexfloating)) or getattr(value, "dtype", np.dtype(float)).kind == "c"


def value_of(node: Node) -> Value:
    """The recorded value of `node`."""
    return node.value


def plain(argument: Any) -> Any:
    """The argument with recorded values in place of references."""
    return resolve(argument, value_of)


def numbers(argument: Any) -> Array:
    """The argument as an array of float64; an `np.matrix` becomes a plain array."""
    return np.asarray(plain(argument), dtype=np.float64)


def wanted(argument: Any) -> bool:
    """Whether a derivative with respect to `argument` reaches any node."""
    return any(node.kind == "f" or is_real(node.value) for node in references(argument))


def bind(node: Node, *names: str) -> dict[str, Any]:
    """The recorded arguments by name, positional ones in the order of `names`; what was not given is absent."""
    return {**dict(zip(names, node.args, strict=False)), **node.kwargs}


def first_operand(node: Node) -> Any:
    """The array that a one-operand function was called on."""
    if node.args:
        return node.args[0]
    for argument in node.kwargs.values():
        if wanted(argument):
            return argument
    raise NoRuleError(node.op)


def shape_of(value: Value) -> tuple[int, ...]:
    """Shape of an adjoint of `value`; lists and tuples have theirs flattened, as their elements may differ in shape."""
    if isinstance(value, (list, tuple)):
        return (sum(int(np.size(leaf)) for leaf in leaves(value)),)
    return np.shape(value)


def leaves(value: Value) -> Iterator[Value]:
    """The arrays and numbers in nested lists and tuples, in order."""
    if isinstance(value, (list, tuple)):
        for element in value:
            yield from leaves(element)
    else:
        yield value


def flat(value: Value) -> Array:
    """All numbers in `value`, in order, shape (n,)."""
    parts = [np.asarray(leaf, dtype=np.float64).ravel() for leaf in leaves(value)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts or [np.zeros(0)])


def rebuild(value: Value, content: Array) -> Value:
    """The structure and types of `value` with the floating-point numbers of `content`, shape (n,), all in float64."""
    if isinstance(value, (list, tuple)):
        sizes = [sum(int(np.size(leaf)) for leaf in leaves(element)) for element in value]
        pieces = np.split(content, np.cumsum(sizes)[:-1]) if sizes else []
        return type(value)(rebuild(element, piece) for element, piece in zip(value, pieces, strict=True))
    if not is_real(value):
        return value
    if isinstance(value, np.ndarray):
        array = content.reshape(value.shape)
        return array.view(np.matrix) if isinstance(value, np.matrix) else array
    return float(content[0]) if type(value) is float else np.float64(content[0])


def evaluate(node: Node, values: Mapping[int, Value]) -> Value:
    """`node.evaluate(values)`, whose warnings are not the user's concern."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return node.evaluate(values)


def unbroadcast(adjoint: Array, shape: tuple[int, ...]) -> Array:
    """Sum `adjoint` over the axes along which an operand of `shape` was repeated."""
    if adjoint.shape == shape:
        return adjoint
    extra = adjoint.ndim - len(shape)
    if extra > 0:
        adjoint = adjoint.sum(axis=tuple(range(extra)))
        extra = 0
    repeated = tuple(
        axis for axis, size in enumerate(adjoint.shape) if size != 1 and shape[axis - extra] == 1
    )  # extra <= 0: missing leading axes
    if repeated:
        adjoint = adjoint.sum(axis=repeated, keepdims=True)
    return np.broadcast_to(adjoint, shape)


def product(adjoint: Array, derivative: Array) -> Array:
    """`adjoint * derivative`, where an adjoint of zero wins against an infinite or undefined derivative."""
    result = adjoint * derivative
    if np.isfinite(result.sum()) or np.isfinite(result).all():  # a sum is quick; that of finite numbers may overflow
        return result
    return np.where(adjoint == 0, 0.0, result)


def deliver(argument: Any, adjoint: Array) -> Iterator[Contribution]:
    """Hand the adjoint of an argument's value to the nodes it refers to, summed where the argument was broadcast."""
    if isinstance(argument, Ref):
        value = argument.node.value
        if is_real(value):
            adjoint = np.asarray(adjoint)
            if isinstance(value, (list, tuple)) and adjoint.shape != shape_of(value):
                adjoint = unbroadcast(adjoint, np.shape(value)).ravel()
            yield argument.node, unbroadcast(adjoint, shape_of(value))
    elif type(argument) in (list, tuple) and wanted(argument):
        adjoint = unbroadcast(np.asarray(adjoint), np.shape(plain(argument)))
        for element, part in zip(argument, adjoint, strict=True):
            yield from deliver(element, part)


def contributions(partials: Iterable[Partial]) -> list[Contribution]:
    """What arrives at which node."""
    return [arrival for argument, adjoint in partials for arrival in deliver(argument, adjoint)]
