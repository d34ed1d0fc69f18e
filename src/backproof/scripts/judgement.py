"""The verdict on each parameter's gradient, and the findings that explain a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backproof.findings import Finding, GradientVerdict, Verdict
from backproof.gradcheck.explain import explain
from backproof.gradcheck.steps import Explanation, ParameterStep, RecordedStep
from backproof.graph.node import ancestors
from backproof.scripts.agreement import about, agreement, is_lost_in_rounding
from backproof.scripts.assigned import Assigned
from backproof.scripts.excuses import excuse
from backproof.scripts.losses import Loss, predictions_of
from backproof.scripts.misprinted import exchanged_logarithms
from backproof.scripts.naming import Names
from backproof.scripts.optimised import likely, read, read_as_scaled
from backproof.scripts.otherwise import own_way
from backproof.scripts.own_rates import rates_apart
from backproof.scripts.pairs import Pair
from backproof.scripts.rate_factors import rate_note
from backproof.scripts.replay import Confirmation, confirm
from backproof.scripts.roles import Step
from backproof.scripts.sites import Site
from backproof.scripts.steps import backward_nodes
from backproof.scripts.verdict import TOLERANCE, WANDER, Fit, LossFit
from backproof.scripts.windows import Window

TIME_LIMIT = 2.0  # seconds of search for mistakes, per loss that is tried
LOSSES_TRIED = 3
UNKNOWN = "its gradient is right; whether its step is, is not known"
STILL = "gradient and update are zero, but for rounding, in the steps that were compared"
LAST = "absolute_error"  # whose gradient is meant seldom
SIMPLE, PAIR = 1.2, 2.3  # cost of an explanation of one mistake, that no other loss can better, and of two
IMPLICIT_PENALTY = 0.5  # an explanation by the loss that the script computes is preferred to one by another loss


@dataclass(slots=True)
class Judgement:
    """What is said about the gradients of a run.

    Attributes:
        rows: One per parameter (scalars that are updated by one statement share a row).
        findings: Of gradient and update mistakes.
        fit: The comparison that the rows come from.
        notes: About the analysis.
    """

    rows: list[GradientVerdict]
    findings: list[Finding]
    fit: LossFit | None
    notes: list[str]


def judge(window: Window, sites: list[Site]) -> Judgement:
    """Judge the steps of one window."""
    return _Judging(window, sites).judgement()


class _Judging:
    """One window's verdict."""

    def __init__(self, window: Window, sites: list[Site]) -> None:
        self.window = window
        self.roles, self.judge = window.roles, window.judge
        self.names = Names(self.roles, sites)
        self.single = self.judge.tolerance > TOLERANCE
        self.notes: list[str] = []

    def judgement(self) -> Judgement:
        """The rows, and the findings where a row is wrong."""
        fits = self.judge.fits()
        self.window.best = fits[0] if fits else None
        if not fits:
            return Judgement(self._silent_rows(), [], None, self.notes)
        best = fits[0]
        if follows := best.share == 1.0 and (best.descends or best.changes_sign):
            read(self.judge, best)
        if follows and not self._constant_is_wrong(best):
            return Judgement(self._rows(best, None, ()), self._notes_on(best), best, self.notes)
        own = next((fit for fit in fits[:LOSSES_TRIED] if self.judge.has_own_rates(fit)), None)
        if own is not None and best.share < 1:
            self.window.best = own
            self.notes.append("the parameters have learning rates of their own: each follows its gradient")
            return Judgement(self._rows(own, None, (), right=True), rates_apart(own, self.names), own, self.notes)
        lost = all(f.still or is_lost_in_rounding(f, self.judge.before[-1][f.root].value) for f in best.fits)
        scaled = best if lost else next((f for f in likely(fits) if read_as_scaled(self.judge, f)), None)
        if scaled is not None and best.share < 1:
            self.window.best = scaled
            return Judgement(self._rows(scaled, None, ()), [], scaled, self.notes)
        return self._wrong(fits)

    def _constant_is_wrong(self, best: LossFit) -> bool:
        """One output and one sample a step: a missing factor looks like a step size that varies. Is it a mistake?"""
        if best.wander <= WANDER or any(f.how == "optimizer" for f in best.fits):
            return False
        if self.roles.by_scalars:  # nothing is compared with a target, so that no mistake can be looked for
            return False
        explanation = self._explained(best)
        most = SIMPLE if best.changes_sign else 1.5  # some step sizes may change their sign on purpose
        return explanation is not None and 0 < explanation.cost <= most and explanation.named

    # -- wrong steps

    def _wrong(self, fits: list[LossFit]) -> Judgement:
        reason = excuse(self.judge) or own_way(self.roles, self.judge, fits[0])
        if reason and not (self.roles.by_scalars and self._is_named(fits)):
            self.window.best = fits[0]
            return Judgement(self._rows(fits[0], None, (), undecided=reason), [], fits[0], self.notes)
        tried = self._worth_trying(fits)
        if (assigned := self._assigned(tried)) is not None:
            return assigned
        fit, explanation = self._best_explained(tried)
        self.window.best = fit
        confirmation = self._confirmation(fit)
        if explanation is not None and not explanation.mistakes:
            clear = fit.descends and all(each.how != "none" for each in fit.fits)
            doubt = None if clear else "it is not along the gradient in all steps, and no mistake explains that"
            rows = self._rows(fit, confirmation, (), right=clear, undecided=doubt)
            return Judgement(rows, self._notes_on(fit), fit, self.notes)
        if confirmation.agrees is not True:
            refuted = confirmation.agrees is False
            reason = "differences on a replay do not confirm the gradient" if refuted else "no digits"
            return Judgement(self._rows(fit, confirmation, (), undecided=reason), [], fit, self.notes)
        findings = self._findings(fit, explanation)
        if fit.share == 1.0 and fit.descends:  # only the step size gave the mistake away: all of them have it
            fit.right = [fit_of.still for fit_of in fit.fits]
        rows = self._rows(fit, confirmation, findings)
        lost = all(row.verdict is not Verdict.WRONG for row in rows)  # in rounding, what differs
        return Judgement(rows, [] if lost else findings, fit, self.notes)

    def _assigned(self, tried: list[LossFit]) -> Judgement | None:
        """Steps whose gradients were assigned by the reverse pass of an engine where they had to be added up."""
        for fit in tried:
            found = Assigned(self.judge, fit, self.names).found()
            if found is not None:
                concerned, finding = found
                fit.right = [each.root not in concerned for each in fit.fits]
                self.window.best = fit
                return Judgement(self._rows(fit, None, [finding]), [finding], fit, self.notes)
        return None

    def _is_named(self, fits: list[LossFit]) -> bool:
        """Whether one mistake gives steps that contain no error: they follow no number of the script, but should."""
        comparing = [fit for fit in self._worth_trying(fits) if self._compared(0, fit.losses[0])]
        explanation = self._best_explained(comparing)[1] if comparing else None
        return explanation is not None and 0 < explanation.cost <= PAIR and explanation.named

    def _best_explained(self, tried: list[LossFit]) -> tuple[LossFit, Explanation | None]:
        """The loss under which the steps are explained most simply; the first one where none explains them."""
        told: list[tuple[LossFit, Explanation]] = []
        for fit in tried:
            explanation = self._explained(fit)
            if explanation is not None:
                told.append((fit, explanation))
                if self._cost(told[-1]) <= SIMPLE:
                    break
        return min(told, key=self._cost) if told else (tried[0], None)

    def _worth_trying(self, fits: list[LossFit]) -> list[LossFit]:
        whole = [f for f in fits if f.loss.kind != "part"]
        ranked = sorted(
            whole, key=lambda f: (f.loss.kind != "explicit", not f.loss.shown, f.loss.name == LAST, -f.share)
        )
        return (ranked or fits)[:LOSSES_TRIED]

    def _cost(self, pair: tuple[LossFit, Explanation]) -> float:
        fit, explanation = pair
        return explanation.cost + (IMPLICIT_PENALTY if fit.loss.kind != "explicit" else 0.0)

    def _explained(self, fit: LossFit) -> Explanation | None:
        steps = self.recorded_steps(fit)
        if len(steps) < 2:
            return None
        try:
            with np.errstate(all="ignore"):
                found = explain(steps, loss_name=fit.loss.name, time_limit=TIME_LIMIT)
        except Exception as fault:  # the search must not hide the verdict
            self.notes.append(f"the search for the mistake failed ({type(fault).__name__}: {fault})")
            return None
        if len(found) > 1:
            others = {m.rule for e in found[1:] for m in e.mistakes} - {m.rule for m in found[0].mistakes}
            if others:
                self.notes.append("explained as well by: " + ", ".join(sorted(others)))
        return found[0] if found else None

    def recorded_steps(self, fit: LossFit) -> list[RecordedStep]:
        """The judged steps as the search for mistakes takes them."""
        return [self._recorded(fit, t, loss) for t, loss in enumerate(fit.losses)]

    def _recorded(self, fit: LossFit, t: int, loss: Loss) -> RecordedStep:
        step, nodes = self.judge.steps[t], self.roles.nodes
        compared = self._compared(t, loss)
        parameters = tuple(
            ParameterStep(
                self.names.by_root[each.root],
                self.judge.before[t][each.root],
                self.judge.updates[t][each.root],
                nodes[step.changes[each.root].after],
                self.names.span(each.root),
                self.judge.formed(t, each.root),
                each.tied_axis,
            )
            for each in fit.fits
        )
        return RecordedStep(
            parameters,
            tuple(nodes[i] for i in compared),
            tuple(pair.target for pair in compared.values()),
            loss.seeds,
            frozenset(self.roles.stop),
            tuple(backward_nodes(self.roles, step)),
        )

    def _compared(self, t: int, loss: Loss) -> dict[int, Pair]:
        """What the step, or else its loss, compares with targets: one pair per prediction."""
        step = self.judge.steps[t]
        if self.roles.by_scalars:
            start = max(change.before for change in step.changes.values())  # sums over the run go back further
            behind = sorted(ancestors(loss.nodes, self.roles.stop).items())
            step = Step(step.changes, self.roles.compared_in(node for i, node in behind if i > start))
        return predictions_of(self.roles, step)

    def _confirmation(self, fit: LossFit) -> Confirmation:
        """By the last step; where that has no digits left, by the first one, or if that one is as far off."""
        last = self._confirmed(fit, -1)
        off = any(f.errors[0] > self.judge.tolerance for f in fit.fits) or bool(fit.scales and fit.scales[0] < 0)
        again = last.agrees is None or (last.agrees is False and off)
        return self._confirmed(fit, 0) if again and len(fit.losses) > 1 else last

    def _confirmed(self, fit: LossFit, t: int) -> Confirmation:
        wrt = [self.judge.before[t][each.root] for each in fit.fits]
        try:
            truths = self.roles.swept.gradients(fit.losses[t].seeds, wrt, self.roles.stop)
            return confirm(self.roles, fit.losses[t], wrt, truths, self.single)
        except Exception as fault:
            self.notes.append(f"the replay failed ({type(fault).__name__}: {fault})")
            return Confirmation(None, 0.0, 0)

    def _findings(self, fit: LossFit, explanation: Explanation | None) -> list[Finding]:
        from backproof.gradcheck.telling import findings_from

        return findings_from(explanation, self.recorded_steps(fit), fit.loss.name)

    # -- rows

    def _rows(
        self,
        fit: LossFit,
        confirmation: Confirmation | None,
        findings: Sequence[Finding],
        *,
        undecided: str | None = None,
        right: bool = False,
    ) -> list[GradientVerdict]:
        confirmation = confirmation or self._confirmation(fit)
        by_span: dict[object, GradientVerdict] = {}
        for each, ok in zip(fit.fits, fit.right, strict=True):
            fine = right or (ok and (fit.descends or each.still))
            row = self._row(fit, each, fine, confirmation, undecided)
            mistakes = tuple(dict.fromkeys(f.rule for f in findings if row.parameter.name in about(f)))
            row = replace(row, mistakes=mistakes) if row.verdict is Verdict.WRONG else row
            key = self.roles.chains[each.root].site if each.size == 1 else each.root
            held = by_span.get(key)
            if held is None or (held.verdict is not Verdict.WRONG and row.verdict is Verdict.WRONG):
                by_span[key] = row
        return list(by_span.values())

    def _row(
        self, fit: LossFit, each: Fit, fine: bool, confirmation: Confirmation, undecided: str | None
    ) -> GradientVerdict:
        reading = fit.readings.get(each.root)
        if is_lost_in_rounding(each, self.judge.before[-1][each.root].value):
            verdict, because = Verdict.RIGHT, None
        elif each.still:
            verdict, because = Verdict.UNDECIDED, STILL
        elif fine and reading is not None and reading.verdict == "unknown":
            verdict, because = Verdict.UNDECIDED, f"{UNKNOWN}: {reading.says}"
        elif undecided and not fine:
            verdict, because = Verdict.UNDECIDED, undecided
        elif fine and confirmation.agrees is False:
            verdict, because = Verdict.UNDECIDED, "differences on a replay do not confirm the gradient"
        else:
            verdict, because = (Verdict.RIGHT if fine else Verdict.WRONG), None
        by = ("autodiff", "replay") if confirmation.agrees else ("autodiff",)
        error, cosine, ratio = agreement(fit, each, fine)
        where, bound = self.names.place(each.root), self.judge.tolerance
        return GradientVerdict(where, verdict, because, fit.loss.name, error, bound, by, (), cosine, ratio)

    def _silent_rows(self) -> list[GradientVerdict]:
        """No loss had a gradient that is not zero: nothing can be compared."""
        because = "the gradient of every loss that was tried is exactly zero"
        return [GradientVerdict(self.names.place(root), Verdict.UNDECIDED, because) for root in self.judge.roots]

    def _notes_on(self, fit: LossFit) -> list[Finding]:
        told = (rate_note(self.judge, fit, self.names), exchanged_logarithms(self.judge))
        return [note for note in told if note is not None]
