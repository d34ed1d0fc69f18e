"""A training of the engine, diagnosed: no alarm on healthy ones, their rule on sick ones; watching changes nothing."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest

from backproof.doctor import diagnose
from backproof.findings import Severity
from backproof.nn import (
    LBFGS,
    SGD,
    Adam,
    BatchNorm,
    Dense,
    Dropout,
    EarlyStopping,
    LayerNorm,
    LevenbergMarquardt,
    Network,
    Residual,
)
from backproof.observations import Quantity
from backproof.observers.engine import EngineObserver

X = np.linspace(-3, 3, 80)
Y = np.sin(X)
GENERATOR = np.random.default_rng(0)
CUBE = GENERATOR.uniform(-1.5, 1.5, (80, 3))
WAVES = np.sin(CUBE.sum(axis=1))
GATE, XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])
CLASSES = np.repeat([0, 1, 2], 30)
NOISE_X = GENERATOR.uniform(-3, 3, 70)
NOISY = NOISE_X, np.sin(NOISE_X) + 0.6 * GENERATOR.normal(size=70)
POINTS = GENERATOR.normal(size=(90, 2)) + np.array([[0, 0], [4, 0], [0, 4]])[CLASSES]


def chain(*hidden: int, activation: str = "tanh", **settings: Any) -> list[Any]:
    return [*(Dense(units, activation, **settings) for units in hidden), Dense(1)]


def watched(network: Network, x: Any, y: Any, *, experiments: bool = True, **settings: Any) -> EngineObserver:
    observer = EngineObserver(experiments=experiments)
    with np.errstate(all="ignore"):
        network.fit(x, y, listeners=[observer], **settings)
    return observer


HEALTHY: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "sine, SGD": (lambda: Network(chain(12)), X, Y, {"optimizer": SGD(0.1), "epochs": 600, "batch_size": 16}),
    "sine, Adam": (lambda: Network(chain(12)), X, Y, {"optimizer": Adam(0.01), "epochs": 400}),
    "sine, Levenberg-Marquardt": (
        lambda: Network(chain(8, initializer="spread")), X, Y, {"optimizer": LevenbergMarquardt(), "epochs": 60}
    ),
    "sine, L-BFGS": (lambda: Network(chain(8)), X, Y, {"optimizer": LBFGS(), "epochs": 150}),
    "XOR": (
        lambda: Network([Dense(4, "sigmoid", initializer="spread"), Dense(1, "sigmoid")], "binary_cross_entropy"),
        GATE, XOR, {"optimizer": SGD(1.0), "epochs": 500, "batch_size": 1},
    ),
    "XOR from logits": (
        lambda: Network([Dense(4, "tanh", initializer="spread"), Dense(1)], "sigmoid_cross_entropy"),
        GATE, XOR, {"optimizer": SGD(0.3), "epochs": 500, "batch_size": 1},
    ),
    "blocks": (
        lambda: Network([Dense(8, "relu"), BatchNorm(), Residual([Dense(8), LayerNorm()]), Dropout(0.1), Dense(1)]),
        X, Y, {"optimizer": Adam(0.01), "epochs": 200, "batch_size": 16},
    ),
    "classes": (
        lambda: Network([Dense(8, "relu"), Dense(3, "softmax")], "categorical_cross_entropy"),
        POINTS, CLASSES, {"optimizer": Adam(0.02), "epochs": 100},
    ),
    "the best epoch of a noisy fit": (
        lambda: Network([Dense(40, "tanh", initializer="uniform"), Dense(1)]), NOISY[0][:30], NOISY[1][:30],
        {"optimizer": Adam(0.02), "epochs": 1500, "batch_size": None, "validation": (NOISY[0][30:], NOISY[1][30:]),
         "early_stopping": EarlyStopping(patience=50)},
    ),
    "large targets, scaled": (
        lambda: Network(chain(12), scale_targets=True), X, 1000 * Y + 5000, {"optimizer": SGD(0.1), "epochs": 400},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_training_gets_no_alarm(name: str) -> None:
    make, x, y, settings = HEALTHY[name]
    diagnosis = watched(make(), x, y, **settings).diagnosis()
    assert [(f.rule, f.message) for f in diagnosis.findings if f.severity is not Severity.NOTE] == []
    assert len(diagnosis.examined) >= 10  # silence is health only where it was looked


def dead() -> Network:
    network = Network(chain(12, activation="relu"))
    network.build(1)
    network.parameters["dense_1/bias"][...] = -20
    return network


SICK: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "dead-relu": (dead, X, Y, {"optimizer": SGD(0.1), "epochs": 200, "batch_size": 16}),
    "vanishing-gradients": (
        lambda: Network(chain(*[10] * 7, activation="sigmoid")), CUBE, WAVES, {"optimizer": SGD(0.1), "epochs": 200},
    ),
    "learning-rate-too-high": (
        lambda: Network(chain(12)), X, Y, {"optimizer": SGD(2.0), "epochs": 200, "batch_size": 16},
    ),
    "unscaled-targets": (
        lambda: Network(chain(12)), X, 1000 * Y + 5000, {"optimizer": SGD(1e-4), "epochs": 100, "batch_size": 16},
    ),
    "overfitting": (
        lambda: Network([Dense(40, "tanh", initializer="uniform"), Dense(1)]), NOISY[0][:30], NOISY[1][:30],
        {"optimizer": Adam(0.02), "epochs": 4000, "batch_size": None, "validation": (NOISY[0][30:], NOISY[1][30:])},
    ),
    "zero-initialisation": (
        lambda: Network([Dense(8, "tanh", initializer="zeros"), Dense(1, initializer="zeros")]), X, Y,
        {"optimizer": SGD(0.1), "epochs": 200, "batch_size": 16},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SICK)
def test_a_sick_training_gets_its_rule_first(name: str) -> None:
    make, x, y, settings = SICK[name]
    findings = watched(make(), x, y, **settings).diagnosis().findings
    assert [f.rule for f in findings][:1] == [name]
    assert findings[0].evidence


def test_watching_changes_no_bit() -> None:
    def layers() -> list[Any]:
        return [Dense(6, "relu"), BatchNorm(), Dropout(0.2), Dense(1)]

    plain, seen = Network(layers(), seed=3), Network(layers(), seed=3)
    first = plain.fit(X, Y, epochs=20, batch_size=8, optimizer=Adam(0.01))
    second = seen.fit(X, Y, epochs=20, batch_size=8, optimizer=Adam(0.01), listeners=[observer := EngineObserver()])
    observer.diagnosis()
    assert plain.theta.tobytes() == seen.theta.tobytes()
    assert first.loss == second.loss
    assert plain.predict(X).tobytes() == seen.predict(X).tobytes()


def test_the_numbers_are_those_of_the_network() -> None:
    network = Network(chain(6), seed=2)
    network.build(1)
    gradients, loss = network.gradients(X, Y), network.loss(X, Y)
    observer = watched(network, X, Y, experiments=False, optimizer=SGD(0.05), epochs=3, batch_size=None)
    run = observer.run
    assert run.series(Quantity.LOSS, "loss")[1][0] == pytest.approx(loss, rel=1e-12)
    for name in network.parameters:
        size = float(np.sqrt(np.mean(gradients[name] ** 2)))
        assert run.series(Quantity.GRADIENT_RMS, name)[1][0] == pytest.approx(size, rel=1e-12)
    steps, change = run.series(Quantity.BATCH_LOSS_CHANGE, "loss")
    history = Network(chain(6), seed=2).fit(X, Y, optimizer=SGD(0.05), epochs=3, batch_size=None)
    losses = [history.initial_loss, *history.loss]
    assert list(steps) == [0, 1, 2]
    np.testing.assert_allclose(change, [after / before - 1 for before, after in itertools.pairwise(losses)])
    assert run.last(Quantity.LOSS, "loss") == pytest.approx(history.loss[-1], rel=1e-12)
    assert run.structure.learning_rate == 0.05
    assert run.total_steps == 3


def test_what_was_not_watched_is_not_healthy_but_unknown() -> None:
    diagnosis = diagnose(EngineObserver().run)
    assert not diagnosis.findings
    assert not diagnosis.examined
    assert EngineObserver().diagnosis().skipped


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_a_copy_is_a_network_of_its_own(copied: Any) -> None:
    network = Network([Dense(3, "tanh"), Residual([Dense(3)]), Dense(1)])
    network.fit(X, Y, epochs=2)
    other = copied(network)
    assert other.predict(X).tobytes() == network.predict(X).tobytes()
    before = network.theta.copy()
    other.fit(X, Y, epochs=2)
    assert np.array_equal(network.theta, before)
    assert not np.array_equal(other.theta, before)
    other.theta[...] = 0
    assert not other.predict(X).any()  # its layers look into its own vector
