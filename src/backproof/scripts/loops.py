"""When windows open: before some turns of the outermost loop, early and at its end."""

from __future__ import annotations

import itertools
import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

# Where in the outermost loop later windows lie: early, where the run changes fastest, and at the very end.
FRACTIONS = (0.02, 0.1, 0.3, 0.6)
FRACTIONS_LARGE = (0.2,)
TAIL = 3  # turns before the end of the outermost loop at which the last window opens
SHORT_LOOP = 12  # a loop of fewer turns has a window in each; the loops inside of it are sampled too
TICKS = tuple(4**k for k in range(2, 20))  # turns of a while loop at which a window opens


class Loop:
    """One running `for` loop of the script: how many turns it made, and of how many."""

    def __init__(self, length: int | None) -> None:
        self.length = length
        self.turns = 0
        self.ended = False

    def next_stop(self, fractions: tuple[float, ...] = FRACTIONS) -> int | None:
        """Turns after which the next window should open; None if there is no more."""
        if self.length is None:
            return next((t for t in TICKS if t > self.turns), None)
        if self.length <= SHORT_LOOP:
            return self.turns + 1
        points = [int(f * self.length) for f in fractions] + [self.length - TAIL]
        return next((p for p in points if p > self.turns + 1), None)


class Loops:
    """The running `for` loops of the script, outermost first, and the turns of its `while` loops."""

    def __init__(
        self,
        recording: Callable[[], bool],
        may_open: Callable[[], bool],
        resume: Callable[[], None],
        owns: Callable[[types.CodeType], bool],
        over: Callable[[], None] = lambda: None,
        mark: Callable[[], None] = lambda: None,
    ) -> None:
        """`recording`: is a window open? `may_open`: are more wanted? `resume` opens one; `owns`: its code?

        `over` is called when an outermost loop has come to its end, or was left, `mark` when it has made a turn
        with the window open.
        """
        self.recording, self.may_open, self.resume, self.owns = recording, may_open, resume, owns
        self.over, self.mark = over, mark
        self.running: list[Loop] = []
        self.large = False  # steps are so large that few windows are recorded
        self.left: set[int] = set()  # sites of the `for` loops that were left before their items were used up
        self._ticks: dict[int, int] = {}

    def watched(self, iterable: Any, site: int = -1) -> Any:
        """The same items, with a pause before some turns at which a window opens; `site` is that of the loop."""
        if getattr(type(iterable), "__iter__", None) is None:
            return iterable
        iterator = iter(iterable)
        length = next((n for n in (self._length(iterable), self._length(iterator)) if n >= 0), None)
        return itertools.chain.from_iterable(self._chunks(iterator, Loop(length), site))

    def _length(self, iterable: Any) -> int:
        """How many items there are, where that can be asked without running the script's code; else -1."""
        kind = type(iterable)
        asked = getattr(kind, "__len__", None) or getattr(kind, "__length_hint__", None)
        if isinstance(asked, types.FunctionType) and self.owns(asked.__code__):
            return -1
        try:
            return operator.length_hint(iterable, -1)
        except Exception:  # a library's iterable that does not know its length
            return -1

    def _chunks(self, iterator: Iterator[Any], loop: Loop, site: int) -> Iterator[Iterator[Any]]:
        self.running.append(loop)
        whole = itertools.chain(iterator, self._end(loop))
        try:
            while not loop.ended:
                if self.recording():
                    yield itertools.islice(whole, 1)
                    loop.turns += 1
                    if loop is self.running[0] and self.recording():
                        self.mark()
                    continue
                stop = loop.next_stop(FRACTIONS_LARGE if self.large else FRACTIONS) if self._samples(loop) else None
                if stop is None or not self.may_open():
                    yield whole
                    return
                yield itertools.islice(whole, stop - loop.turns)
                loop.turns = stop
                if not loop.ended:
                    self.resume()
        finally:
            self.running.remove(loop)
            if loop.ended:
                self.left.discard(site)
            else:
                self.left.add(site)
            if not self.running:
                self.over()

    def _end(self, loop: Loop) -> Iterator[Any]:
        loop.ended = True
        return
        yield

    def _samples(self, loop: Loop) -> bool:
        """Is `loop` the outermost of the running ones, short loops around it aside?"""
        for outer in self.running:
            if outer is loop:
                return True
            if outer.length is None or outer.length > SHORT_LOOP:
                return False
        return False

    def turned(self, site: int) -> bool:
        """One more turn of the `while` loop at `site`; is it one at which a window opens?"""
        turns = self._ticks[site] = self._ticks.get(site, 0) + 1
        return turns in TICKS
