"""The data of a training: checked, weighted, split, and in the network's units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.errors import UsageError
from backproof.nn import checking
from backproof.nn.scaling import Scaling
from backproof.nn.settings import Settings, class_weights

if TYPE_CHECKING:
    from backproof.nn.network import Network

Array = NDArray[Any]


class Data:
    """The data of a training, in the network's units but for `outer`, the targets in the user's."""

    def __init__(self, network: Network, x: Array, y: Array, weights: Array | None) -> None:
        """Scaled by what the network keeps."""
        self.x, self.outer, self.weights = network.input_scaling.inner(x), y, weights
        self.y = network.target_scaling.inner(y)


def prepared(network: Network, x: ArrayLike, y: ArrayLike, settings: Settings) -> tuple[Data, Data | None]:
    """Training and validation data, checked; the network is built and its scalings are set if that is to be done."""
    given = checking.inputs(x, network.dtype, network.inputs)
    outputs = network.units_of(given.shape[1])
    activation = "linear" if network.scale_targets else network.output_activation
    check = (outputs, activation, network.loss_name, network.dtype)
    target = checking.targets(y, len(given), *check)
    weights = checking.sample_weights(settings.sample_weight, len(given), network.dtype)
    if settings.class_weight is not None:
        by_class = class_weights(settings.class_weight, target)
        weights = by_class if weights is None else weights * by_class
    held: tuple[Array, Array, Array | None] | None = None
    if isinstance(settings.validation, tuple | list):
        other = checking.inputs(settings.validation[0], network.dtype, given.shape[1])
        held = other, checking.targets(settings.validation[1], len(other), *check), None
    elif settings.validation is not None:
        (given, target, weights), held = _split(given, target, weights, float(settings.validation), network.seed)
    if network.inputs is None:
        _build(network, given, target)
    network.flat_targets = np.ndim(y) == 1 and outputs == 1
    data = Data(network, given, target, weights)
    return data, None if held is None else Data(network, *held)


def _build(network: Network, x: Array, y: Array) -> None:
    inner = Scaling.of(x) if network.scale_inputs else Scaling.none(x.shape[1], network.dtype)
    scaled = inner.inner(x).astype(np.float64)
    network.build(x.shape[1], (scaled.min(axis=0), scaled.max(axis=0)))
    network.input_scaling = inner
    if network.scale_targets:
        network.target_scaling = Scaling.of(y)


def _split(x: Array, y: Array, weights: Array | None, share: float, seed: int) -> tuple[Any, Any]:
    """Set a share of the samples apart, chosen by the network's seed."""
    count = round(len(x) * share)
    if not 0 < count < len(x):
        raise UsageError(f"a validation share of {share} of {len(x)} samples leaves one side empty: choose another")
    order = np.random.default_rng([seed, 2]).permutation(len(x))
    held, kept = np.sort(order[:count]), np.sort(order[count:])
    return tuple((x[rows], y[rows], None if weights is None else weights[rows]) for rows in (kept, held))  # type: ignore[return-value]  # a pair, as the generator has two rows
