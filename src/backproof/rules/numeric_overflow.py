"""An operation got numbers so large that its result is infinite or no number at all (NaN).

What it means:
    exp(z) is infinite for z above 709.8 in double precision (88.7 in single). A tanh written as (exp(z) - exp(-z)) /
    (exp(z) + exp(-z)) then is infinite over infinite: NaN. Weights that grow without end do it to every operation.

Why training suffers:
    NaN spreads. One in a prediction makes the loss NaN, the loss makes all gradients NaN, and the next step all
    weights; nothing recovers from that.

How it is detected:
    An operation whose inputs were finite and large gave infinite values or NaN (one that has no value at its inputs
    is `non-finite-values`); the first one is named, with the largest number that went in. An error where the loss
    stopped being a number, a warning where it did not and the network does not fit.

When it is no fault:
    1 / (1 + exp(-z)) at z = -800 overflows inside and still gives the right 0: where the network fits all the same,
    this is a note.

Source:
    Goldberg, "What every computer scientist should know about floating-point arithmetic", ACM Computing Surveys
    1991; Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA Journal of
    Numerical Analysis 2021. The hand-made tanh is that of a Stack Exchange question, "How do I stop the gradient
    from vanishing?".
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import fits, outcome
from backproof.rules._rule import IfGradientWrong, NotObserved, Stage, Symptom, evidence, rule
from backproof.rules._unseen import UNSEEN

# What exp() bears: log of the largest double and of the largest single-precision number.
EXP_LIMITS = "exp overflows above 709.8, in single precision above 88.7"

SICK = (
    {"activation": "naive_tanh", "input_scale": 1000.0, "init": "one"},
    {"data": "double", "hidden": (), "output": "naive_tanh", "input_scale": 5e3, "init": "fixed", "batch_size": None},
)
HEALTHY = ({"activation": "naive_tanh"}, {"data": "classes", "output": "sigmoid", "learning_rate": 10.0})


@rule(
    name="numeric-overflow",
    severity=Severity.ERROR,
    needs={Quantity.NON_FINITE},
    stage=Stage.OUTCOME,
    remedies=(
        Remedy("Use the library's own function (np.tanh, scipy.special.expit, logsumexp): it does not overflow"),
        Remedy("Scale the inputs to mean 0 and standard deviation 1", {"standardise": True}),
        Remedy("Lower the learning rate, if the weights grow without end"),
    ),
    explains={"plateau", "non-finite-values"},
    if_gradient_wrong=IfGradientWrong.CONSEQUENCE,
)
def numeric_overflow(run: Run) -> Iterator[Symptom]:
    """The first operation that made an infinite value or NaN."""
    firsts = []
    for where in run.places(Quantity.NON_FINITE):
        if where in run.places(Quantity.UNDEFINED_OPERAND) or where in UNSEEN:
            continue  # no overflow, or nobody knows: see non-finite-values
        steps, counts = run.series(Quantity.NON_FINITE, where)
        if np.any(counts > 0):
            seen = counts[(counts > 0) & np.isfinite(counts)]
            firsts.append((int(steps[counts > 0][0]), where, int(seen[0]) if len(seen) else 1))
    if firsts:
        step, where, count = min(firsts, key=lambda first: first[0])
        yield _symptom(run, step, where, count)


def _symptom(run: Run, step: int, where: str, count: int) -> Symptom:
    _, sizes = run.series(Quantity.OVERFLOW_INPUT, where)
    went_in = f" from inputs of up to {sizes[0]:.3g} in magnitude ({EXP_LIMITS})" if np.any(sizes[:1] > 0) else ""
    severity, ending = _severity(run)
    seen = [evidence(run, Quantity.NON_FINITE, where, Expected("==", 0.0, "none"))]
    if len(sizes):
        seen.append(evidence(run, Quantity.OVERFLOW_INPUT, where))
    if run.places(Quantity.LOSS):
        seen.append(outcome(run))
    what = "value" if count == 1 else "values"
    return Symptom(
        f"{_operation(run, where)} made {count} {what} infinite or NaN after {step} steps{went_in}; {ending}",
        tuple(seen),
        severity=severity,
    )


def _operation(run: Run, where: str) -> str:
    """The operation, as it is named, with its line if that is known."""
    line = run.place(where).line
    return f"the operation {where}" + (f" (line {line})" if line is not None and str(line) not in where else "")


def _severity(run: Run) -> tuple[Severity, str]:
    series = [run.series(Quantity.LOSS, "loss")[1], run.series(Quantity.UNEXPLAINED, "predictions")[1]]
    if any(len(values) and not np.isfinite(values).all() for values in series):
        return Severity.ERROR, "the loss is no finite number from then on"
    try:
        harmless = fits(run)
    except NotObserved:
        harmless = False
    if harmless:
        return Severity.NOTE, "it does no harm here: the network fits all the same"
    return Severity.WARNING, "the loss stays finite, but the network does not fit"
