"""Why steps that follow no gradient of a loss need not be wrong: they were never meant to."""

from __future__ import annotations

import numpy as np

from backproof.graph.node import Node, Ref, ancestors
from backproof.scripts.roles import Step
from backproof.scripts.steps import backward_nodes
from backproof.scripts.verdict import Judge

LEAST_WEIGHTED = 3  # comparisons in the judged steps
KEEPING = frozenset({"setitem", "scatter", "neg", "copy"})  # the error still, with one entry changed or another sign


def excuse(judge: Judge) -> str | None:
    """The reason in words, or None where the steps have no such excuse."""
    roles = judge.roles
    if roles.by_scalars:
        return "the script compares no prediction with a target, and no number of it has the steps as its gradient"
    step = judge.steps[-1]
    if all(pair.prediction in roles.chain_of for pair in step.pairs.values()):
        return "the parameters are moved towards data, not by a gradient through a model"
    read = ancestors([roles.nodes[pair.prediction] for pair in step.pairs.values()], roles.stop)
    for root in judge.roots:
        others = [i for i in roles.chains[root].versions if i in read and i != step.changes[root].before]
        if len(others) > 1 or (others and step.changes[root].before not in read):
            return "within one step predictions are made with several values of it, as numerical differentiation does"
    if _weighted(judge):
        return "each comparison is weighted by a number that the script computes from elsewhere, as a reward"
    return None


def _weighted(judge: Judge) -> bool:
    """Are the errors of one step multiplied by different numbers that no prediction, target or parameter is part of?

    So policy gradients are made: the return of an episode times the slope of the logarithm of a probability. Inputs
    are part of the predictions and labels of the comparisons, so that neither is taken for a weight.
    """
    if sum(len(step.pairs) for step in judge.steps) < LEAST_WEIGHTED:
        return False
    return any(np.ptp(found) > 0 for step in judge.steps for found in _weights(judge, step).values())


def _weights(judge: Judge, step: Step) -> dict[int, list[float]]:
    """By site, the numbers that errors of the step are multiplied by."""
    roles = judge.roles
    known = ancestors([roles.nodes[i] for i in step.pairs], roles.stop)
    trained = {i for root in judge.roots for i in roles.chains[root].versions}
    errors, weights = set(step.pairs), dict[int, list[float]]()
    for node in backward_nodes(roles, step):
        if not any(parent.index in errors for parent in node.parents):
            continue
        weight = _number_beside(node, errors)
        if weight is None:
            if node.shape == node.parents[0].shape and node.op in KEEPING:
                errors.add(node.index)
        elif weight.index not in known and trained.isdisjoint(ancestors([weight], roles.stop)):
            weights.setdefault(roles.recording.sites[node.index], []).append(float(np.asarray(weight.value).item()))
    return weights


def _number_beside(node: Node, errors: set[int]) -> Node | None:
    """The number that an error is multiplied by here."""
    if node.op != "mul" or len(node.args) < 2:
        return None
    others = [a.node for a in node.args[:2] if isinstance(a, Ref) and a.node.index not in errors]
    return others[0] if len(others) == 1 and others[0].size == 1 and node.size > 1 else None
