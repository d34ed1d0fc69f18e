"""What a mutant changes: the steps, the network (its predictions), the rate alone, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.scripts.replay import _stretch
from backproof.scripts.roles import Roles, Step
from backproof.scripts.steps import backward_nodes, update_of
from backproof.scripts.windows import Window

CHANGED = 1e-6  # relative
STEPS = 4
Array = NDArray[Any]


def backward_lines(window: Window, file: str) -> set[int]:
    """Lines of the program on which updates are made from errors."""
    found: set[int] = set()
    for step in window.judge.steps[-1:]:
        for node in backward_nodes(window.roles, step):
            found |= {s.line for s in (node.span, *node.frames) if s is not None and s.file == file}
        for change in step.changes.values():
            span = window.roles.nodes[change.after].span
            found |= {span.line} if span else set()
    return found


def effect(healthy: Window, mutant: Window | None) -> str:
    """In one word: same, forward (other predictions from equal parameters), rate (one factor for all), changed."""
    if mutant is None:
        return "changed"
    for a, b in zip(healthy.roles.all_steps[:STEPS], mutant.roles.all_steps[:STEPS], strict=False):
        if _apart(_predictions(healthy.roles, a), _predictions(mutant.roles, b)):
            return "forward"
        ours, theirs = _updates(healthy.roles, a), _updates(mutant.roles, b)
        if [u.shape for u in ours] != [u.shape for u in theirs]:
            return "changed"
        if _apart(_joined(ours), _joined(theirs)):
            return "rate" if _one_factor(ours, theirs) else "changed"
    return "same"


def _predictions(roles: Roles, step: Step) -> Array:
    heads = sorted({pair.prediction for pair in step.pairs.values()})
    return _joined([np.ravel(np.asarray(roles.nodes[i].value, np.float64)) for i in heads])


def _updates(roles: Roles, step: Step) -> list[Array]:
    return [_update(roles, step, root) for root in sorted(step.changes) if root in roles.chains]


def _update(roles: Roles, step: Step, root: int) -> Array:
    """New minus old, also where the old value is lost."""
    if not roles.chains[root].anew:
        return np.ravel(update_of(roles, step, root))
    before, after = (roles.nodes[i].value for i in (step.changes[root].before, step.changes[root].after))
    return np.ravel(np.asarray(after, np.float64) - np.asarray(before, np.float64))


def _joined(parts: list[Array]) -> Array:
    return np.concatenate([np.ravel(p) for p in parts]) if parts else np.zeros(0)


def _apart(a: Array, b: Array) -> bool:
    if a.shape != b.shape:
        return True
    return bool(np.linalg.norm(a - b) > CHANGED * max(float(np.linalg.norm(a)), 1e-300))


def _one_factor(ours: list[Array], theirs: list[Array]) -> bool:
    a, b = _joined(ours), _joined(theirs)
    factor = float(a @ b) / float(a @ a) if np.any(a) else 0.0
    return factor > 0 and not _apart(a * factor, b)


def follows_its_loss(window: Window, parameters: int) -> bool:
    """By differences on a replay: is the last step minus one factor times the slope of its loss, in all parameters?"""
    best, judge = window.best, window.judge
    if (
        best is None
        or len(best.fits) < parameters
        or any(fit.how not in ("direct", "tied") for fit in best.fits if not fit.still)
    ):
        return False
    loss = best.losses[-1]
    before = [judge.before[-1][fit.root] for fit in best.fits]
    stretch = _stretch(window.roles, loss, before)
    ratios = []
    for fit, node in zip(best.fits, before, strict=True):
        update = np.ravel(judge.updates[-1][fit.root])
        for entry in np.argsort(-np.abs(update))[:2]:
            slope = _slope(stretch, loss, node, int(entry))
            if update[entry] and slope:
                ratios.append(-update[entry] / slope)
    return bool(ratios) and max(ratios) - min(ratios) <= 1e-3 * max(map(abs, ratios)) and min(ratios) > 0


def _slope(stretch: Any, loss: Any, node: Any, entry: int) -> float:
    from backproof.graph.node import replay

    found = []
    value = np.array(node.value, dtype=np.float64)
    h = 1e-5 * max(abs(float(value.reshape(-1)[entry])), 1e-2)
    for sign in (1.0, -1.0):
        moved = np.array(value)
        moved.reshape(-1)[entry] += sign * h
        found.append(loss.evaluate(replay(stretch, {node.index: moved})))
    return (found[0] - found[1]) / (2 * h)
