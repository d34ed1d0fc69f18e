"""A value became NaN or infinite, and the loss or the parameters with it.

What it means:
    An operation was asked for what has no finite value: the logarithm of 0, 0/0, the square root of a negative number,
    infinity less infinity. Its result, NaN or infinity, is carried on by everything that is computed from it.

Why training suffers:
    NaN spreads: from one prediction to the loss, from there to all gradients, and with the next step to all weights.
    Nothing recovers from that. Where only the printed loss is NaN, nobody sees any more how the training goes.

How it is detected:
    The first operation whose operands were finite and whose result was not, if that reaches a prediction, a parameter
    or what is printed; it is seen in a recorded step, or in NumPy's first warning. Told are its line and the operands.
    Numbers that are merely too large are `numeric-overflow`; parameters that they turned into NaN are told here too.

When it is no fault:
    Infinities that are cut off again (1 / (1 + inf) is 0), NaN that np.where or np.nanmean takes out, and `best = inf`
    reach nothing and are not told.

Source:
    Goldberg, "What every computer scientist should know about floating-point arithmetic", ACM Computing Surveys 1991;
    Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA Journal of
    Numerical Analysis 2021.
"""

from collections.abc import Iterator

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._learning import known_to_fit
from backproof.rules._rule import IfGradientWrong, Stage, Symptom, evidence, rule
from backproof.rules._unseen import UNNAMED, UNRECORDED, UNSEEN

# What an operation is called in words, by the beginning of its name.
WORDS = {"log": "the logarithm of", "sqrt": "the square root of", "arc": "the inverse function of"}
STEEP = "derivative of"  # of a function that has a value there, and no slope
REPAIRS = {
    "log": Remedy("Keep the argument away from 0: np.log(np.clip(p, 1e-12, 1)), or take the loss from the logits"),
    "sqrt": Remedy("Keep the argument at 0 or above: np.sqrt(np.maximum(x, 0)), and divide by it plus 1e-8"),
    STEEP: Remedy("Keep away from where the slope is infinite: torch.sqrt(x + 1e-12), or leave such samples out"),
    "div": Remedy("Keep the divisor away from 0: add 1e-8, or leave a column out whose standard deviation is 0"),
}
OTHER = Remedy("Look at the operands on that line: np.seterr(all='raise') stops the program right there")
GROWN = Remedy("Print the largest weight and the loss of the first steps: where they grow, lower the learning rate")

SICK = (
    {"undefined": "log", "data": "classes", "output": "sigmoid"},
    {"undefined": "divide", "missing_inputs": 0},
    {"activation": "naive_tanh", "input_scale": 1000.0, "init": "one"},
)
HEALTHY: tuple[dict[str, object], ...] = ({}, {"activation": "naive_tanh"}, {"undefined": "clipped"})


@rule(
    name="non-finite-values",
    severity=Severity.ERROR,
    needs={Quantity.NON_FINITE},
    stage=Stage.OUTCOME,
    remedies=(OTHER,),
    explains={"plateau"},
    if_gradient_wrong=IfGradientWrong.CONSEQUENCE,
)
def non_finite_values(run: Run) -> Iterator[Symptom]:
    """The operation that has no finite result, and what became of it."""
    origin = _origin(run)
    if origin is None:
        return
    step, where = origin
    severity, ending = _harm(run, where)
    undefined = where in run.places(Quantity.UNDEFINED_OPERAND)
    unseen = where in UNSEEN
    if severity is Severity.ERROR and not undefined and not unseen:
        severity = Severity.WARNING  # the overflow is told as an error already
    if severity is None or not (undefined or unseen or _share(run) > 0):
        return
    yield Symptom(
        f"{_cause(run, where)} after {step} updates; {ending}",
        tuple(
            evidence(run, quantity, place, Expected("==", 0.0, "none") if counted else None)
            for quantity, place, counted in (
                (Quantity.UNDEFINED_OPERAND, where, False),
                (Quantity.NON_FINITE, where, True),
                (Quantity.NON_FINITE_SHOWN, where, True),
                (Quantity.NON_FINITE_PARAMETERS, "parameters", True),
            )
            if place in run.places(quantity)
        ),
        severity=severity,
        remedies=(_repair(where) if undefined else GROWN if where == UNNAMED else OTHER,),
    )


def _origin(run: Run) -> tuple[int, str] | None:
    """Step and name of the first operation with a result that is not finite."""
    found = []
    for where in run.places(Quantity.NON_FINITE):
        steps, counts = run.series(Quantity.NON_FINITE, where)
        if np.any(counts > 0):
            found.append((int(steps[counts > 0][0]), where))
    return min(found, default=None)


def _share(run: Run) -> float:
    share = run.last(Quantity.NON_FINITE_PARAMETERS, "parameters")
    return 0.0 if share is None or not 0 <= share <= 1 else share


def _harm(run: Run, where: str) -> tuple[Severity | None, str]:
    """How bad it is; None where it reaches nothing."""
    share = _share(run)
    if share > 0 and not known_to_fit(run):
        what = "all parameters are" if share == 1 else f"{share:.0%} of the parameters are"
        return Severity.ERROR, f"at the end {what} NaN or infinite"
    for quantity, place in ((Quantity.LOSS, "loss"), (Quantity.UNEXPLAINED, "predictions")):
        values = run.series(quantity, place)[1]
        if len(values) and not np.isfinite(values[-1]):
            return Severity.ERROR, "at the end the loss is no finite number"
    _, shown = run.series(Quantity.NON_FINITE_SHOWN, where)
    if np.any(shown > 0):
        return Severity.WARNING, "what the program prints or keeps is no number from then on; the parameters still are"
    return None, ""


def _cause(run: Run, where: str) -> str:
    if where == UNRECORDED:
        return (
            "values became NaN or infinite where no step was recorded (and no warning of NumPy's names the line), seen"
        )
    if where == UNNAMED:
        return "values became NaN or infinite in a step, of no operation that is known to make them of finite numbers,"
    _, operands = run.series(Quantity.UNDEFINED_OPERAND, where)
    line = run.place(where).line
    at = f" at line {line}" if line is not None and str(line) not in where else ""
    if not len(operands):
        return f"{where}{at} made values that are NaN or infinite"
    return f"{where}{at} is asked for {_asked(where, operands.tolist())}, which is no finite number, first"


def _asked(where: str, operands: list[float]) -> str:
    if where.startswith(STEEP):
        return f"the {where} at {operands[0]:.4g}"
    for beginning, words in WORDS.items():
        if where.startswith(beginning):
            return f"{words} {operands[0]:.4g}"
    if _is_division(where) and len(operands) > 1:
        return f"{operands[0]:.4g} / {operands[1]:.4g}"
    return f"{where.split(' ')[0]} of {' and '.join(f'{operand:.4g}' for operand in operands)}"


def _is_division(where: str) -> bool:
    return where.startswith(("truediv", "divide", "true_divide", "reciprocal"))


def _repair(where: str) -> Remedy:
    if _is_division(where):
        return REPAIRS["div"]
    return next((remedy for name, remedy in REPAIRS.items() if where.startswith(name)), OTHER)
