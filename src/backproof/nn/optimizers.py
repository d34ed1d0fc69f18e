"""First-order optimisers. Each moves the vector of all parameters in place, and keeps its own vectors beside it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from backproof.errors import UsageError
from backproof.nn.checking import positive

Array = NDArray[Any]
Slots = dict[str, Array]


@dataclass(frozen=True)
class Optimizer(ABC):
    """How a gradient becomes a step.

    Attributes:
        learning_rate: Factor of the step, > 0.
        weight_decay: Factor of the weights that is added to their gradient (AdamW: subtracted apart), >= 0.
        decay_biases: Whether biases and the scales of normalisation layers decay as well.
    """

    learning_rate: float = 0.01
    weight_decay: float = 0.0
    decay_biases: bool = False

    slots: ClassVar[tuple[str, ...]] = ()
    decoupled: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            UsageError: A setting is out of its range.
        """
        positive(self.learning_rate, "learning_rate")
        if not 0 <= self.weight_decay < math.inf:
            raise UsageError(f"weight_decay must be a finite number, at least 0, not {self.weight_decay!r}")
        for name in ("momentum", "decay", "beta1", "beta2"):
            value = getattr(self, name, 0.0)
            if not 0 <= value < 1:
                raise UsageError(f"{name} must be from 0 to below 1, not {value!r}")

    def start(self, theta: Array) -> Slots:
        """The vectors that it keeps, all 0."""
        return {name: np.zeros_like(theta) for name in self.slots}

    def step(self, theta: Array, gradient: Array, slots: Slots, count: int, rate: float, decays: Array) -> None:
        """Move `theta` in place.

        Args:
            theta: All parameters, (n,).
            gradient: Of the average loss, (n,); may be overwritten.
            slots: What `start` made.
            count: Steps that were made before this one.
            rate: The learning rate of this step.
            decays: 1 where weight decay applies, else 0, (n,).
        """
        if self.weight_decay and not self.decoupled:
            gradient = gradient + self.weight_decay * decays * theta
        change = self.change(gradient, slots, count, rate)
        if self.weight_decay and self.decoupled:
            theta -= rate * self.weight_decay * decays * theta
        theta -= change

    @abstractmethod
    def change(self, gradient: Array, slots: Slots, count: int, rate: float) -> Array:
        """What is subtracted from the parameters."""

    def settings(self) -> dict[str, Any]:
        """All settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class SGD(Optimizer):
    """`theta -= rate g`. Source: Robbins and Monro (1951)."""

    def change(self, gradient: Array, slots: Slots, count: int, rate: float) -> Array:
        """`rate g`."""
        return rate * gradient


@dataclass(frozen=True)
class Momentum(Optimizer):
    """`v = momentum v + g`, `theta -= rate v`. Source: Polyak (1964)."""

    momentum: float = 0.9
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    def change(self, gradient: Array, slots: Slots, count: int, rate: float) -> Array:
        """`rate v`."""
        velocity = slots["velocity"]
        velocity *= self.momentum
        velocity += gradient
        return rate * velocity


@dataclass(frozen=True)
class Nesterov(Momentum):
    """`v = momentum v + g`, `theta -= rate (g + momentum v)`. Source: Nesterov (1983); Sutskever et al. (2013)."""

    def change(self, gradient: Array, slots: Slots, count: int, rate: float) -> Array:
        """`rate (g + momentum v)`."""
        super().change(gradient, slots, count, rate)
        return rate * (gradient + self.momentum * slots["velocity"])


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """`s = decay s + (1 - decay) g²`, `theta -= rate g / (sqrt(s) + epsilon)`. Source: Tieleman and Hinton (2012)."""

    decay: float = 0.9
    epsilon: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("square",)

    def change(self, gradient: Array, slots: Slots, count: int, rate: float) -> Array:
        """`rate g / (sqrt(s) + epsilon)`."""
        square = slots["square"]
        square *= self.decay
        square += (1 - self.decay) * np.square(gradient)
        return rate * gradient / (np.sqrt(square) + self.epsilon)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Running means of gradient and square, corrected for their start at 0. Source: Kingma and Ba (2015)."""

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("mean", "square")

    def change(self, gradient: Array, slots: Slots, count: int, rate: float) -> Array:
        """`rate m̂ / (sqrt(v̂) + epsilon)` with m̂ = m / (1 - beta1^t), v̂ = v / (1 - beta2^t), t = count + 1."""
        mean, square = slots["mean"], slots["square"]
        mean *= self.beta1
        mean += (1 - self.beta1) * gradient
        square *= self.beta2
        square += (1 - self.beta2) * np.square(gradient)
        first, second = 1 - self.beta1 ** (count + 1), 1 - self.beta2 ** (count + 1)
        return (rate / first) * mean / (np.sqrt(square / second) + self.epsilon)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay that does not go through the moments. Source: Loshchilov and Hutter (2019)."""

    weight_decay: float = 0.01
    decoupled: ClassVar[bool] = True


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}
