"""Plain Python: lists of numbers, loops over units, `math.exp`."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.planting.formulas import OF_SUM, OF_VALUE, OTHERS
from benchmarks.planting.script import Script


def loops(script: Script) -> None:
    """One hidden layer, one sample at a time, every number by itself."""
    network = script.network
    hidden = "tanh" if network.hidden == "tanh" else "sigmoid"
    sizes = (network.sizes[0], min(network.sizes[1], 4), min(network.sizes[-1], 2))
    script.network = network = replace(network, hidden=hidden, output="sigmoid", sizes=sizes, samples=5)
    _head(script)
    script.write("rate = " + repr(network.rate), "epochs = 3", "for epoch in range(epochs):", "    total = 0.0")
    script.write("    for x, t in zip(inputs, targets):")
    _forward(script)
    _deltas(script)
    _updates(script)
    if network.prints:
        script.write("    print(epoch, total)")
    script.parameters = "[W1, W2, B1, B2]" if network.biases else "[W1, W2]"


def _head(script: Script) -> None:
    network, write = script.network, script.write
    n, h, m = network.sizes
    write("import math", "import random", "", f"random.seed({network.seed})", "")
    for name in dict.fromkeys((network.hidden, "sigmoid")):
        value = "math.tanh(x)" if name == "tanh" else "1.0 / (1.0 + math.exp(-x))"
        write(f"def {name}(x):", f"    return {value}", "")
        if network.helper:
            formula = (OF_VALUE if network.of_value else OF_SUM)[name].format(x="x", np="math")
            other = (OF_SUM if network.of_value else OF_VALUE)[name].format(x="x", np="math")
            write(f"def {name}_prime(x):", "    return " + script.pick(formula, 0, formula_argument=other), "")
    write(f"inputs = [[random.uniform(-1, 1) for i in range({n})] for s in range({network.samples})]")
    low = "float(random.random() > 0.5)" if network.loss == "binary" else "random.random()"
    write(f"targets = [[{low} for k in range({m})] for s in range({network.samples})]")
    write(f"W1 = [[random.uniform(-1, 1) for j in range({h})] for i in range({n})]")
    write(f"W2 = [[random.uniform(-1, 1) for k in range({m})] for j in range({h})]")
    if network.biases:
        write(f"B1 = [random.uniform(-0.3, 0.3) for j in range({h})]")
        write(f"B2 = [random.uniform(-0.3, 0.3) for k in range({m})]")


def _forward(script: Script) -> None:
    network, write = script.network, script.write
    n, h, m = network.sizes
    for size, z, a, source, weight, bias, count, act in (
        (h, "zh", "hid", "x", "W1", "B1", n, network.hidden),
        (m, "zo", "out", "hid", "W2", "B2", h, "sigmoid"),
    ):
        write(f"        {z} = [0.0] * {size}", f"        {a} = [0.0] * {size}", f"        for j in range({size}):")
        write("            s = " + (f"{bias}[j]" if network.biases else "0.0"))
        write(f"            for i in range({count}):", f"                s += {source}[i] * {weight}[i][j]")
        write(f"            {z}[j] = s", f"            {a}[j] = {act}(s)")
    if network.prints:
        term = "-(t[k] * math.log(out[k]) + (1 - t[k]) * math.log(1 - out[k]))"
        term = "0.5 * (out[k] - t[k]) ** 2" if network.loss == "half" else term
        write(f"        for k in range({m}):", f"            total += {term}")


def _slope(script: Script, name: str, layer: int, z: str, a: str) -> str:
    network = script.network
    if network.helper:
        script.mark("formula_argument", 0)
    table = OF_VALUE if network.of_value else OF_SUM
    argument, other = (a, z) if network.of_value else (z, a)
    call = f"{name}_prime({{x}})" if network.helper else "(" + table[name].replace("{np}", "math") + ")"
    return script.pick(
        call.format(x=argument),
        layer,
        argument=call.format(x=other),
        twice=call.format(x=argument) + " ** 2",
        function=a,
        other_function="(" + OF_VALUE[OTHERS[name]].format(x=a) + ")",
    )


def _deltas(script: Script) -> None:
    network, write = script.network, script.write
    _, h, m = network.sizes
    write(f"        do = [0.0] * {m}", f"        for k in range({m}):")
    error = script.pick(
        "(out[k] - t[k])",
        2,
        sign_all="(t[k] - out[k])",
        error_squared="(out[k] - t[k]) ** 2",
        error_absolute="abs(out[k] - t[k])",
        error_prediction="out[k]" if network.prints else None,
        error_target="t[k]" if network.prints else None,
        error_one="1.0" if network.prints else None,
    )
    if network.loss == "half":
        factor = _slope(script, "sigmoid", 2, "zo[k]", "out[k]")
        error = script.pick(f"{error} * {factor}", 2, output_missing=error)
    else:
        error = script.pick(error, 2, error_other_loss=f"{error} * out[k] * (1 - out[k])")
    write(f"            do[k] = {error}", f"        dh = [0.0] * {h}", f"        for j in range({h}):")
    write("            e = 0.0", f"            for k in range({m}):")
    link = script.pick(
        "e += do[k] * W2[j][k]",
        2,
        link_missing="e += do[k]",
        link_error="e += (out[k] - t[k]) * W2[j][k]" if network.loss == "half" else None,
        overwritten_units="e = do[k] * W2[j][k]" if m > 1 else None,
        link_transposed="e += do[k] * W2[k][j]" if m == h else None,
    )
    script.mark("missing", 1)
    write(f"                {link}")
    factor = _slope(script, network.hidden, 1, "zh[j]", "hid[j]")
    write("            dh[j] = " + script.pick(f"e * {factor}", 1, missing="e", sign_delta=f"-e * {factor}"))


def _updates(script: Script) -> None:
    network, write = script.network, script.write
    n, h, m = network.sizes
    for k, count, size, weight, bias, delta, source, own in (
        (2, h, m, "W2", "B2", "do", "hid", "out"),
        (1, n, h, "W1", "B1", "dh", "x", "hid"),
    ):
        write(f"        for j in range({size}):", f"            for i in range({count}):")
        script.mark("sign_all", 2)
        right = f"{weight}[i][j] -= rate * {delta}[j] * {source}[i]"
        text = script.pick(
            right,
            k,
            sign=right.replace("-=", "+="),
            factor=right.replace("rate", "10 * rate"),
            input_missing=f"{weight}[i][j] -= rate * {delta}[j]",
            input_own=right.replace(f"{source}[i]", f"{own}[j]"),
            input_sum=right.replace("hid[i]", "zh[i]") if k == 2 else None,
            assigns=right.replace("-=", "="),
            assigns_minus=right.replace("-=", "=-"),
            no_error=f"{weight}[i][j] -= rate * {source}[i]",
        )
        write(f"                {text}")
        if network.biases:
            if script.has("bias_never", k):
                script.about("bias_never", k, bias)
            else:
                script.mark("sign_all", 2)
                right = f"{bias}[j] -= rate * {delta}[j]"
                write(
                    "            "
                    + script.pick(
                        right, k, bias_sign=right.replace("-=", "+="), bias_factor=right.replace("rate", "10 * rate")
                    )
                )
