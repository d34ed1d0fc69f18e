"""The data that campaign programs learn from, as lines of NumPy; each leaves `X` (n, d) and `Y` (n, k)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """Lines that make `X` and `Y` of `n` samples with the generator `rng`.

    Attributes:
        inputs, outputs: Columns of `X` and `Y`.
        kind: "regression", "binary" (0 and 1) or "categorical" (rows of one 1).
        samples: How many there are if a recipe does not say.
    """

    lines: str
    inputs: int
    outputs: int
    kind: str
    samples: int = 120


TASKS = {
    "sine": Task("X = rng.uniform(-3, 3, (n, 1))\nY = np.sin(X)", 1, 1, "regression"),
    "wave": Task("X = np.linspace(-1, 1, n).reshape(-1, 1)\nY = 0.5 + 0.4 * np.cos(3 * X)", 1, 1, "regression"),
    "sum": Task("X = rng.uniform(-1.5, 1.5, (n, 3))\nY = np.sin(X.sum(axis=1, keepdims=True))", 3, 1, "regression"),
    "line": Task(
        "X = rng.normal(0, 1, (n, 3))\nY = X @ np.array([[1.0], [-2.0], [0.5]]) + 0.7", 3, 1, "regression"
    ),
    "plane": Task(
        "X = rng.normal(0, 1, (n, 4))\n"
        "Y = np.stack([X[:, 0] * 0.8 - X[:, 1], np.tanh(X[:, 2]) + 0.3 * X[:, 3]], axis=1)",
        4, 2, "regression",
    ),
    "product": Task("X = rng.uniform(-1, 1, (n, 2))\nY = X[:, :1] * X[:, 1:]", 2, 1, "regression", 150),
    "xor": Task(
        "X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])\nY = np.array([[0.0], [1.0], [1.0], [0.0]])",
        2, 1, "binary", 4,
    ),
    "blobs": Task(
        "Y = (np.arange(n) % 2).reshape(-1, 1) * 1.0\nX = rng.normal(0, 1, (n, 2)) + 3 * Y - 1.5", 2, 1, "binary"
    ),
    "ring": Task(
        "X = rng.uniform(-1.5, 1.5, (n, 2))\nY = ((X ** 2).sum(axis=1, keepdims=True) < 1.2) * 1.0", 2, 1, "binary", 200
    ),
    "three": Task(
        "labels = np.arange(n) % 3\nX = rng.normal(0, 0.6, (n, 2)) + np.array([[0, 2], [-2, -1], [2, -1]])[labels]\n"
        "Y = np.eye(3)[labels]",
        2, 3, "categorical", 150,
    ),
    "iris": Task(
        "labels = np.arange(n) % 3\n"
        "centres = np.array([[-1, 1, -1.2, -1.2], [0.1, -0.6, 0.3, 0.2], [1, 0.2, 1.1, 1.1]])\n"
        "X = centres[labels] + rng.normal(0, 0.35, (n, 4))\nY = np.eye(3)[labels]",
        4, 3, "categorical", 150,
    ),
}  # fmt: skip
