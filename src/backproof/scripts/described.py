"""A feed-forward network as it was found in a recording: weights, activations, data. Experiments start from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class DescribedLayer:
    """`a = f(x @ weight + bias)` of one layer.

    Attributes:
        weight: (in, out).
        bias: (out,), or None where the layer has none.
        activation: "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus", "softmax", ...
    """

    weight: Array
    bias: Array | None
    activation: str


@dataclass(frozen=True, slots=True)
class DescribedNetwork:
    """A recorded network that was checked: on the recorded inputs it gives the recorded predictions.

    Attributes:
        layers: Input side first, with the parameters of the first recorded step.
        final: The same with the parameters of the last recorded step; None if unknown.
        inputs: (n, d), all distinct samples that were seen, constant columns included.
        targets: (n, k).
        loss: "half_squared_error", "binary_cross_entropy", "categorical_cross_entropy", "absolute_error".
        learning_rate: Step size on the *mean over the samples of a batch* of that loss (summed over the outputs).
        batch_size: Samples per step.
        steps: Updates that the whole run made, as far as known.
        decay: Weight decay: this times the weights is added to the gradient of that mean.
        optimizer: "sgd", "momentum", "adam", ... or None where it is not known.
    """

    layers: tuple[DescribedLayer, ...]
    final: tuple[DescribedLayer, ...] | None
    inputs: Array
    targets: Array
    loss: str
    learning_rate: float | None
    batch_size: int
    steps: int | None = None
    optimizer: str | None = None
    decay: float = 0.0
