"""What was concluded: findings with their evidence, the verdict on each gradient, and the diagnosis that holds them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Severity(enum.StrEnum):
    """How much a finding matters: an error blocks training, a warning harms it, a note is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for an error, 1 for a warning, 2 for a note."""
        return list(Severity).index(self)


class Verdict(enum.StrEnum):
    """Whether a gradient or an update step is what the loss asks for."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a program; what is not known is None. Lines count from 1, columns from 0, as in `ast`."""

    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    name: str | None = None
    kind: str | None = None  # "parameter", "update", "activation", "loss", "layer", "output", "input", "expression"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a healthy run would show: `op` in "<", "<=", ">", ">=", "==", "in"; `text` says it in words."""

    op: str
    value: float | tuple[float, float]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers behind a finding: `values[k]` was measured after `steps[k]` parameter updates."""

    quantity: str
    where: str
    steps: tuple[int, ...]
    values: tuple[float, ...]
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A re-run with a remedy, paired by seed with the untreated run."""

    metric: str
    untreated: tuple[float, ...]
    treated: tuple[float, ...]
    verdict: str  # "proven", "no effect", "worse", "not run"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends an ailment. `settings` are for `backproof.nn` runs, `diff` is a source edit; neither: advice only."""

    title: str
    settings: Mapping[str, object] = field(default_factory=dict)
    diff: str | None = None
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One ailment, or one thing worth knowing; never without evidence."""

    rule: str
    severity: Severity
    message: str
    where: tuple[Place, ...]
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...] = ()
    consequence_of: str | None = None  # the rule whose finding explains this one


@dataclass(frozen=True, slots=True)
class GradientVerdict:
    """Whether the steps of one parameter follow the gradient of the loss.

    `relative_error` is max|analytic - numeric| / max|numeric| after the best common positive step size was taken out;
    `error_bound` is what rounding alone can account for. `confirmed_by` lists the independent methods that agree.
    """

    parameter: Place
    verdict: Verdict
    because: str | None = None
    loss: str | None = None
    relative_error: float | None = None
    error_bound: float | None = None
    confirmed_by: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    cosine: float | None = None  # between the step and minus the gradient
    norm_ratio: float | None = None  # |step| / (step size x |gradient|)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that could not look, and why: silence must mean health."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Program:
    """The program that was run and how it ended."""

    path: str
    argv: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    exit_code: int | None = None
    updates_seen: int = 0
    ended: str = "finished"  # "finished", "raised", "interrupted", "stopped_by_limit"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the program was followed: of the arrays that were updated, how many were recognised as parameters."""

    parameters: int = 0
    updated_arrays: int = 0
    not_followed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that is said about one program, ranked: the first finding is the one that blocks training."""

    findings: tuple[Finding, ...] = ()
    examined: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    gradients: tuple[GradientVerdict, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    program: Program | None = None
    notes: tuple[str, ...] = ()  # about the analysis itself: what was given to the script, what could not be seen

    def worst(self) -> Severity | None:
        """The severest finding's severity, or None when there is none."""
        return min((f.severity for f in self.findings), key=lambda s: s.rank, default=None)
