"""Gradients of whole networks against PyTorch's autograd, against 60 digits, in single precision, and at any shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backproof.nn import ACTIVATIONS, LOSSES, BatchNorm, Dense, LayerNorm, Network, Residual
from tests.nn.exact import CROSSES, EXACT, LOSS_SLOPES

TORCH = json.loads((Path(__file__).parent / "torch_gradients.json").read_text(encoding="utf-8"))
OUTPUT = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}
CLASSES = ("categorical_cross_entropy", "softmax_cross_entropy")
BLOCKS: dict[str, Callable[[], Any]] = {
    "layer_norm": LayerNorm,
    "batch_norm": BatchNorm,
    "residual": lambda: Residual([Dense(3, "tanh", bias=False)]),
}


# -- PyTorch


def of_case(name: str, dtype: str = "float64") -> tuple[Network, np.ndarray, np.ndarray, np.ndarray | None]:
    activation, loss, *more = name.split(", ")
    block = [BLOCKS[part]() for part in more if part in BLOCKS]
    layers = [Dense(3, activation), *block, Dense(2, OUTPUT.get(loss, "linear"))]
    network = Network(layers, loss, dtype=dtype)
    network.build(2)
    for key, value in TORCH["parameters"].items():
        network.parameters[key][...] = value
    if "residual" in more:
        network.parameters["residual_1/dense_1/weight"][...] = TORCH["block"]
    y = np.array(TORCH["targets"]["classes" if loss in CLASSES else "numbers"])
    return network, np.array(TORCH["x"]), y, np.array(TORCH["weights"]) if "weighted" in more else None


def close(found: np.ndarray, expected: Any, tolerance: float) -> bool:
    """To the tolerance, relative to the largest entry: what cancels in a sum has no digits of its own."""
    exact = np.array(expected)
    return bool(np.max(np.abs(found - exact)) <= tolerance * np.max(np.abs(exact)))


def gradients(
    network: Network, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None
) -> tuple[float, dict[str, Any]]:
    """As while training."""
    x, y = x.astype(network.dtype), y.astype(network.dtype)
    given = None if weights is None else weights.astype(network.dtype)
    value, found, grad_x = network.loss_and_gradients(x, y, given, np.random.default_rng(0))
    return value, {**found, "inputs": grad_x}


@pytest.mark.parametrize("name", TORCH["cases"])
def test_autograd_has_the_same_gradient(name: str) -> None:
    value, found = gradients(*of_case(name))
    case = TORCH["cases"][name]
    assert value == pytest.approx(case["loss"], rel=1e-12)
    for key, expected in case["gradients"].items():
        assert close(found[key], expected, 1e-12), key


def test_every_activation_and_loss_is_among_them() -> None:
    pairs = {tuple(name.split(", ")[:2]) for name in TORCH["cases"]}
    assert pairs == {(activation, loss) for activation in ACTIVATIONS for loss in LOSSES}


def test_another_derivative_would_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "tanh, half_squared_error"
    network, *data = of_case(name)
    monkeypatch.setattr(network.layers[0], "activation", ACTIVATIONS["sigmoid"])
    _, found = gradients(network, *data)
    assert not close(found["dense_1/weight"], TORCH["cases"][name]["gradients"]["dense_1/weight"], 1e-3)


@pytest.mark.parametrize("name", [name for name in TORCH["cases"] if "batch_norm" not in name])
def test_single_precision_is_wrong_by_its_rounding_only(name: str) -> None:
    """Two products, two functions and sums of three: some hundred roundings of 6e-8 at most."""
    _, found = gradients(*of_case(name, "float32"))
    for key, expected in TORCH["cases"][name]["gradients"].items():
        assert found[key].dtype == np.float32
        assert close(found[key], expected, 1e-5), key


# -- sixty digits


@pytest.mark.parametrize("loss", LOSS_SLOPES)
@pytest.mark.parametrize("activation", EXACT)
@mpmath.workdps(360)  # 1 - sigmoid(700) is 1e-304
def test_the_gradient_keeps_its_digits_up_to_700(activation: str, loss: str) -> None:
    """One unit: dloss/dw = loss'(a) f'(z) x, relative to its own size, however small that is."""
    network = Network([Dense(1, activation, bias=False)], loss)
    network.build(1)
    function, derivative = EXACT[activation]
    middle, width = CROSSES.get(activation, (np.inf, 0.0))
    for z in (-700.0, -300.5, -50.0, -14.25, -1.0, -0.125, 0.375, 2.0, 37.0, 50.0, 300.5, 700.0):
        if abs(z - middle) < width:
            continue
        network.theta[...] = z / 2  # the input is 2: no rounding in z
        y = 0.3125
        _, found, grad_x = network.loss_and_gradients(np.array([[2.0]]), np.array([[y]]))
        a, slope = function(mpmath.mpf(z)), derivative(mpmath.mpf(z))
        exact = LOSS_SLOPES[loss](mpmath.mpf(a), mpmath.mpf(y)) * slope
        for got, factor in ((found["dense_1/weight"][0, 0], 2), (grad_x[0, 0], mpmath.mpf(z) / 2)):
            expected = exact * factor
            if abs(expected) < 1e-300:  # denormal numbers have fewer digits
                assert abs(got) < 2e-300
            else:
                assert float(abs((mpmath.mpf(float(got)) - expected) / expected)) < 1e-13, z


# -- any shape


@settings(max_examples=40)
@given(
    st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 7), st.integers(0, 2**32 - 1),
    st.sampled_from(sorted(set(ACTIVATIONS) - {"relu", "leaky_relu", "selu"})),
)  # fmt: skip
def test_along_any_direction_the_loss_changes_by_the_gradient(
    inputs: int, units: int, outputs: int, rows: int, seed: int, activation: str
) -> None:
    """At any shape, one row included; by differences that are exact to the fourth order."""
    generator = np.random.default_rng(seed)
    network = Network([Dense(units, activation), Residual([Dense(units, "tanh")]), Dense(outputs)], seed=seed)
    network.build(inputs)
    x, y = generator.normal(size=(rows, inputs)), generator.normal(size=(rows, outputs))
    weights = generator.uniform(0.1, 2, rows)
    _, found, grad_x = network.loss_and_gradients(x, y, weights)
    direction, moved = generator.normal(size=network.theta.size), generator.normal(size=x.shape)
    flat = np.concatenate([found[name].ravel() for name in network.parameters])
    home, h = network.theta.copy(), 1e-3

    def at(t: float) -> float:
        network.theta[...] = home + t * direction
        return network.loss_and_gradients(x + t * moved, y, weights)[0]

    numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    analytic = float(flat @ direction + np.sum(grad_x * moved))
    scale = np.linalg.norm(flat) * np.linalg.norm(direction) + np.linalg.norm(grad_x) * np.linalg.norm(moved)
    assert abs(numeric - analytic) <= 1e-7 * (scale + 1)


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_a_batch_is_the_mean_of_its_rows(rows: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = Network([Dense(3, "gelu"), LayerNorm(), Dense(2, "softmax")], "categorical_cross_entropy", seed=seed % 7)
    network.build(2)
    x, y = generator.normal(size=(rows, 2)), np.eye(2)[generator.integers(0, 2, rows)]
    _, whole, grad_x = network.loss_and_gradients(x, y)
    single = [network.loss_and_gradients(x[[k]], y[[k]]) for k in range(rows)]
    for name, value in whole.items():
        mean = np.mean([found[name] for _, found, _ in single], axis=0)
        np.testing.assert_allclose(value, mean, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(grad_x * rows, np.concatenate([each[2] for each in single]), rtol=1e-10, atol=1e-13)
