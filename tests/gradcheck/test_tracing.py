"""Losses over NumPy arrays whose forward pass is recorded, so that the mistake in their gradient can be named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backproof.gradcheck.check import check_gradient
from backproof.gradcheck.compared import comparison_in
from backproof.gradcheck.tracing import CannotTrace, Tape

GENERATOR = np.random.default_rng(0)
X, Y = GENERATOR.normal(0, 1, (20, 3)), GENERATOR.normal(0, 1, (20, 2))
CLASSES = np.eye(2)[GENERATOR.integers(0, 2, 20)]
Gradient = Callable[[dict[str, Any]], dict[str, Any]]


def parameters() -> dict[str, Any]:
    generator = np.random.default_rng(1)
    shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}
    return {name: generator.normal(0, 1, shape) for name, shape in shapes.items()}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    power = np.exp(z - z.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def forward(p: dict[str, Any]) -> tuple[Any, Any, Any]:
    z = X @ p["W1"] + p["b1"]
    a = sigmoid(z)
    return z, a, a @ p["W2"] + p["b2"]


def binary(p: Any) -> Any:
    return -np.mean(CLASSES * np.log(p) + (1 - CLASSES) * np.log(1 - p))


LOSSES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "sum of squares": lambda p: np.sum((forward(p)[2] - Y) ** 2) / 2,
    "mean of squares, turned": lambda p: np.mean(np.square(Y - forward(p)[2])),
    "dot": lambda p: 0.5 * (forward(p)[2] - Y).ravel().dot((forward(p)[2] - Y).ravel()),
    "categorical": lambda p: -(CLASSES * np.log(softmax(forward(p)[2]) + 1e-12)).sum() / 20,
    "binary": lambda p: binary(sigmoid(forward(p)[2])),
    "penalised": lambda p: np.sum((forward(p)[2] - Y) ** 2) / 2 + 0.1 * np.sum(p["W1"] ** 2),
}
ERRORS: dict[str, Callable[[Any], Any]] = {
    "sum of squares": lambda output: output - Y,
    "mean of squares, turned": lambda output: 2 * (output - Y) / output.size,
    "dot": lambda output: output - Y,
    "categorical": lambda output: (softmax(output) - CLASSES) / 20,
    "binary": lambda output: (sigmoid(output) - CLASSES) / output.size,
    "penalised": lambda output: output - Y,
}
DERIVATIVES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "missing": (lambda z, a: 1.0, "missing-activation-derivative"),
    "of the activation": (lambda z, a: sigmoid(a) * (1 - sigmoid(a)), "activation-derivative-wrong-argument"),
    "formula fed with z": (lambda z, a: z * (1 - z), "activation-derivative-wrong-argument"),
    "of tanh": (lambda z, a: 1 - a**2, "wrong-activation-derivative"),
}


def gradient(loss: str, derivative: Callable[[Any, Any], Any]) -> Gradient:
    def found(p: dict[str, Any]) -> dict[str, Any]:
        z, a, output = forward(p)
        error = ERRORS[loss](output)
        delta = error @ p["W2"].T * derivative(z, a)
        decay = 0.2 * p["W1"] if loss == "penalised" else 0.0
        return {"W1": X.T @ delta + decay, "b1": delta.sum(axis=0), "W2": a.T @ error, "b2": error.sum(axis=0)}

    return found


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "dot"])
@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_the_mistake_is_named_for_what_the_functions_compute(loss: str, derivative: str) -> None:
    formula, rule = DERIVATIVES[derivative]
    check = check_gradient(LOSSES[loss], parameters(), gradient(loss, formula))
    assert (check.verdict, check.mistakes) == ("wrong", (rule,)), str(check)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_right_gradient_is_called_right(loss: str) -> None:
    check = check_gradient(LOSSES[loss], parameters(), gradient(loss, lambda z, a: a * (1 - a)))
    assert (check.verdict, check.mistakes) == ("right", ()), str(check)


def test_numbers_alone_are_explained_too() -> None:
    given = gradient("sum of squares", lambda z, a: 1.0)(parameters())
    check = check_gradient(LOSSES["sum of squares"], parameters(), given)
    assert check.mistakes == ("missing-activation-derivative",)


@pytest.mark.parametrize("name", LOSSES)
def test_prediction_and_target_are_found(name: str) -> None:
    tape = Tape()
    parts = {key: tape.leaf(value) for key, value in parameters().items()}
    found = comparison_in(LOSSES[name](parts).node, [part.node for part in parts.values()])
    if name == "dot":  # the forward pass ran twice: which of the two predictions is it?
        assert found is None
        return
    assert found is not None
    assert found.prediction.shape == (20, 2)
    assert np.array_equal(found.target, CLASSES if name in ("categorical", "binary") else Y)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: float(x.sum()),
        lambda x: x.__setitem__(0, 1.0),
        lambda x: np.add(x, 1, out=np.zeros(3)),
        lambda x: x.sort(),
    ],
)
def test_what_is_not_recorded_is_never_explained(change: Callable[[Any], Any]) -> None:
    with pytest.raises(CannotTrace):
        change(Tape().leaf(np.ones(3)))


def test_a_loss_that_cannot_be_recorded_is_checked_all_the_same() -> None:
    check = check_gradient(lambda x: float(sum(float(v) ** 2 for v in x)), np.arange(1.0, 4.0), lambda x: x**3)
    assert (check.verdict, check.mistakes) == ("wrong", ("unexplained-wrong-gradient",))
