"""Where a recorded loss compares a prediction with a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from backproof.graph.node import Node, Ref

THROUGH = frozenset(
    {"sum", "mean", "neg", "pow", "square", "abs", "sqrt", "reshape", "ravel", "getitem", "average", "float"}
)  # one operand: a loss is made of these around the comparison
SAME = frozenset({"dot", "vdot", "inner", "matmul", "mul"})  # of an error with itself: a square
AROUND_LOG = frozenset({"add", "sub", "clip", "maximum", "minimum"})  # what keeps a logarithm finite


class Comparison(NamedTuple):
    """A prediction, its target, and the loss in words."""

    prediction: Node
    target: Any
    loss: str


def comparison_in(loss: Node, parameters: Sequence[Node]) -> Comparison | None:
    """The comparison that a loss is made of; None where none is recognised, or several differ."""
    depends = _dependent(loss, {node.index for node in parameters})
    return _search(loss, depends)


def _dependent(loss: Node, roots: set[int]) -> set[int]:
    """Indices of what depends on a parameter."""
    known: dict[int, bool] = {}
    waiting = [loss]
    while waiting:
        node = waiting[-1]
        unknown = [parent for parent in node.parents if parent.index not in known]
        if node.index in roots:
            known[node.index] = True
        elif unknown:
            waiting.extend(unknown)
            continue
        else:
            known[node.index] = any(known[parent.index] for parent in node.parents)
        waiting.pop()
    return {index for index, value in known.items() if value}


def _operands(node: Node, depends: set[int]) -> tuple[list[Node], list[Any]]:
    """The operands that depend on parameters, and the others as they are."""
    trained, others = [], []
    for argument in node.args[:2]:
        if isinstance(argument, Ref) and argument.node.index in depends:
            trained.append(argument.node)
        else:
            others.append(argument.node.value if isinstance(argument, Ref) else argument)
    return trained, others


def _search(node: Node, depends: set[int]) -> Comparison | None:
    trained, others = _operands(node, depends)
    if node.op in THROUGH and trained:
        return _search(trained[0], depends)
    if node.op == "sub" and len(trained) == 1 and np.ndim(others[0]) > 0:
        return Comparison(trained[0], others[0], "half_squared_error")
    if node.op in SAME and len(trained) == 2 and trained[0] is trained[1]:
        return _search(trained[0], depends)
    if node.op in ("mul", "truediv") and len(trained) == 1:
        return _of_logarithm(trained[0], others[0], depends) or _search(trained[0], depends)
    if node.op in ("add", "sub") and trained:
        found = [each for each in (_search(part, depends) for part in trained) if each is not None]
        if found and all(each.prediction is found[0].prediction for each in found):
            return found[0] if len(found) == 1 else found[0]._replace(loss="binary_cross_entropy")
    return None


def _of_logarithm(node: Node, target: Any, depends: set[int]) -> Comparison | None:
    """Of `target * log(prediction)`."""
    if node.op != "log" or np.shape(target) != node.shape or not node.shape:
        return None
    inner = _operands(node, depends)[0][0]
    while inner.op in AROUND_LOG:  # 1 - p, p + 1e-9, clip(p, ...)
        trained, others = _operands(inner, depends)
        if len(trained) != 1 or any(np.ndim(other) for other in others):
            break
        inner = trained[0]
    return Comparison(inner, target, "categorical_cross_entropy")
