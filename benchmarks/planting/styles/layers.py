"""A list of layer objects, each with its forward and its backward method."""

from __future__ import annotations

from benchmarks.planting.forms import Form
from benchmarks.planting.formulas import OF_SUM, OF_VALUE, OTHERS, VALUES
from benchmarks.planting.script import Script
from benchmarks.planting.setting import EPOCHS, data, head


def objects(script: Script) -> None:
    """Dense layers and activations as objects; the loop over them is short."""
    network = script.network
    head(script)
    _dense(script)
    for name in dict.fromkeys((network.hidden, network.output)):
        if name in OF_SUM:
            _activation(script, name)
    if network.output == "softmax":
        script.write("class Softmax:", "    def forward(self, x):")
        script.write("        e = np.exp(x - x.max(axis=1, keepdims=True))")
        script.write("        self.out = e / e.sum(axis=1, keepdims=True)", "        return self.out", "")
        _softmax_back(script)
    data(script, Form("rows", at=True), "X", "Y")
    script.write("layers = []")
    for k in range(1, network.depth + 1):
        script.write(f"layers.append(Dense({network.sizes[k - 1]}, {network.sizes[k]}))")
        if network.activation(k) != "linear":
            script.write(f"layers.append({network.activation(k).capitalize()}())")
    script.write("", EPOCHS, "for epoch in range(epochs):", "    out = X", "    for layer in layers:")
    script.write("        out = layer.forward(out)")
    if network.prints:
        script.write(f"    loss = {_loss(script)[0]}", "    print(epoch, loss)")
    _, scale = _loss(script)
    script.write(f"    grad = {scale}{_error(script)}", "    for layer in reversed(layers):")
    script.write("        grad = layer.backward(grad)", "    for layer in layers:")
    script.write("        if isinstance(layer, Dense):")
    script.write(f"            layer.step({network.rate!r})")
    biases = " + [layer.b for layer in layers if hasattr(layer, 'W')]" if network.biases else ""
    script.parameters = "[layer.W for layer in layers if hasattr(layer, 'W')]" + biases


def _dense(script: Script) -> None:
    network, write = script.network, script.write
    write(
        "class Dense:", "    def __init__(self, inputs, outputs):", "        self.W = np.random.randn(inputs, outputs)"
    )
    if network.biases:
        write("        self.b = np.random.uniform(-0.3, 0.3, outputs)")
    write("", "    def forward(self, x):", "        self.x = x")
    write("        return x @ self.W" + (" + self.b" if network.biases else ""), "")
    write("    def backward(self, grad):")
    write("        self.dW = " + script.pick("self.x.T @ grad", 0, input_missing="np.ones_like(self.x).T @ grad"))
    if network.biases:
        text = script.pick(
            "grad.sum(axis=0)",
            0,
            bias_mean="grad.mean(axis=0)",
            bias_all="grad.sum() * np.ones(len(self.b))",
            bias_last="grad[-1]",
            bias_first="grad[0]",
        )
        write(f"        self.db = {text}")
    square = len(set(network.sizes)) == 1 and network.sizes[0] > 1
    if script.has("link_updated", 0):
        script.mark("link_updated", 0)
        write(f"        self.W -= {network.rate!r} * self.dW")
    script.mark("link_updated", 0)
    text = script.pick(
        "grad @ self.W.T",
        0,
        link_transposed="grad @ self.W" if square else None,
        link_missing="grad" if square else None,
    )
    write(f"        return {text}", "", "    def step(self, rate):")
    updated = "link_updated" in {slip.kind for slip in script.plan}
    script.mark("sign_all", network.depth)
    if updated:
        write("        pass")
    else:
        write(
            "        "
            + script.pick(
                "self.W -= rate * self.dW",
                0,
                sign_all="self.W += rate * self.dW" if not network.biases else None,
                sign="self.W += rate * self.dW" if network.biases else None,
                assigns="self.W = rate * self.dW",
                assigns_minus="self.W =- rate * self.dW",
            )
        )
    if network.biases:
        script.mark("sign_all", network.depth)
        if script.has("bias_never", 0):
            script.about("bias_never", 0, "self.b")
        else:
            right = "self.b -= rate * self.db"
            text = script.pick(
                right, 0, bias_sign=right.replace("-=", "+="), bias_factor=right.replace("rate", "0.1 * rate")
            )
            write(f"        {text}")
    write("")


def _activation(script: Script, name: str) -> None:
    write, of_value = script.write, script.network.of_value
    write(f"class {name.capitalize()}:", "    def forward(self, x):", "        self.x = x")
    write(f"        self.out = {VALUES[name].format(x='x', np='np')}", "        return self.out", "")
    write("    def backward(self, grad):")
    kept, other = ("self.out", "self.x") if of_value else ("self.x", "self.out")
    table = {
        n: t.replace("sigmoid({x})", "(1 / (1 + np.exp(-{x})))") for n, t in (OF_VALUE if of_value else OF_SUM).items()
    }
    right = "(" + table[name].format(x=kept, np="np") + ")"
    wrong = "(" + table[name].format(x=other, np="np") + ")"
    layer = 1 if name == script.network.hidden else script.network.depth
    both = script.network.hidden == script.network.output
    kind = "missing" if name == script.network.hidden else "output_missing"
    factor = script.pick(
        right,
        layer,
        argument=None if name == "relu" else wrong,
        twice=None if name == "relu" else f"{right} ** 2",
        function="self.out",
        other_function="(" + OF_VALUE[OTHERS[name]].format(x="self.out") + ")",
    )
    text = script.pick(f"grad * {factor}", layer, **{kind: "grad"}, sign_delta=None if both else f"-grad * {factor}")
    write(f"        return {text}", "")


def _softmax_back(script: Script) -> None:
    network, write = script.network, script.write
    write("    def backward(self, grad):")
    if network.loss == "half":
        right = "self.out * (grad - (grad * self.out).sum(axis=1, keepdims=True))"
        diagonal = "grad * self.out * (1 - self.out)"
        text = script.pick(right, network.depth, softmax_diagonal=diagonal, output_missing="grad")
    else:
        text = script.pick("grad", network.depth, softmax_on_top="grad * self.out * (1 - self.out)")
    write(f"        return {text}", "")


def _loss(script: Script) -> tuple[str, str]:
    network = script.network
    rows, units = network.samples, network.sizes[-1]
    return {
        "half": ("0.5 * np.sum((out - Y) ** 2)", ""),
        "sum": ("np.sum((out - Y) ** 2)", "2 * "),
        "mean": ("np.mean((out - Y) ** 2)", f"2 / {rows * units} * "),
        "categorical": (f"-np.sum(Y * np.log(out)) / {rows}", f"1 / {rows} * "),
    }[network.loss]


def _error(script: Script) -> str:
    network = script.network
    return script.pick(
        "(out - Y)",
        network.depth,
        sign_all="(Y - out)",
        error_squared="(out - Y) ** 2",
        error_absolute="np.abs(out - Y)",
        error_sign="np.sign(out - Y)",
        error_prediction="out" if network.prints else None,
        error_target="Y" if network.prints else None,
        error_one="np.ones_like(out)" if network.prints else None,
    )
