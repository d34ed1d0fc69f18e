"""Losses and gradients as callables over arrays, numbers and nested structures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.errors import UsageError
from backproof.gradcheck.check import check_gradient

GENERATOR = np.random.default_rng(0)
X, Y = GENERATOR.normal(0, 1, (20, 3)), GENERATOR.normal(0, 1, (20, 2))


def parameters(dtype: str = "float64") -> dict[str, Any]:
    generator = np.random.default_rng(1)
    shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}
    return {name: generator.normal(0, 1, shape).astype(dtype) for name, shape in shapes.items()}


def forward(p: dict[str, Any]) -> tuple[Any, Any, Any]:
    z = X @ p["W1"] + p["b1"]
    a = np.tanh(z)
    return z, a, a @ p["W2"] + p["b2"]


def loss(p: dict[str, Any]) -> Any:
    return ((forward(p)[2] - Y) ** 2).sum() / 2


def gradient(p: dict[str, Any]) -> dict[str, Any]:
    _, a, output = forward(p)
    error = output - Y
    delta = error @ p["W2"].T * (1 - a**2)
    return {"W1": X.T @ delta, "b1": delta.sum(axis=0), "W2": a.T @ error, "b2": error.sum(axis=0)}


def changed(**changes: Any) -> Any:
    """The gradient with some of its parts changed."""
    return lambda p: {**gradient(p), **{name: change(gradient(p)[name]) for name, change in changes.items()}}


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Layer:
    weight: Any
    name: str = "layer"


RIGHT: dict[str, tuple[Any, ...]] = {
    "a dict": (loss, parameters(), gradient),
    "a dict of float32": (loss, parameters("float32"), gradient),
    "numbers instead of a callable": (loss, parameters(), gradient(parameters())),
    "a pair from one function": (lambda p: (loss(p), gradient(p)), parameters()),
    "a number": (lambda x: x**3, 2.0, lambda x: 3 * x**2),
    "a NumPy scalar": (np.sin, np.float64(1.0), np.cos),
    "an array": (lambda x: np.log(x).sum(), np.array([0.5, 2.0, 1e6]), lambda x: 1 / x),
    "a list": (lambda p: p[0] * p[1].sum(), [2.0, np.ones(3)], lambda p: [p[1].sum(), p[0] * np.ones(3)]),
    "a named tuple": (lambda p: p.x * p.y**2, Point(2.0, 3.0), lambda p: Point(p.y**2, 2 * p.x * p.y)),
    "a dataclass": (lambda p: (p.weight**2).sum(), Layer(np.ones(3)), lambda p: Layer(2 * p.weight)),
    "nested": (lambda p: p["layers"][0]["w"].sum() ** 2, {"layers": [{"w": np.ones(2)}]},
               lambda p: {"layers": [{"w": 2 * p["layers"][0]["w"].sum() * np.ones(2)}]}),
    "several outputs": (lambda x: np.sin(x), np.arange(3.0), lambda x: np.diag(np.cos(x))),
    "of absolute values": (lambda x: np.abs(x).sum(), np.array([-2.0, 0.0, 3.0]), np.sign),
    "a tiny loss": (lambda x: 1e-8 * (x**2).sum(), np.arange(3.0), lambda x: 2e-8 * x),
    "a huge loss": (lambda x: 1e12 + (x**2).sum(), 100 * np.arange(1.0, 4.0), lambda x: 2 * x),
    "at the edge of its domain": (lambda x: (x**1.5).sum(), np.array([0.0, 1.0]), lambda x: 1.5 * np.sqrt(x)),
    "fast waves": (lambda x: np.sin(1e5 * x).sum(), np.arange(1.0, 4.0), lambda x: 1e5 * np.cos(1e5 * x)),
    "rounded to float32 inside": (lambda x: float(np.sin(x.astype("f4")).sum()), np.arange(1.0, 4.0), np.cos),
    "no dependence": (lambda x: 1.0, np.ones(2), np.zeros_like),
    "that conjugates": (lambda x: (x * np.conj(x)).real.sum(), np.arange(1.0, 4.0), lambda x: 2 * x),
}  # fmt: skip
WRONG: dict[str, tuple[tuple[Any, ...], str]] = {
    "twice": ((loss, parameters(), lambda p: {k: 2 * v for k, v in gradient(p).items()}), "constant-factor-only"),
    "not averaged": ((lambda p: loss(p) / 20, parameters(), gradient), "constant-factor-only"),
    "the other sign": ((loss, parameters(), lambda p: {k: -v for k, v in gradient(p).items()}), "wrong-sign-update"),
    "one sign": ((loss, parameters(), changed(b1=np.negative)), "wrong-sign-update"),
    "one factor": ((loss, parameters(), changed(b2=lambda g: g / 20)), "bias-gradient-wrong"),
    "zero": ((loss, parameters(), changed(W2=np.zeros_like)), "parameter-never-updated"),
    "NaN": ((loss, parameters(), changed(W2=lambda g: g * np.nan)), "unexplained-wrong-gradient"),
    "transposed": ((lambda w: (w**3 @ X[:4].T).sum(), GENERATOR.normal(0, 1, (3, 3)),
                    lambda w: (3 * w**2 * X[:4].sum(axis=0)).T), "transposed-gradient"),
    "zero for a tiny loss": ((lambda x: 1e-8 * x**2, 3.0, lambda x: 0.0), "unexplained-wrong-gradient"),
    "four millionths of one element": ((lambda x: (x**2).sum(), np.ones(3), lambda x: 2 * x * [1, 1, 1 + 4e-6]),
                                "unexplained-wrong-gradient"),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_are_called_right(name: str) -> None:
    check = check_gradient(*RIGHT[name])
    assert check.verdict == "right", str(check)
    assert check


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_are_called_wrong_and_named(name: str) -> None:
    arguments, rule = WRONG[name]
    check = check_gradient(*arguments, sizes={"samples": 20})
    assert (check.verdict, check.mistakes) == ("wrong", (rule,)), str(check)
    assert not check


def sigmoid(x: Any) -> Any:
    return (1 + np.tanh(x / 2)) / 2


SINGLE: dict[str, tuple[Any, Any]] = {  # and their derivatives
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "softplus": (lambda x: np.logaddexp(0, x), sigmoid),
    "waves of waves": (lambda x: np.sin(np.sin(x)), lambda x: np.cos(np.sin(x)) * np.cos(x)),
    "a pit": (lambda x: np.abs(x - 0.7) ** 1.5, lambda x: 1.5 * np.sign(x - 0.7) * np.sqrt(np.abs(x - 0.7))),
}


@pytest.mark.parametrize("scale", [1e-8, 1e-5, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("name", SINGLE)
def test_what_computes_in_single_precision_is_never_called_wrong(name: str, scale: float) -> None:
    function, derivative = SINGLE[name]
    x = scale * np.random.default_rng(2).normal(0, 1, 12)
    check = check_gradient(lambda x: float(function(x.astype("f4")).sum()), x, derivative)
    assert check.verdict != "wrong", check
    if scale == 1.0:
        twice = check_gradient(lambda x: float(function(x.astype("f4")).sum()), x, lambda x: 2 * derivative(x))
        assert twice.verdict == "wrong", twice


def test_what_rounds_to_single_precision_inside_is_never_called_wrong() -> None:
    def rounded(p: dict[str, Any]) -> Any:
        z = (X.astype("f4") @ p["W1"].astype("f4")).astype(float) + p["b1"]
        return (((np.tanh(z) @ p["W2"] + p["b2"]) - Y) ** 2).sum() / 2

    for seed in range(10):
        check = check_gradient(rounded, parameters(), gradient, seed=seed)
        assert check.verdict != "wrong", check
    assert check_gradient(rounded, parameters(), changed(W1=lambda g: 2 * g)).verdict == "wrong"


def test_a_factor_is_told_by_what_has_that_size() -> None:
    check = check_gradient(lambda p: loss(p) / 20, parameters(), gradient, sizes={"samples": 20})
    assert "20 (the number of samples, 20) times the true one" in str(check)


@given(
    st.integers(0, 10**6),
    st.floats(-6, 6),
    st.sampled_from(["W1", "b1", "W2", "b2"]),
    st.floats(2e-6, 1),
    st.booleans(),
)
def test_any_error_above_a_millionth_is_found_and_no_other(
    seed: int, scale: float, name: str, size: float, smooth: bool
) -> None:
    generator = np.random.default_rng(seed)
    p = {key: generator.normal(0, 10 ** (scale / 6), value.shape) for key, value in parameters().items()}
    place = tuple(int(generator.integers(length)) for length in p[name].shape)

    def off(p: dict[str, Any]) -> dict[str, Any]:
        found = gradient(p)
        found[name][place] += size * np.abs(found[name]).max()
        return found

    factor = 10.0**scale
    right = check_gradient(lambda p: factor * loss(p), p, lambda p: {k: factor * v for k, v in gradient(p).items()})
    assert right.verdict == "right", str(right)
    wrong = check_gradient(loss if smooth else lambda p: float(loss(p)), p, off)
    assert [row.verdict for row in wrong.parameters if row.name == name] == ["wrong"], str(wrong)
    assert {row.verdict for row in wrong.parameters if row.name != name} == {"right"}, str(wrong)


def test_a_loss_that_changes_its_arguments_is_given_copies_and_told() -> None:
    def careless(x: Any) -> Any:
        x *= 2
        return (x**2).sum()

    x = np.arange(1.0, 4.0)
    check = check_gradient(careless, x, lambda x: 8 * x)
    assert check.verdict == "right"
    assert "the loss changes its arguments in place: it was given copies" in check.notes
    assert (x == [1, 2, 3]).all()


def test_a_kink_is_undecided_and_says_so() -> None:
    check = check_gradient(lambda x: np.maximum(x, 0).sum(), np.zeros(3), lambda x: (x > 0) * 1.0)
    assert (check.verdict, "kink" in str(check.because)) == ("undecided", True)
    beside = check_gradient(lambda x: np.maximum(x, 0).sum(), np.array([0.0, 1.0]), lambda x: (x > 0) * 1.0)
    assert (beside.verdict, beside.parameters[0].at_kinks) == ("right", 1)


def test_a_random_gradient_is_never_called_right() -> None:
    generator = np.random.default_rng(0)
    check = check_gradient(lambda x: (x**2).sum(), np.ones(3), lambda x: 2 * x * generator.uniform(0.5, 1.5))
    assert check.verdict != "right"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((lambda x: x.sum(), np.array([1, 2]), np.sign), r"x holds whole numbers \(int64\).*x.astype\(float\)"),
        ((lambda x: x.sum(), {"n": 3, "w": np.ones(2)}, np.sign), "n holds whole numbers"),
        ((lambda x: x.sum(), np.ones(2) * 1j, np.sign), "x holds complex numbers"),
        ((lambda x: x.sum(), np.ones(2), np.ones(3)), r"shape \(3,\), the parameter \(2,\)"),
        ((lambda x: x.sum(), np.ones((2, 3)), np.ones((3, 2))), "it is that of the transpose"),
        ((lambda x: x["a"].sum(), {"a": np.ones(2)}, {"a": None}), "has nothing for a"),
        ((lambda x: x["a"].sum(), {"a": np.ones(2), "b": np.ones(1)}, {"a": np.ones(2)}), "has nothing for b"),
        ((lambda x: x.sum(), np.ones(2), "steep"), "numbers are needed"),
        ((3, 2.0), "must be a loss that can be called"),
        ((lambda x: x.sum(), np.ones(2)), "there is no gradient to check"),
        ((lambda x: np.log(-x).sum(), np.ones(2), np.ones(2)), "the loss is nan at the given point"),
        ((lambda x: 1 / 0, np.ones(2), np.ones(2)), "ZeroDivisionError: division by zero"),
        ((lambda x: x.sum(), np.ones(2), lambda x: x.nothing), "the gradient fails"),
        ((lambda x: x, np.ones(2), np.ones(2)), r"the Jacobian of x has shape \(2,\)"),
        ((lambda x: 1.0, {}, {}), "no floating-point numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_bad_input_is_answered_clearly(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_gradient(*arguments)


def test_the_same_seed_repeats_the_check() -> None:
    first, second = (check_gradient(loss, parameters(), changed(b1=np.negative), seed=3) for _ in range(2))
    assert [row.bound for row in first.parameters] == [row.bound for row in second.parameters]


def test_a_large_problem_is_decided_within_its_time() -> None:
    x = np.random.default_rng(0).normal(0, 1, 300_000)
    one = np.random.default_rng(1).normal(0, 1, 300_000)

    def slow(x: Any) -> float:
        return float(np.tanh(x) @ one)

    right = check_gradient(slow, x, lambda x: one / np.cosh(x) ** 2, time_limit=30.0)
    assert right.verdict == "right", str(right)
    wrong = check_gradient(slow, x, lambda x: one / np.cosh(x) ** 2 * (np.arange(300_000) != 123_456), time_limit=30.0)
    assert (wrong.verdict, wrong.parameters[0].worst) == ("wrong", (123_456,)), str(wrong)


@pytest.mark.parametrize("name", WRONG)
def test_a_fast_check_finds_the_same(name: str) -> None:
    arguments, _ = WRONG[name]
    assert check_gradient(*arguments, fast=True).verdict == "wrong"


def test_a_fast_check_of_what_is_right_says_how_sure_it_is() -> None:
    check = check_gradient(loss, parameters(), gradient, fast=True)
    assert (check.verdict, check.parameters[0].checked, 0 <= check.missed < 1e-2) == ("right", 0, True), str(check)
    assert "is missed with a probability" in str(check)
