"""Networks of `backproof.nn` are never called wrong: every layer, activation, loss; what is planted in them is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient
from backproof.nn import ACTIVATIONS, LOSSES, BatchNorm, Dense, Dropout, LayerNorm, Network, Residual
from backproof.nn.losses import FUSED

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(0, 1, (9, 4))
Y = GENERATOR.normal(0, 1, (9, 3))
SHARES = np.exp(Y) / np.exp(Y).sum(axis=1, keepdims=True)
LAYERS: dict[str, list[Any]] = {
    "dense": [Dense(5, "tanh"), Dense(3)],
    "without biases": [Dense(5, "tanh", bias=False), Dense(3, bias=False)],
    "residual": [Dense(5, "tanh"), Residual([Dense(6, "softplus"), Dense(5)]), Dense(3)],
    "dropout": [Dense(5, "tanh"), Dropout(0.5), Dense(3)],
    "batch norm": [Dense(5), BatchNorm(), Dense(3)],
    "layer norm": [Dense(5), LayerNorm(), Dense(3)],
}
DTYPES = ("float64", "float32")
OWN_LOSSES = [name for name in LOSSES if name not in FUSED.values()]
NEEDS_SHARES = {"binary_cross_entropy", "categorical_cross_entropy"}


def network(layers: list[Any], dtype: str, loss: str = "half_squared_error") -> Network:
    made = Network(layers, loss, dtype=dtype, seed=1)
    made.build(4)
    return made


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_is_right(name: str, dtype: str) -> None:
    check = check_gradient(network(LAYERS[name], dtype), X, Y)
    assert check.verdict == "right", check
    assert any("run in float64" in note for note in check.notes) == (dtype == "float32")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_right(name: str, dtype: str) -> None:
    check = check_gradient(network([Dense(5, name), Dense(3, name)], dtype), X, SHARES)
    assert check.verdict == "right", check


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", OWN_LOSSES)
def test_every_loss_is_right(name: str, dtype: str) -> None:
    for last in ["sigmoid", "softmax"] if name in NEEDS_SHARES else ["linear"]:
        check = check_gradient(network([Dense(5, "tanh"), Dense(3, last)], dtype, name), X, SHARES)
        assert check.verdict == "right", check


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["relu", "tanh", "softplus", "selu"])
def test_tiny_and_huge_inputs_are_never_called_wrong(name: str, dtype: str, scale: float) -> None:
    check = check_gradient(network([Dense(5, name), Dense(3)], dtype), scale * X, Y)
    assert check.verdict != "wrong", check


def test_dense_networks_are_checked_through_their_units_and_others_are_not() -> None:
    dense = check_gradient(network([Dense(20, "tanh"), Dense(3)], "float64"), X, Y)
    assert (dense.verdict, "through each unit's pre-activation" in dense.method) == ("right", True), dense
    weighted = check_gradient(network([Dense(20, "relu"), Dense(3)], "float64"), X, Y, np.arange(9.0))
    assert (weighted.verdict, "through each unit's pre-activation" in weighted.method) == ("right", True), weighted
    fused = check_gradient(
        network([Dense(6, "tanh"), Dense(3, "softmax")], "float64", "categorical_cross_entropy"), X, SHARES
    )
    assert (fused.verdict, "through each unit's pre-activation" in fused.method) == ("right", True), fused
    other = check_gradient(network(LAYERS["residual"], "float64"), X, Y)
    assert "through each unit's pre-activation" not in other.method


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_planted_is_found(name: str) -> None:
    made = network(LAYERS[name], "float64")
    right = made.gradients(X, Y)
    for key in right:
        off = right[key].copy()
        off.flat[-1] += 4e-6 * np.abs(off).max()
        check = check_gradient(made, X, Y, gradient={**right, key: off})
        wrong = [each.name for each in check.parameters if each.verdict == "wrong"]
        assert (check.verdict, wrong) == ("wrong", [key]), check
    doubled = check_gradient(made, X, Y, gradient={key: 9 * value for key, value in right.items()})
    assert doubled.mistakes == ("constant-factor-only",)
    assert "the number of samples" in str(doubled)


def test_the_network_is_left_as_it_was() -> None:
    made = network(LAYERS["batch norm"], "float32")
    before = made.theta.copy()
    assert check_gradient(made, X, Y, gradient=made.gradients(X, Y)).verdict != "wrong"
    check_gradient(made, X, Y)
    assert np.array_equal(made.theta, before)
    assert made.gradients(X, Y)["dense_1/weight"].dtype == np.float32


def test_bad_input_is_answered_clearly() -> None:
    with pytest.raises(UsageError, match="give inputs and targets"):
        check_gradient(network(LAYERS["dense"], "float64"), X)
    with pytest.raises(UsageError, match="no weights yet"):
        check_gradient(Network([Dense(3)]), X, Y)
    with pytest.raises(UsageError, match="no option 'epsilon' for a network"):
        check_gradient(network(LAYERS["dense"], "float64"), X, Y, epsilon=1)
