"""A task: one network, one setting, many seeds."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """What is trained, and what counts as reached.

    Attributes:
        network: In words.
        method: How it is trained, in words.
        wanted: What is to be reached, in words; "" where it is only shown.
        train: Seed -> what was measured: `error`, and whatever else is worth keeping.
        reached: Whether such a measurement is what was wanted.
        measure: What `error` is.
        seeds: How many.
        run_is_long: Whether each run is worth keeping at once.
        notes: Sentences below the table, from all runs.
    """

    network: str
    method: str
    wanted: str
    train: Callable[[int], dict[str, float]]
    reached: Callable[[dict[str, float]], bool]
    measure: str
    seeds: int = 100
    run_is_long: bool = False
    notes: Callable[[Iterable[dict[str, float]]], list[str]] = lambda runs: []

    def run(self, seed: int) -> dict[str, float]:
        """Train with one seed; adds its `seconds` unless the task has measured them."""
        started = time.perf_counter()
        found = self.train(seed)
        return {"seconds": time.perf_counter() - started, **found}

    def row(self, runs: Iterable[dict[str, float]]) -> list[Any]:
        """Of the table."""
        known = list(runs)
        errors = sorted(run["error"] if math.isfinite(run["error"]) else math.inf for run in known)
        count = f"{sum(map(self.reached, known))} of {len(known)}" if self.wanted else f"{len(known)} runs"
        middle, seconds = statistics.median(errors), sorted(run["seconds"] for run in known)
        return [
            self.network, self.method, self.wanted or "shown", count, self.measure, f"{middle:.1e}",
            f"{errors[-1]:.1e}", f"{statistics.median(seconds):.2g} s, {seconds[-1]:.2g} s",
        ]  # fmt: skip


HEADER = ["network", "trained by", "wanted", "reached", "error", "median", "worst", "time: median, longest"]
