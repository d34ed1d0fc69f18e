"""The weights of a recorded step as matrices (in, out), and the inputs, in whatever form the script holds them.

The weights between two layers are the Jacobian of the one's z by the other's a; what a weight of the first layer is
multiplied with is the derivative of z by that weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import adjoints, gradients
from backproof.graph.derivatives import canonical
from backproof.graph.layers import Product
from backproof.graph.node import Node, Ref, ancestors
from backproof.graph.segments import Forward
from backproof.scripts.described import DescribedLayer
from backproof.scripts.samples import Grid, ends_of, first_uses, sources_of
from backproof.scripts.seen import SeenLayer, SeenStep
from backproof.scripts.unit_functions import UNITS

Array = NDArray[Any]
SAME = 1e-6  # relative: a network that is described gives the recorded values within this
SAME_SINGLE = 1e-3
SWEPT_SAMPLES = 64  # samples of a step whose inputs are read off derivatives, one sweep each
SWEPT_UNITS = 400
SWEPT_NODES = 40_000  # nodes that the sweeps of one step visit at most: 0.1 s


class Support:
    """Which weights of the first layer each unit uses, as far as any step showed: a zero input hides one."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._masks: dict[tuple[int, ...], NDArray[np.bool_]] = {}

    def learn(self, seen: SeenStep) -> None:
        """Add what one step shows."""
        first = seen.layers[0] if seen.layers else None
        if first is None or first.z is None or _by_products(seen.forward, first, first.z) is not None:
            return
        seen.swept = _sweeps(seen.forward, first, first.z)
        self._masks[seen.swept[1].shape] = self.of(seen.swept[1]) | (seen.swept[1] != 0)

    def of(self, sums: Array) -> NDArray[np.bool_]:
        """What is known for tables of the shape of `sums`, (units, weights)."""
        known = self._masks.get(sums.shape)
        return np.zeros(sums.shape, bool) if known is None else known


class NotPlainError(Exception):
    """The network is no plain chain of layers; the message says why."""


def inputs_of(seen: SeenStep, support: Support) -> tuple[Array, Array]:
    """Inputs (samples, features) of a step, and the weights (features, units) of the first layer.

    Raises:
        NotPlainError: They cannot be read off.
    """
    first = seen.layers[0] if seen.layers else None
    if first is None or first.z is None:
        raise NotPlainError("the first layer has no table of samples and units")
    found = _by_products(seen.forward, first, first.z) or _by_derivatives(seen, first, support)
    if found[0].shape[0] != first.z.shape[0] or found[1].shape[1] != first.z.shape[1]:
        raise NotPlainError("the inputs do not fit to the first layer")
    return found


# -- the first layer


def _by_products(forward: Forward, first: SeenLayer, z: Grid) -> tuple[Array, Array] | None:
    """From the operands of `x @ W`, one per block of the table, or of `w * x + v * y`, one per column."""
    products = {p.node.index: p for p in first.layer.products}
    kinds = {canonical(p.node.op) for p in products.values()}
    if kinds == {"mul"}:
        return _columns(list(products.values()), z)
    if not kinds <= {"matmul", "dot"}:
        return None
    ends = ends_of(forward, first.layer)

    def operands(node: Node) -> tuple[Array, Array] | None:
        used = [products[i] for i in ancestors([node], ends) if i in products]
        return _operands(used[0]) if len(used) == 1 else None

    rows = [operands(node) for node, _ in z.groups[0]]
    columns = [rows[0], *(operands(group[0][0]) for group in z.groups[1:])]
    if any(pair is None for pair in (*rows, *columns)):
        return None
    inputs, weights = [pair[0] for pair in rows if pair], [pair[1] for pair in columns if pair]
    if len({each.shape[1] for each in inputs}) > 1 or len({each.shape[0] for each in weights}) > 1:
        return None
    return np.concatenate(inputs), np.concatenate(weights, axis=1)


def _columns(products: list[Product], z: Grid) -> tuple[Array, Array] | None:
    """Numbers times columns of all samples."""
    samples, units = z.shape
    pairs = [_values(product) for product in products]
    if len(z.nodes) > 1 or not pairs or samples == 1:
        return None
    if any(pair is None or pair[0].size != samples or pair[1].size != units for pair in pairs):
        return None
    return (
        np.stack([np.ravel(pair[0]) for pair in pairs if pair is not None], axis=1),
        np.stack([np.ravel(pair[1]) for pair in pairs if pair is not None]),
    )


def _values(product: Product) -> tuple[Array, Array] | None:
    """What a product multiplies: the input and the weight."""
    args = product.node.args
    if product.position is None or len(args) < 2:
        return None
    values = [np.asarray(a.node.value if isinstance(a, Ref) else a, dtype=np.float64) for a in args[:2]]
    return values[product.position], values[1 - product.position]


def _operands(product: Product) -> tuple[Array, Array] | None:
    """Inputs (n, d) and weights (d, u) of one matrix product."""
    values = _values(product)
    if values is None or not all(1 <= value.ndim <= 2 for value in values):
        return None
    (x, w), right = values, product.position == 1
    x = x[None] if x.ndim == 1 else (x.T if right else x)
    w = w[:, None] if w.ndim == 1 else (w.T if right else w)
    return x, w


def _by_derivatives(seen: SeenStep, first: SeenLayer, support: Support) -> tuple[Array, Array]:
    """From dz/dw, sample by sample; all units must be connected to the same inputs."""
    if seen.swept is None:
        support.learn(seen)
    if seen.swept is None:
        raise NotPlainError("the inputs cannot be read off the first layer")
    rows, sums = seen.swept
    masks = support.of(sums)
    held = np.concatenate([_flat(node) for node in _weights(seen.forward, first)])
    x, columns = rows[:, masks[0]], []
    for own, total in zip(masks, sums, strict=True):
        if own.sum() != masks[0].sum() or not np.allclose(total[own], _mixture(len(x)) @ x):
            raise NotPlainError("the units of the first layer do not read the same inputs")
        columns.append(held[own])
    return x, np.array(columns).T


def _weights(forward: Forward, first: SeenLayer) -> list[Node]:
    """The weights that the layer's z are made with, in the order in which they are used."""
    assert first.z is not None
    uses = first_uses(forward)
    acting = ancestors(first.z.nodes, ends_of(forward, first.layer))
    return [forward.nodes[i] for i in sorted(first.layer.weights, key=lambda i: uses.get(i, i)) if i in acting]


def _flat(node: Node) -> Array:
    return np.ravel(np.asarray(node.value, np.float64))


def _mixture(samples: int) -> Array:
    return np.random.default_rng(2).uniform(1, 2, samples)


def _sweeps(forward: Forward, first: SeenLayer, z: Grid) -> tuple[Array, Array]:
    """The first unit's dz/dw for each sample, and every unit's, mixed over the samples: (n, weights), (units, ...)."""
    n, units = z.shape
    if n > SWEPT_SAMPLES or units > SWEPT_UNITS or (n + units) * len(forward.nodes) > SWEPT_NODES:
        raise NotPlainError("too many samples to read the inputs off the derivatives")
    if first.layer.low != first.layer.high:
        raise NotPlainError("the first layer is used several times in a row")
    weights = _weights(forward, first)
    if not weights:
        raise NotPlainError("the first layer has no weights")
    below = ends_of(forward, first.layer)

    def sweep(table: Array) -> Array:
        return np.concatenate([np.ravel(g) for g in gradients(z.seeds(table), weights, stop=below)])

    rows = [sweep(_one(n, units, sample, 0)) for sample in range(n)]
    mixed = []
    for unit in range(units):
        table = np.zeros((n, units))
        table[:, unit] = _mixture(n)
        mixed.append(sweep(table))
    return np.array(rows), np.array(mixed)


def _one(rows: int, columns: int, row: int, column: int) -> Array:
    table = np.zeros((rows, columns))
    table[row, column] = 1.0
    return table


# -- the layers above


def jacobian(forward: Forward, layer: SeenLayer, z: Grid, a: Grid) -> Array:
    """dz/da, (units below, units): each sample carries one unit, so that few sweeps are enough."""
    n, units = z.shape
    if a.shape[0] != n or units > SWEPT_UNITS * n:
        raise NotPlainError(f"layer {layer.layer.number} does not see the samples that the layer below sees")
    stop = sources_of(forward) | {node.index for node in a.nodes}
    made = np.zeros((a.shape[1], units))
    for start in range(0, units, n):
        count = min(n, units - start)
        table = np.zeros((n, units))
        table[np.arange(count), start + np.arange(count)] = 1.0
        arrived = adjoints(z.seeds(table), stop=stop)
        rows = a.of(lambda node, arrived=arrived: arrived.get(node.index, np.zeros(node.shape)))  # type: ignore[misc]
        made[:, start : start + count] = rows[:count].T
    return made


def described(seen: SeenStep, support: Support, single: bool = False) -> tuple[DescribedLayer, ...]:
    """All layers of a step.

    Raises:
        NotPlainError: The recorded values are not those of a plain chain of layers.
    """
    close = SAME_SINGLE if single else SAME
    x, weight = inputs_of(seen, support)
    made, below = [], x
    for k, layer in enumerate(seen.layers):
        if layer.z is None or layer.a is None:
            raise NotPlainError(f"layer {k + 1} has no table of samples and units")
        if layer.skip:
            raise NotPlainError(f"something goes around layer {k + 1}")
        if not layer.shape.exact or layer.shape.name not in UNITS:
            raise NotPlainError(f"the activation of layer {k + 1} is none that is known")
        if k:
            lower = seen.layers[k - 1].a
            assert lower is not None
            weight = jacobian(seen.forward, layer, layer.z, lower)
        _check_elements(seen, k, weight, close)
        made.append(DescribedLayer(weight, _bias(below, weight, layer, close), layer.shape.name))
        below = layer.a.values()
    return tuple(made)


def _check_elements(seen: SeenStep, k: int, weight: Array, close: float) -> None:
    """All parameters that act in the layer must stand in its matrix, and nothing else (no mask, no second input)."""
    layer = seen.layers[k]
    assert layer.z is not None
    lower = seen.layers[k - 1].a if k else None
    acting = ancestors(layer.z.nodes, sources_of(seen.forward) | {n.index for n in (lower.nodes if lower else ())})
    biases = {i for each in seen.forward.layers for i in each.biases}
    nodes = [seen.forward.nodes[i] for i in acting if i in _all_weights(seen.forward) - biases]
    held = np.sort(np.concatenate([_flat(n) for n in nodes] or [np.zeros(0)]))
    units = weight.shape[1]
    if held.size not in (weight.size, weight.size + units):
        raise NotPlainError(f"layer {layer.layer.number} has {held.size} weights where {weight.size} act")
    flat = np.ravel(weight)
    right = np.minimum(np.searchsorted(held, flat), held.size - 1)
    nearest = np.minimum(np.abs(held[right] - flat), np.abs(held[np.maximum(right - 1, 0)] - flat))
    if np.any(nearest > close * np.maximum(np.abs(flat), 1e-3)):
        raise NotPlainError(f"the weights of layer {layer.layer.number} do not act as they are")


def _all_weights(forward: Forward) -> set[int]:
    return {index for each in forward.layers for index in each.weights}


def _bias(below: Array, weight: Array, layer: SeenLayer, close: float) -> Array | None:
    """What is added to `below @ weight`; the same for all samples."""
    assert layer.z is not None
    z = layer.z.values()
    rest = z - below @ weight
    size = float(np.max(np.abs(below) @ np.abs(weight), initial=1e-12)) + float(np.max(np.abs(z), initial=0.0))
    bias = rest.mean(axis=0)
    if not np.all(np.abs(rest - bias) <= close * size):
        raise NotPlainError(f"layer {layer.layer.number} is more than weights and a bias")
    if layer.layer.biases or np.any(np.abs(bias) > close * size):
        return np.asarray(bias)
    return None


def evaluate(layers: tuple[DescribedLayer, ...], inputs: Array) -> Array:
    """What a described network makes of `inputs` (samples, features)."""
    a = inputs
    with np.errstate(all="ignore"):
        for layer in layers:
            z = a @ layer.weight + (0.0 if layer.bias is None else layer.bias)
            a = np.asarray(UNITS[layer.activation].value(z))
    return a
