"""Every way in which a script can end: the report is made once, after all else, and then python goes on to end it."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

SIGNAL_EXIT = 128  # the shell's exit code for a process that died by a signal is this plus the signal's number


class Ending:
    """Calls `report` once when the script's process ends, however it ends.

    - Normally, with an exception, or with `sys.exit`: from an `atexit` handler, registered before the script runs, and
      therefore called after all the handlers of the script and after its threads.
    - SIGTERM, unless the script handles that itself: the report, then death by SIGTERM as under python.
    - `os._exit`: the report, then the exit.
    - A forked child never reports: there `forked` is called and all of this is undone.
    """

    def __init__(self, report: Callable[[str, int], int | None], forked: Callable[[], None]) -> None:
        """`report` takes how the script ended and with which exit code; it may give another exit code to end with."""
        self.report, self.forked = report, forked
        self.how, self.exit_code = "finished", 0
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._done = False
        self._real_exit = os._exit

    def install(self) -> None:
        """Listen for every way to end."""
        atexit.register(self._at_exit)
        self._replace_os_exit()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._on_sigterm)

    def now(self, how: str, exit_code: int) -> NoReturn:
        """Report, and end the process without waiting for anything."""
        code = self._once(how, exit_code)
        for stream in (sys.stdout, sys.stderr):
            flush(stream)
        self._real_exit(exit_code if code is None else code)

    def _once(self, how: str, exit_code: int) -> int | None:
        with self._lock:
            if self._done or os.getpid() != self.pid:
                return None
            self._done = True
        return self.report(how, exit_code)

    def _at_exit(self) -> None:
        whole = flush(sys.stdout)
        code = self._once(self.how, self.exit_code)
        if code is not None and whole and flush(sys.stdout) and flush(sys.stderr):
            self._real_exit(code)

    def _on_sigterm(self, number: int, _: FrameType | None) -> None:
        self._once("interrupted", SIGNAL_EXIT + number)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _replace_os_exit(self) -> None:
        real = self._real_exit

        def _exit(status: int) -> NoReturn:
            """Exit to the system with specified status, without normal exit processing."""
            if type(status) is int:
                self._once("finished", status & 0xFF)
            real(status)

        _exit.__module__, _exit.__qualname__ = "posix", "_exit"
        self._set_os_exit(_exit)

    def _set_os_exit(self, function: Any) -> None:
        for module in (os, sys.modules.get("posix")):
            if module is not None:
                module._exit = function  # type: ignore[attr-defined]

    def _in_child(self) -> None:
        self._done = True
        self._lock = threading.Lock()
        atexit.unregister(self._at_exit)
        self._set_os_exit(self._real_exit)
        if signal.getsignal(signal.SIGTERM) == self._on_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.forked()


def flush(stream: Any) -> bool:
    """Write out what the script printed, in order before the report; whether that went well. Never raises."""
    try:
        stream.flush()
    except Exception:
        return False
    return True
