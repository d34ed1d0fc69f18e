"""Backpropagation by hand through a network of dense layers, with slips in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.nn import Dense, Network
from backproof.nn.activations import ACTIVATIONS
from backproof.nn.losses import LOSSES
from benchmarks.planting.kinds import KINDS

Array = Any
NAMES = ("half_squared_error", "mean_squared_error", "binary_cross_entropy", "categorical_cross_entropy")
OF_A_LAYER = (
    *("argument", "formula_argument", "missing", "twice", "function", "summed_units", "link_missing", "link_summed"),
    *("link_transposed", "link_error", "input_own", "input_missing", "delta_error", "gradient_transposed"),
    *("bias_mean", "bias_last", "bias_error", "bias_factor", "bias_sign", "sign", "factor"),
)
OF_THE_ERROR = (
    *("output_missing", "error_squared", "error_absolute", "error_sign", "error_prediction", "error_target"),
    *("sign_all", "softmax_diagonal"),
)
FORMULAS: dict[str, Callable[[Array], Array]] = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a**2}
ALSO = {"output_missing": ("softmax-gradient-wrong",), "link_summed": ("wrong-operand-in-chain",)}  # as truly
CHANGE = 1e-6  # relative to the largest element of a parameter: a slip that does less is none
UNCHANGED = 200  # draws after which a seed is given up


@dataclass(frozen=True, slots=True)
class Slip:
    """A kind of `benchmarks/planting/kinds.py` in one layer, counted from the input side; 0 for the output's error."""

    kind: str
    layer: int

    @property
    def names(self) -> tuple[str, ...]:
        """Under which it may rightly be told."""
        return (*KINDS[self.kind], *ALSO.get(self.kind, ()))


@dataclass(slots=True)
class Case:
    """A network, data, and the gradient that a slip makes of it."""

    network: Network
    x: Array
    y: Array
    slips: tuple[Slip, ...]

    def gradient(self, network: Any, x: Array, y: Array) -> Mapping[str, Array]:
        """By hand, with the slips."""
        return backprop(self.network, np.asarray(x), np.asarray(y), self.slips)


def draw(seed: int, count: int = 1) -> Case:
    """A case with `count` slips that change the gradient."""
    generator = np.random.default_rng([seed, count])
    for _ in range(UNCHANGED):
        network, x, y = _network(generator)
        right = backprop(network, x, y, ())
        slips = tuple(_slip(generator, network) for _ in range(count))
        if len({(slip.layer, slip.kind[:4]) for slip in slips}) < count or not _fits(network, slips):
            continue
        each = [backprop(network, x, y, (slip,)) for slip in slips]
        if all(_differs(right, one) for one in each):
            return Case(network, x, y, slips)
    raise RuntimeError(f"no slip changes anything for seed {seed}")


def _network(generator: np.random.Generator) -> tuple[Network, Array, Array]:
    loss = str(generator.choice(NAMES))
    hidden = [str(generator.choice(["sigmoid", "tanh", "relu"])) for _ in range(generator.integers(1, 5))]
    last = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}.get(loss)
    activations = [*hidden, last or str(generator.choice(["linear", "sigmoid", "tanh"]))]
    square = int(generator.integers(3, 6)) if generator.random() < 0.4 else None
    units = [square or int(generator.integers(2, 7)) for _ in activations]
    features, samples = square or int(generator.integers(2, 6)), int(generator.integers(5, 20))
    layers = [Dense(n, name, initializer="uniform") for n, name in zip(units, activations, strict=True)]
    network = Network(layers, loss=loss, seed=int(generator.integers(10**6)))
    network.build(features)
    network.theta[...] = generator.normal(0, 0.8, network.theta.shape)
    x = generator.normal(0, 1, (samples, features))
    y = np.eye(units[-1])[generator.integers(0, units[-1], samples)]
    y = y if "entropy" in loss else generator.uniform(0.1, 0.9, (samples, units[-1]))
    return network, x, y


def _slip(generator: np.random.Generator, network: Network) -> Slip:
    if generator.random() < len(OF_THE_ERROR) / (len(OF_THE_ERROR) + len(OF_A_LAYER)):
        return Slip(str(generator.choice(OF_THE_ERROR)), 0)
    return Slip(str(generator.choice(OF_A_LAYER)), int(generator.integers(1, len(network.layers) + 1)))


def _fits(network: Network, slips: tuple[Slip, ...]) -> bool:
    """Whether the places exist: a derivative, a link below, a square weight."""
    return all(_fits_one(network, slip) for slip in slips)


def _fits_one(network: Network, slip: Slip) -> bool:
    last = len(network.layers)
    layer = network.layers[max(slip.layer, 1) - 1]
    name = (network.layers[-1] if slip.layer == 0 else layer).activation_name
    rows, columns = layer.parameters["weight"].shape
    if slip.kind.startswith("error_") and "entropy" in network.loss_name:
        return False
    if slip.kind == "softmax_diagonal":
        return name == "softmax"
    if slip.kind == "output_missing":
        return name != "linear"
    if slip.kind in ("argument", "missing", "twice", "function", "summed_units", "formula_argument"):
        return slip.layer < last and (name in FORMULAS or slip.kind in ("missing", "summed_units"))
    if slip.kind.startswith("link"):
        return slip.layer > 1 and (slip.kind in ("link_summed",) or rows == columns)
    if slip.kind in ("gradient_transposed", "input_own"):
        return rows == columns
    if slip.kind == "delta_error":
        return slip.layer == last and name != "linear"
    return True


def _differs(right: Mapping[str, Array], wrong: Mapping[str, Array]) -> bool:
    return any(
        np.abs(wrong[name] - part).max() > 10 * CHANGE * max(np.abs(part).max(), 1e-12) for name, part in right.items()
    )


def backprop(network: Network, x: Array, y: Array, slips: tuple[Slip, ...]) -> dict[str, Array]:
    """dloss/dparameter of the average loss by name, as the textbook has it but for the slips."""
    names = [name for name, _ in network.walk()]
    layers = network.layers
    given, zs, activations = x, [], [x]
    for layer in layers:
        z = given @ layer.parameters["weight"] + layer.parameters["bias"]
        given = ACTIVATIONS[layer.activation_name].function(z)
        zs.append(z)
        activations.append(given)
    found: dict[str, Array] = {}
    error = _error(network, activations[-1], y, slips)
    delta = _output_delta(network, error, zs[-1], activations[-1], slips)
    for k in range(len(layers), 0, -1):
        kinds = {slip.kind for slip in slips if slip.layer == k}
        weight = layers[k - 1].parameters["weight"]
        own = error if "delta_error" in kinds else delta
        found[f"{names[k - 1]}/weight"] = _weight_gradient(activations, own, k, kinds)
        found[f"{names[k - 1]}/bias"] = _bias_gradient(own, error, delta, kinds)
        if k > 1:
            below = {slip.kind for slip in slips if slip.layer == k - 1}
            back = _back(delta, error, weight, kinds)
            delta = back * _derivative(layers[k - 2].activation_name, zs[k - 2], activations[k - 1], below)
            delta = np.broadcast_to(delta.sum(axis=1, keepdims=True), delta.shape) if "summed_units" in below else delta
    sign = -1.0 if any(slip.kind == "sign_all" for slip in slips) else 1.0
    return {name: sign * part for name, part in found.items()}


def _error(network: Network, a: Array, y: Array, slips: tuple[Slip, ...]) -> Array:
    kinds = {slip.kind for slip in slips if slip.layer == 0}
    right = LOSSES[network.loss_name].gradient(a, y) / len(y)
    scale = (2 / a.shape[1] if network.loss_name == "mean_squared_error" else 1.0) / len(y)
    changes: dict[str, Callable[[], Array]] = {
        "error_squared": lambda: (a - y) ** 2 * scale,
        "error_absolute": lambda: np.abs(a - y) * scale,
        "error_sign": lambda: np.sign(a - y) * scale,
        "error_prediction": lambda: a * scale,
        "error_target": lambda: -y * scale,
    }
    return next((change() for kind, change in changes.items() if kind in kinds), right)


def _output_delta(network: Network, error: Array, z: Array, a: Array, slips: tuple[Slip, ...]) -> Array:
    kinds = {slip.kind for slip in slips if slip.layer == 0}
    if "output_missing" in kinds:
        return error
    if "softmax_diagonal" in kinds:
        return error * a * (1 - a)
    return network.layers[-1].activation.backward(error, z, a)


def _weight_gradient(activations: list[Array], delta: Array, k: int, kinds: set[str]) -> Array:
    given = activations[k - 1]
    given = activations[k] if "input_own" in kinds else np.ones_like(given) if "input_missing" in kinds else given
    found = given.T @ delta
    found = found.T if "gradient_transposed" in kinds else found
    return found * (-1.0 if "sign" in kinds else 3.0 if "factor" in kinds else 1.0)


def _bias_gradient(own: Array, error: Array, delta: Array, kinds: set[str]) -> Array:
    if "bias_last" in kinds:
        return delta[-1]
    found = (error if "bias_error" in kinds and error.shape == delta.shape else own).sum(axis=0)
    if "bias_mean" in kinds:
        found = found / len(delta)
    factor = -1.0 if {"bias_sign", "sign"} & kinds else 0.5 if "bias_factor" in kinds else 1.0
    return found * (3.0 if "factor" in kinds else factor)


def _back(delta: Array, error: Array, weight: Array, kinds: set[str]) -> Array:
    if "link_missing" in kinds:
        return delta
    if "link_transposed" in kinds:
        return delta @ weight
    if "link_error" in kinds and error.shape == delta.shape:
        return error @ weight.T
    if "link_summed" in kinds:
        return delta.sum(axis=1, keepdims=True) * weight.sum(axis=1)
    return delta @ weight.T


def _derivative(name: str, z: Array, a: Array, kinds: set[str]) -> Array:
    derivative = ACTIVATIONS[name].derivative
    if "missing" in kinds:
        return np.ones_like(z)
    if "argument" in kinds:
        return derivative(a, ACTIVATIONS[name].function(a))
    if "formula_argument" in kinds:
        return FORMULAS[name](z)
    if "function" in kinds:
        other = "tanh" if name == "sigmoid" else "sigmoid"
        return ACTIVATIONS[other].derivative(z, ACTIVATIONS[other].function(z))
    return derivative(z, a) ** 2 if "twice" in kinds else derivative(z, a)
