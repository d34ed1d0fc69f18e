"""A small seeded training run, recorded as an observer records one: the sick and the healthy of the rules' tests.

Plain NumPy, independent of the package's own engine: a rule is held against what training really does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Layer, Observation, Quantity, Run, Structure
from backproof.observers.stopped import with_crash
from tests.rules.changed_runs import (
    curvature,
    equal_units,
    further_trials,
    kept_back_trials,
    start_observations,
    swing,
)
from tests.rules.faulty_runs import faulty_run
from tests.rules.spoilt_data import (
    data_observations,
    data_trial_observations,
    next_rows,
    non_finite_observations,
    spoilt,
    stopped_by,
    underflow_observations,
)

Array = NDArray[np.float64]
WINDOWS = (0.0, 0.01, 0.1, 0.3, 0.6, 0.8, 1.0)  # of the run: where the stream is looked at
JUDGED = 3  # steps in a row whose effect is replayed, at each window
TRIAL_STEPS = 3000  # at most


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _naive_tanh(z: Array) -> Array:
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array], tuple[float, float]]] = {
    "linear": (lambda z: z, lambda z, a: 1.0, (-np.inf, np.inf)),
    "sigmoid": (_sigmoid, lambda z, a: a * (1 - a), (0.0, 1.0)),
    "tanh": (np.tanh, lambda z, a: 1 - a * a, (-1.0, 1.0)),
    "naive_tanh": (_naive_tanh, lambda z, a: 1 - a * a, (-1.0, 1.0)),
    "relu": (lambda z: np.maximum(z, 0), lambda z, a: (z > 0) * 1.0, (0.0, np.inf)),
    "mirrored": (lambda z: _sigmoid(-z), lambda z, a: a * (1 - a), (0.0, 1.0)),  # sigmoid's derivative is taken
    "step": (lambda z: (z > 0) * 1.0, lambda z, a: _sigmoid(z) * (1 - _sigmoid(z)), (0.0, 1.0)),  # a slope is pretended
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
            lambda z, a: np.where(z > 0, 1.0, a + 1), (-1.0, np.inf)),
}  # fmt: skip
SPREADS: dict[str, Callable[[int, int], float]] = {
    "glorot": lambda i, o: float(np.sqrt(2 / (i + o))),
    "he": lambda i, o: float(np.sqrt(2 / i)),
    "lecun": lambda i, o: float(np.sqrt(1 / i)),
    "one": lambda i, o: 1.0,
    "uniform": lambda i, o: float(1 / np.sqrt(3)),
    "tiny": lambda i, o: 1e-3,
    "fixed": lambda i, o: 0.8,
}


@dataclass(frozen=True)
class Setting:
    """Everything that is chosen about a run; rules name what makes them fire in `SICK`."""

    data: str = "sine"
    samples: int = 80
    hidden: tuple[int, ...] = (12,)
    activation: str = "tanh"
    output: str = "linear"
    init: str = "glorot"
    init_scale: float = 1.0
    bias: bool = True
    bias_init: float = 0.0
    skip: bool = False
    input_scale: float = 1.0
    input_shift: float = 0.0
    noise: float = 0.0
    decay: float = 0.0
    held_out: int = 0
    learning_rate: float = 0.1
    batch_size: int | None = 16
    steps: int = 3000
    printed: str | None = "mean"
    half: bool = False  # the parameters are said to be float16
    order: str | None = None  # "sorted" by the targets, and trained on in that order, or "random"
    rare: float | None = None  # share of the second of two classes
    target_scale: float = 1.0
    constant_columns: int = 0
    shuffled: str | None = None  # "inputs", "targets" or "both": rows put into another order
    missing_inputs: int = 0  # entries that are NaN
    undefined: str | None = None  # an operation without a finite result: see UNDEFINED
    labels: str | None = None  # as indices of two or three classes: see LABELS
    stops: str | None = None  # with an exception: see STOPPING
    fault: str | None = None  # in the forward pass: see faulty_runs
    seed: int = 0


TABLES: dict[str, tuple[list[list[float]], list[list[float]]]] = {
    "xor": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]),
    "and": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [0], [0], [1]]),
    "table": (
        [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0]],
        [[0], [1], [0], [1], [0], [1]],
    ),
    "one": ([[62.5]], [[0]]),
}


def _classes(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    y = (np.arange(n) % 2)[:, None] * 1.0
    return rng.normal(0, 1, (n, 2)) + 3 * y - 1.5, y


def _with(f: Callable[[Array], Array], x: Array) -> tuple[Array, Array]:
    return x, f(x)


DRAWN: dict[str, Callable[[int, np.random.Generator], tuple[Array, Array]]] = {
    "sine": lambda n, rng: _with(np.sin, rng.uniform(-3, 3, (n, 1))),
    "sine15": lambda n, rng: _with(np.sin, rng.uniform(0, 15, (n, 1))),
    "sum": lambda n, rng: _with(lambda x: np.sin(x.sum(1, keepdims=True)), rng.uniform(-1.5, 1.5, (n, 3))),
    "line": lambda n, rng: _with(lambda x: x @ np.array([[1.0], [-2.0], [0.5]]) + 0.7, rng.normal(0, 1, (n, 3))),
    "double": lambda n, rng: _with(lambda x: 2 * x, np.arange(1, 21)[:, None] * 0.025),
    "classes": _classes,
}


def data_of(setting: Setting, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs (samples, features) and targets (samples, outputs)."""
    if setting.data in TABLES:
        x, y = (np.array(part, dtype=float) for part in TABLES[setting.data])
    else:
        x, y = DRAWN[setting.data](setting.samples, rng)
    return x * setting.input_scale + setting.input_shift, y + setting.noise * rng.normal(0, 1, y.shape)


@dataclass
class Net:
    """Weights and biases, and the passes through them."""

    weights: list[Array]
    biases: list[Array]
    setting: Setting

    def activation(self, layer: int) -> str:
        return self.setting.output if layer == len(self.weights) - 1 else self.setting.activation

    def forward(self, x: Array) -> tuple[list[Array], list[Array]]:
        zs, activations = [], [x]
        for k, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = activations[-1] @ w + b
            a = ACTIVATIONS[self.activation(k)][0](z)
            if self.setting.skip and a.shape == activations[-1].shape and k:
                a = a + activations[-1]
            zs.append(z)
            activations.append(a)
        return zs, activations

    def deltas(self, y: Array, zs: list[Array], activations: list[Array]) -> list[Array]:
        """dloss/dz of each layer for half the squared error, mean over the samples."""
        upstream = (activations[-1] - y) / len(y)
        deltas: list[Array] = []
        for k in reversed(range(len(zs))):
            f, derivative, _ = ACTIVATIONS[self.activation(k)]
            skipped = self.setting.skip and k > 0 and zs[k].shape == activations[k].shape
            delta = upstream * derivative(zs[k], f(zs[k]) if skipped else activations[k + 1])
            through = delta @ self.weights[k].T
            upstream = through + upstream if skipped else through
            deltas.insert(0, delta)
        return deltas

    def gradients(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
        zs, activations = self.forward(x)
        deltas = self.deltas(y, zs, activations)
        return [a.T @ d for a, d in zip(activations, deltas, strict=False)], [d.sum(0) for d in deltas]

    def stepped(self, gradients: tuple[list[Array], list[Array]], rate: float, decay: float | None = None) -> Net:
        pull = self.setting.decay if decay is None else decay
        weights = [w - rate * (g + pull * w if pull else g) for w, g in zip(self.weights, gradients[0], strict=True)]
        biases = [b - rate * g * self.setting.bias for b, g in zip(self.biases, gradients[1], strict=True)]
        return Net(weights, biases, self.setting)

    def loss(self, x: Array, y: Array) -> float:
        return float(0.5 * np.mean((self.forward(x)[1][-1] - y) ** 2))


def new_net(setting: Setting, inputs: int, outputs: int, rng: np.random.Generator) -> Net:
    sizes = (inputs, *setting.hidden, outputs)
    pairs = list(itertools.pairwise(sizes))
    draws: dict[str, Callable[[float, tuple[int, int]], Array]] = {
        "uniform": lambda s, shape: rng.uniform(-1, 1, shape),
        "fixed": lambda s, shape: np.full(shape, s),
    }
    draw = draws.get(setting.init, lambda s, shape: rng.normal(0, s, shape))
    weights = [setting.init_scale * draw(SPREADS[setting.init](i, o), (i, o)) for i, o in pairs]
    return Net(weights, [np.full(o, setting.bias_init) for _, o in pairs], setting)


def trained(net: Net, x: Array, y: Array, setting: Setting, steps: int, rng: np.random.Generator) -> Net:
    for _ in range(steps):
        rows = batch(setting, len(x), rng)
        net = net.stepped(net.gradients(x[rows], y[rows]), setting.learning_rate)
    return net


def batch(setting: Setting, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    size = setting.batch_size or n
    return np.arange(n) if size >= n else rng.integers(0, n, size)


def unexplained(net: Net, x: Array, y: Array) -> float:
    return float(np.mean((net.forward(x)[1][-1] - y) ** 2) / np.var(y))


def _rms(a: Array) -> float:
    return float(np.sqrt(np.mean(a * a)))


def layer_observations(net: Net, x: Array, y: Array) -> Iterator[tuple[Quantity, str, float]]:
    zs, activations = net.forward(x)
    deltas = net.deltas(y, zs, activations)
    for k, (z, d) in enumerate(zip(zs, deltas, strict=True)):
        name, kind = f"a_{k + 1}", net.activation(k)
        f, derivative, _ = ACTIVATIONS[kind]
        slope = np.zeros_like(z) if kind == "step" else derivative(z, f(z))
        if kind == "mirrored":
            yield Quantity.FORMULA_DIFFERS, f"{name}, sigmoid", float(np.abs(f(z) - _sigmoid(z)).max())
        yield Quantity.PREACTIVATION_RMS, name, _rms(z)
        yield Quantity.PREACTIVATION_MAX, name, float(np.abs(z).max())
        yield Quantity.ACTIVATION_DERIVATIVE, name, float(np.abs(slope).mean())
        yield Quantity.DELTA_RMS, name, _rms(d)
        if kind in ("sigmoid", "tanh"):
            peak = 0.25 if kind == "sigmoid" else 1.0
            yield Quantity.SATURATED_UNITS, name, float(np.mean(np.mean(slope < 0.02 * peak, 0) > 0.95))
            i = np.unravel_index(np.argmin(slope), slope.shape)
            yield Quantity.DERIVATIVE_COMPUTED, name, float(slope[i])
            yield Quantity.DERIVATIVE_TRUE, name, true_slope(kind, float(z[i]))
        if kind == "relu":
            yield Quantity.DEAD_UNITS, name, float(np.mean(np.all(z <= 0, axis=0)))


def true_slope(kind: str, z: float) -> float:
    t = float(np.exp(-abs(z) * (1 if kind == "sigmoid" else 2)))
    return t / (1 + t) ** 2 * (1 if kind == "sigmoid" else 4)


def entries_observations() -> Iterator[tuple[Quantity, str, float]]:
    """All shapes agree."""
    yield Quantity.ERROR_ENTRIES, "error", 1.0
    yield Quantity.SUM_ENTRIES, "a_1", 1.0


def whole_observations(net: Net, x: Array, y: Array, first: float) -> Iterator[tuple[Quantity, str, float]]:
    predictions = net.forward(x)[1][-1]
    yield Quantity.LOSS, "loss", net.loss(x, y)
    if np.var(y):
        yield Quantity.UNEXPLAINED, "predictions", unexplained(net, x, y)
        yield Quantity.PREDICTION_SPREAD, "predictions", float(np.std(predictions) / np.std(y))
    for q, value in (
        (Quantity.PREDICTION_MIN, predictions.min()), (Quantity.PREDICTION_MAX, predictions.max()),
        (Quantity.TARGET_MIN, y.min()), (Quantity.TARGET_MAX, y.max()),
    ):  # fmt: skip
        yield q, "predictions", float(value)
    low, high = ACTIVATIONS[net.setting.output][2]
    yield Quantity.TARGETS_OUT_OF_RANGE, "predictions", float(np.mean((y < low) | (y > high)))
    yield Quantity.TARGETS_AT_LIMIT, "predictions", float(np.mean((y == low) | (y == high)))
    yield Quantity.RELATIVE_GRADIENT, "parameters", gradient_size(net, x, y) / first
    std = x.std(0)
    yield Quantity.INPUT_MAX, "inputs", float(np.abs(x).max())
    yield Quantity.INPUT_STD, "inputs", float(std.max())
    if std.min() > 0:
        yield Quantity.INPUT_SCALE_RATIO, "inputs", float(std.max() / std.min())


def gradient_size(net: Net, x: Array, y: Array) -> float:
    return _rms(np.concatenate([g.ravel() for part in net.gradients(x, y) for g in part]))


def printed_observations(net: Net, x: Array, y: Array) -> Iterator[tuple[Quantity, str, float]]:
    error = net.forward(x)[1][-1] - y
    value = {
        "mean": np.mean(error**2), "sum": np.sum(error**2), "mae": np.mean(np.abs(error)),
        "rmse": np.sqrt(np.mean(error**2)), "last": np.mean(error[-1:] ** 2), "signed": np.mean(error),
        "accuracy": np.mean((error + y > 0.5) == (y > 0.5)), "wrong": np.mean((error + y > 0.5) != (y > 0.5)),
    }  # fmt: skip
    if net.setting.printed:
        yield Quantity.PRINTED_LOSS, "error", float(value[net.setting.printed])
        yield Quantity.FOLLOWED_LOSS, "error", net.loss(x, y)


def judged_observations(net: Net, x: Array, y: Array, setting: Setting) -> Iterator[tuple[Quantity, str, float]]:
    before, gradients = net.loss(x, y), net.gradients(x, y)
    if before > 0 and np.isfinite(before):
        for q, rate in ((Quantity.BATCH_LOSS_CHANGE, 1.0), (Quantity.BATCH_LOSS_CHANGE_TENTH, 0.1)):
            yield q, "loss", net.stepped(gradients, rate * setting.learning_rate).loss(x, y) / before - 1


def parameter_observations(net: Net) -> Iterator[tuple[Quantity, str, float]]:
    for k, w in enumerate(net.weights):
        yield Quantity.WEIGHT_RMS, f"w_{k + 1}", _rms(w)


def overflow_observations(net: Net, x: Array) -> Iterator[tuple[Quantity, str, float]]:
    zs, activations = net.forward(x)
    bad = 0
    for k, (z, a) in enumerate(zip(zs, activations[1:], strict=True)):
        bad = int(np.sum(~np.isfinite(a)) + np.sum(~np.isfinite(z)))
        if bad:
            yield Quantity.NON_FINITE, f"a_{k + 1}", float(bad)
            yield Quantity.OVERFLOW_INPUT, f"a_{k + 1}", float(np.abs(np.where(np.isfinite(z), z, 0)).max())
            return
    yield Quantity.NON_FINITE, "all", 0.0


def trial_observations(net: Net, x: Array, y: Array, setting: Setting) -> Iterator[tuple[Quantity, str, float]]:
    """As an observer makes them, with one thing changed: with the run's own rate, and with one that needs no tuning."""
    scaled = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    fresh = new_net(setting, x.shape[1], y.shape[1], np.random.default_rng(setting.seed + 77))
    for quantity, start, inputs, change in (
        (Quantity.TRIAL_AS_IS, net, x, {}),
        (Quantity.TRIAL_STANDARDISED, net, scaled, {}),
        (Quantity.TRIAL_RESTARTED, fresh, x, {}),
        (Quantity.TRIAL_TENTH_RATE, net, x, {"learning_rate": setting.learning_rate / 10}),
    ):
        changed = replace(setting, **change)
        start = Net(start.weights, start.biases, changed)
        end = trained(start, inputs, y, changed, min(TRIAL_STEPS, setting.steps), np.random.default_rng(setting.seed))
        yield quantity, "own rate", unexplained(end, inputs, y)
    if setting.activation == "linear" and setting.hidden:
        for quantity, kind in ((Quantity.TRIAL_AS_IS, "linear"), (Quantity.TRIAL_NONLINEAR, "tanh")):
            start = Net(net.weights, net.biases, replace(setting, activation=kind))
            held = np.arange(len(x)) % 3 == 0 if len(x) >= 24 else np.zeros(len(x), bool)  # a table holds none back
            end = trained_by_adam(start, x[~held], y[~held])
            judged = held if held.any() else ~held
            yield quantity, "bent", unexplained(end, x[judged], y[judged])
    if setting.bias:
        return
    for quantity, bias in ((Quantity.TRIAL_AS_IS, False), (Quantity.TRIAL_WITH_BIAS, True)):
        start = Net(net.weights, net.biases, replace(setting, bias=bias))
        yield quantity, "Adam", unexplained(trained_by_adam(start, x, y), x, y)


def trained_by_adam(net: Net, x: Array, y: Array, steps: int = 2000, rate: float = 0.03) -> Net:
    first, second = [np.zeros(1)] * 2 * len(net.weights), [np.zeros(1)] * 2 * len(net.weights)
    for step in range(1, steps + 1):
        weights, biases = net.gradients(x, y)
        gradients = [*(g + net.setting.decay * w for g, w in zip(weights, net.weights, strict=True)), *biases]
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradients, strict=True)]
        moves = [
            m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8) for m, v in zip(first, second, strict=True)
        ]
        half = len(net.weights)
        net = net.stepped((moves[:half], moves[half:]), rate, decay=0.0)
    return net


def structure_of(net: Net, x: Array, y: Array, setting: Setting) -> Structure:
    layers = tuple(
        Layer(
            name=f"a_{k + 1}", inputs=w.shape[0], units=w.shape[1], activation=net.activation(k),
            output_range=ACTIVATIONS[net.activation(k)][2], has_bias=setting.bias,
            has_skip=setting.skip and k > 0 and w.shape[0] == w.shape[1], parameters=(f"w_{k + 1}",),
        )
        for k, w in enumerate(net.weights)
    )  # fmt: skip
    return Structure(
        layers=layers, loss="half_squared_error", loss_reduction="mean", optimizer="sgd",
        learning_rate=setting.learning_rate, batch_size=setting.batch_size or len(x), samples=len(x),
        task="binary" if setting.data in ("xor", "and", "classes", "table") else "regression",
        inputs=x.shape[1], outputs=y.shape[1], constant_input=bool(np.any(x.std(0) == 0) and len(x) > 1),
    )  # fmt: skip


def reference(setting: Setting) -> Run:
    """Train as `setting` says, and give what an observer would have recorded."""
    if setting.fault:
        return faulty_run(setting, ACTIVATIONS, data_of)
    rng = np.random.default_rng(setting.seed)
    with np.errstate(all="ignore"):
        data = data_of(replace(setting, samples=setting.samples + setting.held_out), rng)
        x, y = spoilt(*data, setting, rng)
        other, x, y = (x[: setting.held_out], y[: setting.held_out]), x[setting.held_out :], y[setting.held_out :]
        start = net = new_net(setting, x.shape[1], y.shape[1], rng)
        first = gradient_size(net, x, y) or 1.0
        windows = {round(w * (setting.steps - 1)) for w in WINDOWS}
        seen: list[Observation] = [Observation(0, *row) for row in start_observations(start)]

        def keep(step: int, rows: Iterator[tuple[Quantity, str, float]]) -> None:
            seen.extend(Observation(step, *row) for row in rows)

        for step in range(setting.steps):
            rows = batch(setting, len(x), rng) if setting.order != "sorted" else next_rows(setting, len(x), step)
            if any(step - k in windows for k in range(JUDGED)):
                keep(step, judged_observations(net, x[rows], y[rows], setting))
            if step in windows:
                keep(step, whole_observations(net, x, y, first))
                keep(step, layer_observations(net, x, y))
                keep(step, parameter_observations(net))
                keep(step, equal_units(net))
                if setting.held_out:
                    seen.append(Observation(step, Quantity.HELD_OUT, "other data", unexplained(net, *other)))
                keep(step, entries_observations())
                keep(step, printed_observations(net, x, y))
                keep(step, non_finite_observations(net, x, setting, overflow_observations))
            net = net.stepped(net.gradients(x[rows], y[rows]), setting.learning_rate)
        keep(setting.steps, end_observations(start, net, x, y, rng))
        keep(setting.steps, data_observations(setting, x, y))
        if setting.half:
            keep(setting.steps, underflow_observations(net, x, y))
        keep(setting.steps, data_trial_observations(setting, start, net, x, y))
        run = Run(tuple(seen), structure_of(start, x, y, setting), total_steps=setting.steps)
        return with_crash(run, stopped_by(setting.stops, x, net)) if setting.stops else run


def end_observations(
    start: Net, net: Net, x: Array, y: Array, rng: np.random.Generator
) -> Iterator[tuple[Quantity, str, float]]:
    """The steps at the end, and the experiments where the network does not fit."""
    setting = start.setting
    for known in (start, net):
        yield Quantity.STEP_CURVATURE, "loss", setting.learning_rate * curvature(known, x, y)
    yield from swing(net, x, y, (batch(setting, len(x), rng) for _ in range(8)))
    if not unexplained(net, x, y) <= 0.05 and np.var(y):
        yield from trial_observations(start, x, y, setting)
        yield from further_trials(start, net, x, y, trained, unexplained)
        yield from kept_back_trials(start, x, y, new_net, trained_by_adam, unexplained)
