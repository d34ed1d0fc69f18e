"""Hand-made diagnoses that the report tests share; `python tests/report/diagnoses.py` shows them."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from backproof.findings import (
    Coverage,
    Diagnosis,
    Evidence,
    Expected,
    Finding,
    GradientVerdict,
    Place,
    Program,
    Remedy,
    Severity,
    Skipped,
    Trial,
    Verdict,
)

SCRIPT = """\
import numpy as np

layer1_weights = np.random.uniform(size=(1, 10))
layer2_weights = np.random.uniform(size=(10, 1))
for step in range(500):
    z_2 = x @ layer1_weights
    a_2 = sigmoid(z_2)
    a_3 = sigmoid(a_2 @ layer2_weights)
    error = a_3 - y
    delta_3 = error * sigmoid_derivative(a_3)
    layer1_weights += rate * x.T @ ((delta_3 @ layer2_weights.T) * sigmoid_derivative(a_2))  # backproof: here
\tlayer2_weights += rate * a_2.T @ delta_3
"""
UPDATE = SCRIPT.splitlines()[10].split("  #")[0].strip()


def write_script(folder: Path, text: str = SCRIPT) -> Path:
    """The script that the places point into."""
    path = folder / "train.py"
    path.write_text(text)
    return path


def span(path: Path, line: int, text: str, name: str, kind: str) -> Place:
    """The place of `text` in a line of the script."""
    column = SCRIPT.splitlines()[line - 1].index(text)
    return Place(str(path), line, line, column, column + len(text), name, kind)


def broken(path: Path) -> Diagnosis:
    """Two mistakes, a consequence, a note, and everything else that a report can show."""
    file = str(path)
    layers = [f"a_{k}" for k in range(2, 12)]
    update1 = span(path, 11, UPDATE, "layer1_weights", "update")
    update2 = span(path, 12, "layer2_weights += rate * a_2.T @ delta_3", "layer2_weights", "update")
    findings = (
        Finding(
            "wrong-sign-update",
            Severity.ERROR,
            "The update adds the gradient of the loss where it has to subtract it: every step climbs the loss.",
            (update1, update2),
            (
                Evidence(
                    "relative change of the batch's own loss by the step",
                    "loss",
                    (1, 100, 200, 300, 400, 500),
                    (0.0123456, 0.2, 1.5, math.inf, math.nan, 1e-9),
                    Expected("<", 0.0),
                ),
            ),
            (
                Remedy("Subtract: layer1_weights -= rate * gradient"),
                Remedy("Or turn the error round, so that it is y - a_3, in every place where it is used", {}, None,
                       Trial("unexplained share", (1.0,), (0.1,), "proven")),
            ),
        ),
        Finding(
            "activation-derivative-wrong-argument",
            Severity.ERROR,
            "The derivative of the sigmoid is taken at the activation a_2; sigmoid_derivative wants z_2.",
            (span(path, 11, "sigmoid_derivative(a_2)", "a_2", "activation"),),
            (Evidence("relative error of the gradient", "layer1_weights", (0,), (1.3112345,), Expected("<", 1e-9)),),
            (Remedy("Write sigmoid_derivative(z_2)"),),
        ),
        Finding(
            "vanishing-gradients",
            Severity.WARNING,
            "The gradient shrinks on its way to the first layer.",
            (),
            tuple(
                Evidence("root mean square of dloss/dz", where, (1, 250, 500), (10.0**-k, 11.0**-k, 12.0**-k))
                for k, where in enumerate(layers)
            ),
            (Remedy("Use ReLU"),),
            consequence_of="wrong-sign-update",
        ),
        Finding("converged", Severity.NOTE, "The gradient is small.", (span(path, 9, "a_3 - y", "error", "loss"),),
                (Evidence("gradient relative to the first one", "loss", (0,), (1e-5,)),)),
    )  # fmt: skip
    gradients = (
        GradientVerdict(Place(file, 3, name="layer1_weights", kind="parameter"), Verdict.WRONG, None,
                        "half_squared_error", 1.3112345, 1e-9, ("autodiff", "replay"),
                        ("activation-derivative-wrong-argument",)),
        GradientVerdict(Place(file, 4, name="layer2_weights", kind="parameter"), Verdict.RIGHT, None,
                        "half_squared_error", 2.34e-13, 1e-9, ("autodiff", "replay")),
        GradientVerdict(Place(file, 4, name="bias", kind="parameter"), Verdict.UNDECIDED,
                        "its gradient is zero in all steps that were seen"),
    )  # fmt: skip
    return Diagnosis(
        findings,
        ("dead-relu", "converged"),
        (Skipped("dead-relu", "the network has no ReLU"), Skipped("plateau", "the run was too short"),
         Skipped("overfitting", "the run was too short")),
        gradients,
        Coverage(3, 4, ("np.frobnicate (train.py:7)",)),
        Program(file, ("--epochs", "3"), ("numpy",), 0, 500),
        ("np.mat, which NumPy 2 has removed, was given to the script",),
    )  # fmt: skip


def healthy(path: Path) -> Diagnosis:
    """Nothing wrong."""
    gradients = tuple(
        GradientVerdict(Place(str(path), 3 + k, name=f"layer{k}_weights", kind="parameter"), Verdict.RIGHT, None,
                        "half_squared_error", 1e-14, 1e-9, ("autodiff", "replay"))
        for k in range(2)
    )  # fmt: skip
    program = Program(str(path), (), ("numpy",), 0, 1)
    return Diagnosis((), ("dead-relu",) * 14, (), gradients, Coverage(2, 2), program)


def nothing(path: Path) -> Diagnosis:
    """No training step was seen."""
    error = "ZeroDivisionError: division by zero"
    return Diagnosis(program=Program(str(path), (), ("numpy", "torch"), 1, 0, "raised", error))


if __name__ == "__main__":
    import os
    import tempfile

    from backproof.report import text

    with tempfile.TemporaryDirectory() as folder:
        script = write_script(Path(folder))
        for make in (broken, healthy, nothing):
            width = os.get_terminal_size().columns if sys.stdout.isatty() else 80
            print(text.render(make(script), width=width, color=sys.stdout.isatty(), root=folder))
