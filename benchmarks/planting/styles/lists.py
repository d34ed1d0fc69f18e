"""Lists of weights and biases, column vectors, gradients summed over mini-batches, loops over the layers."""

from __future__ import annotations

from benchmarks.planting.forms import Form
from benchmarks.planting.formulas import define, slope
from benchmarks.planting.script import Script
from benchmarks.planting.setting import data, head


def nabla(script: Script) -> None:
    """A class that loops over its layers from the last to the first; one activation everywhere."""
    network = script.network
    if network.output != network.hidden:
        script.network = network = _alike(script)
    head(script)
    define(script)
    script.write("class Network:", "    def __init__(self, sizes):", "        self.num_layers = len(sizes)")
    script.write("        self.biases = [np.random.randn(n, 1) * 0.3 for n in sizes[1:]]")
    script.write("        self.weights = [np.random.randn(n, m) * 0.8 for m, n in zip(sizes[:-1], sizes[1:])]", "")
    _training(script)
    _backprop(script)
    data(script, Form("rows", at=False), "X", "Y")
    count = network.samples
    script.write("data = [(x.reshape(-1, 1), y.reshape(-1, 1)) for x, y in zip(X, Y)]")
    script.write(f"net = Network({list(network.sizes)})", "epochs = 6")  # of several mini-batches each
    script.write(f"net.SGD(data, epochs, {max(2, count // 2)}, {network.rate!r})")
    script.parameters = "net.weights + net.biases"


def _alike(script: Script) -> object:
    from dataclasses import replace

    hidden = script.network.output if script.network.output != "softmax" else "sigmoid"
    hidden = "tanh" if hidden == "linear" else hidden
    loss = script.network.loss if hidden == "sigmoid" else "half"
    return replace(script.network, hidden=hidden, output=hidden, loss=loss)


def _training(script: Script) -> None:
    write, network = script.write, script.network
    write("    def SGD(self, data, epochs, mini_batch_size, eta):")
    not_reset = script.has("not_reset", 0)
    if not_reset:
        write("        self.nabla_b = [np.zeros(b.shape) for b in self.biases]")
        write("        self.nabla_w = [np.zeros(w.shape) for w in self.weights]")
    write("        for epoch in range(epochs):")
    write("            for k in range(0, len(data), mini_batch_size):")
    write("                self.update_mini_batch(data[k:k + mini_batch_size], eta)", "")
    write("    def update_mini_batch(self, mini_batch, eta):")
    name = "self.nabla" if not_reset else "nabla"
    if not not_reset:
        write("        nabla_b = [np.zeros(b.shape) for b in self.biases]")
        write("        nabla_w = [np.zeros(w.shape) for w in self.weights]")
    write("        for x, y in mini_batch:", "            delta_nabla_b, delta_nabla_w = self.backprop(x, y)")
    for letter in "bw":
        script.mark("not_reset", 0)
        right = f"[n + d for n, d in zip({name}_{letter}, delta_nabla_{letter})]"
        text = script.pick(right, 0, overwritten=f"[d for n, d in zip({name}_{letter}, delta_nabla_{letter})]")
        write(f"            {name}_{letter} = {text}")
    for letter, what in (("w", "weights"), ("b", "biases")):
        rate = "(eta / len(mini_batch))"
        right = f"[p - {rate} * n for p, n in zip(self.{what}, {name}_{letter})]"
        kinds = {
            "sign" if letter == "w" else "bias_sign": right.replace("[p - ", "[p + "),
            "factor" if letter == "w" else "bias_factor": right.replace(rate, "eta"),
        }
        never = "never" if letter == "w" else "bias_never"
        if letter == "b" and script.has(never, 0):
            script.about(never, 0, "self.biases")
            continue
        script.mark("sign_all", network.depth)
        assigns = f"[-{rate} * n for p, n in zip(self.{what}, {name}_{letter})]" if letter == "w" else None
        write(f"        self.{what} = " + script.pick(right, 0, assigns=assigns, **kinds))
    write("")


def _backprop(script: Script) -> None:
    network, write = script.network, script.write
    act = network.hidden
    write("    def backprop(self, x, y):")
    write("        nabla_b = [np.zeros(b.shape) for b in self.biases]")
    write("        nabla_w = [np.zeros(w.shape) for w in self.weights]")
    write("        activation = x", "        activations = [x]", "        zs = []")
    write("        for b, w in zip(self.biases, self.weights):", "            z = np.dot(w, activation) + b")
    write(
        "            zs.append(z)", f"            activation = {act}(z)", "            activations.append(activation)"
    )
    fused = network.loss == "binary"
    y_hat = "activations[-1]"
    error = script.pick(
        f"({y_hat} - y)",
        network.depth,
        sign_all=f"(y - {y_hat})",
        error_squared=f"({y_hat} - y) ** 2",
        error_absolute=f"np.abs({y_hat} - y)",
        error_sign=f"np.sign({y_hat} - y)",
    )
    if fused:
        error = script.pick(error, network.depth, error_other_loss=f"{error} * {y_hat} * (1 - {y_hat})")
    else:
        factor = slope(script, network.depth, "zs[-1]", y_hat)
        error = script.pick(f"{error} * {factor}", network.depth, output_missing=error)
    write(f"        delta = {error}")
    write("        nabla_b[-1] = delta")
    write(
        "        nabla_w[-1] = "
        + script.pick("np.dot(delta, activations[-2].T)", network.depth, input_sum=_sums(script, "-2")),
    )
    write("        for l in range(2, self.num_layers):")
    back = script.pick("np.dot(self.weights[-l + 1].T, delta)", 1, **_links(script))
    factor = slope(script, 1, "zs[-l]", "activations[-l]")
    write("            delta = " + script.pick(f"{back} * {factor}", 1, missing=back, sign_delta=f"-{back} * {factor}"))
    write("            nabla_b[-l] = delta")
    write(
        "            nabla_w[-l] = "
        + script.pick(
            "np.dot(delta, activations[-l - 1].T)",
            1,
            input_missing="np.dot(delta, np.ones_like(activations[-l - 1]).T)",
            input_own="np.dot(delta, activations[-l].T)" if network.sizes[0] == network.sizes[1] else None,
        )
    )
    write("        return nabla_b, nabla_w", "")


def _sums(script: Script, index: str) -> str | None:
    return f"np.dot(delta, zs[{index}].T)" if script.network.depth > 1 else None


def _links(script: Script) -> dict[str, str | None]:
    sizes = script.network.sizes
    alike = len(set(sizes[1:])) == 1 and sizes[1] > 1
    return {
        "link_transposed": "np.dot(self.weights[-l + 1], delta)" if alike else None,
        "link_missing": "delta" if alike else None,
        "link_other_layer": "np.dot(self.weights[-l].T, delta)" if len(set(sizes)) == 1 else None,
    }
