"""Planted faults of the rules on data: classes, order, pairing, labels, scales, values that are missing."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry, Source
from benchmarks.campaign.recipes import Recipe

Edits = tuple[tuple[str, str], ...]
RARE_BLOBS: Edits = (("(np.arange(n) % 2)", "(np.arange(n) % 30 == 0)"), ("3 * Y - 1.5", "1.6 * Y"))
RARE_OF_THREE: Edits = (
    ("labels = np.arange(n) % 3", "labels = np.where(np.arange(n) % 40 == 0, 2, np.arange(n) % 2)"),
)
SORTED_THREE = ("labels = np.arange(n) % 3", "labels = np.arange(n) * 3 // n")
IN_ORDER = ("rng.permutation(n)", "np.arange(n)")
SINE, SUM, LINE = "Y = np.sin(X)", "Y = np.sin(X.sum(axis=1, keepdims=True))", "np.array([[1.0], [-2.0], [0.5]]) + 0.7"
BLOBS, CLASSES, PRODUCT = (
    "X = rng.normal(0, 1, (n, 2)) + 3 * Y - 1.5",
    "Y = np.eye(3)[labels]",
    "Y = X[:, :1] * X[:, 1:]",
)
RING = "Y = ((X ** 2).sum(axis=1, keepdims=True) < 1.2) * 1.0"
BY_TARGET = ("order = np.argsort(Y[:, 0])", "X, Y = X[order], Y[order]")
PLANE = "np.tanh(X[:, 2]) + 0.3 * X[:, 3]], axis=1)"
SIGNS: Edits = (("% 2).reshape(-1, 1) * 1.0", "% 2).reshape(-1, 1) * 2.0 - 1.0"), ("3 * Y - 1.5", "1.5 * Y"))
RING_SIGNS: Edits = (("< 1.2) * 1.0", "< 1.2) * 2.0 - 1.0"),)
AS_NUMBERS: Edits = ((CLASSES, "Y = labels.reshape(-1, 1) * 1.0"),)


def _after(line: str, *more: str) -> Edits:
    """The edit that puts lines behind one."""
    return ((line, "\n".join([line, *more])),)


LOOKED_UP = """import numpy as np
rng = np.random.default_rng(SEED)
n, classes = 90, CLASSES
y = LABELS
X = rng.normal(0, 0.5, (n, 4)) + np.eye(4)[y % 4] * 2
W1 = rng.normal(0, 0.4, (4, 12)); b1 = np.zeros(12)
W2 = rng.normal(0, 0.4, (12, classes)); b2 = np.zeros(classes)
for epoch in range(200):
    h = np.maximum(0, X @ W1 + b1)
    s = h @ W2 + b2
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), y] + 1e-9).mean()
    d = p.copy()
    d[np.arange(n), y] -= 1
    d /= n
    dh = d @ W2.T * (h > 0)
    W2 -= 0.5 * h.T @ d; b2 -= 0.5 * d.sum(axis=0)
    W1 -= 0.5 * X.T @ dh; b1 -= 0.5 * dh.sum(axis=0)
    if epoch % 20 == 0:
        print(epoch, loss)
"""
TEXTS = """import math
import random
random.seed(SEED)
words = "red green blue red blue green red".split() * 6
number = {"red": 1, "green": 2, "blue": 3}
data = [([random.gauss(number[w], 0.3), random.gauss(-number[w], 0.3)], number[w]) for w in words]
W = [[0.0, 0.0, 0.0] for _ in range(3)]
for epoch in range(30):
    for x, label in data:
        z = [w[0] * x[0] + w[1] * x[1] + w[2] for w in W]
        top = max(z)
        e = [math.exp(v - top) for v in z]
        p = [v / sum(e) for v in e]
        loss = -math.log(p[label])
        for k in range(3):
            d = p[k] - (1.0 if k == label else 0.0)
            W[k][0] -= 0.1 * d * x[0]
            W[k][1] -= 0.1 * d * x[1]
            W[k][2] -= 0.1 * d
    print(epoch, loss)
"""
POSITIVE_TERM = """import numpy as np
rng = np.random.default_rng(SEED)
X = rng.normal(size=(150, 4))
Y = ((X @ rng.normal(size=(4, 3))) > 0.3).astype(float)
W1 = rng.normal(size=(4, 8)) * 0.4; b1 = np.zeros(8)
W2 = rng.normal(size=(8, 3)) * 0.3; b2 = np.zeros(3)
for i in range(400):
    h = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = -(Y * np.log(p)).sum(axis=1).mean()
    dz = -(Y / p) * p * (1 - p) / len(X)
    dh = dz @ W2.T * (1 - h ** 2)
    W2 -= 0.3 * h.T @ dz; b2 -= 0.3 * dz.sum(axis=0)
    W1 -= 0.3 * X.T @ dh; b1 -= 0.3 * dh.sum(axis=0)
    if i % 40 == 0:
        print(i, loss)
"""
MISSING_IN_A_LIST = """import random
random.seed(SEED)
rows = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(40)]
targets = [r[0] - 2 * r[1] + 0.5 * r[2] for r in rows]
rows[random.randrange(40)][1] = float("nan")
w, b = [0.0, 0.0, 0.0], 0.0
for epoch in range(20):
    total = 0.0
    for r, t in zip(rows, targets):
        e = sum(wi * xi for wi, xi in zip(w, r)) + b - t
        total += e * e
        for i in range(3):
            w[i] -= 0.05 * e * r[i]
        b -= 0.05 * e
    print(epoch, total / len(rows))
"""

LABELS: tuple[Source, ...] = (
    Recipe("unrolled", "three", (8,), "tanh", "softmax", rate=0.3, epochs=300,
           edits=((CLASSES, "Y = np.eye(3)[labels + 1]"),)),
    Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=300, init="he",
           edits=((CLASSES, "labels[labels == 0] = -1\nY = np.eye(3)[labels]"),)),
    Recipe("layers", "three", (8,), "sigmoid", "softmax", rate=0.3, epochs=30, batch=15,
           edits=((CLASSES, "Y = np.zeros((n, 3))\nfor k in range(n):\n    Y[k, labels[k] + 1] = 1.0"),)),
    LOOKED_UP.replace("CLASSES", "3").replace("LABELS", "rng.integers(1, 4, n)"),
    LOOKED_UP.replace("CLASSES", "4").replace("LABELS", "rng.integers(0, 6, n)"),
    LOOKED_UP.replace("CLASSES", "3").replace("LABELS", "rng.integers(-1, 3, n)"),
    TEXTS,
)  # fmt: skip

FAULTS: dict[str, Entry] = {
    "class-imbalance": Entry(
        (
            Recipe("unrolled", "blobs", (), output="bce", rate=0.05, epochs=400, samples=300, edits=RARE_BLOBS),
            Recipe("columns", "blobs", (6,), "tanh", "bce", rate=0.02, epochs=300, samples=300, edits=RARE_BLOBS),
            Recipe("functional", "blobs", (8,), "tanh", "bce", rate=0.01, epochs=20, batch=20, samples=300,
                   edits=RARE_BLOBS),
            Recipe("online", "blobs", (4,), "tanh", "bce", rate=0.001, epochs=25, samples=300, edits=RARE_BLOBS),
            Recipe("loop", "iris", (8,), "relu", "softmax", rate=0.01, epochs=20, batch=20, samples=320, init="he",
                   edits=RARE_OF_THREE),
            Recipe("layers", "blobs", (8,), "tanh", "bce", rate=0.01, epochs=20, batch=30, samples=300,
                   edits=RARE_BLOBS),
        ),
        as_first=frozenset({"too-few-iterations", "learning-rate-too-low"}),
    ),
    "constant-feature": Entry(
        (
            Recipe("unrolled", "sum", (16,), "tanh", rate=0.2, epochs=3000, edits=_after(SUM, "X[:, 1] = 2.0")),
            Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=800, init="he",
                   edits=_after(CLASSES, "X = np.hstack([X, np.zeros((n, 1))])[:, [0, 1, 2, 4]]")),
            Recipe("functional", "line", (), rate=0.1, epochs=60, batch=16,
                   edits=(("X = rng.normal(0, 1, (n, 3))", "X = rng.normal(0, 1, (n, 3))\nX[:, 2] = -1.0"),)),
            Recipe("online", "plane", (10,), "tanh", rate=0.05, epochs=60, edits=_after(PLANE, "X[:, 3] = 0.5")),
            Recipe("loop", "blobs", (3,), "sigmoid", "bce", rate=0.2, epochs=40, batch=20, samples=60,
                   edits=_after(BLOBS, "X[:, 1] = 1.0")),
            Recipe("layers", "three", (10,), "tanh", "softmax", rate=0.01, epochs=60, batch=16, optimizer="adam",
                   edits=_after(CLASSES, "X[:, 1] = 0.0")),
        ),
        note=True,
    ),
    "data-not-shuffled": Entry(
        (
            Recipe("functional", "ring", (12,), "tanh", "bce", rate=1.0, epochs=60, batch=10,
                   edits=(*_after(RING, *BY_TARGET), IN_ORDER)),
            Recipe("functional", "iris", (10,), "relu", "softmax", rate=1.0, epochs=4, batch=10, init="he",
                   edits=(SORTED_THREE, IN_ORDER, ("0.35", "0.8"))),
            Recipe("online", "ring", (10,), "sigmoid", "sigmoid", rate=0.5, epochs=30,
                   edits=(*_after(RING, *BY_TARGET), IN_ORDER)),
            Recipe("online", "product", (10,), "tanh", rate=0.2, epochs=15,
                   edits=(*_after(PRODUCT, *BY_TARGET), IN_ORDER)),
            Recipe("loop", "ring", (16, 8), "relu", "bce", rate=0.3, epochs=60, batch=10, init="he",
                   edits=(*_after(RING, *BY_TARGET), IN_ORDER)),
            Recipe("layers", "ring", (12,), "tanh", "bce", rate=0.5, epochs=20, batch=10,
                   edits=(*_after(RING, *BY_TARGET), IN_ORDER)),
        ),
    ),
    "inputs-and-labels-misaligned": Entry(
        (
            Recipe("unrolled", "line", (), rate=0.1, epochs=300, edits=_after(LINE, "X = X[rng.permutation(n)]")),
            Recipe("columns", "blobs", (6,), "tanh", "bce", rate=0.3, epochs=400,
                   edits=_after(BLOBS, "rng.shuffle(X)")),
            Recipe("functional", "three", (8,), "tanh", "softmax", rate=0.2, epochs=40, batch=15,
                   edits=_after(CLASSES, "order = rng.permutation(n)", "X = X[order]")),
            Recipe("online", "sum", (12,), "tanh", rate=0.05, epochs=40, edits=_after(SUM, "rng.shuffle(Y)")),
            Recipe("loop", "iris", (10,), "relu", "softmax", rate=0.1, epochs=40, batch=25, init="he",
                   edits=(("net.backward(Y[idx])", "net.backward(Y[rng.permutation(n)[s:s + 25]])"),)),
            Recipe("layers", "plane", (12,), "tanh", rate=0.05, epochs=40, batch=20,
                   edits=(("x, y = X[rows], Y[rows]", "x, y = X[rows], Y[rng.permutation(rows)]"),)),
        ),
        as_first=frozenset({"wrong-loss-derivative"}),
    ),
    "label-out-of-range": Entry(LABELS),
    "loss-not-valid-for-targets": Entry(
        (
            Recipe("unrolled", "blobs", (6,), "tanh", "bce", rate=0.3, epochs=400, edits=SIGNS),
            Recipe("columns", "ring", (10,), "relu", "bce", rate=0.1, epochs=300, init="he", edits=RING_SIGNS),
            Recipe("unrolled", "ring", (), output="bce", rate=0.3, epochs=300, edits=RING_SIGNS),
            Recipe("online", "ring", (8,), "sigmoid", "bce", rate=0.1, epochs=20, edits=RING_SIGNS),
            Recipe("loop", "three", (10,), "tanh", "softmax", rate=0.05, epochs=60, batch=15, edits=AS_NUMBERS),
            Recipe("layers", "iris", (12,), "relu", "sigmoid", rate=0.02, epochs=60, batch=15, init="he",
                   edits=AS_NUMBERS),
            POSITIVE_TERM,
        ),
    ),
    "non-finite-data": Entry(
        (
            Recipe("unrolled", "sine", (12,), "tanh", rate=0.1, epochs=200, edits=_after(SINE, "X[7, 0] = np.nan")),
            Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=200, init="he",
                   edits=_after(CLASSES, "X[rng.integers(n), 2] = np.nan")),
            Recipe("functional", "line", (), rate=0.05, epochs=30, batch=16, edits=_after(LINE, "Y[11] = np.nan")),
            Recipe("online", "blobs", (4,), "sigmoid", "bce", rate=0.1, epochs=10,
                   edits=_after(BLOBS, "X[3, 1] = np.inf")),
            Recipe("loop", "sum", (12, 8), "relu", rate=0.05, epochs=30, batch=16, init="he",
                   edits=_after(SUM, "X[rng.random(X.shape) < 0.02] = np.nan")),
            Recipe("layers", "plane", (10,), "tanh", rate=0.05, epochs=30, batch=20,
                   edits=_after(PLANE, "Y[20, 1] = np.nan")),
            MISSING_IN_A_LIST,
        ),
        as_first=frozenset({"non-finite-values"}),
    ),
    "unscaled-inputs": Entry(
        (
            Recipe("unrolled", "sine", (12,), "tanh", rate=0.1, epochs=1500, init=1.0, x_scale=200.0),
            Recipe("columns", "ring", (6,), "sigmoid", "bce", rate=0.3, epochs=400, x_scale=400.0, init=1.0),
            Recipe("functional", "plane", (10,), "tanh", rate=0.05, epochs=80, batch=16, x_scale=150.0),
            Recipe("online", "sum", (8,), "sigmoid", rate=0.1, epochs=30, x_scale=300.0, init=1.0),
            Recipe("scalars", "product", (6,), "tanh", rate=0.05, epochs=40, x_scale=500.0, init=1.0),
            Recipe("loop", "line", (), rate=1e-6, epochs=60, batch=20, x_scale=100.0, x_shift=500.0),
            Recipe("layers", "iris", (12,), "tanh", "softmax", rate=0.1, epochs=40, batch=15, x_scale=100.0,
                   x_shift=300.0),
        ),
        as_first=frozenset({"saturated-units", "derivative-rounds-to-zero", "learning-rate-too-low"}),
    ),
    "unscaled-targets": Entry(
        (
            Recipe("unrolled", "sum", (12,), "tanh", rate=0.02, epochs=800, edits=_after(SUM, "Y = 4000 + 3000 * Y")),
            Recipe("columns", "product", (10,), "tanh", rate=0.02, epochs=500, edits=_after(PRODUCT, "Y = 5000 * Y")),
            Recipe("functional", "sum", (16,), "relu", rate=0.05, epochs=60, batch=16, init="he",
                   edits=_after(SUM, "Y = 2000 + 1000 * Y")),
            Recipe("online", "product", (10,), "tanh", rate=0.05, epochs=40, edits=_after(PRODUCT, "Y = 300 * Y")),
            Recipe("scalars", "product", (8,), "tanh", rate=0.05, epochs=60, samples=25,
                   edits=_after(PRODUCT, "Y = 150 + 300 * Y")),
            Recipe("loop", "sum", (12, 12), "tanh", rate=0.03, epochs=60, batch=16,
                   edits=_after(SUM, "Y = 800 * Y - 300")),
            Recipe("layers", "product", (16,), "tanh", rate=0.01, epochs=80, batch=20, optimizer="adam",
                   edits=_after(PRODUCT, "Y = 1000 + 500 * Y")),
        ),
        as_first=frozenset({"learning-rate-too-high", "saturated-units"}),
    ),
    "output-range-cannot-reach-target": Entry(
        (
            Recipe("unrolled", "sine", (12,), "tanh", "sigmoid", rate=0.3, epochs=1500),
            Recipe("columns", "plane", (10,), "tanh", "tanh", rate=0.1, epochs=800),
            Recipe("functional", "sum", (10,) * 3, "sigmoid", "sigmoid", rate=0.3, epochs=80, batch=16),
            Recipe("online", "line", (), output="sigmoid", rate=0.1, epochs=30),
            Recipe("scalars", "sine", (8,), "tanh", "sigmoid", rate=0.1, epochs=80, samples=40),
            Recipe("loop", "product", (12,), "tanh", "sigmoid", rate=0.3, epochs=80, batch=20),
            Recipe("layers", "line", (12,), "relu", "tanh", rate=0.05, epochs=60, batch=20, init="he"),
        ),
    ),
}  # fmt: skip
