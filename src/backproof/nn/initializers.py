"""Initial weights and biases of a layer, each with its paper.

An initialiser is `(generator, inputs, units, span, steepness) -> (weight, bias)` with weight of shape (inputs, units)
and bias of shape (units,), float64. `span` is the range of the layer's inputs where it is known: two arrays of shape
(inputs,), the least and the largest value; `steepness` is the width over which the activation bends,
that of a sigmoid being 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Span = tuple[Array, Array]
Initializer = Callable[[np.random.Generator, int, int, Span | None, float], tuple[Array, Array]]

# Share of the length at which the bends of H sigmoids just fill the range. Levenberg-Marquardt on the sine of 1-10-1
# reaches 1e-9 in 150 iterations from 37 of 50 starts with 0.7, 44 with 0.5, 50 with 0.35 (seeds 1000-1049); SGD comes
# lower with longer weights (median of 60 starts: 1.1e-5 with 0.7, 2.1e-5 with 0.5).
OVERLAP = 0.5
# sigmoid(z) = (1 + tanh(z / 2)) / 2: tanh bends over half the width of a sigmoid.
STEEPNESS: dict[str, float] = {"tanh": 0.5}


def zeros(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """All 0. Right for an output layer or a single layer; hidden units that start equal stay equal."""
    return np.zeros((inputs, units)), np.zeros(units)


def uniform(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """Weights uniform in [-1, 1), biases 0: what most home-made networks start with."""
    return generator.uniform(-1, 1, (inputs, units)), np.zeros(units)


def glorot(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """Uniform with variance `2 / (inputs + units)`. Source: Glorot and Bengio (2010)."""
    limit = math.sqrt(6 / (inputs + units))
    return generator.uniform(-limit, limit, (inputs, units)), np.zeros(units)


def he(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """Normal with variance `2 / inputs`. Source: He et al., "Delving deep into rectifiers" (2015)."""
    return generator.normal(0, math.sqrt(2 / inputs), (inputs, units)), np.zeros(units)


def lecun(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """Normal with variance `1 / inputs`. Source: LeCun et al., "Efficient BackProp" (1998), section 4.6."""
    return generator.normal(0, math.sqrt(1 / inputs), (inputs, units)), np.zeros(units)


def orthogonal(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """Orthonormal rows or columns. Source: Saxe, McClelland and Ganguli, "Exact solutions ..." (2014)."""
    longer, shorter = max(inputs, units), min(inputs, units)
    q, r = np.linalg.qr(generator.normal(size=(longer, shorter)))
    q = q * np.sign(np.diag(r))  # so that all rotations are equally likely (Mezzadri, 2007)
    return (q if inputs >= units else q.T), np.zeros(units)


def spread(
    generator: np.random.Generator, inputs: int, units: int, span: Span | None, steepness: float
) -> tuple[Array, Array]:
    """Each unit bends at a place of its own, and these places are spread evenly over the range of the data.

    The weights of a unit have the length `0.5 steepness units^(1 / inputs)`, so that the bends of all units overlap,
    for data in [-1, 1]; the bias puts the middle of its bend at its place. Where the range of the data is not known,
    [-1, 1] is taken. Directions come in orthogonal sets, each followed by its mirror image, so that every side of the
    data is looked at: 99 of 100 ReLU networks of 2-4-1 learn XOR, with random directions 53 of 60 (seeds from 1000 on).

    Source: Nguyen and Widrow, "Improving the learning speed of 2-layer neural networks by choosing initial values of
    the adaptive weights" (1990); they take 0.7 for tanh. Evenly spread places and directions instead of
    random ones are ours.
    """
    low, high = span if span is not None else (-np.ones(inputs), np.ones(inputs))
    half = np.where(high > low, (high - low) / 2, 1.0)
    length = OVERLAP * steepness * units ** (1 / inputs)
    axes, signs = _directions(generator, inputs, units)
    weight = length * signs * axes / half[:, None]
    places = 2 * (generator.permutation(units) + 0.5) / units - 1  # along each unit's axis, in half ranges
    return weight, -length * signs * places - (low + high) / 2 @ weight


def _directions(generator: np.random.Generator, inputs: int, units: int) -> tuple[Array, Array]:
    """An axis of length 1 for each unit, (inputs, units), and which way along it the unit looks, 1 or -1, (units,)."""
    axes: list[Array] = []
    size = min(inputs, (units + 1) // 2)
    for _ in range(-(-units // (2 * size))):
        q, _ = orthogonal(generator, inputs, size, None, 1.0)
        q *= np.where(q.sum(axis=0) < 0, -1, 1)  # one way only, so that places along equal axes are spread, too
        axes += [q, q]
    signs = np.resize(np.repeat([1.0, -1.0], size), units)
    return np.concatenate(axes, axis=1)[:, :units], signs


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "uniform": uniform,
    "glorot": glorot,
    "he": he,
    "lecun": lecun,
    "orthogonal": orthogonal,
    "spread": spread,
}
# What "auto" means for a layer with this activation; all others take Glorot's.
BY_ACTIVATION = {"relu": "he", "leaky_relu": "he", "elu": "he", "gelu": "he", "silu": "he", "selu": "lecun"}


def initializer_for(name: str, activation: str) -> Initializer:
    """The initialiser of this name; "auto" takes the one that goes with the activation."""
    return INITIALIZERS[BY_ACTIVATION.get(activation, "glorot") if name == "auto" else name]
