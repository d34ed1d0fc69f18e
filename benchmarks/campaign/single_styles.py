"""Styles that learn from one sample at a time: vectors of NumPy, and plain numbers in lists."""

from __future__ import annotations

from benchmarks.campaign.recipes import Recipe, opening

ONLINE = """{opening}
sizes = {sizes}
weights = [{weight} for i, o in zip(sizes[:-1], sizes[1:])]
biases = [np.zeros(o) + {bias} for o in sizes[1:]]
eta = {rate}

for epoch in range({epochs}):
    total = 0.0
    for k in {order}:
        x, y = X[k], Y[k]
        outputs = [x]
        nets = []
        for W, b in zip(weights[:-1], biases[:-1]):
            z = np.dot(W, outputs[-1]){plus_bias}
            nets.append(z)
            outputs.append({value})
        z = np.dot(weights[-1], outputs[-1]){plus_last}
        p = {prediction}
        total += {loss}
        delta = {error}
        deltas = [delta]
        for l in range(len(weights) - 1, 0, -1):
            z, a = nets[l - 1], outputs[l]
            delta = np.dot(weights[l].T, delta) * {slope}
            deltas.insert(0, delta)
        for l in range(len(weights)):
            weights[l] -= eta * {step}{update_bias}
    if epoch % {every} == 0:
        print("epoch", epoch, "error", total / n)
"""


def online(recipe: Recipe, seed: int) -> str:
    """One sample a step, vectors, loops over lists of matrices."""
    biased = recipe.bias is not None
    return ONLINE.format(
        opening=opening(recipe, seed, axis=0),
        sizes=recipe.sizes,
        weight=recipe.weight("i", "o", "(o, i)"),
        bias=recipe.bias or 0.0,
        rate=recipe.rate,
        epochs=recipe.epochs,
        order="rng.permutation(n)",
        plus_bias=" + b" if biased else "",
        plus_last=" + biases[-1]" if biased else "",
        value=recipe.value("z"),
        slope=recipe.slope("z", "a"),
        prediction=recipe.prediction("z"),
        loss=recipe.loss("p", "y", 0),
        error=recipe.error("p", "y"),
        step=recipe.regularised("np.outer(deltas[l], outputs[l])", "weights[l]"),
        update_bias="\n            biases[l] -= eta * deltas[l]" if biased else "",
        every=max(recipe.epochs // 10, 1),
    )


# Of numbers: the hidden activation of s, its derivative by the output h.
PLAIN = {
    "tanh": ("math.tanh(s)", "(1 - h[j] * h[j])"),
    "sigmoid": ("1.0 / (1.0 + math.exp(-s))", "h[j] * (1 - h[j])"),
    "relu": ("(s if s > 0 else 0.0)", "(1.0 if h[j] > 0 else 0.0)"),
}
PLAIN_OUTPUT = {
    "linear": ("s", ""),
    "sigmoid": ("1.0 / (1.0 + math.exp(-s))", " * p * (1 - p)"),
    "bce": ("1.0 / (1.0 + math.exp(-s))", ""),
}
SCALARS = """import math
{opening}
data = [(list(map(float, x)), float(y[0])) for x, y in zip(X, Y)]
inputs, hidden = {inputs}, {hidden}
w1 = [[float(v) for v in row] for row in {first}]
w2 = [float(v) for v in {second}]
b1 = [{bias}] * hidden
b2 = {bias}
rate = {rate}

for epoch in range({epochs}):
    error = 0.0
    for x, y in data:
        h = []
        for j in range(hidden):
            s = {start}
            for i in range(inputs):
                s += w1[j][i] * x[i]
            h.append({value})
        s = {start_last}
        for j in range(hidden):
            s += w2[j] * h[j]
        p = {prediction}
        error += (p - y) ** 2
        d = (p - y){slope_last}
        for j in range(hidden):
            dh = d * w2[j] * {slope}
            w2[j] -= rate * {step_last}
            for i in range(inputs):
                w1[j][i] -= rate * {step}{update_first}{update_last}
    if epoch % {every} == 0:
        print("epoch %d, error %.4f" % (epoch, error / len(data)))
"""


def scalars(recipe: Recipe, seed: int) -> str:
    """One hidden layer and one output of plain numbers, element by element."""
    (inputs, hidden), (_, one) = recipe.pairs
    assert one == 1, "the style has one output"
    biased = recipe.bias is not None
    value, slope = PLAIN[recipe.activation]
    prediction, slope_last = PLAIN_OUTPUT[recipe.output]
    return SCALARS.format(
        opening=opening(recipe, seed),
        inputs=inputs,
        hidden=hidden,
        first=recipe.weight(inputs, hidden, f"({hidden}, {inputs})"),
        second=recipe.weight(hidden, 1, f"({hidden},)"),
        bias=float(recipe.bias or 0.0),
        rate=recipe.rate,
        epochs=recipe.epochs,
        start="b1[j]" if biased else "0.0",
        start_last="b2" if biased else "0.0",
        value=value,
        slope=slope,
        prediction=prediction,
        slope_last=slope_last,
        step=recipe.regularised("dh * x[i]", "w1[j][i]"),
        step_last=recipe.regularised("d * h[j]", "w2[j]"),
        update_first="\n            b1[j] -= rate * dh" if biased else "",
        update_last="\n        b2 -= rate * d" if biased else "",
        every=max(recipe.epochs // 10, 1),
    )
