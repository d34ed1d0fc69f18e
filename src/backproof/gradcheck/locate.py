"""Where in the program the wrong thing was computed: backward nodes that hold it, up to a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backproof.gradcheck.mistakes._mistake import Array
from backproof.gradcheck.steps import RecordedStep
from backproof.graph.node import Node, Span, ancestors

_CONSTANTS = (1.0, 2.0, 0.5)  # up to which a single number counts as the same: any number is a multiple of any other
_LARGE = 10_000_000  # elements: arrays beyond are not sorted to find a line

Site = tuple[Span, tuple[Span, ...]]  # the expression and the calls that led there
Values = tuple[tuple[Array, ...], ...]  # by step


@dataclass(slots=True, eq=False)
class _Place:
    """All that was computed by one expression, by step."""

    first: Node
    values: list[list[Array]]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where something wrong stands.

    Attributes:
        node: The first node that holds it.
        count: How many values of the first step that accounts for.
        factor: It is a factor of delta, as the derivative of an activation.
    """

    node: Node
    count: int
    factor: bool = False


class Locator:
    """Finds expressions by their values."""

    def __init__(self, steps: Sequence[RecordedStep], tolerance: float) -> None:
        """Sort the backward nodes by the expression that made them."""
        self.tolerance = max(1e-7, 10 * tolerance)
        self.places: dict[Site, _Place] = {}
        self.users: dict[int, list[Node]] = {}
        self.forward = {n.span for s in steps[:1] for n in ancestors(s.predictions, s.stop).values() if n.frames}
        for t, step in enumerate(steps):
            start = max((p.before.index for p in step.parameters), default=-1)
            for node in step.backward:
                if node.index > start:  # an optimiser's state goes back to all steps before
                    self._file(node, t, len(steps))

    def _file(self, node: Node, t: int, count: int) -> None:
        for parent in node.parents:
            self.users.setdefault(parent.index, []).append(node)
        if node.span is None or node.size == 0 or np.asarray(node.value).dtype.kind != "f":
            return
        place = self.places.setdefault((node.span, node.frames), _Place(node, [[] for _ in range(count)]))
        place.values[t].append(np.asarray(node.value, dtype=float).ravel())

    def find(self, wrong: Sequence[Values], *, factor: bool = False) -> Found | None:
        """The expression that first holds one of `wrong`, best evidence first.

        Args:
            wrong: What it may hold.
            factor: The first of them is a factor that counts only where it goes into the second: a value of the forward
                pass may be used elsewhere, and rightly.
        """
        found = [[place for place in self.places.values() if self._holds(place, values)] for values in wrong]
        if factor and len(found) > 1 and found[1]:
            ends = {id(place) for place in found[1]}
            found[0] = [place for place in found[0] if self._goes_into(place, ends)]
        for number, places in enumerate(found):
            if places:
                first = min(places, key=lambda place: place.first.index).first
                return Found(first, max(1, len(wrong[number][0])), factor and number == 0)
        return None

    def spans(self, found: Sequence[Found], *, formula: bool = False) -> tuple[Span, ...]:
        """The expressions of one mistake and the calls around them, the guilty one first.

        That is the call where a helper is given the wrong thing, and the helper where it makes the wrong thing of
        whatever it is given.

        Args:
            found: Where it shows.
            formula: The helper is known to be wrong.
        """
        spans: list[Span] = []
        for each in found:
            alike = [other for other in found if other.node.span == each.node.span]
            everywhere = sum(other.count for other in alike) >= self._times(each.node.span)
            spans += self._spans(each.node, inner=formula or (everywhere and not each.factor))
        return tuple(dict.fromkeys(spans))

    def _times(self, span: Span | None) -> int:
        """How often an expression was computed in the first step."""
        return sum(len(place.values[0]) for (where, _), place in self.places.items() if where == span)

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
                return self._spans(min(wrong, key=lambda node: node.index), inner=True)
        return ()

    def _goes_into(self, place: _Place, ends: set[int]) -> bool:
        users = self.users.get(place.first.index, [])
        return any(u.span is not None and id(self.places.get((u.span, u.frames))) in ends for u in users)

    def _spans(self, node: Node, *, inner: bool) -> tuple[Span, ...]:
        assert node.span is not None
        depth = self._helpers(node)
        places = [node.span, *node.frames]
        while depth and places[0] in self.forward:  # a function that serves the forward pass, and rightly
            depth, places = depth - 1, places[1:]
        first, calls, rest = places[0], places[1 : depth + 1], places[depth + 1 :]
        spans = (first, *calls, *rest) if inner else (*reversed(calls), first, *rest)
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
