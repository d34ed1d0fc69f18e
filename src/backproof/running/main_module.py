"""The script as python would find it: its source, its `__main__` module, `sys.argv` and `sys.path`."""

from __future__ import annotations

import difflib
import os
import runpy
import sys
import tokenize
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from backproof.errors import UsageError

Compile = Callable[[bytes, str], CodeType]


class CannotRun(UsageError):
    """The script cannot be run; python would end with `exit_code`."""

    def __init__(self, message: str, exit_code: int) -> None:
        """Say `message` and remember the exit code."""
        super().__init__(message)
        self.exit_code = exit_code


def read_source(script: str) -> bytes:
    """The bytes of a script.

    Raises:
        CannotRun: it is missing, a directory, unreadable or no text, with the exit code of `python SCRIPT`.
    """
    path = os.path.abspath(script)
    if os.path.isdir(path):
        raise CannotRun(f"{path!r} is a directory: name the script in it that trains{_inside(path)}", 1)
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        told = f"[Errno {error.errno}] {error.strerror}"
        raise CannotRun(f"can't open file {path!r}: {told}{_similar(path)}", 2) from None
    _check_is_text(source, path)
    return source


def _check_is_text(source: bytes, path: str) -> None:
    if b"\0" in source:
        raise CannotRun(f"{path!r} is not Python source text (it holds null bytes): name a .py file", 1)
    try:
        encoding, _ = tokenize.detect_encoding(iter(source.splitlines(keepends=True)).__next__)
        source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
        told = error.msg if isinstance(error, SyntaxError) else str(error)
        remedy = "save it as UTF-8, or declare its encoding in the first line (# coding: latin-1)"
        raise CannotRun(f"{path!r} is not Python source text ({told}): {remedy}", 1) from None


def _inside(directory: str) -> str:
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".py"))
    except OSError:
        return ""
    best = next((name for name in names if name in ("__main__.py", "train.py", "main.py")), names[0] if names else "")
    return f", e.g. {os.path.join(directory, best)!r}" if best else " (it holds no .py file)"


def _similar(path: str) -> str:
    directory, name = os.path.split(path)
    try:
        close = difflib.get_close_matches(name, os.listdir(directory), n=1, cutoff=0.75)
    except OSError:
        return ""
    return f"; did you mean {os.path.join(directory, close[0])!r}?" if close and close[0] != name else ""


def prepare_script(script: str, argv: Sequence[str]) -> tuple[ModuleType, str]:
    """Set `__main__`, `sys.argv` and `sys.path[0]` as `python SCRIPT ARGS` does; the module and the script's path."""
    path = os.path.abspath(script) if os.name == "nt" else os.path.join(os.getcwd(), script)  # not normalised
    main = _new_main()
    main.__loader__ = SourceFileLoader("__main__", path)
    main.__file__ = path
    if sys.version_info < (3, 15):
        main.__dict__["__cached__"] = None
    sys.argv = [script, *argv]
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    return main, path


def prepare_module(argv: Sequence[str]) -> ModuleType:
    """Set `__main__`, `sys.argv` and `sys.path[0]` as `python -m` does before it looks for the module."""
    main = _new_main()
    sys.argv = ["-m", *argv]
    _set_first_path(os.getcwd())
    return main


def _new_main() -> ModuleType:
    main = ModuleType("__main__")
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    _KEPT.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    return main


_KEPT: list[ModuleType] = []  # backproof's own `__main__`: its globals are still in use, and would be torn down


def _set_first_path(directory: str) -> None:
    if not getattr(sys.flags, "safe_path", False):
        sys.path[:1] = [directory]


def run_module(name: str, compiled: Compile, found: Callable[[str], None]) -> None:
    """Run a module as `python -m NAME` does, through python's own `runpy`.

    Args:
        name: The module; of a package its `__main__` is run.
        compiled: Gives the code from source and filename.
        found: Is told the file just before it runs.
    """
    with _instrumented(compiled, found):
        runpy._run_module_as_main(name)  # type: ignore[attr-defined]


@contextmanager
def _instrumented(compiled: Compile, found: Callable[[str], None]) -> Iterator[None]:
    """Let `runpy` find `compiled` code for the next module that it runs."""
    library: Any = runpy
    original = library._get_module_details

    def details(name: str, *rest: Any) -> tuple[str, Any, CodeType]:
        library._get_module_details = original  # it calls itself for packages
        full_name, spec, code = original(name, *rest)  # raises as python does: no such module, a syntax error in it
        if isinstance(spec.loader, SourceFileLoader):
            code = compiled(spec.loader.get_data(spec.origin), spec.origin)
        found(spec.origin or full_name)
        return full_name, spec, code

    library._get_module_details = details
    try:
        yield
    finally:
        library._get_module_details = original
