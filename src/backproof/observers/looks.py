"""The moments of a recorded run at which it is measured, and the list that the measurements go into."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.graph.autodiff import adjoints
from backproof.observations import Observation, Quantity
from backproof.scripts.decay import standard_seeds
from backproof.scripts.described import DescribedLayer
from backproof.scripts.followed import Followed, loss_in
from backproof.scripts.naming import Names
from backproof.scripts.network import Network, SeenWindow
from backproof.scripts.roles import Roles
from backproof.scripts.samples import first_uses
from backproof.scripts.seen import SeenStep
from backproof.scripts.windows import Window

Array = NDArray[Any]
SWEPT = 20_000  # nodes of the steps whose gradients are measured, together
FEWEST, MOST = 3, 24  # of these steps in a look


@dataclass(slots=True)
class Sheet:
    """All that was measured so far, and why the rest was not."""

    observations: list[Observation] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    reasons: dict[Quantity, str] = field(default_factory=dict)
    printed: Place | None = None

    def add(self, step: int, quantity: Quantity, where: str, value: float | None, *, finite: bool = True) -> None:
        """Note one number; None and, unless `finite` is False, NaN and infinity are left out."""
        if value is not None and (not finite or math.isfinite(value)):
            self.observations.append(Observation(step, quantity, where, float(value)))

    def attempt(self, quantities: Iterable[Quantity], measure: Callable[..., None], *args: Any) -> None:
        """Call `measure`; what it raises becomes the reason why `quantities` are missing."""
        try:
            with np.errstate(all="ignore"):
                measure(*args)
        except Exception as fault:  # one part's fault must not cost the others
            for quantity in quantities:
                self.reasons.setdefault(quantity, f"it could not be measured ({type(fault).__name__}: {fault})")


@dataclass(slots=True, eq=False)
class Look:
    """One moment: the steps around it, and the network's weights then (None if it is no plain chain).

    Attributes:
        number: Updates before it.
        steps: The steps that are averaged over.
    """

    number: int
    window: Window
    steps: list[SeenStep]
    weights: tuple[DescribedLayer, ...] | None

    @property
    def roles(self) -> Roles:
        """Of the window."""
        return self.window.roles

    def swept(self) -> list[SeenStep]:
        """Some of the steps, spread evenly."""
        affordable = SWEPT // max(len(self.steps[0].forward.nodes), 1)
        count = min(max(affordable, FEWEST), MOST, len(self.steps))
        wanted = np.linspace(0, len(self.steps) - 1, count)
        return [self.steps[k] for k in np.unique(wanted.round().astype(int))]


class ParameterNames:
    """The names of the first window for the parameters of every window, by the order in which a step uses them."""

    def __init__(self) -> None:
        """No window was seen yet."""
        self._known: dict[str, list[str]] = {}

    def of(self, look: Look) -> dict[int, str]:
        """Names by chain root."""
        own = Names(look.roles, look.roles.sites).by_root
        shared: dict[str, list[int]] = {}
        for root in self._in_order(look):
            shared.setdefault(own[root].split(" #")[0], []).append(root)
        named = dict(own)
        for base, roots in shared.items():
            known = self._known.setdefault(base, [own[root] for root in roots])
            if len(known) == len(roots):
                named.update(zip(roots, known, strict=True))
        return named

    def _in_order(self, look: Look) -> list[int]:
        seen = look.steps[-1]
        uses = first_uses(seen.forward)
        changes = seen.step.changes.items()
        return [root for root, change in sorted(changes, key=lambda item: uses.get(item[1].before, 0))]


def looks_at(network: Network) -> list[Look]:
    """The beginning of the first window, and the end of each."""
    found: list[Look] = []
    for k, seen in enumerate(network.windows):
        found.extend(_first_looks(seen) if k == 0 else _look(seen, seen.steps, seen.last))
    return found


def _first_looks(seen: SeenWindow) -> Iterator[Look]:
    half = len(seen.steps) // 2
    if half:
        number = seen.window.first_step + seen.steps[0].number
        yield Look(number, seen.window, seen.steps[:half], seen.first)
    yield from _look(seen, seen.steps[half:], seen.last)


def _look(seen: SeenWindow, steps: list[SeenStep], weights: tuple[DescribedLayer, ...] | None) -> Iterator[Look]:
    if steps:
        yield Look(seen.window.first_step + steps[-1].number, seen.window, steps, weights)


def swept_back(roles: Roles, seen: SeenStep, followed: Followed) -> dict[int, Array] | None:
    """Derivatives of the followed loss, summed over the samples, by every node of one step; None if it has none."""
    seeds = standard_seeds(roles, seen.step, followed) if followed.standard else None
    if seeds is None:
        loss = loss_in(roles, seen.step, followed.key)
        if loss is None:
            return None
        factor = followed.factor if followed.standard else 1.0
        seeds = {node: np.asarray(seed) / factor for node, seed in loss.seeds.items()}
    return adjoints(seeds, stop=roles.stop)
