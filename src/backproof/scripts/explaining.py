"""What explains the steps of a window: the search for mistakes under each of the losses that they may be meant for."""

from __future__ import annotations

import numpy as np

from backproof.gradcheck.explain import explain
from backproof.gradcheck.steps import Explanation, ParameterStep, RecordedStep
from backproof.graph.node import ancestors
from backproof.scripts.losses import Loss, predictions_of
from backproof.scripts.naming import Names
from backproof.scripts.pairs import Pair
from backproof.scripts.roles import Roles, Step
from backproof.scripts.steps import backward_nodes, made_in
from backproof.scripts.verdict import Judge, LossFit

TIME_LIMIT = 2.0  # seconds of search for mistakes, per loss that is tried
LOSSES_TRIED = 3
LAST = "absolute_error"  # whose gradient is meant seldom
SIMPLE, FOUR = 1.2, 4.3  # cost of an explanation of one mistake, that no other loss can better, and of four
NO_ERROR = "missing-error-term"
IMPLICIT_PENALTY = 0.5  # an explanation by the loss that the script computes is preferred to one by another loss


class Explanations:
    """The explanations of one window's steps, each looked for once."""

    def __init__(self, roles: Roles, judge: Judge, names: Names, notes: list[str]) -> None:
        """`notes` is where ties and failures are told."""
        self.roles, self.judge, self.names, self.notes = roles, judge, names, notes
        self._found: dict[int, tuple[LossFit, list[Explanation]]] = {}

    def without_error(self, fits: list[LossFit]) -> bool:
        """Whether the steps are meant to follow a number of the script that compares, though they contain no error.

        It is so where known mistakes give the steps; where it is known what stands in the place of the error; and where
        something is sent back through the weights.
        """
        comparing = [fit for fit in worth_trying(fits) if self._compared(0, fit.losses[0])]
        explanation = self.best(comparing)[1] if comparing else None
        if explanation is None:
            return False
        if explanation.named:
            return 0 < explanation.cost <= FOUR
        return any(each.rule == NO_ERROR for each in explanation.mistakes) or self._goes_back(comparing[0])

    def _goes_back(self, fit: LossFit) -> bool:
        """Do steps of one parameter read another one outside of the forward pass, as delta @ W.T does?"""
        roles, step = self.roles, self.judge.steps[-1]
        forward = ancestors(fit.losses[-1].nodes, roles.stop)
        for root, change in step.changes.items():
            stop = roles.stop - made_in(roles, step, root)
            behind = ancestors([roles.nodes[change.after]], stop).values()
            back = (node for node in behind if node.index not in forward and node.index not in roles.stop)
            others = (roles.chain_of.get(parent.index, root) for node in back for parent in node.parents)
            if any(other != root for other in others):
                return True
        return False

    def best(self, tried: list[LossFit]) -> tuple[LossFit, Explanation | None]:
        """The loss under which the steps are explained most simply; the first one where none explains them."""
        told: list[tuple[LossFit, Explanation]] = []
        for fit in tried:
            explanation = self.of(fit)
            if explanation is not None:
                told.append((fit, explanation))
                if _cost(told[-1]) <= SIMPLE:
                    break
        return min(told, key=_cost) if told else (tried[0], None)

    def of(self, fit: LossFit) -> Explanation | None:
        """The simplest one under one loss."""
        if id(fit) not in self._found:
            self._found[id(fit)] = fit, self._searched(fit)
        return next(iter(self._found[id(fit)][1]), None)

    def tie(self, fit: LossFit) -> None:
        """Note what explains the steps under this loss as well as what is told."""
        _, found = self._found.get(id(fit), (fit, []))
        others = {m.rule for e in found[1:] for m in e.mistakes} - {m.rule for e in found[:1] for m in e.mistakes}
        if others:
            self.notes.append("explained as well by: " + ", ".join(sorted(others)))

    def _searched(self, fit: LossFit) -> list[Explanation]:
        steps = self.steps(fit)
        if len(steps) < 2:
            return []
        try:
            with np.errstate(all="ignore"):
                return explain(steps, loss_name=fit.loss.name, time_limit=TIME_LIMIT)
        except Exception as fault:  # the search must not hide the verdict
            self.notes.append(f"the search for the mistake failed ({type(fault).__name__}: {fault})")
            return []

    def steps(self, fit: LossFit) -> list[RecordedStep]:
        """The judged steps as the search for mistakes takes them."""
        return [self._recorded(fit, t, loss) for t, loss in enumerate(fit.losses)]

    def _recorded(self, fit: LossFit, t: int, loss: Loss) -> RecordedStep:
        step, nodes = self.judge.steps[t], self.roles.nodes
        compared = self._compared(t, loss)
        parameters = tuple(
            ParameterStep(
                self.names.by_root[each.root],
                self.judge.before[t][each.root],
                self.judge.updates[t][each.root],
                nodes[step.changes[each.root].after],
                self.names.span(each.root),
                self.judge.formed(t, each.root),
                each.tied_axis,
            )
            for each in fit.fits
        )
        return RecordedStep(
            parameters,
            tuple(nodes[i] for i in compared),
            tuple(pair.target for pair in compared.values()),
            loss.seeds,
            frozenset(self.roles.stop),
            tuple(backward_nodes(self.roles, step)),
        )

    def _compared(self, t: int, loss: Loss) -> dict[int, Pair]:
        """What the step, or else its loss, compares with targets: one pair per prediction."""
        step = self.judge.steps[t]
        if self.roles.by_scalars:
            start = max(change.before for change in step.changes.values())  # sums over the run go back further
            behind = sorted(ancestors(loss.nodes, self.roles.stop).items())
            found = self.roles.compared_in(node for i, node in behind if i > start)
            own = {i: pair for i, pair in found.items() if pair.prediction < step.first_update}  # a sum of an epoch's
            step = Step(step.changes, own or found)
        return predictions_of(self.roles, step)


def worth_trying(fits: list[LossFit]) -> list[LossFit]:
    """The losses that the steps may be meant for, the likeliest first."""
    whole = [f for f in fits if f.loss.kind != "part"]
    ranked = sorted(whole, key=lambda f: (f.loss.kind != "explicit", not f.loss.shown, f.loss.name == LAST, -f.share))
    return (ranked or fits)[:LOSSES_TRIED]


def _cost(pair: tuple[LossFit, Explanation]) -> float:
    fit, explanation = pair
    return explanation.cost + (IMPLICIT_PENALTY if fit.loss.kind != "explicit" else 0.0)
