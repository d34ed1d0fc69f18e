"""What the search decides, layer by layer, and what it has to decide between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from backproof.gradcheck.matching import Group
from backproof.gradcheck.mistakes._mistake import Array, Times
from backproof.gradcheck.options import Option
from backproof.gradcheck.repairs import Repair
from backproof.gradcheck.sweeps import Adjoints, Pass, StepGraph

REPEATED = 0.1  # cost of the same mistake in another layer

Values = tuple[tuple[Array, ...], ...]  # by step


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A mistake that was put in place.

    Attributes:
        option: Which one; None for what is not explained.
        layer: Number of the layer where it sits.
        names: The parameters of that layer, or the ones that have it.
        wrong: What the program should hold if it has this mistake, best evidence first: by step, some arrays.
        text, rule, remedy: In place of those of the option.
        factor: The first of `wrong` is a factor of delta, the second is delta.
    """

    option: Option | None
    layer: int
    names: tuple[str, ...]
    wrong: tuple[Values, ...] = ()
    text: str = ""
    rule: str = ""
    remedy: str = ""
    factor: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The deltas of a layer, and the gradients of its groups."""

    deltas: Values
    gradients: Mapping[Group, Values]


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """What is decided for the layers from the output down to some layer.

    Attributes:
        cost: Of the choices.
        position: Number of layers that are decided.
        incoming, activation: What arrived at the lowest of them, by step, and what was done at its activations.
        lower: What arrives below it, by step.
        choices: The mistakes.
        scales: Step size by group; None where there is no evidence.
        traces: What the program should hold if the choices are right, by layer.
    """

    cost: float = 0.0
    position: int = 0
    incoming: tuple[Adjoints, ...] = ()
    activation: Option | None = None
    lower: tuple[Adjoints, ...] = ()
    choices: tuple[Choice, ...] = ()
    scales: tuple[tuple[Group, float | None], ...] = ()
    traces: Mapping[int, Trace] = field(default_factory=dict)

    def cost_of(self, *options: Option | None) -> float:
        """Of adding some options; what is there already costs little."""
        known = {choice.option.key for choice in self.choices if choice.option is not None}
        return sum(REPEATED if option.key in known else option.cost for option in options if option is not None)


@dataclass(slots=True, eq=False)
class Arrival:
    """One way in which adjoints can arrive at a layer; computed step by step when asked for."""

    option: Option | None
    compute: Callable[[int], Adjoints]
    text: str = ""
    rule: str = ""
    remedy: str = ""
    _known: dict[int, Adjoints] = field(default_factory=dict)

    def at(self, step: int) -> Adjoints:
        """What arrives in a step."""
        if step not in self._known:
            self._known[step] = self.compute(step)
        return self._known[step]


@dataclass(slots=True, eq=False)
class Hypothesis:
    """What arrives at a layer, what is done at its activations, and what else within it.

    `known` are the groups that fit without one of these.
    """

    cost: float
    arrival: Arrival
    activation: Option | None
    own: Option | None = None
    known: frozenset[Group] = frozenset()
    passes: dict[int, Pass] = field(default_factory=dict)

    @property
    def is_true(self) -> bool:
        """Nothing is put in place of what belongs there."""
        return self.arrival.option is None and self.activation is None and self.own is None


def with_repair(branch: Branch, repair: Repair) -> Branch:
    """The branch with the mistake of a single group added."""
    group = repair.group
    choice = Choice(repair.option, group.layer, group.names, repair.wrong, repair.text, repair.rule)
    return replace(
        branch,
        cost=branch.cost + repair.cost,
        choices=(*branch.choices, choice),
        scales=(*branch.scales, (repair.group, repair.scale)),
    )


def choices_of(
    graphs: Sequence[StepGraph],
    groups: Sequence[Group],
    hypothesis: Hypothesis,
    number: int,
    passes: Sequence[Pass],
    above: Trace | None,
) -> Iterator[Choice]:
    """The mistakes of a hypothesis about one layer, as they are told; `above` is the trace of the layer above."""
    names = tuple(name for group in groups for name in group.names)
    deltas = deltas_of(graphs, number, passes)
    arrival, activation = hypothesis.arrival, hypothesis.activation
    if arrival.option is not None:
        arriving = tuple(tuple(arrival.at(t).values()) for t in range(len(graphs)))
        passed_on = above is not None and same_values(above.deltas, arriving)  # then it stands where it is right, too
        wrong = (deltas,) if passed_on else (arriving, deltas)
        yield Choice(arrival.option, number, names, wrong, arrival.text, arrival.rule, arrival.remedy)
    if activation is not None and not activation.variant.kink:
        factors = tuple(factors_of(activation))
        yield Choice(activation, number, names, (*factors, deltas), factor=bool(factors))
    if hypothesis.own is not None:
        yield Choice(hypothesis.own, number, names, (arriving_at(graphs, number, passes), deltas))


def gradients_alike(traces: Iterable[Trace], group: Group) -> Iterator[tuple[str, tuple[Array, ...]]]:
    """The gradients of other parameters of the shape of the only one of `group`: name, and gradient by step."""
    shape = group.members[0][0].before.shape
    for trace in traces:
        for other, gradients in trace.gradients.items():
            if other is not group and [member.before.shape for member in other.members[0]] == [shape]:
                yield other.names[0], tuple(values[0] for values in gradients)


def factors_of(activation: Option) -> Iterator[Values]:
    """What stands in the place of f'(z), by step, if it is a mere factor."""
    tables = [list(table.values()) for table in activation.values]
    if all(isinstance(value, Times) for table in tables for value in table):
        yield tuple(tuple(value.values() for value in table) for table in tables)


def deltas_of(graphs: Sequence[StepGraph], number: int, passes: Sequence[Pass]) -> Values:
    """What arrives at the z of a layer, by step."""
    return tuple(
        tuple(each.inside[s.z.index] for s in graph.layer(number).segments if s.z.index in each.inside)
        for graph, each in zip(graphs, passes, strict=True)
    )


def arriving_at(graphs: Sequence[StepGraph], number: int, passes: Sequence[Pass]) -> Values:
    """What arrives at the activations of a layer, by step."""
    return tuple(
        tuple(each.inside[s.a.index] for s in graph.layer(number).segments if s.a.index in each.inside)
        for graph, each in zip(graphs, passes, strict=True)
    )


def extra_of(graph: StepGraph, direct: Mapping[int, Array]) -> dict[str, Array]:
    """What is given, else what the seeds send to parameters directly."""
    if graph.step.extra:
        return dict(graph.step.extra)
    return {graph.parameters[index].name: value for index, value in direct.items()}


def same_values(left: Values, right: Values) -> bool:
    """Whether two collections hold the same arrays."""
    return all(
        len(ours) == len(theirs) and all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
        for ours, theirs in zip(left, right, strict=True)
    )
