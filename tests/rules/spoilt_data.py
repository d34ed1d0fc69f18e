"""Reference runs on data that is spoilt, on numbers that are none, and programs that stop: what an observer sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Crash, Quantity
from backproof.scripts.crash import crash_of
from backproof.scripts.data_trials import data_trials, predicted, recalls
from backproof.scripts.described import DescribedLayer, DescribedNetwork
from backproof.scripts.pairing import unpredictable

Array = NDArray[np.float64]
Rows = Iterator[tuple[Quantity, str, float]]
Setting = Any  # of training_runs, whose settings these are
Net = Any
SECONDS = 10.0  # for a pair of trials: so much that none is cut
MOST_STEPS = 3000

LABELS = {  # and the number of classes
    "from zero": ([0, 1, 2, 2], 3),
    "from one": ([1, 2, 3, 3], 3),
    "below zero": ([-1, 1, 1, -1], 2),
    "minus one to one": ([-1, 0, 1, 1], 3),
}


def label_observations(labels: list[int], classes: int) -> Rows:
    yield Quantity.LABEL_MIN, "y", min(labels)
    yield Quantity.LABEL_MAX, "y", max(labels)
    yield Quantity.CLASSES, "y", classes
    lands = [label for label in labels if label < 0 and label + classes in labels]
    yield Quantity.LABELS_COLLIDE, "y", len(lands) / len(labels)


def spoilt(x: Array, y: Array, setting: Setting, rng: np.random.Generator) -> tuple[Array, Array]:
    """Data with all that `setting` does to it: rows, entries, columns, scales and shares."""
    if setting.rare:
        y = (np.arange(len(y)) < setting.rare * len(y))[:, None] * 1.0
        x = np.random.default_rng(setting.seed + 6).normal(0, 1, x.shape) + 2 * y
    y = y * setting.target_scale
    x = np.column_stack([x, *[np.zeros(len(x))] * setting.constant_columns])
    if setting.order == "sorted":
        rows = np.argsort(y[:, 0], kind="stable")
        x, y = x[rows], y[rows]
    order = _order(setting, x)
    x = x[order] if setting.shuffled in ("inputs", "both") else x
    y = y[order] if setting.shuffled in ("targets", "both") else y
    if setting.missing_inputs:  # drawn only then: all other runs keep the numbers that thresholds were measured on
        x[rng.permutation(len(x))[: setting.missing_inputs], 0] = np.nan
    if setting.undefined == "divide":
        x[:, 0] = 2.0
        x = (x - x.mean(0)) / x.std(0)
    return x, y


def data_observations(setting: Setting, x: Array, y: Array) -> Rows:
    """What is seen of the data alone."""
    if setting.labels:
        yield from label_observations(*LABELS[setting.labels])
    if setting.shuffled in ("inputs", "targets"):
        yield Quantity.PROBE_AS_GIVEN, setting.shuffled, unpredictable(x, y) or 0.0
        yield Quantity.PROBE_AS_BEFORE, setting.shuffled, unpredictable(*_as_before(setting, x, y)) or 0.0
    if setting.missing_inputs:
        yield from missing_observations(x)


def underflow_observations(net: Net, x: Array, y: Array) -> Rows:
    for k, gradient in enumerate(net.gradients(x, y)[0]):
        sizes, least = np.abs(gradient[gradient != 0]), float(np.finfo(np.float16).smallest_normal)
        yield Quantity.GRADIENT_UNDERFLOW, f"w_{k + 1}", float(np.mean(sizes < least)) if sizes.size else 0.0
        yield Quantity.SMALLEST_NORMAL, f"w_{k + 1}", least


def next_rows(setting: Setting, n: int, step: int) -> NDArray[np.int64]:
    """The rows of a step that takes them one after the other."""
    size = setting.batch_size or n
    return (step * size + np.arange(size)) % n


def data_trial_observations(setting: Setting, start: Net, end: Net, x: Array, y: Array) -> Rows:
    """What an observer sees of order, classes, columns, and the trials that belong to these."""
    if setting.constant_columns:
        yield Quantity.CONSTANT_FEATURES, "inputs", float(np.sum(np.ptp(x, axis=0) == 0))
    wanted = set()
    if setting.order and setting.batch_size:
        drawn = y if setting.order == "sorted" else y[_order(setting, x)]
        yield Quantity.ORDER_RATIO, "targets", float(np.mean(np.diff(drawn, axis=0) ** 2) / (2 * np.var(y)))
        wanted.add(Quantity.TRIAL_SHUFFLED)
    if setting.rare:
        found = recalls(predicted(end.forward(x)[1][-1], y), y[:, 0].astype(int))
        yield Quantity.RARE_SHARE, "targets", float(y.mean())
        yield Quantity.RARE_RECALL, "targets", float(found[1])
        wanted.add(Quantity.TRIAL_RARE_EVEN)
    if setting.target_scale != 1:
        wanted.add(Quantity.TRIAL_TARGETS_SCALED)
    for seen in data_trials(_described(setting, start, x, y), frozenset(wanted), SECONDS * len(wanted), setting.seed):
        yield seen.quantity, seen.where, seen.value


def _described(setting: Setting, net: Net, x: Array, y: Array) -> DescribedNetwork:
    layers = tuple(
        DescribedLayer(w, b if setting.bias else None, net.activation(k))
        for k, (w, b) in enumerate(zip(net.weights, net.biases, strict=True))
    )
    size, steps = setting.batch_size or len(x), min(setting.steps, MOST_STEPS)
    return DescribedNetwork(layers, None, x, y, "half_squared_error", setting.learning_rate, size, steps, "sgd")


def _as_before(setting: Setting, x: Array, y: Array) -> tuple[Array, Array]:
    order = _order(setting, x)
    return (x, y[order]) if setting.shuffled == "inputs" else (x[order], y)


def _order(setting: Setting, x: Array) -> NDArray[np.intp]:
    return np.random.default_rng(setting.seed + 5).permutation(len(x))


def missing_observations(x: Array) -> Rows:
    row, column = np.argwhere(np.isnan(x))[0]
    yield Quantity.NON_FINITE_DATA, "X", float(np.isnan(x).sum())
    yield Quantity.NON_FINITE_ROW, "X", float(row)
    yield Quantity.NON_FINITE_COLUMN, "X", float(column)


UNDEFINED: dict[str, Callable[[Array], Array]] = {
    "log": lambda p: np.log(np.round(p)),
    "clipped": lambda p: np.log(np.clip(np.round(p), 1e-12, 1)),
    "divide": lambda p: p,
}


def non_finite_observations(net: Net, x: Array, setting: Setting, overflow_of: Callable[[Any, Array], Rows]) -> Rows:
    weights = np.concatenate([w.ravel() for w in (*net.weights, *net.biases)])
    yield Quantity.NON_FINITE_PARAMETERS, "parameters", float(np.mean(~np.isfinite(weights)))
    if setting.missing_inputs:
        return
    if setting.undefined is None:
        yield from overflow_of(net, x)
        return
    shown, where = UNDEFINED[setting.undefined](net.forward(x)[1][-1]), f"{setting.undefined} (line 7)"
    bad = int(np.sum(~np.isfinite(shown)))
    yield Quantity.NON_FINITE, where if bad else "all", float(bad)
    if bad:
        yield Quantity.NON_FINITE_SHOWN, where, float(bad)
        yield from ((Quantity.UNDEFINED_OPERAND, where, 0.0) for _ in range(1 + (setting.undefined == "divide")))


# -- programs that stop: the exception, and what it came out of


def _read_missing_file(x: Array, net: Net) -> None:
    np.loadtxt("missing.csv")


STOPPING: dict[str, Callable[[Array, Net], object]] = {
    "product": lambda x, net: x.T @ net.weights[0].T,
    "broadcast": lambda x, net: x @ net.weights[0] + np.zeros(len(x) + 1),
    "index": lambda x, net: net.biases[0][len(net.biases[0])],
    "other": _read_missing_file,
}


def stopped_by(fault: str, x: Array, net: Net) -> Crash | None:
    """What an observer sees of a program that such a line ends."""
    try:
        STOPPING[fault](x, net)
    except Exception as error:
        return crash_of(error, {__file__: Path(__file__).read_text(encoding="utf-8")})
    raise AssertionError(f"{fault} did not stop it")
