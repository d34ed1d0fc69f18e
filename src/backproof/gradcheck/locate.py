"""Where in the program the wrong thing was computed: backward nodes that hold it, up to a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backproof.gradcheck.mistakes._mistake import Array
from backproof.gradcheck.steps import RecordedStep
from backproof.graph.node import Node, Span

_CONSTANTS = (1.0, 2.0, 0.5)  # up to which a single number counts as the same: any number is a multiple of any other
_LARGE = 10_000_000  # elements: arrays beyond are not sorted to find a line

Site = tuple[Span, tuple[Span, ...]]  # the expression and the calls that led there
Values = tuple[tuple[Array, ...], ...]  # by step


@dataclass(slots=True, eq=False)
class _Place:
    """All that was computed by one expression, by step."""

    first: Node
    values: list[list[Array]]


class Locator:
    """Finds expressions by their values."""

    def __init__(self, steps: Sequence[RecordedStep], tolerance: float) -> None:
        """Sort the backward nodes by the expression that made them."""
        self.tolerance = max(1e-7, 10 * tolerance)
        self.places: dict[Site, _Place] = {}
        self.users: dict[int, list[Node]] = {}
        for t, step in enumerate(steps):
            for node in step.backward:
                self._file(node, t, len(steps))

    def _file(self, node: Node, t: int, count: int) -> None:
        for parent in node.parents:
            self.users.setdefault(parent.index, []).append(node)
        if node.span is None or node.size == 0 or np.asarray(node.value).dtype.kind != "f":
            return
        place = self.places.setdefault((node.span, node.frames), _Place(node, [[] for _ in range(count)]))
        place.values[t].append(np.asarray(node.value, dtype=float).ravel())

    def find(self, wrong: Sequence[Values], *, factor: bool = False, formula: bool = False) -> tuple[Span, ...]:
        """The expression that first holds one of `wrong`, best evidence first, and the calls around it.

        Args:
            wrong: What it may hold.
            factor: The first of them is a factor that counts only where it goes into the second: a value of the forward
                pass may be used elsewhere, and rightly.
            formula: The helper itself is wrong, so that it comes before the call of it.
        """
        found = [[place for place in self.places.values() if self._holds(place, values)] for values in wrong]
        if factor and len(found) > 1 and found[1]:
            ends = {id(place) for place in found[1]}
            found[0] = [place for place in found[0] if self._goes_into(place, ends)]
        for places in found:
            if places:
                return self._spans(min(places, key=lambda place: place.first.index).first, formula=formula)
        return ()

    def departure(self, truths: Sequence[Values]) -> tuple[Span, ...]:
        """The first expression that makes something else of the last right value that the program holds.

        Args:
            truths: What the program should hold, in the order in which it should compute it.
        """
        held = [[place for place in self.places.values() if self._holds(place, values)] for values in truths]
        right = {id(place) for places in held for place in places}
        for places in reversed(held):
            users = [user for place in places for user in self.users.get(place.first.index, ())]
            wrong = [u for u in users if u.span is not None and id(self.places.get((u.span, u.frames))) not in right]
            if wrong:
                return self._spans(min(wrong, key=lambda node: node.index), formula=False)
        return ()

    def _goes_into(self, place: _Place, ends: set[int]) -> bool:
        users = self.users.get(place.first.index, [])
        return any(u.span is not None and id(self.places.get((u.span, u.frames))) in ends for u in users)

    def _spans(self, node: Node, *, formula: bool) -> tuple[Span, ...]:
        assert node.span is not None
        calls = node.frames[: self._helpers(node)]
        rest = node.frames[len(calls) :]
        spans = (node.span, *calls, *rest) if formula else (*reversed(calls), node.span, *rest)
        return tuple(dict.fromkeys(spans))

    def _helpers(self, node: Node) -> int:
        """How many calls the value was returned from before it was used."""
        depths = [len(node.frames) - len(user.frames) for user in self.users.get(node.index, ())]
        return max(0, min(depths, default=0))

    def _holds(self, place: _Place, wrong: Values) -> bool:
        targets = [[_plain(value) for value in step if np.any(value) and not np.all(value == 1)] for step in wrong]
        if not any(targets) or not any(place.values) or len(targets) > len(place.values):
            return False
        if all(value.size == 1 for step in targets for value in step):
            return self._holds_numbers(place, targets)
        factors = [self._factor(values, step) for values, step in zip(place.values, targets, strict=False) if step]
        return all(f is not None and abs(f - (factors[0] or 0.0)) <= self.tolerance * abs(f) for f in factors)

    def _factor(self, values: list[Array], targets: list[Array]) -> float | None:
        """By which the largest of the targets is held; None if it is not."""
        target = max(targets, key=np.size)
        wanted = np.sort(np.abs(target))
        if wanted.size > _LARGE or np.ptp(wanted) == 0:
            return None
        for value in values:
            if value.size == wanted.size and np.all(np.isfinite(value)):
                held = np.sort(np.abs(value))
                factor = float(held @ wanted) / float(wanted @ wanted)
                if factor and np.linalg.norm(held - factor * wanted) <= self.tolerance * np.linalg.norm(held):
                    return factor
        return None

    def _holds_numbers(self, place: _Place, targets: list[list[Array]]) -> bool:
        steps = [(np.concatenate(v), np.concatenate(w)) for v, w in zip(place.values, targets, strict=False) if v and w]
        held = [np.sort(np.abs(v)) for v, _ in steps]
        wanted = [np.sort(np.abs(w)) for _, w in steps]
        if not steps or any(value.size < 1 for value in held):
            return False
        if all(v.size == w.size for v, w in zip(held, wanted, strict=True)) and sum(w.size for w in wanted) > 2:
            return self._parallel(np.concatenate(held), np.concatenate(wanted))
        return any(all(self._contains(v, k * w) for v, w in zip(held, wanted, strict=True)) for k in _CONSTANTS)

    def _parallel(self, held: Array, wanted: Array) -> bool:
        factor = float(held @ wanted) / float(wanted @ wanted)
        return bool(factor and np.linalg.norm(held - factor * wanted) <= self.tolerance * np.linalg.norm(held))

    def _contains(self, held: Array, wanted: Array) -> bool:
        """Whether every number of `wanted` is among the sorted numbers `held`."""
        at = np.searchsorted(held, wanted)
        candidates = np.stack([held[np.clip(at - 1, 0, held.size - 1)], held[np.clip(at, 0, held.size - 1)]])
        return bool(np.all(np.min(np.abs(candidates - wanted), axis=0) <= self.tolerance * wanted))


def _plain(value: Array) -> Array:
    """Flat; one number where all entries are the same."""
    flat = np.asarray(value, dtype=float).ravel()
    return flat[:1] if flat.size > 1 and np.ptp(flat) == 0 else flat
