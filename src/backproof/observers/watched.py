"""What all observers of frameworks share: patches that are undone, and a barrier for our own faults."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Observer")
MOST_FAULTS = 3  # after which nothing more is watched
FREE_SECONDS, SHARE = 0.5, 0.02  # of processor time for looking: so much in any case, and this share of the run


class Observer:
    """Watches a framework that runs in this process.

    Attributes:
        on_update: Is called after each update with the number of updates so far; what it raises is the user's to see.
        busy: We are looking: what the framework is called for now is our own doing.
        faults: What went wrong in us; the user's program does not notice.
    """

    def __init__(self) -> None:
        self.on_update: Callable[[int], None] | None = None
        self.faults: list[Exception] = []
        self.attached = self.busy = False
        self._undo: list[Callable[[], object]] = []
        self._started = time.process_time()
        self._spent = 0.0

    def undo(self, action: Callable[[], object]) -> None:
        """Remember how to take a patch off."""
        self._undo.append(action)

    def patch(self, owner: Any, name: str, replacement: Any) -> None:
        """Replace an attribute until `detach`; one that somebody else replaced since then stays theirs."""
        original = getattr(owner, name)
        setattr(owner, name, replacement)
        self.undo(lambda: setattr(owner, name, original) if getattr(owner, name, None) is replacement else None)

    def detach(self) -> None:
        """Take all patches off, the last one first."""
        self.attached = False
        while self._undo:
            self._undo.pop()()

    def failed(self, fault: Exception) -> None:
        """Count a fault of ours; after some, watch no more."""
        self.faults.append(fault)
        if len(self.faults) >= MOST_FAULTS:
            self.detach()

    def has_time(self) -> bool:
        """Whether looking has taken no more than its share so far."""
        return self._spent < FREE_SECONDS + SHARE * (time.process_time() - self._started)

    def spend(self, seconds: float) -> None:
        """Note time that looking took."""
        self._spent += seconds


def guarded(callback: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R | None]:
    """A callback whose exceptions are counted and not raised, and whose time is noted."""

    @functools.wraps(callback)
    def safe(self: S, *args: P.args, **kwargs: P.kwargs) -> R | None:
        if self.busy:
            return None
        started, self.busy = time.thread_time(), True
        try:
            with np.errstate(all="ignore"):
                return callback(self, *args, **kwargs)
        except Exception as fault:
            self.failed(fault)
            return None
        finally:
            self.busy = False
            self.spend(time.thread_time() - started)

    return cast("Callable[Concatenate[S, P], R | None]", safe)
