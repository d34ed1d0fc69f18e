"""Planted faults of the rules on what is printed, when training stops, and how a trained network is used."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry
from benchmarks.campaign.recipes import Recipe

SQUARES = "np.mean(({p} - {y}) ** 2)"
DROPOUT = """class Dropout:
    def __init__(self, rate):
        self.rate = rate

    def forward(self, x):
        self.mask = (rng.random(x.shape) >= self.rate) / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask

    def parameters(self):
        return []


class Activation:"""


def _printed(prediction: str, target: str, instead: str) -> tuple[str, str]:
    """The edit that prints something else than the mean square."""
    return (SQUARES.format(p=prediction, y=target), instead)


def _dropping(share: float, every: int) -> tuple[tuple[str, str], ...]:
    """Edits of the style "layers": a dropout layer behind each activation, and an evaluation at the end only."""
    return (("class Activation:", DROPOUT), ("Activation()]", f"Activation(), Dropout({share})]"),
            ("layers = layers[:-1]", "layers = layers[:-2]"), _at_the_end(every))  # fmt: skip


def _at_the_end(every: int) -> tuple[str, str]:
    """The edit that moves what is printed every so many epochs behind the loop."""
    return (f"    if epoch % {every} == 0:", "for x in (X,):\n    if len(x) == n:")


DROPPED_COLUMNS = """import numpy as np
np.random.seed(SEED)
X = np.random.randn(2, 200)
Y = (X[0:1] * X[1:2] > 0) * 1.0
keep_prob = 0.8
parameters = {"W1": np.random.randn(16, 2), "b1": np.zeros((16, 1)),
              "W2": np.random.randn(1, 16) * 0.3, "b2": np.zeros((1, 1))}


def forward_propagation(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.maximum(0, Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1]) < keep_prob
    A1 = A1 * D1 / keep_prob
    A2 = 1 / (1 + np.exp(-(np.dot(parameters["W2"], A1) + parameters["b2"])))
    return A2, (Z1, D1, A1)


for i in range(600):
    A2, (Z1, D1, A1) = forward_propagation(X, parameters)
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    dZ2 = (A2 - Y) / X.shape[1]
    dA1 = np.dot(parameters["W2"].T, dZ2) * D1 / keep_prob
    dZ1 = dA1 * (Z1 > 0)
    parameters["W2"] -= 0.5 * np.dot(dZ2, A1.T)
    parameters["b2"] -= 0.5 * np.sum(dZ2, axis=1, keepdims=True)
    parameters["W1"] -= 0.5 * np.dot(dZ1, X.T)
    parameters["b1"] -= 0.5 * np.sum(dZ1, axis=1, keepdims=True)
    if i % 100 == 0:
        print("Cost after iteration", i, cost)
predictions = forward_propagation(X, parameters)[0] > 0.5
print("accuracy", np.mean(predictions == Y))
"""
DROPPED_CLASS = """import numpy as np


class Net:
    def __init__(self, rng):
        self.rng = rng
        self.w1 = rng.normal(0, 0.8, (3, 20))
        self.b1 = np.zeros(20)
        self.w2 = rng.normal(0, 0.3, (20, 1))
        self.b2 = np.zeros(1)

    def predict(self, x):
        self.x = x
        self.h = np.tanh(x @ self.w1 + self.b1)
        self.keep = self.rng.binomial(1, 0.75, self.h.shape) / 0.75
        self.dropped = self.h * self.keep
        return self.dropped @ self.w2 + self.b2

    def learn(self, x, y, rate):
        d = 2 * (self.predict(x) - y) / len(x)
        dh = d @ self.w2.T * self.keep * (1 - self.h ** 2)
        self.w2 -= rate * self.dropped.T @ d
        self.b2 -= rate * d.sum(axis=0)
        self.w1 -= rate * x.T @ dh
        self.b1 -= rate * dh.sum(axis=0)


rng = np.random.default_rng(SEED)
x = rng.uniform(-1, 1, (160, 3))
y = np.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:]
train, test = slice(0, 120), slice(120, None)
net = Net(rng)
for epoch in range(150):
    for rows in np.array_split(rng.permutation(120), 6):
        net.learn(x[train][rows], y[train][rows], 0.05)
print("test error", np.mean((net.predict(x[test]) - y[test]) ** 2))
"""
DROPPED_SAMPLES = """import numpy as np
rng = np.random.default_rng(SEED)
samples = [(v, np.array([np.cos(2 * v[0])])) for v in rng.uniform(-1, 1, (60, 1))]
A, a = rng.normal(0, 2, (12, 1)), rng.normal(0, 1, 12)
B, b = rng.normal(0, 0.3, (1, 12)), np.zeros(1)


def answer(v):
    s = 1 / (1 + np.exp(-(A @ v + a)))
    kept = rng.uniform(size=12) > 0.2
    return s, kept, B @ (s * kept) + b


for epoch in range(40):
    for v, t in samples:
        s, kept, out = answer(v)
        e = out - t
        back = (B.T @ e) * kept * s * (1 - s)
        B -= 0.05 * np.outer(e, s * kept)
        b -= 0.05 * e
        A -= 0.05 * np.outer(back, v)
        a -= 0.05 * back
print([round(float(answer(v)[2][0]), 2) for v, _ in samples[:8]])
"""
STOPS_AT_ONE = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.uniform(-1, 1, (80, 2))
Y = np.sin(3 * X[:, 0]) - X[:, 1]
w1, b1 = rng.normal(0, 1, (6, 2)), np.zeros(6)
w2, b2 = rng.normal(0, 0.5, 6), 0.0
error, k = 1.0, 0
while abs(error) > 0.02:
    x, y = X[k % 80], Y[k % 80]
    h = np.tanh(w1 @ x + b1)
    error = w2 @ h + b2 - y
    dh = error * w2 * (1 - h ** 2)
    w2 -= 0.05 * error * h
    b2 -= 0.05 * error
    w1 -= 0.05 * np.outer(dh, x)
    b1 -= 0.05 * dh
    k += 1
print("trained after", k, "steps")
"""
STOPS_AT_A_RISE = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.normal(size=(100, 3))
Y = X @ np.array([[1.5], [-2.0], [0.7]]) + 0.5
W, b = np.zeros((3, 1)), np.zeros(1)
last = np.inf
for epoch in range(500):
    rows = rng.integers(0, 100, 25)
    e = X[rows] @ W + b - Y[rows]
    loss = np.mean(e ** 2)
    if loss > last:
        print("no more progress", epoch, loss)
        break
    last = loss
    W -= 0.05 * X[rows].T @ e / 25
    b -= 0.05 * e.mean(axis=0)
"""
STOPS_WHEN_LARGE = """import numpy as np
np.random.seed(SEED)
X = np.random.randn(90, 2)
y = (X[:, :1] + X[:, 1:] > 0) * 1.0
w, b = np.zeros((2, 1)), 0.0
while True:
    p = 1 / (1 + np.exp(-(X.dot(w) + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    grad = p - y
    w -= 0.1 * X.T.dot(grad) / 90
    b -= 0.1 * grad.mean()
    if loss < 0.65:
        break
print("loss", loss)
"""
STOPS_IN_LISTS = """import random
random.seed(SEED)
data = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(50)]
target = [3 * x - 2 * y + 0.5 for x, y in data]
w, b = [0.0, 0.0], 0.0
done = False
while not done:
    for (x, y), t in zip(data, target):
        out = w[0] * x + w[1] * y + b
        err = out - t
        w[0] -= 0.02 * err * x
        w[1] -= 0.02 * err * y
        b -= 0.02 * err
        if err * err < 0.001:
            done = True
            break
print(w, b)
"""
STOPS_AT_SMALL_CHANGE = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.uniform(-1, 1, (2, 120))
Y = X[:1] * X[1:]
P = {"W1": rng.normal(0, 0.7, (10, 2)), "b1": np.zeros((10, 1))}
P |= {"W2": rng.normal(0, 0.4, (1, 10)), "b2": np.zeros((1, 1))}
previous = None
for i in range(20000):
    A = np.tanh(P["W1"] @ X + P["b1"])
    E = P["W2"] @ A + P["b2"] - Y
    cost = np.mean(E ** 2)
    if previous is not None and abs(previous - cost) < 1e-4:
        break
    previous = cost
    dA = P["W2"].T @ E * (1 - A ** 2)
    P["W2"] -= 0.1 * E @ A.T / 120
    P["b2"] -= 0.1 * E.mean(axis=1, keepdims=True)
    P["W1"] -= 0.1 * dA @ X.T / 120
    P["b1"] -= 0.1 * dA.mean(axis=1, keepdims=True)
print("stopped at", i, cost)
"""
STOPS_BY_METHOD = """import numpy as np


class Regressor:
    def __init__(self, rng):
        self.w, self.c = rng.normal(0, 0.5, (1, 8)), rng.normal(0, 1, 8)
        self.v, self.d = rng.normal(0, 0.3, (8, 1)), np.zeros(1)

    def fit(self, x, y, rate=0.05, tolerance=0.05):
        while True:
            for k in range(len(x)):
                loss = self.step(x[k:k + 1], y[k:k + 1], rate)
            if loss < tolerance:
                return loss

    def step(self, x, y, rate):
        h = np.tanh(x @ self.w + self.c)
        e = h @ self.v + self.d - y
        dh = e @ self.v.T * (1 - h ** 2)
        self.v -= rate * h.T @ e
        self.d -= rate * e.sum(axis=0)
        self.w -= rate * x.T @ dh
        self.c -= rate * dh.sum(axis=0)
        return float(e[0, 0] ** 2)


rng = np.random.default_rng(SEED)
x = rng.uniform(-3, 3, (60, 1))
print("loss", Regressor(rng).fit(x, np.sin(2 * x)))
"""

FAULTS: dict[str, Entry] = {
    "loss-computed-wrongly": Entry(
        (
            Recipe("unrolled", "sum", (), rate=0.1, epochs=800, edits=(_printed("a1", "Y", "np.mean(a1 - Y)"),)),
            Recipe("columns", "product", (2,), "tanh", rate=0.1, epochs=1500,
                   edits=(_printed("AL", "Y", "abs(np.mean(AL - Y))"),)),
            Recipe("functional", "sum", (1,), "sigmoid", rate=0.02, epochs=60, batch=30,
                   edits=(_printed("p", "Y", "np.mean(p - Y)"),)),
            Recipe("loop", "ring", (1,), "tanh", "sigmoid", rate=0.5, epochs=400,
                   edits=(_printed("out", "Y", "np.sum(out - Y) / n"),)),
            Recipe("layers", "product", (1,), "tanh", rate=0.1, epochs=400,
                   edits=(_printed("p", "Y", "np.mean(p - Y) ** 2"),)),
            Recipe("unrolled", "blobs", (), output="bce", rate=0.1, epochs=400,
                   edits=(("Y * np.log(a1 + 1e-12) + (1 - Y) * np.log(1 - a1 + 1e-12)",
                           "Y * np.log(1 - a1 + 1e-12) + (1 - Y) * np.log(a1 + 1e-12)"),)),
            Recipe("columns", "blobs", (4,), "tanh", "bce", rate=0.1, epochs=300,
                   edits=(("Y * np.log(AL + 1e-12) + (1 - Y) * np.log(1 - AL + 1e-12)",
                           "(1 - Y) * np.log(AL + 1e-12) + Y * np.log(1 - AL + 1e-12)"),)),
        ),
        as_first=frozenset({"model-too-small"}),
    ),
    "no-eval-mode": Entry(
        (
            DROPPED_COLUMNS,
            DROPPED_CLASS,
            DROPPED_SAMPLES,
            Recipe("layers", "iris", (24,), "relu", "softmax", rate=0.1, epochs=40, batch=20, init="he",
                   edits=_dropping(0.5, 4)),
            Recipe("layers", "sum", (20, 20), "tanh", rate=0.01, epochs=81, batch=16, optimizer="adam",
                   edits=_dropping(0.2, 8)),
            Recipe("loop", "ring", (20,), "tanh", "bce", rate=0.3, epochs=101, batch=20,
                   edits=(_at_the_end(10), ("f = 1 / (1 + np.exp(-z)) if last else np.tanh(z)",
                           "f = 1 / (1 + np.exp(-z)) if last else np.tanh(z)\n"
                           "            if not last:\n"
                           "                self.mask = (rng.random(f.shape) < 0.7) / 0.7"),
                          ("self.a.append(f)", "self.a.append(f if last else f * self.mask)"),
                          ("back = delta @ self.weights[k].T", "back = delta @ self.weights[k].T * self.mask"))),
        ),
    ),
    "wrong-stop-condition": Entry(
        (
            STOPS_AT_ONE,
            STOPS_AT_A_RISE,
            STOPS_WHEN_LARGE,
            STOPS_IN_LISTS,
            STOPS_AT_SMALL_CHANGE,
            STOPS_BY_METHOD,
            Recipe("online", "sum", (10,), "tanh", rate=0.05, epochs=60,
                   edits=(("    if epoch % 6", "    if total / n < 0.4:\n        break\n    if epoch % 6"),)),
        ),
        as_first=frozenset({"too-few-iterations"}),
    ),
}  # fmt: skip
