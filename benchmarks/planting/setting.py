"""The head of a script: imports, data and parameters; and its foot: what it prints."""

from __future__ import annotations

from benchmarks.planting.forms import Form
from benchmarks.planting.script import Script

EPOCHS = "epochs = 12"  # enough steps to be judged; fewer turns where each makes several


def head(script: Script) -> None:
    """Imports and the seed."""
    script.write("import numpy as np", "", f"np.random.seed({script.network.seed})", "")


def data(script: Script, form: Form, x: str, y: str) -> None:
    """Inputs and targets; with vectors, samples are rows."""
    network = script.network
    rows, inputs, outputs = network.samples, network.sizes[0], network.sizes[-1]
    columns = form.layout == "columns"
    shape = f"{inputs}, {rows}" if columns else f"{rows}, {inputs}"
    script.write(f"{x} = np.random.randn({shape})")
    if network.output == "softmax":
        one_hot = f"np.eye({outputs})[np.random.randint({outputs}, size={rows})]" + (".T" if columns else "")
        script.write(f"{y} = {one_hot}")
        return
    shape = f"{outputs}, {rows}" if columns else f"{rows}, {outputs}"
    text = {
        "sigmoid": f"np.random.rand({shape})",
        "tanh": f"np.random.uniform(-0.9, 0.9, ({shape}))",
        "relu": f"np.random.rand({shape}) * 2",
        "linear": f"np.random.randn({shape})",
    }[network.output]
    if network.loss == "binary":
        text = f"(np.random.rand({shape}) > 0.5).astype(float)"
    script.write(f"{y} = {text}")


def weight(script: Script, form: Form, k: int) -> str:
    """The first value of a weight."""
    sizes = script.network.sizes
    inputs, outputs = sizes[k - 1], sizes[k]
    inner = form.weight_shape(inputs, outputs)[1:-1]
    return f"np.random.randn({inner})" + (" * 0.7" if inputs > 2 else "")


def bias(script: Script, form: Form, k: int) -> str:
    """The first value of a bias; not zero, so that nothing is hidden."""
    return f"np.random.uniform(-0.3, 0.3, {form.bias_shape(script.network.sizes[k])})"
