"""Mistakes in gradients and steps of networks that are known layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import backproof
from backproof.errors import UsageError
from backproof.gradcheck.explaining import explain_gradient, explain_step
from backproof.nn import BatchNorm, Dense, Network
from benchmarks.checking.slips import Case, Slip, backprop, draw

GENERATOR = np.random.default_rng(0)
X, Y = GENERATOR.normal(0, 1, (12, 3)), GENERATOR.uniform(0.1, 0.9, (12, 2))


def network() -> Network:
    made = Network([Dense(4, "sigmoid"), Dense(4, "tanh"), Dense(2, "sigmoid")], seed=1)
    made.build(3)
    return made


def with_slips(*slips: Slip) -> Any:
    return lambda network, x, y: backprop(network, x, y, slips)


@pytest.mark.parametrize("seed", range(20_000, 20_040))
def test_planted_mistakes_are_called_wrong_and_right_gradients_right(seed: int) -> None:
    case = draw(seed, 1 + seed % 2)
    assert explain_gradient(case.network, case.x, case.y, case.gradient).verdict == "wrong"
    right = Case(case.network, case.x, case.y, ())
    check = explain_gradient(right.network, right.x, right.y, right.gradient)
    assert (check.verdict, check.mistakes) == ("right", ()), str(check)


@pytest.mark.parametrize(
    ("slips", "rules"),
    [
        ((Slip("missing", 2),), {"missing-activation-derivative"}),
        ((Slip("argument", 1),), {"activation-derivative-wrong-argument"}),
        ((Slip("link_transposed", 2),), {"transposed-gradient"}),
        ((Slip("bias_mean", 2),), {"bias-gradient-wrong"}),
        ((Slip("sign_all", 0),), {"wrong-sign-update"}),
        (
            (Slip("missing", 1), Slip("gradient_transposed", 2)),
            {"missing-activation-derivative", "transposed-gradient"},
        ),
    ],
)
def test_mistakes_are_named(slips: tuple[Slip, ...], rules: set[str]) -> None:
    check = explain_gradient(network(), X, Y, with_slips(*slips))
    assert (check.verdict, set(check.mistakes)) == ("wrong", rules), str(check)


def test_a_gradient_on_its_own_is_explained_too() -> None:
    check = explain_gradient(network(), X, Y, backprop(network(), X, Y, (Slip("formula_argument", 1),)))
    assert check.mistakes == ("activation-derivative-wrong-argument",)


def test_nonsense_gets_no_name() -> None:
    def nonsense(network: Any, x: Any, y: Any) -> Mapping[str, Any]:
        return {name: np.cos(7 * part) for name, part in backprop(network, x, y, ()).items()}

    assert explain_gradient(network(), X, Y, nonsense).mistakes == ("unexplained-wrong-gradient",)


def test_a_torch_module_is_explained_likewise() -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 2)).double()
    x, y = torch.tensor(X), torch.tensor(Y)

    def by_hand(derivative: Any) -> Any:
        def gradient(module: Any, x: Any, y: Any) -> Mapping[str, Any]:
            x, y = np.asarray(x), np.asarray(y)
            w1, b1, w2, b2 = (each.detach().numpy() for each in module.parameters())
            a = 1 / (1 + np.exp(-(x @ w1.T + b1)))
            delta = 2 * (a @ w2.T + b2 - y) / y.size
            back = delta @ w2 * derivative(a)
            return {"0.weight": back.T @ x, "0.bias": back.sum(0), "2.weight": delta.T @ a, "2.bias": delta.sum(0)}

        return gradient

    loss = torch.nn.functional.mse_loss
    assert explain_gradient(module, x, y, by_hand(lambda a: a * (1 - a)), loss=loss).verdict == "right"
    check = explain_gradient(module, x, y, by_hand(lambda a: 1), loss=loss)
    assert (check.verdict, check.mistakes) == ("wrong", ("missing-activation-derivative",)), str(check)


def test_a_step_tells_rate_momentum_and_weight_decay() -> None:
    made = network()
    old = {name: value.copy() for name, value in made.parameters.items()}
    earlier = {name: value + 0.1 * GENERATOR.standard_normal(value.shape) for name, value in old.items()}
    grads = made.gradients(X, Y)

    def after(rate: float, decay: float = 0.0, momentum: float = 0.0) -> dict[str, Any]:
        return {
            k: old[k] - rate * (grads[k] + decay * old[k]) + momentum * (old[k] - earlier[k]) for k in old
        }  # fmt: skip

    for rate, decay, momentum in ((0.1, 0.0, 0.0), (0.3, 0.01, 0.0), (0.1, 0.0, 0.9), (0.2, 0.02, 0.5)):
        found = explain_step(made, X, Y, old, after(rate, decay, momentum), previous=earlier)
        assert found, str(found)
        assert (found.rate, found.weight_decay, found.momentum) == pytest.approx((rate, decay, momentum), abs=1e-9)
    assert explain_step(made, X, Y, old, after(-0.1)).mistakes == ("wrong-sign-update",)
    for step, rule in (
        (after(0.1, -0.01), "weight-decay-gradient-wrong"),
        (after(0.1, 0.0, -0.9), "optimizer-formula-wrong"),
    ):
        found = explain_step(made, X, Y, old, step, previous=earlier)
        assert (found.verdict, found.mistakes) == ("wrong", (rule,)), str(found)


def test_a_wrong_step_is_named() -> None:
    made = network()
    old = {name: value.copy() for name, value in made.parameters.items()}
    wrong = backprop(made, X, Y, (Slip("missing", 2),))
    found = explain_step(made, X, Y, old, {name: old[name] - 0.1 * wrong[name] for name in old})
    assert (found.verdict, found.mistakes) == ("wrong", ("missing-activation-derivative",)), str(found)
    assert found.to_dict()["mistakes"] == ["missing-activation-derivative"]


def test_bad_input_is_answered_clearly() -> None:
    made, grads = network(), backprop(network(), X, Y, ())
    old = {name: value.copy() for name, value in made.parameters.items()}
    other = Network([Dense(4, "tanh"), BatchNorm(), Dense(2)], seed=0)
    other.build(3)
    with pytest.raises(UsageError, match="has nothing for dense_2/bias"):
        explain_gradient(made, X, Y, {name: part for name, part in grads.items() if name != "dense_2/bias"})
    with pytest.raises(UsageError, match=r"has shape \(4, 3\), the parameter \(3, 4\)"):
        explain_gradient(made, X, Y, {**grads, "dense_1/weight": grads["dense_1/weight"].T})
    with pytest.raises(UsageError, match="a network of dense layers alone"):
        explain_gradient(other, X, Y, grads)
    with pytest.raises(UsageError, match="no step was taken"):
        explain_step(made, X, Y, old, old)


def test_they_are_public() -> None:
    assert backproof.explain_gradient is explain_gradient
    assert backproof.explain_step is explain_step
