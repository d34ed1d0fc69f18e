"""What is what in a recording: parameters, predictions, targets, and the steps in which the parameters change."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.chains import (
    HANDING_ON,
    STEPWISE,
    Chain,
    Chains,
    descendants_of,
    lineage_edges,
    literal_operand,
    unwrapped,
)
from backproof.scripts.recorder import Recording
from backproof.scripts.sites import Site

ALIVE = 0.5  # share of a recording that lies before the last version of a value that training still carries
ROUNDS = 4  # which arrays are parameters and which are errors depends on each other; it settles in two or three
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A prediction that is compared with a target: `node` computes `sign * (prediction - target)` or their quotient."""

    node: int
    prediction: int
    target: Array
    sign: int


@dataclass(slots=True)
class Change:
    """What one step does to one parameter: the version that the forward pass read, and the one that is left."""

    before: int
    after: int


@dataclass(slots=True)
class Step:
    """One step: the changes by chain root, and the pairs that it learns from."""

    changes: dict[int, Change] = field(default_factory=dict)
    pairs: dict[int, Pair] = field(default_factory=dict)
    first_update: int = 0

    @property
    def last_update(self) -> int:
        """Node index of the last new version."""
        return max(change.after for change in self.changes.values())


class Roles:
    """Parameters, pairs and steps of one recording."""

    def __init__(self, recording: Recording, sites: list[Site]) -> None:
        """Find them."""
        self.recording = recording
        self.nodes = recording.nodes
        self.sites = sites
        self.carried = Chains(recording, sites)
        self.chains: dict[int, Chain] = {chain.root: chain for chain in self.carried.found}
        self._site_spans: dict[int, list[tuple[int, int]]] = {}
        self.all_chains = dict(self.chains)
        self.pairs: dict[int, Pair] = {}
        self.chain_of: dict[int, int] = {}
        self.steps: list[Step] = []
        self.all_steps: list[Step] = []
        self.by_scalars = False  # found without pairs: only agreement with a gradient says anything
        for chains in self._attempts():
            self._settle(chains)
            self._make_steps()
            if len(self.steps) > 1:
                return
        self._by_scalars()

    # -- where nothing is subtracted: a margin, a likelihood, a home-made autograd engine

    def _by_scalars(self) -> None:
        """Parameters are what lives on and feeds a number that is the end of a computation: the loss."""
        for chains in self._attempts()[:2]:
            self._choose(chains)
            ends = [node for node in self.nodes if self._is_end(node)]
            self.pairs = {n.index: Pair(n.index, n.index, np.zeros(n.shape), 1) for n in ends}
            feeding = self._feeding(chains)
            chosen = {root: chain for root, chain in chains.items() if root in feeding}
            if not chosen or len(ends) < 2:
                continue
            self._choose(chosen)
            self.pairs = {n.index: Pair(n.index, n.index, np.zeros(n.shape), 1) for n in ends if self.depends[n.index]}
            self.chains, self.by_scalars = chosen, True
            self._make_steps()
            return
        self.chains = {}

    def _is_end(self, node: Node) -> bool:
        """A number made of parameters that nothing but sums over the run goes on with."""
        if node.size != 1 or node.function is None or not self.depends[node.index] or node.index in self.stop:
            return False
        if not isinstance(node.value, float | np.floating | np.ndarray) or node.op in HANDING_ON:
            return False
        if np.asarray(node.value).dtype.kind != "f":
            return False
        children = self.carried.children.get(node.index, [])
        return node.shown or all(self.nodes[c].op in HANDING_ON | {"add"} and self.nodes[c].size == 1 for c in children)

    # -- parameters and pairs

    def _attempts(self) -> list[dict[int, Chain]]:
        """Sets of carried values to start from: those that live on to the end, then all that are no mere sums."""
        states = self._optimizer_states()
        lasting = {
            root: chain for root, chain in self.all_chains.items() if root not in states and not self._transient(chain)
        }
        alive = {root: chain for root, chain in lasting.items() if chain.versions[-1] >= ALIVE * len(self.nodes)}
        return [each for each in (alive, lasting, dict(self.all_chains)) if each]

    def _optimizer_states(self) -> set[int]:
        """Carried values that another one is moved by as they are, times a number: velocities."""
        owner = {i: root for root, chain in self.all_chains.items() for i in chain.versions}
        found = set()
        for root, chain in self.all_chains.items():
            movers = [self._mover(old, new, owner) for old, new in lineage_edges(chain.versions)]
            known = [m for m in movers if m is not None and m != root]
            if len(known) >= max(2, 0.5 * len(movers)):
                found.add(max(set(known), key=known.count))
        return found

    def _mover(self, old: int, new: int, owner: dict[int, int]) -> int | None:
        node = self.nodes[new]
        if node.op not in STEPWISE:
            return None
        others = [a.node for a in node.args[:2] if isinstance(a, Ref) and a.node.index != old]
        while len(others) == 1:
            other = others[0]
            if other.index in owner and other.shape == node.shape:
                return owner[other.index]
            if other.op not in ("mul", "truediv", "neg"):
                return None
            others = [p for p in other.parents if p.shape == node.shape and p.size > 1]
        return None

    def _transient(self, chain: Chain) -> bool:
        """Is it started anew again and again, like the sum over a loop? Then chains of one site follow one another."""
        spans = self._spans_of_site(chain.site)
        if len(spans) < 3:
            return False
        apart = sum(end < start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))
        return apart >= 0.6 * (len(spans) - 1)

    def _spans_of_site(self, site: int) -> list[tuple[int, int]]:
        if not self._site_spans:
            for chain in self.carried.found:
                self._site_spans.setdefault(chain.site, []).append((chain.versions[0], chain.versions[-1]))
            for spans in self._site_spans.values():
                spans.sort()
        return self._site_spans[site]

    def _settle(self, chosen: dict[int, Chain]) -> None:
        for _ in range(ROUNDS):
            self._choose(chosen)
            kept = self._trained(chosen)
            if set(kept) == set(chosen):
                break
            chosen = kept
        self._choose(chosen)
        self.chains = chosen

    def _choose(self, chains: dict[int, Chain]) -> None:
        self.chain_of = {i: root for root, chain in chains.items() for i in chain.versions}
        self.stop = set(self.chain_of)
        self.depends = descendants_of(self.nodes, self.stop)
        self.pairs = {pair.node: pair for node in self.nodes for pair in self._pair(node)}
        for pair in list(self.pairs.values()):
            node = self.nodes[pair.node]
            if node.op == "setitem" and isinstance(node.args[2], Ref):
                self.pairs.pop(node.args[2].node.index, None)

    def _trained(self, chains: dict[int, Chain]) -> dict[int, Chain]:
        """The chains that feed a prediction and are changed by what a pair says."""
        feeding = self._feeding(chains)
        learns = bytearray(len(self.nodes))
        for node in self.nodes:
            learns[node.index] = node.index in self.pairs or any(
                learns[p.index] and self.chain_of.get(p.index) not in feeding for p in node.parents
            )
        return {
            root: chain
            for root, chain in chains.items()
            if root in feeding and sum(learns[i] for i in chain.versions[1:]) >= min(2, len(chain.versions) - 1)
        }

    def _feeding(self, chains: dict[int, Chain]) -> set[int]:
        """The chains that some prediction is computed from, not by way of another chain's version."""
        bit = {root: 1 << k for k, root in enumerate(chains)}
        feeds = [0] * len(self.nodes)
        for node in self.nodes:
            for parent in node.parents:
                inside = self.chain_of.get(parent.index)
                feeds[node.index] |= feeds[parent.index] if inside is None else bit[inside]
        fed = 0
        for pair in self.pairs.values():
            inside = self.chain_of.get(pair.prediction)
            fed |= feeds[pair.prediction] if inside is None else bit[inside]
        return {root for root in chains if fed & bit[root]}

    def _pair(self, node: Node) -> list[Pair]:
        if node.index in self.stop:
            return []
        if node.op == "sub" and len(node.args) >= 2:
            return self._difference(node)
        if node.op == "add" and len(node.args) >= 2:
            return self._sum_with_negative(node)
        if node.op == "truediv" and len(node.args) >= 2:
            return self._quotient(node)
        if node.op == "setitem":
            return self._one_hot(node)
        return []

    def _sides(self, node: Node) -> tuple[int, Node] | None:
        """Which of two operands depends on a parameter, if just one does: its position and node."""
        found = [a.node if isinstance(a, Ref) else None for a in node.args[:2]]
        moving = [n is not None and bool(self.depends[n.index]) for n in found]
        if moving[0] == moving[1]:
            return None
        position = 0 if moving[0] else 1
        if literal_operand(self.sites, self.recording.sites[node.index], 1 - position):
            return None
        moved = found[position]
        return None if moved is None else (position, moved)

    def _difference(self, node: Node) -> list[Pair]:
        sides = self._sides(node)
        if sides is None:
            return []
        position, prediction = sides
        other = node.args[1 - position]
        target = other.node.value if isinstance(other, Ref) else other
        if isinstance(target, bool) or not isinstance(target, int | float | np.ndarray | np.generic | list):
            return []
        made = unwrapped(prediction, self.stop)
        return [Pair(node.index, made.index, np.asarray(target), 1 if position == 0 else -1)]

    def _sum_with_negative(self, node: Node) -> list[Pair]:
        """`prediction + (-target)`, as home-made autograd engines subtract."""
        sides = self._sides(node)
        if sides is None:
            return []
        other = node.args[1 - sides[0]]
        if not isinstance(other, Ref) or not _negates(other.node):
            return self._negated_prediction(node, sides)
        made = unwrapped(sides[1], self.stop)
        return [Pair(node.index, made.index, -np.asarray(other.node.value), 1)]

    def _negated_prediction(self, node: Node, sides: tuple[int, Node]) -> list[Pair]:
        """`target + (-prediction)`."""
        if not _negates(sides[1]) or sides[1].index in self.stop:
            return []
        other = node.args[1 - sides[0]]
        target = np.asarray(other.node.value if isinstance(other, Ref) else other)
        made = unwrapped(sides[1].parents[0], self.stop)
        return [Pair(node.index, made.index, target, -1)] if self.depends[made.index] else []

    def _quotient(self, node: Node) -> list[Pair]:
        """`y / a` of a cross-entropy's derivative: the target over the prediction."""
        sides = self._sides(node)
        if sides is None or sides[0] != 1 or node.size != sides[1].size:
            return []
        other = node.args[0]
        target = np.asarray(other.node.value if isinstance(other, Ref) else other)
        if target.shape != sides[1].shape or not np.all((target == 0) | (target == 1)) or target.size == 0:
            return []
        made = unwrapped(sides[1], self.stop)
        if made.op == "sub" and literal_operand(self.sites, self.recording.sites[made.index], 0):
            return []  # (1 - y) / (1 - a): the same pair from the other side
        return [Pair(node.index, made.index, target, 1)]

    def _one_hot(self, node: Node) -> list[Pair]:
        """`probs[range(n), labels] -= 1`."""
        base, value = node.args[0], node.args[2]
        if not (isinstance(base, Ref) and isinstance(value, Ref) and self.depends[base.node.index]):
            return []
        changed = value.node
        if changed.op not in STEPWISE or base.node.index in self.stop or not base.node.shape:
            return []
        read = changed.args[0]
        if not (isinstance(read, Ref) and read.node.op == "getitem" and read.node.parents[:1] == (base.node,)):
            return []
        if isinstance(changed.args[1], Ref) or abs(float(np.max(np.abs(changed.args[1])))) != 1.0:
            return []
        made = unwrapped(base.node, self.stop)
        target = np.asarray(base.node.value) - np.asarray(node.value)
        return [Pair(node.index, made.index, target, 1)]

    # -- steps

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
            latest = -1
            for node in self.nodes:
                latest = node.index if node.index in self.pairs else latest
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
        ends = [step.last_update for step in self.all_steps] if self.all_steps else []
        for step in self.steps:
            earlier = max((end for end in ends if end < step.first_update), default=-1)
            news = [self.nodes[change.after] for change in step.changes.values()]
            if self.by_scalars:
                reached = set(range(earlier + 1, step.last_update))
            else:
                reached = self._behind(news, earlier)
            step.pairs = {i: self.pairs[i] for i in sorted(reached) if i in self.pairs}

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


def components(roles: Roles) -> list[Roles]:
    """Parts of a program whose parameters feed different predictions, each with its own steps; the largest first."""
    if not roles.steps:
        return []
    step = roles.steps[len(roles.steps) // 2]
    heads = [_head(roles, step, pair) for pair in step.pairs.values()]
    groups = _joined([head for head in heads if head])
    if len(groups) < 2:
        return [roles]
    made = []
    for group in sorted(groups, key=len, reverse=True):
        part = copy.copy(roles)
        part.steps = [_restricted(roles, each, group) for each in roles.steps]
        part.chains = {root: chain for root, chain in roles.chains.items() if root in group}
        made.append(part)
    return made


def _head(roles: Roles, step: Step, pair: Pair) -> frozenset[int]:
    """The parameters of the step that feed a pair's prediction."""
    found = ancestors([roles.nodes[pair.prediction]], roles.stop)
    inside = {roles.chain_of[i] for i in found if i in roles.chain_of}
    return frozenset(inside & set(step.changes))


def _joined(groups: list[frozenset[int]]) -> list[frozenset[int]]:
    done: list[frozenset[int]] = []
    for group in groups:
        touching = [each for each in done if each & group]
        done = [each for each in done if not each & group]
        done.append(group.union(*touching))
    return done


def _restricted(roles: Roles, step: Step, group: frozenset[int]) -> Step:
    changes = {root: change for root, change in step.changes.items() if root in group}
    pairs = {i: pair for i, pair in step.pairs.items() if _head(roles, step, pair) & group}
    return Step(changes, pairs, step.first_update)


def _negates(node: Node) -> bool:
    """Is it minus its operand?"""
    if node.op == "neg":
        return True
    numbers = [a for a in node.args if not isinstance(a, Ref)]
    return node.op == "mul" and len(node.parents) == 1 and len(numbers) == 1 and np.size(numbers[0]) == 1 and numbers[0] == -1


def count_steps(recording: Recording, sites: list[Site]) -> int:
    """How many complete steps a recording holds."""
    return len(Roles(recording, sites).steps)


