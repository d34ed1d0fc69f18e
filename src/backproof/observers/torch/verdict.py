"""What the doctor says of the trainings in PyTorch that were watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from backproof.doctor import diagnose
from backproof.findings import Coverage, Diagnosis, Program
from backproof.observations import Observation, Quantity, Run
from backproof.observers.stopped import with_crash
from backproof.observers.torch import unmoved
from backproof.observers.torch.crashed import Stopped
from backproof.observers.torch.experiments import trials
from backproof.observers.torch.session import Session
from backproof.observers.torch.watching import TorchWatch
from backproof.observers.trained import completed_run, with_seen
from backproof.observers.trials import GOOD_FIT

Q = Quantity
CARRIED = 3  # judged steps that all add to the gradient before


def diagnosis_of(watch: TorchWatch, program: Program, crash: Stopped | None, *, experiments: bool) -> Diagnosis:
    """The first training's diagnosis, with what is found only in the others."""
    sessions = [session for session in watch.sessions if session.training.done]
    found = [_diagnosed(watch, s, program, crash if s is sessions[-1] else None, experiments) for s in sessions]
    if not found:
        run = _stopped(Run(unseen=dict.fromkeys(Quantity, "no training step was seen")), crash)
        told = [*unmoved.never_stepped(watch), *(crash.findings if crash is not None else ())]
        found = [diagnose(run, gradient_findings=told)]
    main = found[0]
    known = {finding.rule for finding in main.findings}
    more = [finding for other in found[1:] for finding in other.findings if finding.rule not in known]
    return replace(
        main,
        findings=tuple(sorted((*main.findings, *more), key=lambda finding: finding.severity.rank)),
        coverage=_coverage(sessions),
        program=replace(program, updates_seen=watch.updates),
        notes=(*main.notes, *_notes(watch, sessions)),
    )


def _diagnosed(
    watch: TorchWatch, session: Session, program: Program, crash: Stopped | None, experiments: bool
) -> Diagnosis:
    training = session.training
    _facts(watch, session)
    run = completed_run(training, finished=program.ended == "finished", experiments=experiments)
    if experiments and session.batches and not session.is_chain and session.optimizers:
        run = with_seen(run, _trials(watch, session, run))
    told = [*unmoved.findings(watch, session, run), *(crash.findings if crash is not None else ())]
    return diagnose(_stopped(run, crash), gradient_findings=told)


def _trials(watch: TorchWatch, session: Session, run: Run) -> list[Observation]:
    """Experiments on a copy of the model, where it did not learn."""
    left = run.last(Q.UNEXPLAINED, "predictions")
    if left is None or left <= GOOD_FIT or session.training.several:
        return []
    watch.busy = True
    try:
        with np.errstate(all="ignore"):
            return trials(session.batches, session.optimizers[0], session.training.done)
    except Exception as fault:  # a model that cannot be copied, an optimizer with settings of its own
        watch.failed(fault)
        return []
    finally:
        watch.busy = False


def _stopped(run: Run, crash: Stopped | None) -> Run:
    return with_crash(run, None) if crash is None else crash.added_to(run)


def _facts(watch: TorchWatch, session: Session) -> None:
    """What is known at the end only."""
    training = session.training
    if session.carry_judged >= CARRIED:
        training.facts[Q.CARRIED_GRADIENTS, "optimizer"] = session.carried / session.carry_judged
        training.places["optimizer"] = session.place
    bad = [float((~p.isfinite()).sum()) for p in session.owned.values()]
    if any(bad):
        training.facts[Q.NON_FINITE_PARAMETERS, "parameters"] = sum(bad) / sum(
            p.numel() for p in session.owned.values()
        )
    for quantity, place, share in watch.modes.facts(session.models(watch.modules)) if not training.several else ():
        where = f"{'batch norm' if quantity is Q.PREDICTING_BY_BATCH else 'dropout'} (line {place.line})"
        training.facts[quantity, where] = share
        training.places[where] = replace(place, name=where)


def _coverage(sessions: list[Session]) -> Coverage:
    if not sessions:
        return Coverage()
    moved = sum(sentinel.moved() for sentinel in sessions[0].leaves.values())
    return Coverage(moved, moved)


def _notes(watch: TorchWatch, sessions: list[Session]) -> Iterator[str]:
    if len(sessions) > 1:
        yield f"{len(sessions)} trainings were seen: what is said first is of the first one"
    if sessions:
        looked = sum(len(moment.steps) for moment in sessions[0].training.moments.values())
        yield f"{looked} of {sessions[0].training.done:,} steps in PyTorch were looked at"
    if watch.compiled:
        yield "compiled modules are not looked into: loss, targets, gradients and updates were seen"
    if any(session.training.several for session in sessions):
        yield "losses that take turns on the same parameters: whether they fall says nothing, so it was not judged"
    yield from (f"a fault of backproof, kept from the program: {type(f).__name__}: {f}" for f in watch.faults[:3])
