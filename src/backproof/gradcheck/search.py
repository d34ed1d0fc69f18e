"""The search for the mistakes that reproduce recorded steps: from the output down, cheapest first."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from backproof.gradcheck.branches import (
    REPEATED,
    Arrival,
    Branch,
    Choice,
    Hypothesis,
    Trace,
    choices_of,
    deltas_of,
    extra_of,
    gradients_alike,
    with_repair,
)
from backproof.gradcheck.matching import Group, fit, informative, may_fit, without_noise
from backproof.gradcheck.mistakes._mistake import Array
from backproof.gradcheck.options import backwards
from backproof.gradcheck.proposals import Proposals
from backproof.gradcheck.repairs import Case, Repair, Repairs, unknown
from backproof.gradcheck.sweeps import Pass, StepGraph
from backproof.gradcheck.weight_options import overrides_of

UNEXPLAINED = 3.5  # more than two mistakes: those are tried before giving up
TIE = 0.05
_SIMILAR = 0.15  # what costs as much more than one that explains a layer may still be the better one further down
_MEND = 0.2  # at least, for a mistake of a single parameter that is also elsewhere
_LEAST = 0.9  # cost of any first mistake
_ONE = 1.05  # cost of one mistake
_MANY = 12  # solutions of one cost: more say that nothing is known


Action = Callable[[], None]
Finish = Callable[[Branch], float]  # the whole cost of a branch


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
        self.extras = [extra_of(graph, direct) for graph, (_, direct) in zip(graphs, sent, strict=True)]
        self.repairs = Repairs(graphs, self.extras, tolerance)
        self.proposals = Proposals(graphs, self.entries, self.order)
        self.solutions: list[Branch] = []
        self._heap: list[tuple[float, int, Action]] = []
        self._count = itertools.count()
        self._limits: dict[Branch, float] = {}
        self._fitting: dict[Branch, frozenset[Group]] = {}  # groups that fit with nothing put in place
        self._noise: dict[Group, float] = {}
        with np.errstate(all="ignore"):
            self._take_noise_away()

    def run(self, finish: Finish) -> list[Branch]:
        """Search until the cheapest solutions are known or the time is over; `finish` is the whole cost of a branch."""
        self._push(0.0, lambda: self._expand(Branch(), finish))
        with np.errstate(all="ignore"):
            while self._heap and len(self.solutions) < _MANY and time.thread_time() < self.deadline:
                cost, _, action = heapq.heappop(self._heap)
                if self.solutions and cost > self.solutions[0].cost + TIE:
                    break
                action()
            return self.solutions or [self._unexplained()]

    def _take_noise_away(self) -> None:
        """Updates that are nothing but rounding become zero."""
        for number, belongs in list(self.as_it_belongs()):
            pairs = [without_noise(group, self._gradient(belongs, number, group)) for group in self.groups[number]]
            self.groups[number] = [group for group, _ in pairs]
            self._noise |= dict(pairs)

    def _unexplained(self) -> Branch:
        """What can be said when the time is over: which parameters follow their gradients, and which do not."""
        branch = Branch()
        for number in self.order:
            hypothesis = Hypothesis(0.0, self.true_arrival(branch), None)
            branch = self._child(branch, hypothesis, number)
            for group in self.groups[number]:
                scale = self._fit(hypothesis, number, group)
                if scale is None:
                    branch = with_repair(branch, self._unknown(branch, hypothesis, group))
                else:
                    branch = replace(branch, scales=(*branch.scales, (group, scale or None)))
        return branch

    def _push(self, cost: float, action: Action) -> None:
        heapq.heappush(self._heap, (cost, next(self._count), action))

    def _expand(self, branch: Branch, finish: Finish) -> None:
        if branch.position == len(self.order):
            whole = finish(branch)
            self._push(whole, lambda: self.solutions.append(replace(branch, cost=whole)))
            return
        belongs = Hypothesis(0.0, self.true_arrival(branch), None)
        if not self._follow(branch, belongs, finish):
            self._push(branch.cost + REPEATED, lambda: self._look_further(branch, belongs.arrival, finish))

    def _look_further(self, branch: Branch, true: Arrival, finish: Finish) -> None:
        self._try(branch, sorted(self.proposals.hypotheses(branch, true), key=lambda h: h.cost), -1, finish)

    def _try(self, branch: Branch, hypotheses: list[Hypothesis], at: int, finish: Finish, ahead: float = 0.0) -> None:
        """Evaluate one hypothesis and put off the next, unless it would cost more than one that explains the layer."""
        if at >= 0 and self._follow(branch, hypotheses[at], finish):
            self._limits[branch] = min(self._limits.get(branch, np.inf), hypotheses[at].cost + _SIMILAR)
        if at + 1 < len(hypotheses) and hypotheses[at + 1].cost <= self._limits.get(branch, np.inf):
            action = _later(self._try, branch, hypotheses, at + 1, finish, ahead)
            self._push(branch.cost + hypotheses[at + 1].cost - ahead, action)

    def _follow(self, branch: Branch, hypothesis: Hypothesis, finish: Finish) -> bool:
        """Put off what comes of a hypothesis; whether it explains its layer without anything else."""
        number = self.order[branch.position]
        groups = self.groups[number]
        known = hypothesis.known or self._fitting.get(branch, frozenset())
        if not hypothesis.is_true and not self._may_fit(hypothesis, number, [g for g in groups if g not in known]):
            self._doubt(branch, hypothesis, groups, finish)
            return False
        found = {group: self._fit(hypothesis, number, group) for group in groups}
        sure = any(found[g] and informative(g.updates, self.tolerance) for g in groups)
        if not hypothesis.is_true and not sure and any(np.any(u) for g in groups for u in g.updates):
            return False
        fitting = frozenset(group for group, scale in found.items() if scale is not None)
        if hypothesis.is_true:
            self._fitting[branch] = fitting
        elif fitting <= known and len(known) < len(groups):
            return False  # it explains nothing that is not explained without it
        child = self._child(branch, hypothesis, number)
        scales = tuple((group, scale or None) for group, scale in found.items() if scale is not None)
        child = replace(child, scales=child.scales + scales)
        rest = [group for group, scale in found.items() if scale is None]
        if not rest:
            self._push(child.cost, _later(self._expand, child, finish))
            return sure
        self._refine(branch, hypothesis, fitting, finish)
        cost = child.cost + (_MEND if child.choices else _LEAST)
        self._push(cost, lambda: self._mend(branch, hypothesis, child, rest, finish))
        return False

    def _refine(self, branch: Branch, hypothesis: Hypothesis, fitting: frozenset[Group], finish: Finish) -> None:
        """In a recurrent layer what arrives is seen by the output's weights, and what else is wrong by the others."""
        more = self.proposals.refined(branch, hypothesis, fitting)
        self._try(branch, sorted(more, key=lambda h: h.cost), -1, finish, 2 * _LEAST)

    def _doubt(self, branch: Branch, hypothesis: Hypothesis, groups: Sequence[Group], finish: Finish) -> None:
        """A mistake in delta and one in its product with the inputs hide each other where no bias shows delta."""
        if hypothesis.cost > _ONE or any(group.bias for group in groups):
            return

        def mend() -> None:
            child = self._child(branch, hypothesis, groups[0].layer)
            self._mend(branch, hypothesis, child, groups, finish, all_known=True)

        self._push(branch.cost + hypothesis.cost + _LEAST, mend)

    def _mend(
        self,
        branch: Branch,
        hypothesis: Hypothesis,
        child: Branch,
        groups: Sequence[Group],
        finish: Finish,
        *,
        all_known: bool = False,
    ) -> None:
        """Look for mistakes of single parameters of a layer; `all_known`: it is of no use if one has none."""
        if hypothesis.cost + _MEND > self._limits.get(branch, np.inf):
            return
        for group in groups:
            repair = self._repair(child, hypothesis, group, alone=not all_known)
            if all_known and repair.option is None:
                return
            child = with_repair(child, repair)
        self._push(child.cost, _later(self._expand, child, finish))

    def as_it_belongs(self) -> Iterator[tuple[int, Hypothesis]]:
        """Every layer, from the output down, with nothing put in place."""
        branch = Branch()
        for number in self.order:
            hypothesis = Hypothesis(0.0, self.true_arrival(branch), None)
            yield number, hypothesis
            branch = self._child(branch, hypothesis, number)

    def true_arrival(self, branch: Branch) -> Arrival:
        """What arrives at the next layer if nothing is put in place."""
        return Arrival(None, lambda t: branch.lower[t] if branch.position else self.entries[t])

    def sweep(self, hypothesis: Hypothesis, number: int, t: int) -> Pass:
        """The sweep of one layer in one step, with what a hypothesis puts in place."""
        if t not in hypothesis.passes:
            graph = self.graphs[t]
            functions = backwards(hypothesis.activation, t)
            overrides = overrides_of(hypothesis.own, graph, number, t)
            hypothesis.passes[t] = graph.sweep(graph.layer(number), hypothesis.arrival.at(t), functions, overrides)
        return hypothesis.passes[t]

    def _child(self, branch: Branch, hypothesis: Hypothesis, number: int) -> Branch:
        steps = range(len(self.graphs))
        passes = [self.sweep(hypothesis, number, t) for t in steps]
        return replace(
            branch,
            cost=branch.cost + hypothesis.cost,
            position=branch.position + 1,
            incoming=tuple(hypothesis.arrival.at(t) for t in steps),
            activation=hypothesis.activation,
            lower=tuple(each.lower for each in passes),
            choices=branch.choices + self._choices(branch, hypothesis, number, passes),
            traces={**branch.traces, number: self._trace(number, passes)},
        )

    def _trace(self, number: int, passes: Sequence[Pass]) -> Trace:
        gradients = {
            group: tuple((group.gradient(t, each.inside, self.extras[t]),) for t, each in enumerate(passes))
            for group in self.groups[number]
        }
        return Trace(deltas_of(self.graphs, number, passes), gradients)

    def _may_fit(self, hypothesis: Hypothesis, number: int, groups: Sequence[Group]) -> bool:
        """Whether the first step alone, or two for a single number, leaves a chance to some group."""
        for group in sorted(groups, key=lambda group: -group.updates[0].size):
            steps = range(1 if group.updates[0].size > 1 else min(2, len(self.graphs)))
            gradients = [group.gradient(t, self.sweep(hypothesis, number, t).inside, self.extras[t]) for t in steps]
            if may_fit(group.updates[: len(steps)], gradients, self.tolerance):
                return True
        return False

    def _fit(self, hypothesis: Hypothesis, number: int, group: Group) -> float | None:
        """The step size; 0 where neither the update nor the gradient says anything; None if it does not fit."""
        gradient = self._gradient(hypothesis, number, group)
        if not np.any(np.concatenate(group.updates)):
            return None if np.linalg.norm(gradient) > self._noise[group] else 0.0
        found = fit(group.updates, [gradient], self.tolerance)
        return None if found is None else found[0]

    def _gradient(self, hypothesis: Hypothesis, number: int, group: Group) -> Array:
        inside = [self.sweep(hypothesis, number, t).inside for t in range(len(self.graphs))]
        return np.concatenate([group.gradient(t, each, self.extras[t]) for t, each in enumerate(inside)])

    def _choices(
        self, branch: Branch, hypothesis: Hypothesis, number: int, passes: Sequence[Pass]
    ) -> tuple[Choice, ...]:
        above = branch.traces.get(self.order[branch.position - 1]) if branch.position else None
        return tuple(choices_of(self.graphs, self.groups[number], hypothesis, number, passes, above))

    def _repair(self, branch: Branch, hypothesis: Hypothesis, group: Group, *, alone: bool) -> Repair:
        """What makes one group fit while the others stay as they are; `alone`: also another delta for it alone."""
        steps, number = range(len(self.graphs)), group.layer
        incoming = [hypothesis.arrival.at(t) for t in steps]
        gradient = self._gradient(hypothesis, number, group)
        case = Case(group, gradient, incoming, hypothesis.activation, others=self._others(branch, group))
        if alone:
            errors = self.proposals.errors() if number == self.order[0] else []
            activations = [each for each in self.proposals.activations(number) if not each.variant.kink]
            case = replace(case, activations=activations, errors=errors)
        found = self.repairs.find(case)
        if found is not None:
            return replace(found, cost=found.cost + branch.cost_of(found.option))
        return self._unknown(branch, hypothesis, group)

    def _unknown(self, branch: Branch, hypothesis: Hypothesis, group: Group) -> Repair:
        """Nothing makes it fit."""
        steps, number = range(len(self.graphs)), group.layer
        known = any(choice.option is None for choice in branch.choices)
        deltas = deltas_of(self.graphs, number, [self.sweep(hypothesis, number, t) for t in steps])
        arriving = tuple(tuple(hypothesis.arrival.at(t).values()) for t in steps)
        gradient = self._gradient(hypothesis, number, group)
        return unknown(group, gradient, (arriving, deltas), REPEATED if known else UNEXPLAINED)

    def _others(self, branch: Branch, group: Group) -> tuple[tuple[str, tuple[Array, ...]], ...]:
        """The gradients of other parameters of its shape: with what is decided so far, nothing wrong further down."""
        if len(group.members[0]) != 1 or not group.members[0][0].before.shape:
            return ()
        traces = dict(branch.traces)
        while branch.position < len(self.order):
            number = self.order[branch.position]
            branch = self._child(branch, Hypothesis(0.0, self.true_arrival(branch), None), number)
            traces[number] = branch.traces[number]
        return tuple(gradients_alike(traces.values(), group))


def _later(function: Callable[..., None], *args: object) -> Action:
    return lambda: function(*args)
