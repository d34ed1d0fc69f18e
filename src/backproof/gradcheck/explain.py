"""Which mistakes reproduce recorded steps that are not along the gradient."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from backproof.gradcheck.branches import Branch, Choice
from backproof.gradcheck.digits import clear_steps
from backproof.gradcheck.factors import Account, Accounts, name_of
from backproof.gradcheck.locate import Locator
from backproof.gradcheck.matching import Group, make_groups, through_optimiser, tolerance_of
from backproof.gradcheck.mistakes import MISTAKES, overrides
from backproof.gradcheck.mistakes._mistake import At
from backproof.gradcheck.search import TIE, Search
from backproof.gradcheck.steps import Explanation, NamedMistake, RecordedStep
from backproof.gradcheck.sweeps import StepGraph
from backproof.gradcheck.wording import called_with
from backproof.gradcheck.wording import name_of as assigned_name
from backproof.graph.node import Node, Span

_STEPS = 4  # more say nothing new
_LARGE = 2_000_000  # numbers in predictions and parameters of all steps: then two steps have to do
_ALONE = 8  # numbers in one array: then a single step will do
_FORMULAS = frozenset({"wrong-activation-derivative", "softmax-gradient-wrong"})  # the helper itself is wrong


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
    """One search, and the words for what it found."""

    def __init__(self, steps: Sequence[RecordedStep], loss_name: str, deadline: float) -> None:
        self.loss_name, self.deadline = loss_name, deadline
        tolerance = tolerance_of(p.before.value for step in steps for p in step.parameters)
        few = sum(_size(step) for step in steps) > _LARGE
        graphs = [StepGraph(step) for step in steps[: 2 if few else 2 * _STEPS]]
        clear, self.tolerance = clear_steps(graphs, tolerance)
        self.graphs = clear[:_STEPS]
        self.steps = [graph.step for graph in self.graphs]

    def explanations(self) -> list[Explanation]:
        """The cheapest explanations."""
        if not self.graphs or not _alike(self.graphs):
            return []
        groups = make_groups(self.graphs, formed=through_optimiser(self.steps))
        if not any(np.any(update) for group in groups for update in group.updates):
            return []
        if len(self.graphs) < 2 and not _speaks_for_itself(groups):
            return []
        accounts = Accounts(self.steps, self.tolerance)

        def whole_cost(branch: Branch) -> float:
            return branch.cost + accounts.best(branch.scales).cost

        found = Search(self.graphs, groups, self.tolerance, self.deadline).run(whole_cost)
        locator = Locator(self.steps, self.tolerance)
        named = [self._explanation(branch, accounts, locator) for branch in found]
        return _distinct(named)

    def _explanation(self, branch: Branch, accounts: Accounts, locator: Locator) -> Explanation:
        account = accounts.best(branch.scales)
        by_key: dict[tuple[str, str], list[Choice]] = {}
        for choice in branch.choices:
            rule, text = _rule(choice), _text(choice)
            by_key.setdefault((rule, text), []).append(choice)
        mistakes = [self._named(choices, locator) for choices in by_key.values()]
        mistakes += _named_factors(account, accounts.samples)
        return Explanation(tuple(sorted(mistakes, key=_rank)), account.step_size, branch.cost)

    def _named(self, choices: list[Choice], locator: Locator) -> NamedMistake:
        first = choices[0]
        rule = _rule(first)
        spans = tuple(
            span
            for choice in choices
            for span in locator.find(choice.wrong, factor=choice.factor, formula=rule in _FORMULAS)
        ) or _update_spans(self.steps[0], [name for choice in choices for name in choice.names])
        names = tuple(dict.fromkeys(name for choice in choices for name in choice.names))
        severity = None if first.option is None else first.option.variant.severity
        layer, expected = first.layer, self._expected(first)
        remedy = _remedy(first, expected, spans)
        span = None if expected is None else expected.span
        return NamedMistake(
            rule, _text(first), names, tuple(dict.fromkeys(spans)), layer, span, remedy, False, severity
        )

    def _expected(self, choice: Choice) -> Node | None:
        """The value of the forward pass that should have been used."""
        if choice.option is None or not choice.option.variant.expected or choice.text:
            return None
        segments = self.graphs[0].layer(choice.layer).segments
        if not segments:
            return None
        return segments[0].z if choice.option.variant.expected == "z" else segments[0].a


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


def _rule(choice: Choice) -> str:
    return choice.rule or (choice.option.rule if choice.option else "unexplained-wrong-gradient")


def _text(choice: Choice) -> str:
    if choice.option is None:
        override = overrides(At.NOWHERE)[0]
        return override.says.format(detail=next(iter(override.variants(None))).detail)
    return choice.text or choice.option.text


def _remedy(choice: Choice, expected: Node | None, spans: tuple[Span, ...]) -> str:
    """In words, with the program's own names where they are known."""
    if choice.option is None:
        return "compare each factor of its gradient with the chain rule"
    variant = choice.option.variant
    name = None if expected is None else assigned_name(expected.span)
    remedy = (choice.remedy or variant.remedy).format(z=name or "z", a=name or "a")
    call = called_with(spans[0] if spans else None, name) if name else None
    return f"{remedy}: {call}" if call and choice.option.rule == "activation-derivative-wrong-argument" else remedy


def _update_spans(step: RecordedStep, names: Sequence[str]) -> tuple[Span, ...]:
    spans = [member.span for member in step.parameters if member.name in names and member.span is not None]
    return tuple(dict.fromkeys(spans))


def _named_factors(account: Account, samples: tuple[int, ...]) -> Iterator[NamedMistake]:
    for factor in account.factors:
        rule, variant = name_of(factor, samples)
        groups = factor.groups
        names = tuple(name for group in groups for name in group.names)
        spans = tuple(dict.fromkeys(group.span for group in groups if group.span is not None))
        layer = groups[0].layer if groups and not factor.everything else None
        blocks = rule == "wrong-sign-update"
        yield NamedMistake(rule, variant.says or variant.detail, names, spans, layer, None, variant.remedy, blocks)


def _rank(mistake: NamedMistake) -> tuple[bool, int, int]:
    """What turns the step around first, then by severity, then from the output down."""
    severity = mistake.severity or MISTAKES[mistake.rule].severity
    return not mistake.blocks, severity.rank, -(mistake.layer or 0)


def _distinct(explanations: Sequence[Explanation]) -> list[Explanation]:
    """Without those that say the same, the cheapest first, within a tie of the best."""
    kept: dict[frozenset[tuple[str, str, tuple[str, ...]]], Explanation] = {}
    for each in sorted(explanations, key=lambda explanation: explanation.cost):
        kept.setdefault(frozenset((m.rule, m.says, m.parameters) for m in each.mistakes), each)
    return [each for each in kept.values() if each.cost <= next(iter(kept.values())).cost + TIE]
