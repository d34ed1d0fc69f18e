"""What the search for a mistake is given (recorded training steps) and what it answers (explanations)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from backproof.findings import Severity
from backproof.graph.node import Node, Span

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class ParameterStep:
    """What one step did to one parameter.

    Attributes:
        name: The parameter, as the program calls it.
        before: The version that the forward pass read.
        update: New minus old, in the shape of the parameter, computed from the exact operands of the update (a
            difference of nearly equal numbers has no digits).
        after: The version that the step left.
        span: The update statement.
        formed: The last backward node through which the whole gradient of this step passes before optimiser state or
            the rate come in; None if not known.
        tied_axis: Along this axis all entries are copies of one value (a bias stored once per example row).
    """

    name: str
    before: Node
    update: Array
    after: Node | None = None
    span: Span | None = None
    formed: Node | None = None
    tied_axis: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One training step of a recorded program.

    Attributes:
        parameters: What it did to each parameter; the same names in the same order in all steps.
        predictions: The outputs of the network that the loss compares (several where samples are taken one by one).
        targets: Aligned to the predictions, each of the shape of its prediction or broadcastable to it.
        seeds: dloss/dnode of the intended loss, at the predictions or at the loss nodes.
        stop: Indices of all parameter versions, where the reverse sweep ends.
        backward: Nodes computed for the updates that are no part of the forward pass, to find the guilty line.
        extra: By parameter name, the gradient of the parts of the loss that do not go through the predictions.
    """

    parameters: tuple[ParameterStep, ...]
    predictions: tuple[Node, ...]
    targets: tuple[Array, ...]
    seeds: Mapping[Node, Array]
    stop: frozenset[int] = frozenset()
    backward: tuple[Node, ...] = ()
    extra: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NamedMistake:
    """One mistake, where it is, and what it says in plain words.

    Attributes:
        rule: Public name of the mistake.
        says: What is wrong, in words with the detail.
        parameters: The parameters whose steps it spoils; those of the layer where it sits, not all below.
        spans: The guilty expressions: the line of the caller first where a helper function computed the wrong thing.
        layer: Number of the layer, from 1 at the input; None where it is no matter of one layer.
        expected: The expression that should have been used, if the program has it.
        remedy: What to do instead, in words.
        blocks: It turns the step away from the descent direction for good (a sign), so that it is told first.
        severity: If not that of the rule.
    """

    rule: str
    says: str
    parameters: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    layer: int | None = None
    expected: Span | None = None
    remedy: str = ""
    blocks: bool = False
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A set of mistakes that reproduces all the steps to rounding.

    `step_size` is c in update = -c * (mistaken gradient); `cost` counts the mistakes (the same one at several layers is
    one), an empty set with cost 0 means that the steps are right.
    """

    mistakes: tuple[NamedMistake, ...]
    step_size: float
    cost: float

    @property
    def named(self) -> bool:
        """Nothing is left unexplained."""
        return all(mistake.rule != "unexplained-wrong-gradient" for mistake in self.mistakes)
