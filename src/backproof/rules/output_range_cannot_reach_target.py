"""The output activation cannot give the values that the targets have, so no weights can fit them.

What it means:
    A sigmoid gives numbers between 0 and 1, tanh between -1 and 1, ReLU nothing below 0. A target of -0.7 under a
    sigmoid output is out of reach: the best that training can do for it is 0.

Why training suffers:
    The loss has a floor that no training lowers. On the way to it the outputs are driven into the flat end of the
    activation, where the gradient disappears for all samples; the network ends by answering with the limit.

How it is detected:
    Some targets lie outside the range of the output activation. An error, unless nearly all of the variance is
    explained all the same (a few outliers just beyond the limit), which makes it a note. Targets that sit exactly at
    a limit which is only approached (1.0 under tanh) in a regression are a note too.

When it is no fault:
    Targets of exactly 0 and 1 under a sigmoid, or of -1 and 1 under tanh, in a classification: the side of the limit
    is what counts. A linear output reaches everything. ReLU attains its limit 0.

Source:
    LeCun, Bottou, Orr and Müller, "Efficient BackProp" (1998), section 4.5, Choosing target values; Bishop, Pattern
    Recognition and Machine Learning (2006), section 5.1 (output activations by task). A Stack Exchange question on
    the sine of a sum under a sigmoid output (none of its answers saw it).
"""

import contextlib
from collections.abc import Iterator

import numpy as np

from backproof.findings import Evidence, Expected, Place, Remedy, Severity
from backproof.observations import Layer, Quantity, Run, Structure
from backproof.rules._learning import fits, left_over, outcome
from backproof.rules._rule import NotObserved, Stage, Symptom, evidence, place_of, rule

# Activations that approach their limits and never attain them.
ASYMPTOTIC = ("sigmoid", "tanh", "softmax", "softsign")
# All targets at the limits are labels, whatever the task is called.
ALL = 1.0

SICK = (
    {"output": "sigmoid"},
    {"data": "sum", "hidden": (10,) * 7, "activation": "sigmoid", "output": "sigmoid"},
    {"data": "line", "output": "tanh"},
    {"output": "relu", "activation": "relu", "init": "he"},
)
HEALTHY = ({"output": "linear"}, {"data": "classes", "output": "sigmoid"}, {"output": "tanh", "data": "sum"})


def _bounded(structure: Structure) -> bool:
    """Not when the output activation is known to give every number."""
    limits = structure.layers[-1].output_range if structure.layers else None
    return limits is None or bool(np.isfinite(limits).any())


@rule(
    name="output-range-cannot-reach-target",
    severity=Severity.ERROR,
    needs={Quantity.TARGETS_OUT_OF_RANGE},
    stage=Stage.DATA,
    remedies=(
        Remedy("Use a linear output for a regression", {"output": "linear"}),
        Remedy("Scale the targets into the middle of the range, and the predictions back", {"scale_targets": True}),
    ),
    explains={"plateau", "derivative-rounds-to-zero"},
    applies=_bounded,
)
def output_range_cannot_reach_target(run: Run) -> Iterator[Symptom]:
    """Targets beyond the range, else targets at a limit that is only approached."""
    where = run.places(Quantity.TARGETS_OUT_OF_RANGE)[0]
    beyond = run.last(Quantity.TARGETS_OUT_OF_RANGE, where) or 0.0
    at_limit = run.last(Quantity.TARGETS_AT_LIMIT, where) or 0.0
    if beyond > 0:
        yield _beyond(run, where, beyond)
    elif 0 < at_limit < ALL and _only_approached(run.structure):
        yield _at_limit(run, where, at_limit)


def _only_approached(structure: Structure) -> bool:
    classification = structure.task in ("binary", "categorical")
    return not classification and bool(structure.layers) and structure.layers[-1].activation in ASYMPTOTIC


def _beyond(run: Run, where: str, share: float) -> Symptom:
    result: tuple[Evidence, ...] = ()
    harmless, rest = False, "no weights can fit these"
    with contextlib.suppress(NotObserved):
        harmless, result, rest = fits(run), (outcome(run),), f"{rest}; {left_over(run)}"
    seen = evidence(run, Quantity.TARGETS_OUT_OF_RANGE, where, Expected("==", 0.0, "all targets within the range"))
    return Symptom(
        f"{_output(run)}, but the targets {_span(run, where)}: {100 * share:.2g} % of them are out of reach, and "
        f"{rest}",
        (seen, *_limits(run, where), *result),
        severity=Severity.NOTE if harmless else Severity.ERROR,
        where=_place(run, where),
    )


def _at_limit(run: Run, where: str, share: float) -> Symptom:
    return Symptom(
        f"{_output(run)} and only approaches these limits, but {share:.1%} of the targets sit exactly at one: their "
        "weights grow without end, ever more slowly; scale the targets to stay inside",
        (
            evidence(run, Quantity.TARGETS_AT_LIMIT, where, Expected("==", 0.0, "inside the range")),
            *_limits(run, where),
        ),
        severity=Severity.NOTE,
        where=_place(run, where),
    )


def _output(run: Run) -> str:
    layer = run.structure.layers[-1] if run.structure.layers else Layer("the output")
    what = f"the output {layer.name}" + (f" ({layer.activation})" if layer.activation else "")
    if layer.output_range is None:
        return f"{what} has a limited range"
    low, high = layer.output_range
    if np.isinf(high):
        return f"{what} gives nothing below {low:g}"
    return f"{what} gives nothing above {high:g}" if np.isinf(low) else f"{what} gives values from {low:g} to {high:g}"


def _span(run: Run, where: str) -> str:
    low, high = run.last(Quantity.TARGET_MIN, where), run.last(Quantity.TARGET_MAX, where)
    return "go beyond" if low is None or high is None else f"go from {low:.3g} to {high:.3g}"


def _limits(run: Run, where: str) -> tuple[Evidence, ...]:
    wanted = (Quantity.TARGET_MIN, Quantity.TARGET_MAX, Quantity.PREDICTION_MIN, Quantity.PREDICTION_MAX)
    return tuple(evidence(run, q, where) for q in wanted if run.last(q, where) is not None)


def _place(run: Run, where: str) -> tuple[Place, ...]:
    return (place_of(run, run.structure.layers[-1].name if run.structure.layers else where),)
