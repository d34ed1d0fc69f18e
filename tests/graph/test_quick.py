"""The quick way gives what the table gives, and leaves alone what it does not cover."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from backproof.graph.derivatives import rule_for
from backproof.graph.node import Node, Ref
from backproof.graph.operands import contributions
from backproof.graph.quick import QUICK, quick

FUNCTIONS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "matmul": operator.matmul, "dot": np.dot,
}  # fmt: skip
SHAPES = [((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 1), (1, 4)), ((3, 4), ()), ((), (3, 4))]
PRODUCTS = [((3, 4), (4, 2)), ((3, 4), (4,)), ((3,), (3, 4))]


def recorded(op: str, left: Any, right: Any) -> Node:
    """The operation on two recorded values."""
    a, b = (Node(k, "input", None, (), {}, value, None, ()) for k, value in enumerate((left, right)))
    return Node(2, op, FUNCTIONS[op], (Ref(a), Ref(b)), {}, FUNCTIONS[op](left, right), None, ())


def test_every_quick_operation_is_compared() -> None:
    assert FUNCTIONS.keys() == QUICK.keys()


@pytest.mark.parametrize("op", QUICK)
def test_it_agrees_with_the_table(op: str) -> None:
    generator = np.random.default_rng(0)
    for left, right in PRODUCTS if op in ("matmul", "dot") else SHAPES:
        node = recorded(op, *(generator.normal(size=shape) if shape else 1.5 for shape in (left, right)))
        adjoint = generator.normal(size=node.value.shape)
        rule = rule_for(op)
        assert rule is not None
        found, expected = quick(node, adjoint), contributions(rule(node, adjoint))
        assert found is not None
        assert [parent for parent, _ in found] == [parent for parent, _ in expected]
        for (parent, mine), (_, theirs) in zip(found, expected, strict=True):
            assert np.shape(mine) == np.shape(parent.value)
            np.testing.assert_allclose(mine, theirs, rtol=1e-14, atol=1e-15)


def test_an_adjoint_of_zero_wins_against_an_infinite_factor() -> None:
    node = recorded("mul", np.array([1.0, 2.0]), np.array([np.inf, 3.0]))
    with np.errstate(all="ignore"):
        found = quick(node, np.array([0.0, 1.0]))
    assert found is not None
    assert found[0][1].tolist() == [0.0, 3.0]


@pytest.mark.parametrize(
    "value", [np.ones(3, np.float32), np.ones(3, complex), np.ones((1, 3)).view(np.matrix), [1.0, 2.0, 3.0]], ids=type
)
def test_what_is_not_double_precision_is_left_to_the_table(value: Any) -> None:
    assert quick(recorded("mul", value, 2.0 if not isinstance(value, list) else 2), np.ones(3)) is None
