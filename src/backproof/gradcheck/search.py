"""The search for the mistakes that reproduce recorded steps: from the output down, cheapest first."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from backproof.gradcheck.matching import Group, fit, informative
from backproof.gradcheck.mistakes._mistake import Array, At, Times
from backproof.gradcheck.options import (
    Option,
    activation_options,
    backwards,
    error_options,
    link_options,
)
from backproof.gradcheck.repairs import Repair, Repairs
from backproof.gradcheck.sweeps import Adjoints, Pass, StepGraph

REPEATED = 0.1  # cost of the same mistake in another layer
UNEXPLAINED = 2.5  # more than two mistakes: those are tried before giving up
TIE = 0.05
_SIMILAR = 0.15  # what costs as much more than one that explains a layer may still be the better one further down
_MEND = 0.2  # at least, for a mistake of a single parameter that is also elsewhere
_LEAST = 0.9  # cost of any first mistake
_MOST_AT_ONCE = 2.1  # mistakes in one layer
_MANY = 12  # solutions of one cost: more say that nothing is known


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A mistake that was put in place.

    Attributes:
        option: Which one; None for what is not explained.
        layer: Number of the layer where it sits.
        names: The parameters of that layer, or the ones that have it.
        wrong: What the program should hold if it has this mistake, best evidence first: by step, some arrays.
        text, rule, remedy: In place of those of the option.
    """

    option: Option | None
    layer: int
    names: tuple[str, ...]
    wrong: tuple[tuple[tuple[Array, ...], ...], ...] = ()
    text: str = ""
    rule: str = ""
    remedy: str = ""


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
    """

    cost: float = 0.0
    position: int = 0
    incoming: tuple[Adjoints, ...] = ()
    activation: Option | None = None
    lower: tuple[Adjoints, ...] = ()
    choices: tuple[Choice, ...] = ()
    scales: tuple[tuple[Group, float | None], ...] = ()

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
    """What arrives at a layer, and what is done at its activations."""

    cost: float
    arrival: Arrival
    activation: Option | None
    passes: dict[int, Pass] = field(default_factory=dict)

    @property
    def is_true(self) -> bool:
        """Nothing is put in place of what belongs there."""
        return self.arrival.option is None and self.activation is None


Action = Callable[[], None]


class Search:
    """A best-first search over branches; `solutions` are complete ones, the cheapest first."""

    def __init__(self, graphs: Sequence[StepGraph], groups: Sequence[Group], tolerance: float, deadline: float) -> None:
        """Nothing is searched yet."""
        self.graphs, self.tolerance, self.deadline = graphs, tolerance, deadline
        self.numbers = sorted({group.layer for group in groups}, reverse=True)
        top = len(graphs[0].forward.layers)
        self.order = list(range(top, 0, -1))
        self.groups = {number: [group for group in groups if group.layer == number] for number in self.order}
        sent = [graph.entries() for graph in graphs]
        self.entries = [into for into, _ in sent]
        self.extras = [_extra(graph, direct) for graph, (_, direct) in zip(graphs, sent, strict=True)]
        self.repairs = Repairs(graphs, self.extras, tolerance)
        self.solutions: list[Branch] = []
        self._heap: list[tuple[float, int, Action]] = []
        self._count = itertools.count()
        self._limits: dict[Branch, float] = {}
        self._activations: dict[int, list[Option]] = {}
        self._links: dict[int, list[Option]] = {}

    def run(self, finish: Callable[[Branch], float]) -> list[Branch]:
        """Search until the cheapest solutions are known or the time is over; `finish` is the whole cost of a branch."""
        self._push(0.0, lambda: self._expand(Branch(), finish))
        with np.errstate(all="ignore"):
            while self._heap and len(self.solutions) < _MANY and time.perf_counter() < self.deadline:
                cost, _, action = heapq.heappop(self._heap)
                if self.solutions and cost > self.solutions[0].cost + TIE:
                    break
                action()
        return self.solutions

    def _push(self, cost: float, action: Action) -> None:
        heapq.heappush(self._heap, (cost, next(self._count), action))

    def _expand(self, branch: Branch, finish: Callable[[Branch], float]) -> None:
        if branch.position == len(self.order):
            whole = finish(branch)
            self._push(whole, lambda: self.solutions.append(replace(branch, cost=whole)))
            return
        belongs = Hypothesis(0.0, self._true_arrival(branch), None)
        if not self._follow(branch, belongs, finish):
            self._push(branch.cost + REPEATED, lambda: self._look_further(branch, belongs.arrival, finish))

    def _look_further(self, branch: Branch, true: Arrival, finish: Callable[[Branch], float]) -> None:
        hypotheses = sorted(self._hypotheses(branch, true), key=lambda h: h.cost)
        if hypotheses:
            action = _later(self._try, branch, hypotheses, 0, finish)
            self._push(branch.cost + hypotheses[0].cost, action)

    def _try(self, branch: Branch, hypotheses: list[Hypothesis], at: int, finish: Callable[[Branch], float]) -> None:
        """Evaluate one hypothesis and put off the next, unless it would cost more than one that explains the layer."""
        if self._follow(branch, hypotheses[at], finish):
            self._limits[branch] = min(self._limits.get(branch, np.inf), hypotheses[at].cost + _SIMILAR)
        if at + 1 < len(hypotheses) and hypotheses[at + 1].cost <= self._limits.get(branch, np.inf):
            action = _later(self._try, branch, hypotheses, at + 1, finish)
            self._push(branch.cost + hypotheses[at + 1].cost, action)

    def _follow(self, branch: Branch, hypothesis: Hypothesis, finish: Callable[[Branch], float]) -> bool:
        """Put off what comes of a hypothesis; whether it explains its layer without anything else."""
        number = self.order[branch.position]
        groups = self.groups[number]
        if not hypothesis.is_true and not self._may_fit(hypothesis, number, groups):
            return False
        found = {group: self._fit(hypothesis, number, group) for group in groups}
        sure = any(found[g] and informative(g.updates, self.tolerance) for g in groups)
        if not hypothesis.is_true and not sure and any(np.any(u) for g in groups for u in g.updates):
            return False
        child = self._child(branch, hypothesis, number)
        scales = tuple((group, scale or None) for group, scale in found.items() if scale is not None)
        child = replace(child, scales=child.scales + scales)
        rest = [group for group, scale in found.items() if scale is None]
        if not rest:
            self._push(child.cost, _later(self._expand, child, finish))
            return sure
        cost = child.cost + (_MEND if child.choices else _LEAST)
        self._push(cost, lambda: self._mend(branch, hypothesis, child, rest, finish))
        return False

    def _mend(
        self,
        branch: Branch,
        hypothesis: Hypothesis,
        child: Branch,
        groups: Sequence[Group],
        finish: Callable[[Branch], float],
    ) -> None:
        """Look for mistakes of single parameters of a layer where others fit."""
        if hypothesis.cost + _MEND > self._limits.get(branch, np.inf):
            return
        for group in groups:
            child = _with_repair(child, self._repair(child, hypothesis, self.order[branch.position], group))
        self._push(child.cost, _later(self._expand, child, finish))

    def _hypotheses(self, branch: Branch, true: Arrival) -> Iterator[Hypothesis]:
        number = self.order[branch.position]
        for arrival in (true, *self._arrivals(branch)):
            for option in (None, *self._activation_options(number)):
                cost = branch.cost_of(arrival.option, option)
                if arrival is true and option is None:
                    continue
                if cost <= _MOST_AT_ONCE and not (option and arrival.option and arrival.option.at is At.OUTPUT):
                    yield Hypothesis(cost, arrival, option)

    def _true_arrival(self, branch: Branch) -> Arrival:
        return Arrival(None, lambda t: branch.lower[t] if branch.position else self.entries[t])

    def _activation_options(self, number: int) -> list[Option]:
        if number not in self._activations:
            self._activations[number] = activation_options(self.graphs, number)
        return self._activations[number]

    def _arrivals(self, branch: Branch) -> Iterator[Arrival]:
        if not branch.position:
            for option in error_options(self.graphs, self.entries):
                yield Arrival(option, _values(option))
            return
        above = self.order[branch.position - 1]
        if above not in self._links:
            self._links[above] = link_options(self.graphs, above)
        for option in self._links[above]:
            yield Arrival(option, self._through(branch, above, option))
        for option in self._activation_options(above):
            if branch.activation is None or option.key != branch.activation.key:
                yield self._only_on_the_way_back(branch, above, option)

    def _through(self, branch: Branch, number: int, option: Option) -> Callable[[int], Adjoints]:
        def compute(t: int) -> Adjoints:
            graph = self.graphs[t]
            layer = graph.layer(number)
            overrides = graph.through_weights(layer, option.values[t])
            return graph.sweep(layer, branch.incoming[t], backwards(branch.activation, t), overrides).lower

        return compute

    def _only_on_the_way_back(self, branch: Branch, number: int, option: Option) -> Arrival:
        """Something else is done at the activation above, but not for the gradient of the layer above."""

        def compute(t: int) -> Adjoints:
            graph = self.graphs[t]
            return graph.sweep(graph.layer(number), branch.incoming[t], backwards(option, t)).lower

        if option.rule == "missing-activation-derivative":
            text = "the error that arrives at the layer above goes back, not its delta: it is not multiplied by f'(z)"
            return Arrival(option, compute, text, "wrong-operand-in-chain", "send back delta, the error times f'(z)")
        return Arrival(option, compute, f"on the way back to this layer {option.text}")

    def _pass(self, hypothesis: Hypothesis, number: int, t: int) -> Pass:
        if t not in hypothesis.passes:
            graph = self.graphs[t]
            functions = backwards(hypothesis.activation, t)
            hypothesis.passes[t] = graph.sweep(graph.layer(number), hypothesis.arrival.at(t), functions)
        return hypothesis.passes[t]

    def _child(self, branch: Branch, hypothesis: Hypothesis, number: int) -> Branch:
        steps = range(len(self.graphs))
        passes = [self._pass(hypothesis, number, t) for t in steps]
        return replace(
            branch,
            cost=branch.cost + hypothesis.cost,
            position=branch.position + 1,
            incoming=tuple(hypothesis.arrival.at(t) for t in steps),
            activation=hypothesis.activation,
            lower=tuple(each.lower for each in passes),
            choices=branch.choices + tuple(self._choices(hypothesis, number, passes)),
        )

    def _may_fit(self, hypothesis: Hypothesis, number: int, groups: Sequence[Group]) -> bool:
        """Whether the first step alone leaves a chance to some group."""
        inside = self._pass(hypothesis, number, 0).inside
        for group in groups:
            update = group.updates[0]
            gradient = group.gradient(0, inside, self.extras[0])
            if update.size < 2 or not np.any(update) or fit([update], [gradient], self.tolerance) is not None:
                return True
        return not groups

    def _fit(self, hypothesis: Hypothesis, number: int, group: Group) -> float | None:
        """The step size; 0 where neither the update nor the gradient says anything; None if it does not fit."""
        gradient = self._gradient(hypothesis, number, group)
        if not np.any(np.concatenate(group.updates)):
            return None if np.any(gradient) else 0.0
        found = fit(group.updates, [gradient], self.tolerance)
        return None if found is None else found[0]

    def _gradient(self, hypothesis: Hypothesis, number: int, group: Group) -> Array:
        inside = [self._pass(hypothesis, number, t).inside for t in range(len(self.graphs))]
        return np.concatenate([group.gradient(t, each, self.extras[t]) for t, each in enumerate(inside)])

    def _choices(self, hypothesis: Hypothesis, number: int, passes: Sequence[Pass]) -> Iterator[Choice]:
        names = tuple(name for group in self.groups[number] for name in group.names)
        deltas = _deltas(self.graphs, number, passes)
        arrival, activation = hypothesis.arrival, hypothesis.activation
        if arrival.option is not None:
            arriving = tuple(tuple(arrival.at(t).values()) for t in range(len(self.graphs)))
            yield Choice(arrival.option, number, names, (arriving, deltas), arrival.text, arrival.rule, arrival.remedy)
        if activation is not None:
            yield Choice(activation, number, names, (*_factors(activation), deltas))

    def _repair(self, branch: Branch, hypothesis: Hypothesis, number: int, group: Group) -> Repair:
        """What makes one group fit while the others stay as they are."""
        graphs, acts = self.graphs, self._activation_options(number)
        gradient = self._gradient(hypothesis, number, group)
        incoming = [hypothesis.arrival.at(t) for t in range(len(graphs))]
        found = self.repairs.find(group, gradient, incoming, hypothesis.activation, acts)
        if found is not None:
            return replace(
                found, cost=found.cost if found.option is None else found.cost + branch.cost_of(found.option)
            )
        known = any(choice.option is None for choice in branch.choices)
        return Repair(group, None, None, REPEATED if known else UNEXPLAINED)


def _extra(graph: StepGraph, direct: Mapping[int, Array]) -> dict[str, Array]:
    """What is given, else what the seeds send to parameters directly."""
    if graph.step.extra:
        return dict(graph.step.extra)
    return {graph.parameters[index].name: value for index, value in direct.items()}


def _values(option: Option) -> Callable[[int], Adjoints]:
    return lambda t: dict(option.values[t])


def _later(function: Callable[..., None], *args: object) -> Action:
    return lambda: function(*args)


def _with_repair(branch: Branch, repair: Repair) -> Branch:
    group = repair.group
    choice = Choice(repair.option, group.layer, group.names, repair.wrong, repair.text, repair.rule)
    return replace(
        branch,
        cost=branch.cost + repair.cost,
        choices=(*branch.choices, choice),
        scales=(*branch.scales, (repair.group, repair.scale)),
    )


def _factors(activation: Option) -> Iterator[tuple[tuple[Array, ...], ...]]:
    """What stands in the place of f'(z), by step, if it is a mere factor."""
    tables = [list(table.values()) for table in activation.values]
    if all(isinstance(value, Times) for table in tables for value in table):
        yield tuple(tuple(value.values() for value in table) for table in tables)


def _deltas(graphs: Sequence[StepGraph], number: int, passes: Sequence[Pass]) -> tuple[tuple[Array, ...], ...]:
    """What arrives at the z of a layer, by step."""
    return tuple(
        tuple(each.inside[s.z.index] for s in graph.layer(number).segments if s.z.index in each.inside)
        for graph, each in zip(graphs, passes, strict=True)
    )
