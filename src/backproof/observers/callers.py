"""The lines of the user's own program, seen from inside a framework that it called."""

from __future__ import annotations

import ast
import functools
import linecache
import os
import sys
from collections.abc import Iterator
from types import FrameType

from backproof.findings import Place

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


@functools.lru_cache(maxsize=4096)
def is_own(file: str) -> bool:
    """Whether a source file is the user's: no library's, no installed package's, none of ours."""
    installed = any(part in file for part in INSTALLED) or file.startswith((LIBRARY, PACKAGE + os.sep))
    return not installed and not file.startswith("<")


def own_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The user's frames on the way out from `frame`, the innermost first."""
    while frame is not None:
        if is_own(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def own_place(kind: str, depth: int = 1) -> Place:
    """The user's line that is being run; `depth` frames are left out. An empty place where there is none."""
    frame = next(own_frames(sys._getframe(depth)), None)
    return Place() if frame is None else Place(frame.f_code.co_filename, frame.f_lineno, kind=kind)


def variable_of(value: object, frame: FrameType | None) -> str | None:
    """The name of the variable that holds `value` in the user's frames, or None."""
    for own in own_frames(frame):
        for names in (own.f_locals, own.f_globals):
            found = next((name for name, held in list(names.items()) if held is value), None)
            if found is not None:
                return found
    return None


def assigned_before(place: Place) -> Place:
    """Where the variable got its value whose method is called on the line of `place`; that line if it is not seen.

    Of `loss.backward()` it is the line of `loss = ...` above it, in the same function or at the top.
    """
    if place.file is None or place.line is None:
        return place
    try:
        tree = ast.parse("".join(linecache.getlines(place.file)))
    except SyntaxError:
        return place
    name = next((n for n in _receivers(tree, place.line)), None)
    lines = [line for line in _assignments(tree, name) if line < place.line] if name else []
    return Place(place.file, max(lines), kind="loss") if lines else place


def _receivers(tree: ast.AST, line: int) -> Iterator[str]:
    """Names whose method `backward` is called on `line`, also around a call such as scale(loss).backward()."""
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward"
        if called and getattr(node, "lineno", None) == line:
            assert isinstance(node, ast.Call)
            assert isinstance(node.func, ast.Attribute)
            inner = node.func.value
            inner = inner.args[0] if isinstance(inner, ast.Call) and inner.args else inner
            named = [part.id for part in ast.walk(inner) if isinstance(part, ast.Name)]
            yield from named[:1]


def _assignments(tree: ast.AST, name: str) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            yield node.lineno
