"""What happens in each layer at one moment of the run: pre-activations, slopes, saturated and dead units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observations import Quantity
from backproof.observers import measure
from backproof.observers.looks import Look, Sheet
from backproof.scripts.network import Network
from backproof.scripts.seen import SeenLayer
from backproof.scripts.unit_functions import UNITS
from backproof.scripts.unit_shapes import Shape, slopes

Array = NDArray[Any]
Q = Quantity
MEASURES = (
    Q.PREACTIVATION_RMS,
    Q.PREACTIVATION_MAX,
    Q.ACTIVATION_DERIVATIVE,
    Q.SATURATED_UNITS,
    Q.DEAD_UNITS,
    Q.EQUAL_UNITS,
)
PEAKS = {"sigmoid": 0.25, "tanh": 1.0}
ENOUGH = 20  # samples from which it can be said that a unit is silent, unless the data has no more


def observe(network: Network, look: Look, sheet: Sheet) -> None:
    """Note the state of every layer."""
    tables = _evaluated(network, look)
    for k, layer in enumerate(network.layers):
        z = tables[k] if tables is not None else _recorded(look, k)
        if z is None or not z.size:
            continue
        numbers = z[~np.isnan(z)]
        if numbers.size:
            sheet.add(look.number, Q.PREACTIVATION_RMS, layer.name, measure.rms(numbers, np), finite=False)
            sheet.add(look.number, Q.PREACTIVATION_MAX, layer.name, measure.largest(numbers, np), finite=False)
        slope = _slopes(layer.shape, z)
        if slope is not None:
            sheet.add(look.number, Q.ACTIVATION_DERIVATIVE, layer.name, measure.mean_magnitude(slope, np))
        _units(network, look, k, z, slope, sheet)


def _units(network: Network, look: Look, k: int, z: Array, slope: Array | None, sheet: Sheet) -> None:
    layer = network.layers[k]
    if layer.units is None or z.shape[1] != layer.units or not np.all(np.isfinite(z)):
        return
    if k < len(network.layers) - 1 and layer.units > 1 and len(z) > 1:
        table = _incoming(look, k) if _is_known(look, network) else z
        if np.any(np.ptp(table, axis=0)) or table is not z:  # a layer that gets nothing says nothing of its units
            sheet.add(look.number, Q.EQUAL_UNITS, layer.name, measure.equal_units(table, np))
    peak = PEAKS.get(layer.shape.name or "")
    if peak is not None and slope is not None:
        most = peak * abs(layer.shape.scale * layer.shape.inner)
        sheet.add(look.number, Q.SATURATED_UNITS, layer.name, measure.saturated_units(slope, most, np))
    enough = min(ENOUGH, network.data.count) if network.data is not None and network.data.whole else ENOUGH
    if layer.shape.name == "relu" and len(z) >= enough and layer.shape.scale > 0:
        sheet.add(look.number, Q.DEAD_UNITS, layer.name, measure.dead_units(z, np))


def _is_known(look: Look, network: Network) -> bool:
    """Are the weights of all layers known?"""
    return look.weights is not None and len(look.weights) == len(network.layers)


def _incoming(look: Look, k: int) -> Array:
    """What goes into each unit of layer k: weights and bias, (in + 1, units)."""
    assert look.weights is not None
    layer = look.weights[k]
    bias = np.zeros(layer.weight.shape[1]) if layer.bias is None else layer.bias
    return np.vstack([layer.weight, np.reshape(bias, (1, -1))])


def _evaluated(network: Network, look: Look) -> list[Array] | None:
    """Z of all layers on all known data."""
    if look.weights is None or network.data is None or len(look.weights) != len(network.layers):
        return None
    a = network.data.inputs
    if a.shape[1] != look.weights[0].weight.shape[0]:
        return None
    found = []
    for layer in look.weights:
        z = a @ layer.weight + (0.0 if layer.bias is None else layer.bias)
        a = np.asarray(UNITS[layer.activation].value(z))
        found.append(z)
    return found


def _recorded(look: Look, k: int) -> Array | None:
    """Z of layer k in the recorded steps; without units, (n, 1), where they make no table."""
    layers = [seen.layers[k] for seen in look.steps if len(seen.layers) > k]
    tables = [layer.z.values() for layer in layers if layer.z is not None]
    if tables and len(tables) == len(layers) and len({table.shape[1] for table in tables}) == 1:
        return np.concatenate(tables)
    flat = [np.ravel(_plain(layer)) for layer in layers if layer.z_nodes]
    return np.concatenate(flat)[:, None] if flat else None


def _plain(layer: SeenLayer) -> Array:
    return np.concatenate([np.ravel(np.asarray(node.value, np.float64)) for node in layer.z_nodes])


def _slopes(shape: Shape, z: Array) -> Array | None:
    return np.ones_like(z) if shape.name == "linear" else slopes(shape, z)
