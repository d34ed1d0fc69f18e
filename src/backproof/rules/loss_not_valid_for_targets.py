"""The loss is not made for such targets: it has no minimum, does not see some of them, or takes labels for values.

What it means:
    A cross-entropy `-t log p - (1 - t) log(1 - p)` is a loss for t between 0 and 1; with t = -1 it falls without end as
    p goes to 0. A cross-entropy `-t log p` alone sees only the targets of 1 and relies on outputs that add up to one;
    without that, 1 everywhere is its minimum. And the number of a class is a name: 2 is not twice 1. A loss that takes
    logits applies its own sigmoid or softmax, one that takes logarithms of probabilities applies none.

Why training suffers:
    The weights follow the loss to where it is lowest, which is not where the predictions are right: saturated outputs,
    the same answer to everything, or outputs that are all drawn to the number of the class.

How it is detected:
    The derivative of the followed loss by the predictions equals that of the cross-entropy, to rounding, and targets
    lie outside of 0 to 1; or it equals -t / p, the outputs do not add up to one, and some targets are 0; or each of
    several outputs is compared with the same whole number, which runs up to the number of outputs; or a sigmoid or tanh
    stands right below a loss that applies its own (a softmax there is `double-softmax`); or the exponentials of what
    NLLLoss takes for logarithms of probabilities do not add up to one. In each case an error if the network does not
    fit. One output trained on 0, 1, 2, ... by squared error is a note.

When it is no fault:
    Soft targets between 0 and 1, smoothed labels, -t log p behind a softmax, -1 and 1 with a loss made for them (hinge,
    log(1 + exp(-t z)), tanh with squared error), counts and grades that are numbers, several outputs for one value.

Source:
    Bishop, Pattern Recognition and Machine Learning (2006), sections 4.3.2 and 4.3.4; section 5.2 (matching pairs of
    output activation and error function).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from backproof.findings import Expected, Remedy, Severity
from backproof.observations import Quantity, Run
from backproof.rules._forward import IN_STEPS, IN_TRAINING
from backproof.rules._learning import known_to_fit, result
from backproof.rules._rule import NotObserved, Stage, Symptom, evidence, place_of, rule

# Different whole numbers among the targets from which they may be classes: 0 and 1 are what one output is made for.
CLASSES = 3

SICK = ({"fault": "cross-entropy of -1 and 1"}, {"fault": "positive term only"}, {"fault": "labels as values"})
HEALTHY = ({"fault": "cross-entropy"}, {"fault": "soft targets"}, {"data": "classes", "output": "tanh"})


class _Case(NamedTuple):
    quantity: Quantity
    most: float  # that is healthy
    says: str
    expected: str
    remedy: Remedy


CASES = (
    _Case(
        Quantity.TARGETS_OUTSIDE_LOSS, 0.0,
        "the loss is a cross-entropy, which is made for targets from 0 to 1, but {percent:.0f} % of them lie outside: "
        "it falls without end as the outputs saturate",
        "all targets from 0 to 1",
        Remedy("Map the targets to 0 and 1: t = (y + 1) / 2 for -1 and 1"),
    ),
    _Case(
        Quantity.TARGETS_WITHOUT_GRADIENT, 0.0,
        "the loss -t log(p) does not see the {percent:.0f} % of the targets that are 0, and the outputs do not "
        "add up to one: answering 1 to everything is its minimum",
        "every target counts",
        Remedy("Add the other term, -(1 - t) log(1 - p), or make the outputs a softmax"),
    ),
    _Case(
        Quantity.SIGMOIDS_IN_A_ROW, 1.0,
        "the loss applies a squashing function of its own, and gets values that have been through one already "
        "({value:g} in a row): it can never come near 0 or 1",
        "one, or none",
        Remedy("Hand the last layer's own values to such a loss (BCEWithLogitsLoss, CrossEntropyLoss)"),
    ),
    _Case(
        Quantity.LOG_PROBABILITIES, 1.0,
        "the loss takes its input for logarithms of probabilities, whose exponentials add up to 1 over the classes; "
        "here they add up to {value:.3g}",
        "1, as of log_softmax",
        Remedy("Put log_softmax behind the last layer, or use CrossEntropyLoss, which has its own"),
    ),
    _Case(
        Quantity.OUTPUTS_PER_LABEL, 1.0,
        "each of the {value:g} outputs is compared with the class's number: they are all drawn to the same number, "
        "and which one is largest says nothing",
        "a target for each output",
        Remedy("Make the labels one-hot: np.eye(classes)[y], one column for each output"),
    ),
)  # fmt: skip
QUANTITIES = {*(case.quantity for case in CASES), Quantity.TARGET_NUMBERS}


@rule(
    name="loss-not-valid-for-targets",
    severity=Severity.ERROR,
    needs=(),
    stage=Stage.DATA,
    remedies=tuple(case.remedy for case in CASES),
    explains=IN_TRAINING | IN_STEPS,
)
def loss_not_valid_for_targets(run: Run) -> Iterator[Symptom]:
    """The three cases, then the note on class numbers."""
    if not QUANTITIES & run.quantities():
        raise NotObserved(Quantity.TARGETS_OUTSIDE_LOSS)
    if known_to_fit(run):
        return
    for case in CASES:
        for where in run.places(case.quantity):
            value = _worst(run, case, where)
            if value is not None:
                yield _symptom(run, case, where, float(value))
                return
    yield from _numbers(run)


def _worst(run: Run, case: _Case, where: str) -> float | None:
    """The value that is farthest from a healthy one, or None."""
    _, values = run.series(case.quantity, where)
    if case.quantity is Quantity.LOG_PROBABILITIES:
        off = values[np.isfinite(values) & (values != case.most)]
        return float(off[0]) if len(off) == len(values) > 0 else None
    return float(values.max()) if values.max() > case.most else None


def _symptom(run: Run, case: _Case, where: str, value: float) -> Symptom:
    more, left = result(run)
    return Symptom(
        case.says.format(value=value, percent=100 * value) + left,
        (evidence(run, case.quantity, where, Expected("<=", case.most, case.expected)), *more),
        where=(place_of(run, where),),
        remedies=(case.remedy,),
    )


def _numbers(run: Run) -> Iterator[Symptom]:
    for where in run.places(Quantity.TARGET_NUMBERS):
        count = run.last(Quantity.TARGET_NUMBERS, where) or 0.0
        if count >= CLASSES:
            yield Symptom(
                f"the targets are {count:g} whole numbers in a row: if they are the numbers of classes, they are names "
                "and no values, and want one output each",
                (
                    evidence(
                        run, Quantity.TARGET_NUMBERS, where, Expected("<", CLASSES, "values, or one output a class")
                    ),
                ),
                severity=Severity.NOTE,
                remedies=(Remedy("Use one output for each class, a softmax, and one-hot targets"),),
            )
            return
