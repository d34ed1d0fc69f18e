"""Values that change from step to step without learning, and new values that nobody takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backproof.findings import Place, Severity
from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.chains import HANDING_ON, STEPWISE, Chain
from backproof.scripts.feeding import Constant, Feed
from backproof.scripts.naming import place
from backproof.scripts.origins import Origins
from backproof.scripts.recording import Recording
from backproof.scripts.sites import Site
from backproof.scripts.unmoved import StillParameters, Unmoved
from backproof.scripts.upstreams import Upstreams

REPEATED = 3  # times that a step is computed and dropped
COPYING = HANDING_ON | {"getitem", "gather", "take"}


class UnlearnedParameters:
    """Looks at values that feed the predictions, change, and are not told of any error."""

    def __init__(self, feed: Feed, still: StillParameters, origins: Origins) -> None:
        """`still` knows the families of parameters."""
        self.feed, self.still, self.origins = feed, still, origins
        self.roles, self.nodes = feed.roles, feed.nodes
        self.upstreams = Upstreams(feed)

    def found(self) -> Iterator[Unmoved]:
        """Those of the family of a trained parameter."""
        if not self.feed.is_clear:
            return
        last = self.feed.forwards[-1]
        moved = self.feed.moved(last)
        for chain in self.feed.unlearned:
            read = self._read(chain)
            if read is None:
                continue
            constant = Constant(read, [u for u in self.feed.uses_of(read, last) if u[0].index not in chain.versions])
            self.feed.mark_role(constant, last, moved)
            site = self.origins.sites[chain.site]
            name = site.target or self.origins.name(read, constant.uses)
            sibling = self._beside(chain) or self.still.sibling(constant, name)
            delta = self.upstreams.dropped(chain)
            known = constant.acts or sibling is not None or delta is not None
            if not known and any(moved):  # where no data are known, nothing is known to act on them
                continue
            if delta is not None:
                own = self.origins.sites[self.roles.recording.sites[delta.index]]
                where = place(own.statement or own.span, own.target, "expression")
                yield _without_upstream(name, where, place(site.statement or site.span, name, "update"))
            elif sibling is None:
                says = f"{name} changes from step to step without the error: it is not known whether that is meant"
                yield Unmoved(
                    "missing-error-term", Severity.NOTE, name, says, "",
                    (place(site.statement or site.span, name, "update"),), 0.0, "its step does not depend on the error",
                    "dependence of the step on the error",
                )  # fmt: skip
            else:
                says = f"{name} changes with each step, but what is added to it does not depend on the error"
                yield Unmoved(
                    "missing-error-term", Severity.ERROR, name, says, f"Update it along its gradient, as {sibling} is",
                    (place(site.statement or site.span, name, "update"),), 0.0, "its step does not depend on the error",
                    "dependence of the step on the error",
                )  # fmt: skip

    def _beside(self, chain: Chain) -> str | None:
        """A trained parameter that the same statement updates, such as another key of the same dict."""
        roots = [root for root, other in self.roles.chains.items() if other.site == chain.site]
        return self.still.names.by_root[roots[0]] if roots else None

    def _read(self, chain: Chain) -> Node | None:
        """The version that the last judged step reads, if each of them reads another one."""
        versions = set(chain.versions)
        newest = [max(versions.intersection(forward), default=-1) for forward in self.feed.forwards]
        fine = newest and min(newest) >= 0 and len(set(newest)) == len(newest)
        return self.nodes[newest[-1]] if fine else None


def _without_upstream(name: str, *where: Place) -> Unmoved:
    says = (
        f"{name} moves by the derivative of its own layer's activation times the input, in each step: what comes back "
        "from the layers above, the error times their weights, is left out"
    )
    return Unmoved(
        "upstream-gradient-dropped", Severity.ERROR, name, says,
        "Multiply the derivative of the activation by the gradient that arrives at the layer's output",
        where, 0.0, "what comes back from the layers above is left out", "dependence of the step on the error",
    )  # fmt: skip


def dropped_steps(
    recordings: Sequence[Recording], sites: Sequence[Site], sources: Mapping[str, str]
) -> Iterator[Unmoved]:
    """`for w in weights: w = w - step`: new values of the loop's variable, which nothing reads; no array is trained."""
    for recording in recordings[:1]:
        origins = Origins(recording, sites, sources)
        children = {p.index for node in recording.nodes for p in node.parents}
        found: dict[int, list[Node]] = {}
        for node in recording.nodes:
            number = recording.sites[node.index]
            if node.op in STEPWISE and number >= 0 and node.index not in children and not node.shown:
                found.setdefault(number, []).append(node)
        for number, nodes in found.items():
            name = origins.rebound(sites[number])
            if name and _repeats(nodes):
                yield _dropped(sites[number], name)


def stale_copies(
    recordings: Sequence[Recording], sites: Sequence[Site], sources: Mapping[str, str]
) -> Iterator[Unmoved]:
    """`w = theta[[0, 1]]` before the loop, `theta -= step` within: each step is made from the copy that stays."""
    for recording in recordings[:1]:
        origins = Origins(recording, sites, sources)
        children: dict[int, list[Node]] = {}
        for node in recording.nodes:
            for parent in node.parents:
                children.setdefault(parent.index, []).append(node)
        lines: dict[int, list[Node]] = {}
        for node in recording.nodes:
            if node.op in STEPWISE and recording.sites[node.index] >= 0:
                lines.setdefault(recording.sites[node.index], []).append(node)
        for number, line in lines.items():
            copies = _read_copies(line, children) if len(line) >= REPEATED else []
            names = [origins.name(copy, []) for copy in copies]
            if names and not any(origins.renewed(name) for name in names):
                yield _stale(sites[number], sites[number].target or "the array that is updated", names)


def _read_copies(line: Sequence[Node], children: Mapping[int, list[Node]]) -> list[Node]:
    """The copies of a line's first value that all its steps are made from; nothing if a later value is read."""
    operands = [[a.node for a in node.args[:2] if isinstance(a, Ref)] for node in line]
    if any(len(pair) != 2 for pair in operands):
        return []
    follows = all(pair[0] is before for pair, before in zip(operands[1:], line, strict=False))
    read = any(child not in line for node in line[:-1] for child in children.get(node.index, ()))
    if not follows or read or line[0].shape != operands[0][0].shape:
        return []
    copies = [child for child in children.get(operands[0][0].index, ()) if child.op in COPYING and child not in line]
    behind = [ancestors([pair[1]]) for pair in operands]
    return [copy for copy in copies if all(copy.index in each for each in behind)]


def _stale(site: Site, other: str, names: Sequence[str]) -> Unmoved:
    which = ", ".join(dict.fromkeys(names))
    where = site.statement or site.span
    says = (
        f"The predictions read {which}, a copy that no step changes; the steps change {other} (line {where.line}), and "
        "that is never read by the forward pass"
    )
    return Unmoved(
        "stale-parameters", Severity.ERROR, which, says, f"Take {which} from {other} anew in each step",
        (place(where, other, "update"),), float(REPEATED), "no step changes it", "steps made from the same copy",
    )  # fmt: skip


def _repeats(nodes: Sequence[Node]) -> bool:
    """Is one old value moved again and again, by something that was computed from it?"""
    moves: dict[int, int] = {}
    for node in nodes[: 40 * REPEATED]:
        operands = [a.node for a in node.args[:2] if isinstance(a, Ref)]
        if len(operands) == 2 and operands[0].index in ancestors([operands[1]]):
            moves[operands[0].index] = moves.get(operands[0].index, 0) + 1
    return max(moves.values(), default=0) >= REPEATED


def _dropped(site: Site, name: str) -> Unmoved:
    says = (
        f"The loop gives its own variable {name} a new value and drops it: what it runs over keeps its old values, and "
        "no parameter is ever updated"
    )
    return Unmoved(
        "update-wrong-variable", Severity.ERROR, name, says,
        f"Write into the array (`{name} -= ...` for arrays) or into the list (`weights[k] = ...`)",
        (place(site.statement or site.span, name, "update"),), float(REPEATED), "its new values are dropped",
        "times that the same old value was moved",
    )  # fmt: skip
