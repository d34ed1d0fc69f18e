"""Scripts that take all samples at once: at module level, in functions, in a class, in dicts."""

from __future__ import annotations

from benchmarks.planting.forms import Form
from benchmarks.planting.formulas import define
from benchmarks.planting.script import Script
from benchmarks.planting.setting import EPOCHS, bias, data, head, weight
from benchmarks.planting.unrolled import Unrolled
from benchmarks.planting.updates import Names


def module_level(script: Script) -> None:
    """All in one loop at module level."""
    network, form = script.network, Form("rows", at=script.network.seed % 2 == 0)
    depth = network.depth
    names = Names(
        weight=lambda k: f"syn{k - 1}",
        bias=lambda k: f"bias{k - 1}",
        z=lambda k: f"s{k}",
        a=lambda k: f"l{k}" if k else "X",
        e=lambda k: f"l{k}_error",
        d=lambda k: f"l{k}_delta",
        grad_weight=lambda k: f"syn{k - 1}_grad",
        grad_bias=lambda k: f"bias{k - 1}_grad",
        target="y",
        rate=repr(network.rate),
    )
    head(script)
    define(script)
    data(script, form, "X", "y")
    for k in range(1, depth + 1):
        script.write(f"{names.weight(k)} = {weight(script, form, k)}")
        if script.has("stale", k):
            script.write(f"old_{k} = {names.weight(k)}.copy()")
        if network.biases:
            script.write(f"{names.bias(k)} = {bias(script, form, k)}")
    script.write("", EPOCHS, "for epoch in range(epochs):")
    body = Unrolled(
        script=script, form=form, names=names, indent="    ", inplace=network.seed % 3 > 0, stale_allowed=True
    )
    body.forward()
    _printed(script, body, "    ", "epoch")
    body.backward()
    script.parameters = _listed(script, names)


def _printed(script: Script, body: Unrolled, indent: str, counter: str) -> None:
    network, n = script.network, body.names
    if network.prints or network.penalty:
        script.write(f"{indent}loss = {body.loss(n.a(network.depth), n.target)}")
        script.write(f"{indent}if {counter} % 4 == 0:", f"{indent}    print({counter}, loss)")


def _listed(script: Script, names: Names) -> str:
    layers = range(1, script.network.depth + 1)
    biases = [names.bias(k) for k in layers] if script.network.biases else []
    return "[" + ", ".join([*(names.weight(k) for k in layers), *biases]) + "]"


def functions(script: Script) -> None:
    """Functions that take arrays and return tuples of arrays."""
    network, form = script.network, Form("rows", at=True)
    layers = range(1, network.depth + 1)
    names = _plain(network.rate)
    body = Unrolled(script=script, form=form, names=names, indent="    ", inplace=False)
    parameters = ", ".join(
        name for k in layers for name in ([names.weight(k), names.bias(k)] if network.biases else [names.weight(k)])
    )
    gradients = ", ".join(
        name
        for k in layers
        for name in ([names.grad_weight(k), names.grad_bias(k)] if network.biases else [names.grad_weight(k)])
    )
    values = ", ".join(name for k in layers for name in (names.z(k), names.a(k)))
    head(script)
    define(script)
    script.write(f"def forward(X, {parameters}):")
    body.forward()
    script.write(f"    return {values}", "", f"def cost({names.a(network.depth)}, Y, {parameters}):")
    script.write(f"    return {body.loss(names.a(network.depth), 'Y')}", "")
    script.write(f"def backward(X, Y, {values}, {parameters}):")
    body.deltas()
    script.write(f"    return {gradients}", "", f"def update({parameters}, {gradients}, rate):")
    body.updates()
    script.write(f"    return {parameters}", "")
    data(script, form, "X", "Y")
    for k in layers:
        script.write(f"{names.weight(k)} = {weight(script, form, k)}")
        if network.biases:
            script.write(f"{names.bias(k)} = {bias(script, form, k)}")
    script.write("", EPOCHS, "for epoch in range(epochs):")
    script.write(f"    {values} = forward(X, {parameters})")
    if network.prints or network.penalty:
        script.write(f"    print('cost', cost({names.a(network.depth)}, Y, {parameters}))")
    script.write(f"    {gradients} = backward(X, Y, {values}, {parameters})")
    comma = "," if "," not in parameters else ""
    script.write(f"    {parameters} = update({parameters}, {gradients}, {network.rate!r}){comma and ''}")
    script.parameters = f"[{parameters}]"


def _plain(rate: float, target: str = "Y") -> Names:
    return Names(
        weight=lambda k: f"W{k}",
        bias=lambda k: f"b{k}",
        z=lambda k: f"z{k}",
        a=lambda k: f"a{k}" if k else "X",
        e=lambda k: f"e{k}",
        d=lambda k: f"delta{k}",
        grad_weight=lambda k: f"dW{k}",
        grad_bias=lambda k: f"db{k}",
        target=target,
        rate="rate",
    )


def network_class(script: Script) -> None:
    """A class with an attribute for every array."""
    network, form = script.network, Form("rows", at=script.network.seed % 2 == 1)
    layers = range(1, network.depth + 1)
    names = Names(
        weight=lambda k: f"self.W{k}",
        bias=lambda k: f"self.b{k}",
        z=lambda k: f"self.z{k}",
        a=lambda k: f"self.a{k}" if k else "X",
        e=lambda k: f"error{k}",
        d=lambda k: f"delta{k}",
        grad_weight=lambda k: f"grad_W{k}",
        grad_bias=lambda k: f"grad_b{k}",
        target="y",
        rate="self.learning_rate",
    )
    body = Unrolled(script=script, form=form, names=names, indent="        ", inplace=network.seed % 3 > 0)
    head(script)
    define(script)
    script.write("class NeuralNetwork:", "    def __init__(self, learning_rate):")
    script.write("        self.learning_rate = learning_rate")
    for k in layers:
        script.write(f"        {names.weight(k)} = {weight(script, form, k)}")
        if network.biases:
            script.write(f"        {names.bias(k)} = {bias(script, form, k)}")
    script.write("", "    def feedforward(self, X):")
    body.forward()
    script.write(f"        return {names.a(network.depth)}", "", "    def backprop(self, X, y):")
    body.backward()
    script.write("", "    def loss(self, y):")
    script.write(f"        return {body.loss(names.a(network.depth), 'y')}", "")
    data(script, form, "X", "y")
    script.write("", f"net = NeuralNetwork({network.rate!r})", EPOCHS, "for i in range(epochs):")
    script.write("    net.feedforward(X)", "    net.backprop(X, y)")
    if network.prints or network.penalty:
        script.write("    if i % 5 == 0:", "        print(i, net.loss(y))")
    script.parameters = _listed(script, names).replace("self.", "net.")


def dicts(script: Script) -> None:
    """Dicts of arrays handed from function to function, samples as columns."""
    network, form = script.network, Form("columns", at=False)
    layers = range(1, network.depth + 1)
    names = Names(
        weight=lambda k: f"parameters['W{k}']",
        bias=lambda k: f"parameters['b{k}']",
        z=lambda k: f"cache['Z{k}']",
        a=lambda k: f"cache['A{k}']" if k else "X",
        e=lambda k: f"dA{k}",
        d=lambda k: f"dZ{k}",
        grad_weight=lambda k: f"grads['dW{k}']",
        grad_bias=lambda k: f"grads['db{k}']",
        target="Y",
        rate="learning_rate",
    )
    body = Unrolled(script=script, form=form, names=names, indent="    ", inplace=False)
    head(script)
    define(script)
    script.write("def initialize_parameters():", "    parameters = {}")
    for k in layers:
        script.write(f"    {names.weight(k)} = {weight(script, form, k)}")
        if network.biases:
            script.write(f"    {names.bias(k)} = {bias(script, form, k)}")
    script.write("    return parameters", "", "def forward_propagation(X, parameters):", "    cache = {}")
    body.forward()
    script.write(f"    return {names.a(network.depth)}, cache", "", "def compute_cost(A, Y, parameters):")
    script.write(f"    return {body.loss('A', 'Y')}", "")
    script.write("def backward_propagation(X, Y, parameters, cache):", "    grads = {}")
    body.deltas()
    script.write("    return grads", "", "def update_parameters(parameters, grads, learning_rate):")
    body.updates()
    script.write("    return parameters", "")
    data(script, form, "X", "Y")
    script.write("parameters = initialize_parameters()", EPOCHS, "for i in range(epochs):")
    script.write("    A, cache = forward_propagation(X, parameters)")
    if network.prints or network.penalty:
        script.write("    cost = compute_cost(A, Y, parameters)")
    script.write("    grads = backward_propagation(X, Y, parameters, cache)")
    script.write(f"    parameters = update_parameters(parameters, grads, {network.rate!r})")
    if network.prints or network.penalty:
        script.write("    if i % 3 == 0:", "        print('Cost after iteration', i, cost)")
    script.parameters = "[parameters[key] for key in sorted(parameters)]"


def classifier(script: Script) -> None:
    """Integer labels, rectifiers, a softmax that is differentiated in place, and a penalty of the weights."""
    network, form = script.network, Form("rows", at=False)
    depth, layers = network.depth, range(1, network.depth + 1)
    names = Names(
        weight=lambda k: f"W{k}",
        bias=lambda k: f"b{k}",
        z=lambda k: f"scores{k}" if k == depth else f"pre{k}",
        a=lambda k: "probs" if k == depth else f"hidden{k}" if k else "X",
        e=lambda k: f"dhidden{k}",
        d=lambda k: "dscores" if k == depth else f"dpre{k}",
        grad_weight=lambda k: f"dW{k}",
        grad_bias=lambda k: f"db{k}",
        target="y",
        rate="step_size",
    )
    head(script)
    define(script)
    rows, classes = network.samples, network.sizes[-1]
    script.write(f"X = np.random.randn({rows}, {network.sizes[0]})")
    script.write(f"y = np.random.randint({classes}, size={rows})")
    for k in layers:
        script.write(f"{names.weight(k)} = {weight(script, form, k)}", f"{names.bias(k)} = {bias(script, form, k)}")
    script.write("", f"step_size = {network.rate!r}", EPOCHS, "for i in range(epochs):")
    body = _Classifier(script=script, form=form, names=names, indent="    ")
    body.forward()
    penalty = " + ".join(f"np.sum(W{k} * W{k})" for k in layers)
    script.write(f"    data_loss = -np.sum(np.log(probs[range({rows}), y])) / {rows}")
    script.write(f"    loss = data_loss + 0.5 * {network.penalty!r} * ({penalty})")
    script.write("    if i % 4 == 0:", "        print('iteration', i, 'loss', loss)")
    body.deltas()
    body.updates()
    script.parameters = _listed(script, names)


class _Classifier(Unrolled):
    """One is subtracted where the label is."""

    def _error(self) -> str:
        rows, depth = self.script.network.samples, self.script.network.depth
        self._line("dscores = " + self.script.pick("probs.copy()", depth, error_one="np.ones_like(probs)"))
        if self.script.has("error_prediction", depth):
            self.script.mark("error_prediction", depth)
        else:
            sign = self.script.pick("-=", depth, error_plus="+=")
            self._line(f"dscores[range({rows}), y] {sign} 1")
        return f"dscores / {rows}"
