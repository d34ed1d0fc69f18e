"""Adds to a run what stopped the program: the exception, and the shapes that met in the operation that raised it."""

from __future__ import annotations

from dataclasses import replace

from backproof.observations import Crash, Observation, Quantity, Run

NOT_STOPPED = "the program did not stop with an exception of an operation"


def with_crash(run: Run, crash: Crash | None) -> Run:
    """The run with the operation that ended it."""
    if crash is None:
        return replace(run, unseen={**run.unseen, Quantity.AXIS_LENGTH: NOT_STOPPED})
    step = run.total_steps or 0
    axes = [(f"{o.text}, axis {k}", n) for o in crash.operands for k, n in enumerate(o.shape or ())]
    seen = [Observation(step, Quantity.AXIS_LENGTH, where, float(length)) for where, length in dict(axes).items()]
    places = {where: replace(crash.place, name=where) for where, _ in axes}
    structure = replace(run.structure, crash=crash, places={**places, **run.structure.places})
    unseen: dict[Quantity, str] = {
        quantity: why for quantity, why in run.unseen.items() if quantity is not Quantity.AXIS_LENGTH
    }
    if not seen:
        unseen[Quantity.AXIS_LENGTH] = "the shapes could not be read"
    return replace(run, observations=(*run.observations, *seen), structure=structure, unseen=unseen)
