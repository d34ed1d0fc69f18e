"""Where the gradient of a parameter stands, whole, before a rate or an optimiser makes the update of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import gradients
from backproof.graph.node import Node, Ref, Span, ancestors
from backproof.scripts.fitting import SAME_SCALE, Fit, LossFit, is_float, ratio_of
from backproof.scripts.roles import Roles, Step
from backproof.scripts.steps import formed_gradient, made_in

Array = NDArray[Any]
DIGITS = 1e-8  # of the largest gradient: rounding of that size, 1e-16, is 1e-8 of what is left


class FormedGradients:
    """Of the judged steps of one recording."""

    def __init__(self, roles: Roles, steps: list[Step], tolerance: float) -> None:
        """`tolerance` is the relative error that rounding alone may cause."""
        self.roles = roles
        self.steps = steps
        self.tolerance = tolerance
        self._formed: dict[tuple[int, int], Node | None] = {}

    def _through_optimizer(self, fit: Fit) -> Fit | None:
        """The gradient itself is computed on the way to the update: momentum, Adam, clipping take it from there."""
        ratios, formed = [], []
        least = DIGITS * max(float(np.linalg.norm(truth)) for truth in fit.gradients)
        for t, truth in enumerate(fit.gradients):
            told = truth if np.linalg.norm(truth) > least else np.zeros_like(truth)  # at the minimum no digits are left
            ratio, node = self._formed_ratio(t, fit.root, told)
            if ratio is None:
                return None
            ratios.append(ratio)
            formed.append(node)
        known = [r for r in ratios if np.isfinite(r)]
        if not known or (np.size(fit.gradients[0]) == 1 and np.ptp(np.abs(known)) > SAME_SCALE * max(np.abs(known))):
            return None
        downhill = [float(np.sum(u * g)) for u, g in zip(fit.updates, fit.gradients, strict=True)]
        descends = sum(d < 0 for d in downhill) >= 0.5 * sum(d != 0 for d in downhill)
        sign = 1.0 if descends or self._meant_down(fit.root, ratios, formed) else -1.0
        made = [sign * abs(r) for r in ratios]
        return Fit(fit.root, made, [0.0] * len(made), "optimizer", fit.updates, fit.gradients)

    def _number_through_optimizer(self, fit: Fit) -> Fit | None:
        """The same of a single number: what stands before the update statement, else data would pass for a rate."""
        ratios, formed = [], list[Node | None]()
        for t, truth in enumerate(fit.gradients):
            node = self.formed(t, fit.root)
            ratio, error = (np.nan, np.inf) if node is None else ratio_of(np.asarray(node.value, np.float64), -truth)
            if not error <= self.tolerance:
                return None
            ratios.append(ratio)
            formed.append(node)
        known = [abs(r) for r in ratios if np.isfinite(r)]
        if not known or np.ptp(known) > SAME_SCALE * max(known):
            return None
        sign = 1.0 if self._meant_down(fit.root, ratios, formed) else -1.0
        made = [sign * abs(r) for r in ratios]
        return Fit(fit.root, made, [0.0] * len(made), "optimizer", fit.updates, fit.gradients)

    def _meant_down(self, root: int, ratios: list[float], formed: list[Node | None]) -> bool:
        """Does more of the gradient move the parameter further down, though velocity may have carried it uphill?"""
        votes = 0.0
        for step, ratio, node in zip(self.steps, ratios, formed, strict=True):
            if node is None or not np.isfinite(ratio):
                continue
            new = self.roles.nodes[step.changes[root].after]
            with np.errstate(all="ignore"):
                stop = self.roles.stop - made_in(self.roles, step, root) | self._divisors(new)
                (moved,) = gradients({new: np.ones(new.shape)}, [node], stop=stop)
            votes -= float(np.sign(np.nansum(moved) * ratio))
        return votes > 0

    def _divisors(self, new: Node) -> set[int]:
        """By what is divided on the way to an update: a root of squares, say, which scales a step and turns none."""
        behind = ancestors([new], self.roles.stop - {new.index}).values()
        quotients = (node for node in behind if node.op == "truediv" and len(node.args) > 1)
        return {node.args[1].node.index for node in quotients if isinstance(node.args[1], Ref)}

    def _formed_ratio(self, t: int, root: int, truth: Array) -> tuple[float | None, Node | None]:
        """What multiple of the gradient is formed in judged step `t`, and where; NaN where the gradient is zero."""
        if not np.any(truth):
            return float("nan"), None
        node = self.formed(t, root)
        if node is not None:
            ratio, error = ratio_of(np.asarray(node.value, np.float64), -truth)
            if error <= self.tolerance:
                return ratio, node
        step = self.steps[t]
        behind = ancestors([self.roles.nodes[step.changes[root].after]], self.roles.stop - self._made_in(step, root))
        for index in sorted(behind):
            node = behind[index]
            if node.size == np.size(truth) > 1 and is_float(node) and index != step.changes[root].after:
                ratio, error = ratio_of(np.asarray(node.value, np.float64), -truth)
                if error <= self.tolerance:
                    return ratio, node
        return None, None

    def _made_in(self, step: Step, root: int) -> set[int]:
        """The versions of a parameter that a step makes, the one that it leaves included."""
        change, line = step.changes[root], self.roles.chains[root].versions
        return set(line[line.index(change.before) + 1 : line.index(change.after) + 1])

    def has_own_rates(self, fit: LossFit) -> bool:
        """All gradients are formed alike, and every parameter goes down along its own, at a rate of its own."""
        if not all(f.still or (f.how == "direct" and f.factor > 0 and f.follows(self.tolerance)) for f in fit.fits):
            return False
        if not fit.descends or not all(f.still or _is_steady(f, fit.scales) for f in fit.fits):
            return False
        for t in range(len(self.steps)):
            formed = [self._ratio_before_update(t, f) for f in fit.fits if not f.still]
            known = [abs(r) for r in formed if np.isfinite(r)]
            if len(known) < len(formed) or np.ptp(known) > SAME_SCALE * max(known):
                return False
        return True

    def multiple(self, root: int, fit: LossFit) -> float:
        """What multiple of its gradient a parameter's update statement starts from in the last judged step."""
        return self._ratio_before_update(len(self.steps) - 1, next(each for each in fit.fits if each.root == root))

    def _ratio_before_update(self, t: int, fit: Fit) -> float:
        """What multiple of the gradient stands before the update statement multiplies it by a rate."""
        node = formed_gradient(self.roles, self.steps[t], fit.root, self._statement(fit.root))
        if node is None:
            return float("nan")
        ratio, error = ratio_of(np.asarray(node.value, np.float64), -fit.gradients[t])
        return ratio if error <= self.tolerance else float("nan")

    def formed(self, t: int, root: int) -> Node | None:
        """Where the whole gradient of parameter `root` stands in judged step `t`."""
        if (t, root) not in self._formed:
            within = self._statement(root) if self.numbers else None
            self._formed[t, root] = formed_gradient(self.roles, self.steps[t], root, within)
        return self._formed[t, root]

    @property
    def numbers(self) -> bool:
        """Are all parameters single numbers? Then a datum that multiplies one looks just like a rate."""
        changes = self.steps[0].changes.values()
        return all(self.roles.nodes[change.before].size == 1 for change in changes)

    def _statement(self, root: int) -> Span | None:
        site = self.roles.sites[self.roles.chains[root].site]
        return site.statement or site.span


def _is_steady(fit: Fit, scales: list[float]) -> bool:
    """Does the rate of a parameter stay in proportion to that of the others from step to step?"""
    relative = [r / s for r, s in zip(fit.ratios, scales, strict=True) if np.isfinite(r) and np.isfinite(s) and s]
    return bool(relative) and float(np.ptp(relative)) <= SAME_SCALE * max(relative)
