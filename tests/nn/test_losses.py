"""Each loss and its gradient: against arbitrary precision, against differences, and reduced alike."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from backproof.nn.losses import FUSED, LOSSES, log_softmax, reduce

mpmath.mp.dps = 60


def sample(name: str, generator: np.random.Generator, rows: int = 5, outputs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Predictions (or z) and targets that the loss takes."""
    kind = LOSSES[name].targets
    z = generator.normal(size=(rows, outputs)) * 2
    if name in ("binary_cross_entropy", "categorical_cross_entropy"):
        z = generator.uniform(0.05, 0.95, (rows, outputs))
    if kind == "0 to 1":
        return z, generator.integers(0, 2, (rows, outputs)).astype(float)
    if kind == "distribution":
        return z, np.eye(outputs)[generator.integers(0, outputs, rows)]
    return z, generator.normal(size=(rows, outputs))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_reduced_gradient_is_that_of_the_reduced_value(name: str, weighted: bool) -> None:
    generator = np.random.default_rng(11)
    p, y = sample(name, generator)
    weights = generator.uniform(0, 2, len(p)) if weighted else None
    loss = LOSSES[name]

    def value(at: np.ndarray) -> float:
        return reduce(loss.value(at, y), loss.gradient(at, y), weights)[0]

    _, gradient = reduce(loss.value(p, y), loss.gradient(p, y), weights)
    numeric = np.zeros_like(p)
    for place in np.ndindex(p.shape):
        step = np.zeros_like(p)
        step[place] = 1e-6
        numeric[place] = (value(p + step) - value(p - step)) / 2e-6
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("z", [-700.0, -50.0, -1.0, 0.0, 3.0, 50.0, 700.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
@mpmath.workdps(350)  # 1 - 1e-304 is not 1
def test_sigmoid_cross_entropy_keeps_its_digits(z: float, y: float) -> None:
    exact = mpmath.mpf(z)
    p = 1 / (1 + mpmath.exp(-exact))
    value = -(y * mpmath.log(p) + (1 - y) * mpmath.log(1 / (1 + mpmath.exp(exact))))
    slope = p if y == 0 else -1 / (1 + mpmath.exp(exact))
    loss = LOSSES["sigmoid_cross_entropy"]
    got, got_slope = loss.value(np.array([[z]]), np.array([[y]]))[0], loss.gradient(np.array([[z]]), np.array([[y]]))
    assert float(abs((got - value) / value)) < 1e-14
    assert float(abs((got_slope[0, 0] - slope) / slope)) < 1e-14


@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0])
@mpmath.workdps(700)
def test_softmax_cross_entropy_keeps_its_digits(scale: float) -> None:
    generator = np.random.default_rng(3)
    for z in scale * generator.normal(size=(8, 4)):
        y = np.eye(4)[generator.integers(4)]
        powers = [mpmath.exp(mpmath.mpf(float(v))) for v in z]
        p = [power / sum(powers) for power in powers]
        k = int(y.argmax())
        others = [p[j] if j != k else -sum(p[i] for i in range(4) if i != k) for j in range(4)]
        loss = LOSSES["softmax_cross_entropy"]
        got, slope = loss.value(z[None], y[None])[0], loss.gradient(z[None], y[None])[0]
        # exp of a rounded difference: its error grows with the difference, up to 1,000 here
        assert float(abs((got + mpmath.log(p[k])) / mpmath.log(p[k]))) < 1e-12
        for mine, exact in zip(slope, others, strict=True):
            assert float(abs(mine - exact)) <= 1e-12 * float(abs(exact)) + 1e-320


@pytest.mark.parametrize(("pair", "fused"), FUSED.items())
def test_a_fused_loss_is_the_two_one_behind_the_other(pair: tuple[str, str], fused: str) -> None:
    from backproof.nn.activations import ACTIVATIONS

    activation, loss = ACTIVATIONS[pair[0]], LOSSES[pair[1]]
    z, y = sample(fused, np.random.default_rng(2))
    a = activation.function(z)
    np.testing.assert_allclose(LOSSES[fused].value(z, y), loss.value(a, y), rtol=1e-12)
    through = activation.backward(loss.gradient(a, y), z, a)
    np.testing.assert_allclose(LOSSES[fused].gradient(z, y), through, rtol=1e-10, atol=1e-14)


def test_a_term_with_factor_zero_is_zero_even_at_log_of_zero() -> None:
    p, y = np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]])
    with np.errstate(all="raise"):
        assert LOSSES["binary_cross_entropy"].value(p, y)[0] == 0
        assert LOSSES["categorical_cross_entropy"].value(p, y)[0] == 0


def test_log_softmax_of_a_sure_answer_is_not_zero() -> None:
    assert log_softmax(np.array([[60.0, 0.0]]))[0, 0] == pytest.approx(-np.exp(-60), rel=1e-12)


def test_weights_that_sum_to_zero_are_refused() -> None:
    with pytest.raises(ZeroDivisionError, match="at least one sample"):
        reduce(np.ones(2), np.ones((2, 1)), np.zeros(2))
