"""Runs a program in this process up to the first recorded steps, and judges them."""

from __future__ import annotations

import builtins
import contextlib
import io
import signal
import sys
import types
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backproof.findings import Finding, GradientVerdict, Verdict
from backproof.observers.numpy import NumpyRecorder, windows_of
from backproof.scripts.accounting import account, account_for_nothing
from backproof.scripts.judgement import Judgement, judge
from backproof.scripts.windows import Window

NOISE = ("error", "warning")


class EnoughError(BaseException):
    """The first window is closed, or the time is up."""


@dataclass
class Judged:
    """What became of a program."""

    rows: list[GradientVerdict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    window: Window | None = None
    error: str = ""

    @property
    def verdict(self) -> str:
        """The worst of the parameters: wrong, undecided, right; none without parameters."""
        found = {row.verdict for row in self.rows}
        order = (Verdict.WRONG, Verdict.UNDECIDED, Verdict.RIGHT)
        return next((each.value for each in order if each in found), "none")

    @property
    def told(self) -> list[str]:
        """Names of the errors and warnings."""
        return sorted({f.rule for f in self.findings if f.severity.value in NOISE})


def judged(source: str, path: Path, seconds: float = 60.0) -> Judged:
    """Run `source` as if it stood in `path`, and judge its first window; `seconds` by the clock at most."""

    def ring(*_: Any) -> None:
        raise EnoughError

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    made = Judged()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            made.window, judgement, made.error = _recorded(source, path)
            made.rows, made.findings = judgement.rows, judgement.findings
    except EnoughError:
        made.error = "out of time"
    except Exception as fault:
        made.error = f"{type(fault).__name__}: {fault}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    return made


def _recorded(source: str, path: Path) -> tuple[Window | None, Judgement, str]:
    watched = NumpyRecorder()
    tracer = watched.tracer
    tracer.roots = [path.parent.resolve()]
    code = watched.code_for(source.encode(), str(path))
    close = tracer.close

    def closing(because: str, steps: int = 0) -> None:
        close(because, steps)
        if because != "the script ended":
            raise EnoughError

    tracer.close = closing  # type: ignore[method-assign]
    error = _executed(watched, code, path)
    windows = windows_of(tracer)
    if not windows:
        return None, account_for_nothing(tracer.windows, tracer.recorder.sites, tracer.files), error
    judgement = judge(windows[0], tracer.recorder.sites)
    judgement.findings += account(windows[0], judgement, tracer.recorder.sites, tracer.files)
    for part in windows[0].others:
        more = judge(part, tracer.recorder.sites)
        judgement.rows += more.rows
        judgement.findings += more.findings
    return windows[0], judgement, error


def _executed(watched: NumpyRecorder, code: types.CodeType, path: Path) -> str:
    main, before = types.ModuleType("__main__"), dict(vars(builtins))
    main.__file__, kept, state = str(path), sys.modules["__main__"], np.geterr()
    sys.modules["__main__"] = main
    np.random.seed(0)  # noqa: NPY002 - the generator that programs without a seed use
    try:
        watched.attach(str(path))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(code, vars(main))
    except EnoughError:
        if not watched.tracer.windows:
            raise
    except (Exception, SystemExit) as fault:
        return f"{type(fault).__name__}: {fault}"
    finally:
        watched.detach()
        sys.modules["__main__"] = kept
        np.seterr(**state)
        for name in vars(builtins).keys() - before.keys():
            delattr(builtins, name)
    return ""
