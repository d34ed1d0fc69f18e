"""Trainings of one run that begin anew: a script that trains several networks, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

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
    """A leaf that was first seen as an operand has the place of the operation that read it."""
    node = window.roles.nodes[root]
    if node.function is not None:
        return any(_taken_over(window, parent.index) for parent in node.parents if parent.size == node.size)
    children = window.roles.carried.children.get(root, [])
    return any(window.roles.nodes[child].span == node.span for child in children)
