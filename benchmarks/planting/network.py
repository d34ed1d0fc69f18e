"""What a planted script trains: sizes, activations, loss, data, and how it is written where that is free."""

from __future__ import annotations

import random
from dataclasses import dataclass

OUTPUTS = {
    "half": ("sigmoid", "tanh", "relu", "linear", "softmax"),
    "sum": ("sigmoid", "tanh", "linear"),
    "mean": ("sigmoid", "tanh", "linear"),
    "binary": ("sigmoid",),
    "categorical": ("softmax",),
}


@dataclass(frozen=True, slots=True)
class Network:
    """One network and its training.

    Attributes:
        sizes: Units by layer, the inputs first.
        hidden, output: The activations.
        loss: "half", "sum" or "mean" of the squared error, "binary" or "categorical" cross-entropy.
        samples: In the data.
        biases: Whether it has them.
        rate: Of learning.
        seed: Of the script's random numbers.
        helper: The derivative is a function of its own.
        of_value: The derivative is written as a function of the activation, not of its argument.
        fused: Output and loss are differentiated in one where the two cancel.
        joined: Way back and derivative stand in one statement.
        prints: The loss is computed and printed.
        penalty: Factor of the squared weights in the loss; 0 for none.
        optimiser: "sgd", "momentum", "rmsprop", "adagrad" or "adam".
    """

    sizes: tuple[int, ...]
    hidden: str
    output: str
    loss: str
    samples: int
    biases: bool
    rate: float
    seed: int
    helper: bool
    of_value: bool
    fused: bool
    joined: bool
    prints: bool
    penalty: float = 0.0
    optimiser: str = "sgd"

    @property
    def depth(self) -> int:
        """Number of layers with weights."""
        return len(self.sizes) - 1

    def activation(self, layer: int) -> str:
        """Of a layer, from 1."""
        return self.output if layer == self.depth else self.hidden


def draw(rng: random.Random, losses: tuple[str, ...] = tuple(OUTPUTS), **fixed: object) -> Network:
    """A network at random."""
    depth = rng.choice((2, 2, 2, 3, 3, 4, 5))
    loss = rng.choice(losses)
    output = rng.choice(OUTPUTS[loss])
    width = rng.randint(3, 5)
    hidden = [width if rng.random() < 0.7 else rng.randint(3, 6) for _ in range(depth - 1)]
    last = rng.randint(2, 4) if output == "softmax" else rng.choice((1, 1, 2, 3))
    settings: dict[str, object] = {
        "sizes": (rng.randint(2, 4), *hidden, last),
        "hidden": rng.choice(("sigmoid", "tanh", "relu", "sigmoid", "tanh")),
        "output": output,
        "loss": loss,
        "samples": rng.randint(5, 9),
        "biases": rng.random() < 0.75,
        "rate": rng.choice((0.02, 0.05, 0.1, 0.3)),
        "seed": rng.randrange(10_000),
        "helper": rng.random() < 0.6,
        "of_value": rng.random() < 0.5,
        "fused": rng.random() < 0.6,
        "joined": rng.random() < 0.3,
        "prints": rng.random() < 0.7,
        "penalty": 0.0,
        "optimiser": "sgd",
    }
    return Network(**{**settings, **fixed})  # type: ignore[arg-type]  # the settings are those of the class
