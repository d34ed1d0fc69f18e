"""What a recorder must offer, the recorder that records nothing, and how faults of ours are kept from the script."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Protocol

DEBUG = "BACKPROOF_DEBUG"  # set to 1, it shows the traceback of a fault of ours


class Recorder(Protocol):
    """Watches a script that runs in this process.

    A recorder may have an attribute `on_update`: it is set to a function that is to be called, in any thread, after
    each parameter update with the number of updates so far. The function may raise `StopByLimit`; let that pass.
    It may have an attribute `experiments`: it is set to False where nothing is to be trained again for the diagnosis.
    And it may have a method `raised(error)`: it is called with the exception that ends the script, whose frames are
    gone when the diagnosis is made.
    """

    def code_for(self, source: bytes, filename: str) -> CodeType:
        """Compile the script, instrumented; raises SyntaxError just as `compile` would."""

    def attach(self, main_file: str) -> None:
        """Start to watch: called once, just before the script's first line; `main_file` is the script's path."""

    def detach(self) -> None:
        """Stop to watch and leave nothing behind: called at the script's end and in forked children."""


class Faults:
    """Collects what went wrong in backproof itself, so that it can be told after the script has ended."""

    def __init__(self) -> None:
        """Start with none."""
        self.errors: list[BaseException] = []

    def guard(self, action: Callable[[], object]) -> bool:
        """Do `action`; what it raises is kept, not raised. Returns whether it went well."""
        try:
            action()
        except Exception as error:
            self.errors.append(error)
            return False
        return True

    def describe(self) -> list[str]:
        """One line a fault, or its traceback when BACKPROOF_DEBUG is 1."""
        if os.environ.get(DEBUG) == "1":
            return ["".join(traceback.format_exception(error)).rstrip() for error in self.errors]
        return [_line(error) for error in self.errors]


def _line(error: BaseException) -> str:
    told = " ".join(f"{type(error).__name__}: {error}".split())
    return (
        f"backproof: a fault in backproof itself, not in your program ({told[:200]}). Your program ran as it would "
        f"have without backproof. Please send a bug report: run again with {DEBUG}=1 and add the traceback shown."
    )


def plain_code(source: bytes, filename: str) -> CodeType:
    """The code that python itself would run."""
    return compile(source, filename, "exec", dont_inherit=True)


class GuardedRecorder:
    """A recorder whose faults are kept from the script: where it fails, the script runs unwatched."""

    def __init__(self, make: Callable[[], Recorder], faults: Faults, *, experiments: bool = True) -> None:
        """`make` gives the recorder that is guarded; without `experiments` one that makes some is told not to."""
        self.faults = faults
        self.recorder: Recorder | None = None
        self.experiments = experiments
        self.faults.guard(lambda: self._take(make()))

    def _take(self, recorder: Recorder) -> None:
        self.recorder = recorder
        if not self.experiments and hasattr(recorder, "experiments"):
            recorder.experiments = False

    def code_for(self, source: bytes, filename: str) -> CodeType:
        """Instrumented code; python's own where that cannot be had, and python's own SyntaxError."""
        code = None
        fault: Exception | None = None
        try:
            code = self.recorder.code_for(source, filename) if self.recorder is not None else None
        except Exception as error:
            fault = error
        if code is None:
            code = plain_code(source, filename)  # a syntax error is raised here, as python raises it
            self.faults.errors += [fault] if fault is not None else []
        return code

    def attach(self, main_file: str, on_update: Callable[[int], None] | None) -> None:
        """Start to watch; `on_update` is handed to recorders that know it."""
        recorder = self.recorder
        if recorder is None:
            return
        if on_update is not None and hasattr(recorder, "on_update"):
            recorder.on_update = on_update
        self.faults.guard(lambda: recorder.attach(main_file))

    def raised(self, error: BaseException) -> None:
        """An exception ends the script: a recorder that wants to know looks at it now."""
        look = getattr(self.recorder, "raised", None)
        if look is not None:
            self.faults.guard(lambda: look(error))

    def detach(self) -> None:
        """Stop to watch."""
        if self.recorder is not None:
            self.faults.guard(self.recorder.detach)
