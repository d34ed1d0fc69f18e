"""Planted faults of the rules on rates and dynamics."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry
from benchmarks.campaign.recipes import Recipe

XOR = "Y = np.array([[0.0], [1.0], [1.0], [0.0]])"


def _hanging(line: str, start: int) -> tuple[tuple[str, str], ...]:
    """Edits: data that the seed moves a little, and initial weights of a seed from which training hangs."""
    moved = f"{line}\nX = X + rng.normal(0, 0.02, X.shape)\nrng = np.random.default_rng({start})"
    return ((line, moved),)


FAULTS: dict[str, Entry] = {
    "plateau": Entry(
        (
            Recipe("unrolled", "xor", (2,), "sigmoid", "sigmoid", rate=2.0, epochs=5000, init=1.0,
                   edits=_hanging(XOR, 1)),
            Recipe("columns", "xor", (2,), "relu", "bce", rate=0.3, epochs=2000, init="he", edits=_hanging(XOR, 3)),
            Recipe("functional", "xor", (2,), "tanh", "sigmoid", rate=1.0, epochs=2000, init=1.0,
                   edits=_hanging(XOR, 2)),
            Recipe("online", "xor", (2,), "sigmoid", "bce", rate=0.5, epochs=1500, init=1.0, edits=_hanging(XOR, 2)),
            Recipe("scalars", "xor", (2,), "tanh", "sigmoid", rate=0.5, epochs=2000, init=1.0,
                   edits=_hanging(XOR, 6)),
            Recipe("layers", "xor", (2,), "sigmoid", "sigmoid", rate=2.0, epochs=5000, init=1.0,
                   edits=_hanging(XOR, 1)),
        ),
        as_first=frozenset({"dead-relu"}),
    ),
    "loss-oscillates": Entry(
        (
            Recipe("unrolled", "sum", (16,), "tanh", rate=1.1, epochs=400),
            Recipe("columns", "product", (10,), "relu", rate=1.5, epochs=500, init="he"),
            Recipe("functional", "sine", (12,), "tanh", rate=0.8, epochs=60, batch=8),
            Recipe("online", "sum", (10,), "tanh", "tanh", rate=1.5, epochs=20),
            Recipe("loop", "plane", (10,), "tanh", rate=0.9, epochs=60, batch=12),
            Recipe("layers", "sine", (12, 12), "tanh", "tanh", rate=0.3, epochs=60, batch=10, optimizer="adam"),
        ),
        as_first=frozenset({"learning-rate-too-high"}),
    ),
    "converged": Entry(
        (
            Recipe("unrolled", "line", (), rate=0.1, epochs=500),
            Recipe("columns", "plane", (), rate=0.1, epochs=600, noise=0.4),
            Recipe("functional", "blobs", (), output="bce", rate=1.0, epochs=3000),
            Recipe("online", "line", (), rate=0.02, epochs=40),
            Recipe("scalars", "xor", (4,), "tanh", "sigmoid", rate=1.0, epochs=6000, init=1.0),
            Recipe("loop", "wave", (12,), "tanh", rate=0.2, epochs=6000),
            Recipe("layers", "blobs", (), rate=0.2, epochs=200),
        ),
        as_first=frozenset({"constant-factor-only"}),
        note=True,
    ),
    "learning-rate-too-high": Entry(
        (
            Recipe("unrolled", "line", (), rate=4.0, epochs=300),
            Recipe("columns", "plane", (10,), "tanh", rate=8.0, epochs=500),
            Recipe("functional", "sum", (16,), "relu", rate=2.0, epochs=60, batch=16, init="he"),
            Recipe("online", "sine", (10,), "tanh", rate=2.5, epochs=40),
            Recipe("loop", "line", (12,), "leaky_relu", rate=1.5, epochs=40, batch=16, init="he"),
            Recipe("scalars", "sine", (8,), "tanh", rate=3.0, epochs=60, samples=30),
            Recipe("layers", "sine", (16,), "tanh", rate=3.0, epochs=80, batch=20),
        ),
        as_first=frozenset({"numeric-overflow", "loss-oscillates"}),
    ),
    "dead-relu": Entry(
        (
            Recipe("unrolled", "sine", (10,), "relu", rate=0.05, epochs=500, init="he", bias=-20.0),
            Recipe("columns", "ring", (12,), "relu", "bce", rate=0.1, epochs=400, init="he", bias=-15.0),
            Recipe("functional", "sum", (8, 8), "relu", rate=0.05, epochs=60, batch=16, init="he", bias=-12.0),
            Recipe("online", "plane", (6,), "relu", rate=0.02, epochs=20, init="he", bias=-25.0),
            Recipe("unrolled", "product", (5,), "relu", rate=0.05, epochs=200, init="he", bias=-10.0),
            Recipe("loop", "iris", (10,), "relu", "softmax", rate=0.1, epochs=60, batch=25, init="he", bias=-12.0),
            Recipe("layers", "wave", (12,), "relu", rate=0.05, epochs=100, batch=20, init="he", bias=-8.0),
        ),
    ),
    "vanishing-gradients": Entry(
        (
            Recipe("unrolled", "sum", (10,) * 7, "sigmoid", rate=0.1, epochs=1500),
            Recipe("columns", "sine", (8,) * 6, "sigmoid", rate=0.3, epochs=1500),
            Recipe("functional", "sum", (12,) * 7, "sigmoid", rate=0.1, epochs=120, batch=16),
            Recipe("online", "sum", (8,) * 7, "sigmoid", rate=0.1, epochs=15, samples=80),
            Recipe("loop", "ring", (10,) * 8, "sigmoid", "bce", rate=0.3, epochs=80, batch=20),
            Recipe("layers", "product", (10,) * 7, "sigmoid", rate=0.2, epochs=80, batch=20),
        ),
    ),
    "zero-initialisation": Entry(
        (
            Recipe("unrolled", "ring", (12,), "tanh", "bce", rate=0.5, epochs=1500, init="zeros"),
            Recipe("columns", "product", (10,), "sigmoid", rate=0.5, epochs=1500, init="zeros"),
            Recipe("functional", "sine", (8, 8), "tanh", rate=0.1, epochs=150, batch=16, init="zeros", bias=0.1),
            Recipe("online", "ring", (8,), "sigmoid", "sigmoid", rate=0.3, epochs=15, init="zeros"),
            Recipe("scalars", "xor", (4,), "sigmoid", "sigmoid", rate=0.5, epochs=2000, init="zeros"),
            Recipe("loop", "ring", (16,), "relu", "bce", rate=0.1, epochs=100, batch=20, init="zeros"),
            Recipe("layers", "product", (10,), "tanh", rate=0.1, epochs=100, batch=20, init="zeros"),
            Recipe("unrolled", "xor", (4,), "sigmoid", "bce", rate=1.0, epochs=3000,
                   edits=(("rng.normal(0, 1, (2, 4)) * np.sqrt(2 / (2 + 4))", "np.full((2, 4), 0.5)"),
                          ("rng.normal(0, 1, (4, 1)) * np.sqrt(2 / (4 + 1))", "np.full((4, 1), 0.5)"))),
        ),
        as_first=frozenset({"plateau"}),
    ),
    "init-too-large": Entry(
        (
            Recipe("unrolled", "sum", (12,), "tanh", rate=0.05, epochs=1500, init=12.0),
            Recipe("columns", "ring", (10, 10), "tanh", "bce", rate=0.1, epochs=800, init=15.0),
            Recipe("functional", "wave", (10, 10), "tanh", "sigmoid", rate=0.1, epochs=150, batch=16, init=20.0),
            Recipe("online", "sum", (8, 8), "tanh", rate=0.02, epochs=20, init=12.0),
            Recipe("loop", "product", (12, 12), "tanh", rate=0.02, epochs=100, batch=20, init_scale=25.0),
            Recipe("layers", "sum", (16, 16), "tanh", "tanh", rate=0.05, epochs=60, batch=20, init=10.0),
            Recipe("scalars", "product", (8,), "tanh", rate=0.02, epochs=60, init=15.0),
        ),
        as_first=frozenset({"saturated-units"}),
    ),
    "init-too-small": Entry(
        (
            Recipe("unrolled", "sum", (12, 12), "tanh", rate=0.1, epochs=400, init=0.001),
            Recipe("columns", "ring", (10, 10), "relu", "bce", rate=0.3, epochs=600, init=0.001),
            Recipe("functional", "sine", (12, 12), "tanh", rate=0.05, epochs=50, batch=16, init=0.0005),
            Recipe("online", "product", (8, 8), "tanh", rate=0.05, epochs=25, init=0.001),
            Recipe("loop", "sum", (12, 12, 12), "relu", rate=0.1, epochs=50, batch=16, init=0.005),
            Recipe("layers", "wave", (16, 16), "tanh", rate=0.1, epochs=80, batch=20, init=0.001),
            Recipe("unrolled", "three", (10, 10, 10), "tanh", "softmax", rate=0.3, epochs=500, init=0.003),
        ),
        as_first=frozenset({"vanishing-gradients"}),
    ),
    "saturated-units": Entry(
        (
            Recipe("unrolled", "sum", (12,), "tanh", rate=0.05, epochs=1000, bias=15.0),
            Recipe("columns", "ring", (10,), "sigmoid", "bce", rate=0.3, epochs=600, bias=-20.0,
                   edits=(("np.full((o, 1), -20.0)", "np.full((o, 1), -20.0 if l < len(sizes) - 1 else 0.0)"),)),
            Recipe("functional", "sine", (8, 8), "tanh", rate=0.05, epochs=80, batch=16, bias=12.0),
            Recipe("online", "product", (6,), "sigmoid", rate=0.1, epochs=60, bias=18.0),
            Recipe("scalars", "sine", (6,), "tanh", rate=0.05, epochs=60, bias=10.0),
            Recipe("loop", "ring", (12,), "tanh", "sigmoid", rate=0.3, epochs=80, batch=20, bias=14.0),
            Recipe("layers", "plane", (10,), "tanh", rate=0.05, epochs=60, batch=20, bias=-12.0),
        ),
    ),
    "exploding-gradients": Entry(
        (
            Recipe("unrolled", "sum", (16,) * 5, "relu", rate=0.01, epochs=200, init=1.2),
            Recipe("columns", "sine", (20,) * 5, "relu", rate=0.01, epochs=200, init=1.0),
            Recipe("functional", "product", (20,) * 6, "leaky_relu", rate=0.01, epochs=40, batch=20, init=1.0),
            Recipe("online", "sum", (12,) * 6, "relu", rate=0.005, epochs=10, init=1.2),
            Recipe("loop", "plane", (16,) * 6, "leaky_relu", rate=0.005, epochs=40, batch=20, init=1.2),
            Recipe("layers", "ring", (24,) * 5, "relu", "sigmoid", rate=0.05, epochs=40, batch=20, init=1.0),
            Recipe("layers", "wave", (30,) * 4, "leaky_relu", rate=0.01, epochs=50, batch=20, init=1.5),
        ),
        as_first=frozenset({"init-too-large"}),
    ),
    "too-few-iterations": Entry(
        (
            Recipe("unrolled", "sum", (16,), "tanh", rate=0.3, epochs=30),
            Recipe("columns", "ring", (12,), "tanh", "bce", rate=1.2, epochs=60, init=1.0),
            Recipe("functional", "sine", (12,), "tanh", rate=0.1, epochs=3, batch=16),
            Recipe("online", "ring", (10,), "tanh", "bce", rate=0.1, epochs=3),
            Recipe("scalars", "xor", (4,), "tanh", "sigmoid", rate=0.2, epochs=30, init=1.0),
            Recipe("loop", "product", (16,), "tanh", rate=0.3, epochs=8, batch=20),
            Recipe("layers", "sum", (16,), "relu", rate=0.1, epochs=1, batch=16, init="he"),
        ),
        as_first=frozenset({"learning-rate-too-low"}),
    ),
    "learning-rate-too-low": Entry(
        (
            Recipe("unrolled", "sum", (16,), "tanh", rate=1e-4, epochs=2000),
            Recipe("columns", "blobs", (12,), "tanh", "bce", rate=5e-4, epochs=1000),
            Recipe("functional", "sine", (12,), "tanh", rate=1e-5, epochs=100, batch=16),
            Recipe("online", "blobs", (6,), "sigmoid", "sigmoid", rate=1e-5, epochs=30),
            Recipe("scalars", "xor", (4,), "tanh", "sigmoid", rate=1e-4, epochs=2000, init=1.0),
            Recipe("loop", "iris", (10,), "relu", "softmax", rate=1e-5, epochs=100, batch=15, init="he"),
            Recipe("layers", "line", (12,), "leaky_relu", rate=1e-5, epochs=100, batch=20, init="he"),
        ),
        as_first=frozenset({"too-few-iterations"}),
    ),
    "overfitting": Entry(
        (
            Recipe("unrolled", "sine", (40,), "tanh", rate=0.02, epochs=12000, samples=40, noise=0.6, held_out=25,
                   init=1.0),
            Recipe("columns", "plane", (40,), "tanh", rate=0.1, epochs=6000, samples=60, noise=0.8, held_out=30),
            Recipe("functional", "line", (50,), "tanh", rate=0.05, epochs=3000, batch=10, samples=50, noise=1.0,
                   held_out=25),
            Recipe("loop", "sum", (40,), "tanh", rate=0.1, epochs=3000, batch=10, samples=50, noise=0.6, held_out=25),
            Recipe("layers", "sine", (50, 50), "tanh", rate=0.01, epochs=1500, batch=10, samples=40, noise=0.5,
                   held_out=20, optimizer="adam"),
            Recipe("layers", "plane", (60,), "relu", rate=0.01, epochs=1500, batch=10, samples=60, noise=0.8,
                   held_out=30, init="he", optimizer="adam"),
        ),
    ),
    "model-too-small": Entry(
        (
            Recipe("unrolled", "ring", (), output="bce", rate=0.5, epochs=800),
            Recipe("columns", "ring", (1,), "tanh", "bce", rate=0.5, epochs=1500),
            Recipe("functional", "wave", (1,), "tanh", rate=0.1, epochs=300, batch=16),
            Recipe("online", "product", (1,), "tanh", rate=0.1, epochs=60),
            Recipe("scalars", "product", (1,), "tanh", rate=0.1, epochs=60),
            Recipe("loop", "sum", (), rate=0.1, epochs=100, batch=16),
            Recipe("layers", "product", (1,), "sigmoid", rate=0.2, epochs=200, batch=20),
        ),
        as_first=frozenset({"plateau"}),
    ),
    "regularisation-too-strong": Entry(
        (
            Recipe("unrolled", "sum", (16,), "tanh", rate=0.1, epochs=1500, decay=0.5),
            Recipe("columns", "ring", (12,), "tanh", "bce", rate=0.5, epochs=1000, decay=0.2),
            Recipe("functional", "sine", (12,), "tanh", rate=0.05, epochs=150, batch=16, decay=0.3),
            Recipe("online", "plane", (8,), "tanh", rate=0.02, epochs=30, decay=0.5),
            Recipe("scalars", "product", (6,), "tanh", rate=0.05, epochs=40, decay=0.1),
            Recipe("loop", "iris", (10,), "relu", "softmax", rate=0.1, epochs=60, batch=25, init="he", decay=1.0),
            Recipe("layers", "line", (), rate=0.05, epochs=60, batch=20, decay=1.5),
        ),
    ),
}  # fmt: skip
