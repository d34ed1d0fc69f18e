"""What the reference run shows of its start, its steps and its end, and what becomes of it with one thing changed.

Plain NumPy, independent of the package's own experiments. A network (`net`) is one of `training_runs`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Quantity

Array = NDArray[np.float64]
Row = tuple[Quantity, str, float]
Share = Callable[..., float]
Q = Quantity
KEPT_BACK_STEPS = 1000  # with Adam
LONGER = 4000  # steps at most by which a run is carried on
SHORT = 0.02  # rate times curvature below which a raised rate is tried
TRIED = 3000  # steps of a trial at most


def suitable(net: Any, k: int) -> float:
    """Glorot's standard deviation for layer k, or He's before a ReLU."""
    i, o = net.weights[k].shape
    return float(np.sqrt(2 / i if net.activation(k) in ("relu", "elu") else 2 / (i + o)))


def rms(a: Array) -> float:
    return float(np.sqrt(np.mean(a * a)))


def equal_units(net: Any) -> Iterator[Row]:
    for k, (w, b) in enumerate(zip(net.weights[:-1], net.biases[:-1], strict=True)):
        columns = np.vstack([w, b.reshape(1, -1)]).T
        if len(columns) > 1:
            twins = [sum(np.allclose(c, d, rtol=1e-9, atol=0) for d in columns) > 1 for c in columns]
            yield Q.EQUAL_UNITS, f"a_{k + 1}", float(np.mean(twins))


def start_observations(net: Any) -> Iterator[Row]:
    for k, w in enumerate(net.weights):
        yield Q.INIT_SCALE, f"a_{k + 1}", rms(w) / suitable(net, k)
        yield Q.DECAY, f"w_{k + 1}", net.setting.decay


def curvature(net: Any, x: Array, y: Array) -> float:
    """The largest, by power iteration on differences of gradients."""
    rng, v, size = np.random.default_rng(0), None, 0.0
    flat = lambda parts: np.concatenate([p.ravel() for group in parts for p in group])  # noqa: E731
    at_home = flat(net.gradients(x, y))
    v = rng.normal(size=at_home.shape)
    for _ in range(12):
        v /= np.linalg.norm(v) or 1.0
        pieces, at = [], 0
        for p in (*net.weights, *net.biases):
            pieces.append(-v[at : at + p.size].reshape(p.shape))
            at += p.size
        half = len(net.weights)
        v = (flat(net.stepped((pieces[:half], pieces[half:]), 1e-5, decay=0.0).gradients(x, y)) - at_home) / 1e-5
        size = float(np.linalg.norm(v))
    return size


def swing(net: Any, x: Array, y: Array, batches: Iterator[Array]) -> Iterator[Row]:
    """The loss on all data over eight more steps."""
    losses = []
    for rows in itertools.islice(batches, 8):
        losses.append(net.loss(x, y))
        net = net.stepped(net.gradients(x[rows], y[rows]), net.setting.learning_rate)
    if min(losses) > 0:
        yield Q.LOSS_SWING, "loss", max(losses) / min(losses)


def rescaled(net: Any) -> Any:
    scales = [rms(w) / suitable(net, k) for k, w in enumerate(net.weights)]
    off = [s > 2.5 or 0 < s < 0.4 for s in scales]
    weights = [w / s if far else w for w, s, far in zip(net.weights, scales, off, strict=True)]
    return replace(net, weights=weights) if any(off) else None


def further_trials(
    start: Any, end: Any, x: Array, y: Array, trained: Callable[..., Any], unexplained: Callable[..., float]
) -> Iterator[Row]:
    """With a raised rate, from scaled weights, and carried on; each beside the untreated one of the same place."""
    setting = start.setting
    steps = min(setting.steps, TRIED)

    def after(net: Any, count: int = steps) -> float:
        return unexplained(trained(net, x, y, net.setting, count, np.random.default_rng(setting.seed)), x, y)

    length = setting.learning_rate * max(curvature(start, x, y), curvature(end, x, y))
    if 0 < length < SHORT:
        times = 10.0 ** np.floor(np.log10(0.2 / length))
        yield Q.TRIAL_RAISED_RATE, "own rate", after(at_rate(start, setting.learning_rate * times))
        yield Q.RATE_RAISED, "trial", times
    scaled = rescaled(start)
    if scaled is not None:
        yield Q.TRIAL_RESCALED, "own rate", after(scaled)
    yield Q.TRIAL_AS_IS, "carried on", unexplained(end, x, y)
    yield Q.TRIAL_LONGER, "carried on", after(end, min(9 * setting.steps, LONGER))


def at_rate(net: Any, rate: float) -> Any:
    return replace(net, setting=replace(net.setting, learning_rate=rate))


def kept_back_trials(
    start: Any,
    x: Array,
    y: Array,
    new_net: Callable[..., Any],
    by_adam: Callable[..., Any],
    share: Callable[..., float],
) -> Iterator[Row]:
    """With more hidden units, and without decay, on samples that are not learnt from (all, where they are a table)."""
    setting = start.setting
    held = np.arange(len(x)) % 3 == 0 if len(x) >= 24 else np.zeros(len(x), bool)
    measured = held if held.any() else ~held
    hidden = tuple(4 * max(units, 4) for units in setting.hidden) or (16,)
    plain = replace(setting, hidden=hidden, init="glorot", init_scale=1.0, bias=True, bias_init=0.0, decay=0.0)
    wide = new_net(plain, x.shape[1], y.shape[1], np.random.default_rng(setting.seed + 7))
    fresh = new_net(replace(setting, init="glorot", init_scale=1.0, bias_init=0.0), x.shape[1], y.shape[1],
                    np.random.default_rng(setting.seed + 8))  # fmt: skip
    trained = [by_adam(net, x[~held], y[~held], KEPT_BACK_STEPS) for net in (start, fresh, wide)]
    ends = [share(net, x[measured], y[measured]) for net in trained]
    yield Q.TRIAL_AS_IS, "kept back", min(ends[:2])
    yield Q.TRIAL_LARGER, "kept back", ends[2]
    if setting.decay:
        for quantity, decay in ((Q.TRIAL_AS_IS, setting.decay), (Q.TRIAL_WITHOUT_DECAY, 0.0)):
            net = by_adam(replace(start, setting=replace(setting, decay=decay)), x[~held], y[~held], KEPT_BACK_STEPS)
            yield quantity, "without decay", share(net, x[measured], y[measured])
