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
        first_step: Updates that were made before the window, by the turns of the outermost loop (see `turns`).
        others: Parts of the program that learn beside this one, from predictions of their own.
        whole: The window that this one has some rows of; None if it has them all.
    """

    recording: Recording
    roles: Roles
    judge: Judge
    best: LossFit | None
    first_step: int
    others: list[Window] = field(default_factory=list)
    whole: Window | None = None

    def rows(self, left: int) -> int:
        """How many samples the program has where `left` are left of them."""
        every, some = (_height(each) for each in (self.whole or self, self))
        return round(left * every / some) if left <= some else left


def _height(window: Window) -> int:
    """The longest axis of the predictions."""
    roles = window.roles
    return max((max(roles.nodes[p.prediction].shape, default=1) for p in roles.steps[-1].pairs.values()), default=1)
