"""The doctor: runs the rules over a `Run`, and ranks what they find: causes first, consequences as consequences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from backproof.findings import Diagnosis, Evidence, Finding, Place, Severity, Skipped
from backproof.observations import Quantity, Run
from backproof.rules import RULES
from backproof.rules._rule import IfGradientWrong, NotObserved, Rule, Stage, Symptom, place_of

# Who reads four errors mends none: what blocks training is among the first (issue "Why does it not learn").
MAX_ERRORS = 3
UNEXPLAINED = "unexplained-wrong-gradient"


def diagnose(
    run: Run,
    *,
    gradient_findings: Iterable[Finding] = (),
    select: Collection[str] | None = None,
    ignore: Collection[str] = (),
) -> Diagnosis:
    """Run the rules over what was observed.

    Args:
        run: What was measured while the program trained.
        gradient_findings: What the gradient checker concluded; with an error among them the steps were wrong.
        select: Names of the rules and mistakes to tell of; None for all. Check them first: `rules.check_names`.
        ignore: Names not to tell of.

    Returns:
        Findings in the order in which to mend them, the rules that looked, and those that could not, with the reason.
    """
    given = tuple(gradient_findings)
    wrong = next((finding.rule for finding in given if finding.severity is Severity.ERROR), None)
    findings = [finding for finding in given if _wanted(finding.rule, select, ignore)]
    examined, skipped = [], []
    for rule in RULES.values():
        if not _wanted(rule.name, select, ignore):
            continue
        result = _examine(rule, run, wrong)
        if isinstance(result, Skipped):
            skipped.append(result)
        else:
            examined.append(rule.name)
            findings.extend(result)
    told = [finding for finding in findings if _wanted(finding.rule, select, ignore)]
    return Diagnosis(_ranked(told, wrong), tuple(examined), tuple(skipped), run.gradients)


def _wanted(name: str, select: Collection[str] | None, ignore: Collection[str]) -> bool:
    return (select is None or name in select) and name not in ignore


def _examine(rule: Rule, run: Run, wrong: str | None) -> list[Finding] | Skipped:
    """What one rule finds, or why it could not look."""
    if wrong and rule.if_gradient_wrong is IfGradientWrong.SKIP:
        return Skipped(rule.name, f"{rule.if_gradient_wrong.value}: see {wrong}")
    try:
        if not rule.applies(run.structure):
            return [] if run.observations else Skipped(rule.name, "nothing was observed")
        missing = sorted(rule.needs - run.quantities())
        if missing:
            return Skipped(rule.name, _why_missing(run, missing))
        with np.errstate(all="ignore"):
            return [_finding(rule, run, symptom) for symptom in rule.check(run)]
    except NotObserved as error:
        return Skipped(rule.name, _why_missing(run, [error.quantity]))
    except Exception as error:  # a rule's own fault must not cost the user the other rules' findings
        return Skipped(rule.name, f"a fault in backproof, please report it: {type(error).__name__}: {error}")


def _why_missing(run: Run, missing: list[Quantity]) -> str:
    by_reason: dict[str, list[str]] = {}
    for quantity in missing:
        by_reason.setdefault(run.unseen.get(quantity, "not observed"), []).append(str(quantity))
    return "; ".join(f"{' and '.join(names)}: {reason}" for reason, names in by_reason.items())


def _finding(rule: Rule, run: Run, symptom: Symptom) -> Finding:
    return Finding(
        rule=rule.name,
        severity=symptom.severity or rule.severity,
        message=symptom.message,
        where=symptom.where or _places(run, symptom),
        evidence=_measured(symptom),
        remedies=rule.remedies if symptom.remedies is None else symptom.remedies,
    )


def _measured(symptom: Symptom) -> tuple[Evidence, ...]:
    """The evidence that was measured; what a rule would have liked to show beside it is left out."""
    return tuple(seen for seen in symptom.evidence if seen.steps) or symptom.evidence


def _places(run: Run, symptom: Symptom) -> tuple[Place, ...]:
    """Where the evidence was measured: the places in the program, or at least a name."""
    places = tuple(dict.fromkeys(place_of(run, seen.where) for seen in symptom.evidence))
    return tuple(place for place in places if place.line is not None) or places[:1]


def _ranked(findings: list[Finding], wrong: str | None) -> tuple[Finding, ...]:
    """Causes before consequences, at most `MAX_ERRORS` errors."""
    caused = [replace(finding, consequence_of=_cause(finding, findings, wrong)) for finding in findings]
    caused = [_softened(finding, wrong) for finding in caused]
    caused.sort(key=lambda finding: (finding.severity.rank, finding.consequence_of is not None, _stage(finding.rule)))
    errors = [finding for finding in caused if finding.severity is Severity.ERROR]
    softened = [replace(finding, severity=Severity.WARNING) for finding in errors[MAX_ERRORS:]]
    return (*errors[:MAX_ERRORS], *softened, *(f for f in caused if f.severity is not Severity.ERROR))


def _softened(finding: Finding, wrong: str | None) -> Finding:
    """What wrong steps brought about is no error of its own; nor is a step that a wrong forward pass explains."""
    if finding.consequence_of is None or finding.severity is not Severity.ERROR:
        return finding
    if finding.rule == UNEXPLAINED:
        return replace(finding, severity=Severity.NOTE)
    return replace(finding, severity=Severity.WARNING) if finding.consequence_of == wrong else finding


def _stage(name: str) -> Stage:
    """Of a rule; what is none is a mistake of the gradient."""
    return RULES[name].stage if name in RULES else Stage.GRADIENT


def _cause(finding: Finding, findings: list[Finding], wrong: str | None) -> str | None:
    """The rule whose finding explains this one: the earliest in the chain from cause to effect, and no less severe."""
    if finding.consequence_of is not None:
        return finding.consequence_of
    own = RULES.get(finding.rule)  # a rule of the doctor, or else a mistake of the gradient checker
    if wrong and own is not None and own.if_gradient_wrong is IfGradientWrong.CONSEQUENCE:
        return wrong
    causes = [
        other.rule
        for other in findings
        if other.rule in RULES
        and finding.rule in RULES[other.rule].explains
        and other.severity.rank <= finding.severity.rank
        and other.severity is not Severity.NOTE
    ]
    return min(causes, key=_stage, default=None)
