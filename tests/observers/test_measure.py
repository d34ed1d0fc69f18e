"""The measured quantities against hand-worked numbers; what they need of a namespace is NumPy's."""

import math

import numpy as np
import pytest

from backproof.observers import measure

P = np.array([[1.0], [2.0], [4.0]])
T = np.array([[1.0], [3.0], [5.0]])
CASES = [
    (measure.rms(np.array([3.0, -4.0]), np), math.sqrt(12.5)),
    (measure.rms(np.array([1e200, 1e200]), np), 1e200),  # the squares overflow, the result does not
    (measure.rms(np.zeros(3), np), 0.0),
    (measure.largest(np.array([3.0, -4.0]), np), 4.0),
    (measure.mean_magnitude(np.array([3.0, -4.0]), np), 3.5),
    (measure.unexplained(P, T, np), (2 / 3) / (8 / 3)),
    (measure.unexplained(P, np.ones((3, 1)), np), None),
    (measure.unexplained(P[:1], T[:1] + 1, np, T), 1 / (8 / 3)),
    (measure.spread(P, T, np), math.sqrt((14 / 9) / (8 / 3))),
    (measure.out_of_range(T, (0.0, 3.0), np), 1 / 3),
    (measure.at_limit(T, (0.0, 3.0), np), 1 / 3),
    (measure.saturated_units(np.array([[0.001, 0.001], [0.001, 0.2]]), 0.25, np), 0.5),
    (measure.dead_units(np.array([[-1.0, 1.0, 0.0], [-2.0, -1.0, -3.0]]), np), 2 / 3),
    (measure.update_ratio(np.array([0.1]), np.array([2.0]), np), 0.05),
    (measure.update_ratio(np.array([0.1]), np.array([0.0]), np), None),
    (measure.relative_change(2.0, 1.0), -0.5),
    (measure.relative_change(0.0, 1.0), None),
    (measure.average_loss("half_squared_error", P, T, np), 1 / 3),
    (measure.average_loss("absolute_error", P, T, np), 2 / 3),
]


@pytest.mark.parametrize(("measured", "true"), CASES)
def test_quantity_is_what_it_says(measured: float | None, true: float | None) -> None:
    assert measured == (None if true is None else pytest.approx(true))


def test_cross_entropy_takes_nothing_times_infinity_for_nothing() -> None:
    p, t = np.array([[1.0], [0.0], [0.5]]), np.array([[1.0], [0.0], [1.0]])
    assert measure.average_loss("binary_cross_entropy", p, t, np) == pytest.approx(math.log(2) / 3)
    one_hot = np.array([[1.0, 0.0]])
    assert measure.average_loss("categorical_cross_entropy", one_hot, one_hot, np) == 0.0


def test_cross_entropy_of_a_certain_mistake_is_infinite() -> None:
    with np.errstate(divide="ignore"):
        assert measure.average_loss("binary_cross_entropy", np.ones((1, 1)), np.zeros((1, 1)), np) == math.inf


def test_units_of_unlike_size_are_not_equal() -> None:
    z = np.array([[1e30, 1.0, 2.0, 2.0], [-1e30, 3.0, 1.0, 1.0]])
    assert measure.equal_units(z, np) == 0.5  # the last two only
