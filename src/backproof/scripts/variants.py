"""The changes tried on a recorded network: with biases, standardised inputs, new starts, a tenth of the rate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Quantity
from backproof.scripts.described import DescribedLayer, DescribedNetwork
from backproof.scripts.trainer import Variant

Array = NDArray[np.float64]
Layers = tuple[DescribedLayer, ...]

RESTARTS = 3
OTHER_SCALE = 2.5  # times too large or too small, of initial weights whose scale is worth a trial
NEARLY_STANDARD = 0.1  # mean over standard deviation, and standard deviation - 1: scaling such inputs changes nothing
SURE = 3.0  # standard errors from zero: the initial weights have a mean


def standardisation(inputs: Array) -> tuple[Array, Array]:
    """Shift and scale, (d,) each, to mean 0 and standard deviation 1; a constant column, a bias by hand, becomes 1."""
    mean, std = inputs.mean(axis=0), inputs.std(axis=0)
    constant = std <= 1e-12 * np.abs(mean)
    by_hand = np.where(mean != 0, mean, 1.0)
    return np.where(constant, 0.0, mean), 1 / np.where(constant, by_hand, std)


def sensible(network: DescribedNetwork, wanted: Collection[Quantity] | None) -> list[Quantity]:
    """The changes that would be one; the first to go, where there is no time, stands last."""
    shift, scale = standardisation(network.inputs)
    unlike = np.any(np.abs(shift * scale) > NEARLY_STANDARD) or np.any(np.abs(1 / scale - 1) > NEARLY_STANDARD)
    changes = {
        Quantity.TRIAL_WITH_BIAS: any(layer.bias is None for layer in network.layers),
        Quantity.TRIAL_STANDARDISED: bool(unlike),
        Quantity.TRIAL_TENTH_RATE: network.learning_rate is not None,
        Quantity.TRIAL_RAISED_RATE: network.learning_rate is not None,  # unless the steps turn out long enough
        Quantity.TRIAL_RESCALED: any(_is_off(scale) for scale in init_scales(network.layers)),
        Quantity.TRIAL_RESTARTED: True,
    }
    return [change for change, is_one in changes.items() if is_one and (wanted is None or change in wanted)]


def with_biases(layers: Layers, inputs: Array, rng: np.random.Generator) -> Layers:
    """Biases where there are none: zeros, but in a hidden first layer such that each unit is in the midst of the data.

    There `b = -w x0` with a random sample x0 for each unit: the bends spread over the range of the data.
    """
    found = [replace(layer, bias=np.zeros(layer.weight.shape[1])) if layer.bias is None else layer for layer in layers]
    if len(layers) > 1 and layers[0].bias is None:
        weight = np.asarray(layers[0].weight, dtype=np.float64)
        centres = inputs[rng.integers(0, len(inputs), weight.shape[1])]  # (units, in)
        found[0] = replace(layers[0], bias=-np.sum(centres * weight.T, axis=1))
    return tuple(found)


def redrawn(layers: Layers, rng: np.random.Generator) -> Layers:
    """New initial weights, with mean and spread of the old ones; by Glorot where all old ones are alike."""
    return tuple(
        DescribedLayer(_redrawn_weight(layer.weight, rng), _redrawn_bias(layer.bias, rng), layer.activation)
        for layer in layers
    )


def _alike(values: Array) -> bool:
    return bool(np.ptp(values) <= 1e-9 * np.abs(values).max(initial=0.0))


def _redrawn_weight(weight: Array, rng: np.random.Generator) -> Array:
    """Normal. The mean of few weights is chance: kept only where it is surely not zero."""
    weight = np.asarray(weight, dtype=np.float64)
    if _alike(weight):
        return rng.normal(0, np.sqrt(2 / sum(weight.shape)), weight.shape)
    mean, spread = weight.mean(), weight.std()
    if abs(mean) < SURE * spread / np.sqrt(weight.size):
        mean, spread = 0.0, np.sqrt(np.mean(weight**2))
    return rng.normal(mean, spread, weight.shape)


def _redrawn_bias(bias: Array | None, rng: np.random.Generator) -> Array | None:
    if bias is None or _alike(np.asarray(bias, dtype=np.float64)):
        return bias
    return rng.normal(np.mean(bias), np.std(bias), bias.shape)


def variants(
    network: DescribedNetwork, changes: Sequence[Quantity], rate: float, seed: int, raised: float = 10.0
) -> list[tuple[Quantity, Variant]]:
    """The untreated network, and one with each change (three new starts); `raised`: times the rate."""
    layers, x, decay = network.layers, network.inputs, network.decay
    found = [(Quantity.TRIAL_AS_IS, Variant(layers, rate, decay=decay))]
    for change in changes:
        if change is Quantity.TRIAL_RESTARTED:
            starts = [redrawn(layers, np.random.default_rng([seed, 2, k])) for k in range(RESTARTS)]
            found += [(change, Variant(start, rate, decay=decay)) for start in starts]
        elif change in (Quantity.TRIAL_TENTH_RATE, Quantity.TRIAL_RAISED_RATE):
            times = 0.1 if change is Quantity.TRIAL_TENTH_RATE else raised
            found.append((change, Variant(layers, rate * times, decay=decay)))
        elif change is Quantity.TRIAL_RESCALED:
            found.append((change, Variant(rescaled(layers), rate, decay=decay)))
        else:
            found.append((change, replace(changed(change, layers, x, rate, seed), decay=decay)))
    return found


def init_scales(layers: Layers) -> list[float]:
    """For each layer the RMS of its weights over what suits it: Glorot's, or He's before a ReLU."""
    return [_rms(layer.weight) / _suitable(layer) for layer in layers]


def _suitable(layer: DescribedLayer) -> float:
    inputs, units = layer.weight.shape
    rectifies = layer.activation in ("relu", "leaky_relu", "elu")
    return float(np.sqrt(2 / inputs if rectifies else 2 / (inputs + units)))


def _rms(weight: Array) -> float:
    values = np.asarray(weight, dtype=np.float64)
    return float(np.sqrt(np.mean(values**2)))


def _is_off(scale: float) -> bool:
    return scale > OTHER_SCALE or 0 < scale < 1 / OTHER_SCALE


def rescaled(layers: Layers) -> Layers:
    """The same weights, in each layer whose scale is far off as large as suits it."""
    scales = init_scales(layers)
    return tuple(
        replace(layer, weight=np.asarray(layer.weight, np.float64) / scale) if _is_off(scale) else layer
        for layer, scale in zip(layers, scales, strict=True)
    )


def changed(change: Quantity, layers: Layers, inputs: Array, rate: float, seed: int) -> Variant:
    """`layers` with biases or with standardised inputs, or as they are."""
    if change is Quantity.TRIAL_WITH_BIAS:
        return Variant(with_biases(layers, inputs, np.random.default_rng([seed, 1])), rate)
    if change is Quantity.TRIAL_STANDARDISED:
        return Variant(layers, rate, *standardisation(inputs))
    return Variant(layers, rate)
