"""Home-made autograd engines that assign a gradient where they should add it: right until a value is used twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.graph.autodiff import vjp
from backproof.graph.node import Node, ancestors
from backproof.scripts.fitting import SAME_SCALE, LossFit, ratio_of
from backproof.scripts.losses import Loss
from backproof.scripts.naming import Names, place
from backproof.scripts.verdict import Judge

Array = NDArray[Any]
MANY = 20_000  # nodes of all judged steps: beyond, the sweeps would take seconds
RULE, MEASURED = "gradient-overwritten-not-accumulated", "share of the uses of a value whose gradient counts"
FEWEST = 3  # numbers that are updated in a step: one step size fits a single one by chance


@dataclass(frozen=True, slots=True)
class _Engine:
    """What an engine may do: which operations assign, and whether the value's first use has the last word."""

    assigning: frozenset[str]
    first_use_last: bool


class Assigned:
    """Looks whether assignments in the reverse pass reproduce the steps."""

    def __init__(self, judge: Judge, fit: LossFit, names: Names) -> None:
        """`fit` has the loss that the steps should follow."""
        self.judge, self.fit, self.names = judge, fit, names
        self.stop = judge.roles.stop
        self.ways = [_forward(loss, self.stop) for loss in fit.losses]

    def found(self) -> tuple[tuple[int, ...], Finding] | None:
        """The parameters whose gradients are not whole, and what is said of them."""
        small = sum(len(way) for way in self.ways) <= MANY
        if self.fit.share == 1 or not small or len(self.fit.losses) != len(self.judge.steps):
            return None
        for engine in self._engines():
            concerned = self._explained_by(engine)
            if concerned and self._is_engine(engine, concerned):
                return concerned, self._finding(engine, concerned)
        return None

    def _engines(self) -> Iterator[_Engine]:
        """Each operation alone, then all of them."""
        used = sorted({node.op for way in self.ways for node in way if node.function is not None})
        for ops in (*(frozenset({op}) for op in used), frozenset(used)):
            for first_use_last in (True, False):
                yield _Engine(ops, first_use_last)

    def _explained_by(self, engine: _Engine) -> tuple[int, ...]:
        """The parameters whose gradients are not whole, if one step size per step makes the updates of all."""
        concerned: set[int] = set()
        for t, (loss, way) in enumerate(zip(self.fit.losses, self.ways, strict=True)):
            swept = _swept(loss, way, self.stop, engine)
            ratios, count = list[float](), 0
            for fit in self.fit.fits:
                node = self.judge.before[t][fit.root]
                ratio, error = ratio_of(fit.updates[t], swept.get(node.index, np.zeros(node.shape)))
                if not error <= self.judge.tolerance:
                    return ()
                ratios += [ratio] * bool(np.isfinite(ratio))
                count += fit.size
                whole, off = ratio_of(swept.get(node.index, np.zeros(node.shape)), fit.gradients[t])
                if not off <= self.judge.tolerance or abs(whole + 1) > SAME_SCALE:
                    concerned.add(fit.root)
            if count < FEWEST or not ratios or min(ratios) <= 0 or np.ptp(ratios) > SAME_SCALE * max(ratios):
                return ()
        return tuple(fit.root for fit in self.fit.fits if fit.root in concerned)

    def _finding(self, engine: _Engine, roots: tuple[int, ...]) -> Finding:
        what = "mul" if "mul" in engine.assigning else min(engine.assigning)
        names = [self.names.by_root[root] for root in roots]
        expected = Expected("==", 1.0, "all uses count")
        return Finding(
            RULE,
            Severity.ERROR,
            f"A value that is used more than once gets the gradient of one use only: the reverse pass of {what} "
            f"assigns it, so that each use overwrites the one before ({', '.join(names[:4])})",
            tuple(dict.fromkeys(self._places(engine, roots)))[:4],
            tuple(
                Evidence(MEASURED, name, (0,), (1 / max(self._uses(root), 2),), expected)
                for root, name in zip(roots, names, strict=True)
            ),
            (Remedy("Add to the gradient (`self.grad += ...`) in the reverse pass of every operation"),),
        )

    def _uses(self, root: int) -> int:
        """How many operations of one judged step read the parameter on the way to the loss."""
        before = self.judge.before[0][root]
        return sum(before in node.parents for node in self.ways[0])

    def _places(self, engine: _Engine, roots: tuple[int, ...]) -> Iterator[Place]:
        """Of the parameters that an assigning operation reads; of all, where none does."""
        direct = [root for root in roots if self._read_by(root) & engine.assigning]
        for root in direct or roots:
            node = self._assignment(root)
            yield place(node.span, None, "expression") if node is not None else self.names.place(root)

    def _read_by(self, root: int) -> set[str]:
        before = self.judge.before[0][root]
        return {node.op for node in self.ways[0] if before in node.parents}

    def _is_engine(self, engine: _Engine, roots: tuple[int, ...]) -> bool:
        """Does one statement hand back gradients of many values? One that serves a single parameter is a loop's sum."""
        step, sites = self.judge.steps[-1], self.judge.roles.recording.sites
        first = min(step.pairs, default=step.first_update)
        for root in roots:
            node = self._assignment(root) if self._read_by(root) & engine.assigning else None
            if node is not None and sites[first : step.last_update].count(sites[node.index]) > self._uses(root):
                return True
        return False

    def _assignment(self, root: int) -> Node | None:
        """The value that the update statement takes for the gradient."""
        node = self.judge.roles.nodes[self.judge.steps[-1].changes[root].after]
        statement, versions = node.span, set(self.judge.roles.chains[root].versions)
        while node.span is not None and statement is not None and node.span.line == statement.line:
            made = [p for p in node.parents if p.index not in versions and p.function is not None]
            if len(made) != 1:
                return None
            node = made[0]
        return node


def _forward(loss: Loss, stop: set[int]) -> list[Node]:
    """All that the loss was computed from, newest first, without going through the parameters."""
    behind = ancestors(list(loss.seeds), stop)
    return [behind[i] for i in sorted(behind, reverse=True)]


def _swept(loss: Loss, way: list[Node], stop: Collection[int], engine: _Engine) -> dict[int, Array]:
    """Adjoints by index, as the engine would make them."""
    arrived: dict[int, Array] = {n.index: np.broadcast_to(s, n.shape).astype(float) for n, s in loss.seeds.items()}
    for node in way:
        if node.index not in arrived or node.function is None or node.index in stop:
            continue
        for parent, share in vjp(node, arrived[node.index]):
            held = arrived.get(parent.index)
            if held is None or (node.op in engine.assigning and engine.first_use_last):
                arrived[parent.index] = share
            elif node.op not in engine.assigning:
                arrived[parent.index] = held + share
    return arrived
