"""Trainings of one run that begin anew: a script that trains several networks, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.chains import STEPWISE
from backproof.scripts.roles import Roles
from backproof.scripts.windows import Window

ANEW = 0.5  # share of the parameters that were made within the window: more, and another training has begun


def sessions(windows: Sequence[Window]) -> list[list[Window]]:
    """The windows of each training, in order of time."""
    found: list[list[Window]] = []
    for window in windows:
        if found and not _begins_anew(window):
            found[-1].append(window)
        else:
            found.append([window])
    return found


def _begins_anew(window: Window) -> bool:
    """Were most of the parameters created in this window, and not taken over from before it?"""
    roles = window.roles
    anew = [root for root in roles.chains if not _taken_over(window, root)]
    return len(anew) > ANEW * len(roles.chains)


def _taken_over(window: Window, root: int) -> bool:
    """Was the first version known before the window, or made by a step in it?

    A leaf that was first seen as an operand has the place of the operation that read it; a number of Python's that was
    not known before its first change begins with what that change was made of. Only what goes back to nothing but
    fresh sources (a random generator, zeros, a number in the source) was made anew.
    """
    roles = window.roles
    if roles.recording.sites[root] == roles.chains[root].site:
        return True  # the first version is itself what a step made
    first = roles.nodes[roles.chains[root].versions[1]]
    if first.op in STEPWISE and not all(isinstance(argument, Ref) for argument in first.args[:2]):
        return True
    sources = [node for node in ancestors([roles.nodes[root]]).values() if node.function is None]
    return not sources or any(_seen_as_operand(roles, node) for node in sources)


def _seen_as_operand(roles: Roles, node: Node) -> bool:
    children = roles.carried.children.get(node.index, [])
    return any(roles.nodes[child].span == node.span for child in children)
