"""Node perturbation: the numerical gradient of a dense layer from slopes along its units, not along its weights.

With z = x W + b, dloss/dW = x^T dloss/dz, and dloss/db is the sum of dloss/dz over the samples, so that as many slopes
as there are units say all about in x out weights. It takes for granted that the layer is what it says, and that samples
do not mix behind it: `Measuring` holds what comes out against plain differences along random directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.gradcheck.differences import (
    EPSILON,
    FIRST,
    ORDER,
    PROBES,
    ROUNDING,
    SHORTER,
    TABLE,
    extrapolated,
    from_table,
)

Array = NDArray[np.float64]

RUNGS = 6  # of steps, each 8 times shorter than the one before
PROBE = PROBES[0]
TRIED = 8  # units on which the first rung is chosen
ENOUGH = 1e-8  # of the largest slope: what a bound may be, where no shorter step is tried
ROWS = 1 << 21  # numbers of a layer's units that are evaluated at once


class DenseLayer(NamedTuple):
    """A layer whose pre-activations can be moved.

    Attributes:
        x: Its inputs, (samples, in).
        z: Its pre-activations, (samples, out).
        losses: Moved pre-activations, (k, samples, out), to the loss of each sample, (k, samples).
        weight: Where dloss/dW goes in the vector of all parameters; None if it is not asked for.
        bias: Likewise dloss/db.
        transposed: The weight is stored as (out, in).
    """

    x: Array
    z: Array
    losses: Callable[[Array], Array]
    weight: slice | None
    bias: slice | None
    transposed: bool = False


def gradients(layers: Sequence[DenseLayer], size: int) -> tuple[Array, Array]:
    """Numerical gradient of the summed loss and bound, each (size,); NaN and infinite for what no layer covers."""
    value, bound = np.full(size, np.nan), np.full(size, np.inf)
    for layer in layers:
        slopes, errors = slopes_of(layer)  # each (samples, out)
        if layer.weight is not None:
            parts = layer.x.T @ slopes, np.abs(layer.x).T @ errors + 8 * EPSILON * (np.abs(layer.x).T @ np.abs(slopes))
            turned = [part.T if layer.transposed else part for part in parts]
            value[layer.weight], bound[layer.weight] = turned[0].ravel(), turned[1].ravel()
        if layer.bias is not None:
            value[layer.bias] = slopes.sum(axis=0)
            bound[layer.bias] = errors.sum(axis=0) + 8 * EPSILON * np.abs(slopes).sum(axis=0)
    return value, bound


def slopes_of(layer: DenseLayer) -> tuple[Array, Array]:
    """dloss/dz of each sample and unit with bounds, each (samples, out)."""
    samples, units = layer.z.shape
    scale = max(float(np.sqrt(np.mean(np.square(layer.z)))), 1e-3)
    noise = _noise(layer, scale)  # (samples,)
    first = FIRST * EPSILON ** (1 / ORDER) * scale
    value, bound = np.full((samples, units), np.nan), np.full((samples, units), np.inf)
    start = _start(layer, first, noise)
    chunk = max(1, ROWS // max(1, 6 * samples * units))
    for rung in range(start, RUNGS):
        step = first * SHORTER**-rung
        waiting = np.flatnonzero((bound > ENOUGH * np.abs(value[np.isfinite(value)]).max(initial=0.0)).any(axis=0))
        if not len(waiting) or (rung > start and ROUNDING * noise.max() * 4 / step > bound[:, waiting].max()):
            break
        for k in range(0, len(waiting), chunk):
            _keep(value, bound, waiting[k : k + chunk], *_measured(layer, waiting[k : k + chunk], step, noise))
    return value, bound


def _noise(layer: DenseLayer, scale: float) -> Array:
    """Rounding errors of each sample's loss, (samples,); differences of high order leave nothing else (Moré & Wild)."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], layer.z.shape)
    moved = layer.z + (PROBE * scale * np.arange(TABLE))[:, None, None] * signs
    values = layer.losses(moved)  # (TABLE, samples)
    found = from_table(values)
    return np.asarray(np.maximum(np.maximum(found, found.mean()), EPSILON * np.abs(values[0])))


def _start(layer: DenseLayer, first: float, noise: Array) -> int:
    """The rung at which some units have their least bound: kinks ask for short steps, smooth layers for long ones."""
    units = np.unique(np.linspace(0, layer.z.shape[1] - 1, TRIED).astype(int))
    least, best = np.inf, 0
    for k in range(RUNGS):
        slopes, bounds = _measured(layer, units, first * SHORTER**-k, noise)
        median = float(np.median(bounds.max(axis=0)))
        if median < least:
            least, best = median, k
        if least <= ENOUGH * float(np.abs(slopes[np.isfinite(slopes)]).max(initial=0.0)):
            break
    return best


def _measured(layer: DenseLayer, units: NDArray[np.intp], step: float, noise: Array) -> tuple[Array, Array]:
    """Slopes of some units from steps, step / 2 and step / 4: with bounds, each (samples, units)."""
    steps = step * np.array([1.0, 0.5, 0.25])
    moved = np.repeat(layer.z[None], 6 * len(units), axis=0)  # (6 units, samples, out)
    moved[np.arange(len(moved)), :, np.repeat(units, 6)] += np.tile([*steps, *-steps], len(units))[:, None]
    losses = layer.losses(moved).reshape(len(units), 6, -1).transpose(2, 0, 1)  # (samples, units, 6)
    return extrapolated(losses[..., :3], losses[..., 3:], steps, noise[:, None])


def _keep(value: Array, bound: Array, units: NDArray[np.intp], slopes: Array, errors: Array) -> None:
    better = np.isfinite(errors) & (errors < bound[:, units])
    value[:, units] = np.where(better, slopes, value[:, units])
    bound[:, units] = np.where(better, errors, bound[:, units])
