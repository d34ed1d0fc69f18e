"""What a campaign program is made from, and its lines that all styles share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from benchmarks.campaign.tasks import TASKS, Task

ACTIVATIONS = {  # of z, and the derivative by z and a
    "tanh": ("np.tanh({z})", "(1 - {a} ** 2)"),
    "sigmoid": ("1 / (1 + np.exp(-{z}))", "{a} * (1 - {a})"),
    "relu": ("np.maximum(0, {z})", "({z} > 0)"),
    "leaky_relu": ("np.where({z} > 0, {z}, 0.01 * {z})", "np.where({z} > 0, 1.0, 0.01)"),
    "linear": ("{z} * 1.0", "1.0"),
}
OUTPUTS = {  # output activation of z with rows of samples; what the error p - y is multiplied by; the printed loss
    "linear": ("{z}", "", "np.mean(({p} - {y}) ** 2)"),
    "sigmoid": ("1 / (1 + np.exp(-{z}))", " * {p} * (1 - {p})", "np.mean(({p} - {y}) ** 2)"),
    "tanh": ("np.tanh({z})", " * (1 - {p} ** 2)", "np.mean(({p} - {y}) ** 2)"),
    "bce": ("1 / (1 + np.exp(-{z}))", "", "-np.mean({y} * np.log({p} + 1e-12) + (1 - {y}) * np.log(1 - {p} + 1e-12))"),
    "softmax": ("softmax({z})", "", "-np.mean(np.sum({y} * np.log({p} + 1e-12), axis=AXIS))"),
}
SPREADS = {  # standard deviation of the initial weights of a layer, by its fan-in and fan-out
    "glorot": "np.sqrt(2 / ({i} + {o}))",
    "he": "np.sqrt(2 / {i})",
    "lecun": "np.sqrt(1 / {i})",
}


@dataclass(frozen=True)
class Recipe:
    """One program, but for its seed.

    Attributes:
        style: A name of `styles.STYLES`: how the program is written.
        task: A name of `tasks.TASKS`.
        hidden: Units of the hidden layers.
        activation: Of the hidden layers, a name of `ACTIVATIONS`.
        output: A name of `OUTPUTS`; "bce" and "softmax" come with their cross-entropy, the others with squared error.
        rate, epochs, batch: None for all samples in one step; the styles "online" and "scalars" have 1.
        init: "glorot", "he", "lecun", "zeros", or a number: a standard deviation.
        init_scale: Times all initial weights.
        bias: Initial value of the biases; None: the network has none.
        optimizer: "sgd", "momentum" or "adam" (only the style "layers" has others than "sgd").
        decay: Weight decay: this times the weights is added to their gradient.
        samples: None for what the task has.
        noise: Standard deviation of what is added to the targets.
        x_scale, x_shift: What the inputs are multiplied by and moved by.
        skip: Fixed skip connections around hidden layers of equal width (style "loop" and "layers").
        held_out: Samples that are kept back and evaluated while the program trains; 0 for none.
        edits: Texts of the finished source and what stands in their place; each text must occur in it.
    """

    style: str = "unrolled"
    task: str = "sine"
    hidden: tuple[int, ...] = (12,)
    activation: str = "tanh"
    output: str = "linear"
    rate: float = 0.1
    epochs: int = 2000
    batch: int | None = None
    init: str | float = "glorot"
    init_scale: float = 1.0
    bias: float | None = 0.0
    optimizer: str = "sgd"
    decay: float = 0.0
    samples: int | None = None
    noise: float = 0.0
    x_scale: float = 1.0
    x_shift: float = 0.0
    skip: bool = False
    held_out: int = 0
    edits: tuple[tuple[str, str], ...] = ()

    @property
    def of_task(self) -> Task:
        """The task."""
        return TASKS[self.task]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units, inputs and outputs included."""
        return (self.of_task.inputs, *self.hidden, self.of_task.outputs)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Fan-in and fan-out of each layer."""
        return list(itertools.pairwise(self.sizes))

    def weight(self, i: object, o: object, shape: str) -> str:
        """The expression for the initial weights of one layer."""
        scale = "" if self.init_scale == 1 else f"{self.init_scale} * "
        if self.init == "zeros":
            return f"np.zeros({shape})"
        spread = SPREADS[self.init].format(i=i, o=o) if isinstance(self.init, str) else str(self.init)
        return f"{scale}rng.normal(0, 1, {shape}) * {spread}"

    def value(self, z: str) -> str:
        """The hidden activation of `z`."""
        return ACTIVATIONS[self.activation][0].format(z=z)

    def slope(self, z: str, a: str) -> str:
        """Its derivative."""
        return ACTIVATIONS[self.activation][1].format(z=z, a=a)

    def prediction(self, z: str) -> str:
        """The output activation of `z`."""
        return OUTPUTS[self.output][0].format(z=z)

    def error(self, p: str, y: str) -> str:
        """dloss/dz of the output layer, summed over the samples."""
        return f"({p} - {y})" + OUTPUTS[self.output][1].format(p=p)

    def loss(self, p: str, y: str, axis: int = 1) -> str:
        """The printed loss."""
        return OUTPUTS[self.output][2].format(p=p, y=y).replace("AXIS", str(axis))

    def regularised(self, gradient: str, weight: str) -> str:
        """The gradient with the weight decay, if there is any."""
        return f"({gradient} + {self.decay} * {weight})" if self.decay else gradient


def opening(recipe: Recipe, seed: int, axis: int = 1) -> str:
    """Imports, data, and the softmax where one is needed; `axis` runs over the classes."""
    task = recipe.of_task
    lines = ["import numpy as np", "", f"rng = np.random.default_rng({seed})", f"n = {recipe.samples or task.samples}"]
    lines += [task.lines]
    if recipe.x_scale != 1 or recipe.x_shift:
        lines.append(f"X = X * {recipe.x_scale} + {recipe.x_shift}")
    if recipe.noise:
        lines.append(f"Y = Y + rng.normal(0, {recipe.noise}, Y.shape)")
    if recipe.held_out:
        k = recipe.held_out
        lines.append(f"X_val, Y_val = X[:{k}], Y[:{k}]\nX, Y = X[{k}:], Y[{k}:]\nn = len(X)")
    if recipe.output == "softmax":
        lines += ["", "def softmax(z):", f"    e = np.exp(z - z.max(axis={axis}, keepdims=True))"]
        lines += [f"    return e / e.sum(axis={axis}, keepdims=True)", ""]
    return "\n".join(lines) + "\n"
