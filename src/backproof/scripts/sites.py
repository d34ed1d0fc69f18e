"""The places of a script at which something is recorded: one site per instrumented expression or statement."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backproof.graph.node import Span

OPERATORS: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("truediv", operator.truediv),
    ast.FloorDiv: ("floordiv", operator.floordiv),
    ast.Mod: ("mod", operator.mod),
    ast.Pow: ("pow", operator.pow),
    ast.MatMult: ("matmul", operator.matmul),
    ast.BitAnd: ("bitand", operator.and_),
    ast.BitOr: ("bitor", operator.or_),
    ast.BitXor: ("bitxor", operator.xor),
}
UNARY: dict[type[ast.unaryop], tuple[str, Callable[[Any], Any]]] = {
    ast.USub: ("neg", operator.neg),
    ast.UAdd: ("positive", operator.pos),
    ast.Invert: ("invert", operator.invert),
}
COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Gt: ("gt", operator.gt),
    ast.GtE: ("ge", operator.ge),
    ast.Lt: ("lt", operator.lt),
    ast.LtE: ("le", operator.le),
    ast.Eq: ("eq", operator.eq),
    ast.NotEq: ("ne", operator.ne),
}


class Literal:
    """Stands in a site's operands for a value that is written out in the source."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        """Hold the literal value."""
        self.value = value


@dataclass(slots=True)
class Site:
    """One recorded expression or statement of the script.

    Attributes:
        index: Its number; what the instrumented code passes to the recorder.
        kind: "binary", "unary", "compare", "get", "attribute", "call", "assign-item", "augment-name",
            "augment-attribute", "augment-item".
        op, function: The operation, for arithmetic and augmented assignments.
        operands: One entry per operand in the order of evaluation: a `Literal`, or None where the operand is pushed.
        pushes: How many operands are pushed at run time.
        keywords: Names of the keyword arguments of a call, in order; None for `**`.
        stars: Which positional operands of a call are starred.
        target: Source text of the assignment target of the enclosing statement, e.g. "self.weights[i]".
        statement: Span of the enclosing statement.
        name: Attribute name, or the callee's source text.
    """

    index: int
    kind: str
    span: Span
    op: str = ""
    function: Callable[..., Any] | None = None
    operands: tuple[Literal | None, ...] = ()
    pushes: int = 0
    keywords: tuple[str | None, ...] = ()
    stars: frozenset[int] = frozenset()
    target: str | None = None
    statement: Span | None = None
    name: str = ""
    details: dict[str, Any] = field(default_factory=dict)
