"""What a check of a gradient says: a verdict, a row a parameter, and the mistakes that reproduce the gradient."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verdict = Literal["right", "wrong", "undecided"]

HEADER = (
    "parameter",
    "shape",
    "verdict",
    "checked",
    "relative error",
    "worst at",
    "given",
    "numeric",
    "bound",
    "ratio",
)


@dataclass(frozen=True, slots=True)
class CheckedParameter:
    """The gradient of one parameter.

    Attributes:
        name, shape: As the program has it.
        verdict: Of all its elements: one that is wrong makes it wrong.
        because: Why it is undecided, or what stands beside the verdict.
        relative_error: max|given - numeric| / max|numeric|; None where nothing was compared.
        error_bound: How far that may be off, relative to max|numeric|.
        checked: Elements that were compared one by one; the others only in sums along random directions.
        at_kinks: Elements at which the loss has no derivative; any slope between those of the two sides is accepted.
        worst: Index of the element that is farthest off, by its bound.
        given, numeric, bound: At that element: the gradient in question, ours, and how far ours may be off.
    """

    name: str
    shape: tuple[int, ...]
    verdict: Verdict
    because: str | None = None
    relative_error: float | None = None
    error_bound: float | None = None
    checked: int = 0
    at_kinks: int = 0
    worst: tuple[int, ...] | None = None
    given: float | None = None
    numeric: float | None = None
    bound: float | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def ratio(self) -> float | None:
        """Given over numeric at the worst element."""
        if self.given is None or not self.numeric:
            return None
        return self.given / self.numeric

    def cells(self) -> list[str]:
        """The row of the table."""
        place = "" if self.worst is None else "[" + ", ".join(map(str, self.worst)) + "]"
        numbers = [self.relative_error, self.given, self.numeric, self.bound, self.ratio]
        error, given, numeric, bound, ratio = ("" if v is None else f"{v:.6g}" for v in numbers)
        checked = "all" if self.checked == self.size else f"{self.checked} of {self.size}"
        shown = "scalar" if self.shape == () else "x".join(map(str, self.shape))
        return [self.name, shown, self.verdict, checked, error, place, given, numeric, bound, ratio]


@dataclass(frozen=True, slots=True)
class NamedRelation:
    """A mistake that reproduces the gradient: its public name, what it says here, and where."""

    rule: str
    says: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The result of `check_gradient`; true if the gradient is right.

    Attributes:
        verdict: "right", "wrong" or "undecided".
        because: Why it is undecided; None otherwise.
        parameters: A row each.
        named: The mistakes that reproduce the gradient to rounding, each with words.
        method: How the numbers were found.
        missed: Where whole directions were compared: the probability that an error of 1e-5 of a parameter's
            gradient was not seen; 0 where all elements were compared.
        notes: What else should be known.
        evaluations, seconds: What it cost.
        seed: Repeats the check exactly.
    """

    verdict: Verdict
    because: str | None
    parameters: tuple[CheckedParameter, ...]
    named: tuple[NamedRelation, ...] = ()
    method: str = ""
    missed: float = 0.0
    notes: tuple[str, ...] = field(default=())
    evaluations: int = 0
    seconds: float = 0.0
    seed: int = 0

    def __bool__(self) -> bool:
        """Whether the gradient is right."""
        return self.verdict == "right"

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes that reproduce the gradient; `unexplained-wrong-gradient` if none does."""
        return tuple(dict.fromkeys(each.rule for each in self.named))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as JSON takes it."""
        rows = [{**asdict(row), "ratio": row.ratio} for row in self.parameters]
        return {**asdict(self), "parameters": rows, "mistakes": list(self.mistakes)}

    def __str__(self) -> str:
        """A table for the terminal, with the verdict above and what explains it below."""
        head = f"gradient {self.verdict}" + (f": {self.because}" if self.because else "")
        rows = [list(HEADER), *(row.cells() for row in self.parameters)]
        shown = [k for k in range(len(HEADER)) if any(row[k] for row in rows[1:])]
        widths = {k: max(len(row[k]) for row in rows) for k in shown}
        lines = [head, *("  ".join(row[k].ljust(widths[k]) for k in shown).rstrip() for row in rows)]
        lines += [
            f"{row.name}: {row.because}" for row in self.parameters if row.because and row.because != self.because
        ]
        lines += [f"{each.rule}: {each.says}" for each in self.named]
        lines += [
            *self.notes,
            f"{self.method}; {self.evaluations:,} evaluations, {self.seconds:.2g} s, seed {self.seed}",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
