"""Takes our own frames out of an exception's traceback, so that it reads as under plain python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import CodeType, TracebackType

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The parts that run a script or watch it. Not `nn` and the like: a script may use them, and then wants to see them.
OURS = tuple(os.path.join(PACKAGE, part) + os.sep for part in ("running", "scripts", "observers", "graph"))


def print_without_our_frames(launcher: CodeType) -> None:
    """Make the interpreter print the exception that is on its way out as if `launcher` had not called the script.

    The script's own `sys.excepthook` prints it, and is in its place again before that.
    """
    hook = getattr(sys, "excepthook", None)
    if hook is None:
        return

    def print_peeled(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        sys.excepthook = hook
        peel(error, launcher)
        sys.last_traceback = error.__traceback__
        hook(kind, error, error.__traceback__)

    sys.excepthook = print_peeled


def peel(error: BaseException, launcher: CodeType) -> None:
    """Remove our frames from the traceback of `error` and of all that it is chained to or made of."""
    for one in _chained(error):
        one.__traceback__ = _peeled(one.__traceback__, launcher)


def _chained(error: BaseException) -> Iterator[BaseException]:
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def _peeled(trace: TracebackType | None, launcher: CodeType) -> TracebackType | None:
    frames = list(_frames(trace))
    start = next((k + 1 for k, frame in enumerate(frames) if frame.tb_frame.f_code is launcher), 0)
    kept = [frame for frame in frames[start:] if not frame.tb_frame.f_code.co_filename.startswith(OURS)]
    inner = None
    for frame in reversed(kept):
        if frame.tb_next is not inner:
            frame.tb_next = inner
        inner = frame
    return inner


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
