"""Runs a script in this process: plainly, for its parameters; or watched, for its report."""

from __future__ import annotations

import builtins
import contextlib
import io
import linecache
import re
import sys
import time
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from backproof.findings import Diagnosis, Program
from backproof.observers.numpy import NumpyRecorder, diagnose_recording
from benchmarks.planting.script import Script

EPOCHS = re.compile(r"^epochs = \d+$", re.MULTILINE)  # a line of every script


def parameters_after(script: Script, epochs: int) -> list[np.ndarray] | None:
    """The parameters after some epochs; None if the script cannot be run."""
    text = EPOCHS.sub(f"epochs = {epochs}", script.text)
    main: dict[str, Any] = {"__name__": "__main__"}
    try:
        with _quiet(), np.errstate(all="ignore"):
            exec(compile(text, "planted.py", "exec"), main)
            return [np.array(each, dtype=float) for each in eval(script.parameters, main)]
    except Exception:
        return None


def report_on(script: Script, path: Path) -> tuple[Diagnosis, float]:
    """What backproof says about a script that is run once, and the seconds that judging took."""
    path.write_text(script.text, encoding="utf-8")
    linecache.checkcache(str(path))
    watched = NumpyRecorder()
    code = watched.code_for(path.read_bytes(), str(path))
    with _quiet(), _as_main(path) as main:
        watched.attach(str(path))
        try:
            exec(code, vars(main))
        except Exception as error:
            ended, why = "raised", f"{type(error).__name__}: {error}"
        else:
            ended, why = "finished", None
        finally:
            watched.detach()
        start = time.thread_time()
        found = diagnose_recording(watched, Program(str(path), (), ("numpy",), 0, 0, ended, why))
        return found, time.thread_time() - start


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _as_main(path: Path) -> Iterator[types.ModuleType]:
    main, before = types.ModuleType("__main__"), set(vars(builtins))
    main.__file__, kept = str(path), sys.modules["__main__"]
    sys.modules["__main__"] = main
    try:
        yield main
    finally:
        sys.modules["__main__"] = kept
        for name in set(vars(builtins)) - before:
            delattr(builtins, name)
