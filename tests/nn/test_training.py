"""Training: it learns, equal seeds give equal bits, it is taken up again to the bit, and it ends when it should."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import backproof as bp
from backproof.errors import UsageError
from backproof.nn import (
    LBFGS,
    SGD,
    Adam,
    BatchNorm,
    BrokenFile,
    Dense,
    Dropout,
    EarlyStopping,
    LevenbergMarquardt,
    Momentum,
    Network,
    Residual,
)

SINE_X = np.linspace(-3, 3, 60)
SINE_Y = np.sin(SINE_X)


def sine(**settings: Any) -> Network:
    return Network([Dense(6, "tanh", initializer="spread"), Dense(1)], **settings)


def same(left: Network, right: Network) -> bool:
    return left.theta.tobytes() == right.theta.tobytes()


# -- it learns


@pytest.mark.parametrize("optimizer", [Adam(0.02), Momentum(0.02), LevenbergMarquardt(), LBFGS()], ids=repr)
def test_it_learns_the_sine(optimizer: Any) -> None:
    network = sine()
    history = network.fit(SINE_X, SINE_Y, optimizer=optimizer, epochs=200, batch_size=10)
    assert history.initial_loss > 0.1
    assert history.loss[-1] < 2e-3
    assert history.loss[-1] == pytest.approx(0.5 * np.mean((network.predict(SINE_X) - SINE_Y) ** 2), rel=1e-12)


def test_levenberg_marquardt_goes_where_no_gradient_method_comes_in_that_time() -> None:
    network = sine()
    history = network.fit(SINE_X, SINE_Y, optimizer=LevenbergMarquardt(goal=1e-8), epochs=300)
    assert history.stopped_because == "goal"
    assert history.loss[-1] <= 1e-8


def test_levenberg_marquardt_starts_anew_where_it_is_stuck_and_keeps_the_best() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(30, 1)), generator.normal(size=30)  # noise: no start can reach the goal
    network = Network([Dense(2, "tanh"), Dense(1)])
    history = network.fit(x, y, optimizer=LevenbergMarquardt(goal=1e-12, restarts=2), epochs=400)
    assert history.stopped_because in ("stuck", "epochs")
    assert network.loss(x, y) == pytest.approx(min(history.loss), rel=1e-9)


def test_the_jacobian_of_levenberg_marquardt_is_that_of_the_residuals() -> None:
    from backproof.nn.second_order import Marquardt

    generator = np.random.default_rng(1)
    network = Network([Residual([Dense(2, "tanh")]), Dense(2, "sigmoid")], "mean_squared_error")
    network.build(2)
    x, y = generator.normal(size=(4, 2)), generator.random((4, 2))
    weights = generator.uniform(0.5, 2, 4)
    method = Marquardt(network, x, y, weights, LevenbergMarquardt(), np.zeros(network.theta.size))
    jacobian, residuals = method._jacobian()
    assert 0.5 * residuals @ residuals == pytest.approx(network.loss(x, y, weights), rel=1e-12)
    for k in range(network.theta.size):
        kept = network.theta[k]
        network.theta[k] = kept + 1e-6
        up = method._residuals().ravel()
        network.theta[k] = kept - 1e-6
        np.testing.assert_allclose(jacobian[:, k], (up - method._residuals().ravel()) / 2e-6, atol=1e-8)
        network.theta[k] = kept


@pytest.mark.parametrize("shape", [(500, 31), (273, 31), (7, 3), (2, 600), (262144, 1), (300000, 2)])
def test_the_product_made_in_parts_is_the_product(shape: tuple[int, int]) -> None:
    from backproof.nn.second_order import _gram

    jacobian = np.random.default_rng(2).normal(size=shape)
    exact = np.einsum("ni,nj->ij", jacobian, jacobian, optimize=False)
    np.testing.assert_allclose(_gram(jacobian), exact, rtol=1e-9, atol=1e-9 * shape[0])


def test_the_second_order_correction_follows_the_bend() -> None:
    """On r = w1 w2, by hand: r'' along the step is 2 step1 step2; where the correction is not small it is left out."""
    from backproof.nn.second_order import Marquardt

    network = Network([Dense(1, bias=False), Dense(1, bias=False)], "half_squared_error")
    network.build(1)
    network.theta[...] = [2.0, 3.0]  # the prediction at x = 1 is the product
    method = Marquardt(network, np.ones((1, 1)), np.zeros((1, 1)), None, LevenbergMarquardt(), np.zeros(2))
    jacobian, residuals = method._jacobian()
    np.testing.assert_allclose(jacobian, [[3.0, 2.0]])
    step, damped = np.array([-0.5, -0.2]), jacobian.T @ jacobian + 0.7 * np.eye(2)
    twice = 2 * step[0] * step[1]  # d²(w1 w2) along the step
    exact = -0.5 * np.linalg.solve(damped, jacobian[0] * twice)
    np.testing.assert_allclose(method._bend(network.theta.copy(), step, damped, jacobian, residuals), exact, rtol=1e-9)
    large = -0.5 * np.linalg.solve(1e-4 * np.eye(2), jacobian[0] * twice)
    assert 2 * np.linalg.norm(large) > 0.75 * np.linalg.norm(step)
    found = method._bend(np.array([2.0, 3.0]), step, 1e-4 * np.eye(2), jacobian, residuals)
    assert np.array_equal(found, [0, 0])


def test_the_history_has_the_gradient_of_levenberg_marquardt() -> None:
    network = sine()
    network.fit(SINE_X, SINE_Y, optimizer=LevenbergMarquardt(), epochs=3)
    again, gradients = sine(), network.gradients(SINE_X, SINE_Y)
    history = again.fit(SINE_X, SINE_Y, optimizer=LevenbergMarquardt(), epochs=4)
    for name, sizes in history.gradient_rms.items():
        assert sizes[3] == pytest.approx(float(np.sqrt(np.mean(gradients[name] ** 2))), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_levenberg_marquardt_on_the_sine_of_question_four(seed: int) -> None:
    """`benchmarks/questions.py` has 100 seeds, and their seconds."""
    network = Network([Dense(10, "sigmoid", initializer="spread"), Dense(1)], seed=seed)
    x = np.linspace(-7.5, 7.5, 500)
    method = LevenbergMarquardt(goal=1e-9, restarts=20)
    history = network.fit(x, np.sin(x), optimizer=method, epochs=600)
    assert history.stopped_because == "goal"
    assert network.loss(x, np.sin(x)) <= 1e-9


def test_class_numbers_behind_a_softmax() -> None:
    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(centre, 0.5, (30, 2)) for centre in ((0, 0), (3, 0), (0, 3))])
    y = np.repeat([0, 1, 2], 30)
    network = Network([Dense(3, "softmax")], "categorical_cross_entropy")
    network.fit(x, y, optimizer=Adam(0.1), epochs=60)
    assert (network.predict(x).argmax(axis=1) == y).mean() > 0.95


def test_weights_of_samples_count_like_repeated_samples() -> None:
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 0.0, 3.0])
    weighted, repeated = (Network([Dense(1)], seed=3) for _ in range(2))
    weighted.fit(x, y, batch_size=None, epochs=5, sample_weight=[1, 2, 1])
    repeated.fit(x[[0, 1, 1, 2]], y[[0, 1, 1, 2]], batch_size=None, epochs=5)
    np.testing.assert_allclose(weighted.theta, repeated.theta, rtol=1e-13)
    by_class = Network([Dense(1, "sigmoid")], "binary_cross_entropy", seed=3)
    by_sample = Network([Dense(1, "sigmoid")], "binary_cross_entropy", seed=3)
    by_class.fit(x, [0, 1, 1], class_weight={0: 2.0, 1: 0.5}, epochs=3)
    by_sample.fit(x, [0, 1, 1], sample_weight=[2, 0.5, 0.5], epochs=3)
    assert same(by_class, by_sample)


def test_a_long_gradient_is_shortened() -> None:
    network = Network([Dense(1)], seed=1)
    network.build(1)
    before = network.theta.copy()
    network.fit([[100.0]], [1e6], optimizer=SGD(0.1), clip_norm=1.0, epochs=1, batch_size=None)
    assert np.linalg.norm(network.theta - before) == pytest.approx(0.1, rel=1e-9)


def test_l1_leaves_biases_alone() -> None:
    network = Network([Dense(1, initializer="uniform")], seed=1)
    network.build(1)
    weight, bias = float(network.theta[0]), float(network.theta[1])
    prediction = network.predict([[0.0]])
    network.fit([[0.0]], prediction, optimizer=SGD(0.1), l1=0.5, epochs=1)
    np.testing.assert_allclose(network.theta, [weight - 0.05 * np.sign(weight), bias])


# -- when it ends


def test_early_stopping_puts_the_best_parameters_back() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(12, 3)), generator.normal(size=12)
    network = Network([Dense(30, "tanh"), Dense(1)])
    history = network.fit(
        x, y, optimizer=Adam(0.05), epochs=500, validation=0.4, early_stopping=EarlyStopping(patience=15)
    )
    assert history.stopped_because == "early stopping"
    assert history.best_epoch == int(np.argmin(history.validation_loss))
    assert len(history.loss) == history.best_epoch + 16


def test_a_validation_share_is_not_trained_on() -> None:
    one, other = Network([Dense(1)], seed=0), Network([Dense(1)], seed=0)
    x = np.arange(10.0)
    y = x.copy()
    one.fit(x, y, validation=0.3, epochs=3)
    held = np.sort(np.random.default_rng([0, 2]).permutation(10)[:3])
    y[held] = 1e6
    other.fit(x, y, validation=0.3, epochs=3)
    assert same(one, other)


# -- the same bits


@pytest.mark.parametrize("make", [sine, lambda: Network([Dense(5, "relu"), BatchNorm(), Dropout(0.3), Dense(1)])])
def test_same_seed_same_bits(make: Any) -> None:
    one, other = make(), make()
    first, second = (network.fit(SINE_X, SINE_Y, epochs=5, batch_size=7) for network in (one, other))
    assert same(one, other)
    assert first.loss == second.loss


def test_listening_changes_nothing_and_sees_the_steps() -> None:
    class Watcher:
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def begins(self, network: Network, x: Any, y: Any, settings: Any, held: Any) -> None:
            pass

        def due(self, number: int) -> bool:
            return number % 3 == 0

        def stepped(self, network: Network, step: Any) -> None:
            self.seen.append(step)

    watcher = Watcher()
    plain, watched = sine(), sine()
    plain.fit(SINE_X, SINE_Y, epochs=3)
    watched.fit(SINE_X, SINE_Y, epochs=3, listeners=[watcher])
    assert same(plain, watched)
    assert [step.number for step in watcher.seen] == [0, 3]
    step = watcher.seen[0]
    moved = step.before["dense_1/weight"] - 0.01 * step.gradients["dense_1/weight"]
    assert step.after["dense_1/weight"].shape == moved.shape


@pytest.mark.parametrize("optimizer", [LevenbergMarquardt(), LBFGS()], ids=repr)
def test_iterations_on_all_data_are_shown_too(optimizer: Any) -> None:
    class Watcher:
        def __init__(self) -> None:
            self.losses: list[tuple[int, float]] = []

        def begins(self, network: Network, x: Any, y: Any, settings: Any, held: Any) -> None:
            pass

        def due(self, number: int) -> bool:
            return True

        def stepped(self, network: Network, step: Any) -> None:
            self.losses.append((step.number, step.loss))
            moved = np.concatenate([value.ravel() for value in step.before.values()])
            assert not np.array_equal(moved, network.theta)
            assert step.gradients.keys() == step.before.keys()

    plain, watched, watcher = sine(), sine(), Watcher()
    plain.fit(SINE_X, SINE_Y, optimizer=optimizer, epochs=6)
    history = watched.fit(SINE_X, SINE_Y, optimizer=optimizer, epochs=6, listeners=[watcher])
    assert same(plain, watched)
    assert [number for number, _ in watcher.losses] == list(range(6))
    np.testing.assert_allclose([loss for _, loss in watcher.losses], [history.initial_loss, *history.loss[:-1]])


def test_a_diverging_training_goes_on_and_says_so_in_its_history() -> None:
    network = sine()
    with np.errstate(all="ignore"):
        history = network.fit(SINE_X, SINE_Y, optimizer=SGD(1e6), epochs=60, batch_size=60)
    assert not np.isfinite(history.loss[-1])


# -- taken up again


def interrupted(path: Path, at: int, make: Any, **settings: Any) -> None:
    """A training that ends like a killed one: after so many epochs, leaving its checkpoint."""

    class Stop(Exception):
        pass

    network = make()
    original = bp.nn.network.Network.average
    calls = [0]

    def average(self: Network, *args: Any) -> float:
        calls[0] += 1
        if calls[0] > 1 + at:
            raise Stop
        return original(self, *args)

    bp.nn.network.Network.average = average
    try:
        with pytest.raises(Stop):
            network.fit(SINE_X, SINE_Y, checkpoint=path, **settings)
    finally:
        bp.nn.network.Network.average = original


@pytest.mark.parametrize("optimizer", [Adam(0.01), Momentum(0.01), LevenbergMarquardt(restarts=1)], ids=repr)
@pytest.mark.parametrize("make", [sine, lambda: Network([Dense(5, "tanh"), Dropout(0.2), Dense(1)], seed=4)])
def test_a_training_is_taken_up_again_to_the_bit(optimizer: Any, make: Any, tmp_path: Path) -> None:
    settings = {"optimizer": optimizer, "epochs": 12, "batch_size": 16}
    whole = make()
    expected = whole.fit(SINE_X, SINE_Y, **settings)
    interrupted(tmp_path / "c", 5, make, **settings)
    resumed = make()
    history = resumed.fit(SINE_X, SINE_Y, checkpoint=tmp_path / "c", **settings)
    assert same(whole, resumed)
    assert {**history.to_dict(), "seconds": 0} == {**expected.to_dict(), "seconds": 0}


ENDED: dict[str, dict[str, Any]] = {
    "stuck": {"optimizer": LevenbergMarquardt(), "epochs": 4000},
    "goal": {"optimizer": LevenbergMarquardt(goal=1e-4), "epochs": 300},
    "early stopping": {
        "optimizer": Adam(0.05), "epochs": 500, "validation": 0.3, "early_stopping": EarlyStopping(patience=5)
    },
    "epochs": {"optimizer": Adam(0.01), "epochs": 5},
}  # fmt: skip


@pytest.mark.parametrize("why", ENDED)
def test_a_training_that_had_ended_is_taken_up_as_it_was(why: str, tmp_path: Path) -> None:
    def run() -> tuple[Network, Any]:
        network = Network([Dense(2, "tanh"), Dense(1)], seed=1)
        return network, network.fit(SINE_X, SINE_Y, checkpoint=tmp_path / "c", **ENDED[why])

    (first, history), (second, again) = run(), run()
    assert history.stopped_because == again.stopped_because == why
    assert same(first, second)
    assert history.to_dict() == again.to_dict()


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c"
    sine().fit(SINE_X, SINE_Y, epochs=2, checkpoint=path)
    with pytest.raises(UsageError, match=r"different: data"):
        sine().fit(SINE_X, SINE_Y + 1, epochs=3, checkpoint=path)
    with pytest.raises(UsageError, match=r"different: optimizer"):
        sine().fit(SINE_X, SINE_Y, epochs=3, checkpoint=path, optimizer=Adam())
    with pytest.raises(UsageError, match=r"different: layers"):
        Network([Dense(6, "sigmoid"), Dense(1)]).fit(SINE_X, SINE_Y, epochs=3, checkpoint=path)
    path.write_bytes(b"rubbish")
    with pytest.raises(BrokenFile, match="no whole safetensors file"):
        sine().fit(SINE_X, SINE_Y, epochs=3, checkpoint=path)


KILLED = """
import sys, numpy as np
from backproof.nn import Adam, Dense, Network
x = np.linspace(-3, 3, 60)
network = Network([Dense(6, "tanh", initializer="spread"), Dense(1)])
print("go", flush=True)
history = network.fit(x, np.sin(x), optimizer=Adam(0.01), epochs=150, batch_size=8, checkpoint=sys.argv[1])
print(len(history.loss), network.theta.tobytes().hex(), history.loss[-1].hex())
"""


def test_killed_at_any_moment_it_is_taken_up_to_the_same_bits(tmp_path: Path) -> None:
    """Twelve kills at random moments of one training; `make bench` does fifty and more."""
    path = tmp_path / "c"
    command = [sys.executable, "-c", KILLED, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    moments = random.Random(7)
    for _ in range(12):
        child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(moments.uniform(0.0, 0.12))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert not path.exists() or bp.nn.load(path).inputs == 1  # what is there is whole
    resumed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    path.unlink()
    whole = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert resumed == whole


def test_a_range_test_learns_and_leaves_the_network_alone() -> None:
    network = sine()
    network.build(1)
    before = network.theta.copy()
    found = network.learning_rate_range(SINE_X, SINE_Y, batch_size=None, low=1e-4, high=100)
    assert np.array_equal(network.theta, before)
    assert found.losses.min() < 0.7 * found.losses[0]
    assert found.losses[-1] > 1.1 * found.losses.min()  # the rates went on until it was too much
    assert 1e-3 < found.suggestion < 1
