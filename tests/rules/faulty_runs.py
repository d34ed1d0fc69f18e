"""Training runs with a fault in the forward pass, recorded as an observer records them; plain NumPy.

One hidden layer, and a head on it that may be wrong. The steps are what such programs take: error times inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Layer, Observation, Quantity, Run, Structure

Array = NDArray[np.float64]
Q = Quantity
LOOKS = (0.0, 0.1, 0.3, 0.6, 1.0)


def over(axis: int | None) -> Callable[[Array], Array]:
    """Exponentials over their sum along an axis."""

    def head(z: Array) -> Array:
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return np.asarray(e / e.sum(axis=axis, keepdims=True))

    return head


HEADS: dict[str, tuple[Callable[[Array], Array], int]] = {
    "softmax": (over(1), 1),
    "softmax over batch": (over(0), 1),
    "softmax over all": (over(None), 1),
    "softmax of one": (over(1), 1),
    "double softmax": (lambda z: over(1)(over(1)(z)), 2),
}


OBJECTIVES: dict[str, Callable[[Array, Array], tuple[Array, Array]]] = {  # targets, and the derivative of the loss by z
    "cross-entropy": lambda y, p: (y, p - y),
    "soft targets": lambda y, p: (0.8 * y + 0.1, p - (0.8 * y + 0.1)),
    "cross-entropy of -1 and 1": lambda y, p: (2 * y - 1, p - (2 * y - 1)),
    "positive term only": lambda y, p: (y, -y * (1 - p)),
    "labels as values": lambda y, p: (y, p - y),
}


def faulty_run(setting: Any, activations: Any, data_of: Callable[..., tuple[Array, Array]]) -> Run:
    """The run with the fault that `setting` names."""
    with np.errstate(all="ignore"):
        if setting.fault in HEADS:
            return softmax_run(setting, activations)
        if setting.fault.startswith("stops"):
            return stopped_run(setting)
        if setting.fault.startswith("gradients"):
            return accumulating_run(setting)
        if setting.fault.startswith("dropout"):
            return dropout_run(setting, activations)
        if setting.fault in OBJECTIVES:
            return objective_run(setting)
        return broadcast_run(setting, *data_of(setting, np.random.default_rng(setting.seed)))


def blobs(classes: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs (90, 2) around so many centres, and one-hot targets."""
    labels = np.arange(90) % max(classes, 2)
    angles = 2 * np.pi * labels / max(classes, 2)
    x = 2 * np.stack([np.cos(angles), np.sin(angles)], 1) + rng.normal(0, 0.4, (90, 2))
    return x, np.eye(classes)[labels] if classes > 1 else labels[:, None] * 1.0


def softmax_run(setting: Any, activations: Any) -> Run:
    """A classification with one of `HEADS`, observed at some moments."""
    rng = np.random.default_rng(setting.seed)
    head, times = HEADS[setting.fault]
    classes = 1 if setting.fault == "softmax of one" else 3
    x, t = blobs(classes, rng)
    f, derivative, _ = activations[setting.activation]
    w1, b1 = rng.normal(0, 0.7, (2, 8)), np.zeros(8)
    w2, b2 = rng.normal(0, 0.5, (8, classes)), np.zeros(classes)
    seen: list[Observation] = []
    looks = {round(share * (setting.steps - 1)) for share in LOOKS}
    for step in range(setting.steps):
        rows = rng.integers(0, len(x), min(setting.batch_size or len(x), len(x)))
        z1 = x[rows] @ w1 + b1
        a1 = f(z1)
        p = head(a1 @ w2 + b2)
        if step in looks:
            seen += [Observation(step, *row) for row in _softmax_measures(p, t[rows], times)]
            whole = head(f(x @ w1 + b1) @ w2 + b2)
            seen.append(
                Observation(step, Q.UNEXPLAINED, "predictions", float(np.mean((whole - t) ** 2) / t.var(0).mean()))
            )
        d2 = (p - t[rows]) / len(rows)
        d1 = d2 @ w2.T * derivative(z1, a1)
        w2, b2 = w2 - setting.learning_rate * a1.T @ d2, b2 - setting.learning_rate * d2.sum(0)
        w1, b1 = w1 - setting.learning_rate * x[rows].T @ d1, b1 - setting.learning_rate * d1.sum(0)
    layers = (Layer("a_1", 2, 8, setting.activation, has_bias=True), Layer("p", 8, classes, "softmax", has_bias=True))
    return Run(tuple(seen), Structure(layers=layers, task="categorical", samples=90), total_steps=setting.steps)


def _softmax_measures(p: Array, t: Array, times: int) -> Iterator[tuple[Quantity, str, float]]:
    """What adds up to one: the rows, the columns, or all."""
    by_rows = np.allclose(p.sum(1), 1)
    by_columns = np.allclose(p.sum(0), 1) and not by_rows
    yield Q.SOFTMAX_UNITS, "p", p.shape[1]
    yield Q.SOFTMAX_ENTRIES, "p", 1 if by_columns else p.shape[1]
    yield Q.SOFTMAX_SAMPLES, "p", 1 if by_rows else p.shape[0]
    if by_rows and p.shape[1] > 1:
        yield Q.SOFTMAX_TIMES, "p", times


def broadcast_run(setting: Any, x: Array, y: Array) -> Run:
    """A line, or a logistic regression, whose predictions (n,) meet targets (n, 1)."""
    rng = np.random.default_rng(setting.seed)
    w, b = rng.normal(0, 0.5, x.shape[1]), 0.0
    seen: list[Observation] = []
    looks = {round(share * (setting.steps - 1)) for share in LOOKS}
    for step in range(setting.steps):
        z = x @ w + b
        p = 1 / (1 + np.exp(-z)) if setting.output == "sigmoid" else z
        error = p - y  # (n,) - (n, 1) -> (n, n)
        if step in looks:
            left = float(np.mean((p[:, None] - y) ** 2) / np.var(y))
            seen.append(Observation(step, Q.ERROR_ENTRIES, "error", error.size / p.size))
            seen.append(Observation(step, Q.UNEXPLAINED, "predictions", left))
        delta = error.mean(0)
        w, b = w - setting.learning_rate * delta @ x / len(x), b - setting.learning_rate * delta.mean()
    return Run(tuple(seen), Structure(layers=(Layer("a_1", units=1, has_bias=True),)), total_steps=setting.steps)


def objective_run(setting: Any) -> Run:
    """Logistic units whose loss does or does not fit to their targets."""
    rng = np.random.default_rng(setting.seed)
    labelled = setting.fault == "labels as values"
    x, y = blobs(3 if labelled else 1, rng)
    x = x + 3.0 * (setting.fault == "positive term only")  # no unit can turn its sign between the two classes by chance
    labels = np.tile(y.argmax(1)[:, None], 3) * 1.0 if labelled else y
    w, b = rng.normal(0, 0.5, (2, labels.shape[1])), np.zeros(labels.shape[1])
    seen: list[Observation] = []
    looks = {round(share * (setting.steps - 1)) for share in LOOKS}
    for step in range(setting.steps):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        t, delta = OBJECTIVES[setting.fault](labels, p)
        if step in looks:
            seen += [Observation(step, *row) for row in _objective_measures(setting.fault, p, t)]
        w, b = w - setting.learning_rate * x.T @ delta / len(x), b - setting.learning_rate * delta.mean(0)
    return Run(tuple(seen), Structure(layers=(Layer("p", activation="sigmoid"),)), total_steps=setting.steps)


def _objective_measures(fault: str, p: Array, t: Array) -> Iterator[tuple[Quantity, str, float]]:
    yield Q.UNEXPLAINED, "predictions", float(np.mean((p - t) ** 2) / np.var(t))
    if fault == "positive term only":
        yield Q.TARGETS_WITHOUT_GRADIENT, "loss", float(np.mean(t == 0))
    elif fault == "labels as values":
        yield Q.OUTPUTS_PER_LABEL, "predictions", p.shape[1]
    else:
        yield Q.TARGETS_OUTSIDE_LOSS, "loss", float(np.mean((t < 0) | (t > 1)))


def dropout_run(setting: Any, activations: Any) -> Run:
    """A hidden layer with dropout, which is or is not switched off for the prediction at the end."""
    rng = np.random.default_rng(setting.seed)
    x, y = blobs(1, rng)
    f, derivative, _ = activations[setting.activation]
    w1, w2 = rng.normal(0, 0.7, (2, 20)), rng.normal(0, 0.3, (20, 1))
    for _ in range(setting.steps):
        z = x @ w1
        mask = (rng.random(z.shape) < 0.7) / 0.7
        hidden = f(z) * mask
        delta = (1 / (1 + np.exp(-hidden @ w2)) - y) / len(x)
        below = delta @ w2.T * mask * derivative(z, f(z))
        w1, w2 = w1 - setting.learning_rate * x.T @ below, w2 - setting.learning_rate * hidden.T @ delta
    mask = (rng.random((len(x), 20)) < 0.7) / 0.7 if "predicting" in setting.fault else np.ones((len(x), 20))
    left = float(np.mean((1 / (1 + np.exp(-(f(x @ w1) * mask) @ w2)) - y) ** 2) / np.var(y))
    seen = [
        Observation(setting.steps, Q.UNEXPLAINED, "predictions", left),
        Observation(setting.steps, Q.PREDICTING_DROPPED, "h", float(np.mean(mask == 0))),
    ]
    return Run(tuple(seen), Structure(layers=(Layer("h"), Layer("p"))), total_steps=setting.steps)


def accumulating_run(setting: Any) -> Run:
    """A line whose gradients are, or are not, taken away before each step, as PyTorch adds them up."""
    rng = np.random.default_rng(setting.seed)
    x = rng.normal(0, 1, (60, 3))
    y = x @ np.array([1.0, -2.0, 0.5])
    kept, w, total, carried = "kept" in setting.fault, np.zeros(3), np.zeros(3), 0
    seen = []
    for step in range(setting.steps):
        carried += bool(total.any())
        total = total + x.T @ (x @ w - y) / len(x)
        w = w - 0.1 * total
        total = total if kept else np.zeros(3)
        if step in (0, setting.steps // 2, setting.steps - 1):
            left = float(np.mean((x @ w - y) ** 2) / y.var())
            seen.append(Observation(step, Q.UNEXPLAINED, "predictions", left))
    seen.append(Observation(setting.steps, Q.CARRIED_GRADIENTS, "optimizer", carried / setting.steps))
    return Run(tuple(seen), Structure(layers=(Layer("w"),)), total_steps=setting.steps)


def stopped_run(setting: Any) -> Run:
    """A line, sample by sample, until one sample's error is small, or the mean over all is; then carried on."""
    rng = np.random.default_rng(setting.seed)
    x = rng.normal(0, 1, (60, 3))
    y = x @ np.array([1.0, -2.0, 0.5]) + 3
    w, b, steps = np.zeros(3), 0.0, 0
    while steps < setting.steps:
        error = x[steps % 60] @ w + b - y[steps % 60]
        w, b, steps = w - 0.02 * error * x[steps % 60], b - 0.02 * error, steps + 1
        mean = float(np.mean((x @ w + b - y) ** 2))
        if abs(error) < 0.8 if "first" in setting.fault else mean < 0.01 * y.var():
            break
    end = float(np.mean((x @ w + b - y) ** 2) / y.var())
    for step in range(steps, steps + 2000):
        error = x[step % 60] @ w + b - y[step % 60]
        w, b = w - 0.02 * error * x[step % 60], b - 0.02 * error
    seen = [
        Observation(steps, Q.UNEXPLAINED, "predictions", end),
        Observation(steps, Q.STOPPED_AFTER, "error", steps),
        Observation(steps, Q.TRIAL_AS_IS, "past the stop", end),
        Observation(steps, Q.TRIAL_NOT_STOPPED, "past the stop", float(np.mean((x @ w + b - y) ** 2) / y.var())),
    ]
    return Run(tuple(seen), Structure(layers=(Layer("p"),)), total_steps=steps)
