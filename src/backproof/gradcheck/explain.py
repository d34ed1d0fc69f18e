"""Which mistakes reproduce recorded steps that are not along the gradient."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from backproof.gradcheck.branches import Branch
from backproof.gradcheck.digits import clear_steps
from backproof.gradcheck.factors import Accounts
from backproof.gradcheck.matching import Group, make_groups, rescaled, through_optimiser, tolerance_of
from backproof.gradcheck.naming import Naming
from backproof.gradcheck.schedule import step_sizes
from backproof.gradcheck.search import TIE, UNEXPLAINED, Search
from backproof.gradcheck.steps import Explanation, RecordedStep
from backproof.gradcheck.sweeps import StepGraph

_STEPS = 4  # more say nothing new
_LARGE = 2_000_000  # numbers in predictions and parameters of all steps: then two steps have to do
_ALONE = 8  # numbers in one array: then a single step will do


def explain(steps: Sequence[RecordedStep], *, loss_name: str, time_limit: float = 2.0) -> list[Explanation]:
    """Find the mistakes that reproduce all steps to rounding.

    Args:
        steps: Two or more, on different data: what fits one by chance does not fit the next.
        loss_name: The loss of the seeds, for the words.
        time_limit: In seconds of computing; what is not found by then is not explained.

    Returns:
        The explanations with the fewest mistakes, all within a tie of the best. An empty set of mistakes says that the
        steps are right; `unexplained-wrong-gradient` among them that some parameters are not accounted for. Empty where
        nothing can be said: fewer than two steps with digits left, or no parameter that the predictions depend on.
    """
    return _Explainer(steps, loss_name, time.thread_time() + time_limit).explanations()


class _Explainer:
    """The readings of the steps, one search each, until one explains them."""

    def __init__(self, steps: Sequence[RecordedStep], loss_name: str, deadline: float) -> None:
        self.loss_name, self.deadline = loss_name, deadline
        tolerance = tolerance_of(p.before.value for step in steps for p in step.parameters)
        few = sum(_size(step) for step in steps) > _LARGE
        graphs = [StepGraph(step) for step in steps[: 2 if few else 2 * _STEPS]]
        clear, self.tolerance = clear_steps(graphs, tolerance)
        self.graphs = clear[:_STEPS]
        self.steps = [graph.step for graph in self.graphs]

    def explanations(self) -> list[Explanation]:
        """The cheapest explanations of the cheapest reading."""
        if not self.graphs or not _alike(self.graphs):
            return []
        accounts = Accounts(self.steps, self.tolerance)
        best: list[Branch] = []
        for groups in self._readings():
            found = self._search(groups, accounts)
            if found and (not best or found[0].cost < best[0].cost):
                best = found
            if best and best[0].cost < UNEXPLAINED:
                break
        naming = Naming(self.graphs, accounts, self.tolerance)
        return _distinct([naming.explanation(branch) for branch in best])

    def _readings(self) -> Iterator[list[Group]]:
        """What may be compared: the updates, those of a rate that changes, what an optimiser is given."""
        groups = make_groups(self.graphs, formed=False)
        if not any(np.any(update) for group in groups for update in group.updates):
            return
        if len(self.graphs) < 2 and not _speaks_for_itself(groups):
            return
        yield groups
        sizes = step_sizes(Search(self.graphs, groups, self.tolerance, self.deadline))
        if sizes is not None:
            yield [rescaled(group, sizes) for group in groups]
        if through_optimiser(self.steps):
            yield make_groups(self.graphs, formed=True)

    def _search(self, groups: list[Group], accounts: Accounts) -> list[Branch]:
        def whole_cost(branch: Branch) -> float:
            return branch.cost + accounts.best(branch.scales).cost

        now = time.thread_time()
        deadline = now + (self.deadline - now) / 2  # the last reading may have half of what the others left
        return Search(self.graphs, groups, self.tolerance, deadline).run(whole_cost)


def _speaks_for_itself(groups: Sequence[Group]) -> bool:
    """Whether one step has enough numbers in every layer that nothing fits by chance."""
    most: dict[int, int] = {}
    for group in groups:
        most[group.layer] = max(most.get(group.layer, 0), group.updates[0].size)
    return min(most.values(), default=0) >= _ALONE


def _size(step: RecordedStep) -> int:
    return 50 * sum(node.size for node in step.predictions) + sum(p.before.size for p in step.parameters)


def _alike(graphs: Sequence[StepGraph]) -> bool:
    """Whether all steps have the same layers and parameters."""
    forms = {(len(g.forward.layers), tuple(sorted(p.name for p in g.step.parameters))) for g in graphs}
    return len(forms) == 1 and bool(graphs[0].forward.layers)


def _distinct(explanations: Sequence[Explanation]) -> list[Explanation]:
    """Without those that say the same, the cheapest first, within a tie of the best."""
    kept: dict[frozenset[tuple[str, str, tuple[str, ...]]], Explanation] = {}
    for each in sorted(explanations, key=lambda explanation: explanation.cost):
        kept.setdefault(frozenset((m.rule, m.says, m.parameters) for m in each.mistakes), each)
    return [each for each in kept.values() if each.cost <= next(iter(kept.values())).cost + TIE]
