"""What is what in a recording: parameters, predictions, targets, and the steps in which the parameters change."""

from __future__ import annotations

import functools
import itertools

import numpy as np

from backproof.graph.node import Node, Ref
from backproof.scripts.anew import is_added, made_anew
from backproof.scripts.chains import HANDING_ON, STEPWISE, Chain, Chains, descendants_of, lineage_edges
from backproof.scripts.pairs import COMPARING, Pair
from backproof.scripts.recording import Recording
from backproof.scripts.sites import Site
from backproof.scripts.stepping import Change, Step, StepMaker
from backproof.scripts.swept import SweptGradients

__all__ = ["Change", "Pair", "Roles", "Step", "count_steps", "roles_of"]

ALIVE = 0.5  # share of a recording that lies before the last version of a value that training still carries
PATIENCE = 9_000  # nodes before parameters are accepted that are known by a scalar alone
ROUNDS = 4  # which arrays are parameters and which are errors depends on each other; it settles in two or three


class Roles(StepMaker):
    """Parameters, pairs and steps of one recording."""

    def __init__(self, recording: Recording, sites: list[Site]) -> None:
        """Find them."""
        super().__init__(Chains(recording, sites))
        self.recording = recording
        self.swept = SweptGradients()
        self.all_chains: dict[int, Chain] = {chain.root: chain for chain in self.carried.found}
        self._anew = {chain.root: chain for chain in made_anew(self.carried)}
        self._site_spans: dict[int, list[tuple[int, int]]] = {}
        for chains in self._attempts():
            self._settle(chains)
            self._make_steps()
            if len(self.steps) > 1:
                return
        self._by_scalars()

    @functools.cached_property
    def moving(self) -> bytearray:
        """For each node, 1 if it goes into a change of a parameter, in its own step or in a later one."""
        found = bytearray(len(self.nodes))
        for node in reversed(self.nodes):
            if found[node.index] or node.index in self.stop:
                for parent in node.parents:
                    found[parent.index] |= parent.index not in self.stop
        return found

    def _by_scalars(self) -> None:
        """Parameters are what lives on and feeds a number that is the end of a computation: the loss."""
        for chains in self._attempts()[:2]:
            self._choose(chains)
            ends = [node for node in self.nodes if self._is_end(node)]
            self.pairs = {n.index: Pair(n.index, n.index, np.zeros(n.shape), 1) for n in ends}
            feeding = self._feeding(chains)
            chosen = {root: chain for root, chain in chains.items() if root in feeding and self._answers(chain)}
            if not chosen or len(ends) < 2:
                continue
            self._choose(chosen)
            self.pairs = {n.index: Pair(n.index, n.index, np.zeros(n.shape), 1) for n in ends if self.depends[n.index]}
            self.chains, self.by_scalars = chosen, True
            self._make_steps()
            return
        self.chains = {}

    def _answers(self, chain: Chain) -> bool:
        """Is what it is changed by computed from carried values, as a gradient is and a nudge of it is not?"""
        changed = [(old, new) for old, new in lineage_edges(chain.versions) if self.nodes[new].op not in HANDING_ON]
        by = [[p for p in self.nodes[new].parents if p.index != old] for old, new in changed]
        answering = sum(any(self.depends[p.index] for p in parents) for parents in by)
        return answering >= 0.5 * len(by)

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

    def _attempts(self) -> list[dict[int, Chain]]:
        """Sets of carried values to start from: those that live on to the end, then all that are no mere sums."""
        states = self._optimizer_states()
        lasting = {
            root: chain for root, chain in self.all_chains.items() if root not in states and not self._transient(chain)
        }
        alive = {root: chain for root, chain in lasting.items() if chain.versions[-1] >= ALIVE * len(self.nodes)}
        kept = {i for chain in lasting.values() for i in chain.versions}
        anew = {r: chain for r, chain in self._anew.items() if not is_added(self.carried, chain.versions, kept)}
        found = [each | anew for each in (alive, lasting, dict(self.all_chains))]
        return [each for each in found if each]

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
        apart = sum(end < start for (_, end), (start, _) in itertools.pairwise(spans))
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
        self.pairs = {pair.node: pair for node in self._comparing for pair in self._pair(node)}
        for pair in list(self.pairs.values()):
            node = self.nodes[pair.node]
            if node.op == "setitem" and isinstance(node.args[2], Ref):
                self.pairs.pop(node.args[2].node.index, None)

    @functools.cached_property
    def _compared(self) -> list[Node]:
        """Operations that may compare a prediction with a target."""
        return [node for node in self.nodes if node.op in COMPARING]

    @property
    def _comparing(self) -> list[Node]:
        """Those of them that parameters go into; others compare no prediction."""
        return [node for node in self._compared if self.depends[node.index]]

    def _trained(self, chains: dict[int, Chain]) -> dict[int, Chain]:
        """The chains that feed a prediction and are changed by what a pair says."""
        feeding = self._feeding(chains)
        learns = bytearray(len(self.nodes))
        for node in self.nodes:
            if node.index in self.pairs:
                learns[node.index] = 1
                continue
            for parent in node.parents:
                if learns[parent.index] and self.chain_of.get(parent.index) not in feeding:
                    learns[node.index] = 1
                    break
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


def count_steps(recording: Recording, sites: list[Site]) -> int:
    """How many complete steps a recording holds; 0 where a longer one may yet show what is compared with what."""
    roles = Roles(recording, sites)
    if roles.by_scalars and len(recording.nodes) < PATIENCE:
        return 0
    recording.read = len(recording.nodes), roles
    return len(roles.steps)


def roles_of(recording: Recording, sites: list[Site]) -> Roles:
    """What is what in a recording that is closed; what was found when its steps were counted, if that still holds."""
    count, found = recording.read
    if (
        count == len(recording.nodes)
        and isinstance(found, Roles)
        and not found.by_scalars
        and not recording.shadow.lends
    ):
        return found
    return Roles(recording, sites)
