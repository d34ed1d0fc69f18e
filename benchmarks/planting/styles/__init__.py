"""The programming styles: a module each, with the functions that write a whole script."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.planting.network import OUTPUTS, Network, draw
from benchmarks.planting.script import Script
from benchmarks.planting.styles import batches, layers, lists, optimisers, recurrent, samples, scalars

LOSSES = tuple(OUTPUTS)


@dataclass(frozen=True, slots=True)
class Style:
    """A way to write a training script.

    Attributes:
        write: Writes it.
        losses: That it can have.
        fixed: What its networks have in common.
    """

    write: Callable[[Script], None]
    losses: tuple[str, ...] = LOSSES
    fixed: tuple[tuple[str, object], ...] = ()

    def draw(self, rng: random.Random) -> Network:
        """A network that this style can have."""
        return draw(rng, self.losses, **dict(self.fixed))


STYLES = {
    "module level": Style(batches.module_level),
    "functions and tuples": Style(batches.functions),
    "class with attributes": Style(batches.network_class),
    "dicts, samples as columns": Style(batches.dicts),
    "classifier with rectifiers": Style(
        batches.classifier,
        ("categorical",),
        (("hidden", "relu"), ("biases", True), ("fused", True), ("penalty", 0.01)),
    ),
    "one vector at a time": Style(samples.vectors, ("half", "sum", "mean", "binary", "categorical")),
    "lists, summed over mini-batches": Style(lists.nabla, ("half", "binary"), (("biases", True), ("samples", 6))),
    "layer objects": Style(layers.objects, ("half", "sum", "mean", "categorical")),
    "loops over numbers": Style(scalars.loops, ("half", "binary")),
    "optimiser with state": Style(optimisers.with_state, ("half", "mean", "categorical", "binary")),
    "recurrent": Style(recurrent.through_time, ("half",)),
}
