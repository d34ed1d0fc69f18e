"""Planted faults of the rules on the forward pass: shapes, softmaxes, activations, biases."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry
from benchmarks.campaign.recipes import Recipe

OVER_SAMPLES = (("axis=1, keepdims", "axis=0, keepdims"),)
OVER_ALL = (("e.sum(axis=1, keepdims=True)", "e.sum()"),)

COLUMN_MINUS_ROW = """import numpy as np
rng = np.random.default_rng(SEED)
x = rng.uniform(-1, 1, 60)
y = (2.0 * x - 0.4).reshape(-1, 1)
w, b = 0.1, 0.0
for epoch in range(300):
    error = w * x + b - y
    w -= 0.1 * np.mean(error * x)
    b -= 0.1 * np.mean(error)
    if epoch % 30 == 0:
        print(epoch, np.mean(error ** 2))
"""
LOGISTIC_TABLE = """import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

np.random.seed(SEED)
labels = np.random.randint(0, 2, 80)
X = np.random.randn(80, 2) + 2.0 * labels[:, None]
y = labels.astype(float)
theta = np.zeros((2, 1))
bias = 0.0
for it in range(400):
    h = sigmoid(X.dot(theta) + bias)
    diff = h - y
    grad = X.T.dot(diff).mean(axis=1, keepdims=True) / len(X)
    theta = theta - 0.5 * grad
    bias = bias - 0.5 * diff.mean()
    if it % 50 == 0:
        print("iteration", it, "cost", np.mean(diff ** 2))
"""
HIDDEN_TABLE = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.uniform(-2, 2, (90, 2))
t = np.sin(X[:, 0]) * X[:, 1]
W1 = rng.normal(0, 0.7, (2, 10))
b1 = np.zeros(10)
w2 = rng.normal(0, 0.3, 10)
b2 = 0.0
for step in range(1500):
    h = np.tanh(X @ W1 + b1)
    out = (h @ w2 + b2)[:, np.newaxis]
    err = out - t
    g = err.mean(axis=1)
    gw2 = h.T @ g / 90
    gh = np.outer(g, w2) * (1 - h ** 2)
    w2 -= 0.1 * gw2
    b2 -= 0.1 * g.mean()
    W1 -= 0.1 * X.T @ gh / 90
    b1 -= 0.1 * gh.mean(axis=0)
    if step % 150 == 0:
        print("step", step, "mse", (err ** 2).mean())
"""
CLASS_TABLE = """import numpy as np


class LinearModel:
    def __init__(self, features, rng):
        self.w = rng.normal(0, 0.1, (features, 1))
        self.b = np.zeros(1)

    def predict(self, X):
        return X @ self.w + self.b

    def train_step(self, X, y, lr):
        residual = self.predict(X) - y
        self.w -= lr * 2 * (X * residual.mean(axis=1, keepdims=True)).mean(axis=0).reshape(-1, 1)
        self.b -= lr * 2 * residual.mean()
        return (residual ** 2).mean()


rng = np.random.default_rng(SEED)
X = rng.normal(size=(50, 3))
y = X @ np.array([0.5, -1.0, 2.0]) + 1.0
model = LinearModel(3, rng)
for epoch in range(200):
    loss = model.train_step(X, y, 0.05)
    if epoch % 20 == 0:
        print(f"epoch {epoch}: loss {loss:.4f}")
"""
BIAS_TABLE = """import numpy as np
rng = np.random.default_rng(SEED)
W1 = rng.normal(size=(6, 2)) * 0.7
b1 = rng.normal(size=6) * 0.1
W2 = rng.normal(size=(1, 6)) * 0.4
b2 = np.zeros((1, 1))
X = rng.uniform(-1, 1, (80, 2))
Y = X[:, 0] * X[:, 1]
for epoch in range(15):
    total = 0.0
    for x, y in zip(X, Y):
        a0 = x.reshape(2, 1)
        a1 = np.tanh(W1 @ a0 + b1)
        e = W2 @ a1 + b2 - y
        total += np.mean(e ** 2)
        d1 = (W2.T @ e) * (1 - a1 ** 2)
        W2 -= 0.02 * e @ a1.T
        b2 -= 0.02 * e.mean()
        W1 -= 0.02 * d1.mean(axis=1, keepdims=True) @ a0.T
        b1 -= 0.02 * d1.mean(axis=0)
    print(epoch, total / len(X))
"""
BATCH_TABLE = """import numpy as np
rng = np.random.default_rng(SEED)
data = [(x, 1.5 * x ** 2 - 0.5) for x in rng.uniform(-1, 1, 64)]
params = {"u": rng.normal(0, 1, 8), "c": np.zeros(8), "v": rng.normal(0, 0.3, (8, 1)), "d": 0.0}
for epoch in range(100):
    for s in range(0, 64, 16):
        x = np.array([pair[0] for pair in data[s:s + 16]])
        y = np.array([pair[1] for pair in data[s:s + 16]])
        h = np.tanh(np.outer(x, params["u"]) + params["c"])
        p = h @ params["v"] + params["d"]
        delta = (p - y).mean(axis=1, keepdims=True) / 16
        dh = delta @ params["v"].T * (1 - h ** 2)
        params["v"] = params["v"] - 0.1 * h.T @ delta
        params["d"] = params["d"] - 0.1 * delta.sum()
        params["u"] = params["u"] - 0.1 * x @ dh
        params["c"] = params["c"] - 0.1 * dh.sum(axis=0)
    if epoch % 10 == 0:
        print("loss", np.mean((p - y) ** 2))
"""


def _instead(value: str, other: str) -> tuple[tuple[str, str]]:
    """The edit that computes `other` for `value`."""
    return ((value, other),)


FAULTS: dict[str, Entry] = {
    "shape-broadcast": Entry(
        (COLUMN_MINUS_ROW, LOGISTIC_TABLE, HIDDEN_TABLE, CLASS_TABLE, BIAS_TABLE, BATCH_TABLE)
    ),
    "double-softmax": Entry(
        (
            Recipe("unrolled", "three", (10,), "tanh", "softmax", rate=0.5, epochs=400,
                   edits=_instead("a2 = softmax(z2)", "a2 = softmax(softmax(z2))")),
            Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=400, init="he",
                   edits=_instead("A = softmax(Z)", "A = softmax(softmax(Z))")),
            Recipe("functional", "three", (), output="softmax", rate=0.3, epochs=40, batch=15,
                   edits=_instead("activations.append(softmax(z)", "activations.append(softmax(softmax(z))")),
            Recipe("online", "iris", (6,), "sigmoid", "softmax", rate=0.05, epochs=20,
                   edits=_instead("p = softmax(z)", "p = softmax(z)\n        p = softmax(p)")),
            Recipe("loop", "three", (12, 8), "leaky_relu", "softmax", rate=0.2, epochs=60, batch=25, init="he",
                   edits=_instead("f = softmax(z) if last", "f = softmax(softmax(z)) if last")),
            Recipe("layers", "iris", (16,), "tanh", "softmax", rate=0.01, epochs=60, batch=30, optimizer="adam",
                   edits=_instead("return softmax(z)", "return softmax(softmax(z))")),
        ),
    ),
    "softmax-over-batch": Entry(
        (
            Recipe("unrolled", "three", (10,), "tanh", "softmax", rate=0.5, epochs=300, edits=OVER_SAMPLES),
            Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=300, init="he",
                   edits=_instead("axis=0, keepdims", "axis=1, keepdims")),
            Recipe("functional", "iris", (6,), "sigmoid", "softmax", rate=0.3, epochs=40, batch=15, edits=OVER_SAMPLES),
            Recipe("loop", "three", (12, 8), "leaky_relu", "softmax", rate=0.1, epochs=40, batch=25, init="he",
                   edits=OVER_ALL),
            Recipe("layers", "iris", (16,), "tanh", "softmax", rate=0.01, epochs=30, batch=30, optimizer="adam",
                   edits=OVER_ALL),
            Recipe("unrolled", "iris", (), output="softmax", rate=0.2, epochs=300, edits=OVER_ALL),
        ),
    ),
    "softmax-on-single-unit": Entry(
        (
            Recipe("unrolled", "blobs", (6,), "tanh", "softmax", rate=0.1, epochs=300),
            Recipe("columns", "ring", (8,), "relu", "softmax", rate=0.1, epochs=300, init="he"),
            Recipe("functional", "blobs", (), output="softmax", rate=0.1, epochs=30, batch=20),
            Recipe("online", "xor", (4,), "sigmoid", "softmax", rate=0.1, epochs=100),
            Recipe("loop", "ring", (10, 6), "leaky_relu", "softmax", rate=0.05, epochs=30, batch=20, init="he"),
            Recipe("layers", "blobs", (8,), "tanh", "softmax", rate=0.01, epochs=30, batch=20, optimizer="adam"),
        ),
    ),
    "missing-nonlinearity": Entry(
        (
            Recipe("unrolled", "xor", (4,), "linear", "sigmoid", rate=1.0, epochs=2000),
            Recipe("columns", "ring", (10,), "linear", "bce", rate=0.3, epochs=800),
            Recipe("functional", "sine", (16, 8), "linear", rate=0.03, epochs=100, batch=16),
            Recipe("online", "product", (12,), "linear", rate=0.02, epochs=40),
            Recipe("loop", "sum", (12, 12), "linear", rate=0.03, epochs=80, batch=16),
            Recipe("layers", "ring", (16,), "linear", "bce", rate=0.02, epochs=60, batch=20, optimizer="adam"),
        ),
        as_first=frozenset({"model-too-small"}),
    ),
    "missing-bias": Entry(
        (
            Recipe("unrolled", "sine", (12,), "tanh", rate=0.02, epochs=3000, bias=None, x_shift=4.0),
            Recipe("columns", "blobs", (), output="bce", rate=0.3, epochs=800, bias=None, x_shift=4.0),
            Recipe("functional", "line", (), rate=0.05, epochs=60, batch=16, bias=None, edits=(("+ 0.7", "+ 6.0"),)),
            Recipe("online", "three", (), output="softmax", rate=0.05, epochs=20, bias=None, x_shift=5.0),
            Recipe("scalars", "sine", (8,), "tanh", rate=0.01, epochs=200, samples=40, bias=None,
                   edits=(("rng.uniform(-3, 3, (n, 1))", "rng.uniform(1, 7, (n, 1))"),)),
            Recipe("loop", "plane", (), rate=0.05, epochs=60, batch=20, bias=None,
                   edits=(("X[:, 0] * 0.8", "5.0 + X[:, 0] * 0.8"),)),
            Recipe("layers", "xor", (4,), "tanh", "sigmoid", rate=0.5, epochs=2000, bias=None, init=1.0),
        ),
    ),
    "non-differentiable-activation": Entry(
        (
            Recipe("unrolled", "ring", (12,), "sigmoid", "bce", rate=0.3, epochs=600,
                   edits=_instead("1 / (1 + np.exp(-z1))", "(z1 > 0) * 1.0")),
            Recipe("columns", "product", (10,), "tanh", rate=0.1, epochs=600,
                   edits=_instead("A = np.tanh(Z)", "A = np.sign(Z)")),
            Recipe("functional", "sine", (10, 8), "tanh", rate=0.05, epochs=60, batch=16,
                   edits=_instead("return np.tanh(z)", "return np.where(z > 0, 1.0, -1.0)")),
            Recipe("online", "sum", (8,), "sigmoid", rate=0.05, epochs=30,
                   edits=_instead("1 / (1 + np.exp(-z))", "np.heaviside(z, 1.0)")),
            Recipe("loop", "sum", (10,), "sigmoid", rate=0.1, epochs=60, batch=16,
                   edits=_instead("1 / (1 + np.exp(-z))", "(z > 0).astype(float)")),
            Recipe("layers", "wave", (12,), "sigmoid", rate=0.1, epochs=80, batch=20,
                   edits=_instead("1 / (1 + np.exp(-z))", "np.round(1 / (1 + np.exp(-z)))")),
        ),
    ),
    "wrong-forward-formula": Entry(
        (
            Recipe("unrolled", "sum", (10,), "sigmoid", rate=0.3, epochs=1500,
                   edits=_instead("1 / (1 + np.exp(-z1))", "1 / (1 + np.exp(z1))")),
            Recipe("columns", "ring", (8,), "sigmoid", "bce", rate=0.3, epochs=500,
                   edits=_instead("A = 1 / (1 + np.exp(-Z))", "A = 1 / (1 + np.exp(Z))")),
            Recipe("functional", "sine", (12,), "sigmoid", rate=0.02, epochs=80, batch=16,
                   edits=_instead("1 / (1 + np.exp(-z))", "1 / 1 + np.exp(-z)")),
            Recipe("online", "product", (8, 8), "sigmoid", rate=0.05, epochs=30,
                   edits=_instead("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))")),
            Recipe("loop", "sum", (12, 12), "relu", rate=0.05, epochs=60, batch=16, init="he",
                   edits=_instead("np.maximum(0, z)", "np.minimum(0, z)")),
            Recipe("layers", "ring", (10,), "relu", "bce", rate=0.1, epochs=60, batch=20, init="he",
                   edits=_instead("np.maximum(0, z)", "np.minimum(0, z)")),
            Recipe("unrolled", "three", (8,), "tanh", "softmax", rate=0.05, epochs=300,
                   edits=_instead("return e / e.sum(axis=1, keepdims=True)", "return e")),
        ),
    ),
}  # fmt: skip
