"""Steps whose gradient is right and that are wrong all the same: weights that grow, a wrong optimiser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.findings import Place
from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, ancestors
from backproof.scripts.chains import HANDING_ON
from backproof.scripts.fitting import SAME_SCALE, Fit, LossFit, ratio_of
from backproof.scripts.losses import predictions_of
from backproof.scripts.naming import Names, place
from backproof.scripts.sums import APART, Flaw
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
        unsquared = {f.root: node for f in self.fit.fits if (node := self._unsquared(f)) is not None}
        if unsquared:
            yield self._wrong_moment(unsquared)

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
            arrived = gradients(loss.seeds, heads, stop=self.roles.stop) if heads else []
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

    # -- optimisers

    def _unsquared(self, fit: Fit) -> Node | None:
        """What is added to the mean of squares under a root, where it is no square."""
        if fit.how != "optimizer" or fit.size < 2:
            return None
        found: list[tuple[Node, float]] = []
        for t, gradient in enumerate(fit.gradients):
            size = np.abs(np.ravel(gradient))
            if ratio_of(size, size**2)[1] > APART:  # else all are of one size, and so are their squares
                term = self._linear_term(t, fit)
                if term is None:
                    return None
                found.append(term)
        ratios = [abs(ratio) for _, ratio in found]
        return found[-1][0] if len(found) > 1 and np.ptp(ratios) <= SAME_SCALE * max(ratios) else None

    def _linear_term(self, t: int, fit: Fit) -> tuple[Node, float] | None:
        """What is added under a root and is a multiple of the gradient's size, and which multiple."""
        end = self.judge.steps[t].changes[fit.root].after
        behind = ancestors([self.nodes[end]], self.roles.stop - {end})
        for index in sorted(behind):
            node = behind[index]
            if node.op == "sqrt" or (node.op == "pow" and len(node.args) > 1 and node.args[1] == 0.5):
                for term in self._terms(node, fit.size):
                    truth = np.abs(np.ravel(fit.gradients[t]))
                    value = np.abs(np.ravel(np.asarray(term.value, np.float64)))
                    ratio, error = ratio_of(value, truth)
                    if error <= self.judge.tolerance:
                        return term, ratio
        return None

    def _terms(self, root: Node, size: int) -> Iterator[Node]:
        """The operands of the sums under a root, down to where a carried value enters."""
        waiting: Sequence[Node] = [p for p in root.parents if p.size == size]
        for _ in range(4):
            sums = [n for n in waiting if n.op == "add" and len([p for p in n.parents if p.size == size]) == 2]
            for node in sums:
                yield from (p for p in node.parents if p.size == size)
            passing = HANDING_ON | {"truediv", "mul", "add", "maximum"}
            waiting = [p for n in waiting if n.op in passing and n not in sums for p in n.parents if p.size == size]

    def _wrong_moment(self, unsquared: dict[int, Node]) -> Flaw:
        names = ", ".join(self.names.by_root[root] for root in list(unsquared)[:4])
        spans = dict.fromkeys(node.span for node in unsquared.values() if node.span)
        return Flaw(
            "optimizer-formula-wrong",
            tuple(unsquared),
            f"The running mean under the square root (step of {names}) is that of the gradient, not of its square",
            "Square the gradient there: v = b v + (1 - b) g^2",
            tuple(place(span, None, "expression") for span in spans),
            ("power of the gradient under the root", 1.0, 2.0),
        )
