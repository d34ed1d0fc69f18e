"""The question on seven sigmoid layers: sin(x + y + z) on [-pi, pi], 100,000 rows, by three and by seven layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np

from backproof.nn import Adam, Cosine, Dense, Layer, Network, Residual
from benchmarks.answering.task import Task

ROWS, TEST_ROWS, WIDTH, EPOCHS = 100_000, 10_000, 32, 20
LOW_ENOUGH = 0.02  # RMSE on test data


@cache
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training and test data, in single precision."""
    generator = np.random.default_rng(7)
    x, other = (generator.uniform(-np.pi, np.pi, (rows, 3)).astype(np.float32) for rows in (ROWS, TEST_ROWS))
    return x, np.sin(x.sum(axis=1)), other, np.sin(other.sum(axis=1))


def plain(count: int, activation: str, first: str, others: str) -> list[Layer]:
    """So many hidden layers, one behind the other."""
    return [Dense(WIDTH, activation, initializer=first if k == 0 else others) for k in range(count)]


def with_skips() -> list[Layer]:
    """A sigmoid layer, and six that a fixed skip goes round, each with a linear map behind it that can be negative."""
    block = (Residual([Dense(WIDTH, "sigmoid"), Dense(WIDTH, initializer="zeros")]) for _ in range(6))
    return [Dense(WIDTH, "sigmoid", initializer="spread"), *block]


NETWORKS: dict[str, tuple[Callable[[], list[Layer]], str, float, int]] = {
    "3 sigmoid layers": (lambda: plain(3, "sigmoid", "glorot", "glorot"), "Glorot", 0.01, 256),
    "7 sigmoid layers": (lambda: plain(7, "sigmoid", "glorot", "glorot"), "Glorot", 0.01, 256),
    "7 ReLU layers": (lambda: plain(7, "relu", "spread", "he"), "`spread`, He", 0.003, 100),
    "7 SELU layers": (lambda: plain(7, "selu", "lecun", "lecun"), "LeCun", 0.003, 256),
    "7 sigmoid layers with skips": (with_skips, "`spread`, Glorot, 0 behind each sigmoid", 0.01, 100),
}


def trained(name: str, seed: int) -> dict[str, float]:
    """RMSE on test and on training data, and the size of the gradient by layer after the first epoch."""
    make, _, rate, batch = NETWORKS[name]
    x, y, other, answers = data()
    network = Network([*make(), Dense(1)], seed=seed, dtype="float32")
    schedule = Cosine(EPOCHS * -(-ROWS // batch), 0.01)
    settings = {"optimizer": Adam(rate), "schedule": schedule, "batch_size": batch, "validation": (other, answers)}
    history = network.fit(x, y, epochs=EPOCHS, **settings)
    sizes = [sizes[0] for key, sizes in history.gradient_rms.items() if key.endswith("/weight")]
    by_layer = {f"gradient {k + 1}": size for k, size in enumerate(sizes)}
    return {"error": _rmse(history.validation_loss), "training": _rmse(history.loss), **by_layer}


def _rmse(losses: list[float]) -> float:
    return float(np.sqrt(2 * losses[-1]))


def notes(name: str, runs: Iterable[dict[str, float]]) -> list[str]:
    """Average errors, and the gradient from the first layer to the last."""
    known = list(runs)
    mean = {key: float(np.mean([run[key] for run in known])) for key in known[0]}
    sizes = [value for key, value in mean.items() if key.startswith("gradient")]
    return [
        f"{name}: RMSE {mean['training']:.4f} on training and {mean['error']:.4f} on test data (mean of {len(known)} "
        f"seeds); RMS of the weights' gradients after the first epoch, from the input side: "
        f"{', '.join(f'{size:.0e}' for size in sizes)}."
    ]


def task(name: str) -> Task:
    """One of the networks."""
    _, initializers, rate, batch = NETWORKS[name]
    return Task(
        network=f"sin(x + y + z) on [-pi, pi], {ROWS:,} rows, {name} of {WIDTH}",
        method=f"Adam {rate} falling to a hundredth (cosine), batch {batch}, {EPOCHS} epochs; {initializers}",
        wanted=f"RMSE of at most {LOW_ENOUGH}" if name not in ("3 sigmoid layers", "7 sigmoid layers") else "",
        train=lambda seed: trained(name, seed),
        reached=lambda run: run["error"] <= LOW_ENOUGH,
        measure="RMSE on test data",
        seeds=10,
        run_is_long=True,
        notes=lambda runs: notes(name, runs),
    )


TASKS = {f"deep, {name}": task(name) for name in NETWORKS}
