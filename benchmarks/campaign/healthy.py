"""Programs that train well: every style and task, unusual but sound choices among them. None may get an alarm."""

from __future__ import annotations

from benchmarks.campaign.planted import Source
from benchmarks.campaign.recipes import Recipe

USUAL: tuple[Recipe, ...] = (
    Recipe("unrolled", "sine", (12,), "tanh", rate=0.1, epochs=4000),
    Recipe("unrolled", "sum", (16,), "sigmoid", rate=0.5, epochs=6000),
    Recipe("unrolled", "line", (), rate=0.1, epochs=300),
    Recipe("unrolled", "ring", (12,), "tanh", "bce", rate=1.0, epochs=2500),
    Recipe("unrolled", "three", (), output="softmax", rate=0.5, epochs=500),
    Recipe("unrolled", "blobs", (), output="bce", rate=0.5, epochs=300),
    Recipe("unrolled", "xor", (8,), "tanh", "sigmoid", rate=1.0, epochs=4000, init=1.0),
    Recipe("columns", "blobs", (4,), "tanh", "bce", rate=0.8, epochs=600),
    Recipe("columns", "ring", (16,), "relu", "bce", rate=0.4, epochs=2500, init="he"),
    Recipe("columns", "iris", (8,), "relu", "softmax", rate=0.3, epochs=800, init="he"),
    Recipe("columns", "plane", (10,), "tanh", rate=0.1, epochs=2000),
    Recipe("columns", "wave", (10,), "sigmoid", rate=0.5, epochs=6000, init=1.5),
    Recipe("functional", "sine", (16,), "tanh", rate=0.05, epochs=400, batch=10),
    Recipe("functional", "sum", (20, 10), "relu", rate=0.05, epochs=300, batch=16, init="he"),
    Recipe("functional", "three", (8,), "tanh", "softmax", rate=0.2, epochs=60, batch=15),
    Recipe("functional", "product", (20,), "tanh", rate=0.1, epochs=600, batch=10),
    Recipe("online", "sine", (10,), "tanh", rate=0.03, epochs=200, samples=60),
    Recipe("online", "blobs", (3,), "sigmoid", "sigmoid", rate=0.5, epochs=30),
    Recipe("online", "iris", (6,), "tanh", "softmax", rate=0.05, epochs=20),
    Recipe("online", "line", (), rate=0.01, epochs=20),
    Recipe("scalars", "xor", (4,), "tanh", "sigmoid", rate=0.5, epochs=3000, init=1.0),
    Recipe("scalars", "sine", (8,), "tanh", rate=0.02, epochs=400, samples=30),
    Recipe("scalars", "blobs", (3,), "sigmoid", "bce", rate=0.2, epochs=40, samples=60),
    Recipe("loop", "sine", (16,), "tanh", rate=0.1, epochs=500, batch=20),
    Recipe("loop", "ring", (16, 8), "relu", "bce", rate=0.3, epochs=250, batch=20, init="he"),
    Recipe("loop", "three", (12,), "leaky_relu", "softmax", rate=0.2, epochs=100, batch=25, init="he"),
    Recipe("loop", "plane", (12,), "tanh", rate=0.1, epochs=200, batch=16),
    Recipe("layers", "sine", (16, 16), "tanh", rate=0.01, epochs=250, batch=20, optimizer="adam"),
    Recipe(
        "layers", "iris", (16,), "relu", "softmax", rate=0.05, epochs=100, batch=30, init="he", optimizer="momentum"
    ),
    Recipe("layers", "ring", (16,), "tanh", "bce", rate=0.02, epochs=120, batch=20, optimizer="adam"),
    Recipe("layers", "sum", (20,), "leaky_relu", rate=0.05, epochs=300, batch=16, init="he"),
    Recipe("layers", "blobs", (6,), "sigmoid", "bce", rate=0.5, epochs=60, batch=20),
)
UNUSUAL: tuple[Recipe, ...] = (
    # Large rates that work.
    Recipe("unrolled", "blobs", (), output="bce", rate=20.0, epochs=200),
    Recipe("columns", "blobs", (5,), "sigmoid", "bce", rate=5.0, epochs=400),
    Recipe("functional", "sine", (16,), "tanh", rate=0.3, epochs=500, batch=20),
    Recipe("unrolled", "line", (), rate=0.9, epochs=100),
    Recipe("online", "sum", (12,), "tanh", rate=0.15, epochs=150),
    # Biases of zero are the default here; none at all where none is needed; ones.
    Recipe("unrolled", "three", (10,), "tanh", "softmax", rate=0.5, epochs=400, bias=None),
    Recipe("loop", "blobs", (6,), "tanh", "bce", rate=0.3, epochs=60, batch=20, bias=None),
    Recipe("functional", "ring", (16,), "tanh", "bce", rate=0.5, epochs=400, batch=20, bias=1.0),
    # Tiny and wide networks.
    Recipe("unrolled", "blobs", (1,), "tanh", "bce", rate=0.5, epochs=400),
    Recipe("columns", "blobs", (2,), "tanh", "sigmoid", rate=1.0, epochs=800),
    Recipe("functional", "line", (64,), "relu", rate=0.02, epochs=60, batch=10, init="he"),
    # Inputs that are not scaled and do no harm.
    Recipe("unrolled", "blobs", (6,), "tanh", "bce", rate=0.3, epochs=800, x_scale=10.0),
    Recipe("columns", "iris", (10,), "relu", "softmax", rate=0.02, epochs=1500, init="he", x_scale=5.0),
    Recipe("layers", "three", (10,), "relu", "softmax", rate=0.03, epochs=80, batch=15, init="he", x_shift=3.0),
    # ReLU networks with some dead units.
    Recipe("unrolled", "ring", (30,), "relu", "bce", rate=0.5, epochs=1500, init="he", bias=-0.5),
    Recipe("loop", "sine", (40,), "relu", rate=0.05, epochs=800, batch=20, init="he", bias=-0.3),
    # Deep networks with skips, or with what suits them.
    Recipe("loop", "sum", (12,) * 6, "tanh", rate=0.03, epochs=200, batch=16, skip=True),
    Recipe("loop", "ring", (10,) * 5, "sigmoid", "bce", rate=0.3, epochs=300, batch=20, skip=True),
    Recipe("layers", "sum", (12,) * 5, "tanh", rate=0.01, epochs=150, batch=16, optimizer="adam"),
    # Zeros where they do no harm: one layer, and an output layer.
    Recipe("unrolled", "line", (), rate=0.1, epochs=300, init="zeros"),
    Recipe("columns", "blobs", (), output="bce", rate=0.5, epochs=300, init="zeros"),
    Recipe("unrolled", "sine", (12,), "tanh", rate=0.1, epochs=4000,
           edits=(("W2 = rng.normal(0, 1, (12, 1)) * np.sqrt(2 / (12 + 1))", "W2 = np.zeros((12, 1))"),)),
    # Few epochs that have taught enough, and small steps that did.
    Recipe("layers", "blobs", (8,), "tanh", "bce", rate=0.05, epochs=4, batch=8, optimizer="adam"),
    Recipe("online", "blobs", (4,), "tanh", "bce", rate=0.2, epochs=4),
    Recipe("online", "three", (8,), "tanh", "softmax", rate=0.2, epochs=6),
    Recipe("unrolled", "line", (), rate=0.005, epochs=4000),
    # Noise that nobody can learn.
    Recipe("unrolled", "line", (), rate=0.1, epochs=400, noise=1.5, samples=300),
    Recipe("columns", "sine", (6,), "tanh", rate=0.1, epochs=4000, noise=0.35, samples=400),
    Recipe("functional", "plane", (8,), "tanh", rate=0.05, epochs=150, batch=25, noise=0.5, samples=400),
    # Weight decay that is mild, data held back that are fitted as well, momentum.
    Recipe("unrolled", "sum", (16,), "tanh", rate=0.1, epochs=4000, decay=1e-4),
    Recipe("loop", "ring", (16,), "tanh", "bce", rate=0.5, epochs=300, batch=20, decay=1e-3, samples=300),
    Recipe("functional", "sum", (16,), "tanh", rate=0.1, epochs=400, batch=16, samples=260, held_out=60),
    Recipe("columns", "blobs", (4,), "tanh", "bce", rate=0.5, epochs=600, samples=260, held_out=60),
    Recipe("layers", "three", (12,), "tanh", "softmax", rate=0.01, epochs=40, batch=16, samples=240, held_out=60,
           optimizer="adam"),
    Recipe("layers", "sine", (20,), "tanh", rate=0.02, epochs=400, batch=20, optimizer="momentum"),
)  # fmt: skip
DEMONSTRATION = """import numpy as np
np.random.seed(SEED)
x = np.array([0.05, 0.10])
t = np.array([0.01, 0.99])
w1 = np.array([[0.15, 0.25], [0.20, 0.30]])
w2 = np.array([[0.40, 0.50], [0.45, 0.55]])
sigmoid = lambda z: 1 / (1 + np.exp(-z))
for step in range(STEPS):
    h = sigmoid(x @ w1 + 0.35)
    o = sigmoid(h @ w2 + 0.60)
    do = (o - t) * o * (1 - o)
    dh = (w2 @ do) * h * (1 - h)
    w2 -= 0.5 * np.outer(h, do)
    w1 -= 0.5 * np.outer(x, dh)
print(0.5 * np.sum((o - t) ** 2))
"""
DEMONSTRATIONS = tuple(DEMONSTRATION.replace("STEPS", str(steps)) for steps in (1, 3, 10000))

HEALTHY: tuple[Source, ...] = (*USUAL, *UNUSUAL, *DEMONSTRATIONS)
