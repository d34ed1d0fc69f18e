"""Norms, inverses, systems of equations."""

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # np.matrix

RNG = np.random.default_rng(6)
X = RNG.normal(size=(4, 3))
SQUARE = RNG.normal(size=(2, 3, 3)) + 3 * np.eye(3)

NORMS = [
    (X, {}), (X[0], {}), (X[0], {"ord": 2}), (X[0], {"ord": 1}), (X[0], {"ord": np.inf}), (X[0], {"ord": -np.inf}),
    (X[0], {"ord": 3}), (X, {"ord": "fro"}), (X, {"axis": 1}), (X, {"axis": 0, "keepdims": True}), (X, {"ord": 2}),
    (X, {"ord": 1, "axis": 1}), (X, {"ord": np.inf, "axis": -1}), (SQUARE, {}), (SQUARE, {"axis": (1, 2)}),
    (X.view(np.matrix), {}), (X, {"keepdims": True}),
]  # fmt: skip


@pytest.mark.parametrize(("x", "how"), NORMS, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_norm(check, x, how):
    check("norm", np.linalg.norm, x, **how)


def test_norm_of_a_list_of_numbers(check):
    check("norm", np.linalg.norm, [0.5, 0.2])
    check("norm", np.linalg.norm, X, 2, 0)


@pytest.mark.parametrize("order", [1, np.inf, "nuc"])
def test_norms_of_matrices_left_to_differences(check, fixed, order):
    check("norm", np.linalg.norm, X, fixed(order), by_differences=True)


def test_inverse(check):
    check("inv", np.linalg.inv, SQUARE)
    check("inv", np.linalg.inv, SQUARE[0].view(np.matrix))
    check("pinv", np.linalg.pinv, X, by_differences=True)


def test_solve(check, fixed):
    check("solve", np.linalg.solve, SQUARE[0], X[0])
    check("solve", np.linalg.solve, SQUARE[0], X[:3])
    check("solve", np.linalg.solve, SQUARE, np.stack([X[:3, :2], X[1:, 1:]]))
    check("solve", np.linalg.solve, fixed(SQUARE[0]), X[0])


def test_determinant_and_trace(check):
    check("det", np.linalg.det, SQUARE)
    check("det", np.linalg.det, np.zeros((2, 2)), by_differences=True)
    check("trace", np.trace, X)
    check("trace", np.trace, X, 1)
    check("trace", np.trace, X, offset=-1)
    check("trace", lambda x: x.trace(), X.view(np.matrix))
    check("trace", np.trace, SQUARE, by_differences=True)
