"""Ends a script politely: after so many updates, or after so many seconds."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from backproof.errors import UsageError

REPEAT = 1.0  # seconds after which a script that caught the exception is asked again
PATIENCE = 5  # times that a script which has ended, but whose threads have not, is waited for


class StopByLimit(BaseException):
    """Unwinds the script when a limit is reached; no `except Exception` of the script catches it."""


class Limits:
    """Raises `StopByLimit` in the main thread once a limit is reached, again and again until the script has ended."""

    def __init__(self, updates: int | None, seconds: float | None, give_up: Callable[[], object]) -> None:
        """`give_up` is called when the script's own code has ended but its threads go on."""
        self.updates, self.seconds, self.give_up = updates, seconds, give_up
        self.unwound = False  # the script's main code has ended
        self._ticks_after = 0
        self.wanted = updates is not None or seconds is not None
        if self.wanted and not hasattr(signal, "setitimer"):
            raise UsageError("--time-limit and --stop-after need a system with POSIX signals; leave them out here")

    @property
    def on_update(self) -> Callable[[int], None] | None:
        """What the recorder is to call after each update, if there is a limit to them."""
        return None if self.updates is None else self._count

    def arm(self) -> None:
        """Start the clock."""
        if not self.wanted:
            return
        signal.signal(signal.SIGALRM, self._on_alarm)
        if self.seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, self.seconds, REPEAT)

    def disarm(self) -> None:
        """Stop the clock, unless the script has taken it over."""
        if hasattr(signal, "SIGALRM") and signal.getsignal(signal.SIGALRM) == self._on_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _count(self, updates: int) -> None:
        if self.updates is None or updates < self.updates or self.unwound:
            return
        if threading.current_thread() is threading.main_thread():
            raise StopByLimit
        _thread.interrupt_main(signal.SIGALRM)

    def _on_alarm(self, _: int, frame: FrameType | None) -> None:
        if sys.is_finalizing():
            return
        if not self.unwound:
            raise StopByLimit
        self._ticks_after += 1
        if self._ticks_after >= PATIENCE:
            self.give_up()
