"""A `torch.nn.Sequential` of linear layers and activations, layer by layer. Tensors are used by their methods only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.described import Array, DescribedLayer, Description

ACTIVATIONS = {
    "Sigmoid": "sigmoid", "Tanh": "tanh", "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "SELU": "selu",
    "SiLU": "silu", "Softplus": "softplus", "Softmax": "softmax", "Identity": "linear",
}  # fmt: skip
USUAL = {"LeakyReLU": ("negative_slope", 0.01), "ELU": ("alpha", 1.0), "Softplus": ("beta", 1.0)}


def describe(module: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any] | None) -> Description:
    """The module as `Description`, in float64.

    Args:
        module: A Sequential of Linear layers, each followed by at most one activation.
        x: Inputs, a tensor (samples, features).
        y: Targets, a tensor as the loss takes it.
        loss: (predictions, targets) -> number.

    Raises:
        UsageError: There is no loss, or the module is built otherwise.
    """
    if loss is None:
        raise UsageError("give the loss: explain_gradient(module, x, y, gradient, loss=torch.nn.functional.mse_loss)")
    layers: list[DescribedLayer] = []
    for name, child in module.named_children():
        kind = type(child).__name__
        if kind == "Linear":
            bias = f"{name}.bias" if child.bias is not None else None
            layers.append(DescribedLayer(f"{name}.weight", bias, "linear", transposed=True))
        elif kind in ACTIVATIONS and layers and layers[-1].activation == "linear" and _is_usual(child):
            layers[-1] = layers[-1]._replace(activation=ACTIVATIONS[kind])
        else:
            raise UsageError(
                f"{type(module).__name__} cannot be described: {name} is {kind}. Linear layers can, each with one "
                "activation of usual settings behind it; check_gradient takes any module"
            )
    values = {name: numbers(value) for name, value in module.named_parameters()}

    def seeds(predictions: Array, targets: Array) -> Array:
        given = x.new_tensor(predictions.tolist()).double().requires_grad_()
        wanted = (
            y
            if len(targets) == len(y) and np.array_equal(targets, rows(numbers(y)))
            else y.new_tensor(targets.tolist())
        )
        loss(given, wanted.double() if wanted.is_floating_point() else wanted).backward()
        return numbers(given.grad)

    return Description(tuple(layers), values, numbers(x), rows(numbers(y)), seeds, getattr(loss, "__name__", "loss"))


def numbers(tensor: Any) -> Array:
    """A tensor as an array of float64."""
    return np.asarray(tensor.detach().cpu().double().numpy())


def rows(targets: Array) -> Array:
    """Targets with an axis of samples and one of outputs."""
    return targets[:, None] if targets.ndim == 1 else targets


def _is_usual(child: Any) -> bool:
    name, value = USUAL.get(type(child).__name__, ("", None))
    return not name or getattr(child, name) == value
