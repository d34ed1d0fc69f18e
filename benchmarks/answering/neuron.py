"""Question 002: one tanh neuron with weight decay on y = 2 x, and its predictions line by line."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from backproof.nn import SGD, Dense, Network
from benchmarks.answering.task import Task

X = np.arange(1, 21) / 40  # 0.025 to 0.5, as in the question
Y = 2 * X
DECAY = 1e-4
ASKED = (0.1, 0.25, 0.4)  # what is typed, line by line


def trained(seed: int) -> dict[str, float]:
    """Mean half squared error, the gradient's size at the end, and the answers."""
    network = Network([Dense(1, "tanh")], seed=seed)
    history = network.fit(X, Y, optimizer=SGD(0.5, weight_decay=DECAY), epochs=2000, batch_size=None)
    gradient = max(sizes[-1] for sizes in history.gradient_rms.values())
    answers = {f"at {x}": float(network.predict([x])[0]) for x in ASKED}
    return {"error": history.loss[-1], "gradient": gradient, **answers}


def notes(runs: Iterable[dict[str, float]]) -> list[str]:
    """The answers of the first seed, and the gradient."""
    first = next(iter(runs))
    lines = ", ".join(f"{x} gives {first[f'at {x}']:.3f}" for x in ASKED)
    return [
        f"The tanh neuron's gradient is {first['gradient']:.0e} at the end (seed 0): it becomes small because the "
        f"error is at its minimum, which is not 0: no tanh is the line 2 x. Asked line by line, {lines}."
    ]


TASKS = {
    "tanh neuron": Task(
        network="one tanh neuron on y = 2 x",
        method=f"SGD 0.5, all data, weight decay {DECAY:g}, 2,000 steps",
        wanted="",
        train=trained,
        reached=lambda run: True,
        measure="mean half squared error",
        notes=notes,
    )
}
