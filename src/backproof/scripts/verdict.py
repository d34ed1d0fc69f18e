"""Is a step right: one positive constant times minus the gradient of a loss, the same constant for every parameter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.graph.autodiff import Override
from backproof.scripts.directions import settled
from backproof.scripts.fitting import (
    EXPLICIT_STEPS,
    GROWTH_STEPS,
    JUDGED_STEPS,
    LARGE,
    SAME_SCALE,
    TOLERANCE,
    WANDER,
    Fit,
    LossFit,
    mode,
    ratios_of,
    tolerance_for,
)
from backproof.scripts.formed import FormedGradients
from backproof.scripts.judged import common_roots, is_finite, judged_steps
from backproof.scripts.losses import Loss, candidates
from backproof.scripts.noise import cleared
from backproof.scripts.roles import Roles, Step
from backproof.scripts.signals import error_signals
from backproof.scripts.steps import update_of
from backproof.scripts.ties import TIED_TRIED, ways_at_ties

Array = NDArray[Any]
__all__ = ["TOLERANCE", "WANDER", "Fit", "Judge", "LossFit", "judged_steps"]


class Judge(FormedGradients):
    """Compares the steps of one recording with every loss they may follow."""

    def __init__(self, roles: Roles, steps: list[Step] | None = None, roots: list[int] | None = None) -> None:
        """Collect the updates of the judged steps (`steps` and `roots`, where given)."""
        steps = judged_steps(roles) if steps is None else steps
        self.roots = common_roots(steps) if roots is None else roots
        self._take(roles, steps)
        super().__init__(roles, steps, tolerance_for([n for row in self.before for n in row.values()]))

    def _take(self, roles: Roles, steps: list[Step]) -> None:
        self.updates = [{root: update_of(roles, step, root) for root in self.roots} for step in steps]
        self.before = [{root: roles.nodes[step.changes[root].before] for root in self.roots} for step in steps]

    def fits(self) -> list[LossFit]:
        """One fit per loss that all judged steps have, best first; of one step where they have none in common."""
        return (self._fits() or self._of_one_step()) if self.steps else []

    def _of_one_step(self) -> list[LossFit]:
        """Before the numbers overflow or the units saturate there may be a single step with a gradient: the first."""
        judged = self.steps
        finite = (step for step in self.roles.steps[:EXPLICIT_STEPS] if is_finite(self.roles, step))
        for step in finite:
            if all(root in step.changes for root in self.roots):
                self._start([step])
                if found := self._fits():
                    return found
        self._start(judged)
        return []

    def _start(self, steps: list[Step]) -> None:
        """Judge these steps."""
        self.steps, self._formed = steps, {}
        self._take(self.roles, steps)

    def _fits(self) -> list[LossFit]:
        by_step = [{loss.key: loss for loss in candidates(self.roles, step)} for step in self.steps]
        shared = [key for key in by_step[0] if all(key in losses for losses in by_step)]
        if self.large and (sure := self._surely([[losses[key] for losses in by_step] for key in shared])):
            return [sure]
        made = [self._fit_loss([losses[key] for losses in by_step]) for key in shared]
        found = sorted(settled([fit for fit in made if fit is not None]), key=self._order)
        if found and found[0].share < 1 and self.numbers:
            again = [fit for each in found if (fit := self._of_single_numbers(each)) is not None]
            found = sorted([*again, *found], key=self._order)
        if not found or found[0].share < 1 or not found[0].descends:
            found = sorted(settled([*found, *self._occasional(found, set(shared))]), key=self._order)
        if found and (found[0].share < 1 or not found[0].descends):
            found = sorted([*found, *self._by_signals(), *self._at_ties(found)], key=self._order)
        return found

    @property
    def large(self) -> bool:
        """Is so much data in a step that one loss is compared after the other?"""
        return any(self.roles.nodes[p.prediction].size > LARGE for p in self.steps[0].pairs.values())

    def _surely(self, losses: list[list[Loss]]) -> LossFit | None:
        """The first of the script's own losses that all steps follow at one rate."""
        for each in sorted(losses, key=lambda each: not each[0].shown):
            fit = self._fit_loss(each) if each[0].kind == "explicit" else None
            if fit is not None and fit.share == 1 and fit.descends:
                return fit
        return None

    def _by_signals(self) -> list[LossFit]:
        """Fits of losses that are known by their derivative alone, where they are right."""
        by_step = [{loss.key: loss for loss in error_signals(self.roles, step)} for step in self.steps]
        shared = [key for key in by_step[0] if all(key in losses for losses in by_step)]
        made = [self._fit_loss([losses[key] for losses in by_step]) for key in shared]
        return [fit for fit in made if fit is not None and fit.share == 1 and fit.descends]

    def _at_ties(self, found: list[LossFit]) -> list[LossFit]:
        """Fits that are right if the script's way of dealing with ties of a maximum is taken for right."""
        ways = ways_at_ties(self.roles.nodes)
        tried = [fit for fit in found[:TIED_TRIED] if fit.share > 0 and len(fit.losses) == len(self.steps)]
        made = [self._fit_loss(fit.losses, way) for fit in tried for way in ways]
        return [fit for fit in made if fit is not None and fit.share == 1 and fit.descends]

    def _occasional(self, found: list[LossFit], known: set[Any]) -> list[LossFit]:
        """Fits of losses that the script computes in some steps only, such as every hundredth: judged on those."""
        seen: dict[Any, list[tuple[Step, Loss]]] = {}
        for step in self.roles.steps[:EXPLICIT_STEPS]:
            if all(root in step.changes for root in self.roots):
                for loss in candidates(self.roles, step, explicit_only=True):
                    if loss.key not in known:
                        seen.setdefault(loss.key, []).append((step, loss))
        made = []
        for pairs in seen.values():
            judge = Judge(self.roles, [step for step, _ in pairs[:JUDGED_STEPS]], self.roots)
            fit = judge._fit_loss([loss for _, loss in pairs[:JUDGED_STEPS]])
            if fit is None or fit.share < 1 or not fit.descends or sum(f.size for f in fit.fits) <= 1:
                continue
            if len(pairs) > 1 or not judge._same_elsewhere(fit, found):
                made.append(fit)
        return made

    def _same_elsewhere(self, fit: LossFit, found: list[LossFit]) -> bool:
        """Does a number of the script that other steps do not follow say the same of this one step?"""
        failing = {other.loss.key for other in found if other.share < 1}
        losses = [loss for loss in candidates(self.roles, self.steps[0], explicit_only=True) if loss.key in failing]
        fits = [self._fit_loss([loss]) for loss in losses]
        return any(other is not None and other.share == 1 and other.descends for other in fits)

    def fit_of(self, key: Any) -> LossFit | None:
        """The fit of one loss, if all judged steps have it."""
        losses = [{loss.key: loss for loss in candidates(self.roles, step)}.get(key) for step in self.steps]
        known = [loss for loss in losses if loss is not None]
        return self._fit_loss(known) if known and len(known) == len(losses) else None

    def _order(self, fit: LossFit) -> tuple[Any, ...]:
        rank = {"explicit": 0, "implicit": 1, "part": 2}[fit.loss.kind]
        decays = any(f.how == "decay" for f in fit.fits)
        wanders = fit.wander > WANDER and not any(f.how == "optimizer" for f in fit.fits)
        return (-round(fit.share, 6), not fit.descends, wanders, decays, rank, not fit.loss.shown, fit.wander)

    def _fit_loss(self, losses: list[Loss], overrides: dict[int, Override] | None = None) -> LossFit | None:
        rows = []
        for step_losses, before in zip(losses, self.before, strict=True):
            wrt = [before[root] for root in self.roots]
            with np.errstate(all="ignore"):
                rows.append(self.roles.swept.gradients(step_losses.seeds, wrt, self.roles.stop, overrides))
        if not all(np.all(np.isfinite(g)) for row in rows for g in row):
            return None
        if not any(np.any(g) for row in rows for g in row):
            return None
        fits = [self._fit(k, root, [row[k] for row in rows]) for k, root in enumerate(self.roots)]
        made = LossFit(losses[0], losses, fits)
        self._common_scale(made)
        if 0 < made.share < 1:
            with np.errstate(all="ignore"):
                cleared(self.roles, self.steps, self.before, made, self.tolerance)
        return made

    def _of_single_numbers(self, made: LossFit) -> LossFit | None:
        """One number lies along any gradient; an optimiser takes all of them from gradients that are formed alike."""
        if made.loss.kind == "part" or len(made.losses) != len(self.steps) or sum(not f.still for f in made.fits) < 2:
            return None
        known, ratios = list[Fit](), list[float]()
        for fit in made.fits:
            formed = fit if fit.still or fit.how == "replaced" else self._number_through_optimizer(fit)
            if formed is None:
                return None
            known.append(formed)
            ratios += [abs(r) for r in formed.ratios if np.isfinite(r)]
        if not ratios or np.ptp(ratios) > SAME_SCALE * max(ratios):
            return None
        again = LossFit(made.loss, made.losses, known)
        self._common_scale(again)
        return again if again.share == 1 else None

    # -- one parameter

    def _fit(self, k: int, root: int, truths: list[Array]) -> Fit:
        updates = [row[root] for row in self.updates]
        truths = [
            np.asarray(g, dtype=np.float64).reshape(np.shape(u)) if np.size(g) == np.size(u) else g
            for g, u in zip(truths, updates, strict=True)
        ]
        anew = self.roles.chains[root].anew
        fit = Fit(root, *ratios_of(updates, truths), "replaced" if anew else "direct", updates, truths)
        if anew or fit.follows(self.tolerance):
            return fit
        for attempt in (self._tied, self._decayed, self._through_optimizer):
            better = attempt(fit)
            if better is not None:
                return better
        fit.how = "none"
        return fit

    def _tied(self, fit: Fit) -> Fit | None:
        """Rows that are copies of one value (a bias stored once per example) count as one parameter."""
        first = np.asarray(self.before[0][fit.root].value)
        for axis in range(first.ndim):
            same = [*fit.updates, first]
            if self._of_samples(first, axis) and all(float(np.ptp(v, axis=axis).max()) == 0 for v in same):
                updates = [u.take(0, axis) for u in fit.updates]
                truths = [g.sum(axis) for g in fit.gradients]
                made = Fit(fit.root, *ratios_of(updates, truths), "tied", updates, truths, tied_axis=axis)
                if made.follows(self.tolerance):
                    return made
        return None

    def _of_samples(self, parameter: Array, axis: int) -> bool:
        """Does this axis of a parameter run over the samples, as that of the predictions in its place does?

        Units that share one value are no copies: each has a gradient of its own.
        """
        place, size = axis - parameter.ndim, parameter.shape[axis]
        shapes = [self.roles.nodes[pair.prediction].shape for pair in self.steps[0].pairs.values()]
        return size > 1 and any(len(shape) >= -place and shape[place] == size for shape in shapes)

    def _decayed(self, fit: Fit) -> Fit | None:
        """Update = -c * (gradient + k * parameter)."""
        olds = [np.asarray(row[fit.root].value, np.float64) for row in self.before]
        updates = np.concatenate([np.ravel(u) for u in fit.updates])
        truths = np.concatenate([np.ravel(g) for g in fit.gradients])
        held = np.concatenate([np.ravel(o) for o in olds])
        if (
            updates.size != held.size
            or updates.size != truths.size
            or updates.size < 4
            or not np.any(held)
            or not np.any(truths)
        ):
            return None
        touched = updates != 0  # rows of an embedding that a step leaves alone do not decay
        truths, held, updates = truths[touched], held[touched], updates[touched]
        if updates.size < 4:
            return None
        (a, b), *_ = np.linalg.lstsq(np.stack([truths, held], 1), updates, rcond=None)
        if a == 0 or np.linalg.norm(a * truths + b * held - updates) > self.tolerance * np.linalg.norm(updates):
            return None
        if abs(b) * np.linalg.norm(held) < self.tolerance * np.linalg.norm(updates) * 10:
            return None
        if b > 0 and len(self.steps) < GROWTH_STEPS:
            return None  # from zero, two steps of momentum look the same
        rest = [u - np.where(u != 0, b * o, 0) for u, o in zip(fit.updates, olds, strict=True)]
        left = [r - a * np.where(u != 0, g, 0) for r, u, g in zip(rest, fit.updates, fit.gradients, strict=True)]
        room = 10 * self.tolerance  # in each step: the largest must not decide for all
        if any(np.linalg.norm(e) > room * np.linalg.norm(u) for e, u in zip(left, fit.updates, strict=True)):
            return None
        return Fit(fit.root, *ratios_of(rest, fit.gradients), "decay", fit.updates, fit.gradients, decay=float(b / a))

    # -- one step size for all

    def _common_scale(self, made: LossFit) -> None:
        if any(f.how == "optimizer" for f in made.fits):
            made.fits = [self._rethought(f) for f in made.fits]
        direct = [
            f for f in made.fits if f.how in ("direct", "tied", "decay") and f.follows(self.tolerance) and not f.still
        ]
        chosen = direct or [f for f in made.fits if f.how == "optimizer" and not f.still]
        scales = [mode([(f.ratios[t], f.size) for f in chosen]) for t in range(len(self.steps))]
        made.scales = scales
        for fit in made.fits:
            relative = [
                r / s for r, s in zip(fit.ratios, scales, strict=True) if np.isfinite(r) and np.isfinite(s) and s
            ]
            fit.factor = float(np.median(relative)) if relative else 1.0
            made.right.append(fit.still or self._is_right(fit, relative, bool(direct)))
        for k, fit in enumerate(made.fits):
            decayed = self._decayed(fit) if fit.how == "direct" and not made.right[k] and not fit.still else None
            if decayed is not None:  # few elements moved: one ratio fitted by chance
                relative = [r / s for r, s in zip(decayed.ratios, scales, strict=True) if np.isfinite(r) and s]
                if self._is_right(decayed, relative, bool(direct)):
                    made.fits[k], made.right[k] = decayed, True

    def _rethought(self, fit: Fit) -> Fit:
        """A single number fits any gradient; beside parameters of an optimiser it is judged as they are."""
        known = [r for r in fit.ratios if np.isfinite(r)]
        if fit.how != "direct" or fit.size > 1 or not known or np.ptp(known) <= SAME_SCALE * max(np.abs(known)):
            return fit
        return self._through_optimizer(fit) or Fit(
            fit.root, [abs(r) for r in fit.ratios], fit.errors, "optimizer", fit.updates, fit.gradients
        )

    def _is_right(self, fit: Fit, relative: list[float], direct: bool) -> bool:
        if fit.how in ("none", "replaced") or not relative:
            return fit.how not in ("none", "replaced")
        if fit.how == "optimizer":
            return fit.factor > 0 if not direct else all(np.isfinite(relative))
        return all(abs(r - 1) <= max(SAME_SCALE, 10 * self.tolerance) for r in relative)
