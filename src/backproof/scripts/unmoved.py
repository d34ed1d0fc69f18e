"""Parameters that no step changes: forgotten in the update, updated elsewhere, or a copy that is never renewed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place, Severity
from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, Ref, Span, ancestors
from backproof.scripts.chains import HANDING_ON, STEPWISE
from backproof.scripts.feeding import Constant, Feed
from backproof.scripts.fitting import SAME_SCALE, is_float, ratio_of
from backproof.scripts.naming import Names, place
from backproof.scripts.origins import Origins, stem

Array = NDArray[Any]
LOOK_AHEAD = 3_000  # nodes after the last judged step in which its gradients may still be computed
SCALAR_STEPS = 3  # a number is proportional to another one in two steps by chance, in three it is not


@dataclass(frozen=True, slots=True)
class Unmoved:
    """A parameter that stays as it is.

    Attributes:
        rule: Public name of the mistake.
        severity: How sure it is, and how bad.
        name: What the script calls it.
        says: What is wrong, in words.
        remedy: What to do.
        places: Where it is made, and what was meant to change it.
        truth: Norm of the gradient of the loss by it.
        because: For the verdict on its gradient.
        measured: What `truth` is.
    """

    rule: str
    severity: Severity
    name: str
    says: str
    remedy: str
    places: tuple[Place, ...]
    truth: float
    because: str = "it is never updated"
    measured: str = "norm of the gradient"


class StillParameters:
    """Looks at the constants that act as parameters do."""

    def __init__(self, feed: Feed, names: Names, origins: Origins) -> None:
        """`feed` has the constants."""
        self.feed, self.names, self.origins = feed, names, origins
        self.roles = feed.roles
        self.nodes = feed.nodes
        self.steps = feed.steps
        self.following: dict[int, list[int]] = {}
        for after, before in self.roles.carried.previous.items():
            self.following.setdefault(before, []).append(after)
        self.used = [self._used(t) for t in range(len(self.steps))]

    def found(self) -> Iterator[Unmoved]:
        """One for each array, or group of numbers made at one place."""
        candidates = [c for c in self.feed.constants if c.acts and not c.is_data]
        if not candidates:
            return
        self._differentiate(candidates)
        told: set[Any] = set()
        for constant in candidates:
            key = self.origins.maker(constant.node) if constant.node.size == 1 else constant.node.index
            if not any(np.any(g) for g in constant.truths) or (key is not None and key in told):
                continue
            for verdict in (self._stale, self._lost, self._forgotten, self._left_out):
                made = verdict(constant)
                if made is not None:
                    told.add(key)
                    yield made
                    break

    def _differentiate(self, constants: list[Constant]) -> None:
        for _, loss in self.feed.moments:
            with np.errstate(all="ignore"):
                made = gradients(loss.seeds, [c.node for c in constants], stop=self.feed.stop)
            for constant, truth in zip(constants, made, strict=True):
                constant.truths.append(np.asarray(truth, dtype=np.float64))

    # -- the gradient is computed

    def _region(self, t: int) -> range:
        """Nodes in which the backward pass of judged step `t` lies."""
        step = self.steps[t]
        first = min(step.pairs, default=step.first_update)
        later = [min(s.pairs) for s in self.roles.all_steps if s.pairs and min(s.pairs) > step.last_update]
        return range(first, min([*later, step.last_update + LOOK_AHEAD, len(self.nodes)]))

    def _used(self, t: int) -> set[int]:
        """What the changes of the step were computed from."""
        ends = [self.nodes[change.after] for change in self.steps[t].changes.values()]
        return set(ancestors(ends, self.roles.stop - {e.index for e in ends}))

    def _gradient_nodes(self, constant: Constant) -> list[Node]:
        """By judged step, a value of the backward pass that is a multiple of the gradient and goes into no update."""
        by_site: list[dict[int, tuple[Node, float]]] = []
        for t, truth in enumerate(constant.truths):
            if np.any(truth):
                by_site.append(self._multiples(t, truth))
        if len(by_site) < (2 if constant.node.size > 1 else SCALAR_STEPS):
            return []
        for site in set.intersection(*(set(found) for found in by_site)):
            ratios = [found[site][1] for found in by_site]
            if np.ptp(ratios) <= SAME_SCALE * abs(ratios[0]) and _vary(constant.truths):
                return [found[site][0] for found in by_site]
        return []

    def _multiples(self, t: int, truth: Array) -> dict[int, tuple[Node, float]]:
        """By site, the node that is a multiple of the gradient; of numbers, the last one (the whole of a sum)."""
        found: dict[int, tuple[Node, float]] = {}
        for index in self._region(t):
            node, site = self.nodes[index], self.roles.recording.sites[index]
            if node.size != truth.size or (site in found and node.size > 1) or node.shown or not is_float(node):
                continue
            if node.function is None or index in self.used[t] or index in self.feed.forwards[t]:
                continue
            ratio, error = ratio_of(np.asarray(node.value, np.float64), -truth)
            if error <= self.feed.window.judge.tolerance:
                found[site] = (node, ratio)
        return found

    # -- what may be wrong, the surest first

    def _stale(self, constant: Constant) -> Unmoved | None:
        """A copy of a value that is changed step by step while the copy is not."""
        for index in _copies(constant.node):
            line = self._line_from(index)
            if len(line) < 2 or any(i in forward for forward in self.feed.forwards for i in line):
                continue
            name, last = self._name(constant), self.nodes[line[-1]]
            if self.origins.renewed(name):
                return None
            site = self.origins.site(last)
            other = (site.target if site else None) or "the copy that is updated"
            where = (site.statement or site.span) if site else last.span
            says = (
                f"The predictions read {name}, which no step changes; the steps change {other}"
                f"{f' (line {where.line})' if where else ''}, and that is never read by the forward pass"
            )
            remedy = f"Use {other} in the forward pass, or copy it again after each step"
            return self._made("stale-parameters", constant, says, remedy, [_place(where, other)])
        return None

    def _line_from(self, index: int) -> list[int]:
        """The versions that were made of a value one from the other and that learn from the error."""
        line: list[int] = []
        waiting = self.following.get(index, [])
        while waiting and len(line) < LOOK_AHEAD:
            made = [i for i in waiting if self.nodes[i].op in STEPWISE and self.feed.newest[i] >= 0]
            if not made:
                break
            line.append(made[-1])
            waiting = self.following.get(made[-1], [])
        return [i for i in line if i not in self.roles.stop]

    def _lost(self, constant: Constant) -> Unmoved | None:
        """`new = w - rate * gradient`, and `new` is read by nobody."""
        found = self._dropped(constant)
        if len(found) < 2:
            return None
        site = self.origins.site(found[0])
        name = self._name(constant)
        target = (site.target if site else None) or "another variable"
        where = (site.statement or site.span) if site else found[0].span
        says = (
            f"The step of {name} is computed, but its result goes to {target}"
            f"{f' at line {where.line}' if where else ''} and is never read again: {name} keeps its first value"
        )
        remedy = f"Assign the new value to {name} itself"
        return self._made("update-wrong-variable", constant, says, remedy, [_place(where, target)])

    def _dropped(self, constant: Constant) -> list[Node]:
        """New values made of the constant and a multiple of its gradient that are not used, one per step."""
        found: list[Node] = []
        for child in self.roles.carried.children.get(constant.node.index, ()):
            node = self.nodes[child]
            if node.op not in STEPWISE or node.size != constant.node.size or self.roles.carried.children.get(child):
                continue
            rest = [a.node for a in node.args[:2] if isinstance(a, Ref) and a.node is not constant.node]
            for t, truth in enumerate(constant.truths):
                if len(rest) == 1 and rest[0].size == truth.size > 1 and child in self._region(t) and np.any(truth):
                    _, error = ratio_of(np.asarray(rest[0].value, np.float64), -truth)
                    found += [node] if error <= self.feed.window.judge.tolerance else []
        return found

    def _forgotten(self, constant: Constant) -> Unmoved | None:
        """Its gradient is computed and not applied."""
        kind = self.origins.kind(constant.node)
        if kind == "unknown" or (kind == "set" and constant.acts == "adds to" and not constant.trained_beside):
            return None  # such as positions that are added to the inputs, by which a layer gives a gradient, too
        found = self._gradient_nodes(constant)
        if not found:
            return None
        name, node = self._name(constant), found[-1]
        if self.origins.updated_somewhere(name):
            return None
        where = f" (line {node.span.line})" if node.span else ""
        says = f"{name} is never updated: its gradient is computed{where}, but no step applies it"
        places = [_place(node.span, None)] if node.span else []
        return self._made(
            "parameter-never-updated", constant, says, f"Subtract the rate times that gradient from {name}", places
        )

    def _left_out(self, constant: Constant) -> Unmoved | None:
        """No gradient of it is computed: is it one of a family that is trained, or fixed on purpose?"""
        name, kind = self._name(constant), self.origins.kind(constant.node)
        if kind == "unknown" or self.origins.updated_somewhere(name):
            return None
        sibling = self.sibling(constant, name)
        if sibling is not None:
            says = f"{name} is never updated, while {sibling} is: it keeps its first value"
            return self._made(
                "parameter-never-updated", constant, says, f"Compute its gradient and update it as {sibling} is", [],
                Severity.WARNING,
            )  # fmt: skip
        return self._suspicious(constant, name, kind)

    def _suspicious(self, constant: Constant, name: str, kind: str) -> Unmoved | None:
        """It acts as a parameter does, and nothing says whether it is meant to stay."""
        if constant.node.size < 2:
            return None
        rule, severity, remedy = "parameter-never-updated", Severity.NOTE, ""
        beside = [self.names.by_root[root] for root in constant.trained_beside if root in self.names.by_root]
        says = f"{name} is random and never updated: a fixed layer, if that is meant"
        if kind == "drawn" and constant.acts == "multiplies" and beside:
            says = f"{name} is random and never updated, while {beside[0]}, which is added to its product, is"
            severity, remedy = Severity.WARNING, f"Compute its gradient and update it as {beside[0]} is"
        elif kind != "drawn" and constant.acts == "adds to" and beside and not np.any(constant.node.value):
            says = (
                f"{name} is added to the product with {beside[0]}, is zero and never updated: no bias is learned there"
            )
        elif kind != "drawn" or constant.acts != "multiplies":
            return None
        return self._made(rule, constant, says, remedy, [], severity)

    def sibling(self, constant: Constant, name: str) -> str | None:
        """A trained parameter of the same family: made by the same expression, or named alike in the same sum."""
        maker = self.origins.maker(constant.node)
        for root, chain in self.roles.chains.items():
            if maker is not None and self.origins.maker(self.nodes[chain.root]) == maker:
                return self.names.by_root[root]
        if not constant.trained_beside:
            return None
        alike = [n for n in self.names.by_root.values() if stem(n) == stem(name) != ""]
        return alike[0] if alike else None

    # -- telling

    def _name(self, constant: Constant) -> str:
        return self.origins.name(constant.node, constant.uses)

    def _made(
        self,
        rule: str,
        constant: Constant,
        says: str,
        remedy: str,
        places: list[Place],
        severity: Severity = Severity.ERROR,
    ) -> Unmoved:
        name = self._name(constant)
        own = self.origins.place(constant.node, name, constant.uses)
        if rule == "stale-parameters":
            use = constant.uses[-1][0]
            own = _place(use.span, name)
        where = tuple(dict.fromkeys([*places, own] if rule == "update-wrong-variable" else [own, *places]))
        truth = float(np.linalg.norm(constant.truths[-1]))
        return Unmoved(rule, severity, name, says, remedy, where, truth)


def _place(span: Span | None, name: str | None) -> Place:
    return place(span, name, "update" if name else "expression")


def _copies(node: Node) -> list[int]:
    """A value, and what it is a copy of."""
    found = [node.index]
    while node.op in HANDING_ON and len(node.parents) == 1 and node.parents[0].size == node.size:
        node = node.parents[0]
        found.append(node.index)
    return found


def _vary(truths: list[Array]) -> bool:
    """Do the gradients differ from step to step, so that agreement is no accident?"""
    known = [g for g in truths if np.any(g)]
    return known[0].size > 1 or any(abs(g - known[0]).max() > SAME_SCALE * abs(known[0]).max() for g in known[1:])
