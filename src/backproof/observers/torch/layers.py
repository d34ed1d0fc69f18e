"""The layers behind a loss: where a parameter meets data, which activation follows, and what went through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observers.torch.graph import (
    ACTIVATIONS,
    DROPOUTS,
    NORMS,
    POOLS,
    SHAPES,
    Graph,
    Node,
    Tensor,
    inputs_of,
    shape_of,
    slot,
)
from backproof.observers.torch.losses import product_of

Array = NDArray[Any]
# Of an operation that has parameters: the number of its operands that are data, weight and bias.
WEIGHTED = {"Addmm": (1, 2, 0), "Mm": (0, 1, None), "Mv": (0, 1, None), "Convolution": (0, 1, 2),
            "Embedding": (None, 0, None), "Bmm": (0, 1, None)}  # fmt: skip
RECURRENT = frozenset({"MkldnnRnnLayer", "CudnnRnn", "MiopenRnn"})
ROWS = 256  # of a layer's z that are looked at
IMAGES = 4  # of a convolution's


@dataclass(slots=True, eq=False)
class FoundLayer:
    """One operation with parameters, and what follows it.

    Attributes:
        node: The operation.
        result: The node whose result is z: with the bias.
        weight, bias: Parameters.
        activation: Its name, "linear", or None where it is not known.
        active: The activation's node.
        source: The node of its input; None for data.
        normalised: Whether a normalisation stands between z and the activation.
        skip: Whether something bypasses it, or joins before the activation.
        turned: Whether the weight is stored (out, in).
    """

    node: Node
    result: Node
    weight: Tensor
    bias: Tensor | None
    source: Node | None
    activation: str | None = None
    active: Node | None = None
    normalised: bool = False
    skip: bool = False
    turned: bool = True
    parameters: list[Tensor] = field(default_factory=list)

    @property
    def is_dense(self) -> bool:
        """Whether it is a product of a table with a matrix."""
        return self.weight.ndim == 2 and self.bias is not self.weight

    def sizes(self) -> tuple[int, int]:
        """Inputs and units."""
        shape = tuple(self.weight.shape)
        if len(shape) == 1:
            return shape[0], 1
        inputs, units = int(np.prod(shape[1:])), shape[0]
        return (inputs, units) if self.turned else (shape[0], int(np.prod(shape[1:])))


def layers_of(graph: Graph) -> list[FoundLayer]:
    """All layers, input side first."""
    found = []
    for node in graph.nodes:
        kind = graph.kinds[node]
        layer = _weighted(graph, node, kind) if kind in WEIGHTED else None
        if kind in RECURRENT:
            layer = _recurrent(graph, node)
        if layer is not None:
            _follow(graph, layer)
            found.append(layer)
    return found


def _weighted(graph: Graph, node: Node, kind: str) -> FoundLayer | None:
    data, weighted, biased = WEIGHTED[kind]
    weight = graph.leaf(slot(node, weighted))
    if weight is None and kind in ("Mm", "Mv") and graph.is_view_of_leaf(slot(node, 0)):
        data, weighted = 1, 0
        weight = graph.leaf(slot(node, 0))
    if weight is None or weight.ndim < (1 if kind in ("Mv", "Mm") else 2):
        return None
    if data is not None and graph.is_view_of_leaf(slot(node, data)):
        return None  # a product of two parameters
    bias = graph.leaf(slot(node, biased)) if biased is not None else None
    turned = kind in ("Convolution", "Embedding") or weighted == 0 or _is_turned(graph, slot(node, weighted))
    layer = FoundLayer(
        node, node, weight, bias, slot(node, data) if data is not None else None,
        turned=turned and kind != "Embedding", parameters=[p for p in (weight, bias) if p is not None],
    )  # fmt: skip
    return layer if bias is not None or kind == "Embedding" else _with_added_bias(graph, layer)


def _is_turned(graph: Graph, node: Node | None) -> bool:
    turned = 0
    while node is not None and graph.kinds[node] in SHAPES:
        turned += graph.kinds[node] in ("T", "Transpose", "Permute")
        node = next(iter(inputs_of(node)), None)
    return turned % 2 == 1


def _with_added_bias(graph: Graph, layer: FoundLayer) -> FoundLayer:
    """`x @ w` and then `+ b`, also with a change of shape between."""
    node = layer.node
    for _ in range(4):
        users = graph.users[node]
        if len(users) != 1:
            return layer
        user = users[0]
        if graph.kinds[user] == "Add":
            other = next((below for below in inputs_of(user) if below is not node), None)
            leaf = graph.leaf(other)
            if leaf is not None:
                layer.bias, layer.result = leaf, user
                layer.parameters.append(leaf)
            return layer
        if graph.kinds[user] not in SHAPES:
            return layer
        node = user
    return layer


def _recurrent(graph: Graph, node: Node) -> FoundLayer | None:
    leaves = [leaf for below, _ in node.next_functions if below is not None and (leaf := graph.leaf(below)) is not None]
    matrices = [leaf for leaf in leaves if leaf.ndim == 2]
    if not matrices:
        return None
    bias = next((leaf for leaf in leaves if leaf.ndim == 1), None)
    return FoundLayer(node, node, matrices[0], bias, slot(node, 0), activation="recurrent", parameters=leaves)


# -- what follows


def _follow(graph: Graph, layer: FoundLayer) -> None:
    """Find the activation on the way to the next layer or to the loss."""
    if layer.activation is not None:
        return
    node = layer.result
    for _ in range(30):
        users = graph.users[node]
        if len(users) != 1:
            layer.skip = layer.skip or len(users) > 1
            layer.activation = _common(graph, layer, users) if users else "linear"
            return
        user = users[0]
        if _passes(graph, layer, node, user):
            node = user
            continue
        layer.activation = _named(graph, layer, user)
        return


def _named(graph: Graph, layer: FoundLayer, user: Node) -> str | None:
    kind = graph.kinds[user]
    if kind == "Pow" and float(graph.saved(user, "exponent") or 0) == 2.0 and _is_error(graph, user):
        return "linear"
    if kind in ACTIVATIONS:
        layer.active = user
        return ACTIVATIONS[kind]
    known = kind in WEIGHTED or kind in RECURRENT or kind.endswith(("Loss", "Loss2D", "Logits", "Entropy", "KlDiv"))
    return "linear" if known or kind in ("Sub", "Div", "Sum", "Neg", "Bmm") else None


def _is_error(graph: Graph, user: Node) -> bool:
    below = slot(user, 0)
    return below is not None and graph.kinds[below] in ("Sub", "Add")


def _common(graph: Graph, layer: FoundLayer, users: list[Node]) -> str | None:
    """Of several users: the one activation among them, or "linear" where all are layers."""
    named = {_named(graph, FoundLayer(layer.node, layer.node, layer.weight, None, None), user) for user in users}
    if len(named) == 1:
        layer.active = next((user for user in users if graph.kinds[user] in ACTIVATIONS), None)
        return named.pop()
    return None


def _passes(graph: Graph, layer: FoundLayer, node: Node, user: Node) -> bool:
    """Whether `user` only reshapes, scales by a constant, normalises, pools, drops, or adds what bypasses."""
    kind = graph.kinds[user]
    if kind in NORMS:
        layer.normalised = True
        return True
    if kind in SHAPES or kind in POOLS or kind in DROPOUTS:
        return True
    if kind == "Mul" or kind == "Div":
        return sum(below is not None for below, _ in user.next_functions) == 1
    if kind in ("Add", "Sub"):
        others = [below for below in inputs_of(user) if below is not node]
        if kind == "Sub" and not others:
            return False
        layer.skip = layer.skip or any(not graph.is_view_of_leaf(below) for below in others)
        return kind == "Add"
    return False


# -- what went through


def z_of(graph: Graph, layer: FoundLayer, convolution: Any) -> Array | None:
    """Some rows of z, (rows, units); None where they cannot be had."""
    if graph.kinds[layer.node] == "Convolution":
        z = _convolved(graph, layer, convolution)
        if z is None:
            return None
        z = z.movedim(1, -1)
        return table(z.reshape(-1, z.shape[-1]))
    rows = slice(None, None, max(shape_of(layer.node)[0] // ROWS, 1)) if shape_of(layer.node) else slice(None)
    z = product_of(graph, layer.node, rows)
    if z is None:
        return None
    if layer.result is not layer.node and layer.bias is not None and graph.kinds[layer.node] != "Addmm":
        z = z + layer.bias.detach()
    return table(z if z.ndim == 2 else z.reshape(len(z), -1))


def _convolved(graph: Graph, layer: FoundLayer, convolution: Any) -> Any:
    x = graph.saved(layer.node, "input")
    if x is None:
        return None
    settings = [graph.saved(layer.node, name) for name in ("stride", "padding", "dilation", "transposed",
                                                           "output_padding", "groups")]  # fmt: skip
    bias = layer.bias.detach() if layer.bias is not None else None
    return convolution(x[:IMAGES], layer.weight.detach(), bias, *settings)


def table(values: Any) -> Array:
    """Some rows, in double precision."""
    every = max(len(values) // ROWS, 1)
    return np.array(values[::every].detach().to("cpu").double().numpy(), np.float64)


def units_of(values: Any, units: int) -> Array | None:
    """What an activation gave, (rows, units): the axis of the units comes last."""
    if values.ndim > 2 and values.shape[1] == units and values.shape[-1] != units:
        values = values.movedim(1, -1)
    if not values.ndim or values.shape[-1] != units:
        return None
    return table(values.reshape(-1, units))


def silent_of(values: Any, units: int) -> Array | None:
    """Which units of a ReLU are zero on every sample, (units,)."""
    if values.ndim > 2 and values.shape[1] == units and values.shape[-1] != units:
        values = values.movedim(1, -1)
    if not values.ndim or values.shape[-1] != units:
        return None
    alive = (values.detach().reshape(-1, units) > 0).any(0)
    return np.asarray(~alive.to("cpu").numpy())
