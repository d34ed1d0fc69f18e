"""Parts of a program that learn beside each other: their parameters feed different predictions."""

from __future__ import annotations

import copy

from backproof.graph.node import ancestors
from backproof.scripts.pairs import Pair
from backproof.scripts.roles import Roles, Step


def components(roles: Roles) -> list[Roles]:
    """Parts of a program whose parameters feed different predictions, each with its own steps; the largest first."""
    if not roles.steps:
        return []
    step = roles.steps[len(roles.steps) // 2]
    heads = [_head(roles, step, pair) for pair in step.pairs.values()]
    groups = _joined([head for head in heads if head])
    if len(groups) < 2:
        return [roles]
    made = []
    for group in sorted(groups, key=len, reverse=True):
        part = copy.copy(roles)
        part.steps = [_restricted(roles, each, group) for each in roles.steps]
        part.chains = {root: chain for root, chain in roles.chains.items() if root in group}
        made.append(part)
    return made


def _head(roles: Roles, step: Step, pair: Pair) -> frozenset[int]:
    """The parameters of the step that feed a pair's prediction."""
    found = ancestors([roles.nodes[pair.prediction]], roles.stop)
    inside = {roles.chain_of[i] for i in found if i in roles.chain_of}
    return frozenset(inside & set(step.changes))


def _joined(groups: list[frozenset[int]]) -> list[frozenset[int]]:
    done: list[frozenset[int]] = []
    for group in groups:
        touching = [each for each in done if each & group]
        done = [each for each in done if not each & group]
        done.append(group.union(*touching))
    return done


def _restricted(roles: Roles, step: Step, group: frozenset[int]) -> Step:
    changes = {root: change for root, change in step.changes.items() if root in group}
    pairs = {i: pair for i, pair in step.pairs.items() if _head(roles, step, pair) & group}
    return Step(changes, pairs, step.first_update)
