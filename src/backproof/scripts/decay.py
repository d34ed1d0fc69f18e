"""Weight decay, or a penalty on the weights in the loss: what multiple of a parameter its steps add to the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.node import Node
from backproof.scripts.followed import Followed
from backproof.scripts.losses import predictions_of, unbroadcast
from backproof.scripts.roles import Roles, Step
from backproof.scripts.windows import Window

Array = NDArray[Any]
SAME = 1e-6  # of the update: what the two parts may leave over
LEAST = 1e-9  # of the update, of a decay that is one


def decays_of(window: Window, followed: Followed, batch_size: int) -> dict[int, float]:
    """By chain root the decay, relative to the gradient of the mean of the standard loss over a step's samples.

    `update = -rate * (gradient + decay * parameter)`; 0 where there is none; a root is absent where its steps are no
    such sum (an optimiser, say).
    """
    judge, rows = window.judge, []
    for step in judge.steps:
        seeds = standard_seeds(window.roles, step, followed)
        if seeds is None:
            return {}
        before = [window.roles.nodes[step.changes[root].before] for root in judge.roots]
        rows.append(window.roles.swept.gradients(seeds, before, window.roles.stop))
    found = {}
    for k, root in enumerate(judge.roots):
        held = [np.asarray(row[root].value, np.float64) for row in judge.before]
        decay = _decay([row[k] for row in rows], held, [row[root] for row in judge.updates])
        if decay is not None:
            found[root] = decay / batch_size
    return found


def standard_seeds(roles: Roles, step: Step, followed: Followed) -> dict[Node, Array] | None:
    """Derivatives of the standard loss by the predictions of a step, summed over the samples; None if it has none."""
    assert followed.standard is not None
    seeds: dict[Node, Array] = {}
    for index, pair in predictions_of(roles, step).items():
        node, target = roles.nodes[index], np.asarray(pair.target, dtype=np.float64)
        p = np.asarray(node.value, dtype=np.float64)
        if not followed.standard.accepts(p, target):
            return None
        gradient = np.asarray(followed.standard.gradient(p, target))
        if not np.all(np.isfinite(gradient)):
            return None
        seeds[node] = unbroadcast(gradient, node.shape)
    return seeds or None


def _decay(gradient: list[Array], held: list[Array], updates: list[Array]) -> float | None:
    g, w, u = (np.concatenate([np.ravel(part) for part in parts]) for parts in (gradient, held, updates))
    if not g.size == w.size == u.size or not np.any(u) or not np.any(g):
        return None
    if not all(np.all(np.isfinite(part)) for part in (g, w, u)):
        return None
    (a, b), *_ = np.linalg.lstsq(np.stack([g, w], 1), u, rcond=None)
    size = float(np.linalg.norm(u))
    if not a or np.linalg.norm(a * g + b * w - u) > SAME * size or u.size < 3:
        return None
    return float(b / a) if abs(b) * float(np.linalg.norm(w)) > LEAST * size and b * a > 0 else 0.0
