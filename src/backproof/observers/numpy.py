"""Watches an unchanged NumPy or plain-Python script: records steps of it, judges them and measures the run."""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import CodeType

import numpy as np

from backproof.doctor import diagnose
from backproof.findings import Coverage, Diagnosis, Finding, Program, Severity, Verdict
from backproof.observations import Crash, Run
from backproof.observers.labels import with_labels
from backproof.observers.predicting import with_predicting
from backproof.observers.recorded import run_of
from backproof.observers.remarks import remarks
from backproof.observers.stopped import with_crash
from backproof.observers.stopping import with_stop
from backproof.observers.trials import completed, with_trials
from backproof.scripts.accounting import account, account_for_nothing
from backproof.scripts.crash import crash_of
from backproof.scripts.imports import OwnFiles
from backproof.scripts.judgement import Judgement, judge
from backproof.scripts.network import describe
from backproof.scripts.parts import components
from backproof.scripts.roles import count_steps, roles_of
from backproof.scripts.sessions import sessions
from backproof.scripts.thinning import thinned
from backproof.scripts.tracer import Tracer
from backproof.scripts.turns import timed
from backproof.scripts.verdict import Judge
from backproof.scripts.whole_numbers import cut_off
from backproof.scripts.windows import Window

ABOUT_STEPS = frozenset({"learning-rate-too-high"})
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
WINDOW_SECONDS = 2.5  # of finding what is what, after which only the last window is looked at
OTHER_TRAININGS = 5  # that are judged beside the first
LATER_TRIED = 4  # windows; one is enough unless units are dead or saturated, or gradients were being checked


class NumpyRecorder:
    """The recorder that `running` drives."""

    on_update: Callable[[int], None] | None = None
    experiments = True  # may the recorded network be trained again?

    def __init__(self) -> None:
        """Nothing is recorded before `attach`."""
        self.tracer = Tracer([], lambda recording: count_steps(recording, self.tracer.recorder.sites))
        self.crash: Crash | None = None

    def code_for(self, source: bytes, filename: str) -> CodeType:
        """Instrumented code; raises SyntaxError just as `compile` would."""
        return self.tracer.code_for(source, filename)

    def attach(self, main_file: str) -> None:
        """Start to record."""
        self.tracer.own_files = OwnFiles([Path(main_file).resolve().parent])
        self.tracer.on_update = self.on_update
        self.tracer.attach()

    def raised(self, error: BaseException) -> None:
        """An exception ends the script: see what stopped it while its frames still live."""
        self.crash = crash_of(error, self.tracer.files)

    def detach(self) -> None:
        """Take all hooks off."""
        self.tracer.detach()


def recorder() -> NumpyRecorder:
    """A new recorder."""
    return NumpyRecorder()


def windows_of(tracer: Tracer) -> list[Window]:
    """What was found in each recorded window that holds steps."""
    found: list[Window] = []
    started = time.thread_time()
    for recording in tracer.windows:
        late = time.thread_time() - started > WINDOW_SECONDS and recording is not tracer.windows[-1]
        parts = [] if found and late else components(roles_of(recording, tracer.recorder.sites))
        if parts:
            roles, *others = parts
            window = Window(recording, roles, Judge(roles), None, 0)
            window.others = [Window(recording, part, Judge(part), None, 0) for part in others]
            found.append(window)
    timed(found)
    return found


@np.errstate(all="ignore")  # the script may have asked NumPy to raise
def diagnose_recording(watched: NumpyRecorder, program: Program) -> Diagnosis:
    """Judge and measure what was recorded, and say what is wrong."""
    keep_freed_memory()
    tracer = watched.tracer
    trainings = sessions(windows_of(tracer))
    windows = trainings[0] if trainings else []
    judgement = _judged(windows, tracer) if windows else _unfound(tracer)
    _judge_others(trainings[1:OTHER_TRAININGS], judgement, tracer)
    for k, window in enumerate(windows):
        if k and window.whole is None:
            _match(window, judgement)
        windows[k] = window if window.whole is not None else _thin(window)
    _cut_off(watched, judgement)
    run, findings = _run(windows, judgement, program, watched, whole=len(trainings) <= 1)
    run = with_crash(run, watched.crash)
    run = with_labels(run, tracer.windows, tracer.recorder.sites, watched.crash)
    run = with_predicting(run, windows, tracer.windows, tracer.files)
    diagnosis = diagnose(run, gradient_findings=findings)
    diagnosis = replace(diagnosis, findings=_weighed([_placed(f, judgement) for f in diagnosis.findings]))
    remarked = _remarked(run, windows, _is_wrong(judgement))
    updates = sum(len(window.roles.all_steps) for window in windows)
    return replace(
        diagnosis,
        gradients=tuple(judgement.rows),
        coverage=_coverage(windows),
        program=replace(program, updates_seen=updates),
        notes=(*diagnosis.notes, *remarked, *tracer.notes, *judgement.notes, *_faults(tracer)),
    )


def keep_freed_memory() -> None:
    """Let the C library keep what is freed: giving large arrays back to the system and taking them again costs more.

    The script has ended; nothing of its own is affected. Source: mallopt(3).
    """
    with contextlib.suppress(Exception):
        library = ctypes.CDLL(None)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        library.mallopt(M_MMAP_THRESHOLD, 2**30)


def _judged(windows: list[Window], tracer: Tracer) -> Judgement:
    """The verdict on the first window; where that leaves all undecided, on a later one. Judged windows are thinned."""
    k, chosen = 0, judge(windows[0], tracer.recorder.sites)
    decided = _decided(chosen) or _spoilt(windows[0], chosen, tracer)
    for later in range(1, min(LATER_TRIED, len(windows)) if not decided else 0):
        found = judge(windows[later], tracer.recorder.sites)
        if _decided(found):
            k, chosen = later, found
            break
    windows[k] = judged = _thin(windows[k])
    if judged.whole is not None:
        chosen.fit = judged.best
    chosen.findings += account(judged, chosen, tracer.recorder.sites, tracer.files)
    for part in windows[0].others:
        more = judge(part, tracer.recorder.sites)
        chosen.rows += more.rows
        chosen.findings += more.findings
    return chosen


def _spoilt(window: Window, judgement: Judgement, tracer: Tracer) -> bool:
    """Whether an account of the first steps finds what is wrong with them: later ones do not show what came before."""
    judged = replace(judgement, rows=[*judgement.rows], findings=[*judgement.findings], notes=[])
    found = account(window, judged, tracer.recorder.sites, tracer.files)
    return any(finding.severity is Severity.ERROR for finding in found)


def _thin(window: Window) -> Window:
    """Some rows of a window: enough for all but the verdict."""
    made = thinned(window)
    window.recording.shadow.cache.clear()
    return made


def _judge_others(trainings: list[list[Window]], judgement: Judgement, tracer: Tracer) -> None:
    """Trainings that begin anew are judged too; what is wrong only there is told as well."""
    if not trainings:
        return
    judgement.notes.append("the script trains more than once: the first training was measured, the others judged")
    known = {finding.rule for finding in judgement.findings}
    for training in trainings:
        other = _judged(training, tracer)
        judgement.rows += [row for row in other.rows if row.verdict is Verdict.WRONG and not known]
        judgement.findings += [finding for finding in other.findings if finding.rule not in known]
        known |= {finding.rule for finding in other.findings}


def _unfound(tracer: Tracer) -> Judgement:
    """The verdict where no step was found: new values of parameters may be computed and dropped."""
    return account_for_nothing(tracer.windows, tracer.recorder.sites, tracer.files)


def _cut_off(watched: NumpyRecorder, judgement: Judgement) -> None:
    """Integer arrays that the accounts of the steps did not see: the program stopped at once, or drops the steps."""
    if any(finding.rule == "integer-weights" for finding in judgement.findings):
        return
    try:
        judgement.findings += cut_off(watched.tracer.windows, watched.tracer.recorder.sites, watched.crash)
    except Exception as fault:
        judgement.notes.append(f"integer arrays could not be looked for ({type(fault).__name__}: {fault})")


def _decided(judgement: Judgement) -> bool:
    return any(row.verdict is not Verdict.UNDECIDED for row in judgement.rows)


def _match(window: Window, judgement: Judgement) -> None:
    """In a later window, the fit of the same loss as in the first one; of large steps one will do."""
    if window.judge.steps and window.judge.large:
        window.judge = Judge(window.roles, window.judge.steps[-1:], window.judge.roots)
    window.best = window.judge.fit_of(judgement.fit.loss.key) if judgement.fit else None
    if window.best is None:
        window.best = next(iter(window.judge.fits()), None)


def _run(
    windows: list[Window], judgement: Judgement, program: Program, watched: NumpyRecorder, *, whole: bool
) -> tuple[Run, list[Finding]]:
    tracer = watched.tracer
    try:
        network = completed(describe(windows), windows, whole=whole)
        run = run_of(windows, program.ended, network, tracer.windows, tracer.warned.heard)
        run = run if whole else replace(run, total_steps=None)
        run = with_trials(run, network, wrong=_is_wrong(judgement), wanted=watched.experiments)
        run = with_stop(run, network, windows, tracer, wanted=watched.experiments)
    except Exception as fault:  # what was judged is told all the same
        judgement.notes.append(f"a fault of backproof in measuring the run: {type(fault).__name__}: {fault}")
        run = Run()
    return replace(run, gradients=tuple(judgement.rows)), judgement.findings


def _remarked(run: Run, windows: list[Window], wrong: bool) -> list[str]:
    try:
        return list(remarks(run, windows, wrong))
    except Exception as fault:
        return [f"a fault of backproof in its remarks: {type(fault).__name__}: {fault}"]


def _is_wrong(judgement: Judgement) -> bool:
    return any(row.verdict is Verdict.WRONG for row in judgement.rows)


def _placed(finding: Finding, judgement: Judgement) -> Finding:
    """A finding about the steps as such points to the update statements."""
    if finding.rule not in ABOUT_STEPS or any(place.line is not None for place in finding.where):
        return finding
    places = {row.parameter.line: row.parameter for row in judgement.rows}
    return replace(finding, where=tuple(places.values())[:3]) if places else finding


def _weighed(findings: list[Finding]) -> tuple[Finding, ...]:
    """A gradient that is summed over the batch is worth a warning where the rate is too high by measurement."""
    if any(f.rule in ABOUT_STEPS and f.severity is not Severity.NOTE for f in findings):
        words = "; and by measurement the steps are too long: see learning-rate-too-high"
        for k, finding in enumerate(findings):
            if finding.rule == "batch-gradient-not-averaged" and finding.severity is Severity.NOTE:
                findings[k] = replace(finding, severity=Severity.WARNING, message=finding.message + words)
    return tuple(sorted(findings, key=lambda finding: finding.severity.rank))


def _coverage(windows: list[Window]) -> Coverage:
    if not windows:
        return Coverage()
    roles = windows[0].roles
    return Coverage(len(roles.chains), len(roles.chains))


def _faults(tracer: Tracer) -> list[str]:
    return [f"a fault of the recorder, kept from the script: {fault}" for fault in tracer.recorder.faults[:3]]
