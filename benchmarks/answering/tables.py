"""Questions 000 and 001: the table of six rows, and AND, OR and XOR."""

from __future__ import annotations

import numpy as np

from backproof.nn import SGD, Dense, Network
from benchmarks.answering.task import Task

SIX = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0]], [0, 1, 0, 1, 0, 1]
GATE = [[0, 0], [0, 1], [1, 0], [1, 1]]
TABLES = {"six rows": SIX, "AND": (GATE, [0, 0, 0, 1]), "OR": (GATE, [0, 1, 1, 1]), "XOR": (GATE, [0, 1, 1, 0])}
RATES = {"sigmoid": 1.0, "relu": 0.1}
EPOCHS, LOOKS = 5000, 250
NEAR = 0.05  # of its target


def trained(name: str, hidden: str, seed: int) -> dict[str, float]:
    """Epochs until every output is near its target, looked at every 250; and the largest distance then."""
    x, y = (np.array(part, dtype=float) for part in TABLES[name])
    layers = [Dense(4, hidden, initializer="spread"), Dense(1, "sigmoid")]
    network = Network(layers, "binary_cross_entropy", seed=seed)
    epochs, error = 0, float("inf")
    while epochs < EPOCHS and error > NEAR:
        network.fit(x, y, optimizer=SGD(RATES[hidden]), epochs=LOOKS, batch_size=1)
        epochs += LOOKS
        error = float(np.abs(network.predict(x) - y).max())
    return {"error": error, "epochs": epochs}


def task(name: str, hidden: str) -> Task:
    """One table, one hidden activation."""
    inputs = len(TABLES[name][0][0])
    return Task(
        network=f"{name}, {inputs}-4-1, {hidden} hidden",
        method=f"SGD {RATES[hidden]}, batch 1, at most {EPOCHS:,} epochs",
        wanted=f"every output within {NEAR}, {100 if hidden == 'sigmoid' else 95} of 100",
        train=lambda seed: trained(name, hidden, seed),
        reached=lambda run: run["error"] <= NEAR,
        measure="largest distance of an output",
    )


TASKS = {f"{name}, {hidden}": task(name, hidden) for hidden in RATES for name in TABLES}
