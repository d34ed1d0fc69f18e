"""Takes our own frames out of an exception's traceback, so that it reads as under plain python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import CodeType, TracebackType

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The parts that run a script or watch it. Not `nn` and the like: a script may use them, and then wants to see them.
OURS = tuple(os.path.join(PACKAGE, part) + os.sep for part in ("running", "scripts", "observers", "graph"))
IMPORT_SYSTEM = "<frozen importlib"


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
    for one in list(_chained(error)):
        while one.__context__ is not None and _is_ours(one.__context__, launcher):
            one.__context__ = one.__context__.__context__
        one.__traceback__ = _peeled(one.__traceback__, launcher)


def _is_ours(error: BaseException, launcher: CodeType) -> bool:
    """Whether an exception went through frames of ours only: the script never met it."""
    return error.__traceback__ is not None and not _kept(error.__traceback__, launcher)


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
    inner = None
    for frame in reversed(_kept(trace, launcher)):
        if frame.tb_next is not inner:
            frame.tb_next = inner
        inner = frame
    return inner


def _kept(trace: TracebackType | None, launcher: CodeType) -> list[TracebackType]:
    """The frames that python would show.

    Where our loader imported a module of the script's, those of the import system around it go too: python hides them.
    """
    frames = list(_frames(trace))
    start = next((k + 1 for k, frame in enumerate(frames) if frame.tb_frame.f_code is launcher), 0)
    kept: list[TracebackType] = []
    for frame in frames[start:]:
        if not _file(frame).startswith(OURS):
            kept.append(frame)
            continue
        while kept and _file(kept[-1]).startswith(IMPORT_SYSTEM):
            kept.pop()
    return kept


def _file(frame: TracebackType) -> str:
    return frame.tb_frame.f_code.co_filename


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
