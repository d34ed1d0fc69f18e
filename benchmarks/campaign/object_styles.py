"""Styles with classes: a network class with lists of matrices, and a class per layer with an optimiser."""

from __future__ import annotations

from benchmarks.campaign.recipes import Recipe, opening

LOOP = """{opening}

class Network:
    def __init__(self, sizes):
        self.weights = [{weight} for i, o in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros((1, o)) + {bias} for o in sizes[1:]]

    def forward(self, x):
        self.a, self.z, self.f = [x], [], []
        for k in range(len(self.weights)):
            z = self.a[-1] @ self.weights[k]{plus_bias}
            last = k == len(self.weights) - 1
            f = {prediction} if last else {value}
            self.z.append(z)
            self.f.append(f)
            self.a.append({out})
        return self.a[-1]

    def backward(self, y):
        p = self.a[-1]
        delta = {error} / len(y)
        self.grads = []
        for k in reversed(range(len(self.weights))):
            self.grads.insert(0, (self.a[k].T @ delta, delta.sum(axis=0, keepdims=True)))
            if k > 0:
                back = {upstream}
                z, a = self.z[k - 1], self.f[k - 1]
                delta = back * {slope}

    def step(self, lr):
        for k, (gw, gb) in enumerate(self.grads):
            self.weights[k] -= lr * {gradient}{update_bias}


net = Network({sizes})
for epoch in range({epochs}):
    perm = rng.permutation(n)
    for s in range(0, n, {batch}):
        idx = perm[s:s + {batch}]
        net.forward(X[idx])
        net.backward(Y[idx])
        net.step({rate})
    if epoch % {every} == 0:
        out = net.forward(X)
        print("epoch", epoch, "loss", {loss}){evaluate}
"""


def loop(recipe: Recipe, seed: int) -> str:
    """A class with lists of matrices and mini-batches; with fixed skip connections if the recipe says so."""
    biased = recipe.bias is not None
    evaluate = f"\n        held = net.forward(X_val)\n        print('held out', {recipe.loss('held', 'Y_val')})"
    return LOOP.format(
        opening=opening(recipe, seed),
        weight=recipe.weight("i", "o", "(i, o)"),
        bias=recipe.bias or 0.0,
        plus_bias=" + self.biases[k]" if biased else "",
        prediction=recipe.prediction("z"),
        value=recipe.value("z"),
        out="f + self.a[-1] if 0 < k and not last else f" if recipe.skip else "f",
        error=recipe.error("p", "y"),
        upstream="delta @ self.weights[k].T + (back if 0 < k < len(self.weights) - 1 else 0)"
        if recipe.skip
        else "delta @ self.weights[k].T",
        slope=recipe.slope("z", "a"),
        gradient=recipe.regularised("gw", "self.weights[k]"),
        update_bias="\n            self.biases[k] -= lr * gb" if biased else "",
        sizes=list(recipe.sizes),
        epochs=recipe.epochs,
        batch=recipe.batch or "n",
        rate=recipe.rate,
        every=max(recipe.epochs // 10, 1),
        loss=recipe.loss("out", "Y"),
        evaluate=evaluate if recipe.held_out else "",
    )


LAYERS = """{opening}

class Dense:
    def __init__(self, i, o):
        self.w = {weight}
        self.b = np.zeros(o) + {bias}

    def forward(self, x):
        self.x = x
        return x @ self.w{plus_bias}

    def backward(self, grad):
        self.dw = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.w.T

    def parameters(self):
        return {parameters}


class Activation:
    def forward(self, z):
        self.z = z
        self.a = {value}
        return self.a

    def backward(self, grad):
        z, a = self.z, self.a
        return grad * {slope}

    def parameters(self):
        return []

{optimizer}

layers = []
sizes = {sizes}
for i, o in zip(sizes[:-1], sizes[1:]):
    layers += [Dense(i, o), Activation()]
layers = layers[:-1]
optimizer = Optimizer({rate})


def run(x):
    for layer in layers:
        x = layer.forward(x)
    z = x
    return {prediction}


for epoch in range({epochs}):
    order = rng.permutation(n)
    for s in range(0, n, {batch}):
        rows = order[s:s + {batch}]
        x, y = X[rows], Y[rows]
        p = run(x)
        grad = {error} / len(rows)
        for layer in reversed(layers):
            grad = layer.backward(grad)
        optimizer.step([pair for layer in layers for pair in layer.parameters()])
    if epoch % {every} == 0:
        p = run(X)
        print("epoch", epoch, {loss}){evaluate}
"""
OPTIMIZERS = {
    "sgd": """
class Optimizer:
    def __init__(self, lr):
        self.lr = lr

    def step(self, pairs):
        for w, g in pairs:
            w -= self.lr * g
""",
    "momentum": """
class Optimizer:
    def __init__(self, lr):
        self.lr, self.v = lr, None

    def step(self, pairs):
        if self.v is None:
            self.v = [np.zeros_like(w) for w, g in pairs]
        for k, (w, g) in enumerate(pairs):
            self.v[k] = 0.9 * self.v[k] + g
            w -= self.lr * self.v[k]
""",
    "adam": """
class Optimizer:
    def __init__(self, lr):
        self.lr, self.t, self.m, self.v = lr, 0, None, None

    def step(self, pairs):
        if self.m is None:
            self.m = [np.zeros_like(w) for w, g in pairs]
            self.v = [np.zeros_like(w) for w, g in pairs]
        self.t += 1
        for k, (w, g) in enumerate(pairs):
            self.m[k] = 0.9 * self.m[k] + 0.1 * g
            self.v[k] = 0.999 * self.v[k] + 0.001 * g ** 2
            m = self.m[k] / (1 - 0.9 ** self.t)
            v = self.v[k] / (1 - 0.999 ** self.t)
            w -= self.lr * m / (np.sqrt(v) + 1e-8)
""",
}


def layers(recipe: Recipe, seed: int) -> str:
    """A class per layer and an optimiser that goes over (parameter, gradient) pairs."""
    biased = recipe.bias is not None
    weight = f"({recipe.regularised('self.dw', 'self.w')})"
    evaluate = f"\n        q = run(X_val)\n        print('validation loss', {recipe.loss('q', 'Y_val')})"
    return LAYERS.format(
        opening=opening(recipe, seed),
        weight=recipe.weight("i", "o", "(i, o)"),
        bias=recipe.bias or 0.0,
        plus_bias=" + self.b" if biased else "",
        parameters=f"[(self.w, {weight}), (self.b, self.db)]" if biased else f"[(self.w, {weight})]",
        value=recipe.value("z"),
        slope=recipe.slope("z", "a"),
        optimizer=OPTIMIZERS[recipe.optimizer].strip(),
        sizes=list(recipe.sizes),
        rate=recipe.rate,
        prediction=recipe.prediction("z"),
        epochs=recipe.epochs,
        batch=recipe.batch or "n",
        error=recipe.error("p", "y"),
        every=max(recipe.epochs // 10, 1),
        loss=recipe.loss("p", "Y"),
        evaluate=evaluate if recipe.held_out else "",
    )
