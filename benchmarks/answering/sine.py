"""Question 004: the sine on [-7.5, 7.5] by 1-10-1, by SGD and by Levenberg-Marquardt; with and without biases."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from backproof.nn import SGD, Cosine, Dense, LevenbergMarquardt, Network
from benchmarks.answering.task import Task

X = np.linspace(-7.5, 7.5, 500)
Y = np.sin(X)
STEPS = 500_000
GOAL = 1e-9
RATE = 0.12
SECONDS = 0.5


def network(seed: int, initializer: str = "spread", *, bias: bool = True) -> Network:
    """1-10-1, sigmoids and a linear output."""
    return Network([Dense(10, "sigmoid", initializer=initializer, bias=bias), Dense(1, bias=bias)], seed=seed)


def by_sgd(seed: int, **settings: Any) -> dict[str, float]:
    """500,000 steps of one sample each; mean half squared error at the end."""
    made = network(seed, **settings)
    method = {"optimizer": SGD(RATE), "schedule": Cosine(STEPS, 0.01), "batch_size": 1}
    return {"error": made.fit(X, Y, epochs=STEPS // len(X), **method).loss[-1]}


def by_marquardt(seed: int, **settings: Any) -> dict[str, float]:
    """To 1e-9, restarts included; or until nothing moves any more."""
    made = network(seed, **settings)
    started = time.perf_counter()
    history = made.fit(X, Y, optimizer=LevenbergMarquardt(goal=GOAL, restarts=20), epochs=2000)
    return {"seconds": time.perf_counter() - started, "error": made.loss(X, Y), "iterations": len(history.loss)}


def by_torch(seed: int) -> dict[str, float]:
    """torch-levenberg-marquardt with its defaults, from the same start, without restarts, for 500 iterations."""
    import torch
    import torch_levenberg_marquardt as peer

    ours = network(seed)
    ours.build(1, (X.min(keepdims=True), X.max(keepdims=True)))
    torch.set_num_threads(1)
    model = torch.nn.Sequential(torch.nn.Linear(1, 10), torch.nn.Sigmoid(), torch.nn.Linear(10, 1)).double()
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), ours.parameters.values(), strict=True):
            parameter.copy_(torch.tensor(value.T.copy()))  # torch keeps weights as (out, in)
    x, y = torch.tensor(X)[:, None], torch.tensor(Y)[:, None]
    module = peer.training.LevenbergMarquardtModule(model=model, loss_fn=peer.loss.MSELoss())
    started, error, iterations = time.perf_counter(), float("inf"), 0
    while iterations < 500 and error > GOAL:
        module.training_step(x, y)
        with torch.no_grad():
            error = float(0.5 * ((model(x) - y) ** 2).mean())
        iterations += 1
    return {"seconds": time.perf_counter() - started, "error": error, "iterations": iterations}


def low(run: dict[str, float]) -> bool:
    """At most 1e-9 within half a second."""
    return run["error"] <= GOAL and run["seconds"] <= SECONDS


NAME, MEASURE = "sine on [-7.5, 7.5], 500 points, 1-10-1", "mean half squared error"
SGD_WORDS = f"SGD {RATE} falling to a hundredth (cosine), batch 1, {STEPS:,} steps"
MARQUARDT = "Levenberg-Marquardt, restarts"
WANTED = f"at most {GOAL:g} within {SECONDS} s, 98 of 100"


def _shown(words: str, method: str, train: Any) -> Task:
    return Task(f"{NAME}, {words}", method, "", train, lambda run: run["error"] <= GOAL, MEASURE)


TASKS = {
    "sine by Levenberg-Marquardt": Task(f"{NAME}, `spread`", MARQUARDT, WANTED, by_marquardt, low, MEASURE),
    "sine by torch-levenberg-marquardt": Task(
        f"{NAME}, the same starts", "torch-levenberg-marquardt 1.2.3, its defaults, 500 iterations", WANTED, by_torch,
        low, MEASURE,
    ),
    "sine without biases": _shown(
        "`spread`, no biases", MARQUARDT, lambda seed: by_marquardt(seed, bias=False)
    ),
    "sine without spread": _shown(
        "Glorot's initial weights", MARQUARDT, lambda seed: by_marquardt(seed, initializer="glorot")
    ),
    "sine by SGD": Task(
        f"{NAME}, `spread`", SGD_WORDS, "at most 0.0001, 100 of 100", by_sgd, lambda run: run["error"] <= 1e-4, MEASURE,
        run_is_long=True,
    ),
    "sine by SGD without biases": Task(
        f"{NAME}, `spread`, no biases", SGD_WORDS, "", lambda seed: by_sgd(seed, bias=False),
        lambda run: run["error"] <= 1e-4, MEASURE, 5,
        run_is_long=True,
    ),
    "sine by SGD without spread": Task(
        f"{NAME}, Glorot's initial weights", SGD_WORDS, "", lambda seed: by_sgd(seed, initializer="glorot"),
        lambda run: run["error"] <= 1e-4, MEASURE, 5,
        run_is_long=True,
    ),
}  # fmt: skip
