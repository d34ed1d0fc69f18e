"""A training script that is being written: its lines, and the places where something can be wrong in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from benchmarks.planting.network import Network


@dataclass(frozen=True, slots=True, order=True)
class Slip:
    """A mistake that can be planted: which one, and in which layer (0 where it is no matter of one layer)."""

    kind: str
    layer: int


@dataclass(slots=True)
class Script:
    """What a style writes into.

    Attributes:
        network: What the script trains.
        plan: The slips that are to be in it.
        offers: The slips that it could have, with the place; two of one place exclude each other.
        marks: The numbers of the lines that have a slip, from 1.
        lines: The text so far.
        parameters: An expression in the finished script for the list of its parameters.
        missing: What the parameters are called that a missing line should have updated.
    """

    network: Network
    plan: frozenset[Slip] = frozenset()
    offers: dict[Slip, int] = field(default_factory=dict)
    marks: dict[Slip, set[int]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    parameters: str = "[]"
    missing: dict[Slip, str] = field(default_factory=dict)
    _pending: list[Slip] = field(default_factory=list)
    _places: int = 0

    def pick(self, right: str, layer: int, **wrong: str | None) -> str:
        """`right`, or what stands there if one of the slips `wrong` is planned; the next line is marked."""
        self._places += 1
        chosen = right
        for kind, text in wrong.items():
            if text is not None and text != right and self._offered(Slip(kind, layer)):
                chosen = text
                self._pending.append(Slip(kind, layer))
        return chosen

    def has(self, kind: str, layer: int) -> bool:
        """Whether a slip is planned that is no matter of an expression; mark its lines by `mark`."""
        self._places += 1
        return self._offered(Slip(kind, layer))

    def mark(self, kind: str, layer: int) -> None:
        """The next line has this slip, if it is planned."""
        if Slip(kind, layer) in self.plan:
            self._pending.append(Slip(kind, layer))

    def about(self, kind: str, layer: int, name: str) -> None:
        """A slip that is a missing line: every line that names the parameter tells where it is."""
        self.missing[Slip(kind, layer)] = name

    def lines_of(self, slip: Slip) -> set[int]:
        """The numbers of the lines that have a slip, from 1."""
        if slip not in self.missing:
            return self.marks.get(slip, set())
        name = re.compile(rf"(?<![\w.]){re.escape(self.missing[slip])}(?!\w)")
        return {number for number, line in enumerate(self.lines, start=1) if name.search(line)}

    def write(self, *lines: str) -> None:
        """Add lines; what was picked before stands in the first of them."""
        for line in lines:
            self.lines.append(line)
            for slip in self._pending:
                self.marks.setdefault(slip, set()).add(len(self.lines))
            self._pending.clear()

    def _offered(self, slip: Slip) -> bool:
        self.offers.setdefault(slip, self._places)
        return slip in self.plan

    @property
    def text(self) -> str:
        """The whole program."""
        return "\n".join(self.lines) + "\n"
