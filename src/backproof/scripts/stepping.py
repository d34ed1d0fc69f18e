"""The steps of a recording: when each parameter changes, and which predictions it learns from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backproof.graph.node import Node, ancestors
from backproof.scripts.chains import HANDING_ON, Chain, Chains, lineage_edges
from backproof.scripts.pairs import Pair, PairFinder


@dataclass(slots=True)
class Change:
    """What one step does to one parameter: the version that the forward pass read, and the one that is left."""

    before: int
    after: int


@dataclass(slots=True)
class Step:
    """One step: the changes by chain root, and the pairs that it learns from.

    Attributes:
        changes: By chain root.
        pairs: By node index.
        first_update: Node index of the first new version.
        computed: The losses that the script computes for it, once they were looked for (see `losses`).
        standard: The usual losses of its predictions, if they are small enough to be kept.
    """

    changes: dict[int, Change] = field(default_factory=dict)
    pairs: dict[int, Pair] = field(default_factory=dict)
    first_update: int = 0
    computed: list[Any] | None = field(default=None, repr=False, compare=False)
    standard: list[Any] | None = field(default=None, repr=False, compare=False)

    @property
    def last_update(self) -> int:
        """Node index of the last new version."""
        return max(change.after for change in self.changes.values())


class StepMaker(PairFinder):
    """Divides the changes of the parameters into steps."""

    def __init__(self, carried: Chains) -> None:
        """No parameters are known yet."""
        super().__init__(carried)
        self.chains: dict[int, Chain] = {}
        self.chain_of: dict[int, int] = {}
        self.pairs: dict[int, Pair] = {}
        self.steps: list[Step] = []
        self.all_steps: list[Step] = []
        self.by_scalars = False  # found without pairs: only agreement with a gradient says anything

    def _make_steps(self) -> None:
        newest = self._newest_predictions()
        events = sorted((b, root, a) for root, chain in self.chains.items() for a, b in lineage_edges(chain.versions))
        present: Step | None = None
        self.steps, self.all_steps = [], []
        for after, root, before in events:
            heard = newest[after]
            if self.nodes[after].op in HANDING_ON or (heard < 0 and present is None):
                if present is not None and root in present.changes:
                    present.changes[root].after = after
                continue
            if present is None or heard > present.first_update:
                present = Step(first_update=after)
                self.steps.append(present)
            if root in present.changes:
                present.changes[root].after = after
            else:
                present.changes[root] = Change(before, after)
        self._keep_complete()
        self._assign_pairs()

    def _newest_predictions(self) -> list[int]:
        """For each node the newest prediction that it learned from, without passing through a parameter; else -1."""
        newest = [-1] * len(self.nodes)
        if self.by_scalars:
            latest, sites = -1, self._predicting()
            for node in self.nodes:
                made = self.carried.node_sites[node.index] in sites or node.index in self.pairs
                latest = node.index if made else latest
                newest[node.index] = latest
            return newest
        for node in self.nodes:
            pair = self.pairs.get(node.index)
            best = pair.prediction if pair is not None else -1
            for parent in node.parents:
                if parent.index not in self.stop and newest[parent.index] > best:
                    best = newest[parent.index]
            newest[node.index] = best
        return newest

    def _predicting(self) -> set[int]:
        """Where predictions are made that some number compares with targets, though not in every step."""
        behind = ancestors([self.nodes[i] for i in self.pairs], self.stop)
        compared = self.compared_in(behind.values())
        return {self.carried.node_sites[pair.prediction] for pair in compared.values()} - {-1}

    def _keep_complete(self) -> None:
        if not self.steps:
            return
        sizes = [len(step.changes) for step in self.steps]
        whole = max(sizes)
        complete = [step for step in self.steps if len(step.changes) == whole]
        if len(complete) < 2 <= len(self.steps):
            usual = max(set(sizes), key=sizes.count)
            complete = [step for step in self.steps if len(step.changes) == usual]
        self.all_steps = self.steps
        self.steps = complete

    def _assign_pairs(self) -> None:
        if self.by_scalars:
            self._assign_numbers()
            return
        ends = [step.last_update for step in self.all_steps] if self.all_steps else []
        for step in self.steps:
            earlier = max((end for end in ends if end < step.first_update), default=-1)
            news = [self.nodes[change.after] for change in step.changes.values()]
            reached = self._behind(news, earlier)
            step.pairs = {i: self.pairs[i] for i in sorted(reached) if i in self.pairs}

    def _assign_numbers(self) -> None:
        """Numbers belong to the step whose parameters they were computed from, though they may come after it."""
        newest = [-1] * len(self.nodes)
        for node in self.nodes:
            read = (p.index if p.index in self.stop else newest[p.index] for p in node.parents)
            newest[node.index] = max(read, default=-1)
        for step in self.steps:
            first = max(change.before for change in step.changes.values())
            step.pairs = {i: pair for i, pair in self.pairs.items() if first <= newest[i] < step.first_update}

    def _behind(self, news: list[Node], floor: int) -> set[int]:
        """Nodes newer than `floor` that the new versions were made from, not passing through a parameter's version."""
        found: set[int] = set()
        waiting = list(news)
        starts = {node.index for node in news}
        while waiting:
            node = waiting.pop()
            if node.index in found or node.index <= floor:
                continue
            found.add(node.index)
            waiting.extend(p for p in node.parents if p.index not in self.stop or p.index in starts)
            line = self.chain_of.get(node.index, -1)
            waiting.extend(p for p in node.parents if self.chain_of.get(p.index, -2) == line and p.index > floor)
        return found
