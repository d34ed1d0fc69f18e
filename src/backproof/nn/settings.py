"""The settings of a training, checked before anything is moved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.errors import UsageError
from backproof.nn.checking import positive
from backproof.nn.naming import choose
from backproof.nn.optimizers import OPTIMIZERS, Optimizer
from backproof.nn.schedules import Constant, Schedule
from backproof.nn.second_order import LBFGS, LevenbergMarquardt

if TYPE_CHECKING:
    from backproof.nn.listening import Listener

Array = NDArray[Any]
Method = Optimizer | LevenbergMarquardt | LBFGS


@dataclass(frozen=True)
class EarlyStopping:
    """Ends training when the validation loss (the training loss without validation data) no longer falls.

    Attributes:
        patience: Epochs without a new best.
        least_gain: By how much a new best must be lower, in the unit of the loss.
        restore_best: Whether the parameters of the best epoch are put back.
    """

    patience: int = 10
    least_gain: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        """Check the settings; raises UsageError."""
        positive(self.patience, "patience", whole=True)


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Attributes:
        optimizer: An optimiser, or a name of `OPTIMIZERS` with its defaults.
        epochs: Passes over the data; iterations for Levenberg-Marquardt and L-BFGS.
        batch_size: Samples of a step; None for all.
        schedule: Factor of the learning rate, step by step.
        shuffle: Whether each epoch takes the samples in a new order.
        validation: (x, y), or a share of the data from 0 to 1 that is set apart (chosen at random).
        early_stopping: When to end before all epochs are done.
        sample_weight: (samples,), how much each counts.
        class_weight: From a class number (or a 0/1 target) to how much its samples count.
        clip_norm: Longest gradient vector of a step; longer ones are shortened to it.
        l1: Adds `l1 Σ |w|` to the loss, biases left out.
        checkpoint: File from which a training that was cut off is taken up again, to the bit, and that is kept up to
            date; it is left there when training ends.
        checkpoint_every: Epochs between two checkpoints.
        listeners: Told of every step; see `backproof.nn.listening`.
        progress: A progress bar on stderr; None: on a terminal only.
    """

    optimizer: Method | str = "sgd"
    epochs: int = 100
    batch_size: int | None = 32
    schedule: Schedule = field(default_factory=Constant)
    shuffle: bool = True
    validation: tuple[ArrayLike, ArrayLike] | float | None = None
    early_stopping: EarlyStopping | None = None
    sample_weight: ArrayLike | None = None
    class_weight: Mapping[int, float] | None = None
    clip_norm: float | None = None
    l1: float = 0.0
    checkpoint: str | PathLike[str] | None = None
    checkpoint_every: int = 1
    listeners: Sequence[Listener] = ()
    progress: bool | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Settings from keyword arguments.

        Raises:
            UsageError: A name is unknown or a value is out of its range.
        """
        for name in given:
            choose(name, [each.name for each in fields(cls)], "setting")
        return cls(**given)

    def __post_init__(self) -> None:
        """Check every number.

        Raises:
            UsageError: A value is out of its range; the message shows it.
        """
        if isinstance(self.optimizer, str):
            made = OPTIMIZERS[choose(self.optimizer, OPTIMIZERS, "optimizer")]()
            object.__setattr__(self, "optimizer", made)
        if not isinstance(self.optimizer, Optimizer | LevenbergMarquardt | LBFGS):
            raise UsageError(f"optimizer must be one of backproof.nn's or a name, not {self.optimizer!r}")
        positive(self.epochs, "epochs", whole=True)
        positive(self.checkpoint_every, "checkpoint_every", whole=True)
        if self.batch_size is not None:
            positive(self.batch_size, "batch_size", whole=True)
        if self.clip_norm is not None:
            positive(self.clip_norm, "clip_norm")
        if not 0 <= self.l1 < math.inf:
            raise UsageError(f"l1 must be a finite number, at least 0, not {self.l1!r}")
        self._check_kinds()
        if not isinstance(self.optimizer, Optimizer):
            self._check_whole_batch(self.optimizer)

    def _check_kinds(self) -> None:
        share, pair = self.validation, isinstance(self.validation, tuple | list) and len(self.validation) == 2
        if share is not None and not pair and not (isinstance(share, float | int) and 0 < share < 1):
            shown = repr(share) if isinstance(share, str | float | int) else f"a {type(share).__name__}"
            raise UsageError(f"validation must be (x, y) or a share between 0 and 1, not {shown}")
        if self.early_stopping is not None and not isinstance(self.early_stopping, EarlyStopping):
            raise UsageError(f"early_stopping must be EarlyStopping(patience=...), not {self.early_stopping!r}")
        if not callable(self.schedule):
            raise UsageError(f"schedule must be a schedule such as Cosine(1000), not {self.schedule!r}")
        if not isinstance(self.listeners, Sequence):
            raise UsageError(f"listeners must be a list of listeners, not {self.listeners!r}")

    def _check_whole_batch(self, method: LevenbergMarquardt | LBFGS) -> None:
        if self.l1 or self.clip_norm is not None:
            raise UsageError(f"l1 and clip_norm are for first-order optimizers, not for {type(method).__name__}")
        if isinstance(method, LBFGS) and self.checkpoint is not None:
            raise UsageError("SciPy's L-BFGS cannot be taken up again half-way: leave out checkpoint, or use another")

    @property
    def method(self) -> Method:
        """The optimiser."""
        assert not isinstance(self.optimizer, str)
        return self.optimizer

    def fingerprint(self) -> dict[str, Any]:
        """What must be equal for a training to be taken up again."""
        return {
            "optimizer": [type(self.method).__name__, self.method.settings()],
            "batch_size": self.batch_size,
            "schedule": repr(self.schedule),
            "shuffle": self.shuffle,
            "clip_norm": self.clip_norm,
            "l1": self.l1,
            "validation": self.validation if isinstance(self.validation, float | int) else self.validation is not None,
        }


def class_weights(weights: Mapping[int, float], y: Array) -> Array:
    """The weight of each sample by its class: the largest column of one-hot rows, or the 0/1 of a single column.

    Raises:
        UsageError: A class has no weight, or a weight is negative.
    """
    if y.shape[1] == 1 and not np.array_equal(y, np.round(y)):
        row = int(np.argmax(y[:, 0] != np.round(y[:, 0])))
        raise UsageError(f"class_weight is for classes, but target {row} is {y[row, 0]:g}: use sample_weight")
    labels = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0].astype(np.int64)
    missing = sorted({int(label) for label in labels} - set(weights))
    if missing or min(weights.values()) < 0:
        raise UsageError(f"class_weight must give each class a weight of at least 0; {dict(weights)!r} lacks {missing}")
    return np.array([weights[int(label)] for label in labels], dtype=y.dtype)
