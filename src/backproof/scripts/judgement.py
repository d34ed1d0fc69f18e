"""The verdict on each parameter's gradient, and the findings that explain a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backproof.findings import Finding, GradientVerdict, Verdict
from backproof.gradcheck.steps import Explanation
from backproof.scripts.agreement import about, agreement, is_lost_in_rounding
from backproof.scripts.assigned import Assigned
from backproof.scripts.excuses import excuse
from backproof.scripts.explaining import LOSSES_TRIED, SIMPLE, Explanations, worth_trying
from backproof.scripts.misprinted import exchanged_logarithms
from backproof.scripts.naming import Names
from backproof.scripts.optimised import likely, read, read_as_scaled
from backproof.scripts.otherwise import own_way
from backproof.scripts.own_rates import rates_apart
from backproof.scripts.put_in_place import set_to_steps
from backproof.scripts.rate_factors import rate_note
from backproof.scripts.replay import Confirmation, confirm
from backproof.scripts.sites import Site
from backproof.scripts.verdict import TOLERANCE, WANDER, Fit, LossFit
from backproof.scripts.windows import Window

UNKNOWN = "its gradient is right; whether its step is, is not known"
STILL = "gradient and update are zero, but for rounding, in the steps that were compared"


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
        self.told = Explanations(self.roles, self.judge, self.names, self.notes)

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
        explanation = self.told.of(best)
        most = SIMPLE if best.changes_sign else 1.5  # some step sizes may change their sign on purpose
        return explanation is not None and 0 < explanation.cost <= most and explanation.named

    # -- wrong steps

    def _wrong(self, fits: list[LossFit]) -> Judgement:
        reason = excuse(self.judge) or own_way(self.roles, self.judge, fits[0])
        if reason and not (self.roles.by_scalars and self.told.without_error(fits)):
            self.window.best = fits[0]
            return Judgement(self._rows(fits[0], None, (), undecided=reason), [], fits[0], self.notes)
        tried = worth_trying(fits)
        if (assigned := self._assigned(tried)) is not None:
            return assigned
        fit, explanation = self.told.best(tried)
        self.told.tie(fit)
        self.window.best = fit
        confirmation = self._confirmation(fit)
        replaced = []
        if explanation is not None and explanation.named:
            replaced = set_to_steps(self.roles, fit, self.names)
        if explanation is not None and not explanation.mistakes and not replaced:
            clear = fit.descends and all(each.how != "none" for each in fit.fits)
            doubt = None if clear else "it is not along the gradient in all steps, and no mistake explains that"
            rows = self._rows(fit, confirmation, (), right=clear, undecided=doubt)
            return Judgement(rows, self._notes_on(fit), fit, self.notes)
        if confirmation.agrees is not True:
            refuted = confirmation.agrees is False
            reason = "differences on a replay do not confirm the gradient" if refuted else "no digits"
            return Judgement(self._rows(fit, confirmation, (), undecided=reason), [], fit, self.notes)
        only_replaced = replaced and explanation is not None and not explanation.mistakes
        findings = replaced if only_replaced else [*replaced, *self._findings(fit, explanation)]
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

        return findings_from(explanation, self.told.steps(fit), fit.loss.name)

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
