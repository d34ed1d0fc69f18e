"""Recognises an activation by what it computes: the recorded operations are run again on chosen values of z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, replay
from backproof.graph.segments import Segment
from backproof.scripts.unit_functions import UNITS

Array = NDArray[Any]
CLOSE = 1e-6  # relative to the values; single precision is compared with CLOSE_SINGLE
CLOSE_SINGLE = 1e-4
# Values of z at which an activation shows what it is: both signs, around 0 and far out.
POINTS = np.array([-8.0, -5.3, -3.1, -2.0, -1.2, -0.7, -0.31, -0.05, 0.04, 0.29, 0.66, 1.1, 1.9, 3.3, 5.1, 7.9])
SCALES = (1.0, 2.0, 0.5, 2 / 3)  # of z inside of the function: (1 + tanh(z / 2)) / 2, 1.7159 tanh(2 z / 3)
RANGES = {
    "linear": (-np.inf, np.inf),
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "leaky_relu": (-np.inf, np.inf),
    "elu": (-1.0, np.inf),
    "selu": (-1.7580993408473766, np.inf),
    "softplus": (0.0, np.inf),
    "softsign": (-1.0, 1.0),
    "swish": (-0.2784645427610738, np.inf),
    "sin": (-1.0, 1.0),
    "arctan": (-np.pi / 2, np.pi / 2),
    "softmax": (0.0, 1.0),
    "step": (0.0, 1.0),
}
STAIRS = ("step", "round", "argmax")  # flat wherever they have a derivative
PLAIN = [name for name in UNITS if name not in ("linear", "softmax")]


@dataclass(frozen=True, slots=True)
class Shape:
    """What an activation is: `scale * f(inner * z) + offset`.

    Attributes:
        name: Of f; None if it is not recognised.
        limits: What it can give, infinite where unbounded; None if not known.
        exact: It is f itself, neither scaled nor moved.
    """

    name: str | None
    limits: tuple[float, float] | None
    exact: bool = True
    scale: float = 1.0
    inner: float = 1.0


ARGMAX = Shape("argmax", (0.0, np.inf), exact=False)
UNKNOWN = Shape(None, None, exact=False)
LINEAR = Shape("linear", RANGES["linear"])


def shape_of(segment: Segment) -> Shape:
    """What the activation `segment` computes."""
    if segment.axis is not None:
        return _softmax(segment)
    try:
        with np.errstate(all="ignore"):
            values = _run_again(segment, POINTS)
            single = getattr(segment.a.value, "dtype", np.dtype(float)).itemsize < 8
            return _named(values, CLOSE_SINGLE if single else CLOSE)
    except Exception:  # it may run any function of the script's libraries
        return UNKNOWN


def _softmax(segment: Segment) -> Shape:
    z, a = np.asarray(segment.z.value, np.float64), np.asarray(segment.a.value, np.float64)
    if z.shape != a.shape or segment.axis is None or not np.all(np.isfinite(z)):
        return UNKNOWN
    powers = np.exp(z - z.max(axis=segment.axis, keepdims=True))
    true = powers / powers.sum(axis=segment.axis, keepdims=True)
    return Shape("softmax", RANGES["softmax"]) if np.allclose(true, a, rtol=1e-4, atol=1e-6) else UNKNOWN


def _run_again(segment: Segment, points: Array) -> Array:
    """Values of the activation at `points`, by replays of its operations."""
    size, found = max(segment.z.size, 1), []
    for start in range(0, len(points), size):
        chunk = np.resize(points[start : start + size], size)
        made = replay(segment.inner, {segment.z.index: _like(chunk, segment.z)})
        found.append(np.ravel(np.asarray(made[segment.a.index], dtype=np.float64)))
    return np.concatenate(found)[: len(points)]


def _like(chunk: Array, node: Node) -> Any:
    if isinstance(node.value, np.matrix):
        return np.asmatrix(chunk.reshape(node.shape))
    if isinstance(node.value, np.ndarray):
        return chunk.reshape(node.shape).astype(node.value.dtype)
    return type(node.value)(chunk[0]) if isinstance(node.value, float | np.floating) else chunk[0]


def _named(values: Array, close: float) -> Shape:
    if not np.all(np.isfinite(values)):
        return UNKNOWN
    if np.all(values == np.round(values)):
        return _stairs(values)
    for name in PLAIN:
        if _same(values, np.asarray(UNITS[name].value(POINTS)), close):
            return Shape(name, RANGES[name])
    for inner in SCALES:
        for name in PLAIN:
            found = _affine(values, np.asarray(UNITS[name].value(inner * POINTS)), close)
            if found is not None:
                return _moved(name, inner, *found)
    return _leaky(values, close)


def _stairs(values: Array) -> Shape:
    """Whole numbers only: two of them, or more."""
    if set(np.unique(values)) <= {0.0, 1.0} or set(np.unique(values)) <= {-1.0, 1.0}:
        return Shape("step", (float(values.min()), float(values.max())), exact=values.min() == 0.0)
    return Shape("round", RANGES["linear"], exact=False)


def _leaky(values: Array, close: float) -> Shape:
    """Different slopes for the two signs, or the same one."""
    slopes = values / POINTS
    low, high = slopes[POINTS < 0], slopes[POINTS > 0]
    if np.ptp(low) > close * abs(low).max() or np.ptp(high) > close * abs(high).max() or high[0] == 0:
        return UNKNOWN
    return Shape("leaky_relu", RANGES["leaky_relu"], exact=abs(high[0] - 1) < close and abs(low[0] - 0.01) < close)


def _same(values: Array, true: Array, close: float) -> bool:
    return bool(np.all(np.abs(values - true) <= close * np.maximum(np.abs(true), 1e-3)))


def _affine(values: Array, true: Array, close: float) -> tuple[float, float] | None:
    """Scale and offset, if the one is such a function of the other."""
    (scale, offset), *_ = np.linalg.lstsq(np.stack([true, np.ones_like(true)], 1), values, rcond=None)
    fits = np.abs(scale * true + offset - values) <= close * max(1e-3, float(np.abs(values).max()))
    return (float(scale), float(offset)) if scale and np.all(fits) else None


def _moved(name: str, inner: float, scale: float, offset: float) -> Shape:
    ends = sorted(round(scale * end + offset, 9) for end in RANGES[name])
    if (name, inner, round(scale, 9), round(offset, 9)) == ("tanh", 0.5, 0.5, 0.5):
        return Shape("sigmoid", RANGES["sigmoid"])
    return Shape(name, (ends[0], ends[1]), exact=False, scale=scale, inner=inner)


def slopes(shape: Shape, z: Sequence[float] | Array) -> Array | None:
    """The true derivative at z, without cancellation; None if it is not known for this activation."""
    at = np.asarray(z, dtype=np.float64) * shape.inner
    outside = shape.scale * shape.inner
    with np.errstate(all="ignore"):
        if shape.name == "sigmoid":
            t = np.exp(-np.abs(at))
            return np.asarray(outside * t / (1 + t) ** 2)
        if shape.name == "tanh":
            t = np.exp(-2 * np.abs(at))
            return np.asarray(outside * 4 * t / (1 + t) ** 2)
        if shape.name in STAIRS:
            return np.zeros_like(at)
        if shape.name is None or shape.name in ("softmax", "leaky_relu"):
            return None
        return np.asarray(outside * UNITS[shape.name].back(np.ones_like(at), at, UNITS[shape.name].value(at)))
