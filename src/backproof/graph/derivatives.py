"""The table of vector-Jacobian products: operation by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from backproof.graph import along_axes, elementwise, gather, linear_algebra, products, reductions
from backproof.graph.names import CANONICAL, canonical
from backproof.graph.node import Node, Ref
from backproof.graph.operands import Array, Partial

__all__ = ["CANONICAL", "RULES", "Rule", "canonical", "kept_shares", "rule_for", "scalar_partials"]

Rule = Callable[[Node, Array], Iterable[Partial]]  # raises NoRuleError for a call that it does not cover

RULES: dict[str, Rule] = {
    **elementwise.RULES,
    **reductions.RULES,
    **along_axes.RULES,
    **products.RULES,
    **linear_algebra.RULES,
    **gather.RULES,
}


def rule_for(op: str) -> Rule | None:
    """The rule of an operation by any of its names; None if there is none."""
    return RULES.get(op) or RULES.get(canonical(op))


def scalar_partials(node: Node, adjoint: float) -> list[tuple[Node, float]] | None:
    """The vector-Jacobian product of an operation on plain numbers, fast; None if it needs the general rule."""
    rule = elementwise.SCALARS.get(node.op)
    if rule is None or node.kwargs or not isinstance(node.value, float):
        return None
    return elementwise.scalar_shares(node, rule, adjoint)


def kept_shares(node: Node) -> tuple[tuple[Node, float], ...] | bool:
    """What `Node.shares` says: the derivatives of an operation on plain numbers, for every sweep that passes."""
    if node.function is sum and type(node.value) is float:
        return _shares_of_sum(node)
    found = scalar_partials(node, 1.0)
    if found is None:
        return False
    if all(math.isfinite(share) for _, share in found):
        return tuple((parent, float(share)) for parent, share in found)
    return True


def _shares_of_sum(node: Node) -> tuple[tuple[Node, float], ...] | bool:
    """Of Python's `sum` of a list of numbers, from zero on."""
    elements = node.args[0] if len(node.args) == 1 and not node.kwargs else None
    if not isinstance(elements, list | tuple):
        return False
    parents = [element.node for element in elements if isinstance(element, Ref)]
    if all(isinstance(parent.value, float | int) for parent in parents):
        return tuple((parent, 1.0) for parent in parents if isinstance(parent.value, float))
    return False
