"""A recorded computation: which operation, on which values, at which place of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

NOTHING: Mapping[str, Any] = {}
Value = Any  # an ndarray, a NumPy scalar, a Python number; a tuple or list of them for operations with several results


class Span(NamedTuple):
    """A piece of source text. Lines count from 1, columns from 0 (in characters)."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Ref:
    """Stands for the value of `node` among the arguments of another node."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        """Refer to `node`."""
        self.node = node

    def __repr__(self) -> str:
        """Like `#12`."""
        return f"#{self.node.index}"


class Node:
    """One recorded value and the operation that made it.

    Attributes:
        index: Position in the recording; operands have smaller ones.
        op: Canonical name: "add", "sub", "mul", "truediv", "pow", "matmul", "neg", "exp", "sum", "getitem", "setitem",
            "gather", ... ; "leaf" for a value that came from outside of the recording, "external" for one that was
            changed behind its back, "call" for a function that is not known.
        function: Computes the value from the arguments again, purely; None for leaves.
        args, kwargs: The arguments, with a `Ref` wherever a recorded value stood (also inside lists and tuples).
        value: What it was at that time; never changed later.
        parents: The nodes that args and kwargs refer to, in order, without repetition.
        span: The expression in the program; None if not known.
        frames: The spans of the calls that led there, innermost first.
        inplace: The operation overwrote its first operand.
        shown: The program printed, formatted or kept the value.
        shares: Of an operation on plain numbers, once it was differentiated: where its derivatives go, and what they
            are. True where that depends on what arrives, False where the operation is none on plain numbers.
    """

    __slots__ = (
        "args",
        "frames",
        "function",
        "index",
        "inplace",
        "kwargs",
        "op",
        "parents",
        "shares",
        "shown",
        "span",
        "value",
    )

    def __init__(
        self,
        index: int,
        op: str,
        function: Callable[..., Value] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        value: Value = None,
        span: Span | None = None,
        frames: tuple[Span, ...] = (),
    ) -> None:
        """Make a node; its parents are found in the arguments."""
        self.index = index
        self.op = op
        self.function = function
        self.args = args
        self.kwargs: Mapping[str, Any] = kwargs or NOTHING
        self.value = value
        self.span = span
        self.frames = frames
        self.inplace = False
        self.shown = False
        self.shares: tuple[tuple[Node, float], ...] | bool | None = None
        self.parents: tuple[Node, ...] = _parents(args, self.kwargs)

    def __repr__(self) -> str:
        """Like `<12 mul (10,) line 31>`."""
        line = f" line {self.span.line}" if self.span else ""
        return f"<{self.index} {self.op} {np.shape(self.value)}{line}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; () for a number, and for an operation with several results."""
        return getattr(self.value, "shape", ())

    @property
    def size(self) -> int:
        """Number of elements of the value; 0 for an operation with several results."""
        if type(self.value) in (tuple, list):
            return 0
        return int(getattr(self.value, "size", 1))

    @property
    def kind(self) -> str:
        """Letter of the value's type, as NumPy's `dtype.kind`; "" for what is neither array nor NumPy scalar."""
        return str(getattr(getattr(self.value, "dtype", None), "kind", ""))

    def evaluate(self, values: Mapping[int, Value]) -> Value:
        """Compute the value again, with `values[index]` in place of recorded operands where given."""
        if self.function is None:
            return values.get(self.index, self.value)

        def substitute(node: Node) -> Value:
            return values.get(node.index, node.value)

        args = resolve(self.args, substitute)
        kwargs = {key: resolve(value, substitute) for key, value in self.kwargs.items()}
        return self.function(*args, **kwargs)


def _parents(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Node, ...]:
    found: dict[Node, None] = {}
    for argument in (*args, *kwargs.values()) if kwargs else args:
        if type(argument) is Ref:
            found[argument.node] = None
        elif type(argument) in (list, tuple):
            found.update(dict.fromkeys(references(argument)))
    return tuple(found)


def references(argument: Any) -> Iterator[Node]:
    """All nodes that an argument refers to, in order."""
    if isinstance(argument, Ref):
        yield argument.node
    elif type(argument) in (list, tuple):
        for element in argument:
            yield from references(element)


def resolve(argument: Any, value_of: Callable[[Node], Value]) -> Any:
    """The argument with every `Ref` replaced by `value_of(node)`; unchanged parts are not copied."""
    if isinstance(argument, Ref):
        return value_of(argument.node)
    if type(argument) in (list, tuple) and any(True for _ in references(argument)):
        return type(argument)(resolve(element, value_of) for element in argument)
    return argument


def replay(nodes: Iterable[Node], values: dict[int, Value]) -> dict[int, Value]:
    """Compute again every node of `nodes` (in order) that depends on a value given in `values`.

    Args:
        nodes: Nodes in recording order.
        values: New values by node index; filled with all that was recomputed.

    Returns:
        `values`.
    """
    for node in nodes:
        if node.index in values or node.function is None:
            continue
        if any(parent.index in values for parent in node.parents):
            values[node.index] = node.evaluate(values)
    return values


def ancestors(roots: Iterable[Node], stop: frozenset[int] | set[int] = frozenset()) -> dict[int, Node]:
    """All nodes that `roots` depend on, roots included, by index; nodes in `stop` are included but not passed."""
    found = {node.index: node for node in roots}
    waiting = list(found.values())
    while waiting:
        node = waiting.pop()
        if node.index in stop:
            continue
        for parent in node.parents:
            if parent.index not in found:
                found[parent.index] = parent
                waiting.append(parent)
    return found
