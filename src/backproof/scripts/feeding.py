"""What the predictions are computed from and no step changes: data, settings, or parameters that were forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, Ref, ancestors, references
from backproof.scripts.chains import HANDING_ON, Chain
from backproof.scripts.fitting import EXPLICIT_STEPS, JUDGED_STEPS, LossFit, is_float
from backproof.scripts.losses import Loss, candidates, predictions_of
from backproof.scripts.roles import Step
from backproof.scripts.windows import Window

Array = NDArray[Any]
PRODUCTS = frozenset({"matmul", "mul", "dot", "multiply", "inner", "outer", "einsum", "tensordot", "vdot", "convolve"})
SUMS = frozenset({"add", "sub", "sum"})
VIEWS = HANDING_ON | {"getitem", "gather", "T", "neg", "broadcast_to", "expand_dims", "repeat", "tile"}
PROBES = 5  # predictions, or samples of one, that are looked at one by one
NODES = 60_000  # of the forward passes; more would take too long


@dataclass(slots=True)
class Constant:
    """One value that feeds the predictions of every judged step and stays as it is.

    Attributes:
        node: It.
        uses: Where the forward pass of the last judged step reads it: the operation, and which operand it is.
        is_data: Samples depend on different elements of it.
        acts: "multiplies" or "adds to" what depends on data; "" for anything else.
        trained_beside: Parameters that are trained and enter the same sum.
        truths: Gradient of the loss by it, by judged step.
    """

    node: Node
    uses: list[tuple[Node, int]]
    is_data: bool = False
    acts: str = ""
    trained_beside: set[int] = field(default_factory=set)
    truths: list[Array] = field(default_factory=list)


class Feed:
    """The forward passes of the judged steps."""

    def __init__(self, window: Window, fit: LossFit) -> None:
        """Find the constants; `fit` has the loss that the steps follow."""
        self.window, self.roles = window, window.roles
        self.moments = _moments(window, fit)
        self.steps = [step for step, _ in self.moments]
        self.nodes = self.roles.nodes
        versions = {i for chain in self.roles.all_chains.values() for i in chain.versions[1:]}
        self.errors = {i: pair for i, pair in self.roles.pairs.items() if i not in versions}
        self.newest = self._newest()
        self.unlearned = [chain for chain in self.roles.all_chains.values() if self._is_unlearned(chain)]
        self.stop = self.roles.stop | {i for chain in self.unlearned for i in chain.versions} | self._carried()
        self.forwards = [self.forward(step) for step in self.steps]
        self.constants = self._constants()
        if self.constants:
            self._mark_data()
            self._mark_roles()

    @property
    def is_clear(self) -> bool:
        """Is it clear what is forward and what is backward? Not where an error goes into a prediction."""
        if len(self.steps) < 2 or sum(map(len, self.forwards)) > NODES:
            return False
        return not any(i in self.errors for forward in self.forwards for i in forward)

    def _is_unlearned(self, chain: Chain) -> bool:
        """Does it change over all the steps, and never by what an error says?"""
        if chain.root in self.roles.chains or len(self.steps) < 2 or not self.steps[-1].pairs:
            return False
        over = chain.versions[1] < self.steps[-1].first_update and chain.versions[-1] > min(self.steps[-1].pairs)
        return over and all(self.newest[i] < 0 for i in chain.versions)

    def forward(self, step: Step) -> dict[int, Node]:
        """What the predictions of a step are computed from in this step: it ends at what earlier steps left."""
        return ancestors([self.nodes[i] for i in predictions_of(self.roles, step)], self.stop)

    def _newest(self) -> list[int]:
        """For each node the newest prediction whose error it learned from, not by way of a trained parameter; else -1.

        A step of a value that is not known as a parameter is no error, even if it looks like a difference of two.
        """
        newest = [-1] * len(self.nodes)
        for node in self.nodes:
            pair = self.errors.get(node.index)
            best = pair.prediction if pair is not None else -1
            known = [newest[p.index] for p in node.parents if p.index not in self.roles.stop]
            newest[node.index] = max([best, *known])
        return newest

    def _carried(self) -> set[int]:
        """Values that learned from an earlier step, at places where the first forward pass computes nothing."""
        if not self.roles.all_steps:
            return set()
        heads = predictions_of(self.roles, self.roles.all_steps[0])
        first = ancestors([self.nodes[i] for i in heads], self.roles.stop)
        if any(self.newest[i] >= 0 for i in first):
            return set()
        sites = self.roles.recording.sites
        known = {sites[i] for i in first}
        learned = (i for i, n in enumerate(self.newest) if n >= 0 and sites[i] not in known)
        children = self.roles.carried.children
        return {i for i in learned if any(sites[child] in known for child in children.get(i, ()))}

    def _constants(self) -> list[Constant]:
        """Values common to all forward passes that some value of the last one alone is computed from."""
        if not self.is_clear:
            return []
        common = set.intersection(*(set(f) for f in self.forwards)) - self.stop
        last = self.forwards[-1]
        uses: dict[int, list[tuple[Node, int]]] = {}
        for index, node in last.items():
            if index in common or index in self.stop:
                continue
            for position, argument in enumerate(node.args):
                for parent in references([argument]):
                    if parent.index in common:
                        uses.setdefault(parent.index, []).append((node, position))
        return [Constant(self.nodes[i], u) for i, u in sorted(uses.items()) if is_float(self.nodes[i])]

    # -- data

    def _mark_data(self) -> None:
        found = [c.node for c in self.constants]
        moving = [root for root in self.steps[-1].changes if all(root in step.changes for step in self.steps)]
        probes = list(self._probes())
        supports: list[list[Array]] = []
        for step, seeds in probes:
            versions = [self.nodes[step.changes[root].before] for root in moving]
            with np.errstate(all="ignore"):
                made = gradients(seeds, [*found, *versions], stop=self.stop)
            supports.append([np.ravel(g) != 0 for g in made])
        places = [tuple(np.argwhere(seed)[0]) for _, seeds in probes for seed in seeds.values()]
        apart = {(i, j): _axes(places[i], places[j]) for i, j in itertools.combinations(range(len(probes)), 2)}
        trained = [support[len(found) :] for support in supports]
        alike = {(i, j): [*axes, None][0] for (i, j), axes in apart.items() if len(axes) < 2}
        alike = {(i, j): axis for (i, j), axis in alike.items() if self._same_output(trained[i], trained[j])}
        along = [
            {axis for (i, j), axis in alike.items() if _differ(supports[i][k], supports[j][k])}
            for k in range(len(found))
        ]
        known = [axes - {None} for each, axes in zip(self.constants, along, strict=True) if self._is_input(each)]
        samples = set().union(*known) or set().union(*along)
        for k, constant in enumerate(self.constants):
            differs = None in along[k] or not samples.isdisjoint(along[k])
            constant.is_data = differs or not any(s[k].any() for s in supports)

    def _is_input(self, constant: Constant) -> bool:
        """Is it multiplied with a trained parameter?"""
        for use, position in constant.uses:
            for other in _others(use, position) if use.op in PRODUCTS else ():
                behind = (other.node, *(other.node.parents if other.node.op in VIEWS else ()))
                if any(node.index in self.roles.stop for node in behind):
                    return True
        return False

    def _probes(self) -> list[tuple[Step, Mapping[Node, Array]]]:
        """Single elements of predictions, in which the samples differ."""
        made: list[tuple[Step, Mapping[Node, Array]]] = []
        for step in self.steps[-2:]:
            heads = list(predictions_of(self.roles, step))
            chosen = [heads[k] for k in np.unique(np.linspace(0, len(heads) - 1, min(len(heads), PROBES)).astype(int))]
            for index in chosen:
                node = self.nodes[index]
                for entry in _spread(node.shape):
                    seed = np.zeros(node.shape)
                    seed[entry] = 1.0
                    made.append((step, {node: seed}))
        return made[: 4 * PROBES]

    def _same_output(self, a: Sequence[Array], b: Sequence[Array]) -> bool:
        """Two predictions of one unit: they read the same elements of every parameter that is trained."""
        if any(x.size == 1 and _once(x, y) for x, y in zip(a, b, strict=True)):
            return False
        known = [(x, y) for x, y in zip(a, b, strict=True) if x.any() and y.any()]
        return bool(known) and not any(_apart(x, y) for x, y in known)

    # -- roles

    def _mark_roles(self) -> None:
        last = self.forwards[-1]
        moved = self.moved(last)
        for constant in self.constants:
            if not constant.is_data:
                self.mark_role(constant, last, moved)

    def moved(self, last: dict[int, Node]) -> bytearray:
        """For each node of a forward pass, 1 if it depends on the inputs."""
        data = {c.node.index for c in self.constants if c.is_data}
        fresh = {i for i, n in last.items() if n.function is None and i not in self.roles.stop} - {
            c.node.index for c in self.constants
        }
        moved = bytearray(len(self.nodes))
        for index in sorted(last):
            if index in data or index in fresh or any(moved[p.index] for p in last[index].parents):
                moved[index] = index not in self.roles.stop
        return moved

    def mark_role(self, constant: Constant, last: dict[int, Node], moved: bytearray) -> None:
        """Find out what a value does in the forward pass `last`; `moved` tells what depends on the inputs there."""
        waiting = list(constant.uses)
        for _ in range(200):
            if not waiting:
                return
            use, position = waiting.pop()
            if use.op in VIEWS and position == 0:
                waiting += self.uses_of(use, last)
            elif use.op in PRODUCTS | SUMS and any(moved[a.node.index] for a in _others(use, position)):
                constant.acts = constant.acts or ("multiplies" if use.op in PRODUCTS else "adds to")
                constant.trained_beside |= self._beside(use, last)

    def uses_of(self, node: Node, last: dict[int, Node]) -> list[tuple[Node, int]]:
        """The operations of a forward pass that read a value, and which operand it is."""
        children = [last[c] for c in self.roles.carried.children.get(node.index, ()) if c in last]
        return [(c, k) for c in children for k, a in enumerate(c.args) if isinstance(a, Ref) and a.node is node]

    def _beside(self, use: Node, last: dict[int, Node]) -> set[int]:
        """The trained parameters that enter the same sum as `use`."""
        top = use
        for _ in range(50):
            above = [n for n, _ in self.uses_of(top, last) if n.op in SUMS | VIEWS]
            if len(above) != 1:
                break
            top = above[0]
        found: set[int] = set()
        waiting, seen = [top], 0
        while waiting and seen < 400:
            node = waiting.pop()
            seen += 1
            if node.index in self.roles.chain_of:
                found.add(self.roles.chain_of[node.index])
            elif node.op in SUMS | VIEWS:
                waiting += node.parents
            elif node.op in PRODUCTS:
                waiting += [p for p in node.parents if p.op in VIEWS or p.index in self.roles.chain_of]
        return found


def _moments(window: Window, fit: LossFit) -> list[tuple[Step, Loss]]:
    """The steps that are looked at, with their loss: the judged ones, or others if it is computed now and then."""
    if same_steps(window, fit):
        return list(zip(window.judge.steps, fit.losses, strict=True))
    made = []
    for step in window.roles.steps[:EXPLICIT_STEPS]:
        known = {loss.key: loss for loss in candidates(window.roles, step)}
        if fit.loss.key in known:
            made.append((step, known[fit.loss.key]))
    return made[:JUDGED_STEPS]


def same_steps(window: Window, fit: LossFit) -> bool:
    """Does the fit compare the judged steps?"""
    judge = window.judge
    return len(fit.losses) == len(judge.steps) and all(
        np.array_equal(each.updates[t], judge.updates[t][each.root]) for each in fit.fits for t in (0, -1)
    )


def _axes(a: tuple[int, ...], b: tuple[int, ...]) -> list[int]:
    """Along which axes two elements are apart, of one prediction or of two."""
    return [axis for axis, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]


def _differ(a: Array, b: Array) -> bool:
    return _apart(a, b) if a.size > 1 else _once(a, b)


def _others(use: Node, position: int) -> list[Ref]:
    return [a for k, a in enumerate(use.args) if k != position and isinstance(a, Ref)]


def _apart(a: Array, b: Array) -> bool:
    """Both touch something, and nothing in common."""
    return bool(a.any() and b.any() and not np.any(a & b))


def _once(a: Array, b: Array) -> bool:
    """Just one of them touches something."""
    return bool(a.any()) != bool(b.any())


def _spread(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Some elements of an array, along each axis in turn."""
    if not shape:
        return [()]
    found = [tuple(0 for _ in shape)]
    for axis, size in enumerate(shape):
        places = {size - 1, size // 2, size // 3} - {0}
        found += [tuple(k if a == axis else 0 for a in range(len(shape))) for k in sorted(places)]
    return found[: 2 * PROBES]
