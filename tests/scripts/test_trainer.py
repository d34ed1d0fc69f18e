"""Gradient, Jacobian and curvature of the trial trainings, against finite differences and an eigenvalue."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from backproof.scripts.described import DescribedLayer
from backproof.scripts.second_order import _jacobian
from backproof.scripts.trainer import Schedule, Stack, Variant, curvature, train
from backproof.scripts.unit_functions import LOSSES, UNITS
from backproof.scripts.variants import redrawn, standardisation

Array = NDArray[np.float64]


def layers(sizes: tuple[int, ...], activations: tuple[str, ...], seed: int = 0) -> tuple[DescribedLayer, ...]:
    rng = np.random.default_rng(seed)
    shapes = zip(itertools.pairwise(sizes), activations, strict=True)
    return tuple(DescribedLayer(rng.normal(0, 1, shape), rng.normal(0, 1, shape[1]), name) for shape, name in shapes)


def target_like(loss: str, rng: np.random.Generator) -> Array:
    return np.eye(3)[rng.integers(0, 3, 7)] if loss == "categorical_cross_entropy" else rng.uniform(0.1, 0.9, (7, 3))


LOSS_VALUES: dict[str, Callable[[Array, Array], float]] = {
    "half_squared_error": lambda p, t: 0.5 * np.sum((p - t) ** 2),
    "binary_cross_entropy": lambda p, t: -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)),
    "categorical_cross_entropy": lambda p, t: -np.sum(t * np.log(p)),
    "absolute_error": lambda p, t: np.sum(np.abs(p - t)),
}


# All but the logarithm of a linear output.
HEADS = [
    (output, loss)
    for output in ("linear", "sigmoid", "softmax")
    for loss in LOSSES
    if output != "linear" or not loss.endswith("cross_entropy")
]


@pytest.mark.parametrize(("output", "loss"), HEADS)
@pytest.mark.parametrize("hidden", UNITS)
def test_gradient_and_jacobian_are_those_of_finite_differences(hidden: str, output: str, loss: str) -> None:
    rng = np.random.default_rng(0)
    start = layers((2, 4, 3), (hidden, output))
    x, y = rng.normal(0, 1, (7, 2)), target_like(loss, rng)
    stack = Stack([Variant(start, 0.1), Variant(redrawn(start, rng), 0.1, *standardisation(x))], loss)
    seen, home = stack.seen(x), stack.parameters.copy()
    gradient = stack.gradient(seen, y)
    single = Stack([Variant(start, 0.1)], loss)
    jacobian, _ = _jacobian(single, single.seen(x), y, single.mask[0] > 0)
    for k in range(home.shape[1]):
        ends = []
        for h in (1e-5, -1e-5):
            stack.parameters[:] = home
            stack.parameters[:, k] += h
            ends.append(stack.forward(seen)[1][-1])
        losses = [[LOSS_VALUES[loss](p, y) / len(x) for p in end] for end in ends]
        numeric = (np.array(losses[0]) - np.array(losses[1])) / 2e-5
        assert gradient[:, k] == pytest.approx(numeric, rel=1e-5, abs=1e-8)
        assert jacobian[:, k] == pytest.approx(((ends[0] - ends[1]) / 2e-5)[0].ravel(), rel=1e-5, abs=1e-8)


def test_the_curvature_of_a_linear_layer_is_the_largest_eigenvalue() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, [1, 5, 2], (80, 3))
    stack = Stack([Variant((DescribedLayer(np.ones((3, 1)), None, "linear"),), 1.0)], "half_squared_error")
    largest = np.linalg.eigvalsh(x.T @ x / len(x))[-1]
    assert curvature(stack, x, np.zeros((80, 1)), 80, 0)[0] == pytest.approx(largest, rel=0.01)


def test_variants_do_not_touch_each_other() -> None:
    x, start = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), layers((2, 2, 1), ("tanh", "linear"))
    y = x[:, :1] * x[:, 1:]
    stacks = (Stack([Variant(start, rate) for rate in rates], "half_squared_error") for rates in ((0.1,), (1e300, 0.1)))
    ends = [train(stack, x, y, Schedule(100, 2), 0, np.inf)[0][-1].end for stack in stacks]
    assert ends[0] == pytest.approx(ends[1], rel=1e-9)
