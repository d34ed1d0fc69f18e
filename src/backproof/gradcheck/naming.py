"""The words for what the search found: mistakes with their expressions, layers and remedies."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from backproof.gradcheck.branches import Branch, Choice, Values
from backproof.gradcheck.factors import Accounts, Factor, name_of
from backproof.gradcheck.locate import Locator
from backproof.gradcheck.mistakes import MISTAKES, overrides
from backproof.gradcheck.mistakes._mistake import At
from backproof.gradcheck.steps import Explanation, NamedMistake, RecordedStep
from backproof.gradcheck.sweeps import StepGraph
from backproof.gradcheck.wording import called_with
from backproof.gradcheck.wording import name_of as assigned_name
from backproof.graph.node import Node, Span

_FORMULAS = frozenset({"wrong-activation-derivative", "softmax-gradient-wrong"})  # the helper itself is wrong
_REDUCED = frozenset({"bias-gradient-wrong", "batch-gradient-not-averaged"})  # the sum over the samples is wrong
_OF_UPDATES = frozenset({"update-wrong-variable"})  # the update statement itself is wrong


class Naming:
    """Turns branches of the search into explanations."""

    def __init__(self, graphs: Sequence[StepGraph], accounts: Accounts, tolerance: float) -> None:
        """Nothing is looked for in the program before it is needed."""
        self.graphs, self.accounts = graphs, accounts
        self.steps = [graph.step for graph in graphs]
        self.locator = Locator(self.steps, tolerance)

    def explanation(self, branch: Branch) -> Explanation:
        """All mistakes of a branch; the same one in several layers is one."""
        account = self.accounts.best(branch.scales)
        by_key: dict[tuple[str, str], list[Choice]] = {}
        for choice in branch.choices:
            rule, text = _rule(choice), _text(choice)
            by_key.setdefault((rule, text), []).append(choice)
        mistakes = [self._named(choices) for choices in by_key.values()]
        mistakes += merged([self._named_factor(factor, branch) for factor in account.factors])
        return Explanation(tuple(sorted(mistakes, key=_rank)), account.step_size, branch.cost)

    def _named(self, choices: list[Choice]) -> NamedMistake:
        first = choices[0]
        rule = _rule(first)
        spans = self._spans(choices)
        spans = spans or _update_spans(self.steps[0], [name for choice in choices for name in choice.names])
        names = tuple(dict.fromkeys(name for choice in choices for name in choice.names))
        severity = None if first.option is None else first.option.variant.severity
        layer, expected = first.layer, self._expected(first)
        remedy = _remedy(first, expected, spans)
        span = None if expected is None else expected.span
        return NamedMistake(
            rule, _text(first), names, tuple(dict.fromkeys(spans)), layer, span, remedy, False, severity
        )

    def _named_factor(self, factor: Factor, branch: Branch) -> NamedMistake:
        rule, variant = name_of(factor, self.accounts.samples)
        groups = factor.groups
        names = tuple(name for group in groups for name in group.names)
        updates = [group.span for group in groups if group.span is not None]
        held = self._held(rule, factor, branch)
        found = self.locator.find(held) if held else None
        spans = tuple(dict.fromkeys([*(self.locator.spans([found]) if found else ()), *updates]))
        layer = groups[0].layer if groups and not factor.everything else None
        blocks = rule == "wrong-sign-update"
        return NamedMistake(rule, variant.says or variant.detail, names, spans, layer, None, variant.remedy, blocks)

    def _held(self, rule: str, factor: Factor, branch: Branch) -> list[Values]:
        """What has the factor: delta, or a gradient that is reduced over the samples; a sign is one of the update."""
        group = factor.groups[0]
        trace = branch.traces.get(group.layer)
        if trace is None or factor.everything:
            return []
        if factor.chain:
            return [trace.deltas]
        return [trace.gradients[group]] if rule in _REDUCED and group in trace.gradients else []

    def _spans(self, choices: Sequence[Choice]) -> tuple[Span, ...]:
        """Where one mistake sits, in whatever number of layers."""
        first = choices[0]
        if first.option is None:
            return tuple(dict.fromkeys(span for choice in choices for span in self.locator.departure(choice.wrong)))
        if first.option.rule in _OF_UPDATES:
            return _update_spans(self.steps[0], [name for choice in choices for name in choice.names])
        found = [self.locator.find(choice.wrong, factor=choice.factor) for choice in choices]
        spans = self.locator.spans([each for each in found if each], formula=_rule(first) in _FORMULAS)
        delta = self.locator.find(first.wrong[-1:]) if _rule(first) == "bptt-truncated" else None
        return (*self._cuts((delta.node.span,)), *spans) if delta and delta.node.span else spans

    def _cuts(self, delta: tuple[Span, ...]) -> tuple[Span, ...]:
        """Where a source (zeros, say) is made between one moment's delta and the next, and stands in that one."""
        made = [node for node in self.steps[0].backward if node.span in delta]
        for later, earlier in itertools.pairwise(made):  # the backward pass goes from the last moment to the first
            for operand in earlier.parents:
                fresh = operand.function is None and later.index < operand.index < earlier.index
                span = operand.span
                if fresh and operand.size == earlier.size and span is not None and span != earlier.span:
                    return (span,)
        return ()

    def _expected(self, choice: Choice) -> Node | None:
        """The value of the forward pass that should have been used."""
        if choice.option is None or not choice.option.variant.expected or choice.text:
            return None
        segments = self.graphs[0].layer(choice.layer).segments
        if not segments:
            return None
        return segments[0].z if choice.option.variant.expected == "z" else segments[0].a


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


def _rank(mistake: NamedMistake) -> tuple[bool, int, int]:
    """What turns the step around first, then by severity, then from the output down."""
    severity = mistake.severity or MISTAKES[mistake.rule].severity
    return not mistake.blocks, severity.rank, -(mistake.layer or 0)


def merged(mistakes: Sequence[NamedMistake]) -> list[NamedMistake]:
    """Those of one rule and in the same words as one."""
    found: dict[tuple[str, str], NamedMistake] = {}
    for each in mistakes:
        first = found.get((each.rule, each.says))
        if first is not None:
            names = tuple(dict.fromkeys(first.parameters + each.parameters))
            each = replace(first, parameters=names, spans=tuple(dict.fromkeys(first.spans + each.spans)))
        found[each.rule, each.says] = each
    return list(found.values())
