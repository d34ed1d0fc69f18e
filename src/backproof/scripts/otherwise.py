"""Ways of training in which a step need not be along the gradient at one point: differences, searches, coordinates.

What trains like this is neither right nor wrong as a gradient step: it is said why, and nothing is called a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.chains import STEPWISE
from backproof.scripts.roles import Roles, Step
from backproof.scripts.verdict import Fit, Judge, LossFit

SEVERAL = "within one step predictions are made with several values of it, as numerical differentiation does"


def own_way(roles: Roles, judge: Judge, fit: LossFit) -> str | None:
    """Why steps that follow no gradient need not be wrong; None if nothing speaks for it."""
    for step in judge.steps:
        reads = [set(ancestors([roles.nodes[pair.prediction]], roles.stop)) for pair in step.pairs.values()]
        read = set().union(*reads)
        for root in judge.roots:
            if _several_versions(roles, step, root, reads) or len(list(_shifted(roles, step, root, read))) > 1:
                return SEVERAL
        if step.pairs.keys() & read:
            return "within one step predictions are made with values that were learned in it"
    if any(_in_turns(each) for each in fit.fits):
        return "each step changes another part of it, as descent along coordinates does"
    return None


def _several_versions(roles: Roles, step: Step, root: int, reads: list[set[int]]) -> bool:
    """Do predictions of the step read different versions of the parameter?"""
    before, versions = step.changes[root].before, set(roles.chains[root].versions)
    found = [read & versions for read in reads]
    others = set().union(*found) - {before}
    apart = any(before in f for f in found) and any(f and before not in f for f in found)
    return len(others) > 1 or (bool(others) and (apart or not any(before in f for f in found)))


def _shifted(roles: Roles, step: Step, root: int, read: set[int]) -> Iterator[Node]:
    """Where predictions of the step read the parameter plus something of its own size."""
    before = step.changes[root].before
    size = roles.nodes[before].size
    for child in roles.carried.children.get(before, ()):
        node = roles.nodes[child]
        if child in read and node.op in STEPWISE and node.size == size and size > 1:
            rest = [a for a in node.args[:2] if not (isinstance(a, Ref) and a.node.index == before)]
            other = rest[0].node if len(rest) == 1 and isinstance(rest[0], Ref) else None
            if other is not None and other.size == size and not roles.depends[other.index]:
                yield node


def _in_turns(fit: Fit) -> bool:
    """Do the steps change different elements, though the gradient would change others, too?"""
    pairs = [(np.ravel(u) != 0, np.ravel(g) != 0) for u, g in zip(fit.updates, fit.gradients, strict=True)]
    pairs = [(u, g) for u, g in pairs if u.any() and u.size == g.size]
    if len(pairs) < 2 or fit.size < 2:
        return False
    return not np.logical_and.reduce([u for u, _ in pairs]).any() and all((g & ~u).any() for u, g in pairs)
