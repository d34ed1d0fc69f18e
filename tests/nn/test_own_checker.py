"""The engine's formulas before our own checker: their very source, in a script, is judged right; changed, wrong.

The checker knows nothing of the engine: it records what the script computes, differentiates it, and compares steps.
"""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backproof.findings import Verdict
from backproof.nn import ACTIVATIONS, LOSSES
from backproof.nn.layers import Dense
from benchmarks.planting.watched import report_on

PROGRAM = """
from __future__ import annotations
from typing import Any
import math
import numpy as np
Array = Any
LEAK, SELU_ALPHA, SELU_SCALE, HUBER_DELTA = 0.01, 1.6732632423543772, 1.0507009873554805, 1.0

{functions}

rng = np.random.default_rng(3)
inputs = rng.normal(size=(40, 2))
targets = np.sin(inputs @ np.array([[1.0, 0.3], [-0.5, 0.8]]))
w1 = rng.normal(size=(2, 5)) * 0.7
b1 = rng.normal(size=5) * 0.3
w2 = rng.normal(size=(5, 2)) * 0.5
b2 = np.zeros(2)
rate = 0.05
for epoch in range(4):
    for start in range(0, 40, 8):
        x, y = inputs[start:start + 8], targets[start:start + 8]
        z1 = x @ w1 + b1
        a1 = {activation}(z1)
        z2 = a1 @ w2 + b2
        grad_p = {loss}_gradient(z2, y) / len(x)
        grad_w2 = a1.T @ grad_p
        grad_b2 = grad_p.sum(axis=0)
        grad_a1 = grad_p @ w2.T
        delta1 = grad_a1 * {activation}_derivative(z1, a1)
        grad_w1 = x.T @ delta1
        grad_b1 = delta1.sum(axis=0)
        w1 -= rate * grad_w1
        b1 -= rate * grad_b1
        w2 -= rate * grad_w2
        b2 -= rate * grad_b2
    if epoch == 0:
        print(epoch, np.mean({loss}(inputs_out := {activation}(inputs @ w1 + b1) @ w2 + b2, targets)))
"""


def program(activation: str, loss: str, change: tuple[str, str] = ("", "")) -> Any:
    """A training script out of the engine's source."""
    needed = [ACTIVATIONS["sigmoid"].function] if activation in ("silu", "sigmoid") else []
    needed += [ACTIVATIONS[activation].function, ACTIVATIONS[activation].derivative]
    needed += [LOSSES[loss].value, LOSSES[loss].gradient]
    source = "\n".join(textwrap.dedent(inspect.getsource(function)) for function in dict.fromkeys(needed))
    assert change[0] in source
    text = PROGRAM.format(functions=source.replace(*change) if change[0] else source, activation=activation, loss=loss)
    return SimpleNamespace(text=text)


def verdicts(script: Any, path: Path) -> set[Verdict]:
    diagnosis, _ = report_on(script, path / "program.py")
    assert diagnosis.gradients
    return {row.verdict for row in diagnosis.gradients}


def test_the_script_has_the_formulas_of_the_layer() -> None:
    source = inspect.getsource(Dense)
    for formula in (
        'x @ self.parameters["weight"]',
        "cache.x.T @ delta",
        "delta.sum(axis=0)",
        "delta @ self.parameters",
    ):
        assert formula in source


NAMES = sorted(ACTIVATIONS.keys() - {"softmax", "gelu", "linear"})
SQUARED = ("half_squared_error", "squared_error", "mean_squared_error", "huber")


@pytest.mark.parametrize(("activation", "loss"), list(zip(NAMES, SQUARED * 2, strict=True)))
def test_each_activation_and_loss_is_judged_right(activation: str, loss: str, tmp_path: Path) -> None:
    assert verdicts(program(activation, loss), tmp_path) == {Verdict.RIGHT}


@pytest.mark.parametrize(
    ("activation", "change"),
    [
        ("tanh", ("return 4 * small", "return 2 * small * np.sign(z)")),
        ("softplus", ("return -np.expm1(-a)", "return -np.expm1(-z)")),
    ],
)
def test_changed_source_is_judged_wrong(activation: str, change: tuple[str, str], tmp_path: Path) -> None:
    assert Verdict.WRONG in verdicts(program(activation, "half_squared_error", change), tmp_path)
