"""Steps whose gradient is right and that are wrong all the same: weights that grow, a wrong optimiser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.graph.autodiff import gradients
from backproof.scripts.fitting import Fit, LossFit
from backproof.scripts.losses import predictions_of
from backproof.scripts.naming import Names, place
from backproof.scripts.optimisers import DECAY, FORMULA, Reading
from backproof.scripts.sums import Flaw
from backproof.scripts.windows import Window

Array = NDArray[Any]


class Formulas:
    """Looks at the updates of the trained parameters."""

    def __init__(self, window: Window, fit: LossFit, names: Names) -> None:
        """`fit` is how the steps follow the loss."""
        self.window, self.fit, self.names = window, fit, names
        self.roles, self.judge = window.roles, window.judge
        self.nodes = self.roles.nodes

    def found(self) -> Iterator[Flaw]:
        """At most one of each kind."""
        growing = {f.root: k for f in self.fit.fits if f.how == "decay" and f.decay < 0 and (k := self._growth(f))}
        if growing:
            yield self._grows(growing)
        yield from (flaw for flaw in self._read() if not (growing and flaw.rule == DECAY))

    # -- weights that grow

    def _growth(self, fit: Fit) -> float:
        """By what multiple of itself, relative to the step, the parameter grows beside the gradient; 0 if it does not.

        Measured against the part of the loss that goes through the predictions, so that a penalty whose factor is
        not the one of the loss is not taken for growth.
        """
        updates, truths, held = [], [], []
        for t, (step, loss) in enumerate(zip(self.judge.steps, self.fit.losses, strict=True)):
            old = self.judge.before[t][fit.root]
            heads = [self.nodes[i] for i in predictions_of(self.roles, step)]
            arrived = self.roles.swept.gradients(loss.seeds, heads, self.roles.stop) if heads else []
            truth = gradients(dict(zip(heads, arrived, strict=True)), [old], stop=self.roles.stop)[0]
            updates.append(np.ravel(fit.updates[t]))
            truths.append(np.ravel(truth))
            held.append(np.ravel(np.asarray(old.value, np.float64)))
        u, g, w = (np.concatenate(each) for each in (updates, truths, held))
        if not u.size == g.size == w.size or not np.any(g):
            return 0.0
        (a, b), *_ = np.linalg.lstsq(np.stack([g, w], 1), u, rcond=None)
        fits = float(np.linalg.norm(a * g + b * w - u)) <= self.judge.tolerance * float(np.linalg.norm(u))
        return float(b) if fits and a < 0 < b else 0.0

    def _grows(self, growing: dict[int, float]) -> Flaw:
        names = ", ".join(self.names.by_root[root] for root in list(growing)[:4])
        rate = max(growing.values())
        return Flaw(
            "weight-decay-gradient-wrong",
            tuple(growing),
            f"The decay of {names} has the wrong sign: each step adds {rate:.3g} times the weights to them: they grow",
            "Change the sign of the decay: the gradient of k/2 w^2 is + k w, and the step subtracts it",
            tuple(dict.fromkeys(p for root in growing for p in self._formed(root))),
            ("multiple of the weights that a step adds to them", rate, 0.0),
        )

    def _formed(self, root: int) -> Iterator[Place]:
        node = self.judge.formed(len(self.judge.steps) - 1, root)
        yield place(node.span, None, "expression") if node is not None and node.span else self.names.place(root)

    # -- what was read of the updates

    def _read(self) -> Iterator[Flaw]:
        """What makes the updates of one or more parameters wrong, one for each kind."""
        groups: dict[tuple[str, str], dict[int, Reading]] = {}
        for root, reading in self.fit.readings.items():
            if reading.verdict == "wrong":
                groups.setdefault((reading.rule, reading.says), {})[root] = reading
        told: set[str] = set()
        for (rule, says), found in groups.items():
            if rule not in told:
                told.add(rule)
                yield self._misread(rule, says, found)

    def _misread(self, rule: str, says: str, found: dict[int, Reading]) -> Flaw:
        names = ", ".join(self.names.by_root[root] for root in list(found)[:4])
        spans = [self.nodes[r.node].span if r.node >= 0 else None for r in found.values()]
        places = [place(s, None, "expression") if s else self.names.place(k) for s, k in zip(spans, found, strict=True)]
        remedy = _REMEDIES[rule]
        said = f"The step of {names} has the right gradient, but {says}"
        return Flaw(
            rule, tuple(found), said, remedy, tuple(dict.fromkeys(places)), ("deviations from the formula", 1.0, 0.0)
        )


_REMEDIES = {
    FORMULA: "Write the formula of the optimiser as published: docs of the rule have those in use",
    DECAY: "Add k w to the gradient (the derivative of k/2 w^2), or k sign(w) for an L1 penalty",
}
