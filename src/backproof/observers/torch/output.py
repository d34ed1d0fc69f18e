"""What stands between the last layer and the loss: softmaxes and sigmoids in a row, and over which axis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.observations import Quantity
from backproof.observers.torch.graph import ACTIVATIONS, SHAPES, Graph, Node, inputs_of, kind_of, shape_of, slot
from backproof.observers.torch.losses import SeenLoss

Q = Quantity
Fact = tuple[Quantity, str, float]
SUM_OF_ONE = 0.05  # away from 1: log-probabilities in half precision add up to 1 within a percent


def activations_below(graph: Graph, node: Node | None) -> list[tuple[str, Node]]:
    """The activations in a row from `node` towards the inputs, with nothing but changes of shape between them."""
    found: list[tuple[str, Node]] = []
    while node is not None:
        kind = graph.kinds[node]
        if kind in ACTIVATIONS:
            found.append((ACTIVATIONS[kind], node))
        elif kind not in SHAPES:
            break
        node = next(iter(inputs_of(node)), None)
    return found


def output_activation(graph: Graph, loss: SeenLoss) -> str | None:
    """What makes the predictions of the last layer's z; "linear" where nothing does, None where it is not known."""
    row = activations_below(graph, loss.source)
    if row:
        return row[0][0]
    if loss.logits:
        return "softmax" if loss.name == "categorical_cross_entropy" else "sigmoid"
    node: Node | None = loss.source
    while node is not None and graph.kinds[node] in SHAPES:
        node = next(iter(inputs_of(node)), None)
    known = node is not None and graph.kinds[node] in ("Addmm", "Mm", "Mv", "Convolution", "Add", "Linear")
    return "linear" if known else None


def facts_of(graph: Graph, loss: SeenLoss, where: str) -> Iterator[Fact]:
    """What can be read off the end of the graph."""
    yield Q.ERROR_ENTRIES, where, loss.entries
    row = activations_below(graph, loss.source)
    if loss.name == "categorical_cross_entropy":
        yield from _categorical(loss, [name for name, _ in row], where)
        if loss.logits and kind_of(loss.node) != "Mul":
            row = [("log_softmax", slot(loss.node, 0) or loss.node), *row]
    if loss.name == "binary_cross_entropy":
        sigmoids = sum(name == "sigmoid" for name, _ in row) + loss.logits
        yield Q.SIGMOIDS_IN_A_ROW, where, float(sigmoids)
        if loss.targets is not None:
            outside = (loss.targets < 0) | (loss.targets > 1)
            yield Q.TARGETS_OUTSIDE_LOSS, where, float(np.mean(outside))
    softmaxes = [node for name, node in row if name in ("softmax", "log_softmax")]
    if softmaxes:
        yield from _normalised(graph, softmaxes[-1], where)
    if loss.name == "half_squared_error" and loss.targets is not None and loss.targets.shape[1] == 1:
        numbers = np.unique(loss.targets)
        row_of = len(numbers) > 2 and np.array_equal(numbers, np.arange(len(numbers)))
        yield Q.TARGET_NUMBERS, where, float(len(numbers)) if row_of else 0.0


def _categorical(loss: SeenLoss, row: list[str], where: str) -> Iterator[Fact]:
    own = 1 if loss.logits else 0
    times = own + sum(name == "softmax" for name in row)
    if times and "log_softmax" not in row:
        yield Q.SOFTMAX_TIMES, where, float(times)
    if loss.logits:
        yield Q.SIGMOIDS_IN_A_ROW, where, float(1 + sum(name in ("sigmoid", "tanh") for name in row))
    if loss.labels and not loss.logits and loss.predictions is not None and len(loss.predictions):
        sums = loss.predictions.sum(axis=1)
        worst = float(sums[np.abs(sums - 1).argmax()])
        yield Q.LOG_PROBABILITIES, where, 1.0 if abs(worst - 1) < SUM_OF_ONE else worst


def _normalised(graph: Graph, node: Node, where: str) -> Iterator[Fact]:
    """Over what the innermost softmax is taken; only of tables, whose axes are samples and units."""
    shape, dim = shape_of(node), graph.saved(node, "dim")
    if len(shape) != 2 or dim is None or shape[0] < 2:
        return
    dim = int(dim) % (1 << 64)
    dim = dim - (1 << 64) if dim >= 1 << 63 else dim  # PyTorch gives it as an unsigned number
    over_units = dim % 2 == 1
    yield Q.SOFTMAX_UNITS, where, float(shape[1])
    yield Q.SOFTMAX_ENTRIES, where, float(shape[1] if over_units else 1)
    yield Q.SOFTMAX_SAMPLES, where, float(1 if over_units else shape[0])
