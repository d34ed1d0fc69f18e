"""A small training loop that trains several variants of one network at once, side by side in stacked arrays.

All variants see the same batches and make the same number of steps, so that a comparison of them is fair.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backproof.scripts.described import DescribedLayer
from backproof.scripts.unit_functions import UNITS, output_delta

Array = NDArray[np.float64]
Direction = Callable[[Array], Array]

EVALUATIONS = 40  # of the fit, spread evenly over a training
FEWEST = 10  # evaluations of a training that is cut short: with fewer the later half says nothing
EVALUATED_ROWS = 1000  # at most: the share of variance is then known to some percent
POWER_ITERATIONS = 12  # enough for the largest curvature to within some ten percent


@dataclass(frozen=True, slots=True)
class Variant:
    """One network to train: where it starts, what it sees, how fast it goes. Layers without bias never get one."""

    layers: tuple[DescribedLayer, ...]
    rate: float
    shift: Array | None = None  # (d,): inputs are seen as (x - shift) * scale
    scale: Array | None = None
    decay: float = 0.0  # times the weights, without the biases, is added to the gradient


@dataclass(frozen=True, slots=True)
class Course:
    """How well one variant fitted: the unexplained share at evenly spaced moments, (evaluations,)."""

    shares: Array

    @property
    def end(self) -> float:
        """The last share; where it goes up and down, the median of the last five."""
        last = self.shares[-5:]
        return float(last[-1] if np.all(last[1:] <= last[:-1]) else np.median(last))

    def settled(self, falling: float = 0.1) -> bool:
        """Whether the later half lowered the share by less than the fraction `falling`, or it is no number."""
        middle = float(np.median(self.shares[len(self.shares) // 2 - 1 :][:3]))
        return not np.isfinite(self.end) or self.end >= (1 - falling) * middle


class Stack:
    """Variants of one network in one array of parameters.

    Attributes:
        parameters: (variants, parameters), layer by layer the weights and then the biases; changed in place.
        mask: (variants, parameters), 0 for the biases that a variant does not have.
        rates: (variants, 1).
        decays: (variants, parameters), 0 for biases.
    """

    def __init__(self, variants: Sequence[Variant], loss: str) -> None:
        layers = variants[0].layers
        self.names = tuple(layer.activation for layer in layers)
        self.shapes = tuple(layer.weight.shape for layer in layers)
        self.loss = loss
        self.parameters = np.stack([_flat(variant.layers, lambda bias: bias) for variant in variants])
        self.mask = np.stack([_flat(variant.layers, np.ones_like, weight=np.ones_like) for variant in variants])
        self.rates = np.array([[variant.rate] for variant in variants])
        weights = np.stack([_flat(variant.layers, np.zeros_like, weight=np.ones_like) for variant in variants])
        self.decays = weights * np.array([[variant.decay] for variant in variants])
        self.decaying = bool(np.any(self.decays))
        self.views = self.split(self.parameters)
        d = self.shapes[0][0]
        self.shift = np.stack([np.zeros(d) if v.shift is None else v.shift for v in variants])[:, None]
        self.scale = np.stack([np.ones(d) if v.scale is None else v.scale for v in variants])[:, None]
        self.rescaled = any(variant.scale is not None for variant in variants)

    def split(self, flat: Array) -> list[tuple[Array, Array]]:
        """Views of (variants, parameters): weight (variants, in, out) and bias (variants, 1, out) of each layer."""
        views, at = [], 0
        for inputs, units in self.shapes:
            weight = flat[:, at : at + inputs * units].reshape(len(flat), inputs, units)
            at += inputs * units
            views.append((weight, flat[:, None, at : at + units]))
            at += units
        return views

    def seen(self, x: Array) -> Array:
        """The inputs as each variant sees them: (variants, n, d), or (n, d) where all see the same."""
        return (x - self.shift) * self.scale if self.rescaled else x

    def forward(self, seen: Array) -> tuple[list[Array], list[Array]]:
        """All z, and the inputs followed by all activations."""
        zs: list[Array] = []
        activations = [seen]
        for (weight, bias), name in zip(self.views, self.names, strict=True):
            zs.append(_product(activations[-1], weight) + bias)
            activations.append(UNITS[name].value(zs[-1]))
        return zs, activations

    def gradient(self, seen: Array, targets: Array) -> Array:
        """Of the loss, mean over the samples: (variants, parameters)."""
        zs, activations = self.forward(seen)
        gradient = np.empty_like(self.parameters)
        views = self.split(gradient)
        delta = output_delta(self.loss, self.names[-1], zs[-1], activations[-1], targets) / len(targets)
        ones = np.ones((1, len(targets)))  # a product with it is a sum, and several times quicker
        for k in range(len(zs) - 1, -1, -1):
            np.matmul(activations[k].swapaxes(-1, -2), delta, out=views[k][0])
            np.matmul(ones, delta, out=views[k][1])
            if k:
                upstream = _product(delta, self.views[k][0].swapaxes(1, 2))
                delta = UNITS[self.names[k - 1]].back(upstream, zs[k - 1], activations[k])
        gradient *= self.mask
        return gradient

    def unexplained(self, seen: Array, targets: Array, variance: float) -> Array:
        """Mean squared error over `variance`, infinite where it is no number: (variants,)."""
        shares = np.mean((self.forward(seen)[1][-1] - targets) ** 2, axis=(1, 2)) / variance
        return np.where(np.isfinite(shares), shares, np.inf)


def _product(a: Array, b: Array) -> Array:
    """`a @ b`; where one element is summed, broadcasting is three times quicker."""
    product: Array = a * b if a.shape[-1] == 1 else a @ b
    return product


def _keep(weight: Array) -> Array:
    return weight


def _flat(
    layers: tuple[DescribedLayer, ...], bias: Callable[[Array], Array], weight: Callable[[Array], Array] = _keep
) -> Array:
    """All parameters of a network in one row, zeros for the biases that it lacks."""
    parts: list[Array] = []
    for layer in layers:
        parts.append(weight(np.asarray(layer.weight, dtype=np.float64)).ravel())
        absent = layer.bias is None
        parts.append(np.zeros(layer.weight.shape[1]) if absent else bias(np.asarray(layer.bias, np.float64)).ravel())
    return np.concatenate(parts)


def _sgd() -> Direction:
    return lambda gradient: gradient


def _momentum(share: float = 0.9, nesterov: bool = False) -> Direction:
    speed: list[Array] = []

    def direction(gradient: Array) -> Array:
        speed[:] = [share * speed[0] + gradient if speed else gradient]
        return gradient + share * speed[0] if nesterov else speed[0]

    return direction


def _rmsprop(share: float = 0.9) -> Direction:
    square: list[Array] = []

    def direction(gradient: Array) -> Array:
        old = square[0] if square else np.zeros_like(gradient)
        square[:] = [share * old + (1 - share) * gradient**2]
        return gradient / (np.sqrt(square[0]) + 1e-8)

    return direction


def _adagrad() -> Direction:
    square: list[Array] = []

    def direction(gradient: Array) -> Array:
        square[:] = [gradient**2 + (square[0] if square else 0)]
        return gradient / (np.sqrt(square[0]) + 1e-8)

    return direction


def _adam(first: float = 0.9, second: float = 0.999) -> Direction:
    mean, square, powers = [np.zeros(1)], [np.zeros(1)], [1.0, 1.0]

    def direction(gradient: Array) -> Array:
        mean[0] = first * mean[0] + (1 - first) * gradient
        square[0] = second * square[0] + (1 - second) * gradient**2
        powers[:] = [powers[0] * first, powers[1] * second]
        return mean[0] / (1 - powers[0]) / (np.sqrt(square[0] / (1 - powers[1])) + 1e-8)

    return direction


# With their usual settings; what is not listed goes as plain "sgd".
OPTIMIZERS: dict[str, Callable[[], Direction]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": lambda: _momentum(nesterov=True),
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adam": _adam,
}


def variance_of(targets: Array) -> float:
    """Mean squared distance of the targets from the mean of their column."""
    return float(np.mean((targets - targets.mean(axis=0)) ** 2))


def _batches(
    stack: Stack, x: Array, y: Array, size: int, rng: np.random.Generator, in_order: bool = False
) -> Iterator[tuple[Array, Array]]:
    """Inputs as seen and targets, without end; each epoch in a new order, what is left over at its end is left out."""
    if size >= len(x):
        seen = stack.seen(x)
        while True:
            yield seen, y
    while True:
        order = np.arange(len(x)) if in_order else rng.permutation(len(x))
        xs, ys = stack.seen(x[order]), y[order]
        for start in range(0, len(x) - size + 1, size):
            yield xs[..., start : start + size, :], ys[start : start + size]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and in which portions."""

    steps: int
    batch_size: int
    optimizer: str = "sgd"
    in_order: bool = False  # the samples as they stand in the data, epoch by epoch, not drawn at random


def train(
    stack: Stack, x: Array, y: Array, schedule: Schedule, seed: int, deadline: float
) -> tuple[list[Course], bool]:
    """Train all variants alike.

    Returns:
        A course for each, none if there was no time for ten evaluations; and whether `deadline` (of
        `time.thread_time`) came before the last step.
    """
    rng = np.random.default_rng(seed)
    rows = slice(None) if len(x) <= EVALUATED_ROWS else np.sort(rng.permutation(len(x))[:EVALUATED_ROWS])
    seen, targets, variance = stack.seen(x[rows]), y[rows], variance_of(y)
    moments = set(np.linspace(0, schedule.steps, EVALUATIONS + 1).round().astype(int).tolist())
    direction = OPTIMIZERS.get(schedule.optimizer, _sgd)()
    shares = []
    with np.errstate(all="ignore"):
        batches = _batches(stack, x, y, schedule.batch_size, rng, schedule.in_order)
        for step in range(1, schedule.steps + 1):
            gradient = stack.gradient(*next(batches))
            if stack.decaying:
                gradient += stack.decays * stack.parameters
            stack.parameters -= stack.rates * direction(gradient)
            if step in moments:
                shares.append(stack.unexplained(seen, targets, variance))
            if time.thread_time() > deadline:
                break
    cut = step < schedule.steps
    return [Course(course) for course in np.array(shares).T] if len(shares) >= FEWEST or not cut else [], cut


def curvature(stack: Stack, x: Array, y: Array, rows: int, seed: int) -> Array:
    """The largest curvature of each variant's loss where it stands, by power iteration on differences: (variants,).

    Source: LeCun, Simard and Pearlmutter, "Automatic learning rate maximization" (1993).
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(x))[:rows]
    seen, targets, home = stack.seen(x[chosen]), y[chosen], stack.parameters.copy()
    v = rng.standard_normal(home.shape) * stack.mask
    size = np.zeros((len(home), 1))
    with np.errstate(all="ignore"):
        h = 1e-5 * (1 + np.linalg.norm(home, axis=1, keepdims=True))
        at_home = stack.gradient(seen, targets)
        for _ in range(POWER_ITERATIONS):
            v /= np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-300)
            stack.parameters[:] = home + h * v
            v = (stack.gradient(seen, targets) - at_home) / h
            size = np.linalg.norm(v, axis=1, keepdims=True)
    stack.parameters[:] = home
    return np.where(np.isfinite(size), size, np.inf)[:, 0]
