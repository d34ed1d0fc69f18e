"""Whether a printed error is a sum of signed errors, in which those of either sign cancel."""

from __future__ import annotations

import numpy as np

from backproof.graph.names import canonical
from backproof.graph.node import Node
from backproof.scripts.chains import HANDING_ON
from backproof.scripts.roles import Roles

# What leaves signed errors signed: on whole arrays, and on the number that they were reduced to.
OF_ARRAYS = HANDING_ON | {"neg", "mul", "truediv"}
OF_NUMBERS = OF_ARRAYS | {"abs", "pow", "square", "sqrt"}
REDUCING = frozenset({"sum", "mean", "average"})
DEEPEST = 12  # operations between the errors and what is printed


def kept_of_the_errors(roles: Roles, printed: Node) -> float | None:
    """How much of the sizes of the errors a sum of signed errors shows, 0 to 1; None where it is no such sum."""
    errors = _errors(roles, printed)
    if errors is None:
        return None
    values = np.asarray(errors.value, np.float64)
    sizes = float(np.abs(values).sum())
    return float(abs(values.sum()) / sizes) if 0 < sizes < np.inf else None


def _errors(roles: Roles, node: Node) -> Node | None:
    """The differences of predictions and targets that are added up with their signs."""
    for _ in range(DEEPEST):
        op = canonical(node.op)
        if node.size > 1 and op == "sub":
            parts = node.args[:2]
            moved = [roles.depends[p.index] for p in node.parents]
            return node if len(parts) == 2 and len(moved) == 2 and moved[0] != moved[1] else None
        if op not in REDUCING and op not in (OF_NUMBERS if node.size == 1 else OF_ARRAYS):
            return None
        below = [p for p in node.parents if roles.depends[p.index]]
        others = [p for p in node.parents if not roles.depends[p.index]]
        if len(below) != 1 or any(p.size > 1 for p in others):
            return None
        node = below[0]
    return None
