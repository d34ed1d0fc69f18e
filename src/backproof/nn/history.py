"""What a training came to, epoch by epoch: average errors per sample, in the user's units."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

NUMBERS = ("loss", "validation_loss", "learning_rate", "seconds")
PER_PARAMETER = ("gradient_rms", "update_rms")


@dataclass(slots=True)
class History:
    """One entry per epoch in each list.

    Attributes:
        initial_loss: Average loss per sample before the first step.
        loss: Average loss per sample of the training data after the epoch.
        validation_loss: Likewise of the validation data; empty without any.
        learning_rate: Of the epoch's last step; 0 where the optimiser has none.
        seconds: Wall time since the start of training (the one thing that differs between equal runs).
        gradient_rms: Root mean square of the last step's gradient, by parameter.
        update_rms: Root mean square of what the last step changed, by parameter.
        steps: Parameter updates in all.
        stopped_because: "epochs", "early stopping", "goal", "stuck" or "interrupted".
        best_epoch: Of the parameters that were kept, counted from 0; the last one without early stopping.
    """

    initial_loss: float = float("nan")
    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    gradient_rms: dict[str, list[float]] = field(default_factory=dict)
    update_rms: dict[str, list[float]] = field(default_factory=dict)
    steps: int = 0
    stopped_because: str = "epochs"
    best_epoch: int = -1

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> History:
        """From what `to_dict` gave, e.g. out of a checkpoint.

        Raises:
            TypeError, ValueError, KeyError: It is no whole history.
        """
        found: Any = cls(**{each.name: data[each.name] for each in fields(cls)})
        epochs = len(_numbers(found.loss))
        for values in (found.learning_rate, found.seconds, found.validation_loss):
            if len(_numbers(values)) != epochs and (values or values is not found.validation_loss):
                raise ValueError("the lists of a history have one entry per epoch")
        for sizes in (found.gradient_rms, found.update_rms):
            if any(not isinstance(name, str) or len(_numbers(values)) != epochs for name, values in sizes.items()):
                raise ValueError("the sizes in a history have one entry per epoch")
        whole = all(type(value) is int for value in (found.steps, found.best_epoch))
        if not whole or found.steps < 0 or not -1 <= found.best_epoch < epochs:
            raise ValueError("steps and best epoch of a history are whole numbers")
        if not isinstance(found.initial_loss, float | int) or not isinstance(found.stopped_because, str):
            raise TypeError("a history begins with a number and ends with a reason")
        return found

    def __str__(self) -> str:
        """Start, end and number of epochs in a line."""
        if not self.loss:
            return "no epoch was trained"
        text = f"{len(self.loss)} epochs, {self.steps} steps: loss {self.initial_loss:.6g} -> {self.loss[-1]:.6g}"
        if self.validation_loss:
            text += f", validation loss {self.validation_loss[-1]:.6g}"
        return f"{text} ({self.stopped_because})"

    def plot(self) -> Any:
        """The curves of the errors, on a logarithmic scale; a matplotlib figure. Needs the extra `report`."""
        from backproof.nn.plots import plot_history

        return plot_history(self)


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise TypeError("a list of a history holds something else than numbers")
    return values
