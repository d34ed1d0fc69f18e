"""Where a loss first stops being a number: an entry of the data, an operation, or a derivative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Quantity
from backproof.observers.torch.graph import Graph, Node
from backproof.rules._unseen import UNNAMED

Array = NDArray[Any]
Q = Quantity
Fact = tuple[Quantity, str, float]
# Functions without a finite value at some arguments: what the graph keeps of the argument, and where they have none.
EDGES = {"Log": "log", "Log2": "log2", "Log10": "log10", "Sqrt": "sqrt", "Rsqrt": "rsqrt", "Log1P": "log1p",
         "Acos": "arccos", "Asin": "arcsin", "Atanh": "arctanh", "Reciprocal": "reciprocal"}  # fmt: skip
# Functions whose derivative is infinite somewhere although they have a value there.
STEEP = {"Sqrt": "sqrt", "Norm": "norm", "LinalgVectorNorm": "norm", "Acos": "arccos", "Asin": "arcsin",
         "Pow": "power", "Cdist": "cdist", "Std": "std"}  # fmt: skip


def origin_of(graph: Graph, inputs: Array | None, targets: Array | None, leaves: list[Any]) -> list[Fact]:
    """What is to blame for a loss that is NaN or infinite; no operation where none is seen to be."""
    for where, table in (("inputs", inputs), ("targets", targets)):
        if table is not None and not np.isfinite(table).all():
            return list(_in_data(where, table))
    unnamed = [(Q.NON_FINITE, UNNAMED, 1.0)]
    if any(not bool(leaf.isfinite().all()) for leaf in leaves):
        return list(_by_derivative(graph)) or unnamed
    return next((found for node in graph.nodes if (found := list(_at(graph, node)))), unnamed)


def _in_data(where: str, table: Array) -> Iterator[Fact]:
    bad = np.argwhere(~np.isfinite(table))
    yield Q.NON_FINITE_DATA, where, float(len(bad))
    yield Q.NON_FINITE_ROW, where, float(bad[0][0])
    yield Q.NON_FINITE_COLUMN, where, float(bad[0][1])


def _at(graph: Graph, node: Node) -> Iterator[Fact]:
    """What one operation made of finite operands."""
    kind = graph.kinds[node]
    if kind in EDGES:
        yield from _edge(graph, node, kind)
    elif kind == "Div":
        below, above = graph.saved(node, "other"), graph.saved(node, "self")
        if hasattr(below, "numel") and bool((below == 0).any()):
            bad = (below == 0).expand(above.shape) if above is not None and above.shape != below.shape else below == 0
            number = float(above[bad].flatten()[0]) if above is not None else 0.0
            yield from _undefined("truediv", int(bad.sum()), number, 0.0)
    elif kind == "Exp":
        result = graph.saved(node, "result")
        if result is not None and bool(result.isinf().any()):
            yield Q.NON_FINITE, "exp", float(result.isinf().sum())


def _edge(graph: Graph, node: Node, kind: str) -> Iterator[Fact]:
    argument, result = graph.saved(node, "self"), graph.saved(node, "result")
    if argument is not None and bool(argument.isfinite().all()):
        bad = argument < 0 if kind == "Sqrt" else argument <= 0
        bad = argument.abs() > 1 if kind in ("Acos", "Asin") else argument.abs() >= 1 if kind == "Atanh" else bad
        bad = argument <= -1 if kind == "Log1P" else bad
        if bool(bad.any()):
            yield from _undefined(EDGES[kind], int(bad.sum()), float(argument[bad].flatten()[0]))
    elif argument is None and result is not None and not bool(result.isfinite().all()):
        where, operand = EDGES[kind], -1.0 if kind == "Sqrt" else 0.0
        yield from _undefined(where, int((~result.isfinite()).sum()), operand)


def _undefined(where: str, count: int, *operands: float) -> Iterator[Fact]:
    yield Q.NON_FINITE, where, float(count)
    for operand in operands:
        yield Q.UNDEFINED_OPERAND, where, operand


def _by_derivative(graph: Graph) -> Iterator[Fact]:
    """The parameters are NaN already: by the step before, whose loss was a number; by one operation's derivative."""
    steep = {
        STEEP[kind] for node in graph.nodes if (kind := graph.kinds[node]) in STEEP and not _is_square(graph, node)
    }
    if len(steep) == 1:
        where = f"derivative of {steep.pop()}"
        yield Q.NON_FINITE, where, 1.0
        yield Q.UNDEFINED_OPERAND, where, 0.0


def _is_square(graph: Graph, node: Node) -> bool:
    """Powers of 1 and above have a finite derivative at 0."""
    exponent = graph.saved(node, "exponent")
    return graph.kinds[node] == "Pow" and exponent is not None and float(exponent) >= 1
