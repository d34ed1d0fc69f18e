"""A feed-forward network: the readable reference pass, written as in the textbook, with NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.errors import UsageError
from backproof.nn import checking
from backproof.nn.activations import ACTIVATIONS
from backproof.nn.initializers import Span
from backproof.nn.layers import Dense, Dropout, Gradients, Layer, Residual, named
from backproof.nn.losses import FROM_LOGITS, FUSED, LOSSES, reduce
from backproof.nn.naming import choose
from backproof.nn.scaling import Scaling

if TYPE_CHECKING:
    from backproof.nn.history import History
    from backproof.nn.trace import Trace

Array = NDArray[Any]

DTYPES = ("float64", "float32")


class Network:
    """A feed-forward network whose backpropagation can be read.

    Args:
        layers: From the input side to the output side.
        loss: A name of `LOSSES`, averaged over the samples. A cross-entropy behind its own activation (sigmoid,
            softmax) is computed from the pre-activation, so that nothing rounds to 0.
        seed: Of the initial weights and of the order of the samples: same seed, same result to the bit.
        dtype: "float64" or "float32".
        scale_inputs: Standardise the inputs; the scaling is kept in the model.
        scale_targets: Likewise for the targets; predictions and errors come in the user's units all the same.

    Raises:
        UsageError: A name is unknown, or there is no layer.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        loss: str = "half_squared_error",
        *,
        seed: int = 0,
        dtype: str = "float64",
        scale_inputs: bool = False,
        scale_targets: bool = False,
    ) -> None:
        self.layers: list[Layer] = checking.layers(layers, Layer)
        self.loss_name = choose(loss, LOSSES, "loss")
        self.dtype = choose(dtype, DTYPES, "dtype")
        self.seed = checking.seed(seed)
        self.scale_inputs, self.scale_targets = bool(scale_inputs), bool(scale_targets)
        self.generator = np.random.default_rng([self.seed, 1])  # of the order of samples, and of dropout
        self.theta: Array = np.zeros(0, self.dtype)  # all parameters, one behind the other; the layers hold views
        self.inputs: int | None = None
        self.outputs = 0
        self.flat_targets = False  # were the targets (samples,)? Predictions are shaped likewise
        self.input_scaling = self.target_scaling = Scaling.none(1, self.dtype)
        self.losses = LOSSES[FUSED.get((self.output_activation, self.loss_name), self.loss_name)]
        if self.loss_name in FROM_LOGITS and self.output_activation != "linear":
            raise UsageError(
                f"{self.loss_name} takes the pre-activation: the last layer must be linear, not "
                f"{self.output_activation}, or the {FROM_LOGITS[self.loss_name]} would be applied twice"
            )
        if self.scale_targets and self.losses.targets != "any":
            raise UsageError(f"targets of {self.loss_name} are probabilities: scale_targets cannot be used with it")

    # -- what it is

    @property
    def output_activation(self) -> str:
        """The activation of the last layer ("linear" where that is no Dense layer)."""
        last = self.layers[-1]
        return last.activation_name if isinstance(last, Dense) else "linear"

    @property
    def fused(self) -> bool:
        """Whether the loss is computed from the last pre-activation z."""
        return (self.output_activation, self.loss_name) in FUSED

    def walk(self) -> Iterator[tuple[str, Layer]]:
        """Each layer that has parameters of its own, by its full name, from the input side."""
        yield from _walk(self.layers, "")

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name, as in `dense_1/weight`; views, not copies."""
        return {f"{name}/{key}": value for name, layer in self.walk() for key, value in layer.parameters.items()}

    def build(self, inputs: int, span: Span | None = None) -> None:
        """Make the initial parameters for `inputs` features whose least and largest values are `span`."""
        generator = np.random.default_rng([self.seed, 0])
        self.outputs = self.units_of(inputs)
        self.inputs = inputs
        self.input_scaling = Scaling.none(inputs, self.dtype)
        self._fill(self._initial(generator, inputs, span))
        self.target_scaling = Scaling.none(self.outputs, self.dtype)

    def restart(self, seed: int, span: Span | None = None) -> None:
        """New initial parameters from another seed; the rest stays."""
        assert self.inputs is not None
        self._fill(self._initial(np.random.default_rng([self.seed, 0, seed]), self.inputs, span))

    def _initial(self, generator: np.random.Generator, inputs: int, span: Span | None) -> list[dict[str, Array]]:
        found: list[dict[str, Array]] = []
        units = inputs
        for _, layer in _walk(self.layers, ""):
            found.append(layer.initial(generator, units, span))
            units, span = layer.units_of(units), None  # the range is known of the data only
        return found

    def units_of(self, inputs: int) -> int:
        """Outputs for so many inputs; raises UsageError where a block does not fit."""
        for layer in self.layers:
            inputs = layer.units_of(inputs)
        return inputs

    def _fill(self, initial: list[dict[str, Array]]) -> None:
        """Lay all parameters into one vector, and give each layer its views."""
        shapes = [{key: value.shape for key, value in each.items()} for each in initial]
        self.bind(shapes)
        for (_, layer), values in zip(self.walk(), initial, strict=True):
            for key, value in values.items():
                layer.parameters[key][...] = value

    def bind(self, shapes: list[dict[str, tuple[int, ...]]]) -> None:
        """A new vector of parameters; the layers of `walk` get views of these shapes."""
        sizes = [int(np.prod(shape)) for each in shapes for shape in each.values()]
        self.theta = np.zeros(sum(sizes), self.dtype)
        offset = 0
        for (_, layer), each in zip(self.walk(), shapes, strict=True):
            for key, shape in each.items():
                size = int(np.prod(shape))
                layer.parameters[key] = self.theta[offset : offset + size].reshape(shape)
                offset += size

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Of a copy: its layers get views of its own vector, which copying has cut."""
        self.__dict__.update(state)
        theta = self.theta
        self.bind([{key: value.shape for key, value in layer.parameters.items()} for _, layer in self.walk()])
        self.theta[...] = theta

    # -- the two passes

    def forward(self, x: Array, noise: np.random.Generator | None = None) -> tuple[Array, list[Any]]:
        """Outputs for inputs (batch, features) in the network's units, and the cache of each layer."""
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x, noise)
            caches.append(cache)
        return x, caches

    def backward(self, grad: Array, caches: list[Any]) -> tuple[Array, Gradients]:
        """dloss/dx and the gradients by name, from dloss/d(what the loss takes)."""
        gradients: Gradients = {}
        fused = self.fused
        for (name, layer), cache in zip(reversed(list(named(self.layers))), reversed(caches), strict=True):
            if fused and isinstance(layer, Dense):
                grad, found = layer.backward_from_z(grad, cache)
            else:
                grad, found = layer.backward(grad, cache)
            fused = False  # only the last layer is
            for key, value in found.items():
                gradients[f"{name}/{key}"] = value
        return grad, gradients

    def loss_input(self, output: Array, caches: list[Any]) -> Array:
        """What the loss takes: the predictions, or the last z where the two are fused."""
        return np.asarray(caches[-1].z) if self.fused else output

    def loss_and_gradients(
        self, x: Array, y: Array, weights: Array | None = None, noise: np.random.Generator | None = None
    ) -> tuple[float, Gradients, Array]:
        """Average loss, its gradients by name and dloss/dx; all in the network's units.

        Args:
            x: Inputs, (batch, features).
            y: Targets, (batch, outputs).
            weights: Of the samples, (batch,), or None for 1 each.
            noise: Given while training: for dropout and batch statistics.
        """
        output, caches = self.forward(x, noise)
        p = self.loss_input(output, caches)
        value, grad = reduce(self.losses.value(p, y), self.losses.gradient(p, y), weights)
        grad_x, gradients = self.backward(grad, caches)
        return value, gradients, grad_x

    # -- what users call, in their own units

    def predict(self, x: ArrayLike) -> Array:
        """Predictions, (samples, outputs), or (samples,) if it was trained on targets of that shape.

        Raises:
            UsageError: It was never trained, or `x` does not fit.
        """
        given = self._inputs(x)
        output, _ = self.forward(self.input_scaling.inner(given))
        if self.loss_name in FROM_LOGITS:
            output = ACTIVATIONS[FROM_LOGITS[self.loss_name]].function(output)
        predicted = self.target_scaling.outer(output)
        return predicted[:, 0] if self.flat_targets else predicted

    def loss(self, x: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The average loss per sample, in the user's units."""
        given = self._inputs(x)
        target = self._targets(y, len(given))
        weights = checking.sample_weights(sample_weight, len(given), self.dtype)
        return self.average(self.input_scaling.inner(given), target, weights)

    def average(self, x: Array, y: Array, weights: Array | None = None) -> float:
        """The average loss, of inputs in the network's units and targets in the user's."""
        output, caches = self.forward(x)
        values = self.losses.value(self.target_scaling.outer(self.loss_input(output, caches)), y)
        return float(np.mean(values)) if weights is None else float(np.sum(weights * values) / np.sum(weights))

    def gradients(self, x: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Gradients:
        """The gradient of `loss(x, y)` for each parameter, by name, and as "inputs" for the inputs.

        As when predicting: no dropout, running statistics in batch normalisation.
        """
        given = self._inputs(x)
        weights = checking.sample_weights(sample_weight, len(given), self.dtype)
        target = self._targets(y, len(given))
        output, caches = self.forward(self.input_scaling.inner(given))
        p = self.target_scaling.outer(self.loss_input(output, caches))
        _, grad = reduce(self.losses.value(p, target), self.losses.gradient(p, target), weights)
        grad_x, gradients = self.backward(grad * self.target_scaling.scale, caches)
        return {**gradients, "inputs": grad_x / self.input_scaling.scale}

    def trace(self, x: ArrayLike, y: ArrayLike) -> Trace:
        """Every z, a, delta, dW, db and dloss/dx of one pass, layer by layer; prints as a table."""
        from backproof.nn.trace import trace

        given = self._inputs(x)
        return trace(self, self.input_scaling.inner(given), self.target_scaling.inner(self._targets(y, len(given))))

    def fit(self, x: ArrayLike, y: ArrayLike, **settings: Any) -> History:
        """Train it; `backproof.nn.training.Settings` has all settings.

        Args:
            x: (samples, features), or (samples,) for one feature.
            y: (samples, outputs); (samples,) for one output, or class numbers behind a softmax.
            settings: optimizer, epochs, batch_size, schedule, validation, early_stopping, ...

        Returns:
            Average errors per sample and what else was measured, epoch by epoch.

        Raises:
            UsageError: Data or settings do not fit; the message shows the value and says what to do.
        """
        from backproof.nn.training import Settings, train

        return train(self, x, y, Settings.of(settings))

    def learning_rate_range(self, x: ArrayLike, y: ArrayLike, **settings: Any) -> Any:
        """Try rates from far too small to far too large; see `backproof.nn.rates.learning_rate_range`."""
        from backproof.nn.rates import learning_rate_range

        return learning_rate_range(self, x, y, **settings)

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a safetensors file, all at once: a file that is there is whole."""
        from backproof.nn.saving import save

        save(self, path)

    # -- checks

    def _inputs(self, x: ArrayLike) -> Array:
        if self.inputs is None:
            raise UsageError("the network has no weights yet: train it first (fit), or build it (build)")
        return checking.inputs(x, self.dtype, self.inputs)

    def _targets(self, y: ArrayLike, samples: int) -> Array:
        activation = "linear" if self.scale_targets else self.output_activation
        return checking.targets(y, samples, self.outputs, activation, self.loss_name, self.dtype)

    def __repr__(self) -> str:
        """As it was called, without what is as by default."""
        return f"Network({self.layers!r}, loss={self.loss_name!r}, seed={self.seed})"


def _walk(layers: Sequence[Layer], prefix: str) -> Iterator[tuple[str, Layer]]:
    for name, layer in named(layers):
        if isinstance(layer, Residual):
            yield from _walk(layer.layers, f"{prefix}{name}/")
        elif not isinstance(layer, Dropout):
            yield prefix + name, layer
