"""Turns an explanation of wrong steps into findings: what is wrong, where, what was measured, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from backproof.findings import Evidence, Expected, Finding, Place, Remedy, Severity
from backproof.gradcheck.mistakes import MISTAKES
from backproof.gradcheck.steps import Explanation, NamedMistake, ParameterStep, RecordedStep
from backproof.graph.autodiff import gradients
from backproof.graph.node import Span

FALLBACK = "unexplained-wrong-gradient"
OF_THE_WHOLE = frozenset({FALLBACK, "bias-gradient-wrong", "constant-factor-only", "batch-gradient-not-averaged"})
ALONG = 1 - 1e-6  # a cosine from which on a step is along the gradient, also in single precision
PLACES = 4  # of one finding; more are of no help


def findings_from(explanation: Explanation | None, steps: Sequence[RecordedStep], loss: str) -> list[Finding]:
    """The findings for steps that were judged wrong.

    Args:
        explanation: The best one; None if the search found nothing.
        steps: What it explains.
        loss: Name of the loss that the steps should follow.

    Returns:
        One finding per mistake, what blocks training first; the fallback where there is no mistake with a name.
    """
    agreement = _agreement(steps)
    if explanation is None or not explanation.mistakes:
        return [_unexplained(steps, agreement, loss)]
    mistakes = [_of_the_wrong(mistake, agreement) for mistake in explanation.mistakes]
    ranked = sorted(mistakes, key=lambda mistake: (not mistake.blocks, _severity(mistake).rank))
    return [_finding(mistake, agreement, loss, _formed(mistake, steps)) for mistake in ranked]


def _of_the_wrong(mistake: NamedMistake, agreement: dict[str, tuple[float, float]]) -> NamedMistake:
    """What is not explained is told of the parameters that go another way; the others may be right."""
    names = [name for name in mistake.parameters if name in agreement and agreement[name][0] < ALONG]
    return replace(mistake, parameters=tuple(names)) if mistake.rule == FALLBACK and names else mistake


def _formed(mistake: NamedMistake, steps: Sequence[RecordedStep]) -> tuple[Span, ...]:
    """Where the gradient of the parameters is made, for mistakes whose place is not known more exactly."""
    if mistake.rule not in OF_THE_WHOLE:
        return ()
    made = [p.formed for p in steps[0].parameters if p.name in mistake.parameters and p.formed is not None]
    return tuple(dict.fromkeys(node.span for node in made if node.span is not None))


def _severity(mistake: NamedMistake) -> Severity:
    if mistake.severity is not None:
        return mistake.severity
    known = MISTAKES.get(mistake.rule)
    return known.severity if known is not None else Severity.ERROR


def _finding(
    mistake: NamedMistake, agreement: dict[str, tuple[float, float]], loss: str, formed: tuple[Span, ...]
) -> Finding:
    names = [name for name in mistake.parameters if name in agreement] or list(agreement)
    remedies = (Remedy(mistake.remedy[:1].upper() + mistake.remedy[1:]),) if mistake.remedy else ()
    spans = tuple(dict.fromkeys((*formed, *mistake.spans)))[:PLACES]
    places = tuple(_place(span, None, "expression") for span in spans)
    about = f" ({', '.join(mistake.parameters)})" if 0 < len(mistake.parameters) <= PLACES else ""
    message = mistake.says[:1].upper() + mistake.says[1:] + about
    if mistake.rule == FALLBACK and names:
        cosine, ratio = agreement[names[0]]
        message += (
            f": cosine to minus the gradient of {loss} {cosine:.3g} (healthy: 1), length {ratio:.3g} times the others'"
        )
    return Finding(
        mistake.rule,
        _severity(mistake),
        message,
        places,
        tuple(_evidence(name, agreement[name]) for name in names[:PLACES]),
        remedies,
    )


def _unexplained(steps: Sequence[RecordedStep], agreement: dict[str, tuple[float, float]], loss: str) -> Finding:
    worst = min(agreement, key=lambda name: agreement[name][0])
    cosine, ratio = agreement[worst]
    member = next(p for p in steps[0].parameters if p.name == worst)
    return Finding(
        FALLBACK,
        MISTAKES[FALLBACK].severity,
        f"The step of {worst} is not along the gradient of {loss}, and no known mistake reproduces it: its cosine to "
        f"minus the gradient is {cosine:.3g} (healthy: 1)",
        tuple(_place(span, worst, "update") for span in (_span_of(member), member.span) if span is not None),
        (_evidence(worst, (cosine, ratio)),),
        (Remedy("Compare each factor of its gradient with the chain rule"),),
    )


def _span_of(parameter: ParameterStep) -> Span | None:
    return parameter.formed.span if parameter.formed is not None else None


def _place(span: Span | None, name: str | None, kind: str) -> Place:
    if span is None:
        return Place(name=name, kind=kind)
    return Place(span.file, span.line, span.end_line, span.column, span.end_column, name, kind)


def _evidence(name: str, agreement: tuple[float, float]) -> Evidence:
    expected = Expected("==", 1.0, "straight downhill; 0 is of no use, below 0 uphill")
    return Evidence("cosine between the step and minus the gradient", name, (0,), (agreement[0],), expected)


def _agreement(steps: Sequence[RecordedStep]) -> dict[str, tuple[float, float]]:
    """By parameter: mean cosine of the updates to minus the gradient, and their length relative to the median one."""
    cosines: dict[str, list[float]] = {}
    lengths: dict[str, list[float]] = {}
    for step in steps:
        truths = gradients(step.seeds, [p.before for p in step.parameters], stop=step.stop)
        for parameter, truth in zip(step.parameters, truths, strict=True):
            update, wanted = np.ravel(parameter.update), np.ravel(truth)
            size = float(np.linalg.norm(update) * np.linalg.norm(wanted)) if update.size == wanted.size else 0.0
            if size:
                cosines.setdefault(parameter.name, []).append(float(-(update @ wanted)) / size)
                ratio = float(np.linalg.norm(update) / np.linalg.norm(wanted))
                lengths.setdefault(parameter.name, []).append(ratio)
    middle = float(np.median([np.median(values) for values in lengths.values()])) if lengths else 1.0
    names = [p.name for p in steps[0].parameters]
    return {
        name: (float(np.mean(cosines.get(name, [0.0]))), float(np.median(lengths.get(name, [0.0]))) / (middle or 1.0))
        for name in names
    }
