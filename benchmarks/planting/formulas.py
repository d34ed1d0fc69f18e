"""Activations as a script writes them, and the derivatives that may stand in the place of the right ones."""

from __future__ import annotations

from benchmarks.planting.script import Script

VALUES = {
    "sigmoid": "1 / (1 + {np}.exp(-{x}))",
    "tanh": "{np}.tanh({x})",
    "relu": "np.maximum(0, {x})",
    "linear": "{x}",
}
OF_SUM = {
    "sigmoid": "sigmoid({x}) * (1 - sigmoid({x}))",
    "tanh": "1 - {np}.tanh({x}) ** 2",
    "relu": "np.where({x} > 0, 1.0, 0.0)",
}
OF_VALUE = {"sigmoid": "{x} * (1 - {x})", "tanh": "1 - {x} ** 2", "relu": "({x} > 0)"}
OTHERS = {"sigmoid": "tanh", "tanh": "sigmoid", "relu": "tanh"}


def used(script: Script) -> list[str]:
    """The activations that need functions."""
    network = script.network
    return [name for name in dict.fromkeys((network.hidden, network.output)) if name in OF_SUM]


def define(script: Script, *, np: str = "np", indent: str = "") -> None:
    """Write the functions of the activations, and of their derivatives where the script has those."""
    network = script.network
    for name in used(script):
        value = VALUES[name].format(x="x", np=np)
        script.write(f"{indent}def {name}(x):", f"{indent}    return {value}", "")
        if network.helper:
            script.write(f"{indent}def {name}_prime(x):")
            script.write(f"{indent}    return {_formula(script, name, np)}", "")
    if network.output == "softmax":
        script.write(f"{indent}def softmax(x, axis):")
        script.write(f"{indent}    e = np.exp(x - np.max(x, axis=axis, keepdims=True))")
        script.write(f"{indent}    return e / np.sum(e, axis=axis, keepdims=True)", "")


def _formula(script: Script, name: str, np: str) -> str:
    of_value = script.network.of_value
    right = (OF_VALUE if of_value else OF_SUM)[name].format(x="x", np=np)
    swapped = (OF_SUM if of_value else OF_VALUE)[name].format(x="x", np=np)
    return script.pick(
        right,
        0,
        formula_argument=None if name == "relu" else swapped,
        formula_function=f"{name}(x)" if not of_value else None,
        formula_other=OF_VALUE[OTHERS[name]].format(x="x") if of_value else None,
        formula_twice=None if name == "relu" else f"({right}) ** 2",
    )


def slope(script: Script, layer: int, z: str, a: str, *, neighbour: str | None = None, np: str = "np") -> str:
    """The derivative at a layer, in the script's words, or what stands in its place; for use as a factor."""
    network, name = script.network, script.network.activation(layer)
    if network.helper:  # the argument of the call is as wrong as the formula for it
        script.mark("formula_argument", 0)
    argument, other = (a, z) if network.of_value else (z, a)
    right = _derivative(script, name, argument, np)
    other_formula = OF_VALUE[OTHERS[name]].format(x=a)
    return script.pick(
        right,
        layer,
        argument=None if name == "relu" else _derivative(script, name, other, np),
        twice=None if name == "relu" else f"{right} ** 2",
        function=a,
        other_function=f"({other_formula})",
        neighbour=neighbour and _derivative(script, name, neighbour, np),
    )


def _derivative(script: Script, name: str, argument: str, np: str) -> str:
    if script.network.helper:
        return f"{name}_prime({argument})"
    return "(" + (OF_VALUE if script.network.of_value else OF_SUM)[name].format(x=argument, np=np) + ")"


def apply(network_activation: str, z: str, axis: int = 1) -> str:
    """The activation of z."""
    if network_activation == "linear":
        return z
    return f"softmax({z}, {axis})" if network_activation == "softmax" else f"{network_activation}({z})"
