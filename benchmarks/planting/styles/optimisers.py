"""Functions over dicts of arrays, and an optimiser that keeps a state for every one of them."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.planting.forms import Form
from benchmarks.planting.formulas import define
from benchmarks.planting.script import Script
from benchmarks.planting.setting import EPOCHS, bias, data, head, weight
from benchmarks.planting.unrolled import Unrolled
from benchmarks.planting.updates import Names

OPTIMISERS = ("momentum", "rmsprop", "adagrad", "adam")


def with_state(script: Script) -> None:
    """Momentum, RMSprop, Adagrad or Adam over a dict of parameters."""
    network = script.network
    script.network = network = replace(network, optimiser=OPTIMISERS[network.seed % 4], rate=0.01)
    form, layers = Form("rows", at=True), range(1, network.depth + 1)
    names = Names(
        weight=lambda k: f"params['W{k}']",
        bias=lambda k: f"params['b{k}']",
        z=lambda k: f"z{k}",
        a=lambda k: f"h{k}" if k else "x",
        e=lambda k: f"back{k}",
        d=lambda k: f"d{k}",
        grad_weight=lambda k: f"grads['W{k}']",
        grad_bias=lambda k: f"grads['b{k}']",
        target="y",
        rate="lr",
    )
    body = Unrolled(script=script, form=form, names=names, indent="    ")
    head(script)
    define(script)
    data(script, form, "x_train", "y_train")
    script.write("params = {}")
    for k in layers:
        script.write(f"{names.weight(k)} = {weight(script, form, k)}")
        if network.biases:
            script.write(f"{names.bias(k)} = {bias(script, form, k)}")
    script.write("", "def loss_and_grads(x, y):")
    body.forward()
    script.write(f"    loss = {body.loss(names.a(network.depth), 'y')}", "    grads = {}")
    body.deltas()
    script.write("    return loss, grads", "")
    _state(script)
    script.write(f"lr = {network.rate!r}", EPOCHS, "for t in range(1, epochs + 1):")
    script.write("    loss, grads = loss_and_grads(x_train, y_train)", "    for key in params:")
    _step(script)
    script.write("    print(t, loss)")
    script.parameters = "[params[key] for key in sorted(params)]"


def _state(script: Script) -> None:
    names = {"momentum": ("velocity",), "rmsprop": ("cache",), "adagrad": ("cache",), "adam": ("m", "v")}
    for name in names[script.network.optimiser]:
        script.write(f"{name} = {{key: np.zeros_like(value) for key, value in params.items()}}")


def _step(script: Script) -> None:
    optimiser, pick, write = script.network.optimiser, script.pick, script.write
    indent = "        "
    if optimiser == "momentum":
        sign = pick("-", 0, momentum_sign="+")
        write(f"{indent}velocity[key] = 0.9 * velocity[key] {sign} lr * grads[key]")
        script.mark("sign_all", script.network.depth)
        write(f"{indent}params[key] += velocity[key]")
        return
    if optimiser == "adam":
        write(f"{indent}m[key] = 0.9 * m[key] + 0.1 * grads[key]")
        square = pick("grads[key] ** 2", 0, moment_not_squared="np.abs(grads[key])")
        write(f"{indent}v[key] = 0.999 * v[key] + 0.001 * {square}")
        write(f"{indent}m_hat = m[key] / (1 - 0.9 ** t)", f"{indent}v_hat = v[key] / (1 - 0.999 ** t)")
        root = pick("np.sqrt(v_hat)", 0, root_missing="v_hat")
        sign = pick("-=", 0, sign_all="+=")
        script.mark("sign_all", script.network.depth)
        write(f"{indent}params[key] {sign} lr * m_hat / ({root} + 1e-8)")
        return
    square = pick("grads[key] ** 2", 0, moment_not_squared="np.abs(grads[key])")
    if optimiser == "rmsprop":
        write(f"{indent}cache[key] = 0.9 * cache[key] + 0.1 * {square}")
    else:
        write(f"{indent}cache[key] += {square}")
    root = pick("np.sqrt(cache[key])", 0, root_missing="cache[key]")
    sign = pick("-=", 0, sign_all="+=")
    script.mark("sign_all", script.network.depth)
    write(f"{indent}params[key] {sign} lr * grads[key] / ({root} + 1e-8)")
