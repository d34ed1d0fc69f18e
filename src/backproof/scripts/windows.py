"""A recorded window of a run, with what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from backproof.scripts.recorder import Recording
from backproof.scripts.roles import Roles
from backproof.scripts.verdict import Judge, LossFit


@dataclass(slots=True)
class Window:
    """One stretch of a run.

    Attributes:
        recording: The nodes.
        roles: Parameters, pairs and steps.
        judge: Its comparison with the losses.
        best: The loss that the steps follow best; None if there is none to compare with.
        first_step: Updates that were made before the window, estimated from the turns of the outermost loop.
        others: Parts of the program that learn beside this one, from predictions of their own.
    """

    recording: Recording
    roles: Roles
    judge: Judge
    best: LossFit | None
    first_step: int
    others: list[Window] = field(default_factory=list)
