"""Runs a piece of a program in this process, plainly or instrumented, and keeps all that can be seen of it."""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
import textwrap
import traceback
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backproof.running.tracebacks import peel
from backproof.scripts.recording import Recording
from backproof.scripts.tracer import Tracer
from tests.side_by_side import numbers_in


@dataclass
class Executed:
    """What came of it.

    Attributes:
        out: What it printed.
        error: The traceback of what it raised, as python would print it.
        warned: Category, text, file and line of each warning.
        numbers: All in reach of its globals.
        names: Its globals.
    """

    out: str = ""
    error: str = ""
    warned: list[tuple[str, str, str, int]] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    def seen(self) -> dict[str, Any]:
        """All that a user could notice."""
        return {"out": self.out, "error": self.error, "warned": self.warned, "numbers": self.numbers}


def run_code(code: types.CodeType, namespace: dict[str, Any]) -> None:
    """The frame that stands for what calls the program: it is not shown in tracebacks."""
    exec(code, namespace)


def execute(code: types.CodeType, given: Mapping[str, Any] = types.MappingProxyType({})) -> Executed:
    """Run `code` as `__main__`, with `given` among its globals."""
    made, main = Executed(), types.ModuleType("__main__")
    main.__dict__.update(given)
    printed, kept = io.StringIO(), sys.modules["__main__"]
    sys.modules["__main__"] = main
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            run_code(code, vars(main))
        except BaseException as error:
            peel(error, run_code.__code__)
            made.error = "".join(traceback.format_exception(error))
        finally:
            sys.modules["__main__"] = kept
    made.out, made.names = printed.getvalue(), vars(main)
    made.warned = [(w.category.__name__, str(w.message), w.filename, w.lineno) for w in warned]
    for name, value in list(vars(main).items()):
        if not name.startswith("__"):
            made.numbers.update(numbers_in(value, name, set()))
    return made


def written(source: str, folder: Path) -> tuple[str, str]:
    """The source as it stands in a file, and the file."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path.read_text(encoding="utf-8"), str(path)


def plainly(source: str, folder: Path, given: Mapping[str, Any] = types.MappingProxyType({})) -> Executed:
    """The program as python compiles it."""
    text, file = written(source, folder)
    return execute(compile(text, file, "exec", dont_inherit=True), given)


@contextlib.contextmanager
def tracing(folder: Path, steps: int = 0) -> Iterator[Tracer]:
    """A tracer at work; every window counts as having `steps` steps."""
    tracer, before = Tracer([folder], lambda recording: steps), dict(vars(builtins))
    tracer.attach()
    try:
        yield tracer
    finally:
        tracer.detach()
        for name in vars(builtins).keys() - before.keys():
            delattr(builtins, name)


def instrumented(
    source: str, folder: Path, given: Mapping[str, Any] = types.MappingProxyType({}), steps: int = 0
) -> tuple[Executed, Tracer]:
    """The program instrumented and recorded; no hook may fail."""
    text, file = written(source, folder)
    with tracing(folder, steps) as tracer:
        made = execute(tracer.code_for(text.encode(), file), given)
        made.names["(recording)"] = tracer.recorder.recording
    assert not tracer.recorder.faults, tracer.recorder.faults
    return made, tracer


def nodes_of(made: Executed) -> Recording:
    """The window that was open when the program ended."""
    recording: Recording = made.names["(recording)"]
    return recording
