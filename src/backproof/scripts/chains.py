"""Values that a script carries from one step to the next: each version is made from the one before."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.graph.node import Node, Ref
from backproof.scripts.recorder import Recording
from backproof.scripts.sites import Literal, Site

STEPWISE = frozenset({"add", "sub"})
WRITES = frozenset({"setitem", "scatter", "subtract.at", "add.at"})
# Operations that only hand a value on: a version that went through one is still that version.
HANDING_ON = frozenset(
    [
        "copy",
        "deepcopy",
        "array",
        "asarray",
        "asanyarray",
        "asmatrix",
        "matrix",
        "float",
        "item",
        "squeeze",
        "reshape",
        "ravel",
        "flatten",
        "astype",
        "positive",
        "atleast_2d",
        "atleast_1d",
        "ascontiguousarray",
        "A",
        "A1",
        "round",
        "transpose",
        "tolist",
    ]
)
ROUNDED = 0.01  # at most, where rounding is for show: two decimals and more
# Operations that put parts together: of all parts of one vector they make that vector again.
GATHERING = frozenset({"concatenate", "concat", "hstack", "append", "r_", "block"})
ELEMENTWISE_LIMIT = 2  # shapes may differ by broadcasting where a statement feeds itself


@dataclass(slots=True)
class Chain:
    """One carried value.

    Attributes:
        versions: Node indices, oldest first; each was computed from the one before it at `site`.
        site: The site where most versions were made.
        anew: The versions are not made from each other: each takes the place of the one before it (see `anew`).
    """

    versions: list[int]
    site: int
    anew: bool = False

    @property
    def root(self) -> int:
        """The first version."""
        return self.versions[0]


def is_number_like(value: Any) -> bool:
    """A value that a gradient could be taken by."""
    return isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


class Chains:
    """All carried values of a recording."""

    def __init__(self, recording: Recording, sites: list[Site]) -> None:
        """Find them."""
        self.nodes = recording.nodes
        self.node_sites = recording.sites
        self.sites = sites
        self.previous: dict[int, int] = {}
        self.children: dict[int, list[int]] = defaultdict(list)
        for node in self.nodes:
            for parent in node.parents:
                self.children[parent.index].append(node.index)
        self._link()
        self.found = self._longest()

    # -- which node is an older version of which

    def _link(self) -> None:
        for node in self.nodes:
            if node.function is None or not node.parents:
                continue
            older = self._older(node)
            if older is not None:
                self.previous[node.index] = older.index

    def _older(self, node: Node) -> Node | None:
        if node.op in WRITES:
            return node.args[0].node if isinstance(node.args[0], Ref) else None
        if node.op in HANDING_ON and len(node.parents) == 1 and node.parents[0].size == node.size:
            return node.parents[0]
        if node.op == "mul" and len(node.args) >= 2:
            return self._scaled(node)
        if node.op not in STEPWISE or len(node.args) < 2:
            return None
        if node.inplace:
            return node.args[0].node if isinstance(node.args[0], Ref) else None
        operands = node.args[:1] if node.op == "sub" else node.args[:2]
        candidates = [o.node for o in operands if isinstance(o, Ref) and self._fits(o.node, node)]
        nearest = self._nearest(node, candidates)
        return nearest and (_taken_apart(nearest) or nearest)

    def _scaled(self, node: Node) -> Node | None:
        """`w * (1 - rate * decay)`: one full-sized operand times a number that no full-sized value went into."""
        if node.size == 1 and not node.inplace:
            return None
        full = [a.node for a in node.args[:2] if isinstance(a, Ref) and a.node.shape == node.shape]
        other = [a for a in node.args[:2] if not (isinstance(a, Ref) and a.node.shape == node.shape)]
        if len(full) != 1 or len(other) != 1:
            return None
        value = other[0].node.value if isinstance(other[0], Ref) else other[0]
        return full[0] if np.size(value) == 1 and node.size > 1 and np.any(value) else None  # `0 * w` is a new value

    def _fits(self, old: Node, new: Node) -> bool:
        if old.shape == new.shape:
            return True
        return self._made_at(old) == self.node_sites[new.index] >= 0

    def _made_at(self, node: Node) -> int:
        while node.op in HANDING_ON and node.index in self.previous:
            node = self.nodes[self.previous[node.index]]
        return self.node_sites[node.index]

    def _nearest(self, node: Node, candidates: list[Node]) -> Node | None:
        """Of two operands, the one that was made here before, else the older one."""
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        here = [c for c in candidates if self._made_at(c) == self.node_sites[node.index]]
        return here[0] if here else min(candidates, key=lambda c: c.index)

    # -- the longest line of versions from each root

    def _longest(self) -> list[Chain]:
        branch: dict[int, int] = {}  # by its first version: states that begin as `0 * w` branch off from w
        depth: dict[int, int] = {}
        deepest: dict[int, int] = {}
        for index in sorted(self.previous):
            before = self.previous[index]
            branch[index] = branch.get(before, index)
            depth[index] = depth.get(before, 0) + 1
            best = deepest.get(branch[index])
            if best is None or depth[index] >= depth[best]:
                deepest[branch[index]] = index
        found: dict[int, Chain] = {}
        for chain in map(self._trimmed, deepest.values()):
            if chain is not None and len(chain.versions) > len(getattr(found.get(chain.root), "versions", ())):
                found[chain.root] = chain
        return list(found.values())

    def _lineage(self, last: int) -> list[int]:
        line = [last]
        while line[-1] in self.previous:
            line.append(self.previous[line[-1]])
        return line[::-1]

    def _trimmed(self, last: int) -> Chain | None:
        """Only the stretch between the first and the last pass through the site that made most versions."""
        line = self._lineage(last)
        counts = Counter(self.node_sites[i] for i in line[1:] if self.nodes[i].op not in HANDING_ON)
        counts.pop(-1, None)
        if not counts:
            return None
        site, count = counts.most_common(1)[0]
        passes = [k for k, i in enumerate(line) if k and self.node_sites[i] == site]
        if count < 2:
            return None
        line = line[passes[0] - 1 : passes[-1] + 1]
        inner = [i for i in line[1:-1] if self.nodes[i].op not in HANDING_ON]
        whole = [i for i in inner if not self._half_written(i)]
        used = sum(len(self.children[i]) >= 2 or self._read_between(i) for i in whole)
        if used < 0.5 * len(whole) or (inner and not whole):
            return None
        moved = len(whole) == len(inner) or self._moves_elements(line)
        return Chain(line, site) if moved else None

    def _moves_elements(self, line: list[int]) -> bool:
        """Are elements written that were made of those before by a step? A buffer for activations is filled anew."""
        versions = set(line)
        written = [self.nodes[i].args[2] for i in line if self.nodes[i].op == "setitem" and len(self.nodes[i].args) > 2]
        steps = [value.node for value in written if isinstance(value, Ref) and value.node.op in STEPWISE]
        moved = sum(any(_picked_from(parent) in versions for parent in step.parents) for step in steps)
        return moved >= 0.5 * len(written) > 0

    def _half_written(self, index: int) -> bool:
        """Is nothing done with this version but to write one more element of it?"""
        children = self.children[index]
        return len(children) == 1 and self.nodes[children[0]].op in WRITES and self.previous.get(children[0]) == index

    def _read_between(self, index: int) -> bool:
        """Is this version read by something else than the next version?"""
        return any(self.previous.get(child) != index for child in self.children[index])


def _taken_apart(node: Node) -> Node | None:
    """The vector that was cut into pieces, each kept as an array, if it is put together again from all of them here."""
    if node.op not in GATHERING:
        return None
    sources = {_cut_from(part, node.size) for part in node.parents}
    source = next(iter(sources)) if len(sources) == 1 else None
    if source is None or not is_number_like(source.value) or not is_number_like(node.value):
        return None
    return source if np.array_equal(np.ravel(source.value), np.ravel(node.value)) else None


def _picked_from(node: Node) -> int:
    """The index of the array that an element was taken out of, through copies of it."""
    while node.op == "getitem" or node.op in HANDING_ON:
        if not node.args or not isinstance(node.args[0], Ref):
            break
        node = node.args[0].node
    return node.index


def _cut_from(part: Node, size: int) -> Node | None:
    """The array of `size` numbers that `part` was cut out of and reshaped from."""
    while part.size < size and (part.op in HANDING_ON or part.op == "getitem"):
        owner = part.args[0] if part.args else None
        if not isinstance(owner, Ref):
            return None
        part = owner.node
    return part if part.size == size else None


def literal_operand(sites: list[Site], site: int, position: int) -> bool:
    """Is operand `position` written out as a number in the source?"""
    if site < 0 or position >= len(sites[site].operands):
        return False
    return isinstance(sites[site].operands[position], Literal)


def descendants_of(nodes: list[Node], chosen: set[int]) -> bytearray:
    """For each node, 1 if it is in `chosen` or was computed from one that is."""
    depends = bytearray(len(nodes))
    for index in chosen:
        depends[index] = 1
    for node in nodes:
        for parent in node.parents:
            if depends[parent.index]:
                depends[node.index] = 1
                break
    return depends


def unwrapped(node: Node, stop: set[int]) -> Node:
    """The node that copies and conversions of the same shape were made of."""
    while (
        node.op in HANDING_ON
        and len(node.parents) == 1
        and node.parents[0].index not in stop
        and node.parents[0].shape == node.shape
        and not _rounds_off(node)
    ):
        node = node.parents[0]
    return node


def _rounds_off(node: Node) -> bool:
    """Does it round so much that another number comes out, as a probability becomes 0 or 1?"""
    if node.op != "round":
        return False
    before, after = (np.asarray(n.value, np.float64) for n in (node.parents[0], node))
    return not bool(np.all(np.abs(after - before) <= ROUNDED))


def lineage_edges(versions: list[int]) -> Iterator[tuple[int, int]]:
    """Consecutive pairs."""
    return itertools.pairwise(versions)
