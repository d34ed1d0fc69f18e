"""A network of `backproof.nn`, or any object that is used like one: `parameters`, `loss(x, y)`, `gradients(x, y)`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from backproof.errors import UsageError
from backproof.gradcheck.described import DescribedLayer, Description
from backproof.gradcheck.nodes import DenseLayer, gradients
from backproof.gradcheck.programs._program import Array, Parameter, Program, flat
from backproof.gradcheck.programs._structure import as_part

INPUTS = "inputs"
# Of the losses that are fused with the activation below them: dloss/dprediction of each sample.
OF_PREDICTIONS: dict[str, Callable[[Array, Array], Array]] = {
    "binary_cross_entropy": lambda p, y: (1 - y) / (1 - p) - y / p,
    "categorical_cross_entropy": lambda p, y: -y / p,
}


def takes(target: Any, inputs: tuple[Any, ...]) -> bool:
    """Whether the target is used like a network: its arrays are changed in place, and it gives loss and gradients."""
    used = all(callable(getattr(target, name, None)) for name in ("loss", "gradients"))
    return used and hasattr(target, "parameters") and not callable(target.parameters)


def program(target: Any, inputs: tuple[Any, ...], options: Mapping[str, Any], seed: int) -> Program:
    """The average loss of the network on data, as a function of its parameters and of the inputs.

    Args:
        target: The network; it is copied, and never changed.
        inputs: x, y, and sample weights if there are any.
        options: `gradient`: the gradients to judge by parameter name, instead of the network's own.
        seed: Not used: nothing is drawn.

    Raises:
        UsageError: There are no targets, or the network has no parameters yet.
    """
    if len(inputs) < 2:
        raise UsageError("give inputs and targets: check_gradient(network, x, y)")
    if unknown := set(options) - {"gradient"}:
        raise UsageError(f"there is no option {sorted(unknown)[0]!r} for a network; there is: gradient")
    return _Network(copy.deepcopy(target), inputs, options.get("gradient")).program()


class _Network:
    def __init__(self, network: Any, inputs: tuple[Any, ...], gradient: Mapping[str, Any] | None) -> None:
        self.network, self.gradient, self.notes = network, gradient, list[str]()
        if gradient is None and getattr(network, "dtype", "") == "float32" and hasattr(network, "theta"):
            doubled = {"dtype": "float64", "theta": network.theta.astype(np.float64)}
            network.__setstate__({**network.__dict__, **doubled})  # its layers get views of the new vector
            self.notes.append("run in float64 (a copy; the original is as it was)")
        self.x, self.rest = np.array(inputs[0], dtype=np.float64), inputs[1:]
        network.loss(self.x, *self.rest)  # complains of data that do not fit
        self.arrays: dict[str, Any] = dict(network.parameters)
        self.given = gradient is None or INPUTS in gradient  # whether the gradient of the inputs is judged
        self.order = [*self.arrays, *([INPUTS] if self.given else [])]

    def program(self) -> Program:
        parameters = tuple(
            Parameter(name, self.x.shape if name == INPUTS else self.arrays[name].shape) for name in self.order
        )
        point = flat([self.x if name == INPUTS else self.arrays[name] for name in self.order])
        analytic = self.gradients(point) if self.gradient is None else self._flat(self.gradient, parameters)
        kinds = [np.asarray(array).dtype for array in self.arrays.values()]
        rounding = max(float(np.finfo(kind).eps) for kind in kinds)
        own = self.gradients if self.gradient is None else None
        sizes = {"samples": len(self.x), "outputs": int(np.prod(np.shape(self.rest[0])[1:], dtype=int))}
        made = Program(parameters, point, self.loss, analytic, own, rounding=rounding, grid=rounding, sizes=sizes)
        made.layers, made.notes = (lambda: self._layers(made)), self.notes
        return made

    def _flat(self, gradient: Mapping[str, Any], parameters: tuple[Parameter, ...]) -> Array:
        return np.concatenate([as_part(gradient.get(each.name), each, "the gradient") for each in parameters])

    def _put(self, vector: Array) -> Any:
        start, x = 0, self.x
        for name in self.order:
            size = self.x.size if name == INPUTS else self.arrays[name].size
            part = vector[start : start + size]
            start += size
            if name == INPUTS:
                x = part.reshape(self.x.shape)
            else:
                self.arrays[name][...] = part.reshape(self.arrays[name].shape)
        return x

    def loss(self, vector: Array) -> float:
        """The average loss with these numbers."""
        return float(self.network.loss(self._put(vector), *self.rest))

    def gradients(self, vector: Array) -> Array:
        """The network's own gradients with these numbers."""
        found = self.network.gradients(self._put(vector), *self.rest)
        parts = [found[name] for name in self.order]
        return flat(parts)

    def _layers(self, made: Program) -> tuple[Array, Array] | None:
        """Slopes of all weights from those along the units, if there are dense layers alone."""
        network = self.network
        layers = list(getattr(network, "walk", lambda: ())())
        dense = all(type(layer).__name__ == "Dense" for _, layer in layers)
        if (
            not dense
            or not layers
            or len(layers) != len(network.layers)
            or network.scale_inputs
            or network.scale_targets
        ):
            return None
        x = np.asarray(self._put(made.point)).reshape(len(self.x), -1)
        _, caches = network.forward(np.asarray(x, dtype=self.arrays[self.order[0]].dtype))
        places = dict(zip(self.order, made.slices(), strict=True))
        found = [
            DenseLayer(
                np.asarray(cache.x, dtype=np.float64),
                np.asarray(cache.z, dtype=np.float64),
                partial(self._losses, number),
                places.get(f"{name}/weight"),
                places.get(f"{name}/bias"),
            )
            for number, ((name, _), cache) in enumerate(zip(layers, caches, strict=True))
        ]
        return gradients(found, len(made.point))

    def _losses(self, number: int, moved: Array) -> Array:
        """Each sample's share of the loss, (k, samples), where a layer has these pre-activations, (k, samples, out)."""
        network, (count, samples, units) = self.network, moved.shape
        layer, *above = network.layers[number:]
        z = moved.reshape(count * samples, units)
        output = layer.activation.function(z)
        for each in above:
            output, cache = each.forward(output)
            z = cache.z
        targets = np.asarray(network._targets(self.rest[0], samples), dtype=np.float64)
        values = network.losses.value(z if network.fused else output, np.tile(targets, (count, 1)))
        weights = np.ones(samples) if len(self.rest) < 2 or self.rest[1] is None else np.asarray(self.rest[1], float)
        return np.asarray(values.reshape(count, samples) * weights / weights.sum())


def describe(network: Any, x: Any, y: Any) -> Description:
    """A network of dense layers as the search for mistakes reads it.

    Raises:
        UsageError: It has other layers, or scales its data.
    """
    layers = []
    for name, layer in getattr(network, "walk", lambda: ())():
        if type(layer).__name__ != "Dense":
            raise UsageError(f"{name} is {type(layer).__name__}: a network of dense layers alone can be described")
        bias = f"{name}/bias" if "bias" in layer.parameters else None
        layers.append(DescribedLayer(f"{name}/weight", bias, layer.activation_name, layer.activation.function))
    if len(layers) != len(getattr(network, "layers", ())) or not layers:
        raise UsageError(f"{network!r} cannot be described: give a network of backproof.nn made of dense layers alone")
    if network.scale_inputs or network.scale_targets:
        raise UsageError(
            "the network scales its inputs or targets: explain its gradient on data that are scaled before"
        )
    given = np.asarray(x, dtype=np.float64).reshape(len(x), -1)
    targets = np.asarray(network._targets(y, len(given)), dtype=np.float64)
    values = {name: np.asarray(value, dtype=np.float64) for name, value in network.parameters.items()}

    def seeds(predictions: Array, wanted: Array) -> Array:
        slope = OF_PREDICTIONS.get(network.loss_name, network.losses.gradient)  # a fused loss takes pre-activations
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.nan_to_num(slope(predictions, wanted)) / len(predictions), dtype=np.float64)

    return Description(tuple(layers), values, given, targets, seeds, network.loss_name)
