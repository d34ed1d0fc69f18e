"""What makes the step of one parameter fit, while delta and the other parameters stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backproof.gradcheck.matching import Group, fit
from backproof.gradcheck.mistakes import overrides
from backproof.gradcheck.mistakes._mistake import Array, At, UpdateSite, Variant
from backproof.gradcheck.options import Option, backwards
from backproof.gradcheck.sweeps import Adjoints, StepGraph
from backproof.gradcheck.weight_options import bias_options, overrides_of, product_options

ALONE = 0.2  # on top of a mistake in delta that touches the gradient of one parameter only: seldom so

Values = tuple[tuple[Array, ...], ...]  # by step


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """A mistake of one group: as `Choice` has it, with the step size that comes out."""

    group: Group
    option: Option | None
    scale: float | None
    cost: float = 0.0
    wrong: tuple[Values, ...] = ()
    text: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A group that does not fit.

    Attributes:
        group: Whose updates do not fit.
        gradient: Its gradient without a mistake of its own, all steps in one axis.
        incoming: What arrives at its layer, by step.
        activation: What was put at the activations of the layer, for all of its parameters.
        activations: What could be put there for the gradient of this group alone.
        errors: What could arrive for the gradient of this group alone.
        others: The gradients of other parameters of its shape, by name and by step.
    """

    group: Group
    gradient: Array
    incoming: Sequence[Adjoints]
    activation: Option | None
    activations: Sequence[Option] = ()
    errors: Sequence[Option] = ()
    others: tuple[tuple[str, tuple[Array, ...]], ...] = ()


class Repairs:
    """Finds the mistakes that sit in the gradient or the update of single parameters."""

    def __init__(self, graphs: Sequence[StepGraph], extras: Sequence[Mapping[str, Array]], tolerance: float) -> None:
        """Remember the steps."""
        self.graphs, self.extras, self.tolerance = graphs, extras, tolerance

    def find(self, case: Case) -> Repair | None:
        """The first mistake with which the group fits."""
        return next(self._all(case), None)

    def _all(self, case: Case) -> Iterator[Repair]:
        group = case.group
        updates = list(self._updates(case))
        yield from (each for each in updates if not _is_of_another(each))
        if not np.any(np.concatenate(group.updates)):
            return
        wanted = [frozenset(member.before.index for member in step) for step in group.members]
        options = (bias_options if group.bias else product_options)(self.graphs, group.layer, wanted)
        for option in options:
            found = self._swept(group, case.incoming, case.activation, option)
            if found is not None:
                yield Repair(group, option, found[0], 0.0, found[1])
        for option in case.activations:
            yield from self._alone(group, option, self._swept(group, case.incoming, option))
        for option in case.errors:
            incoming = [dict(values) for values in option.values]
            yield from self._alone(group, option, self._swept(group, incoming, case.activation))
        yield from (each for each in updates if _is_of_another(each))

    def _alone(self, group: Group, option: Option, found: tuple[float, tuple[Values, ...]] | None) -> Iterator[Repair]:
        """A mistake in delta, for one group only."""
        if found is not None:
            rule = "bias-gradient-wrong" if group.bias else option.rule
            who = "the bias" if group.bias else "these weights alone"
            yield Repair(group, option, found[0], ALONE, found[1], f"in the gradient of {who} {option.text}", rule)

    def _updates(self, case: Case) -> Iterator[Repair]:
        group, gradient = case.group, case.gradient

        def fitted(*columns: Array) -> tuple[float, ...] | None:
            return fit(group.updates, columns, self.tolerance)

        lengths = np.cumsum([update.size for update in group.updates])[:-1]
        update = np.concatenate(group.updates)
        extra = group.extra(self.extras)
        steps = tuple(np.split(gradient, lengths))
        across = _transposed(group, steps, np.split(extra, lengths))
        site = UpdateSite(update, gradient, group.parameter(), extra, fitted, steps, group.bias, across, case.others)
        for override in overrides(At.UPDATE):
            for variant in override.variants(site):
                wrong = (tuple((value,) for value in variant.shows),) if variant.shows else ()
                option = _update_option(override.rule, override.says, variant)
                yield Repair(group, option, variant.replace, wrong=wrong)

    def _swept(
        self, group: Group, incoming: Sequence[Adjoints], activation: Option | None, own: Option | None = None
    ) -> tuple[float, tuple[Values, ...]] | None:
        """The step size and the gradients with these options, if they fit."""
        gradients: list[Array] = []
        try:
            for t, graph in enumerate(self.graphs):
                replaced = overrides_of(own, graph, group.layer, t)
                done = graph.sweep(graph.layer(group.layer), incoming[t], backwards(activation, t), replaced)
                gradients.append(group.gradient(t, done.inside, self.extras[t]))
                if gradients[-1].size > 1 and not self._agrees(group, gradients[-1], t):
                    return None
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return None  # an operand of a shape that does not fit there
        found = fit(group.updates, [np.concatenate(gradients)], self.tolerance)
        return None if found is None else (found[0], (tuple((gradient,) for gradient in gradients),))

    def _agrees(self, group: Group, gradient: Array, t: int) -> bool:
        return not np.any(group.updates[t]) or fit([group.updates[t]], [gradient], self.tolerance) is not None


def unknown(group: Group, gradient: Array, truth: tuple[Values, ...], cost: float) -> Repair:
    """What is said of a group that nothing makes fit; `gradient` and `truth` are what it should hold."""
    lengths = np.cumsum([update.size for update in group.updates])[:-1]
    return Repair(group, None, None, cost, (*truth, tuple((each,) for each in np.split(gradient, lengths))))


def _is_of_another(repair: Repair) -> bool:
    """Is it the gradient of another parameter? It may be alike by another mistake, which is looked for first."""
    return repair.option is not None and repair.option.rule == "update-wrong-variable"


def _transposed(group: Group, steps: Sequence[Array], extras: Sequence[Array]) -> tuple[Array, ...]:
    """The gradient of a square weight the other way round, by step; that of a penalty stays as it is."""
    shape = group.members[0][0].before.shape
    if group.bias or len(group.members[0]) != 1 or len(shape) != 2 or shape[0] != shape[1] or shape[0] < 2:
        return ()
    return tuple((s - e).reshape(shape).T.ravel() + e for s, e in zip(steps, extras, strict=True))


def _update_option(rule: str, says: str, variant: Variant) -> Option:
    return Option(rule, At.UPDATE, variant, (), variant.says or says.format(detail=variant.detail))
