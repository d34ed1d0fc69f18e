"""Each optimiser against its formula written out step by step, schedules, and weight decay."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backproof.errors import UsageError
from backproof.nn import SGD, Adam, AdamW, Cosine, Exponential, Momentum, Nesterov, RMSprop, Steps, Warmup
from backproof.nn.optimizers import OPTIMIZERS, Optimizer

GRADIENTS = np.random.default_rng(0).normal(size=(6, 3))


def moved(optimizer: Optimizer, decays: np.ndarray | None = None) -> np.ndarray:
    theta = np.array([0.5, -0.3, 0.8])
    slots = optimizer.start(theta)
    for count, gradient in enumerate(GRADIENTS):
        optimizer.step(
            theta, gradient.copy(), slots, count, optimizer.learning_rate, np.ones(3) if decays is None else decays
        )
    return theta


def by_hand(name: str) -> np.ndarray:
    """Each rule, number by number, as its paper has it."""
    found = []
    for k, w in enumerate([0.5, -0.3, 0.8]):
        v = s = m = 0.0
        for t, g in enumerate(GRADIENTS[:, k], start=1):
            if name == "sgd":
                w -= 0.1 * g
            elif name == "momentum":
                v = 0.9 * v + g
                w -= 0.1 * v
            elif name == "nesterov":
                v = 0.9 * v + g
                w -= 0.1 * (g + 0.9 * v)
            elif name == "rmsprop":
                s = 0.9 * s + 0.1 * g * g
                w -= 0.1 * g / (math.sqrt(s) + 1e-8)
            else:
                m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
                if name == "adamw":
                    w -= 0.1 * 0.01 * w
                w -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)
        found.append(w)
    return np.array(found)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimiser_is_its_formula(name: str) -> None:
    np.testing.assert_allclose(moved(OPTIMIZERS[name](learning_rate=0.1)), by_hand(name), rtol=1e-12)


def test_the_comparison_sees_a_wrong_formula() -> None:
    assert not np.allclose(moved(Momentum(0.1, momentum=0.8)), by_hand("momentum"), rtol=1e-6)
    assert not np.allclose(moved(Nesterov(0.1)), by_hand("momentum"), rtol=1e-6)


def test_weight_decay_is_part_of_the_gradient_but_for_adamw() -> None:
    theta, decays = np.array([1.0, 1.0]), np.array([1.0, 0.0])
    SGD(0.1, weight_decay=0.5).step(theta, np.zeros(2), {}, 0, 0.1, decays)
    np.testing.assert_allclose(theta, [0.95, 1.0])
    theta = np.array([1.0, 1.0])
    AdamW(0.1, weight_decay=0.5).step(theta, np.zeros(2), AdamW(0.1).start(theta), 0, 0.1, decays)
    np.testing.assert_allclose(theta, [0.95, 1.0])


def test_schedules() -> None:
    assert [Steps([2, 4], [0.5, 0.1])(k) for k in range(5)] == [1.0, 1.0, 0.5, 0.5, 0.1]
    assert Exponential(0.5, 10)(20) == 0.25
    assert Cosine(10, 0.2)(0) == 1.0
    assert Cosine(10, 0.2)(5) == pytest.approx(0.6)
    assert Cosine(10, 0.2)(50) == pytest.approx(0.2)
    assert [Warmup(2, Exponential(0.5, 1))(k) for k in range(4)] == [0.5, 1.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(-1), "learning_rate must be a finite number above 0, not -1"),
        (lambda: SGD(float("nan")), "not nan"),
        (lambda: Momentum(0.1, momentum=1.0), "momentum must be from 0 to below 1"),
        (lambda: Adam(beta2=2), "beta2"),
        (lambda: RMSprop(weight_decay=-1), "weight_decay"),
        (lambda: Steps([3, 2], [1, 1]), "at must increase"),
    ],
)
def test_settings_out_of_range_are_refused(make, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()
