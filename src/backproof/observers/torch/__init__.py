"""PyTorch, watched from inside: loaded by the user's own import of torch, never before."""

from __future__ import annotations

from typing import Any

from backproof.observers.torch.crashed import crash_in
from backproof.observers.torch.patches import attach
from backproof.observers.torch.verdict import diagnosis_of
from backproof.observers.torch.watching import TorchWatch

__all__ = ["attach", "crash_in", "diagnosis_of", "watch"]


def watch(model: Any = None, optimizer: Any = None) -> TorchWatch:
    """A new observer, which sees nothing before `attach`; it is told of what was made before that."""
    made = TorchWatch()
    if model is not None:
        made.modules.adopt(model)
    if optimizer is not None:
        made.optimizers.add(optimizer)
    return made
