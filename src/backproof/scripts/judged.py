"""Which of a recording's steps are compared with losses, and in which parameters."""

from __future__ import annotations

import numpy as np

from backproof.scripts.fitting import JUDGED_STEPS
from backproof.scripts.roles import Roles, Step

LARGEST = 1e60  # a value beyond overflows where a few of them are multiplied
LOOKED_AT = 100  # of the first steps, among which those are looked for that change something


def judged_steps(roles: Roles) -> list[Step]:
    """The steps that are compared: early ones, but not the first, whose parameters may be constants."""
    steps = [step for step in roles.steps if is_finite(roles, step)] or roles.steps
    if roles.by_scalars:  # a loss may be computed now and then only
        told = [step for step in steps if step.pairs]
        steps = told if len(told) > 1 else steps
    if len(steps) <= 2:
        return steps
    usable = steps[1:-1] if len(steps) > 3 else steps[1:]
    if not common_roots(_spread(usable)):
        usable = _alike(steps)
    usable = [step for step in usable if _is_moderate(roles, step)] or usable
    moving = [step for step in usable[:LOOKED_AT] if any(_moves(roles, step, root) for root in step.changes)]
    return _spread(moving if len(moving) > 1 else usable)


def is_finite(roles: Roles, step: Step) -> bool:
    """Are all its predictions and all its new values numbers? Where NaN has come in, nothing can be compared."""
    compared = {pair.prediction for pair in step.pairs.values()}
    nodes = (roles.nodes[i] for i in (*compared, *(change.after for change in step.changes.values())))
    return all(bool(np.all(np.isfinite(np.asarray(node.value, dtype=np.float64)))) for node in nodes)


def _is_moderate(roles: Roles, step: Step) -> bool:
    """Are all parameters so far from overflow, before and after, that products of them are finite?"""
    values = (roles.nodes[i].value for change in step.changes.values() for i in (change.before, change.after))
    return all(np.all(np.abs(np.asarray(value, dtype=float)) < LARGEST) for value in values)


def _moves(roles: Roles, step: Step, root: int) -> bool:
    """Does the step change the parameter at all? One that does not, by a dead unit or a margin, says little."""
    change = step.changes[root]
    before, after = roles.nodes[change.before].value, roles.nodes[change.after].value
    return bool(np.any(np.asarray(before) != np.asarray(after)))


def _spread(steps: list[Step]) -> list[Step]:
    """A few of the first steps, evenly."""
    wanted = np.unique(np.linspace(0, min(len(steps), 12) - 1, JUDGED_STEPS).astype(int))
    return [steps[k] for k in wanted]


def _alike(steps: list[Step]) -> list[Step]:
    """The steps that change the same parameters, where each step changes few of many (players of a game, say)."""
    groups: dict[frozenset[int], list[Step]] = {}
    for step in steps:
        groups.setdefault(frozenset(step.changes), []).append(step)
    return max(groups.values(), key=len)


def common_roots(steps: list[Step]) -> list[int]:
    """The parameters that every step changes."""
    return [root for root in steps[0].changes if all(root in step.changes for step in steps)] if steps else []
