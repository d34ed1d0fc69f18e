"""A recurrent network that is trained through time."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.planting.script import Script
from benchmarks.planting.setting import EPOCHS, head


def through_time(script: Script) -> None:
    """One tanh layer over five moments, column vectors, gradients collected backwards."""
    network = script.network
    hidden, inputs, outputs = (
        max(3, network.sizes[1]),
        network.sizes[0],
        network.sizes[-1] if network.sizes[-1] < 4 else 2,
    )
    script.network = network = replace(network, sizes=(inputs, hidden, outputs), hidden="tanh", output="linear")
    write, pick = script.write, script.pick
    head(script)
    write(f"Wxh = np.random.randn({hidden}, {inputs}) * 0.5", f"Whh = np.random.randn({hidden}, {hidden}) * 0.5")
    write(f"Why = np.random.randn({outputs}, {hidden}) * 0.5", f"bh = np.zeros(({hidden}, 1))")
    write(f"by = np.zeros(({outputs}, 1))", f"xs = np.random.randn(5, {inputs}, 1)")
    write(f"ys = np.random.randn(5, {outputs}, 1)", "", "def loss_and_gradients(xs, ys):", "    hs, ps = {}, {}")
    write(f"    hs[-1] = np.zeros(({hidden}, 1))", "    loss = 0.0", "    for t in range(len(xs)):")
    write("        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)")
    write("        ps[t] = np.dot(Why, hs[t]) + by", "        loss += 0.5 * np.sum((ps[t] - ys[t]) ** 2)")
    write("    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)")
    write("    dbh, dby = np.zeros_like(bh), np.zeros_like(by)", "    dhnext = np.zeros_like(hs[0])")
    write("    for t in reversed(range(len(xs))):")
    error = pick(
        "ps[t] - ys[t]", 2, sign_all="ys[t] - ps[t]", error_squared="(ps[t] - ys[t]) ** 2", error_prediction="ps[t]"
    )
    write(f"        dy = {error}")
    write("        dWhy += " + pick("np.dot(dy, hs[t].T)", 2, input_missing="dy"))
    write("        dby += dy")
    write("        dh = np.dot(Why.T, dy)" + pick(" + dhnext", 1, truncated=""))
    slope = pick(
        "(1 - hs[t] * hs[t])",
        1,
        other_function="hs[t] * (1 - hs[t])",
        argument="(1 - np.tanh(hs[t]) ** 2)",
        function="hs[t]",
    )
    write("        dhraw = " + pick(f"{slope} * dh", 1, missing="dh"))
    write("        dbh += dhraw")
    write("        dWxh += np.dot(dhraw, xs[t].T)")
    write("        dWhh += np.dot(dhraw, " + pick("hs[t - 1]", 1, input_own="hs[t]") + ".T)")
    write(
        "        dhnext = "
        + pick("np.dot(Whh.T, dhraw)", 1, link_transposed="np.dot(Whh, dhraw)", link_missing="dhraw")
    )
    write("    return loss, dWxh, dWhh, dWhy, dbh, dby", "", EPOCHS, "for step in range(epochs):")
    write("    loss, dWxh, dWhh, dWhy, dbh, dby = loss_and_gradients(xs, ys)", "    print(step, loss)")
    for name in ("Wxh", "Whh", "Why", "bh", "by"):
        layer = 2 if name in ("Why", "by") else 1
        right = f"{name} -= {min(network.rate, 0.05)!r} * d{name}"
        script.mark("sign_all", 2)
        kind = f"sign_{name}"
        write("    " + pick(right, layer, **{kind: right.replace("-=", "+=")}))
    script.parameters = "[Wxh, Whh, Why, bh, by]"
