"""Values that a script makes anew from step to step, from something else than the old one, and reads in its place.

`w = step`, `w = v - step` or `w = step - w` where `w = w - step` was meant: what is known of such a value is where it
is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from backproof.graph.node import Node, Ref
from backproof.scripts.chains import STEPWISE, Chain, Chains, is_number_like

Read = dict[int, tuple[int, int]]  # by index of a value: of the nodes that read it first and last
MADE = frozenset({"mul", "truediv", "neg"})  # a step: a gradient times a rate, through an optimiser or not
FEWEST = 3  # versions: the first one, and two that took its place


def made_anew(carried: Chains) -> list[Chain]:
    """One chain for each value that is replaced so; those that nothing learned goes into are sorted out by others."""
    known = {i for chain in carried.found for i in chain.versions}
    found: dict[int, Chain] = {}
    for read in _readings(carried):
        for chain in _lines(carried, read, known):
            held = found.get(chain.root)
            if held is None or len(held.versions) < len(chain.versions):
                found[chain.root] = chain
    return list(found.values())


def is_added(carried: Chains, versions: Iterable[int], lasting: set[int]) -> bool:
    """Are they added, times plain numbers, to what lasts? So is the step before, which an optimiser keeps."""
    waiting, seen = list(versions), set(versions)
    while waiting:
        for index in carried.children[waiting.pop()]:
            node = carried.nodes[index]
            scaled = node.op in MADE and sum(isinstance(argument, Ref) for argument in node.args) == 1
            if index in seen or not (scaled or node.op in STEPWISE):
                continue
            if index in lasting:
                return True
            seen.add(index)
            waiting.append(index)
    return False


def _readings(carried: Chains) -> Iterator[Read]:
    """What each operand of each operation was, in the order of reading, with where it was read first and last."""
    read: dict[tuple[int, str, int], Read] = {}
    for node in carried.nodes:
        site = carried.node_sites[node.index]
        if site >= 0 and node.function is not None:
            for k, argument in enumerate(node.args):
                if isinstance(argument, Ref):
                    times = read.setdefault((site, node.op, k), {})
                    first, _ = times.get(argument.node.index, (node.index, 0))
                    times[argument.node.index] = first, node.index
    yield from read.values()


def _lines(carried: Chains, times: Read, known: set[int]) -> Iterator[Chain]:
    """The values that were read first, each with those that took its place: all made at one place, in turns."""
    read = list(times)
    site = carried.node_sites[read[-1]]
    first = next(k for k, index in enumerate(read) if carried.node_sites[index] == site)
    later = [carried.nodes[index] for index in read[first:]]
    made_there = all(carried.node_sites[node.index] == site for node in later)
    if site < 0 or not first or not made_there:
        return
    for k, index in enumerate(read[:first]):
        line = [carried.nodes[index], *later[k::first]]
        versions = [node.index for node in line]
        made = all(_is_step(node, known) or is_turned(old, node) for old, node in itertools.pairwise(line))
        gone = all(times[old][1] < times[new][0] for old, new in itertools.pairwise(versions))  # inputs come back
        if made and gone and len(versions) >= FEWEST and known.isdisjoint(versions) and _are_alike(carried, versions):
            yield Chain(versions, site, anew=True)


def is_turned(old: Node, new: Node) -> bool:
    """`w = step - w`: the old value is subtracted from the step."""
    operands = new.args[:2] if new.op == "sub" and not new.inplace else ()
    return len(operands) == 2 and isinstance(operands[1], Ref) and operands[1].node is old and new.size == old.size


def _is_step(node: Node, known: set[int]) -> bool:
    """Is it a mere step, or one from another value that is carried on by itself?"""
    if node.op in MADE:
        return True
    base = node.args[0] if node.op in STEPWISE and len(node.args) > 1 else None
    return isinstance(base, Ref) and base.node.index in known and base.node.shape == node.shape


def _are_alike(carried: Chains, versions: Sequence[int]) -> bool:
    nodes = [carried.nodes[index] for index in versions]
    in_order = all(a < b for a, b in itertools.pairwise(versions))
    return in_order and len({node.shape for node in nodes}) == 1 and all(is_number_like(node.value) for node in nodes)
