"""Runs a program in this process under the recorder, as `backproof run` does in one of its own."""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
import types
import warnings
from pathlib import Path

import numpy as np

from backproof.findings import Diagnosis, Program
from backproof.observers.numpy import diagnose_recording, recorder


def diagnosis_of(source: str, folder: Path) -> Diagnosis:
    """What backproof says of the program `source`, which is put into `folder`; what it prints is dropped.

    A program that raises is diagnosed too, as `backproof run` does.
    """
    path = folder / "program.py"
    path.write_text(source, encoding="utf-8")
    watching, ended = recorder(), "finished"
    error: str | None = None
    before, kept, main = dict(vars(builtins)), sys.modules["__main__"], types.ModuleType("__main__")
    watching.attach(str(path))
    try:
        code = watching.code_for(source.encode(), str(path))
        sys.modules["__main__"] = main
        with _quiet():
            exec(code, vars(main))
    except Exception as fault:
        ended, error = "raised", f"{type(fault).__name__}: {fault}"
        watching.raised(fault)
    finally:
        sys.modules["__main__"] = kept
        watching.detach()
        for name in vars(builtins).keys() - before.keys():
            delattr(builtins, name)
    return diagnose_recording(watching, Program(str(path), frameworks=("numpy",), ended=ended, error=error))


@contextlib.contextmanager
def _quiet() -> object:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
