"""What a rule of the doctor is: a check over a `Run`, its page, its place in the chain from cause to effect."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from backproof.findings import Evidence, Expected, Place, Remedy, Severity
from backproof.observations import Quantity, Run, Structure

HEADINGS = ("What it means", "Why training suffers", "How it is detected", "When it is no fault", "Source")


class Symptom(NamedTuple):
    """One thing that a rule saw; what is None is as the rule has it, `where` as the evidence has it."""

    message: str
    evidence: tuple[Evidence, ...]
    severity: Severity | None = None
    where: tuple[Place, ...] | None = None
    remedies: tuple[Remedy, ...] | None = None


class Stage(enum.IntEnum):
    """Where an ailment stands between cause and effect; findings of one severity are told in this order."""

    CRASH = -1  # the program stopped: nothing else matters before that is mended
    GRADIENT = 0  # the step is not along the gradient of the loss
    DATA = 1  # inputs, targets and the network's form: no training mends it
    SETTINGS = 2  # a number that was chosen
    DYNAMICS = 3  # what happens inside while it trains
    OUTCOME = 4  # what comes out of it
    REPORTING = 5  # what is said about it


class IfGradientWrong(enum.Enum):
    """What a symptom is worth in a program whose gradient is wrong."""

    TELL = "it does not depend on the steps"
    CONSEQUENCE = "wrong steps may have brought it about"
    SKIP = "it can only be judged once the gradient is right"


class NotObserved(Exception):
    """A rule found, while looking, that what it has to know was not observed."""

    def __init__(self, quantity: Quantity) -> None:
        """`quantity` is what is missing."""
        super().__init__(f"{quantity} was not observed")
        self.quantity = quantity


Check = Callable[[Run], Iterator[Symptom]]


def _always(structure: Structure) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `page` is the docstring of its file, `sick` and `healthy` are settings of the reference run."""

    name: str
    severity: Severity
    needs: frozenset[Quantity]
    check: Check
    stage: Stage
    page: str
    remedies: tuple[Remedy, ...] = ()
    explains: frozenset[str] = frozenset()  # rules (and mistakes) whose findings this one's may have brought about
    if_gradient_wrong: IfGradientWrong = IfGradientWrong.TELL
    applies: Callable[[Structure], bool] = _always  # False: known from the structure that there is nothing to find
    sick: tuple[Mapping[str, object], ...] = field(default=())
    healthy: tuple[Mapping[str, object], ...] = field(default=())

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.splitlines()[0]

    @property
    def sections(self) -> dict[str, str]:
        """The texts of the page under its headings, in its order; each is one paragraph."""
        texts: dict[str, str] = {}
        heading = ""
        for line in self.page.splitlines()[1:]:
            if line.endswith(":") and line[:-1] in HEADINGS:
                heading = line[:-1]
            elif heading and line.strip():
                texts[heading] = f"{texts.get(heading, '')} {line.strip()}".strip()
        return texts


def rule(
    *,
    name: str,
    severity: Severity,
    needs: Iterable[Quantity],
    stage: Stage,
    remedies: tuple[Remedy, ...] = (),
    explains: Iterable[str] = (),
    if_gradient_wrong: IfGradientWrong = IfGradientWrong.TELL,
    applies: Callable[[Structure], bool] = _always,
) -> Callable[[Check], Rule]:
    """Make a check the rule of its file, with the page, `SICK` and `HEALTHY` that stand above it."""

    def decorate(check: Check) -> Rule:
        of_file = check.__globals__
        return Rule(
            name=name,
            severity=severity,
            needs=frozenset(needs),
            check=check,
            stage=stage,
            page=inspect.cleandoc(of_file.get("__doc__") or ""),
            remedies=remedies,
            explains=frozenset(explains),
            if_gradient_wrong=if_gradient_wrong,
            applies=applies,
            sick=tuple(of_file.get("SICK", ())),
            healthy=tuple(of_file.get("HEALTHY", ())),
        )

    return decorate


def evidence(run: Run, quantity: Quantity, where: str, expected: Expected | None = None) -> Evidence:
    """All that was observed of `quantity` at `where`."""
    steps, values = run.series(quantity, where)
    return Evidence(str(quantity), where, tuple(steps.tolist()), tuple(values.tolist()), expected)


def need(run: Run, quantity: Quantity, where: str) -> float:
    """The newest value of `quantity` at `where`.

    Raises:
        NotObserved: There is none; the doctor then says that the rule was skipped, and why.
    """
    value = run.last(quantity, where)
    if value is None:
        raise NotObserved(quantity)
    return value


def place_of(run: Run, where: str) -> Place:
    """The place of a layer or of anything else that was observed; only its name if nothing more is known."""
    of_layer = next((layer.place for layer in run.structure.layers if layer.name == where), None)
    known = of_layer is not None and of_layer != Place()
    return of_layer if known and of_layer is not None else run.place(where)
