"""What a network of `backproof.nn` is, in the words of the doctor and of its experiments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.nn.layers import Dense, Dropout
from backproof.nn.losses import FROM_LOGITS
from backproof.nn.network import Network
from backproof.nn.optimizers import Optimizer
from backproof.nn.settings import Settings
from backproof.observations import Layer, Run, Structure
from backproof.scripts.described import DescribedLayer, DescribedNetwork

Array = NDArray[Any]

# The doctor's name for a loss, and how many of it a sample's loss is (for so many outputs).
LOSSES: dict[str, tuple[str, Any]] = {
    "half_squared_error": ("half_squared_error", lambda outputs: 1.0),
    "squared_error": ("half_squared_error", lambda outputs: 2.0),
    "mean_squared_error": ("half_squared_error", lambda outputs: 2.0 / outputs),
    "mean_absolute_error": ("absolute_error", lambda outputs: 1.0 / outputs),
    "binary_cross_entropy": ("binary_cross_entropy", lambda outputs: 1.0),
    "sigmoid_cross_entropy": ("binary_cross_entropy", lambda outputs: 1.0),
    "categorical_cross_entropy": ("categorical_cross_entropy", lambda outputs: 1.0),
    "softmax_cross_entropy": ("categorical_cross_entropy", lambda outputs: 1.0),
}


def structure_of(network: Network, settings: Settings | None, y: Array, samples: int, batch: int) -> Structure:
    """Layers, loss, optimizer and data.

    Args:
        network: Built.
        settings: Those of the training, or None.
        y: Targets, (rows, outputs), some or all.
        samples: How many there are.
        batch: The largest step that was seen, in samples.
    """
    method = settings.method if settings is not None else None
    known = LOSSES.get(network.loss_name)
    rate = method.learning_rate if isinstance(method, Optimizer) else None
    return Structure(
        layers=tuple(_layers(network)),
        loss=known[0] if known else None,
        loss_reduction="mean",
        optimizer=None if method is None else type(method).__name__.lower(),
        learning_rate=rate,
        batch_size=batch or None,
        task=_task(network, y),
        samples=samples,
        inputs=network.inputs,
        outputs=network.outputs,
        constant_input=None,
    )


def _layers(network: Network) -> list[Layer]:
    found, inputs, dense = [], network.inputs or 0, [(n, d) for n, d in network.walk() if isinstance(d, Dense)]
    for k, (name, layer) in enumerate(dense):
        shown = FROM_LOGITS.get(network.loss_name, layer.activation_name) if k == len(dense) - 1 else None
        inputs = layer.parameters["weight"].shape[0]
        found.append(
            Layer(
                name=name, inputs=inputs, units=layer.units, activation=shown or layer.activation_name,
                output_range=layer.activation.output_range, has_bias=layer.bias, has_skip="/" in name,
                parameters=tuple(f"{name}/{key}" for key in layer.parameters),
            )
        )  # fmt: skip
    return found


def _task(network: Network, y: Array) -> str:
    """Two target values make a classification; rows of one 1 among zeros one into several classes."""
    values = set(np.unique(y).tolist()) if y.size < 1_000_000 else {0.5}
    if not (values <= {0.0, 1.0} or values <= {-1.0, 1.0}):
        return "regression"
    return "categorical" if y.shape[1] > 1 and bool(np.all(y.sum(axis=1) == 1)) else "binary"


def z_losses(network: Network, x: Array, y: Array) -> float:
    """The average loss of a batch, as when predicting."""
    output, caches = network.forward(x)
    return float(np.mean(network.losses.value(network.loss_input(output, caches), y)))


def described(network: Network, first: Array, x: Array, y: Array, run: Run) -> DescribedNetwork | None:
    """The network as experiments take it; None if it is no plain chain of dense layers with a standard loss.

    Args:
        network: As it is now.
        first: Its parameters before training, (n,).
        x: Inputs, (rows, features), in its units.
        y: Targets, (rows, outputs), likewise.
        run: With the structure and the number of steps.
    """
    plain = all(isinstance(layer, Dense | Dropout) for layer in network.layers)
    known = LOSSES.get(network.loss_name)
    if not plain or known is None:
        return None
    structure, layers = run.structure, [layer for layer in network.layers if isinstance(layer, Dense)]
    rate = structure.learning_rate
    return DescribedNetwork(
        layers=_chain(network, layers, first),
        final=_chain(network, layers, network.theta),
        inputs=np.asarray(x, np.float64),
        targets=np.asarray(y, np.float64),
        loss=known[0],
        learning_rate=None if rate is None else rate * known[1](network.outputs),
        batch_size=structure.batch_size or len(x),
        steps=run.total_steps,
        optimizer=structure.optimizer,
    )


def _chain(network: Network, layers: list[Dense], theta: Array) -> tuple[DescribedLayer, ...]:
    found, offset = [], 0
    for k, layer in enumerate(layers):
        parts: dict[str, Array] = {}
        for key, parameter in layer.parameters.items():
            flat = theta[offset : offset + parameter.size]
            parts[key] = np.array(flat, np.float64).reshape(parameter.shape)
            offset += parameter.size
        name = FROM_LOGITS.get(network.loss_name) if k == len(layers) - 1 else None
        found.append(DescribedLayer(parts["weight"], parts.get("bias"), name or layer.activation_name))
    return tuple(found)
