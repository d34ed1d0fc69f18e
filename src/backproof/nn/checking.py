"""What users hand to a network, checked: each complaint shows the offending value and says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.errors import UsageError
from backproof.nn.activations import ACTIVATIONS
from backproof.nn.losses import LOSSES

Array = NDArray[Any]

ROUNDING = 1e-6  # by which the targets of a row may miss a sum of 1: single precision


def numbers(data: ArrayLike, what: str, dtype: str) -> Array:
    """`data` as an array of finite numbers.

    Raises:
        UsageError: It holds no numbers, is empty, ragged, or has a NaN or an infinity; the message says where.
    """
    try:
        found = np.asarray(data)
    except ValueError as error:
        raise UsageError(f"{what} is no rectangular array: {error}") from None
    if found.dtype.kind not in "fiub":
        example = _first_odd(found) if found.size else "nothing"
        raise UsageError(f"{what} holds {example} ({found.dtype}), not numbers: encode it as numbers first")
    if found.size == 0:
        raise UsageError(f"{what} is empty: its shape is {found.shape}")
    with np.errstate(over="ignore"):  # what is too large for single precision is infinite there, and told so
        found = found.astype(dtype, copy=False)
    finite = np.isfinite(found)
    if not finite.all():
        place = tuple(int(k) for k in np.argwhere(~finite)[0])
        value = "NaN" if np.isnan(found[place]) else f"infinite in {dtype}"
        words = f"row {place[0]}" + (f", column {place[1]}" if len(place) > 1 else "")
        raise UsageError(f"{what} is {value} at {words} ({int((~finite).sum())} such values): drop or fill these rows")
    return found


def _first_odd(found: Array) -> str:
    """The first entry that is no number, as Python shows it."""
    entries = found.ravel().tolist()
    return repr(next((each for each in entries if not isinstance(each, int | float)), entries[0]))


def inputs(data: ArrayLike, dtype: str, features: int | None = None) -> Array:
    """Inputs as (samples, features).

    Raises:
        UsageError: As `numbers`; or they have another number of axes or of features than the network takes.
    """
    x = numbers(data, "x", dtype)
    if x.ndim == 1 and features in (None, 1):
        x = x[:, None]  # (samples,) -> (samples, 1)
    if x.ndim != 2:
        raise UsageError(
            f"x has shape {x.shape}: it must be (samples, features); reshape it, e.g. x.reshape(len(x), -1)"
        )
    if features is not None and x.shape[1] != features:
        raise UsageError(f"x has {x.shape[1]} features, but the network takes {features}")
    return x


def targets(data: ArrayLike, samples: int, outputs: int, activation: str, loss: str, dtype: str) -> Array:
    """Targets as (samples, outputs); class numbers become one-hot rows where the loss wants a distribution.

    Raises:
        UsageError: As `numbers`; or they do not fit the inputs, the outputs, the output activation or the loss.
    """
    y = numbers(data, "y", dtype)
    if len(y) != samples:
        raise UsageError(f"x has {samples} rows and y {len(y)}: each sample needs one target")
    if LOSSES[loss].targets == "distribution" and outputs > 1 and (y.ndim == 1 or y.shape[1:] == (1,)):
        return one_hot(y.reshape(samples), outputs).astype(dtype)
    if y.ndim == 1:
        y = y[:, None]  # (samples,) -> (samples, 1)
    if y.ndim != 2 or y.shape[1] != outputs:
        raise UsageError(
            f"y has shape {np.shape(data)}, the predictions ({samples}, {outputs}): subtracting would "
            f"broadcast or fail; reshape y, or change the units of the last layer"
        )
    _check_loss(y, loss)
    _check_range(y, activation)
    return y


def one_hot(labels: Array, classes: int) -> Array:
    """Class numbers 0 .. classes - 1 as rows with a single 1.

    Raises:
        UsageError: A label is no whole number or out of range; the message says where.
    """
    whole = labels.astype(np.int64)
    bad = (whole != labels) | (whole < 0) | (whole >= classes)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise UsageError(
            f"label {labels[row]:g} in row {row} is none of the classes 0 to {classes - 1}: the last layer has "
            f"{classes} units; count classes from 0, or give it more units"
        )
    return np.asarray(np.eye(classes)[whole])


def _check_loss(y: Array, loss: str) -> None:
    kind = LOSSES[loss].targets
    if kind != "any" and (y.min() < 0 or y.max() > 1):
        raise UsageError(
            f"targets go from {y.min():g} to {y.max():g}, but {loss} needs targets from 0 to 1: use 0 and 1 (or class "
            "numbers), or a squared error"
        )
    if kind == "distribution" and np.abs(y.sum(axis=1) - 1).max() > ROUNDING:
        row = int(np.abs(y.sum(axis=1) - 1).argmax())
        raise UsageError(
            f"the targets of row {row} sum to {y[row].sum():g}, but {loss} needs rows that sum to 1: for several "
            "labels at once use sigmoid and binary_cross_entropy"
        )


def _check_range(y: Array, activation: str) -> None:
    low, high = ACTIVATIONS[activation].output_range
    if y.min() < low or y.max() > high:
        raise UsageError(
            f"targets go from {y.min():g} to {y.max():g}, but the output activation {activation} gives values between "
            f"{low:g} and {high:g} only: no weights can fit them; use a linear output, or scale the targets"
        )


def sample_weights(weights: ArrayLike | None, samples: int, dtype: str) -> Array | None:
    """Weights of shape (samples,), or None.

    Raises:
        UsageError: As `numbers`; or one is negative, all are 0, or their number differs from that of the samples.
    """
    if weights is None:
        return None
    found = numbers(weights, "sample_weight", dtype)
    if found.shape != (samples,):
        raise UsageError(f"sample_weight has shape {found.shape}: it must be ({samples},), one weight per row of x")
    if found.min() < 0 or found.max() == 0:
        raise UsageError(f"sample_weight goes from {found.min():g} to {found.max():g}: weights are >= 0, and not all 0")
    return found


def positive(value: object, what: str, *, whole: bool = False) -> Any:
    """A finite number above 0, or a whole one of at least 1.

    Raises:
        UsageError: It is not.
    """
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < np.inf:
        wanted = "a whole number, at least 1" if whole else "a finite number above 0"
        raise UsageError(f"{what} must be {wanted}, not {value!r}")
    return int(value) if whole else float(value)


def seed(value: object) -> int:
    """A seed.

    Raises:
        UsageError: It is no whole number of at least 0.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise UsageError(f"seed must be a whole number, at least 0, not {value!r}")
    return int(value)


def layers(given: object, kind: type) -> list[Any]:
    """Layers, each an object of its own.

    Raises:
        UsageError: There is none, one is no layer, or one stands there twice.
    """
    found = list(given) if isinstance(given, list | tuple) else [given]
    if not isinstance(given, list | tuple) or not all(isinstance(each, kind) for each in found):
        odd = next((each for each in found if not isinstance(each, kind)), given)
        raise UsageError(f"layers must be a list of layers, such as [Dense(4, 'tanh'), Dense(1)]; there is {odd!r}")
    if not found:
        raise UsageError("a network needs at least one layer")
    if len({id(each) for each in found}) < len(found):
        raise UsageError("a layer stands twice in the list: each has weights of its own, so make one for each place")
    return found
