"""Planted faults of the rules on rates and dynamics."""

from __future__ import annotations

from benchmarks.campaign.planted import Entry
from benchmarks.campaign.recipes import Recipe

FAULTS: dict[str, Entry] = {
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
            Recipe("scalars", "product", (5,), "relu", rate=0.05, epochs=20, init="he", bias=-10.0),
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
}
