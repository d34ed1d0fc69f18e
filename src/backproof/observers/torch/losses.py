"""The loss at the end of an autograd graph: which one it is, and the predictions and targets that it compares."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.observers.torch.graph import SHAPES, Graph, Node, inputs_of, shape_of, slot
from backproof.observers.torch.outputs import MOST_CLASSES, answers_again, loss_again
from backproof.observers.torch.tables import numbers_of, spread_over, table_of

Array = NDArray[Any]
# Operations between the loss of the samples and the number that `backward` is called on.
OUTER = frozenset({"Mean", "Sum", "Mul", "Div", "Add", "Neg", "Sub"}) | SHAPES
DIRECT = {
    "MseLoss": "half_squared_error", "SmoothL1Loss": "absolute_error", "HuberLoss": "absolute_error",
    "L1Loss": "absolute_error", "BinaryCrossEntropy": "binary_cross_entropy",
    "BinaryCrossEntropyWithLogits": "binary_cross_entropy", "NllLoss": "categorical_cross_entropy",
    "NllLoss2D": "categorical_cross_entropy",
}  # fmt: skip
ERRORS = {"Pow": "half_squared_error", "Mul": "half_squared_error", "Abs": "absolute_error"}


@dataclass(slots=True, eq=False)
class SeenLoss:
    """One comparison of predictions with targets.

    Attributes:
        name: As the doctor calls it.
        node: That computes it.
        source: The node that made the predictions as they come from the network.
        predictions, targets: (rows, outputs): probabilities where the loss takes logits; None where they are not seen.
        labels: The targets are numbers of classes.
        per_sample: This times the mean over the samples of the doctor's loss is what `backward` starts from.
        samples: Rows of the whole batch.
        entries: Entries of the error per prediction; n where (n,) met (n, 1).
        logits: Whether the loss applies a sigmoid or softmax of its own.
        again: Gives the loss of other predictions of the same batch, from what the model itself gives.
        answers: Gives, of such an output, predictions and targets as the tables hold them.
        rows: Which samples of the batch the tables hold; None where they are no samples.
    """

    name: str
    node: Node
    source: Node
    predictions: Array | None
    targets: Array | None
    labels: bool = False
    per_sample: float | None = None
    samples: int = 0
    entries: float = 1.0
    logits: bool = False
    rows: slice | None = None
    again: Callable[[Any], Any] | None = None
    answers: Callable[[Any], tuple[Array, Array] | None] | None = None

    def fill(self, predictions: Any, targets: Any) -> None:
        """Take some rows of both, (samples, ...)."""
        if predictions.shape[:1] != targets.shape[:1] or not predictions.ndim:
            return
        self.rows = spread_over(len(predictions), int(np.prod(predictions.shape[1:], dtype=int)))
        self.predictions, self.targets = table_of(predictions[self.rows]), table_of(targets[self.rows])


def losses_of(graph: Graph) -> list[SeenLoss]:
    """The comparisons that the loss is made of, the outermost first."""
    found: list[SeenLoss] = []
    waiting: list[tuple[Node, float | None]] = [(graph.root, 1.0)]
    done: set[Node] = set()
    while waiting:
        node, factor = waiting.pop(0)
        if node in done or len(done) > 200:
            continue
        done.add(node)
        seen = _direct(graph, node) or _soft_labels(graph, node) or _by_hand(graph, node)
        if seen is not None:
            _scale(seen, graph, node, factor)
            found.append(seen)
        elif graph.kinds[node] in OUTER:
            waiting += [(below, _times(graph, node, factor)) for below in inputs_of(node)]
    return found


def _times(graph: Graph, node: Node, factor: float | None) -> float | None:
    """The factor by which a change of the operand changes what `backward` starts from."""
    kind = graph.kinds[node]
    if factor is None or kind not in ("Mul", "Div", "Neg"):
        return factor
    if kind == "Neg":
        return -factor
    other = graph.saved(node, "other")
    if other is None or getattr(other, "numel", lambda: 1)() != 1:
        return None
    value = float(other)
    return factor * value if kind == "Mul" else factor / value if value else None


def _scale(seen: SeenLoss, graph: Graph, node: Node, factor: float | None) -> None:
    """Note how large the steps are compared with those on the mean over the samples."""
    if factor is None or seen.targets is None:
        return
    outputs, reduction = seen.targets.shape[1], graph.saved(node, "reduction")
    whole = {"half_squared_error": 2.0, "absolute_error": 1.0}.get(seen.name, 1.0)
    by_mean = reduction == 1 or (reduction in (0, None) and _is_averaged(graph, node))
    outputs = 1 if seen.name == "categorical_cross_entropy" else outputs
    seen.per_sample = abs(factor) * whole * (1.0 / outputs if by_mean else float(seen.samples))


def _is_averaged(graph: Graph, node: Node) -> bool:
    users = graph.users.get(node, [])
    while users:
        if graph.kinds[users[0]] == "Mean":
            return True
        if graph.kinds[users[0]] == "Sum":
            return any(graph.kinds[user] == "Div" for user in graph.users[users[0]])
        users = graph.users[users[0]]
    return False


# -- the losses of torch.nn


def _direct(graph: Graph, node: Node) -> SeenLoss | None:
    name = DIRECT.get(graph.kinds[node])
    source = slot(node, 0)
    if name is None or source is None:
        return None
    value, targets = graph.saved(node, "self"), graph.saved(node, "target")
    seen = SeenLoss(name, node, source, None, None, logits="Logits" in graph.kinds[node])
    if graph.kinds[source] == "Expand":
        below = slot(source, 0)
        if below is not None:
            seen.source = below
            seen.entries = _ratio(shape_of(source), shape_of(below))
    if value is None or targets is None:
        return seen
    if seen.entries == 1:
        seen.again = functools.partial(loss_again, graph.kinds[node], value.shape, targets)
        seen.answers = functools.partial(answers_again, graph.kinds[node], value.shape, targets)
    if name == "categorical_cross_entropy":
        return _labelled(graph, seen, value, targets)
    seen.samples = len(value) if value.ndim else 1
    seen.entries = max(seen.entries, _expanded(targets))
    seen.fill(value.sigmoid() if seen.logits else value, targets)
    return seen


def _expanded(values: Any) -> float:
    """How many times each stored number stands in an array that was expanded."""
    repeated = [length for length, stride in zip(values.shape, values.stride(), strict=True) if stride == 0]
    return float(np.prod(repeated)) if repeated and values.ndim > 1 else 1.0


def _ratio(of: tuple[int, ...], over: tuple[int, ...]) -> float:
    return float(np.prod(of, dtype=float) / max(np.prod(over, dtype=float), 1.0))


def _labelled(graph: Graph, seen: SeenLoss, value: Any, targets: Any) -> SeenLoss:
    """Log-probabilities, (n, classes, ...), and numbers of classes, (n, ...)."""
    below = slot(seen.node, 0)
    if below is not None and graph.kinds[below] == "LogSoftmax":
        seen.logits, seen.source = True, slot(below, 0) or below
    seen.labels = True
    classes = value.shape[1] if value.ndim > 1 else value.shape[0]
    rows = value.movedim(1, -1).reshape(-1, classes) if value.ndim > 1 else value.reshape(1, -1)
    labels = targets.reshape(-1)
    seen.samples = len(labels)
    if classes > MOST_CLASSES:
        return seen
    chosen = spread_over(len(labels), classes)
    rows, labels = rows[chosen], labels[chosen]
    keep = labels != graph.saved(seen.node, "ignore_index")
    seen.rows = chosen if value.ndim == 2 and bool(keep.all()) else None
    names = numbers_of(labels[keep]).astype(int)
    seen.predictions = np.exp(numbers_of(rows[keep]))
    seen.targets = np.eye(classes)[names] if len(names) and names.min() >= 0 and names.max() < classes else None
    return seen


def _soft_labels(graph: Graph, node: Node) -> SeenLoss | None:
    """Log-probabilities times targets: a cross-entropy with a probability for each class."""
    if graph.kinds[node] != "Mul":
        return None
    for number, saved in ((0, "other"), (1, "self")):
        below, targets = slot(node, number), graph.saved(node, saved)
        if below is not None and graph.kinds[below] == "LogSoftmax" and targets is not None:
            value = graph.saved(below, "result")
            if value is None or value.shape != targets.shape or value.ndim != 2:
                return None
            source = slot(below, 0) or below
            seen = SeenLoss("categorical_cross_entropy", node, source, None, None, samples=len(value), logits=True)
            seen.fill(value.exp(), targets)
            return seen
    return None


# -- losses that are written out


def _by_hand(graph: Graph, node: Node) -> SeenLoss | None:
    """The square or magnitude of a difference between what depends on the parameters and what does not."""
    name = ERRORS.get(graph.kinds[node])
    error = slot(node, 0)
    if name is None or error is None or graph.kinds[error] != "Sub" or not _is_square(graph, node):
        return None
    sides = [slot(error, 0), slot(error, 1)]
    known = [side for side in sides if side is not None]
    if len(known) != 1 or graph.is_view_of_leaf(known[0]):
        return None
    source, value = known[0], graph.saved(node, "self")
    seen = SeenLoss(name, node, source, None, None, entries=_ratio(shape_of(error), shape_of(source)))
    seen.samples = shape_of(source)[0] if shape_of(source) else 1
    prediction = _result(graph, source)
    if value is not None and prediction is not None and prediction.shape == value.shape:
        targets = prediction - value if sides[0] is source else prediction + value
        seen.fill(prediction, targets)
    return seen


def _is_square(graph: Graph, node: Node) -> bool:
    if graph.kinds[node] == "Pow":
        return float(graph.saved(node, "exponent") or 0) == 2.0
    return graph.kinds[node] != "Mul" or slot(node, 0) is slot(node, 1)


def _result(graph: Graph, node: Node) -> Any:
    """The values that a node made, computed again from what it saved; None where that is not known."""
    kind = graph.kinds[node]
    saved = graph.saved(node, "result")
    if saved is not None and kind in ("Relu", "Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Exp"):
        return saved
    below = slot(node, 0)
    if kind in ("View", "UnsafeView", "ReshapeAlias", "Squeeze", "Unsqueeze") and below is not None:
        inner = _result(graph, below)
        return None if inner is None else inner.reshape(shape_of(node))
    return product_of(graph, node)


def product_of(graph: Graph, node: Node, rows: slice = slice(None)) -> Any:
    """`x @ w + b` of some rows, from the inputs that a product saved and its parameters; None where it has none."""
    kind = graph.kinds[node]
    if kind == "Addmm":
        x, weight, bias = graph.saved(node, "mat1"), graph.leaf(slot(node, 2)), graph.leaf(slot(node, 0))
        if x is None or weight is None:
            return None
        weight = _as_used(graph, slot(node, 2), weight)
        return x[rows] @ weight if bias is None else x[rows] @ weight + bias.detach()
    if kind in ("Mm", "Mv"):
        x, weight = graph.saved(node, "self"), graph.leaf(slot(node, 1))
        return None if x is None or weight is None else x[rows] @ _as_used(graph, slot(node, 1), weight)
    if kind == "Add":
        return _biased(graph, node, rows)
    return None


def _biased(graph: Graph, node: Node, rows: slice) -> Any:
    """A product plus a parameter."""
    first, second = slot(node, 0), slot(node, 1)
    for product, bias in ((first, second), (second, first)):
        leaf = graph.leaf(bias)
        if product is not None and leaf is not None and not graph.is_view_of_leaf(product):
            z = product_of(graph, product, rows)
            return None if z is None else z + leaf.detach()
    return None


def _as_used(graph: Graph, node: Node | None, weight: Any) -> Any:
    """The parameter as the product takes it: transposed where a transpose stands between."""
    turned = 0
    while node is not None and graph.kinds[node] in SHAPES:
        turned += graph.kinds[node] in ("T", "Transpose", "Permute")
        node = next(iter(inputs_of(node)), None)
    weight = weight.detach()
    return weight.t() if turned % 2 else weight
