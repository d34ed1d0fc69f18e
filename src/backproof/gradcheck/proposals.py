"""What may be wrong with delta in a layer: the hypotheses that the search goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from backproof.gradcheck.branches import Arrival, Branch, Hypothesis
from backproof.gradcheck.delta_options import activation_options, error_options
from backproof.gradcheck.matching import Group
from backproof.gradcheck.mistakes._mistake import At
from backproof.gradcheck.options import Option, backwards
from backproof.gradcheck.sweeps import Adjoints, StepGraph
from backproof.gradcheck.weight_options import link_options, overrides_of, own_options

_MOST_AT_ONCE = 2.1  # cost of the mistakes in one layer


class Proposals:
    """Makes the hypotheses, and the options that they are made of once each."""

    def __init__(self, graphs: Sequence[StepGraph], entries: Sequence[Adjoints], order: Sequence[int]) -> None:
        """`entries` is what the loss sends to the predictions, by step; `order` the layers from the output down."""
        self.graphs, self.entries, self.order = graphs, entries, order
        self._activations: dict[int, list[Option]] = {}
        self._links: dict[int, list[Option]] = {}
        self._errors: list[Option] | None = None

    def hypotheses(self, branch: Branch, true: Arrival) -> Iterator[Hypothesis]:
        """All that may be wrong with delta in the next layer: one mistake, or two."""
        number = self.order[branch.position]
        for arrival in (true, *self._arrivals(branch)):
            for option in (None, *self.activations(number)):
                cost = branch.cost_of(arrival.option, option)
                if arrival is true and option is None:
                    continue
                if cost <= _MOST_AT_ONCE and not (option and arrival.option and arrival.option.at is At.OUTPUT):
                    yield Hypothesis(cost, arrival, option)
        for own in own_options(self.graphs, number):
            for option in (None, *self.activations(number)):
                yield Hypothesis(branch.cost_of(own, option), true, option, own)

    def refined(self, branch: Branch, hypothesis: Hypothesis, known: frozenset[Group]) -> Iterator[Hypothesis]:
        """What else may be wrong within the layer if something else arrives there, with which some groups fit."""
        if hypothesis.arrival.option is None or hypothesis.activation is not None or hypothesis.own is not None:
            return
        number = self.order[branch.position]
        for own in own_options(self.graphs, number):
            for option in (None, *self.activations(number)):
                cost = branch.cost_of(hypothesis.arrival.option, own, option)
                yield Hypothesis(cost, hypothesis.arrival, option, own, known)

    def errors(self) -> list[Option]:
        """What else may arrive at the predictions."""
        if self._errors is None:
            self._errors = error_options(self.graphs, self.entries)
        return self._errors

    def activations(self, number: int) -> list[Option]:
        """What else may be done at the activations of a layer."""
        if number not in self._activations:
            self._activations[number] = activation_options(self.graphs, number)
        return self._activations[number]

    def _arrivals(self, branch: Branch) -> Iterator[Arrival]:
        if not branch.position:
            for option in self.errors():
                yield Arrival(option, _values(option))
            return
        above = self.order[branch.position - 1]
        if above not in self._links:
            self._links[above] = link_options(self.graphs, above)
        for option in self._links[above]:
            yield Arrival(option, self._through(branch, above, option))
        for option in self.activations(above):
            if not option.variant.kink and (branch.activation is None or option.key != branch.activation.key):
                yield self._only_on_the_way_back(branch, above, option)

    def _through(self, branch: Branch, number: int, option: Option) -> Callable[[int], Adjoints]:
        def compute(t: int) -> Adjoints:
            graph = self.graphs[t]
            overrides = overrides_of(option, graph, number, t)
            functions = backwards(branch.activation, t)
            return graph.sweep(graph.layer(number), branch.incoming[t], functions, overrides).lower

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


def _values(option: Option) -> Callable[[int], Adjoints]:
    return lambda t: dict(option.values[t])
