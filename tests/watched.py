"""Starts backproof with a recorder that records nothing, in a process of its own: `python watched.py run SCRIPT`.

What the fake does is set by the environment: FAKE_FINDINGS is the number of errors it finds in line 1 of the script;
FAKE_FAULT is where it fails (`make`, `code_for`, `attach`, `detach` or `diagnose`).
"""

from __future__ import annotations

import os
import sys
from types import CodeType, ModuleType

from backproof import cli
from backproof.findings import Diagnosis, Evidence, Finding, Place, Program, Severity


class Fake:
    """Compiles as python does; calls `on_update` whenever the script calls `update()`."""

    def __init__(self) -> None:
        fail("make")
        self.on_update = None
        self.updates = 0

    def code_for(self, source: bytes, filename: str) -> CodeType:
        fail("code_for")
        return compile(source, filename, "exec", dont_inherit=True)

    def attach(self, main_file: str) -> None:
        fail("attach")
        sys.modules["__main__"].__dict__.update({"update": self.update} if "FAKE_UPDATES" in os.environ else {})

    def detach(self) -> None:
        fail("detach")

    def update(self) -> None:
        self.updates += 1
        if self.on_update is not None:
            self.on_update(self.updates)


def fail(where: str) -> None:
    """Fail, if that is asked for."""
    if os.environ.get("FAKE_FAULT") == where:
        raise LookupError(f"planted in {where}")


def diagnose_recording(recorder: Fake, program: Program) -> Diagnosis:
    fail("diagnose")
    where = (Place(program.path, 1, name="w", kind="update"),)
    evidence = (Evidence("error", "w", (0,), (1.0,)),)
    findings = int(os.environ.get("FAKE_FINDINGS", 0))
    return Diagnosis(
        tuple(Finding("wrong-sign-update", Severity.ERROR, "Uphill.", where, evidence) for _ in range(findings)),
        program=program,
    )


if __name__ == "__main__":
    observer = ModuleType("backproof.observers.programs")
    observer.recorder, observer.diagnose_program = Fake, diagnose_recording
    sys.modules[observer.__name__] = observer
    cli.main()
