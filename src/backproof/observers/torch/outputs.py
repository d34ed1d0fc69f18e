"""What another output of the model makes of the same batch: its loss, and its answers beside the targets."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray

from backproof.observers.torch.tables import table_of

Array = NDArray[Any]
MOST_CLASSES = 2000  # of which tables are made


def loss_again(kind: str, shape: Any, targets: Any, output: Any) -> Any:
    """The average loss of an output of the model, by the functions of PyTorch for these losses."""
    if kind.startswith("Nll"):
        scores = output.reshape(shape) if output.shape != shape and output.numel() == shape.numel() else output
        return torch.nn.functional.cross_entropy(scores, targets)
    output = output.reshape(targets.shape)
    by = {
        "BinaryCrossEntropy": "binary_cross_entropy", "SmoothL1Loss": "smooth_l1_loss", "HuberLoss": "huber_loss",
        "BinaryCrossEntropyWithLogits": "binary_cross_entropy_with_logits", "L1Loss": "l1_loss",
    }  # fmt: skip
    return getattr(torch.nn.functional, by.get(kind, "mse_loss"))(output.to(targets.dtype), targets)


def answers_again(kind: str, shape: Any, targets: Any, output: Any) -> tuple[Array, Array] | None:
    """Predictions and targets, (rows, outputs), of an output of the model; None where it makes no table."""
    if not kind.startswith("Nll"):
        output = output.reshape(targets.shape)
        return table_of(output.sigmoid() if "Logits" in kind else output), table_of(targets)
    if len(shape) != 2 or shape[1] > MOST_CLASSES:
        return None
    labels = targets.clamp(min=0)
    p = torch.softmax(output.reshape(shape), 1)
    return table_of(p), table_of(torch.nn.functional.one_hot(labels, shape[1]))
