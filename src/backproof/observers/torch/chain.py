"""A network that is a plain chain of dense layers, in the words of the doctor's experiments; checked by its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observers.torch.graph import ACTIVATIONS, DROPOUTS, SHAPES, Graph, Node, slot
from backproof.observers.torch.layers import FoundLayer
from backproof.observers.torch.losses import SeenLoss
from backproof.scripts.described import DescribedLayer
from backproof.scripts.unit_functions import UNITS

Array = NDArray[Any]
Chain = list[tuple[FoundLayer, str]]
MOST_PARAMETERS = 2_000_000
SAME = 1e-3  # of the largest prediction: single precision through some layers loses 1e-5
OUTPUTS = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}


def chain_of(graph: Graph, layers: list[FoundLayer], loss: SeenLoss) -> Chain | None:
    """The layers from the inputs to the predictions, each with its activation; None if there is anything else."""
    by_result = {layer.result: layer for layer in layers}
    found: Chain = []
    node: Node | None = loss.source
    activation = OUTPUTS[loss.name] if loss.logits else None
    for _ in range(200):
        if node is None:
            break
        layer = by_result.get(node)
        if layer is not None:
            if not layer.is_dense or layer.normalised or layer.skip:
                return None
            found.append((layer, activation or "linear"))
            node, activation = layer.source, None
            continue
        kind = graph.kinds[node]
        if kind in ACTIVATIONS and activation is None and ACTIVATIONS[kind] in UNITS and _is_usual(graph, node, kind):
            activation = ACTIVATIONS[kind]
        elif not _is_transparent(graph, node, kind):
            return None
        node = slot(node, 0) if slot(node, 0) is not None else slot(node, 1)
    size = sum(layer.weight.numel() for layer, _ in found)
    return found[::-1] if found and node is None and size <= MOST_PARAMETERS else None


def _is_usual(graph: Graph, node: Node, kind: str) -> bool:
    """Whether its settings are those of the doctor's function of that name."""
    if kind == "LeakyRelu":
        return abs(float(graph.saved(node, "negative_slope") or 0) - 0.01) < 1e-9
    if kind == "Elu":
        return float(graph.saved(node, "alpha") or 0) == 1.0 and float(graph.saved(node, "scale") or 0) == 1.0
    return True


def _is_transparent(graph: Graph, node: Node, kind: str) -> bool:
    if kind == "Mul":  # a mask of dropout
        return sum(below is not None for below, _ in node.next_functions) == 1 and drops(graph, node)
    return (kind in SHAPES and kind not in ("Slice", "Select", "Cat", "Index", "Stack")) or kind in DROPOUTS


def drops(graph: Graph, node: Node) -> bool:
    """Whether it is a product with a mask of zeros and one other number."""
    mask = graph.saved(node, "other")
    if mask is None or not getattr(mask, "ndim", 0):
        return False
    kept = mask[mask != 0]
    return 0 < kept.numel() < mask.numel() and bool((kept == kept.flatten()[0]).all())


def reader(chain: Chain) -> Callable[[], tuple[DescribedLayer, ...]]:
    """Gives the layers with the values that the parameters have when it is called."""
    parts = [(layer.weight, layer.bias, layer.turned, activation) for layer, activation in chain]

    def read() -> tuple[DescribedLayer, ...]:
        found = []
        for weight, bias, turned, activation in parts:
            w = values_of(weight)
            w = w.reshape(-1, 1) if w.ndim == 1 else w
            found.append(
                DescribedLayer(w.T if turned else w, values_of(bias) if bias is not None else None, activation)
            )
        return tuple(found)

    return read


def values_of(tensor: Any) -> Array:
    """A copy in double precision."""
    return np.array(tensor.detach().to("cpu").double().numpy(), np.float64)


def evaluated(layers: tuple[DescribedLayer, ...], x: Array) -> Array:
    """What the chain answers."""
    a = x
    for layer in layers:
        a = np.asarray(UNITS[layer.activation].value(a @ layer.weight + (0.0 if layer.bias is None else layer.bias)))
    return a


def agrees(layers: tuple[DescribedLayer, ...], x: Array, p: Array) -> bool:
    """Whether the chain gives the predictions that were seen."""
    if x.ndim != 2 or x.shape[1] != layers[0].weight.shape[0] or len(x) != len(p):
        return False
    with np.errstate(all="ignore"):
        mine = evaluated(layers, x)
    return mine.shape == p.shape and bool(np.all(np.abs(mine - p) <= SAME * max(1e-6, float(np.abs(p).max()))))
