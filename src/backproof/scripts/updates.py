"""The updates of the parameters whose steps are no plain multiple of the gradient, read and recognised."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node
from backproof.scripts import corrections
from backproof.scripts.fitting import SAME_SCALE, LossFit, is_float, mode, ratio_of
from backproof.scripts.formed import FormedGradients
from backproof.scripts.losses import Loss, candidates
from backproof.scripts.optimisers import RIGHT, Reading, recognised, worst
from backproof.scripts.roles import Step
from backproof.scripts.unfolding import Reader

Array = NDArray[Any]
HISTORY = 7  # steps from the first on that are read; what is carried shows in three, and each one costs a sweep
NOT_FORMED = "its gradient is not formed"
FEW = 3  # steps at which a number is a multiple of another by accident no more


class Updates:
    """Reads the updates of one recording against one loss."""

    def __init__(self, judge: FormedGradients, fit: LossFit) -> None:
        """`fit` has the loss whose gradient the updates are made of."""
        self.judge, self.roles, self.fit = judge, judge.roles, fit
        self.nodes = self.roles.nodes
        own = {step.first_update: step for step in self.roles.steps}  # of one part of a program, where it has several
        every = [own.get(step.first_update) or self._without_others(step) for step in self.roles.all_steps]
        judged = {step.first_update for step in judge.steps}
        numbers = [k for k, step in enumerate(every) if step.first_update in judged]
        self.last = max([k for k in numbers if k < HISTORY], default=min(numbers, default=0))
        self.steps = [step for step in every[: self.last + 1] if step.changes]
        self.learned = self._learned()
        self.truths = self._truths()

    def readings(self, roots: list[int]) -> dict[int, Reading]:
        """What the updates of each parameter are."""
        found = {}
        for root in roots:
            try:
                with np.errstate(all="ignore"):
                    found[root] = self._reading(root)
            except (ValueError, TypeError, IndexError, KeyError, ArithmeticError, AttributeError) as fault:
                found[root] = Reading("unknown", f"it could not be read ({type(fault).__name__}: {fault})")
        return found

    def _without_others(self, step: Step) -> Step:
        """The step without parameters of other parts of the program."""
        changes = {root: change for root, change in step.changes.items() if root in self.roles.chains}
        return Step(changes, step.pairs, step.first_update)

    def _learned(self) -> bytearray:
        """For each node, 1 if an error went into it, not by way of a parameter."""
        found = bytearray(len(self.nodes))
        for node in self.nodes:
            inside = any(found[p.index] and p.index not in self.roles.stop for p in node.parents)
            found[node.index] = node.index in self.roles.pairs or inside
        return found

    # -- where the gradients are

    def _truths(self) -> list[dict[int, Array]]:
        """By step, the gradient of the loss by each parameter that it changes; empty where the loss is not known."""
        return [self._truths_of(step) for step in self.steps]

    def _truths_of(self, step: Step) -> dict[int, Array]:
        known: dict[Any, Loss] = {loss.key: loss for loss in candidates(self.roles, step)}
        loss = known.get(self.fit.loss.key)
        roots = [root for root in step.changes if root in self.roles.chains]
        if loss is None:
            return {}
        with np.errstate(all="ignore"):
            made = self.roles.swept.gradients(
                loss.seeds, [self.nodes[step.changes[r].before] for r in roots], self.roles.stop
            )
        return {root: np.asarray(g, np.float64) for root, g in zip(roots, made, strict=True)}

    def _bases(self, root: int) -> dict[int, tuple[int, float]]:
        """Nodes that hold the gradient: number of the step, and what multiple of it; where it is whole first."""
        by_site: dict[tuple[int, str], dict[int, Node]] = defaultdict(dict)
        for k in range(len(self.steps)):
            for node in self._behind(root, k) if root in self.steps[k].changes else ():
                if self._may_hold(node, root):
                    by_site[self.roles.recording.sites[node.index], node.op][k] = node  # the last: the whole of a sum
        ranked = []
        for found in by_site.values():
            multiples = self._multiples(root, found)
            if multiples:
                varies = bool(np.ptp(list(multiples.values())))
                ranked.append((varies, -len(found), max(n.index for n in found.values()), found, multiples))
        if not ranked:
            return {}
        _, _, _, nodes, multiples = min(ranked, key=lambda row: row[:3])
        usual = multiples[max(multiples)]
        return {node.index: (k, multiples.get(k, usual)) for k, node in nodes.items()}

    def _may_hold(self, node: Node, root: int) -> bool:
        alike = node.size == self.nodes[root].size and is_float(node)
        return alike and bool(self.learned[node.index]) and node.index not in self.roles.stop

    def _multiples(self, root: int, found: dict[int, Node]) -> dict[int, float]:
        """By step, what multiple of the gradient the nodes are: one for all steps, or at least some; else nothing."""
        truths = {k: np.ravel(self.truths[k][root]) for k in found if root in self.truths[k]}
        truths = {k: g for k, g in truths.items() if g.size == found[k].size and (k or len(found) < FEW)}
        # Of the first step of a run not all is known: its parameters may have been numbers in the source.
        values = {k: np.ravel(np.asarray(found[k].value, np.float64)) for k in truths}
        largest = max((float(np.linalg.norm(g)) for g in truths.values()), default=0.0)
        size = self.nodes[root].size
        if not largest or len(truths) < (min(FEW, len(self.steps)) if size == 1 else 1):
            return {}
        ratios = {k: ratio_of(values[k], -truths[k]) for k in truths}
        common = mode([(r, 1) for r, _ in ratios.values() if np.isfinite(r)])
        if not np.isfinite(common):
            return {}
        off = [float(np.linalg.norm(values[k] - common * g)) for k, g in truths.items()]
        room = max(self.judge.tolerance, SAME_SCALE if size == 1 else 0.0)  # digits are lost where a gradient is small
        if max(off) <= room * abs(common) * largest:
            return dict.fromkeys(truths, common)
        alike = all(e <= self.judge.tolerance for r, e in ratios.values() if np.isfinite(r))
        return {k: r for k, (r, _) in ratios.items() if np.isfinite(r)} if size > 1 and alike else {}

    def _behind(self, root: int, k: int) -> list[Node]:
        """What a step's update was made of within the step, oldest first."""
        end, inner = self._end(root, k)
        first = self.steps[k - 1].last_update if k else -1
        found: dict[int, Node] = {}
        waiting = [end]
        while waiting:
            node = waiting.pop()
            if node.index > first and node.index not in found:
                found[node.index] = node
                if node.index not in self.roles.stop or node.index in inner:
                    waiting += node.parents
        return [found[index] for index in sorted(found)]

    def _chosen(
        self, by_site: dict[tuple[int, str], dict[int, tuple[int, float]]], size: int
    ) -> dict[int, tuple[int, float]]:
        """The nodes of one site: at most steps, one multiple, the earliest."""
        ranked = []
        for found in by_site.values():
            ratios = [ratio for _, ratio in found.values()]
            same = bool(np.ptp(ratios) <= SAME_SCALE * abs(ratios[0]))
            if same or size > 1:
                ranked.append((-len(found), not same, max(i for i, _ in found.values()), found))
        if not ranked:
            return {}
        found = min(ranked, key=lambda row: row[:3])[3]
        if size == 1 and len(found) < min(FEW, len(self.steps)):
            return {}
        return {index: (k, ratio) for k, (index, ratio) in found.items()}

    def _end(self, root: int, k: int) -> tuple[Node, set[int]]:
        """The version that a step leaves, and the versions that it makes on the way."""
        change = self.steps[k].changes[root]
        line = self.roles.chains[root].versions
        return self.nodes[change.after], set(line[line.index(change.before) + 1 : line.index(change.after) + 1])

    # -- reading

    def _reading(self, root: int) -> Reading:
        bases = self._bases(root)
        if not bases:
            return Reading("foreign", NOT_FORMED)
        reader = Reader(self.roles, root, bases, self.learned)
        found, steps, corrected = [], [], []
        multiples = dict(bases.values())
        wanted = [k for k in range(len(self.steps)) if root in self.steps[k].changes and k in multiples][-2:]
        for k in wanted:
            for element in self._elements(root, k):
                reader.corrected.clear()
                form = reader.after(self.steps[k], element)
                if form is None:
                    return Reading("unknown", "it is made of too many values to be read")
                before = self.nodes[self.steps[k].changes[root].before]
                held = float(np.asarray(before.value, np.float64).reshape(-1)[element])
                found.append(recognised(form, k, element, held, whole=all(i in multiples for i in range(k))))
                steps.append(k)
            found.append(_at_one_rate([r for r, at in zip(found, steps, strict=True) if at == k]))
            steps.append(k)
            corrected.append(corrections.judged(reader.corrected, multiples))
        made = worst([*found, self._corrections(corrected)]) if found else RIGHT
        return replace(made, multiple=multiples[wanted[-1]] if wanted else 1.0)

    def _corrections(self, by_step: list[dict[int, tuple[int, int, Reading]]]) -> Reading:
        """A wrong correction, where it is wrong in the same way in two steps."""
        if len(by_step) < 2:
            return RIGHT
        sites = self.roles.recording.sites
        before = {(sites[i], off, reading.rule): reading for i, (_, off, reading) in by_step[0].items() if reading.says}
        made = []
        for index, (_, off, reading) in by_step[1].items():
            if reading.says and (sites[index], off, reading.rule) in before:
                late = off == 1  # a count that begins at 2: the formula is another one, and does no harm
                made.append(replace(reading, verdict="unknown") if late else reading)
        return worst(made)

    def _elements(self, root: int, k: int) -> list[int]:
        """A few elements that move: the steepest one, one of each sign, and one in the middle."""
        truth = np.abs(np.ravel(self.truths[k].get(root, np.zeros(0))))
        if not truth.size or not np.any(truth):
            return []
        held = np.ravel(np.asarray(self.nodes[self.steps[k].changes[root].before].value, np.float64))
        order = np.argsort(-truth, kind="stable")
        order = order[truth[order] > 0]
        ends = [k for k in (0, truth.size - 1) if truth[k] > 0]
        chosen = [int(order[0]), int(order[len(order) // 2]), *ends]
        for sign in (1, -1):
            alike = [int(i) for i in order if held[i] * sign > 0] if held.size == truth.size else []
            chosen += alike[:1]
        return list(dict.fromkeys(chosen))


def _at_one_rate(readings: list[Reading]) -> Reading:
    """Do the elements of a parameter move at one rate, where that is known?"""
    known = [r.weight for r in readings if r.verdict == "right" and r.weight]
    if known and max(known) - min(known) > SAME_SCALE * max(map(abs, known)):
        return Reading("unknown", "its elements move at different rates")
    return RIGHT
