"""What becomes of a number that a script computes: it is shown, or turned into another one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from backproof.graph.node import Node, Ref
from backproof.scripts.chains import HANDING_ON
from backproof.scripts.roles import Roles

FARTHEST = 12  # operations between a part and the number that it is turned into
SHOWN_WITHIN = 60  # operations on a number, until it is printed or kept


def is_shown(roles: Roles, nodes: Sequence[Node]) -> bool:
    """Is the value printed or kept after a few more operations on it alone?"""
    waiting, steps = [node.index for node in nodes], 0
    while waiting and steps < SHOWN_WITHIN:
        steps += 1
        for child in roles.carried.children.get(waiting.pop(), ()):
            node = roles.nodes[child]
            if node.shown:
                return True
            if node.size == 1 and child not in roles.stop:
                waiting.append(child)
    return False


def is_likelihood(roles: Roles, part: Node, wholes: Collection[int]) -> bool:
    """Does a number below zero become one of `wholes`, above zero, by a change of its sign?

    Steps down along it go up along the loss. A score (one minus an error) is none: what it is made of is above zero.
    """
    node, sign = part, 1
    if not _number(part) < 0:
        return False
    for _ in range(FARTHEST):
        if node.index in wholes and node is not part:
            return sign < 0 < _number(node)
        children = [roles.nodes[i] for i in roles.carried.children.get(node.index, ())]
        following = next((child for child in children if child.size == 1 and child.index not in roles.stop), None)
        turns = None if following is None else _turns(following, node)
        if following is None or turns is None:
            return False
        node, sign = following, sign * turns
    return False


def _turns(node: Node, operand: Node) -> int | None:
    """The sign of the slope by one operand; None where it is not plain."""
    if node.op in HANDING_ON or node.op == "add":
        return 1
    if node.op == "neg":
        return -1
    first = bool(node.args) and isinstance(node.args[0], Ref) and node.args[0].node is operand
    if node.op == "sub":
        return 1 if first else -1
    if node.op in ("mul", "truediv") and len(node.args) > 1 and (first or node.op == "mul"):
        other = node.args[1] if first else node.args[0]
        return int(np.sign(_number(other.node if isinstance(other, Ref) else other))) or None
    return None


def _number(value: object) -> float:
    return float(np.asarray(value.value if isinstance(value, Node) else value, dtype=np.float64).ravel()[0])
