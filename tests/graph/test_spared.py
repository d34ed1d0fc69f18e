"""A value that is not kept is what it was; what would be dear or may have changed is kept."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backproof.graph.node import Node, Ref
from backproof.graph.spared import DEPTH, NARROW, Cache, can_spare, is_kept, spare

X = np.random.default_rng(0).normal(size=(50, 3))
LEAF = Node(0, "leaf", value=X)


def made(op: str, function: Callable[..., Any], *args: Any, index: int = 1, **kwargs: Any) -> Node:
    values = [argument.value if isinstance(argument, Node) else argument for argument in args]
    refs = tuple(Ref(argument) if isinstance(argument, Node) else argument for argument in args)
    return Node(index, op, function, refs, kwargs, function(*values, **kwargs))


def safe(_: Node) -> bool:
    return True


@pytest.mark.parametrize(
    "node",
    [
        made("add", operator.add, LEAF, LEAF),
        made("sub", operator.sub, 1.0, LEAF),
        made("exp", np.exp, LEAF),
        made("maximum", np.maximum, LEAF, 0.0),
        made("transpose", operator.attrgetter("T"), LEAF),
        made("matmul", operator.matmul, LEAF, Node(9, "leaf", value=np.ones((3, 4)))),
    ],
    ids=lambda node: node.op,
)
def test_the_value_of_a_cheap_operation_is_computed_again(node: Node) -> None:
    value = node.value.copy()
    assert can_spare(node, safe)
    spare(node, Cache())
    assert not is_kept(node)
    assert (node.shape, node.size) == (value.shape, value.size)
    assert np.array_equal(node.value, value)
    LEAF.value = 2 * X  # that it is computed, not kept, shows when its operand is changed
    fresh = Node(node.index, node.op, node.function, node.args, node.kwargs, value)
    spare(fresh, Cache())
    assert not np.array_equal(fresh.value, value)
    LEAF.value = X


WIDE = Node(8, "leaf", value=np.ones((NARROW + 1, NARROW + 1)))


@pytest.mark.parametrize(
    "node",
    [
        LEAF,
        made("sum", np.sum, LEAF),
        made("normal", np.random.default_rng(0).normal, LEAF),
        made("add", np.add, LEAF, 1.0, dtype=np.float64),
        made("mul", operator.mul, LEAF, X[0]),
        made("mul", operator.mul, Node(7, "leaf", value=X.view(np.matrix)), 2.0),
        made("matmul", operator.matmul, WIDE, WIDE),
    ],
    ids=lambda node: f"{node.op} {len(node.args)}",
)
def test_what_is_dear_or_not_sure_is_kept(node: Node) -> None:
    assert not can_spare(node, safe)


def test_an_operand_that_may_change_and_a_result_written_in_place_are_kept() -> None:
    node = made("add", operator.add, LEAF, 1.0)
    assert not can_spare(node, lambda parent: parent is not LEAF)
    node.inplace = True
    assert not can_spare(node, safe)


def test_after_many_values_that_are_not_kept_one_is() -> None:
    cache, node, spared = Cache(), LEAF, []
    for k in range(3 * DEPTH):
        node = made("add", operator.add, node, 1.0, index=k + 1)
        spared.append(can_spare(node, safe))
        if spared[-1]:
            spare(node, cache)
    assert spared.count(False) == 2
    cache.clear()
    assert np.allclose(node.value, X + 3 * DEPTH)


def test_what_is_computed_again_is_held_within_a_limit() -> None:
    cache = Cache(limit=3 * X.nbytes)
    nodes = [made("mul", operator.mul, LEAF, float(k), index=k + 1) for k in range(10)]
    for node in nodes:
        spare(node, cache)
    for _ in range(2):
        for k, node in enumerate(nodes):
            assert np.array_equal(node.value, X * k)
            assert cache.bytes <= cache.limit
    assert nodes[-1].value is nodes[-1].value, "the last ones are at hand"
