"""What is measured in a recorded program, against numbers that the tests work out themselves."""

from pathlib import Path

import numpy as np
import pytest

from backproof.observations import Quantity, Run
from backproof.observers.recorded import TRIALS, run_of
from tests.scripts.recording import SETTING, STYLES, record

Q = Quantity
GIVEN: dict[str, list[list[float]]] = {}
exec(SETTING, GIVEN)
X, Y = np.array(GIVEN["X"]), np.array(GIVEN["Y"])[:, None]


def run(source: str, folder: Path) -> Run:
    return run_of(record(source, folder), "finished")


def forward(w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.tanh(X @ w1 + b1)
    return hidden, 1 / (1 + np.exp(-(hidden @ w2 + b2)))


def start() -> list[np.ndarray]:
    return [np.array(GIVEN[n], dtype=float).reshape(shape) for n, shape in
            (("W1", (2, 3)), ("B1", (3,)), ("W2", (3, 1)), ("B2", (1,)))]  # fmt: skip


@pytest.mark.parametrize("style", ["columns", "rows", "summed"])
def test_first_numbers_are_those_of_the_source(style: str, tmp_path: Path) -> None:
    observed = run(STYLES[style], tmp_path)
    hidden, output = forward(*start())
    delta = (output - Y) * output * (1 - output)
    hidden_delta = delta @ start()[2].T * (1 - hidden**2)
    first, last = (layer.name for layer in observed.structure.layers)
    true = {
        (Q.UNEXPLAINED, "predictions"): np.mean((output - Y) ** 2) / np.var(Y),
        (Q.LOSS, "loss"): np.mean((output - Y) ** 2) / 2,
        (Q.PREDICTION_MAX, "predictions"): output.max(),
        (Q.TARGET_MIN, "predictions"): 0.0,
        (Q.TARGETS_OUT_OF_RANGE, "predictions"): 0.0,
        (Q.TARGETS_AT_LIMIT, "predictions"): 1.0,
        (Q.RELATIVE_GRADIENT, "parameters"): 1.0,
        (Q.PREACTIVATION_MAX, first): np.abs(X @ start()[0] + start()[1]).max(),
        (Q.ACTIVATION_DERIVATIVE, first): np.mean(1 - hidden**2),
        (Q.SATURATED_UNITS, last): 0.0,
        (Q.INPUT_MAX, "inputs"): 2.0,
        (Q.INPUT_STD, "inputs"): X.std(0).max(),
    }  # fmt: skip
    for (quantity, where), value in true.items():
        _, values = observed.series(quantity, where)
        assert len(values), quantity
        assert values[0] == pytest.approx(value, abs=1e-12), quantity
    deltas = [observed.series(Q.DELTA_RMS, name)[1][0] for name in (first, last)]
    assert deltas == pytest.approx([np.sqrt(np.mean(d**2)) for d in (hidden_delta, delta)], rel=0.5)  # of some steps


def test_a_step_is_replayed_on_its_own_samples(tmp_path: Path) -> None:
    observed = run(STYLES["rows"], tmp_path)
    values = start()
    changes = {}
    for step in range(8):
        hidden, output = forward(*values)
        delta = (output - Y) * output * (1 - output)
        back = delta @ values[2].T * (1 - hidden**2)
        gradients = [X.T @ back, back.sum(0), hidden.T @ delta, delta.sum(0)]
        losses = [
            np.sum((forward(*(v - rate * g for v, g in zip(values, gradients, strict=True)))[1] - Y) ** 2)
            for rate in (0, 0.5, 0.05)
        ]
        changes[step] = (losses[1] / losses[0] - 1, losses[2] / losses[0] - 1)
        values = [v - 0.5 * g for v, g in zip(values, gradients, strict=True)]
    for quantity, k in ((Q.BATCH_LOSS_CHANGE, 0), (Q.BATCH_LOSS_CHANGE_TENTH, 1)):
        steps, seen = observed.series(quantity, "loss")
        early = [(s, v) for s, v in zip(steps.tolist(), seen, strict=True) if s in changes]
        assert early
        assert all(v == pytest.approx(changes[s][k], rel=1e-6) for s, v in early)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_structure_is_the_same_in_every_style(style: str, tmp_path: Path) -> None:
    structure = run(STYLES[style], tmp_path).structure
    assert [(layer.activation, layer.inputs, layer.units) for layer in structure.layers] == [
        ("tanh", 2, 3),
        ("sigmoid", 3, 1),
    ]
    assert (structure.loss, structure.task, structure.samples) == ("half_squared_error", "binary", 5)
    assert (structure.inputs, structure.outputs, structure.constant_input) == (2, 1, False)
    assert structure.learning_rate == pytest.approx(0.5)
    assert structure.optimizer == "sgd"
    assert all(layer.place.line is not None for layer in structure.layers)


ONE_SIGMOID = """
import math
w = {weight}
for step in range(50):
    z = w * 62.5
    a = 1 / (1 + math.exp(-z))
    cost = (a - 0.0) ** 2
    delta = 2 * (a - 0.0) * a * (1 - a)
    w = w - 0.5 * delta * 62.5
"""


def test_derivative_that_rounds_to_zero(tmp_path: Path) -> None:
    observed = run("target = 0.0\n" + ONE_SIGMOID.format(weight=0.8).replace("a - 0.0", "a - target"), tmp_path)
    (where,) = observed.places(Q.DERIVATIVE_COMPUTED)
    assert observed.last(Q.DERIVATIVE_COMPUTED, where) == 0.0
    assert observed.last(Q.DERIVATIVE_TRUE, where) == pytest.approx(np.exp(-50.0))
    assert observed.last(Q.PREACTIVATION_MAX, where) == pytest.approx(50.0)


def test_derivative_that_does_not_round(tmp_path: Path) -> None:
    observed = run("target = 0.0\n" + ONE_SIGMOID.format(weight=0.01).replace("a - 0.0", "a - target"), tmp_path)
    for where in observed.places(Q.DERIVATIVE_COMPUTED):
        assert observed.series(Q.DERIVATIVE_COMPUTED, where)[1].min() > 0


TANH = """
import numpy as np
x = np.linspace(1, 20, 20)[:, None] * {scale}
y = np.linspace(0.05, 1, 20)[:, None]
w, b = np.array([[0.5]]), np.array([[0.5]])
for step in range(40):
    z = x @ w + b
    a = {activation}
    d = (a - y) * (1 - a ** 2)
    w = w - 0.07 * x.T @ d
    b = b - 0.07 * d.sum(0, keepdims=True)
"""
BY_HAND = "(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))"


def test_overflow_that_becomes_nan(tmp_path: Path) -> None:
    observed = run(TANH.format(scale=100.0, activation=BY_HAND), tmp_path)
    (where,) = observed.places(Q.NON_FINITE)
    assert observed.series(Q.NON_FINITE, where)[1][0] > 0
    assert observed.last(Q.OVERFLOW_INPUT, where) == pytest.approx(1000.5)
    assert observed.place(where).line == 8


def test_overflow_that_does_no_harm(tmp_path: Path) -> None:
    observed = run(TANH.format(scale=-100.0, activation="2 / (1 + np.exp(-2 * z)) - 1"), tmp_path)
    assert observed.places(Q.NON_FINITE) == ("all",)
    assert observed.last(Q.NON_FINITE, "all") == 0.0


BEST_SO_FAR = """
import numpy as np
x = np.linspace(-1, 1, 10)
y = 2 * x
w, previous = 0.0, np.inf
for step in range(60):
    e = w * x - y
    loss = np.mean(e ** 2)
    print(previous - loss)
    previous = loss
    w = w - 0.1 * np.mean(e * x)
"""


def test_infinity_that_the_script_began_with_is_no_ailment(tmp_path: Path) -> None:
    assert run(BEST_SO_FAR, tmp_path).places(Q.NON_FINITE) == ("all",)


DEAD = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (40, 2))
Y = X.sum(1, keepdims=True)
W1, b1, W2 = rng.normal(0, 1, (2, 4)), np.array([-20.0, -20.0, 0.1, -20.0]), rng.normal(0, 1, (4, 1))
for step in range(40):
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    d = (h @ W2 - Y) / 40
    g = (d @ W2.T) * (z > 0)
    W2 -= 0.05 * h.T @ d
    W1 -= 0.05 * X.T @ g
    b1 -= 0.05 * g.sum(0)
"""


def test_dead_units_are_counted(tmp_path: Path) -> None:
    observed = run(DEAD, tmp_path)
    assert observed.places(Q.DEAD_UNITS) == (observed.structure.layers[0].name,)
    assert observed.last(Q.DEAD_UNITS, observed.structure.layers[0].name) == 0.75


PRINTED = """
import numpy as np
rng = np.random.default_rng(1)
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
w, b = np.array([0.3, -0.2]), 0.1
for epoch in range(400):
    for k in range(4):
        e = X[k] @ w + b - Y[k]
        error = e ** 2
        w = w - 0.05 * e * X[k]
        b = b - 0.05 * e
    if epoch % 100 == 0:
        print(error)
"""


def test_error_of_the_last_row_is_told_from_the_loss(tmp_path: Path) -> None:
    observed = run(PRINTED, tmp_path)
    (where,) = observed.places(Q.PRINTED_LOSS)
    assert "error" in where
    w, b, shown = np.array([0.3, -0.2]), 0.1, []
    rows, answers = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])
    for step in range(1600):
        e = rows[step % 4] @ w + b - answers[step % 4]
        shown.append(e**2)
        w, b = w - 0.05 * e * rows[step % 4], b - 0.05 * e
    _, values = observed.series(Q.PRINTED_LOSS, where)
    assert values[-1] == pytest.approx(shown[-1], rel=0.1)  # of the last row only, not of the others
    assert observed.last(Q.FOLLOWED_LOSS, where) == pytest.approx(observed.last(Q.LOSS, "loss"))


KEPT_BACK = """
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(30, 2))
Y = X @ np.array([[1.0], [-1.0]])
X, Y = X[10:], Y[10:]
w = np.zeros((2, 1))
for epoch in range(40):
    e = X @ w - Y
    w = w - 0.01 * X.T @ e
    print(np.mean(SHOWN))
"""


def test_rows_that_no_step_takes_are_no_data(tmp_path: Path) -> None:
    observed = run(KEPT_BACK.replace("SHOWN", "e ** 2"), tmp_path)
    assert observed.structure.samples == 20
    x = np.random.default_rng(3).normal(size=(30, 2))[10:]
    assert observed.series(Q.INPUT_STD, "inputs")[1][-1] == pytest.approx(x.std(0).max())
    assert not observed.places(Q.PRINTED_CANCELS)


def test_a_sum_of_signed_errors_is_known_by_how_it_is_made(tmp_path: Path) -> None:
    observed = run(KEPT_BACK.replace("SHOWN", "e"), tmp_path)
    (where,) = observed.places(Q.PRINTED_CANCELS)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(30, 2))
    w, y = np.zeros((2, 1)), x @ np.array([[1.0], [-1.0]])
    kept = []
    for _ in range(40):
        e = x[10:] @ w - y[10:]
        w = w - 0.01 * x[10:].T @ e
        kept.append(abs(e.sum()) / np.abs(e).sum())
    assert observed.last(Q.PRINTED_CANCELS, where) == pytest.approx(kept[-1])


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    for windows in ([], record("x = 1.0\n", tmp_path)):
        observed = run_of(windows, "raised")
        assert observed.observations == ()
        assert not observed.finished
        assert set(observed.unseen) == set(Quantity) - set(TRIALS)
        assert observed.unseen[Q.LOSS] == "no training step was recorded"


def test_every_quantity_is_observed_or_explained(tmp_path: Path) -> None:
    observed = run(STYLES["rows"], tmp_path)
    assert observed.quantities() | set(observed.unseen) | set(TRIALS) == set(Quantity)
    assert not observed.quantities() & set(observed.unseen)
