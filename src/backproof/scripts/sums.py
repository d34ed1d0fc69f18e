"""Sums of gradients over time and over samples: one that is never emptied, one that is no sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.graph.node import Node, Span, ancestors
from backproof.scripts.chains import STEPWISE
from backproof.scripts.fitting import SAME_SCALE, Fit, LossFit, ratio_of
from backproof.scripts.losses import candidates
from backproof.scripts.naming import Names, place
from backproof.scripts.roles import Step
from backproof.scripts.sites import Site
from backproof.scripts.steps import update_of
from backproof.scripts.verdict import Judge
from backproof.scripts.windows import Window

Array = NDArray[Any]
SUMMED = 6  # first steps of a run over which gradients are added up
APART = 1e-3  # relative; a sum that is nearer to the last gradient than this says nothing


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake in the steps of trained parameters.

    Attributes:
        rule: Public name of the mistake.
        roots: The parameters.
        says: What is wrong, in words.
        remedy: What to do.
        places: Where.
        measured: What was measured: quantity, value, what a healthy value is.
    """

    rule: str
    roots: tuple[int, ...]
    says: str
    remedy: str
    places: tuple[Place, ...]
    measured: tuple[str, float, float]


class Sums:
    """Looks at how the gradients of a window's steps are added up."""

    def __init__(self, window: Window, fit: LossFit, names: Names, sites: Sequence[Site]) -> None:
        """`fit` has the loss that the steps should follow."""
        self.window, self.fit, self.names, self.sites = window, fit, names, sites
        self.roles, self.judge = window.roles, window.judge
        self.nodes = self.roles.nodes

    def found(self) -> Iterator[Flaw]:
        """At most one of each kind."""
        summed = self._summed_roots()
        never_emptied = [root for root in self.judge.roots if root in summed]
        if never_emptied:
            yield self._not_reset(tuple(never_emptied))
        overwritten = {root: nodes for root in self.judge.roots if (nodes := self._overwritten(root))}
        if overwritten:
            yield self._last_only(overwritten)

    # -- over time

    def _summed_roots(self) -> set[int]:
        """Parameters whose every step is along the sum of all gradients since the run began."""
        steps = self.roles.steps[:SUMMED]
        if self.window.recording.number or len(steps) < 4 or steps != self.roles.all_steps[: len(steps)]:
            return set()
        if self.fit.share == 1 and not any(self._may_be_sum(each) for each in self.fit.fits):
            return set()
        by_step = [{loss.key: loss for loss in candidates(self.roles, step)} for step in steps]
        summing = Judge(self.roles, steps, self.judge.roots)
        shared = [key for key in by_step[0] if all(key in losses for losses in by_step)]
        for key in sorted(shared, key=lambda k: k != self.fit.loss.key):
            made = summing._fit_loss([losses[key] for losses in by_step])
            found = {f.root for f in made.fits if self._is_sum(f.updates, f.gradients)} if made else set()
            if found:
                return found
        return set()

    def _may_be_sum(self, fit: Fit) -> bool:
        """Is what each judged step adds to the one before it one multiple of the step's own gradient?"""
        if len(fit.updates) != len(self.judge.steps):
            return True  # the fit is of other steps
        ratios = []
        for step, update, truth in zip(self.judge.steps, fit.updates, fit.gradients, strict=True):
            earlier = self._update_before(step, fit.root)
            if earlier is not None and np.size(update) == np.size(truth) == np.size(earlier):
                ratio, error = ratio_of(update - earlier.reshape(np.shape(update)), truth)
                if error > APART:
                    return False
                ratios.append(ratio)
        known = [ratio for ratio in ratios if np.isfinite(ratio)]
        return not known or np.ptp(known) <= APART * max(np.abs(known))

    def _update_before(self, step: Step, root: int) -> Array | None:
        """The update in the step before `step`."""
        steps = self.roles.all_steps
        before = steps[steps.index(step) - 1] if step in steps[1:] else None
        return None if before is None or root not in before.changes else update_of(self.roles, before, root)

    def _is_sum(self, updates: list[Array], truths: list[Array]) -> bool:
        if any(np.size(u) != np.size(g) for u, g in zip(updates, truths, strict=True)):
            return False
        sums = np.cumsum(np.stack([np.ravel(g) for g in truths]), axis=0)
        along = [ratio_of(u, s) for u, s in zip(updates, sums, strict=True)]
        ratios = [r for r, _ in along]
        if not all(e <= self.judge.tolerance for _, e in along) or not np.all(np.isfinite(ratios)):
            return False
        if np.ptp(ratios) > 10 * SAME_SCALE * abs(ratios[0]):
            return False
        alone = [ratio_of(u, g) for u, g in zip(updates[1:], truths[1:], strict=True)]
        return any(not e <= APART or abs(r / ratios[0] - 1) > APART for r, e in alone)

    def _not_reset(self, roots: tuple[int, ...]) -> Flaw:
        names = ", ".join(self.names.by_root[root] for root in roots[:4])
        places = self._accumulators(roots)
        return Flaw(
            "accumulator-not-reset",
            roots,
            f"The step of {names} is along the sum of the gradients of all steps so far: "
            "the sum is never set back to zero",
            "Set the sum of the gradients to zero before each step's gradient is added up",
            tuple(dict.fromkeys(places or [self.names.place(root) for root in roots])),
            ("gradients in the sum of step 4, in units of one step's", 4.0, 1.0),
        )

    def _accumulators(self, roots: Sequence[int]) -> list[Place]:
        """The statements that add to what the steps are made of."""
        step, found = self.judge.steps[-1], []
        previous, numbers = self.roles.carried.previous, self.roles.recording.sites
        for root in roots:
            end = self.nodes[step.changes[root].after]
            behind = ancestors([end], self.roles.stop - {end.index})
            adding = [i for i, n in behind.items() if n.op in STEPWISE and n.size == end.size and i != end.index]
            made = Counter(numbers[i] for i in adding if previous.get(i) in behind and i not in self.roles.stop)
            for number, count in made.most_common(1):
                site = self.sites[number]
                found += [place(site.statement or site.span, site.target, "expression")] if count > 1 else []
        return found[:4]

    # -- over samples

    def _overwritten(self, root: int) -> list[Node]:
        """By judged step, the one gradient of several of its kind that the step is made of."""
        made = [self._only_one(step, root) for step in self.judge.steps]
        return [node for node in made if node is not None] if len(made) > 1 and all(made) else []

    def _only_one(self, step: Step, root: int) -> Node | None:
        before, end = step.changes[root].before, step.changes[root].after
        behind = ancestors([self.nodes[end]], self.roles.stop - {end})
        earlier = max((s.last_update for s in self.roles.all_steps if s.last_update < step.first_update), default=-1)
        sites = self.roles.recording.sites
        others: dict[int, list[int]] = {}
        for i in range(earlier + 1, end):
            if i not in behind and self.nodes[i].size == self.nodes[before].size:
                others.setdefault(sites[i], []).append(i)
        for index in sorted(behind, reverse=True):
            node = behind[index]
            if node.size != self.nodes[before].size or index <= earlier or index == end or node.size < 2:
                continue
            alike = [i for i in others.get(sites[index], ()) if i < index] if sites[index] >= 0 else []
            if alike and all(self._dropped(i, node, before) for i in alike):
                return node
        return None

    def _dropped(self, index: int, kept: Node, version: int) -> bool:
        """A gradient at the same parameters of another sample, which goes nowhere."""
        node = self.nodes[index]
        if node.size != kept.size or self.roles.carried.children.get(index) or node.shown:
            return False
        learned = self.roles.pairs.keys() & ancestors([node], self.roles.stop).keys()
        forward = [self.nodes[self.roles.pairs[i].prediction] for i in learned]
        reads = any(version in ancestors([p], self.roles.stop) for p in forward)
        return reads and not np.array_equal(np.ravel(node.value), np.ravel(kept.value))

    def _last_only(self, overwritten: dict[int, list[Node]]) -> Flaw:
        spans: dict[Span, None] = {n.span: None for nodes in overwritten.values() for n in nodes[-1:] if n.span}
        names = ", ".join(self.names.by_root[root] for root in list(overwritten)[:4])
        return Flaw(
            "gradient-overwritten-not-accumulated",
            tuple(overwritten),
            f"Of the gradients of {names} that are computed for several samples before a step, only the last is used: "
            "each assignment drops the one before",
            "Add the gradients of the samples up (`+=`, from zero at the start of each step)",
            tuple(place(span, None, "expression") for span in spans),
            ("share of the samples whose gradient is used, below", 0.5, 1.0),
        )
