"""Every array that feeds the predictions is accounted for: trained, data, fixed on purpose, or forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from backproof.findings import Evidence, Expected, Finding, GradientVerdict, Place, Remedy, Severity, Verdict
from backproof.scripts.feeding import Feed, same_steps
from backproof.scripts.formulas import Formulas
from backproof.scripts.judgement import Judgement
from backproof.scripts.naming import Names
from backproof.scripts.origins import Origins
from backproof.scripts.recording import Recording
from backproof.scripts.replaced import ReplacedParameters
from backproof.scripts.sites import Site
from backproof.scripts.sums import Flaw, Sums
from backproof.scripts.unlearned import UnlearnedParameters, dropped_steps, stale_copies
from backproof.scripts.unmoved import StillParameters, Unmoved
from backproof.scripts.verdict import LossFit
from backproof.scripts.windows import Window

FALLBACK = "unexplained-wrong-gradient"


def account(
    window: Window, judgement: Judgement, sites: Sequence[Site], sources: Mapping[str, str] | None = None
) -> list[Finding]:
    """What is wrong with arrays that the judgement of the trained parameters does not see.

    Args:
        window: The window that was judged.
        judgement: Its verdicts. A parameter that is never updated gets a row; the rows of parameters whose steps are
            spoilt become wrong; a wrong step that is explained here is no longer called unexplained.
        sites: Of the recorder.
        sources: The text of the script's files, by name; for the names of the arrays.

    Returns:
        The findings, those that are sure as errors.
    """
    if judgement.fit is None or window.roles.by_scalars:
        return []
    names = Names(window.roles, list(sites))
    try:
        found = _findings(window, judgement, judgement.fit, names, sites, sources or {})
        return list({(finding.rule, finding.message, finding.where): finding for finding in found}.values())
    except Exception as fault:  # what was judged is told all the same
        judgement.notes.append(f"not all arrays could be accounted for ({type(fault).__name__}: {fault})")
        return []


def account_for_nothing(
    recordings: Sequence[Recording], sites: Sequence[Site], sources: Mapping[str, str]
) -> Judgement:
    """Why no parameter was found in any window: the verdict where the steps are computed and dropped."""
    judgement = Judgement([], [], None, [])
    try:
        for unmoved in (
            *dropped_steps(recordings, sites, sources), *stale_copies(recordings, sites, sources)
        ):  # fmt: skip
            judgement.rows.append(_row(unmoved, None))
            judgement.findings.append(_never(unmoved))
    except Exception as fault:
        judgement.notes.append(f"dropped steps could not be looked for ({type(fault).__name__}: {fault})")
    return judgement


def _findings(
    window: Window, judgement: Judgement, fit: LossFit, names: Names, sites: Sequence[Site], sources: Mapping[str, str]
) -> Iterator[Finding]:
    known = {finding.rule for finding in judgement.findings}
    whole = window.whole or window
    formulas = Formulas(window, fit, names).found() if same_steps(window, fit) and not whole.judge.large else ()
    for flaw in (*Sums(whole, fit, names, sites).found(), *formulas):
        if flaw.rule not in known:
            _spoil(judgement, flaw, names)
            yield _flawed(flaw, names)
    feed = Feed(window, fit)
    origins = Origins(window.recording, sites, sources)
    replaced, still = ReplacedParameters(feed, origins), StillParameters(feed, names, origins)
    unlearned = UnlearnedParameters(feed, still, origins)
    for unmoved in (*replaced.cut(), *replaced.found(), *unlearned.found(), *still.found()):
        if unmoved.severity is Severity.ERROR:
            judgement.rows.append(_row(unmoved, fit))
        else:
            judgement.rows.append(replace(_row(unmoved, fit), verdict=Verdict.UNDECIDED, mistakes=()))
        yield _never(unmoved)


# -- parameters that the judgement does not know


def _never(unmoved: Unmoved) -> Finding:
    return Finding(
        unmoved.rule,
        unmoved.severity,
        unmoved.says,
        unmoved.places,
        (Evidence(unmoved.measured, unmoved.name, (0,), (unmoved.truth,)),),
        (Remedy(unmoved.remedy),) if unmoved.remedy else (),
    )


def _row(unmoved: Unmoved, fit: LossFit | None) -> GradientVerdict:
    place: Place = next((p for p in unmoved.places if p.name == unmoved.name), unmoved.places[0])
    place = replace(place, name=unmoved.name, kind="parameter")
    loss, by = (fit.loss.name, ("autodiff",)) if fit else (None, ())
    return GradientVerdict(place, Verdict.WRONG, unmoved.because, loss, 1.0, confirmed_by=by, mistakes=(unmoved.rule,))


# -- parameters whose steps are spoilt


def _flawed(flaw: Flaw, names: Names) -> Finding:
    quantity, value, healthy = flaw.measured
    expected = Expected("==", healthy)
    where = ", ".join(names.by_root[root] for root in flaw.roots[:4])
    evidence = (Evidence(quantity, where, (0,), (value,), expected),)
    return Finding(flaw.rule, Severity.ERROR, flaw.says, flaw.places, evidence, (Remedy(flaw.remedy),))


def _spoil(judgement: Judgement, flaw: Flaw, names: Names) -> None:
    concerned = {names.by_root[root] for root in flaw.roots}
    for k, row in enumerate(judgement.rows):
        if row.parameter.name in concerned:
            mistakes = (*(m for m in row.mistakes if m != FALLBACK), flaw.rule)
            judgement.rows[k] = replace(row, verdict=Verdict.WRONG, because=flaw.says, mistakes=mistakes)
    wrong = {row.parameter.name for row in judgement.rows if row.verdict is Verdict.WRONG}
    if wrong <= concerned:
        judgement.findings[:] = [f for f in judgement.findings if f.rule != FALLBACK]
