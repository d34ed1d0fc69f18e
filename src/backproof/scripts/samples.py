"""Which elements of recorded values belong to which sample and which unit, however the script lays them out.

Two elements of a layer's values belong to the same unit if they were computed with the same weights, and then to
different samples; that holds for matrices in rows or in columns, for vectors of one sample and for single numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, ancestors, replay
from backproof.graph.segments import Forward, Layer

Array = NDArray[Any]
Block = tuple[Node, NDArray[np.intp]]  # a node and the positions in its flat value, (samples, units)


class IrregularError(Exception):
    """The values of a layer make no table of samples and units."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A table of samples and units: groups of units, side by side, each with blocks of samples, one below the other."""

    groups: tuple[tuple[Block, ...], ...]

    @property
    def nodes(self) -> list[Node]:
        """The nodes that hold the values."""
        return [node for group in self.groups for node, _ in group]

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and units."""
        return sum(len(rows) for _, rows in self.groups[0]), sum(group[0][1].shape[1] for group in self.groups)

    def of(self, value_of: Callable[[Node], Any]) -> Array:
        """The values (samples, units) that `value_of` has for the nodes, each in the shape of its node."""
        columns = []
        for group in self.groups:
            blocks = [np.ravel(np.asarray(value_of(node), dtype=np.float64))[at] for node, at in group]
            columns.append(np.concatenate(blocks) if len(blocks) > 1 else blocks[0])
        return np.concatenate(columns, axis=1) if len(columns) > 1 else columns[0]

    def moved(self, to: Mapping[int, Node]) -> Grid | None:
        """The same table of other nodes, by the indices of these; None if one is missing or has another shape."""
        if any(node.index not in to or to[node.index].shape != node.shape for node in self.nodes):
            return None
        return Grid(tuple(tuple((to[node.index], at) for node, at in group) for group in self.groups))

    def values(self) -> Array:
        """The recorded values, (samples, units)."""
        return self.of(lambda node: node.value)

    def seeds(self, table: Array) -> dict[Node, Array]:
        """The other way: for each node, the entries of `table` (samples, units) in the shape of its value."""
        made: dict[Node, Array] = {}
        column = 0
        for group in self.groups:
            row, width = 0, group[0][1].shape[1]
            for node, at in group:
                flat = made.setdefault(node, np.zeros(node.shape)).reshape(-1)
                flat[at] = table[row : row + len(at), column : column + width]
                made[node] = flat.reshape(node.shape)
                row += len(at)
            column += width
        return made


def ends_of(forward: Forward, layer: Layer) -> frozenset[int]:
    """Indices where a reverse sweep of one layer ends: data, values of lower layers, and the parameters themselves."""
    return forward.below(layer) | _parameters(forward)


def sources_of(forward: Forward) -> frozenset[int]:
    """Indices of data and parameters: a sweep that ends at these alone goes through all layers."""
    return frozenset(forward.nodes.keys() - forward.trained) | _parameters(forward)


def _parameters(forward: Forward) -> frozenset[int]:
    return frozenset(index for each in forward.layers for index in each.parameters)


def first_uses(forward: Forward) -> dict[int, int]:
    """Where each parameter is first used; that order is the same in every step, whatever order they were made in."""
    found: dict[int, int] = {}
    for index in forward.level:
        for parent in forward.nodes[index].parents:
            for parameter in forward.views.get(parent.index, ()):
                found.setdefault(parameter, index)
    return found


class Axes:
    """Finds out which axes of a layer's values count samples; what was found for one place holds for all steps."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[tuple[Any, ...], tuple[int, ...]] = {}

    def grid(self, forward: Forward, layer: Layer, nodes: Sequence[Node], site_of: Callable[[Node], int]) -> Grid:
        """The table that `nodes`, values of `layer`, make together.

        Raises:
            IrregularError: They make none.
        """
        if not nodes:
            raise IrregularError
        blocks = [self._block(forward, layer, node, site_of(node)) for node in nodes]
        if len(blocks) == 1:
            return Grid(((blocks[0],),))
        groups: dict[frozenset[Any], list[Block]] = {}
        signatures = _Signatures(forward, layer)
        for block in blocks:
            groups.setdefault(signatures.of(block[0]), []).append(block)
        grid = Grid(tuple(tuple(group) for group in groups.values()))
        heights = {tuple(at.shape[0] for _, at in group) for group in grid.groups}
        widths = {at.shape[1] for group in grid.groups for _, at in group if len(group) > 1}
        if len(heights) > 1 or (len(grid.groups) == 1 and len(widths) > 1):
            raise IrregularError
        return grid

    def _block(self, forward: Forward, layer: Layer, node: Node, site: int) -> Block:
        shape = node.shape
        positions = np.arange(node.size).reshape(shape)
        if node.size == 1:
            return node, positions.reshape(1, 1)
        key = (site, layer.number, tuple(n > 1 for n in shape))
        if key not in self._known:
            found = _sample_axes(forward, layer, node)
            if found is None:
                return node, _laid_out(positions, _usual(shape))
            self._known[key] = found
        return node, _laid_out(positions, self._known[key])


def axes_of_samples(forward: Forward, layer: Layer, node: Node) -> tuple[int, ...]:
    """The axes of `node`, a value of `layer`, that count samples."""
    found = _sample_axes(forward, layer, node)
    return _usual(node.shape) if found is None else found


def _usual(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Where nothing can be found out (all inputs are zero): rows are samples, a vector is one sample."""
    return (0,) if len(shape) > 1 else ()


def _laid_out(positions: NDArray[np.intp], samples: tuple[int, ...]) -> NDArray[np.intp]:
    units = [axis for axis in range(positions.ndim) if axis not in samples]
    count = int(np.prod([positions.shape[axis] for axis in samples], dtype=int)) if samples else 1
    return positions.transpose([*samples, *units]).reshape(count, -1)


def _sample_axes(forward: Forward, layer: Layer, node: Node) -> tuple[int, ...] | None:
    """The axes of samples; None if the weights' derivatives are zero everywhere and nothing can be said."""
    weights = layer.weights or layer.biases
    if not weights:
        return None
    main = max((forward.nodes[index] for index in weights if index in forward.nodes), key=lambda n: n.size)
    below = ends_of(forward, layer)
    found = []
    for axis, length in enumerate(node.shape):
        if length == 1:
            continue
        if length > main.size:
            found.append(axis)  # more places than weights: they are shared
            continue
        shared = _shared(node, axis, main, below)
        if shared is None:
            return None
        if shared:
            found.append(axis)
    return tuple(found)


def _shared(node: Node, axis: int, weight: Node, below: frozenset[int]) -> bool | None:
    """Whether two halves of `node` along `axis` were computed with the same elements of `weight`."""
    seeds = np.random.default_rng(1).uniform(1, 2, node.shape)
    half = np.arange(node.shape[axis]) % 2
    half = half.reshape([-1 if k == axis else 1 for k in range(len(node.shape))])
    touched = [gradients({node: seeds * (half == k)}, [weight], stop=below)[0] != 0 for k in (0, 1)]
    if not (touched[0].any() and touched[1].any()):
        return None
    return bool(np.any(touched[0] & touched[1]))


class _Signatures:
    """Which elements of which weights went into a value."""

    def __init__(self, forward: Forward, layer: Layer) -> None:
        self.forward = forward
        self.below = forward.below(layer)
        self.weights = frozenset(layer.weights or layer.biases)
        self._elements: dict[int, tuple[int, bytes]] = {}

    def of(self, node: Node) -> frozenset[Any]:
        """The views of weights that `node` was computed from, each with the numbers of its elements."""
        stop = self.below | self.forward.views.keys()
        behind = ancestors([node], stop - {node.index})
        used = (i for i in behind if self.forward.views.get(i, frozenset()) & self.weights)
        return frozenset(self._view(i) for i in used)

    def _view(self, index: int) -> tuple[int, bytes]:
        if index not in self._elements:
            root = min(self.forward.views[index])
            base = self.forward.nodes[root]
            if index == root or base.size == 1:
                self._elements[index] = (root, b"")
            else:
                numbers = np.arange(1, base.size + 1, dtype=float).reshape(base.shape)
                between = [self.forward.nodes[i] for i in self.forward.views if root < i <= index]
                made = replay(between, {root: numbers}).get(index, numbers)
                self._elements[index] = (root, np.sort(np.abs(np.ravel(made))).tobytes())
        return self._elements[index]
