"""Draws the cases of the campaign: a style, a network, one to three slips that all have an effect."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.planting.kinds import OPEN
from benchmarks.planting.network import Network
from benchmarks.planting.script import Script, Slip
from benchmarks.planting.styles import STYLES
from benchmarks.planting.watched import parameters_after

EFFECT = 1e-6  # relative change of the first steps of some parameter, below which a slip is none
TRIES = 40
STEPS = 2  # epochs over which the effect is measured


@dataclass(frozen=True, slots=True)
class Case:
    """A script with its slips."""

    style: str
    number: int
    slips: tuple[Slip, ...]
    script: Script


def written(style: str, network: Network, slips: Sequence[Slip] = ()) -> Script:
    """The script of a network in a style, with slips."""
    script = Script(network, frozenset(slips))
    STYLES[style].write(script)
    return script


def draw(style: str, number: int, arity: int, *, unknown: bool = False) -> Case:
    """The case with this number; `unknown`: with corruptions that have no name."""
    rng = random.Random(f"{style} {number} {arity}{' unknown' * unknown}")
    for _ in range(TRIES):
        network = STYLES[style].draw(rng)
        healthy = written(style, network)
        slips = _chosen(rng, healthy, arity, unknown=unknown)
        if len(slips) < arity:
            continue
        script = written(style, network, slips)
        if all(_matters(style, network, slips, slip, script) for slip in slips):
            return Case(style, number, slips, script)
    raise ValueError(f"no case with {arity} slips in {style}, number {number}")


def _chosen(rng: random.Random, healthy: Script, arity: int, *, unknown: bool) -> tuple[Slip, ...]:
    """Slips of different places; every kind is as likely, in whatever number of layers it is offered."""
    found: list[Slip] = []
    while len(found) < arity:
        taken = {healthy.offers[slip] for slip in found}
        offers = [(slip, place) for slip, place in healthy.offers.items() if slip.kind.startswith(OPEN) == unknown]
        free = [slip for slip, place in offers if place not in taken]
        if not free:
            break
        kind = rng.choice(sorted({slip.kind for slip in free}))
        found.append(rng.choice(sorted(slip for slip in free if slip.kind == kind)))
    return tuple(sorted(found))


def _matters(style: str, network: Network, slips: Sequence[Slip], slip: Slip, script: Script) -> bool:
    """Whether the steps are others with the slip than without, the other slips being there."""
    without = written(style, network, [each for each in slips if each != slip])
    wrong, right, start = (
        parameters_after(script, STEPS),
        parameters_after(without, STEPS),
        parameters_after(without, 0),
    )
    if wrong is None or right is None or start is None:
        return False
    return all(np.all(np.isfinite(w)) for w in wrong) and any(
        w.shape == r.shape and np.linalg.norm(w - r) > EFFECT * max(np.linalg.norm(r - s), 1e-300)
        for w, r, s in zip(wrong, right, start, strict=True)
    )
