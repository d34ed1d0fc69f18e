"""Where the report goes: the stderr that backproof was started with, whatever the script does to its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys

FIRST_DESCRIPTOR = 200  # above those that a script opens, so that its numbers stay what they are under python
WIDEST = 100  # columns: longer lines of prose are hard to read
NARROWEST = 40


class ErrorStream:
    """Writes text to the stderr of the process; never raises, whatever has become of that."""

    def __init__(self) -> None:
        """Keep a descriptor of our own: the script may close or replace its stderr."""
        self.descriptor = _duplicate(2)
        self.encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
        self.is_terminal = self.descriptor is not None and os.isatty(self.descriptor)

    @property
    def color(self) -> bool:
        """Whether colours are wanted: on a terminal, unless NO_COLOR or TERM=dumb say otherwise."""
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or (self.is_terminal and os.environ.get("TERM") != "dumb")

    @property
    def width(self) -> int:
        """Columns to use: 80 unless a terminal says otherwise."""
        columns = shutil.get_terminal_size((80, 24)).columns
        if self.is_terminal and self.descriptor is not None and "COLUMNS" not in os.environ:
            with contextlib.suppress(OSError):
                columns = os.get_terminal_size(self.descriptor).columns or 80
        return max(NARROWEST, min(columns, WIDEST))

    def write(self, text: str) -> None:
        """Write all of `text`; what the encoding lacks is escaped."""
        data = text.encode(self.encoding, "backslashreplace")
        with contextlib.suppress(OSError):  # closed, or nobody reads
            while data and self.descriptor is not None:
                data = data[os.write(self.descriptor, data) :]

    def close(self) -> None:
        """Give the descriptor back: a forked child must not hold the terminal or pipe open."""
        if self.descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self.descriptor)
            self.descriptor = None


def _duplicate(descriptor: int) -> int | None:
    try:
        import fcntl  # not on Windows

        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)
    except ImportError:
        return os.dup(descriptor)
    except OSError:  # started with stderr closed, or few descriptors allowed
        return None
