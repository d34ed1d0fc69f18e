"""Each activation and its derivative, against arbitrary-precision arithmetic and against differences."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.nn.activations import ACTIVATIONS, softmax, softmax_derivative
from tests.nn.exact import CROSSES, EXACT

mpmath.mp.dps = 60

POINTS = np.concatenate(
    [
        [0.0, 1e-300, -1e-300, 1e-8, -1e-8, 37.0, -37.0, 50.0, -50.0, 700.0, -700.0],
        np.random.default_rng(5).uniform(-700, 700, 40),
        np.random.default_rng(6).uniform(-40, 40, 60),
        np.random.default_rng(7).uniform(-3, 3, 60),
    ]
)


def relative(got: float, exact: mpmath.mpf) -> float:
    if abs(exact) < 1e-305:  # denormal, or none: nothing finer can be told
        return abs(float(got) - float(exact)) / 1e-305
    return float(abs((mpmath.mpf(float(got)) - exact) / exact))


def test_every_activation_is_compared() -> None:
    assert EXACT.keys() | {"softmax"} == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", EXACT)
def test_value_and_derivative_are_exact_to_rounding_over_the_whole_range(name: str) -> None:
    activation = ACTIVATIONS[name]
    value, derivative = EXACT[name]
    a = activation.function(POINTS)
    slope = activation.derivative(POINTS, a)
    middle, width = CROSSES.get(name, (np.inf, 0.0))
    for z, got_a, got_slope in zip(POINTS, a, slope, strict=True):
        exact = mpmath.mpf(float(z))
        assert relative(got_a, value(exact)) < 4e-15, z
        if abs(z - middle) > width:
            assert relative(got_slope, derivative(exact)) < 1e-14, z


@pytest.mark.parametrize("name", [name for name in EXACT if name not in ("relu", "leaky_relu", "linear")])
def test_the_naive_derivative_would_not_pass(name: str) -> None:
    """What the comparison is for: a (1 - a) is exactly 0 at z = 50."""
    z = np.array([50.0])
    naive = ACTIVATIONS["sigmoid"].function(z) * (1 - ACTIVATIONS["sigmoid"].function(z))
    assert naive[0] == 0
    assert relative(ACTIVATIONS["sigmoid"].derivative(z, z)[0], EXACT["sigmoid"][1](mpmath.mpf(50))) < 1e-15


@pytest.mark.parametrize("name", EXACT)
def test_single_precision_stays_single_and_close(name: str) -> None:
    z = np.linspace(-80, 80, 401, dtype=np.float32)
    activation = ACTIVATIONS[name]
    a = activation.function(z)
    slope = activation.derivative(z, a)
    assert a.dtype == slope.dtype == np.float32
    wide = z.astype(np.float64)
    np.testing.assert_allclose(a, activation.function(wide), rtol=2e-6, atol=1e-37)
    np.testing.assert_allclose(slope, activation.derivative(wide, activation.function(wide)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_no_float_makes_it_overflow_or_nan(name: str, kind: type) -> None:
    limits = np.finfo(kind)
    z = np.array([0, limits.tiny, -limits.tiny, limits.max, -limits.max, 1e4, -1e4], dtype=kind)
    z = z[np.abs(z) < 1e30] if name == "selu" else z  # 1.05 times the largest float is none
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = ACTIVATIONS[name].function(z)
        slope = ACTIVATIONS[name].derivative(z, a)
    assert np.isfinite(slope).all()
    assert np.isfinite(a[np.abs(z) < 1e30]).all()


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=6))
def test_softmax_sums_to_one_and_its_backward_is_its_jacobian(row: list[float]) -> None:
    z = np.array([row])
    a = softmax(z)
    assert abs(a.sum() - 1) < 1e-12
    jacobian = np.diag(a[0]) - np.outer(a[0], a[0])
    for k in range(len(row)):
        grad = np.eye(len(row))[[k]]
        np.testing.assert_allclose(ACTIVATIONS["softmax"].backward(grad, z, a)[0], jacobian[k], atol=1e-15)
    np.testing.assert_allclose(softmax_derivative(z, a)[0], np.diag(jacobian), atol=1e-15)
