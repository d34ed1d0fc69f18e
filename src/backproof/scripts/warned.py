"""Listens to NumPy's warnings of overflow, division by zero and invalid values: where a number first stops being one.

Between the recorded windows nothing else is known of the program. Each warning is shown as it would be; before that,
the operands are read where the operation stands.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from backproof.graph.node import Span
from backproof.scripts.ancestry import Moment
from backproof.scripts.crash import parts_of, span_of
from backproof.scripts.reading import ARRAYS, LARGEST, Reader

SAYS = re.compile(r"(overflow|divide by zero|invalid value) encountered in (.+)")
MOST = 40  # warnings that are kept; the first one tells most
FRAMES = 20  # of libraries between the warning and the program
HOOK = "_showwarnmsg"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One warning of NumPy.

    Attributes:
        kind: "overflow", "divide by zero" or "invalid value".
        operation: As NumPy names it, e.g. "exp".
        span: The expression.
        text: Its source.
        turn: Turns of the outermost loop before it.
        operands: The numbers that went in where the first result is not finite; empty where they could not be read.
        largest: The largest finite magnitude that went in; None where the operands could not be read.
        count: How many results are not finite; 0 where that is not known.
    """

    kind: str
    operation: str
    span: Span
    text: str
    turn: int
    operands: tuple[float, ...]
    largest: float | None
    count: int


class Warned:
    """Keeps what NumPy complains of in the program's own files."""

    def __init__(self, sources: Mapping[str, str], turn: Callable[[], int]) -> None:
        """`sources` are the texts of the program's files, `turn` counts the turns of its outermost loop."""
        self.sources, self.turn = sources, turn
        self.heard: list[Complaint] = []
        self.faults: list[str] = []
        self._show: Callable[[Any], Any] | None = None

    def attach(self) -> None:
        """Listen from now on; where this Python shows warnings in another way, nothing is heard."""
        show = getattr(warnings, HOOK, None)
        if callable(show):
            self._show = show
            setattr(warnings, HOOK, self._shown)

    def detach(self) -> None:
        """Stop to listen."""
        if self._show is not None and getattr(warnings, HOOK, None) == self._shown:
            setattr(warnings, HOOK, self._show)
        self._show = None

    def _shown(self, message: Any) -> Any:
        show = self._show
        if len(self.heard) < MOST and getattr(message, "category", None) is RuntimeWarning:
            try:
                self._hear(str(message.message), sys._getframe(1))
            except Exception as fault:  # the program's warning is shown all the same
                self.faults.append(f"{type(fault).__name__}: {fault}")
        return show(message) if show is not None else None

    def _hear(self, said: str, frame: FrameType | None) -> None:
        found = SAYS.match(said)
        for _ in range(FRAMES):
            if found is None or frame is None or frame.f_code.co_filename in self.sources:
                break
            frame = frame.f_back
        if found is None or frame is None or frame.f_code.co_filename not in self.sources:
            return
        span = span_of(frame, frame.f_lasti)
        if span is not None:
            moment = Moment(frame, span, self.sources[span.file])
            self.heard.append(_complaint(found.group(1), found.group(2), moment, self.turn()))


def _complaint(kind: str, operation: str, moment: Moment, turn: int) -> Complaint:
    node, reader = moment.node(), Reader(moment.frame)
    values = [reader.get(part) for part in parts_of(node, moment, "")] if node is not None else []
    numeric = [value for value in values if _is_numeric(value)]
    operands, count = culprits(reader.get(node), numeric) if node is not None else ((), 0)
    text = moment.text(node) if node is not None else ""
    return Complaint(
        kind, operation.replace("scalar ", ""), moment.span, text, turn, operands, largest_of(numeric), count
    )


def _is_numeric(value: Any) -> bool:
    return type(value) in (int, float) or isinstance(value, np.generic) or type(value) in ARRAYS


def culprits(result: Any, operands: list[Any]) -> tuple[tuple[float, ...], int]:
    """The operands at the first place where the result is not finite, those that are all finite before others.

    Returns:
        The operands there, and at how many places the result is not finite; nothing where shapes do not go together.
    """
    with np.errstate(all="ignore"):
        try:
            tables = [np.asarray(value, dtype=np.float64) for value in (result, *operands)]
            if max(table.size for table in tables) > LARGEST:
                return (), 0
            whole, *parts = np.broadcast_arrays(*tables)
        except (ValueError, TypeError):
            return (), int(np.size(result) - np.count_nonzero(np.isfinite(np.asarray(result, dtype=np.float64))))
        if not parts or whole.shape != tables[0].shape:
            return (), 0
        bad = ~np.isfinite(whole)
        born = bad & np.logical_and.reduce([np.isfinite(part) for part in parts])
        at = np.flatnonzero(born if born.any() else bad)
        return (tuple(float(part.flat[at[0]]) for part in parts) if len(at) else ()), int(bad.sum())


def largest_of(values: Sequence[Any]) -> float | None:
    """The largest finite magnitude in them."""
    sizes = []
    for value in values:
        array = np.abs(np.asarray(value, dtype=np.float64))
        sizes.append(float(np.max(array, initial=0.0, where=np.isfinite(array))))
    return max(sizes, default=None)
