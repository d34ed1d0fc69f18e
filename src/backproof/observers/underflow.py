"""Gradients that are too small for the type of their parameter: below its smallest normal number digits get lost."""

from __future__ import annotations

import numpy as np

from backproof.observations import Quantity
from backproof.observers.looks import Look, ParameterNames, Sheet, swept_back
from backproof.scripts.network import Network

Q = Quantity
MEASURES = (Q.GRADIENT_UNDERFLOW, Q.SMALLEST_NORMAL)
SHORT = 4  # bytes of a number: what is longer never gets there before the loss is at its minimum
MANY = 50  # parameters that are measured one by one


def observe(network: Network, looks: list[Look], sheet: Sheet) -> None:
    """Note, for each parameter in single or half precision, how much of its gradient is below the normal numbers."""
    names = ParameterNames()
    for look in looks:
        named, step = names.of(look), look.steps[-1]
        short = {
            root: np.asarray(look.roles.nodes[change.before].value).dtype
            for root, change in list(step.step.changes.items())[:MANY]
        }
        short = {root: kind for root, kind in short.items() if kind.kind == "f" and kind.itemsize <= SHORT}
        if not short or network.followed is None:
            continue
        arrived = swept_back(look.roles, step, network.followed) or {}
        samples = len(step.targets) if step.targets is not None else 1
        for root, kind in short.items():
            gradient = np.abs(np.asarray(arrived.get(step.step.changes[root].before, 0.0), np.float64)) / samples
            there = gradient[gradient > 0]
            least = float(np.finfo(kind).smallest_normal)
            if there.size:
                sheet.add(look.number, Q.GRADIENT_UNDERFLOW, named[root], float(np.mean(there < least)))
                sheet.add(look.number, Q.SMALLEST_NORMAL, named[root], least)
