"""Writes tests/nn/torch_gradients.json: gradients of small networks by PyTorch's autograd, in double precision.

`python tools/torch_gradients.py` needs PyTorch, which the tests do not: it is a gigabyte, and the numbers stay.
The networks are written here in PyTorch alone; nothing of backproof is imported.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

TABLE = Path(__file__).resolve().parents[1] / "tests" / "nn" / "torch_gradients.json"
INPUTS, HIDDEN, OUTPUTS, ROWS = 2, 3, 2, 3
EPSILON = 1e-5

ACTIVATIONS = {
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": functional.softplus,
    "softmax": lambda z: torch.softmax(z, dim=-1),
}
LOSSES = {
    "half_squared_error": lambda p, y: 0.5 * ((p - y) ** 2).sum(1),
    "squared_error": lambda p, y: ((p - y) ** 2).sum(1),
    "mean_squared_error": lambda p, y: functional.mse_loss(p, y, reduction="none").mean(1),
    "mean_absolute_error": lambda p, y: functional.l1_loss(p, y, reduction="none").mean(1),
    "huber": lambda p, y: functional.huber_loss(p, y, reduction="none").mean(1),
    "binary_cross_entropy": lambda p, y: functional.binary_cross_entropy(p, y, reduction="none").sum(1),
    "categorical_cross_entropy": lambda p, y: -(y * torch.log(p)).sum(1),
    "sigmoid_cross_entropy": lambda p, y: functional.binary_cross_entropy_with_logits(p, y, reduction="none").sum(1),
    "softmax_cross_entropy": lambda p, y: functional.cross_entropy(p, y, reduction="none"),
}
OUTPUT = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}
CLASSES = ("categorical_cross_entropy", "softmax_cross_entropy")
BLOCKS = {
    "layer_norm": lambda a: functional.layer_norm(a, (HIDDEN,), eps=EPSILON),
    "batch_norm": lambda a: functional.batch_norm(a, None, None, training=True, eps=EPSILON),
    "residual": lambda a: a + torch.tanh(a @ FIXED["block"]),
}
GENERATOR = np.random.default_rng(2026)
FIXED = {
    "x": torch.tensor(GENERATOR.normal(size=(ROWS, INPUTS)) * 2),
    "block": torch.tensor(GENERATOR.normal(size=(HIDDEN, HIDDEN))),
}
PARAMETERS = {
    "dense_1/weight": GENERATOR.normal(size=(INPUTS, HIDDEN)) * 1.5,
    "dense_1/bias": GENERATOR.normal(size=HIDDEN),
    "dense_2/weight": GENERATOR.normal(size=(HIDDEN, OUTPUTS)),
    "dense_2/bias": GENERATOR.normal(size=OUTPUTS),
}
TARGETS = {"numbers": GENERATOR.random((ROWS, OUTPUTS)), "classes": np.eye(OUTPUTS)[[0, 1, 1]]}
WEIGHTS = [0.5, 2.0, 1.25]


def gradients(
    activation: str, loss: str, block: str | None = None, weights: list[float] | None = None
) -> dict[str, Any]:
    """Dloss/d(each parameter) and dloss/dx of the mean loss over the rows, and that loss."""
    x = FIXED["x"].clone().requires_grad_()
    named = {name: torch.tensor(value, requires_grad=True) for name, value in PARAMETERS.items()}
    w, b, v, c = named.values()
    a = ACTIVATIONS[activation](x @ w + b)
    if block:
        a = BLOCKS[block](a)
    p = ACTIVATIONS[OUTPUT.get(loss, "linear")](a @ v + c)
    each = LOSSES[loss](p, torch.tensor(TARGETS["classes" if loss in CLASSES else "numbers"]))
    value = each.mean() if weights is None else (torch.tensor(weights) * each).sum() / sum(weights)
    value.backward()
    found = {name: parameter.grad.tolist() for name, parameter in named.items()}
    return {"loss": value.item(), "gradients": {**found, "inputs": x.grad.tolist()}}


def main() -> None:
    """Write the table."""
    cases: dict[str, Any] = {}
    for loss in LOSSES:
        for activation in ACTIVATIONS:
            cases[f"{activation}, {loss}"] = gradients(activation, loss)
        cases[f"tanh, {loss}, weighted"] = gradients("tanh", loss, weights=WEIGHTS)
    for block in BLOCKS:
        cases[f"sigmoid, half_squared_error, {block}"] = gradients("sigmoid", "half_squared_error", block)
    content = {
        "about": f"made by tools/torch_gradients.py with PyTorch {torch.__version__}",
        "x": FIXED["x"].tolist(),
        "block": FIXED["block"].tolist(),
        "parameters": {name: value.tolist() for name, value in PARAMETERS.items()},
        "targets": {name: value.tolist() for name, value in TARGETS.items()},
        "weights": WEIGHTS,
        "cases": cases,
    }
    text = json.dumps(content, separators=(",", ":")).replace('}},"', '}},\n"')
    TABLE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
