"""Recorded nodes with other values: what a part of the computation would have been, as nodes again."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np

from backproof.graph.node import Node, Ref, Value, resolve


def shadows(nodes: Iterable[Node], values: Mapping[int, Value]) -> dict[int, Node]:
    """Copies of all of `nodes` (in order) that depend on a value given in `values`, with the values they would have.

    Args:
        nodes: Nodes in recording order.
        values: New values by node index.

    Returns:
        The copies by index; they refer to each other, and to the recorded nodes where nothing changes. The nodes of
        `values` themselves become leaves.
    """
    copies = {index: Node(index, "leaf", value=value) for index, value in values.items()}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what would be computed is no concern of the user's
        for node in nodes:
            if node.index in copies or node.function is None:
                continue
            if any(parent.index in copies for parent in node.parents):
                copies[node.index] = _copy(node, copies)
    return copies


def with_argument(node: Node, position: int, value: Value) -> Node:
    """A copy of `node` that has a constant as its argument number `position`; its own value is not computed again."""
    arguments = (*node.args[:position], value, *node.args[position + 1 :])
    return Node(node.index, node.op, node.function, arguments, node.kwargs, node.value, node.span, node.frames)


def _copy(node: Node, copies: Mapping[int, Node]) -> Node:
    def reference(parent: Node) -> Ref:
        return Ref(copies.get(parent.index, parent))

    def value_of(parent: Node) -> Value:
        return parent.value

    assert node.function is not None
    args = resolve(node.args, reference)
    kwargs = {key: resolve(value, reference) for key, value in node.kwargs.items()}
    value = node.function(
        *resolve(args, value_of), **{key: resolve(argument, value_of) for key, argument in kwargs.items()}
    )
    return Node(node.index, node.op, node.function, args, kwargs, value, node.span, node.frames)
