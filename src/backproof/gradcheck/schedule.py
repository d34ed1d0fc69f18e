"""A rate that changes from step to step: how large each step is, relative to the first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.gradcheck.branches import Branch, Hypothesis
from backproof.gradcheck.matching import Group, fit
from backproof.gradcheck.search import Search

_ENOUGH = 3  # numbers in an array: fewer may have a step size of their own by chance
_SAME = 1e-6  # relative


def step_sizes(search: Search) -> tuple[float, ...] | None:
    """Relative sizes of the steps, if some parameter follows a gradient with another size in each; else None.

    A rate falls all the time, or rises. Where a step has a single error, any factor of it looks like a rate: None.
    """
    if any(sum(node.size for node in graph.step.predictions) < 2 for graph in search.graphs) or len(search.graphs) < 2:
        return None
    with np.errstate(all="ignore"):
        for number, hypothesis in _candidates(search):
            for group in search.groups[number]:
                if min(update.size for update in group.updates) >= _ENOUGH:
                    sizes = _sizes(search, number, hypothesis, group)
                    if sizes is not None:
                        return sizes
    return None


def _candidates(search: Search) -> Iterator[tuple[int, Hypothesis]]:
    """What belongs there, for every layer; then every single mistake at the output."""
    for number, hypothesis in search.as_it_belongs():
        yield number, hypothesis
    top = search.order[0]
    branch = Branch()
    for hypothesis in search.proposals.hypotheses(branch, search.true_arrival(branch)):
        yield top, hypothesis


def _sizes(search: Search, number: int, hypothesis: Hypothesis, group: Group) -> tuple[float, ...] | None:
    found: list[float] = []
    for t, update in enumerate(group.updates):
        gradient = group.gradient(t, search.sweep(hypothesis, number, t).inside, search.extras[t])
        scale = fit([update], [gradient], search.tolerance)
        if scale is None or (found and scale[0] * found[0] <= 0):
            return None
        found.append(scale[0])
    relative = tuple(each / found[0] for each in found)
    rises = np.diff(relative) > 0
    return relative if np.ptp(relative) > _SAME * max(relative) and (rises.all() or not rises.any()) else None
