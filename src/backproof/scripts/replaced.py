"""Parameters whose new value is not made from their old one: assigned, or made from another variable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Severity
from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, Ref
from backproof.scripts.chains import STEPWISE, WRITES
from backproof.scripts.feeding import Feed
from backproof.scripts.fitting import SAME_SCALE, ratio_of
from backproof.scripts.losses import Loss
from backproof.scripts.naming import place
from backproof.scripts.origins import Origins
from backproof.scripts.roles import Step
from backproof.scripts.unmoved import SCALAR_STEPS, Unmoved

VERSIONS = 100  # of an array of integers, among which one that is read is looked for
Slot = tuple[int, int, int]  # a site of the forward pass, which of its operands, and the how manieth time


class ReplacedParameters:
    """Looks at what stands at one place of the forward pass, step by step."""

    def __init__(self, feed: Feed, origins: Origins) -> None:
        """`feed` has the forward passes."""
        self.feed, self.origins = feed, origins
        self.roles, self.nodes = feed.roles, feed.nodes

    def found(self) -> Iterator[Unmoved]:
        """One for each place of the forward pass that reads something which a step put there."""
        told: set[int] = set()
        rows = [(self._slots(step), self._slots(after), loss) for step, after, loss in self._moments()]
        for slot in set.intersection(*(set(new) for _, new, _ in rows)) if rows else ():
            moves = [(old[slot], new[slot], loss.seeds) for old, new, loss in rows if slot in old]
            if len(moves) < 2 or not all(new.index in self.feed.stop - self.roles.stop for _, new, _ in moves):
                continue
            truths = [gradients(seeds, [old], stop=self.feed.stop)[0] for old, _, seeds in moves]
            pairs = [(old, new, g) for (old, new, _), g in zip(moves, truths, strict=True) if np.any(g)]
            made = self._assigned(pairs) or self._from_another(pairs)
            if made is not None and moves[-1][1].index not in told:
                told.add(moves[-1][1].index)
                yield made

    def _moments(self) -> Iterator[tuple[Step, Step, Loss]]:
        everything = self.roles.all_steps
        for step, loss in self.feed.moments:
            after = next((s for s in everything if s.first_update > step.last_update and s.pairs), None)
            if after is not None:
                yield step, after, loss

    def _slots(self, step: Step) -> dict[Slot, Node]:
        """What the forward pass of a step reads of the outside; a place that is passed again counts anew."""
        found: dict[Slot, Node] = {}
        times: Counter[tuple[int, int]] = Counter()
        forward = self.feed.forward(step)
        for index in sorted(forward):
            site = self.roles.recording.sites[index]
            if index in self.feed.stop or site < 0:
                continue
            for k, argument in enumerate(forward[index].args):
                if isinstance(argument, Ref):
                    found[site, k, times[site, k]] = argument.node
                    times[site, k] += 1
        return found

    # -- what may be wrong

    def _assigned(self, moves: list[tuple[Node, Node, NDArray[Any]]]) -> Unmoved | None:
        """The new value is a multiple of the gradient alone."""
        ratios = self._ratios([(new, truth) for _, new, truth in moves])
        if ratios is None:
            return None
        new = moves[-1][1]
        name, site = self._name(new), self.origins.site(new)
        where = (site.statement or site.span) if site else new.span
        typed = re.search(r"=\s*[-+](?=\s)", self.origins.text(where)) if where and ratios[0] > 0 else None
        sign = "minus " if ratios[0] > 0 else ""
        says = f"{name} is set to {sign}the step itself: the old value is lost" + (
            ": `=-` is an assignment, not a subtraction" if typed else ""
        )
        return Unmoved(
            "update-assigns-instead-of-subtracts", Severity.ERROR, name, says, f"Write `{name} -= ...`",
            (place(where, name, "update"),), float(np.linalg.norm(moves[-1][2])), "it is replaced by the step",
        )  # fmt: skip

    def _from_another(self, moves: list[tuple[Node, Node, NDArray[Any]]]) -> Unmoved | None:
        """The step is right, but it is made from the value of another parameter."""
        taken: list[tuple[Node, NDArray[Any]]] = []
        bases: list[Node] = []
        for old, new, truth in moves:
            if new.op not in STEPWISE or len(new.args) < 2:
                return None
            operands = [a.node for a in new.args[:2] if isinstance(a, Ref)]
            if len(operands) != 2 or old in operands or operands[0].index not in self.roles.stop:
                return None
            bases.append(operands[0])
            taken.append((operands[1], truth))
        if not taken or self._ratios(taken) is None:
            return None
        new = moves[-1][1]
        name, site = self._name(new), self.origins.site(new)
        base = (self.origins.operand(new, 0) or "another parameter") if site else "another parameter"
        where = (site.statement or site.span) if site else new.span
        says = f"The new {name} is made from {base}: the step is that of {name}, the value it starts from is not"
        return Unmoved(
            "update-wrong-variable", Severity.ERROR, name, says, f"Start from {name}: `{name} = {name} - ...`",
            (place(where, name, "update"),), float(np.linalg.norm(moves[-1][2])), f"it is made from {base}",
        )  # fmt: skip

    # -- integers

    def cut(self) -> Iterator[Unmoved]:
        """Arrays of integers that feed the predictions and into which steps write fractions."""
        read = {i for forward in self.feed.forwards for i in forward}
        found: dict[int, Node] = {}
        for node in self.nodes:
            if _cuts(node) and self.feed.newest[node.index] >= 0 and read.intersection(self._later(node)):
                found[self.roles.recording.sites[node.index]] = node
        for node in found.values():
            site, born = self.origins.site(node), self.origins.birth(node)
            name = ((site.target if site else None) or "the weights").split("[")[0]
            where = (site.statement or site.span) if site else node.span
            says = f"{name} is an array of integers: what a step writes into it is cut to whole numbers"
            yield Unmoved(
                "integer-weights", Severity.ERROR, name, says, "Make it an array of floats: `3.0` in place of `3`",
                (self.origins.place(born, name, []), place(where, name, "update")),
                float(np.abs(np.asarray(node.args[2].node.value)).max()), "it is cut to whole numbers",
                "largest number that is cut",
            )  # fmt: skip

    def _later(self, node: Node) -> set[int]:
        """The versions of an array that follow one that was written into it."""
        found, waiting = {node.index}, [node.index]
        while waiting and len(found) < VERSIONS:
            children = self.roles.carried.children.get(waiting.pop(), ())
            more = [c for c in children if self.nodes[c].op in WRITES and c not in found]
            found.update(more)
            waiting += more
        return found

    def _ratios(self, pairs: list[tuple[Node, NDArray[Any]]]) -> list[float] | None:
        """Factors c in value = -c * gradient; None where a value is no multiple of it."""
        if len(pairs) < (SCALAR_STEPS if pairs and pairs[0][1].size == 1 else 2):
            return None
        found = [ratio_of(np.asarray(node.value, np.float64), truth) for node, truth in pairs]
        ratios = [ratio for ratio, _ in found]
        if any(error > self.feed.window.judge.tolerance for _, error in found):
            return None
        same = np.ptp(ratios) <= SAME_SCALE * abs(ratios[0])
        return ratios if same or (pairs[0][1].size > 1 and len({r > 0 for r in ratios}) == 1) else None

    def _name(self, new: Node) -> str:
        site = self.origins.site(new)
        return (site.target if site else None) or "a parameter"


def _cuts(node: Node) -> bool:
    """Are fractions written into an array of integers?"""
    held = getattr(node.value, "dtype", None)
    if node.op != "setitem" or held is None or held.kind not in "iu" or not isinstance(node.args[2], Ref):
        return False
    value = np.asarray(node.args[2].node.value)
    return value.dtype.kind == "f" and bool(np.any(value != np.round(value)))
