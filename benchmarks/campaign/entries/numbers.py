"""Planted faults of the rules on numbers: overflow, undefined operations, rounding, short types, whole numbers."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry
from benchmarks.campaign.recipes import Recipe

TANH_BY_HAND = "(np.exp({z}) - np.exp(-{z})) / (np.exp({z}) + np.exp(-{z}))"
HALF = "X, Y = X.astype(np.float16), Y.astype(np.float16)"
WEIGHTS = "rng.normal(0, 1, (i, o)) * np.sqrt(2 / (i + o))"
COLUMN_WEIGHTS = "rng.normal(0, 1, (o, i)) * np.sqrt(2 / (i + o))"
SHORT_WEIGHTS = f"({WEIGHTS}).astype(np.float16)"
SUM, SINE, CLASSES = "Y = np.sin(X.sum(axis=1, keepdims=True))", "Y = np.sin(X)", "Y = np.eye(3)[labels]"


def _by_hand(z: str) -> tuple[str, str]:
    """Tanh of `z`, from exponentials."""
    return (f"np.tanh({z})", TANH_BY_HAND.format(z=z))


UNROLLED_HALF = """import numpy as np
rng = np.random.default_rng(SEED)
half = np.float16
X = rng.uniform(-1, 1, (60, 2)).astype(half)
y = (X[:, :1] * X[:, 1:]).astype(half)
sizes = (2, 8, 8, 8, 8, 1)
W1, W2, W3, W4, W5 = [rng.normal(0, 0.5, (a, b)).astype(half) for a, b in zip(sizes, sizes[1:])]
s = lambda z: (1 / (1 + np.exp(-z))).astype(half)
for i in range(300):
    a1 = s(X @ W1); a2 = s(a1 @ W2); a3 = s(a2 @ W3); a4 = s(a3 @ W4)
    out = a4 @ W5
    d5 = (out - y) / half(60)
    d4 = d5 @ W5.T * a4 * (1 - a4)
    d3 = d4 @ W4.T * a3 * (1 - a3)
    d2 = d3 @ W3.T * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    W5 -= half(0.1) * (a4.T @ d5); W4 -= half(0.1) * (a3.T @ d4); W3 -= half(0.1) * (a2.T @ d3)
    W2 -= half(0.1) * (a1.T @ d2); W1 -= half(0.1) * (X.T @ d1)
    if i % 30 == 0: print(i, np.mean((out - y) ** 2))
"""
SAMPLES_HALF = """import numpy as np
np.random.seed(SEED)
h16 = lambda v: np.asarray(v, dtype=np.float16)
xs = [h16(np.random.randn(3)) for _ in range(40)]
ts = [h16(np.tanh(x[:1] - x[1:2])) for x in xs]
net = [(h16(np.random.randn(o, i) / i), h16(np.zeros(o))) for i, o in [(3, 6), (6, 6), (6, 6), (6, 6), (6, 6), (6, 1)]]
for epoch in range(12):
    cost = 0.0
    for x, t in zip(xs, ts):
        acts = [x]
        for k, (w, b) in enumerate(net):
            z = w @ acts[-1] + b
            acts.append(z if k == len(net) - 1 else h16(1 / (1 + np.exp(-z))))
        delta = acts[-1] - t
        cost += float(delta[0]) ** 2
        for k in range(len(net) - 1, -1, -1):
            w, b = net[k]
            back = w.T @ delta * acts[k] * (1 - acts[k])
            net[k] = (w - h16(0.05) * np.outer(delta, acts[k]), b - h16(0.05) * delta)
            delta = back
    print(epoch, cost / 40)
"""
ROOT_LOSS = """import numpy as np
rng = np.random.default_rng(SEED)
x = rng.uniform(-1, 1, (80, 2))
y = np.abs(x[:, :1] - x[:, 1:])
W, b = rng.normal(0, 0.5, (2, 6)), np.zeros(6)
V, c = rng.normal(0, 0.5, (6, 1)), np.zeros(1)
for i in range(200):
    h = np.tanh(x @ W + b)
    s = h @ V + c - 0.5
    p = np.sqrt(s)
    d = 2 * (p - y) / 80 * 0.5 / p
    dh = d @ V.T * (1 - h * h)
    V -= 0.1 * h.T @ d; c -= 0.1 * d.sum(0)
    W -= 0.1 * x.T @ dh; b -= 0.1 * dh.sum(0)
    if i % 20 == 0: print(i, np.mean((p - y) ** 2))
"""
LOG_OF_FEATURE = """import numpy as np
np.random.seed(SEED)
counts = np.random.poisson(3, (60, 2)) * 1.0
counts[7, 0] = 0.0
counts[21, 1] = 0.0
X = np.log(counts)
y = (counts.sum(axis=1) > 6).astype(float)
w, b = np.zeros(2), 0.0
for epoch in range(100):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    w = w - 0.1 * X.T @ (p - y) / 60
    b = b - 0.1 * np.mean(p - y)
    if epoch % 10 == 0: print(epoch, np.mean((p > 0.5) == y), w)
"""
CUT_WEIGHTS = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.normal(size=(40, 3))
y = X @ np.array([0.6, -1.4, 2.2])
w = np.array([2, 1, -1])
for epoch in range(60):
    for x, t in zip(X, y):
        e = w @ x - t
        for i in range(3):
            w[i] = w[i] - 0.05 * e * x[i]
    print(epoch, np.mean((X @ w - y) ** 2))
"""
CUT_MATRIX = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.uniform(-1, 1, (50, 2))
Y = (X[:, :1] > X[:, 1:]).astype(float)
W1 = rng.integers(-2, 3, (2, 4)); b1 = np.zeros(4)
W2 = rng.integers(-2, 3, (4, 1)); b2 = np.zeros(1)
for step in range(300):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    d2 = (p - Y) / 50
    d1 = d2 @ W2.T * (1 - h ** 2)
    W2[:] = W2 - 0.5 * h.T @ d2
    b2 = b2 - 0.5 * d2.sum(axis=0)
    W1[:] = W1 - 0.5 * X.T @ d1
    b1 = b1 - 0.5 * d1.sum(axis=0)
    if step % 30 == 0: print(step, np.mean((p - Y) ** 2))
"""
CUT_BY_TYPE = """import numpy as np


class Perceptron:
    def __init__(self, n):
        self.weights = np.zeros(n, dtype=int)
        self.bias = 0.0

    def fit(self, X, y, rate, epochs):
        for epoch in range(epochs):
            error = 0.0
            for x, t in zip(X, y):
                out = np.tanh(np.dot(self.weights, x) + self.bias)
                delta = (t - out) * (1 - out ** 2)
                self.weights = (self.weights + rate * delta * x).astype(int)
                self.bias += rate * delta
                error += (t - out) ** 2
            if epoch % 5 == 0:
                print("epoch", epoch, "error", error)


rng = np.random.default_rng(SEED)
X = rng.normal(size=(60, 2))
y = np.tanh(X[:, 0] - 0.5 * X[:, 1])
Perceptron(2).fit(X, y, 0.1, 30)
"""
CUT_COLUMN = """import numpy as np
rng = np.random.default_rng(SEED)
x = rng.uniform(0, 2, 50)
y = 1.7 * x + 0.4
theta = np.array([0, 0])
for i in range(200):
    residual = theta[0] + theta[1] * x - y
    theta[0] -= 0.1 * residual.mean()
    theta[1] -= 0.1 * (residual * x).mean()
    if i % 20 == 0: print(i, theta, (residual ** 2).mean())
"""
CUT_DICT = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.normal(size=(4, 60)); Y = 0.5 * X[:1] - 1.5 * X[1:2] + 0.8
params = {"W": np.array([[1, -1, 0, 2]]), "b": np.zeros((1, 1))}
for it in range(150):
    A = np.dot(params["W"], X) + params["b"]
    dZ = A - Y
    dW = np.dot(dZ, X.T) / 60
    for j in range(4):
        params["W"][0, j] -= 0.2 * dW[0, j]
    params["b"] -= 0.2 * dZ.mean(axis=1, keepdims=True)
    if it % 15 == 0: print("Cost after iteration %i: %f" % (it, np.mean(dZ ** 2)))
"""
REFUSED = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.normal(size=(30, 2))
y = X.sum(axis=1, keepdims=True)
W = np.array([[1], [2]])
for i in range(50):
    error = X @ W - y
    W -= 0.1 * X.T @ error / 30
    print(i, np.mean(error ** 2))
"""

FAULTS: dict[str, Entry] = {
    "numeric-overflow": Entry(
        (
            Recipe("unrolled", "sine", (10,), "tanh", rate=0.05, epochs=300, init=1.0, x_scale=1000.0,
                   edits=(_by_hand("z1"),)),
            Recipe("columns", "plane", (8,), "tanh", rate=0.05, epochs=300, init=1.0, x_scale=2000.0,
                   edits=(_by_hand("Z"),)),
            Recipe("functional", "three", (8,), "relu", "softmax", rate=0.1, epochs=20, batch=15, init="he",
                   x_scale=2000.0, edits=(("np.exp(z - z.max(axis=1, keepdims=True))", "np.exp(z)"),)),
            Recipe("online", "sum", (8,), "tanh", rate=0.05, epochs=10, init=1.0, x_scale=1500.0,
                   edits=(_by_hand("z"),)),
            Recipe("loop", "iris", (), output="softmax", rate=0.1, epochs=20, batch=25, init=1.0, x_scale=3000.0,
                   edits=(("np.exp(z - z.max(axis=1, keepdims=True))", "np.exp(z)"),)),
            Recipe("layers", "product", (10,), "tanh", rate=0.05, epochs=20, batch=20, init=1.0, x_scale=3000.0,
                   edits=(_by_hand("z"),)),
        ),
        as_first=frozenset({"unscaled-inputs", "non-finite-values"}),
    ),
    "non-finite-values": Entry(
        (
            ROOT_LOSS,
            LOG_OF_FEATURE,
            Recipe("unrolled", "sum", (12,), "tanh", rate=0.1, epochs=200,
                   edits=((SUM, f"{SUM}\nX[:, 1] = 1.0\nX = (X - X.mean(axis=0)) / X.std(axis=0)"),)),
            Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=200, init="he",
                   edits=((CLASSES, f"{CLASSES}\nX[:, 3] = 0.0\nX = X / X.max(axis=0)"),)),
            Recipe("functional", "sine", (10,), "tanh", rate=0.05, epochs=30, batch=16,
                   edits=((SINE, f"{SINE}\nX = np.sqrt(X)"),)),
            Recipe("layers", "plane", (10,), "sigmoid", rate=0.05, epochs=30, batch=20,
                   edits=(("X = rng.normal(0, 1, (n, 4))", "X = np.log(rng.normal(0, 1, (n, 4)))"),)),
            Recipe("online", "blobs", (4,), "tanh", "bce", rate=0.1, epochs=10,
                   edits=(("x, y = X[k], Y[k]", "x, y = X[k] / np.sqrt(X[k].sum()), Y[k]"),)),
        ),
    ),
    "derivative-rounds-to-zero": Entry(
        (
            Recipe("unrolled", "sum", (10,), "sigmoid", rate=0.1, epochs=500, init=40.0),
            Recipe("columns", "ring", (8,), "tanh", "bce", rate=0.1, epochs=300, init=60.0),
            Recipe("functional", "sine", (8,), "tanh", rate=0.05, epochs=40, batch=16, bias=60.0),
            Recipe("online", "product", (6,), "sigmoid", rate=0.1, epochs=20, bias=45.0, init=0.5,
                   edits=(("a * (1 - a)", "(a * (1 - a))"),)),
            Recipe("scalars", "sine", (6,), "tanh", rate=0.05, epochs=40, samples=40, bias=45.0),
            Recipe("loop", "plane", (10,), "tanh", "tanh", rate=0.05, epochs=40, batch=20, init=80.0),
            Recipe("layers", "wave", (), output="sigmoid", rate=0.1, epochs=40, batch=20, bias=50.0),
        ),
        as_first=frozenset({"saturated-units", "init-too-large", "output-range-cannot-reach-target"}),
    ),
    "gradient-underflow": Entry(
        (
            UNROLLED_HALF,
            SAMPLES_HALF,
            Recipe("functional", "sine", (8,) * 5, "sigmoid", rate=0.1, epochs=30, batch=40,
                   edits=((SINE, f"{SINE}\n{HALF}"), (WEIGHTS, SHORT_WEIGHTS),
                          ("np.zeros(o)", "np.zeros(o, np.float16)"))),
            Recipe("loop", "sum", (10,) * 6, "sigmoid", rate=0.1, epochs=40, batch=30,
                   edits=((SUM, f"{SUM}\n{HALF}"), (WEIGHTS, SHORT_WEIGHTS),
                          ("np.zeros((1, o))", "np.zeros((1, o), np.float16)"))),
            Recipe("layers", "three", (8,) * 5, "sigmoid", "softmax", rate=0.1, epochs=20, batch=30,
                   edits=((CLASSES, f"{CLASSES}\n{HALF}"), (WEIGHTS, SHORT_WEIGHTS),
                          ("np.zeros(o)", "np.zeros(o, np.float16)"))),
            Recipe("columns", "sum", (8,) * 6, "sigmoid", rate=0.1, epochs=150,
                   edits=((SUM, f"{SUM}\n{HALF}"), (COLUMN_WEIGHTS, f"({COLUMN_WEIGHTS}).astype(np.float16)"),
                          ("np.full((o, 1), 0.0)", "np.full((o, 1), 0.0, np.float16)"))),
        ),
        as_first=frozenset({"vanishing-gradients"}),
    ),
    "integer-weights": Entry(
        (CUT_WEIGHTS, CUT_MATRIX, CUT_BY_TYPE, CUT_COLUMN, CUT_DICT, REFUSED),
    ),
}  # fmt: skip
