"""Recording by hand, and the comparison of a vector-Jacobian product with differences of the function itself."""

from __future__ import annotations

import warnings
from itertools import count

import numpy as np
import pytest

from backproof.graph.autodiff import DIFFERENCED, vjp
from backproof.graph.node import Node, Ref
from backproof.graph.operands import flat, is_real, rebuild, shape_of


class Recorder:
    """Makes nodes: floating-point arrays and numbers among the arguments become leaves."""

    def __init__(self):
        self.indices = count()

    def leaf(self, value):
        return Node(next(self.indices), "leaf", value=value)

    def referred(self, argument):
        if isinstance(argument, Node):
            return Ref(argument)
        if isinstance(argument, Fixed):
            return argument.value
        if type(argument) in (list, tuple):
            return type(argument)(self.referred(element) for element in argument)
        return Ref(self.leaf(argument)) if is_real(argument) else argument

    def __call__(self, op, function, *args, **kwargs):
        args = tuple(self.referred(argument) for argument in args)
        kwargs = {key: self.referred(argument) for key, argument in kwargs.items()}
        node = Node(next(self.indices), op, function, args, kwargs)
        with np.errstate(all="ignore"):
            node.value = node.evaluate({})
        return node


class Fixed:
    """A constant among the arguments."""

    def __init__(self, value):
        self.value = value


def slopes(node, parent, adjoint):
    """The vector-Jacobian product by differences of fourth order: no code in common with the package's."""
    point = flat(parent.value)
    result = np.zeros(point.size)
    for i in range(point.size):
        step = 1e-3 * max(1e-3, min(1.0, abs(point[i])))
        values = []
        for factor in (-2, -1, 1, 2):
            moved = point.copy()
            moved[i] += factor * step
            values.append(adjoint.ravel() @ flat(node.evaluate({parent.index: rebuild(parent.value, moved)})))
        result[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    return result.reshape(shape_of(parent.value))


@pytest.fixture
def record():
    return Recorder()


@pytest.fixture
def fixed():
    return Fixed


@pytest.fixture
def check(record):
    """Record one call and compare; by a rule unless `by_differences`."""

    def compare(op, function, *args, by_differences=False, tolerance=1e-7, **kwargs):
        node = record(op, function, *args, **kwargs)
        adjoint = np.random.default_rng(7).uniform(0.5, 1.5, shape_of(node.value))
        DIFFERENCED.clear()
        arrived = {}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            partials = vjp(node, adjoint)
        for parent, value in partials:
            assert value.shape == shape_of(parent.value)
            assert value.dtype == np.float64
            arrived[parent] = arrived.get(parent, 0) + value
        assert bool(DIFFERENCED) == by_differences, "differentiated by differences, or by a rule, against expectation"
        for parent in node.parents:
            if is_real(parent.value):
                expected = slopes(node, parent, adjoint)
                got = arrived.get(parent, np.zeros(shape_of(parent.value)))
                np.testing.assert_allclose(
                    got, expected, rtol=tolerance, atol=tolerance * (1 + np.abs(expected).max(initial=0))
                )
        return node

    return compare
