"""Compares what a report says with what was planted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backproof.findings import Diagnosis, Finding, Severity, Verdict
from backproof.gradcheck.mistakes import MISTAKES
from benchmarks.planting.cases import Case
from benchmarks.planting.kinds import KINDS, OPEN
from benchmarks.planting.script import Slip
from benchmarks.planting.watched import report_on

FALLBACK = "unexplained-wrong-gradient"
TIE = "explained as well by: "  # begins the note that states a tie
ABOUT_STEPS = {*MISTAKES, "loss-computed-wrongly"}

EXACT = {"error_sign", "error_other_loss", "output_missing"}  # may be right, for another loss
STANDARD = {"half_squared_error", "absolute_error", "binary_cross_entropy", "categorical_cross_entropy"}
LOSSES = {
    "half": "half_squared_error",
    "sum": "half_squared_error",
    "mean": "half_squared_error",
    "binary": "binary_cross_entropy",
    "categorical": "categorical_cross_entropy",
}


@dataclass(frozen=True, slots=True)
class Grade:
    """How one case was reported.

    Attributes:
        outcome: "named"; "tie" (stated, with the planted name); "simpler" (fewer mistakes that give the same steps);
            "partly" (some are named, the rest is unexplained); "other" (another name, or one too many);
            "unexplained"; "missed" (the steps are called right).
        told: The rules, as ranked.
        lines: Of the slips that are named, how many are placed at their very line, and how many there are.
        seconds: Of judging.
    """

    outcome: str
    told: tuple[str, ...]
    lines: tuple[int, int]
    seconds: float

    @property
    def detected(self) -> bool:
        """Whether the steps are not called right."""
        return self.outcome != "missed"

    @property
    def good(self) -> bool:
        """Named, or the like."""
        return self.outcome in ("named", "tie", "simpler")


def grade(case: Case, path: Path) -> Grade:
    """Run a case and compare."""
    diagnosis, seconds = report_on(case.script, path)
    told = [finding for finding in diagnosis.findings if finding.rule in ABOUT_STEPS]
    rules = tuple(finding.rule for finding in told)
    return Grade(_outcome(case, diagnosis, told), rules, _lines(case, told), seconds)


def _outcome(case: Case, diagnosis: Diagnosis, told: list[Finding]) -> str:
    if any(slip.kind.startswith(OPEN) for slip in case.slips):
        return _outcome_of_unknown(diagnosis, told)
    wrong = any(row.verdict is Verdict.WRONG for row in diagnosis.gradients)
    if not told:
        return "unexplained" if wrong else "tie" if _of_another_loss(case, diagnosis) else "missed"
    rules = [finding.rule for finding in told]
    accepted = {name for slip in case.slips for name in KINDS[slip.kind]}
    named = all(set(KINDS[slip.kind]) & set(rules) for slip in case.slips)
    if named and set(rules) <= accepted:
        return "named"
    if _tied(case, diagnosis, rules):
        return "tie"
    if FALLBACK not in rules and len(rules) < len(case.slips):
        return "simpler"
    if FALLBACK in rules:
        return "partly" if set(rules) <= {*accepted, FALLBACK} and len(rules) > 1 else "unexplained"
    return "other"


def _outcome_of_unknown(diagnosis: Diagnosis, told: list[Finding]) -> str:
    """Of a corruption that is in no table: "unexplained" is right, any name is a false one ("other")."""
    names = [f.rule for f in told if f.severity is not Severity.NOTE and f.rule != FALLBACK]
    if names:
        return "other"
    wrong = any(row.verdict is Verdict.WRONG for row in diagnosis.gradients)
    return "unexplained" if wrong else "missed"


def _of_another_loss(case: Case, diagnosis: Diagnosis) -> bool:
    """Whether the steps are the exact gradient of a standard loss, which the report names."""
    exact = all(slip.kind in EXACT for slip in case.slips)
    names = {row.loss for row in diagnosis.gradients}
    return exact and len(names) == 1 and names <= STANDARD - {LOSSES.get(case.script.network.loss)}


def _tied(case: Case, diagnosis: Diagnosis, rules: list[str]) -> bool:
    """Whether a stated tie has the names that were planted."""
    tied = {name for note in diagnosis.notes if note.startswith(TIE) for name in note[len(TIE) :].split(", ")}
    return bool(tied) and all(set(KINDS[slip.kind]) & {*rules, *tied} for slip in case.slips) and FALLBACK not in rules


def _lines(case: Case, told: list[Finding]) -> tuple[int, int]:
    exact = count = 0
    for slip in case.slips:
        finding = next((f for f in told if f.rule in KINDS.get(slip.kind, ())), None)
        if finding is not None:
            count += 1
            exact += _placed(case, slip, finding)
    return exact, count


def _placed(case: Case, slip: Slip, finding: Finding) -> bool:
    """Whether the first place is a line of the slip, or of another one that the same finding tells."""
    alike = [other for other in case.slips if finding.rule in KINDS.get(other.kind, ())]
    lines = {line for other in alike for line in case.script.lines_of(other)}
    return bool(finding.where) and finding.where[0].line in lines
